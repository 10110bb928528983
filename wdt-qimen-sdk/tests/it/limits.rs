//! The pace: never above the contract, a ban is sat out, and a restart forgets neither. All on virtual time.

use crate::support::{Say, builder, first_page, ok, scripted, utc};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use wdt_qimen_sdk::mock::{self, Gateway, QuotaRule};
use wdt_qimen_sdk::{
    Client, ClientBuilder, ErrorKind, Fate, Hold, Limiter, LimiterSnapshot, Pace, Quota, Replay, RetryPolicy,
};

const EMPTY: &str = include_str!("fixtures/wdt-empty.json");
const LIMITED: &str = include_str!("fixtures/wdt-error-limited.json");

fn start() -> DateTime<Utc> {
    utc("2026-11-20 00:00:00")
}

fn banned(seconds: u64) -> Say {
    ok(LIMITED.replace("last for 2 more", &format!("last for {seconds} more")))
}

/// A client and a simulator on one virtual clock, the contract at 60 a minute.
fn pair(rule: QuotaRule) -> (ClientBuilder, Gateway) {
    let clock = mock::virtual_clock(start());
    let gateway = Gateway::builder().now(clock.clone()).quota(Some(rule)).build();
    let builder = builder().clock(clock).quota(Quota::default()).transport(gateway.service());
    (builder.retry(RetryPolicy::default()), gateway)
}

