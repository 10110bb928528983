//! The client for code that does not wait, and what happens without a runtime or within another.

#![cfg(all(feature = "blocking", feature = "mock"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use futures_util::FutureExt;
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::{CallOptions, ErrorKind, Fate, Listed, Replay, Span, blocking};

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
    let error = runtime.block_on(async {
        // Iterators say so once, and end.
        let month = || RefundParams::builder().span(Span::month(2024, 11).unwrap()).build();
        assert_eq!(client.pages(client.list::<RefundQuery>(month())).take(9).count(), 1);
        assert_eq!(client.rows(client.list::<RefundQuery>(month())).take(9).count(), 1);
        client.call("wdt.shop.query", ())
    });
    assert!(error.unwrap_err().to_string().contains("spawn_blocking"));
    // It goes within that runtime, too.
    runtime.block_on(async move { drop(client) });
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

#[test]
fn rows_come_one_by_one_of_typed_and_of_raw_lists() {
    let gateway = gateway();
    gateway.world().push(serde_json::json!({"refund_no": "TK-BAD", "modified": "2024-11-03 10:00:00", "refund_amount": "a lot"}));
    let client = blocking::Client::new(gateway.client().unwrap()).unwrap();
    let month = Span::month(2024, 11).unwrap();
    let list = client.list::<RefundQuery>(RefundParams::builder().span(month).build()).page_size(7);
    let rows: Vec<_> = client.rows(list).map(Result::unwrap).collect();
    assert!(rows.len() >= 31 && rows.iter().filter(|row| row.is_err()).count() == 1, "{}", rows.len());
    let raw = client.list_raw("wdt.refund.query", "refunds", ());
    let raw = client.rows(raw.within(month, std::time::Duration::from_secs(30 * 24 * 3600)));
    assert!(raw.map(|row| row.unwrap().unwrap()).all(|row| row.text().starts_with('{')));
    gateway.fail_next(mock::Fault::Busy);
    let mut shops = client.rows(client.list_raw("wdt.shop.query", "shoplist", ()));
    assert!(shops.next().is_some_and(|row| row.is_err_and(|error| error.is_transient())));
    assert!(shops.next().is_none(), "polled again it asks again");
}

#[test]
fn one_call_differs_in_its_options_on_the_same_runtime() {
    let gateway = gateway();
    gateway.set_faults(mock::Faults { latency: std::time::Duration::from_secs(20), ..mock::Faults::none() });
    let client = blocking::Client::new(gateway.client().unwrap()).unwrap();
    let hasty = client.with(CallOptions::new().deadline(std::time::Duration::from_millis(20)));
    drop(client);
    let error = hasty.call_as(Replay::Safe, "wdt.shop.query", ()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{error}");
}
