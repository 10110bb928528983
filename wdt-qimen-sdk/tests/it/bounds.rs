//! How long a call may take, its turn included, and what is different for one call.

use std::time::Duration;

use tokio::time::Instant;
use wdt_qimen_sdk::method::write::GoodsPush;
use wdt_qimen_sdk::{CallOptions, Error, ErrorKind, Fate, Method, PageRule, Quota, RetryPolicy, RowKey};

use crate::support::{Say, builder, first_page, ok, scripted};

const EMPTY: &str = include_str!("fixtures/wdt-empty.json");
const BANNED: &str = include_str!("fixtures/wdt-error-limited.json");

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn no_time_at_all_is_refused_when_it_is_built() {
    let error = builder().deadline(Duration::ZERO).build().unwrap_err();
    assert_eq!(error.faults()[0].setting, "deadline");
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_come_in_time_ends_the_call_and_nothing_was_sent() {
    let slow = builder().retry(RetryPolicy::never()).timeout(seconds(150)).deadline(seconds(200));
    let (client, seen) = scripted(slow, [Say::Hang]);
    let calls = (0..5).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { first_page(&client).await.unwrap_err() })
    });
    let begun = Instant::now();
    let mut queued = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        let error = call.await.unwrap();
        if let ErrorKind::Deadline { limit } = error.kind() {
            assert_eq!((*limit, error.fate(), error.attempts()), (seconds(200), Fate::NotSent, 0), "{error}");
            assert!(error.may_resend() && error.is_transient());
            queued.push(error.queued());
        }
    }
    assert_eq!(queued, [seconds(200); 3], "one had its time, one a part of it");
    assert_eq!((begun.elapsed().as_secs(), seen.lock().unwrap().len()), (200, 2));
}

#[tokio::test(start_paused = true)]
async fn an_error_tells_how_long_it_waited_for_its_turn() {
    let (client, _) = scripted(builder().quota(Quota::per_minute(1)), [Say::Break]);
    first_page(&client).await.unwrap_err();
    let error = first_page(&client).await.unwrap_err();
    assert!((60..=62).contains(&error.queued().as_secs()), "{error}");
    assert!(error.to_string().contains("queued 6"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_has_only_the_time_that_is_left() {
    let (client, seen) = scripted(builder().retry(RetryPolicy::default()).deadline(seconds(40)), [Say::Hang]);
    let begun = Instant::now();
    let error = first_page(&client).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { limit } if *limit < seconds(10)), "{error}");
    assert_eq!((begun.elapsed().as_secs(), seen.lock().unwrap().len()), (40, 2));
}

#[tokio::test(start_paused = true)]
async fn a_ban_that_outlasts_the_deadline_is_not_waited_for() {
    let ban = BANNED.replace("for 2 more", "for 20 more");
    let (client, _) = scripted(builder().retry(RetryPolicy::default()), [ok(ban), ok(EMPTY)]);
    let hasty = client.with(CallOptions::new().deadline(seconds(5)));
    let begun = Instant::now();
    for _ in 0..2 {
        let error = first_page(&hasty).await.unwrap_err();
        assert!(error.retry_after().is_some_and(|wait| wait > seconds(5)), "{error}");
    }
    assert!(begun.elapsed() < seconds(5));
    assert!(first_page(&client).await.is_ok(), "the client itself has the patience");
}

#[tokio::test(start_paused = true)]
async fn what_is_different_for_one_call_is_the_clients_for_the_others() {
    let (client, seen) = scripted(builder().retry(RetryPolicy::default().attempts(2)), [Say::Hang]);
    let options = CallOptions::new().timeout(seconds(3)).retry(RetryPolicy::never());
    let error = first_page(&client.with(options)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { limit } if *limit == seconds(3)));
    assert_eq!((error.attempts(), seen.lock().unwrap().len()), (1, 1));
    let hasty = client.with(options).with(CallOptions::new().deadline(seconds(2)));
    assert_eq!(first_page(&hasty).await.unwrap_err().attempts(), 1, "options add up");
    assert_eq!(first_page(&client).await.unwrap_err().attempts(), 2);
}

