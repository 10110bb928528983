//! Conditions: exactly the text the server reads, and never more conditions than were built.

use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
use kingdee_k3cloud_sdk::{BadFilter, Fate, Filter, Query};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::support::{FORM, client, dec, site};

fn text(filter: &Filter) -> String {
    filter.render().unwrap()
}

#[test]
fn a_lone_list_has_no_parentheses_around_it() {
    assert_eq!(text(&Filter::is_in("FBillNo", ["a", "b"])), "FBillNo in ('a','b')");
}

#[test]
fn quotes_are_doubled() {
    assert_eq!(text(&Filter::eq("FBillNo", "a' or '1'='1")), "FBillNo = 'a'' or ''1''=''1'");
}

#[test]
fn values_are_written_by_their_kind() {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    let moment = day.and_hms_opt(3, 4, 5).unwrap();
    assert_eq!(text(&Filter::ge("FDate", day)), "FDate >= '2026-01-02'");
    assert_eq!(text(&Filter::lt("FDate", moment)), "FDate < '2026-01-02 03:04:05'");
    assert_eq!(text(&Filter::eq("FID", 7)), "FID = 7");
    assert_eq!(text(&Filter::ne("FAllAmount", dec("-5.50"))), "FAllAmount <> -5.50");
    assert_eq!(text(&Filter::like("FBillNo", "TK%")), "FBillNo like 'TK%'");
    assert_eq!(text(&Filter::between("FDate", day, day)), "FDate >= '2026-01-02' and FDate <= '2026-01-02'");
}

#[test]
fn groups_are_wrapped_only_where_it_matters() {
    let [a, b, c] = ["a", "b", "c"].map(|value| Filter::eq("F", value));
    assert_eq!(text(&a.clone().and(b.clone()).and(c.clone())), "F = 'a' and F = 'b' and F = 'c'");
    assert_eq!(text(&a.clone().or(b.clone()).and(c.clone())), "(F = 'a' or F = 'b') and F = 'c'");
    assert_eq!(text(&a.clone().and(b.clone()).or(c.clone())), "(F = 'a' and F = 'b') or F = 'c'");
    let nested = Filter::all([Filter::any([Filter::all([Filter::any([a, b])])]), c]);
    assert_eq!(text(&nested), "(F = 'a' or F = 'b') and F = 'c'", "a group of one is its member");
}

#[test]
fn keys_that_are_none_cannot_be_written() {
    for key in ["", "1F", "F x", "F'", "F;--", "F,G", "字段", ".F", "F = 1 or F"] {
        Filter::eq(key, "a").render().expect_err(key);
    }
}

#[test]
fn a_list_of_nothing_cannot_be_written() {
    Filter::is_in("FBillNo", Vec::<String>::new()).render().unwrap_err();
}

#[test]
fn long_lists_are_cut_in_chunks() {
    let numbers: Vec<String> = (0..250).map(|n| n.to_string()).collect();
    let chunks: Vec<_> = Filter::is_in_chunks("FBillNo", &numbers).map(|filter| text(&filter)).collect();
    let sizes: Vec<_> = chunks.iter().map(|text| text.matches('\'').count() / 2).collect();
    assert_eq!(sizes, [100, 100, 50]);
}

#[tokio::test]
async fn a_query_that_cannot_be_written_is_not_sent() {
    let site = site().build();
    let client = client(&site);
    let good = || Query::builder().form_id(FORM);
    for query in [
        good().field_keys(["FID"]).filter(Filter::eq("F'", "a")).build(),
        good().field_keys(Vec::<String>::new()).build(),
        good().field_keys(["FID,FBillNo"]).build(),
        good().field_keys(["FID"]).order("FID; drop table").build(),
        good().field_keys(["FID"]).order("FID sideways").build(),
    ] {
        let error = client.query(&query).await.unwrap_err();
        assert_eq!(error.fate(), Fate::NotSent, "{error}");
    }
    assert_eq!(site.counts().arrivals, 0);
}

/// The numbers that a site finds under a condition.
fn found(site: &Site, filter: Filter) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let query = Query::builder().form_id(FORM).field_keys(["FBillNo"]).filter(filter).order("FID").build();
    // Reads of this test must not fail: an error is a finding.
    let rows = runtime.block_on(async { client(site).query(&query).await.unwrap() });
    rows.iter().map(|row| row[0].text().to_owned()).collect()
}

fn stored(number: &str, customer: &str, note: &str) -> StoredBill {
    StoredBill {
        number: number.to_owned(),
        customer: customer.to_owned(),
        note: note.to_owned(),
        ..StoredBill::default()
    }
}

/// Text with a liking for what breaks out of quotes.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'".to_owned()),
        Just("''".to_owned()),
        Just("') or ('1'='1".to_owned()),
        Just(" and ".to_owned()),
        Just("\\".to_owned()),
        Just("%".to_owned()),
        Just("--".to_owned()),
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// A condition over three fields, and what it means.
#[derive(Debug, Clone)]
enum Meaning {
    Is(usize, String),
    Among(usize, Vec<String>),
    All(Vec<Meaning>),
    Any(Vec<Meaning>),
}

const KEYS: [&str; 3] = ["FBillNo", "FRetcustId.FNumber", "FHeadNote"];

impl Meaning {
    fn filter(&self) -> Filter {
        match self {
            Self::Is(key, value) => Filter::eq(KEYS[*key], value),
            Self::Among(key, values) => Filter::is_in(KEYS[*key], values),
            Self::All(inner) => Filter::all(inner.iter().map(Self::filter)),
            Self::Any(inner) => Filter::any(inner.iter().map(Self::filter)),
        }
    }

