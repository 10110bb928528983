//! What `why --json` says of a return in every way it can wait for a person, differ from its bill or be under way.

use chrono::{Datelike, NaiveDate, TimeDelta};
use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
use serde_json::Value;
use wdt_qimen_sdk::mock::MockRefund;
use wiremock::{Mock, ResponseTemplate};

use crate::reconcile::ours;
use crate::returns::{line, now, plain, set_line, text, with_lines};
use crate::scene::{Done, Scene, events, flags, service, word};
use crate::trouble::{Moment, Trouble};

/// It is parked for this cause, says these words about it, and what to do in both languages.
#[track_caller]
fn parked(scene: &Scene, refund_no: &str, cause: &str, words: &[&str]) -> Value {
    let life = scene.why(refund_no);
    assert_eq!(word(&life["state"]), "parked", "{life}");
    let reason = &life["reasons"][0];
    assert_eq!(word(&reason["cause"]), cause, "{life}");
    let said = reason.to_string();
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    assert!(!word(&reason["message_zh"]).is_ascii(), "{said}");
    assert!(!word(&reason["remedy"]).is_empty() && !word(&reason["remedy_zh"]).is_ascii(), "{said}");
    let last = life["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["detail"]["reasons"][0]["cause"], reason["cause"], "its life ends with it: {life}");
    life
}

/// It is done, with this flag and these words in it.
#[track_caller]
fn flagged(scene: &Scene, refund_no: &str, kind: &str, words: &[&str]) -> Value {
    let life = scene.why(refund_no);
    assert_eq!((word(&life["state"]).as_str(), flags(&life)), ("confirmed", vec![kind.to_owned()]), "{life}");
    let detail = word(&life["flags"][0]["detail"]);
    for word in words {
        assert!(detail.contains(word), "{word:?} is not in {detail}");
    }
    life
}

/// The detail of the first event of this name.
#[track_caller]
fn detail<'a>(life: &'a Value, event: &str) -> &'a Value {
    let events = life["events"].as_array().unwrap();
    let found = events.iter().find(|one| one["event"] == event);
    &found.unwrap_or_else(|| panic!("no {event} in {life}"))["detail"]
}

fn changed(refund_no: &str, change: impl FnOnce(&mut MockRefund)) -> MockRefund {
    let mut row = plain(refund_no);
    change(&mut row);
    row
}

fn typed_in(refund_no: &str) -> StoredBill {
    StoredBill { third_bill_no: String::new(), third_src_type: String::new(), ..ours(refund_no) }
}

#[tokio::test]
async fn what_the_mapping_and_the_reading_park() {
    let scene = Scene::with([
        changed("TK-SHOP", |row| row.set("shop_no", "S0O1")),
        changed("TK-GAP", |row| set_line(row, "stockin_num", "1.0000")),
        changed("TK-TEXT", |row| row.set("refund_amount", "免")),
    ])
    .await;
    scene.settle().exits(3);
    let life = parked(&scene, "TK-SHOP", "unmapped", &["customers", "S0O1", "S001"]);
    assert_eq!(events(&life), ["read", "refused"]);
    assert_eq!(word(&life["refund"]["shop_no"]), "S0O1", "as it was read");
    assert!(life["bill"].is_null() && life["fid"].is_null());
    parked(&scene, "TK-GAP", "quantity_gap", &["TS-BLK-L", "on_quantity_gap"]);
    let life = parked(&scene, "TK-TEXT", "unreadable", &["refund_amount"]);
    assert!(life["refund"].is_null());
    assert_eq!(detail(&life, "read_unreadable")["window"].as_array().unwrap().len(), 2, "from which window");
}

