//! Pipelines under supervision: every firing leaves a row, a stopped pipeline knocks rarely, nobody disturbs another,
//! and whoever is asked to end does so without leaving anything in doubt.

use std::time::Duration;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::Fault;
use refund_sync::clock::shanghai;
use refund_sync::journal::{DecisionKind, State, Wish};
use refund_sync::serve::Ending;
use refund_sync::store::{Choice, Decide, Made, MadeKind, Past, Request, Retry};
use serde_json::Value;

use super::house::{House, Row};
use crate::returns::{self, with_lines};

const BY_PASSWORD: [(&str, &str); 2] = [
    ("app_id = \"260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\"\n", "auth = \"password\"\n"),
    ("app_secret = { env = \"KINGDEE_APP_SECRET\" }", "password = { env = \"KINGDEE_APP_SECRET\" }"),
];
pub(super) const SOON: Duration = Duration::from_mins(2);

fn firing(row: &Row) -> &str {
    row.outcome["firing"]["at"].as_str().unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_firing_leaves_a_row_and_what_came_since_the_last_is_written() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    house.sells_back("TK1");
    house.minutes(1).await;
    assert!(house.rows("main").is_empty(), "the first start waits for its first firing");
    assert!(house.view("main").status.is_some(), "what the journal holds is shown before the first run");
    house.minutes(29).await;
    house.sells_back("TK2");
    house.minutes(30).await;
    assert_eq!(house.billed(), ["TK1", "TK2"]);

    let rows = house.rows("main");
    let times: Vec<_> = rows.iter().map(|row| &firing(row)[11..16]).collect();
    let every_five = [
        "12:05", "12:10", "12:15", "12:20", "12:25", "12:30", "12:35", "12:40", "12:45", "12:50", "12:55",
        "13:00",
    ];
    assert_eq!(times, every_five);
    for row in &rows {
        assert_eq!(row.command, "serve");
        assert_eq!(row.outcome["failures"], Value::Array(Vec::new()));
        assert_eq!(
            (&row.outcome["firing"]["missed"], &row.outcome["firing"]["late_seconds"]),
            (&0.into(), &0.into())
        );
    }
    let view = house.view("main");
    assert_eq!(view.endings[&Ending::Complete], 12);
    assert_eq!(view.totals.confirmed, 2);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn runs_of_one_pipeline_never_overlap_and_firings_during_a_long_one_are_counted_as_missed() {
    let house = House::new();
    for n in 0..10 {
        house.sells_back(&format!("TK{n}"));
    }
    // A run takes ten calls to 金蝶 and more, each of which waits for a minute.
    let slow = [(
        "quota_per_minute = 6000\n\n[pipeline.mapping]",
        "quota_per_minute = 1\nbatch_size = 1\n\n[pipeline.mapping]",
    )];
    let supervisor = house.starts(&["main"], &slow);
    house.minutes(58).await;
    let rows = house.rows("main");
    let long = rows
        .iter()
        .filter(|row| row.ended.is_some_and(|end| (end - row.started).num_minutes() >= 10))
        .count();
    assert!(long > 0, "{rows:#?}");
    for pair in rows.windows(2) {
        assert!(pair[0].ended.is_some_and(|end| end <= pair[1].started), "{pair:#?}");
    }
    assert_eq!(house.firings("main"), 12, "every firing has a row or is counted by one");
    assert_eq!(house.view("main").missed + rows.len() as u64, 12);
    assert_eq!(house.billed().len(), 10);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_restart_catches_up_once_and_says_how_late() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(3).await;
    assert!(supervisor.drain(SOON).await);
    house.sells_back("TK1");
    house.minutes(100).await;

    let supervisor = house.starts(&["main"], &[]);
    house.minutes(1).await;
    assert_eq!(house.billed(), ["TK1"], "without waiting for the next firing");
    let rows = house.rows("main");
    assert_eq!(rows.len(), 2, "once");
    let caught_up = &rows[1].outcome["firing"];
    assert_eq!(firing(&rows[1]), "2026-11-20T13:45:00+08:00");
    assert_eq!((&caught_up["missed"], &caught_up["late_seconds"]), (&19.into(), &60.into()));
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_pipeline_knocks_every_ten_minutes_and_goes_on_at_the_first_success() {
    let house = House::new();
    house.lock(true);
    house.sells_back("TK1");
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(120).await;
    let knocks = house.knocks();
    assert!((12..=13).contains(&knocks), "{knocks} calls in two hours");
    assert_eq!(house.books.counts().arrivals, 0, "nothing is sent");
    assert_eq!(house.firings("main"), 24, "every firing leaves a row");
    let skipped = house.rows("main").into_iter().filter(|row| !row.outcome["skipped"].is_null());
    let reasons: Vec<_> = skipped.map(|row| row.outcome["skipped"].as_str().unwrap().to_owned()).collect();
    assert_eq!(reasons.len(), 12);
    assert!(reasons[0].contains("stopped since 2026-11-20T12:05:00"), "{}", reasons[0]);
    assert!(house.view("main").stopped.is_some());

    house.lock(false);
    house.minutes(11).await;
    assert_eq!(house.billed(), ["TK1"]);
    assert!(house.view("main").stopped.is_none());
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_repeated_once_an_hour_because_repeating_locks_the_account() {
    let house = House::with_books(|books| books.password("another"));
    let supervisor = house.starts(&["main"], &BY_PASSWORD);
    house.sells_back("TK1");
    house.minutes(5 * 60).await;
    let refused = house.books.counts().refused_logins;
    assert!((5..=6).contains(&refused), "{refused} in five hours");
    assert_eq!(house.firings("main"), 60);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_site_that_numbers_bills_itself_gets_no_second_one_before_a_person_says_so() {
    let house = House::with_books(|books| books.renumber(true));
    house.sells_back("TK1");
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(4).await;
    for n in 2..8 {
        house.sells_back(&format!("TK{n}"));
    }
    house.minutes(180).await;
    assert_eq!(house.books.bills().len(), 1, "a look into 金蝶 goes well, but proves nothing");
    assert!(house.view("main").stopped.unwrap().by_hand);

    let order = house.asks("main", Request::Run).await;
    house.minutes(1).await;
    assert_eq!(house.books.bills().len(), 2, "one bill goes alone, and stops it again");
    assert!(house.store.request_answer(order).await.unwrap().is_some());
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn one_pipeline_in_trouble_does_not_disturb_another() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    let troubled = House::new();
    troubled.lock(true);
    let other = troubled.starts(&["other"], &[]);
    house.sells_back("TK1");
    house.minutes(30).await;
    assert_eq!(house.view("main").endings[&Ending::Complete], 6);
    assert_eq!(troubled.view("other").endings.get(&Ending::Complete), None);
    assert!(supervisor.drain(SOON).await && other.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_tried_again_before_a_daily_schedule_comes_round() {
    let house = House::new();
    house.sells_back("TK1");
    let supervisor = house.starts(&["main"], &[("*/5 * * * *", "10 12 * * *")]);
    house.minutes(6).await;
    for _ in 0..16 {
        house.books.fail_next(Fault::UnavailableBefore);
    }
    house.minutes(4).await;
    assert!(house.billed().is_empty());
    assert_eq!(house.view("main").endings[&Ending::Failed], 1);
    house.minutes(60).await;
    assert_eq!(house.billed(), ["TK1"]);
    let commands: Vec<_> = house.rows("main").into_iter().map(|row| row.command).collect();
    assert_eq!(commands[..2], ["serve", "serve: again"]);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_request_of_another_process_is_served_between_runs() {
    let house = House::new();
    let bad = house.at_now(with_lines("TK1", &[]));
    house.shop.world().push(bad);
    let supervisor = house.starts(&["main"], &[("*/5 * * * *", "5 12 * * *")]);
    house.minutes(3).await;
    let retry = Retry { numbers: vec!["TK1".into()], again: false, ..Retry::default() };
    let request = house.asks("main", Request::Retry(retry)).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(house.store.request_answer(request).await.unwrap().as_deref(), Some("1"));
    assert_eq!(house.rows("main").last().unwrap().command, "serve: retry");
    assert!(supervisor.drain(SOON).await);
}

/// Deciding this of a return as it stands now.
async fn decides(house: &House, refund_no: &str, kind: DecisionKind) -> i64 {
    let seen = house.store.life(refund_no).await.unwrap()[0].seen.clone();
    let wish = Wish {
        kind,
        by: "财务".into(),
        bill: (kind == DecisionKind::Booked).then(|| "HAND-1".into()),
        note: "已线下处理".into(),
    };
    let returns = vec![Choice { refund_no: refund_no.into(), seen }];
    house.asks("main", Request::Decide(Decide { wish, returns })).await
}

#[tokio::test(start_paused = true)]
async fn while_kingdee_is_down_a_decision_is_answered_at_once_and_reading_goes_on() {
    let house = House::new();
    for refund_no in ["TK1", "TK2"] {
        house.shop.world().push(house.at_now(with_lines(refund_no, &[])));
    }
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(3).await;
    for _ in 0..10_000 {
        house.books.fail_next(Fault::UnavailableBefore);
    }
    let by_hand = decides(&house, "TK1", DecisionKind::Booked).await;
    let ignored = decides(&house, "TK2", DecisionKind::Ignored).await;
    house.minutes(1).await;
    let answer = house.store.request_answer(by_hand).await.unwrap().unwrap();
    let made: Vec<Made> = serde_json::from_str(&answer).unwrap();
    assert_eq!(made[0].outcome, MadeKind::Refused);
    assert!(
        made[0].message.zh.contains("查不了单据 HAND-1") && made[0].message.zh.contains("再试"),
        "{made:?}"
    );
    assert!(house.store.request_answer(ignored).await.unwrap().unwrap().contains("done"));
    assert_eq!((house.state("TK1").await, house.state("TK2").await), (State::Parked, State::Decided));
    // What was refused is part of its life.
    let life = house.store.life("TK1").await.unwrap().remove(0);
    let last = life.events.last().unwrap();
    assert_eq!((last.event.as_str(), &last.detail["by"]), ("declined", &"财务".into()));
    assert!(last.detail["reasons"][0]["message"].as_str().unwrap().contains("try again later"), "{last:?}");
    assert_eq!(house.rows("main").last().unwrap().command, "serve: decide");

    // A retry has to wait for 金蝶; what is read has not.
    house.sells_back("TK3");
    house.minutes(30).await;
    let lines = house.rows("main");
    let firings = lines.iter().filter(|row| row.command == "serve").count();
    assert!(firings >= 6, "{lines:#?}");
    assert_eq!(house.state("TK3").await, State::Mapped);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_needs_the_shop_does_not_keep_bills_from_being_written_while_it_is_down() {
    let house = House::new();
    let mut unreadable = returns::plain("TK1");
    unreadable.set("process_status", "twelve");
    house.shop.world().push(house.at_now(unreadable));
    house.sells_back("TK2");
    let hours = [(
        "quota_per_minute = 6000\n\n[pipeline.mapping]",
        "quota_per_minute = 6000\nwrite_hours = \"12:20-23:00\"\n\n[pipeline.mapping]",
    )];
    let supervisor = house.starts(&["main"], &hours);
    house.minutes(10).await;
    assert_eq!((house.state("TK1").await, house.state("TK2").await), (State::Parked, State::Mapped));
    for _ in 0..10_000 {
        house.shop.fail_next(wdt_qimen_sdk::mock::Fault::Status);
    }
    let retry = Retry { numbers: vec!["TK1".into()], again: false, ..Retry::default() };
    let request = house.asks("main", Request::Retry(retry)).await;
    house.minutes(20).await;
    assert_eq!(house.billed(), ["TK2"]);
    assert_eq!(house.store.request_answer(request).await.unwrap(), None, "it is kept until the shop answers");
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_paused_pipeline_skips_its_firings_and_says_so_but_does_what_a_person_orders() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    house.sells_back("TK1");
    house.pauses("main", true).await;
    house.minutes(30).await;
    assert!(house.billed().is_empty());
    let rows = house.rows("main");
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.outcome["skipped"].as_str().unwrap().contains("paused")), "{rows:#?}");
    house.asks("main", Request::Run).await;
    house.minutes(1).await;
    assert_eq!(house.billed(), ["TK1"]);
    house.pauses("main", false).await;
    house.minutes(5).await;
    assert!(house.rows("main").last().unwrap().outcome["skipped"].is_null());
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn asked_to_end_it_waits_for_the_call_under_way_and_its_firing_stays_due() {
    let slow = Duration::from_secs(40);
    let house = House::with_books(|books| books.save_time(slow..=slow));
    for n in 0..4 {
        house.sells_back(&format!("TK{n}"));
    }
    let one_by_one = [(
        "quota_per_minute = 6000\n\n[pipeline.mapping]",
        "quota_per_minute = 6000\nbatch_size = 1\n\n[pipeline.mapping]",
    )];
    let supervisor = house.starts(&["main"], &one_by_one);
    tokio::time::sleep(Duration::from_secs(2 * 60 + 20)).await;
    let asked = house.clock.now();
    assert!(supervisor.drain(SOON).await, "in time");
    assert!(
        (1..60).contains(&(house.clock.now() - asked).num_seconds()),
        "it waited for the answer, and for no more"
    );
    assert_eq!(house.books.bills().len(), 1);
    let rows = house.rows("main");
    assert!(rows[0].outcome["failures"][0].as_str().unwrap().contains("asked to end"), "{rows:#?}");
    let life = &house.store.life("TK0").await.unwrap()[0];
    assert_ne!(life.state.as_str(), "intended", "nothing is left in doubt");

    let supervisor = house.starts(&["main"], &one_by_one);
    house.minutes(8).await;
    assert_eq!(house.billed(), ["TK0", "TK1", "TK2", "TK3"], "each once");
    assert_eq!(firing(&house.rows("main")[1]), "2026-11-20T12:05:00+08:00", "the firing that was broken off");
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_outlasts_the_deadline_is_broken_off_and_looked_up_at_the_next_start() {
    let slow = Duration::from_secs(100);
    let house = House::with_books(|books| books.save_time(slow..=slow));
    house.sells_back("TK1");
    let supervisor = house.starts(&["main"], &[]);
    tokio::time::sleep(Duration::from_secs(2 * 60 + 20)).await;
    assert!(!supervisor.drain(Duration::from_secs(5)).await, "the deadline passed");
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(20).await;
    assert_eq!(house.billed(), ["TK1"], "once");
    assert_eq!(house.view("main").totals.adopted, 1);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_cycle_is_overdue_when_its_firing_brought_no_success() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(30).await;
    let overdue = |house: &House| house.view("main").overdue(house.clock.now()).num_minutes();
    assert_eq!(overdue(&house), 0);
    house.lock(true);
    house.minutes(60).await;
    assert!((55..=60).contains(&overdue(&house)), "{}", overdue(&house));
    house.lock(false);
    house.minutes(11).await;
    assert_eq!(overdue(&house), 0);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_is_started_again_and_again_knocks_no_oftener() {
    let house = House::with_books(|books| books.password("another"));
    let supervisor = house.starts(&["main"], &BY_PASSWORD);
    house.sells_back("TK1");
    house.minutes(3).await;
    assert_eq!(house.books.counts().refused_logins, 1);
    assert!(supervisor.drain(SOON).await);
    for _ in 0..10 {
        let supervisor = house.starts(&["main"], &BY_PASSWORD);
        house.minutes(5).await;
        assert!(supervisor.drain(SOON).await);
    }
    assert_eq!(house.books.counts().refused_logins, 1);

    let mended = house.starts_mended(&["main"], &BY_PASSWORD);
    house.minutes(5).await;
    assert_eq!(
        house.books.counts().refused_logins,
        2,
        "a person says that it is mended: it is tried at once"
    );
    assert!(mended.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn the_past_that_was_asked_for_is_read_without_starving_the_schedule() {
    let house = House::new();
    for day in 1..=4 {
        house.sold_back_days_ago(&format!("TK{day}"), day);
    }
    // Twenty calls of two minutes' share at a time.
    let slow = [("quota_per_minute = 6000\nlag", "quota_per_minute = 1\nlag")];
    let supervisor = house.starts(&["main"], &slow);
    let to = shanghai(house.clock.now()) - TimeDelta::days(1);
    let past = Past { from: to - TimeDelta::days(10), to, again: false };
    let request = house.asks("main", Request::Backfill(past)).await;
    house.minutes(4).await;
    assert_eq!(house.store.request_answer(request).await.unwrap(), None, "days of reading, in shares");
    house.minutes(56).await;
    assert!(house.store.request_answer(request).await.unwrap().is_some());
    assert_eq!(house.firings("main"), 12, "every firing has a row");
    assert_eq!(house.billed(), ["TK1", "TK2", "TK3", "TK4"]);
    assert!(supervisor.drain(SOON).await);
}
