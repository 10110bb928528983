//! How another project tests its own code against the simulator: fill a world, let it misbehave, look at what
//! happened. `cargo run -p wdt-qimen-sdk --features mock-server --example reader_contract_test`; in a test it stands below `#[tokio::test]`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;

use rust_decimal::Decimal;
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery, RefundType};
use wdt_qimen_sdk::mock::{self, Faults, Gateway};
use wdt_qimen_sdk::wire::{from_beijing, parse_time};
use wdt_qimen_sdk::{Client, Span};

/// The code under test: what each shop paid back on a day, and the returns that say something else than an amount.
async fn paid_back(
    client: &Client,
    day: Span,
) -> Result<(BTreeMap<String, Decimal>, Vec<String>), wdt_qimen_sdk::Error> {
    let list = client.list::<RefundQuery>(RefundParams::builder().span(day).build());
    let latest = list.collect_latest().await?;
    let mut sums = BTreeMap::new();
    for refund in latest.rows.into_values().filter(|refund| refund.kind == RefundType::Return) {
        *sums.entry(refund.shop_no).or_default() += refund.refund_amount.unwrap_or_default();
    }
    Ok((sums, latest.broken.keys().map(ToString::to_string).collect()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Time stands still: retries and limits cost none.
    tokio::time::pause();
    let day = Span::day("2026-11-20".parse()?);
    let clock = mock::virtual_clock(from_beijing(parse_time("2026-12-01")?));
    let gateway = Gateway::builder().now(clock.clone()).seed(7).build();
    gateway.world().extend(mock::fill(7, 500, day));
    let client = Client::builder()
        .sid(mock::SID)
        .app_key(mock::APP_KEY)
        .app_secret(mock::APP_SECRET)
        .clock(clock)
        .seed(7)
        .transport(gateway.service())
        .build()?;

    let calm = paid_back(&client, day).await?;
    gateway.set_faults(Faults::storm());
    let stormy = paid_back(&client, day).await?;
    assert_eq!(calm, stormy, "a broken wire changes no figure");
    assert!(gateway.counts().broken > 0);

    gateway.set_faults(Faults::none());
    gateway.world().push(serde_json::json!({
        "refund_no": "TK-BROKEN", "type": 2, "modified": "2026-11-20 12:00:00", "refund_amount": "a lot"
    }));
    let (sums, broken) = paid_back(&client, day).await?;
    assert_eq!(
        (&sums, &broken[..]),
        (&calm.0, &["TK-BROKEN".to_owned()][..]),
        "a bad row takes no other with it"
    );
    println!("{sums:?}\nto look at: {broken:?}");
    Ok(())
}
