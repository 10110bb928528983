//! What an answer says about each bill: by number, then by place, never from IsSuccess.

use kingdee_k3cloud_sdk::{Bills, Class, Error, ErrorKind, Fate, SaveOptions, Verdict};
use serde_json::{Value, json};

use crate::support::{OwnForm, Script, own, reply};

fn answer(is_success: bool, code: i64, errors: &Value, entities: &Value) -> String {
    json!({ "Result": { "ResponseStatus": {
        "IsSuccess": is_success, "MsgCode": code, "Errors": errors, "SuccessEntitys": entities,
    }}})
    .to_string()
}

async fn save(numbers: &[&str], answer: &str) -> Result<Vec<Verdict>, Error> {
    Script::new(vec![reply(200, answer)]).client.batch_save(&own(numbers)).await
}

fn entity(number: &str, index: usize) -> Value {
    json!({ "Id": 7, "Number": number, "DIndex": index })
}

fn saved(number: &str) -> Verdict {
    Verdict::Saved { id: "7".to_owned(), number: number.to_owned() }
}

#[tokio::test]
async fn a_number_counts_more_than_a_place() {
    let text = answer(true, 0, &json!([]), &json!([entity("B", 0), entity("A", 1)]));
    assert_eq!(save(&["A", "B"], &text).await.unwrap(), [saved("A"), saved("B")]);
}

#[tokio::test]
async fn is_success_says_nothing_about_a_bill() {
    let errors = json!([{ "FieldName": null, "Message": "x", "DIndex": 1 }]);
    for is_success in [true, false] {
        let text = answer(is_success, 11, &errors, &json!([entity("A", 0)]));
        let verdicts = save(&["A", "B"], &text).await.unwrap();
        assert_eq!(verdicts[0], saved("A"));
        assert!(matches!(&verdicts[1], Verdict::Rejected { errors } if errors.len() == 1));
    }
}

#[tokio::test]
async fn success_without_entities_is_unknown() {
    let text = answer(true, 0, &json!([]), &json!([]));
    assert_eq!(save(&["A"], &text).await.unwrap(), [Verdict::Unknown]);
}

#[tokio::test]
async fn a_foreign_number_at_our_place_means_that_the_site_renumbers() {
    let text = answer(true, 0, &json!([]), &json!([entity("XSTHD0001", 0)]));
    let renumbered = Verdict::Renumbered { id: "7".to_owned(), number: "XSTHD0001".to_owned() };
    assert_eq!(save(&["A"], &text).await.unwrap(), [renumbered]);
}

#[tokio::test]
async fn another_bills_number_at_our_place_is_not_ours() {
    // With BatchCount, DIndex counts inside each sub-batch: both successes claim place 0.
    let text = answer(true, 0, &json!([]), &json!([entity("B", 0)]));
    assert_eq!(save(&["A", "B"], &text).await.unwrap(), [Verdict::Unknown, saved("B")]);
}

#[tokio::test]
async fn a_number_saved_in_spite_of_an_error_is_saved() {
    let errors = json!([{ "FieldName": "", "Message": "提示", "DIndex": 0 }]);
    let text = answer(false, 11, &errors, &json!([entity("A", 0)]));
    assert_eq!(save(&["A"], &text).await.unwrap(), [saved("A")]);
}

#[tokio::test]
async fn a_bill_without_number_is_matched_by_place() {
    let text = answer(true, 0, &json!([]), &json!([entity("GIVEN", 0)]));
    let script = Script::new(vec![reply(200, &text)]);
    let verdict = script.client.save(&OwnForm { number: None }, &SaveOptions::default()).await.unwrap();
    assert_eq!(verdict, saved("GIVEN"));
}

#[tokio::test]
async fn scalars_may_come_quoted_and_nulls_may_come_anywhere() {
    let text = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"MsgCode":"0","Errors":null,
        "SuccessEntitys":[{"Id":"7","Number":"A","DIndex":"0"},{"Id":null,"Number":null,"DIndex":null}]}}}"#;
    assert_eq!(save(&["A"], text).await.unwrap(), [saved("A")]);
}

#[tokio::test]
async fn an_error_without_a_place_is_the_only_bills_but_no_one_elses() {
    let errors = json!([{ "FieldName": "", "Message": "坏" }]);
    let text = answer(false, 8, &errors, &json!([]));
    assert!(matches!(save(&["A"], &text).await.unwrap()[0], Verdict::Rejected { .. }));
    let error = save(&["A", "B"], &text).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { code: 8, .. }), "{error}");
    assert_eq!(error.fate(), Fate::Refused);
}

#[tokio::test]
async fn codes_about_everything_fail_the_call_not_its_bills() {
    for (code, fate, permanent, retryable) in [
        (2, Fate::Refused, true, false),
        (5, Fate::Refused, false, false),
        (6, Fate::Unknown, false, true),
        (7, Fate::Refused, true, false),
        (14, Fate::Refused, false, true),
        (15, Fate::Refused, true, false),
    ] {
        let errors = json!([{ "FieldName": "", "Message": "x", "DIndex": 0 }]);
        let error = save(&["A", "B"], &answer(false, code, &errors, &json!([]))).await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.fate(), fate, "{code}");
        assert_eq!(error.is_permanent_for_all(), permanent, "{code}");
        assert_eq!(error.is_transient(), retryable, "{code}");
        assert!(!error.advice().zh.is_empty());
    }
}

