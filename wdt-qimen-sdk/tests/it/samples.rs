//! What each sample answer becomes. The samples are the wire's true shapes with made-up values.

use rust_decimal::Decimal;
use wdt_qimen_sdk::method::refund::{ProcessStatus, Refund, RefundType};
use wdt_qimen_sdk::{Error, Fate, Page, RefusalClass, RowKey};

use crate::support::page_of;

async fn refused(body: &str) -> Error {
    page_of(body).await.unwrap_err()
}

/// A page all of whose rows can be read.
async fn readable(body: &str) -> Vec<Refund> {
    let page = page_of(body).await.unwrap();
    assert_eq!(page.total, Some(page.rows.len() as u64));
    page.rows.into_iter().map(Result::unwrap).collect()
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok()
}

#[tokio::test]
async fn empty_is_a_page_without_rows() {
    let page = page_of(include_str!("fixtures/wdt-empty.json")).await.unwrap();
    assert_eq!((page.total, page.rows.len()), (Some(0), 0));
    assert!(page.is_whole());
}

#[tokio::test]
async fn error_arguments_is_this_calls_fault() {
    let error = refused(include_str!("fixtures/wdt-error-arguments.json")).await;
    assert_eq!((error.code(), error.sub_code()), (Some(41), Some("isv.invalid-parameter")));
    assert_eq!(error.request_id(), Some("15made0up01"));
    assert!(!error.is_transient() && !error.is_permanent_for_all());
    assert_eq!(error.fate(), Fate::Refused);
    let said =
        "wdt.refund.query: refused with 41 Invalid arguments: isv.invalid-parameter time range too long";
    assert!(error.to_string().starts_with(said), "{error}");
}

#[tokio::test]
async fn error_erp_keeps_the_erps_code_and_words() {
    let error = refused(include_str!("fixtures/wdt-error-erp.json")).await;
    let refusal = error.refusal().unwrap();
    assert_eq!((refusal.code, refusal.class), (2900, RefusalClass::Other));
    assert_eq!(refusal.message, "时间范围不能全部为空");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn error_limited_names_its_ban() {
    let error = refused(include_str!("fixtures/wdt-error-limited.json")).await;
    assert_eq!(error.code(), Some(7));
    assert!(error.is_transient());
    assert_eq!(error.retry_after().unwrap().as_secs(), 3, "the two seconds named and one more");
}

#[tokio::test]
async fn error_remote_passes_by_itself() {
    let error = refused(include_str!("fixtures/wdt-error-remote.json")).await;
    assert_eq!(error.sub_code(), Some("isp.remote-service-timeout"));
    assert!(error.is_transient());
}

#[tokio::test]
async fn error_signature_stops_everything() {
    let error = refused(include_str!("fixtures/wdt-error-signature.json")).await;
    assert_eq!(error.code(), Some(25));
    assert!(error.is_permanent_for_all() && !error.is_transient());
    assert!(error.advice().en.contains("app_secret"), "{}", error.advice());
}

#[tokio::test]
async fn native_error_limited_is_a_limit_of_a_minute() {
    let error = refused(include_str!("fixtures/wdt-native-error-limited.json")).await;
    assert_eq!(error.code(), Some(1012));
    assert_eq!(error.retry_after().unwrap().as_secs(), 60);
}

#[tokio::test]
async fn refunds_business_reads_whole() {
    let rows = readable(include_str!("fixtures/wdt-refunds-business.json")).await;
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.kind == RefundType::Return));
    assert_eq!(rows[3].process_status, ProcessStatus::ToSettle);
    let shares: Vec<_> = rows[5].refund_order_list.iter().map(|line| line.refund_order_amount).collect();
    assert_eq!(shares, [decimal("2.7550"), decimal("2.7550")], "two shares that are no whole cents");
    assert_eq!(rows[5].refund_amount, decimal("5.5100"));
    assert_eq!(rows[0].refund_order_list[0].stockin_num, decimal("1.0000"), "one of two arrived");
}

