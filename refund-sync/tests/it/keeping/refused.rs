//! Nothing is written over, nothing foreign is put in the journal's place, and whatever is refused leaves the journal as
//! it was.

use std::path::Path;

use rusqlite::Connection;

use super::{everything, put_back};
use crate::returns::{many, plain};
use crate::scene::Scene;
use crate::serve::process::Serving;

fn foreign(path: &Path, version: i64) {
    let other = Connection::open(path).unwrap();
    other.execute_batch("CREATE TABLE cheese (id INTEGER)").unwrap();
    other.pragma_update(None, "user_version", version).unwrap();
}

#[tokio::test]
async fn what_is_no_backup_of_this_program_is_refused_by_name_and_the_journal_stays() {
    let scene = Scene::with(many(3)).await;
    scene.settle().exits(0);
    scene.run(&["backup", "good.db"]).exits(0);
    let before = everything(&scene.database());
    let folder = scene.folder();
    foreign(&folder.join("foreign.db"), 3);
    std::fs::write(folder.join("text.db"), "not a database at all").unwrap();
    std::fs::write(folder.join("empty.db"), "").unwrap();
    std::fs::copy(folder.join("good.db"), folder.join("newer.db")).unwrap();
    Connection::open(folder.join("newer.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let bytes = std::fs::read(folder.join("good.db")).unwrap();
    std::fs::write(folder.join("cut.db"), &bytes[..bytes.len() / 2]).unwrap();
    for (file, words) in [
        ("nowhere.db", "is no file"),
        ("refund-sync.db", "is the journal itself"),
        ("foreign.db", "is not a journal of refund-sync"),
        ("text.db", "is not a journal of refund-sync"),
        ("empty.db", "is not a journal of refund-sync"),
        ("cut.db", "is damaged"),
        ("newer.db", "written by a newer version (schema 99"),
        (".", "is no file"),
    ] {
        scene.run(&["restore", file]).exits(1).complains(&[words]);
        assert_eq!(everything(&scene.database()), before, "{file}");
    }
    let left = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_backup_writes_over_nothing_and_goes_nowhere_it_cannot() {
    let scene = Scene::with(many(3)).await;
    scene.run(&["backup", "early.db"]).exits(1).complains(&["there is no journal"]);
    scene.settle().exits(0);
    let before = everything(&scene.database());
    std::fs::write(scene.folder().join("taken.db"), "a letter").unwrap();
    scene.run(&["backup", "taken.db"]).exits(1).complains(&["taken.db exists already"]);
    assert_eq!(std::fs::read_to_string(scene.folder().join("taken.db")).unwrap(), "a letter");
    scene.run(&["backup", "refund-sync.db"]).exits(1).complains(&["exists already"]);
    scene.run(&["backup", "no/such/folder.db"]).exits(1).complains(&["cannot open", "no/such/folder.db"]);
    assert_eq!(everything(&scene.database()), before);
}

#[tokio::test]
async fn a_journal_at_work_is_neither_written_over_nor_replaced() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.run(&["backup", "kept.db"]).exits(0);
    let serving = Serving::start(&scene).await;
    scene.run(&["backup", "while-it-works.db"]).exits(0).says(&["It is whole"]);
    scene
        .run(&["restore", "kept.db"])
        .exits(1)
        .complains(&["refund-sync serve", "is working on the journal"]);
    scene.run(&["backup", "refund-sync.db"]).exits(1).complains(&["is working on the journal"]);
    serving.ends();
    scene.run(&["restore", "kept.db"]).exits(0).says(&["refund-sync.db.before-"]);
    scene.settle().exits(0);
    assert_eq!(scene.books.bills().len(), 1);
}

#[tokio::test]
async fn a_backup_is_put_back_where_no_journal_is_left_and_where_it_is_damaged() {
    let scene = Scene::with(many(3)).await;
    scene.settle().exits(0);
    scene.run(&["backup", "kept.db"]).exits(0);
    let journal = everything(&scene.database());
    std::fs::write(scene.database(), "the disk went bad").unwrap();
    scene.run(&["journal", "check"]).exits(1).complains(&["is not a journal"]);
    scene.run(&["restore", "kept.db"]).exits(0).says(&[".before-"]);
    assert_eq!(put_back(&scene.database()), journal);
    std::fs::remove_file(scene.database()).unwrap();
    let done = scene.run(&["restore", "kept.db"]).exits(0);
    assert!(!done.out.contains(".before-"), "{}", done.out);
    scene.settle().exits(0);
    assert_eq!(scene.books.bills().len(), 3);
}
