//! The desk's lists on the page: narrowed down, sorted, turned, summed up and exported; and the field that finds a return.

use refund_sync::journal::{Number, NumberKind, Parking, Row, State};
use refund_sync::lang::Text;
use refund_sync::model::{Cause, FlagKind};
use refund_sync::store::{Origin, PageCommit};

use super::visit::Visit;
use crate::returns::{line, with_lines};
use crate::serve::house::House;
use crate::store::conformance::accepted;

pub(super) async fn commit(house: &House, rows: Vec<Row>) {
    let pipeline = house.store.pipeline("main").await.unwrap().id;
    let now = house.clock.now();
    let run = house.store.begin_run(pipeline, "run", now).await.unwrap();
    let span = (refund_sync::clock::shanghai(now), refund_sync::clock::shanghai(now));
    house
        .store
        .commit_page(Origin { pipeline, run, at: now }, PageCommit { rows, asked_at: now, window: span })
        .await
        .unwrap();
}

/// Returns that wait because one piece of two arrived: number, shop, amount.
async fn waiting(house: &House, returns: &[(&str, &str, &str)]) {
    for (number, shop, amount) in returns {
        let mut row = with_lines(number, &[line("TS-BLK-L", "2.0000", amount)]);
        row.0["refund_order_list"][0]["stockin_num"] = "1.0000".into();
        row.set("shop_no", *shop);
        row.set("shop_name", format!("店铺{shop}").as_str());
        row.set("tid", format!("26{number}").as_str());
        house.shop.world().push(house.at_now(row));
        house.minutes(6).await;
    }
}

fn left_out(n: usize) -> Row {
    Row::Filtered {
        refund_no: format!("TL{n:05}"),
        kind: 4,
        process_status: 90,
        shop_no: "S001".into(),
        modified: None,
        amount: Some("1.5".parse().unwrap()),
        numbers: Number::all([(NumberKind::Tid, "28001")]),
    }
}

/// The numbers of a page, in its order.
fn numbers(page: &str) -> Vec<&str> {
    let cells = page.split("<a class=\"no\" href=\"").skip(1);
    cells.map(|cell| cell.split_once('>').unwrap().1.split_once('<').unwrap().0).collect()
}

#[tokio::test(start_paused = true)]
async fn what_the_address_asks_is_shown_and_what_is_not_understood_is_said() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    waiting(&house, &[("TK1", "S001", "10.0000"), ("TK2", "S001", "300.5000"), ("TK3", "S002", "7.2500")])
        .await;
    let visit = Visit::read_only(&house);
    let all = visit.get("/parked").await.is(200).says(&[
        "¥ 317.75",
        "S002 店铺S002",
        "aria-sort=\"ascending\"",
        "首次待处理",
        "最近重试",
        "第 1 / 1 页",
    ]);
    assert_eq!(numbers(&all.text), ["TK1", "TK2", "TK3"]);
    for (query, expected) in [
        ("shop=S001", &["TK1", "TK2"][..]),
        ("min=10&max=10.00", &["TK1"]),
        ("sort=-amount", &["TK2", "TK1", "TK3"]),
        ("sort=shop&page=7", &["TK1", "TK2", "TK3"]),
        ("from=2026-11-21", &[]),
        ("to=2026-11-20&pipeline=main", &["TK1", "TK2", "TK3"]),
        ("shop=%3Cscript%3E", &[]),
    ] {
        let page = visit.get(&format!("/parked?{query}")).await.is(200).does_not_say(&["<script>"]);
        assert_eq!(numbers(&page.text), expected, "{query}");
    }
    let faults = ["日期“tomorrow”无法识别", "金额“much”无法识别"];
    let page = visit.get("/parked?from=tomorrow&min=much").await.is(200).says(&faults);
    assert_eq!(numbers(&page.text), ["TK1", "TK2", "TK3"], "that much is left out");
    visit.get("/parked?lang=en&from=tomorrow").await.says(&[
        "tomorrow is no date",
        "First came up",
        "page 1 of 1",
    ]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_in_scope_is_a_list_in_words_with_its_money() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    commit(&house, (0..60).map(left_out).collect()).await;
    let visit = Visit::read_only(&house);
    let first = visit.get("/filtered").await.is(200).says(&[
        "退款不退货 · 已完成",
        "¥ 90.00",
        "第 1 / 2 页",
        "TL00059",
    ]);
    assert_eq!(numbers(&first.text).len(), 50);
    let second = visit.get("/filtered?cause=4%2F90&page=2").await.is(200);
    assert_eq!(numbers(&second.text).len(), 10);
    assert_eq!(numbers(&visit.get("/filtered?cause=2%2F20").await.text).len(), 0);
    visit.get("/in_progress").await.is(200).says(&["没有处理中的退换单"]);
    visit.get("/flagged?lang=en").await.is(200).says(&["Nothing is flagged"]);
    // By an order that is shared by all of them: as many as are shown, and that there are more is not hidden.
    commit(&house, (60..120).map(left_out).collect()).await;
    visit
        .get("/find?no=28001")
        .await
        .is(200)
        .says(&["只列出最前面的", "未纳入同步（退款不退货 · 已完成）：类型"]);
    visit.get("/find?no=nothing-like-it").await.is(303);
    visit.get("/refund/nothing-like-it").await.is(404).says(&["可查退换单号、原始单号"]);
}

