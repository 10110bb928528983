//! A storm on both sides, over the real wire and in real time: calls are banned, slow and lost while rows move, and the
//! whole backlog stands in the books within a minute, each bill once and to the cent.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::{Fault, Faults as BookFaults, Site};
use rust_decimal::Decimal;
use tokio::net::TcpListener;
use tokio::time::Instant;
use wdt_qimen_sdk::mock::{Faults, Gateway, RowOrder, World};

use crate::end_to_end::killed::{refunded, setting, spread};
use crate::returns::now;
use crate::scene::{BOOKS_SECRET, Scene};

/// How many returns there are, where `STORM_REFUNDS` says nothing else.
const BACKLOG: usize = 800;
/// By when everything is settled, on a busy machine too.
const WITHIN: Duration = Duration::from_mins(1);
/// How often a row moves to now while everything is read.
const MOVES_EVERY: Duration = Duration::from_millis(250);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout, reason = "a seed to replay, and the figures")]
async fn a_storm_over_eight_hundred_moving_rows_is_settled_within_a_minute_and_loses_nothing() {
    let seed = setting("STORM_SEED").unwrap_or(20_261_128);
    println!("replay with STORM_SEED={seed}");
    let backlog = spread(setting("STORM_REFUNDS").unwrap_or(BACKLOG));
    let expected: BTreeMap<_, _> = backlog.iter().map(refunded).collect();
    let storm =
        Faults { limited: 0.06, slow: 0.05, lost: 0.12, delay: Duration::from_secs(1), ..Faults::none() };
    let shop = Gateway::builder().order(RowOrder::Shuffled).faults(storm).seed(seed);
    let scene = Scene::of(backlog, shop, Site::builder()).await;
    let storm = BookFaults::none().with(Fault::TooManyRequests, 0.06).with(Fault::ResetAfter, 0.12);
    let books = Site::builder()
        .app_secret(BOOKS_SECRET)
        .save_time(Duration::ZERO..=Duration::from_millis(300))
        .faults(storm)
        .seed(seed)
        .build();
    let listener = || async { TcpListener::bind("127.0.0.1:0").await.unwrap() };
    let shop_server = scene.shop.serve(listener().await).unwrap();
    let books_server = books.serve(listener().await).unwrap();
    scene.change(&format!("{}/router/qm", scene.shop_server.uri()), &shop_server.base_url());
    scene.change(&format!("{}/k3cloud/", scene.books_server.uri()), &books_server.base_url());

    let moving = tokio::spawn(keep_moving(scene.shop.world()));
    let began = Instant::now();
    let settle = |scene: Scene| {
        tokio::task::spawn_blocking(|| {
            scene.settle().exits(0);
            scene
        })
    };
    let scene = settle(scene).await.unwrap();
    moving.abort();
    // What moved behind the end of the first run is the next one's.
    let scene = settle(scene).await.unwrap();
    let took = began.elapsed();

    let mut found: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
    for bill in books.bills() {
        found.entry(bill.number).or_default().push(bill.all_amount);
    }
    let once: BTreeMap<_, _> = expected.into_iter().map(|(number, amount)| (number, vec![amount])).collect();
    println!(
        "{} returns settled in {took:.1?}: {} calls to 旺店通, {} to 金蝶",
        once.len(),
        scene.shop.counts().arrivals,
        books.counts().arrivals
    );
    assert!(found == once, "STORM_SEED={seed}: {found:?}");
    assert!(took < WITHIN, "STORM_SEED={seed}: {took:?}");
}

/// Rows are touched in 旺店通 all the time: each goes to the list's end.
async fn keep_moving(world: World) {
    let numbers: Vec<_> = world.refunds().iter().map(wdt_qimen_sdk::mock::MockRefund::refund_no).collect();
    for number in numbers.iter().rev().cycle() {
        tokio::time::sleep(MOVES_EVERY).await;
        world.edit(number, |row| row.touch(now() - TimeDelta::seconds(1)));
    }
}