#[tokio::test]
async fn refunds_dirty_loses_one_row_and_says_why() {
    let page: Page<Refund> = page_of(include_str!("fixtures/wdt-refunds-dirty.json")).await.unwrap();
    assert_eq!(page.total, Some(4), "a total in quotes");
    let [unknown, broken, lone, bare] = &page.rows[..] else { panic!("four rows") };

    let unknown = unknown.as_ref().unwrap();
    assert_eq!(unknown.kind, RefundType::Unknown(9));
    assert_eq!(unknown.process_status, ProcessStatus::Unknown(77));
    assert!(unknown.extra.get("new_field_2027").unwrap().starts_with('{'));

    let broken = broken.as_ref().unwrap_err();
    assert_eq!(broken.number.as_deref(), Some("TK2611200002"));
    assert_eq!(broken.key, RowKey::from("TK2611200002"));
    assert_eq!((broken.get::<i32>("type"), broken.get::<i32>("process_status")), (Some(2), Some(90)));
    assert!(broken.modified.is_some());
    let [fault] = &broken.faults[..] else { panic!("one fault") };
    assert_eq!((fault.path.as_str(), fault.value.as_str()), ("goods_amount", "\"not-a-number\""));
    assert!(broken.raw.contains("not-a-number"), "the raw text is kept");

    assert_eq!(lone.as_ref().unwrap().refund_order_list.len(), 1, "a lone object is a list of one");

    let bare = bare.as_ref().unwrap();
    assert!(bare.refund_order_list.is_empty(), "null is an empty list");
    assert_eq!((bare.finish_time, bare.check_time), (None, None), "zero dates are none");
}

#[tokio::test]
async fn refunds_mixed_reads_numbers_texts_booleans_and_nulls_alike() {
    let rows = readable(include_str!("fixtures/wdt-refunds-mixed.json")).await;
    assert_eq!(rows[0].refund_id, Some(4403));
    assert_eq!(rows[0].goods_amount, decimal("59.9"));
    assert_eq!(rows[0].is_goods_received, Some(true));
    assert_eq!(rows[1].refund_id, Some(2_768_505_661_460_316_165), "beyond what a float can hold");
    assert_eq!(rows[1].kind, RefundType::Exchange);
    assert_eq!((rows[1].refund_time, rows[1].finish_time), (None, None));
    assert_eq!(rows[1].refund_out_goods_list[0].merchant_no, "TS-BLK-XL");
    assert_eq!(rows[2].kind, RefundType::RefundOnly);
}

#[tokio::test]
async fn refunds_money_is_exact() {
    let rows = readable(include_str!("fixtures/wdt-refunds-money.json")).await;
    let lines = &rows[0].refund_order_list;
    let money: Vec<_> = lines.iter().map(|line| line.refund_order_amount.unwrap().to_string()).collect();
    assert_eq!(money, ["0.1000", "99999999999.9900", "12.3450"]);
    let sum: Decimal = lines.iter().filter_map(|line| line.refund_order_amount).sum();
    assert_eq!(sum.to_string(), "100000000012.4350");
    assert_eq!(lines[2].refund_num, decimal("0.3330"));
}

#[tokio::test]
async fn refunds_strings_reads_a_row_all_in_texts() {
    let rows = readable(include_str!("fixtures/wdt-refunds-strings.json")).await;
    assert_eq!(rows[1].refund_no, "TK2611180002");
    assert_eq!(rows[1].refund_order_list[1].gift_type, Some(1));
    assert_eq!(rows[1].return_goods_count, decimal("4"));
}

#[tokio::test]
async fn a_bare_number_keeps_digits_that_a_float_would_lose() {
    let body = r#"{"response":{"errorcode":0,"total_count":1,"refunds":[
        {"refund_no":"TK1","refund_amount":0.10,"paid":1234567890123456.7891,"post_amount":"0.30"}]}}"#;
    let rows = readable(body).await;
    assert_eq!(rows[0].refund_amount.unwrap().to_string(), "0.10");
    assert_eq!(rows[0].paid.unwrap().to_string(), "1234567890123456.7891");
}
