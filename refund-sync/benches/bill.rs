//! What one bill costs on its way: mapped, journalled, and the whole way on simulators that answer at once.
//! `cargo bench -p refund-sync --bench bill`

#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use kingdee_k3cloud_sdk::mock::Site;
use refund_sync::clock::Clock;
use refund_sync::config::{self, Pipeline};
use refund_sync::journal::Row;
use refund_sync::mapping;
use refund_sync::model::{Return, ReturnLine};
use refund_sync::sink::{self, Sink};
use refund_sync::source::{self, Source};
use refund_sync::store::{Origin, PageCommit, Sqlite, Store};
use refund_sync::worker::{Until, Worker};
use rust_decimal::Decimal;
use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::mock::{self as shop, Gateway};

/// Bills of one round.
const BILLS: usize = 2_000;

fn main() {
    divan::main();
}

fn pipeline(folder: &Path) -> Pipeline {
    let text = format!(
        r#"
[[pipeline]]
start_from = "2026-11-01 00:00:00"
[pipeline.wdt]
sid = "{}"
app_key = "{}"
app_secret = {{ env = "WDT" }}
page_size = 100
quota_per_minute = 1000000
[pipeline.kingdee]
base_url = "http://127.0.0.1/k3cloud/"
acct_id = "bench"
username = "bench"
app_id = "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
app_secret = {{ env = "KINGDEE" }}
quota_per_minute = 1000000
[pipeline.mapping]
tax_rate = "13"
customers = "identity"
materials = "identity"
warehouses = "identity"
on_quantity_gap = "flag"
"#,
        shop::SID,
        shop::APP_KEY
    );
    let path = folder.join("refund-sync.toml");
    std::fs::write(&path, text).unwrap();
    let env = [("WDT", shop::APP_SECRET), ("KINGDEE", "bench-secret")];
    let env = env.map(|(key, value)| (key.to_owned(), value.to_owned()));
    config::load(&path, env).unwrap().config.pipelines.remove(0)
}

fn time(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

fn refund(number: usize) -> Return {
    let line = ReturnLine {
        order_id: "51001".into(),
        oid: String::new(),
        spec_no: "TS-BLK-L".into(),
        goods_no: "TS".into(),
        refund_num: Some(Decimal::from(3)),
        stockin_num: Some(Decimal::from(3)),
        refund_order_amount: Some(Decimal::new(100_000, 4)),
        total_amount: Some(Decimal::new(100_000, 4)),
        ..ReturnLine::default()
    };
    Return {
        refund_no: format!("TK{number:08}"),
        kind: 2,
        process_status: 90,
        shop_no: "S001".into(),
        customer_no: "KH1".into(),
        warehouse_no: "WH01".into(),
        created: None,
        modified: Some(time("2026-11-20 10:31:07")),
        finish_time: Some(time("2026-11-20 10:31:07")),
        check_time: None,
        goods_amount: Some(Decimal::new(300_000, 4)),
        refund_amount: Some(Decimal::new(300_000, 4)),
        actual_refund_amount: Some(Decimal::new(300_000, 4)),
        tid: "2611200001234567".into(),
        src_no: "9081726354".into(),
        sales_tid: "JY202611180031".into(),
        return_mask: 0,
        lines: vec![line; 3],
        stockins: Vec::new(),
        trimmed: Vec::new(),
        further: None,
    }
}

/// One return of three lines, mapped.
#[divan::bench]
fn map(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    let rules = pipeline(folder.path()).mapping;
    let refund = refund(1);
    bencher.bench(|| mapping::map(black_box(&refund), &rules, None).unwrap());
}

/// Two thousand new rows folded into the journal, forty a transaction.
#[divan::bench(sample_count = 5)]
fn journal_rows(bencher: divan::Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    bencher.counter(divan::counter::ItemsCount::new(BILLS)).bench(|| {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("bench.db")).unwrap().inline();
        runtime.block_on(async {
            let pipeline = store.pipeline("bench").await.unwrap().id;
            let at = DateTime::<Utc>::UNIX_EPOCH;
            for page in 0..BILLS / 40 {
                let rows = (0..40).map(|row| Row::Accepted(Box::new(refund(page * 40 + row)))).collect();
                let window = (time("2026-11-20 00:00:00"), time("2026-11-21 00:00:00"));
                let commit = PageCommit { rows, asked_at: at, window };
                store.commit_page(Origin { pipeline, run: 1, at }, commit).await.unwrap();
            }
        });
    });
}

/// The whole way of two thousand rows: read, parsed, mapped, journalled, saved, read back, confirmed; both simulators'
/// work and every fsync included.
#[divan::bench(sample_count = 5)]
fn whole_way(bencher: divan::Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    bencher.counter(divan::counter::ItemsCount::new(BILLS)).bench(|| {
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let pipeline = pipeline(folder.path());
            let span = Span::new(time("2026-11-02 00:00:00"), time("2026-11-20 00:00:00")).unwrap();
            let gateway = Gateway::builder().build();
            gateway.world().extend(shop::fill(1, BILLS, span));
            let site = Site::builder()
                .acct_id("bench")
                .username("bench")
                .app_id("260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4")
                .app_secret("bench-secret")
                .build();
            let clock = Clock::system();
            let wdt = source::client(&pipeline.wdt, &clock).transport(gateway.service()).build().unwrap();
            let kingdee = sink::client(&pipeline.kingdee, &clock).transport(site.service()).build().unwrap();
            let store: Arc<dyn Store> =
                Arc::new(Sqlite::open(&folder.path().join("bench.db")).unwrap().inline());
            let source = Source::new(wdt, pipeline.wdt.clone());
            let worker = Worker::begin(
                pipeline,
                store,
                source,
                Sink::new(kingdee),
                clock,
                refund_sync::model::RunTrigger::Run,
            )
            .await
            .unwrap();
            let outcome = worker.run(Until::Settled { timeout: Duration::from_mins(1) }).await.unwrap();
            assert!(outcome.is_complete() && outcome.tally.confirmed > 0, "{outcome:?}");
        });
    });
}
