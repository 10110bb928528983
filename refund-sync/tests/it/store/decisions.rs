//! What a person decided is kept with its document, listed, counted, and touched by nothing that moves documents by itself.

use refund_sync::journal::{DecisionKind, State, Wish, decision, seen};
use refund_sync::store::{Choice, Decide, List, ListQuery, Request, SortBy, Store};

use super::conformance::{accepted, at, due, origin, park, read};

fn wish(kind: DecisionKind) -> Wish {
    Wish { kind, bill: Some("HAND-1".into()), note: "客户自提 'quoted'".into(), by: "财务".into() }
}

pub(super) async fn what_was_decided_is_kept_listed_and_taken_back(store: &dyn Store) {
    let origin = origin(store, 0).await;
    read(store, origin, vec![accepted("TK1", 1, "S1"), accepted("TK2", 1, "S1")], 1).await;
    for document in due(store, origin, State::Seen).await {
        park(store, origin, document, "quantity_gap").await;
    }
    let mut document = store.documents(origin.pipeline, vec!["TK1".into()]).await.unwrap().remove(0);
    let booked = decision::Booked { fid: "100007".into(), ..decision::Booked::default() };
    let log = decision::close(&mut document, &wish(DecisionKind::Booked), at(5), Some(booked)).unwrap();
    assert_eq!(store.save(origin, vec![(document.clone(), vec![log])]).await.unwrap(), Vec::<i64>::new());

    let kept = store.decided(origin.pipeline, 0, 9).await.unwrap();
    assert_eq!(kept, [document.clone()]);
    assert!(store.decided(origin.pipeline, document.id, 9).await.unwrap().is_empty());
    let numbers = async |list: ListQuery| -> Vec<String> {
        store.list(list).await.unwrap().rows.into_iter().map(|row| row.refund_no).collect()
    };
    for sort in [SortBy::Decided, SortBy::Amount] {
        assert_eq!(numbers(ListQuery { sort, ..ListQuery::of(List::Decided) }).await, ["TK1"]);
    }
    let booked = ListQuery { cause: Some("booked".into()), ..ListQuery::of(List::Decided) };
    assert_eq!(numbers(booked).await, ["TK1"]);
    let lacking = Some(("customers".to_owned(), "S'9".to_owned()));
    assert!(numbers(ListQuery { missing: lacking, ..ListQuery::of(List::Parked) }).await.is_empty());
    // What waits is listed by the day that it would be booked on.
    let mut other = store.documents(origin.pipeline, vec!["TK2".into()]).await.unwrap().remove(0);
    let day = chrono::NaiveDate::from_ymd_opt(2020, 2, 29);
    other.parking = other.parking.map(|parking| parking.due_on(day));
    store.save(origin, vec![(other, Vec::new())]).await.unwrap();
    for (days, wanted) in [((day, day), &["TK2"][..]), ((day.and_then(|day| day.succ_opt()), None), &[])] {
        let by_day = ListQuery { days, sort: SortBy::Date, ..ListQuery::of(List::Parked) };
        assert_eq!(numbers(by_day).await, wanted);
    }
    let known = store.numbers(&kept_name(store).await, "TK1").await.unwrap();
    for wanted in ["HAND-1", "100007"] {
        assert!(known.iter().any(|number| number.text == wanted), "{known:?}");
    }
    let status = store.status().await.unwrap().remove(0);
    assert_eq!(status.decided.get("booked"), Some(&1));
    assert_eq!(status.parked.values().sum::<u64>(), 1);
    assert_eq!(store.parked().await.unwrap().len(), 1);
    let life = store.life("TK1").await.unwrap().remove(0);
    let told = life.decision.unwrap();
    assert_eq!(
        (told.kind, told.by.as_str(), told.fid.as_deref()),
        (DecisionKind::Booked, "财务", Some("100007"))
    );
    assert_eq!(life.seen, seen(&document));

    // Nothing that moves documents by itself touches it.
    assert!(store.set_aside(origin).await.unwrap().is_empty());
    store.remap(origin, "other rules").await.unwrap();
    assert_eq!(store.pending(origin.pipeline, at(99)).await.unwrap().documents, 1, "the other one");
    let state = async || store.documents(origin.pipeline, vec!["TK1".into()]).await.unwrap().remove(0).state;
    assert_eq!(state().await, State::Decided);
    // A newer row waits beside it.
    read(store, origin, vec![accepted("TK1", 7, "S2")], 7).await;
    assert_eq!(state().await, State::Decided);
    let waiting = store.waiting(origin.pipeline, 9).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(store.pending(origin.pipeline, at(99)).await.unwrap().documents, 2);

    let mut document = store.documents(origin.pipeline, vec!["TK1".into()]).await.unwrap().remove(0);
    let logs = decision::undo(&mut document, &wish(DecisionKind::Undo)).unwrap();
    store.save(origin, vec![(document, logs)]).await.unwrap();
    assert_eq!((state().await, store.parked().await.unwrap().len()), (State::Parked, 1));
}

async fn kept_name(store: &dyn Store) -> String {
    store.status().await.unwrap().remove(0).pipeline
}

pub(super) async fn a_decision_is_left_for_whoever_works_the_journal(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let returns = vec![Choice { refund_no: "TK1".into(), seen: "word".into() }];
    let request = Request::Decide(Decide { wish: wish(DecisionKind::Ignored), returns });
    let id = store.leave_request(origin.pipeline, request.clone(), at(1)).await.unwrap();
    assert_eq!(store.open_requests(origin.pipeline).await.unwrap()[0].request, request);
    assert_eq!(store.request_answer(id).await.unwrap(), None);
    store.answer_request(id, "[]".into()).await.unwrap();
    assert_eq!(store.request_answer(id).await.unwrap().as_deref(), Some("[]"));
}
