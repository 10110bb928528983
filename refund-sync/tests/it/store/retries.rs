//! The suite's part about parked documents that are tried again by themselves. Each is given an empty store.

use refund_sync::journal::{Retries, State};
use refund_sync::store::Store;

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
