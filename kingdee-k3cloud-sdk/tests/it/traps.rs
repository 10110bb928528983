//! What a stranger does first, and what must not come of it: each test is of a path that lost or doubled data.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Fault, Site, StoredBill};
use kingdee_k3cloud_sdk::{
    BatchSave, Bills, Class, Credentials, DynForm, ErrorKind, Expectation, Fate, Push, Replay, Resolution,
    SaveOptions, Verdict,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::{Act, FORM, Script, batch, bill, client, own, query_numbers, reply, site};

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_504_on_a_save_passes_but_may_not_be_sent_again_and_its_advice_is_to_look() {
    let site = site().build();
    site.fail_next(Fault::UnavailableAfter);
    let error = client(&site).batch_save(&batch(&["TK1"])).await.unwrap_err();
    assert_eq!((error.fate(), site.bills().len()), (Fate::Unknown, 1), "it was saved all the same");
    assert!(error.is_transient() && !error.may_resend());
    assert!(error.advice().en.contains("look the number up"), "{}", error.advice());
    assert!(error.advice().zh.contains("查询"), "{}", error.advice());
}

#[tokio::test(start_paused = true)]
async fn whatever_leaves_a_write_in_doubt_advises_to_look_first() {
    for (name, act) in [
        ("late", Act::Hang),
        ("broken", Act::Break),
        ("busy", reply(503, "")),
        ("missing in an exception", reply(200, r#"response_error:{"Message":"编码值[\"C9\"]不存在"}"#)),
        ("database", reply(200, r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"MsgCode":6}}}"#)),
    ] {
        let script = Script::new(vec![act]);
        let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
        assert!(!error.may_resend(), "{name}");
        assert!(error.advice().en.to_lowercase().contains("look"), "{name}: {}", error.advice());
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_left_was_refused_or_only_read_may_be_sent_again() {
    let script = Script::new((0..4).map(|_| Act::Refuse).collect());
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(error.is_transient() && error.may_resend());
    let error = Script::new(vec![reply(429, "")]).client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(error.is_transient() && error.may_resend() && !error.advice().en.contains("look"));
    let script = Script::new((0..4).map(|_| reply(504, "")).collect());
    let error = script.client.query(&query_numbers()).await.unwrap_err();
    assert!(error.fate() == Fate::Unknown && error.may_resend(), "a read doubles nothing");
    assert!(!error.advice().en.contains("look"), "{}", error.advice());
}

#[tokio::test(start_paused = true)]
async fn a_login_that_came_to_nothing_leaves_its_write_without_doubt() {
    let script = Script::with(Credentials::password("p"), (0..4).map(|_| Act::Hang).collect());
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    assert!(error.may_resend() && !error.advice().en.contains("look"), "{}", error.advice());
}

#[tokio::test]
async fn a_raw_call_that_was_refused_tells_it_by_verdicts_and_by_reading() {
    let site = site().build();
    let client = client(&site);
    let _ = client.batch_save(&batch(&["A"])).await.unwrap();
    let delete = json!({ "formid": FORM, "data": { "Numbers": ["A", "NONE"] } });
    let answer = client.call("Delete", raw(&delete)).await.unwrap();
    let [gone, rejected] = &answer.verdicts().unwrap()[..] else { panic!("{answer:?}") };
    assert!(matches!(gone, Verdict::Deleted { number, .. } if number == "A"), "{gone:?}");
    let Verdict::Rejected { errors } = rejected else { panic!("{rejected:?}") };
    assert!(errors[0].message.contains("NONE"));
    let error = answer.read::<Value>().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { .. }) && error.operation() == "Delete", "{error}");
}

#[tokio::test]
async fn a_raw_call_refused_as_a_whole_has_no_verdicts_but_an_error() {
    for (status, code) in [
        (r#"{"IsSuccess":false,"MsgCode":2,"Errors":[{"Message":"没有权限"}]}"#, 2),
        (r#"{"IsSuccess":false,"MsgCode":11,"Errors":[]}"#, 11),
    ] {
        let text = format!(r#"{{"Result":{{"ResponseStatus":{status}}}}}"#);
        let script = Script::new(vec![reply(200, &text)]);
        let answer = script.client.call("GroupSave", raw(&json!({}))).await.unwrap();
        let error = answer.verdicts().unwrap_err();
        assert_eq!((error.code(), error.operation()), (Some(code), "GroupSave"));
    }
    let script = Script::new(vec![reply(200, "[[1]]")]);
    let answer = script.client.call_as(Replay::Safe, "ExecuteBillQuery", raw(&json!({}))).await.unwrap();
    assert!(
        matches!(answer.verdicts().unwrap_err().kind(), ErrorKind::Unreadable(_)),
        "rows have no verdicts"
    );
    assert_eq!(answer.read::<Vec<Vec<i64>>>().unwrap(), [[1]]);
    assert!(answer.read::<Vec<String>>().unwrap_err().may_resend());
}

/// Two bills under one number, as a save that is sent twice makes them; their ids.
fn doubled(site: &Site, number: &str) -> [String; 2] {
    [(); 2]
        .map(|()| site.insert(StoredBill { number: number.to_owned(), ..StoredBill::default() }).to_string())
}

#[tokio::test]
async fn of_two_doubled_bills_the_one_that_is_named_by_id_is_deleted() {
    let site = site().build();
    let client = client(&site);
    let ids = doubled(&site, "TK1");
    let found = client.resolve_unknown(FORM, &[Expectation::of("TK1")]).await.unwrap();
    let [Resolution::Doubled { ids: named }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(named[..], ids);
    let verdicts = client.delete(FORM, &Bills::ids(&named[1..])).await.unwrap();
    let deleted = Verdict::Deleted { id: ids[1].clone(), number: "TK1".to_owned() };
    assert_eq!(verdicts, [deleted]);
    let left: Vec<_> = site.bills().iter().map(|bill| bill.id.to_string()).collect();
    assert_eq!(left, [ids[0].clone()], "the other one stays");
}

#[tokio::test]
async fn what_is_named_by_id_gets_its_verdict_by_id_whatever_the_order() {
    for seed in 0..8 {
        let site = site().seed(seed).build();
        let ids = doubled(&site, "TK1");
        let bills = Bills::ids([ids[0].as_str(), "999999", ids[1].as_str()]);
        let verdicts = client(&site).submit(FORM, &bills).await.unwrap();
        let saved = |id: &String| Verdict::Saved { id: id.clone(), number: "TK1".to_owned() };
        assert_eq!((&verdicts[0], &verdicts[2]), (&saved(&ids[0]), &saved(&ids[1])));
        assert!(matches!(&verdicts[1], Verdict::Rejected { errors } if errors[0].message.contains("999999")));
    }
}

#[tokio::test]
async fn a_place_that_belongs_to_a_success_is_not_believed_of_ids() {
    let text = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"MsgCode":11,
        "Errors":[{"Message":"单据编号为“TK1”的单据，单据已经审核！","DIndex":0}],
        "SuccessEntitys":[{"Id":7,"Number":"TK1","DIndex":0}]}}}"#;
    let script = Script::new(vec![reply(200, text)]);
    let verdicts = script.client.audit(FORM, &Bills::ids([7, 8])).await.unwrap();
    assert!(verdicts[0].is_done());
    assert_eq!(verdicts[1], Verdict::Unknown, "whose objection it is, nobody knows");
}

#[tokio::test]
async fn bills_that_name_nothing_or_something_else_are_not_sent() {
    let script = Script::new(Vec::new());
    for bills in [
        Bills::ids(Vec::<String>::new()),
        Bills::ids(["0"]),
        Bills::ids(["1,2"]),
        Bills::numbers([""]),
        Bills::numbers(["A"]).created_in("总公司"),
    ] {
        let error = script.client.delete(FORM, &bills).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error}");
    }
    assert_eq!(script.sent(), 0);
}

#[tokio::test]
async fn an_organisation_is_sent_beside_the_numbers() {
    let answer =
        r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"SuccessEntitys":[{"Id":7,"Number":"A"}]}}}"#;
    let script = Script::new(vec![reply(200, answer)]);
    script.client.audit("BD_MATERIAL", &Bills::numbers(["A"]).created_in(100_002)).await.unwrap();
    let sent: Value = serde_json::from_slice(script.request(0).body()).unwrap();
    assert_eq!((&sent["data"]["CreateOrgId"], &sent["data"]["Numbers"]), (&json!(100_002), &json!(["A"])));
}

