//! The binary is killed at any moment of its work, again and again: nothing is missing, doubled or wrong, and it is
//! back at work at once.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::{Commit, Site};
use rust_decimal::Decimal;
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio::time::Instant;
use wdt_qimen_sdk::mock::MockRefund;

use crate::postgres::cluster::Database;
use crate::returns::{many, now, number};
use crate::scene::{BOOKS_SECRET, Scene};

/// How often and over how many returns, where `KILLS` and `BACKLOG` say nothing else: what fits a run on every change.
const USUALLY: (usize, usize) = (10, 400);
/// No life of the program is longer, in milliseconds.
const LONGEST_LIFE: u64 = 2_000;
/// How soon it must have ended once it is asked to: the longest save, a look-up and a busy machine.
const DRAINED: Duration = Duration::from_secs(10);
/// How soon after its start the program must be at work.
const AT_WORK: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_at_any_moment_of_a_backlog_doubles_and_loses_nothing() {
    kills_over_a_backlog("sqlite:refund-sync.db").await;
}

/// Asked to end it ends with its call, so that nothing is in doubt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_at_any_moment_of_a_backlog_ends_with_the_call_and_loses_nothing() {
    let mut dice = setting("KILL_SEED").unwrap_or(20_261_124);
    println!("replay with KILL_SEED={dice}");
    let (scene, books, _servers) = on_simulators(spread(100), dice).await;
    scene.add("kingdee", "batch_size = 5");
    for _ in 0..5 {
        let mut command = scene.command(&["run", "--until-settled", "--timeout", "60s"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(200 + draw(&mut dice, LONGEST_LIFE))).await;
        std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
        let asked = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(asked.elapsed() < DRAINED, "it goes on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(scene.status()["documents"]["intended"], 0, "a bill is in doubt");
    }
    assert!(books.bills().len() < 100, "asked too late to prove anything");
    scene.settle().exits(0);
    let mut numbers: Vec<_> = books.bills().into_iter().map(|bill| bill.number).collect();
    numbers.sort();
    assert_eq!(numbers, (1..=100).map(number).collect::<Vec<_>>());
    assert!(books.counts().saves.values().all(|&calls| calls == 1), "nothing was sent twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_at_any_moment_of_a_backlog_doubles_and_loses_nothing_on_postgresql() {
    let Some(database) = Database::make().await else { return };
    kills_over_a_backlog(database.url().expose_secret()).await;
}

/// Saves take time here and go on when their caller is gone, as in 金蝶; the configuration waits longer than they take.
async fn on_simulators(backlog: Vec<MockRefund>, seed: u64) -> (Scene, Site, impl Sized) {
    let scene = Scene::with(backlog).await;
    let books = Site::builder()
        .app_secret(BOOKS_SECRET)
        .commit(Commit::Together)
        .save_time(Duration::from_millis(300)..=Duration::from_millis(700))
        .seed(seed)
        .build();
    // `wiremock` keeps every request: too much here.
    let listener = || async { TcpListener::bind("127.0.0.1:0").await.unwrap() };
    let shop_server = scene.shop.serve(listener().await).unwrap();
    let books_server = books.serve(listener().await).unwrap();
    scene.change(&format!("{}/router/qm", scene.shop_server.uri()), &shop_server.base_url());
    scene.change(&format!("{}/k3cloud/", scene.books_server.uri()), &books_server.base_url());
    scene.add("wdt", "page_size = 100");
    (scene, books, (shop_server, books_server))
}

#[allow(clippy::print_stdout, reason = "a seed to replay, and the figures")]
pub(crate) async fn kills_over_a_backlog(store: &str) {
    let seed = setting("KILL_SEED").unwrap_or(20_261_120);
    println!("replay with KILL_SEED={seed}");
    let mut dice = seed;
    let kills = setting("KILLS").unwrap_or(USUALLY.0);
    let backlog = spread(setting("BACKLOG").unwrap_or(USUALLY.1));
    let expected: BTreeMap<_, _> = backlog.iter().map(refunded).collect();

    let (scene, books, _servers) = on_simulators(backlog, seed).await;
    scene.change("sqlite:refund-sync.db", store);
    // With PostgreSQL what was under way at a kill waits as long for its answer as the worker that was killed.
    scene.change("timeout_seconds = 60\nresend", "timeout_seconds = 5\nresend");
    // A life writes about two batches: the backlog must outlast the kills.
    scene.add("kingdee", &format!("batch_size = {}", (expected.len() / kills / 4).clamp(1, 50)));

    let mut awakenings = Vec::new();
    for _ in 0..kills {
        let life = Duration::from_millis(draw(&mut dice, LONGEST_LIFE));
        let mut command = scene.command(&["run", "--until-settled", "--timeout", "60s"]);
        let (calls, started) = (scene.shop.counts().arrivals, Instant::now());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while started.elapsed() < life {
            if scene.shop.counts().arrivals > calls {
                awakenings.push(started.elapsed());
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(life.saturating_sub(started.elapsed())).await;
        // A life that ended by itself is no kill.
        assert!(child.try_wait().unwrap().is_none(), "ended before it was killed: KILL_SEED={seed}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let written = books.bills().len();
    assert!(written < expected.len(), "the kills came too late to prove anything");

    scene.run(&["run", "--until-settled", "--timeout", "4m"]).exits(0);
    let mut found: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
    for bill in books.bills() {
        found.entry(bill.number).or_default().push(bill.all_amount);
    }
    let once = expected.into_iter().map(|(number, amount)| (number, vec![amount])).collect();
    assert!(found == once, "KILL_SEED={seed}: {found:?}");
    assert_eq!(scene.status()["documents"]["confirmed"], once.len());

    awakenings.sort();
    let slowest = awakenings.last().copied().unwrap_or_default();
    println!(
        "{kills} kills over {} returns, {written} written by the last kill; at work after {:?} (median of {}), {slowest:?} at the most",
        once.len(),
        awakenings[awakenings.len() / 2],
        awakenings.len(),
    );
    assert!(slowest < AT_WORK, "{slowest:?}");
}

/// `count` returns, changed at times of their own over a whole day.
pub(crate) fn spread(count: usize) -> Vec<MockRefund> {
    let mut returns = many(count);
    for (n, row) in returns.iter_mut().enumerate() {
        let seconds = i64::try_from(7_200 + 72_000 * n / count).unwrap();
        row.touch(now() - TimeDelta::seconds(seconds));
    }
    returns
}

/// What a return must be in the books: its number and its amount.
pub(super) fn refunded(row: &MockRefund) -> (String, Decimal) {
    let amount = Decimal::from_str_exact(&row.text("refund_amount")).unwrap();
    (row.refund_no(), amount)
}

/// A number from the environment.
pub(super) fn setting<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// A whole number from the seed, below `below`.
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}
