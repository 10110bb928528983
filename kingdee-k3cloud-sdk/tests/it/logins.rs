//! Sessions: one login however many wait for it, one renewal, and never a loop.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::transport::BoxError;
use kingdee_k3cloud_sdk::{Credentials, ErrorKind, Fate, Verdict};

use crate::support::{
    APP_ID, APP_SECRET, Act, PASSWORD, Script, batch, builder, client_with, fixture, own, query_numbers,
    reply, site,
};

fn logins() -> [Credentials; 3] {
    [
        Credentials::password(PASSWORD),
        Credentials::app_secret(APP_ID, APP_SECRET),
        Credentials::sign(APP_ID, APP_SECRET),
    ]
}

#[tokio::test]
async fn each_of_the_four_ways_gets_in() {
    for credentials in logins().into_iter().chain([crate::support::signed()]) {
        let site = site().build();
        let client = client_with(&site, credentials.clone());
        client.ping().await.unwrap();
        client.batch_save(&batch(&["A"])).await.unwrap();
        assert_eq!(site.bills().len(), 1);
        assert_eq!(site.counts().logins, u64::from(credentials.needs_login()), "{credentials:?}");
    }
}

#[tokio::test]
async fn both_cookies_and_the_header_come_back() {
    let site = site().build();
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (kept, inner) = (Arc::clone(&seen), site.service());
    let service = tower::service_fn(move |request: http::Request<bytes::Bytes>| {
        kept.lock().unwrap().push(request.headers().clone());
        tower_service::Service::call(&mut inner.clone(), request)
    });
    let client = crate::support::builder(Credentials::password(PASSWORD)).transport(service).build().unwrap();
    client.ping().await.unwrap();
    let headers = seen.lock().unwrap()[1].clone();
    let cookie = headers["cookie"].to_str().unwrap();
    assert!(cookie.contains("kdservice-sessionid=") && cookie.contains("ASP.NET_SessionId="), "{cookie}");
    assert!(!cookie.contains("expires") && !cookie.contains("path"), "{cookie}");
    assert!(cookie.contains(headers["kdservice-sessionid"].to_str().unwrap()));
    assert!(!format!("{headers:?}").contains(cookie), "the cookie is marked sensitive");
}

