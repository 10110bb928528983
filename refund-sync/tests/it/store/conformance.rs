//! The suite. Each is given an empty store.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use refund_sync::journal::{Document, Event, Kept, Log, Parking, Row, State};
use refund_sync::lang::{Lang, Text};
use refund_sync::model::{Cause, Return};
use refund_sync::store::{
    Asked, Origin, PageCommit, PageOutcome, Past, Request, Retry, SEND_WITHIN, Store, Walked, WindowRecord,
    WindowState,
};
use serde_json::json;

pub(super) use super::decisions::*;
pub(super) use super::desk::*;
pub(super) use super::edited::*;
pub(super) use super::goods::*;
pub(super) use super::halts::*;
pub(super) use super::lists::*;
pub(super) use super::retention::*;
pub(super) use super::retries::*;
pub(super) use super::waits::*;

pub(super) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000 + second, 0).unwrap()
}

pub(super) fn time(second: i64) -> NaiveDateTime {
    at(second).naive_utc()
}

pub(crate) fn accepted(refund_no: &str, modified: i64, shop_no: &str) -> Row {
    Row::Accepted(Box::new(Return {
        refund_no: refund_no.into(),
        kind: 2,
        process_status: 90,
        shop_no: shop_no.into(),
        customer_no: String::new(),
        warehouse_no: "WH01".into(),
        created: None,
        modified: Some(time(modified)),
        finish_time: None,
        check_time: None,
        goods_amount: None,
        refund_amount: None,
        actual_refund_amount: None,
        tid: String::new(),
        src_no: String::new(),
        sales_tid: String::new(),
        return_mask: 0,
        lines: Vec::new(),
        stockins: Vec::new(),
        trimmed: Vec::new(),
        further: None,
    }))
}

/// A run of the pipeline `main` at a second.
pub(super) async fn origin(store: &dyn Store, second: i64) -> Origin {
    let pipeline = store.pipeline("main").await.unwrap().id;
    let run = store.begin_run(pipeline, "run", at(second)).await.unwrap();
    Origin { pipeline, run, at: at(second) }
}

pub(super) async fn read(store: &dyn Store, origin: Origin, rows: Vec<Row>, asked: i64) -> PageOutcome {
    let page = PageCommit { rows, asked_at: at(asked), window: (time(0), time(100)) };
    store.commit_page(origin, page).await.unwrap()
}

async fn shop_of(store: &dyn Store, refund_no: &str) -> String {
    store.life(refund_no).await.unwrap()[0].refund.as_ref().unwrap().shop_no.clone()
}

pub(super) async fn due(store: &dyn Store, origin: Origin, state: State) -> Vec<Document> {
    store.due(origin.pipeline, state, at(1_000), 1_000).await.unwrap()
}

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) fn step(mut document: Document, event: Event) -> (Document, Vec<Log>) {
    let log = document.apply(event, json!({})).unwrap();
    (document, vec![log])
}

/// Documents that are mapped and named.
pub(super) async fn mapped(store: &dyn Store, origin: Origin, numbers: &[&str]) -> Vec<Document> {
    let rows = numbers.iter().map(|number| accepted(number, 10, "S1")).collect();
    read(store, origin, rows, 11).await;
    let moves = due(store, origin, State::Seen).await.into_iter().map(|document| {
        let (mut document, logs) = step(document, Event::Mapped);
        document.rules = Some("old".into());
        document.bill = Kept::of_text("{}".into());
        (document, logs)
    });
    store.save(origin, moves.collect()).await.unwrap();
    due(store, origin, State::Mapped).await
}

pub(super) async fn intended(store: &dyn Store, origin: Origin, numbers: &[&str]) -> Vec<Document> {
    let mapped = mapped(store, origin, numbers).await;
    let moves = mapped.into_iter().map(|document| step(document, Event::Intended)).collect();
    store.intend(origin, LIMIT, moves).await.unwrap()
}

pub(super) async fn park(store: &dyn Store, origin: Origin, document: Document, cause: &str) {
    let mut document = document;
    let parking = Parking::one(
        Cause::parse(cause).unwrap(),
        Text::new("有问题", "what is wrong"),
        Text::same("mend it"),
    );
    let log = document.park(Event::Refused, parking).unwrap();
    document.rules = Some("old".into());
    store.save(origin, vec![(document, vec![log])]).await.unwrap();
}

