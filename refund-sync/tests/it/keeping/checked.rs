//! `journal check` tells what a journal hides, and changes nothing.

use rusqlite::Connection;

use super::everything;
use crate::returns::many;
use crate::scene::Scene;

#[tokio::test]
async fn a_journal_that_is_not_there_or_whole_is_told_as_such() {
    let scene = Scene::with(many(3)).await;
    scene.run(&["journal", "check"]).exits(0).says(&["not made yet"]);
    assert!(!scene.database().exists(), "looking makes nothing");
    scene.settle().exits(0);
    let found = scene.run(&["journal", "check", "--json"]).exits(0).json();
    assert_eq!((&found["sound"], &found["found"]["documents"]), (&true.into(), &3.into()), "{found}");
    assert_eq!(found["schema"], found["known_schema"]);
}

#[tokio::test]
async fn documents_and_a_ledger_that_contradict_themselves_are_named_and_left_alone() {
    let scene = Scene::with(many(3)).await;
    scene.settle().exits(0);
    let journal = Connection::open(scene.database()).unwrap();
    journal.execute("UPDATE document SET fid = NULL WHERE refund_no = 'TK0002'", []).unwrap();
    journal.execute("UPDATE pipeline SET cursor = '2031-01-01 00:00:00'", []).unwrap();
    drop(journal);
    let before = everything(&scene.database());
    let found = scene.run(&["journal", "check", "--json"]).exits(3).json();
    assert_eq!(found["sound"], false, "{found}");
    assert_eq!(found["found"]["broken_numbers"], serde_json::json!(["TK0002"]));
    assert_eq!(found["found"]["contradictions"].as_array().unwrap().len(), 1, "{found}");
    scene
        .run(&["journal", "check"])
        .exits(3)
        .says(&["TK0002", "the ledger of pipeline \"main\" is not whole"]);
    assert_eq!(everything(&scene.database()), before);
    // The copy of such a journal is as good as the journal, and says so.
    scene.run(&["backup", "kept.db"]).exits(3).says(&["TK0002"]);
}

#[tokio::test]
async fn a_file_whose_pages_were_spoilt_is_called_damaged() {
    let scene = Scene::with(many(60)).await;
    scene.settle().exits(0);
    let connection = Connection::open(scene.database()).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let root: usize = connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'document_state'", [], |row| row.get(0))
        .unwrap();
    let size: usize = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut bytes = std::fs::read(scene.database()).unwrap();
    bytes[(root - 1) * size + 8..root * size].fill(0xA5);
    std::fs::write(scene.database(), bytes).unwrap();
    let done = scene.run(&["journal", "check"]);
    assert_ne!(done.code, 0, "{done:?}");
    let told = format!("{}{}", done.out, done.err);
    assert!(told.to_lowercase().contains("restore"), "{told}");
    scene.run(&["journal", "move", "--to", "ftp://nowhere"]).exits(2).complains(&["must begin with"]);
}
