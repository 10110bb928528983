//! Lists a day's finished returns over a socket, from a simulated gateway on the loopback:
//! `cargo run -p wdt-qimen-sdk --features mock-server --example list_refunds`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use futures_util::TryStreamExt;
use tokio::net::TcpListener;
use wdt_qimen_sdk::method::refund::{ProcessStatus, RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::{Client, Quota, Span};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let day = Span::day("2024-11-20".parse()?);
    let gateway = Gateway::builder().build();
    gateway.world().extend(mock::fill(1, 60, day));
    let server = gateway.serve(TcpListener::bind("127.0.0.1:0").await?)?;

    let client = Client::builder()
        // For the real gateway leave this out: production is the default.
        .base_url(server.base_url())
        .sid(mock::SID)
        .app_key(mock::APP_KEY)
        .app_secret(mock::APP_SECRET)
        .quota(Quota::per_minute(600))
        .build()?;

    let finished = RefundParams::builder().span(day).process_status(ProcessStatus::Finished).build();
    let mut refunds = client.list::<RefundQuery>(finished).rows();
    while let Some(row) = refunds.try_next().await? {
        // One bad row is one bad row: the others still come.
        let refund = match row {
            Ok(refund) => refund,
            Err(broken) => {
                println!("{broken}");
                continue;
            }
        };
        let amount = refund.refund_amount.unwrap_or_default();
        let lines = refund.refund_order_list.len();
        println!("{}  {}  {amount:>10}  {lines} lines", refund.refund_no, refund.shop_no);
    }
    println!("{} calls", gateway.counts().arrivals);
    Ok(())
}
