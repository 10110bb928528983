//! Operations that name bills by id or by number, in every spelling, and that name none: no success without an effect.

use serde_json::{Value, json};

use super::{Raw, refused, site, verdict};

fn form(data: &Value) -> Value {
    json!({ "formid": "SAL_RETURNSTOCK", "data": data })
}

#[test]
fn ids_are_read_as_a_list_a_number_a_text_and_in_quotes() {
    let spellings: [fn(u64) -> Value; 6] = [
        |id| json!([id.to_string()]),
        |id| json!([id]),
        |id| json!(id),
        |id| json!(id.to_string()),
        |id| json!(format!(" {id} ,")),
        |id| json!(format!("'{id}'")),
    ];
    for spelt in spellings {
        let raw = Raw::new();
        let ids = spelt(raw.id("A"));
        let answer = raw.call("Submit", &form(&json!({ "Numbers": [], "Ids": ids })));
        assert!(verdict(&answer).0, "{ids}: {answer}");
        assert_eq!(raw.status("A"), 'B', "{ids}");
        let entity = &answer["Result"]["ResponseStatus"]["SuccessEntitys"][0];
        assert_eq!(entity["Number"], "A", "{ids}: {answer}");
    }
}

#[test]
fn numbers_are_read_as_a_text_too() {
    let raw = Raw::new();
    assert!(verdict(&raw.call("Submit", &form(&json!({ "Numbers": "A" })))).0);
    assert_eq!(raw.status("A"), 'B');
}

#[test]
fn an_operation_that_names_nothing_is_no_success() {
    let nothing = [
        json!({ "Numbers": [], "Ids": "" }),
        json!({ "Numbers": [""] }),
        json!({ "Ids": [] }),
        json!({ "Ids": 0 }),
    ];
    for service in ["Submit", "Audit", "UnAudit", "Delete", "CancelAssign", "Push", "ExcuteOperation"] {
        for data in &nothing {
            let raw = Raw::new();
            let before = raw.site.bills();
            refused(&raw.call(service, &form(data)), 8, "编码值或内码值必须传其一");
            assert_eq!(raw.site.bills(), before, "{service}");
        }
    }
}

#[test]
fn an_operation_without_data_is_no_success() {
    let raw = Raw::new();
    let body = json!({ "FormId": "SAL_RETURNSTOCK", "Ids": raw.id("B").to_string() });
    refused(&raw.call("Audit", &body), 8, "接口参数data不能为空");
    assert_eq!(raw.status("B"), 'B');
}

#[test]
fn an_id_that_is_not_there_is_named_and_the_others_go_on() {
    let raw = Raw::new();
    refused(&raw.call("Submit", &form(&json!({ "Ids": "999999" }))), 10, "999999");
    let mixed = raw.call("Submit", &form(&json!({ "Ids": format!("999999,{}", raw.id("A")) })));
    refused(&mixed, 10, "999999");
    assert_eq!(mixed["Result"]["ResponseStatus"]["SuccessEntitys"][0]["Number"], "A");
    assert_eq!(raw.status("A"), 'B');
}

#[test]
fn a_bill_of_another_form_is_not_there() {
    let raw = Raw::new();
    let body = json!({ "formid": "SAL_OUTSTOCK", "data": { "Ids": raw.id("A").to_string() } });
    assert!(!verdict(&raw.call("Submit", &body)).0);
    assert_eq!(raw.status("A"), 'A');
}

#[test]
fn a_bill_that_is_named_twice_is_moved_once() {
    let raw = Raw::new();
    let data = json!({ "Numbers": ["A", "A"], "Ids": raw.id("A").to_string() });
    let answer = raw.call("Submit", &form(&data));
    assert!(verdict(&answer).0, "{answer}");
    assert_eq!(raw.site.counts().effects["Submit"], 1);
}

#[test]
fn push_takes_ids_and_a_rule_that_is_the_default_or_is_named() {
    let push = |raw: &Raw, more: Value| {
        let mut data = json!({ "Ids": raw.id("C").to_string(), "Numbers": [] });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        raw.call("Push", &form(&data))
    };
    let raw = Raw::new();
    let answer = push(&raw, json!({ "TargetFormId": "AR_receivable" }));
    assert!(verdict(&answer).0, "{answer}");
    assert_eq!(raw.site.bills().iter().filter(|bill| bill.form_id == "AR_receivable").count(), 1);
    for off in [json!(false), json!("false")] {
        let answer = push(&raw, json!({ "TargetFormId": "AR_receivable", "IsEnableDefaultRule": off }));
        refused(&answer, 8, "未启用默认转换规则，转换规则内码（RuleId）必填");
    }
    assert!(verdict(&push(&raw, json!({ "IsEnableDefaultRule": "true" }))).0);

    let rules = site().without_push_rules().push_rule("MY_RULE", "SAL_RETURNSTOCK", "AR_receivable", false);
    let raw = Raw::at(rules);
    let answer = push(&raw, json!({ "TargetFormId": "AR_receivable" }));
    refused(&answer, 8, "未启用默认转换规则，转换规则内码（RuleId）必填");
    assert!(verdict(&push(&raw, json!({ "RuleId": "my_rule" }))).0);
    refused(&push(&raw, json!({ "RuleId": "OTHER" })), 8, "转换规则");
}

