//! The part of the suite that concerns what a pipeline is kept from and reminded of. Each is given an empty store.

use refund_sync::lang::Text;
use refund_sync::store::{Side, Stopped, Store};
use serde_json::json;

use super::conformance::{at, origin};

pub(super) async fn a_stop_is_remembered_until_it_is_lifted(store: &dyn Store) {
    let pipeline = store.pipeline("main").await.unwrap().id;
    let stop = Stopped {
        side: Side::Kingdee,
        reason: "1".into(),
        remedy: Text::same("mend"),
        refused: "2026-11-20T10:00:00+08:00".into(),
        by_hand: true,
        since: "2026-11-20".into(),
    };
    store.set_stopped(pipeline, Some(stop.clone())).await.unwrap();
    assert_eq!(store.pipeline("main").await.unwrap().stopped, Some(stop.clone()));
    assert_eq!(store.status().await.unwrap()[0].stopped, Some(stop));
    store.set_stopped(pipeline, None).await.unwrap();
    assert_eq!(store.pipeline("main").await.unwrap().stopped, None);
}

pub(super) async fn the_last_note_of_a_topic_is_the_one_that_counts(store: &dyn Store) {
    let main = store.pipeline("main").await.unwrap().id;
    let other = store.pipeline("other").await.unwrap().id;
    assert_eq!(store.note(main, "alert").await.unwrap(), None);
    store.set_note(main, "alert", "{}".into()).await.unwrap();
    store.set_note(main, "alert", "{\"一\": 1}".into()).await.unwrap();
    store.set_note(main, "something else", "2".into()).await.unwrap();
    assert_eq!(store.note(main, "alert").await.unwrap().as_deref(), Some("{\"一\": 1}"));
    assert_eq!(store.note(other, "alert").await.unwrap(), None);
}

pub(super) async fn a_run_closes_its_firing_with_it_and_a_pause_lasts_until_it_is_lifted(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let row = async || store.pipeline("main").await.unwrap();
    assert_eq!((row().await.fired_at, row().await.paused_at), (None, None));
    store.fired(origin.pipeline, at(1)).await.unwrap();
    assert_eq!(row().await.fired_at, Some(at(1)));
    store.end_firing(origin.run, at(5), at(9), json!({ "left": 0 }).to_string()).await.unwrap();
    assert_eq!(row().await.fired_at, Some(at(5)));
    let run = store.status().await.unwrap().remove(0).runs.remove(0);
    assert_eq!(run.outcome, Some(json!({ "left": 0 })));
    assert!(run.ended.is_some());
    store.set_paused(origin.pipeline, Some(at(7))).await.unwrap();
    assert_eq!(row().await.paused_at, Some(at(7)));
    assert!(store.status().await.unwrap()[0].paused.is_some());
    store.set_paused(origin.pipeline, None).await.unwrap();
    assert_eq!(row().await.paused_at, None);
}
