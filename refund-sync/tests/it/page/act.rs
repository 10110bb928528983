//! What is ordered on the page is recorded, reaches whoever works the pipeline, and is done.

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::Fault;
use refund_sync::store::Request;
use serde_json::{Value, json};
use wdt_qimen_sdk::mock::QuotaRule;

use super::visit::{TOKEN, Visit};
use crate::returns::plain;
use crate::serve::house::{BOOKS_SECRET, House};

/// A shop that no table knows.
fn unmapped(house: &House, refund_no: &str) {
    let mut row = plain(refund_no);
    row.set("shop_no", "S009");
    house.shop.world().push(house.at_now(row));
}

async fn open(house: &House) -> Vec<Request> {
    let pipeline = house.store.pipeline("main").await.unwrap().id;
    house.store.open_requests(pipeline).await.unwrap().into_iter().map(|asked| asked.request).collect()
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_recorded_with_time_and_address_and_brings_the_return_to_its_end() {
    let house = House::new();
    unmapped(&house, "TK1");
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    assert!(supervisor.drain(std::time::Duration::from_mins(1)).await);
    let known = [("{ S001 = \"C001\" }", "{ S001 = \"C001\", S009 = \"C009\" }")];
    // With the old tables a retry parks it anew, and the page says so.
    let supervisor = house.starts(&["main"], &[]);
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let ordered = visit.order("retry", "TK1").await.is(303);
    assert_eq!(ordered.header("location"), "/?done=retry&order=1");
    visit.get("/?done=retry&order=1").await.says(&["已受理：重试一张"]);
    house.minutes(1).await;
    // What became of it is told where it was ordered.
    visit.get("/?done=retry&order=1").await.says(&["重试 1 张：成功 0，仍待处理 1"]);
    visit.get("/?done=retry&order=1&lang=en").await.says(&["Retried 1: 0 done, 1 still need attention"]);
    visit.get("/refund/TK1").await.is(200).says(&["待处理", "重新处理", "人工要求重试"]);
    let action = house.store.actions(9).await.unwrap().remove(0);
    assert_eq!((action.remote.as_str(), action.action.as_str()), ("192.0.2.7", "retry"));
    assert_eq!((action.pipeline.as_str(), action.subject.as_str()), ("main", "TK1"));
    assert!(action.at < house.clock.now());
    visit.get("/").await.says(&["页面操作记录", "192.0.2.7", "重试一张"]);
    drop(supervisor);

    let _supervisor = house.starts_mended(&["main"], &known);
    visit.order("retry", "TK1").await;
    house.minutes(10).await;
    assert_eq!(house.billed(), ["TK1"]);
    visit.get("/?done=retry&order=2").await.says(&["重试 1 张：成功 1，仍待处理 0"]);
    visit.get("/refund/TK1").await.says(&["已完成", "C009", "119.80"]).does_not_say(&["retry-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_ban_is_shown_with_its_words_and_ended_by_a_person() {
    let house = House::new();
    house.shop.set_quota(Some(QuotaRule::sliding(1, TimeDelta::days(2)).ban(TimeDelta::hours(5))));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(30).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    visit.get("/").await.is(200).says(&["封禁至", "旺店通的答复", "App Call Limited", "lift-1"]);
    house.sells_back("TK1");
    house.shop.set_quota(None);
    house.minutes(30).await;
    assert!(house.billed().is_empty(), "the ban is sat out");
    let ordered = visit.order("lift", "").await.is(303);
    assert_eq!(ordered.header("location"), "/?done=lift&order=1");
    house.minutes(30).await;
    assert_eq!(open(&house).await, []);
    assert_eq!(house.billed(), ["TK1"]);
    visit.get("/").await.says(&["解除等待并立即运行"]).does_not_say(&["封禁至", "lift-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_kingdee_is_shown_with_its_words_where_it_is_waited_for_and_ended_by_a_person() {
    let house = House::with_books(|books| books.retry_after(std::time::Duration::from_mins(50)));
    house.books.fail_next(Fault::TooManyRequests);
    house.sells_back("TK1");
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(15).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let words = ["金蝶要求等待至 11-20 12:5", "HTTP status 429: Too Many Requests"];
    visit.get("/").await.is(200).says(&["金蝶要求等待至", "金蝶的答复", words[1], "lift-1"]);
    visit.get("/refund/TK1").await.is(200).says(&words);
    visit.get("/refund/TK1?lang=en").await.is(200).says(&["金蝶 asks to wait until 11-20 12:5", words[1]]);
    assert_eq!(house.books.counts().arrivals, 1, "it is sat out");

    visit.order("lift", "").await.is(303);
    house.minutes(1).await;
    assert_eq!(house.billed(), ["TK1"]);
    visit.get("/").await.does_not_say(&["金蝶要求等待至", "lift-1"]);
    visit.get("/refund/TK1").await.says(&["已完成"]).does_not_say(&["要求等待"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_shown_where_it_is_waited_for_and_lifted_by_a_person_with_the_word_of_the_session() {
    let house = House::with_books(|books| books.password(BOOKS_SECRET));
    house.books.set_user_listed(false);
    let password = [
        ("app_id = \"260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\"\n", "auth = \"password\"\n"),
        ("app_secret = { env = \"KINGDEE_APP_SECRET\" }", "password = { env = \"KINGDEE_APP_SECRET\" }"),
    ];
    house.sells_back("TK1");
    let _supervisor = house.starts(&["main"], &password);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    visit.get("/").await.says(&["有同步方案已停止", "已处理，立即重试", "lift-1"]);
    visit.get("/refund/TK1").await.says(&["同步方案已停止，待处理"]);
    let asked = || house.books.counts().arrivals;
    assert_eq!(asked(), 1, "the schedule does not ask again: that would lock the account");

    let fields = [("word", "guessed"), ("action", "lift"), ("pipeline", "main"), ("subject", "")];
    visit.post("/act", &fields).await.is(403);
    house.minutes(2).await;
    assert_eq!(asked(), 1, "not without the word");
    // Mended or not, a person's word is asked at once: the login that was refused holds nobody up.
    visit.order("lift", "").await.is(303);
    house.minutes(2).await;
    assert_eq!(asked(), 2);
    house.books.set_user_listed(true);
    visit.order("lift", "").await.is(303);
    house.minutes(2).await;
    assert_eq!(house.billed(), ["TK1"]);
    visit.get("/").await.does_not_say(&["有同步方案已停止", "lift-1"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_refused_and_not_recorded() {
    let house = House::new();
    house.sells_back("TK1");
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::with_token(&house).with_bearer(TOKEN);
    let order = async |action, pipeline, subject| {
        visit.post("/act", &[("action", action), ("pipeline", pipeline), ("subject", subject)]).await
    };
    order("retry", "main", "TK1").await.is(409).says(&["TK1"].map(|_| "does not wait for a person"));
    order("retry", "main", "TK404").await.is(409);
    order("retry", "other", "TK1").await.is(404);
    order("drop", "main", "").await.is(400);
    assert_eq!(house.store.actions(1).await.unwrap(), []);
    assert_eq!(open(&house).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_script_brings_the_token_with_each_order_and_gets_json_back() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    let visit = Visit::with_token(&house).with_bearer(TOKEN);
    let answer = visit.post("/act", &[("action", "run"), ("pipeline", "main")]).await.is(202);
    let told: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(told, json!({ "action": "run", "pipeline": "main", "subject": "" }));
    let refused = visit.post("/act", &[("action", "dance"), ("pipeline", "main")]).await.is(400);
    assert_eq!(refused.text, "There is no such action.\n");
    assert!(house.rows("main").is_empty());
    tokio::time::sleep(std::time::Duration::from_secs(20)).await;
    assert_eq!(house.rows("main").len(), 1, "begun at once, not by the schedule");
    drop(supervisor);
}

#[tokio::test(start_paused = true)]
async fn a_paused_pipeline_skips_its_firings_until_it_is_resumed() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    visit.order("pause", "").await.is(303);
    // At once: nothing else has happened in the journal.
    visit.get("/").await.says(&["已暂停", "恢复定时", "暂停自"]).does_not_say(&["下次运行"]);
    house.sells_back("TK1");
    house.minutes(10).await;
    visit.get("/").await.says(&["已暂停", "跳过", "恢复定时", "暂停自"]).does_not_say(&["下次运行"]);
    assert!(house.billed().is_empty());
    visit.order("resume", "").await.is(303);
    visit.get("/").await.says(&["下次运行"]).does_not_say(&["已暂停"]);
    house.minutes(10).await;
    visit.get("/").await.says(&["下次运行"]).does_not_say(&["已暂停", "恢复定时</button>"]);
    assert_eq!(house.billed(), ["TK1"]);
}

#[tokio::test(start_paused = true)]
async fn a_cause_is_retried_without_touching_the_others() {
    let house = House::new();
    unmapped(&house, "TK1");
    unmapped(&house, "TK2");
    house.shop.world().push(house.at_now(plain("TK'3")));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    visit.get("/").await.says(&["对照表中没有该编号", "单据编号含被拦截的字符"]);
    visit.order("retry-cause", "unmapped").await.is(303);
    house.minutes(2).await;
    let requeued = async |number: &str| {
        let life = house.store.life(number).await.unwrap().remove(0);
        life.events.iter().filter(|event| event.event == "requeued").count()
    };
    assert_eq!((requeued("TK1").await, requeued("TK2").await, requeued("TK'3").await), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_reconciliation_is_started_on_the_page_and_its_files_are_downloaded() {
    let house = House::new();
    house.sells_back("TK1");
    house.sells_back("TK2");
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.get("/reconciled/main.csv").await.is(404).says(&["请先在总览页开始对账"]);
    visit.log_in().await;
    let word = visit.word().await;
    let order = async |from, to| {
        let fields = [
            ("word", word.as_str()),
            ("action", "reconcile"),
            ("pipeline", "main"),
            ("from", from),
            ("to", to),
        ];
        visit.post("/act", &fields).await
    };
    order("2026-11-20", "2026-11-19").await.is(400).says(&["对账日期不对"]);
    order("yesterday", "2026-11-20").await.is(400);
    order("2024-11-20", "2026-11-20").await.is(400);
    assert!(house.books.remove("TK2"));
    order("2026-11-20", "2026-11-20").await.is(303);
    house.minutes(5).await;
    let told = ["对账差异 1 张，相差 ¥ 119.80", "2026-11-20 至 2026-11-20：1 张与金蝶不一致", "已删除"];
    visit.get("/").await.says(&told).says(&["/reconciled/main.csv", "开始对账"]);
    let csv = visit.get("/reconciled/main.csv").await.is(200).says(&["TK2", "已删除"]).does_not_say(&["TK1"]);
    let english = visit.get("/reconciled/main.csv?lang=en").await.is(200).says(&["pipeline,kind", "removed"]);
    english.does_not_say(&["已删除", "店铺"]);
    visit.get("/?lang=zh").await.is(200);
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"reconciled-2026-11-20-2026-11-20.csv\""
    );
    visit.get("/reconciled/main.exe").await.is(404);
    visit.get("/reconciled/other.csv").await.is(404);
    let actions = house.store.actions(1).await.unwrap();
    assert_eq!(actions[0].subject, "2026-11-20 … 2026-11-20");
}
