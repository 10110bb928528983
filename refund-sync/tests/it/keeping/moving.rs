//! A journal that is moved is the same journal: every table, every column, every row, both ways.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use refund_sync::store::{Postgres, Sqlite};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use secrecy::ExposeSecret as _;

use super::everything;
use crate::postgres::cluster::Database;
use crate::returns::{many, now, number, plain};
use crate::scene::Scene;
use crate::serve::process::Serving;

/// What no format may spoil.
const TEXT: &str = "a\tb\\N\n退货\r\n\\. 'quoted' \"twice\"";

/// Two rows in every table that there is: one with something in every column, one with nothing wherever that may be.
fn fill(path: &Path) {
    drop(Sqlite::open(path).unwrap());
    let journal = Connection::open(path).unwrap();
    journal.pragma_update(None, "foreign_keys", false).unwrap();
    let list = |sql: &str, of: &[&str]| -> Vec<Vec<Value>> {
        let mut statement = journal.prepare(sql).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map(params_from_iter(of), |row| (0..width).map(|n| row.get(n)).collect());
        rows.unwrap().map(Result::unwrap).collect()
    };
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    for table in list("SELECT name FROM sqlite_schema WHERE type = 'table'", &[]) {
        let table = text(&table[0]);
        let columns = list(
            "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE hidden = 0",
            &[&table],
        );
        for row in 1..=2_i64 {
            let values = columns.iter().map(|column| {
                let (name, kind) = (text(&column[0]), text(&column[1]));
                let may_be_empty = column[2] == Value::Integer(0) && column[3] == Value::Integer(0);
                match (name.as_str(), kind.as_str()) {
                    _ if row == 2 && may_be_empty => Value::Null,
                    ("state", _) if table == "window" => "read".to_owned().into(),
                    ("state", _) => "seen".to_owned().into(),
                    // Rows refer to rows of the same number.
                    (_, "INTEGER") => row.into(),
                    _ => format!("{name} {row} {TEXT}").into(),
                }
            });
            let marks = vec!["?"; columns.len()].join(", ");
            // What is true is 1: so is the number of the first row. Of the second it is not asked.
            let sql = format!("INSERT INTO \"{table}\" VALUES ({marks})");
            journal.execute(&sql, params_from_iter(values)).unwrap();
        }
    }
    journal.execute("UPDATE request SET taken = 0 WHERE id = 2", []).unwrap();
}