#[tokio::test]
async fn what_stands_in_the_books_already() {
    let numbers = ["TK-CONFLICT", "TK-VOIDED", "TK-DOUBLED", "TK-FOREIGN"];
    let scene = Scene::with(numbers.map(plain)).await;
    let mut other = typed_in("TK-CONFLICT");
    other.lines[0].qty = rust_decimal::Decimal::ONE;
    let conflict = scene.books.insert(other).to_string();
    scene.books.insert(typed_in("TK-VOIDED"));
    scene.books.void("TK-VOIDED");
    let doubled = [(); 2].map(|()| scene.books.insert(typed_in("TK-DOUBLED")).to_string());
    let foreign = scene.books.insert(typed_in("TK-FOREIGN")).to_string();
    scene.settle().exits(3);

    parked(
        &scene,
        "TK-CONFLICT",
        "conflict",
        &[&conflict, "2 pcs ¥ 119.80", "1 pcs ¥ 119.80", "bill_no_prefix"],
    );
    parked(&scene, "TK-VOIDED", "voided", &["作废", "retry"]);
    parked(&scene, "TK-DOUBLED", "doubled", &[&doubled[0], &doubled[1]]);
    let life = flagged(&scene, "TK-FOREIGN", "foreign", &[&foreign]);
    assert_eq!((detail(&life, "adopted")["foreign"].as_bool(), word(&life["fid"])), (Some(true), foreign));
}

#[tokio::test]
async fn a_number_that_is_in_use_and_hidden() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.books.insert(typed_in("TK1"));
    let nothing = ResponseTemplate::new(200).set_body_string("[]");
    let mock = Mock::given(service("ExecuteBillQuery")).respond_with(nothing).with_priority(1);
    mock.mount(&scene.books_server).await;
    scene.settle().exits(3);
    let life = parked(&scene, "TK1", "hidden", &["rights", "权限"]);
    assert_eq!(flags(&life), ["duplicate"]);
}

#[tokio::test]
async fn what_happens_to_a_bill_or_its_return_after_the_sync() {
    let numbers = ["TK-ALTERED", "TK-CHANGED", "TK-REVERSED", "TK-TOUCHED"];
    let cents = with_lines("TK-ALTERED", &[line("TS-BLK-L", "3.0000", "100.0000")]);
    let rows = [cents].into_iter().chain(numbers[1..].iter().map(|number| plain(number)));
    let scene = Scene::with_books(rows, Site::builder().price_digits(2)).await;
    scene.settle().exits(3);
    flagged(&scene, "TK-ALTERED", "altered", &["99.99", "100"]);

    let world = scene.shop.world();
    world.edit("TK-CHANGED", |row| {
        row.set("refund_amount", "100.0000");
        set_line(row, "refund_order_amount", "100.0000");
        row.touch(now());
    });
    world.edit("TK-REVERSED", |row| {
        row.set("process_status", "10");
        row.touch(now());
    });
    world.edit("TK-TOUCHED", |row| {
        row.set("remark", "催");
        row.touch(now());
    });
    scene.settle().exits(3);
    let life = flagged(&scene, "TK-CHANGED", "changed", &["119.80", "100.00"]);
    assert_eq!(detail(&life, "noticed")["bill_now"]["lines"][0]["amount"], "100.00");
    let life = flagged(&scene, "TK-REVERSED", "reversed", &["process_status 10"]);
    assert_eq!(detail(&life, "reversed")["fid"], life["fid"]);
    assert_eq!(events(&scene.why("TK-TOUCHED")).last().unwrap(), "confirmed");
}

#[tokio::test]
async fn a_bill_that_somebody_deleted_comes_back_only_when_asked_with_again() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    scene.books.remove("TK1");
    scene.books.void("TK2");
    scene.reconcile(&["--fix"]).exits(3);
    parked(&scene, "TK1", "removed_in_kingdee", &["--again", "操作日志"]);
    parked(&scene, "TK2", "voided", &["作废"]);

    scene.run(&["retry", "TK1"]).exits(0).says(&["Nothing that is parked could be tried again"]);
    parked(&scene, "TK1", "removed_in_kingdee", &[]);
    scene.run(&["retry", "TK1", "--again"]).exits(0).says(&["saved 1"]);
    let life = scene.why("TK1");
    assert!(word(&detail(&life, "requeued")["why"]).contains("--again"), "who asked is kept: {life}");
    assert_eq!(word(&life["state"]), "confirmed");
    assert_eq!(scene.arrivals_of("TK1"), 2);
}

