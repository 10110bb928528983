//! Lists as streams: whole while rows move, bounded, cancellable, and never more than two pages in memory.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use serde::de::{Deserialize, Deserializer, IgnoredAny};
use wdt_qimen_sdk::method::raw::RawRow;
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Faults, Gateway, RowOrder};
use wdt_qimen_sdk::window::{Proof, Why};
use wdt_qimen_sdk::{Client, ErrorKind, Listed, Method, PageRule, RowKey, Span};

use crate::support::{Say, a_day, at, builder, ok, scripted, span, utc};

fn quarter() -> Span {
    span("2026-08-01 00:00:00", "2026-10-31 00:00:00")
}

/// A gateway in December, so that all of November has long been cold, and its client.
fn december(rows: usize, within: Span) -> (Gateway, Client) {
    let clock = mock::virtual_clock(utc("2026-12-01 00:00:00"));
    let gateway = Gateway::builder().now(clock.clone()).order(RowOrder::TimeDesc).seed(5).build();
    gateway.world().extend(mock::fill(5, rows, within));
    let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
    (gateway, client)
}

fn about(span: Span) -> RefundParams {
    RefundParams::builder().span(span).build()
}

#[tokio::test(start_paused = true)]
async fn a_quarter_is_cut_to_the_methods_window_and_proven_whole() {
    let (gateway, client) = december(300, quarter());
    let listed: Vec<_> = client.list::<RefundQuery>(about(quarter())).pages().try_collect().await.unwrap();
    let (last, pages) = listed.split_last().unwrap();
    assert!(matches!(last, Listed::End(Proof::Proved { total: 300.. })), "{last:?}");
    let mut seen = BTreeSet::new();
    let mut spans = BTreeSet::new();
    for listed in pages {
        let Listed::Page(listed) = listed else { panic!("the proof comes last") };
        spans.extend(listed.span);
        seen.extend(listed.page.rows.iter().map(|row| row.as_ref().unwrap().refund_no.clone()));
    }
    assert_eq!((seen.len(), spans.len()), (300, 4), "91 days are four windows of at most 30");
    assert_eq!(gateway.counts().refused, [].into());
    let Listed::Page(end) = &pages[pages.len() - 1] else { panic!() };
    assert_eq!((end.progress.pages, end.walked.is_some()), (pages.len() as u64, true));
    assert!(end.progress.total >= Some(300) && end.progress.rows >= 300, "{:?}", end.progress);
}

