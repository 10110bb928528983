//! The way to the network: bodies in pieces, layers around it, what a request says of itself, settings that cannot be.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use tokio::net::TcpListener;
use tower::layer::layer_fn;
use tower::{ServiceExt, service_fn};
use tower_http::trace::TraceLayer;
use wdt_qimen_sdk::mock::Gateway;
use wdt_qimen_sdk::transport::{
    BoxError, BoxTransport, BrokenOff, HttpTransport, NotSent, Operation, Proxy, RequestBody, TooLarge,
};
use wdt_qimen_sdk::{Client, ErrorKind, Fate, Replay, RetryPolicy};

use crate::support::{builder, first_page};

const EMPTY: &str = include_str!("fixtures/wdt-empty.json");

#[test]
fn a_certificate_that_is_none_and_an_address_that_is_none_are_told_when_it_is_built() {
    let http = HttpTransport::builder;
    for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"] {
        let error = http().root_certificate_pem(pem).build().unwrap_err();
        assert_eq!(error.setting, "root_certificate_pem", "{error}");
    }
    for (pem, said) in [
        (
            "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n",
            "block 1 holds no certificate",
        ),
        ("-----BEGIN CERTIFICATE-----\nbm9u", "block 1 is cut"),
        ("-----BEGIN PRIVATE KEY-----\nbm9uZQ==\n-----END PRIVATE KEY-----\n", "holds no certificate in PEM"),
    ] {
        let error = http().root_certificate_pem(pem).build().unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    for none in ["proxy.example.com:3128", "socks5://proxy.example.com"] {
        let error = http().proxy(Proxy::Url(none.into())).build().unwrap_err();
        assert!(error.to_string().contains("http://"), "{error}");
    }
    let error = http().proxy(Proxy::Url("http://user:hunter2@:x".into())).build().unwrap_err();
    assert_eq!(error.setting, "proxy");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    assert_eq!(http().user_agent("a\nb").build().unwrap_err().setting, "user_agent");
    assert_eq!(http().connect_timeout(Duration::ZERO).build().unwrap_err().setting, "connect_timeout");
    let error = builder().proxy(Proxy::Url("::".into())).build().unwrap_err();
    assert_eq!(error.faults()[0].setting, "proxy");
    let error = builder().root_certificate_pem("no certificate").build().unwrap_err();
    assert_eq!(error.faults()[0].setting, "root_certificate_pem");
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_pieces_is_read_to_its_end_and_not_beyond_the_limit() {
    let pieces = service_fn(|_: Request<Bytes>| async {
        let frames = EMPTY.as_bytes().chunks(7).map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
        Ok::<_, Infallible>(Response::new(StreamBody::new(stream::iter(frames.collect::<Vec<_>>()))))
    });
    let client = builder().transport(pieces).build().unwrap();
    assert_eq!(first_page(&client).await.unwrap().total, Some(0));
    let client = builder().max_body(20).transport(pieces).build().unwrap();
    let error = first_page(&client).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { limit: 20 }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_in_its_middle_is_named_so() {
    let cut = service_fn(|_: Request<Bytes>| async {
        let frames = [Ok(Frame::data(Bytes::from_static(b"{"))), Err(BoxError::from("reset"))];
        Ok::<_, Infallible>(Response::new(StreamBody::new(stream::iter(frames))))
    });
    let client = builder().transport(cut).build().unwrap();
    assert!(matches!(first_page(&client).await.unwrap_err().kind(), ErrorKind::Read(_)));
}

#[tokio::test(start_paused = true)]
async fn a_layer_sees_each_attempt_and_what_it_calls() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let watch = layer_fn(move |inner: BoxTransport| {
        let log = Arc::clone(&log);
        inner.map_request(move |request: Request<RequestBody>| {
            log.lock().unwrap().push(request.extensions().get::<Operation>().unwrap().name().to_owned());
            request
        })
    });
    let refusing =
        service_fn(|_: Request<Bytes>| async { Err::<Response<Full<Bytes>>, _>(BoxError::from("reset")) });
    let retry = RetryPolicy::default().attempts(3);
    let client = builder()
        .retry(retry)
        .transport(refusing)
        .layer(watch)
        .layer(TraceLayer::new_for_http())
        .build()
        .unwrap();
    client.call_as(Replay::Safe, "wdt.shop.query", ()).await.unwrap_err();
    assert_eq!(*seen.lock().unwrap(), ["wdt.shop.query"; 3]);
}

/// What a layer makes of an error of the transport within.
#[derive(Debug, thiserror::Error)]
#[error("in a layer")]
struct InALayer(#[source] BoxError);

#[tokio::test(start_paused = true)]
async fn what_a_transport_says_of_its_error_is_heard_through_layers() {
    let told = |marker: fn() -> BoxError| {
        let refusing =
            service_fn(move |_: Request<Bytes>| async move { Err::<Response<Bytes>, _>(InALayer(marker())) });
        builder().retry(RetryPolicy::never()).transport(refusing).build().unwrap()
    };
    let unsent = told(|| NotSent("no line".into()).into()).call("wdt.trade.push", ()).await.unwrap_err();
    assert_eq!((unsent.fate(), unsent.may_resend()), (Fate::NotSent, true), "{unsent}");
    let cut = told(|| BrokenOff("reset".into()).into()).call("wdt.trade.push", ()).await.unwrap_err();
    assert!(matches!(cut.kind(), ErrorKind::Read(_)) && cut.fate() == Fate::Unknown, "{cut}");
    let long = told(|| TooLarge { limit: 7 }.into()).call("wdt.trade.push", ()).await.unwrap_err();
    assert!(matches!(long.kind(), ErrorKind::TooLarge { limit: 7 }), "{long}");
}

#[tokio::test]
async fn a_transport_of_ones_own_settings_goes_over_a_socket() {
    let gateway = Gateway::builder().build();
    let server = gateway.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let http = HttpTransport::builder()
        .user_agent("our-shop/2.1")
        .connect_timeout(Duration::from_secs(3))
        .build()
        .unwrap();
    let client = builder().base_url(server.base_url()).transport(http).build().unwrap();
    assert_eq!(first_page(&client).await.unwrap().total, Some(0));
}

#[tokio::test]
async fn a_proxy_is_used_where_it_is_asked_for() {
    // The simulator stands for the proxy: it is asked for a host that does not exist.
    let gateway = Gateway::builder().build();
    let server = gateway.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let away = |builder: wdt_qimen_sdk::ClientBuilder| -> Client {
        builder.base_url("http://gateway.invalid/router/qm").build().unwrap()
    };
    let proxy = Proxy::Url(format!("http://{}", server.addr()));
    assert_eq!(first_page(&away(builder().proxy(proxy))).await.unwrap().total, Some(0));
    assert!(matches!(first_page(&away(builder())).await.unwrap_err().kind(), ErrorKind::Connect(_)));
}