/// Days of the last month and of this: the accounting date of the return, and the first that is open.
fn days() -> (NaiveDate, NaiveDate) {
    let first = now().date().with_day(1).unwrap();
    (first - TimeDelta::days(3), first)
}

/// A return that was checked in the last month, and books that are closed before this day.
async fn checked_last_month(policy: &str, closed_before: NaiveDate) -> Scene {
    let checked = text(days().0.and_hms_opt(12, 0, 0).unwrap());
    let row = changed("TK1", |row| row.set("finish_time", checked));
    let scene = Scene::with_books([row], Site::builder().closed_before(Some(closed_before))).await;
    scene.add("mapping", &format!("closed_period = \"{policy}\""));
    scene
}

#[tokio::test]
async fn a_period_that_the_books_refuse_is_parked_where_the_policy_says_so() {
    let (last_month, first) = days();
    let scene = checked_last_month("park", first).await;
    scene.settle().exits(3);
    let life = parked(&scene, "TK1", "closed_period", &["关账", "open_from"]);
    assert_eq!((word(&life["date"]), scene.arrivals_of("TK1")), (last_month.to_string(), 1));
}

#[tokio::test]
async fn a_period_that_the_books_refuse_is_moved_once_with_its_own_date_kept() {
    let (last_month, first) = days();
    let scene = checked_last_month("move", first).await;
    let (last_month, first) = (last_month.to_string(), first.to_string());
    scene.settle().exits(0);
    let life = flagged(&scene, "TK1", "moved_date", &[&last_month, &first]);
    assert_eq!((word(&life["date"]), word(&life["bill"]["date"])), (first.clone(), first.clone()));
    assert_eq!(word(&detail(&life, "requeued")["moved_to"]), first);
    let bill = &scene.bills(&["TK1"])[0];
    assert_eq!(bill.date.to_string(), first);
    assert!(bill.note.contains(&last_month), "{:?}", bill.note);
    assert_eq!(scene.arrivals_of("TK1"), 2);
}

#[tokio::test]
async fn a_period_that_is_closed_after_the_move_as_well_is_not_moved_again() {
    let tomorrow = now().date() + TimeDelta::days(1);
    let scene = checked_last_month("move", tomorrow).await;
    scene.settle().exits(3);
    parked(&scene, "TK1", "closed_period", &["关账"]);
    assert_eq!(scene.arrivals_of("TK1"), 2, "once as it was, once moved");
}

#[tokio::test]
async fn a_bill_whose_fate_is_unknown_says_since_when_and_what_comes_next() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("resend_after_seconds = 1", "resend_after_seconds = 3600");
    scene.trouble_saving(Trouble::Reset, Moment::BeforeTheEffect).await;
    scene.run(&["run", "--until-settled", "--timeout", "2s"]).exits(1);
    let life = scene.why("TK1");
    assert_eq!(word(&life["state"]), "intended");
    assert_eq!(events(&life), ["read", "mapped", "intended", "fate_unknown", "absent"]);
    assert!(!word(&detail(&life, "fate_unknown")["why"]).is_empty());
    assert!(!detail(&life, "absent")["not_sent_again_before"].is_null());
    assert!(!life["due_at"].is_null());
}

#[tokio::test]
async fn a_bill_that_waits_because_its_pipeline_is_stopped_says_so_until_it_goes_on() {
    let scene = Scene::with([plain("TK1")]).await;
    let mut command = scene.command(&["run"]);
    command.env("KINGDEE_APP_SECRET", "wrong-books-secret");
    Done::of(command).exits(1);
    let life = scene.why("TK1");
    assert_eq!(word(&life["state"]), "mapped");
    let stopped = &life["stopped"];
    assert_eq!(word(&stopped["side"]), "kingdee");
    assert!(
        word(&stopped["reason"]).contains("MsgCode 1") && !word(&stopped["since"]).is_empty(),
        "{stopped}"
    );
    scene.run(&["why", "TK1"]).exits(0).says(&["STOPPED since"]);
    scene.settle().exits(0);
    assert!(scene.why("TK1")["stopped"].is_null());
}
