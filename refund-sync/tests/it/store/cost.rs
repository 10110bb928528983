//! What a long journal costs: a cycle, the page and the commands on it take as many steps of SQLite's machine as on a
//! short one. Steps do not depend on how busy the computer is; the times beside them are for people.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::mock::Site;
use rusqlite::Connection;
use rusqlite::StatementStatus::VmStep;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tokio::time::Instant;
use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::mock::{Gateway, fill};

use refund_sync::clock::{Clock, shanghai};
use refund_sync::config::Pipeline;
use refund_sync::demo::{Settings, Weather, configured, simulated_books};
use refund_sync::journal::{Parking, Row};
use refund_sync::lang::Text;
use refund_sync::model::Cause;
use refund_sync::sink::{self, Sink};
use refund_sync::source::{self, Source};
use refund_sync::store::{
    List, ListQuery, Origin, PageCommit, ParkedQuery, Queries as _, SortBy, Sqlite, Store as _,
};
use refund_sync::worker::{Until, Worker};

/// How many returns the long journal holds, where `SCALE` says nothing else.
const USUALLY: u64 = 20_000;
/// New returns of one cycle, and how many cycles are run on each journal.
const NEW: usize = 100;
const CYCLES: u64 = 5;
/// How much more a cycle may cost on a long journal.
const PROMISED: f64 = 1.2;

/// What statements took.
#[derive(Default)]
struct Cost {
    /// By statement: how often it ran, and how many steps of SQLite's machine that took.
    statements: BTreeMap<String, (i64, i64)>,
    /// Time in SQLite, the waits for the disk included.
    time: Duration,
}

impl Cost {
    fn add(&mut self, sql: String, steps: i64, time: Duration) {
        let (runs, sum) = self.statements.entry(sql).or_default();
        *runs += 1;
        *sum += steps;
        self.time += time;
    }

    /// Steps of one run of a statement.
    fn each(&self, sql: &str) -> i64 {
        self.statements.get(sql).map_or(0, |(runs, steps)| steps / runs)
    }

    /// Steps of everything that `other` ran, had it run here: how often a page is read again depends on the moment.
    fn of(&self, other: &Self) -> i64 {
        other.statements.iter().map(|(sql, (runs, _))| runs * self.each(sql)).sum()
    }
}

/// One journal with its books; the shop is shared.
struct Desk {
    store: Sqlite,
    books: Site,
    cost: Arc<Mutex<Cost>>,
}

impl Desk {
    fn open(path: &Path, books: Site) -> Self {
        let store = Sqlite::open(path).unwrap();
        let cost: Arc<Mutex<Cost>> = Arc::default();
        let count = Arc::clone(&cost);
        // A statement that is kept goes on counting where it was.
        let mut before = BTreeMap::new();
        let meter = move |event: TraceEvent<'_>| {
            if let TraceEvent::Profile(statement, took) = event {
                let (sql, now) = (statement.sql().into_owned(), i64::from(statement.get_status(VmStep)));
                let last = before.insert(sql.clone(), now).unwrap_or_default();
                let steps = if now > last { now - last } else { now };
                count.lock().unwrap().add(sql, steps, took);
            }
        };
        let trace = TraceEventCodes::SQLITE_TRACE_PROFILE;
        store.with_connection(|connection| connection.trace_v2(trace, Some(meter))).unwrap();
        Self { store, books, cost }
    }

    /// One cycle as `run` does it.
    async fn cycle(&self, settings: &Pipeline, shop: &Gateway) {
        let clock = Clock::system();
        let wdt = source::client(&settings.wdt, &clock).transport(shop.service()).build().unwrap();
        let kingdee =
            sink::client(&settings.kingdee, &clock).transport(self.books.service()).build().unwrap();
        let source = Source::new(wdt, settings.wdt.clone());
        let store = Arc::new(self.store.clone());
        let worker = Worker::begin(
            settings.clone(),
            store,
            source,
            Sink::new(kingdee),
            clock,
            refund_sync::model::RunTrigger::Run,
        )
        .await
        .unwrap();
        let outcome = worker.run(Until::Once).await.unwrap();
        assert!(outcome.is_complete(), "{outcome:?}");
    }

    /// Everything that people ask while it works.
    async fn ask(&self, now: DateTime<Utc>) {
        let store = &self.store;
        store.parked_page(ParkedQuery { limit: 50, ..ParkedQuery::default() }).await.unwrap();
        store.hours(now - TimeDelta::hours(24)).await.unwrap();
        store.actions(50).await.unwrap();
        store.revision().await.unwrap();
        store.parked().await.unwrap();
        store.find("JY", 50).await.unwrap();
        for list in [List::Parked, List::InProgress, List::Flagged] {
            for sort in SortBy::ALL {
                let query = ListQuery { sort, limit: 50, descending: true, ..ListQuery::of(list) };
                store.list(query).await.unwrap();
            }
        }
        let end = shanghai(now);
        store.walked(1, (end - TimeDelta::hours(1), end)).await.unwrap();
        store.open_requests(1).await.unwrap();
    }

    /// What was spent since this was last asked.
    fn take_cost(&self) -> Cost {
        std::mem::take(&mut self.cost.lock().unwrap())
    }

    /// Copies what is finished until the journal holds `count` returns, as if years had gone by.
    fn grow(&self, count: u64) {
        self.store.with_connection(|connection| grow(connection, count));
    }
}

