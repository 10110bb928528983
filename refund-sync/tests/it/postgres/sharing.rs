//! Residents of one configuration divide its pipelines: each has its share, whoever comes gets one, and what somebody
//! leaves is taken over.

use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use super::cluster::Database;
use super::workers::{ended, on, signal};
use crate::scene::Scene;

/// Two hundred, in a debug build, want an idle machine: `SHARED_PIPELINES=200`.
fn pipelines() -> usize {
    std::env::var("SHARED_PIPELINES").map_or(24, |count| count.parse().unwrap())
}

/// However one leaves: its sessions end 15 s after the last word, and the others look every 5 s. Twice that: a test machine
/// has more to do.
const TAKEN_OVER: Duration = Duration::from_mins(1);
/// A debug build on a busy machine opens fifty connections.
const SETTLED: Duration = Duration::from_mins(4);

/// So many pipelines that share nothing, and do nothing for this year.
async fn idle(database: &Database) -> Scene {
    let scene = Scene::with([]).await;
    on(database, &scene);
    scene.change("name = \"main\"", "name = \"main\"\nschedule = \"0 4 29 2 *\"");
    let whole = std::fs::read_to_string(scene.config()).unwrap();
    let (head, pipeline) = whole.split_once("[[pipeline]]").unwrap();
    let mut many = head.to_owned();
    for at in 0..pipelines() {
        let pipeline = pipeline
            .replace("name = \"main\"", &format!("name = \"p{at}\""))
            .replace("\nsid = \"", &format!("\nsid = \"s{at}"))
            .replace("\nusername = \"", &format!("\nusername = \"u{at}"));
        writeln!(many, "[[pipeline]]{pipeline}").unwrap();
    }
    std::fs::write(scene.config(), many).unwrap();
    scene
}

fn resident(scene: &Scene) -> Child {
    let mut serve = scene.command(&["serve"]);
    serve.env("REFUND_SYNC__SERVER__LISTEN", "127.0.0.1:0");
    // What it says of each pipeline is more than a pipe holds.
    serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How many lock groups each of these works.
async fn shares(database: &Database, residents: &[Child]) -> Vec<i64> {
    let mut shares = Vec::new();
    for resident in residents {
        let sql = format!(
            "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
             WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND datname = current_database()
               AND application_name LIKE '%(process {} %'",
            resident.id()
        );
        shares.push(database.number(&sql).await);
    }
    shares
}

/// Waits until every pipeline is worked and nobody has more than a share.
async fn until_shared(database: &Database, residents: &[Child], patience: Duration) -> Duration {
    let (all, share) = (i64::try_from(pipelines()).unwrap(), pipelines().div_ceil(residents.len()));
    let began = Instant::now();
    loop {
        let shares = shares(database, residents).await;
        if shares.iter().sum::<i64>() == all
            && shares.iter().all(|has| usize::try_from(*has).unwrap() <= share)
        {
            return began.elapsed();
        }
        assert!(began.elapsed() < patience, "of {all}: {shares:?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_are_divided_among_four_residents_whoever_comes_and_goes() {
    let Some(database) = Database::make().await else { return };
    let scene = idle(&database).await;
    let mut residents = vec![resident(&scene)];
    until_shared(&database, &residents, SETTLED).await;
    residents.extend((0..3).map(|_| resident(&scene)));
    let took = until_shared(&database, &residents, SETTLED).await;
    println!("three more: shared after {took:?}");

    let mut killed = residents.remove(0);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let took = until_shared(&database, &residents, TAKEN_OVER).await;
    println!("one killed: taken over after {took:?}");

    // Frozen, it says nothing any more: the server lets go of what it had.
    let frozen = residents.remove(0);
    signal(&frozen, "-STOP");
    let took = until_shared(&database, &residents, TAKEN_OVER).await;
    println!("one frozen: taken over after {took:?}");
    signal(&frozen, "-CONT");
    residents.push(frozen);
    until_shared(&database, &residents, SETTLED).await;

    for child in residents {
        signal(&child, "-TERM");
        assert_eq!(ended(child).0, Some(0));
    }
}
