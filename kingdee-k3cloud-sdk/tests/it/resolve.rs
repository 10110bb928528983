//! What became of a bill whose fate is unknown: looked up, and compared with what is expected.

use kingdee_k3cloud_sdk::mock::{Fault, Site, StoredBill};
use kingdee_k3cloud_sdk::{Expectation, Fate, Resolution, Verdict};

use crate::support::{FORM, batch, bill, client, dec, line, site};

const LINE: [&str; 3] = ["FEntity_FMaterialId.FNumber", "FEntity_FRealQty", "FEntity_FAllAmount"];

/// What `support::bill` is like once it is saved.
fn expected(number: &str) -> Expectation {
    Expectation::of(number)
        .head("FRetcustId.FNumber", "C001")
        .head("FThirdBillNo", number)
        .head("FDate", chrono::NaiveDate::from_ymd_opt(2026, 11, 3).unwrap())
        .head("FBillAllAmount", dec("5.5100"))
        .rows(LINE, [["M001".into(), dec("2").into(), dec("5.51").into()]])
}

async fn resolve(site: &Site, expected: Expectation) -> Resolution {
    client(site).resolve_unknown(FORM, &[expected]).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_bill_that_is_there_as_expected_is_ours() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    let Resolution::Ours { id, status } = resolve(&site, expected("A")).await else { panic!() };
    assert_eq!((id, status.as_str()), (site.bills()[0].id.to_string(), "A"));
}

#[tokio::test]
async fn what_is_not_there_is_absent() {
    assert_eq!(resolve(&site().build(), expected("A")).await, Resolution::Absent);
}

#[tokio::test]
async fn another_bill_under_our_number_is_told_by_its_differences() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    let mut second = line();
    second.material = "M002".into();
    let mut other = bill("B");
    other.entries = vec![line(), second];
    client(&site).save(&other, &kingdee_k3cloud_sdk::SaveOptions::default()).await.unwrap();
    site.edit("B", |bill| bill.customer = "C002".to_owned());
    let wanted = expected("B").rows(
        LINE,
        [
            ["M001".into(), dec("2").into(), dec("5.51").into()],
            ["M009".into(), dec("1").into(), dec("1").into()],
        ],
    );
    let Resolution::Other { differences, .. } = resolve(&site, wanted).await else { panic!() };
    let told: Vec<_> = differences
        .iter()
        .map(|d| (d.key.as_str(), d.expected.as_deref().unwrap_or("-"), d.found.as_deref().unwrap_or("-")))
        .collect();
    let rows = LINE.join(" | ");
    assert_eq!(
        told,
        [
            ("FRetcustId.FNumber", "C001", "C002"),
            ("FBillAllAmount", "5.51", "11.02"),
            (rows.as_str(), "-", "M002 | 2 | 5.51"),
            (rows.as_str(), "M009 | 1 | 1", "-"),
        ]
    );
}

#[tokio::test]
async fn rows_are_compared_as_many_times_as_they_occur() {
    let site = site().build();
    let mut twice = bill("A");
    twice.entries = vec![line(), line()];
    client(&site).save(&twice, &kingdee_k3cloud_sdk::SaveOptions::default()).await.unwrap();
    let row = || ["M001".into(), dec("2").into(), dec("5.51").into()];
    let with = |rows: Vec<_>| Expectation::of("A").rows(LINE, rows);
    assert!(matches!(resolve(&site, with(vec![row()])).await, Resolution::Other { .. }));
    assert!(matches!(resolve(&site, with(vec![row(), row()])).await, Resolution::Ours { .. }));
    assert!(matches!(resolve(&site, with(vec![row(), row(), row()])).await, Resolution::Other { .. }));
}

#[tokio::test]
async fn a_voided_bill_is_never_ours() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    site.void("A");
    assert!(matches!(resolve(&site, expected("A")).await, Resolution::Voided { .. }));
}

