//! The shapes that readers of answers rely on, and what a site may do that is not an error of the client.

use kingdee_k3cloud_sdk::mock::{Fault, OwnStep, StockQuestion};
use kingdee_k3cloud_sdk::{Bills, Class, SaveOptions, Verdict, interaction_flags};
use serde_json::{Value, json};

use super::{Raw, refused, site, verdict};
use crate::support::{FORM, batch, bill, client, dec};

fn form(data: &Value) -> Value {
    json!({ "formid": FORM, "data": data })
}

#[test]
fn base_data_is_viewed_by_number_and_by_id() {
    let raw = Raw::new();
    for (kind, number) in [("BD_MATERIAL", "M001"), ("BD_Customer", "C001"), ("BD_STOCK", "CK001")] {
        let answer = raw.call("View", &json!({ "formid": kind, "data": { "Number": number } }));
        let found = &answer["Result"]["Result"];
        assert!(answer["Result"]["ResponseStatus"].is_null(), "{answer}");
        assert_eq!(found["Number"], number);
        assert_eq!(
            (&found["Name"][0]["Key"], &found["Name"][0]["Value"]),
            (&json!(2052), &json!(format!("名称{number}")))
        );
        let by_id = raw.call("View", &json!({ "formid": kind, "data": { "Id": found["Id"].to_string() } }));
        assert_eq!(by_id["Result"]["Result"]["Number"], number);
    }
    refused(
        &raw.call("View", &json!({ "formid": "BD_MATERIAL", "data": { "Number": "NO" } })),
        10,
        "编码值不存在",
    );
    refused(
        &raw.call("View", &json!({ "formid": "X_NONE", "data": { "Number": "NO" } })),
        4,
        "标识为“X_NONE”",
    );
    refused(&raw.call("View", &form(&json!({ "Number": "", "Id": "" }))), 8, "编码值或内码值必须传其一");
}

#[tokio::test]
async fn a_bill_is_viewed_with_references_as_objects_and_their_ids_beside_them() {
    let raw = Raw::new();
    client(&raw.site).save(&bill("NEW"), &SaveOptions::default()).await.unwrap();
    for service in ["View", "view"] {
        let answer = raw.call(service, &form(&json!({ "Number": "NEW", "Id": "" })));
        let found = &answer["Result"]["Result"];
        assert_eq!((&found["FFormId"], &found["BillNo"]), (&json!(FORM), &json!("NEW")));
        let customer = &found["RetcustId"];
        assert_eq!(
            (&customer["Number"], &customer["Name"][0]["Value"]),
            (&json!("C001"), &json!("名称C001"))
        );
        assert!(customer["Id"] == found["RetcustId_Id"] && customer["msterID"].is_u64(), "{found}");
        assert_eq!(customer["MultiLanguageText"][0]["LocaleId"], 2052);
        let line = &found["SAL_RETURNSTOCKENTRY"][0];
        assert_eq!((&line["MaterialId"]["Number"], &line["AllAmount"]), (&json!("M001"), &json!(5.51)));
        assert!(line["MaterialId_Id"].is_u64() && line["RealQty"].is_f64(), "{line}");
    }
}

#[test]
fn what_went_well_is_said_and_objections_name_no_field_but_one() {
    let raw = Raw::new();
    let submitted = raw.call("Submit", &form(&json!({ "Numbers": ["A"] })));
    let said = &submitted["Result"]["ResponseStatus"]["SuccessMessages"][0];
    assert_eq!(
        (&said["Message"], &said["FieldName"]),
        (&json!("单据编号为“A”的销售退货单，提交成功！"), &Value::Null)
    );
    let audited = raw.call("Audit", &form(&json!({ "Numbers": ["A"] })));
    assert!(audited.to_string().contains("单据编号为“A”的销售退货单，审核成功！"), "{audited}");
    let field = |answer: &Value| answer["Result"]["ResponseStatus"]["Errors"][0]["FieldName"].clone();
    let again = raw.call("Audit", &form(&json!({ "Numbers": ["A"] })));
    refused(&again, 11, "单据已经审核！");
    assert_eq!(field(&again), "");
    let submit = raw.call("Submit", &form(&json!({ "Numbers": ["A"] })));
    refused(&submit, 11, "单据编号为“A”的销售退货单，只有暂存、创建和重新审核的数据才允许提交！");
    assert_eq!(field(&submit), Value::Null);
    let delete = raw.call("Delete", &form(&json!({ "Numbers": ["A"] })));
    refused(&delete, 11, "只能删除创建,暂存,重新审核状态的数据!");
}

