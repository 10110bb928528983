//! The main job end to end on in-process simulators and a temporary journal, with an oracle that shares no code with
//! the way it judges: it reads the simulated shop's raw rows and the simulated books, and compares. Serving its page
//! is `demo::live`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use clap::ValueEnum;
use kingdee_k3cloud_sdk::mock::{self as books, Site, StoredBill};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr as _;
use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::mock::{self as shop, Gateway, MockRefund};

use crate::clock::{Clock, shanghai};
use crate::config;
use crate::lang::{Text, told};
use crate::model::RunTrigger;
use crate::sink::{self, Sink};
use crate::source::{self, Source};
use crate::store::Sqlite;
use crate::worker::PipelineContext;
use crate::worker::{Tally, Until, Worker};

/// What the demo is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many returns the simulated shop has.
    pub refunds: usize,
    /// How often calls fail on the way.
    pub weather: Weather,
    /// Everything that is drawn follows from it.
    pub seed: u64,
}

/// How often calls fail on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Weather {
    /// Nothing fails.
    None,
    /// JournalInfo one call in twenty fails.
    Light,
    /// JournalInfo three calls in ten fail.
    Storm,
}

/// What the demo did, and what the oracle says of it.
#[derive(Debug)]
pub struct Proof {
    settings: Settings,
    tally: Tally,
    filtered: BTreeMap<String, u64>,
    parked: BTreeMap<String, u64>,
    left: u64,
    failures: Vec<Text>,
    verdict: Verdict,
    calls: (u64, u64),
    took: Duration,
}

/// The oracle's comparison of the shop with the books.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    expected: usize,
    written: usize,
    parked: usize,
    missing: Vec<String>,
    doubled: Vec<String>,
    off_by_a_cent: Vec<String>,
    uncalled_for: Vec<String>,
}

/// The slowest save of the simulated books; the demo waits longer than that before it sends anything again.
const SLOWEST_SAVE: Duration = Duration::from_millis(60);
/// When the demo gives up.
const TIMEOUT: Duration = Duration::from_secs(115);

/// The simulated systems, and everything that works between them.
#[derive(Debug)]
pub struct Stage {
    settings: Settings,
    gateway: Gateway,
    site: Site,
    context: PipelineContext,
    _folder: TempDir,
}

impl Stage {
    /// Fills the shop.
    ///
    /// # Errors
    /// A message when the demo cannot even begin: no temporary folder, no journal.
    pub fn set(settings: Settings) -> Result<Self, String> {
        let clock = Clock::system();
        let end = shanghai(clock.now()) - TimeDelta::hours(2);
        let start = end - TimeDelta::days(3);
        let gateway = simulated_shop(settings, start, end)?;
        let site = simulated_books(settings);
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let pipeline = configured(folder.path(), start)?;
        let store = Sqlite::open(&folder.path().join("demo.db")).map_err(|error| error.to_string())?;
        let wdt = source::client(&pipeline.wdt, &clock)
            .transport(gateway.service())
            .retry(
                wdt_qimen_sdk::RetryPolicy::default()
                    .delays(Duration::from_millis(5), Duration::from_millis(100)),
            )
            .seed(settings.seed)
            .build()
            .map_err(|error| error.to_string())?;
        let kingdee = sink::client(&pipeline.kingdee, &clock)
            .transport(site.service())
            .retry(
                kingdee_k3cloud_sdk::RetryPolicy::default()
                    .delays(Duration::from_millis(5), Duration::from_millis(100))
                    .patience(Duration::from_millis(100)),
            )
            .seed(settings.seed)
            .build()
            .map_err(|error| error.to_string())?;
        let context = PipelineContext {
            source: Source::new(wdt, pipeline.wdt.clone()),
            sink: Sink::new(kingdee),
            settings: pipeline,
            store: Arc::new(store),
            clock,
            held_since: tokio::time::Instant::now(),
            is_mended: false,
        };
        Ok(Self { settings, gateway, site, context, _folder: folder })
    }

    /// What the demo was asked for.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The pipeline between both systems.
    pub fn context(&self) -> &PipelineContext {
        &self.context
    }