fn contract() -> QuotaRule {
    QuotaRule::sliding(60, TimeDelta::minutes(1)).ban(TimeDelta::seconds(30))
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_calls_never_meets_the_limit_and_uses_what_is_allowed() {
    let (builder, gateway) = pair(contract());
    let client = builder.build().unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_hours(1) {
        first_page(&client).await.unwrap();
    }
    let counts = gateway.counts();
    assert!(counts.refused.is_empty(), "{counts:?}");
    assert!(counts.arrivals >= 3600 * 98 / 100, "{counts:?}");
    assert!(counts.closest.unwrap() >= Quota::default().interval(), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn clones_share_one_pace_and_call_one_at_a_time() {
    let (builder, gateway) = pair(contract());
    let client = builder.build().unwrap();
    let calls = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { first_page(&client).await.map(|_| ()) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert!(gateway.counts().closest.unwrap() >= Quota::default().interval());
}

#[tokio::test(start_paused = true)]
async fn clients_with_one_limiter_share_the_lanes_of_a_seller_and_of_no_other() {
    let (builder, gateway) = pair(contract());
    let builder = builder.limiter(Limiter::new(Quota::per_minute(61)));
    let (one, other) = (builder.clone().build().unwrap(), builder.clone().build().unwrap());
    let begun = Instant::now();
    for client in [&one, &other, &one, &other] {
        first_page(client).await.unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::from_secs(4));
    assert_eq!(gateway.counts().closest, Some(Duration::from_secs(1)));
    assert_eq!(one.snapshot(), other.snapshot());

    let stranger = builder.sid("another").build().unwrap();
    assert!(stranger.limits().is_empty(), "another seller has lanes of its own");
}

#[tokio::test(start_paused = true)]
async fn what_was_known_of_a_method_that_is_not_called_is_kept() {
    let (builder, _gateway) = pair(contract());
    let known = r#"{"lanes": {"wdt.shop.query": {"ceiling": 12.5, "held_until": "2026-11-20T08:00:00Z"}}}"#;
    let client = builder.resume(serde_json::from_str(known).unwrap()).build().unwrap();
    first_page(&client).await.unwrap();
    let snapshot = client.snapshot();
    assert_eq!(snapshot.lanes["wdt.shop.query"].ceiling, Some(12.5));
    assert_eq!(snapshot.lanes.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_client_starts_one_spacing_ahead() {
    let (builder, gateway) = pair(contract());
    let begun = Instant::now();
    first_page(&builder.build().unwrap()).await.unwrap();
    assert!(begun.elapsed() >= Quota::default().interval());
    assert_eq!(gateway.counts().arrivals, 1);
}

#[tokio::test(start_paused = true)]
async fn restarts_in_a_row_never_call_faster_than_the_contract() {
    let (builder, gateway) = pair(contract());
    for _ in 0..200 {
        first_page(&builder.clone().build().unwrap()).await.unwrap();
    }
    assert!(gateway.counts().refused.is_empty());
}

#[tokio::test(start_paused = true)]
async fn proven_silence_needs_no_waiting() {
    let (builder, _gateway) = pair(contract());
    let client = builder.clone().build().unwrap();
    first_page(&client).await.unwrap();
    let snapshot = client.snapshot();
    tokio::time::sleep(Duration::from_mins(1)).await;
    let resumed = builder.resume(snapshot).build().unwrap();
    let begun = Instant::now();
    first_page(&resumed).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_named_ban_is_sat_out_and_a_second_more() {
    let (client, seen) = scripted(builder().retry(RetryPolicy::default()), [banned(40), ok(EMPTY)]);
    let begun = Instant::now();
    let page = first_page(&client).await.unwrap();
    assert_eq!(page.calls, 2);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(41) && waited < Duration::from_secs(42), "{waited:?}");
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_long_ban_ends_the_call_and_holds_the_next_ones() {
    let (client, seen) = scripted(builder().retry(RetryPolicy::default()), [banned(31_062), ok(EMPTY)]);
    let error = first_page(&client).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(31_063)));
    let held = first_page(&client).await.unwrap_err();
    assert!(matches!(held.kind(), ErrorKind::Held { .. }), "{held}");
    assert_eq!((held.fate(), held.attempts()), (Fate::NotSent, 0));
    assert_eq!(seen.lock().unwrap().len(), 1, "nothing is sent into a ban");
    tokio::time::sleep(Duration::from_secs(31_063)).await;
    first_page(&client).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_limit_without_a_number_is_sat_out_for_a_minute() {
    let native = ok(include_str!("fixtures/wdt-native-error-limited.json"));
    let (client, _) = scripted(builder().retry(RetryPolicy::default()), [native, ok(EMPTY)]);
    let begun = Instant::now();
    first_page(&client).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn retry_after_beats_the_backoff() {
    let busy = Say::Header(503, "retry-after", "17".into());
    let (client, _) = scripted(builder().retry(RetryPolicy::default()), [busy, ok(EMPTY)]);
    let begun = Instant::now();
    first_page(&client).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(17));
}

#[tokio::test(start_paused = true)]
async fn a_ban_survives_a_restart() {
    let (builder, gateway) = pair(QuotaRule::sliding(1, TimeDelta::minutes(10)).ban(TimeDelta::seconds(90)));
    let client = builder.clone().retry(RetryPolicy::never()).build().unwrap();
    first_page(&client).await.unwrap();
    assert_eq!(first_page(&client).await.unwrap_err().code(), Some(7));
    let kept = serde_json::to_string(&client.snapshot()).unwrap();
    drop(client);

    let snapshot = serde_json::from_str(&kept).unwrap();
    let resumed: Client = builder.retry(RetryPolicy::never()).resume(snapshot).build().unwrap();
    let arrivals = gateway.counts().arrivals;
    let begun = Instant::now();
    let _answer = first_page(&resumed).await;
    assert!(begun.elapsed() >= Duration::from_secs(89), "{:?}", begun.elapsed());
    assert_eq!(gateway.counts().arrivals, arrivals + 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_while_it_waits_costs_nothing() {
    let (client, seen) = scripted(builder().retry(RetryPolicy::default()), [banned(100), ok(EMPTY)]);
    let dropped = tokio::time::timeout(Duration::from_secs(5), first_page(&client)).await;
    assert!(dropped.is_err());
    let begun = Instant::now();
    first_page(&client).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(95), "the ban holds for who comes next");
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_ban_of_any_number_of_seconds_is_a_day_at_most() {
    for digits in ["18446744073709551615", "99999999999999999999999999", "86401"] {
        let said = ok(LIMITED.replace("last for 2 more", &format!("last for {digits} more")));
        let (client, seen) = scripted(builder().retry(RetryPolicy::default()), [said, ok(EMPTY)]);
        let error = first_page(&client).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_hours(24)), "{digits}");
        tokio::time::sleep(Duration::from_hours(24)).await;
        first_page(&client).await.unwrap();
        assert_eq!(seen.lock().unwrap().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_believed_for_five_minutes_and_one_that_counts_for_an_hour() {
    for (status, longest) in [(503, Duration::from_mins(5)), (429, Duration::from_hours(1))] {
        for value in ["18446744073709551615", "9999999999999999999999", "Thu, 01 Jan 2099 00:00:00 GMT"] {
            let busy = Say::Header(status, "retry-after", value.into());
            let (client, _) = scripted(builder(), [busy, ok(EMPTY)]);
            let error = first_page(&client).await.unwrap_err();
            assert_eq!(error.retry_after(), Some(longest), "{status} {value}");
            let left = client.holds()["wdt.refund.query"].until - client.now();
            assert!(left <= TimeDelta::from_std(longest).unwrap(), "{left}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_says_who_asked_for_it_also_after_a_restart() {
    let (builder, _gateway) = pair(QuotaRule::sliding(1, TimeDelta::minutes(10)).ban(TimeDelta::seconds(90)));
    let client = builder.clone().retry(RetryPolicy::never()).build().unwrap();
    first_page(&client).await.unwrap();
    assert!(client.holds().is_empty());
    let _refused = first_page(&client).await;
    let hold = client.holds()["wdt.refund.query"].clone();
    assert!(hold.said.contains("App Call Limited") && hold.said.contains("90 more seconds"), "{hold:?}");
    let kept = serde_json::to_string(&client.snapshot()).unwrap();

    let resumed = builder.resume(serde_json::from_str(&kept).unwrap()).build().unwrap();
    assert_eq!(resumed.holds()["wdt.refund.query"], hold);
}

#[tokio::test(start_paused = true)]
async fn a_person_lifts_every_hold_and_who_waits_goes_on() {
    let known = r#"{"lanes": {"wdt.shop.query": {"held_until": "2026-11-20T08:00:00Z"}}}"#;
    let (builder, gateway) = pair(QuotaRule::sliding(1, TimeDelta::seconds(5)).ban(TimeDelta::seconds(1)));
    let client = builder.resume(serde_json::from_str(known).unwrap()).build().unwrap();
    client.call("wdt.refund.query", ()).await.unwrap_err();
    let held = banned(60);
    let (waiting, seen) =
        scripted(crate::support::builder().retry(RetryPolicy::default()), [held, ok(EMPTY)]);
    let begun = Instant::now();
    let call = tokio::spawn({
        let waiting = waiting.clone();
        async move { first_page(&waiting).await }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(waiting.lift_holds(), 1);
    call.await.unwrap().unwrap();
    assert_eq!((begun.elapsed().as_secs(), seen.lock().unwrap().len()), (5, 2));

    assert!(client.holds().contains_key("wdt.shop.query"), "held before it was called at all");
    assert!(client.lift_holds() >= 1);
    assert!(client.holds().is_empty() && client.snapshot().lanes["wdt.shop.query"].held_until.is_none());
    assert!(gateway.counts().closest.is_none_or(|closest| closest >= Quota::default().interval()));
}

#[tokio::test(start_paused = true)]
async fn a_kept_hold_until_2099_is_a_day_and_says_so() {
    let known = r#"{"lanes": {"wdt.refund.query": {"held_until": "2099-01-01T00:00:00Z"}}}"#;
    let (builder, _gateway) = pair(contract());
    let client = builder.resume(serde_json::from_str(known).unwrap()).build().unwrap();
    let error = first_page(&client).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(24)));
    let hold = client.holds()["wdt.refund.query"].clone();
    assert!(hold.said.contains("2099-01-01") && hold.until - client.now() <= TimeDelta::days(1), "{hold:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_dropped_at_any_moment_leak_no_turn_and_grant_no_burst() {
    let (builder, gateway) = pair(contract());
    let client = builder.build().unwrap();
    for round in 0..20_u64 {
        let calls = (0..10_u64).map(|call| {
            let client = client.clone();
            let patience = Duration::from_millis((round * 613 + call * 379) % 6000);
            tokio::spawn(async move { tokio::time::timeout(patience, first_page(&client)).await.is_ok() })
        });
        for call in calls.collect::<Vec<_>>() {
            let _dropped_or_not = call.await.unwrap();
        }
    }
    let begun = Instant::now();
    first_page(&client).await.unwrap();
    assert!(begun.elapsed() < Quota::default().interval() * 2, "a dropped call keeps no turn");
    let counts = gateway.counts();
    assert!(counts.arrivals > 50 && counts.closest.unwrap() >= Quota::default().interval(), "{counts:?}");
}

/// The names of one method: the plain one, the catalogue's, the native page's.
const NAMES: [&str; 3] = ["wdt.shop.query", "hu3cgwt0tc.wdt.shop.query", "shop.php"];

#[tokio::test(start_paused = true)]
async fn a_method_has_one_lane_by_whichever_of_its_names_it_is_called() {
    let (client, seen) = scripted(builder().quota(Quota::per_minute(60)), [ok(EMPTY)]);
    let begun = Instant::now();
    for name in NAMES.into_iter().chain(NAMES) {
        client.call_as(Replay::Safe, name, ()).await.unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_secs(5), "six calls of one quota: {:?}", begun.elapsed());
    assert_eq!(client.limits().into_keys().collect::<Vec<_>>(), ["wdt.shop.query"]);
    assert_eq!((client.snapshot().lanes.len(), seen.lock().unwrap().len()), (1, 6));
    // A method that this crate has no type for is told by the name that it was called by first.
    let _ = client.call_as(Replay::Safe, "hu3cgwt0tc.wdt.purchase.query", ()).await;
    let _ = client.call_as(Replay::Safe, "purchase_query.php", ()).await;
    assert!(client.limits().contains_key("wdt.purchase.query") && client.limits().len() == 2);
}

#[tokio::test(start_paused = true)]
async fn a_ban_of_one_name_holds_every_name_also_after_a_restart_and_is_lifted_once() {
    for name in NAMES {
        let (client, seen) = scripted(builder(), [banned(31_062), ok(EMPTY)]);
        client.call_as(Replay::Safe, name, ()).await.unwrap_err();
        let kept = serde_json::to_string(&client.snapshot()).unwrap();
        for other in NAMES {
            let held = client.call_as(Replay::Safe, other, ()).await.unwrap_err();
            assert!(matches!(held.kind(), ErrorKind::Held { .. }), "{name} {other} {held}");
            let (next, unasked) =
                scripted(builder().resume(serde_json::from_str(&kept).unwrap()), [ok(EMPTY)]);
            let held = next.call_as(Replay::Safe, other, ()).await.unwrap_err();
            assert!(matches!(held.kind(), ErrorKind::Held { .. }), "{name} {other} {held}");
            assert_eq!(unasked.lock().unwrap().len(), 0);
        }
        assert_eq!((seen.lock().unwrap().len(), client.holds().len(), client.lift_holds()), (1, 1, 1));
    }
    // As it was kept while each name had a lane of its own.
    let apart = r#"{"lanes": {"hu3cgwt0tc.wdt.shop.query": {"held_until": "2999-01-01T00:00:00Z"}, "wdt.shop.query": {}}}"#;
    let (client, seen) = scripted(builder().resume(serde_json::from_str(apart).unwrap()), [ok(EMPTY)]);
    let held = client.call_as(Replay::Safe, "wdt.shop.query", ()).await.unwrap_err();
    assert!(matches!(held.kind(), ErrorKind::Held { .. }), "{held}");
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_resumed_of_a_method_that_is_called_already_lengthens_its_hold_and_stands_under_one_name() {
    let limiter = Limiter::new(Quota::per_minute(60));
    let shared = || builder().limiter(limiter.clone());
    let held = |name: &str, until: &str, said: &str| -> LimiterSnapshot {
        let lane = serde_json::json!({ "held_until": until, "said": said });
        serde_json::from_value(serde_json::json!({ "lanes": { name: lane } })).unwrap()
    };
    let (one, _) = scripted(shared(), [ok(EMPTY)]);
    one.call_as(Replay::Safe, "wdt.shop.query", ()).await.unwrap();
    let (two, seen) =
        scripted(shared().resume(held("shop.php", "2999-01-01T00:00:00Z", "long")), [ok(EMPTY)]);
    for client in [&one, &two] {
        let holds = client.holds();
        assert_eq!(holds.keys().collect::<Vec<_>>(), ["wdt.shop.query"]);
        assert_eq!(holds["wdt.shop.query"].said, "long");
        assert_eq!(client.snapshot().lanes.len(), 1);
    }
    // What holds shorter changes nothing; neither does an earlier snapshot of a method that was not called yet.
    let (three, _) =
        scripted(shared().resume(held("wdt.shop.query", "2020-01-01T00:00:00Z", "over")), [ok(EMPTY)]);
    assert_eq!(three.holds()["wdt.shop.query"].said, "long");
    let error = two.call_as(Replay::Safe, "wdt.shop.query", ()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Held { .. }) && seen.lock().unwrap().is_empty(), "{error}");
    assert_eq!((two.lift_holds(), two.holds().len(), three.lift_holds()), (1, 0, 0));
    for until in ["2999-01-01T00:00:00Z", "2998-01-01T00:00:00Z"] {
        limiter.resume(mock::SID, held("warehouse_query.php", until, until));
    }
    let said = one.holds().into_values().map(|hold| hold.said).collect::<Vec<_>>();
    assert_eq!(said, ["2999-01-01T00:00:00Z"]);
}

#[tokio::test(start_paused = true)]
async fn pace_and_holds_are_kept_and_read_again() {
    let (client, _) = scripted(builder().retry(RetryPolicy::default()), [banned(31_062), ok(EMPTY)]);
    first_page(&client).await.unwrap_err();
    let (paces, holds) = (client.limits(), client.holds());
    let kept = serde_json::to_string(&(&paces, &holds)).unwrap();
    assert!(kept.contains(r#""reason":""#) && kept.contains(r#""said":""#), "{kept}");
    let read: (BTreeMap<String, Pace>, BTreeMap<String, Hold>) = serde_json::from_str(&kept).unwrap();
    assert_eq!(read, (paces, holds));
}
