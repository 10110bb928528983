//! The part of the suite that concerns the status page: short lists out of a long journal. Each is given an empty store.

use refund_sync::journal::{Document, Event, State};
use refund_sync::store::{ActionRow, Hour, Origin, ParkedQuery, Store};

use super::conformance::{accepted, at, due, origin, park, read, step};

async fn seen(store: &dyn Store, origin: Origin, numbers: &[&str]) -> Vec<Document> {
    let rows = numbers.iter().map(|number| accepted(number, 10, "S1")).collect();
    read(store, origin, rows, 11).await;
    due(store, origin, State::Seen).await
}

async fn page(store: &dyn Store, query: ParkedQuery) -> (Vec<String>, Option<i64>) {
    let page = store.parked_page(query).await.unwrap();
    (page.documents.into_iter().map(|document| document.refund_no).collect(), page.next)
}

pub(super) async fn parked_documents_are_turned_over_page_by_page(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let causes = ["unmapped", "no_date", "unmapped", "unmapped"];
    for (document, cause) in seen(store, origin, &["TK1", "TK2", "TK3", "TK4"]).await.into_iter().zip(causes)
    {
        park(store, origin, document, cause).await;
    }
    let all = ParkedQuery { limit: 10, ..ParkedQuery::default() };
    assert_eq!(
        page(store, all.clone()).await,
        (["TK1", "TK2", "TK3", "TK4"].map(str::to_owned).to_vec(), None)
    );
    let unmapped = ParkedQuery { cause: Some("unmapped".into()), limit: 2, ..ParkedQuery::default() };
    let (first, next) = page(store, unmapped.clone()).await;
    assert_eq!(first, ["TK1", "TK3"]);
    let rest = page(store, ParkedQuery { after: next.unwrap(), ..unmapped }).await;
    assert_eq!(rest, (vec!["TK4".to_owned()], None));
    let elsewhere = ParkedQuery { pipeline: Some("other".into()), ..all };
    assert_eq!(page(store, elsewhere).await, (vec![], None));
}

pub(super) async fn what_was_brought_to_its_end_is_counted_by_the_hour(store: &dyn Store) {
    let early = origin(store, 0).await;
    for (document, second) in
        seen(store, early, &["TK1", "TK2", "TK3"]).await.into_iter().zip([0, 3_700, 3_800])
    {
        let now = Origin { at: at(second), ..early };
        let mut document = document;
        for event in [Event::Mapped, Event::Intended, Event::Saved, Event::Confirmed] {
            let (after, logs) = step(document, event);
            store.save(now, vec![(after.clone(), logs)]).await.unwrap();
            document = after;
        }
    }
    let of = |second, confirmed| Hour { pipeline: "main".into(), start: at(second), confirmed };
    // The second 0 of the suite is 2026-05-28 20:26:40 UTC.
    assert_eq!(store.hours(at(0)).await.unwrap(), [of(-1_600, 1), of(2_000, 2)]);
    assert_eq!(store.hours(at(3_750)).await.unwrap(), [of(2_000, 1)]);
}

pub(super) async fn what_persons_did_is_kept_newest_first(store: &dyn Store) {
    assert_eq!(store.actions(10).await.unwrap(), []);
    let action = |second, subject: &str| ActionRow {
        at: at(second),
        remote: "192.0.2.7".into(),
        by: "财务".into(),
        action: "retry".into(),
        pipeline: "main".into(),
        subject: subject.into(),
    };
    for (second, subject) in [(1, "TK1"), (2, "<script>"), (3, "")] {
        store.record_action(action(second, subject)).await.unwrap();
    }
    assert_eq!(store.actions(2).await.unwrap(), [action(3, ""), action(2, "<script>")]);
}

pub(super) async fn every_change_shows_in_the_revision(store: &dyn Store) {
    let mut known = vec![store.revision().await.unwrap()];
    let origin = origin(store, 0).await;
    known.push(store.revision().await.unwrap());
    let documents = seen(store, origin, &["TK1"]).await;
    known.push(store.revision().await.unwrap());
    park(store, origin, documents[0].clone(), "unmapped").await;
    known.push(store.revision().await.unwrap());
    store.end_run(origin.run, at(9), "{}".into()).await.unwrap();
    known.push(store.revision().await.unwrap());
    let action = ActionRow {
        at: at(9),
        remote: String::new(),
        by: String::new(),
        action: "pause".into(),
        pipeline: "main".into(),
        subject: String::new(),
    };
    store.record_action(action).await.unwrap();
    known.push(store.revision().await.unwrap());
    assert_eq!(store.revision().await.unwrap(), known[known.len() - 1], "nothing happened meanwhile");
    let count = known.len();
    known.sort();
    known.dedup();
    assert_eq!(known.len(), count, "each change gave another one");
}
