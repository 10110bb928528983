//! `backfill`: a plan first, then the past day by day; what was read is not read again, and the live feed keeps its
//! place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::json;
use wdt_qimen_sdk::mock::MockRefund;
use wiremock::matchers::any;
use wiremock::{Mock, Request, ResponseTemplate};

use crate::end_to_end::one_process::running;
use crate::returns::{now, plain, text};
use crate::scene::{Done, Scene, word};

/// A return last changed so many days ago, at noon.
pub(crate) fn old(refund_no: &str, days: i64) -> MockRefund {
    let mut row = plain(refund_no);
    let time = text(noon(days));
    row.set("modified", time.clone());
    row.set("finish_time", time);
    row
}

fn noon(days_ago: i64) -> NaiveDateTime {
    (now() - TimeDelta::days(days_ago)).date().and_hms_opt(12, 0, 0).unwrap()
}

fn day(days_ago: i64) -> String {
    noon(days_ago).date().to_string()
}

/// `backfill` of the days from 10 days ago to 5 days ago.
pub(crate) fn backfill(scene: &Scene, more: &[&str]) -> Done {
    let (from, to) = (day(10), day(5));
    let args: Vec<_> =
        ["backfill", "--from", &from, "--to", &to].into_iter().chain(more.iter().copied()).collect();
    scene.run(&args)
}

/// Everything that a request says.
fn sent(request: &Request) -> String {
    format!("{}&{}", request.url, String::from_utf8_lossy(&request.body))
}

/// Calls that asked for a span which begins so many days ago at midnight.
async fn asked(scene: &Scene, days_ago: i64) -> usize {
    let begin = format!("start_time={}", day(days_ago));
    let requests = scene.shop_server.received_requests().await.unwrap();
    requests.iter().filter(|request| sent(request).contains(&begin)).count()
}

#[tokio::test]
async fn days_in_the_wrong_order_and_a_pipeline_without_a_start_are_refused() {
    let scene = Scene::with([]).await;
    scene.run(&["backfill", "--from", "2026-11-02", "--to", "2026-11-01"]).exits(2);
    let config = std::fs::read_to_string(scene.config()).unwrap();
    let line = config.lines().find(|line| line.starts_with("start_from")).unwrap();
    scene.change(line, "");
    backfill(&scene, &[]).exits(2).complains(&["start_from"]);
}

#[tokio::test]
async fn the_plan_says_what_it_will_cost_and_writes_nothing() {
    let scene = Scene::with([old("TK1", 7), old("TK2", 7), old("TK3", 20)]).await;
    backfill(&scene, &["--plan"]).exits(0).says(&["windows 6", "calls 6", "returns 2", "bills 2"]);
    let plan = backfill(&scene, &["--plan", "--json"]).exits(0).json()["pipelines"][0]["plan"].take();
    assert_eq!((&plan["calls"], &plan["exact"]), (&json!(6), &json!(true)));
    assert!(scene.books.bills().is_empty());
    scene.settle().exits(0);
    assert!(scene.books.bills().is_empty(), "a plan leaves no request behind");
}

#[tokio::test]
async fn the_past_is_read_and_written_and_the_live_feed_keeps_its_start() {
    let scene =
        Scene::with([old("TK1", 10), old("TK2", 5), old("TK3", 11), old("TK4", 3), plain("TK5")]).await;
    backfill(&scene, &[]).exits(0).says(&["windows 6", "confirmed 3"]);
    scene.bills(&["TK1", "TK2", "TK5"]);
    let status = scene.status();
    assert!(word(&status["cursor"]) > text(noon(2)), "{status}");
    scene.settle().exits(0);
    scene.bills(&["TK1", "TK2", "TK5"]);
}

#[tokio::test]
async fn what_was_read_is_not_read_again_unless_that_is_asked() {
    let scene = Scene::with([old("TK1", 7)]).await;
    backfill(&scene, &[]).exits(0);
    let calls = asked(&scene, 7).await;
    scene.shop.world().push(old("TK2", 7));
    backfill(&scene, &[]).exits(0).says(&["Nothing of these days is left to read"]);
    assert_eq!(asked(&scene, 7).await, calls);
    scene.bills(&["TK1"]);
    backfill(&scene, &["--again"]).exits(0);
    scene.bills(&["TK1", "TK2"]);
}

#[tokio::test]
async fn what_was_broken_off_goes_on_where_it_stopped() {
    let scene = Scene::with((5..=10).map(|days| old(&format!("TK{days:02}"), days))).await;
    // The plan may ask for the third day; whoever reads it meets a wall.
    let refused =
        r#"{"flag":"failure","code":"25","message":"Invalid Signature","sub_code":"","sub_message":""}"#;
    let (third, arrived) = (format!("start_time={}", day(8)), AtomicUsize::new(0));
    let wall = Arc::new(AtomicBool::new(true));
    let stands = Arc::clone(&wall);
    let reading_the_third = move |request: &Request| {
        sent(request).contains(&third)
            && stands.load(Ordering::Relaxed)
            && arrived.fetch_add(1, Ordering::Relaxed) > 0
    };
    Mock::given(reading_the_third)
        .respond_with(ResponseTemplate::new(200).set_body_string(refused))
        .with_priority(1)
        .mount(&scene.shop_server)
        .await;
    backfill(&scene, &[]).exits(1).complains(&["Invalid Signature", "the same command goes on"]);
    wall.store(false, Ordering::Relaxed);
    let first_day = asked(&scene, 10).await;
    backfill(&scene, &[]).exits(0).says(&["windows 4"]);
    scene.bills(&["TK05", "TK06", "TK07", "TK08", "TK09", "TK10"]);
    assert_eq!(asked(&scene, 10).await, first_day, "the first day was settled");
}

#[tokio::test]
async fn beside_a_running_holder_it_is_left_to_that_one() {
    let scene = Scene::with([old("TK1", 7), plain("TK2")]).await;
    let mut holder = running(&scene).await;
    backfill(&scene, &[]).exits(0).says(&["Left to refund-sync run"]);
    assert_eq!(holder.0.wait().unwrap().code(), Some(0));
    scene.bills(&["TK1", "TK2"]);
}

#[tokio::test]
async fn days_that_are_too_young_are_left_to_the_live_feed() {
    let scene = Scene::with([plain("TK1")]).await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(500))
        .with_priority(1)
        .mount(&scene.books_server)
        .await;
    let tomorrow = (now() + TimeDelta::days(1)).date().to_string();
    scene
        .run(&["backfill", "--from", &tomorrow, "--to", &tomorrow])
        .exits(0)
        .says(&["Nothing of these days is left to read"]);
}
