//! Rows: nothing is lost on the way in and out, nothing private is shown, and no text makes them panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use wdt_qimen_sdk::method::refund::{ProcessStatus, Refund, RefundQuery, RefundType};
use wdt_qimen_sdk::wire::{mask, parse_decimal, read_row};
use wdt_qimen_sdk::{RowKey, mock};

use crate::support::{cases, page_of};

const SAMPLES: [&str; 4] = [
    include_str!("fixtures/wdt-refunds-business.json"),
    include_str!("fixtures/wdt-refunds-mixed.json"),
    include_str!("fixtures/wdt-refunds-money.json"),
    include_str!("fixtures/wdt-refunds-strings.json"),
];

fn written(row: &Refund) -> String {
    serde_json::to_string(row).unwrap()
}

#[tokio::test]
async fn every_readable_sample_row_survives_a_round_trip() {
    for sample in SAMPLES {
        for row in page_of(sample).await.unwrap().rows {
            let row = row.unwrap();
            assert_eq!(read_row::<Refund>(&written(&row)), Ok(row));
        }
    }
}

#[test]
fn unknown_codes_and_fields_survive_in_their_own_spelling() {
    let text = r#"{"refund_no":"TK1","type":9,"process_status":77,"zzz":{"a":[1,2.50]},"aaa":1e400}"#;
    let row: Refund = serde_json::from_str(text).unwrap();
    assert_eq!((row.kind, row.process_status), (RefundType::Unknown(9), ProcessStatus::Unknown(77)));
    assert_eq!(written(&row), text, "declared order, then the unknown as they came");
}

#[test]
fn each_wrong_value_is_named_with_its_place() {
    let text = r#"{"refund_no":["x"],"type":"two","modified":"soon","is_goods_received":"maybe",
        "refund_order_list":[{"refund_num":"1"},{"refund_num":"many","order_id":1.5}],"refund_out_goods_list":"none"}"#;
    let faults = read_row::<Refund>(text).unwrap_err();
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "refund_no is [\"x\"], expected text",
            "type is \"two\", expected a whole number of 32 bits",
            "modified is \"soon\", expected a time yyyy-MM-dd HH:mm:ss",
            "is_goods_received is \"maybe\", expected true, false or a whole number",
            "refund_order_list[1].refund_num is \"many\", expected a decimal number",
            "refund_order_list[1].order_id is 1.5, expected a whole number",
            "refund_out_goods_list is none, expected a list of rows",
        ]
    );
}

#[test]
fn a_private_value_is_not_shown_even_where_it_is_the_fault() {
    let faults = read_row::<Refund>(r#"{"buyer_nick":["张三"]}"#).unwrap_err();
    assert_eq!(faults[0].to_string(), "buyer_nick is ***, expected text");
}

#[test]
fn a_row_shows_no_people_and_can_forget_them() {
    let text = r#"{"refund_no":"TK1","return_name":"张三","return_mobile":"13800138000","receiver_mobile":"13900139000"}"#;
    let mut row: Refund = read_row(text).unwrap();
    let shown = format!("{row:?}");
    assert!(shown.contains("TK1") && shown.contains("***"), "{shown}");
    assert!(!shown.contains("张三") && !shown.contains("138001") && !shown.contains("139001"), "{shown}");
    row.forget_people();
    assert_eq!(written(&row), r#"{"refund_no":"TK1"}"#);
}

#[tokio::test]
async fn a_row_counts_by_number_else_by_id_else_by_its_text() {
    let body = r#"{"response":{"total_count":5,"refunds":[
        {"refund_no":"TK1"},{"refund_no":"","refund_id":"7"},"rubbish",{"refund_no":[],"refund_id":8},{"refund_no":5,"type":"x"}]}}"#;
    let page = page_of(body).await.unwrap();
    let keys: Vec<_> = page.keys::<RefundQuery>().collect();
    assert_eq!(keys[..2], [RowKey::from("TK1"), RowKey::Id(7)]);
    assert!(matches!(&keys[2], RowKey::Text(hash) if hash.len() == 64));
    assert_eq!(keys[3..], [RowKey::Id(8), RowKey::from("5")]);
}

#[tokio::test]
async fn two_rows_that_show_nothing_count_as_two() {
    let body = r#"{"response":{"total_count":2,"refunds":[{"remark":"a"},{"remark":"b"}]}}"#;
    let page = page_of(body).await.unwrap();
    let keys: Vec<_> = page.keys::<RefundQuery>().collect();
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn an_unreadable_row_is_kept_exactly_and_shown_masked() {
    let row =
        r#"{"refund_no": "TK2611200002", "buyer_nick": "张三", "tid": "2611200001234567", "paid": "x"}"#;
    let page = page_of(&format!(r#"{{"response":{{"total_count":1,"refunds":[{row}]}}}}"#)).await.unwrap();
    let error = page.rows[0].as_ref().unwrap_err();
    assert_eq!(error.raw, row);
    for shown in [error.masked(), format!("{error:?}"), error.to_string()] {
        assert!(shown.contains("TK2611200002"), "{shown}");
        assert!(!shown.contains("张三") && !shown.contains("2611200001234567"), "{shown}");
    }
    assert!(serde_json::from_str::<Value>(&error.masked()).is_ok());
}

#[test]
fn every_made_up_return_reads_and_survives_a_round_trip() {
    let span = crate::support::span("2026-11-01 00:00:00", "2026-11-30 00:00:00");
    for row in mock::fill(3, 2000, span) {
        let text = serde_json::to_string(&row.0).unwrap();
        let refund: Refund = read_row(&text).unwrap();
        assert!(refund.extra.is_empty(), "{:?}", refund.extra);
        assert_eq!(read_row::<Refund>(&written(&refund)), Ok(refund));
    }
}

/// JSON of any kind, as a broken server might send it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9.eE+-]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_value_in_any_field_is_read_or_named_never_a_panic(
        key in prop::sample::select(vec!["refund_no", "type", "paid", "modified", "shop_id", "is_goods_received", "refund_order_list", "refund_out_goods_list", "other"]),
        value in any_json(),
    ) {
        let text = json!({ key: value }).to_string();
        match read_row::<Refund>(&text) {
            Ok(row) => prop_assert_eq!(read_row::<Refund>(&written(&row)), Ok(row)),
            Err(faults) => prop_assert!(!faults.is_empty()),
        }
    }

    #[test]
    fn any_bytes_are_a_page_or_an_error_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let error = runtime.block_on(page_of(&text)).unwrap_err();
        prop_assert!(error.is_transient());
    }

    #[test]
    fn a_decimal_is_read_exactly_or_not_at_all(text in "-?[0-9]{0,31}(\\.[0-9]{0,29})?") {
        if let Some(value) = parse_decimal(&text) {
            let plain = |text: &str| text.trim_start_matches('-').trim_start_matches('0').to_owned();
            prop_assert_eq!(plain(&value.to_string()), plain(&text));
        }
    }

    #[test]
    fn masking_keeps_json_and_leaves_no_long_digit_run(value in any_json()) {
        let masked = mask::mask_json(&value.to_string());
        prop_assert!(serde_json::from_str::<Value>(&masked).is_ok(), "{}", masked);
        let longest = masked.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        prop_assert!(longest < 7, "{}", masked);
    }
}
