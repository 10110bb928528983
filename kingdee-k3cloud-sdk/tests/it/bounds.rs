//! How long a call may take, queue and retries included, and names that do not exist.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Fault, Faults};
use kingdee_k3cloud_sdk::transport::NotSent;
use kingdee_k3cloud_sdk::{BatchSave, CallOptions, Client, ErrorKind, Fate, Replay, RetryPolicy};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::support::{Act, Script, batch, bill, builder, own, query_numbers, reply, signed, site};

const SECOND: Duration = Duration::from_secs(1);

async fn save(client: Client, number: &str) -> Result<(), kingdee_k3cloud_sdk::Error> {
    client.batch_save(&BatchSave::new(vec![bill(number)])).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_fifth_caller_does_not_wait_longer_than_it_is_given_and_was_not_sent() {
    let site = site().save_time(60 * SECOND..=60 * SECOND).build();
    let client = builder(signed()).transport(site.service()).deadline(200 * SECOND).build().unwrap();
    let started = Instant::now();
    let calls = ["A", "B", "C", "D", "E"].map(|number| tokio::spawn(save(client.clone(), number)));
    let mut failed = Vec::new();
    for call in calls {
        failed.extend(call.await.unwrap().err());
    }
    assert_eq!(started.elapsed(), 200 * SECOND);
    let [fourth, fifth] = &failed[..] else { panic!("three fit into it: {failed:?}") };
    assert!(matches!(fifth.kind(), ErrorKind::Deadline { .. }) && fifth.is_transient(), "{fifth}");
    assert_eq!((fifth.fate(), fifth.queued(), fifth.may_resend()), (Fate::NotSent, 200 * SECOND, true));
    assert_eq!((fourth.fate(), fourth.queued()), (Fate::Unknown, 180 * SECOND), "it was under way");
    assert!(!fourth.may_resend() && fourth.advice().en.contains("look the number up"));
}

#[tokio::test(start_paused = true)]
async fn one_call_may_be_bounded_otherwise_than_its_client() {
    let site = site().faults(Faults::none().with(Fault::StallAfter, 1.0)).build();
    let client = builder(signed()).transport(site.service()).build().unwrap();
    for (options, attempts, seconds) in [
        (CallOptions::new().deadline(10 * SECOND), 1, 10),
        (CallOptions::new().timeout(3 * SECOND).retry(RetryPolicy::never()), 1, 3),
        (CallOptions::new().timeout(3 * SECOND).deadline(4 * SECOND), 2, 4),
    ] {
        let started = Instant::now();
        let error = client.with(options).query(&query_numbers()).await.unwrap_err();
        assert_eq!(
            (error.attempts(), started.elapsed().as_secs()),
            (attempts, seconds),
            "{options:?}: {error}"
        );
        assert!(error.may_resend(), "it only reads");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_does_not_fit_into_the_time_that_is_left_is_not_waited_for() {
    let script = Script::new((0..4).map(|_| reply(503, "")).collect());
    let options = CallOptions::new().deadline(SECOND);
    let error = script.client.with(options).query(&query_numbers()).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Status { status: 503, .. }),
        "the cause, not the bound: {error}"
    );
    assert!(error.elapsed() < SECOND);
}

#[tokio::test(start_paused = true)]
async fn what_failed_unknown_stays_unknown_when_the_time_is_up_in_the_queue() {
    let script = Script::new(vec![reply(200, ""), Act::Hang]);
    let read = async |deadline| {
        script.client.with(CallOptions::new().deadline(deadline)).query(&query_numbers()).await
    };
    let error = read(2 * SECOND).await.unwrap_err();
    assert_eq!((error.fate(), error.attempts()), (Fate::Unknown, 2));
}

#[tokio::test(start_paused = true)]
async fn an_error_tells_how_long_the_call_waited_for_its_turn() {
    let site = site().save_time(30 * SECOND..=30 * SECOND).build();
    let client = builder(signed()).transport(site.service()).timeout(20 * SECOND).build().unwrap();
    let first = tokio::spawn(save(client.clone(), "A"));
    tokio::task::yield_now().await;
    let second = save(client, "B").await.unwrap_err();
    assert_eq!((second.queued(), second.elapsed()), (20 * SECOND, 40 * SECOND));
    assert_eq!(first.await.unwrap().unwrap_err().queued(), Duration::ZERO);
}

#[test]
fn a_time_out_of_an_operation_that_does_not_exist_is_refused_at_once() {
    let build = |name: &str| {
        let transport = site().build().service();
        builder(signed()).timeout_of(name, SECOND).transport(transport).build()
    };
    let full = |family: &str, name: &str| format!("Kingdee.BOS.WebApi.ServicesStub.{family}.{name}");
    let wrong =
        [full("DynamicFormService", "BatchSav"), full("AuthService", "BatchSave"), full("AuthService", "")];
    let wrong = wrong.iter().map(String::as_str);
    for name in
        ["BatchSafe", "save", "", "a/b", "Our.WebApi.Prices.Get.common.kdsvc"].into_iter().chain(wrong)
    {
        let error = build(name).unwrap_err();
        assert_eq!(error.faults()[0].setting, "timeout_of", "{error}");
    }
    for name in
        ["BatchSave", "BatchSaveQuery", "ExecuteBillQuery", "Push", "ValidateUser", "Our.WebApi.Prices.Get"]
    {
        build(name).unwrap();
    }
    build(&full("DynamicFormService", "BatchSave")).unwrap();
    build(&full("AuthService", "Logout")).unwrap();
    // What the vendor's own clients call, and what only the site knows.
    for name in ["Disassembly", "AttachmentUpload", "AttachmentUpLoad", "ReserveLinkQuery"] {
        build(&full("DynamicFormService", name)).unwrap();
    }
    build("Disassembly").and(build("AttachmentUpload")).unwrap();
    for (name, meant) in [
        ("BatchSafe".to_owned(), "BatchSave"),
        (full("DynamicFormService", "Psuh"), "Push"),
        (full("DynamicFromService", "View"), "View"),
        (full("AuthService", "Submit"), "Submit"),
    ] {
        let error = build(&name).unwrap_err().to_string();
        assert!(error.contains(&format!("do you mean {meant}?")), "{error}");
    }
}

#[tokio::test]
async fn a_bound_beyond_all_time_is_none() {
    let site = site().build();
    let client = site.client_builder().deadline(Duration::MAX).timeout(Duration::MAX).build().unwrap();
    client.ping().await.unwrap();
}

#[test]
fn no_time_at_all_is_refused_when_it_is_built() {
    let none = builder(signed()).deadline(Duration::ZERO).timeout_of("View", Duration::ZERO);
    let error = none.connect_timeout(Duration::ZERO).build().unwrap_err();
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting).collect();
    assert_eq!(settings, ["deadline", "timeout_of", "connect_timeout"]);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_is_of_the_operation_by_whichever_name_it_is_called() {
    const SAVE: &str = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.Save";
    let hang = tower::service_fn(|_| std::future::pending::<Result<http::Response<bytes::Bytes>, NotSent>>());
    let client = builder(signed())
        .transport(hang)
        .timeout(20 * SECOND)
        .timeout_of("Our.WebApi.Prices.Get", 2 * SECOND)
        .timeout_of("Save", 5 * SECOND)
        .timeout_of("ExecuteOperation", 9 * SECOND)
        .timeout_of("AttachmentUpload", 11 * SECOND)
        .build()
        .unwrap();
    for (name, seconds) in [
        ("Our.WebApi.Prices.Get", 2),
        ("Get", 20),
        ("Save", 5),
        (SAVE, 5),
        ("SaveElsewhere", 20),
        ("ExecuteOperation", 9),
        ("ExcuteOperation", 9),
        ("AttachmentUpLoad", 11),
        ("AttachmentUpload", 11),
        ("Our.WebApi.Orders.Save", 20),
    ] {
        let started = Instant::now();
        client.call(name, serde_json::json!({})).await.unwrap_err();
        assert_eq!(started.elapsed().as_secs(), seconds, "{name}");
    }
}

#[tokio::test]
async fn a_service_that_is_no_name_is_not_sent() {
    let script = Script::new(Vec::new());
    for name in ["Save/../Delete", "a b", "", "Save?x=1", "Save.", "Save.common.kdsvc", "Save.common.kdsvc/"]
    {
        let body = RawValue::from_string("{}".to_owned()).unwrap();
        let error = script.client.call_as(Replay::Safe, name, body).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)), "{name}: {error}");
    }
    assert_eq!(script.sent(), 0);
}