pub(super) async fn a_pipeline_is_made_once_and_found_again(store: &dyn Store) {
    let first = store.pipeline("main").await.unwrap();
    assert_eq!((first.cursor, first.began, first.stopped.is_none()), (None, None, true));
    store.remember(first.id, 1_500, Some("learned".into())).await.unwrap();
    store.remember(first.id, -20, None).await.unwrap();
    let again = store.pipeline("main").await.unwrap();
    assert_eq!((again.id, again.clock_offset_ms, again.limiter.as_deref()), (first.id, -20, Some("learned")));
    assert_ne!(store.pipeline("other").await.unwrap().id, first.id);
}

pub(super) async fn an_older_row_that_arrives_late_changes_nothing(store: &dyn Store) {
    let origin = origin(store, 0).await;
    read(store, origin, vec![accepted("TK1", 20, "NEW")], 1).await;
    let outcome = read(store, origin, vec![accepted("TK1", 10, "OLD")], 99).await;
    assert_eq!((outcome.unchanged, outcome.accepted), (1, 0));
    assert_eq!(shop_of(store, "TK1").await, "NEW");
    let outcome = read(store, origin, vec![accepted("TK1", 30, "NEWER")], 2).await;
    assert_eq!(outcome.accepted, 1);
    assert_eq!(shop_of(store, "TK1").await, "NEWER");
}

pub(super) async fn of_two_rows_of_one_time_the_one_asked_for_later_wins(store: &dyn Store) {
    let origin = origin(store, 0).await;
    read(store, origin, vec![accepted("TK1", 20, "LATER")], 8).await;
    read(store, origin, vec![accepted("TK1", 20, "EARLIER")], 7).await;
    assert_eq!(shop_of(store, "TK1").await, "LATER");
    read(store, origin, vec![accepted("TK1", 20, "LATEST")], 9).await;
    assert_eq!(shop_of(store, "TK1").await, "LATEST");
}

pub(super) async fn a_page_that_is_read_twice_is_journalled_once(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let rows = || vec![accepted("TK1", 20, "S1"), accepted("TK2", 20, "S1"), accepted("TK1", 20, "S1")];
    let first = read(store, origin, rows(), 5).await;
    assert_eq!((first.accepted, first.unchanged), (2, 1));
    let second = read(store, origin, rows(), 6).await;
    assert_eq!((second.accepted, second.unchanged), (0, 3));
    assert_eq!(store.life("TK1").await.unwrap()[0].events.len(), 1);
}

pub(super) async fn two_pipelines_know_the_same_number_without_knowing_each_other(store: &dyn Store) {
    let main = origin(store, 0).await;
    let pipeline = store.pipeline("other").await.unwrap().id;
    let other = Origin { pipeline, ..main };
    read(store, main, vec![accepted("TK1", 20, "S1")], 5).await;
    read(store, other, vec![accepted("TK1", 10, "S2")], 5).await;
    let lives = store.life("TK1").await.unwrap();
    let told: Vec<_> = lives
        .iter()
        .map(|life| (life.pipeline.as_str(), life.refund.as_ref().unwrap().shop_no.as_str()))
        .collect();
    assert_eq!(told, [("main", "S1"), ("other", "S2")]);
    assert_eq!(store.pending(other.pipeline, at(0)).await.unwrap().documents, 1);
}

pub(super) async fn a_newer_row_waits_while_the_fate_of_the_bill_is_unknown(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let document = intended(store, origin, &["TK1"]).await.remove(0);
    let outcome = read(store, origin, vec![accepted("TK1", 30, "S2")], 31).await;
    assert_eq!(outcome.waiting, 1);
    let life = &store.life("TK1").await.unwrap()[0];
    assert_eq!((life.state, life.newer_row_waits), (State::Intended, true));
    assert!(store.waiting(origin.pipeline, 10).await.unwrap().is_empty(), "its fate is not known yet");

    let waiting = due(store, origin, State::Intended).await.remove(0);
    assert_eq!(waiting.id, document.id);
    let (mut saved, logs) = step(waiting, Event::Saved);
    saved.fid = Some("100001".into());
    store.save(origin, vec![(saved, logs)]).await.unwrap();
    let waiting = store.waiting(origin.pipeline, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].pending.is_some());
}

