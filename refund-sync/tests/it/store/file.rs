//! The journal as a file: who may open it, what is refused, and that a refusal leaves it as it was.

use std::path::Path;

use refund_sync::config::StoreUrl;
use refund_sync::store::lock::Holder;
use refund_sync::store::{Sqlite, Store, StoreError};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::sqlite;

fn hash(path: &Path) -> [u8; 32] {
    Sha256::digest(std::fs::read(path).unwrap()).into()
}

#[test]
fn a_newer_schema_is_refused_and_the_file_stays_as_it_was() {
    let (folder, store) = sqlite();
    drop(store);
    let path = folder.path().join("journal.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = hash(&path);
    for opened in [Sqlite::open(&path), Sqlite::open_read_only(&path)] {
        assert!(matches!(opened, Err(StoreError::Newer { found: 99, known: 11, .. })), "{opened:?}");
    }
    assert_eq!(hash(&path), before);
}

#[tokio::test]
async fn a_journal_of_the_first_schema_is_brought_up_to_date_and_keeps_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../src/store/migrations/sqlite/001.sql")).unwrap();
    old.execute("INSERT INTO pipeline (id, name) VALUES (7, 'main')", []).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let url = StoreUrl::Sqlite(path.clone());
    assert!(matches!(refund_sync::store::open_read_only(&url).await, Err(StoreError::Older { .. })));
    assert_eq!(Sqlite::open(&path).unwrap().pipeline("main").await.unwrap().id, 7);
    let version: i64 =
        Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 11);
}

/// Documents parked for these causes by a program that did not try anything again by itself: cause, whether it has a bill,
/// whether it comes back.
pub(crate) const PARKED_BEFORE: [(&str, bool, bool); 7] = [
    ("missing_in_kingdee", true, true),
    ("refused", true, true),
    ("hidden", true, true),
    ("closed_period", true, true),
    ("closed_period", false, false),
    ("unmapped", false, false),
    ("conflict", true, false),
];

/// The statements that put them into a journal of the fourth schema, in either dialect.
pub(crate) fn parked_before() -> String {
    let row = |(place, (cause, has_bill, _)): (usize, &(&str, bool, bool))| {
        let bill = if *has_bill { "'{}'" } else { "NULL" };
        let parking = format!(r#"{{"cause":"{cause}","reasons":[]}}"#);
        format!(
            "INSERT INTO document (pipeline, refund_no, state, asked_at, shop_no, source, bill, parking)
             VALUES (7, 'TK{place}', 'parked', 0, 'S001', '{{}}', {bill}, '{parking}');"
        )
    };
    let rows: String = PARKED_BEFORE.iter().enumerate().map(row).collect();
    let edited = "INSERT INTO document (pipeline, refund_no, state, asked_at, shop_no, parking)
                  VALUES (7, 'TK-edited', 'parked', 0, 'S001', 'refused');";
    format!("INSERT INTO pipeline (id, name) VALUES (7, 'main'); {rows} {edited}")
}

/// Those that come back have their first attempt in an hour, the others none.
pub(crate) async fn have_their_next_attempt(store: &dyn Store) {
    let now = refund_sync::clock::Clock::system().now();
    let due = |minutes| store.parked_due(7, now + chrono::TimeDelta::minutes(minutes), 99);
    assert!(due(55).await.unwrap().is_empty());
    let mut found: Vec<_> = due(65).await.unwrap().into_iter().map(|one| one.refund_no).collect();
    found.sort();
    let coming = PARKED_BEFORE.iter().enumerate().filter(|(_, (.., comes_back))| *comes_back);
    assert_eq!(found, coming.map(|(place, _)| format!("TK{place}")).collect::<Vec<_>>());
    assert!(due(65).await.unwrap().iter().all(|one| one.retries.is_some_and(|retries| retries.tries == 0)));
}

#[tokio::test]
async fn what_was_parked_before_anything_came_back_by_itself_has_its_next_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let old = Connection::open(&path).unwrap();
    for schema in [
        include_str!("../../../src/store/migrations/sqlite/001.sql"),
        include_str!("../../../src/store/migrations/sqlite/002.sql"),
        include_str!("../../../src/store/migrations/sqlite/003.sql"),
        include_str!("../../../src/store/migrations/sqlite/004.sql"),
    ] {
        old.execute_batch(schema).unwrap();
    }
    old.execute_batch(&parked_before()).unwrap();
    old.pragma_update(None, "user_version", 4).unwrap();
    drop(old);
    have_their_next_attempt(&Sqlite::open(&path).unwrap()).await;
}