#[tokio::test]
async fn without_a_bound_a_call_ends_as_before() {
    let site = site().build();
    let client = builder(signed()).transport(site.service()).deadline(SECOND).build().unwrap();
    assert!(client.batch_save(&batch(&["A"])).await.unwrap()[0].is_done());
    assert!(client.batch_save(&own(&["B"])).await.unwrap()[0].is_done());
}

#[tokio::test(start_paused = true)]
async fn options_add_up() {
    let site = site().faults(Faults::none().with(Fault::StallAfter, 1.0)).build();
    let client = builder(signed()).transport(site.service()).build().unwrap();
    let once = client.with(CallOptions::new().retry(RetryPolicy::never()));
    let started = Instant::now();
    let hasty = once.with(CallOptions::new().timeout(3 * SECOND));
    let error = hasty.query(&query_numbers()).await.unwrap_err();
    assert_eq!((error.attempts(), started.elapsed()), (1, 3 * SECOND));
}

/// A site that knows the other spelling of a service alone, and takes its time to say so.
fn slow_speller(seconds: u64) -> Client {
    let service = tower::service_fn(move |request: http::Request<bytes::Bytes>| async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let done = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"SuccessEntitys":[{"Id":1,"Number":"A","DIndex":0}]}}}"#;
        let is_known = request.uri().path().contains("ExecuteOperation");
        let (status, body) = if is_known { (200, done) } else { (404, "no such service") };
        let reply = http::Response::builder().status(status).body(bytes::Bytes::from_static(body.as_bytes()));
        reply.map_err(kingdee_k3cloud_sdk::transport::BoxError::from)
    });
    builder(signed()).transport(service).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn both_spellings_of_an_operation_are_one_call_with_one_deadline() {
    let bills = kingdee_k3cloud_sdk::Bills::numbers(["A"]);
    let client = slow_speller(8);
    assert!(client.execute_operation("X", "Cancel", &bills).await.unwrap()[0].is_done());
    let started = Instant::now();
    let hasty = slow_speller(8).with(CallOptions::new().deadline(10 * SECOND));
    let error = hasty.execute_operation("X", "Cancel", &bills).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { .. }), "{error}");
    assert_eq!((started.elapsed(), error.attempts()), (10 * SECOND, 2), "those of the first spelling count");
    assert_eq!((error.fate(), error.may_resend()), (Fate::Unknown, false), "the second was under way");
}

