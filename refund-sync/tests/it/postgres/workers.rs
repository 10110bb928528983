//! Several workers on one database: killed, cut off or paused in the middle, and still each bill once.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use kingdee_k3cloud_sdk::mock::{Commit, Server, Site};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::cluster::Database;
use super::link::Link;
use crate::returns::{many, now, number, plain};
use crate::scene::{BOOKS_SECRET, Scene, word};

/// Keeps the journal of `scene` in `database`.
pub(super) fn on(database: &Database, scene: &Scene) {
    scene.change("sqlite:refund-sync.db", database.url().expose_secret());
}

/// A backlog and books whose saves take time, and go on when their caller is gone.
pub(super) struct Backlog {
    pub(super) returns: usize,
    pub(super) scene: Scene,
    pub(super) books: Site,
    _server: Server,
    pub(super) database: Database,
}

impl Backlog {
    pub(super) async fn of(returns: usize, seed: u64) -> Option<Self> {
        let database = Database::make().await?;
        let scene = Scene::with(many(returns)).await;
        let books = Site::builder()
            .app_secret(BOOKS_SECRET)
            .commit(Commit::OneByOne)
            .save_time(Duration::from_millis(50)..=Duration::from_millis(150))
            .seed(seed)
            .build();
        let server = books.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        scene.change(&format!("{}/k3cloud/", scene.books_server.uri()), &server.base_url());
        on(&database, &scene);
        // What a lost worker had under way is looked at 10 s and this time after its intent.
        scene.change("timeout_seconds = 60\nresend", "timeout_seconds = 2\nresend");
        scene.add("kingdee", "batch_size = 5");
        Some(Self { returns, scene, books, _server: server, database })
    }

    fn worker(&self) -> Child {
        self.worker_over(&self.database.url())
    }

