//! A long journal: what a cycle, the page and the commands ask reads no further into history than a short one would.

use std::time::Duration;

use chrono::TimeDelta;
use refund_sync::clock::shanghai;
use refund_sync::journal::{Row, State};
use refund_sync::store::{Origin, PageCommit, ParkedQuery, Postgres, Queries as _, Store};

use super::cluster::Database;

/// Years of history, of which each row is told from the others by its number alone.
const HISTORY: &str = "
    SET search_path = refund_sync;
    INSERT INTO run (pipeline, command, started, ended, outcome) SELECT 1, 'run', n, n, '{}' FROM generate_series(1, 20000) AS n;
    INSERT INTO document (pipeline, refund_no, state, asked_at, rules, fid, kind, process_status)
        SELECT 1, 'OLD' || n, CASE WHEN n % 3 = 0 THEN 'filtered' ELSE 'confirmed' END, n, 'v1', n::text, 2, 90
        FROM generate_series(1, 20000) AS n;
    INSERT INTO content (document, source, bill) SELECT id, '{}', '{}' FROM document WHERE state = 'confirmed';
    INSERT INTO event (document, n, run, at, event, detail)
        SELECT document.id, kind.n, 1, kind.n, kind.event, '{}' FROM document,
            (VALUES (1, 'read'), (2, 'mapped'), (3, 'intended'), (4, 'saved'), (5, 'confirmed')) AS kind (n, event);
    INSERT INTO \"window\" (pipeline, run, start, \"end\", state, total, seen, calls, at)
        SELECT 1, 1, to_char(at, 'YYYY-MM-DD HH24:MI:SS'), to_char(at + interval '5 min', 'YYYY-MM-DD HH24:MI:SS'),
            'settled', 0, 0, 1, 1
        FROM (SELECT timestamp '2020-01-01' + n * interval '5 min' AS at FROM generate_series(1, 20000) AS n) AS cycle;
    INSERT INTO request (pipeline, request, at, taken, answer) SELECT 1, '{}', 1, true, '0' FROM generate_series(1, 20000);
    ANALYZE";

/// Rows that the server has read from tables so far, by whatever way.
const READ: &str = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables
    WHERE schemaname = 'refund_sync'";

/// A cycle that finds ten new returns, and what people ask beside it.
async fn cycle(store: &Postgres) {
    let at = store.clock().now();
    let pipeline = store.pipeline("main").await.unwrap().id;
    let run = store.begin_run(pipeline, "run", at).await.unwrap();
    let origin = Origin { pipeline, run, at };
    store.recover(origin).await.unwrap();
    store.remap(origin, "v2").await.unwrap();
    let end = shanghai(at);
    let window = (end - TimeDelta::minutes(5), end);
    let row = |n: usize| Row::Filtered {
        refund_no: format!("TK{n}"),
        kind: 4,
        process_status: 90,
        shop_no: "S001".to_owned(),
        modified: Some(end),
        amount: None,
        numbers: Vec::new(),
    };
    let page = PageCommit { rows: (0..10).map(row).collect(), asked_at: at, window };
    store.commit_page(origin, page).await.unwrap();
    for state in [State::Seen, State::Mapped, State::Saved, State::Submitted, State::Audited] {
        store.due(pipeline, state, at, 50).await.unwrap();
    }
    store.waiting(pipeline, 500).await.unwrap();
    store.unanswered(pipeline, at, 50).await.unwrap();
    store.pending(pipeline, at).await.unwrap();
    store.walked(pipeline, window).await.unwrap();
    store.open_requests(pipeline).await.unwrap();
    store.parked().await.unwrap();
    store.parked_page(ParkedQuery { limit: 50, ..ParkedQuery::default() }).await.unwrap();
    store.hours(at - TimeDelta::hours(24)).await.unwrap();
    store.revision().await.unwrap();
    store.life("OLD77").await.unwrap();
    store.end_run(run, at, "{}".into()).await.unwrap();
}

#[tokio::test]
async fn a_cycle_reads_no_history_on_postgresql_either() {
    let Some(database) = Database::make().await else { return };
    let work = async || Postgres::work(&database.url(), &[1], "a worker").await.unwrap();
    let store = work().await;
    store.pipeline("main").await.unwrap();
    drop(store);
    database.execute(HISTORY).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = database.number(READ).await;
    let store = work().await;
    cycle(&store).await;
    drop(store);
    // A session hands in what it counted when it ends.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let read = database.number(READ).await - before;
    println!("a cycle reads {read} rows of a journal of 20,000 returns");
    assert!(read > 10, "nothing was counted");
    assert!(read < 2_000, "{read} rows");
}
