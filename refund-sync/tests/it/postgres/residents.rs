//! Several resident programs on one database: one works, the others stand by, and whoever lost its right stands by again.

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::Duration;

use refund_sync::clock::Clock;
use refund_sync::store::{Postgres, Request, Store as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::link::Link;
use super::workers::{Backlog, ended, signal};

impl Backlog {
    fn resident(&self, url: &SecretString, port: u16) -> Child {
        let mut serve = self.scene.command(&["serve"]);
        serve.env("REFUND_SYNC__STORE__URL", url.expose_secret());
        serve.env("REFUND_SYNC__SERVER__LISTEN", format!("127.0.0.1:{port}"));
        serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Whoever works, now or next, is to run once.
    async fn order(&self) {
        let journal = Postgres::ask(&self.database.url(), "a person").await.unwrap();
        let pipeline = journal.pipeline("main").await.unwrap().id;
        journal.leave_request(pipeline, Request::Run, Clock::system().now()).await.unwrap();
    }

    /// The process that works.
    async fn holder(&self) -> u32 {
        let who = self.database.word("SELECT who FROM refund_sync.holder LIMIT 1").await.unwrap();
        let (_, after) = who.split_once("(process ").unwrap();
        after.split_once(' ').unwrap().0.parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_residents_one_works_and_the_next_goes_on_within_30_seconds_whatever_becomes_of_it() {
    let Some(backlog) = Backlog::of(100, 6).await else { return };
    let link = Link::to(&backlog.database).await;
    let first = backlog.resident(&link.url, 0);
    backlog.order().await;
    backlog.until_intent().await;
    let mut others: Vec<_> = (0..3).map(|_| backlog.resident(&backlog.database.url(), 0)).collect();

    link.freeze();
    tokio::time::sleep(Duration::from_millis(100)).await;
    backlog.until_others(&backlog.begun().await, Duration::from_secs(30)).await;
    let second = backlog.holder().await;
    assert_ne!(second, first.id());

    let at = others.iter().position(|child| child.id() == second).unwrap();
    let mut killed = others.remove(at);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let begun = backlog.begun().await;
    assert!(begun.len() < 90, "the kill comes too late to prove anything");
    backlog.until_others(&begun, Duration::from_secs(30)).await;
    let third = backlog.holder().await;
    assert!(third != second && others.iter().any(|child| child.id() == third));

    // What the two had under way is looked up by a run that comes after its time.
    let patience = Instant::now() + Duration::from_mins(1);
    let confirmed = "SELECT count(*) FROM refund_sync.document WHERE state = 'confirmed'";
    while backlog.database.number(confirmed).await < 100 {
        assert!(Instant::now() < patience, "{}", backlog.scene.status());
        tokio::time::sleep(Duration::from_secs(1)).await;
        backlog.order().await;
    }
    backlog.prove();
    let saves = backlog.books.counts().saves;
    assert!(saves.values().all(|times| *times == 1), "found, not sent again: {saves:?}");

    // The first stands by: its way to the database is still frozen, and it ends when it is asked to.
    for child in others.into_iter().chain([first]) {
        signal(&child, "-TERM");
        let (code, said) = ended(child);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_takes_its_work_up_again_after_the_server_has_restarted() {
    let Some(backlog) = Backlog::of(60, 7).await else { return };
    // Nobody else takes the port in this moment.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let resident = backlog.resident(&backlog.database.url(), port);
    backlog.order().await;
    backlog.until_intent().await;
    backlog.database.cut_off_everybody().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    backlog.until_others(&backlog.begun().await, Duration::from_secs(30)).await;
    assert_eq!(backlog.holder().await, resident.id());
    // The page has a connection of its own, which is opened anew as well.
    let ready = format!("http://127.0.0.1:{port}/readyz");
    let patience = Instant::now() + Duration::from_secs(30);
    while reqwest::get(&ready).await.is_ok_and(|answer| answer.status() != 200) {
        assert!(Instant::now() < patience, "the page has no journal any more");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    signal(&resident, "-TERM");
    let (code, said) = ended(resident);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the right to work is lost"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_waits_for_its_database_says_so_and_works_once_it_is_there() {
    let Some(backlog) = Backlog::of(3, 8).await else { return };
    let link = Link::to(&backlog.database).await;
    link.cut();
    // Nobody else takes the port in this moment.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let resident = backlog.resident(&link.url, port);
    let ask = async |path: &str| {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}{path}")).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    };
    let patience = Instant::now() + Duration::from_secs(30);
    while ask("/healthz").await.is_none() {
        assert!(Instant::now() < patience, "it does not wait for its database");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for path in ["/readyz", "/", "/parked", "/refund/TK1"] {
        let (status, text) = ask(path).await.unwrap();
        assert_eq!(status, 503, "{path}");
        // A page speaks Chinese to whoever asks for nothing else.
        let told = ["cannot reach the journal", "连不上同步台账"].iter().any(|words| text.contains(words));
        assert!(told && text.contains("127.0.0.1"), "{path}: {text}");
        assert!(!text.contains(super::cluster::PASSWORD));
    }
    for path in ["/healthz", "/metrics", "/style.css"] {
        assert_eq!(ask(path).await.unwrap().0, 200, "{path}");
    }
    link.mend();
    let patience = Instant::now() + Duration::from_secs(30);
    while ask("/readyz").await.is_none_or(|(status, _)| status != 200) {
        assert!(Instant::now() < patience, "{:?}", ask("/readyz").await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    backlog.order().await;
    let patience = Instant::now() + Duration::from_mins(1);
    while backlog.books.bills().len() < 3 {
        assert!(Instant::now() < patience, "it does not work");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    signal(&resident, "-TERM");
    let (code, said) = ended(resident);
    assert_eq!(code, Some(0), "{said}");
}
