//! Writes whose fate only a look-up tells: none of them is called refused, and none is sent a second time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use kingdee_k3cloud_sdk::transport::BoxError;
use kingdee_k3cloud_sdk::{
    Bills, Class, Client, Credentials, ErrorKind, Fate, Push, RawAnswer, Replay, Verdict,
};

use crate::support::{Act, Script, builder, fixture, own, query_numbers, reply};

/// A failed status with these errors.
fn failed(code: i64, errors: &str) -> String {
    format!(r#"{{"Result":{{"ResponseStatus":{{"IsSuccess":false,"MsgCode":{code},"Errors":{errors}}}}}}}"#)
}

fn welcome() -> Act {
    reply(200, &fixture("login-success.json"))
}

/// A client that logs in and is answered so.
fn logged_in(acts: Vec<Act>) -> Script {
    Script::with(Credentials::password("p"), std::iter::once(welcome()).chain(acts).collect())
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_only_mentions_a_session_is_not_sent_again_and_not_called_refused() {
    for (status, body) in [
        (504, "网关与会话保持节点之间的连接超时".to_owned()),
        (503, "会话信息已丢失，请重新登录".to_owned()),
        (500, failed(1, r#"[{"Message":"会话信息已丢失，请重新登录"}]"#)),
        (502, r#"response_error:{"Message":"会话信息已丢失，请重新登录"}"#.to_owned()),
        (200, r#"response_error:{"Message":"保存失败：数据库会话被终止，语句执行超时"}"#.to_owned()),
        (200, r#"response_error:{"Message":"会话已过期"}"#.to_owned()),
        (200, failed(4, r#"[{"Message":"数据库会话执行超时"}]"#)),
        (200, failed(0, r#"[{"Message":"登录已过期，请重新登录"}]"#)),
        (200, failed(4, r#"[{"Message":"会话信息已丢失"}]"#)),
    ] {
        let script = logged_in(vec![reply(status, &body), welcome(), reply(200, "[]")]);
        let outcome = script.client.batch_save(&own(&["A"])).await;
        assert_eq!(script.sent(), 2, "one login and one save: {body}");
        match outcome {
            Err(error) => assert_eq!((error.fate(), error.may_resend()), (Fate::Unknown, false), "{error}"),
            Ok(verdicts) => assert!(verdicts[0].needs_look_up(), "{body}: {verdicts:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_known_to_be_a_lost_session_is_renewed_as_before() {
    for (status, body) in [
        (200, failed(1, "[]")),
        (200, failed(0, r#"[{"Message":"會話信息已丟失，請重新登錄"}]"#)),
        (200, r#"response_error:{"Message":"会话信息已丢失，请重新登录"}"#.to_owned()),
        (401, "会话信息已丢失".to_owned()),
        (401, r#"{"Message":"会话信息已丢失，请重新登录"}"#.to_owned()),
        (403, r#"{"Message":"会话信息已丢失，请重新登录"}"#.to_owned()),
        (401, failed(1, "[]")),
        (401, failed(0, r#"[{"Message":"会话信息已丢失，请重新登录"}]"#)),
    ] {
        let saved = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"SuccessEntitys":[{"Id":1,"Number":"A","DIndex":0}]}}}"#;
        let script = logged_in(vec![reply(status, &body), welcome(), reply(200, saved)]);
        let verdicts = script.client.batch_save(&own(&["A"])).await.unwrap();
        assert!(matches!(&verdicts[..], [Verdict::Saved { .. }]), "{body}: {verdicts:?}");
        assert_eq!(script.sent(), 4, "{body}");
    }
    // One bill's words are not the call's.
    let mixed = failed(0, r#"[{"Message":"会话信息已丢失","DIndex":0},{"Message":"客户必填","DIndex":1}]"#);
    let script = logged_in(vec![reply(200, &mixed), welcome(), reply(200, "[]")]);
    let _ = script.client.batch_save(&own(&["A", "B"])).await;
    assert_eq!(script.sent(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_words_of_an_ended_session_the_next_call_logs_in_again_and_a_read_does_so_at_once() {
    let ended = r#"response_error:{"Message":"会话已超时"}"#;
    let script = logged_in(vec![reply(200, ended), welcome(), reply(200, "[]")]);
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Exception(_)), "{error}");
    assert!(error.objections()[0].class == Class::SessionLost && error.advice().en.contains("look"));
    script.client.query(&query_numbers()).await.unwrap();
    assert_eq!(script.sent(), 4);
    let script = logged_in(vec![reply(200, ended), welcome(), reply(200, "[]")]);
    script.client.query(&query_numbers()).await.unwrap();
    assert_eq!(script.sent(), 4);
}

const SAVED: &str =
    r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"SuccessEntitys":[{"Id":1,"Number":"A","DIndex":0}]}}}"#;

#[tokio::test(start_paused = true)]
async fn a_session_is_given_up_in_whatever_its_end_is_told_and_the_write_is_not_sent_again() {
    for (status, body) in [
        (401, "登录已过期，请重新登录".to_owned()),
        (403, "<html><h1>会话已过期</h1></html>".to_owned()),
        (500, "会话信息已丢失，请重新登录".to_owned()),
        (500, failed(1, r#"[{"Message":"会话信息已丢失，请重新登录"}]"#)),
        (502, failed(1, "[]")),
        (401, r#"{"Message":"会话已过期"}"#.to_owned()),
        (403, r#"{"code":403,"msg":"会话已过期"}"#.to_owned()),
        (401, failed(0, r#"[{"Message":"登录已过期，请重新登录"}]"#)),
        (401, failed(1, r#"[{"Message":"数据库会话","DIndex":0}]"#)),
        (200, "<html>登录超时，请重新登录</html>".to_owned()),
    ] {
        let script = logged_in(vec![reply(status, &body), welcome(), reply(200, SAVED)]);
        let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
        assert_eq!(script.sent(), 2, "{body}");
        assert!(error.is_transient() && !error.is_permanent_for_all(), "{error}");
        assert_eq!((error.fate(), error.may_resend()), (Fate::Unknown, false), "{error}");
        assert!(error.advice().en.contains("look"), "{}", error.advice().en);
        assert!(script.client.batch_save(&own(&["A"])).await.unwrap()[0].is_done(), "{body}");
        assert_eq!(script.sent(), 4, "a login and a save: {body}");
    }
    // A read goes on at once.
    for body in [
        "登录已过期，请重新登录".to_owned(),
        r#"{"Message":"会话已过期"}"#.to_owned(),
        failed(0, r#"[{"Message":"登录已过期，请重新登录"}]"#),
        failed(1, "[]"),
    ] {
        let script = logged_in(vec![reply(401, &body), welcome(), reply(200, "[]")]);
        script.client.query(&query_numbers()).await.unwrap();
        assert_eq!(script.sent(), 4, "{body}");
    }
    // A status without such words is the access's.
    let script = logged_in(vec![reply(401, "Unauthorized"), reply(200, SAVED)]);
    assert!(script.client.batch_save(&own(&["A"])).await.unwrap_err().is_permanent_for_all());
    assert!(script.client.batch_save(&own(&["A"])).await.unwrap()[0].is_done());
}

#[tokio::test(start_paused = true)]
async fn a_switch_of_organisation_that_meets_a_dead_session_gives_it_up() {
    let switched = || reply(200, r#"{"Result":{"ResponseStatus":{"IsSuccess":true}}}"#);
    let ended = r#"response_error:{"Message":"会话已过期"}"#;
    let script = logged_in(vec![reply(200, ended), welcome(), switched(), reply(200, SAVED)]);
    assert!(script.client.for_org("101").batch_save(&own(&["A"])).await.unwrap()[0].is_done());
    assert_eq!(script.sent(), 5);
    let script =
        logged_in(vec![reply(401, "登录已过期，请重新登录"), welcome(), switched(), reply(200, SAVED)]);
    let org = script.client.for_org("101");
    assert_eq!(org.batch_save(&own(&["A"])).await.unwrap_err().fate(), Fate::NotSent);
    assert!(org.batch_save(&own(&["A"])).await.unwrap()[0].is_done());
    assert_eq!(script.sent(), 5);
}

/// A client that logs in and is answered so whatever it asks, and how often it logged in.
fn always(body: &'static str) -> (Client, Arc<AtomicUsize>) {
    let logins = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&logins);
    let service = tower::service_fn(move |request: http::Request<Bytes>| {
        let is_login = request.uri().path().contains("ValidateUser");
        seen.fetch_add(usize::from(is_login), Ordering::Relaxed);
        let body = if is_login { fixture("login-success.json") } else { body.to_owned() };
        async { Ok::<_, BoxError>(http::Response::new(Bytes::from(body))) }
    });
    (builder(Credentials::password("p")).transport(service).build().unwrap(), logins)
}

#[tokio::test(start_paused = true)]
async fn words_about_another_session_do_not_cost_a_login_each_time() {
    let other = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"MsgCode":11,"Errors":[{"Message":"银企互联会话已失效，请重新登录","DIndex":1}],
        "SuccessEntitys":[{"Id":1,"Number":"A","DIndex":0}]}}}"#;
    let (client, logins) = always(other);
    for _ in 0..3 {
        assert!(client.batch_save(&own(&["A", "B"])).await.unwrap()[0].is_done());
    }
    assert_eq!(logins.load(Ordering::Relaxed), 1, "a bill that got through shows that there is a session");
    let (client, logins) = always(r#"response_error:{"Message":"银企互联会话已失效，请重新登录"}"#);
    for _ in 0..3 {
        client.query(&query_numbers()).await.unwrap_err();
        client.batch_save(&own(&["A"])).await.unwrap_err();
    }
    assert_eq!(logins.load(Ordering::Relaxed), 2, "a new session did not help");
    // It may have been another matter: after a while the same words are believed once more.
    tokio::time::sleep(Duration::from_secs(60)).await;
    client.query(&query_numbers()).await.unwrap_err();
    client.query(&query_numbers()).await.unwrap_err();
    assert_eq!(logins.load(Ordering::Relaxed), 3);
}

/// A client whose every login but the first never ends, and whose saves are answered after a second, in words that cast doubt
/// on their session.
async fn stuck_in_logins() -> Client {
    let logins = Arc::new(AtomicUsize::new(0));
    let service = tower::service_fn(move |request: http::Request<Bytes>| {
        let (path, logins) = (request.uri().path().to_owned(), Arc::clone(&logins));
        async move {
            let body = if !path.contains("ValidateUser") && !path.contains("BatchSave") {
                "[]".to_owned()
            } else if path.contains("BatchSave") {
                tokio::time::sleep(Duration::from_secs(1)).await;
                failed(4, r#"[{"Message":"会话已过期","DIndex":0}]"#)
            } else if logins.fetch_add(1, Ordering::Relaxed) == 0 {
                fixture("login-success.json")
            } else {
                std::future::pending().await
            };
            Ok::<_, BoxError>(http::Response::new(Bytes::from(body)))
        }
    });
    let builder = builder(Credentials::password("p")).deadline(Duration::from_secs(5));
    let client = builder.transport(service).build().unwrap();
    client.login().await.unwrap();
    client
}

#[tokio::test(start_paused = true)]
async fn who_has_a_session_does_not_wait_for_a_login_that_waits_for_its_turn() {
    let client = stuck_in_logins().await;
    let (org, begun) = (client.for_org("101"), tokio::time::Instant::now());
    let asked = async {
        tokio::task::yield_now().await;
        client.query(&query_numbers()).await.map(|_| begun.elapsed())
    };
    let (_, _, asked) = tokio::join!(org.login(), client.login(), asked);
    assert_eq!(asked.unwrap(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn verdicts_that_came_are_told_though_a_login_is_under_way() {
    let client = stuck_in_logins().await;
    let batch = own(&["A"]);
    let (verdicts, login) = tokio::join!(client.batch_save(&batch), client.login());
    assert!(matches!(&verdicts.unwrap()[..], [Verdict::Rejected { .. }]));
    login.unwrap_err();
}

#[tokio::test]
async fn an_answer_of_a_service_of_the_sites_own_is_no_refusal_of_the_gateway() {
    for body in [r#"{"errcode":0,"data":[1]}"#, r#"{"errcode":45,"description":"ours"}"#] {
        let script = Script::new(vec![reply(200, body)]);
        let answer = script.client.call("Our.WebApi.Prices.Get", serde_json::json!({})).await.unwrap();
        assert_eq!(answer.text(), body);
    }
    // What fails on the way may have run: it is no refusal because it looks like one.
    let script = Script::new(vec![reply(502, r#"{"errcode":4002,"description":"x"}"#)]);
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Status { status: 502, .. }), "{error}");
    assert_eq!(error.fate(), Fate::Unknown);
}

#[tokio::test]
async fn several_bills_that_one_error_without_a_place_leaves_open_are_unknown() {
    for errors in [r#"[{"FieldName":"FCustId","Message":"字段“客户”是必填项"}]"#, "[]"] {
        let script = Script::new(vec![reply(200, &failed(0, errors))]);
        let verdicts = script.client.batch_save(&own(&["A", "B", "C"])).await.unwrap();
        assert_eq!(verdicts, [Verdict::Unknown, Verdict::Unknown, Verdict::Unknown], "{errors}");
    }
    // A bill that the text names is that bill's refusal, whatever is open about the others.
    let named = r#"[{"Message":"单据编号为“B”的单据，数据不合法"}]"#;
    let script = Script::new(vec![reply(200, &failed(11, named))]);
    let verdicts = script.client.submit("X_OWN", &Bills::numbers(["A", "B"])).await.unwrap();
    assert!(matches!(&verdicts[..], [Verdict::Unknown, Verdict::Rejected { .. }]), "{verdicts:?}");
    // What is pushed has no number of ours: nothing would tell a double.
    let script = Script::new(vec![reply(200, &failed(11, r#"[{"Message":"转换规则不存在"}]"#))]);
    let pushed = script.client.push("X_OWN", &Bills::numbers(["A", "B"]), &Push::to("AR")).await.unwrap();
    assert_eq!(pushed, [Verdict::Unknown, Verdict::Unknown]);
    // What is the account's, or the call's by its code, is the whole call's.
    for (code, errors) in [(0, r#"[{"Message":"您没有“销售退货单”的“新增”权限"}]"#), (7, "[]"), (5, "[]")]
    {
        let script = Script::new(vec![reply(200, &failed(code, errors))]);
        let error = script.client.batch_save(&own(&["A", "B"])).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Refused { .. }) && error.fate() == Fate::Refused,
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_list_of_successes_an_error_at_a_place_is_that_bills_and_the_others_are_unknown() {
    for (code, message) in [
        (0, "您没有“销售退货单”的“新增”权限"),
        (2, "没有权限"),
        (7, "没有许可"),
        (0, "会话信息已丢失，请重新登录"),
        (11, "字段“客户”是必填项"),
        (1, "会话信息已丢失，请重新登录"),
        (1, "no"),
        (3, "缺少操作"),
        (5, "缺少单据标识"),
        (6, "数据库失败"),
        (14, "调用超过限制"),
        (15, "管理员不允许登录"),
    ] {
        let errors = format!(r#"[{{"Message":"{message}","DIndex":1}}]"#);
        let script = logged_in(vec![reply(200, &failed(code, &errors)), welcome(), reply(200, SAVED)]);
        let verdicts = script.client.batch_save(&own(&["A", "B"])).await.unwrap();
        assert!(matches!(&verdicts[..], [Verdict::Unknown, Verdict::Rejected { .. }]), "{verdicts:?}");
        assert_eq!(script.sent(), 2, "A may have been saved: {message}");
        // By name too, where nobody knows how many bills there are.
        let script = logged_in(vec![reply(200, &failed(code, &errors))]);
        let answer = script.client.call("BatchSave", serde_json::json!({})).await.unwrap();
        assert!(matches!(&answer.verdicts().unwrap()[..], [Verdict::Rejected { .. }]), "{message}");
    }
    // The session is doubted: the next call has a new one.
    let lost = failed(1, r#"[{"Message":"会话信息已丢失","DIndex":1}]"#);
    let script = logged_in(vec![reply(200, &lost), welcome(), reply(200, SAVED)]);
    assert!(script.client.batch_save(&own(&["A", "B"])).await.unwrap()[0].needs_look_up());
    assert!(script.client.batch_save(&own(&["A"])).await.unwrap()[0].is_done());
    assert_eq!(script.sent(), 4);
    // A service that is known to read alone has nothing that could be doubled.
    let script = logged_in(vec![reply(200, &lost), welcome(), reply(200, "[1]")]);
    let read = script.client.call_as(Replay::Safe, "Our.Get", serde_json::json!({})).await.unwrap();
    assert_eq!((read.text(), script.sent()), ("[1]", 4));
    // Where there is a list, or one bill alone, the place changes nothing.
    let none = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"Errors":[{"Message":"没有“新增”权限","DIndex":1}],"SuccessEntitys":[]}}}"#;
    let script = logged_in(vec![reply(200, none)]);
    let error = script.client.batch_save(&own(&["A", "B"])).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Refused);
    let lost = failed(0, r#"[{"Message":"会话信息已丢失","DIndex":0}]"#);
    let script = logged_in(vec![reply(200, &lost), welcome(), reply(200, SAVED)]);
    assert!(script.client.batch_save(&own(&["A"])).await.unwrap()[0].is_done());
    let script = logged_in(vec![reply(200, &lost), welcome(), reply(200, "[]")]);
    script.client.query(&query_numbers()).await.unwrap();
    assert_eq!(script.sent(), 4);
}

#[test]
fn a_raw_answer_that_is_no_success_is_no_refusal_of_what_it_leaves_open() {
    let placed = failed(14, r#"[{"Message":"调用超过限制","DIndex":1}]"#);
    let mixed = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"Errors":[{"Message":"调用超过限制","DIndex":1}],
        "SuccessEntitys":[{"Id":1,"Number":"A","DIndex":0}]}}}"#;
    for body in [placed.as_str(), mixed] {
        let error = RawAnswer::of("GroupSave", body).unwrap().read::<serde_json::Value>().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
        assert_eq!((error.fate(), error.may_resend()), (Fate::Unknown, false), "{body}");
    }
    let none = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"Errors":[{"Message":"客户必填","DIndex":1}],"SuccessEntitys":[]}}}"#;
    for body in [none, &failed(14, r#"[{"Message":"调用超过限制"}]"#)] {
        let error = RawAnswer::of("GroupSave", body).unwrap().read::<serde_json::Value>().unwrap_err();
        assert_eq!((error.fate(), error.may_resend()), (Fate::Refused, true), "{body}");
    }
}
