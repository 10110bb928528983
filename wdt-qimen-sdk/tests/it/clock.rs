//! A host whose clock is off: told, and made up for where the server's `Date` header shows by how much.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use wdt_qimen_sdk::RetryPolicy;
use wdt_qimen_sdk::mock::Gateway;

use crate::support::{builder, first_page};

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_told_with_the_difference() {
    let now = crate::support::utc("2026-11-20 00:00:00");
    let gateway = Gateway::builder().now(move || now).skew(TimeDelta::minutes(12)).build();
    let client = builder().clock(move || now).transport(gateway.service()).build().unwrap();
    let error = first_page(&client).await.unwrap_err();
    assert_eq!(error.code(), Some(31));
    assert!(error.is_permanent_for_all());
    assert_eq!(error.refusal().unwrap().clock_behind, Some(TimeDelta::minutes(12)));
    assert!(error.to_string().contains("clock is 720 s behind"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_costs_one_refusal_and_the_servers_time_is_signed_from_then_on() {
    let now = crate::support::utc("2026-11-20 00:00:00");
    for minutes in [20, -20, 60 * 24 * 365] {
        let skew = TimeDelta::minutes(minutes);
        let gateway = Gateway::builder().now(move || now).skew(skew).build();
        let builder = builder().retry(RetryPolicy::default()).clock(move || now);
        let client = builder.transport(gateway.service()).build().unwrap();
        for calls in [2, 1, 1] {
            let page = first_page(&client).await.unwrap();
            assert_eq!(page.calls, calls, "{minutes} minutes");
            assert_eq!((page.asked_at, page.server_time), (now, Some(now + skew)), "told as they are");
        }
        assert_eq!(gateway.counts().arrivals, 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_right_meanwhile_is_believed_again() {
    let server = crate::support::utc("2026-11-20 00:00:00");
    let host = Arc::new(Mutex::new(server - TimeDelta::minutes(20)));
    let gateway = Gateway::builder().now(move || server).build();
    let clock = Arc::clone(&host);
    let builder = builder().retry(RetryPolicy::default()).clock(move || *clock.lock().unwrap());
    let client = builder.transport(gateway.service()).build().unwrap();
    assert_eq!(first_page(&client).await.unwrap().calls, 2);
    *host.lock().unwrap() = server;
    assert_eq!(first_page(&client).await.unwrap().calls, 2, "refused once with what was learned before");
    assert_eq!(first_page(&client).await.unwrap().calls, 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_its_own_time_or_names_none_is_not_argued_with() {
    let refusal = r#"{"error_response":{"code":31,"msg":"Invalid Timestamp"}}"#;
    let now = crate::support::utc("2026-11-20 00:00:00");
    let answer = |date: Option<&'static str>| {
        let service = tower::service_fn(move |_: http::Request<bytes::Bytes>| async move {
            let mut response = http::Response::builder();
            if let Some(date) = date {
                response = response.header("date", date);
            }
            Ok::<_, wdt_qimen_sdk::transport::BoxError>(response.body(bytes::Bytes::from(refusal)).unwrap())
        });
        builder().retry(RetryPolicy::default()).clock(move || now).transport(service).build().unwrap()
    };
    for (date, attempts) in
        [(None, 1), (Some("Fri, 20 Nov 2026 00:00:30 GMT"), 1), (Some("Fri, 20 Nov 2026 00:20:00 GMT"), 2)]
    {
        let error = first_page(&answer(date)).await.unwrap_err();
        assert_eq!((error.code(), error.attempts()), (Some(31), attempts), "{date:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_tells_the_servers_time_and_when_it_was_asked() {
    let now = crate::support::utc("2026-11-20 00:00:00");
    let gateway = Gateway::builder().now(move || now).skew(TimeDelta::seconds(90)).build();
    let client = builder().clock(move || now).transport(gateway.service()).build().unwrap();
    let page = first_page(&client).await.unwrap();
    assert_eq!(page.asked_at, now);
    assert_eq!(page.server_time, Some(now + TimeDelta::seconds(90)));
}
