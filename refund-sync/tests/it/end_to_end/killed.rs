//! The binary is killed in the middle of its work, again and again: nothing is doubled and nothing is missing.

use std::process::Stdio;
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Commit, Site};
use tokio::net::TcpListener;

use crate::returns::{many, number};
use crate::scene::{BOOKS_SECRET, Scene};

const RETURNS: usize = 90;

/// A whole number from the seed, below `below`.
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// Saves take time here and go on when their caller is gone, as in 金蝶; the configuration waits longer than they take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_in_the_middle_of_a_backlog_doubles_and_loses_nothing() {
    let seed = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_120);
    println!("replay with KILL_SEED={seed}");
    let mut dice = seed;
    let scene = Scene::with(many(RETURNS)).await;
    let books = Site::builder()
        .app_secret(BOOKS_SECRET)
        .commit(Commit::Together)
        .save_time(Duration::from_millis(300)..=Duration::from_millis(700))
        .seed(seed)
        .build();
    let server = books.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    scene.change(&format!("{}/k3cloud/", scene.books_server.uri()), &server.base_url());
    scene.add("kingdee", "batch_size = 10");
    scene.add("wdt", "page_size = 20");

    for kill in 1..=5 {
        let mut command = scene.command(&["run", "--until-settled", "--timeout", "60s"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let before = books.bills().len();
        // Killed some time after a call arrived, mostly while the books still work on it.
        let calls = || books.counts().calls.get("BatchSave").copied().unwrap_or_default();
        let (calls_before, patience) = (calls(), tokio::time::Instant::now() + Duration::from_secs(20));
        while calls() == calls_before && tokio::time::Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(draw(&mut dice, 300))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        println!("kill {kill}: {} bills before, {} after", before, books.bills().len());
    }
    assert!(books.bills().len() < RETURNS, "the kills came too late to prove anything");

    scene.settle().exits(0);
    let mut numbers: Vec<_> = books.bills().into_iter().map(|bill| bill.number).collect();
    numbers.sort();
    assert_eq!(numbers, (1..=RETURNS).map(number).collect::<Vec<_>>(), "KILL_SEED={seed}");
    assert_eq!(scene.status()["documents"]["confirmed"], RETURNS);
}
