//! The commands on PostgreSQL: `[store] url` is all that differs.

use std::process::Stdio;
use std::time::Duration;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::{Site, Uniqueness};
use refund_sync::config;
use refund_sync::store::{Postgres, Request, Retry, Store as _, shares};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;
use wdt_qimen_sdk::mock::APP_SECRET;
use wiremock::matchers::any;
use wiremock::{Mock, ResponseTemplate};

use super::cluster::{Cluster, Database};
use super::workers::on;
use crate::backfill::{backfill, old};
use crate::end_to_end::one_process::running;
use crate::returns::{line, many, now, plain, text, with_lines};
use crate::scene::{BOOKS_SECRET, Done, Scene};
use crate::store::file::{have_their_next_attempt, parked_before};

/// The lock groups of a scene's configuration, as its worker would take them.
fn locks(scene: &Scene) -> Vec<Vec<i64>> {
    let env = [("WDT_APP_SECRET", APP_SECRET), ("KINGDEE_APP_SECRET", BOOKS_SECRET)];
    let env = env.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let config = config::load(&scene.config(), env).unwrap().config;
    shares(&config).iter().map(refund_sync::store::Group::locks).collect()
}

/// The same pipeline under another name and other addresses: it shares no account with the first.
fn add_a_second_pipeline(scene: &Scene) {
    let whole = std::fs::read_to_string(scene.config()).unwrap();
    let (_, pipeline) = whole.split_once("[[pipeline]]").unwrap();
    let second = pipeline.replace("\"main\"", "\"second\"").replace("127.0.0.1", "localhost");
    std::fs::write(scene.config(), format!("{whole}\n[[pipeline]]{second}")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_tells_of_the_journal_and_of_the_tables_without_its_password() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with([plain("TK1")]).await;
    on(&database, &scene);
    scene.run(&["doctor", "--offline"]).exits(0).says(&["not made yet"]);
    scene.settle().exits(0);
    let done = scene.run(&["doctor"]).exits(0).says(&["MiB · schema", "confirmed 1", "All is well"]);
    assert!(!done.out.contains(database.url().expose_secret()), "{}", done.out);
    let coverage = scene.run(&["mapping", "coverage", "--json"]).exits(0).json();
    assert_eq!(coverage["pipelines"][0]["covered_returns"], 1);
    scene.run(&["check", "--live"]).exits(0);
}

/// A database that is lost, or restored from before the first run, doubles nothing where 金蝶 takes a number twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_is_lost_doubles_nothing_on_postgresql_either() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with_books(many(30), Site::builder().uniqueness(Uniqueness::Off)).await;
    on(&database, &scene);
    scene.settle().exits(0).says(&["saved 30"]);
    database.execute("DROP SCHEMA refund_sync CASCADE").await;
    scene.settle().exits(0).says(&["saved 0", "adopted 30"]);
    assert_eq!(scene.books.bills().len(), 30);
    assert_eq!(scene.arrivals_of("TK0001"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_ends_as_on_a_file() {
    let Some(database) = Database::make().await else { return };
    let mut told = Vec::new();
    for store in [None, Some(&database)] {
        let mut returns = many(30);
        returns.push(with_lines("TK9001", &[line("", "1.0000", "10.0000")]));
        let mut not_yet = plain("TK9002");
        not_yet.0["process_status"] = "80".into();
        returns.push(not_yet);
        let scene = Scene::with(returns).await;
        if let Some(database) = store {
            on(database, &scene);
        }
        scene.run(&["status"]).exits(0);
        scene.settle().exits(3);
        scene.run(&["run"]).exits(0);
        let mut status = scene.status();
        let why = scene.why("TK0007");
        assert_eq!(scene.books.bills().len(), 30);
        let events: Vec<_> = why["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
        told.push(serde_json::json!([
            status["documents"].take(),
            status["filtered"].take(),
            status["parked"].take(),
            status["flags"].take(),
            scene.parked().into_iter().map(|(number, (cause, _))| (number, cause)).collect::<Vec<_>>(),
            why["bill"],
            events,
        ]));
        assert_eq!(scene.database().exists(), store.is_none());
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_shows_everything_and_leaves_no_trace() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with(many(3)).await;
    on(&database, &scene);
    scene.run(&["run", "--dry-run"]).exits(0).says(&["will 3"]);
    assert_eq!(database.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'refund_sync'").await, 0);
    scene.settle().exits(0);
    let mut late = plain("TK0004");
    late.0["modified"] = text(now() - TimeDelta::seconds(1)).into();
    scene.shop.world().extend([late]);
    let rows = "SELECT (SELECT count(*) FROM refund_sync.run) + (SELECT count(*) FROM refund_sync.document)
                + (SELECT last_value FROM refund_sync.document_id_seq)";
    let before = database.number(rows).await;
    scene.run(&["run", "--dry-run"]).exits(0).says(&["TK0004", "will 1"]);
    assert_eq!(database.number(rows).await, before);
    assert_eq!(scene.books.bills().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_another_works_is_named_and_the_others_go_on() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with(many(3)).await;
    on(&database, &scene);
    add_a_second_pipeline(&scene);
    let groups = locks(&scene);
    assert_eq!(groups.len(), 2);
    let _other = Postgres::work(&database.url(), &groups[0], "somebody else").await.unwrap();
    scene.settle().exits(1).complains(&["main", "somebody else"]).says(&["second: "]);
    assert_eq!(scene.books.bills().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_journal_is_rehearsed_as_it_is_and_migrated_by_whoever_works() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with(many(3)).await;
    on(&database, &scene);
    let first = include_str!("../../../src/store/migrations/postgres/001.sql");
    let made = "CREATE SCHEMA refund_sync; SET search_path = refund_sync;
                CREATE TABLE migration (number INTEGER PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT now());
                INSERT INTO migration (number) VALUES (1);";
    database.execute(&format!("{made} {first}")).await;
    scene.run(&["run", "--dry-run"]).exits(0).says(&["will 3"]);
    let version = "SELECT max(number)::bigint FROM refund_sync.migration";
    assert_eq!(database.number(version).await, 1);
    scene.settle().exits(0);
    assert!(database.number(version).await > 1);
    assert_eq!(scene.books.bills().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_parked_before_anything_came_back_by_itself_has_its_next_attempt() {
    let Some(database) = Database::make().await else { return };
    let schemas = [
        include_str!("../../../src/store/migrations/postgres/001.sql"),
        include_str!("../../../src/store/migrations/postgres/002.sql"),
        include_str!("../../../src/store/migrations/postgres/003.sql"),
        include_str!("../../../src/store/migrations/postgres/004.sql"),
    ];
    let made = "CREATE SCHEMA refund_sync; SET search_path = refund_sync;
                CREATE TABLE migration (number INTEGER PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT now());
                INSERT INTO migration (number) SELECT generate_series(1, 4);";
    database.execute(&format!("{made} {} {}", schemas.join("\n"), parked_before())).await;
    let store = Postgres::work(&database.url(), &[1], "a test").await.unwrap();
    have_their_next_attempt(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_works_next_knows_what_the_last_one_learned_of_the_quota() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with(many(3)).await;
    on(&database, &scene);
    let ban = r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"x","sub_msg":"This ban will last for 3600 more seconds"}}"#;
    let banned = Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string(ban));
    let banned = banned.with_priority(1).expect(1).mount_as_scoped(&scene.shop_server).await;
    scene.run(&["run"]).exits(1).complains(&["3600"]);
    drop(banned);
    // On another machine there is nothing but the database.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut next = scene.command(&["run"]);
    next.current_dir(elsewhere.path());
    Done::of(next).exits(1).complains(&["banned"]);
    assert_eq!(scene.shop.counts().arrivals, 0, "the place in the ban is everybody's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_and_a_reconciliation_end_as_on_a_file_beside_a_worker_or_without() {
    for is_worked in [false, true] {
        let Some(database) = Database::make().await else { return };
        let scene = Scene::with(many(2)).await;
        on(&database, &scene);
        scene.settle().exits(0);
        scene.books.remove("TK0001");
        scene.shop.world().push(old("TK0003", 7));
        for command in ["reconcile", "backfill"] {
            let mut worker = if is_worked { Some(running(&scene).await) } else { None };
            let done = match command {
                "reconcile" => scene.reconcile(&["--fix"]).exits(3),
                _ => backfill(&scene, &[]).exits(0),
            };
            if let Some(worker) = &mut worker {
                worker.0.wait().unwrap();
                done.says(&["Left to refund-sync run"]);
            }
        }
        assert_eq!(scene.parked()["TK0001"].0, "removed_in_kingdee");
        scene.bills(&["TK0002", "TK0003"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_beside_a_worker_is_done_by_the_worker() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with([with_lines("TK1", &[line("", "1.0000", "10.0000")])]).await;
    on(&database, &scene);
    scene.settle().exits(3);
    let worker = Postgres::work(&database.url(), &locks(&scene)[0], "the worker").await.unwrap();
    let pipeline = worker.pipeline("main").await.unwrap().id;
    let mut retry = scene.command(&["retry", "TK1"]);
    let mut child = retry.stdout(Stdio::null()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    let asked = loop {
        assert!(Instant::now() < patience, "{:?}", child.try_wait());
        if let Some(asked) = worker.open_requests(pipeline).await.unwrap().pop() {
            break asked;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(asked.request, Request::Retry(Retry { numbers: vec!["TK1".into()], ..Retry::default() }));
    worker.answer_request(asked.id, "1".into()).await.unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "it still waits for a person, whoever was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_restarts_in_the_middle_costs_the_run_and_no_bill() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let database = cluster.database().await;
    let scene = Scene::with(many(60)).await;
    on(&database, &scene);
    scene.add("kingdee", "batch_size = 2");
    scene.change("timeout_seconds = 60\nresend", "timeout_seconds = 1\nresend");
    let mut run = scene.command(&["run", "--until-settled", "--timeout", "30s"]);
    let child = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    while scene.books.bills().len() < 6 && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cluster.restart();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("the session with the journal postgres://"), "{said}");
    assert!(scene.books.bills().len() < 60, "it came too late to prove anything");
    scene.run(&["run", "--until-settled", "--timeout", "50s"]).exits(0);
    assert_eq!(scene.books.bills().len(), 60);
    assert_eq!(scene.status()["documents"]["confirmed"], 60);
    cluster.stop();
}