#[tokio::test]
async fn the_spelling_that_a_site_knows_is_remembered_and_a_wrong_path_may_be_a_403_without_a_word() {
    let done = || {
        let status =
            r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"SuccessEntitys":[{"Id":1,"Number":"A"}]}}}"#;
        reply(200, status)
    };
    let bills = kingdee_k3cloud_sdk::Bills::numbers(["A"]);
    for unknown in [reply(404, "no such service"), reply(403, "")] {
        let script = Script::new(vec![unknown, done(), done(), reply(404, ""), done(), done()]);
        for _ in 0..4 {
            script.client.execute_operation("X", "Cancel", &bills).await.unwrap();
        }
        let spelled = |at: usize| {
            let path = script.request(at).uri().path().to_owned();
            path.rsplit('.').nth(2).unwrap().to_owned()
        };
        let wanted = ["Excute", "Execute", "Execute", "Execute", "Excute", "Excute"];
        assert_eq!((0..6).map(spelled).collect::<Vec<_>>(), wanted.map(|word| format!("{word}Operation")));
    }
    // One that says why is an answer.
    let script = Script::new(vec![reply(403, "no access"), done()]);
    script.client.execute_operation("X", "Cancel", &bills).await.unwrap_err();
    assert_eq!(script.sent(), 1);
    // A page that says that some session has ended leaves open whether it was done.
    let script = Script::new(vec![reply(404, "银企互联会话已失效，请重新登录"), done()]);
    let error = script.client.execute_operation("X", "Cancel", &bills).await.unwrap_err();
    assert_eq!((script.sent(), error.fate(), error.may_resend()), (1, Fate::Unknown, false));
}