#[tokio::test]
async fn an_error_of_an_operation_belongs_to_the_number_it_quotes() {
    // The answer's places follow another order than the request's.
    let errors =
        json!([{ "FieldName": "", "Message": "单据编号为“B”的销售退货单，单据已经审核！", "DIndex": 0 }]);
    let text = answer(false, 11, &errors, &json!([entity("A", 1)]));
    let script = Script::new(vec![reply(200, &text)]);
    let verdicts = script.client.audit("F", &Bills::numbers(["A", "B"])).await.unwrap();
    assert_eq!(verdicts[0], saved("A"));
    assert!(verdicts[1].is_done(), "{:?}", verdicts[1]);
}

#[tokio::test]
async fn one_number_twice_in_a_batch_is_not_sent() {
    let script = Script::new(Vec::new());
    let error = script.client.batch_save(&own(&["A", "B", "A"])).await.unwrap_err();
    assert_eq!((error.fate(), script.sent()), (Fate::NotSent, 0));
}

#[tokio::test]
async fn what_was_done_before_is_done_only_for_the_operation_that_does_it() {
    let verdict = async |operation: &str, text: &str| {
        let message = format!("单据编号为“A”的销售退货单，{text}");
        let text =
            answer(false, 11, &json!([{ "FieldName": null, "Message": message, "DIndex": 0 }]), &json!([]));
        let script = Script::new(vec![reply(200, &text)]);
        let (client, numbers) = (script.client, Bills::numbers(["A"]));
        let verdicts = match operation {
            "Submit" => client.submit("F", &numbers).await,
            "Audit" => client.audit("F", &numbers).await,
            "UnAudit" => client.unaudit("F", &numbers).await,
            "Delete" => client.delete("F", &numbers).await,
            _ => client.batch_save(&own(&["A"])).await,
        };
        verdicts.unwrap().remove(0)
    };
    for (operation, text, is_done) in [
        ("Submit", "单据已经提交！", true),
        ("Submit", "单据已经审核！", true),
        ("Audit", "单据已经审核！", true),
        ("Audit", "单据已经提交！", false),
        ("UnAudit", "单据已经审核！", false),
        ("Delete", "单据已经审核！", false),
        ("Delete", "单据已经提交！", false),
        ("BatchSave", "单据已经审核！", false),
    ] {
        let verdict = verdict(operation, text).await;
        assert_eq!(verdict.is_done(), is_done, "{operation} {text} {verdict:?}");
        let Verdict::Rejected { errors } = verdict else { panic!() };
        let class = if is_done { Class::AlreadyDone } else { Class::WrongStatus };
        assert_eq!(errors[0].class, class, "{operation} {text}");
    }
}

#[tokio::test]
async fn another_number_that_is_taken_is_not_ours() {
    let taken = |number: &str| {
        let message = format!("违反字段唯一性要求：编码唯一。[{number}]在当前系统中已经被使用。");
        answer(false, 11, &json!([{ "Message": message, "DIndex": 0 }]), &json!([]))
    };
    let class = async |text: &str| {
        let Verdict::Rejected { errors } = save(&["A"], text).await.unwrap().remove(0) else { panic!() };
        errors[0].class.clone()
    };
    assert_eq!(class(&taken("SN20261128")).await, Class::Refused);
    assert_eq!(class(&taken("A")).await, Class::Duplicate { number: "A".to_owned() });
    let verdict = save(&["A"], &taken("SN20261128")).await.unwrap().remove(0);
    assert!(!verdict.needs_look_up(), "a look-up by our number would find nothing: {verdict:?}");
}

#[tokio::test]
async fn the_only_success_of_the_only_bill_is_its_own_without_a_place_or_a_number() {
    let text = answer(true, 0, &json!([]), &json!([{ "Id": 7 }]));
    assert_eq!(save(&["A"], &text).await.unwrap(), [saved("A")]);
    assert_eq!(save(&["A", "B"], &text).await.unwrap(), [Verdict::Unknown, Verdict::Unknown]);
}

#[tokio::test]
async fn a_passing_text_of_the_database_wants_a_look_whatever_its_code() {
    for (message, code) in
        [("数据库连接超时", 0), ("事务被死锁，请重试", 11), ("操作超时", 4), ("请稍后再试", 0)]
    {
        let text = answer(false, code, &json!([{ "Message": message, "DIndex": 0 }]), &json!([]));
        let verdict = save(&["A"], &text).await.unwrap().remove(0);
        let Verdict::Rejected { errors } = &verdict else { panic!("{verdict:?}") };
        assert_eq!(errors[0].class, Class::Transient, "{message}");
        assert!(verdict.needs_look_up(), "{message}");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_permanent_for_its_bill_at_once() {
    let text = answer(false, 11, &json!([{ "Message": "天有不测风云", "DIndex": 0 }]), &json!([]));
    let verdict = save(&["A"], &text).await.unwrap().remove(0);
    let Verdict::Rejected { errors } = &verdict else { panic!("{verdict:?}") };
    assert_eq!((&errors[0].class, errors[0].message.as_str()), (&Class::Refused, "天有不测风云"));
    assert!(!verdict.needs_look_up() && !verdict.is_done());
}
