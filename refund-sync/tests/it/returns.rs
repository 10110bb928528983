//! Returns of the simulated shop in the wire's shape, to be changed by each test in the one point it is about.

use chrono::{NaiveDateTime, TimeDelta};
use refund_sync::clock::{Clock, shanghai};
use serde_json::{Value, json};
use wdt_qimen_sdk::mock::MockRefund;

/// A finished 退货 of shop S001 into warehouse WH01: two shirts for 119.80, last changed two hours ago.
pub(crate) fn plain(refund_no: &str) -> MockRefund {
    with_lines(refund_no, &[line("TS-BLK-L", "2.0000", "119.8000")])
}

/// The same with lines of its own; the head agrees with them as far as they are numbers.
pub(crate) fn with_lines(refund_no: &str, lines: &[Value]) -> MockRefund {
    let time = text(now() - TimeDelta::hours(2));
    let sum: rust_decimal::Decimal = lines
        .iter()
        .filter_map(|line| rust_decimal::Decimal::from_str_exact(line["refund_order_amount"].as_str()?).ok())
        .sum();
    json!({
        "refund_id": "4401",
        "refund_no": refund_no,
        "src_no": "9081726354",
        "type": "2",
        "process_status": "90",
        "shop_no": "S001",
        "customer_no": "KH0001",
        "warehouse_no": "WH01",
        "goods_amount": sum.to_string(),
        "refund_amount": sum.to_string(),
        "actual_refund_amount": sum.to_string(),
        "tid": "2611200001234567",
        "sales_tid": "JY202611180031",
        "remark": "",
        "modified": time,
        "finish_time": time,
        "return_mask": "0",
        "refund_order_list": lines,
    })
    .into()
}

/// `quantity` pieces back for `amount` yuan, as texts like the wire's.
pub(crate) fn line(spec_no: &str, quantity: &str, amount: &str) -> Value {
    json!({
        "order_id": "51001",
        "spec_no": spec_no,
        "goods_no": "TS",
        "refund_num": quantity,
        "stockin_num": quantity,
        "refund_order_amount": amount,
        "total_amount": amount,
        "gift_type": "0",
    })
}

/// Changes the first line.
pub(crate) fn set_line(row: &mut MockRefund, key: &str, value: &str) {
    row.0["refund_order_list"][0][key] = value.into();
}

/// `count` plain returns TK0001, TK0002, …, each with an amount of its own.
pub(crate) fn many(count: usize) -> Vec<MockRefund> {
    let amount = |n: usize| format!("{}.{:02}00", 10 + n, n % 100);
    let one = |n: usize| with_lines(&number(n), &[line("TS-BLK-L", "3.0000", &amount(n))]);
    (1..=count).map(one).collect()
}

/// The number of the n-th of [`many`].
pub(crate) fn number(n: usize) -> String {
    format!("TK{n:04}")
}

/// Now, as the shop's clock shows it.
pub(crate) fn now() -> NaiveDateTime {
    shanghai(Clock::system().now())
}

/// A time as the wire and the configuration write it.
pub(crate) fn text(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}
