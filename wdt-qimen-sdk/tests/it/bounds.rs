//! How long a call may take, its turn included, and what is different for one call.

use std::time::Duration;

use tokio::time::Instant;
use wdt_qimen_sdk::{CallOptions, ErrorKind, Fate, Quota, RetryPolicy};

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
