//! What every sample page of 旺店通 becomes: through the source adapter into the journal and through the mapping.

use std::collections::BTreeMap;

use refund_sync::clock::Clock;
use refund_sync::config::{self, Pipeline};
use refund_sync::journal::{Row, State};
use refund_sync::mapping::rules::OnQuantityGap;
use refund_sync::mapping::{self, Mapped, Rules};
use refund_sync::model::Return;
use refund_sync::source::{self, Source, SourcePage};
use refund_sync::store::{Origin, PageCommit, Sqlite, Store};
use rust_decimal::Decimal;
use wdt_qimen_sdk::{RetryPolicy, Span};
use wiremock::matchers::any;
use wiremock::{Mock, ResponseTemplate};

use crate::scene::{BOOKS_SECRET, Scene};

fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn sample(name: &str) -> String {
    let path = format!("{}/tests/it/fixtures/samples/wdt-{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// What the source adapter makes of a sample, and the pipeline that asked.
async fn ask(name: &str) -> (Result<SourcePage, wdt_qimen_sdk::Error>, Pipeline) {
    let scene = Scene::with([]).await;
    let answer = ResponseTemplate::new(200).set_body_raw(sample(name), "application/json");
    Mock::given(any()).respond_with(answer).with_priority(1).mount(&scene.shop_server).await;
    let env = [("WDT_APP_SECRET", "x"), ("KINGDEE_APP_SECRET", BOOKS_SECRET)];
    let loaded = config::load(&scene.config(), env.map(|(name, value)| (name.into(), value.into()))).unwrap();
    let pipeline = loaded.config.pipelines.into_iter().next().unwrap();
    let client = source::client(&pipeline.wdt, &Clock::system()).retry(RetryPolicy::never()).build().unwrap();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let span = Span::new(day.and_hms_opt(0, 0, 0).unwrap(), day.and_hms_opt(23, 59, 59).unwrap()).unwrap();
    (Source::new(client, pipeline.wdt.clone()).page(span, 0).await, pipeline)
}

/// A page with rows, and the rules that map them.
async fn page(name: &str) -> (BTreeMap<String, Row>, Rules) {
    let (page, pipeline) = ask(name).await;
    let page = page.unwrap();
    assert_eq!(page.total, Some(page.rows.len() as u64), "no row is lost");
    (page.rows.into_iter().map(|row| (row.refund_no().to_owned(), row)).collect(), pipeline.mapping)
}

fn accepted(row: &Row) -> &Return {
    let Row::Accepted(refund) = row else { panic!("{row:?}") };
    refund
}

fn filtered(row: &Row) -> (i32, i32) {
    let Row::Filtered { kind, process_status, .. } = row else { panic!("{row:?}") };
    (*kind, *process_status)
}

fn bill(row: &Row, rules: &Rules) -> Mapped {
    mapping::map(accepted(row), rules, None).unwrap()
}

fn causes(row: &Row, rules: &Rules) -> Vec<&'static str> {
    mapping::map(accepted(row), rules, None)
        .unwrap_err()
        .iter()
        .map(|refusal| refusal.cause().as_str())
        .collect()
}

/// Quantity, price and cents of each line.
fn lines(mapped: &Mapped) -> Vec<(Decimal, Decimal, Decimal)> {
    mapped.bill.lines.iter().map(|line| (line.quantity, line.tax_price, line.amount)).collect()
}

fn flags(mapped: &Mapped) -> Vec<&'static str> {
    mapped.flags.iter().map(|flag| flag.kind().as_str()).collect()
}

#[tokio::test]
async fn the_empty_page_is_an_answer_that_proves_there_is_nothing() {
    let page = ask("empty").await.0.unwrap();
    assert_eq!((page.total, page.rows.len()), (Some(0), 0));
}

#[tokio::test]
async fn old_rows_all_in_strings_become_bills_to_the_cent() {
    let (rows, rules) = page("refunds-strings").await;
    let first = bill(&rows["TK2611180001"], &rules);
    assert_eq!(lines(&first), [(d("2"), d("59.9"), d("119.80"))]);
    assert_eq!((first.bill.customer.as_str(), first.bill.lines[0].stock.as_str()), ("C001", "CK01"));
    assert_eq!(first.bill.date.to_string(), "2026-11-20");
    let second = bill(&rows["TK2611180002"], &rules);
    assert_eq!(lines(&second), [(d("3"), d("33.333333"), d("100.00")), (d("1"), d("0"), d("0.00"))]);
    assert_eq!(second.bill.lines[1].free, Some(refund_sync::model::Free::Gift));
}

#[tokio::test]
async fn newer_rows_that_mix_numbers_strings_and_booleans_read_the_same() {
    let (rows, rules) = page("refunds-mixed").await;
    let first = bill(&rows["TK2611190001"], &rules);
    assert_eq!(lines(&first), [(d("1"), d("64.9"), d("64.90"))]);
    assert_eq!(first.refund_minus_goods, Some(d("5.0")), "freight, and no fault");
    assert_eq!(filtered(&rows["TK2611190002"]), (3, 90), "换货 is off by default");
    assert_eq!(filtered(&rows["TK2611190003"]), (4, 90), "退款不退货 brings nothing back");
}

