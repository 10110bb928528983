//! The open seam: layers around any transport, bodies in pieces, and what HTTP can be told.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use kingdee_k3cloud_sdk::mock::Fault;
use kingdee_k3cloud_sdk::transport::{HttpTransport, NotSent, Operation, Proxy};
use kingdee_k3cloud_sdk::{Client, Credentials, ErrorKind, Fate, RetryPolicy};
use tokio::net::TcpListener;
use tower::layer::layer_fn;
use tower::util::MapRequestLayer;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::support::{PASSWORD, batch, builder, own, query_numbers, signed, site};

#[tokio::test]
async fn the_layers_of_tower_http_fit_around_any_transport() {
    let site = site().build();
    let client = builder(signed())
        .transport(site.service())
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .build()
        .unwrap();
    client.batch_save(&batch(&["A"])).await.unwrap();
    let server = site.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let http = HttpTransport::builder().build().unwrap();
    let client = builder(signed()).base_url(server.base_url()).transport(http);
    let client = client.layer(tower_http::trace::TraceLayer::new_for_http()).build().unwrap();
    assert_eq!(client.query(&query_numbers()).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_layer_sees_every_request_by_the_name_of_its_operation_logins_and_retries_included() {
    let (site, seen) = (site().build(), Arc::new(Mutex::new(Vec::new())));
    let names = Arc::clone(&seen);
    let look = MapRequestLayer::new(move |request: Request<_>| {
        let operation: &Operation = request.extensions().get().unwrap();
        names.lock().unwrap().push(operation.name().to_owned());
        request
    });
    let client =
        builder(Credentials::password(PASSWORD)).transport(site.service()).layer(look).build().unwrap();
    site.spare_next();
    site.fail_next(Fault::UnavailableBefore);
    client.query(&query_numbers()).await.unwrap();
    client.batch_save(&batch(&["A"])).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["ValidateUser", "ExecuteBillQuery", "ExecuteBillQuery", "BatchSave"]);
}

#[tokio::test]
async fn a_further_layer_goes_around_those_before_it_in_whatever_order_the_transport_is_named() {
    let (site, seen) = (site().build(), Arc::new(Mutex::new(Vec::new())));
    let note = |name: &'static str| {
        let seen = Arc::clone(&seen);
        MapRequestLayer::new(move |request: Request<_>| {
            seen.lock().unwrap().push(name);
            request
        })
    };
    let client = builder(signed()).layer(note("inner")).layer(note("outer")).transport(site.service());
    client.build().unwrap().ping().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["outer", "inner"]);
}

#[tokio::test(start_paused = true)]
async fn a_layers_word_that_nothing_was_sent_is_believed() {
    let refuse = layer_fn(|_| {
        tower::service_fn(|_: Request<kingdee_k3cloud_sdk::transport::RequestBody>| async {
            Err::<Response<kingdee_k3cloud_sdk::transport::ReplyBody>, _>(NotSent("over budget".into()))
        })
    });
    let client = builder(signed()).transport(site().build().service()).layer(refuse).build().unwrap();
    let error = client.batch_save(&own(&["A"])).await.unwrap_err();
    assert_eq!((error.fate(), error.attempts()), (Fate::NotSent, 4));
}

/// A client whose answers come in these pieces.
fn in_pieces(pieces: &'static [Result<&'static str, &'static str>], max_body: usize) -> Client {
    let service = tower::service_fn(move |_: Request<Bytes>| async move {
        let frames = pieces.iter().map(|piece| match piece {
            Ok(text) => Ok(http_body::Frame::data(Bytes::from_static(text.as_bytes()))),
            Err(why) => Err(std::io::Error::other(*why)),
        });
        let body = http_body_util::StreamBody::new(futures_util::stream::iter(frames));
        Ok::<_, Infallible>(Response::new(body))
    });
    builder(signed()).retry(RetryPolicy::never()).max_body(max_body).transport(service).build().unwrap()
}

