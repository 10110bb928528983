//! A journal that is new, lost, moved, or older than what was written: nothing is doubled, also where 金蝶 takes the same
//! number twice (编码唯一 off), because what may stand there already is looked up before it is sent.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Commit, Site, SiteBuilder, StoredBill, Uniqueness};
use refund_sync::store::{Sqlite, Store as _};
use tokio::net::TcpListener;
use wiremock::Match as _;

use crate::backfill::{backfill, old};
use crate::reconcile::ours;
use crate::returns::{many, now, number, plain};
use crate::scene::{BOOKS_SECRET, Scene, service};

fn takes_doubles() -> SiteBuilder {
    Site::builder().uniqueness(Uniqueness::Off)
}

/// The journal and what SQLite and the lock leave beside it.
fn files(scene: &Scene) -> Vec<PathBuf> {
    let is_journal = |path: &PathBuf| path.to_string_lossy().contains("refund-sync.db");
    fs::read_dir(scene.folder()).unwrap().map(|entry| entry.unwrap().path()).filter(is_journal).collect()
}

fn lose(scene: &Scene) {
    for file in files(scene) {
        fs::remove_file(file).unwrap();
    }
}

/// Each of these stands in the books once, and went there once.
fn once(scene: &Scene, count: usize) {
    let numbers: Vec<_> = (1..=count).map(number).collect();
    scene.bills(&numbers.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(numbers.iter().all(|number| scene.arrivals_of(number) == 1));
}

/// How often the books were asked for the mark of returns.
async fn looks_by_mark(scene: &Scene) -> usize {
    let asks = |request: &&wiremock::Request| {
        service("ExecuteBillQuery").matches(request)
            && String::from_utf8_lossy(&request.body).contains("FThirdBillNo in (")
    };
    scene.books_server.received_requests().await.unwrap().iter().filter(asks).count()
}

#[tokio::test]
async fn a_journal_that_is_lost_after_its_run_doubles_nothing() {
    let scene = Scene::with_books(many(120), takes_doubles()).await;
    scene.settle().exits(0).says(&["saved 120"]);
    lose(&scene);
    scene.settle().exits(0).says(&["saved 0", "adopted 120", "confirmed 120"]);
    once(&scene, 120);
    let life = scene.why("TK0001");
    assert!(life["fid"].is_string(), "{life}");
}

#[tokio::test]
async fn a_journal_restored_from_an_older_copy_doubles_nothing() {
    let scene = Scene::with_books(many(30), takes_doubles()).await;
    scene.settle().exits(0);
    let copies: Vec<_> = files(&scene).into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect();
    for row in &many(70)[30..] {
        let mut row = row.clone();
        row.touch(now());
        scene.shop.world().push(row);
    }
    scene.settle().exits(0).says(&["saved 40"]);

    lose(&scene);
    for (bytes, file) in copies {
        fs::write(file, bytes).unwrap();
    }
    scene.settle().exits(0).says(&["saved 0", "adopted 40"]);
    once(&scene, 70);
}

/// Books that take a number twice, and are slow: a save is over in 金蝶 long after whoever sent it is gone. The worker is
/// killed while its first call is under way; then something happens to the journal.
async fn killed_while_saving(meanwhile: impl AsyncFnOnce(&Scene)) {
    let scene = Scene::with(many(5)).await;
    let slow = Duration::from_millis(1_500);
    let books =
        takes_doubles().app_secret(BOOKS_SECRET).commit(Commit::Together).save_time(slow..=slow).build();
    let server = books.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    scene.change(&format!("{}/k3cloud/", scene.books_server.uri()), &server.base_url());
    scene.change("resend_after_seconds = 1", "resend_after_seconds = 3");

    let mut command = scene.command(&["run", "--until-settled", "--timeout", "1m"]);
    let mut worker = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_saving = || books.requests().iter().any(|request| request.service.ends_with("BatchSave"));
    while !is_saving() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert!(books.bills().is_empty(), "the call was over: nothing is proved");

    meanwhile(&scene).await;
    scene.settle().exits(0);
    let mut numbers: Vec<_> = books.bills().into_iter().map(|bill| bill.number).collect();
    numbers.sort();
    assert_eq!(numbers, (1..=5).map(number).collect::<Vec<_>>(), "every bill once");
}

/// All that is the journal's, but not what tells of the calls under way.
fn remove_database(scene: &Scene) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(scene.folder().join(format!("refund-sync.db{end}")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_is_removed_while_a_save_outlives_its_sender_doubles_nothing() {
    killed_while_saving(async |scene| remove_database(scene)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_that_is_put_back_by_hand_while_a_save_outlives_its_sender_doubles_nothing() {
    killed_while_saving(async |scene| {
        remove_database(scene);
        // Of before the run: its schema, its pipelines, and none of its returns.
        drop(Sqlite::open(&scene.database()).unwrap());
        let store = Sqlite::open(&scene.database()).unwrap();
        store.pipeline("main").await.unwrap();
    })
    .await;
}

/// What the journal knows of needs no waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_knows_the_call_under_way_is_not_behind() {
    killed_while_saving(async |scene| {
        let store = Sqlite::open_locked(&scene.database()).unwrap();
        let row = store.pipeline("main").await.unwrap();
        assert_eq!(store.note(row.id, "restored").await.unwrap(), None);
    })
    .await;
}

/// The old machine goes on with its own journal, the new one starts with none.
#[tokio::test]
async fn another_machine_takes_over_what_the_first_has_written() {
    let scene = Scene::with_books(many(25), takes_doubles()).await;
    scene.settle().exits(0);
    scene.change("sqlite:refund-sync.db", "sqlite:elsewhere.db");
    scene.settle().exits(0).says(&["saved 0", "adopted 25"]);
    for row in &many(40)[25..] {
        let mut row = row.clone();
        row.touch(now());
        scene.shop.world().push(row);
    }
    scene.settle().exits(0).says(&["saved 15"]);
    scene.change("sqlite:elsewhere.db", "sqlite:refund-sync.db");
    scene.settle().exits(0).says(&["saved 0", "adopted 15"]);
    once(&scene, 40);
}

#[tokio::test]
async fn a_backfill_over_days_that_were_written_already_doubles_nothing() {
    let rows: Vec<_> = (1..=20).map(|n| old(&number(n), 8)).collect();
    let scene = Scene::with_books(rows, takes_doubles()).await;
    backfill(&scene, &[]).exits(0);
    once(&scene, 20);
    lose(&scene);
    backfill(&scene, &[]).exits(0);
    once(&scene, 20);
}

#[tokio::test]
async fn a_foreign_bill_under_the_number_is_a_conflict_although_the_site_would_take_another() {
    let scene = Scene::with_books([plain("TK1"), plain("TK2")], takes_doubles()).await;
    let foreign = StoredBill { third_src_type: String::new(), customer: "C777".into(), ..ours("TK1") };
    scene.books.insert(foreign);
    scene.settle().exits(3);
    scene.bills(&["TK1", "TK2"]);
    assert_eq!(scene.parked()["TK1"].0, "conflict");
    assert_eq!(scene.arrivals_of("TK1"), 0, "it was looked up first");
}

/// The number alone would not find it: the prefix is another one now.
#[tokio::test]
async fn a_bill_that_was_written_under_another_number_is_found_by_its_mark() {
    let scene = Scene::with_books([plain("TK1")], takes_doubles()).await;
    scene.books.insert(StoredBill { number: "OLD-TK1".into(), ..ours("TK1") });
    scene.settle().exits(0).says(&["saved 0", "adopted 1"]);
    scene.bills(&["OLD-TK1"]);
}

#[tokio::test]
async fn a_site_that_cannot_be_asked_is_sent_nothing() {
    let scene = Scene::with_books(many(3), takes_doubles()).await;
    let refuses = wiremock::Mock::given(service("ExecuteBillQuery"));
    let refuses = refuses.respond_with(wiremock::ResponseTemplate::new(503)).with_priority(1);
    refuses.mount(&scene.books_server).await;
    scene.run(&["run", "--until-settled", "--timeout", "5s"]).exits(1);
    assert_eq!(scene.saves_on_the_wire().await, 0);
}

#[tokio::test]
async fn the_look_before_the_first_send_costs_one_question_a_hundred() {
    let scene = Scene::with_books(many(250), takes_doubles()).await;
    scene.add("wdt", "page_size = 100");
    scene.add("kingdee", "batch_size = 20");
    scene.settle().exits(0);
    once(&scene, 250);
    let looks = looks_by_mark(&scene).await;
    // Reading goes on beside writing: three pages, of which each may come in the middle of a hundred.
    assert!((3..=6).contains(&looks), "{looks} for 250");
}
