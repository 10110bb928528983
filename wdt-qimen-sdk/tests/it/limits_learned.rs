//! What the limiter makes of limits that nobody told it, beside a plain AIMD on the same server. On virtual time;
//! `--nocapture` prints the figures. With `PROPTEST_CASES` of 10,000 or more over 24 seeds, else over 6.

#![allow(clippy::print_stdout, reason = "the figures are what is asked for")]

use crate::dice::Dice;
use crate::support::{builder, first_page, utc, wide};
use chrono::TimeDelta;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt;
use wdt_qimen_sdk::mock::{self, Faults, Gateway, QuotaRule};
use wdt_qimen_sdk::{Client, ClientBuilder, PaceReason, Quota, RetryPolicy};

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

fn seeds() -> std::ops::Range<u64> {
    0..if wide() { 24 } else { 6 }
}

/// Twenty calls in any minute, half a minute of ban.
fn hidden(calls: u32) -> QuotaRule {
    QuotaRule::sliding(calls, TimeDelta::minutes(1)).ban(TimeDelta::seconds(30))
}

/// A client under a contract of 60 a minute, with up to 20 ms on the way to a server that keeps its own rule.
/// The seed says how the network trembles.
fn pair(rule: QuotaRule, seed: u64) -> (ClientBuilder, Gateway) {
    let clock = mock::virtual_clock(utc("2026-11-20 00:00:00"));
    let gateway = Gateway::builder().now(clock.clone()).quota(Some(rule)).build();
    let (service, dice) = (gateway.service(), Arc::new(Mutex::new(Dice::new(seed))));
    let trembling = tower::service_fn(move |request| {
        let (service, late) = (service.clone(), dice.lock().unwrap().below(21));
        async move {
            tokio::time::sleep(Duration::from_millis(late)).await;
            service.oneshot(request).await
        }
    });
    let builder = builder().clock(clock).transport(trembling).retry(RetryPolicy::default());
    (builder.quota(Quota::default()), gateway)
}

/// Pages without a pause.
async fn page_until(client: &Client, end: Instant) {
    while Instant::now() < end {
        let _refused = first_page(client).await;
    }
}

/// Additive increase, multiplicative decrease: four calls a minute more after each minute, half after a refusal.
async fn page_by_aimd(builder: ClientBuilder, end: Instant) {
    let (mut rate, mut risen) = (59.0, Instant::now());
    let builder = builder.retry(RetryPolicy::never()).quota(Quota::per_minute(60_000));
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_secs_f64(60.0 / rate)).await;
        // A client of its own for each call: no limiter that learns.
        let client = builder.clone().build().unwrap();
        match first_page(&client).await {
            Ok(_) if risen.elapsed() >= MINUTE => {
                (rate, risen) = (f64::min(rate + 4.0, 59.0), Instant::now());
            }
            Ok(_) => {}
            Err(refused) => {
                tokio::time::sleep(refused.retry_after().unwrap_or_default()).await;
                (rate, risen) = (rate / 2.0, Instant::now());
            }
        }
    }
}

/// Pages until the limiter keeps below the contract, which is right after a refusal.
async fn until_limited(client: &Client) {
    while client.limits().values().all(|pace| pace.ceiling.is_none()) {
        let _refused = first_page(client).await;
    }
}

fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

/// Calls taken and calls refused in an hour, medians over the seeds; beside it those of an AIMD.
async fn an_hour_against(name: &str, rule: impl Fn(u64) -> QuotaRule) -> (u64, u64) {
    let mut figures = [const { Vec::new() }; 4];
    for seed in seeds() {
        let (builder, gateway) = pair(rule(seed), seed);
        page_until(&builder.build().unwrap(), Instant::now() + HOUR).await;
        let ours = gateway.counts();
        let (builder, gateway) = pair(rule(seed), seed);
        page_by_aimd(builder, Instant::now() + HOUR).await;
        let aimd = gateway.counts();
        let counts =
            [ours.answered, ours.arrivals - ours.answered, aimd.answered, aimd.arrivals - aimd.answered];
        figures.iter_mut().zip(counts).for_each(|(figures, count)| figures.push(count));
    }
    let [taken, refused, aimd_taken, aimd_refused] = figures.map(median);
    println!(
        "{name}: {taken} calls of 1200, {refused} refused; AIMD {aimd_taken}, {aimd_refused} refused; medians of {} seeds",
        seeds().end
    );
    assert!(taken > aimd_taken && refused < aimd_refused, "a plain AIMD does no worse");
    (taken, refused)
}

#[tokio::test(start_paused = true)]
async fn a_hidden_limit_of_any_minute_is_used_to_nine_tenths() {
    let (taken, refused) = an_hour_against("20 in any minute", |_| hidden(20)).await;
    assert!(taken >= 1_080 && refused <= 10, "{taken} taken, {refused} refused");
}

#[tokio::test(start_paused = true)]
async fn a_hidden_limit_of_fixed_minutes_is_used_to_nine_tenths() {
    let rule = |seed: u64| {
        let phase = TimeDelta::milliseconds(i64::try_from(seed * 60_000 / seeds().end).unwrap());
        QuotaRule::fixed(20, TimeDelta::minutes(1), phase).ban(TimeDelta::seconds(30))
    };
    let (taken, refused) = an_hour_against("20 in fixed minutes", rule).await;
    assert!(taken >= 1_080 && refused <= 15, "{taken} taken, {refused} refused");
}

