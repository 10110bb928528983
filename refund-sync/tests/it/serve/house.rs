//! A supervised pipeline between a simulated shop and simulated books, in virtual time: days pass in no time.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::{Request, Response};
use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder};
use kingdee_k3cloud_sdk::transport::BoxError;
use refund_sync::clock::{Clock, of_shanghai, shanghai};
use refund_sync::config::{self, Pipeline};
use refund_sync::journal::State;
use refund_sync::serve::{StatusBoard, Supervisor, View};
use refund_sync::sink::{self, Sink};
use refund_sync::source::{self, Source};
use refund_sync::store::{self, PipelineStatus, Sqlite, Store};
use refund_sync::worker::PipelineContext;
use serde_json::Value;
use tempfile::TempDir;
use tower::{ServiceExt as _, service_fn};
use wdt_qimen_sdk::mock::{APP_KEY, APP_SECRET, Gateway, MockRefund, SID, virtual_clock};

use crate::returns::{self, text};

/// The day on which every one of these stories begins, at three minutes past twelve.
pub(crate) const NOON: &str = "2026-11-20 12:03:00";
pub(crate) const BOOKS_SECRET: &str = "planted-books-secret";

pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) shop: Gateway,
    pub(crate) books: Site,
    pub(crate) board: StatusBoard,
    pub(crate) store: Arc<dyn Store>,
    /// While it is set the shop refuses every signature.
    pub(crate) locked: Arc<AtomicBool>,
    /// While it is set, what asks the shop for this pipeline breaks: a fault of the program.
    pub(crate) broken: Arc<Mutex<Option<&'static str>>>,
    /// Calls that reached the shop, refused ones included.
    pub(crate) knocks: Arc<AtomicU64>,
    /// By how many seconds every clock was set.
    shift: Arc<AtomicI64>,
    /// By how many seconds the clock of this machine was set beside that.
    host: Arc<AtomicI64>,
    folder: TempDir,
}

