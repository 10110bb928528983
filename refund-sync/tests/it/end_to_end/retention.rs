//! A journal whose past was pruned: `why` says so, and everything that is promised holds as before.

use chrono::TimeDelta;
use rusqlite::Connection;

use crate::returns::{now, plain, set_line, text};
use crate::scene::{Scene, events, flags};

/// A scene with one return that was written more than 400 days ago, as far as the journal can tell.
async fn long_ago() -> Scene {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let days = 401_i64 * 86_400 * 1_000_000;
    let journal = Connection::open(scene.database()).unwrap();
    journal.execute("UPDATE event SET at = at - ?1", [days]).unwrap();
    journal.execute("UPDATE run SET started = started - ?1", [days]).unwrap();
    // A day has gone by.
    journal.execute("UPDATE pipeline SET pruned_at = pruned_at - ?1", [days]).unwrap();
    scene
}

#[tokio::test]
async fn what_is_older_than_keep_days_is_pruned_and_why_says_so() {
    let scene = long_ago().await;
    let before = scene.why("TK1");
    assert!(before["pruned_until"].is_null());
    scene.settle().exits(0);
    let after = scene.why("TK1");
    assert!(events(&after).is_empty());
    assert_eq!(
        after["pruned_until"],
        *before["events"].as_array().unwrap().last().unwrap()["at"].as_str().unwrap()
    );
    for kept in ["state", "bill_no", "fid", "date", "bill", "refund"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    scene.run(&["why", "TK1"]).exits(0).says(&["keep_days"]);
    let today = now().date().to_string();
    scene.run(&["reconcile", "--from", &today, "--to", &today]).exits(0);
}

#[tokio::test]
async fn a_return_that_changes_after_its_past_was_pruned_is_noticed_and_not_written_again() {
    let scene = long_ago().await;
    scene.settle().exits(0);
    scene.shop.world().edit("TK1", |row| {
        set_line(row, "refund_order_amount", "100.0000");
        row.touch(now());
    });
    scene.settle().exits(3);
    assert_eq!(flags(&scene.why("TK1")), ["changed"]);
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

#[tokio::test]
async fn windows_that_were_pruned_are_no_gap_in_the_ledger() {
    let scene = long_ago().await;
    let journal = Connection::open(scene.database()).unwrap();
    let long_ago = text(now() - TimeDelta::days(450));
    journal.execute("UPDATE pipeline SET began = ?1", [&long_ago]).unwrap();
    let days = text(now() - TimeDelta::days(410));
    for (start, end, at) in
        [(&long_ago, &days, "at - 405 * 86400000000"), (&days, &text(now() - TimeDelta::hours(1)), "at")]
    {
        let sql = format!(
            "INSERT INTO \"window\" (pipeline, run, start, \"end\", state, seen, calls, at)
             SELECT pipeline, run, ?1, ?2, 'settled', 0, 1, {at} FROM \"window\" WHERE state = 'settled' LIMIT 1"
        );
        assert_eq!(journal.execute(&sql, [start, end]).unwrap(), 1);
    }
    scene.settle().exits(0);
    let windows = || -> i64 {
        journal
            .query_row("SELECT count(*) FROM \"window\" WHERE start < ?1", [&days], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(windows(), 0, "the oldest is gone");
    let calls = scene.shop.counts().arrivals;
    let done = scene.run(&["run"]).exits(0);
    assert!(!done.err.contains("not whole"), "{}", done.err);
    assert_eq!(scene.shop.counts().arrivals, calls + 1, "nothing is read again");
}

#[tokio::test]
async fn keep_days_0_keeps_everything() {
    let scene = long_ago().await;
    scene.change("[store]\n", "[store]\nkeep_days = 0\n");
    scene.settle().exits(0);
    let life = scene.why("TK1");
    assert!(life["pruned_until"].is_null() && !events(&life).is_empty());
}