#[tokio::test(start_paused = true)]
async fn a_hidden_bucket_is_used_to_85_percent() {
    let rule = |_| QuotaRule::bucket(20, TimeDelta::minutes(1), 3).ban(TimeDelta::seconds(30));
    let (taken, refused) = an_hour_against("a bucket of 3, 20 a minute", rule).await;
    assert!(taken >= 1_020 && refused <= 15, "{taken} taken, {refused} refused");
}

#[tokio::test(start_paused = true)]
async fn a_raised_limit_is_in_use_twelve_minutes_later() {
    let mut worst = u64::MAX;
    for seed in seeds() {
        let (builder, gateway) = pair(hidden(20), seed);
        let client = builder.build().unwrap();
        let risen = Instant::now()
            + Duration::from_mins(20)
            + Duration::from_mins(10) * u32::try_from(seed).unwrap() / u32::try_from(seeds().end).unwrap();
        page_until(&client, risen).await;
        gateway.set_quota(Some(hidden(40)));
        page_until(&client, risen + 12 * MINUTE).await;
        let before = gateway.counts().answered;
        page_until(&client, risen + 13 * MINUTE).await;
        let taken = gateway.counts().answered - before;
        worst = worst.min(taken);
        assert!(taken >= 36, "seed {seed}: {taken}");
    }
    println!("20 raised to 40: at least {worst} calls in the minute that begins 12 minutes later");
}

#[tokio::test(start_paused = true)]
async fn a_trembling_network_brings_no_ban_where_the_server_keeps_the_contract_exactly() {
    let (builder, gateway) = pair(hidden(60), 1);
    let hours = if wide() { 10 } else { 1 };
    page_until(&builder.build().unwrap(), Instant::now() + HOUR * hours).await;
    let counts = gateway.counts();
    println!("20 ms of jitter, {hours} h: {} calls, {:?} refused", counts.answered, counts.refused);
    assert!(counts.refused.is_empty(), "{counts:?}");
    assert!(counts.answered >= u64::from(3_528 * hours), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_the_middle_of_a_ban_keeps_the_hold_and_what_was_learned() {
    let (builder, gateway) = pair(hidden(20), 3);
    let client = builder.clone().retry(RetryPolicy::never()).build().unwrap();
    until_limited(&client).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let before = client.limits()["wdt.refund.query"];
    let kept = serde_json::to_string(&client.snapshot()).unwrap();
    drop(client);

    let client = builder.resume(serde_json::from_str(&kept).unwrap()).build().unwrap();
    let (earlier, resumed) = (gateway.counts(), Instant::now());
    first_page(&client).await.unwrap();
    assert!(resumed.elapsed() >= Duration::from_secs(20), "the ban had twenty seconds to go");
    let after = client.limits()["wdt.refund.query"];
    assert_eq!((after.ceiling, after.per_minute), (before.ceiling, before.per_minute));
    page_until(&client, Instant::now() + MINUTE * 3 / 4).await;
    let counts = gateway.counts();
    assert!(counts.arrivals - earlier.arrivals <= 16 && counts.refused == earlier.refused, "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn the_pace_its_reason_and_its_end_can_be_seen() {
    let (builder, _gateway) = pair(hidden(20), 4);
    let client = builder.retry(RetryPolicy::never()).build().unwrap();
    assert!(client.limits().is_empty(), "nothing was called yet");
    first_page(&client).await.unwrap();
    let pace = client.limits()["wdt.refund.query"];
    assert_eq!((pace.reason, pace.ceiling, pace.held_until), (PaceReason::Contract, None, None));
    until_limited(&client).await;

    let pace = client.limits()["wdt.refund.query"];
    assert_eq!((pace.reason, pace.ceiling, pace.window), (PaceReason::Settled, Some(20.0), Some(MINUTE)));
    assert!(pace.per_minute < 20.0 && pace.per_minute > 19.0 && pace.contract > 59.0, "{pace:?}");
    let left = pace.held_until.unwrap() - client.now();
    assert!(left > TimeDelta::seconds(30) && left <= TimeDelta::seconds(31), "{left}");

    page_until(&client, Instant::now() + 5 * MINUTE).await;
    let pace = client.limits()["wdt.refund.query"];
    assert_eq!((pace.reason, pace.held_until), (PaceReason::Settled, None));
    assert!(pace.next_sprint.unwrap() > client.now());
}

/// Six calls in a hundred are banned for a second, five are slow, twelve lose their answer, as on a day of sales.
#[tokio::test(start_paused = true)]
async fn a_hundred_pages_get_through_a_storm_of_short_bans_within_a_minute() {
    for seed in seeds() {
        let clock = mock::virtual_clock(utc("2026-11-20 00:00:00"));
        let gateway = Gateway::builder().now(clock.clone()).quota(None).seed(seed).build();
        gateway.set_faults(Faults {
            limited: 0.06,
            slow: 0.05,
            lost: 0.12,
            delay: Duration::from_millis(500),
            latency: Duration::from_millis(5),
            ..Faults::none()
        });
        let builder = builder().clock(clock).transport(gateway.service()).retry(RetryPolicy::default());
        let client = builder.quota(Quota::per_minute(60_000)).seed(seed).build().unwrap();
        let begun = Instant::now();
        for _ in 0..100 {
            // Five attempts in a row lose their answers now and then.
            while first_page(&client).await.is_err() {}
        }
        let took = begun.elapsed();
        println!(
            "100 pages in a storm, seed {seed}: {:.0} s, {:?}",
            took.as_secs_f64(),
            gateway.counts().refused
        );
        assert!(took < MINUTE, "{took:?}");
    }
}
