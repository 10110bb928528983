//! The journal's file is taken away, or another one is put in its place, while the program works: it stops, says so, and
//! nothing that was sent until then is sent twice. Which changes are noticed is in `store::presence`.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Site, Uniqueness};
use wiremock::{Mock, Request, Respond as _};

use super::one_process::{Running, running};
use crate::returns::{many, now, number, plain};
use crate::scene::{Scene, service};
use crate::serve::process::Serving;

const BILLS: usize = 20;

/// Books that take the same number twice, and whose every save of one bill takes a while.
pub(super) async fn slow_scene() -> Scene {
    let scene = Scene::with_books(many(BILLS), Site::builder().uniqueness(Uniqueness::Off)).await;
    scene.add("kingdee", "batch_size = 1");
    let books = scene.books.responder();
    let slow = move |request: &Request| books.respond(request).set_delay(Duration::from_millis(150));
    let slow = Mock::given(service("BatchSave")).respond_with(slow).with_priority(2);
    slow.mount(&scene.books_server).await;
    scene
}

/// Runs until some bills are written, then does something to the journal. What the run said at its end.
pub(super) async fn run_disturbed(scene: &Scene, disturb: impl FnOnce()) -> String {
    let said = run_broken(scene, disturb).await;
    assert!(said.contains("Nothing is sent from here on"), "{said}");
    said
}

/// The same for what may pass.
pub(super) async fn run_broken(scene: &Scene, disturb: impl FnOnce()) -> String {
    let mut command = scene.command(&["run", "--until-settled", "--timeout", "60s"]);
    let mut run = Running(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    while scene.books.bills().len() < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    disturb();
    let mut said = String::new();
    run.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(run.0.wait().unwrap().code(), Some(1), "{said}");
    assert!(scene.books.bills().len() < BILLS, "it went on to the end");
    said
}

pub(super) fn each_was_sent_once(scene: &Scene) {
    let numbers: Vec<_> = (1..=BILLS).map(number).collect();
    scene.bills(&numbers.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(numbers.iter().all(|number| scene.arrivals_of(number) == 1));
}

#[tokio::test]
async fn a_run_whose_journal_is_taken_away_stops_and_the_next_one_goes_on_from_it() {
    let scene = slow_scene().await;
    let aside = scene.folder().join("aside.db");
    let said = run_disturbed(&scene, || fs::rename(scene.database(), &aside).unwrap()).await;
    assert!(said.contains("it was removed"), "{said}");
    fs::rename(&aside, scene.database()).unwrap();
    scene.settle().exits(0);
    each_was_sent_once(&scene);
}

#[tokio::test]
async fn a_run_whose_journal_is_deleted_stops_and_a_new_one_doubles_nothing() {
    let scene = slow_scene().await;
    let delete = || {
        for end in ["", "-wal", "-shm"] {
            fs::remove_file(scene.folder().join(format!("refund-sync.db{end}"))).unwrap();
        }
    };
    run_disturbed(&scene, delete).await;
    scene.settle().exits(0);
    each_was_sent_once(&scene);
}

#[tokio::test]
async fn a_run_whose_journal_is_written_over_stops() {
    let scene = slow_scene().await;
    let over = || fs::write(scene.database(), "somebody's diary").unwrap();
    let said = run_disturbed(&scene, over).await;
    assert!(said.contains("it was cut"), "{said}");
}

#[tokio::test]
async fn a_program_whose_journal_is_taken_away_tells_it_and_writes_nothing_before_it_is_started_again() {
    let scene = Scene::with_books([plain("TK1")], Site::builder().uniqueness(Uniqueness::Off)).await;
    scene.change("name = \"main\"", "name = \"main\"\nschedule = \"* * * * *\"");
    scene.settle().exits(0);
    let serving = Serving::start(&scene).await;
    scene.run(&["status"]).exits(0);
    let aside = scene.folder().join("aside.db");
    fs::rename(scene.database(), &aside).unwrap();
    let mut second = plain("TK2");
    second.touch(now());
    scene.shop.world().push(second);

    scene.run(&["status"]).exits(1).complains(&["refund-sync serve (process", "start again"]);
    scene.run(&["retry", "--all"]).exits(1).complains(&["refund-sync serve (process"]);
    assert!(!scene.database().exists(), "no other is made in its place");
    // The program leaves its own word of it beside the file that it held.
    let lock = scene.folder().join("refund-sync.db.lock");
    serving.until(async || fs::read_to_string(&lock).unwrap().contains("it was removed")).await;
    serving
        .until(async || reqwest::get(serving.at("/readyz")).await.is_ok_and(|said| said.status() == 503))
        .await;
    fs::rename(&aside, scene.database()).unwrap();
    // The right file changes nothing for a process that has lost it.
    scene.run(&["status"]).exits(1).complains(&["it was removed", "start again"]);
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing is written any more"), "{said}");
    scene.bills(&["TK1"]);
    scene.settle().exits(0);
    scene.bills(&["TK1", "TK2"]);
}

#[tokio::test]
async fn a_second_run_by_a_link_to_the_journal_exits_and_names_the_holder() {
    let scene = Scene::with([plain("TK1")]).await;
    let first = running(&scene).await;
    let process = first.0.id().to_string();
    for (name, hard) in [("link.db", false), ("hard.db", true)] {
        let link = scene.folder().join(name);
        if hard {
            fs::hard_link(scene.database(), link).unwrap();
        } else {
            std::os::unix::fs::symlink(scene.database(), link).unwrap();
        }
        let config = fs::read_to_string(scene.config()).unwrap();
        scene.change("sqlite:refund-sync.db", &format!("sqlite:{name}"));
        scene.run(&["run"]).exits(1).complains(&["is working on the journal", &process]);
        fs::write(scene.config(), config).unwrap();
    }
}
