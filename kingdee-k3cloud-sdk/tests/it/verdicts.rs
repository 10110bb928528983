//! What an answer says about each bill: by number, then by place, never from IsSuccess.

use kingdee_k3cloud_sdk::{Error, ErrorKind, Fate, Numbers, SaveOptions, Verdict};
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
    assert!(matches!(error.kind(), ErrorKind::Refused { msg_code: 8, .. }), "{error}");
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
        assert_eq!(error.msg_code(), Some(code));
        assert_eq!(error.fate(), fate, "{code}");
        assert_eq!(error.is_permanent_for_all(), permanent, "{code}");
        assert_eq!(error.is_retryable(), retryable, "{code}");
        assert!(!error.advice().is_empty());
    }
}

#[tokio::test]
async fn an_error_of_an_operation_belongs_to_the_number_it_quotes() {
    // The answer's places follow another order than the request's.
    let errors =
        json!([{ "FieldName": "", "Message": "单据编号为“B”的销售退货单，单据已经审核！", "DIndex": 0 }]);
    let text = answer(false, 11, &errors, &json!([entity("A", 1)]));
    let script = Script::new(vec![reply(200, &text)]);
    let verdicts = script.client.audit("F", &Numbers::new(["A", "B"])).await.unwrap();
    assert_eq!(verdicts[0], saved("A"));
    assert!(verdicts[1].is_done(), "{:?}", verdicts[1]);
}

#[tokio::test]
async fn one_number_twice_in_a_batch_is_not_sent() {
    let script = Script::new(Vec::new());
    let error = script.client.batch_save(&own(&["A", "B", "A"])).await.unwrap_err();
    assert_eq!((error.fate(), script.sent()), (Fate::NotSent, 0));
}
