//! One world from one seed: a shop, a site, wires, a person, the program; storm first, then calm, then judgement.
//! Nothing outside it is asked for anything, so the same seed gives the same log to the byte.

use std::path::Path;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use kingdee_k3cloud_sdk::mock::{self as books, Site};
use refund_sync::config::{self, Pipeline};
use refund_sync::store::{Request, Retry, Store};
use refund_sync::worker::{Outcome, Until};
use wdt_qimen_sdk::mock::{self as shop, Gateway, MockRefund, QuotaRule};

use crate::accountant::Accountant;
use crate::books_wire::{BOOKS_QUOTA, BooksWire};
use crate::clerk::Clerk;
use crate::climate::Climate;
use crate::lists::NEVER;
use crate::operator::Operator;
use crate::oracle::{self, Evidence, Verdict};
use crate::plant::Plant;
use crate::process::{Ended, Process};
use crate::record::Record;
use crate::shop::{History, Shop, is_accepted};
use crate::shop_wire::ShopWire;
use crate::{customer, stock};

/// A cycle begins every five minutes.
const TICK: Duration = Duration::from_mins(5);
/// Quiet cycles after which whatever still moves is stuck.
const MOST_CALM_CYCLES: u32 = 80;
/// Those of them in a row that may fail, for what was asked of the program before.
const MOST_FAILED: u32 = 24;
/// Where only windows that came short are left, which are looked at again after hours.
const LONG_TICK: Duration = Duration::from_mins(30);
/// Where some may stay short for ever the others have been looked at again after so long.
const LOOKED_AGAIN: Duration = Duration::from_hours(2);

/// What came of a world.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) verdict: Verdict,
    pub(crate) log: String,
}

/// Lives through the world that a seed made.
pub(crate) fn run(climate: Climate, plant: Option<Plant>) -> Report {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(live(climate, plant))
}

async fn live(climate: Climate, plant: Option<Plant>) -> Report {
    let seed = climate.seed;
    let record = Record::begin(climate.begins_at());
    record.note(format_args!("{climate:?}"));
    let folder = folder();
    let start = record.local(Duration::ZERO) - TimeDelta::from_std(climate.lead).unwrap_or_default();
    let gateway = gateway(&climate, &record);
    let site = site(&climate, &record, plant);
    let rows = Shop::open(&climate, &record, &gateway, start);
    let clerk = Clerk::employ(&climate, &record, &site, &rows.finished());
    let (history, arrivals, deeds) = (rows.history(), rows.arrivals(), clerk.deeds());
    if climate.ghost {
        let row = MockRefund::from(
            serde_json::json!({ "refund_no": "GHOST", "type": "2", "process_status": "90" }),
        );
        let mut row = row;
        row.touch(start);
        gateway.world().push_ghost(row);
    }
    tokio::spawn(rows.live());
    tokio::spawn(clerk.work());
    tokio::spawn(lie_about_the_time(climate.clone(), record.clone(), gateway.clone()));
    tokio::spawn(lie_in_lists(climate.clone(), record.clone(), gateway.clone()));
    let squeezed = tokio::spawn(squeeze(climate.clone(), record.clone(), gateway.clone()));

    let wires = (ShopWire::new(&gateway, &record, plant), BooksWire::new(&site, &record, &climate, plant));
    let pipeline = pipeline(folder.path(), &climate, start, plant);
    let path = folder.path().join("journal.db");
    let place = (path.clone(), pipeline.name.clone());
    tokio::spawn(Accountant::employ(&climate, &record, place.clone()).work());
    tokio::spawn(Operator::employ(&climate, &record, &site, &history, place).work());
    let mut process = Process::new(climate.clone(), pipeline, path, record.clone(), wires, plant);
    let second = process.climate.second_path.then(|| tokio::spawn(intrude(process.by_another_path())));
    storm(&mut process).await;
    if let Some(second) = second {
        second.await.unwrap();
    }
    gateway.set_faults(shop::Faults { latency: Duration::from_millis(50), ..shop::Faults::none() });
    site.set_faults(books::Faults::none());
    process.calm();
    let mut last = calm(&mut process, climate.span + climate.lag + climate.overlap).await;
    if ask_again(&mut process).await {
        last = calm(&mut process, Duration::ZERO).await.or(last);
    }
    if let Some(last) = last {
        take_leave(&process, &last, &history.lock().unwrap());
    }

    let allowed = squeezed.await.unwrap_or_default();
    let limited = gateway.counts().over_limit;
    if limited > allowed && !climate.rivals {
        record.offence(format!("旺店通 refused {} calls within the contract", limited - allowed));
    }
    // A worker that falls asleep between two calls says nothing about a pace, nor do answers that cannot be read, nor a
    // clock that the gateway refuses.
    let is_alone = climate.refusals.is_some_and(|refusals| refusals.alone);
    if is_alone && !climate.rivals && climate.lists.lie.is_none() && climate.steps.is_empty() {
        process.shop.pace().judge(&record);
    }
    let evidence = Evidence {
        bills: site.bills(),
        saves: site.counts().saves,
        history: std::mem::take(&mut history.lock().unwrap()),
        arrivals: std::mem::take(&mut arrivals.lock().unwrap()),
        deeds: std::mem::take(&mut deeds.lock().unwrap()),
        offences: record.take_offences(),
        climate,
    };
    let journal = process.journal().unwrap();
    let verdict = oracle::judge(&evidence, journal.as_ref(), &record).await;
    record.note(format_args!("{verdict:?}"));
    Report { seed, verdict, log: record.take_text() }
}

