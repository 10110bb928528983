//! A form of your own (其他应付单 here, much shortened), saved and changed like the ones of this crate.
//! Runs against the simulated site:
//! `cargo run -p kingdee-k3cloud-sdk --features mock --example own_form`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use kingdee_k3cloud_sdk::fields::{Date, Extra, decimal};
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::model::base::Number;
use kingdee_k3cloud_sdk::{
    BatchUpdate, Client, Credentials, Form, SaveOptions, UnsentRows, Update, Verdict,
    model::base::NumberUpper,
};
use rust_decimal::Decimal;
use serde::Serialize;

/// Fields in the order of the form's template: the server applies them in the order sent.
#[derive(Serialize)]
struct OtherPayable {
    #[serde(rename = "FBillTypeID")]
    bill_type: NumberUpper,
    #[serde(rename = "FBillNo")]
    number: String,
    #[serde(rename = "FDATE")]
    date: Date,
    #[serde(rename = "FSETTLEORGID")]
    settle_org: Number,
    #[serde(rename = "FEntity")]
    entries: Vec<Cost>,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Serialize)]
struct Cost {
    #[serde(rename = "FCOSTID")]
    cost: Number,
    #[serde(rename = "FTOTALAMOUNTFOR", serialize_with = "decimal")]
    amount: Decimal,
}

impl Form for OtherPayable {
    const FORM_ID: &'static str = "AP_OtherPayable";

    fn number(&self) -> Option<&str> {
        Some(&self.number)
    }
}

/// A change of one field: what is not sent keeps its value.
#[derive(Serialize)]
struct Remark {
    #[serde(rename = "FAR_Remark")]
    text: &'static str,
}

impl Form for Remark {
    const FORM_ID: &'static str = OtherPayable::FORM_ID;

    fn number(&self) -> Option<&str> {
        None
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = Site::builder().acct_id("65f0").username("api").password("made-up").build();
    let client = Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id("65f0")
        .username("api")
        .credentials(Credentials::password("made-up"))
        .transport(site.service()) // leave this out to speak HTTP
        .build()?;

    let bill = OtherPayable {
        bill_type: "QTYFD01_SYS".into(),
        number: "QTYF001".to_owned(),
        date: chrono::NaiveDate::from_ymd_opt(2026, 11, 3).ok_or("no day")?.into(),
        settle_org: "100".into(),
        entries: vec![Cost { cost: "CI001".into(), amount: Decimal::new(-1050, 2) }],
        extra: Extra::new().with_text("F_ABC_Source", "own_form"),
    };
    println!("{}", serde_json::to_string(&bill)?);
    let Verdict::Saved { id, number } = client.save(&bill, &SaveOptions::default()).await? else {
        return Err("the bill was not saved".into());
    };
    println!("{number} has id {id}");

    let change = Update::of(id, Remark { text: "checked" });
    let verdicts = client.batch_update(&BatchUpdate::new(UnsentRows::Keep, vec![change])).await?;
    println!("changed: {}", verdicts[0].is_done());
    Ok(())
}
