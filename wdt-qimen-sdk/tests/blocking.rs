//! The client for code that does not wait, and what happens without a runtime or within another.

#![cfg(all(feature = "blocking", feature = "mock"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use futures_util::FutureExt;
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::{ErrorKind, Fate, Listed, Replay, Span, blocking};

fn gateway() -> Gateway {
    let gateway = Gateway::builder().build();
    gateway.world().extend(mock::fill(1, 30, Span::month(2024, 11).unwrap()));
    gateway
}

#[test]
fn a_call_outside_a_runtime_is_an_error_and_no_panic() {
    let gateway = gateway();
    let client = gateway.client().unwrap();
    let error = client.call_as(Replay::Safe, "wdt.shop.query", ()).now_or_never().unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Request(why) if why.contains("tokio runtime")), "{error}");
    assert_eq!((error.fate(), gateway.requests().len()), (Fate::NotSent, 0));
}

#[test]
fn a_blocking_call_within_a_runtime_is_an_error_and_no_panic() {
    let client = blocking::Client::new(gateway().client().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // It goes within that runtime, too.
    let error = runtime.block_on(async move { client.call("wdt.shop.query", ()) }).unwrap_err();
    assert!(error.to_string().contains("spawn_blocking"), "{error}");
}

#[test]
fn calls_lists_and_pages_return_when_they_are_answered() {
    let client = blocking::Client::new(gateway().client().unwrap()).unwrap();
    assert!(client.call_as(Replay::Safe, "wdt.shop.query", [("page_no", 0)]).is_ok());
    let list =
        || client.list::<RefundQuery>(RefundParams::builder().span(Span::month(2024, 11).unwrap()).build());
    let latest = client.collect_latest(list()).unwrap();
    assert_eq!((latest.rows.len(), latest.is_whole()), (30, true));
    let rows = client.wait(|client| async move {
        client.list_raw("wdt.shop.query", "shoplist", ()).collect_latest().await
    });
    assert!(rows.unwrap().rows.is_empty());
    let mut pages = client.pages(list());
    assert!(matches!(pages.next(), Some(Ok(Listed::Page(_)))));
    assert!(!pages.checkpoint().method().is_empty());
    assert!(matches!(pages.last(), Some(Ok(Listed::End(_)))));
}