#[tokio::test]
async fn two_bills_under_one_number_are_doubled_even_if_one_is_as_expected() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    site.insert(StoredBill { number: "A".to_owned(), ..StoredBill::default() });
    let Resolution::Doubled { ids } = resolve(&site, Expectation::of("A")).await else { panic!() };
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn many_numbers_are_asked_for_in_chunks_and_answered_in_order() {
    let site = site().build();
    let numbers: Vec<String> = (0..250).map(|n| format!("TK{n}")).collect();
    let there: Vec<&str> = numbers.iter().step_by(2).map(String::as_str).collect();
    client(&site).batch_save(&batch(&there)).await.unwrap();
    let before = site.counts().arrivals;
    let asked: Vec<_> = numbers.iter().map(|number| expected(number)).collect();
    let answers = client(&site).resolve_unknown(FORM, &asked).await.unwrap();
    for (n, answer) in answers.iter().enumerate() {
        let is_ours = matches!(answer, Resolution::Ours { .. });
        assert!(if n % 2 == 0 { is_ours } else { *answer == Resolution::Absent }, "{n}: {answer:?}");
    }
    assert_eq!(
        site.counts().arrivals - before,
        4,
        "three chunks, and behind the first as nothing is known of the site yet"
    );
    assert!(client(&site).resolve_unknown(FORM, &[]).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_the_bill_is_found_and_not_sent_again() {
    let site = site().build();
    site.fail_next(Fault::ResetAfter);
    let error = client(&site).batch_save(&batch(&["A"])).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
    assert!(matches!(resolve(&site, expected("A")).await, Resolution::Ours { .. }));
    assert_eq!(site.counts().saves["A"], 1);
}

#[tokio::test]
async fn a_number_that_is_taken_needs_a_look_up_and_a_missing_field_does_not() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    let again = client(&site).batch_save(&batch(&["A"])).await.unwrap();
    assert!(again[0].needs_look_up(), "it may be our own: {again:?}");
    let mut bad = bill("B");
    bad.customer = "NOBODY".into();
    let bad = client(&site).save(&bad, &kingdee_k3cloud_sdk::SaveOptions::default()).await.unwrap();
    assert!(!bad.needs_look_up(), "{bad:?}");
    assert!(Verdict::Unknown.needs_look_up());
}

#[tokio::test]
async fn a_look_up_with_rows_is_ordered_so_that_no_page_loses_one() {
    use crate::support::{Script, reply};
    let order = async |expected: Expectation| {
        let script = Script::new(vec![reply(200, "[]")]);
        script.client.resolve_unknown(FORM, &[expected]).await.unwrap();
        let sent: serde_json::Value = serde_json::from_slice(script.request(0).body()).unwrap();
        sent["data"]["OrderString"].as_str().unwrap().to_owned()
    };
    assert_eq!(order(expected("A")).await, "FID ASC, FEntity_FEntryID ASC");
    assert_eq!(order(Expectation::of("A").head("FRetcustId.FNumber", "C001")).await, "FID ASC");
    let own = Expectation::of("A").rows(["FSaleOrderEntry_FQty"], [[dec("1").into()]]);
    assert_eq!(order(own).await, "FID ASC, FSaleOrderEntry_FEntryID ASC");
}

#[tokio::test]
async fn pages_that_are_ordered_by_bill_alone_lose_rows_and_by_row_lose_none() {
    use futures_util::TryStreamExt as _;
    let site = site().page_cap(Some(2000)).build();
    let lines = vec![kingdee_k3cloud_sdk::mock::StoredLine::default(); 5000];
    site.insert(StoredBill { number: "A".to_owned(), lines, ..StoredBill::default() });
    let rows = async |order: &str| {
        let keys = ["FID", "FEntity_FEntryID"];
        let query =
            kingdee_k3cloud_sdk::Query::builder().form_id(FORM).field_keys(keys).order(order).limit(10_000);
        let rows: Vec<_> =
            client(&site).pages(query.build()).try_concat().await.unwrap().into_iter().collect();
        rows.iter().map(|row| row[1].int().unwrap()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert!(rows("FID ASC").await < 5000);
    assert_eq!(rows("FID ASC, FEntity_FEntryID ASC").await, 5000);
}

/// What a look-up of `A` makes of an answer, the columns being FID, FBillNo, FDocumentStatus, FCancelStatus and these.
async fn resolved(expected: Expectation, answer: &str) -> Result<Resolution, kingdee_k3cloud_sdk::Error> {
    use crate::support::{Script, reply};
    // Nothing is behind it.
    let script = Script::new(vec![reply(200, answer), reply(200, "[]")]);
    Ok(script.client.resolve_unknown(FORM, &[expected]).await?.remove(0))
}

#[tokio::test]
async fn a_bill_that_cannot_be_read_is_neither_absent_nor_another() {
    let customer = || Expectation::of("A").head("FRetcustId.FNumber", "C001");
    let unreadable = |ids: &[&str], keys: &[&str]| Resolution::Unreadable {
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let table = [
        (r#"[[1,"A","A","A","***"]]"#, unreadable(&["1"], &["FRetcustId.FNumber"])),
        (r#"[[1,"A","A","A"]]"#, unreadable(&["1"], &["FRetcustId.FNumber"])),
        (r#"[[1,"A"]]"#, unreadable(&["1"], &["FCancelStatus", "FRetcustId.FNumber"])),
        (r#"[[1,"A","A","***","C001"]]"#, unreadable(&["1"], &["FCancelStatus"])),
        (r#"[[1,"***","A","A","C001"]]"#, unreadable(&["1"], &["FBillNo"])),
        (r#"[[1,null,"A","A","C001"]]"#, unreadable(&["1"], &["FBillNo"])),
        (r#"[["1"]]"#, unreadable(&["1"], &["FBillNo"])),
        ("[[]]", unreadable(&[], &["FBillNo"])),
        (r#"[[1,"A","A","A","C001","?"]]"#, unreadable(&[], &["FBillNo"])),
        // What can be read goes before what cannot.
        (r#"[[1,"A","A","A","C001"],[]]"#, Resolution::Ours { id: "1".to_owned(), status: "A".to_owned() }),
        (r#"[[1,"A","***","A","C001"]]"#, Resolution::Ours { id: "1".to_owned(), status: String::new() }),
    ];
    for (answer, wanted) in table {
        assert_eq!(resolved(customer(), answer).await.unwrap(), wanted, "{answer}");
    }
    let lines = || customer().rows(["FEntity_FMaterialId.FNumber"], [["M001".into()], ["M002".into()]]);
    let answer = r#"[[1,"A","A","A","***","C001"],[1,"A","A","A","M001","C001"]]"#;
    assert_eq!(
        resolved(lines(), answer).await.unwrap(),
        unreadable(&["1"], &["FEntity_FMaterialId.FNumber"])
    );
    let answer = r#"[[1,"A","A","A","***","C009"],[1,"A","A","A","M001","C009"]]"#;
    assert!(
        matches!(resolved(lines(), answer).await.unwrap(), Resolution::Other { .. }),
        "it differs visibly"
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_answers_for_other_bills_decides_nothing() {
    let error = resolved(Expectation::of("A"), r#"[[7,"XSTHD7","A","A"]]"#).await.unwrap_err();
    assert!(error.to_string().contains("XSTHD7"), "{error}");
    let same_to_a_database = resolved(Expectation::of("A"), r#"[[7," a","A","A"]]"#).await.unwrap();
    assert_eq!(same_to_a_database, Resolution::Absent);
}
