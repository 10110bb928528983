//! The suite's part about waits across a start: begun anew where nobody knows how much of them has passed, brought back
//! where a wrong clock put them. Each is given an empty store.

use std::time::Duration;

use refund_sync::journal::{Document, Event, State};
use refund_sync::store::{Origin, Store};

use super::conformance::{at, due, intended, origin, step};

const LONGEST: Duration = Duration::from_secs(100);

async fn in_doubt(store: &dyn Store, since: i64, due_at: i64) -> (Origin, Document) {
    let origin = origin(store, 0).await;
    let (mut document, logs) = step(intended(store, origin, &["TK1"]).await.remove(0), Event::FateUnknown);
    (document.unknown_since, document.due_at) = (Some(at(since)), Some(at(due_at)));
    store.save(origin, vec![(document.clone(), logs)]).await.unwrap();
    (origin, document)
}

async fn found(store: &dyn Store, origin: Origin) -> Document {
    due(store, Origin { at: at(1_000_000_000), ..origin }, State::Intended).await.remove(0)
}

pub(super) async fn a_wait_of_which_is_known_what_has_passed_goes_on(store: &dyn Store) {
    let (origin, document) = in_doubt(store, 500, 520).await;
    let now = Origin { at: at(510), ..origin };
    assert_eq!(store.restart_waits(now, LONGEST, false).await.unwrap(), 0);
    let found = found(store, origin).await;
    assert_eq!((found.unknown_since, found.due_at), (document.unknown_since, document.due_at));
}

pub(super) async fn a_wait_of_which_nobody_knows_what_has_passed_begins_anew(store: &dyn Store) {
    let (origin, _) = in_doubt(store, 500, 520).await;
    let now = Origin { at: at(810), ..origin };
    assert_eq!(store.restart_waits(now, LONGEST, true).await.unwrap(), 1);
    assert_eq!(found(store, origin).await.unknown_since, Some(at(810)));
    // By a clock that was set back it would seem never to have begun.
    let before = Origin { at: at(700), ..origin };
    store.restart_waits(before, LONGEST, true).await.unwrap();
    assert_eq!(found(store, origin).await.unknown_since, Some(at(800)), "never further than any wait goes");
}

pub(super) async fn what_a_wrong_clock_put_off_for_years_is_brought_back(store: &dyn Store) {
    let years = 20 * 365 * 86_400;
    let (origin, document) = in_doubt(store, years, years + 60).await;
    store.batches_appeared(document.batch.into_iter().collect(), at(years)).await.unwrap();
    let now = Origin { at: at(500), ..origin };
    store.restart_waits(now, LONGEST, false).await.unwrap();
    let unanswered = store.unanswered(origin.pipeline, at(600), 9).await.unwrap().remove(0);
    assert_eq!(unanswered.document.unknown_since, Some(at(600)));
    assert_eq!(unanswered.document.due_at, Some(at(600)));
    assert_eq!(unanswered.batch_appeared, Some(at(500)));
}
