//! The part of the suite that concerns what may be taken out of a journal, and what may not. Each is given an empty
//! store.

use refund_sync::journal::{Document, Event, State};
use refund_sync::store::{Life, Origin, Request, Retry, Store, WindowState};

use super::conformance::{accepted, at, due, mapped, origin, park, read, step, time, window};

async fn life(store: &dyn Store, refund_no: &str) -> Life {
    store.life(refund_no).await.unwrap().remove(0)
}

/// Takes documents that are mapped to their end.
async fn confirm(store: &dyn Store, origin: Origin, documents: Vec<Document>) {
    let end = |document: Document| {
        let (document, mut logs) = step(document, Event::Adopted);
        let (mut document, confirmed) = step(document, Event::Confirmed);
        logs.extend(confirmed);
        document.fid = Some("100001".into());
        (document, logs)
    };
    store.save(origin, documents.into_iter().map(end).collect()).await.unwrap();
}

/// Prunes to the end.
async fn prune(store: &dyn Store, origin: Origin, until: i64) {
    let mut after = (0, 0);
    while let Some(last) = store.prune(origin, at(until), after).await.unwrap() {
        assert!(last >= after);
        after = last;
    }
}

pub(super) async fn what_is_over_goes_and_its_document_stays(store: &dyn Store) {
    let old = origin(store, 10).await;
    let documents = mapped(store, old, &["A"]).await;
    confirm(store, old, documents).await;
    let before = life(store, "A").await;
    assert_eq!((before.events.len(), &before.pruned_until), (4, &None));
    store.record_window(old, window(0, 5, WindowState::Settled), Some(time(5))).await.unwrap();
    let request = store.leave_request(old.pipeline, Request::Retry(Retry::default()), at(10)).await.unwrap();
    store.answer_request(request, "0".into()).await.unwrap();

    let now = origin(store, 500).await;
    assert_eq!(store.pipeline("main").await.unwrap().pruned_at, None);
    prune(store, now, 400).await;
    let after = life(store, "A").await;
    assert!(after.events.is_empty());
    assert_eq!(after.pruned_until.as_deref(), Some(before.events[3].at.as_str()));
    assert_eq!((after.state, after.fid, after.refund), (State::Confirmed, before.fid, before.refund));
    let document = store.documents(now.pipeline, vec!["A".into()]).await.unwrap().remove(0);
    assert_eq!((document.bill.text(), document.rules.as_deref()), (Some("{}"), Some("old")));
    let status = store.status().await.unwrap().remove(0);
    assert_eq!((status.windows.len(), status.runs.len()), (0, 1), "the run that prunes stays");
    assert_eq!(store.request_answer(request).await.unwrap(), None);
    let row = store.pipeline("main").await.unwrap();
    assert_eq!((row.pruned_at, row.cursor), (Some(at(500)), Some(time(5))));
    let shown = store.shown(time(1_000)).await.unwrap().remove(0);
    assert!(shown.pruned_to > Some(time(5)), "the audit knows what is missing: {shown:?}");

    read(store, now, vec![accepted("A", 10, "S1")], 501).await;
    assert_eq!(
        life(store, "A").await.state,
        State::Confirmed,
        "an old row that is read again says nothing new"
    );
}

pub(super) async fn what_is_young_or_not_at_its_end_stays_whole(store: &dyn Store) {
    let old = origin(store, 10).await;
    read(store, old, vec![accepted("PARKED", 10, "S1")], 11).await;
    let seen = due(store, old, State::Seen).await.remove(0);
    park(store, old, seen, "unmapped").await;
    mapped(store, old, &["MAPPED"]).await;
    read(store, old, vec![accepted("SEEN", 10, "S1")], 11).await;
    let other = Origin { pipeline: store.pipeline("other").await.unwrap().id, ..old };
    let theirs = mapped(store, other, &["THEIRS"]).await;
    confirm(store, other, theirs).await;
    let request = store.leave_request(old.pipeline, Request::Retry(Retry::default()), at(10)).await.unwrap();

    let young = origin(store, 450).await;
    let documents = mapped(store, young, &["YOUNG"]).await;
    let documents = documents.into_iter().filter(|document| document.refund_no == "YOUNG").collect();
    confirm(store, young, documents).await;
    // Of long ago, and walked a moment ago: by a backfill that goes on from there.
    store.record_window(young, window(0, 5, WindowState::Settled), None).await.unwrap();

    let numbers = ["PARKED", "MAPPED", "SEEN", "THEIRS", "YOUNG"];
    let mut before = Vec::new();
    for number in numbers {
        before.push(life(store, number).await.events.len());
    }
    prune(store, origin(store, 500).await, 400).await;
    for (number, before) in numbers.into_iter().zip(before) {
        let after = life(store, number).await;
        assert_eq!((after.events.len(), after.pruned_until), (before, None), "{number}");
    }
    let status = store.status().await.unwrap().remove(0);
    assert_eq!(status.windows.len(), 1);
    assert_eq!(store.open_requests(old.pipeline).await.unwrap()[0].id, request);
}

pub(super) async fn the_past_goes_in_parts_and_one_that_was_broken_off_is_begun_again(store: &dyn Store) {
    let old = origin(store, 10).await;
    let numbers: Vec<String> = (0..600).map(|n| format!("TK{n:03}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let documents = mapped(store, old, &numbers).await;
    confirm(store, old, documents).await;
    let now = origin(store, 500).await;

    // Broken off after the first part: what is gone is gone, what is there is whole, and nobody says it is done.
    let next = store.prune(now, at(400), (0, 0)).await.unwrap();
    assert!(next.is_some_and(|last| last > (0, 0)));
    let left = store.life("TK599").await.unwrap().remove(0);
    assert_eq!((left.state, store.pipeline("main").await.unwrap().pruned_at), (State::Confirmed, None));

    prune(store, now, 400).await;
    for number in numbers {
        let life = life(store, number).await;
        assert_eq!((life.state, life.events.len(), life.pruned_until.is_some()), (State::Confirmed, 0, true));
    }
    assert_eq!(store.pipeline("main").await.unwrap().pruned_at, Some(at(500)));
}