    /// The simulated shop.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Runs once until everything is settled, and compares.
    ///
    /// # Errors
    /// A message when the journal fails.
    pub async fn run(&self) -> Result<Proof, String> {
        let began = tokio::time::Instant::now();
        let PipelineContext { settings: pipeline, store, source, sink, clock, .. } = self.context.clone();
        let worker = Worker::begin(pipeline, Arc::clone(&store), source, sink, clock, RunTrigger::Demo)
            .await
            .map_err(|error| error.to_string())?;
        let outcome =
            worker.run(Until::Settled { timeout: TIMEOUT }).await.map_err(|error| error.to_string())?;

        let status = store.status().await.map_err(|error| error.to_string())?;
        let parked = store.parked().await.map_err(|error| error.to_string())?;
        let parked: BTreeSet<String> = parked.into_iter().map(|document| document.refund_no).collect();
        let mut filtered = BTreeMap::new();
        for left_out in status.iter().flat_map(|status| &status.filtered) {
            let code = |code: Option<i32>| code.map_or_else(|| "?".to_owned(), |code| code.to_string());
            let (kind, status) = (code(left_out.kind), code(left_out.process_status));
            let reason = told!("类型 {kind} 状态 {status}", "type {kind} status {status}");
            *filtered.entry(reason).or_default() += left_out.count;
        }
        Ok(Proof {
            settings: self.settings,
            tally: outcome.tally,
            filtered,
            parked: status.into_iter().next().map(|status| status.parked).unwrap_or_default(),
            left: outcome.left.documents,
            failures: outcome.failures,
            verdict: judge(&self.gateway.world().refunds(), &self.site.bills(), &parked),
            calls: (self.gateway.counts().arrivals, self.site.counts().arrivals),
            took: began.elapsed(),
        })
    }
}

fn simulated_shop(settings: Settings, start: NaiveDateTime, end: NaiveDateTime) -> Result<Gateway, String> {
    let faults = match settings.weather {
        Weather::None => shop::Faults::none(),
        Weather::Light => shop::Faults::light(),
        Weather::Storm => shop::Faults::storm(),
    };
    let gateway =
        Gateway::builder().order(shop::RowOrder::Shuffled).faults(faults).seed(settings.seed).build();
    let span = Span::new(start, end).map_err(|error| error.to_string())?;
    gateway.world().extend(shop::fill(settings.seed, settings.refunds, span));
    Ok(gateway)
}

/// 金蝶 as the demo has it: a site whose check for doubles lags.
pub fn simulated_books(settings: Settings) -> Site {
    let faults = match settings.weather {
        Weather::None => books::Faults::none(),
        Weather::Light => books::Faults::light(),
        Weather::Storm => books::Faults::storm(),
    };
    Site::builder()
        .acct_id(ACCT_ID)
        .username(USERNAME)
        .app_id(APP_ID)
        .app_secret(APP_SECRET)
        .orgs(["100"])
        .customers(shop::SHOPS.iter().map(|(number, _)| customer(number)))
        .materials(shop::SPECS.iter().map(|spec| spec.spec_no))
        .stocks(shop::WAREHOUSES.iter().map(|(number, _)| stock(number)))
        .uniqueness(books::Uniqueness::LaggingCheck)
        .commit(books::Commit::OneByOne)
        .save_time(Duration::ZERO..=SLOWEST_SAVE)
        .faults(faults)
        .seed(settings.seed)
        .build()
}

// The simulated site's own credentials: they open nothing else.
const ACCT_ID: &str = "65f0demo";
const USERNAME: &str = "demo";
const APP_ID: &str = "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";
const APP_SECRET: &str = "demo-app-secret";

fn customer(shop_no: &str) -> String {
    format!("C-{shop_no}")
}

fn stock(warehouse_no: &str) -> String {
    format!("CK-{warehouse_no}")
}

