//! `cargo xtask mock`: both simulators on loopback, and a configuration for `refund-sync` that points at them.
//! How the simulators behave is theirs (feature `mock` of the SDKs); the configuration's text is in `mock/config`, the
//! flags by which they lie in `mock/lies`.

mod config;
mod lies;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::mock as kingdee;
use tokio::net::TcpListener;
use wdt_qimen_sdk::{Span, mock as wdt};

use config::Config;

/// How many returns the archive of 旺店通 holds.
const ARCHIVED: usize = 20;
/// No save of the simulated site takes longer, and nobody wants to wait longer: the configuration's time limits are made
/// from it.
const SLOWEST_SAVE: Duration = Duration::from_millis(500);
const ORGANISATION: &str = "100";
const ACCT_ID: &str = "65f0c0ffee0001";
const USERNAME: &str = "api";
const PASSWORD: &str = "simulated-password";
/// Of the real ones' shape: the second part is 24 bytes of base64, else clients differ in what they sign with.
const APP_ID: &str = "260001_bWFkZSB1cCBjbGllbnQgc2VjcmV0IDAx";
const APP_SECRET: &str = "made-up-secret";

/// The flags of `cargo xtask mock`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Port of the 旺店通 simulator; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    wdt_port: u16,
    /// Port of the 金蝶 simulator; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    kingdee_port: u16,
    /// How many made-up returns there are, all changed within the past day
    #[arg(long, value_name = "N", default_value_t = 200)]
    refunds: usize,
    /// What goes wrong, on both sides
    #[arg(long, value_parser = ["none", "light", "storm"], default_value = "none")]
    faults: String,
    /// The seed of the returns and of the faults
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The slowest save of the simulated books
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(..=500))]
    save_ms: u64,
    /// Where to write the configuration
    #[arg(long, value_name = "OUT.toml")]
    config: PathBuf,
    #[command(flatten)]
    lies: lies::Args,
}

/// Serves until Ctrl-C.
pub(crate) fn run(args: &Args) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(args))
}

async fn serve(args: &Args) -> Result<()> {
    let span = past_day(now())?;
    let builder = wdt::Gateway::builder().seed(args.seed);
    let gateway = args.lies.shop(builder, &args.faults.parse()?, now()).build();
    gateway.world().extend(wdt::fill(args.seed, args.refunds, span));
    // By their change they are asked for, at most 30 days at once: a week ago is within whatever anybody asks for first.
    gateway.world().put_master_data_of(span.start() - TimeDelta::days(7));
    gateway.world().put_related_rows();
    for stockin in gateway.world().refunds().iter().filter_map(wdt::stockin_of) {
        gateway.world().put("wdt.stockin.order.query.refund", args.lies.with_lots(stockin));
    }
    for row in wdt::fill(args.seed + 1, ARCHIVED, archived(span)?) {
        gateway.world().put("wdt.his.refund.query", row);
    }
    let builder = kingdee::Site::builder()
        .acct_id(ACCT_ID)
        .username(USERNAME)
        .password(PASSWORD)
        .app_id(APP_ID)
        .app_secret(APP_SECRET)
        .org(ORGANISATION)
        .customers(wdt::SHOPS.iter().map(|(shop_no, _)| config::customer(shop_no)))
        .stocks(wdt::WAREHOUSES.iter().map(|(warehouse_no, _)| config::stock(warehouse_no)))
        .materials(wdt::SPECS.iter().map(|spec| spec.spec_no))
        .refuse_unknown_forms(true)
        .save_time(Duration::ZERO..=Duration::from_millis(args.save_ms))
        .seed(args.seed);
    let site = args.lies.books(builder, args.faults.parse()?).build();

    let wdt = gateway.serve(loopback(args.wdt_port).await?)?;
    let kingdee = site.serve(loopback(args.kingdee_port).await?)?;
    let text =
        Config { wdt_url: &wdt.base_url(), kingdee_url: &kingdee.base_url(), start_from: span.start() }
            .text();
    config::write(&args.config, &text)?;

    let path = args.config.display();
    println!("旺店通   {}  ({} returns since {})", wdt.base_url(), gateway.world().len(), span.start());
    println!(
        "         {}/refund_query.php and its other pages, by the native protocol",
        wdt.native_base_url()
    );
    println!("金蝶     {}", kingdee.base_url());
    println!("config   {path}");
    // All made up, so that any client can be tried without reading this file.
    println!("旺店通   sid {}, app_key {}, app_secret {}", wdt::SID, wdt::APP_KEY, wdt::APP_SECRET);
    println!("         target_app_key {}", wdt_qimen_sdk::WDT_TARGET_APP_KEY);
    println!("金蝶     acct_id {ACCT_ID}, organisation {ORGANISATION}, user {USERNAME}, password {PASSWORD}");
    println!("         app_id {APP_ID}, app_secret {APP_SECRET}");
    println!("try      cargo run --release -p refund-sync -- --config {path} run --until-settled");
    println!("Ctrl-C stops both.");
    tokio::signal::ctrl_c().await?;

    let (asked, sent) = (gateway.counts().arrivals, site.counts().arrivals);
    println!(
        "\n旺店通 was asked {asked} times, 金蝶 {sent} times; {} bills stand there.",
        site.bills().len()
    );
    Ok(())
}

async fn loopback(port: u16) -> Result<TcpListener> {
    let address = ("127.0.0.1", port);
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on 127.0.0.1:{port}"))
}

/// The day before `now` on 旺店通's clock (+08:00), but for its last minute: what is there can be read at once.
fn past_day(now: DateTime<Utc>) -> Result<Span> {
    let now: NaiveDateTime = now.naive_utc() + TimeDelta::hours(8);
    Ok(Span::new(now - TimeDelta::days(1), now - TimeDelta::minutes(1))?)
}

/// A day of three months before: those returns are only in the archive.
fn archived(span: Span) -> Result<Span> {
    let start = span.start() - TimeDelta::days(90);
    Ok(Span::new(start, start + TimeDelta::hours(23))?)
}

#[expect(clippy::disallowed_methods, reason = "both simulators show the real time, and so does their client")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_returns_end_before_the_present_on_the_gateway_s_clock() {
        let now = DateTime::from_timestamp(1_780_000_000, 0).unwrap(); // 2026-05-28 20:26:40 UTC
        let span = past_day(now).unwrap();
        assert_eq!(span.start().to_string(), "2026-05-28 04:26:40");
        assert_eq!(span.end().to_string(), "2026-05-29 04:25:40");
        let archived = archived(span).unwrap();
        assert_eq!(archived.start().to_string(), "2026-02-27 04:26:40");
        assert!(archived.end() < span.start());
    }
}
