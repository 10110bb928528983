//! The least that the job can cost, for `cargo xtask bench`: the same calls by the same clients, each row parsed and
//! mapped, each bill serialised, sent and read back, and one durable row a bill. It remembers nothing else, so whatever
//! goes wrong on the way it would write twice or lose.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::Verdict;
use refund_sync::clock::{Clock, shanghai};
use refund_sync::config;
use refund_sync::journal::Row;
use refund_sync::mapping;
use refund_sync::model::ReturnBill;
use refund_sync::sink::{self, Sink};
use refund_sync::source::{self, Source};
use rusqlite::Connection;
use wdt_qimen_sdk::Span;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let (config, rows) = (args.next().ok_or("CONFIG ROWS.db")?, args.next().ok_or("CONFIG ROWS.db")?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work(Path::new(&config), Path::new(&rows)))
}

async fn work(config: &Path, rows: &Path) -> Result<()> {
    let loaded = config::load(config, std::env::vars()).map_err(|faults| faults.to_string())?;
    let pipeline = loaded.config.pipelines.into_iter().next().ok_or("there is no pipeline")?;
    let clock = Clock::system();
    let source = Source::new(source::client(&pipeline.wdt, &clock).build()?, pipeline.wdt.clone());
    let sink = Sink::new(sink::client(&pipeline.kingdee, &clock).build()?);
    let mut journal = Connection::open(rows)?;
    journal.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE bill (number TEXT PRIMARY KEY, mark TEXT NOT NULL, fid TEXT NOT NULL, bill TEXT NOT NULL) STRICT",
    )?;

    let end = shanghai(clock.now()) - TimeDelta::seconds(2);
    let span = Span::new(pipeline.start_from.ok_or("there is no start_from")?, end)?;
    // A return that changes while the pages are read stands on two of them.
    let (mut bills, mut known) = (Vec::new(), BTreeSet::new());
    for page_no in 0.. {
        let page = source.page(span, page_no).await?;
        for row in &page.rows {
            if let Row::Accepted(refund) = row
                && known.insert(refund.refund_no.clone())
                && let Ok(mapped) = mapping::map(refund, &pipeline.mapping, None)
            {
                let mark = sink::mark(&mapped.bill);
                bills.push((mapped.bill, mark));
            }
        }
        while bills.len() >= pipeline.kingdee.batch_size {
            let rest = bills.split_off(pipeline.kingdee.batch_size);
            write(&sink, &mut journal, &std::mem::replace(&mut bills, rest)).await?;
        }
        if page.keys.len() < source.page_size() as usize {
            break;
        }
    }
    write(&sink, &mut journal, &bills).await
}

/// Looks for them, as before any first call, sends them, reads them back, and keeps a row of each.
async fn write(sink: &Sink, journal: &mut Connection, bills: &[(ReturnBill, String)]) -> Result<()> {
    if bills.is_empty() {
        return Ok(());
    }
    let wanted: Vec<_> = bills.iter().map(|(bill, _)| bill).collect();
    sink.look_up(&wanted).await?;
    let verdicts = sink.save(bills.iter().map(|(bill, mark)| (bill, mark.as_str())), "").await?;
    let found = sink.look_up(&wanted).await?;
    if found.len() < bills.len() {
        return Err(format!("{} of {} were read back", found.len(), bills.len()).into());
    }
    let tx = journal.transaction()?;
    for ((bill, mark), verdict) in bills.iter().zip(verdicts) {
        let Verdict::Saved { id, .. } = verdict else { continue };
        tx.prepare_cached("INSERT INTO bill (number, mark, fid, bill) VALUES (?1, ?2, ?3, ?4)")?
            .execute((&bill.number, mark, id, serde_json::to_string(bill)?))?;
    }
    Ok(tx.commit()?)
}