#[tokio::test]
async fn a_delete_never_says_saved() {
    let site = site().build();
    let client = client(&site);
    let _ = client.batch_save(&batch(&["A", "B"])).await.unwrap();
    let verdicts = client.delete(FORM, &Bills::numbers(["B", "A", "C"])).await.unwrap();
    for (verdict, expected) in verdicts.iter().zip(["B", "A"]) {
        assert!(matches!(verdict, Verdict::Deleted { number, .. } if number == expected), "{verdict:?}");
        assert!(verdict.is_done());
    }
    assert!(matches!(&verdicts[2], Verdict::Rejected { .. }));
    assert!(site.bills().is_empty());
}

#[tokio::test]
async fn a_push_has_a_verdict_for_each_bill_and_a_rule_that_is_refused_fails_it_whole() {
    let site = site().build();
    let client = client(&site);
    let _ = client.batch_save(&batch(&["A", "B"])).await.unwrap();
    let (both, first) = (Bills::numbers(["A", "B"]), Bills::numbers(["A"]));
    client.submit(FORM, &first).await.unwrap();
    client.audit(FORM, &first).await.unwrap();
    let verdicts = client.push(FORM, &both, &Push::to("AR_receivable")).await.unwrap();
    assert!(
        matches!(&verdicts[0], Verdict::Saved { number, .. } if number.starts_with("AR")),
        "{verdicts:?}"
    );
    let Verdict::Rejected { errors } = &verdicts[1] else { panic!("{verdicts:?}") };
    assert!(errors[0].message.contains('B'));
    let error = client.push(FORM, &both, &Push::by("NO_SUCH_RULE")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { .. }) && error.may_resend(), "{error}");
    let made = site.bills().iter().filter(|bill| bill.form_id == "AR_receivable").count();
    assert_eq!(made, 1);
}