pub(super) async fn a_row_that_comes_while_the_writer_holds_its_copy_is_not_overwritten(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let held = intended(store, origin, &["TK1"]).await.remove(0);
    read(store, origin, vec![accepted("TK1", 20, "S2")], 21).await;
    let (mut saved, logs) = step(held, Event::Saved);
    saved.fid = Some("100001".into());
    store.save(origin, vec![(saved, logs)]).await.unwrap();
    let waiting = store.waiting(origin.pipeline, 10).await.unwrap();
    assert_eq!(waiting.len(), 1, "the newer row must still wait");
    assert_eq!((waiting[0].state, waiting[0].version.modified), (State::Saved, Some(time(20))));
}

pub(super) async fn a_bill_of_an_older_row_is_not_intended_any_more(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let held = mapped(store, origin, &["TK1", "TK2"]).await;
    read(store, origin, vec![accepted("TK1", 20, "S2")], 21).await;
    let moves = held.into_iter().map(|document| step(document, Event::Intended)).collect();
    let intended = store.intend(origin, LIMIT, moves).await.unwrap();
    let numbers: Vec<_> = intended.iter().map(|document| document.refund_no.as_str()).collect();
    assert_eq!(numbers, ["TK2"]);
    assert_eq!(due(store, origin, State::Seen).await[0].refund_no, "TK1");
    assert_eq!(shop_of(store, "TK1").await, "S2");
}

pub(super) async fn documents_are_due_in_order_and_not_before_their_time(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let rows = ["TK3", "TK1", "TK2"].map(|number| accepted(number, 10, "S1"));
    read(store, origin, rows.to_vec(), 11).await;
    let mut seen = due(store, origin, State::Seen).await;
    let numbers: Vec<_> = seen.iter().map(|document| document.refund_no.clone()).collect();
    assert_eq!(numbers, ["TK3", "TK1", "TK2"], "oldest first, as they were read");
    let two = store.due(origin.pipeline, State::Seen, at(0), 2).await.unwrap();
    assert_eq!(two.len(), 2);

    seen[0].due_at = Some(at(50));
    store.save(origin, vec![(seen.remove(0), Vec::new())]).await.unwrap();
    assert_eq!(store.due(origin.pipeline, State::Seen, at(49), 9).await.unwrap().len(), 2);
    assert_eq!(store.due(origin.pipeline, State::Seen, at(50), 9).await.unwrap().len(), 3);
}

pub(super) async fn what_can_move_is_pending_and_what_waits_for_a_person_is_not(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let rows = ["TK1", "TK2"].map(|number| accepted(number, 10, "S1"));
    read(store, origin, rows.to_vec(), 11).await;
    let filtered = Row::Filtered {
        refund_no: "TK3".into(),
        kind: 4,
        process_status: 90,
        shop_no: "S1".into(),
        modified: Some(time(10)),
        amount: None,
        numbers: Vec::new(),
    };
    read(store, origin, vec![filtered], 11).await;
    let pending = store.pending(origin.pipeline, at(0)).await.unwrap();
    assert_eq!((pending.documents, pending.next_due), (2, None));

    let mut seen = due(store, origin, State::Seen).await;
    park(store, origin, seen.remove(0), "unmapped").await;
    seen[0].due_at = Some(at(90));
    store.save(origin, vec![(seen.remove(0), Vec::new())]).await.unwrap();
    let pending = store.pending(origin.pipeline, at(0)).await.unwrap();
    assert_eq!((pending.documents, pending.next_due), (1, Some(at(90))));
}

pub(super) async fn an_intent_puts_its_call_on_every_document_it_carries(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let first = intended(store, origin, &["TK1", "TK2"]).await;
    let second = intended(store, origin, &["TK3"]).await;
    assert!(first[0].batch.is_some());
    assert_eq!(first[0].batch, first[1].batch);
    assert_ne!(first[0].batch, second[0].batch);
    let stored = due(store, origin, State::Intended).await;
    assert_eq!(stored, [first, second].concat(), "as returned, so stored");
    assert!(stored.iter().all(|document| document.sends == 1));
    let events = &store.life("TK1").await.unwrap()[0].events;
    assert_eq!(events.last().unwrap().detail["batch"], stored[0].batch.unwrap());
}

pub(super) async fn an_unanswered_document_knows_when_its_call_last_showed_life(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let mut documents = intended(store, origin, &["TK1", "TK2"]).await;
    let batch = documents[0].batch.unwrap();
    let unanswered = store.unanswered(origin.pipeline, at(5), 9).await.unwrap();
    assert!(unanswered.iter().all(|one| one.batch_appeared.is_none()));
    store.batches_appeared(vec![batch], at(7)).await.unwrap();
    documents[0].due_at = Some(at(60));
    store.save(origin, vec![(documents.remove(0), Vec::new())]).await.unwrap();
    let unanswered = store.unanswered(origin.pipeline, at(8), 9).await.unwrap();
    let [one] = unanswered.as_slice() else { panic!("only what is due: {unanswered:?}") };
    assert_eq!((one.document.refund_no.as_str(), one.batch_appeared), ("TK2", Some(at(7))));
}