/// Everything happens: cycles every five minutes, and at once after a death.
async fn storm(process: &mut Process) {
    let (record, climate) = (process.record.clone(), process.climate.clone());
    while record.elapsed() < climate.span {
        let now = record.elapsed();
        if let Some((_, to)) = climate.outages.iter().find(|(from, to)| (*from..*to).contains(&now)) {
            tokio::time::sleep_until(record.instant(*to)).await;
            continue;
        }
        process.loses_journal().await;
        #[cfg(feature = "postgres")]
        process.moves_journal();
        let until = if process.rng.chance(200) { Until::Settled { timeout: TICK } } else { Until::Once };
        match process.cycle(until).await {
            Ended::Killed => {
                let pause = process.rng.between(Duration::from_secs(2), Duration::from_mins(2));
                tokio::time::sleep(pause).await;
            }
            Ended::Done(outcome) => {
                check(process, &outcome);
                next_tick(&record).await;
            }
            Ended::Failed(_) => next_tick(&record).await,
        }
    }
}

/// Somebody starts the program a second time, again and again, while it is at work or just after.
async fn intrude(mut second: Process) {
    let (record, span) = (second.record.clone(), second.climate.span);
    loop {
        next_tick(&record).await;
        let most = if second.rng.chance(500) { Duration::from_secs(2) } else { TICK };
        tokio::time::sleep(second.rng.between(Duration::ZERO, most)).await;
        if record.elapsed() >= span {
            return;
        }
        record.note("by another path");
        // Mostly it is told that somebody else has the journal.
        let _ = second.cycle(Until::Once).await;
    }
}

/// Nothing fails any more: cycles until all that can move has moved. The last of them.
async fn calm(process: &mut Process, not_before: Duration) -> Option<Outcome> {
    process.record.note("calm");
    let record = process.record.clone();
    let for_ever = process.climate.may_stay_short();
    let (mut tick, mut failed) = (TICK, 0);
    for _ in 0..MOST_CALM_CYCLES {
        if failed >= MOST_FAILED {
            break;
        }
        next(&record, tick).await;
        let begun = record.elapsed();
        match process.cycle(Until::Once).await {
            Ended::Done(outcome) => {
                check(process, &outcome);
                let rests = begun > not_before + TICK && outcome.is_complete() && outcome.left.documents == 0;
                let looked = for_ever && begun > not_before + LOOKED_AGAIN;
                if rests && (outcome.short.is_empty() || looked) {
                    return Some(*outcome);
                }
                tick = if rests { LONG_TICK } else { TICK };
                failed = if outcome.is_complete() { 0 } else { failed + 1 };
            }
            ended => record.offence(format!("a calm cycle ended as {ended:?}")),
        }
    }
    record.offence("it does not come to rest".to_owned());
    None
}