    fn holds(&self, fields: &[String; 3]) -> bool {
        match self {
            Self::Is(key, value) => fields[*key] == *value,
            Self::Among(key, values) => values.contains(&fields[*key]),
            Self::All(inner) => inner.iter().all(|meaning| meaning.holds(fields)),
            Self::Any(inner) => inner.iter().any(|meaning| meaning.holds(fields)),
        }
    }
}

fn meaning() -> impl Strategy<Value = Meaning> {
    let value = || "[ab']";
    let leaf = prop_oneof![
        (0..3_usize, value()).prop_map(|(key, value)| Meaning::Is(key, value)),
        (0..3_usize, proptest::collection::vec(value(), 1..3))
            .prop_map(|(key, values)| Meaning::Among(key, values)),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        let group = || proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![group().prop_map(Meaning::All), group().prop_map(Meaning::Any)]
    })
}

fn cases() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(1000), failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_value_stays_one_literal_of_one_condition(value in nasty()) {
        let site = site().build();
        site.insert(stored(&value, "C", ""));
        site.insert(stored(&format!("{value}x"), "C", ""));
        prop_assert_eq!(found(&site, Filter::eq("FBillNo", &value)), [value.clone()]);
        let voided = Filter::eq("FBillNo", &value).and(Filter::eq("FCancelStatus", "B"));
        prop_assert!(found(&site, voided).is_empty(), "the second condition is still one");
        let among = Filter::is_in("FBillNo", [value.as_str(), "other"]);
        prop_assert_eq!(found(&site, among), [value.clone()]);
    }

    #[test]
    fn a_condition_means_on_the_site_what_it_means_here(meaning in meaning()) {
        let site = site().build();
        let mut expected = Vec::new();
        for number in ["a", "b", "'"] {
            for customer in ["a", "'"] {
                for note in ["a", "b"] {
                    site.insert(stored(number, customer, note));
                    if meaning.holds(&[number, customer, note].map(ToOwned::to_owned)) {
                        expected.push(number.to_owned());
                    }
                }
            }
        }
        prop_assert_eq!(found(&site, meaning.filter()), expected);
    }
}

#[test]
fn what_is_not_null_not_in_a_list_or_contains_a_text_is_written_and_escaped() {
    for (filter, text) in [
        (Filter::not(Filter::eq("FA", "x")), "not (FA = 'x')"),
        (!Filter::not(Filter::eq("FA", "x")), "FA = 'x'"),
        (Filter::not_in("FA", [1, 2]), "not (FA in (1,2))"),
        (Filter::is_null("FA"), "FA is null"),
        (Filter::not(Filter::is_null("FA")), "not (FA is null)"),
        (Filter::contains("FName", "50%[a]_'x"), "FName like '%50[%][[]a][_]''x%'"),
        (Filter::starts_with("FName", "TK"), "FName like 'TK%'"),
        (Filter::eq("FIsFree", true), "FIsFree = '1'"),
        (Filter::eq("FQty", 7_u64).and(Filter::raw("FA = FB")), "FQty = 7 and (FA = FB)"),
        (Filter::raw("FA = FB").or(Filter::eq("FC", false)), "(FA = FB) or FC = '0'"),
    ] {
        assert_eq!(filter.render().unwrap(), text);
    }
    assert!(Filter::raw(" ").render().is_err() && Filter::not_in::<i64>("FA", []).render().is_err());
    assert!(Filter::is_null("FA; drop").render().is_err());
}

#[tokio::test]
async fn the_site_finds_a_text_whatever_characters_it_has() {
    let site = crate::support::site().build();
    for (number, note) in [("A", "50%[a]_x"), ("B", "50 [a] x"), ("C", "")] {
        let mut noted = crate::support::bill(number);
        noted.head_note = Some(note.to_owned());
        noted.entries[0].is_free = Some(number == "B");
        crate::support::client(&site)
            .save(&noted, &kingdee_k3cloud_sdk::SaveOptions::default())
            .await
            .unwrap();
    }
    let found = async |filter: Filter| {
        let query = kingdee_k3cloud_sdk::Query::builder().form_id("SAL_RETURNSTOCK").field_keys(["FBillNo"]);
        let rows = crate::support::client(&site)
            .query(&query.filter(filter).order("FBillNo").build())
            .await
            .unwrap();
        rows.iter().map(|row| row[0].text().to_owned()).collect::<String>()
    };
    assert_eq!(found(Filter::contains("FHeadNote", "%[a]_")).await, "A");
    assert_eq!(found(Filter::contains("FHeadNote", "[a]")).await, "AB");
    assert_eq!(found(Filter::not_in("FBillNo", ["A", "C"])).await, "B");
    assert_eq!(found(Filter::eq("FEntity_FIsFree", true)).await, "B");
    assert_eq!(found(!Filter::eq("FEntity_FIsFree", true)).await, "AC");
}

#[test]
fn a_condition_that_says_nothing_is_none() {
    for nothing in
        [Filter::all([]), Filter::any([]), Filter::raw(" "), Filter::eq("FID", 1).and(Filter::any([]))]
    {
        assert_eq!(nothing.render().unwrap_err(), BadFilter::Nothing);
    }
    assert_eq!(Filter::is_in("FID", [0; 0]).render().unwrap_err(), BadFilter::Empty("FID".to_owned()));
}