fn grow(connection: &Connection, count: u64) {
    connection.execute_batch("CREATE TEMP TABLE copy (n INTEGER PRIMARY KEY); BEGIN").unwrap();
    let (finished, stride): (u64, i64) = connection
        .query_row(
            "SELECT count(*) FILTER (WHERE state IN ('confirmed', 'filtered')), max(id) FROM document",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let copies = count.div_ceil(finished);
    connection
            .execute(
                "INSERT INTO copy WITH RECURSIVE up (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM up WHERE n < ?1)
                 SELECT n FROM up",
                [copies],
            )
            .unwrap();
    connection
            .execute(
                "INSERT INTO document (id, pipeline, refund_no, state, modified, asked_at, kind, process_status, shop_no,
                     date, mark, rules, fid, flags, attempts, sends, batch, amount)
                 SELECT id + n * ?1, pipeline, refund_no || '-' || n, state, modified, asked_at, kind, process_status,
                     shop_no, date, mark, rules, fid, NULL, attempts, sends, batch, amount
                 FROM copy CROSS JOIN document WHERE state IN ('confirmed', 'filtered')",
                [stride],
            )
            .unwrap();
    connection
        .execute(
            "INSERT INTO content (document, source, bill)
                 SELECT id + n * ?1, source, bill
                 FROM copy CROSS JOIN document JOIN content ON content.document = document.id
                 WHERE state = 'confirmed' AND id <= ?1",
            [stride],
        )
        .unwrap();
    connection
            .execute(
                "INSERT INTO search (key, kind, document)
                 SELECT key || '-' || n, kind, document + n * ?1 FROM copy CROSS JOIN search
                 WHERE document IN (SELECT id FROM document WHERE state IN ('confirmed', 'filtered') AND id <= ?1)",
                [stride],
            )
            .unwrap();
    let year = TimeDelta::days(365).num_microseconds().unwrap();
    connection
            .execute(
                "INSERT INTO event (document, n, run, at, event, detail)
                 SELECT document + copy.n * ?1, event.n, run, at - ?2, event, detail
                 FROM copy CROSS JOIN event
                 WHERE document IN (SELECT id FROM document WHERE state IN ('confirmed', 'filtered') AND id <= ?1)",
                [stride, year],
            )
            .unwrap();
    // Most cycles bring nothing but a window and a run.
    connection.execute("CREATE TEMP TABLE cycle AS SELECT 10 * n + digit.value AS n FROM copy, json_each('[0,1,2,3,4,5,6,7,8,9]') AS digit", []).unwrap();
    for sql in [
            "INSERT INTO \"window\" (pipeline, run, start, \"end\", state, total, seen, calls, at)
             SELECT 1, 1, datetime('2020-01-01', (5 * n) || ' minutes'), datetime('2020-01-01', (5 * n + 5) || ' minutes'),
                 'settled', 10, 10, 1, 1 FROM cycle",
            "INSERT INTO run (pipeline, command, started, ended, outcome)
             SELECT pipeline, command, started, ended, outcome FROM cycle CROSS JOIN run WHERE run.id = 1",
            "INSERT INTO request (pipeline, request, at, taken, answer) SELECT 1, '{}', 1, 1, '0' FROM copy",
        ] {
            connection.execute(sql, []).unwrap();
        }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// What SQLite would do for a statement, one column of it.
fn plan(desk: &Desk, how: &str, sql: &str, column: usize) -> Vec<String> {
    desk.store.with_connection(|connection| {
        let mut statement = connection.prepare(&format!("{how} {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get(column).unwrap());
        }
        plan
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_of_a_document_builds_a_list_and_no_cycle_scans_a_table_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let now = Clock::system().now();
    let end = shanghai(now) - TimeDelta::minutes(20);
    let settings = configured(folder.path(), end - TimeDelta::days(1)).unwrap();
    let shop = Gateway::builder().build();
    shop.world().extend(fill(1, NEW, Span::new(end - TimeDelta::minutes(1), end).unwrap()));
    let books = simulated_books(Settings { refunds: 0, weather: Weather::None, seed: 1 });
    let desk = Desk::open(&folder.path().join("journal.db"), books);
    desk.cycle(&settings, &shop).await;
    desk.ask(now).await;
    let statements: Vec<String> = desk.take_cost().statements.into_keys().collect();
    let begins = |sql: &str, words: &[&str]| words.iter().any(|word| sql.trim_start().starts_with(word));
    let (mut steps, mut asked) = (0, 0);
    for sql in statements.iter().filter(|sql| begins(sql, &["SELECT", "INSERT", "UPDATE", "DELETE"])) {
        asked += 1;
        if begins(
            sql,
            &[
                "INSERT INTO document",
                "UPDATE document SET state",
                "INSERT INTO event",
                "INSERT INTO content",
            ],
        ) {
            steps += 1;
            let opcodes = plan(&desk, "EXPLAIN", sql, 1);
            assert!(!opcodes.iter().any(|code| code == "OpenEphemeral"), "{sql}");
        }
        for line in plan(&desk, "EXPLAIN QUERY PLAN", sql, 3) {
            let grows = ["document", "content", "event", "window", "run", "batch", "stockin", "search"];
            let scans = grows.iter().any(|table| line == format!("SCAN {table}"));
            assert!(!scans, "{line}: {sql}");
        }
    }
    assert!(steps >= 4 && asked > 20, "{steps} of {asked}: {statements:#?}");
}

/// How many steps of SQLite's machine a list may take for each document in it: a millionth of a second has several.
const STEPS_EACH: i64 = 150;

#[tokio::test]
async fn a_list_of_ten_thousand_looks_at_each_once_for_its_sums_and_once_for_its_order() {
    const COUNT: i64 = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let books = simulated_books(Settings { refunds: 0, weather: Weather::None, seed: 1 });
    let desk = Desk::open(&folder.path().join("journal.db"), books);
    let pipeline = desk.store.pipeline("main").await.unwrap().id;
    let now = Clock::system().now();
    let reasons = Parking::one(Cause::Unreadable, Text::same("no number"), Text::same("look at it")).reasons;
    let row = |n: i64| Row::Unreadable {
        refund_no: format!("TK{n:05}"),
        modified: None,
        reasons: reasons.clone(),
        raw: "{}".into(),
    };
    let page = PageCommit {
        rows: (0..COUNT).map(row).collect(),
        asked_at: now,
        window: (shanghai(now), shanghai(now)),
    };
    desk.store.commit_page(Origin { pipeline, run: 1, at: now }, page).await.unwrap();
    for sort in SortBy::ALL {
        desk.take_cost();
        let query = ListQuery { sort, descending: true, limit: 50, ..ListQuery::of(List::Parked) };
        let began = Instant::now();
        let listed = desk.store.list(query).await.unwrap();
        let took = began.elapsed();
        assert_eq!((listed.rows.len(), listed.total().count), (50, 10_000));
        let steps: i64 = desk.take_cost().statements.values().map(|(_, steps)| steps).sum();
        println!("sorted by {sort}: {} steps a document, {took:?}", steps / COUNT);
        assert!(steps <= STEPS_EACH * COUNT, "sorted by {sort}: {steps}");
    }
    desk.take_cost();
    assert_eq!(desk.store.find("TK099", 50).await.unwrap().len(), 50);
    let steps: i64 = desk.take_cost().statements.values().map(|(_, steps)| steps).sum();
    assert!(steps < 20_000, "a prefix is looked up, not looked for: {steps}");
}

#[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
fn ratio(long: i64, short: i64) -> f64 {
    long as f64 / short as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_is_as_fast_with_years_of_history_as_without() {
    let scale = std::env::var("SCALE").map_or(USUALLY, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let now = Clock::system().now();
    let end = shanghai(now) - TimeDelta::minutes(20);
    let settings = configured(folder.path(), end - TimeDelta::days(1)).unwrap();
    let shop = Gateway::builder().build();
    let books = || simulated_books(Settings { refunds: 0, weather: Weather::None, seed: 1 });
    let extend = |seed: u64, count: usize, end| {
        let span = Span::new(end - TimeDelta::minutes(1), end).unwrap();
        shop.world().extend(fill(seed, count, span));
    };
    let long_path = folder.path().join("long.db");
    let (short, long) =
        (Desk::open(&folder.path().join("short.db"), books()), Desk::open(&long_path, books()));
    extend(0, NEW, end);
    for desk in [&short, &long] {
        desk.cycle(&settings, &shop).await;
    }
    long.grow(scale);
    let Desk { store, books, .. } = long;
    drop(store);
    let began = Instant::now();
    let long = Desk::open(&long_path, books);
    let opened = began.elapsed();
    let bytes = std::fs::metadata(&long_path).unwrap().len();

    let mut quickest = [Duration::MAX; 2];
    let mut costs: [Cost; 2] = Default::default();
    for seed in 1..=CYCLES {
        extend(seed, NEW, shanghai(now) - TimeDelta::minutes(5));
        for (which, desk) in [&short, &long].into_iter().enumerate() {
            desk.take_cost();
            desk.cycle(&settings, &shop).await;
            desk.ask(now).await;
            let cost = desk.take_cost();
            quickest[which] = quickest[which].min(cost.time);
            for (sql, (runs, steps)) in cost.statements {
                let sum = costs[which].statements.entry(sql).or_default();
                *sum = (sum.0 + runs, sum.1 + steps);
            }
        }
    }
    let ([few, many], [quick, slow]) = (&costs, quickest);
    let slower = few.statements.keys().filter(|sql| many.each(sql) > 3 * few.each(sql) + 2_000);
    let slower: Vec<_> = slower.map(|sql| format!("{} → {}: {sql}", few.each(sql), many.each(sql))).collect();
    assert!(slower.is_empty(), "read through history:\n{slower:#?}");
    let steps = ratio(many.of(few), few.of(few));
    let began = Instant::now();
    long.store.status().await.unwrap();
    let status = began.elapsed();
    println!(
        "{scale} returns of the past: {} MB ({} bytes a return); opened in {opened:?}; a cycle of {NEW} new ones takes \
         {steps:.3} × the steps that it takes on an empty journal, and {slow:?} in SQLite, there {quick:?} ({:.2} ×); `status` {status:?}",
        bytes >> 20,
        bytes / scale,
        slow.as_secs_f64() / quick.as_secs_f64(),
    );
    assert!(steps <= PROMISED, "{steps}");
}
