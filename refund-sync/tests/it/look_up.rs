//! Looking bills up in 金蝶: pages, orders, and columns that a site does not know or does not show.

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::mock::{Site, StoredBill, StoredLine};
use kingdee_k3cloud_sdk::{Client, Credentials};
use refund_sync::model::ReturnBill;
use refund_sync::sink::Sink;
use rust_decimal::Decimal;

/// A look-up of these books, without a wire.
fn sink(books: &Site) -> Sink {
    let client = Client::builder()
        .base_url("http://books.test/k3cloud/")
        .acct_id("65f0c0ffee0001")
        .username("api")
        .credentials(Credentials::signature(
            "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4",
            "simulated-app-secret",
        ))
        .org_num("100")
        .transport(books.service());
    Sink::new(client.build().unwrap())
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
}

/// A bill with so many lines, each of another material.
fn long(number: &str, lines: usize) -> StoredBill {
    let line = |index: usize| StoredLine {
        material: format!("M{index:05}"),
        qty: Decimal::ONE,
        all_amount: Decimal::ONE,
        ..StoredLine::default()
    };
    StoredBill {
        number: number.into(),
        customer: "C001".into(),
        date: day(),
        lines: (0..lines).map(line).collect(),
        ..StoredBill::default()
    }
}

fn wanted(number: &str) -> ReturnBill {
    ReturnBill {
        number: number.into(),
        refund_no: number.into(),
        bill_type: "XSTHD01_SYS".into(),
        date: day(),
        moved_from: None,
        sale_org: "100".into(),
        settle_org: "100".into(),
        stock_org: "100".into(),
        owner_org: "100".into(),
        customer: "C001".into(),
        currency: "PRE001".into(),
        return_type: "THLX01_SYS".into(),
        head_note: String::new(),
        head: Vec::new(),
        finance: Vec::new(),
        lines: Vec::new(),
    }
}

fn distinct(lines: &[refund_sync::journal::FoundLine]) -> usize {
    lines.iter().map(|line| &line.material).collect::<std::collections::BTreeSet<_>>().len()
}

#[tokio::test]
async fn a_bill_whose_lines_fill_several_pages_of_a_look_up_loses_none_between_them() {
    let books = Site::builder().build();
    books.insert(long("TK1", 4_500));
    let found = sink(&books).look_up(&[&wanted("TK1")]).await.unwrap();
    let lines = found[0].lines.as_ref().unwrap();
    assert_eq!((found.len(), lines.len(), distinct(lines)), (1, 4_500, 4_500));
}

#[tokio::test]
async fn a_walk_over_the_bills_of_some_days_loses_no_line_between_two_pages() {
    let books = Site::builder().build();
    books.insert(long("TK1", 5_300));
    books.insert(long("TK2", 40));
    let sink = sink(&books);
    let mut walk = sink.dated(day(), day());
    let mut found = Vec::new();
    while let Some(bills) = walk.next().await.unwrap() {
        found.extend(bills);
    }
    let counts: Vec<_> = found.iter().map(|bill| distinct(bill.lines.as_ref().unwrap())).collect();
    assert_eq!(counts, [5_300, 40]);
}