#[test]
fn a_number_is_unique_within_its_form() {
    let raw = Raw::new();
    let model = serde_json::to_value(bill("XF1")).unwrap();
    let save = |form: &str| raw.call("Save", &json!({ "formid": form, "data": { "Model": model } }));
    assert!(verdict(&save("SAL_RETURNNOTICE")).0);
    assert!(verdict(&save(FORM)).0, "编码唯一 is a rule of one form");
    for again in ["SAL_RETURNNOTICE", FORM, "sal_returnstock"] {
        refused(&save(again), 11, "[XF1]在当前系统中已经被使用");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_conflict_reads_as_the_real_one_and_passes() {
    let raw = Raw::new();
    raw.site.fail_next(Fault::Lock);
    let answer = raw.call("Submit", &form(&json!({ "Numbers": ["A"] })));
    refused(&answer, 0, "“api”使用业务单据：“销售退货单”业务操作-“[销售退货单-A-修改]”冲突，请稍候再使用。");
    for (fault, is_doubtful) in [(Fault::Lock, false), (Fault::LockCode, false), (Fault::DatabaseText, true)]
    {
        let client = client(&raw.site);
        raw.site.fail_next(fault);
        let verdict = client.submit(FORM, &Bills::numbers(["A"])).await.unwrap().remove(0);
        let Verdict::Rejected { errors } = verdict else { panic!("{fault:?}") };
        assert_eq!(
            (&errors[0].class, errors[0].is_doubtful()),
            (&Class::Transient, is_doubtful),
            "{fault:?}"
        );
        raw.site.fail_next(fault);
        client.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_question_about_stock_is_answered_by_its_flag_on_save_and_on_audit() {
    let flags = || interaction_flags(["Other", "STK_InvCheckResult"]);
    let site = site().stock_question(Some(StockQuestion::OnSave)).build();
    let client_ = client(&site);
    let refused = client_.batch_save(&batch(&["A"])).await.unwrap().remove(0);
    let Verdict::Rejected { errors } = &refused else { panic!("{refused:?}") };
    assert_eq!(
        (&errors[0].class, errors[0].field.as_deref()),
        (&Class::Interaction, Some("AbstractInteractionResult"))
    );
    assert!(site.bills().is_empty());
    let options = SaveOptions::builder().interaction_flags(flags()).build();
    assert!(client_.batch_save(&batch(&["A"]).with_options(options.clone())).await.unwrap()[0].is_done());
    assert!(client_.save(&bill("B"), &options).await.unwrap().is_done());

    let site = super::site().stock_question(Some(StockQuestion::OnAudit)).build();
    let client_ = client(&site);
    client_.batch_save(&batch(&["A"])).await.unwrap();
    let numbers = Bills::numbers(["A"]).with_interaction_flags(flags());
    assert!(client_.submit(FORM, &numbers).await.unwrap()[0].is_done());
    let asked = client_.audit(FORM, &Bills::numbers(["A"])).await.unwrap().remove(0);
    assert!(
        matches!(&asked, Verdict::Rejected { errors } if errors[0].class == Class::Interaction),
        "{asked:?}"
    );
    assert!(client_.audit(FORM, &numbers).await.unwrap()[0].is_done());
}

#[tokio::test]
async fn a_bill_in_a_workflow_is_not_audited_unless_the_call_says_so() {
    let raw = Raw::at(site().workflow(true));
    let verdict_ = client(&raw.site).audit(FORM, &Bills::numbers(["B"])).await.unwrap().remove(0);
    assert!(
        matches!(&verdict_, Verdict::Rejected { errors } if errors[0].class == Class::Workflow),
        "{verdict_:?}"
    );
    assert_eq!(raw.status("B"), 'B');
    let answer = raw.call("Audit", &form(&json!({ "Numbers": ["B"], "IsVerifyProcInst": false })));
    assert!(verdict(&answer).0, "{answer}");
}

#[tokio::test]
async fn a_site_may_submit_and_audit_by_itself() {
    for (step, saved, submitted) in [
        (OwnStep::Nothing, 'A', 'B'),
        (OwnStep::SubmitsWhatIsSaved, 'B', 'B'),
        (OwnStep::AuditsWhatIsSaved, 'C', 'C'),
        (OwnStep::AuditsWhatIsSubmitted, 'A', 'C'),
    ] {
        let site = site().own_step(step).build();
        let client = client(&site);
        client.batch_save(&batch(&["A"])).await.unwrap();
        assert_eq!(site.bills()[0].document_status, saved, "{step:?}");
        client.submit(FORM, &Bills::numbers(["A"])).await.unwrap();
        assert_eq!(site.bills()[0].document_status, submitted, "{step:?}");
    }
}

#[tokio::test]
async fn a_site_may_choose_another_unit_than_pieces() {
    let site = site().unit_of("M001", "Box", dec("12")).build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    let raw = Raw { session: super::login_session(&site), site };
    let rows = raw.query(FORM, "FRealQty,FUnitID.FNumber,FBaseunitQty,FBaseUnitId.FNumber", &json!({}));
    assert_eq!(rows, json!([[2.0, "Box", 24.0, "Pcs"]]));
}

#[tokio::test]
async fn an_old_server_sends_no_code_and_is_understood() {
    let site = site().old_answers(true).build();
    let client_ = client(&site);
    let saved = client_.save(&bill("A"), &SaveOptions::default()).await.unwrap();
    assert!(matches!(&saved, Verdict::Saved { number, .. } if number == "A"), "{saved:?}");
    let raw = Raw { session: super::login_session(&site), site: site.clone() };
    let answer = raw.call("Submit", &form(&json!({ "Numbers": ["NONE"] })));
    assert!(answer["Result"]["ResponseStatus"].get("MsgCode").is_none(), "{answer}");
    let password = crate::support::client_with(
        &site,
        kingdee_k3cloud_sdk::Credentials::password(crate::support::PASSWORD),
    );
    password.ping().await.unwrap();
    site.expire_sessions();
    password.ping().await.unwrap();
    assert_eq!(site.counts().logins, 3, "the lost session was known by its text");
}
