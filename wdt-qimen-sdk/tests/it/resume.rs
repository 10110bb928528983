//! A list that goes on where it stood, progress that only grows, and spans and times that say what they mean.

use std::collections::BTreeSet;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, TimeZone};
use futures_util::TryStreamExt;
use wdt_qimen_sdk::method::his_refund::HisRefundQuery;
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Gateway, RowOrder};
use wdt_qimen_sdk::window::Proof;
use wdt_qimen_sdk::wire::{from_beijing, parse_time};
use wdt_qimen_sdk::{BadCheckpoint, Checkpoint, Client, ClientBuilder, Listed, Span};

use crate::support::{at, builder, ok, scripted, span, utc};

fn quarter() -> Span {
    span("2026-08-01 00:00:00", "2026-10-31 00:00:00")
}

fn about(span: Span) -> RefundParams {
    RefundParams::builder().span(span).build()
}

fn december(rows: usize, order: RowOrder) -> (Gateway, Client) {
    let clock = mock::virtual_clock(utc("2026-12-01 00:00:00"));
    let gateway = Gateway::builder().now(clock.clone()).order(order).seed(5).build();
    gateway.world().extend(mock::fill(5, rows, quarter()));
    let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
    (gateway, client)
}

/// What a list has shown, up to so many pages, and where it then stands, as it is kept.
async fn read(
    client: &Client,
    kept: Option<&str>,
    pages: usize,
) -> (BTreeSet<String>, Option<Proof>, String) {
    let list = client.list::<RefundQuery>(about(quarter())).page_size(20);
    let list = match kept {
        Some(kept) => list.resume(serde_json::from_str(kept).unwrap()).unwrap(),
        None => list,
    };
    let mut stream = list.pages();
    let (mut seen, mut proof) = (BTreeSet::new(), None);
    for _ in 0..pages {
        match stream.try_next().await.unwrap() {
            Some(Listed::Page(listed)) => {
                seen.extend(listed.page.rows.into_iter().map(|row| row.unwrap().refund_no));
            }
            Some(Listed::End(end)) => proof = Some(end),
            Some(other) => panic!("{other:?}"),
            None => break,
        }
    }
    (seen, proof, serde_json::to_string(&stream.checkpoint()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_another_list_or_version_is_refused() {
    let (_gateway, client) = december(40, RowOrder::TimeDesc);
    let (_, _, kept) = read(&client, None, 1).await;
    let resume = |kept: &str| -> Checkpoint { serde_json::from_str(kept).unwrap() };
    let other = |what| BadCheckpoint::OtherList { method: "wdt.refund.query".into(), what };
    let error = client.list::<HisRefundQuery>(about(quarter())).resume(resume(&kept)).unwrap_err();
    assert_eq!(error, other("method"));
    let month = span("2026-08-01 00:00:00", "2026-09-01 00:00:00");
    let error = client.list::<RefundQuery>(about(month)).resume(resume(&kept)).unwrap_err();
    assert_eq!(error, other("span"));
    let shop = RefundParams::builder().span(quarter()).shop_no("S001").build();
    let error = client.list::<RefundQuery>(shop).resume(resume(&kept)).unwrap_err();
    assert_eq!(error, other("parameters"));
    let newer = kept.replace("\"version\":1", "\"version\":2");
    let error = client.list::<RefundQuery>(about(quarter())).resume(resume(&newer)).unwrap_err();
    assert_eq!(error, BadCheckpoint::Version { version: 2 });
    let other_shape = r#"{"version":2,"asked":["wdt.refund.query"],"left":{"spans":[]}}"#;
    let error = client.list::<RefundQuery>(about(quarter())).resume(resume(other_shape)).unwrap_err();
    assert_eq!(error, BadCheckpoint::Version { version: 2 });
    let reversed = kept.replacen("\"end\":\"2026", "\"end\":\"2016", 1);
    assert!(serde_json::from_str::<Checkpoint>(&reversed).is_err(), "a span that ends before it starts");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stops_anywhere_goes_on_and_misses_nothing() {
    let (gateway, client) = december(300, RowOrder::Shuffled);
    let (all, proof, _) = read(&client, None, usize::MAX).await;
    assert!(matches!(proof, Some(Proof::Proved { total: 300.. })), "{proof:?}");
    let whole = gateway.counts().arrivals;
    for stop in [0, 1, 3, 7, 12] {
        let (mut seen, _, kept) = read(&client, None, stop).await;
        assert!(!kept.contains("TK"), "no row is in it");
        let before = gateway.counts().arrivals;
        let (rest, proof, end) = read(&client, Some(&kept), usize::MAX).await;
        seen.extend(rest);
        assert_eq!(seen, all, "stopped after {stop}");
        assert!(matches!(proof, Some(Proof::Proved { total: 300.. })), "{proof:?}");
        if stop >= 7 {
            assert!(gateway.counts().arrivals - before < whole, "what was read is not read again");
        }
        let asked = gateway.counts().arrivals;
        let (rows, again, _) = read(&client, Some(&end), usize::MAX).await;
        assert_eq!(
            (rows.len(), again, gateway.counts().arrivals),
            (0, proof, asked),
            "the end stays the end"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_a_span_begins_again_and_its_end_stays_the_end() {
    let page = ok(r#"{"response":{"total_count":1,"shoplist":[{"shop_no":"S1"}]}}"#);
    let (client, seen) = scripted(builder(), [page]);
    let list = || client.list_raw("wdt.shop.query", "shoplist", ());
    let mut pages = list().pages();
    let kept = pages.checkpoint();
    assert!(matches!(pages.try_next().await.unwrap(), Some(Listed::Page(_))));
    let end = pages.checkpoint();
    assert!(matches!(list().resume(kept).unwrap().pages().try_next().await.unwrap(), Some(Listed::Page(_))));
    assert!(matches!(list().resume(end).unwrap().pages().try_next().await.unwrap(), Some(Listed::End(_))));
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn progress_never_falls_and_is_whole_at_the_end_and_not_before() {
    for seed in 0..4 {
        let (gateway, client) = december(400, RowOrder::Shuffled);
        let world = gateway.world();
        let names: Vec<_> = world.refunds().iter().map(mock::MockRefund::refund_no).collect();
        let mut pages = client.list::<RefundQuery>(about(quarter())).page_size(10).window_pages(6).pages();
        let (mut last, mut steps) = (0, BTreeSet::new());
        while let Some(Listed::Page(listed)) = pages.try_next().await.unwrap() {
            let percent = listed.progress.percent;
            assert!((last..=100).contains(&percent), "{last} then {percent}");
            assert!(percent < 100 || pages.checkpoint().left().is_empty(), "seed {seed}");
            last = percent;
            steps.insert(percent);
            world.edit(&names[steps.len() * (seed + 7) % names.len()], |row| {
                row.touch(at("2026-12-01 09:00:00"));
            });
        }
        assert_eq!(last, 100);
        assert!(steps.len() > 20, "it moves: {steps:?}");
    }
}

#[test]
fn what_is_no_time_or_no_month_is_told() {
    for text in ["", "yesterday", "2026-13-01", "2026-11-20 25:00:00", "0000-00-00 00:00:00"] {
        assert!(parse_time(text).unwrap_err().to_string().contains("is no time"), "{text}");
    }
    for (year, month) in [(2026, 0), (2026, 13), (i32::MAX, 1), (2026, u32::MAX)] {
        assert!(Span::month(year, month).is_err(), "{year}-{month}");
    }
    let moment =
        |hour| FixedOffset::west_opt(5 * 3600).unwrap().with_ymd_and_hms(2026, 11, 19, hour, 0, 0).unwrap();
    assert!(Span::of(&moment(12), &moment(11)).is_err());
    assert_eq!(
        Span::of(&moment(11), &moment(12)).unwrap(),
        span("2026-11-20 00:00:00", "2026-11-20 01:00:00")
    );
}

#[test]
fn spans_of_a_day_and_a_month_adjoin_and_are_beijings() {
    let day = Span::day(NaiveDate::from_ymd_opt(2026, 11, 30).unwrap());
    assert_eq!(day, span("2026-11-30 00:00:00", "2026-12-01 00:00:00"));
    assert_eq!(from_beijing(day.start()).to_rfc3339(), "2026-11-29T16:00:00+00:00");
    let (november, december) = (Span::month(2026, 11).unwrap(), Span::month(2026, 12).unwrap());
    assert_eq!((november.end(), december.end()), (december.start(), at("2027-01-01 00:00:00")));
    assert_eq!(Span::day(NaiveDate::MAX).length().num_seconds(), 0, "the last day there is");
    let ever = Span::new(NaiveDateTime::MIN, NaiveDateTime::MAX).unwrap();
    let parts = ever.cut(3_000_000);
    assert_eq!(
        (parts.len(), parts[0].start(), parts[2_999_999].end()),
        (3_000_000, ever.start(), ever.end())
    );
}

#[test]
fn a_checkpoint_of_another_account_address_or_list_is_refused_and_shows_none_of_them() {
    let of = |builder: ClientBuilder| scripted(builder, [ok("{}")]).0;
    let client = of(builder());
    let list = |client: &Client| client.list::<RefundQuery>(about(quarter()));
    let raw = |client: &Client, key: &str| client.list_raw("wdt.refund.query", key, ());
    let (typed, untyped) = (list(&client).pages().checkpoint(), raw(&client, "refunds").pages().checkpoint());
    let others = [
        of(builder().sid("another")),
        of(builder().sandbox()),
        of(builder().base_url("https://qm.example.com/router/qm")),
    ];
    for other in &others {
        let Err(error) = list(other).resume(typed.clone()) else { panic!("it went on") };
        assert!(matches!(error, BadCheckpoint::OtherList { what: "parameters", .. }), "{error}");
        assert!(raw(other, "refunds").resume(untyped.clone()).is_err());
    }
    assert!(raw(&client, "refund_list").resume(untyped.clone()).is_err(), "another list of the answer");
    let (kept, raw_kept) = (serde_json::to_string(&typed).unwrap(), serde_json::to_string(&untyped).unwrap());
    for shown in [mock::SID, mock::APP_KEY, "taobao", "\"refunds\""] {
        assert!(!kept.contains(shown) && !raw_kept.contains(shown), "{shown}: {kept}");
    }
    assert!(list(&of(builder())).resume(typed).is_ok() && raw(&client, "refunds").resume(untyped).is_ok());
}
