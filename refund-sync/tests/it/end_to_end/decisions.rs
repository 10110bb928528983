//! What a person decides about a return that waits: carried out as decided, compared before it is believed, refused when
//! the return changed meanwhile, and never sent again by anything.

use kingdee_k3cloud_sdk::mock::{StoredBill, StoredLine};
use rust_decimal::Decimal;
use wdt_qimen_sdk::mock::MockRefund;

use crate::returns::{plain, set_line};
use crate::scene::{Done, Scene, events, flags, word};

/// Two were asked back, one arrived.
fn gap(refund_no: &str) -> MockRefund {
    let mut row = plain(refund_no);
    set_line(&mut row, "stockin_num", "1.0000");
    row
}

/// A shop with one return of which less arrived than was asked back, parked for it.
async fn with_gap() -> Scene {
    let scene = Scene::with([plain("TK1"), gap("TK5")]).await;
    scene.settle().exits(3);
    scene.bills(&["TK1"]);
    assert_eq!(scene.parked()["TK5"].0, "quantity_gap");
    scene
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The bill that a person types for [`gap`]: what arrived, for all of the money.
fn by_hand(scene: &Scene, number: &str) -> StoredBill {
    let ours = &scene.books.bills()[0];
    let line = StoredLine {
        material: "TS-BLK-L".into(),
        qty: decimal("1"),
        tax_price: decimal("119.80"),
        all_amount: decimal("119.80"),
        stock: "CK01".into(),
        ..StoredLine::default()
    };
    StoredBill {
        form_id: "SAL_RETURNSTOCK".into(),
        number: number.into(),
        customer: "C001".into(),
        date: ours.date,
        sale_org: "100".into(),
        stock_org: "100".into(),
        all_amount: decimal("119.80"),
        lines: vec![line],
        ..StoredBill::default()
    }
}

/// Whatever tries things again by itself or by a person's word has its turn.
fn everything_tries(scene: &Scene) {
    scene.run(&["retry", "--all"]);
    scene.run(&["retry", "TK5"]);
    scene.run(&["retry", "TK5", "--again"]);
    scene.add("mapping", "price_scale = 5");
    scene.settle();
    let today = crate::returns::now().date();
    let from = (today - chrono::TimeDelta::days(3)).to_string();
    scene.run(&["reconcile", "--from", &from, "--to", &today.to_string(), "--fix"]);
    scene.settle();
}

#[tokio::test]
async fn a_return_that_changed_since_it_was_looked_at_is_shown_and_not_decided() {
    let scene = with_gap().await;
    let seen = word(&scene.why("TK5")["seen"]);
    scene.shop.world().edit("TK5", |row| {
        set_line(row, "stockin_num", "0.0000");
        row.touch(crate::returns::now());
    });
    scene.settle();
    let decide = ["decide", "TK5", "--as", "ignored", "--note", "客户自提", "--seen", &seen];
    scene.run(&decide).exits(3).complains(&["look again"]);
    let life = scene.why("TK5");
    assert_eq!((life["state"].as_str(), life.get("decision")), (Some("parked"), None));

    let seen = word(&life["seen"]);
    let decide = ["decide", "TK5", "--as", "ignored", "--note", "客户自提", "--seen", &seen];
    scene.run(&decide).exits(0);
    assert_eq!(scene.why("TK5")["state"], "decided");
}

#[tokio::test]
async fn of_two_people_at_once_the_second_is_told_what_the_first_decided() {
    let scene = with_gap().await;
    let seen = word(&scene.why("TK5")["seen"]);
    let as_first =
        ["decide", "TK5", "--as", "ignored", "--note", "已线下处理", "--by", "张三", "--seen", &seen];
    scene.run(&as_first).exits(0);
    let as_second = ["decide", "TK5", "--as", "asked", "--by", "李四", "--seen", &seen, "--json"];
    let told = scene.run(&as_second).exits(3).json();
    assert_eq!(told["decisions"][0]["outcome"], "changed");
    assert!(word(&told["decisions"][0]["message_zh"]).contains("张三"), "{told}");
    assert_eq!(told["decisions"][0]["decision"]["by"], "张三");
}

#[tokio::test]
async fn a_bill_that_differs_is_not_believed_and_every_difference_is_named() {
    let scene = with_gap().await;
    let decide = |bill: &str| scene.run(&["decide", "TK5", "--as", "booked", "--bill", bill, "--by", "财务"]);
    decide("HAND-0").exits(3).complains(&["HAND-0", "not in 金蝶"]);

    let mut other = by_hand(&scene, "HAND-1");
    other.customer = "C002".into();
    other.lines[0].qty = decimal("3");
    other.lines[0].all_amount = decimal("119.79");
    scene.books.insert(other);
    decide("HAND-1").exits(3).complains(&["C001", "C002", "TS-BLK-L", "3 pcs ¥ 119.79"]);

    scene.books.insert(by_hand(&scene, "HAND-2"));
    scene.books.void("HAND-2");
    decide("HAND-2").exits(3).complains(&["voided"]);
    decide("TK1").exits(3).complains(&["TK1"]);
    let mut late = by_hand(&scene, "HAND-3");
    late.date += chrono::TimeDelta::days(3);
    scene.books.insert(late);
    decide("HAND-3").exits(3).complains(&["date: ours", "say why"]);
    assert_eq!(scene.parked()["TK5"].0, "quantity_gap", "it stays where it was");
    assert_eq!(scene.why("TK5").get("decision"), None);

    let with_note = ["decide", "TK5", "--as", "booked", "--bill", "hand-3", "--note", "下月入账"];
    scene.run(&with_note).exits(0).says(&["booked by hand"]);
    assert_eq!(scene.why("TK5")["decision"]["bill"], "HAND-3");
}

#[tokio::test]
async fn a_bill_of_another_customer_is_not_believed_where_only_the_goods_cannot_be_mapped() {
    let mut unknown = plain("TK5");
    set_line(&mut unknown, "spec_no", "NOBODY");
    set_line(&mut unknown, "goods_no", "NOBODY");
    let scene = Scene::with([plain("TK1"), unknown]).await;
    scene.change("materials = \"identity\"", "materials = { inline = { TS-BLK-L = \"TS-BLK-L\" } }");
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK5"].0, "unmapped");
    let mut other = by_hand(&scene, "HAND-1");
    other.lines[0].qty = decimal("2");
    other.customer = "C002".into();
    scene.books.insert(other.clone());
    let decide =
        |bill: &str| scene.run(&["decide", "TK5", "--as", "booked", "--bill", bill, "--note", "手工"]);
    decide("HAND-1").exits(3).complains(&["C001", "C002"]);
    scene.books.insert(StoredBill { number: "HAND-2".into(), customer: "C001".into(), ..other });
    decide("HAND-2").exits(0);
}

#[tokio::test]
async fn what_was_booked_by_hand_is_compared_kept_and_never_sent() {
    let scene = with_gap().await;
    scene.books.insert(by_hand(&scene, "HAND-1"));
    scene.run(&["decide", "TK5", "--as", "booked", "--bill", " HAND-1 ", "--by", "财务"]).exits(0);
    let life = scene.why("TK5");
    let found = scene.run(&["find", "hand-1", "--json"]).exits(0).json();
    assert_eq!(word(&found["matches"][0]["refund_no"]), "TK5", "{found}");
    let fid = word(&life["decision"]["fid"]);
    let found = scene.run(&["find", &fid, "--json"]).exits(0).json();
    assert_eq!(word(&found["matches"][0]["refund_no"]), "TK5", "{found}");
    assert_eq!((word(&life["state"]), word(&life["decision"]["as"])), ("decided".into(), "booked".into()));
    assert_eq!(word(&life["decision"]["by"]), "财务");
    assert!(life["decision"]["fid"].is_string());
    scene.run(&["parked"]).exits(0);
    assert_eq!(scene.status()["decided"]["booked"], 1);
    assert_eq!(scene.status()["documents"]["parked"], 0);

    everything_tries(&scene);
    scene.bills(&["HAND-1", "TK1"]);
    assert_eq!(scene.arrivals_of("TK5"), 0);
    // One bill stands for one return.
    let mut other = gap("TK6");
    other.touch(crate::returns::now());
    scene.shop.world().push(other);
    scene.settle();
    let again = scene.run(&["decide", "TK6", "--as", "booked", "--bill", "HAND-1"]);
    again.exits(3).complains(&["TK5"]);
}

#[tokio::test]
async fn what_is_ignored_leaves_every_list_and_is_never_sent_whatever_is_tried() {
    let scene = with_gap().await;
    scene.run(&["decide", "TK5", "--as", "ignored"]).exits(3).complains(&["why it is not to be booked"]);
    scene.run(&["decide", "TK5", "--as", "ignored", "--note", "客户自提", "--by", "财务"]).exits(0);
    scene.run(&["parked"]).exits(0);
    everything_tries(&scene);
    scene.bills(&["TK1"]);
    assert_eq!(scene.arrivals_of("TK5"), 0);
    scene.run(&["why", "TK5"]).exits(0).says(&["not to be booked", "财务", "客户自提"]);

    // A newer row changes nothing about the decision, and is told.
    scene.shop.world().edit("TK5", |row| {
        row.set("refund_amount", "100.0000");
        set_line(row, "refund_order_amount", "100.0000");
        row.touch(crate::returns::now());
    });
    scene.settle().exits(3);
    let life = scene.why("TK5");
    assert_eq!(word(&life["state"]), "decided");
    assert_eq!(flags(&life), ["changed"]);
    assert_eq!(word(&life["decision"]["note"]), "客户自提");
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn what_is_taken_back_waits_again_for_what_it_waited_before() {
    let scene = with_gap().await;
    scene.run(&["decide", "TK5", "--as", "undo"]).exits(3).complains(&["nothing was decided"]);
    let before = scene.why("TK5");
    // By whatever `why` takes: in any case, with blanks around, by the order.
    scene.run(&["decide", " tk5 ", "--as", "ignored", "--note", "误点", "--by", "财务"]).exits(0);
    scene.run(&["decide", "TK5", "--as", "undo", "--by", "主管"]).exits(0);
    let orders = before["refund"]["tid"].as_str().unwrap();
    let several = scene.run(&["decide", orders, "--as", "ignored", "--note", "误点"]).exits(2);
    several.says(&["TK1", "TK5"]).complains(&["nothing was decided"]);
    scene
        .run(&["decide", "nobody", "--as", "ignored", "--note", "x"])
        .exits(1)
        .complains(&["nothing is known"]);
    let undone = scene.run(&["why", "TK5", "--lang", "zh"]).exits(0);
    undone.says(&["撤销人工决定：不入账（主管）"]);
    let life = scene.why("TK5");
    assert_eq!((&life["state"], &life["reasons"]), (&before["state"], &before["reasons"]));
    let told = events(&life);
    assert_eq!(told[told.len() - 2..], ["decided", "undone"]);
    scene.run(&["parked"]).exits(3);
}

#[tokio::test]
async fn what_arrived_or_what_was_asked_back_is_written_as_decided() {
    let scene = Scene::with([gap("TK1"), gap("TK2"), plain("TK3")]).await;
    scene.settle().exits(3);
    scene.run(&["decide", "TK1", "--as", "arrived"]).exits(0);
    scene.run(&["decide", "TK2", "--as", "asked"]).exits(0);
    scene.run(&["decide", "TK3", "--as", "asked"]).exits(3).complains(&["does not wait for a person"]);
    let bills = scene.bills(&["TK1", "TK2", "TK3"]);
    let written: Vec<_> = bills.iter().map(|bill| (bill.lines[0].qty, bill.all_amount)).collect();
    assert_eq!(written[..2], [(decimal("1"), decimal("119.80")), (decimal("2"), decimal("119.80"))]);
    assert_eq!(word(&scene.why("TK1")["decision"]["as"]), "arrived");
    scene.run(&["decide", "TK1", "--as", "undo"]).exits(3).complains(&["cannot be taken back"]);
}

#[tokio::test]
async fn days_alone_say_which_are_meant_and_days_the_wrong_way_round_are_told() {
    let scene = with_gap().await;
    let ignore = ["decide", "--as", "ignored", "--note", "盘点"];
    let asked = |days: &[&str]| scene.run(&[&ignore, days].concat());
    asked(&["--from", "2020-01-01"]).exits(3).says(&["1 returns, ¥ 119.80", "--yes"]);
    asked(&["--to", "2020-01-01"]).exits(1).complains(&["nothing of this kind waits"]);
    let reversed = asked(&["--from", "2026-11-02", "--to", "2026-11-01"]).exits(2);
    reversed.complains(&["--to 2026-11-01 is before --from 2026-11-02"]);
}

#[tokio::test]
async fn what_is_lacking_of_an_order_for_many_is_said_before_anything_is_asked() {
    let scene = with_gap().await;
    let all = ["decide", "--cause", "quantity_gap", "--as", "ignored"];
    scene.run(&all).exits(2).complains(&["--note"]);
    scene.run(&["decide", "--cause", "nope", "--as", "ignored", "--note", "x"]).exits(2).complains(&["nope"]);
    scene
        .run(&["decide", "TK5", "--pipeline", "nope", "--as", "asked"])
        .exits(2)
        .complains(&["nope", "main"]);
    scene.run(&["decide", "TK5", "--as", "ignored"]).exits(3).complains(&["--note"]);
    assert_eq!(scene.parked()["TK5"].0, "quantity_gap");
}

#[tokio::test]
async fn what_waits_is_not_told_from_a_place_where_the_journal_is_not_any_more() {
    let scene = with_gap().await;
    let holder = refund_sync::store::lock::Holder::take(&scene.database(), "serve").unwrap();
    let aside = scene.folder().join("aside.db");
    std::fs::rename(scene.database(), &aside).unwrap();
    scene.run(&["parked"]).exits(1).complains(&["serve"]);
    std::fs::rename(&aside, scene.database()).unwrap();
    scene.run(&["parked"]).exits(3);
    drop(holder);
}

#[tokio::test]
async fn a_date_in_a_closed_period_goes_to_the_first_open_day_as_decided() {
    let scene = Scene::with([plain("TK1")]).await;
    let tomorrow = (crate::returns::now().date() + chrono::TimeDelta::days(1)).to_string();
    scene.add("mapping", &format!("open_from = \"{tomorrow}\""));
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK1"].0, "closed_period");
    scene.run(&["decide", "TK1", "--as", "open-day"]).exits(0);
    assert_eq!(scene.bills(&["TK1"])[0].date.to_string(), tomorrow);
}

#[tokio::test]
async fn a_direction_lapses_with_the_row_that_it_was_given_for() {
    let scene = with_gap().await;
    scene.add("mapping", "open_from = \"2099-01-01\"");
    scene.settle().exits(3);
    let waits_for = |cause: &str| scene.parked()["TK5"].1.contains(&format!("\"cause\":\"{cause}\""));
    assert!(waits_for("quantity_gap") && waits_for("closed_period"));
    let decided = scene.run(&["decide", "TK5", "--as", "arrived", "--json"]).exits(3).json();
    let said = &decided["decisions"][0];
    assert_eq!((&said["outcome"], &said["waits"]), (&"done".into(), &true.into()), "{said}");
    assert!(
        word(&said["message"]).contains("still waits") && word(&said["message"]).contains("2099-01-01"),
        "{said}"
    );
    // The gap is decided; its day is not, so it waits again.
    assert!(!waits_for("quantity_gap") && waits_for("closed_period"));
    // What does not suffice has written nothing.
    let file = scene.folder().join("books.xlsx");
    let (from, to) = (crate::returns::now() - chrono::TimeDelta::days(3), crate::returns::now());
    let (from, to) = (from.date().to_string(), to.date().to_string());
    scene.run(&["reconcile", "--from", &from, "--to", &to, "--xlsx", file.to_str().unwrap()]);
    if let Some(book) = crate::workbooks::read(&file) {
        assert_eq!(book["按决定写入"].as_array().unwrap().len(), 2, "title and total");
    }
    scene.shop.world().edit("TK5", |row| {
        set_line(row, "stockin_num", "0.0000");
        row.touch(crate::returns::now());
    });
    scene.settle();
    assert!(waits_for("quantity_gap"), "nobody decided about what arrives now");
    assert_eq!(scene.why("TK5").get("decision"), None);
}

#[tokio::test]
async fn the_sheets_tell_what_was_decided_and_who_decided_it() {
    let scene = Scene::with([plain("TK1"), gap("TK5"), gap("TK6")]).await;
    scene.settle().exits(3);
    scene.books.insert(by_hand(&scene, "HAND-1"));
    scene.run(&["decide", "TK5", "--as", "booked", "--bill", "HAND-1", "--by", "财务"]).exits(0);
    scene.run(&["decide", "TK6", "--as", "ignored", "--note", "=客户自提", "--by", "主管"]).exits(0);
    let today = crate::returns::now().date();
    let from = (today - chrono::TimeDelta::days(3)).to_string();
    let period = ["reconcile", "--from", &from, "--to", &today.to_string()];
    let told = scene.run(&[&period[..], &["--json"]].concat()).exits(0).json();
    let told = told.to_string();
    assert!(told.contains("\"decided\":2"), "{told}");
    let sheet = [&period[..], &["--by", "shop,month", "--csv", "sheet.csv"]].concat();
    scene.run(&sheet).exits(0);
    let csv = std::fs::read_to_string(scene.folder().join("sheet.csv")).unwrap();
    for said in ["booked by hand: 1", "not to be booked: 1"] {
        assert!(csv.contains(said), "{said}: {csv}");
    }
    // The bill that was named is gone: that is told.
    scene.books.remove("HAND-1");
    scene.run(&period).exits(3);
}

#[tokio::test]
async fn a_workbook_tells_what_is_written_by_a_decision_and_for_whom_it_was_made() {
    let scene = with_gap().await;
    scene.run(&["decide", "TK5", "--as", "arrived", "--by", "仓库", "--note", "只到一件"]).exits(0);
    scene.settle().exits(0);
    let file = scene.folder().join("books.xlsx");
    let (from, to) = (crate::returns::now() - chrono::TimeDelta::days(3), crate::returns::now());
    let (from, to) = (from.date().to_string(), to.date().to_string());
    let args = ["reconcile", "--from", &from, "--to", &to, "--xlsx", file.to_str().unwrap()];
    let mut command = scene.command(&args);
    command.env("USER", "财务甲");
    Done::of(command).exits(0);
    let Some(book) = crate::workbooks::read(&file) else { return };
    let row = &book["按决定写入"][1];
    let texts: Vec<_> = row.as_array().unwrap().iter().map(|cell| word(&cell[1])).collect();
    for wanted in ["TK5", "2611200001234567", "仓库", "只到一件"] {
        assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:?}");
    }
    let kinds = row.as_array().unwrap().iter().filter(|cell| cell[0] == "d").count();
    assert_eq!(kinds, 2, "the date and the moment of the decision are dates: {row}");
    assert_eq!(book["已决定"].as_array().unwrap().len(), 2, "title and total");
    let by = book["参数"].as_array().unwrap().iter().find(|row| row[0][1] == "对账人");
    assert_eq!(by.map(|row| word(&row[1][1])), Some("财务甲".into()));
}

#[tokio::test]
async fn a_filtered_list_is_decided_at_once_after_its_count_and_sum_were_shown() {
    let scene = Scene::with([plain("TK1"), gap("TK5"), gap("TK6"), gap("TK7")]).await;
    scene.settle().exits(3);
    let all =
        ["decide", "--cause", "quantity_gap", "--shop", "S001", "--as", "ignored", "--note", "客户自提"];
    scene.run(&all).exits(3).says(&["3 returns, ¥ 359.40", "--yes"]);
    assert_eq!(scene.parked().len(), 3, "shown, not decided");
    scene.run(&[&all[..], &["--yes", "--by", "财务"]].concat()).exits(0).says(&["TK5", "TK6", "TK7"]);
    assert!(scene.parked().is_empty());
    for refund_no in ["TK5", "TK6", "TK7"] {
        let life = scene.why(refund_no);
        assert_eq!(
            (word(&life["decision"]["by"]), events(&life).last().unwrap().as_str()),
            ("财务".into(), "decided")
        );
    }
    scene.bills(&["TK1"]);
    scene.run(&[&all[..], &["--yes"]].concat()).exits(1).complains(&["nothing of this kind"]);
    scene.run(&["decide", "--shop", "S001", "--as", "booked", "--bill", "X"]).exits(2);
    scene.run(&["decide", "--as", "ignored"]).exits(2);
}

#[tokio::test]
async fn a_bill_of_another_day_is_believed_only_for_a_reason_and_the_difference_is_journalled() {
    let scene = with_gap().await;
    let mut bill = by_hand(&scene, "HAND-9");
    bill.date += chrono::TimeDelta::days(1);
    let (ours, theirs) = (scene.books.bills()[0].date, bill.date);
    scene.books.insert(bill);
    let booked = ["decide", "TK5", "--as", "booked", "--bill", "HAND-9", "--by", "财务"];
    scene.run(&booked).exits(3).complains(&["date: ours"]);
    assert_eq!(scene.parked().len(), 1);
    scene.run(&[&booked[..], &["--note", "下月入账"]].concat()).exits(0);
    let life = scene.why("TK5");
    let event = life["events"].as_array().unwrap().last().unwrap();
    let differs = &event["detail"]["differs"][0];
    assert_eq!((word(&differs["ours"]), word(&differs["theirs"])), (ours.to_string(), theirs.to_string()));
}