pub(super) async fn after_a_crash_only_calls_without_an_answer_are_in_doubt(store: &dyn Store) {
    let before = origin(store, 0).await;
    let mut documents = intended(store, before, &["TK1", "TK2", "TK3"]).await;
    let (mut saved, logs) = step(documents.remove(0), Event::Saved);
    saved.fid = Some("1".into());
    let (mut in_doubt, doubt) = step(documents.remove(0), Event::FateUnknown);
    in_doubt.unknown_since = Some(at(3));
    store.save(before, vec![(saved, logs), (in_doubt, doubt)]).await.unwrap();

    let after = origin(store, 500).await;
    assert_eq!(store.recover(after).await.unwrap(), 1);
    assert_eq!(store.recover(after).await.unwrap(), 0, "once");
    let long_after = Origin { at: at(600), ..after };
    let found = due(store, long_after, State::Intended).await;
    assert_eq!((found[0].refund_no.as_str(), found[0].unknown_since), ("TK2", Some(at(3))));
    // Where its worker may be alive, the call is given the time that it was intended for.
    let given_up = found[1].unknown_since.unwrap();
    assert_eq!(found[1].refund_no, "TK3");
    assert!((at(500)..=at(500) + SEND_WITHIN + LIMIT).contains(&given_up), "{given_up}");
    let life = &store.life("TK3").await.unwrap()[0];
    assert_eq!(life.events.last().unwrap().event, "fate_unknown");
}

pub(super) async fn new_rules_free_what_the_old_ones_refused_and_nothing_that_has_a_bill(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let mapped = mapped(store, origin, &["MAPPED"]).await;
    assert_eq!(mapped.len(), 1);
    // What 金蝶 refused for base data or a required field may be what the new rules are for; stock is not.
    let causes = [("LACKING", "missing_in_kingdee"), ("STANDING", "unmapped"), ("STOCK", "stock")];
    let numbers = causes.iter().map(|(number, _)| *number).chain(["REFUSED"]);
    read(store, origin, numbers.map(|number| accepted(number, 10, "S1")).collect(), 11).await;
    for mut document in due(store, origin, State::Seen).await {
        let cause = causes.iter().find(|(number, _)| *number == document.refund_no);
        document.bill = cause.map_or(document.bill, |_| Kept::of_text("{}".into()));
        document.fid = (document.refund_no == "STANDING").then(|| "1".into());
        park(store, origin, document, cause.map_or("unmapped", |(_, cause)| *cause)).await;
    }
    assert_eq!(store.remap(origin, "old").await.unwrap(), 0, "the same rules say the same");
    assert_eq!(store.remap(origin, "new").await.unwrap(), 3);
    let freed: Vec<_> =
        due(store, origin, State::Seen).await.into_iter().map(|document| document.refund_no).collect();
    assert_eq!(freed, ["MAPPED", "LACKING", "REFUSED"]);
    for number in ["STANDING", "STOCK"] {
        assert_eq!(store.life(number).await.unwrap()[0].state, State::Parked, "{number}");
    }
}

pub(super) async fn a_request_stays_until_it_is_answered(store: &dyn Store) {
    let pipeline = store.pipeline("main").await.unwrap().id;
    let one =
        Request::Retry(Retry { numbers: vec!["TK1".into()], again: true, cause: Some("unmapped".into()) });
    let past = Request::Backfill(Past { from: time(0), to: time(9), again: false });
    let some = store.leave_request(pipeline, one.clone(), at(1)).await.unwrap();
    let all = store.leave_request(pipeline, past.clone(), at(2)).await.unwrap();
    assert_eq!(store.leave_request(pipeline, past.clone(), at(3)).await.unwrap(), all, "it is open already");
    let open =
        [Asked { id: some, at: at(1), request: one.clone() }, Asked { id: all, at: at(2), request: past }];
    assert_eq!(store.open_requests(pipeline).await.unwrap(), open);
    assert_eq!(store.open_requests(pipeline).await.unwrap(), open, "a crash in between loses none");
    assert_eq!(store.request_answer(some).await.unwrap(), None);
    store.answer_request(some, "1".into()).await.unwrap();
    assert_eq!(store.request_answer(some).await.unwrap().as_deref(), Some("1"));
    assert_eq!(store.open_requests(pipeline).await.unwrap(), open[1..]);
    assert_ne!(store.leave_request(pipeline, one, at(4)).await.unwrap(), some, "answered once, asked anew");
    let other = store.pipeline("other").await.unwrap().id;
    assert!(store.open_requests(other).await.unwrap().is_empty());
}