#[tokio::test(start_paused = true)]
async fn a_push_whose_answer_is_lost_is_not_sent_again() {
    let script = Script::new(vec![Act::Hang]);
    let error = script.client.push(FORM, &Bills::numbers(["A"]), &Push::to("X")).await.unwrap_err();
    assert_eq!((script.sent(), error.fate(), error.may_resend()), (1, Fate::Unknown, false));
    assert!(error.elapsed() >= Duration::from_secs(5));
}

#[tokio::test]
async fn an_audited_bill_is_done_and_a_taken_number_is_to_be_looked_up() {
    let site = site().build();
    let client = client(&site);
    let _ = client.batch_save(&BatchSave::new(vec![bill("A")])).await.unwrap();
    let again = client.batch_save(&batch(&["A"])).await.unwrap().remove(0);
    assert!(again.needs_look_up() && !again.is_done());
    let Verdict::Rejected { errors } = again else { panic!() };
    assert!(matches!(errors[0].class, Class::Duplicate { .. }));
}

#[tokio::test]
async fn a_bill_whose_number_is_empty_is_neither_sent_nor_looked_up() {
    let site = site().build();
    let client = site.client().unwrap();
    let unnamed = BatchSave::new(vec![DynForm::new(FORM).number("FBillNo", " ")]);
    let error = client.batch_save(&unnamed).await.unwrap_err();
    assert!(error.to_string().contains("number is empty"), "{error}");
    let error = client.resolve_unknown(FORM, &[Expectation::of("")]).await.unwrap_err();
    assert!(error.to_string().contains("is empty"), "{error}");
    assert_eq!(site.counts().arrivals, 0);
}

#[tokio::test]
async fn a_form_that_has_no_bill_number_says_so_when_it_is_looked_up() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    let error = client.resolve_unknown("BD_MATERIAL", &[Expectation::of("M001")]).await.unwrap_err();
    assert!(error.to_string().contains("字段不存在") && error.code() == Some(9), "{error}");
}

#[tokio::test]
async fn a_body_that_is_text_is_not_sent_as_one() {
    let site = site().build();
    let client = site.client().unwrap();
    let body = batch(&["A"]).body().unwrap();
    let error = client.call("BatchSave", &body).await.unwrap_err();
    assert!(error.to_string().contains("RawValue"), "{error}");
    assert!(client.call("BatchSave", 7).await.unwrap_err().to_string().contains("no object"));
    site.on("Now", |request| String::from_utf8_lossy(request.body()).into_owned());
    assert_eq!(
        client.call("Our.Stock.Now", ()).await.unwrap().text(),
        "{}",
        "nothing to say is an empty object"
    );
    let raw = RawValue::from_string(body).unwrap();
    assert!(client.call("BatchSave", raw).await.unwrap().verdicts().unwrap()[0].is_done());
}

#[tokio::test]
async fn what_a_save_gives_back_is_read_beside_verdicts_that_it_cannot_hide() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Given {
        #[serde(rename = "FBillNo")]
        number: String,
    }
    let site = site().build();
    let client = site.client().unwrap();
    let asked = |keys: &[&str]| SaveOptions::builder().need_return_fields(keys.iter().copied()).build();
    let given = BatchSave::new(vec![bill("A")]).with_options(asked(&["FBillNo"]));
    let saved = client.batch_save_returning(&given).await.unwrap();
    assert_eq!(saved.data::<Given>().unwrap(), [Given { number: "A".to_owned() }]);
    let unasked = BatchSave::new(vec![bill("B")]).with_options(asked(&[]));
    let saved = client.batch_save_returning(&unasked).await.unwrap();
    assert!(saved.verdicts[0].is_done() && saved.data::<Given>().is_err());
}
