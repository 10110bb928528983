//! The part of the suite that concerns the desk's lists: money, first and last times, sums, and looking for a return by any
//! of its numbers. Each is given an empty store.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use refund_sync::journal::{Document, Event, Kept, Number, NumberKind, Parking, Row, State, sought};
use refund_sync::lang::Text;
use refund_sync::model::{Cause, FlagKind, Names};
use refund_sync::store::{List, ListPage, ListQuery, Origin, SortBy, Store, filtered};

use super::conformance::{accepted, at, due, origin, read, step, time};

/// A row with money, two orders and a parcel.
fn row(n: i64, shop_no: &str, amount: &str) -> Row {
    let Row::Accepted(mut refund) = accepted(&format!("TK{n}"), 10 + 86_400 * n, shop_no) else {
        unreachable!()
    };
    refund.refund_amount = Some(amount.parse().unwrap());
    (refund.tid, refund.src_no, refund.sales_tid) =
        (format!("26{n}a,27{n}"), format!("90{n}"), format!("JY{n}"));
    let further = [("shop_name", format!("店 {shop_no}")), ("return_logistics_no", format!("yt{n}"))];
    refund.further = Some(further.map(|(name, value)| (name.to_owned(), value)).into());
    Row::Accepted(refund)
}

fn left_out(number: &str, modified: i64, shop_no: &str, amount: Option<&str>) -> Row {
    Row::Filtered {
        refund_no: number.into(),
        kind: 4,
        process_status: 90,
        shop_no: shop_no.into(),
        modified: Some(time(modified)),
        amount: amount.map(|amount| amount.parse().unwrap()),
        numbers: Number::all([(NumberKind::Tid, "28A")]),
    }
}

async fn park(store: &dyn Store, origin: Origin, mut document: Document, cause: Cause) {
    let log = document
        .park(Event::Refused, Parking::one(cause, Text::same("what is wrong"), Text::same("mend it")))
        .unwrap();
    store.save(origin, vec![(document, vec![log])]).await.unwrap();
}

/// Four that wait for a person: 0.10, 0.20, 0.30 and 1000 yuan, of two shops and two causes.
async fn desk(store: &dyn Store) -> Origin {
    let origin = origin(store, 0).await;
    let rows = [(1, "S1", "0.10"), (2, "S1", "0.2"), (3, "S2", "0.3"), (4, "S2", "1000.0000")];
    read(store, origin, rows.map(|(n, shop, amount)| row(n, shop, amount)).to_vec(), 11).await;
    let causes = [Cause::Unmapped, Cause::NoDate, Cause::Unmapped, Cause::Unmapped];
    for (n, (document, cause)) in due(store, origin, State::Seen).await.into_iter().zip(causes).enumerate() {
        let now = Origin { at: at(100 - i64::try_from(n).unwrap()), ..origin };
        park(store, now, document, cause).await;
    }
    origin
}

fn numbers(page: &ListPage) -> Vec<&str> {
    page.rows.iter().map(|row| row.refund_no.as_str()).collect()
}

async fn listed(store: &dyn Store, query: ListQuery) -> Vec<String> {
    numbers(&store.list(query).await.unwrap()).into_iter().map(str::to_owned).collect()
}