/// The demo goes the way of every configuration: a file, loaded and checked.
///
/// # Errors
/// The file cannot be written or read.
pub fn configured(folder: &Path, start: NaiveDateTime) -> Result<config::Pipeline, String> {
    let pairs = |list: &[(&str, &str)], to: fn(&str) -> String| {
        list.iter().map(|(from, _)| format!("{from} = \"{}\"", to(from))).collect::<Vec<_>>().join(", ")
    };
    let text = format!(
        r#"
[[pipeline]]
name = "demo"
start_from = "{start}"

[pipeline.wdt]
base_url = "http://127.0.0.1/router/qm"
sid = "{sid}"
app_key = "{app_key}"
app_secret = {{ env = "WDT_APP_SECRET" }}
quota_per_minute = 100000
timeout_seconds = 2

[pipeline.kingdee]
base_url = "http://127.0.0.1/k3cloud/"
acct_id = "{ACCT_ID}"
username = "{USERNAME}"
app_id = "{APP_ID}"
app_secret = {{ env = "KINGDEE_APP_SECRET" }}
quota_per_minute = 100000
timeout_seconds = 1
resend_after_seconds = 1

[pipeline.mapping]
tax_rate = "13"
materials = "identity"
customers = {{ inline = {{ {customers} }} }}
warehouses = {{ inline = {{ {warehouses} }} }}
"#,
        start = start.format("%Y-%m-%d %H:%M:%S"),
        sid = shop::SID,
        app_key = shop::APP_KEY,
        customers = pairs(shop::SHOPS, customer),
        warehouses = pairs(shop::WAREHOUSES, stock),
    );
    let path = folder.join("refund-sync.toml");
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    let secrets = [("WDT_APP_SECRET", shop::APP_SECRET), ("KINGDEE_APP_SECRET", APP_SECRET)];
    let env = secrets.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let loaded = config::load(&path, env).map_err(|faults| faults.to_string())?;
    loaded.config.pipelines.into_iter().next().ok_or_else(|| "the demo has no pipeline".into())
}

/// The oracle: what the shop says must be in the books, against what is there.
fn judge(rows: &[MockRefund], bills: &[StoredBill], parked: &BTreeSet<String>) -> Verdict {
    let mut due = BTreeMap::new();
    for row in rows.iter().filter(|row| row.text("type") == "2" && row.text("process_status") == "90") {
        due.insert(row.refund_no(), refunded(row));
    }
    let mut written: BTreeMap<&str, Vec<&StoredBill>> = BTreeMap::new();
    for bill in bills {
        written.entry(&bill.number).or_default().push(bill);
    }
    let mut verdict = Verdict { expected: due.len(), written: bills.len(), ..Verdict::default() };
    for (number, total) in &due {
        match written.get(number.as_str()).map(Vec::as_slice) {
            None if parked.contains(number) => verdict.parked += 1,
            None => verdict.missing.push(number.clone()),
            Some([bill]) if Some(bill.all_amount) == *total => {}
            Some([_]) => verdict.off_by_a_cent.push(number.clone()),
            Some(_) => verdict.doubled.push(number.clone()),
        }
    }
    verdict.uncalled_for =
        written.into_keys().filter(|number| !due.contains_key(*number)).map(str::to_owned).collect();
    verdict
}

