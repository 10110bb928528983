//! Failures of whole calls: kind, fate, and whether they are tried again, for reads and writes.

use std::time::Duration;

use kingdee_k3cloud_sdk::{BillError, Class, Error, ErrorKind, Fate};

use crate::support::{APP_SECRET, Act, Script, own, query_numbers, reply};

async fn read(acts: Vec<Act>) -> (Result<usize, Error>, usize) {
    let script = Script::new(acts);
    let rows = script.client.query(&query_numbers()).await.map(|rows| rows.len());
    (rows, script.sent())
}

async fn write(act: Act) -> (Error, usize) {
    let script = Script::new(vec![act]);
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    (error, script.sent())
}

const PAGE: &str = "<html><head><title>Bad Gateway</title></head></html>";

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_not_sent_again() {
    let cases = [
        ("broken", Act::Break),
        ("late", Act::Hang),
        ("page", reply(200, PAGE)),
        ("cut", reply(200, r#"{"Result":{"ResponseStatus":{"IsSu"#)),
        ("empty", reply(200, "")),
        ("shapeless", reply(200, "{}")),
        ("rows", reply(200, "[]")),
        ("500", reply(500, "oops")),
        ("502", reply(502, PAGE)),
        ("503", reply(503, PAGE)),
        ("504", reply(504, PAGE)),
        ("exception", reply(200, "response_error:{\"Message\":\"x\"}")),
        ("408", reply(408, "")),
        ("499", reply(499, "")),
    ];
    for (name, act) in cases {
        let (error, sent) = write(act).await;
        assert_eq!((error.fate(), sent), (Fate::Unknown, 1), "{name}: {error}");
        assert!(error.is_transient() && !error.is_permanent_for_all(), "{name}: {error}");
    }
    let (error, sent) = write(reply(303, "")).await;
    assert_eq!((error.fate(), error.may_resend(), sent), (Fate::Unknown, false, 1), "see other: {error}");
}

#[tokio::test(start_paused = true)]
async fn an_exception_is_classed_by_its_words_like_a_refusal() {
    let exception = |words: &str| {
        let inner = format!(r#"{{"Message":"{words}"}}"#);
        reply(200, &format!(r#"response_error:{{"Message":"调用服务失败","InnerExWrapper":{inner}}}"#))
    };
    for (words, class, rule, fate) in [
        ("未将对象引用设置到对象的实例。", Class::Refused, "exception", Fate::Unknown),
        (
            "Timeout 时间已到。在操作完成之前超时时间已过或服务器未响应。",
            Class::Transient,
            "database",
            Fate::Unknown,
        ),
        ("编码值[\\\"C9\\\"]不存在", Class::Missing, "base-data", Fate::Unknown),
        ("当前用户未指定允许调用WebAPI接口", Class::Account, "webapi-users", Fate::Refused),
    ] {
        let (error, sent) = write(exception(words)).await;
        let [said]: [BillError; 1] = error.objections().try_into().unwrap();
        assert_eq!((&said.class, said.rule.name, error.fate(), sent), (&class, rule, fate, 1), "{words}");
        assert_eq!(error.is_permanent_for_all(), class == Class::Account, "{words}");
        let advice_is_its_own = error.may_resend() || said.rule.fate == Fate::Unknown;
        assert_eq!(error.advice() == said.advice(), advice_is_its_own, "{words}: {}", error.advice());
    }
}

#[tokio::test(start_paused = true)]
async fn only_an_answer_of_the_service_objects_and_a_refusal_without_a_word_says_so() {
    for act in [Act::Break, Act::Hang, reply(200, PAGE), reply(503, PAGE), reply(200, "{}")] {
        let (error, _) = write(act).await;
        assert!(error.objections().is_empty(), "{error}");
    }
    let silent = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"MsgCode":6,"Errors":[]}}}"#;
    let (error, _) = write(reply(200, silent)).await;
    let [said]: [BillError; 1] = error.objections().try_into().unwrap();
    assert!(said.class == Class::Transient && said.message.contains("MsgCode 6"), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_refused_is_not_sent_again_either() {
    for (name, act) in [("429", reply(429, "")), ("401", reply(401, "")), ("404", reply(404, ""))] {
        let (error, sent) = write(act).await;
        assert_eq!((error.fate(), sent), (Fate::Refused, 1), "{name}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_never_left_is_sent_again() {
    let answer = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"Errors":[],"MsgCode":0,
        "SuccessEntitys":[{"Id":1,"Number":"A","DIndex":0}]}}}"#;
    let script = Script::new(vec![Act::Refuse, Act::Refuse, reply(200, answer)]);
    script.client.batch_save(&own(&["A"])).await.unwrap();
    assert_eq!(script.sent(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_never_there_is_given_up_with_nothing_sent() {
    let (acts, all) = ((0..9).map(|_| Act::Refuse).collect(), 4);
    let script = Script::new(acts);
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert_eq!((error.fate(), error.attempts(), script.sent()), (Fate::NotSent, 4, all));
    assert!(error.elapsed() >= Duration::from_millis(3500), "delays double from half a second: {error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_again_after_anything_transient() {
    let lock = r#"[[{"Result":{"ResponseStatus":{"IsSuccess":false,"MsgCode":13,"Errors":[]}}}]]"#;
    let limit = r#"[[{"Result":{"ResponseStatus":{"IsSuccess":false,"MsgCode":14,"Errors":[]}}}]]"#;
    for act in [
        Act::Break,
        Act::Hang,
        Act::Refuse,
        reply(200, PAGE),
        reply(200, "[[1"),
        reply(503, PAGE),
        reply(429, ""),
        reply(200, lock),
        reply(200, limit),
    ] {
        let (rows, sent) = read(vec![act, reply(200, "[]")]).await;
        assert_eq!((rows.unwrap(), sent), (0, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_patience_gets_it_up_to_a_bound() {
    let patient = |seconds: &str| {
        let Act::Reply(mut busy) = reply(503, "") else { unreachable!() };
        busy.headers_mut().insert("retry-after", seconds.parse().unwrap());
        Act::Reply(busy)
    };
    let started = tokio::time::Instant::now();
    let (rows, _) = read(vec![patient("20"), reply(200, "[]")]).await;
    assert!(rows.is_ok() && started.elapsed() >= Duration::from_secs(20));
    let (rows, sent) = read(vec![patient("3600"), reply(200, "[]")]).await;
    assert_eq!(rows.unwrap_err().retry_after(), Some(Duration::from_mins(5)));
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn a_redirect_names_the_host_to_write_and_is_not_followed() {
    let Act::Reply(mut moved) = reply(307, "") else { unreachable!() };
    moved.headers_mut().insert("location", "https://new.example/k3cloud/?sid=abc".parse().unwrap());
    let (error, sent) = write(Act::Reply(moved)).await;
    assert_eq!(sent, 1);
    assert_eq!(error.fate(), Fate::Refused);
    assert!(error.to_string().contains("https://new.example"), "{error}");
    assert!(!error.to_string().contains("abc"), "the query stays out: {error}");
}

#[tokio::test]
async fn a_wrong_account_is_a_matter_of_credentials() {
    let (error, _) = write(reply(500, "Fail to verify thirty passport")).await;
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)), "{error}");
    assert!(error.is_permanent_for_all());
    assert_eq!(error.fate(), Fate::Refused);
}

#[tokio::test]
async fn a_403_without_a_word_is_told_as_a_wrong_path_and_one_with_words_as_a_refusal() {
    let (error, _) = write(reply(403, "")).await;
    let advice = error.advice();
    assert!(advice.zh.contains("/k3cloud/") && advice.en.contains("base_url"), "{advice}");
    let (error, _) = write(reply(403, "<html><body>Forbidden by rule 12</body></html>")).await;
    assert!(!error.advice().zh.contains("/k3cloud/"), "{}", error.advice());
}

#[tokio::test]
async fn a_clock_that_is_off_gets_its_own_advice() {
    let (error, _) = write(reply(519, r#"{"errcode":4006,"description":"time"}"#)).await;
    assert!(error.advice().to_string().contains("clock"), "{}", error.advice());
}

#[tokio::test]
async fn what_is_no_list_of_rows_is_malformed() {
    let (rows, _) = read((0..4).map(|_| reply(200, r#"[{"FID":1}]"#)).collect()).await;
    assert!(matches!(rows.unwrap_err().kind(), ErrorKind::Unreadable(_)));
}

#[tokio::test]
async fn an_answer_over_the_limit_is_not_kept() {
    let service = tower::service_fn(|_| async {
        Ok::<_, std::io::Error>(http::Response::new(bytes::Bytes::from(vec![b' '; 2000])))
    });
    let client = crate::support::builder(crate::support::signed()).max_body(1000).transport(service);
    let error = client.build().unwrap().batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { limit: 1000 }), "{error}");
    assert_eq!(error.fate(), Fate::Unknown);
}

#[tokio::test]
async fn requests_hide_their_secrets_from_debug() {
    let script = Script::new(vec![reply(200, "[]")]);
    script.client.query(&query_numbers()).await.unwrap();
    let request = script.request(0);
    let shown = format!("{request:?}");
    let signature = request.headers()["X-Kd-Signature"].to_str().unwrap().to_owned();
    assert!(!shown.contains(&signature) && !shown.contains(APP_SECRET), "{shown}");
}

#[tokio::test]
async fn calls_of_one_second_have_different_nonces() {
    let script = Script::new(vec![reply(200, "[]"), reply(200, "[]")]);
    for _ in 0..2 {
        script.client.query(&query_numbers()).await.unwrap();
    }
    let nonce = |n| script.request(n).headers()["x-api-nonce"].clone();
    assert_ne!(nonce(0), nonce(1));
}

#[tokio::test(start_paused = true)]
async fn blanks_and_a_byte_order_mark_in_front_hide_no_exception() {
    let text = "response_error:{\"Message\":\"当前用户未指定允许调用WebAPI接口\"}";
    for before in ["\u{feff}", " \u{feff}", "\r\n"] {
        let (error, sent) = write(reply(200, &format!("{before}{text}"))).await;
        assert!(matches!(error.kind(), ErrorKind::Exception(_)), "{error:?}");
        assert_eq!((error.is_permanent_for_all(), sent), (true, 1), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn flags_and_numbers_in_quotes_are_what_they_say() {
    let body = r#"{"Result":{"ResponseStatus":{"IsSuccess":"false","ErrorCode":"500","MsgCode":"11",
        "Errors":[{"FieldName":"FRetcustId","Message":"字段“客户”是必填项","DIndex":"1"}],
        "SuccessEntitys":[{"Id":"100001","Number":"A","DIndex":"0"}]}}}"#;
    let script = Script::new(vec![reply(200, body)]);
    let verdicts = script.client.batch_save(&own(&["A", "B"])).await.unwrap();
    assert!(verdicts[0].is_done() && !verdicts[1].is_done(), "{verdicts:?}");
}

#[test]
fn who_gives_up_tells_how_long_the_last_failure_asks_to_wait_and_what_it_was() {
    let (status, excerpt) = (503, "busy".to_owned());
    let busy = ErrorKind::Status { status, excerpt, retry_after: Some(Duration::from_secs(20)) };
    let last = Box::new(Error::of_read("ExecuteBillQuery", busy));
    let given_up = Error::of_read("ExecuteBillQuery", ErrorKind::GaveUp { failures: 3, last });
    assert_eq!(given_up.retry_after(), Some(Duration::from_secs(20)));
    assert!(std::error::Error::source(&given_up).unwrap().to_string().contains("503"));
}
