//! One call: what leaves, what comes back, what is tried again, and what never is.

use std::time::Duration;

use wdt_qimen_sdk::method::refund::{ProcessStatus, RefundParams, RefundQuery, TimeType};
use wdt_qimen_sdk::{ErrorKind, Fate, PageAsk, RetryPolicy, mock};

use crate::support::{FIRST, Say, a_day, builder, first_page, ok, scripted, span};

const EMPTY: &str = include_str!("fixtures/wdt-empty.json");

fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

#[tokio::test(start_paused = true)]
async fn protocol_parameters_go_into_the_query_and_business_ones_into_the_form() {
    let now = crate::support::utc("2026-11-20 23:30:00");
    let (client, seen) = scripted(builder().clock(move || now), [ok(EMPTY)]);
    let params = RefundParams::builder()
        .span(span("2026-11-20 00:00:00", "2026-11-20 12:00:00"))
        .time_type(TimeType::Settled)
        .process_status(ProcessStatus::Finished)
        .shop_nos(vec!["S001".into(), "S002".into()])
        .tid("订单+1&2=3")
        .build();
    client.page::<RefundQuery>(&params, PageAsk::new(3, 100)).await.unwrap();
    let request = &seen.lock().unwrap()[0];
    let query = pairs(request.uri().query().unwrap());
    let keys: Vec<_> = query.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        ["method", "app_key", "target_app_key", "timestamp", "format", "v", "sign_method", "sign"]
    );
    assert_eq!(query[3].1, "2026-11-21 07:30:00", "GMT+8 whatever the host's zone");
    let body = pairs(std::str::from_utf8(request.body()).unwrap());
    let expected = [
        ("sid", mock::SID),
        ("start_time", "2026-11-20 00:00:00"),
        ("end_time", "2026-11-20 12:00:00"),
        ("time_type", "1"),
        ("process_status", "90"),
        ("shop_nos", "S001,S002"),
        ("tid", "订单+1&2=3"),
        ("page_no", "3"),
        ("page_size", "100"),
    ];
    assert_eq!(body, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn what_breaks_the_methods_rules_is_never_sent() {
    let (client, seen) = scripted(builder(), [ok(EMPTY)]);
    let month = RefundParams::builder().span(span("2026-10-01 00:00:00", "2026-10-31 00:00:01")).build();
    let zero = PageAsk::new(0, 0);
    let large = PageAsk::new(0, 101);
    for (params, ask) in [(&month, FIRST), (&a_day(), zero), (&a_day(), large)] {
        let error = client.page::<RefundQuery>(params, ask).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error}");
        assert_eq!((error.fate(), error.attempts()), (Fate::NotSent, 0));
    }
    for name in ["sign", "sid", "timestamp"] {
        let error = client.call("wdt.refund.query", [(name, "x")]).await.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_again_after_every_passing_failure() {
    let html = Say::Body(200, "<html>busy</html>".into());
    let cut = ok(&EMPTY[..20]);
    let remote = ok(include_str!("fixtures/wdt-error-remote.json"));
    let script =
        [Say::Refuse, Say::Break, Say::Hang, html, cut, remote, Say::Body(503, Vec::new()), ok(EMPTY)];
    let (client, seen) = scripted(builder().retry(RetryPolicy::default().attempts(8)), script);
    let page = first_page(&client).await.unwrap();
    assert_eq!(page.calls, 8);
    assert_eq!(seen.lock().unwrap().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_anew() {
    let retry = RetryPolicy::default().delays(Duration::from_secs(5), Duration::from_secs(5));
    let clock = mock::virtual_clock(crate::support::utc("2026-11-20 00:00:00"));
    let (client, seen) = scripted(builder().clock(clock).retry(retry), [Say::Break, ok(EMPTY)]);
    first_page(&client).await.unwrap();
    let seen = seen.lock().unwrap();
    let of = |index: usize, key: &str| {
        let query = pairs(seen[index].uri().query().unwrap());
        query.into_iter().find_map(|(name, value)| (name == key).then_some(value)).unwrap()
    };
    assert_ne!(of(0, "timestamp"), of(1, "timestamp"));
    assert_ne!(of(0, "sign"), of(1, "sign"));
}

#[tokio::test(start_paused = true)]
async fn what_will_never_pass_is_not_tried_again() {
    let retry = RetryPolicy::default();
    for say in [
        ok(include_str!("fixtures/wdt-error-signature.json")),
        ok(include_str!("fixtures/wdt-error-arguments.json")),
        Say::Body(404, "no such page".into()),
        Say::Header(302, "location", "http://elsewhere/".into()),
    ] {
        let (client, seen) = scripted(builder().retry(retry), [say]);
        assert!(!first_page(&client).await.unwrap_err().is_transient());
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn each_failure_is_named_by_its_moment_and_tells_its_fate() {
    let cases = [
        (Say::Refuse, Fate::NotSent, "no connection to the gateway"),
        (Say::Break, Fate::Unknown, "the request was interrupted"),
        (Say::Hang, Fate::Unknown, "no answer within 30 s"),
        (
            Say::Body(502, "<html>13800138000</html>".into()),
            Fate::Unknown,
            "HTTP 502: <html>***********</html>",
        ),
        (
            ok(include_str!("fixtures/wdt-error-erp.json")),
            Fate::Refused,
            "refused with 2900 时间范围不能全部为空",
        ),
    ];
    for (say, fate, words) in cases {
        let (client, _) = scripted(builder(), [say]);
        let error = first_page(&client).await.unwrap_err();
        assert_eq!(error.fate(), fate, "{error}");
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("wdt.refund.query: {words}")) && said.contains(" (attempts 1"),
            "{said}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_under_another_status_is_still_a_refusal() {
    let said = include_str!("fixtures/wdt-error-signature.json");
    let (client, _) = scripted(builder(), [Say::Body(403, said.into())]);
    assert_eq!(first_page(&client).await.unwrap_err().code(), Some(25));
}

#[tokio::test(start_paused = true)]
async fn a_redirect_names_the_host_and_nothing_of_the_rest() {
    let to = "https://other.example.com/x?sign=66987CB115214E59E6EC978214934FB8";
    let (client, seen) = scripted(builder(), [Say::Header(307, "location", to.into())]);
    let error = first_page(&client).await.unwrap_err();
    assert!(error.is_permanent_for_all());
    assert!(error.to_string().contains("redirected to other.example.com, not followed"), "{error}");
    assert!(!format!("{error:?}").contains("66987"));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_beyond_the_limit_is_not_read() {
    let (client, _) = scripted(builder().max_body(10), [ok(EMPTY)]);
    let error = first_page(&client).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { limit: 10 }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_retry_budget_is_shared_and_refilled_by_answers() {
    let retry = RetryPolicy::default().attempts(3).budget(3);
    let (client, seen) = scripted(builder().retry(retry), [Say::Break]);
    let attempts = |error: wdt_qimen_sdk::Error| error.attempts();
    assert_eq!(first_page(&client).await.map_err(attempts).unwrap_err(), 3);
    assert_eq!(first_page(&client.clone()).await.map_err(attempts).unwrap_err(), 2, "one retry is left");
    assert_eq!(first_page(&client).await.map_err(attempts).unwrap_err(), 1, "nothing is left");
    assert_eq!(seen.lock().unwrap().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_page_of_rows_that_breaks_off_tells_no_buyer() {
    let body = r#"{"response":{"errorcode":0,"total_count":1,"refunds":{"refund":[{"buyer_nick":"planted-nick","refund_no":"TK1","receiver_name":"王小明","remark":"客户 李小红 说"#;
    for status in [200, 502] {
        let (client, _) = scripted(builder(), [Say::Body(status, body.into())]);
        let error = first_page(&client).await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains("TK1"), "what it was about stays: {told}");
        for person in ["planted-nick", "王小明", "李小红"] {
            assert!(!told.contains(person), "{told}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_raw_call_gives_the_text_and_any_list() {
    let body = r#"{"response":{"errorcode":0,"total_count":1,"shoplist":[{"shop_no":"S1"}]}}"#;
    let (client, _) = scripted(builder(), [ok(body)]);
    let answer = client.call("wdt.shop.query", [("page_no", 0)]).await.unwrap();
    assert_eq!((answer.text(), answer.total), (body, Some(1)));
    let rows: Vec<serde_json::Value> = answer.rows("shoplist").unwrap();
    assert_eq!(rows[0]["shop_no"], "S1");
}
