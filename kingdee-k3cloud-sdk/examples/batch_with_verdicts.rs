//! Saves a batch in which not every bill is good: a verdict for each, then submit and audit. Runs
//! against the simulated site:
//! `cargo run -p kingdee-k3cloud-sdk --features mock --example batch_with_verdicts`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock, SubHead};
use kingdee_k3cloud_sdk::{BatchSave, Bills, Class, Client, Credentials, Form as _, Verdict};
use rust_decimal::Decimal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site =
        Site::builder().customers(["C001"]).acct_id("65f0").username("api").password("made-up").build();
    let client = Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id("65f0")
        .username("api")
        .credentials(Credentials::password("made-up"))
        .transport(site.service()) // leave this out to speak HTTP
        .build()?;

    client.batch_save(&BatchSave::new(vec![bill("TK2", "C001")])).await?;
    let batch = BatchSave::new(vec![bill("TK1", "C001"), bill("TK2", "C001"), bill("TK3", "NOBODY")]);
    let verdicts = client.batch_save(&batch).await?;
    for (bill, verdict) in batch.bills().iter().zip(&verdicts) {
        let number = bill.number().unwrap_or_default();
        match verdict {
            Verdict::Saved { id, .. } => println!("{number}: saved with id {id}"),
            Verdict::Rejected { errors } => {
                for error in errors {
                    let hint = match &error.class {
                        Class::Duplicate { .. } => "look it up, it may be ours",
                        Class::Transient => "try again later",
                        Class::Missing => "a value is missing or unknown",
                        _ => "somebody has to change something",
                    };
                    println!("{number}: {} ({hint})", error.message);
                }
            }
            Verdict::Renumbered { number: given, .. } => println!("{number}: the site calls it {given}"),
            _ => println!("{number}: unknown, look it up"),
        }
    }
    assert!(verdicts[1].needs_look_up() && !verdicts[2].needs_look_up());

    let numbers = Bills::numbers(["TK1", "TK2"]);
    for verdict in client.submit(ReturnStock::FORM_ID, &numbers).await? {
        assert!(verdict.is_done(), "{verdict:?}");
    }
    // A second audit is refused by the server and done all the same.
    for _ in 0..2 {
        let verdicts = client.audit(ReturnStock::FORM_ID, &numbers).await?;
        println!("audited: {}", verdicts.iter().all(Verdict::is_done));
    }
    Ok(())
}

fn bill(number: &str, customer: &str) -> ReturnStock {
    let line = Entry::builder()
        .material("M001")
        .real_qty(Decimal::ONE)
        .tax_price(Decimal::TEN)
        .stock("CK001")
        .build();
    ReturnStock::builder()
        .bill_type("XSTHD01_SYS")
        .bill_no(number)
        .sale_org("100")
        .customer(customer)
        .stock_org("100")
        .sub_head(SubHead::builder().third_bill_no(number).is_included_tax(true).build())
        .entries(vec![line])
        .build()
}
