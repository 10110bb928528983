//! Reads rows into a struct by field key, as a stream of pages, and base data by number. Runs against
//! the simulated site: `cargo run -p kingdee-k3cloud-sdk --features mock --example query_rows`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use chrono::NaiveDate;
use futures_util::TryStreamExt as _;
use kingdee_k3cloud_sdk::mock::{Site, StoredBill, StoredLine};
use kingdee_k3cloud_sdk::model::base_data::Material;
use kingdee_k3cloud_sdk::{Client, Credentials, Filter, Query, row};
use rust_decimal::Decimal;

row! {
    /// A line of a 销售退货单.
    struct Line {
        bill_no: String = "FBillNo",
        date: NaiveDate = "FDate",
        material: String = "FEntity_FMaterialId.FNumber",
        amount: Decimal = "FEntity_FAllAmount",
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = filled(25);
    let client = Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id("65f0")
        .username("api")
        .credentials(Credentials::password("made-up"))
        .transport(site.service()) // leave this out to speak HTTP
        .build()?;

    let of_november = Filter::between(
        "FDate",
        NaiveDate::from_ymd_opt(2026, 11, 1).ok_or("no day")?,
        NaiveDate::from_ymd_opt(2026, 11, 30).ok_or("no day")?,
    );
    // Whatever a value contains, it stays one value of one condition.
    let query = Query::of::<Line>("SAL_RETURNSTOCK")
        .filtered(of_november.and(Filter::ne("FRetcustId.FNumber", "O'Brien' or '1'='1")))
        .ordered("FID ASC, FEntity_FEntryID ASC");
    let mut sum = Decimal::ZERO;
    let mut lines = client.items::<Line>(query.limited(10));
    while let Some(line) = lines.try_next().await? {
        println!("{} {} {} {}", line.bill_no, line.date, line.material, line.amount);
        sum += line.amount;
    }
    assert_eq!(sum, Decimal::new(25 * 551, 2)); // to the cent: no f64 on the way

    for material in client.base_data::<Material>(["M001", "M999"], Some("100")).await? {
        println!(
            "{}: usable {}, needs a lot {:?}",
            material.number,
            material.is_usable(),
            material.needs_lot
        );
    }
    Ok(())
}

fn filled(bills: u32) -> Site {
    let site =
        Site::builder().acct_id("65f0").username("api").password("made-up").materials(["M001"]).build();
    for n in 0..bills {
        let amount = Decimal::new(551, 2);
        let line = StoredLine { material: "M001".to_owned(), all_amount: amount, ..StoredLine::default() };
        site.insert(StoredBill {
            number: format!("TK{n:03}"),
            date: NaiveDate::from_ymd_opt(2026, 11, 1 + n % 28).unwrap_or_default(),
            lines: vec![line],
            ..StoredBill::default()
        });
    }
    site
}
