//! How often and how long a client tries again: bounds that all its clones share, and delays that no two clients share.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Fault, Site};
use kingdee_k3cloud_sdk::{Client, Error, RetryPolicy};
use tokio::time::Instant;

use crate::support::{Act, Script, builder, reply, signed, site};

fn broken(site: &Site, times: usize) {
    for _ in 0..times {
        site.fail_next(Fault::ResetBefore);
    }
}

fn attempts(error: &Error) -> u32 {
    error.attempts()
}

#[tokio::test(start_paused = true)]
async fn the_retry_budget_is_shared_and_refilled_by_answers() {
    let site = site().build();
    let retry = RetryPolicy::default().attempts(3).budget(3);
    let client = builder(signed()).retry(retry).transport(site.service()).build().unwrap();
    broken(&site, 6);
    assert_eq!(client.ping().await.as_ref().map_err(attempts), Err(3));
    assert_eq!(client.clone().ping().await.as_ref().map_err(attempts), Err(2), "one retry is left");
    assert_eq!(client.ping().await.as_ref().map_err(attempts), Err(1), "nothing is left");
    client.ping().await.unwrap();
    broken(&site, 1);
    client.ping().await.expect("the answer before gave one retry back");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_longer_than_the_patience_is_told_and_not_sat_out() {
    let busy = || {
        let Act::Reply(mut busy) = reply(503, "busy") else { unreachable!() };
        busy.headers_mut().insert("retry-after", "60".parse().unwrap());
        Act::Reply(busy)
    };
    let script = Script::new(vec![busy()]);
    let error = script.client.ping().await.unwrap_err();
    assert_eq!((script.sent(), error.retry_after()), (1, Some(Duration::from_mins(1))));
}

/// How long a call takes that is broken twice.
async fn two_delays(client: &Client, site: &Site) -> Duration {
    broken(site, 2);
    let started = Instant::now();
    client.ping().await.unwrap();
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn two_clients_do_not_come_back_at_the_same_time_unless_they_are_told_to() {
    let site = site().build();
    let mut seeded = Vec::new();
    let mut own = Vec::new();
    for _ in 0..6 {
        let one = || builder(signed()).transport(site.service());
        seeded.push(two_delays(&one().seed(7).build().unwrap(), &site).await);
        own.push(two_delays(&one().build().unwrap(), &site).await);
    }
    assert!(seeded.windows(2).all(|pair| pair[0] == pair[1]), "{seeded:?}");
    assert!(own.windows(2).any(|pair| pair[0] != pair[1]), "{own:?}");
}