#[test]
fn a_push_that_makes_nothing_is_no_success() {
    let raw = Raw::new();
    let id = raw.id("A");
    let answer = raw.call("Push", &form(&json!({ "Ids": id.to_string(), "TargetFormId": "AR_receivable" })));
    refused(&answer, 11, "单据未审核，不能下推");
    assert_eq!(raw.site.bills().len(), 3);
}

#[test]
fn a_notice_of_a_return_without_rows_is_not_saved() {
    let raw = Raw::new();
    let save = |rows: Value| {
        let model = json!({ "FBillNo": "N1", "FRetorgId": { "FNumber": "100" }, "FEntity": rows });
        raw.call("Save", &json!({ "formid": "SAL_RETURNNOTICE", "data": { "Model": model } }))
    };
    refused(&save(json!([])), 11, "分录“明细信息”是必填项");
    // Its rows have a quantity under another name than those of a return.
    assert!(verdict(&save(json!([{ "FMaterialId": { "FNumber": "M001" }, "FQty": "2" }]))).0);
}

#[test]
fn a_save_of_nothing_is_no_success() {
    let raw = Raw::new();
    refused(&raw.call("BatchSave", &form(&json!({ "Model": [] }))), 8, "Model");
    refused(&raw.call("Save", &form(&json!({ "Model": {} }))), 8, "Model");
    refused(&raw.call("Save", &form(&json!({ "NumberSearch": true }))), 8, "Model");
}

#[test]
fn a_save_under_a_form_that_is_not_there_saves_nothing() {
    let raw = Raw::at(site().refuse_unknown_forms(true));
    let model = json!({ "FBillNo": "N1", "FName": "N1" });
    for (service, model) in [("Save", model.clone()), ("Draft", model.clone()), ("BatchSave", json!([model]))]
    {
        let save = |form: &str| raw.call(service, &json!({ "formid": form, "data": { "Model": model } }));
        refused(&save("SAL_RETURNSTOC"), 4, "标识为“SAL_RETURNSTOC”的业务对象不存在，或者被删除。");
        refused(&save("BD_Material"), 12, "业务对象不支持此操作");
    }
    assert!(raw.site.bills().iter().all(|bill| bill.number != "N1"));
    let body = json!({ "formid": "SAL_OutStock", "data": { "Model": model } });
    assert!(verdict(&raw.call("Save", &body)).0, "a form that it knows by name");
}

#[test]
fn what_is_not_done_to_base_data_is_not_said_of_bills() {
    let raw = Raw::new();
    for service in ["Submit", "Delete", "UnAudit"] {
        let body = json!({ "formid": "BD_MATERIAL", "data": { "Numbers": ["M001"] } });
        refused(&raw.call(service, &body), 12, "业务对象不支持此操作");
    }
}

#[test]
fn an_operation_without_its_name_is_no_success() {
    let raw = Raw::new();
    let body = json!({ "formid": "SAL_RETURNSTOCK", "data": { "Numbers": ["A"] } });
    refused(&raw.call("ExecuteOperation", &body), 3, "操作编码不能为空");
}

#[test]
fn both_spellings_of_an_operation_by_name_do_it() {
    for service in ["ExcuteOperation", "ExecuteOperation"] {
        let raw = Raw::new();
        let body = json!({ "formid": "SAL_RETURNSTOCK", "opNumber": "cancel", "data": { "Numbers": ["A"] } });
        assert!(verdict(&raw.call(service, &body)).0, "{service}");
        assert!(raw.site.bills()[0].cancelled, "{service}");
        let body = json!({ "parameters": ["SAL_RETURNSTOCK", "UnCancel", "{\"Numbers\":[\"A\"]}"] });
        assert!(verdict(&raw.call(service, &body)).0, "{service}");
        assert!(!raw.site.bills()[0].cancelled, "{service}");
        let body =
            json!({ "formid": "SAL_RETURNSTOCK", "opNumber": "Nonsense", "data": { "Numbers": ["A"] } });
        assert!(!verdict(&raw.call(service, &body)).0, "{service}");
    }
}

#[test]
fn cancel_assign_takes_a_submitted_bill_back() {
    let raw = Raw::new();
    assert!(verdict(&raw.call("CancelAssign", &form(&json!({ "Numbers": ["B"] })))).0);
    assert_eq!(raw.status("B"), 'D');
    refused(&raw.call("CancelAssign", &form(&json!({ "Numbers": ["A"] }))), 11, "只有审核中的数据");
}

#[test]
fn services_that_are_not_simulated_say_no_and_unknown_ones_are_no_business_answer() {
    let raw = Raw::new();
    for service in ["GroupSave", "Allocate", "WorkflowAudit"] {
        assert!(!verdict(&raw.call(service, &form(&json!({ "Numbers": ["A"] })))).0, "{service}");
    }
    for service in ["UnSubmit", "Nonsense"] {
        let answer = raw.call(service, &form(&json!({ "Numbers": ["A"] })));
        assert!(answer.as_str().unwrap().contains("service no found"), "{answer}");
    }
}