pub(super) async fn a_list_is_narrowed_down_by_everything_at_once_and_a_foreign_word_finds_nothing(
    store: &dyn Store,
) {
    desk(store).await;
    let all = ListQuery::of(List::Parked);
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let yuan = |text: &str| text.parse().ok();
    // The second 10 of the suite is of 2026-05-28; each row is a day younger.
    for (query, expected) in [
        (ListQuery { cause: Some("unmapped".into()), ..all.clone() }, &["TK1", "TK3", "TK4"][..]),
        (ListQuery { shop_no: Some("S1".into()), ..all.clone() }, &["TK1", "TK2"]),
        (ListQuery { days: (day("2026-05-30"), day("2026-05-31")), ..all.clone() }, &["TK2", "TK3"]),
        (ListQuery { days: (None, day("2026-05-29")), ..all.clone() }, &["TK1"]),
        (ListQuery { amounts: (yuan("0.2"), yuan("0.3")), ..all.clone() }, &["TK2", "TK3"]),
        (ListQuery { amounts: (yuan("0.2001"), None), ..all.clone() }, &["TK3", "TK4"]),
        (ListQuery { amounts: (yuan("999999999999"), None), ..all.clone() }, &[]),
        (
            ListQuery {
                cause: Some("unmapped".into()),
                shop_no: Some("S2".into()),
                amounts: (None, yuan("1")),
                pipeline: Some("main".into()),
                ..all.clone()
            },
            &["TK3"],
        ),
        (ListQuery { pipeline: Some("other".into()), ..all.clone() }, &[]),
        (ListQuery { cause: Some("' OR 1 = 1 --".into()), ..all.clone() }, &[]),
        (ListQuery { shop_no: Some("S1\0".into()), ..all.clone() }, &[]),
        (ListQuery { cause: Some("x/y".into()), list: List::Filtered, ..all.clone() }, &[]),
    ] {
        let page = store.list(query.clone()).await.unwrap();
        assert_eq!(numbers(&page), expected, "{query:?}");
        assert_eq!(page.total().count, expected.len() as u64, "{query:?}");
    }
}

pub(super) async fn a_list_adds_up_to_the_cent_by_cause_and_by_shop_whatever_part_of_it_is_shown(
    store: &dyn Store,
) {
    desk(store).await;
    let page = store.list(ListQuery { skip: 1, limit: 2, ..ListQuery::of(List::Parked) }).await.unwrap();
    assert_eq!(numbers(&page), ["TK2", "TK3"]);
    assert_eq!((page.total().count, page.total().amount.to_string()), (4, "1000.60".into()));
    let told = |sums: Vec<(&str, refund_sync::store::Sum)>| {
        sums.into_iter().map(|(word, sum)| format!("{word} {} {}", sum.count, sum.amount)).collect::<Vec<_>>()
    };
    assert_eq!(told(page.by_cause()), ["unmapped 3 1000.40", "no_date 1 0.20"]);
    let shops = page.by_shop().into_iter().map(|((no, name), sum)| (format!("{no} {}", name.unwrap()), sum));
    let shops: Vec<_> = shops.collect();
    assert_eq!(
        told(shops.iter().map(|(shop, sum)| (shop.as_str(), *sum)).collect()),
        ["S2 店 S2 2 1000.30", "S1 店 S1 2 0.30"]
    );
}

pub(super) async fn a_list_is_sorted_by_each_of_its_columns_and_what_has_none_comes_last(store: &dyn Store) {
    let origin = desk(store).await;
    read(store, origin, vec![accepted("TK5", 86_400 * 9, "S3")], 11).await;
    park(
        store,
        Origin { at: at(500), ..origin },
        due(store, origin, State::Seen).await.remove(0),
        Cause::Unmapped,
    )
    .await;
    let sorted = |sort, descending| ListQuery { sort, descending, ..ListQuery::of(List::Parked) };
    for (sort, descending, expected) in [
        (SortBy::Read, false, ["TK1", "TK2", "TK3", "TK4", "TK5"]),
        (SortBy::Read, true, ["TK5", "TK4", "TK3", "TK2", "TK1"]),
        (SortBy::Amount, false, ["TK1", "TK2", "TK3", "TK4", "TK5"]),
        (SortBy::Amount, true, ["TK4", "TK3", "TK2", "TK1", "TK5"]),
        (SortBy::FirstParked, false, ["TK4", "TK3", "TK2", "TK1", "TK5"]),
        (SortBy::Date, true, ["TK5", "TK4", "TK3", "TK2", "TK1"]),
        (SortBy::Cause, false, ["TK2", "TK1", "TK3", "TK4", "TK5"]),
        (SortBy::Shop, true, ["TK5", "TK4", "TK3", "TK2", "TK1"]),
        (SortBy::RefundNo, true, ["TK5", "TK4", "TK3", "TK2", "TK1"]),
        // Nobody tried any of them again.
        (SortBy::LastTried, true, ["TK5", "TK4", "TK3", "TK2", "TK1"]),
    ] {
        assert_eq!(listed(store, sorted(sort, descending)).await, expected, "{sort} {descending}");
    }
}