pub(super) fn window(start: i64, end: i64, state: WindowState) -> WindowRecord {
    let (start, end) = (time(start), time(end));
    WindowRecord { start, end, state, total: Some(3), seen: 3, calls: 1, note: String::new(), live: true }
}

pub(super) async fn the_cursor_moves_only_forward_and_only_when_told(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let place = async || {
        let row = store.pipeline("main").await.unwrap();
        (row.began, row.cursor)
    };
    store.record_window(origin, window(100, 200, WindowState::Read), None).await.unwrap();
    assert_eq!(place().await, (Some(time(100)), None), "read only: nothing is proven");
    store.record_window(origin, window(100, 150, WindowState::Settled), Some(time(150))).await.unwrap();
    store.record_window(origin, window(160, 180, WindowState::Settled), None).await.unwrap();
    assert_eq!(place().await, (Some(time(100)), Some(time(150))), "a gap holds it");
    store.record_window(origin, window(50, 90, WindowState::Settled), Some(time(90))).await.unwrap();
    assert_eq!(place().await, (Some(time(50)), Some(time(150))), "it never goes back");
}

pub(super) async fn a_walked_window_takes_the_place_of_what_was_only_read(store: &dyn Store) {
    let origin = origin(store, 0).await;
    store.record_window(origin, window(100, 200, WindowState::Read), None).await.unwrap();
    store.record_window(origin, window(100, 180, WindowState::Settled), Some(time(180))).await.unwrap();
    store.record_window(origin, window(180, 300, WindowState::Read), None).await.unwrap();
    let status = store.status().await.unwrap().remove(0);
    let windows: Vec<_> = status.windows.iter().map(|window| window.state.as_str()).collect();
    assert_eq!(windows, ["read", "settled"], "newest first: {:?}", status.windows);
    assert_eq!(status.read_until.unwrap(), time(300).to_string());
}

pub(super) async fn what_is_read_beside_the_live_feed_moves_neither_end_of_the_ledger(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let past = WindowRecord { live: false, ..window(0, 9, WindowState::Settled) };
    store.record_window(origin, past.clone(), None).await.unwrap();
    let row = store.pipeline("main").await.unwrap();
    assert_eq!((row.began, row.cursor), (None, None), "the live feed begins where it was told to");
    store.record_window(origin, window(100, 200, WindowState::Settled), Some(time(200))).await.unwrap();
    store.record_window(origin, past, None).await.unwrap();
    let row = store.pipeline("main").await.unwrap();
    assert_eq!((row.began, row.cursor), (Some(time(100)), Some(time(200))));
}

pub(super) async fn walked_windows_are_found_by_the_span_they_touch(store: &dyn Store) {
    let origin = origin(store, 7).await;
    for (start, end, state) in
        [(50, 60, WindowState::Read), (0, 9, WindowState::Settled), (9, 20, WindowState::Settled)]
    {
        store.record_window(origin, window(start, end, state), None).await.unwrap();
    }
    let walked = |start, end, state| Walked { start: time(start), end: time(end), state, at: at(7) };
    let found = store.walked(origin.pipeline, (time(9), time(50))).await.unwrap();
    let all = [
        walked(0, 9, WindowState::Settled),
        walked(9, 20, WindowState::Settled),
        walked(50, 60, WindowState::Read),
    ];
    assert_eq!(found, all);
    assert_eq!(store.walked(origin.pipeline, (time(10), time(49))).await.unwrap(), all[1..2]);
    let other = store.pipeline("other").await.unwrap().id;
    assert_eq!(store.walked(other, (time(0), time(99))).await.unwrap(), []);
}