#[tokio::test(start_paused = true)]
async fn the_export_has_everything_that_is_filtered_and_no_cell_is_a_formula() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    waiting(&house, &[("TK1", "S001", "10.0000"), ("=1+1", "S001", "2.5000"), ("TK3", "S002", "7.2500")])
        .await;
    let visit = Visit::read_only(&house);
    let link = visit.get("/parked?shop=S001").await.text;
    assert!(link.contains("href=\"/export/parked?shop=S001\""), "{link}");
    let file = visit.get("/export/parked?shop=S001&page=9&sort=amount").await.is(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"parked-2026"), "{file:?}");
    let mut csv = csv::Reader::from_reader(file.text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(
        csv.headers().unwrap().iter().take(6).collect::<Vec<_>>(),
        ["同步方案", "退换单号", "店铺编号", "店铺名称", "单据日期", "金额"]
    );
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    let told: Vec<_> = rows.iter().map(|row| (row[1].to_owned(), row[5].to_owned())).collect();
    assert_eq!(told, [("'=1+1".to_owned(), "2.50".to_owned()), ("TK1".into(), "10.00".into())]);
}

#[tokio::test(start_paused = true)]
async fn the_field_at_the_top_leads_to_the_return_that_has_the_number() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    waiting(&house, &[("TK1", "S001", "10.0000"), ("TK10", "S001", "300.5000")]).await;
    let visit = Visit::read_only(&house);
    for (typed, place) in [
        ("26tk10", "/refund/TK10"),
        ("%E3%80%80tk1%20", "/refund/TK1"),
        ("26TK1", "/refund/TK1"),
        ("TK404", "/refund/TK404"),
        ("", "/"),
        ("//evil.example", "/refund/%2F%2Fevil%2Eexample"),
    ] {
        let answer = visit.get(&format!("/find?no={typed}")).await.is(303);
        assert_eq!(answer.header("location"), place, "{typed}");
    }
    let several = visit.get("/find?no=26").await.is(200).says(&["26TK1", "26TK10", "¥ 300.50", "原始单号"]);
    assert_eq!(numbers(&several.text), ["TK1", "TK10"]);
}

/// How long they take is told for people; `store::sqlite::cost` counts what they cost.
#[tokio::test(start_paused = true)]
async fn the_first_page_of_ten_thousand_is_as_short_as_any() {
    let house = House::new();
    let row = |n: usize| Row::Unreadable {
        refund_no: format!("TK{n:05}"),
        modified: None,
        reasons: Parking::one(
            Cause::Unreadable,
            Text::new("不是数字", "no number"),
            Text::new("先看", "look"),
        )
        .reasons,
        raw: "{}".into(),
    };
    let _supervisor = house.starts(&["main"], &[]);
    commit(&house, (0..10_000).map(row).collect()).await;
    let visit = Visit::read_only(&house);
    visit.get("/").await.is(200);
    for path in ["/", "/parked", "/parked?sort=-amount&page=150"] {
        let page = visit.get(path).await.is(200);
        assert!(page.text.len() < 100_000, "{path}: {} bytes", page.text.len());
    }
}

#[tokio::test]
async fn what_is_flagged_is_told_in_the_readers_language_and_sorted_by_when_it_changed() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    assert!(supervisor.drain(std::time::Duration::from_secs(20)).await);
    commit(
        &house,
        vec![accepted("TK1", 30, "S001"), accepted("TK2", 10, "S001"), accepted("TK3", 20, "S001")],
    )
    .await;
    let store = house.store.as_ref();
    let pipeline = store.pipeline("main").await.unwrap().id;
    let now = house.clock.now();
    let run = store.begin_run(pipeline, "run", now).await.unwrap();
    let mut seen = store.due(pipeline, State::Seen, now, 10).await.unwrap();
    for document in &mut seen {
        let said =
            Text::new("第 1 行（TS）价值 9.90 的货品退回但未退款", "line 1 (TS): goods worth 9.90 came back");
        document.flag(FlagKind::NoRefund, said.clone());
        document.flag(FlagKind::Changed, said);
    }
    let moves = seen.into_iter().map(|document| (document, Vec::new())).collect();
    store.save(Origin { pipeline, run, at: now }, moves).await.unwrap();

    let visit = Visit::read_only(&house);
    let zh = visit
        .get("/flagged")
        .await
        .is(200)
        .says(&["价值 9.90 的货品退回但未退款", "有标记 <b>3</b>"])
        .does_not_say(&["goods worth"]);
    assert_eq!(numbers(&zh.text), ["TK1", "TK3", "TK2"], "what changed last stands first");
    visit
        .get("/flagged?lang=en")
        .await
        .is(200)
        .says(&["goods worth 9.90 came back"])
        .does_not_say(&["退回但未退款"]);
    visit.get("/export/flagged.csv?lang=zh").await.is(200).says(&["退回但未退款"]);
    for none in ["/export/nosuch", "/export/done", "/export/nosuch.csv"] {
        visit.get(none).await.is(404).says(&["没有这个列表"]);
    }
    visit.get("/export/flagged?lang=zh").await.is(200).says(&["退回但未退款"]).does_not_say(&["goods worth"]);
}
