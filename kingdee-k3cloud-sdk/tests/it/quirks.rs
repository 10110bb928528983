//! Oddities of the simulated site that a client must live with: places that count anew, clocks,
//! locked accounts, tasks, and services that go by name only.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Request;
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::{Bills, Class, Credentials, ErrorKind, Replay, Verdict};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::{FORM, PASSWORD, batch, bill, builder, client, client_with, signed, site};

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).unwrap()
}

async fn call(site: &Site, service: &str, body: &Value) -> Value {
    let answer = client(site).call(service, raw(body)).await.unwrap();
    serde_json::from_str(answer.text()).unwrap()
}

#[tokio::test]
async fn with_batch_count_places_count_inside_each_sub_batch() {
    let site = site().shuffle(false).build();
    let models: Vec<Value> =
        ["A", "B", "C", "D"].iter().map(|number| serde_json::to_value(bill(number)).unwrap()).collect();
    let body = json!({ "formid": FORM, "data": { "BatchCount": 2, "Model": models } });
    let answer = call(&site, "BatchSave", &body).await;
    let entities = answer["Result"]["ResponseStatus"]["SuccessEntitys"].as_array().unwrap();
    let places: Vec<_> = entities.iter().map(|entity| entity["DIndex"].as_u64().unwrap()).collect();
    assert_eq!(places, [0, 1, 0, 1]);
}

#[tokio::test]
async fn a_signature_of_another_time_is_refused_where_the_gateway_looks() {
    let at = |minutes: i64| move || DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minutes);
    let site = site().now(at(60)).max_skew(Some(TimeDelta::minutes(5))).build();
    for (minutes, lets_in) in [(60, true), (56, true), (64, true), (54, false), (66, false)] {
        let client = builder(signed()).clock(at(minutes)).transport(site.service()).build().unwrap();
        match client.ping().await {
            Ok(()) => assert!(lets_in, "{minutes}"),
            Err(error) => {
                assert!(!lets_in, "{minutes}: {error}");
                assert!(matches!(error.kind(), ErrorKind::Gateway { code: 4006, .. }), "{error}");
                assert!(error.is_permanent_for_all() && error.advice().to_string().contains("clock"));
            }
        }
    }
}

#[tokio::test]
async fn repeated_wrong_passwords_lock_the_account_for_the_right_one_too() {
    let site = site().build();
    let wrong = client_with(&site, Credentials::password("wrong"));
    for _ in 0..5 {
        wrong.login().await.unwrap_err();
    }
    let error = client_with(&site, Credentials::password(PASSWORD)).login().await.unwrap_err();
    assert!(error.to_string().contains("锁定"), "{error}");
}

#[tokio::test]
async fn a_client_with_a_wrong_password_never_locks_the_account_by_itself() {
    let site = site().build();
    let wrong = client_with(&site, Credentials::password("wrong"));
    for _ in 0..50 {
        wrong.batch_save(&batch(&["A"])).await.unwrap_err();
    }
    client_with(&site, Credentials::password(PASSWORD)).login().await.unwrap();
}

#[tokio::test]
async fn a_save_can_be_begun_now_and_asked_for_later() {
    let site = site().build();
    let body = json!({ "formid": FORM, "data": { "Model": [bill("A")] },
        "beginmethod": "BeginQueryImpl", "querymethod": "QueryAsyncResult" });
    let begun = call(&site, "BatchSave", &body).await;
    assert_eq!(begun["Status"], 0);
    tokio::task::yield_now().await;
    let info = json!({ "TaskId": begun["TaskId"], "Cancelled": false }).to_string();
    let done = call(&site, "QueryAsyncResult", &json!({ "queryInfo": info })).await;
    assert_eq!(
        (&done["Status"], &done["Result"]["Result"]["ResponseStatus"]["IsSuccess"]),
        (&2.into(), &true.into())
    );
    assert_eq!(site.bills().len(), 1);
}

#[tokio::test]
async fn an_audited_bill_can_be_pushed_and_another_cannot() {
    let site = site().build();
    let client = client(&site);
    client.batch_save(&batch(&["A", "B"])).await.unwrap();
    client.submit(FORM, &Bills::numbers(["A"])).await.unwrap();
    client.audit(FORM, &Bills::numbers(["A"])).await.unwrap();
    let body =
        json!({ "formid": FORM, "data": { "Numbers": ["A", "B"], "RuleId": "AR_ReturnToReceivableMap" } });
    let answer = call(&site, "Push", &body).await;
    let status = &answer["Result"]["ResponseStatus"];
    assert_eq!(status["SuccessEntitys"].as_array().unwrap().len(), 1);
    assert!(status["Errors"][0]["Message"].as_str().unwrap().contains("“B”"));
    assert_eq!(site.bills().iter().filter(|bill| bill.form_id == "AR_receivable").count(), 1);
}

#[tokio::test]
async fn an_organisation_that_exists_can_be_switched_to() {
    let site = site().build();
    for (number, is_success) in [("100", true), ("999", false)] {
        let answer = call(&site, "SwitchOrg", &json!({ "data": { "OrgNumber": number } })).await;
        assert_eq!(answer["Result"]["ResponseStatus"]["IsSuccess"], is_success, "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_by_name_is_replayed_as_its_caller_says() {
    use kingdee_k3cloud_sdk::mock::Fault;
    let body = json!({ "data": { "OrgNumber": "100" } });
    for (replay, fault, arrivals) in [
        (Replay::Safe, Fault::ResetAfter, 2),
        (Replay::Never, Fault::ResetAfter, 1),
        (Replay::Never, Fault::Refuse, 2),
    ] {
        let site = site().build();
        site.fail_next(fault);
        client(&site).call_as(replay, "SwitchOrg", raw(&body)).await.ok();
        assert_eq!(site.counts().arrivals, arrivals, "{replay:?} {fault:?}");
    }
}

#[tokio::test]
async fn a_bill_can_be_viewed_by_its_id() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    let viewed = client(&site).view_by_id(FORM, &site.bills()[0].id.to_string()).await.unwrap();
    assert!(viewed.get().contains(r#""BillNo":"A""#), "{viewed}");
}

#[test]
fn bytes_that_are_no_request_get_an_answer() {
    let site = site().build();
    for body in ["", "{", "[]", "null", "\u{0}", r#"{"parameters":"["}"#, r#"{"data":"{"}"#] {
        let path = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.Save.common.kdsvc";
        let mut request = Request::post(path).body(Bytes::from(body)).unwrap();
        crate::encodings::sign(&mut request, path);
        assert!(!site.handle(&request).body().is_empty(), "{body:?}");
    }
    assert!(site.bills().is_empty());
}

#[tokio::test]
async fn what_is_submitted_twice_is_refused_by_its_status_the_second_time() {
    let site = site().build();
    let client = client(&site);
    client.batch_save(&batch(&["A"])).await.unwrap();
    assert!(client.submit(FORM, &Bills::numbers(["A"])).await.unwrap()[0].is_done());
    let again = client.submit(FORM, &Bills::numbers(["A"])).await.unwrap().remove(0);
    let Verdict::Rejected { errors } = &again else { panic!("{again:?}") };
    assert_eq!((&errors[0].class, again.is_done()), (&Class::WrongStatus, false));
    assert_eq!(site.counts().effects["Submit"], 1);
}
