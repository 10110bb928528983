//! Decisions and the month on the page: by name, upon what was shown, and told at once.

use refund_sync::config::Role;

use super::visit::{Answer, Visit};
use crate::returns::{plain, set_line};
use crate::serve::house::House;

const ACTS: (&str, &str, Role) = ("财务", "planted-finance-token", Role::Act);

async fn decide(visit: &Visit, action: &str, seen: &str, note: &str) -> Answer {
    let word = visit.word().await;
    let fields = [
        ("word", word.as_str()),
        ("action", action),
        ("pipeline", "main"),
        ("subject", "TK1"),
        ("seen", seen),
        ("note", note),
        ("back", "/refund/TK1"),
    ];
    visit.post("/act", &fields).await
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_told_at_once_and_one_upon_an_older_look_is_refused_with_how_it_stands() {
    let house = House::new();
    let mut row = plain("TK1");
    set_line(&mut row, "stockin_num", "1.0000");
    house.shop.world().push(house.at_now(row));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_users(&house, &[ACTS]);
    visit.log_in_with(ACTS.1).await;
    visit.get("/refund/TK1").await.is(200).says(&["人工决定", "decide-arrived-1", "decide-ignored-1"]);
    let seen = house.store.life("TK1").await.unwrap().remove(0).seen;

    // Who presses Enter in a field chooses nothing by it; what was typed stays, and so does the way back.
    let asked_again = ["客户说再等等", "decide-asked-1", "待处理 · ¥ ", "href=\"/refund/TK1\""];
    decide(&visit, "", &seen, "客户说再等等").await.is(422).says(&["没有选择决定"]).says(&asked_again);
    decide(&visit, "decide-ignored", &seen, "").await.is(422).says(&["原因"]);
    decide(&visit, "decide-open-day", &seen, "客户说再等等").await.is(422).says(&asked_again);
    assert!(house.store.life("TK1").await.unwrap()[0].decision.is_none());
    decide(&visit, "decide-everything", &seen, "").await.is(400);
    decide(&visit, "decide-ignored", "0123456789abcdef", "客户自提").await.is(409).says(&["请重新查看"]);
    let answer = decide(&visit, "decide-ignored", &seen, "客户自提").await.is(303);
    assert_eq!(answer.header("location"), "/refund/TK1?done=decide-ignored");
    decide(&visit, "decide-asked", &seen, "").await.is(409).says(&["财务"]);

    let page = visit.get("/refund/TK1").await.is(200);
    page.says(&["已决定", "不入账", "财务", "客户自提", "decide-undo-1"]).does_not_say(&["decide-asked-1"]);
    assert!(house.billed().is_empty());
    let seen = house.store.life("TK1").await.unwrap().remove(0).seen;
    decide(&visit, "decide-undo", &seen, "").await.is(303);
    let seen = house.store.life("TK1").await.unwrap().remove(0).seen;
    decide(&visit, "decide-asked", &seen, "").await.is(303);
    house.minutes(5).await;
    assert_eq!(house.billed(), ["TK1"]);
    let actions = house.store.actions(1).await.unwrap();
    assert_eq!((actions[0].by.as_str(), actions[0].action.as_str()), ("财务", "decide-asked"));
}

#[tokio::test(start_paused = true)]
async fn what_arrived_is_not_offered_where_nothing_did() {
    let house = House::new();
    let mut row = plain("TK1");
    set_line(&mut row, "stockin_num", "0.0000");
    house.shop.world().push(house.at_now(row));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_users(&house, &[ACTS]);
    visit.log_in_with(ACTS.1).await;
    let page = visit.get("/refund/TK1").await.is(200);
    page.says(&["decide-asked-1", "decide-ignored-1", "decide-booked-1"]).does_not_say(&["decide-arrived-1"]);
    let seen = house.store.life("TK1").await.unwrap().remove(0).seen;
    let refused = decide(&visit, "decide-arrived", &seen, "").await.is(422);
    refused.says(&["没有货入库", "不入账", "已手工入账"]).does_not_say(&["decide-arrived-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_month_is_closed_on_the_page_by_name_and_only_when_nothing_of_it_is_open() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[("start_from = \"2026-11-", "start_from = \"2026-10-")]);
    house.minutes(60).await;
    let mut visit = Visit::with_users(&house, &[ACTS]);
    visit.log_in_with(ACTS.1).await;
    let order = async |action: &str, month: &str, note: &str| {
        let word = visit.word().await;
        let fields = [
            ("word", word.as_str()),
            ("action", action),
            ("pipeline", "main"),
            ("subject", month),
            ("note", note),
            ("back", "/month?m=2026-10"),
        ];
        visit.post("/act", &fields).await
    };
    visit
        .get("/month?m=2026-11")
        .await
        .is(200)
        .says(&["还不能关账", "只完整读取到"])
        .does_not_say(&["close-1"]);
    order("close-month", "2026-11", "").await.is(422).says(&["只完整读取到"]);
    order("close-month", "2026-13", "").await.is(400);
    visit.get("/month").await.is(200).says(&["2026-10", "可以关账", "close-1"]);
    order("close-month", "2026-10", "").await.is(303);
    visit.get("/month?m=2026-10").await.says(&["已关账：财务", "reopen-1"]);
    order("reopen-month", "2026-10", "")
        .await
        .is(422)
        .says(&["重新打开须写明原因", "没有执行"])
        .does_not_say(&["--note"]);
    order("reopen-month", "2026-10", "漏记").await.is(303);
    // Who closed it and who opened it again, and why, stays there.
    visit.get("/month?m=2026-10").await.says(&["可以关账", "关账 · 财务", "重新打开 · 财务：漏记"]);
    let actions = house.store.actions(9).await.unwrap();
    assert!(actions.iter().all(|action| action.by == "财务"));
    let asked: Vec<_> =
        actions.iter().rev().map(|action| (action.action.as_str(), action.subject.as_str())).collect();
    let expected = [
        ("close-month", "2026-11"),
        ("refused:close-month", "2026-11"),
        ("close-month", "2026-10"),
        ("reopen-month", "2026-10"),
        ("refused:reopen-month", "2026-10"),
        ("reopen-month", "2026-10"),
    ];
    assert_eq!(asked, expected);
    visit.get("/").await.says(&["关账（被拒绝）", "重新打开月份（被拒绝）"]);
}
