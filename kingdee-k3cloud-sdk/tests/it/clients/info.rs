//! What a form is made of (QueryBusinessInfo), and saves that are checked against it.

use kingdee_k3cloud_sdk::mock::Site;
use serde_json::{Value, json};

use super::{Raw, refused, site, verdict};

#[test]
fn a_form_tells_its_parts_its_fields_and_what_they_refer_to() {
    let raw = Raw::new();
    for body in [
        json!({ "formid": "SAL_RETURNSTOCK", "data": { "FormId": "SAL_RETURNSTOCK" } }),
        json!({ "data": { "FormId": "sal_returnstock" } }),
    ] {
        let answer = raw.call("QueryBusinessInfo", &body);
        assert!(verdict(&answer).0, "{answer}");
        let info = &answer["Result"]["NeedReturnData"];
        assert_eq!(
            (&info["Id"], &info["Name"][0]["Value"]),
            (&json!("SAL_RETURNSTOCK"), &json!("销售退货单"))
        );
        let parts: Vec<_> = info["Entrys"].as_array().unwrap().iter().map(|part| &part["Key"]).collect();
        assert_eq!(parts, ["FBillHead", "SubHeadEntity", "FEntity"]);
        let fields = info["Entrys"][2]["Fields"].as_array().unwrap();
        let material = fields.iter().find(|field| field["Key"] == "FMaterialId").unwrap();
        assert_eq!(
            (&material["LookUpObjectFormId"], &material["MustInput"]),
            (&json!("BD_MATERIAL"), &json!(1))
        );
        assert!(material["Name"][0]["Key"] == 2052 && material["FieldType"].is_string());
        assert!(material["FieldName"].is_string() && material["PropertyName"] == "MaterialId");
        assert!(info["Operations"].as_array().unwrap().iter().any(|one| one["OperationNumber"] == "Audit"));
    }
    refused(&raw.call("QueryBusinessInfo", &json!({ "data": { "FormId": "X" } })), 4, "标识为“X”");
    refused(&raw.call("QueryBusinessInfo", &json!({ "data": {} })), 8, "FormId必传");
}

#[test]
fn every_key_of_a_form_can_be_asked_for() {
    let raw = Raw::new();
    for form in ["SAL_RETURNSTOCK", "BD_MATERIAL", "BD_Customer", "BD_STOCK", "ORG_Organizations"] {
        let answer = raw.call("QueryBusinessInfo", &json!({ "data": { "FormId": form } }));
        for part in answer["Result"]["NeedReturnData"]["Entrys"].as_array().unwrap() {
            for field in part["Fields"].as_array().unwrap() {
                let (key, kind) = (field["Key"].as_str().unwrap(), field["FieldType"].as_str().unwrap());
                if kind != "SubEntryEntity" {
                    let asked = format!("{}_{key}", part["Key"].as_str().unwrap());
                    let asked = if part["Key"] == "FBillHead" { key } else { &asked };
                    let rows = raw.query(form, asked, &json!({ "Limit": 1 }));
                    assert!(rows[0][0].get("Result").is_none(), "{form} {asked}: {rows}");
                }
            }
        }
    }
}

fn save(site: &Site, change: impl Fn(&mut Value)) -> (Value, Raw) {
    let raw = Raw { session: super::login_session(site), site: site.clone() };
    let mut bill = serde_json::to_value(crate::support::bill("NEW")).unwrap();
    change(&mut bill);
    (raw.call("Save", &json!({ "formid": "SAL_RETURNSTOCK", "data": { "Model": bill } })), raw)
}

fn misspell(bill: &mut Value) {
    bill["FHeadNotes"] = json!("x");
    bill["FSettleOrgId"] = json!({ "FNumber": "100" });
    bill["FEntity"][0]["FTaxprise"] = json!(1);
    bill["SubHeadEntity"]["F_ABCD_TEXT"] = json!("x");
}

#[test]
fn keys_that_a_form_does_not_have_are_dropped_in_silence_and_counted() {
    let site = site().build();
    let (answer, raw) = save(&site, misspell);
    assert!(verdict(&answer).0, "as the real site: {answer}");
    let dropped: Vec<_> = raw.site.counts().dropped.into_keys().collect();
    assert_eq!(dropped, ["FEntity.FTaxprise", "FHeadNotes", "FSettleOrgId", "SubHeadEntity.F_ABCD_TEXT"]);
}

#[test]
fn a_strict_site_names_them_and_saves_nothing() {
    let site = site().refuse_unknown_keys(true).custom_fields(["F_ABCD_TEXT"]).build();
    let (answer, raw) = save(&site, misspell);
    refused(&answer, 9, "FEntity.FTaxprise、FHeadNotes、FSettleOrgId");
    assert!(!answer.to_string().contains("F_ABCD_TEXT"), "a field of the site's own: {answer}");
    assert!(raw.site.bills().is_empty());
    let (answer, _) = save(&site, |_| {});
    assert!(verdict(&answer).0, "what the crate's own model writes is known: {answer}");
    assert_eq!(site.counts().dropped.len(), 3);
}

#[test]
fn keys_of_a_save_have_no_case() {
    let raw = Raw::at(site().refuse_unknown_keys(true));
    // As text: a map would sort the keys, and their order counts.
    let mut model = serde_json::to_string(&crate::support::bill("NEW")).unwrap();
    for (key, spelt) in [
        ("FBillNo", "FBILLNO"),
        ("FEntity", "FENTITY"),
        ("FTaxPrice", "ftaxprice"),
        ("FRetcustId", "frEtCustId"),
    ] {
        model = model.replace(&format!("\"{key}\""), &format!("\"{spelt}\""));
    }
    let body = format!("{{\"formid\":\"sal_returnstock\",\"data\":{{\"Model\":{model}}}}}");
    let answer = raw.send(&format!("{}Save", super::FORMS), "application/json", &body);
    assert!(verdict(&answer).0, "{answer}");
    let bills = raw.site.bills();
    let saved = bills.iter().find(|bill| bill.number == "NEW").unwrap();
    assert_eq!((saved.all_amount.to_string().as_str(), saved.customer.as_str()), ("5.51", "C001"));
}
