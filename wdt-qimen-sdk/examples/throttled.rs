//! What a gateway that allows less than the contract does to a client, and what the client keeps of it for the next
//! start. On paused time: `cargo run -p wdt-qimen-sdk --features mock-server --example throttled`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use chrono::TimeDelta;
use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
use wdt_qimen_sdk::mock::{self, Gateway, QuotaRule};
use wdt_qimen_sdk::{
    Client, PageAsk, RetryPolicy,
    wire::{from_beijing, parse_time},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tokio::time::pause();
    let clock = mock::virtual_clock(from_beijing(parse_time("2026-12-01")?));
    // The contract says 60 a minute; the server really allows 20, and bans for half a minute.
    let hidden = QuotaRule::sliding(20, TimeDelta::minutes(1)).ban(TimeDelta::seconds(30));
    let gateway = Gateway::builder().now(clock.clone()).quota(Some(hidden)).build();
    gateway.world().put_master_data();

    let builder = Client::builder()
        .sid(mock::SID)
        .app_key(mock::APP_KEY)
        .app_secret(mock::APP_SECRET)
        .clock(clock)
        .transport(gateway.service());
    let client = builder.clone().build()?;
    let first = PageAsk::new(0, 40);
    let begun = tokio::time::Instant::now();
    for call in 1..=60 {
        let page = client.page::<ShopQuery>(&ShopParams::default(), first).await?;
        if page.calls > 1 {
            println!("call {call:>2}: {} attempts, {:>3} s", page.calls, begun.elapsed().as_secs());
        }
    }
    println!("60 pages in {} s, {:?}", begun.elapsed().as_secs(), gateway.counts());

    // A client that would rather fail than wait learns how long.
    let hasty = builder.clone().retry(RetryPolicy::never().patience(Duration::from_secs(5))).build()?;
    for _ in 0..30 {
        if let Err(error) = hasty.page::<ShopQuery>(&ShopParams::default(), first).await {
            println!("{error}\n  {}; again in {:?}", error.advice(), error.retry_after());
            break;
        }
    }
    // Kept on disk, it saves the next process from calling into the ban.
    println!("{}", serde_json::to_string(&hasty.snapshot())?);
    let next = builder.resume(hasty.snapshot()).build()?;
    let waited = tokio::time::Instant::now();
    let page = next.page::<ShopQuery>(&ShopParams::default(), first).await?;
    println!("the next process sat it out: {} s, {} attempts", waited.elapsed().as_secs(), page.calls);
    Ok(())
}