/// A person reads what was parked for a passing reason, and asks for another try. Says whether there was any.
async fn ask_again(process: &mut Process) -> bool {
    const PASSING: [&str; 3] = ["busy", "never_answered", "no_verdict"];
    let journal = process.journal().unwrap();
    let parked = journal.parked().await.unwrap();
    let numbers: Vec<String> = parked
        .into_iter()
        .filter(|parked| PASSING.contains(&parked.cause.as_str()))
        .map(|parked| parked.refund_no)
        .collect();
    if numbers.is_empty() {
        return false;
    }
    process.record.note(format_args!("retry {numbers:?}"));
    let row = journal.pipeline(&process.pipeline.name).await.unwrap();
    let retry = Request::Retry(Retry { numbers, ..Retry::default() });
    journal.leave_request(row.id, retry, process.record.now()).await.unwrap();
    true
}

/// What no cycle may say in a world whose 旺店通 delivers what it counts.
fn check(process: &Process, outcome: &Outcome) {
    if process.climate.delivers() && !outcome.tally.windows_short.is_empty() {
        process.record.offence(format!("called short: {:?}", outcome.tally.windows_short));
    }
}

/// At the end windows are open if and only if something is counted in them that nobody delivers, and then a person is
/// told.
fn take_leave(process: &Process, last: &Outcome, history: &History) {
    let climate = &process.climate;
    if !climate.may_stay_short() {
        if !last.short.is_empty() {
            process.record.offence(format!("still open, though all is delivered: {:?}", last.short));
        }
        return;
    }
    let is_counted = |row: &MockRefund| !climate.ask_accepted || is_accepted(row);
    let is_withheld = |(number, states): (&String, &Vec<MockRefund>)| {
        let after = climate.lists.withholds(climate.seed, number, Duration::ZERO);
        after == Some(NEVER) && states.last().is_some_and(is_counted)
    };
    let stays = climate.ghost || climate.lists.stay_short() || history.iter().any(is_withheld);
    if stays && (last.short.is_empty() || !last.needs_a_person()) {
        process.record.offence("no window is open, though some of it was never delivered".to_owned());
    }
}

async fn next_tick(record: &Record) {
    next(record, TICK).await;
}

async fn next(record: &Record, tick: Duration) {
    let ticks = u32::try_from(record.elapsed().as_millis() / tick.as_millis()).unwrap_or(u32::MAX);
    tokio::time::sleep_until(record.instant(tick * (ticks + 1))).await;
}

/// For a while, or for ever, 旺店通's totals and lists lie.
async fn lie_in_lists(climate: Climate, record: Record, gateway: Gateway) {
    let Some((from, to, lies)) = &climate.lists.lie else { return };
    tokio::time::sleep_until(record.instant(*from)).await;
    gateway.set_lies(shop::Lies { dirt: climate.lists.dirt, ..lies.clone() });
    let Some(to) = to else { return };
    tokio::time::sleep_until(record.instant(*to)).await;
    gateway.set_lies(climate.lists.plain());
}

/// For a while 旺店通's header lies.
async fn lie_about_the_time(climate: Climate, record: Record, gateway: Gateway) {
    let Some((from, to, dates)) = climate.dates else { return };
    tokio::time::sleep_until(record.instant(from)).await;
    gateway.set_dates(dates);
    tokio::time::sleep_until(record.instant(to)).await;
    gateway.set_dates(shop::Dates::True);
}

/// For some hours 旺店通 allows a third of the contract. Says how many refusals that explains.
async fn squeeze(climate: Climate, record: Record, gateway: Gateway) -> u64 {
    let limited = || gateway.counts().over_limit;
    let mut explained = 0;
    for (from, to) in &climate.squeezes {
        tokio::time::sleep_until(record.instant(*from)).await;
        let before = limited();
        let rule = QuotaRule::sliding(20, TimeDelta::minutes(1)).ban(TimeDelta::seconds(30));
        gateway.set_quota(Some(rule));
        tokio::time::sleep_until(record.instant(*to)).await;
        explained += limited() - before;
        gateway.set_quota(Some(contract()));
    }
    explained
}

fn contract() -> QuotaRule {
    QuotaRule::sliding(60, TimeDelta::minutes(1)).ban(TimeDelta::seconds(10))
}

fn gateway(climate: &Climate, record: &Record) -> Gateway {
    let clock = record.clone();
    Gateway::builder()
        .now(move || clock.now())
        .order(climate.order)
        .page_cap(climate.page_cap)
        .quota(Some(contract()))
        .faults(climate.shop_faults.clone())
        .lies(climate.lists.plain())
        .seed(climate.seed)
        .build()
}

