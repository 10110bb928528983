//! Days off, and busy days: reading catches up in small windows, of which a failure costs one at most; and a window
//! however full is read in flat memory.

use std::process::Stdio;
use std::time::Duration;

use chrono::TimeDelta;
use rusqlite::Connection;
use tokio::net::TcpListener;
use wdt_qimen_sdk::mock::MockRefund;

use crate::memory::peak_of;
use crate::returns::{many, now, number, text};
use crate::scene::Scene;

/// How many rows the hot window holds, where `HOT_ROWS` says nothing else. `HOT_ROWS=100000` is the size that is
/// promised.
const USUALLY: usize = 5_000;
/// Peak memory that is promised, in KiB.
const PROMISED_KIB: u64 = 64 * 1024;

/// Each row at a time of its own, over the hours before now.
fn spread(mut returns: Vec<MockRefund>, hours: usize) -> Vec<MockRefund> {
    let count = returns.len();
    for (n, row) in returns.iter_mut().enumerate() {
        let seconds = 60 + hours * 3_600 * n / count;
        row.touch(now() - TimeDelta::seconds(i64::try_from(seconds).unwrap()));
    }
    returns
}

/// Nine days behind, with 300 returns; pages of ten, windows of at most four pages.
async fn nine_days_off() -> Scene {
    let scene = Scene::with(spread(many(300), 8 * 24)).await;
    let config = std::fs::read_to_string(scene.config()).unwrap();
    let start = config.lines().find(|line| line.starts_with("start_from")).unwrap();
    scene.change(start, &format!("start_from = \"{}\"", text(now() - TimeDelta::days(9))));
    scene.add("wdt", "page_size = 10\nwindow_pages = 4");
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn after_days_off_reading_catches_up_in_small_windows_and_a_failure_costs_one_at_most() {
    let undisturbed = nine_days_off().await;
    undisturbed.settle().exits(0);
    let needed = undisturbed.shop.counts().arrivals;

    let scene = nine_days_off().await;
    let kills = 4;
    for kill in 1..=kills {
        let calls = needed * kill / (kills + 1);
        let mut command = scene.command(&["run", "--until-settled", "--timeout", "3m"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while scene.shop.counts().arrivals < calls && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    scene.settle().exits(0);
    let numbers: Vec<_> = (1..=300).map(number).collect();
    scene.bills(&numbers.iter().map(String::as_str).collect::<Vec<_>>());

    let journal = Connection::open(scene.database()).unwrap();
    let fullest = "SELECT max(seen) FROM \"window\" WHERE state = 'settled'";
    let fullest: i64 = journal.query_row(fullest, [], |row| row.get(0)).unwrap();
    assert!(fullest <= 40, "{fullest} rows in one window of four pages of ten");
    // A window is asked how full it is, cut, and walked: what was asked of it before a kill is asked again, and no more.
    let (spent, window) = (scene.shop.counts().arrivals, 4 + 4);
    println!("{needed} calls undisturbed, {spent} with {kills} kills");
    assert!(spent <= needed + kills * window, "{spent} calls instead of {needed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_however_full_is_read_in_flat_memory() {
    let rows = std::env::var("HOT_ROWS").map_or(USUALLY, |text| text.parse().unwrap());
    let scene = Scene::with(spread(many(rows), 20)).await;
    let server = scene.shop.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    scene.change(&format!("{}/router/qm", scene.shop_server.uri()), &server.base_url());
    // All of it is hot, and none of it may be written: the books let nobody in.
    scene.change("overlap_seconds = 1\n", "overlap_seconds = 86400\npage_size = 100\n");
    let mut command = scene.command(&["run"]);
    command.env("KINGDEE_APP_SECRET", "another-secret").stdout(Stdio::null()).stderr(Stdio::null());
    let (code, peak) = peak_of(command.spawn().unwrap()).await;
    assert_eq!(code, 1);
    let documents = scene.status()["documents"].clone();
    let read: u64 = documents.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(read, rows as u64, "{documents}");
    println!("{rows} rows in one hot window: peak {peak} KiB");
    assert!(peak > 0 && peak <= PROMISED_KIB, "{peak} KiB");
}
