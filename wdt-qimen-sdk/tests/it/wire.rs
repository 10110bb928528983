//! What happens on a real wire: reqwest against the simulator's server and wiremock, broken in every way.

use std::time::Duration;

use tokio::net::TcpListener;
use wdt_qimen_sdk::mock::{self, Faults, Gateway, Server};
use wdt_qimen_sdk::{Client, ErrorKind, Fate, RetryPolicy};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::support::{a_day, builder, first_page, ok, scripted};

async fn served(faults: Faults) -> (Client, Gateway, Server) {
    let gateway = Gateway::builder().faults(faults).build();
    let span = a_day().span.unwrap();
    gateway.world().extend(mock::fill(1, 30, span));
    let server = gateway.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let client = builder().base_url(server.base_url()).timeout(Duration::from_secs(2)).build().unwrap();
    (client, gateway, server)
}

#[tokio::test]
async fn a_page_comes_whole_over_a_socket() {
    let (client, gateway, _server) = served(Faults::none()).await;
    let page = first_page(&client).await.unwrap();
    assert_eq!((page.total, page.rows.len()), (Some(30), 30));
    assert!(page.rows.iter().all(Result::is_ok));
    assert!(page.server_time.is_some());
    assert_eq!(gateway.counts().answered, 1);
}

#[tokio::test]
async fn each_broken_wire_is_named_by_its_moment() {
    let none = Faults::none;
    let late = Duration::from_mins(1);
    let cases: [(&str, Faults); 7] = [
        ("the request was interrupted", Faults { reset: 1.0, ..none() }),
        ("the request was interrupted", Faults { lost: 1.0, ..none() }),
        ("the answer broke off", Faults { cut: 1.0, ..none() }),
        ("no answer within 2 s", Faults { slow: 1.0, delay: late, ..none() }),
        ("no answer within 2 s", Faults { drip: 1.0, delay: late, ..none() }),
        ("the answer is not readable", Faults { html: 1.0, ..none() }),
        ("HTTP 503", Faults { status: 1.0, ..none() }),
    ];
    for (words, faults) in cases {
        let (client, _gateway, _server) = served(faults.clone()).await;
        let error = first_page(&client).await.unwrap_err();
        assert!(error.to_string().contains(words), "{faults:?}: {error}");
        assert!(error.is_transient());
        assert_eq!(error.fate(), Fate::Unknown);
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/router/qm", listener.local_addr().unwrap());
    drop(listener);
    let error = first_page(&builder().base_url(url).build().unwrap()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect(_)), "{error}");
    assert_eq!(error.fate(), Fate::NotSent);
    let shown = format!("{error:?} {}", std::error::Error::source(&error).unwrap());
    assert!(!shown.contains("sign="), "{shown}");
}

#[tokio::test]
async fn a_storm_is_weathered_by_retries() {
    let (_, gateway, server) = served(Faults { slow: 0.0, drip: 0.0, ..Faults::storm() }).await;
    let retry =
        RetryPolicy::default().attempts(20).delays(Duration::from_millis(1), Duration::from_millis(2));
    let client = builder().base_url(server.base_url()).retry(retry).build().unwrap();
    for _ in 0..50 {
        assert_eq!(first_page(&client).await.unwrap().rows.len(), 30);
    }
    assert!(gateway.counts().broken > 5);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_other_host_gets_nothing() {
    let elsewhere = MockServer::start().await;
    for status in [301, 302, 303, 307, 308] {
        let gateway = MockServer::start().await;
        let to = wiremock::ResponseTemplate::new(status).insert_header("location", elsewhere.uri());
        Mock::given(any()).respond_with(to).mount(&gateway).await;
        let client = builder().base_url(format!("{}/router/qm", gateway.uri())).build().unwrap();
        let error = first_page(&client).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Redirect { .. }), "{error}");
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_request_on_the_wire_carries_no_referer_and_asks_for_gzip() {
    let gateway = Gateway::builder().build();
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(gateway.responder()).mount(&server).await;
    let client = builder().base_url(format!("{}/router/qm", server.uri())).build().unwrap();
    first_page(&client).await.unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.method.as_str(), "POST");
    assert!(request.headers.get("referer").is_none());
    assert!(request.headers["accept-encoding"].to_str().unwrap().contains("gzip"));
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded; charset=utf-8");
    let body = String::from_utf8(request.body.clone()).unwrap();
    assert!(body.starts_with("sid=demo2&start_time=2026-11-20+00%3A00%3A00"), "{body}");
}

#[tokio::test]
async fn an_endless_answer_is_given_up_at_the_limit() {
    let server = MockServer::start().await;
    let long = wiremock::ResponseTemplate::new(200).set_body_bytes(vec![b' '; 100_000]);
    Mock::given(any()).respond_with(long).mount(&server).await;
    let client = builder().base_url(server.uri()).max_body(50_000).build().unwrap();
    let error = first_page(&client).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { limit: 50_000 }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_transports_own_not_sent_is_believed() {
    let (client, _) = scripted(builder(), [crate::support::Say::Refuse, ok("")]);
    assert_eq!(first_page(&client).await.unwrap_err().fate(), Fate::NotSent);
}

#[test]
fn a_call_over_http_in_a_runtime_without_io_is_an_error_that_says_so_and_no_panic() {
    let client =
        builder().retry(RetryPolicy::default()).base_url("http://127.0.0.1:9/router/qm").build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for _ in 0..2 {
        let error = runtime.block_on(client.call("wdt.trade.push", ())).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(why) if why.contains("enable_all")), "{error}");
        assert_eq!((error.fate(), error.attempts()), (Fate::NotSent, 1));
    }
}
