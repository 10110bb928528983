//! The suite's part about stock-ins: they wait for their return or free it, and are looked up once.

use chrono::NaiveDateTime;
use refund_sync::journal::{Event, Row, State};
use refund_sync::model::{Arrival, Stockin, StockinRow};
use refund_sync::store::{Origin, StockinCommit, StockinOutcome, Store};

use super::conformance::{accepted, at, due, origin, park, read, step};

fn time(second: i64) -> NaiveDateTime {
    at(second).naive_utc()
}

fn stockin(refund_no: &str, stockin_no: &str, modified: i64, warehouse_no: &str) -> StockinRow {
    let arrival = Arrival {
        order_id: "1".into(),
        oid: String::new(),
        spec_no: "TS".into(),
        num: Some(2.into()),
        batch_no: String::new(),
        ..Arrival::default()
    };
    StockinRow {
        refund_no: refund_no.into(),
        modified: Some(time(modified)),
        warehouse_name: format!("仓 {warehouse_no}"),
        stockin: Stockin {
            stockin_no: stockin_no.into(),
            warehouse_no: warehouse_no.into(),
            stockin_time: None,
            check_time: Some(time(1)),
            faults: Vec::new(),
            arrivals: vec![arrival],
            trimmed: Vec::new(),
        },
    }
}

async fn arrive(store: &dyn Store, origin: Origin, rows: Vec<StockinRow>, asked: i64) -> StockinOutcome {
    let commit = StockinCommit { rows, looked_up: None, asked_at: at(asked), window: (time(0), time(100)) };
    store.commit_stockins(origin, commit).await.unwrap()
}

/// The warehouses of a return's stock-ins, by their numbers.
async fn places(store: &dyn Store, refund_no: &str) -> Vec<String> {
    let refund = store.life(refund_no).await.unwrap()[0].refund.clone().unwrap();
    refund.stockins.into_iter().map(|stockin| stockin.warehouse_no).collect()
}

pub(super) async fn stock_ins_wait_for_their_return(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let rows = vec![
        stockin("TK1", "RK2", 5, "WH2"),
        stockin("TK1", "RK1", 5, "WH1"),
        stockin("TK2", "RK3", 5, "WH3"),
    ];
    assert_eq!(arrive(store, origin, rows, 6).await, StockinOutcome::default());
    assert_eq!(store.names(origin.pipeline).await.unwrap().warehouses["WH2"], "仓 WH2");
    let other = store.pipeline("other").await.unwrap().id;
    read(store, Origin { pipeline: other, ..origin }, vec![accepted("TK1", 10, "S1")], 11).await;
    assert_eq!(places(store, "TK1").await, Vec::<String>::new(), "they are of another pipeline");
    read(store, origin, vec![accepted("TK2", 10, "S1")], 11).await;
    assert_eq!(places(store, "TK2").await, ["WH3"]);
    let again = read(store, origin, vec![accepted("TK2", 10, "S1")], 12).await;
    assert_eq!(again.unchanged, 1, "the same row with the same goods");
}

pub(super) async fn of_one_stock_in_the_newer_row_is_kept(store: &dyn Store) {
    let origin = origin(store, 0).await;
    read(store, origin, vec![accepted("TK1", 10, "S1")], 11).await;
    arrive(store, origin, vec![stockin("TK1", "RK1", 20, "NEW")], 12).await;
    let older = arrive(store, origin, vec![stockin("TK1", "RK1", 19, "OLD")], 13).await;
    assert_eq!((older.changed, places(store, "TK1").await), (0, vec!["NEW".to_owned()]));
    arrive(store, origin, vec![stockin("TK1", "RK1", 21, "NEWER")], 14).await;
    assert_eq!(places(store, "TK1").await, ["NEWER"]);
    let touched = arrive(store, origin, vec![stockin("TK1", "RK1", 22, "NEWER")], 15).await;
    assert_eq!(touched.changed, 0, "that it was looked at again is no news");
}

pub(super) async fn a_parked_return_goes_on_when_its_stock_in_comes(store: &dyn Store) {
    let origin = origin(store, 0).await;
    read(store, origin, vec![accepted("TK1", 10, "S1")], 11).await;
    let document = due(store, origin, State::Seen).await.remove(0);
    park(store, origin, document.clone(), "no_stockin").await;
    // However late the writer decided, and however early the question was asked.
    let outcome = arrive(store, origin, vec![stockin("TK1", "RK1", 5, "WH1")], 3).await;
    assert_eq!((outcome.changed, outcome.freed), (1, vec![document.id]));
    assert_eq!(due(store, origin, State::Seen).await.len(), 1);
    // What the writer decided without these goods is void.
    let late = step(document.clone(), Event::Mapped);
    assert_eq!(store.save(origin, vec![late]).await.unwrap(), [document.id]);
    assert_eq!(due(store, origin, State::Mapped).await.len(), 0);
    let life = store.life("TK1").await.unwrap().remove(0);
    assert_eq!(life.events.last().unwrap().detail["stockins"][0], "RK1");
}

pub(super) async fn a_stock_in_changes_no_return_that_left_the_filter(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let filtered = Row::Filtered {
        refund_no: "TK1".into(),
        kind: 2,
        process_status: 20,
        shop_no: "S1".into(),
        modified: Some(time(10)),
        amount: None,
        numbers: Vec::new(),
    };
    read(store, origin, vec![filtered], 11).await;
    assert_eq!(arrive(store, origin, vec![stockin("TK1", "RK1", 5, "WH1")], 12).await.changed, 0);
    read(store, origin, vec![accepted("TK1", 20, "S1")], 21).await;
    assert_eq!(places(store, "TK1").await, ["WH1"], "it was kept all the same");
}

pub(super) async fn a_return_is_looked_up_for_its_goods_once(store: &dyn Store) {
    let origin = origin(store, 0).await;
    let rows = ["TK1", "TK2", "TK3"].map(|number| accepted(number, 10, "S1")).into();
    read(store, origin, rows, 11).await;
    arrive(store, origin, vec![stockin("TK2", "RK2", 5, "WH2")], 12).await;
    assert_eq!(store.without_stockin(origin.pipeline, 10).await.unwrap(), ["TK1", "TK3"]);
    assert_eq!(store.without_stockin(origin.pipeline, 1).await.unwrap(), ["TK1"]);
    store.commit_stockins(origin, StockinCommit::looked_up("TK1", at(13))).await.unwrap();
    store.commit_stockins(origin, StockinCommit::looked_up("TK1", at(14))).await.unwrap();
    assert_eq!(store.without_stockin(origin.pipeline, 10).await.unwrap(), ["TK3"]);
    assert_eq!(places(store, "TK1").await, Vec::<String>::new());
}
