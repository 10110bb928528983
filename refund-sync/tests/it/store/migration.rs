//! A journal that the program before wrote (`fixtures/journal_5.sql`: documents in every state, a half-finished batch, pruned
//! history, one edited into nonsense) is brought up to date whole, step by step, or stays as it was.

use std::path::{Path, PathBuf};

use refund_sync::config::StoreUrl;
use refund_sync::store::{Sqlite, Store, StoreError};
use rusqlite::Connection;
use rusqlite::types::Value;

const BEFORE: &str = include_str!("../fixtures/journal_5.sql");
/// What leads from it to today's schema.
const STEPS: [&str; 2] = [
    include_str!("../../../src/store/migrations/sqlite/006.sql"),
    include_str!("../../../src/store/migrations/sqlite/007.sql"),
];
const TODAY: i64 = 7;

/// What is told of each document; whether its texts stand beside it or apart makes no difference.
const TOLD: &str = "document.id, document.pipeline, refund_no, state, modified, asked_at, kind, process_status, shop_no, \
    source, date, moved_to, bill, mark, rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, \
    retries, bill_status, pruned_until";

/// Such a journal, with the first `done` steps behind it.
fn before(folder: &Path, done: usize) -> PathBuf {
    let path = folder.join(format!("journal-{done}.db"));
    let old = Connection::open(&path).unwrap();
    old.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on",
    )
    .unwrap();
    old.execute_batch(BEFORE).unwrap();
    STEPS[..done].iter().for_each(|steps| old.execute_batch(steps).unwrap());
    old.pragma_update(None, "user_version", 5 + done).unwrap();
    path
}

fn rows(path: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row =
        statement.query_map([], |row| (0..columns).map(|n| row.get(n)).collect::<Result<Vec<Value>, _>>());
    row.unwrap().map(|row| format!("{:?}", row.unwrap())).collect()
}

fn told_before(path: &Path) -> [Vec<String>; 2] {
    let events = "SELECT document, run, at, event, detail FROM event ORDER BY document, id";
    [rows(path, &format!("SELECT {TOLD} FROM document ORDER BY id")), rows(path, events)]
}

fn told_after(path: &Path) -> [Vec<String>; 2] {
    let documents = format!(
        "SELECT {TOLD} FROM document LEFT JOIN content ON content.document = document.id ORDER BY id"
    );
    [
        rows(path, &documents),
        rows(path, "SELECT document, run, at, event, detail FROM event ORDER BY document, n"),
    ]
}

fn version(path: &Path) -> i64 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_journal_of_the_program_before_is_brought_up_to_date_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = before(folder.path(), 0);
    let told = told_before(&path);
    let states = rows(&path, "SELECT DISTINCT state FROM document");
    assert!(states.len() >= 9, "{states:?}");
    let url = StoreUrl::Sqlite(path.clone());
    let read = refund_sync::store::open_read_only(&url).await;
    assert!(matches!(read, Err(StoreError::Older { .. })), "who must bring it up to date is said: {read:?}");
    drop(Sqlite::open(&path).unwrap());
    assert_eq!((told_after(&path), version(&path)), (told, TODAY));
    assert_eq!(rows(&path, "PRAGMA foreign_key_check"), Vec::<String>::new());
    // The one that was edited into nonsense is nonsense still: the audit sets it aside.
    assert_eq!(rows(&path, "PRAGMA integrity_check"), ["[Text(\"CHECK constraint failed in document\")]"]);
    let store = Sqlite::open(&path).unwrap();
    assert!(store.status().await.unwrap()[0].documents.values().sum::<u64>() > 9);
    // What happens from now on comes behind what happened.
    let [last] = &rows(&path, "SELECT max(n) <= (SELECT max(events) FROM pipeline) FROM event")[..] else {
        panic!()
    };
    assert_eq!(last, "[Integer(1)]");
}

#[test]
fn a_migration_that_is_killed_after_any_statement_is_done_anew_from_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let told = told_before(&before(tempfile::tempdir().unwrap().path(), 0));
    for (done, steps) in STEPS.iter().enumerate() {
        let path = before(folder.path(), done);
        let killed = Connection::open(&path).unwrap();
        // Whatever was changed is on disk before the end, as in a large journal.
        killed
            .execute_batch(
                "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; PRAGMA ignore_check_constraints = on",
            )
            .unwrap();
        killed.execute_batch("PRAGMA foreign_keys = off; BEGIN IMMEDIATE").unwrap();
        for (place, step) in steps.split_inclusive(";\n").enumerate() {
            killed.execute_batch(step).unwrap();
            let left = folder.path().join(format!("{done}-{place}.db"));
            for end in ["", "-wal"] {
                let file = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
                std::fs::copy(file(&path), file(&left)).unwrap();
            }
            drop(Sqlite::open(&left).unwrap());
            assert_eq!((told_after(&left), version(&left)), (told.clone(), TODAY), "after {step}");
        }
    }
}