#[tokio::test(start_paused = true)]
async fn rows_that_move_while_they_are_listed_are_not_lost() {
    let day = a_day().span.unwrap();
    for seed in 0..8 {
        let clock = mock::virtual_clock(utc("2026-12-01 00:00:00"));
        let gateway = Gateway::builder().now(clock.clone()).page_cap(Some(9)).seed(seed).build();
        let world = gateway.world();
        world.extend(mock::fill(seed, 200, day));
        let names: Vec<_> = world.refunds().iter().map(mock::MockRefund::refund_no).collect();
        let client = builder().clock(clock).transport(gateway.service()).build().unwrap();

        let mut pages = client.list::<RefundQuery>(about(day)).window_pages(8).pages();
        let mut seen = BTreeSet::new();
        let mut turn = 0;
        while let Some(Listed::Page(listed)) = pages.try_next().await.unwrap() {
            seen.extend(listed.page.rows.into_iter().map(|row| row.unwrap().refund_no));
            turn += 1;
            if turn % 2 == 0 {
                let name = &names[turn * 37 % names.len()];
                world.edit(name, |row| row.touch(at("2026-12-01 09:00:00")));
            }
        }
        assert!(pages.next().await.is_none(), "nothing after the proof");
        let staying =
            world.refunds().into_iter().filter(|row| row.modified().is_some_and(|time| day.contains(time)));
        let missed: Vec<_> = staying.map(|row| row.refund_no()).filter(|name| !seen.contains(name)).collect();
        assert!(missed.is_empty(), "seed {seed}: {missed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_counted_and_never_shown_ends_the_list_short_by_one() {
    let (gateway, client) = december(60, a_day().span.unwrap());
    gateway
        .world()
        .push_ghost(serde_json::json!({"refund_no": "TK9", "modified": "2026-11-20 11:00:00.500"}));
    let listed: Vec<_> = client.list::<RefundQuery>(a_day()).pages().try_collect().await.unwrap();
    assert!(matches!(listed.last(), Some(Listed::End(Proof::ShortBy { missing: 1.., .. }))), "{listed:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_still_hot_is_read_and_proves_nothing() {
    let (_gateway, client) = december(60, a_day().span.unwrap());
    let fresh = span("2026-11-20 00:00:00", "2026-12-01 07:55:00");
    let listed: Vec<_> = client.list::<RefundQuery>(about(fresh)).pages().try_collect().await.unwrap();
    assert!(matches!(listed.last(), Some(Listed::End(Proof::Unproved(Why::Hot)))), "five minutes old");
    let proofs = listed.iter().filter_map(|listed| match listed {
        Listed::Page(listed) => listed.walked.map(|walked| walked.proof),
        _ => None,
    });
    assert!(
        proofs.into_iter().any(|proof| matches!(proof, Proof::Proved { total: 60.. })),
        "the cold part is"
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_next_is_continued_not_repeated() {
    let (gateway, client) = december(100, a_day().span.unwrap());
    gateway.set_faults(Faults { latency: Duration::from_secs(3), ..Faults::none() });
    let mut rows = client.list::<RefundQuery>(a_day()).page_size(10).rows();
    let mut seen = BTreeSet::new();
    let mut cancelled = 0;
    loop {
        match tokio::time::timeout(Duration::from_millis(700), rows.try_next()).await {
            Err(_) => cancelled += 1,
            Ok(Ok(Some(refund))) => {
                seen.insert(refund.unwrap().refund_no);
            }
            Ok(Ok(None)) => break,
            Ok(Err(error)) => panic!("{error}"),
        }
    }
    assert_eq!(seen.len(), 100);
    assert!(cancelled > 30, "{cancelled}");
    assert_eq!(gateway.counts().arrivals, 11, "one call a page, and one behind the last, which is full");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_list_asks_nothing_more_and_blocks_nobody() {
    let (gateway, client) = december(100, a_day().span.unwrap());
    gateway.set_faults(Faults { latency: Duration::from_secs(3), ..Faults::none() });
    let mut rows = client.list::<RefundQuery>(a_day()).page_size(10).rows();
    let within = Duration::from_millis(1600);
    assert!(tokio::time::timeout(within, rows.next()).await.is_err(), "dropped while the call is under way");
    drop(rows);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(gateway.counts().arrivals, 1);
    assert!(client.list::<RefundQuery>(a_day()).rows().next().await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_error_that_passes_leaves_the_list_where_it_stood() {
    let busy = r#"{"error_response":{"code":10,"msg":"busy"}}"#;
    let first = r#"{"response":{"total_count":2,"refunds":[{"refund_no":"TK1"}]}}"#;
    let second = r#"{"response":{"refunds":[{"refund_no":"TK2"}]}}"#;
    let third = r#"{"response":{}}"#;
    let (client, seen) = scripted(builder(), [ok(first), ok(busy), ok(second), ok(third)]);
    let mut rows = client.list::<RefundQuery>(a_day()).page_size(1).rows();
    assert_eq!(rows.next().await.unwrap().unwrap().unwrap().refund_no, "TK1");
    assert_eq!(rows.next().await.unwrap().unwrap_err().code(), Some(10));
    assert_eq!(rows.next().await.unwrap().unwrap().unwrap().refund_no, "TK2");
    assert!(rows.next().await.is_none());
    let pages: Vec<_> = seen.lock().unwrap().iter().map(|request| page_no(request.body())).collect();
    assert_eq!(pages, ["0", "1", "1", "2"]);
}

fn page_no(body: &Bytes) -> String {
    let mut pairs = url::form_urlencoded::parse(body);
    pairs.find(|(key, _)| key == "page_no").unwrap().1.into_owned()
}

#[tokio::test(start_paused = true)]
async fn an_error_that_stays_is_the_last_item() {
    let (client, seen) = scripted(builder(), [ok(r#"{"response":{"flag":"failure","code":25}}"#)]);
    let mut pages = client.list::<RefundQuery>(a_day()).pages();
    assert_eq!(pages.next().await.unwrap().unwrap_err().code(), Some(25));
    assert!(pages.next().await.is_none());
    let mut pages = client.list::<RefundQuery>(a_day()).page_size(101).pages();
    assert!(matches!(pages.next().await.unwrap().unwrap_err().kind(), ErrorKind::Request(_)));
    assert!(pages.next().await.is_none());
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_end_ends_at_its_bound() {
    let (client, seen) = scripted(builder(), [Say::Break]);
    let pages = client.list::<RefundQuery>(a_day()).max_pages(7).pages();
    let outcomes: Vec<_> = pages.collect().await;
    assert_eq!((outcomes.len(), seen.lock().unwrap().len()), (8, 7), "failed ones count");
    let last = outcomes.into_iter().next_back().unwrap().unwrap_err();
    assert!(matches!(last.kind(), ErrorKind::Bound { pages: 7 }), "{last}");
}

#[tokio::test(start_paused = true)]
async fn raw_rows_are_paged_by_their_list_key_forward_and_within_a_span() {
    let (gateway, client) = december(100, a_day().span.unwrap());
    let list = || client.list_raw("wdt.refund.query", "refunds", [("shop_no", "S001")]).page_size(10);
    let error = list().rows().next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(2900), "no span: {error}");
    let rows = list().within(a_day().span.unwrap(), Duration::from_hours(10)).rows();
    let rows: Vec<_> = rows.map(|row| row.unwrap().unwrap()).collect().await;
    let all = gateway.world().refunds().iter().filter(|row| row.text("shop_no") == "S001").count();
    assert_eq!(rows.iter().map(RawRow::text).collect::<BTreeSet<_>>().len(), all);
    let refund: wdt_qimen_sdk::method::refund::Refund = rows[0].read().unwrap();
    assert_eq!(refund.shop_no, "S001");
}

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// A row that counts how many of its kind are alive.
struct Counted(u64);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static SERIAL: AtomicUsize = AtomicUsize::new(0);
        IgnoredAny::deserialize(deserializer)?;
        PEAK.fetch_max(LIVE.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        Ok(Self(SERIAL.fetch_add(1, Ordering::Relaxed) as u64))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Thousand;

impl Method for Thousand {
    const NAME: &'static str = "wdt.thousand.query";
    const LIST_KEY: &'static str = "rows";
    const PAGE: PageRule = PageRule::new(100, 50);
    type Params = ();
    type Row = Counted;

    fn params((): &()) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn key(row: &Counted) -> RowKey {
        RowKey::of("", i64::try_from(row.0).ok(), String::new)
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_pages_hold_at_most_two_in_memory() {
    let page = format!(r#"{{"response":{{"total_count":50000,"rows":[{}]}}}}"#, ["{}"; 50].join(","));
    let script = || (0..1000).map(|_| ok(&page)).chain([ok(r#"{"response":{}}"#)]).collect::<Vec<_>>();
    let (client, seen) = scripted(builder(), script());
    let mut pages = client.list::<Thousand>(()).pages();
    let mut before = None;
    while let Some(Listed::Page(listed)) = pages.try_next().await.unwrap() {
        // A reader that still works on the page before.
        before = Some(listed).filter(|listed| !listed.page.rows.is_empty()).or(before);
        seen.lock().unwrap().clear();
    }
    drop(before);
    let by_pages = PEAK.swap(0, Ordering::Relaxed);
    assert!((51..=100).contains(&by_pages), "{by_pages} rows of 50 a page");
    let (client, seen) = scripted(builder(), script());
    let mut listed = client.list::<Thousand>(()).rows();
    let mut rows = 0;
    while listed.try_next().await.unwrap().is_some() {
        rows += 1;
        seen.lock().unwrap().clear();
    }
    let by_rows = PEAK.load(Ordering::Relaxed);
    assert_eq!(rows, 50_000);
    assert!(by_rows <= 100, "{by_rows} rows of 50 a page");
    assert_eq!(LIVE.load(Ordering::Relaxed), 0);
}