pub(super) async fn what_first_came_up_stays_so_through_retries_and_is_over_when_it_is_done(
    store: &dyn Store,
) {
    let origin = desk(store).await;
    let query = || ListQuery { shop_no: Some("S1".into()), limit: 1, ..ListQuery::of(List::Parked) };
    let first = store.list(query()).await.unwrap().rows.remove(0);
    assert_eq!((first.first_parked, first.last_tried), (Some(at(100)), None));
    let parked = store.parked_documents(origin.pipeline, Some(&["TK1".to_owned()])).await.unwrap().remove(0);
    store.save(Origin { at: at(200), ..origin }, vec![step(parked, Event::Requeued)]).await.unwrap();
    let again = due(store, origin, State::Seen).await.remove(0);
    assert_eq!((again.first_parked, again.last_tried), (Some(at(100)), Some(at(200))));
    park(store, Origin { at: at(300), ..origin }, again, Cause::NoDate).await;
    let second = store.list(query()).await.unwrap().rows.remove(0);
    assert_eq!((second.first_parked, second.last_tried), (Some(at(100)), Some(at(200))));
    assert_eq!((second.refund_no.as_str(), second.cause.as_str()), ("TK1", "no_date"));

    let mut document =
        store.parked_documents(origin.pipeline, Some(&["TK1".to_owned()])).await.unwrap().remove(0);
    for event in [Event::Requeued, Event::Mapped, Event::Intended, Event::Saved, Event::Confirmed] {
        let (mut after, logs) = step(document, event);
        if event == Event::Mapped {
            (after.bill, after.mark) = (Kept::of_text("{}".into()), Some("m".into()));
        }
        after.fid = (event == Event::Saved).then(|| "100001".to_owned()).or(after.fid);
        store.save(Origin { at: at(400), ..origin }, vec![(after, logs)]).await.unwrap();
        document = store.documents(origin.pipeline, vec!["TK1".into()]).await.unwrap().remove(0);
    }
    assert_eq!((document.state, document.first_parked, document.last_tried), (State::Confirmed, None, None));
    assert_eq!(document.amount, Some("0.10".parse().unwrap()), "what it comes to stays");
}

pub(super) async fn what_is_not_in_scope_is_a_list_with_money_and_fills_in_what_was_not_kept(
    store: &dyn Store,
) {
    let origin = origin(store, 0).await;
    read(store, origin, vec![left_out("TK1", 10, "S1", None), left_out("TK2", 10, "S2", Some("5.5"))], 11)
        .await;
    let list = || ListQuery { cause: Some("4/90".into()), ..ListQuery::of(List::Filtered) };
    let page = store.list(list()).await.unwrap();
    assert_eq!((numbers(&page), page.total().amount.to_string()), (vec!["TK1", "TK2"], "5.50".into()));
    assert_eq!(page.rows[0].cause, "4/90");
    // As a journal of before has it, read again by a program that keeps what it asks.
    read(store, origin, vec![left_out("TK1", 10, "S1", Some("0.25"))], 20).await;
    let page = store.list(list()).await.unwrap();
    assert_eq!(page.total().amount.to_string(), "5.75");
    let elsewhere = ListQuery { cause: Some("4/80".into()), ..list() };
    assert_eq!(listed(store, elsewhere).await, Vec::<String>::new());
}

pub(super) async fn a_return_is_on_the_list_of_each_of_its_flags(store: &dyn Store) {
    let origin = origin(store, 0).await;
    read(store, origin, vec![row(1, "S1", "7"), row(2, "S1", "9")], 11).await;
    for (refund_no, kinds) in
        [("TK1", vec![FlagKind::Changed, FlagKind::MovedDate]), ("TK2", vec![FlagKind::MovedDate])]
    {
        let mut document = store.documents(origin.pipeline, vec![refund_no.into()]).await.unwrap().remove(0);
        for kind in kinds {
            assert!(document.flag(kind, Text::same("d")));
        }
        store.save(origin, vec![(document, vec![])]).await.unwrap();
    }
    let of = |kind: FlagKind| ListQuery { cause: Some(kind.as_str().into()), ..ListQuery::of(List::Flagged) };
    assert_eq!(listed(store, of(FlagKind::MovedDate)).await, ["TK1", "TK2"]);
    assert_eq!(listed(store, of(FlagKind::Changed)).await, ["TK1"]);
    assert_eq!(store.list(of(FlagKind::MovedDate)).await.unwrap().total().count, 2);
}