#[tokio::test]
async fn the_dirty_page_gives_its_readable_rows_and_one_row_error_with_its_number() {
    let (rows, rules) = page("refunds-dirty").await;
    assert_eq!(rows.len(), 4);
    assert_eq!(filtered(&rows["TK2611200001"]), (9, 77), "unknown codes are left out, not guessed");
    let Row::Unreadable { reasons, raw, .. } = &rows["TK2611200002"] else { panic!() };
    assert!(reasons[0].message.en.contains("goods_amount"), "{reasons:?}");
    assert!(raw.contains("not-a-number") && raw.contains("TK2611200002"));
    let lone = bill(&rows["TK2611200003"], &rules);
    assert_eq!(lone.bill.lines[0].material, "LONE-OBJECT", "a lone object is a list of one");
    assert_eq!(causes(&rows["TK2611200004"], &rules), ["no_date", "no_lines"]);
}

#[tokio::test]
async fn the_dirty_page_in_the_journal_is_one_document_a_row() {
    let (page, _) = ask("refunds-dirty").await;
    let page = page.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("journal.db")).unwrap();
    let pipeline = store.pipeline("main").await.unwrap().id;
    let at = page.asked_at;
    let run = store.begin_run(pipeline, "run", at).await.unwrap();
    let window = (refund_sync::clock::shanghai(at), refund_sync::clock::shanghai(at));
    let commit = PageCommit { rows: page.rows, asked_at: at, window };
    let outcome = store.commit_page(Origin { pipeline, run, at }, commit).await.unwrap();
    assert_eq!((outcome.accepted, outcome.filtered, outcome.unreadable), (2, 1, 1));
    let states = [
        ("TK2611200001", State::Filtered),
        ("TK2611200002", State::Parked),
        ("TK2611200003", State::Seen),
        ("TK2611200004", State::Seen),
    ];
    for (number, state) in states {
        assert_eq!(store.life(number).await.unwrap()[0].state, state, "{number}");
    }
}

#[tokio::test]
async fn the_business_page_is_every_case_of_an_ordinary_day() {
    let (rows, rules) = page("refunds-business").await;
    assert_eq!(causes(&rows["TK2611210001"], &rules), ["quantity_gap"]);
    let no_refund = bill(&rows["TK2611210002"], &rules);
    assert_eq!(flags(&no_refund), ["no_refund"]);
    assert_eq!(no_refund.bill.lines[0].free, Some(refund_sync::model::Free::NoRefund));
    assert_eq!(flags(&bill(&rows["TK2611210003"], &rules)), ["amount_unconfirmed"]);
    assert_eq!(filtered(&rows["TK2611210004"]), (2, 80), "待结算 is not finished");
    assert_eq!(
        bill(&rows["TK2611210005"], &rules).bill.date.to_string(),
        "2026-10-28",
        "settled before it came"
    );
    let halves = bill(&rows["TK2611210006"], &rules);
    assert_eq!(halves.bill.amount(), d("5.51"), "not 5.52, as rounding each half alone gives");
    assert_eq!(lines(&halves), [(d("1"), d("2.76"), d("2.76")), (d("1"), d("2.75"), d("2.75"))]);
}

#[tokio::test]
async fn the_money_page_is_exact_in_figures_that_a_binary_fraction_would_spoil() {
    let (rows, rules) = page("refunds-money").await;
    let refund = accepted(&rows["TK2611200100"]);
    let amounts: Vec<_> = refund.lines.iter().map(|line| line.refund_order_amount.unwrap()).collect();
    assert_eq!(amounts, [d("0.1"), d("99999999999.99"), d("12.345")]);
    let sum: Decimal = amounts.iter().sum();
    assert_eq!(sum, d("100000000012.435"));

    let mut rules = rules;
    assert_eq!(causes(&rows["TK2611200100"], &rules), ["quantity_gap", "quantity_gap", "quantity_gap"]);
    rules.on_quantity_gap = OnQuantityGap::Flag;
    let mapped = mapping::map(refund, &rules, None).unwrap();
    assert_eq!(mapped.bill.amount(), d("100000000012.44"), "the half cent of the sum goes away from zero");
    let said = mapped.flags.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("100000000012.435"), "the figure itself is named: {said}");
}

#[tokio::test]
async fn every_error_sample_is_told_apart_by_what_helps() {
    // Name, code, whether a later call has a chance, whether every call will fail alike.
    let table = [
        ("error-arguments", 41, false, false),
        ("error-erp", 2900, false, false),
        ("error-limited", 7, true, false),
        ("error-remote", 15, true, false),
        ("error-signature", 25, false, true),
        ("native-error-limited", 1012, true, false),
    ];
    for (name, code, retryable, for_all) in table {
        let error = ask(name).await.0.unwrap_err();
        assert_eq!(error.code(), Some(code), "{name}: {error}");
        assert_eq!((error.is_transient(), error.is_permanent_for_all()), (retryable, for_all), "{name}");
    }
    let limited = ask("error-limited").await.0.unwrap_err();
    assert_eq!(limited.retry_after().unwrap().as_secs(), 3, "the ban of two seconds, and one more");
}

#[test]
fn no_sample_is_forgotten() {
    let folder = format!("{}/tests/it/fixtures/samples", env!("CARGO_MANIFEST_DIR"));
    let source = include_str!("samples.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.strip_prefix("wdt-").and_then(|name| name.strip_suffix(".json")).unwrap().to_owned();
        assert!(source.contains(&format!("\"{name}\"")), "{name}");
    }
}