#[tokio::test]
async fn two_hundred_calls_wait_for_one_login() {
    let site = site().build();
    let client = client_with(&site, Credentials::password(PASSWORD));
    let calls = (0..200).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.ping().await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(site.counts().logins, 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_lost_in_the_middle_of_two_hundred_calls_costs_one_login_and_no_answer() {
    let site = site().build();
    let (answered, inner, lossy) = (Arc::new(AtomicI64::new(0)), site.service(), site.clone());
    let service = tower::service_fn(move |request| {
        let reply = tower_service::Service::call(&mut inner.clone(), request);
        let (answered, site) = (Arc::clone(&answered), lossy.clone());
        async move {
            // Half of the calls come before the loss, and those in flight learn of it late.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            if answered.fetch_add(1, Ordering::Relaxed) == 100 {
                site.expire_sessions();
            }
            reply.await
        }
    });
    let client = crate::support::builder(Credentials::password(PASSWORD)).concurrency(20, 5);
    let client = client.transport(service).build().unwrap();
    let calls: Vec<_> = (0..200)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move {
                if n % 4 == 0 {
                    client.batch_save(&batch(&[&format!("TK{n}")])).await.map(drop)
                } else {
                    client.ping().await
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(site.counts().logins, 2, "one to begin with, one after the loss");
    assert_eq!((site.bills().len(), site.counts().effects["BatchSave"]), (50, 50));
    assert!(site.counts().arrivals > 202, "some calls did meet the lost session");
}

#[tokio::test]
async fn a_write_refused_for_its_session_is_sent_again_once_and_saves_once() {
    for credentials in logins() {
        let site = site().build();
        let client = client_with(&site, credentials);
        client.login().await.unwrap();
        site.expire_sessions();
        client.batch_save(&batch(&["A"])).await.unwrap();
        assert_eq!((site.counts().logins, site.bills().len()), (2, 1));
    }
}

#[tokio::test]
async fn a_session_that_is_lost_again_is_given_up() {
    let lost = || reply(200, &fixture("session-lost.json"));
    let welcome = || reply(200, &fixture("login-success.json"));
    let acts = vec![welcome(), lost(), welcome(), lost(), welcome(), lost()];
    let script = Script::with(Credentials::password("p"), acts);
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionLost), "{error}");
    assert_eq!((error.fate(), script.sent()), (Fate::Refused, 4));
    assert!(!error.is_permanent_for_all());
}

/// A site whose clock the test moves, in minutes.
fn clocked() -> (Site, Arc<AtomicI64>) {
    let minutes = Arc::new(AtomicI64::new(0));
    let hand = Arc::clone(&minutes);
    let now = move || DateTime::UNIX_EPOCH + TimeDelta::minutes(hand.load(Ordering::Relaxed));
    (site().now(now).build(), minutes)
}

#[tokio::test]
async fn a_session_slides_and_ends_after_twenty_idle_minutes() {
    let (site, minutes) = clocked();
    let client = client_with(&site, Credentials::password(PASSWORD));
    for minute in [0, 19, 38, 57] {
        minutes.store(minute, Ordering::Relaxed);
        client.ping().await.unwrap();
    }
    assert_eq!(site.counts().logins, 1);
    minutes.store(78, Ordering::Relaxed);
    client.ping().await.unwrap();
    assert_eq!(site.counts().logins, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_not_repeated_for_half_an_hour() {
    let site = site().build();
    let client = client_with(&site, Credentials::password("wrong"));
    for _ in 0..10 {
        let error = client.ping().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Login { result: 0, .. }), "{error}");
        assert!(error.is_permanent_for_all() && error.fate() == Fate::NotSent);
    }
    assert_eq!(site.counts().refused_logins, 1, "ten calls, one try: repeated failures lock the account");
    client.login().await.unwrap_err();
    assert_eq!(site.counts().refused_logins, 2, "asking for it by name is a person's decision");
    tokio::time::advance(std::time::Duration::from_mins(31)).await;
    client.ping().await.unwrap_err();
    assert_eq!(site.counts().refused_logins, 3);
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_login_got_no_answer_was_not_sent() {
    let acts = (0..4).map(|_| Act::Hang).collect();
    let script = Script::with(Credentials::password("p"), acts);
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{error}");
    assert_eq!(error.fate(), Fate::NotSent);
}

#[tokio::test]
async fn an_expired_password_has_its_own_advice() {
    for result in [-2, -3] {
        let body = format!(r#"{{"LoginResultType":{result},"Message":"x","KDSVCSessionId":null}}"#);
        let script = Script::with(Credentials::password("p"), vec![reply(200, &body)]);
        let error = script.client.login().await.unwrap_err();
        assert!(error.advice().to_string().contains("expired"), "{}", error.advice());
    }
}

#[tokio::test]
async fn an_administrators_form_is_a_login_too() {
    let body = r#"{"LoginResultType":-5,"Message":"form","KDSVCSessionId":"S"}"#;
    let script = Script::with(Credentials::password("p"), vec![reply(200, body), reply(200, "[]")]);
    script.client.query(&query_numbers()).await.unwrap();
}

#[tokio::test]
async fn after_logout_the_next_call_logs_in_again() {
    let site = site().build();
    let client = client_with(&site, Credentials::sign(APP_ID, APP_SECRET));
    client.ping().await.unwrap();
    client.logout().await.unwrap();
    client.logout().await.unwrap();
    client.ping().await.unwrap();
    assert_eq!(site.counts().logins, 2);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_by_each_way() {
    let wrong = [
        Credentials::password("x"),
        Credentials::app_secret(APP_ID, "x"),
        Credentials::sign(APP_ID, "x"),
        Credentials::signature(APP_ID, "x"),
        Credentials::signature("260001_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", APP_SECRET),
    ];
    for credentials in wrong {
        let site = site().build();
        let error = client_with(&site, credentials.clone()).ping().await.unwrap_err();
        assert!(error.is_permanent_for_all(), "{credentials:?}: {error}");
        assert!(!error.to_string().contains(APP_SECRET));
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_an_envelope_refuses_is_the_accounts_and_is_not_repeated() {
    let acts = vec![reply(200, &fixture("login-webapi-list.json"))];
    let script = Script::with(Credentials::password("p"), acts);
    for _ in 0..3 {
        let error = script.client.query(&query_numbers()).await.unwrap_err();
        assert!(error.is_permanent_for_all() && error.fate() == Fate::NotSent, "{error}");
        assert!(error.advice().to_string().contains("BOS平台 → WebAPI"), "{}", error.advice());
    }
    assert_eq!(script.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn whatever_refuses_a_login_is_the_accounts() {
    let envelope = |code: i64, errors: &str| {
        format!(
            r#"{{"Result":{{"ResponseStatus":{{"IsSuccess":false,"MsgCode":{code},"Errors":{errors}}}}}}}"#
        )
    };
    let lost = envelope(1, r#"[{"Message":"会话信息已丢失，请重新登录"}]"#);
    let bodies = [
        envelope(11, r#"[{"Message":"第三方应用：X 不允许用户api 登录"}]"#),
        envelope(11, r#"[{"Message":"密码不能为空"}]"#),
        envelope(7, r#"[{"Message":"x"}]"#),
        envelope(15, r#"[{"Message":"x"}]"#),
        envelope(0, "[]"),
        lost,
    ];
    for body in bodies {
        let script = Script::with(Credentials::password("p"), vec![reply(200, &body)]);
        for _ in 0..3 {
            let error = script.client.query(&query_numbers()).await.unwrap_err();
            assert!(error.is_permanent_for_all() && !error.is_transient(), "{body}: {error}");
        }
        assert_eq!(script.sent(), 1, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_put_off_is_not_looped_and_not_held_against_it() {
    let busy = r#"{"LoginResultType":-1,"Message":"数据库连接超时，请稍后再试"}"#;
    let acts = vec![reply(200, busy), reply(200, &fixture("login-success.json")), reply(200, "[]")];
    let script = Script::with(Credentials::password("p"), acts);
    let error = script.client.query(&query_numbers()).await.unwrap_err();
    assert!(error.is_transient() && !error.is_permanent_for_all(), "{error}");
    assert_eq!(script.sent(), 1);
    script.client.query(&query_numbers()).await.unwrap();
}

#[tokio::test]
async fn each_refusal_of_a_login_has_its_own_advice() {
    for (result, message, words) in [
        (-1, "登录失败", "acct_id"),
        (0, "用户名或密码错误", "lock the account"),
        (0, "用户已被锁定", "30 minutes"),
        (-4, "第三方应用：X 不允许用户api 登录", "第三方系统登录授权"),
        (-7, "没有许可", "licence"),
    ] {
        let body = format!(r#"{{"LoginResultType":{result},"Message":"{message}","KDSVCSessionId":null}}"#);
        let script = Script::with(Credentials::password("p"), vec![reply(200, &body)]);
        let error = script.client.login().await.unwrap_err();
        assert!(error.advice().to_string().contains(words), "{message}: {}", error.advice());
    }
}

/// A reply that opens a session.
fn opening(session: &str, body: &str) -> Act {
    let Act::Reply(mut answer) = reply(200, body) else { unreachable!() };
    for cookie in
        [format!("kdservice-sessionid={session}; path=/"), "ASP.NET_SessionId=abc; HttpOnly".to_owned()]
    {
        answer.headers_mut().append("set-cookie", cookie.parse().unwrap());
    }
    Act::Reply(answer)
}

fn shown(script: &Script, n: usize) -> Option<String> {
    script.request(n).headers().get("cookie").map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn signed_calls_keep_the_session_that_the_server_opens_for_the_first() {
    let acts = vec![opening("S1", "[]"), reply(200, "[]"), opening("S2", "[]"), reply(200, "[]")];
    let script = Script::new(acts);
    for _ in 0..4 {
        script.client.query(&query_numbers()).await.unwrap();
    }
    let own = |session: &str| Some(format!("kdservice-sessionid={session}; ASP.NET_SessionId=abc"));
    assert_eq!([0, 1, 2, 3].map(|n| shown(&script, n)), [None, own("S1"), own("S1"), own("S2")]);
    let request = script.request(1);
    assert_eq!(request.headers()["kdservice-sessionid"], "S1");
    assert!(request.headers().contains_key("X-Kd-Signature"), "signed all the same");
    assert!(!format!("{request:?}").contains("S1"), "it is marked sensitive");
}

#[tokio::test]
async fn a_signed_call_whose_session_ended_is_sent_once_more_without_it() {
    let lost = || fixture("session-lost.json");
    let script = Script::new(vec![opening("S1", "[]"), reply(200, &lost()), reply(200, "[]")]);
    script.client.query(&query_numbers()).await.unwrap();
    script.client.query(&query_numbers()).await.unwrap();
    assert_eq!((script.sent(), shown(&script, 2)), (3, None));
    // What is refused without a session is the signature, whatever session the refusal opens.
    let script = Script::new(vec![opening("S1", "[]"), opening("S2", &lost()), opening("S3", &lost())]);
    script.client.query(&query_numbers()).await.unwrap();
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)), "{error}");
    assert_eq!((error.fate(), script.sent()), (Fate::Refused, 3));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_a_reply_casts_doubt_on_is_not_taken_back_from_it() {
    let failed = |code: i64, list: &str| {
        format!(
            r#"{{"Result":{{"ResponseStatus":{{"IsSuccess":false,"MsgCode":{code},"Errors":[{{"Message":"会话已过期","DIndex":0}}]{list}}}}}}}"#
        )
    };
    for body in [failed(4, ""), failed(0, r#","SuccessEntitys":[]"#), failed(1, "")] {
        let script = Script::new(vec![opening("S1", "[]"), opening("S1", &body), reply(200, "[]")]);
        script.client.query(&query_numbers()).await.unwrap();
        let verdicts = script.client.batch_save(&own(&["A", "B"])).await.unwrap();
        assert!(!verdicts.iter().any(Verdict::is_done), "{verdicts:?}");
        script.client.query(&query_numbers()).await.unwrap();
        assert_eq!((script.sent(), shown(&script, 2)), (3, None), "{body}");
    }
    // Of one bill it is known only when the answer is read for it.
    let acts = vec![opening("S1", "[]"), opening("S1", &failed(1, "")), opening("S1", &failed(1, ""))];
    let script = Script::new(acts);
    script.client.query(&query_numbers()).await.unwrap();
    let error = script.client.batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)), "{error}");
    let _ = script.client.query(&query_numbers()).await;
    assert_eq!((shown(&script, 2), shown(&script, 3)), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_logout_ends_the_session_of_a_login_that_is_under_way() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let calls = Arc::clone(&said);
    let service = tower::service_fn(move |request: http::Request<bytes::Bytes>| {
        let path = request.uri().path().to_owned();
        let name = path.rsplit('.').nth(2).unwrap_or_default().to_owned();
        let session = request.headers().get("kdservice-sessionid").is_some();
        calls.lock().unwrap().push((name, session));
        async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let body =
                if path.contains("ValidateUser") { fixture("login-success.json") } else { "true".into() };
            Ok::<_, BoxError>(http::Response::new(bytes::Bytes::from(body)))
        }
    });
    let client = builder(Credentials::password("p")).transport(service).build().unwrap();
    let logout = async {
        tokio::task::yield_now().await;
        client.logout().await
    };
    let (login, logout) = tokio::join!(client.login(), logout);
    login.unwrap();
    logout.unwrap();
    let named = |name: &str, session: bool| (name.to_owned(), session);
    assert_eq!(*said.lock().unwrap(), [named("ValidateUser", false), named("Logout", true)]);
    client.logout().await.unwrap();
    assert_eq!(said.lock().unwrap().len(), 2, "nothing is left to end");
}

#[tokio::test(start_paused = true)]
async fn a_login_result_in_quotes_is_one() {
    for (result, gets_in) in [("\"1\"", true), ("\"-5\"", true), ("\"0\"", false)] {
        let body = format!(r#"{{"LoginResultType":{result},"KDSVCSessionId":"s","Message":"x"}}"#);
        let acts = vec![reply(200, &body), reply(200, "[]")];
        let script = Script::with(Credentials::password("p"), acts);
        let rows = script.client.query(&query_numbers()).await;
        assert_eq!(rows.is_ok(), gets_in, "{result}: {rows:?}");
        let refused = rows.is_err_and(|error| matches!(error.kind(), ErrorKind::Login { result: 0, .. }));
        assert_eq!(refused, !gets_in, "{result}");
    }
}
