//! A backup that is taken while the program works, and the journal that comes of it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Commit, Site, Uniqueness};
use tokio::net::TcpListener;

use super::{everything, put_back};
use crate::end_to_end::killed::spread;
use crate::returns::{many, number};
use crate::scene::{BOOKS_SECRET, Scene};

const BACKLOG: usize = 400;

#[tokio::test]
async fn a_backup_holds_everything_for_its_user_alone_and_leaves_nothing_beside_it() {
    let scene = Scene::with(many(12)).await;
    scene.settle().exits(0);
    let done = scene.run(&["backup", "kept.db", "--json"]).exits(0).json();
    assert_eq!((&done["documents"], &done["broken"]), (&12.into(), &0.into()), "{done}");
    let kept = scene.folder().join("kept.db");
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(everything(&kept), everything(&scene.database()));
    let names = std::fs::read_dir(scene.folder()).unwrap();
    let strange: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.') || name.starts_with("kept.db-"))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}

/// The books take a number twice here: nothing but the journal and its look-ups keeps a bill from being doubled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_in_the_middle_of_the_work_restores_to_a_journal_that_misses_and_doubles_nothing() {
    let scene = Scene::with(spread(BACKLOG)).await;
    let books = Site::builder()
        .app_secret(BOOKS_SECRET)
        .uniqueness(Uniqueness::Off)
        .commit(Commit::Together)
        .save_time(Duration::from_millis(200)..=Duration::from_millis(500))
        .build();
    let listener = || async { TcpListener::bind("127.0.0.1:0").await.unwrap() };
    let shop_server = scene.shop.serve(listener().await).unwrap();
    let books_server = books.serve(listener().await).unwrap();
    scene.change(&format!("{}/router/qm", scene.shop_server.uri()), &shop_server.base_url());
    scene.change(&format!("{}/k3cloud/", scene.books_server.uri()), &books_server.base_url());
    scene.add("kingdee", "batch_size = 10");

    let mut command = scene.command(&["run", "--until-settled", "--timeout", "3m"]);
    let mut worker = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let stands = async |count: usize| {
        while books.bills().len() < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    stands(20).await;
    let copied = scene.run(&["backup", "kept.db", "--json"]).exits(0).json();
    assert!(copied["documents"].as_u64() > Some(20), "{copied}");
    let then = books.bills().len();
    stands(then + 30).await;
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert!(books.bills().len() < BACKLOG, "all was over: nothing is proved");

    let before = everything(&scene.database());
    let restored = scene.run(&["restore", "kept.db", "--json"]).exits(0).json();
    let was_there = restored["kept"].as_str().unwrap();
    assert_eq!(everything(was_there.as_ref()), before, "what was there stays");
    assert_eq!(put_back(&scene.database()), everything(&scene.folder().join("kept.db")));
    scene.run(&["journal", "check"]).exits(0).says(&["It is whole"]);

    scene.settle().exits(0);
    let mut numbers: Vec<_> = books.bills().into_iter().map(|bill| bill.number).collect();
    numbers.sort();
    let mut expected: Vec<_> = (1..=BACKLOG).map(number).collect();
    expected.sort();
    assert_eq!(numbers, expected, "every bill once");
}
