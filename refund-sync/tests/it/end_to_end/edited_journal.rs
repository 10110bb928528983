//! A journal that was edited by hand, or that a configuration no longer fits: repaired or refused in a defined way, and
//! no bill is missed or doubled by it.

use chrono::TimeDelta;
use rusqlite::{Connection, params};

use crate::returns::{many, now, number, plain, text};
use crate::scene::{Scene, flags, word};

/// Works on the journal behind the program's back.
fn edit(scene: &Scene, sql: &str) {
    let journal = Connection::open(scene.database()).unwrap();
    journal.execute_batch("PRAGMA ignore_check_constraints = on").unwrap();
    assert!(journal.execute(sql, params![]).unwrap() > 0, "{sql} changes nothing");
}

async fn synced(count: usize) -> Scene {
    let scene = Scene::with(many(count)).await;
    scene.settle().exits(0);
    scene
}

fn once_each(scene: &Scene, count: usize) {
    let numbers: Vec<_> = (1..=count).map(number).collect();
    scene.bills(&numbers.iter().map(String::as_str).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_gap_in_the_ledger_is_read_again_and_what_it_hid_is_written() {
    let scene = synced(3).await;
    let hidden = text(now() - TimeDelta::hours(12));
    edit(&scene, &format!("UPDATE \"window\" SET \"end\" = '{hidden}' WHERE state = 'settled'"));
    // In the part that no window shows any more.
    scene.shop.world().push(plain("TK0004"));
    scene.settle().exits(0).complains(&[
        "ledger of pipeline \"main\" is not whole",
        &hidden,
        "is read again",
    ]);
    once_each(&scene, 4);
    assert_eq!(scene.arrivals_of("TK0001"), 1, "read twice, written once");
    let quiet = scene.run(&["run"]).exits(0);
    assert!(!quiet.err.contains("not whole"), "{}", quiet.err);
}

#[tokio::test]
async fn windows_in_the_wrong_order_or_in_the_future_are_forgotten() {
    for edited in [
        "UPDATE \"window\" SET start = \"end\", \"end\" = start WHERE state = 'settled'",
        "UPDATE \"window\" SET \"end\" = '2099-01-01 00:00:00' WHERE state = 'settled'",
        "UPDATE \"window\" SET start = 'yesterday' WHERE state = 'settled'",
        "UPDATE pipeline SET cursor = '2099-01-01 00:00:00'",
        "UPDATE pipeline SET began = '2099-01-01 00:00:00', cursor = NULL",
        "DELETE FROM \"window\"",
    ] {
        let scene = synced(2).await;
        edit(&scene, edited);
        let mut fresh = plain("TK0003");
        fresh.touch(now());
        scene.shop.world().push(fresh);
        scene.settle().exits(0).complains(&["not whole"]);
        scene.run(&["status"]).exits(0);
        scene.run(&[
            "backfill",
            "--from",
            &text(now() - TimeDelta::days(1))[..10],
            "--to",
            &text(now())[..10],
        ]);
        once_each(&scene, 3);
        assert!(word(&scene.status()["cursor"]) < text(now() + TimeDelta::minutes(1)), "{edited}");
        for number in ["TK0001", "TK0002", "TK0003"] {
            assert_eq!(scene.arrivals_of(number), 1, "{edited}: {number}");
        }
    }
}

/// Edits what the journal holds of TK0002: its texts stand apart from what moves.
fn edit_document(scene: &Scene, edited: &str) {
    let is_text = |part: &&str| part.starts_with("bill") || part.starts_with("source");
    let (texts, moving): (Vec<_>, Vec<_>) = edited.split(", ").partition(is_text);
    let which = "refund_no = 'TK0002'";
    edit(scene, &format!("UPDATE document SET {} WHERE {which}", moving.join(", ")));
    for text in texts {
        let of = format!("(SELECT id FROM document WHERE {which})");
        edit(scene, &format!("UPDATE content SET {text} WHERE document = {of}"));
    }
}

#[tokio::test]
async fn a_document_in_a_state_that_cannot_be_is_parked_and_a_retry_settles_it_without_a_second_bill() {
    for (edited, healed) in [
        ("state = 'saved', fid = NULL", "confirmed"),
        ("fid = NULL", "confirmed"),
        ("state = 'mapped', fid = NULL, bill = NULL", "confirmed"),
        ("state = 'intended', fid = NULL, sends = 0", "confirmed"),
        ("state = 'seen'", "confirmed"),
        ("state = 'seen', fid = NULL, source = NULL", "confirmed"),
        ("state = 'parked'", "confirmed"),
        ("state = 'lost'", "confirmed"),
        ("state = 'mapped', fid = NULL, attempts = -1", "confirmed"),
    ] {
        let scene = synced(3).await;
        edit_document(&scene, edited);
        scene.run(&["run"]).exits(3).says(&["parked broken ("]).complains(&["TK0002", "contradicts itself"]);
        let life = scene.why("TK0002");
        let reason = &life["reasons"][0];
        assert_eq!((word(&life["state"]).as_str(), word(&reason["cause"]).as_str()), ("parked", "broken"));
        assert!(word(&reason["remedy"]).contains("looked up in 金蝶 first"), "{edited}: {reason}");
        scene.run(&["run"]).exits(0);
        scene.run(&["retry", "TK0002"]).exits(0);
        let life = scene.why("TK0002");
        assert_eq!(word(&life["state"]), healed, "{edited}: {life}");
        assert!(flags(&life).is_empty(), "{edited}: {life}");
        once_each(&scene, 3);
        assert_eq!(scene.arrivals_of("TK0002"), 1, "{edited}: sent once");
    }
}

#[tokio::test]
async fn a_bill_that_is_no_bill_holds_up_nobody_and_is_parked() {
    for state in ["mapped", "intended", "saved"] {
        let scene = synced(3).await;
        let fid = if state == "saved" { "fid" } else { "NULL" };
        edit_document(&scene, &format!("state = '{state}', bill = '{{\"number\":', fid = {fid}"));
        scene.settle().exits(3).says(&["parked broken ("]);
        scene.run(&["retry", "--all"]).exits(0).says(&["adopted 1"]);
        once_each(&scene, 3);
        assert_eq!(scene.arrivals_of("TK0002"), 1, "{state}");
    }
}

#[tokio::test]
async fn a_document_put_back_by_hand_is_found_in_the_books_not_sent_twice() {
    let scene = synced(3).await;
    edit(&scene, "UPDATE document SET state = 'seen', mark = NULL, fid = NULL, sends = 0");
    edit(&scene, "UPDATE content SET bill = NULL");
    scene.settle().exits(0).says(&["adopted 3", "saved 0"]);
    once_each(&scene, 3);
}

#[tokio::test]
async fn a_renamed_pipeline_keeps_its_ledger_and_its_documents() {
    let scene = synced(3).await;
    let before = scene.status();
    // The accounts are known from the second start on.
    scene.run(&["run"]).exits(0);
    scene.change("name = \"main\"", "name = \"shop\"");
    scene.run(&["run"]).exits(0).complains(&["\"main\"", "is called \"shop\" now"]).says(&["new 0"]);
    let after = scene.status();
    assert_eq!(word(&after["pipeline"]), "shop");
    assert_eq!(after["documents"], before["documents"]);
    assert_eq!(word(&scene.why("TK0001")["pipeline"]), "shop");
    once_each(&scene, 3);
    assert_eq!(scene.arrivals_of("TK0001"), 1);
    let quiet = scene.run(&["run"]).exits(0);
    assert!(!quiet.err.contains("is called"), "{}", quiet.err);
}

#[tokio::test]
async fn other_accounts_under_the_same_name_are_refused_before_anything_is_read() {
    for (from, to) in [("65f0c0ffee0001", "65f0c0ffee0002"), ("sid = \"demo2\"", "sid = \"other2\"")] {
        let scene = synced(2).await;
        scene.run(&["run"]).exits(0);
        let arrivals = (scene.shop.counts().arrivals, scene.books.counts().arrivals);
        scene.change(from, to);
        for args in [&["run"][..], &["retry", "--all"]] {
            scene.run(args).exits(1).complains(&[
                "belong to",
                "another name",
                "[store] url",
                "Nothing was changed",
            ]);
        }
        assert_eq!((scene.shop.counts().arrivals, scene.books.counts().arrivals), arrivals);
        scene.run(&["status"]).exits(0);
        scene.change(to, from);
        scene.run(&["run"]).exits(0);
    }
}

#[tokio::test]
async fn a_wrong_account_that_never_had_a_bill_is_simply_mended() {
    let scene = Scene::with(many(2)).await;
    scene.change("65f0c0ffee0001", "65f0c0ffee9999");
    scene.settle().exits(1);
    scene.settle().exits(1);
    scene.change("65f0c0ffee9999", "65f0c0ffee0001");
    scene.settle().exits(0);
    once_each(&scene, 2);
}

#[tokio::test]
async fn a_start_from_later_than_the_ledger_skips_nothing_and_is_named() {
    let scene = synced(2).await;
    let config = std::fs::read_to_string(scene.config()).unwrap();
    let start = config.lines().find(|line| line.starts_with("start_from")).unwrap();
    scene.change(start, &format!("start_from = \"{}\"", text(now() + TimeDelta::days(3))));
    let mut late = plain("TK0003");
    late.touch(now());
    scene.shop.world().push(late);
    scene.run(&["run"]).exits(0).complains(&[
        "start_from",
        "later than its ledger",
        "nothing in between is skipped",
    ]);
    scene.settle().exits(0);
    once_each(&scene, 3);
}
