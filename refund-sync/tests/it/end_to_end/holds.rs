//! 金蝶 asks to be left alone: nothing is sent before the end of it, across starts too; who said what and until when is
//! told, and a person may ask at once.

use kingdee_k3cloud_sdk::mock::{Fault, Site};
use serde_json::Value;
use std::time::Duration;

use crate::returns::{now, plain};
use crate::scene::{Scene, events, word};

#[tokio::test]
async fn a_pause_that_kingdee_asks_for_is_kept_across_starts_told_and_ended_by_a_person() {
    let books = Site::builder().retry_after(Duration::from_mins(20));
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.books.fail_next(Fault::TooManyRequests);
    scene.run(&["run"]).exits(1).complains(&["429"]);
    assert_eq!(scene.books.counts().arrivals, 1, "the look before the first send");

    for _ in 0..2 {
        scene.run(&["run"]).exits(1).complains(&["it said: HTTP status 429: Too Many Requests"]);
    }
    assert_eq!(scene.books.counts().arrivals, 1, "the next starts sit out the rest of it");
    assert_eq!(events(&scene.why("TK1")), ["read", "mapped"], "an attempt that is not made leaves no line");

    let held = &scene.status()["kingdee_held"];
    assert_eq!(word(&held["said"]), "HTTP status 429: Too Many Requests");
    let until = chrono::DateTime::parse_from_rfc3339(&word(&held["until"])).unwrap();
    let left = until.to_utc() - refund_sync::clock::Clock::system().now();
    assert!((18..=20).contains(&left.num_minutes()), "{held}");
    scene.run(&["status"]).exits(0).says(&["金蝶 asks to wait until", "429", "run --probe"]);
    assert_eq!(word(&scene.why("TK1")["held"]["said"]), "HTTP status 429: Too Many Requests");
    scene.run(&["why", "TK1"]).exits(0).says(&["金蝶 asks to wait until", "429", "run --probe"]);

    scene.run(&["run", "--probe"]).exits(0);
    scene.bills(&["TK1"]);
    assert_eq!(scene.status()["kingdee_held"], Value::Null);
    assert_eq!(scene.why("TK1")["held"], Value::Null);
}

#[tokio::test]
async fn a_kept_ban_until_2099_is_taken_for_a_day_named_and_ended_by_a_person() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["run"]).exits(0);
    let journal = rusqlite::Connection::open(scene.database()).unwrap();
    let kept = r#"{"lanes":{"wdt.refund.query":{"held_until":"2099-01-01T00:00:00Z"}}}"#;
    assert_eq!(journal.execute("UPDATE pipeline SET limiter = ?1", [kept]).unwrap(), 1);
    let asked = scene.shop.counts().arrivals;
    scene.run(&["run"]).exits(1).complains(&["banned for 86", "a hold until 2099-01-01", "taken for 24 h"]);
    assert_eq!(scene.shop.counts().arrivals, asked);
    let held = &scene.status()["held"];
    let until = chrono::DateTime::parse_from_rfc3339(&word(&held["until"])).unwrap().to_utc();
    let left = until - refund_sync::clock::Clock::system().now();
    assert!(left <= chrono::TimeDelta::hours(24), "{held}");
    assert!(word(&held["said"]).contains("2099"), "{held}");

    let mut fresh = plain("TK2");
    fresh.touch(now());
    scene.shop.world().push(fresh);
    tokio::time::sleep(Duration::from_secs(1)).await;
    scene.run(&["run", "--probe"]).exits(0);
    scene.bills(&["TK1", "TK2"]);
    assert_eq!(scene.status()["held"], Value::Null);
}

/// The other side goes on: what 旺店通 has is read all the same, and what the journal holds of a wrong clock is bounded.
#[tokio::test]
async fn a_kept_pause_until_2099_is_taken_for_an_hour_and_reading_goes_on() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["run"]).exits(0);
    let journal = rusqlite::Connection::open(scene.database()).unwrap();
    let kept = r#"{"until":"2099-01-01T00:00:00Z","said":"HTTP status 429: later","kind":"calls"}"#;
    let sql = "INSERT OR REPLACE INTO note (pipeline, topic, text) VALUES (1, 'kingdee_hold', ?1)";
    assert_eq!(journal.execute(sql, [kept]).unwrap(), 1);
    let mut fresh = plain("TK2");
    fresh.touch(now());
    scene.shop.world().push(fresh);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let done = scene.run(&["run"]).exits(1);
    assert!(done.err.contains("it said: HTTP status 429: later"), "{}", done.err);
    assert_eq!(word(&scene.why("TK2")["state"]), "mapped", "read, and kept");
    let until = word(&scene.status()["kingdee_held"]["until"]);
    let until = chrono::DateTime::parse_from_rfc3339(&until).unwrap().to_utc();
    let left = until - refund_sync::clock::Clock::system().now();
    assert!(left <= chrono::TimeDelta::minutes(60), "{until}");
    scene.run(&["run", "--probe"]).exits(0);
    scene.bills(&["TK1", "TK2"]);
}