#[tokio::test]
async fn an_answer_in_pieces_is_put_together_and_one_that_breaks_off_leaves_a_write_in_doubt() {
    let rows =
        in_pieces(&[Ok("[[1,"), Ok("\"A\","), Ok("\"C\"]]")], 100).query(&query_numbers()).await.unwrap();
    assert_eq!(rows[0][1].text(), "A");
    let broken = in_pieces(&[Ok("{"), Err("reset")], 100).batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(broken.kind(), ErrorKind::Read(_)) && broken.fate() == Fate::Unknown, "{broken}");
    let long =
        in_pieces(&[Ok("12345"), Ok("67890"), Ok("1")], 10).batch_save(&own(&["A"])).await.unwrap_err();
    assert!(matches!(long.kind(), ErrorKind::TooLarge { limit: 10 }), "{long}");
}

#[tokio::test]
async fn whole_bodies_of_http_body_util_fit_too() {
    let service = tower::service_fn(|_: Request<Bytes>| async {
        Ok::<_, Infallible>(Response::new(http_body_util::Full::new(&b"[]"[..]).boxed()))
    });
    let client = builder(signed()).transport(service).build().unwrap();
    assert!(client.query(&query_numbers()).await.unwrap().is_empty());
}

#[tokio::test]
async fn http_can_be_told_who_calls_and_which_proxy_to_take() {
    let proxy = MockServer::start().await;
    Mock::given(any())
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_string("[]"))
        .mount(&proxy)
        .await;
    let http = HttpTransport::builder()
        .user_agent("our-shop/2.1")
        .proxy(Proxy::Url(proxy.uri()))
        .connect_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let client = builder(signed()).base_url("http://erp.invalid/k3cloud/").transport(http);
    client.build().unwrap().query(&query_numbers()).await.unwrap();
    let [request] = &proxy.received_requests().await.unwrap()[..] else { panic!() };
    assert_eq!(
        (request.url.host_str(), &request.headers["user-agent"]),
        (Some("erp.invalid"), &"our-shop/2.1".parse().unwrap())
    );
}

#[tokio::test]
async fn a_client_of_reqwest_that_is_set_up_elsewhere_is_taken() {
    let site = site().build();
    let server = site.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let http = HttpTransport::from_reqwest(reqwest::Client::new());
    let client = builder(signed()).base_url(server.base_url()).transport(http).build().unwrap();
    client.ping().await.unwrap();
}

#[test]
fn what_http_cannot_be_set_up_with_is_named_by_its_setter_and_shows_no_password() {
    let bad = HttpTransport::builder().user_agent("a\nb").build().unwrap_err();
    assert_eq!(bad.setting, "user_agent");
    let bad = HttpTransport::builder().proxy(Proxy::Url("http://u:hush@".to_owned())).build().unwrap_err();
    assert!(bad.setting == "proxy" && !bad.to_string().contains("hush"), "{bad}");
    for none in ["proxy.example.com:3128", "socks5://u:hush@proxy.example.com", "ftp://proxy.example.com"] {
        let bad = HttpTransport::builder().proxy(Proxy::Url(none.to_owned())).build().unwrap_err();
        assert!(bad.to_string().contains("http://") && !bad.to_string().contains("hush"), "{bad}");
    }
    let bad = HttpTransport::builder().root_certificate_pem("no certificate").build().unwrap_err();
    assert!(bad.setting == "root_certificate_pem" && bad.to_string().contains("CERTIFICATE"), "{bad}");
    let error = builder(signed()).root_certificate_pem(b"no certificate".to_vec()).build().unwrap_err();
    assert_eq!(error.faults()[0].setting, "root_certificate_pem", "{error}");
}

/// Says that this process is the child of the last test, behind a proxy that is not there.
const BEHIND: &str = "KINGDEE_TEST_BEHIND_A_DEAD_PROXY";

#[tokio::test]
async fn a_proxy_that_is_not_there_is_met_only_by_who_asks_for_the_environments() {
    if std::env::var_os(BEHIND).is_none() {
        return; // the next test runs it, in an environment of its own
    }
    let site = site().build();
    let server = site.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let over = |proxy| builder(signed()).base_url(server.base_url()).retry(RetryPolicy::never()).proxy(proxy);
    over(Proxy::None).build().unwrap().ping().await.unwrap();
    builder(signed()).base_url(server.base_url()).build().unwrap().ping().await.unwrap();
    let error = over(Proxy::Environment).build().unwrap().ping().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect(_)), "{error}");
}

#[test]
fn the_environments_proxy_is_obeyed_only_where_it_is_asked_for() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "transports::a_proxy_that_is_not_there_is_met_only_by_who_asks_for_the_environments",
        ])
        .env(BEHIND, "1")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}