/// A row of the journal's runs.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) command: String,
    pub(crate) started: DateTime<Utc>,
    pub(crate) ended: Option<DateTime<Utc>>,
    pub(crate) outcome: Value,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with_books(|books| books)
    }

    /// Begins at [`NOON`]; time must be paused.
    pub(crate) fn with_books(books: impl FnOnce(SiteBuilder) -> SiteBuilder) -> Self {
        let noon = of_shanghai(NaiveDateTime::parse_from_str(NOON, "%Y-%m-%d %H:%M:%S").unwrap());
        let (time, shift) = (virtual_clock(noon), Arc::new(AtomicI64::new(0)));
        let set = Arc::clone(&shift);
        let now = move || time() + TimeDelta::seconds(set.load(Ordering::Relaxed));
        let host = Arc::new(AtomicI64::new(0));
        let (machine, by) = (now.clone(), Arc::clone(&host));
        let clock = Clock::of(move || machine() + TimeDelta::seconds(by.load(Ordering::Relaxed)));
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("journal.db")).unwrap().inline();
        Self {
            board: StatusBoard::new(clock.clone()),
            shop: Gateway::builder().now(now.clone()).build(),
            books: books(Site::builder().app_secret(BOOKS_SECRET).now(now)).build(),
            store: Arc::new(store),
            clock,
            locked: Arc::default(),
            broken: Arc::default(),
            knocks: Arc::default(),
            shift,
            host,
            folder,
        }
    }

    /// Another process takes its place: what lasts no longer than a process is gone.
    pub(crate) fn restarted(self) -> Self {
        Self { board: StatusBoard::new(self.clock.clone()), ..self }
    }

    /// The same with a clock that was not read before.
    pub(crate) fn in_another_process(mut self) -> Self {
        let before = self.clock.clone();
        self.clock = Clock::of(move || before.now());
        self.restarted()
    }

    pub(crate) async fn state(&self, refund_no: &str) -> State {
        self.store.life(refund_no).await.unwrap()[0].state
    }

    /// A return that is finished now.
    pub(crate) fn sells_back(&self, refund_no: &str) {
        self.shop.world().push(at_time(returns::plain(refund_no), self.shop_now()));
    }

    /// A return that was finished so many seconds before it shows.
    pub(crate) fn sells_back_late(&self, refund_no: &str, seconds: i64) {
        let at = self.shop_now() - TimeDelta::seconds(seconds);
        self.shop.world().push(at_time(returns::plain(refund_no), at));
    }

    /// Everybody else's time.
    pub(crate) fn shop_now(&self) -> DateTime<Utc> {
        self.clock.now() - TimeDelta::seconds(self.host.load(Ordering::Relaxed))
    }

    /// The pipeline as the journal shows it to people.
    pub(crate) fn row(&self) -> PipelineStatus {
        futures_util::FutureExt::now_or_never(self.store.status()).unwrap().unwrap().remove(0)
    }

    /// Works on the journal behind the program's back.
    pub(crate) fn edits(&self, sql: &str) {
        let journal = rusqlite::Connection::open(self.folder.path().join("journal.db")).unwrap();
        assert!(journal.execute(sql, []).unwrap() > 0, "{sql} changes nothing");
    }

    /// A return that was finished some days ago.
    pub(crate) fn sold_back_days_ago(&self, refund_no: &str, days: i64) {
        let at = self.clock.now() - TimeDelta::days(days) - TimeDelta::hours(1);
        self.shop.world().push(at_time(returns::plain(refund_no), at));
    }

    /// The row, last changed now.
    pub(crate) fn at_now(&self, row: MockRefund) -> MockRefund {
        at_time(row, self.clock.now())
    }

    /// Takes up the work of the pipelines `names`, each with `changes` to its configuration.
    pub(crate) fn starts(&self, names: &[&str], changes: &[(&str, &str)]) -> Supervisor {
        let posts = names.iter().map(|name| self.post(name, changes)).collect();
        Supervisor::start(posts, &self.board)
    }

    /// The same, after a person has changed something.
    pub(crate) fn starts_mended(&self, names: &[&str], changes: &[(&str, &str)]) -> Supervisor {
        let mended = |name: &&str| PipelineContext { is_mended: true, ..self.post(name, changes) };
        Supervisor::start(names.iter().map(mended).collect(), &self.board)
    }

    /// The same for pipelines with changes of their own.
    pub(crate) fn starts_each(&self, pipelines: &[(&str, &[(&str, &str)])]) -> Supervisor {
        let posts = pipelines.iter().map(|(name, changes)| self.post(name, changes)).collect();
        Supervisor::start(posts, &self.board)
    }

    /// Writes a file beside the configuration.
    pub(crate) fn writes(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The files beside the configuration whose names have this in them, by name, with their text.
    pub(crate) fn files(&self, part: &str) -> Vec<(String, String)> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap());
        let named = files.map(|file| (file.file_name().into_string().unwrap(), file.path()));
        let mut found: Vec<_> = named
            .filter(|(name, _)| name.contains(part))
            .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
            .collect();
        found.sort();
        found
    }

    fn post(&self, name: &str, changes: &[(&str, &str)]) -> PipelineContext {
        let settings = pipeline(self.folder.path(), name, changes);
        let (shop, locked, knocks) = (self.shop.service(), self.locked.clone(), self.knocks.clone());
        let (broken, who) = (self.broken.clone(), name.to_owned());
        let door = service_fn(move |request: Request<Bytes>| {
            assert!(broken.lock().unwrap().is_none_or(|broken| broken != who), "planted");
            knocks.fetch_add(1, Ordering::Relaxed);
            let (shop, locked) = (shop.clone(), locked.load(Ordering::Relaxed));
            async move {
                if locked {
                    let refusal =
                        r#"{"response":{"flag":"failure","code":25,"message":"Invalid signature"}}"#;
                    return Ok(Response::new(Bytes::from_static(refusal.as_bytes())));
                }
                shop.oneshot(request).await
            }
        });
        let wdt = source::client(&settings.wdt, &self.clock).transport(door).seed(1).build().unwrap();
        let kingdee = sink::client(&settings.kingdee, &self.clock);
        let books = self.books.service();
        // What the books have begun they end, whoever is still listening.
        let counter = service_fn(move |request: Request<Bytes>| {
            let call = tokio::spawn(books.clone().oneshot(request));
            async move { call.await.map_err(BoxError::from).flatten() }
        });
        let kingdee = kingdee.transport(counter).seed(1).build().unwrap();
        PipelineContext {
            store: Arc::clone(&self.store),
            source: Source::new(wdt, settings.wdt.clone()),
            sink: Sink::new(kingdee),
            clock: self.clock.clone(),
            held_since: tokio::time::Instant::now(),
            is_mended: false,
            settings,
        }
    }

    /// Sets every clock by so many minutes.
    pub(crate) fn sets_clocks_by(&self, minutes: i64) {
        self.shift.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    /// Sets the clock of this machine by so many seconds, and nobody else's.
    pub(crate) fn sets_its_clock_by(&self, seconds: i64) {
        self.host.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Lets so many minutes pass.
    pub(crate) async fn minutes(&self, count: u64) {
        tokio::time::sleep(Duration::from_mins(count)).await;
    }

    /// A person asks something of whoever works the journal.
    pub(crate) async fn asks(&self, name: &str, request: store::Request) -> i64 {
        let pipeline = self.store.pipeline(name).await.unwrap().id;
        self.store.leave_request(pipeline, request, self.clock.now()).await.unwrap()
    }

    /// A person wants the firings skipped, or no more.
    pub(crate) async fn pauses(&self, name: &str, paused: bool) {
        let pipeline = self.store.pipeline(name).await.unwrap().id;
        self.store.set_paused(pipeline, paused.then(|| self.clock.now())).await.unwrap();
    }

    pub(crate) fn view(&self, name: &str) -> View {
        self.board.views().remove(name).unwrap()
    }

    /// Every row of the journal's runs of a pipeline, oldest first.
    pub(crate) fn rows(&self, name: &str) -> Vec<Row> {
        let journal = rusqlite::Connection::open(self.folder.path().join("journal.db")).unwrap();
        let instant = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap();
        let mut rows = journal
            .prepare(
                "SELECT command, started, ended, outcome FROM run
                 WHERE pipeline = (SELECT id FROM pipeline WHERE name = ?1) ORDER BY id",
            )
            .unwrap();
        let rows = rows.query_map([name], |row| {
            let outcome: Option<String> = row.get(3)?;
            Ok(Row {
                command: row.get(0)?,
                started: instant(row.get(1)?),
                ended: row.get::<_, Option<i64>>(2)?.map(instant),
                outcome: outcome.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default(),
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The firings that the rows stand for, those missed included.
    pub(crate) fn firings(&self, name: &str) -> u64 {
        let rows = self.rows(name);
        let firings = rows.iter().filter(|row| row.ended.is_some()).map(|row| &row.outcome["firing"]);
        firings.filter(|firing| !firing.is_null()).map(|firing| firing["missed"].as_u64().unwrap() + 1).sum()
    }

    pub(crate) fn billed(&self) -> Vec<String> {
        let mut numbers: Vec<_> = self.books.bills().into_iter().map(|bill| bill.number).collect();
        numbers.sort();
        numbers
    }

    pub(crate) fn knocks(&self) -> u64 {
        self.knocks.load(Ordering::Relaxed)
    }

    pub(crate) fn lock(&self, locked: bool) {
        self.locked.store(locked, Ordering::Relaxed);
    }
}

fn at_time(mut row: MockRefund, at: DateTime<Utc>) -> MockRefund {
    let at = text(shanghai(at));
    for key in ["modified", "finish_time"] {
        row.set(key, at.as_str());
    }
    row
}

/// Every five minutes; returns are read a minute after they were changed.
fn pipeline(folder: &Path, name: &str, changes: &[(&str, &str)]) -> Pipeline {
    let start = NaiveDateTime::parse_from_str(NOON, "%Y-%m-%d %H:%M:%S").unwrap() - TimeDelta::hours(1);
    let mut file = format!(
        r#"
[[pipeline]]
name = "{name}"
schedule = "*/5 * * * *"
start_from = "{start}"

[pipeline.wdt]
base_url = "http://127.0.0.1/router/qm"
sid = "{SID}"
app_key = "{APP_KEY}"
app_secret = {{ env = "WDT_APP_SECRET" }}
quota_per_minute = 6000
lag_seconds = 60
overlap_seconds = 60

[pipeline.kingdee]
base_url = "http://127.0.0.1/k3cloud/"
acct_id = "65f0c0ffee0001"
username = "api"
app_id = "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
app_secret = {{ env = "KINGDEE_APP_SECRET" }}
quota_per_minute = 6000

[pipeline.mapping]
tax_rate = "13"
materials = "identity"
customers = {{ inline = {{ S001 = "C001" }} }}
warehouses = {{ inline = {{ WH01 = "CK01" }} }}
"#
    );
    for (from, to) in changes {
        assert!(file.contains(from), "{from}");
        file = file.replace(from, to);
    }
    let path = folder.join("refund-sync.toml");
    std::fs::write(&path, file).unwrap();
    let env = [("WDT_APP_SECRET", APP_SECRET), ("KINGDEE_APP_SECRET", BOOKS_SECRET)];
    let env = env.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let loaded = config::load(&path, env).unwrap_or_else(|faults| panic!("{faults}"));
    loaded.config.pipelines.into_iter().next().unwrap()
}