fn site(climate: &Climate, record: &Record, plant: Option<Plant>) -> Site {
    let clock = record.clone();
    let specs = shop::SPECS.iter().map(|spec| spec.spec_no);
    Site::builder()
        .now(move || clock.now())
        .customers(shop::SHOPS.iter().map(|(number, _)| customer(number)))
        .stocks(shop::WAREHOUSES.iter().map(|(number, _)| stock(number)))
        .materials(specs.filter(|spec| Some(*spec) != climate.unknown_material))
        .uniqueness(climate.uniqueness)
        .commit(climate.commit)
        .rounding(climate.rounding)
        .is_success_on_mixed(climate.success_on_mixed)
        .save_time(Duration::ZERO..=climate.slowest_save)
        .renumber(plant == Some(Plant::RenumberingSite))
        .faults(climate.books_faults.clone())
        .seed(climate.seed)
        .build()
}

/// A folder in memory where the system has one: a simulated process dies, its disk does not.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// The world's program is configured as every other: by a file.
fn pipeline(folder: &Path, climate: &Climate, start: NaiveDateTime, plant: Option<Plant>) -> Pipeline {
    let table = |numbers: &[(&str, &str)], to: fn(&str) -> String| {
        numbers.iter().map(|(from, _)| format!("{from} = \"{}\"", to(from))).collect::<Vec<_>>().join(", ")
    };
    let resend_after =
        if plant == Some(Plant::ResendAtOnce) { Duration::ZERO } else { Climate::resend_after() };
    let reread_short = if plant == Some(Plant::ThreeQuickLooks) { "off" } else { "auto" };
    let credentials = match climate.auth {
        "password" => "password = { env = \"PASSWORD\" }".to_owned(),
        _ => "app_id = \"260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\"\napp_secret = { env = \"BOOKS_SECRET\" }"
            .to_owned(),
    };
    let text = format!(
        r#"
[[pipeline]]
name = "world"
start_from = "{start}"

[pipeline.wdt]
base_url = "http://127.0.0.1/router/qm"
sid = "{sid}"
app_key = "{app_key}"
app_secret = {{ env = "SHOP_SECRET" }}
page_size = {page_size}
window_pages = {window_pages}
lag_seconds = {lag}
overlap_seconds = {overlap}
ask_status = "{ask_status}"
enrich = "{enrich}"
reread_short = "{reread_short}"

[pipeline.kingdee]
base_url = "http://127.0.0.1/k3cloud/"
auth = "{auth}"
acct_id = "65f0c0ffee0001"
username = "api"
{credentials}
quota_per_minute = {BOOKS_QUOTA}
timeout_seconds = {timeout}
resend_after_seconds = {resend_after}
batch_size = {batch_size}
concurrency = {concurrency}
finish = "{finish}"
verify = "{verify}"

[pipeline.mapping]
tax_rate = "13"
materials = "identity"
customers = {{ inline = {{ {customers} }} }}
warehouses = {{ inline = {{ {warehouses} }} }}
closed_period = "{closed_period}"
"#,
        start = start.format("%Y-%m-%d %H:%M:%S"),
        sid = shop::SID,
        app_key = shop::APP_KEY,
        page_size = climate.page_size,
        window_pages = climate.window_pages,
        lag = climate.lag.as_secs(),
        overlap = climate.overlap.as_secs(),
        ask_status = if climate.ask_accepted { "accepted" } else { "all" },
        enrich = if climate.stockins { "stockin" } else { "none" },
        auth = climate.auth,
        timeout = climate.books_timeout.as_secs(),
        resend_after = resend_after.as_secs(),
        batch_size = climate.batch_size,
        concurrency = climate.concurrency,
        finish = climate.finish,
        verify = climate.verify,
        customers = table(shop::SHOPS, customer),
        warehouses = table(shop::WAREHOUSES, stock),
        closed_period = climate.month_end.map_or("park", |end| end.closed_period),
    );
    let path = folder.join("refund-sync.toml");
    std::fs::write(&path, text).unwrap();
    let secrets = [
        ("SHOP_SECRET", shop::APP_SECRET),
        ("BOOKS_SECRET", "simulated-app-secret"),
        ("PASSWORD", "simulated-password"),
    ];
    let loaded = config::load(&path, secrets.map(|(key, value)| (key.to_owned(), value.to_owned())));
    loaded.unwrap().config.pipelines.remove(0)
}