/// What the buyer got back for the goods, to the cent, from the row as it is on the wire.
fn refunded(row: &MockRefund) -> Option<Decimal> {
    let lines = match row.0.get("refund_order_list")? {
        Value::Array(lines) => lines.as_slice(),
        lone => std::slice::from_ref(lone),
    };
    let mut total = Decimal::ZERO;
    for line in lines {
        total += match line.get("refund_order_amount")? {
            Value::String(text) => Decimal::from_str_exact(text).ok()?,
            number => Decimal::from_str_exact(&number.to_string()).ok()?,
        };
    }
    Some(total.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

impl Proof {
    /// Nothing missing, nothing doubled, nothing off, nothing that nobody asked for, nothing left.
    pub fn holds(&self) -> bool {
        let verdict = &self.verdict;
        let clean = [&verdict.missing, &verdict.doubled, &verdict.off_by_a_cent, &verdict.uncalled_for];
        clean.iter().all(|list| list.is_empty())
            && self.left == 0
            && self.failures.is_empty()
            && verdict.expected > 0
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, tally, verdict, .. } = self;
        let Settings { refunds, weather, seed } = settings;
        writeln!(
            f,
            "{}",
            told!(
                "refund-sync demo · 退换单 {refunds} · 故障 {weather:?} · 随机种子 {seed}",
                "refund-sync demo · {refunds} returns · faults {weather:?} · seed {seed}"
            )
        )?;
        let rows = &tally.rows;
        let read = rows.accepted + rows.filtered + rows.unreadable + rows.waiting;
        let (calls, windows) = (self.calls.0, tally.windows_settled);
        figure(f, &told!("读取", "read"), read)?;
        writeln!(
            f,
            "   {}",
            told!(
                "（调用旺店通 {calls} 次，完整读取 {windows} 个窗口）",
                "({calls} calls to 旺店通, {windows} windows fully read)"
            )
        )?;
        figure(f, &told!("未纳入", "not in scope"), self.filtered.values().sum())?;
        writeln!(f)?;
        for (reason, count) in &self.filtered {
            writeln!(f, "     {reason:<22} {count:>7}")?;
        }
        figure(f, &told!("生成单据", "bills made"), tally.mapped)?;
        writeln!(f)?;
        figure(f, &told!("保存", "saved"), tally.saved)?;
        writeln!(f, "   {}", told!("（调用金蝶 {} 次）", "({} calls to 金蝶)", self.calls.1))?;
        figure(f, &told!("认领", "adopted"), tally.adopted)?;
        let (unanswered, resent) = (tally.unanswered, tally.resent);
        writeln!(
            f,
            "   {}",
            told!(
                "（应答丢失 {unanswered} 次；查询后重发 {resent} 次）",
                "(answers lost: {unanswered}; sent again after a look-up: {resent})"
            )
        )?;
        figure(f, &told!("完成", "confirmed"), tally.confirmed)?;
        writeln!(f)?;
        figure(f, &told!("待处理", "parked"), self.parked.values().sum())?;
        writeln!(f)?;
        for (cause, count) in &self.parked {
            writeln!(f, "     {cause:<22} {count:>7}")?;
        }
        if self.left > 0 {
            figure(f, &told!("尚可推进", "left"), self.left)?;
            writeln!(f)?;
        }
        for failure in &self.failures {
            writeln!(f, "{}", told!("失败：{failure}", "failed: {failure}"))?;
        }
        let (expected, written, parked) = (verdict.expected, verdict.written, verdict.parked);
        writeln!(
            f,
            "\n{}",
            told!(
                "核对：应有 {expected} = 已写入 {written} + 待处理 {parked}",
                "oracle: expected {expected} = written {written} + parked {parked}"
            )
        )?;
        for (what, faults) in [
            (told!("漏单", "missing"), &verdict.missing),
            (told!("重单", "doubled"), &verdict.doubled),
            (told!("金额不符", "off by a cent"), &verdict.off_by_a_cent),
            (told!("多单", "uncalled for"), &verdict.uncalled_for),
        ] {
            figure(f, &format!("  {what}"), faults.len() as u64)?;
            writeln!(f, "{}", some(faults))?;
        }
        let word = if self.holds() {
            told!("承诺成立", "the promise holds")
        } else {
            told!("承诺不成立", "THE PROMISE IS BROKEN")
        };
        write!(f, "{word} · {:.1} s", self.took.as_secs_f64())
    }
}

/// What was counted, and how many, in columns that line up in either script.
fn figure(f: &mut fmt::Formatter<'_>, what: &str, count: u64) -> fmt::Result {
    let blanks = 16_usize.saturating_sub(what.width());
    write!(f, "{what}{:blanks$}{count:>7}", "")
}

/// The first few of a list of faults.
fn some(list: &[String]) -> String {
    if list.is_empty() {
        String::new()
    } else {
        format!("  {}", list.iter().take(5).cloned().collect::<Vec<_>>().join(" "))
    }
}
