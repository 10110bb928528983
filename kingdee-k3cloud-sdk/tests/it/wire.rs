//! What is really on the wire: the HTTP transport against real sockets.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Fault, Faults, Server, Site};
use kingdee_k3cloud_sdk::{Client, ClientBuilder, Credentials, ErrorKind, Fate, RetryPolicy, SaveOptions};
use proptest::prelude::*;
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::support::{ACCT, APP_ID, APP_SECRET, PASSWORD, USER, batch, bill, signed, site};

async fn serve(site: &Site) -> Server {
    site.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap()
}

fn over_http(base_url: &str, credentials: Credentials) -> ClientBuilder {
    Client::builder()
        .base_url(base_url)
        .acct_id(ACCT)
        .username(USER)
        .credentials(credentials)
        .retry(RetryPolicy::default().delays(Duration::from_millis(1), Duration::from_secs(30)))
        .timeout(Duration::from_secs(20))
}

#[tokio::test]
async fn each_way_in_works_over_a_socket() {
    for credentials in [
        signed(),
        Credentials::password(PASSWORD),
        Credentials::app_secret(APP_ID, APP_SECRET),
        Credentials::sign(APP_ID, APP_SECRET),
    ] {
        let site = site().build();
        let server = serve(&site).await;
        let client = over_http(&server.base_url(), credentials).build().unwrap();
        client.batch_save(&batch(&["A"])).await.unwrap();
        client.ping().await.unwrap();
        assert_eq!(site.bills().len(), 1);
    }
}

#[tokio::test]
async fn the_site_answers_behind_wiremock_too() {
    let site = site().build();
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(site.responder()).mount(&server).await;
    let client =
        over_http(&format!("{}/k3cloud/", server.uri()), Credentials::password(PASSWORD)).build().unwrap();
    client.save(&bill("A"), &SaveOptions::default()).await.unwrap();
    assert_eq!((site.bills().len(), site.counts().logins), (1, 1));
    let agent = concat!("kingdee-k3cloud-sdk/", env!("CARGO_PKG_VERSION"));
    for request in server.received_requests().await.unwrap() {
        assert_eq!(request.headers["user-agent"], agent, "every request names its client");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_other_host_hears_nothing() {
    let other = MockServer::start().await;
    let server = MockServer::start().await;
    for status in [301, 302, 303, 307, 308] {
        server.reset().await;
        let moved = wiremock::ResponseTemplate::new(status).insert_header("location", other.uri());
        Mock::given(any()).respond_with(moved).mount(&server).await;
        let client = over_http(&server.uri(), signed()).build().unwrap();
        let error = client.batch_save(&batch(&["A"])).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Redirect { .. }), "{status}: {error}");
    }
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_listening_means_not_sent() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = over_http(&format!("http://127.0.0.1:{port}/k3cloud/"), signed()).build().unwrap();
    let error = client.batch_save(&batch(&["A"])).await.unwrap_err();
    assert_eq!((error.fate(), error.attempts()), (Fate::NotSent, 4), "{error}");
}

#[tokio::test]
async fn a_broken_wire_leaves_a_write_in_doubt_and_sends_it_once() {
    for fault in [Fault::ResetBefore, Fault::ResetAfter, Fault::CutAfter, Fault::StallAfter] {
        let site = site().faults(Faults::none().with(fault, 1.0)).build();
        let server = serve(&site).await;
        let patience = if fault == Fault::StallAfter { 500 } else { 20_000 };
        let client = over_http(&server.base_url(), signed()).timeout(Duration::from_millis(patience));
        let error = client.build().unwrap().batch_save(&batch(&["A"])).await.unwrap_err();
        assert_eq!((error.fate(), site.counts().arrivals), (Fate::Unknown, 1), "{fault:?}: {error}");
        assert!(!format!("{error:?}").contains(APP_SECRET));
    }
}

#[tokio::test]
async fn errors_hold_no_url() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = over_http(&format!("http://127.0.0.1:{port}/secret-path/"), signed()).build().unwrap();
    let error = client.ping().await.unwrap_err();
    assert!(!format!("{error:?}").contains("secret-path"), "{error:?}");
}

#[tokio::test]
async fn a_path_with_odd_characters_is_signed_as_the_server_reads_it() {
    let site = site().build();
    let server = serve(&site).await;
    for path in ["k3cloud", "K3Cloud/", "账套/k3cloud/", "a b~c,d/k3cloud/"] {
        let client = over_http(&format!("http://{}/{path}", server.addr()), signed()).build().unwrap();
        client.ping().await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 100, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_user_and_text_passes_the_check_from_the_bytes_on_the_wire(
        username in "[a-z张三+&='\"🙂][a-z张三+&='\" 🙂]{0,6}[a-z张三+&='\"🙂]",
        note in "[a-z张三+&= 🙂\\\\\n]{0,12}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let site = site().username(username.clone()).build();
            let server = serve(&site).await;
            let client = over_http(&server.base_url(), signed()).username(username).build().unwrap();
            let mut noted = bill("A");
            noted.head_note = Some(note.clone());
            client.save(&noted, &SaveOptions::default()).await.unwrap();
            assert_eq!(site.bills()[0].note, note);
        });
    }
}
