//! A journal that the program before wrote (`fixtures/journal_5.sql`: documents in every state, a half-finished batch, pruned
//! history, one edited into nonsense) is brought up to date whole, or stays as it was.

use std::path::{Path, PathBuf};

use refund_sync::config::StoreUrl;
use refund_sync::store::{Sqlite, Store, StoreError};
use rusqlite::Connection;
use rusqlite::types::Value;

const BEFORE: &str = include_str!("../fixtures/journal_5.sql");
/// What brings a journal of schema 5 to the newest, a version each.
const STEPS: [&str; 6] = [
    include_str!("../../../src/store/migrations/sqlite/006.sql"),
    include_str!("../../../src/store/migrations/sqlite/007.sql"),
    include_str!("../../../src/store/migrations/sqlite/008.sql"),
    include_str!("../../../src/store/migrations/sqlite/009.sql"),
    include_str!("../../../src/store/migrations/sqlite/010.sql"),
    include_str!("../../../src/store/migrations/sqlite/011.sql"),
];
const NEWEST: i64 = 11;

/// What is told of each document; whether its texts stand beside it or apart makes no difference.
const TOLD: &str = "document.id, document.pipeline, refund_no, state, modified, asked_at, kind, process_status, shop_no, \
    source, date, moved_to, bill, mark, rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, \
    retries, bill_status, pruned_until";

fn before(folder: &Path) -> PathBuf {
    let path = folder.join("journal.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on",
    )
    .unwrap();
    old.execute_batch(BEFORE).unwrap();
    old.pragma_update(None, "user_version", 5).unwrap();
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
    let path = before(folder.path());
    let told = told_before(&path);
    let states = rows(&path, "SELECT DISTINCT state FROM document");
    assert!(states.len() >= 9, "{states:?}");
    let url = StoreUrl::Sqlite(path.clone());
    let read = refund_sync::store::open_read_only(&url).await;
    assert!(matches!(read, Err(StoreError::Older { .. })), "who must bring it up to date is said: {read:?}");
    drop(Sqlite::open(&path).unwrap());
    assert_eq!((told_after(&path), version(&path)), (told, NEWEST));
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

#[tokio::test]
async fn a_journal_that_an_older_program_works_is_not_brought_up_to_date_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = before(folder.path());
    let url = StoreUrl::Sqlite(path.clone());
    let older = refund_sync::store::lock::Holder::take(&path, "serve").unwrap();
    let asked = refund_sync::store::open_for_requests(&url, "retry").await.map(drop);
    assert!(matches!(asked, Err(StoreError::Older { .. })), "{asked:?}");
    assert_eq!(version(&path), 5);
    drop(older);
    assert!(refund_sync::store::open_for_requests(&url, "retry").await.is_ok());
    assert_eq!(version(&path), NEWEST);
}

/// What lists show of each document, and everything that it is found by.
fn listed(path: &Path) -> Vec<String> {
    let mut listed = rows(path, "SELECT id, amount, first_parked, last_tried FROM document ORDER BY id");
    listed.extend(rows(path, "SELECT key, kind, document FROM search ORDER BY key, kind, document"));
    listed
}

#[test]
fn what_lists_show_and_search_finds_is_taken_from_what_the_journal_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = before(folder.path());
    // A row with two orders, a parcel and a shop's name; one that was retried; a number in small letters.
    let old = Connection::open(&path).unwrap();
    old.execute_batch(
        r#"PRAGMA ignore_check_constraints = on;
        UPDATE document SET refund_no = 'tk-small', source = json_set(source, '$.tid', ' 26a, 26B ,,', '$.further',
            json('{"return_logistics_no":"yt0001","shop_name":"旗舰店"}')) WHERE id = 23;
        UPDATE document SET source = json_set(source, '$.refund_amount', json('null'), '$.actual_refund_amount', '-0.5')
            WHERE id = 3;
        INSERT INTO event (id, document, run, at, event, detail) VALUES
            (9001, 12, 2, 1795916002000000, 'requeued', '{}'), (9002, 12, 2, 1795916003000000, 'refused', '{}');"#,
    )
    .unwrap();
    drop(old);
    drop(Sqlite::open(&path).unwrap());
    let told = |id: i64| {
        rows(&path, &format!("SELECT amount, first_parked, last_tried FROM document WHERE id = {id}"))
    };
    assert_eq!(
        told(12),
        ["[Integer(94154800), Integer(1795916001182655), Integer(1795916002000000)]"],
        "parked: since it first was, whatever was tried since"
    );
    assert_eq!(told(3), ["[Integer(-5000), Null, Null]"], "no bill yet, and only what was paid");
    assert_eq!(told(13), ["[Integer(13787400), Null, Null]"], "done: as much as its bill");
    assert_eq!(told(1), ["[Null, Null, Null]"], "nobody kept what a filtered row asked");
    let keys = rows(&path, "SELECT key, kind FROM search WHERE document = 23 ORDER BY kind, key");
    let expected = [
        "[Text(\"TK-SMALL\"), Integer(0)]",
        "[Text(\"26A\"), Integer(1)]",
        "[Text(\"26B\"), Integer(1)]",
        "[Text(\"9000000007\"), Integer(2)]",
        "[Text(\"JY20261121000000\"), Integer(3)]",
        "[Text(\"YT0001\"), Integer(4)]",
        "[Text(\"TK2611210100000\"), Integer(5)]",
        "[Text(\"100013\"), Integer(6)]",
    ];
    assert_eq!(keys, expected);
    assert_eq!(rows(&path, "SELECT no, name FROM shop"), ["[Text(\"S001\"), Text(\"旗舰店\")]"]);
}

#[test]
fn a_migration_that_is_killed_after_any_statement_is_done_anew_from_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = before(folder.path());
    let told = told_before(&path);
    let whole = folder.path().join("whole.db");
    Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [whole.to_str().unwrap()]).unwrap();
    drop(Sqlite::open(&whole).unwrap());
    let listed_whole = listed(&whole);
    let killed = Connection::open(&path).unwrap();
    // Whatever was changed is on disk before the end, as in a large journal.
    killed
        .execute_batch(
            "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; PRAGMA ignore_check_constraints = on;
             PRAGMA foreign_keys = off",
        )
        .unwrap();
    for (version_before, steps) in (5..).zip(STEPS) {
        killed.execute_batch("BEGIN IMMEDIATE").unwrap();
        for (place, step) in steps.split_inclusive(";\n").enumerate() {
            killed.execute_batch(step).unwrap();
            let left = folder.path().join(format!("{version_before}-{place}.db"));
            for end in ["", "-wal"] {
                let file = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
                std::fs::copy(file(&path), file(&left)).unwrap();
            }
            assert_eq!(version(&left), version_before);
            drop(Sqlite::open(&left).unwrap());
            assert_eq!((told_after(&left), version(&left)), (told.clone(), NEWEST), "after {step}");
            assert_eq!(listed(&left), listed_whole, "after {step}");
        }
        killed.pragma_update(None, "user_version", version_before + 1).unwrap();
        killed.execute_batch("COMMIT").unwrap();
    }
}
