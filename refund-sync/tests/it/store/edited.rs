//! The suite's part about journals that were edited: what each store shows of one, and its repairs. Each is given an
//! empty store. What is made of it is in `audit`.

use chrono::{NaiveDateTime, TimeDelta};
use refund_sync::journal::{Event, State};
use refund_sync::store::{Shown, Store, WindowRecord, WindowState};

use super::conformance::{at, due, mapped, origin, step, time};

fn far() -> NaiveDateTime {
    time(0) + TimeDelta::days(99)
}

async fn settle(store: &dyn Store, from: i64, to: i64) {
    let window = WindowRecord {
        start: time(from),
        end: time(to),
        state: WindowState::Settled,
        total: Some(0),
        seen: 0,
        calls: 1,
        note: String::new(),
        live: true,
    };
    let origin = origin(store, to).await;
    store.record_window(origin, window, Some(time(to))).await.unwrap();
}

async fn shown(store: &dyn Store, future: NaiveDateTime) -> Shown {
    store.shown(future).await.unwrap().remove(0)
}

pub(super) async fn the_settled_past_is_shown_in_pieces(store: &dyn Store) {
    assert_eq!(store.shown(far()).await.unwrap(), []);
    settle(store, 0, 10).await;
    settle(store, 10, 20).await;
    settle(store, 15, 18).await;
    settle(store, 40, 50).await;
    let shown = shown(store, far()).await;
    assert_eq!(shown.settled, [(time(0), time(20)), (time(40), time(50))]);
    assert_eq!((shown.began, shown.cursor, shown.strange), (Some(time(0)), Some(time(50)), 0));
    assert_eq!((shown.name.as_str(), shown.has_bills, shown.accounts), ("main", false, None));
}

pub(super) async fn windows_that_cannot_be_are_counted_and_forgotten(store: &dyn Store) {
    settle(store, 0, 10).await;
    settle(store, 90, 80).await;
    settle(store, 10, 5_000).await;
    let future = time(1_000);
    let before = shown(store, future).await;
    assert_eq!((before.settled, before.strange), (vec![(time(0), time(10))], 2));
    store.set_back(before.id, Some(time(0)), Some(time(10)), future).await.unwrap();
    let after = shown(store, far()).await;
    assert_eq!((after.settled, after.strange, after.cursor), (vec![(time(0), time(10))], 0, Some(time(10))));
    store.set_back(before.id, Some(time(0)), None, future).await.unwrap();
    assert_eq!(store.pipeline("main").await.unwrap().cursor, None);
}

pub(super) async fn a_pipeline_gets_another_name_with_everything_it_has(store: &dyn Store) {
    let origin = origin(store, 0).await;
    mapped(store, origin, &["TK1"]).await;
    settle(store, 0, 10).await;
    let asked = store.pipeline("shop").await.unwrap().id;
    store.begin_run(asked, "run", at(3)).await.unwrap();
    store.set_note(asked, "accounts", "none".into()).await.unwrap();
    store.set_note(origin.pipeline, "accounts", "both".into()).await.unwrap();
    store.rename(origin.pipeline, "shop".into()).await.unwrap();
    let all = store.shown(far()).await.unwrap();
    let [shop] = &all[..] else { panic!("{all:?}") };
    assert_eq!(
        (shop.name.as_str(), shop.id, shop.accounts.as_deref()),
        ("shop", origin.pipeline, Some("both"))
    );
    assert_eq!((shop.cursor, shop.settled.len()), (Some(time(10)), 1));
    assert_eq!(store.life("TK1").await.unwrap()[0].pipeline, "shop");
}

pub(super) async fn documents_that_contradict_themselves_are_set_aside_and_no_other(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let numbers = ["TK-BILL", "TK-FID", "TK-STANDS", "TK-SOURCE", "TK-GOOD"];
    let mut documents = mapped(store, origin, &numbers).await;
    assert!(!shown(store, far()).await.has_bills);
    let mut moves = Vec::new();
    for document in &mut documents {
        document.mark = Some("0123456789abcdef".into());
        document.fid = Some("100001".into());
        let edited = match document.refund_no.as_str() {
            "TK-BILL" => {
                document.bill.clear();
                document.fid = None;
                (document.clone(), Vec::new())
            }
            "TK-FID" => {
                let (intended, _) = step(document.clone(), Event::Intended);
                let (mut saved, logs) = step(intended, Event::Saved);
                saved.fid = None;
                (saved, logs)
            }
            "TK-STANDS" => (document.clone(), Vec::new()),
            "TK-SOURCE" => {
                document.source.clear();
                (document.clone(), Vec::new())
            }
            _ => {
                let (intended, _) = step(document.clone(), Event::Intended);
                step(intended, Event::Saved)
            }
        };
        moves.push(edited);
    }
    store.save(origin, moves).await.unwrap();
    assert!(shown(store, far()).await.has_bills);

    let mut aside = store.set_aside(origin).await.unwrap();
    aside.sort_by(|a, b| a.refund_no.cmp(&b.refund_no));
    let told: Vec<_> = aside.iter().map(|one| (one.refund_no.as_str(), one.state.as_str())).collect();
    assert_eq!(
        told,
        [("TK-BILL", "mapped"), ("TK-FID", "saved"), ("TK-SOURCE", "mapped"), ("TK-STANDS", "mapped")]
    );
    let parked = store.parked_documents(origin.pipeline, None).await.unwrap();
    assert_eq!(parked.len(), 4);
    for document in parked {
        assert_eq!(document.parking.as_ref().unwrap().cause, "broken");
        assert!(document.sends > 0, "looked up before it is sent");
        assert_eq!(document.fid.is_some(), document.refund_no == "TK-STANDS");
        let life = store.life(&document.refund_no).await.unwrap().remove(0);
        assert_eq!(life.events.last().unwrap().event, "broken");
    }
    assert_eq!(due(store, origin, State::Saved).await[0].refund_no, "TK-GOOD");
    assert_eq!(store.set_aside(origin).await.unwrap(), [], "once is enough");
}
