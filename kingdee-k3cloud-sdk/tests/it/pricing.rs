//! What a price comes to at the simulated site: fields are applied in the order sent, and a later one
//! can undo an earlier one.

use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::{BatchSave, Form, SaveOptions};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::support::{FORM, bill, client, dec, site};

/// A bill whose JSON the test writes itself, in whatever order.
struct Written(Box<RawValue>);

impl Serialize for Written {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Form for Written {
    const FORM_ID: &'static str = FORM;

    fn number(&self) -> Option<&str> {
        Some("A")
    }
}

const HEAD: &str = r#""FBillNo":"A","FSaleOrgId":{"FNumber":"100"},"FStockOrgId":{"FNumber":"100"}"#;
const CUSTOMER: &str = r#""FRetcustId":{"FNumber":"C001"}"#;
const MATERIAL: &str = r#""FMaterialId":{"FNumber":"M001"}"#;
const REST: &str = r#""FRealQty":2,"FStockId":{"FNumber":"CK001"}"#;

/// 价税合计 of a bill of one line, with what stands before and after the lines.
async fn amount(site: &Site, before: &str, line: &str, after: &str) -> Decimal {
    let json = format!(r#"{{{HEAD}{before},"FEntity":[{{{line}}}]{after}}}"#);
    let written = Written(RawValue::from_string(json).unwrap());
    let verdict = client(site).save(&written, &SaveOptions::default()).await.unwrap();
    assert!(verdict.is_done(), "{verdict:?}");
    site.bills()[0].all_amount
}

fn listed() -> Site {
    site().list_prices([("M001", dec("99"))]).build()
}

#[tokio::test]
async fn a_price_after_its_material_stays() {
    let line = format!(r#"{MATERIAL},"FTaxPrice":5,{REST}"#);
    assert_eq!(amount(&listed(), &format!(",{CUSTOMER}"), &line, "").await, dec("10"));
}

#[tokio::test]
async fn a_price_before_its_material_is_lost_to_the_price_list() {
    let line = format!(r#""FTaxPrice":5,{MATERIAL},{REST}"#);
    assert_eq!(amount(&listed(), &format!(",{CUSTOMER}"), &line, "").await, dec("198"));
}

#[tokio::test]
async fn a_customer_after_the_lines_prices_them_anew() {
    let line = format!(r#"{MATERIAL},"FTaxPrice":5,{REST}"#);
    assert_eq!(amount(&listed(), "", &line, &format!(",{CUSTOMER}")).await, dec("198"));
}

#[tokio::test]
async fn a_rate_after_the_price_changes_it_unless_prices_include_tax() {
    let line = format!(r#"{MATERIAL},"FTaxPrice":100,"FEntryTaxRate":13,{REST}"#);
    for (included, expected) in [
        ("", "226"),
        (r#","SubHeadEntity":{"FIsIncludedTax":false}"#, "226"),
        (r#","SubHeadEntity":{"FIsIncludedTax":true}"#, "200"),
    ] {
        let before = format!(",{CUSTOMER}{included}");
        assert_eq!(amount(&listed(), &before, &line, "").await, dec(expected), "{included}");
    }
}

#[tokio::test]
async fn including_tax_said_after_the_lines_comes_too_late() {
    let line = format!(r#"{MATERIAL},"FTaxPrice":100,"FEntryTaxRate":13,{REST}"#);
    let after = r#","SubHeadEntity":{"FIsIncludedTax":true}"#;
    assert_eq!(amount(&listed(), &format!(",{CUSTOMER}"), &line, after).await, dec("226"));
}

#[tokio::test]
async fn the_typed_form_is_in_an_order_that_keeps_the_price() {
    let site = listed();
    let mut typed = bill("A");
    typed.sub_head.as_mut().unwrap().is_included_tax = Some(true);
    typed.entries[0].tax_rate = Some(dec("13"));
    client(&site).batch_save(&BatchSave::new(vec![typed])).await.unwrap();
    let line = &site.bills()[0].lines[0];
    assert_eq!((line.tax_price, line.all_amount), (dec("2.755"), dec("5.51")));
    assert_eq!(line.price, dec("2.438053"), "without tax: 2.755 / 1.13");
}
