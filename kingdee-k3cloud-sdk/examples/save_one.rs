//! Saves one 销售退货单, and looks it up if the answer got lost. Runs against the simulated site:
//! `cargo run -p kingdee-k3cloud-sdk --features mock --example save_one`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use kingdee_k3cloud_sdk::mock::{Fault, Site};
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock, SubHead};
use kingdee_k3cloud_sdk::{Client, Credentials, Expectation, Fate, Form as _, Resolution, SaveOptions};
use rust_decimal::Decimal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site =
        Site::builder().acct_id("65f0").username("api").app_id("260001_key").app_secret("made-up").build();
    let client = Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id("65f0")
        .username("api")
        .org_num("100")
        .credentials(Credentials::signature("260001_key", "made-up"))
        .transport(site.service()) // leave this out to speak HTTP
        .build()?;

    let line = Entry::builder()
        .material("M001")
        .real_qty(Decimal::from(2))
        .tax_price(Decimal::new(2755, 3))
        .tax_rate(Decimal::from(13))
        .stock("CK001")
        .build();
    let bill = ReturnStock::builder()
        .bill_type("XSTHD01_SYS")
        .bill_no("TK1")
        .sale_org("100")
        .customer("C001")
        .stock_org("100")
        .sub_head(SubHead::builder().third_bill_no("TK1").is_included_tax(true).build())
        .entries(vec![line])
        .build();

    site.fail_next(Fault::ResetAfter); // the bill is saved, its answer is lost
    match client.save(&bill, &SaveOptions::default()).await {
        Ok(verdict) => println!("answered: {verdict:?}"),
        Err(error) if error.fate() == Fate::Unknown => {
            println!("{error}\n{}", error.advice());
            let expected = Expectation::of("TK1")
                .head("FRetcustId.FNumber", "C001")
                .head("FThirdBillNo", "TK1")
                .head("FBillAllAmount", Decimal::new(551, 2));
            match &client.resolve_unknown(ReturnStock::FORM_ID, &[expected]).await?[0] {
                Resolution::Ours { id, .. } => println!("it is there: id {id}"),
                Resolution::Absent => println!("not there: wait, look again, then send again"),
                other => println!("for a person to decide: {other:?}"),
            }
        }
        Err(error) => return Err(error.into()),
    }
    assert_eq!(site.bills().len(), 1);
    Ok(())
}
