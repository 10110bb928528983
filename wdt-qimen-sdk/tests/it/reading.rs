//! Client, limiter, reading rule and simulator together: a day is read whole while its rows move and the wire breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Faults, Gateway, RowOrder};
use wdt_qimen_sdk::window::{Proof, Step, Walk};
use wdt_qimen_sdk::{Client, PageAsk, Quota, RetryPolicy, Span};

use crate::support::{at, builder, span, utc};

const PAGE: u32 = 20;

/// Reads a cold span by the rule; a page that cannot be had is asked again, and between pages a row is changed.
async fn read(client: &Client, day: Span, mut change: impl FnMut(u32)) -> (BTreeSet<String>, u32) {
    let mut todo = vec![day];
    let mut seen = BTreeSet::new();
    let mut pages = 0;
    while let Some(span) = todo.pop() {
        let mut walk = Walk::new(span, PAGE, 8);
        let proof = loop {
            match walk.step() {
                Step::Ask { page_no } => {
                    let params = RefundParams::builder().span(walk.span()).build();
                    let ask = PageAsk::new(page_no, PAGE);
                    let Ok(page) = client.page::<RefundQuery>(&params, ask).await else { continue };
                    pages += 1;
                    assert!(pages < 5000, "stuck at {span}");
                    walk.answer(page.total, page.rows_at::<RefundQuery>());
                    seen.extend(page.rows.into_iter().map(|row| row.unwrap().refund_no));
                    change(pages);
                }
                Step::Cut(parts) => {
                    todo.extend(parts);
                    break None;
                }
                Step::Done(proof) => break Some(proof),
                other => panic!("{other:?}"),
            }
        };
        assert!(proof.is_none_or(|proof| matches!(proof, Proof::Proved { .. })), "{proof:?} at {span}");
    }
    (seen, pages)
}

#[tokio::test(start_paused = true)]
async fn a_day_is_read_whole_while_rows_move_and_the_wire_breaks() {
    let day = span("2026-11-20 00:00:00", "2026-11-21 00:00:00");
    for (seed, order) in
        [(1, RowOrder::TimeAsc), (2, RowOrder::TimeDesc), (3, RowOrder::ById), (4, RowOrder::Shuffled)]
    {
        let clock = mock::virtual_clock(utc("2026-11-25 00:00:00"));
        let gateway = Gateway::builder()
            .now(clock.clone())
            .order(order)
            .page_cap(Some(7))
            .faults(Faults::storm())
            .seed(seed)
            .build();
        let world = gateway.world();
        world.extend(mock::fill(seed, 600, day));
        let names: Vec<_> = world.refunds().iter().map(mock::MockRefund::refund_no).collect();

        let client = builder()
            .clock(clock)
            .quota(Quota::per_minute(600))
            .retry(
                RetryPolicy::default().attempts(3).delays(Duration::from_millis(10), Duration::from_secs(1)),
            )
            .transport(gateway.service())
            .build()
            .unwrap();
        let move_one = |turn: u32| {
            if turn.is_multiple_of(3) {
                let name = &names[(turn as usize * 31) % names.len()];
                world.edit(name, |row| row.touch(at("2026-11-25 09:00:00")));
            }
        };
        let (seen, _) = read(&client, day, move_one).await;

        let staying =
            world.refunds().into_iter().filter(|row| row.modified().is_some_and(|time| day.contains(time)));
        let missed: Vec<_> = staying.map(|row| row.refund_no()).filter(|name| !seen.contains(name)).collect();
        assert!(missed.is_empty(), "{order:?}: {missed:?}");
        let counts = gateway.counts();
        assert!(counts.broken > 20, "{counts:?}");
        assert!(counts.refused.keys().all(|code| [10, 15].contains(code)), "{counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_day_takes_one_call_a_page_and_none_more() {
    let day = span("2026-11-20 00:00:00", "2026-11-21 00:00:00");
    let gateway = Gateway::builder().order(RowOrder::TimeDesc).build();
    gateway.world().extend(mock::fill(5, 150, day));
    let client = builder().transport(gateway.service()).build().unwrap();
    let (seen, pages) = read(&client, day, |_| {}).await;
    assert_eq!((seen.len(), pages), (150, 8));
    assert_eq!(gateway.counts().refused, BTreeMap::new());
}