/// Says nothing in the old journal, everything in the new one.
fn to(scene: &Scene, url: &str) -> crate::scene::Done {
    let mut command = scene.command(&["journal", "move", "--to", "env:TO"]);
    command.env("TO", url);
    crate::scene::Done::of(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_and_every_column_comes_back_as_it_went() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with([]).await;
    fill(&scene.database());
    let before = everything(&scene.database());
    assert!(before.len() >= 10 && before.values().all(|rows| rows.len() == 2), "{before:?}");
    to(&scene, database.url().expose_secret()).exits(0).says(&["url = { env = \"TO\" }", ":2:7"]);
    assert_eq!(everything(&scene.database()), before, "the old one stays as it was");
    scene.change("sqlite:refund-sync.db", database.url().expose_secret());
    to(&scene, "sqlite:back.db").exits(0);
    assert_eq!(everything(&scene.folder().join("back.db")), before);
    // The next row of the server gets a number of its own.
    let next = "INSERT INTO refund_sync.run (pipeline, command, started) VALUES (1, 'x', 1) RETURNING id";
    assert_eq!(database.number(next).await, 3);
    scene.run(&["backup", "kept.db"]);
    let kept = everything(&scene.folder().join("kept.db"));
    assert_eq!(kept["document"], before["document"], "a backup of a database is a file like any other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_goes_on_after_a_move_and_after_the_way_back() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with(many(20)).await;
    scene.settle().exits(0);
    let more = |numbers: std::ops::RangeInclusive<usize>| {
        for number in numbers {
            let mut row = plain(&crate::returns::number(number));
            row.touch(now());
            scene.shop.world().push(row);
        }
    };
    to(&scene, database.url().expose_secret()).exits(0);
    scene.change("sqlite:refund-sync.db", database.url().expose_secret());
    more(21..=25);
    scene.settle().exits(0).says(&["saved 5"]);
    assert_eq!(scene.why("TK0007")["state"], "confirmed");
    to(&scene, "sqlite:back.db").exits(0);
    scene.change(database.url().expose_secret(), "sqlite:back.db");
    more(26..=30);
    scene.settle().exits(0).says(&["saved 5"]);
    let numbers: Vec<_> = (1..=30).map(number).collect();
    scene.bills(&numbers.iter().map(String::as_str).collect::<Vec<_>>());
    scene.run(&["journal", "check"]).exits(0).says(&["It is whole"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_journals_are_not_made_one_and_what_is_worked_or_only_to_be_read_is_refused() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with(many(3)).await;
    let url = database.url();
    let url = url.expose_secret();
    to(&scene, url).exits(1).complains(&["there is no journal"]);
    scene.settle().exits(0);
    let before = everything(&scene.database());
    database
        .execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name))
        .await;
    to(&scene, url).exits(1).complains(&["can only be read"]);
    let off = format!("ALTER DATABASE {} RESET default_transaction_read_only", database.name);
    // From another database: in this one nothing can be written now.
    database.cluster.connect("postgres").await.batch_execute(&off).await.unwrap();
    to(&scene, "sqlite:other.db").exits(1).complains(&["both journals are SQLite files"]);
    to(&scene, "nonsense").exits(2).complains(&["must begin with sqlite: or postgres://"]);
    scene.run(&["journal", "move", "--to", "env:NOT_THERE"]).exits(2).complains(&["NOT_THERE is not set"]);
    let serving = Serving::start(&scene).await;
    to(&scene, url).exits(1).complains(&["is working on the journal"]);
    serving.ends();
    to(&scene, url).exits(0);
    to(&scene, url).exits(1).complains(&["has rows in", "DROP SCHEMA refund_sync CASCADE"]);
    assert_eq!(everything(&scene.database())["document"], before["document"]);
    scene.change("sqlite:refund-sync.db", url);
    to(&scene, "sqlite:refund-sync.db").exits(1).complains(&["exists already"]);
    let _worker = Postgres::work(&database.url(), &[7], "a worker").await.unwrap();
    to(&scene, "sqlite:third.db").exits(1).complains(&["a worker", "is working on the journal"]);
    assert!(!scene.folder().join("third.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_is_killed_at_any_moment_leaves_the_old_journal_in_force_and_nothing_in_the_new_one() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with([]).await;
    fill(&scene.database());
    let journal = Connection::open(scene.database()).unwrap();
    journal
        .execute_batch(
            "WITH RECURSIVE n (n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM n WHERE n < 6000)
             INSERT INTO document (id, pipeline, refund_no, state, asked_at) SELECT n, 1, 'TK' || n, 'filtered', n FROM n",
        )
        .unwrap();
    drop(journal);
    let before = everything(&scene.database());
    let documents = "SELECT CASE WHEN to_regclass('refund_sync.document') IS NULL THEN 0
        ELSE (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS c FROM refund_sync.document', false, true, '')))[1]::text::bigint END";
    for life in [5, 40, 80, 120, 160, 220, 300] {
        let mut command = scene.command(&["journal", "move", "--to", "env:TO"]);
        command.env("TO", database.url().expose_secret()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(life)).await;
        child.kill().unwrap();
        let whole = child.wait().unwrap().success();
        // The server may need a moment to see that the one who asked is gone.
        database.cut_off_everybody().await;
        let there = database.number(documents).await;
        assert!(there == 0 || there == 6_000, "{there} documents after {life} ms");
        assert_eq!(everything(&scene.database()), before);
        if whole || there > 0 {
            database.execute("DROP SCHEMA refund_sync CASCADE").await;
        }
    }
    to(&scene, database.url().expose_secret()).exits(0);
    assert_eq!(database.number(documents).await, 6_000);
}