#[test]
fn reading_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    assert!(matches!(Sqlite::open_read_only(&path), Err(StoreError::Open { .. })));
    assert!(!path.exists());
}

#[tokio::test]
async fn a_reader_sees_what_was_written_and_writes_nothing() {
    let (folder, store) = sqlite();
    let path = folder.path().join("journal.db");
    let pipeline = store.pipeline("main").await.unwrap().id;
    let reader = Sqlite::open_read_only(&path).unwrap();
    assert_eq!(reader.status().await.unwrap()[0].pipeline, "main");
    assert!(matches!(reader.set_stopped(pipeline, None).await, Err(StoreError::ReadOnly { .. })));
}

#[tokio::test]
async fn a_journal_that_was_closed_is_opened_again_as_it_was() {
    let (folder, store) = sqlite();
    let id = store.pipeline("main").await.unwrap().id;
    drop(store);
    let again = Sqlite::open(&folder.path().join("journal.db")).unwrap();
    assert_eq!(again.pipeline("main").await.unwrap().id, id);
}

#[tokio::test]
async fn a_copy_for_a_dry_run_reaches_nothing_of_the_original() {
    let (folder, store) = sqlite();
    store.pipeline("main").await.unwrap();
    let copy = store.copy_to(&folder.path().join("copy.db")).unwrap();
    assert_eq!(copy.status().await.unwrap().len(), 1);
    copy.pipeline("other").await.unwrap();
    assert_eq!(store.status().await.unwrap().len(), 1);
}

#[test]
fn what_is_no_database_is_called_so_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("diary.db");
    std::fs::write(&path, "dear diary, today somebody called me a database. ".repeat(99)).unwrap();
    let before = hash(&path);
    assert!(matches!(Sqlite::open(&path), Err(StoreError::Damaged { .. })));
    assert_eq!(hash(&path), before);
}

#[test]
fn one_holder_at_a_time_and_the_second_learns_who() {
    let (folder, _store) = sqlite();
    let path = folder.path().join("journal.db");
    let first = Holder::take(&path, "serve").unwrap();
    let Err(StoreError::Held { holder, .. }) = Holder::take(&path, "run") else { panic!("two holders") };
    assert_eq!(holder, format!("refund-sync serve (process {})", std::process::id()));
    drop(first);
    drop(Holder::take(&path, "run").unwrap());
    let elsewhere = Holder::take(&folder.path().join("nowhere/journal.db"), "run");
    assert!(matches!(elsewhere, Err(StoreError::Open { .. })));
}

#[test]
fn every_failure_of_a_journal_says_what_to_do_in_both_languages() {
    let path = || "refund-sync.db".into();
    let journal = || "refund-sync.db".to_owned();
    let errors = [
        StoreError::Open { path: path(), reason: "x".into() },
        StoreError::Locked { path: path() },
        StoreError::ReadOnly { path: path() },
        StoreError::Full { journal: journal() },
        StoreError::Older { journal: journal() },
        StoreError::Newer { journal: journal(), found: 2, known: 1 },
        StoreError::Damaged { path: path() },
        StoreError::Held { journal: journal(), holder: "refund-sync run (process 1)".into() },
        StoreError::Unreachable { journal: journal(), reason: "x".into() },
        StoreError::Refused { journal: journal(), reason: "x".into() },
        StoreError::NoDatabase { journal: journal(), reason: "x".into() },
        StoreError::NoRights { journal: journal(), reason: "x".into() },
        StoreError::Lost { journal: journal(), reason: "x".into() },
        StoreError::Gone { journal: journal(), how: "x".into() },
    ];
    for error in errors {
        let told = error.text();
        for said in [&told.zh, &told.en] {
            assert!(said.contains("refund-sync.db"), "{said}");
        }
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        // 金蝶's own name stands in both.
        assert!(
            told.zh.contains(is_chinese) && !told.en.replace("金蝶", "").contains(is_chinese),
            "{told:?}"
        );
    }
}
