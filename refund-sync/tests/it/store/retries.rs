//! The suite's part about parked documents that are tried again by themselves. Each is given an empty store.

use std::time::Duration;

use refund_sync::journal::{Retries, State};
use refund_sync::store::{Origin, Store};

use super::conformance::{accepted, at, due, origin, park, read};

pub(super) async fn parked_documents_come_due_in_order_and_never_without_a_time(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let rows = ["TK1", "TK2", "TK3", "TK4"].map(|number| accepted(number, 10, "S1"));
    read(store, origin, rows.to_vec(), 11).await;
    let retries = Retries { since: at(5), tries: 3 };
    for (document, next) in due(store, origin, State::Seen).await.into_iter().zip([Some(90), Some(20), None])
    {
        park(store, origin, document, "stock").await;
        let mut document = store.parked_documents(origin.pipeline, None).await.unwrap().pop().unwrap();
        (document.retries, document.due_at) = (Some(retries), next.map(at));
        store.save(origin, vec![(document, Vec::new())]).await.unwrap();
    }
    let numbers = |now: i64, limit| async move {
        let found = store.parked_due(origin.pipeline, at(now), limit).await.unwrap();
        assert!(found.iter().all(|document| document.retries == Some(retries)));
        found.into_iter().map(|document| document.refund_no).collect::<Vec<_>>()
    };
    assert_eq!(numbers(19, 9).await, Vec::<String>::new());
    assert_eq!(numbers(20, 9).await, ["TK2"]);
    assert_eq!(numbers(1_000, 9).await, ["TK2", "TK1"]);
    assert_eq!(numbers(1_000, 1).await, ["TK2"]);
    assert_eq!(store.pending(origin.pipeline, at(1_000)).await.unwrap().documents, 1, "TK4, not the parked");
}

pub(super) async fn an_attempt_that_a_wrong_clock_put_off_for_years_is_brought_back(store: &dyn Store) {
    let (origin, day) = (origin(store, 0).await, 86_400);
    let rows = ["TK1", "TK2"].map(|number| accepted(number, 10, "S1"));
    read(store, origin, rows.to_vec(), 11).await;
    for (document, next) in due(store, origin, State::Seen).await.into_iter().zip([20 * 365 * day, day / 2]) {
        park(store, origin, document, "stock").await;
        let mut document = store.parked_documents(origin.pipeline, None).await.unwrap().pop().unwrap();
        document.due_at = Some(at(next));
        store.save(origin, vec![(document, Vec::new())]).await.unwrap();
    }
    // However short the waits of calls are: these are another kind.
    store.restart_waits(Origin { at: at(100), ..origin }, Duration::from_mins(1), false).await.unwrap();
    let found = store.parked_due(origin.pipeline, at(1_000_000_000), 9).await.unwrap();
    let found: Vec<_> = found.iter().map(|one| (one.refund_no.as_str(), one.due_at)).collect();
    assert_eq!(found, [("TK2", Some(at(day / 2))), ("TK1", Some(at(100 + day)))]);
}