pub(super) async fn documents_are_found_by_number_and_by_the_day_they_are_booked(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let mut moves = Vec::new();
    for document in mapped(store, origin, &["TK1", "TK2", "TK3"]).await {
        let (mut document, logs) = step(document, Event::Intended);
        document.date = Some(day(1));
        document.bill = match document.refund_no.as_str() {
            "TK1" => Kept::default(),
            // A closed period moved it: the bill's day counts.
            "TK2" => Kept::of_text(json!({ "date": day(5) }).to_string()),
            _ => Kept::of_text(json!({ "date": day(1) }).to_string()),
        };
        moves.push((document, logs));
    }
    store.save(origin, moves).await.unwrap();
    let numbers = |found: Vec<Document>| found.into_iter().map(|one| one.refund_no).collect::<Vec<_>>();
    let wanted = ["TK3", "TK9", "TK1"].map(str::to_owned).to_vec();
    assert_eq!(numbers(store.documents(origin.pipeline, wanted).await.unwrap()), ["TK3", "TK1"]);

    let first = store.dated(origin.pipeline, (day(1), day(1)), 0, 1).await.unwrap();
    let after = first[0].id;
    assert_eq!(numbers(first), ["TK1"]);
    let rest = store.dated(origin.pipeline, (day(1), day(1)), after, 10).await.unwrap();
    assert_eq!(numbers(rest), ["TK3"]);
    let later = store.dated(origin.pipeline, (day(2), day(5)), 0, 10).await.unwrap();
    assert_eq!(numbers(later), ["TK2"]);
}

pub(super) async fn every_return_is_told_once_and_no_row_without_one(store: &dyn Store) {
    let origin = origin(store, 0).await;
    assert_eq!(store.known_pipeline("other").await.unwrap(), None);
    assert_eq!(store.known_pipeline("main").await.unwrap().unwrap().id, origin.pipeline);
    let filtered = Row::Filtered {
        refund_no: "TK2".into(),
        kind: 4,
        process_status: 90,
        shop_no: "S1".into(),
        modified: None,
        amount: None,
        numbers: Vec::new(),
    };
    read(store, origin, vec![accepted("TK1", 10, "S1"), filtered, accepted("TK3", 10, "S2")], 11).await;
    let first = store.returns(origin.pipeline, 0, 1).await.unwrap();
    assert_eq!((first.len(), first[0].refund_no.as_str()), (1, "TK1"));
    let rest = store.returns(origin.pipeline, first[0].id, 10).await.unwrap();
    assert_eq!((rest.len(), rest[0].refund().unwrap().shop_no.as_str()), (1, "S2"));
}

pub(super) async fn a_life_is_told_in_the_order_it_happened(store: &dyn Store) {
    let origin = origin(store, 0).await;
    intended(store, origin, &["TK1"]).await;
    store.end_run(origin.run, at(9), json!({ "left": 1 }).to_string()).await.unwrap();
    let life = &store.life("TK1").await.unwrap()[0];
    let events: Vec<_> = life.events.iter().map(|event| (event.event.as_str(), event.run)).collect();
    assert_eq!(events, [("read", origin.run), ("mapped", origin.run), ("intended", origin.run)]);
    let span = TimeDelta::seconds(100);
    assert_eq!(life.events[0].detail["window"], json!([time(0).to_string(), (time(0) + span).to_string()]));
    assert!(store.life("TK2").await.unwrap().is_empty());
    let run = &store.status().await.unwrap()[0].runs[0];
    assert_eq!((run.command.as_str(), run.outcome.as_ref().unwrap()["left"].as_i64()), ("run", Some(1)));
    assert!(run.ended.is_some());
}

pub(super) async fn what_is_parked_is_found_by_number_or_all_at_once(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let rows = ["TK1", "TK2", "TK3"].map(|number| accepted(number, 10, "S1"));
    read(store, origin, rows.to_vec(), 11).await;
    for document in due(store, origin, State::Seen).await.into_iter().take(2) {
        park(store, origin, document, "unmapped").await;
    }
    let found = |numbers: Vec<&str>| numbers.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let by_number = found(vec!["TK2", "TK3", "TK9"]);
    let documents = store.parked_documents(origin.pipeline, Some(&by_number)).await.unwrap();
    assert_eq!(documents.len(), 1);
    assert_eq!(store.parked_documents(origin.pipeline, None).await.unwrap().len(), 2);
    let told = store.parked().await.unwrap();
    assert_eq!(told.len(), 2);
    assert_eq!(
        (told[0].cause.as_str(), told[0].reasons[0].remedy.get(Lang::English)),
        ("unmapped", "mend it")
    );
    assert_eq!(store.status().await.unwrap()[0].parked["unmapped"], 2);
}
