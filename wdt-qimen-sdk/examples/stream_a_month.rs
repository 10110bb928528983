//! Reads a month page by page, with progress, while rows move, and says what was proven. In memory and on paused
//! time, so that minutes of waiting for the limit pass at once:
//! `cargo run -p wdt-qimen-sdk --features mock-server --example stream_a_month`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;

use futures_util::TryStreamExt;
use wdt_qimen_sdk::Walked;
use wdt_qimen_sdk::method::refund::{Refund, RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::wire::{from_beijing, parse_time};
use wdt_qimen_sdk::{Client, Listed, Span};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tokio::time::pause();
    let month = Span::month(2026, 10)?;
    let now = parse_time("2026-12-01")?;
    let clock = mock::virtual_clock(from_beijing(now));
    let gateway = Gateway::builder().now(clock.clone()).build();
    let world = gateway.world();
    world.extend(mock::fill(1, 3000, month));
    let names: Vec<_> = world.refunds().iter().map(mock::MockRefund::refund_no).collect();
    let mut restless = names.iter().step_by(31);

    let client = Client::builder()
        .sid(mock::SID)
        .app_key(mock::APP_KEY)
        .app_secret(mock::APP_SECRET)
        .clock(clock)
        .transport(gateway.service())
        .build()?;

    // Thirty-one days are two of the method's windows; a busy one is cut further.
    let params = RefundParams::builder().span(month).build();
    let mut pages = client.list::<RefundQuery>(params).page_size(100).pages();
    // A row may come again: the latest `modified` wins.
    let mut latest: BTreeMap<String, Refund> = BTreeMap::new();
    while let Some(listed) = pages.try_next().await? {
        let listed = match listed {
            Listed::Page(listed) => listed,
            Listed::End(proof) => {
                println!("{} returns, {proof:?}", latest.len());
                continue;
            }
            _ => continue,
        };
        for row in listed.page.rows {
            match row {
                Ok(refund)
                    if latest.get(&refund.refund_no).is_none_or(|old| old.modified <= refund.modified) =>
                {
                    latest.insert(refund.refund_no.clone(), refund);
                }
                Ok(_) => {}
                Err(broken) => println!("left out: {broken}"),
            }
        }
        if let Some(Walked { span: Some(span), proof, .. }) = listed.walked {
            let progress = listed.progress;
            println!(
                "{:>3} %  {span}  {proof:?}  {} pages, {} rows",
                progress.percent, progress.pages, progress.rows
            );
        }
        // Somebody goes on working: a row changes, and leaves what is being read.
        if let Some(name) = restless.next() {
            world.edit(name, |row| row.touch(now));
        }
    }
    Ok(())
}
