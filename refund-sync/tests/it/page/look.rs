//! What is shown: true, short, in the reader's language, and never as anything but text.

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use refund_sync::journal::{Parking, Row};
use refund_sync::lang::Text;
use refund_sync::model::Cause;
use refund_sync::store::{Origin, PageCommit};

use wdt_qimen_sdk::mock::Dates;

use super::visit::{TOKEN, Visit};
use crate::returns::plain;
use crate::serve::house::House;

const SCRIPT: &str = "<script>alert('x')</script>";

/// Rows that cannot be read, as many as asked: the shortest way to something that is parked.
async fn park(house: &House, count: usize) {
    let pipeline = house.store.pipeline("main").await.unwrap().id;
    let now = house.clock.now();
    let run = house.store.begin_run(pipeline, "run", now).await.unwrap();
    let row = |n: usize| Row::Unreadable {
        refund_no: format!("TK{n:05}"),
        modified: None,
        reasons: Parking::one(
            Cause::Unreadable,
            Text::new("不是数字", "no number"),
            Text::new("先看数据。", "Look at it."),
        )
        .reasons,
        raw: "{}".into(),
    };
    let span = (refund_sync::clock::shanghai(now), refund_sync::clock::shanghai(now));
    let page = PageCommit { rows: (0..count).map(row).collect(), asked_at: now, window: span };
    house.store.commit_page(Origin { pipeline, run, at: now }, page).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_a_script_is_text_on_every_page() {
    let house = House::new();
    let mut row = plain(SCRIPT);
    row.set("tid", "\"><img src=x onerror=alert(1)>");
    house.shop.world().push(house.at_now(row));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let path = "/refund/%3Cscript%3Ealert%28%27x%27%29%3C%2Fscript%3E";
    for page in ["/", "/parked", path, "/?lang=en", "/refund/%3Cscript%3E", "/%3Cscript%3E?%3Cscript%3E=%22"]
    {
        let answer = visit.get(page).await.does_not_say(&["<script>", "alert('x')", "<img src=x"]);
        if page != "/refund/%3Cscript%3E" && !page.contains("?%3C") {
            answer.is(200).says(&["&#60;script&#62;alert", path]);
        }
    }
    visit.order("retry", SCRIPT).await.is(303);
    visit.get("/").await.says(&["页面操作记录"]).does_not_say(&["<script>"]);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_parked_returns_make_short_pages_and_each_is_found() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    park(&house, 10_000).await;
    let visit = Visit::read_only(&house);
    let overview = visit.get("/").await.is(200).says(&["10,000", "数据无法解析", "先看数据。"]);
    assert!(overview.text.len() < 40_000, "{} bytes", overview.text.len());
    let (mut page, mut found, mut pages) = ("/parked?pipeline=main&cause=unreadable".to_owned(), 0, 0);
    loop {
        let list = visit.get(&page).await.is(200);
        assert!(list.text.len() < 80_000, "{} bytes", list.text.len());
        found += list.text.matches("class=\"no\"").count();
        pages += 1;
        let Some((_, next)) = list.text.split_once("<a rel=\"next\" href=\"") else { break };
        page = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!((found, pages), (10_000, 200));
    visit.get("/parked?after=nonsense").await.is(200).says(&["TK00000"]);
    visit.get("/parked?pipeline=main&cause=other").await.is(200).says(&["没有需要人工处理的退换单"]);
}

#[tokio::test(start_paused = true)]
async fn the_page_speaks_chinese_unless_english_is_asked_for_and_remembers_it() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let mut visit = Visit::read_only(&house);
    visit.get("/").await.says(&["<html lang=\"zh-CN\">", "一切正常", "href=\"/?lang=en\""]);
    let english = visit.get("/?lang=en").await.says(&["<html lang=\"en\">", "All is well"]);
    let set = english.header("set-cookie").to_owned();
    visit.cookie = Some(set.split(';').next().unwrap().to_owned());
    visit.get("/parked").await.says(&["Nothing waits for a person", "href=\"/parked?lang=zh\""]);
    visit.cookie = Some("refund_sync_lang=klingon".into());
    visit.get("/?lang=klingon").await.says(&["<html lang=\"zh-CN\">"]);
}

#[tokio::test(start_paused = true)]
async fn clocks_that_disagree_are_named_in_both_languages_and_those_that_agree_are_not() {
    let off = Dates::Off(TimeDelta::minutes(20));
    let swinging = Dates::Swinging([-90, 90].map(TimeDelta::minutes).to_vec());
    for (dates, chinese, english) in [
        (off, "本机时钟不准，读取按旺店通时间", "this machine&#39;s is off; read by 旺店通&#39;s"),
        (swinging, "旺店通的时间前后矛盾，完整读取按最早的时间", "fully read by the earliest"),
        (Dates::Absent, "旺店通的时间未知，按本机", "is not known, this machine&#39;s is used"),
    ] {
        let house = House::new();
        house.shop.set_dates(dates.clone());
        let _supervisor = house.starts(&["main"], &[]);
        house.minutes(18).await;
        let visit = Visit::read_only(&house);
        visit.get("/").await.says(&["<dt>时钟</dt>", chinese]);
        visit.get("/?lang=en").await.says(&["<dt>Clocks</dt>", english]);
        house.shop.set_dates(Dates::True);
        house.minutes(80).await;
        visit.get("/").await.does_not_say(&["<dt>时钟</dt>", chinese]);
    }
}

#[tokio::test(start_paused = true)]
async fn not_ready_because_of_a_clock_says_so_and_for_another_reason_does_not() {
    let house = House::new();
    house.sets_its_clock_by(-20 * 365 * 24 * 3_600);
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(40).await;
    let visit = Visit::read_only(&house);
    visit.get("/readyz").await.is(503).says(&["main: no complete cycle for ", " minutes (clock)"]);
    visit.get("/").await.says(&["本机时钟不可能正确，未读取也未写入"]);
    drop(supervisor);

    let house = House::new();
    house.lock(true);
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(40).await;
    let visit = Visit::read_only(&house);
    visit.get("/readyz").await.is(503).says(&["no complete cycle for "]).does_not_say(&["clock"]);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_pipeline_says_since_when_why_and_what_to_do() {
    let house = House::new();
    house.lock(true);
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    visit.get("/").await.says(&[
        "有同步方案已停止",
        "role=\"alert\"",
        "11-20 12:0",
        "Invalid signature",
        "怎么办",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_written_return_shows_its_bill_and_its_whole_life() {
    let house = House::new();
    house.sells_back("TK1");
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    let life = ["已完成", "C001", "TS-BLK-L", "119.80", "从旺店通读到", "准备写入金蝶", "已读回核对"];
    visit.get("/refund/TK1").await.is(200).says(&life);
    visit.get("/").await.says(&["24 小时完成", "完成 1", "正常"]);
    assert_eq!(visit.get("/find?no=%20TK1%20").await.is(303).header("location"), "/refund/TK1");
    visit.get("/refund/TK404").await.is(404).says(&["没有找到 TK404", "可查退换单号"]);
    visit.get("/nowhere").await.is(404);
}

#[tokio::test(start_paused = true)]
async fn what_the_nightly_reconciliation_found_is_named_with_its_returns() {
    let house = House::new();
    let nightly = ("*/5 * * * *\"", "*/5 * * * *\"\nreconcile = \"10 0 * * *\"");
    let from_midnight = ("start_from = \"2026-11-20 11:03:00\"", "start_from = \"2026-11-20 00:00:00\"");
    let _supervisor = house.starts(&["main"], &[from_midnight, nightly]);
    house.sells_back("TK1");
    house.sells_back("TK2");
    house.minutes(60).await;
    assert!(house.books.remove("TK2"));
    house.minutes(12 * 60).await;
    let visit = Visit::read_only(&house);
    let told =
        ["2026-11-20 至 2026-11-20：应有 2 张，一致 1 张，差异 1 张", "已删除", "href=\"/refund/TK2\""];
    visit.get("/").await.is(200).says(&told).does_not_say(&["href=\"/refund/TK1\""]);
    visit.get("/?lang=en").await.says(&["2 due, 1 equal, 1 differ", "removed"]);
}

#[tokio::test(start_paused = true)]
async fn no_secret_stands_on_any_page() {
    let house = House::new();
    house.lock(true);
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let session = visit.cookie.clone().unwrap();
    let session = session.split_once('=').unwrap().1.to_owned();
    let secrets = [TOKEN, &session, wdt_qimen_sdk::mock::APP_SECRET, "planted-books-secret"];
    for page in ["/", "/parked", "/login", "/nowhere"] {
        visit.get(page).await.does_not_say(&secrets);
    }
    visit.post("/login", &[("token", "wrong")]).await.is(401).does_not_say(&secrets);
}

#[tokio::test(start_paused = true)]
async fn an_open_page_is_told_when_there_is_something_new_and_only_then() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(3).await;
    let visit = Visit::read_only(&house);
    let page = visit.get("/").await.text;
    let request = visit.request(axum::http::Method::GET, "/events", String::new());
    let mut stream = visit.send(request).await.into_body().into_data_stream();
    let mut word = async || {
        loop {
            let chunk = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
            if let Some((_, word)) = chunk.split_once("data: ") {
                return word.trim().to_owned();
            }
        }
    };
    let first = word().await;
    assert!(page.contains(&format!("data-seen=\"{first}\"")), "the page is the newest");
    let waited = tokio::time::timeout(std::time::Duration::from_mins(1), word()).await;
    assert!(waited.is_err(), "nothing happened: {waited:?}");
    park(&house, 1).await;
    let second = word().await;
    assert_ne!(first, second);
    visit.get("/").await.says(&[&format!("data-seen=\"{second}\""), "TK00000"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_on_the_page_turns_the_direction_of_writing_or_hides() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    let mut row = house.at_now(crate::returns::plain("TK1"));
    row.set("tid", "9\u{202e}8\u{200b}7");
    house.shop.world().push(row);
    house.minutes(6).await;
    let visit = Visit::read_only(&house);
    for page in ["/refund/TK1", "/", "/parked", "/refund/TK\u{202e}9"] {
        let path: String = page.replace('\u{202e}', "%E2%80%AE");
        let answer = visit.get(&path).await;
        assert!(!answer.text.contains(['\u{202e}', '\u{200b}']), "{page}");
    }
    visit.get("/refund/TK1").await.is(200).says(&["9\\u{202e}8\\u{200b}7"]);
    drop(supervisor);
}

#[tokio::test(start_paused = true)]
async fn a_time_is_shown_only_where_something_is_tried_then() {
    for (changes, tried) in [
        ("", true),
        ("\nretry_parked = \"off\"", false),
        ("\nretry_parked = \"off\"\nfreeze = [\"2020-01-01 00:00 / 2099-01-01 00:00\"]", false),
    ] {
        let house = House::with_books(|books| books.materials(["OTHER"]));
        house.sells_back("TK1");
        let username = format!("username = \"api\"{changes}");
        let _supervisor = house.starts(&["main"], &[("username = \"api\"", &username)]);
        house.minutes(10).await;
        let mut visit = Visit::with_token(&house);
        visit.log_in().await;
        let page = visit.get("/refund/TK1?lang=en").await.is(200);
        if tried {
            page.says(&["Not moved before"]);
        } else {
            page.does_not_say(&["Not moved before"]);
        }
        let overview = visit.get("/?lang=en").await.is(200);
        if changes.contains("freeze") {
            overview.says(&["Writing waits until", "2099-01-01 00:00:00"]);
        } else {
            overview.does_not_say(&["Writing waits until"]);
        }
    }
}