    /// A worker that takes another way to the database.
    fn worker_over(&self, url: &SecretString) -> Child {
        let mut run = self.scene.command(&["run", "--until-settled", "--timeout", "60s"]);
        run.env("REFUND_SYNC__STORE__URL", url.expose_secret());
        run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits for the beginning of a call; it takes a good part of a second.
    pub(super) async fn until_intent(&self) {
        self.until_bills(0, Duration::from_secs(20)).await;
        let batches = "SELECT max(id) FROM refund_sync.batch";
        let before = self.database.number(batches).await;
        while self.database.number(batches).await == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn until_bills(&self, more_than: usize, patience: Duration) {
        let until = Instant::now() + patience;
        while self.books.bills().len() <= more_than {
            assert!(Instant::now() < until, "nobody writes: {} bills", self.books.bills().len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until somebody writes another bill than these.
    pub(super) async fn until_others(&self, known: &BTreeSet<String>, patience: Duration) {
        let until = Instant::now() + patience;
        while self.books.bills().iter().all(|bill| known.contains(&bill.number)) {
            assert!(Instant::now() < until, "nobody goes on");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The bills that stand and those that may be under way.
    pub(super) async fn begun(&self) -> BTreeSet<String> {
        let under_way = "SELECT refund_no FROM refund_sync.document WHERE state = 'intended'";
        let written = self.books.bills().into_iter().map(|bill| bill.number);
        written.chain(self.database.words(under_way).await).collect()
    }

    /// Every bill once, and the journal knows it.
    pub(super) fn prove(&self) {
        let mut numbers: Vec<_> = self.books.bills().into_iter().map(|bill| bill.number).collect();
        numbers.sort();
        assert_eq!(numbers, (1..=self.returns).map(number).collect::<Vec<_>>());
        assert_eq!(self.scene.status()["documents"]["confirmed"], self.returns);
    }
}

/// What a worker said until it ended, and its exit code.
pub(super) fn ended(child: Child) -> (Option<i32>, String) {
    let ended = child.wait_with_output().unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

pub(super) fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_workers_one_works_and_when_it_is_cut_off_another_goes_on_within_30_seconds() {
    let Some(backlog) = Backlog::of(120, 2).await else { return };
    let mut workers: Vec<_> = (0..4).map(|_| backlog.worker()).collect();
    for cut in 1..=3 {
        backlog.until_bills(backlog.books.bills().len() + 4, Duration::from_secs(30)).await;
        assert!(backlog.books.bills().len() < 100, "cut {cut} comes too late to prove anything");
        backlog.database.cut_off_holders().await;
        // Whoever ended, because of the cut or because another one works, stands by again.
        tokio::time::sleep(Duration::from_millis(300)).await;
        for worker in &mut workers {
            if worker.try_wait().unwrap().is_some() {
                let (code, said) = ended(std::mem::replace(worker, backlog.worker()));
                assert_eq!(code, Some(1), "{said}");
                assert!(
                    said.contains("is working on the journal") || said.contains("the session with"),
                    "{said}"
                );
            }
        }
    }
    let codes: Vec<_> = workers.into_iter().map(|worker| ended(worker).0).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    backlog.prove();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_way_to_the_database_is_cut_another_worker_goes_on() {
    another_goes_on_beside(Link::cut, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_way_to_the_database_freezes_another_worker_goes_on() {
    another_goes_on_beside(Link::freeze, 5).await;
}

/// Of two workers the first loses its database in the middle of a call: within 30 s the second reads and writes what the
/// first has not begun; what it had under way is looked up when its call must be over, found, and not sent again.
async fn another_goes_on_beside(trouble: fn(&Link), seed: u64) {
    let Some(mut backlog) = Backlog::of(60, seed).await else { return };
    backlog.returns += 1;
    let Backlog { scene, books, database, .. } = &backlog;
    let link = Link::to(database).await;
    let lost = backlog.worker_over(&link.url);
    backlog.until_intent().await;
    trouble(&link);
    let since = Instant::now();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let under_way =
        database.words("SELECT refund_no FROM refund_sync.document WHERE state = 'intended'").await;
    let known: BTreeSet<_> =
        books.bills().into_iter().map(|bill| bill.number).chain(under_way.clone()).collect();
    assert!(!under_way.is_empty() && known.len() < 50, "the trouble missed its moment");
    let mut late = plain(&number(61));
    late.touch(now());
    scene.shop.world().extend([late]);

    let mut other = backlog.worker();
    while books.bills().iter().all(|bill| known.contains(&bill.number)) {
        assert!(since.elapsed() < Duration::from_secs(30), "nobody goes on");
        tokio::time::sleep(Duration::from_millis(100)).await;
        if other.try_wait().unwrap().is_some() {
            let (code, said) = ended(std::mem::replace(&mut other, backlog.worker()));
            assert!(code == Some(1) && said.contains("is working on the journal"), "{said}");
        }
    }
    let (code, said) = ended(other);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = ended(lost);
    assert!(code == Some(1) && said.contains("the session with the journal"), "{said}");
    backlog.prove();
    for number in under_way {
        assert_eq!(books.counts().saves[&number], 1, "{number} was found, not sent again");
        let life = scene.why(&number);
        let events = life["events"].as_array().unwrap();
        let doubt = events.iter().position(|event| event["event"] == "fate_unknown").unwrap();
        let over = word(&events[doubt]["detail"]["over_at"]);
        let time = |text: &str| DateTime::parse_from_rfc3339(text).unwrap();
        let waits = time(&over) - time(&word(&events[doubt - 1]["at"]));
        assert!(waits > TimeDelta::seconds(11), "10 s and the limit of the call: {waits}");
        assert!(word(&events[doubt + 1]["at"]) >= over, "{number} was touched before {over}: {life}");
    }
}

/// The quota makes a worker wait between its intent and its call: there it is stopped, and misses its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_paused_between_intent_and_call_never_makes_the_call() {
    let Some(backlog) = Backlog::of(4, 3).await else { return };
    let Backlog { scene, books, database, .. } = &backlog;
    scene.change("batch_size = 5", "batch_size = 1");
    scene.change(
        "quota_per_minute = 60000\ntimeout_seconds = 2\n",
        "quota_per_minute = 20\ntimeout_seconds = 2\n",
    );
    let paused = backlog.worker();
    backlog.until_bills(0, Duration::from_secs(20)).await;
    let patience = Instant::now() + Duration::from_secs(30);
    let (number, paused_at) = loop {
        assert!(Instant::now() < patience, "it is never seen between intent and call");
        signal(&paused, "-STOP");
        let intended =
            database.word("SELECT refund_no FROM refund_sync.document WHERE state = 'intended'").await;
        if let Some(number) = intended.filter(|number| !books.counts().saves.contains_key(number)) {
            break (number, Instant::now());
        }
        signal(&paused, "-CONT");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };

    scene.change("quota_per_minute = 20\n", "quota_per_minute = 60000\n");
    let written = books.bills().len();
    let (code, said) = loop {
        let (code, said) = ended(backlog.worker());
        if !said.contains("is working on the journal") {
            break (code, said);
        }
        assert!(books.bills().len() == written && paused_at.elapsed() < Duration::from_secs(30), "{said}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(code, Some(0), "{said}");
    backlog.prove();

    signal(&paused, "-CONT");
    let (code, said) = ended(paused);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the session with the journal"), "{said}");
    assert_eq!(books.counts().saves[&number], 1, "{number} was sent by the one who may");
    let life = scene.why(&number);
    let doubt = life["events"].as_array().unwrap().iter().find(|event| event["event"] == "fate_unknown");
    assert!(doubt.unwrap()["detail"]["over_at"].is_string(), "{life}");
    backlog.prove();
}