/// Two calls one after the other; the second has this deadline.
async fn second(deadline: Option<Duration>) -> (Error, usize) {
    let (client, seen) = scripted(builder().quota(Quota::per_minute(1)), [Say::Break]);
    first_page(&client).await.unwrap_err();
    let options = deadline.map_or(CallOptions::new(), |deadline| CallOptions::new().deadline(deadline));
    let error = first_page(&client.with(options)).await.unwrap_err();
    let sent = seen.lock().unwrap().len();
    (error, sent)
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_comes_with_the_deadline_comes_too_late_to_be_sent() {
    let (error, sent) = second(None).await;
    let turn = error.queued();
    assert_eq!((sent, error.elapsed()), (2, turn));
    let moment = Duration::from_millis(1);
    for deadline in [turn, turn.saturating_sub(moment)] {
        let (error, sent) = second(Some(deadline)).await;
        assert!(matches!(error.kind(), ErrorKind::Deadline { limit } if *limit == deadline), "{error}");
        assert_eq!((sent, error.attempts(), error.fate()), (1, 0, Fate::NotSent));
    }
    assert_eq!(second(Some(turn + moment)).await.1, 2, "in time");
}

#[test]
fn a_time_out_of_a_method_that_does_not_exist_is_refused_at_once() {
    let fault = |name: &str| {
        let error = builder().timeout_of(name, seconds(1)).build().unwrap_err();
        assert_eq!(error.faults()[0].setting, "timeout_of", "{name}");
        error.to_string()
    };
    for name in ["RefundQuery", "BatchSave", "x", "", "wdt..query", "wdt/refund.query", "wdt.refund.query."] {
        assert!(fault(name).contains("no name of a method"), "{name}");
    }
    for (name, meant) in [
        ("wdt.refnd.query", "wdt.refund.query"),
        ("wdt.refund.qurey", "wdt.refund.query"),
        ("WDT.Refund.Query", "wdt.refund.query"),
        ("wdt.suite.query", "wdt.suites.query"),
        ("wdt.trade.psuh", "wdt.trade.push"),
        ("wdt.stock.sync.bypd", "wdt.stock.sync.by.pd"),
        ("refnd_query.php", "wdt.refund.query"),
    ] {
        let fault = fault(name);
        assert!(fault.contains(&format!("do you mean {meant}?")), "{fault}");
    }
    for name in ["wdt.refund.query", "hu3cgwt0tc.wdt.refund.query", "refund_query.php", "wdt.stock.query"] {
        builder().timeout_of(name, seconds(1)).build().unwrap();
    }
}

/// A method of another project, whose name lies near one of this crate's.
struct Shops;

impl Method for Shops {
    const NAME: &'static str = "wdt.shops.query";
    const LIST_KEY: &'static str = "shops";
    const PAGE: PageRule = PageRule::new(100, 40);
    type Params = ();
    type Row = ();

    fn params((): &()) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn key((): &()) -> RowKey {
        RowKey::from("")
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_is_of_the_method_by_whichever_name_it_is_called() {
    let quick = builder()
        .retry(RetryPolicy::never())
        .timeout_of("hu3cgwt0tc.wdt.refund.query", seconds(2))
        .timeout_of("trade_push.php", seconds(3))
        .timeout_for::<Shops>(seconds(4))
        .timeout_for_write::<GoodsPush>(seconds(5));
    let (client, _) = scripted(quick, [Say::Hang]);
    for (name, limit) in [
        ("wdt.refund.query", 2),
        ("refund_query.php", 2),
        ("wdt.trade.push", 3),
        ("wdt.shops.query", 4),
        ("wdt.goods.push", 5),
        ("wdt.shop.query", 30),
    ] {
        let error = client.call(name, ()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Timeout { limit: l } if *l == seconds(limit)), "{error}");
    }
}
