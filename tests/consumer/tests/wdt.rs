//! What an integrator of 旺店通 does first, against the shipped simulator.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Faults, Gateway};
use wdt_qimen_sdk::wire::{from_beijing, parse_time};
use wdt_qimen_sdk::{CallOptions, Client, ClientBuilder, Fate, Listed, PageAsk, Quota, Replay, Span};

fn november() -> Span {
    Span::month(2026, 11).unwrap()
}

/// A gateway with a month of returns, and a client of it.
fn shop() -> (Gateway, ClientBuilder) {
    let clock = mock::virtual_clock(from_beijing(parse_time("2027-01-01").unwrap()));
    let gateway = Gateway::builder().now(clock.clone()).build();
    gateway.world().extend(mock::fill(1, 200, november()));
    let builder = Client::builder()
        .sid(mock::SID)
        .app_key(mock::APP_KEY)
        .app_secret(mock::APP_SECRET)
        .quota(Quota::per_minute(6000))
        .clock(clock)
        .transport(gateway.service());
    (gateway, builder)
}

#[test]
fn a_client_that_lacks_everything_says_so_at_once() {
    let error = Client::builder().build().unwrap_err();
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting).collect();
    assert_eq!(settings, ["sid", "app_key", "app_secret"]);
}

#[tokio::test(start_paused = true)]
async fn a_month_is_read_whole_though_one_row_is_bad() {
    let (gateway, builder) = shop();
    let bad = serde_json::json!({"refund_no": "TK-BAD", "modified": "2026-11-03 10:00:00", "refund_amount": "a lot"});
    gateway.world().push(bad);
    let client = builder.build().unwrap();
    let month = RefundParams::builder().span(november()).build();
    let refunds = client.list::<RefundQuery>(month).collect_latest().await.unwrap();
    assert_eq!((refunds.rows.len(), refunds.broken.len()), (200, 1));
    assert!(refunds.broken.keys().any(|key| key.to_string() == "TK-BAD"));
}

#[tokio::test(start_paused = true)]
async fn a_page_and_a_call_by_name_are_one_line_each() {
    let (_gateway, builder) = shop();
    let client = builder.build().unwrap();
    let ask = PageAsk { page_no: 0, page_size: 40 };
    let month = RefundParams::builder().span(november()).build();
    assert!(client.page::<RefundQuery>(&month, ask).await.unwrap().total >= Some(200));
    let answer = client.call_as(Replay::Safe, "wdt.shop.query", [("page_no", 0)]).await.unwrap();
    assert!(answer.text().starts_with('{'));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_sent_once_and_its_author_is_told_to_look() {
    let (gateway, builder) = shop();
    gateway.set_faults(Faults { lost: 1.0, ..Faults::none() });
    let client = builder.build().unwrap();
    let error = client.call("wdt.trade.push", [("shop_no", "S001")]).await.unwrap_err();
    assert_eq!((gateway.counts().arrivals, error.fate(), error.may_resend()), (1, Fate::Unknown, false));
}

#[tokio::test(start_paused = true)]
async fn a_hasty_call_ends_at_its_deadline() {
    let (gateway, builder) = shop();
    gateway.set_faults(Faults { latency: Duration::from_secs(20), ..Faults::none() });
    let client = builder.build().unwrap().with(CallOptions::new().deadline(Duration::from_secs(5)));
    let begun = tokio::time::Instant::now();
    client.call_as(Replay::Safe, "wdt.shop.query", ()).await.unwrap_err();
    assert!(begun.elapsed() <= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_stops_goes_on_from_what_was_kept() {
    let (gateway, builder) = shop();
    let client = builder.build().unwrap();
    let list = || client.list::<RefundQuery>(RefundParams::builder().span(november()).build());
    let mut pages = list().window_pages(1).pages();
    for _ in 0..4 {
        pages.next().await.unwrap().unwrap();
    }
    let kept = serde_json::to_string(&pages.checkpoint()).unwrap();
    drop(pages);
    let before = gateway.counts().arrivals;
    let mut pages = list().window_pages(1).resume(serde_json::from_str(&kept).unwrap()).unwrap().pages();
    let mut last = None;
    while let Some(listed) = pages.try_next().await.unwrap() {
        last = Some(listed);
    }
    assert!(matches!(last, Some(Listed::End(_))));
    assert!(gateway.counts().arrivals > before);
}
