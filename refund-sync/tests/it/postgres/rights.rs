//! The right to write: one worker for a lock group, for as long as the server hears of it, and not a statement longer.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use refund_sync::journal::{Event, Row, State};
use refund_sync::store::{Origin, PageCommit, Postgres, Request, Retry, Store, StoreError};
use serde_json::json;
use tokio::time::Instant;

use super::cluster::Database;
use super::link::Link;

async fn work(database: &Database, locks: &[i64], who: &str) -> Postgres {
    Postgres::work(&database.url(), locks, who).await.unwrap()
}

fn time(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

/// A document of this number that the filter left out: enough to be written.
async fn journal(store: &Postgres, number: &str) -> Result<Origin, StoreError> {
    let pipeline = store.pipeline("main").await?.id;
    let at = store.clock().now();
    let run = store.begin_run(pipeline, "test", at).await?;
    let origin = Origin { pipeline, run, at };
    let modified = Some(time("2026-11-01 08:00:00"));
    let row = Row::Filtered {
        refund_no: number.to_owned(),
        kind: 2,
        process_status: 80,
        shop_no: "S001".to_owned(),
        modified,
        amount: None,
        numbers: Vec::new(),
    };
    let window = (time("2026-11-01 00:00:00"), time("2026-11-01 23:59:59"));
    store.commit_page(origin, PageCommit { rows: vec![row], asked_at: at, window }).await?;
    Ok(origin)
}

#[tokio::test]
async fn a_second_worker_of_a_group_is_told_who_works_it() {
    let Some(database) = Database::make().await else { return };
    let first = work(&database, &[1, 2], "the first").await;
    let refused = Postgres::work(&database.url(), &[2, 3], "the second").await.unwrap_err();
    assert!(matches!(&refused, StoreError::Held { holder, .. } if holder == "the first"), "{refused}");
    // What it had taken before it met the first is free again.
    work(&database, &[3], "the third").await;
    drop(first);
    let until = Instant::now() + Duration::from_secs(5);
    while Postgres::work(&database.url(), &[2], "the second").await.is_err() {
        assert!(Instant::now() < until, "a worker that ends lets go of its group");
    }
}

#[tokio::test]
async fn groups_that_share_nothing_are_worked_side_by_side() {
    let Some(database) = Database::make().await else { return };
    let (first, second) = tokio::join!(work(&database, &[1], "one"), work(&database, &[2], "two"));
    journal(&first, "RF1").await.unwrap();
    journal(&second, "RF2").await.unwrap();
}

#[tokio::test]
async fn whoever_was_cut_off_writes_nothing_more_and_the_next_goes_on() {
    let Some(database) = Database::make().await else { return };
    let first = work(&database, &[1], "the first").await;
    journal(&first, "RF1").await.unwrap();
    database.cut_off_holders().await;
    let second = work(&database, &[1], "the second").await;
    let lost = journal(&first, "RF2").await.unwrap_err();
    assert!(matches!(lost, StoreError::Lost { .. }), "{lost}");
    assert!(lost.to_string().contains("administrator command"), "{lost}");
    let lost = journal(&first, "RF2").await.unwrap_err();
    assert!(matches!(lost, StoreError::Lost { .. }), "lost for good: {lost}");
    journal(&second, "RF3").await.unwrap();
    assert_eq!(second.life("RF1").await.unwrap().len(), 1);
    assert_eq!(second.life("RF2").await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_transaction_of_an_older_epoch_is_refused_even_on_a_session_that_lives() {
    let Some(database) = Database::make().await else { return };
    let store = work(&database, &[1, 2], "the first").await;
    journal(&store, "RF1").await.unwrap();
    // As if a pooler had handed the locks to somebody else.
    database.execute("UPDATE refund_sync.holder SET epoch = epoch + 1 WHERE lock = 2").await;
    let lost = journal(&store, "RF2").await.unwrap_err();
    assert!(matches!(lost, StoreError::Lost { .. }), "{lost}");
    assert_eq!(database.number("SELECT count(*) FROM refund_sync.document").await, 1);
}

#[tokio::test]
async fn who_took_no_group_leaves_requests_and_nothing_else() {
    let Some(database) = Database::make().await else { return };
    let worker = work(&database, &[1], "the worker").await;
    let origin = journal(&worker, "RF1").await.unwrap();
    let asker = Postgres::ask(&database.url(), "somebody").await.unwrap();
    let retry = Request::Retry(Retry { numbers: vec!["RF1".into()], ..Retry::default() });
    let request = asker.leave_request(origin.pipeline, retry.clone(), origin.at).await.unwrap();
    assert!(asker.begin_run(origin.pipeline, "test", origin.at).await.is_err());
    let left = worker.open_requests(origin.pipeline).await.unwrap().remove(0);
    assert_eq!((left.id, &left.request), (request, &retry));
    worker.answer_request(request, "1".into()).await.unwrap();
    assert_eq!(asker.request_answer(request).await.unwrap().as_deref(), Some("1"));

    let reader = Postgres::read(&database.url(), "somebody").await.unwrap().unwrap();
    assert!(reader.leave_request(origin.pipeline, retry, origin.at).await.is_err());
    assert_eq!(reader.status().await.unwrap()[0].filtered[0].count, 1);
}

#[tokio::test]
async fn where_nothing_was_journalled_there_is_nothing_to_read() {
    let Some(database) = Database::make().await else { return };
    assert!(Postgres::read(&database.url(), "somebody").await.unwrap().is_none());
    assert_eq!(database.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'refund_sync'").await, 0);
}

#[tokio::test]
async fn what_is_rehearsed_stays_in_the_copy() {
    let Some(database) = Database::make().await else { return };
    let empty = Postgres::open_copy(&database.url(), "a dry run").await.unwrap();
    journal(&empty, "RF0").await.unwrap();
    let worker = work(&database, &[1], "the worker").await;
    journal(&worker, "RF1").await.unwrap();
    let copy = Postgres::open_copy(&database.url(), "a dry run").await.unwrap();
    assert_eq!(copy.status().await.unwrap()[0].filtered[0].count, 1);
    journal(&copy, "RF1").await.unwrap();
    journal(&copy, "RF2").await.unwrap();
    // Beside it the worker goes on, even with the same number.
    journal(&worker, "RF2").await.unwrap();
    assert_eq!(copy.status().await.unwrap()[0].filtered[0].count, 2);
    assert_eq!(database.number("SELECT count(*) FROM refund_sync.run").await, 2);
    assert_eq!(database.number("SELECT max(id) FROM refund_sync.document").await, 2);
}

#[tokio::test]
async fn what_another_worker_intended_is_left_alone_until_its_call_must_be_over() {
    let Some(database) = Database::make().await else { return };
    let first = work(&database, &[1], "the first").await;
    let origin = journal(&first, "RF1").await.unwrap();
    database.execute("UPDATE refund_sync.document SET state = 'mapped'").await;
    database
        .execute("INSERT INTO refund_sync.content (document, bill) SELECT id, '{}' FROM refund_sync.document")
        .await;
    let mut document = first.due(origin.pipeline, State::Mapped, origin.at, 1).await.unwrap().remove(0);
    let entry = document.apply(Event::Intended, json!({})).unwrap();
    let limit = Duration::from_secs(20);
    first.intend(origin, limit, vec![(document, vec![entry])]).await.unwrap();
    database.cut_off_holders().await;

    let second = work(&database, &[1], "the second").await;
    let origin = Origin { at: second.clock().now(), ..origin };
    assert_eq!(second.recover(origin).await.unwrap(), 1);
    assert_eq!(second.recover(origin).await.unwrap(), 0, "once is enough");
    let found = second.unanswered(origin.pipeline, origin.at, 10).await.unwrap();
    assert_eq!(found, [], "its call may still be running");
    let later = origin.at + TimeDelta::seconds(30);
    let found = second.unanswered(origin.pipeline, later, 10).await.unwrap().remove(0).document;
    assert_eq!(found.unknown_since, found.due_at);
    let waits = found.due_at.unwrap() - origin.at;
    assert!(waits > TimeDelta::seconds(25) && waits <= TimeDelta::seconds(30), "10 s and the limit: {waits}");
}

#[tokio::test]
async fn a_number_with_a_nul_character_is_journalled_once_and_found_again() {
    let Some(database) = Database::make().await else { return };
    let store = work(&database, &[1], "the worker").await;
    journal(&store, "RF\0").await.unwrap();
    journal(&store, "RF\0").await.unwrap();
    assert_eq!(store.life("RF\0").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_frozen_link_costs_the_right_to_write_on_both_ends_of_it() {
    let Some(database) = Database::make().await else { return };
    let link = Link::to(&database).await;
    let first = Postgres::work(&link.url, &[1], "the first").await.unwrap();
    journal(&first, "RF1").await.unwrap();
    link.freeze();
    let frozen_at = Instant::now();
    let second = loop {
        match Postgres::work(&database.url(), &[1], "the second").await {
            Ok(second) => break second,
            Err(StoreError::Held { .. }) => tokio::time::sleep(Duration::from_millis(200)).await,
            Err(error) => panic!("{error}"),
        }
        assert!(frozen_at.elapsed() < Duration::from_secs(30), "the server must let go");
    };
    assert!(frozen_at.elapsed() > Duration::from_secs(9), "it does not let go of one that lives");
    journal(&second, "RF2").await.unwrap();
    let lost = journal(&first, "RF3").await.unwrap_err();
    assert!(matches!(lost, StoreError::Lost { .. }), "{lost}");
}

#[tokio::test]
async fn a_worker_with_nothing_to_do_gives_signs_of_life_long_before_the_server_would_let_go() {
    let Some(database) = Database::make().await else { return };
    let first = work(&database, &[1], "the first").await;
    let last_heard = "SELECT (extract(epoch FROM state_change) * 1000000)::bigint FROM pg_stat_activity
                      WHERE pid = (SELECT backend FROM refund_sync.holder)";
    let (began, heard) = (Instant::now(), database.number(last_heard).await);
    while database.number(last_heard).await == heard {
        assert!(began.elapsed() < Duration::from_secs(10), "the server ends what is silent for 15 s");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    journal(&first, "RF1").await.unwrap();
}
