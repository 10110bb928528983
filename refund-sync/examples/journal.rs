//! Writes a SQLite journal of so many finished returns, each with its texts and the events of its life, to measure what
//! keeping one costs: `cargo run --release -p refund-sync --example journal -- FILE 200000`.

use std::path::Path;

use refund_sync::store::Sqlite;

/// As a return of three lines and its bill are kept: so many bytes each.
const SOURCE: usize = 900;
const BILL: usize = 600;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(count)) = (args.next(), args.next()) else {
        return Err("FILE COUNT".into());
    };
    let count: i64 = count.parse()?;
    drop(Sqlite::open(Path::new(&file))?);
    let journal = rusqlite::Connection::open(&file)?;
    journal.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF; BEGIN;
         INSERT INTO pipeline (id, name, events) VALUES (1, 'main', {count} * 5);
         CREATE TEMP TABLE n AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
             SELECT n FROM n;
         INSERT INTO run (id, pipeline, command, started) SELECT n, 1, 'run', n FROM n WHERE n % 100 = 1;
         INSERT INTO document (id, pipeline, refund_no, state, asked_at, mark, rules, fid, sends)
             SELECT n, 1, printf('TK%09d', n), 'confirmed', n, hex(randomblob(8)), hex(randomblob(8)), n + 100000, 1 FROM n;
         INSERT INTO content (document, source, bill)
             SELECT n, '{{\"x\":\"' || hex(randomblob({SOURCE} / 2)) || '\"}}', '{{\"y\":\"' || hex(randomblob({BILL} / 2)) || '\"}}'
             FROM n;
         INSERT INTO event (document, n, run, at, event, detail)
             SELECT n.n, n.n * 5 + e.n, n.n / 100 * 100 + 1, n.n, 'confirmed', '{{\"fid\":\"1\"}}' FROM n, n AS e WHERE e.n <= 5;
         COMMIT"
    ))?;
    Ok(())
}