pub(super) async fn a_return_is_found_by_each_of_its_numbers_in_any_case_and_by_how_they_begin(
    store: &dyn Store,
) {
    let origin = desk(store).await;
    read(store, origin, vec![left_out("tk-small", 10, "S1", None)], 11).await;
    let other = store.pipeline("other").await.unwrap().id;
    read(store, Origin { pipeline: other, ..origin }, vec![row(1, "S9", "7")], 11).await;
    let found = |text: &'static str| async move {
        let found = store.find(&sought(text).unwrap(), 10).await.unwrap();
        found
            .iter()
            .map(|found| {
                format!("{} {} {} {}", found.row.pipeline, found.row.refund_no, found.by, found.number)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(found("nothing").await, Vec::<String>::new());
    assert_eq!(found("%").await, Vec::<String>::new());
    assert_eq!(found(" jy2\u{3000}").await, ["main TK2 sales_tid JY2"]);
    assert_eq!(found("tk1").await, ["main TK1 refund_no TK1", "other TK1 refund_no TK1"]);
    assert_eq!(found("262a").await, ["main TK2 tid 262A"]);
    assert_eq!(found("27").await.len(), 5, "each return once, however many of its numbers begin so");
    assert_eq!(found("903").await, ["main TK3 src_no 903"]);
    assert_eq!(found("YT4").await, ["main TK4 logistics_no YT4"]);
    assert_eq!(found("TK-").await, ["main tk-small refund_no TK-SMALL"]);
    assert_eq!(found("28a").await, ["main tk-small tid 28A"]);
    assert_eq!(store.find("TK", 2).await.unwrap().len(), 2);

    // A bill by its own number and by 金蝶's, and by the one that it had before.
    let mut document = store.documents(origin.pipeline, vec!["TK3".into()]).await.unwrap().remove(0);
    for (event, fid) in [(Event::Conflict, "100001"), (Event::Rejected, "100002")] {
        document.state = State::Intended;
        document.fid = Some(fid.to_owned());
        let moved = step(document, event);
        store.save(origin, vec![moved]).await.unwrap();
        document = store.documents(origin.pipeline, vec!["TK3".into()]).await.unwrap().remove(0);
    }
    assert_eq!(found("100001").await, ["main TK3 fid 100001"]);
    assert_eq!(found("100002").await, ["main TK3 fid 100002"]);
}

pub(super) async fn a_shop_is_called_what_its_latest_row_or_the_list_of_shops_calls_it(store: &dyn Store) {
    let origin = desk(store).await;
    let shops = |pipeline| async move { store.names(pipeline).await.unwrap().shops };
    let named = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
        all.iter().map(|(no, name)| ((*no).into(), (*name).into())).collect()
    };
    assert_eq!(shops(origin.pipeline).await, named(&[("S1", "店 S1"), ("S2", "店 S2")]));
    let learned = Names {
        shops: named(&[("S1", "旗舰店"), ("S7", "新店"), ("S8", "")]),
        warehouses: named(&[("WH01", "华东仓")]),
    };
    store.learn_names(origin.pipeline, learned).await.unwrap();
    assert_eq!(shops(origin.pipeline).await, named(&[("S1", "旗舰店"), ("S2", "店 S2"), ("S7", "新店")]));
    assert_eq!(store.names(origin.pipeline).await.unwrap().warehouses, named(&[("WH01", "华东仓")]));
    let other = store.pipeline("other").await.unwrap().id;
    assert_eq!(store.names(other).await.unwrap(), Names::default(), "each pipeline has its own");
    let row = store.list(ListQuery { limit: 1, ..ListQuery::of(List::Parked) }).await.unwrap().rows.remove(0);
    assert_eq!(row.shop_name.as_deref(), Some("旗舰店"));
    assert_eq!(filtered(Some(4), None), "4/");
}
