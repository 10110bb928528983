//! Lists whose totals and keys say what is not so: nothing is lost, nothing is proven by a lie, no lie is worth more
//! than a bounded number of calls.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::TryStreamExt;
use serde_json::json;
use wdt_qimen_sdk::method::refund::RefundQuery;
use wdt_qimen_sdk::mock::{self, Gateway, Lies, ListLie, RowOrder, TotalLie};
use wdt_qimen_sdk::window::{Proof, Why};
use wdt_qimen_sdk::{Client, ErrorKind, Listed};

use crate::support::{a_day, builder, first_page, span, utc};

/// 257 returns of a day long past.
fn site(lies: Lies, order: RowOrder) -> (Gateway, Client) {
    let clock = mock::virtual_clock(utc("2026-12-01 00:00:00"));
    let gateway = Gateway::builder().now(clock.clone()).order(order).lies(lies).seed(3).build();
    gateway.world().extend(mock::fill(3, 257, span("2026-11-20 00:00:00", "2026-11-20 23:59:59")));
    let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
    (gateway, client)
}

/// Reads the day; gives how many numbers were seen, what they prove, and the calls.
async fn read(gateway: &Gateway, client: &Client) -> (usize, Proof, u64) {
    let before = gateway.counts().arrivals;
    let listed: Vec<_> = client.list::<RefundQuery>(a_day()).pages().try_collect().await.unwrap();
    let mut seen = BTreeSet::new();
    let mut proof = None;
    for listed in listed {
        match listed {
            Listed::Page(page) => seen.extend(page.page.rows.into_iter().map(|row| row.unwrap().refund_no)),
            Listed::End(end) => proof = Some(end),
            other => panic!("{other:?}"),
        }
    }
    (seen.len(), proof.unwrap(), gateway.counts().arrivals - before)
}

const ORDERS: [RowOrder; 4] = [RowOrder::TimeAsc, RowOrder::TimeDesc, RowOrder::ById, RowOrder::Shuffled];

fn total(total: TotalLie) -> Lies {
    Lies { total, ..Lies::default() }
}

#[tokio::test(start_paused = true)]
async fn a_total_below_the_rows_loses_nothing_and_proves_nothing() {
    for lie in [TotalLie::Page, TotalLie::Fixed(0), TotalLie::Fixed(1), TotalLie::Fixed(40), TotalLie::Low(3)]
    {
        for order in ORDERS {
            let (gateway, client) = site(total(lie), order);
            let (seen, proof, calls) = read(&gateway, &client).await;
            assert_eq!((seen, proof), (257, Proof::Unproved(Why::Low)), "{lie:?} {order:?}");
            assert!(calls <= 120, "{lie:?} {order:?}: {calls} calls");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_total_of_minus_one_is_no_total() {
    for lie in [TotalLie::Fixed(-1), TotalLie::Missing] {
        let (gateway, client) = site(total(lie), RowOrder::TimeDesc);
        assert_eq!(read(&gateway, &client).await, (257, Proof::Unproved(Why::NoTotal), 8));
    }
}

#[tokio::test(start_paused = true)]
async fn a_total_above_the_rows_costs_a_bounded_number_of_calls_and_is_short() {
    for more in [1, 3, 40, 1_000_000, 1 << 62] {
        for order in ORDERS {
            let (gateway, client) = site(total(TotalLie::High(more)), order);
            let (seen, proof, calls) = read(&gateway, &client).await;
            let short = Proof::ShortBy { total: 257 + more, missing: more };
            assert_eq!((seen, proof), (257, short), "{order:?}");
            assert!(calls <= 200, "{more} {order:?}: {calls} calls");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_total_that_is_wrong_for_a_time_is_proven_afterwards() {
    for lie in [TotalLie::High(3), TotalLie::Page, TotalLie::Fixed(0)] {
        let until = utc("2026-12-01 00:10:00");
        let (gateway, client) = site(Lies { until: Some(until), ..total(lie) }, RowOrder::TimeDesc);
        assert!(!matches!(read(&gateway, &client).await.1, Proof::Proved { .. }));
        tokio::time::sleep(std::time::Duration::from_mins(10)).await;
        assert_eq!(read(&gateway, &client).await, (257, Proof::Proved { total: 257 }, 7));
    }
}

#[tokio::test(start_paused = true)]
async fn rows_counted_before_they_are_delivered_are_short_and_found_later() {
    let (gateway, client) = site(Lies::default(), RowOrder::Shuffled);
    for row in 0..5 {
        let late = json!({"refund_no": format!("LATE{row}"), "modified": "2026-11-20 11:00:00"});
        gateway.world().push_late(late, utc("2026-12-01 00:00:00") + TimeDelta::seconds(30));
    }
    let (seen, proof, _) = read(&gateway, &client).await;
    assert_eq!((seen, proof), (257, Proof::ShortBy { total: 262, missing: 5 }));
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    let (seen, proof, _) = read(&gateway, &client).await;
    assert_eq!((seen, proof), (262, Proof::Proved { total: 262 }));
    gateway.set_lies(Lies { list: ListLie::Late, ..Lies::default() });
    let short = Proof::ShortBy { total: 262, missing: 262 };
    assert_eq!(read(&gateway, &client).await.1, short);
}

#[tokio::test(start_paused = true)]
async fn a_total_without_its_list_is_an_unreadable_answer_not_an_empty_page() {
    for (lie, native) in [(ListLie::Missing, false), (ListLie::Null, false), (ListLie::Missing, true)] {
        let (gateway, client) = site(Lies { list: lie, ..Lies::default() }, RowOrder::TimeDesc);
        let client = if native {
            let builder =
                builder().protocol(wdt_qimen_sdk::Protocol::Native).clock(|| utc("2026-12-01 00:00:00"));
            builder.transport(gateway.service()).build().unwrap()
        } else {
            client
        };
        let error = first_page(&client).await.unwrap_err();
        assert!(error.is_transient() && !error.is_permanent_for_all());
        let said = "total_count is 257 and there is no list refunds";
        assert!(
            matches!(error.kind(), ErrorKind::Unreadable { why: Some(why), .. } if why.en == said),
            "{error}"
        );
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_counted_and_no_list_is_an_empty_page() {
    for lie in [ListLie::True, ListLie::Missing, ListLie::Null] {
        let gateway = Gateway::builder().lies(Lies { list: lie, ..Lies::default() }).build();
        let client = builder().transport(gateway.service()).build().unwrap();
        let page = first_page(&client).await.unwrap();
        assert_eq!((page.total, page.rows.len()), (Some(0), 0));
        assert!(page.is_whole());
    }
}
