//! Calls methods by name: one answer as its JSON, then a list by its key, through both gateways:
//! `cargo run -p wdt-qimen-sdk --features mock-server --example raw_methods`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use futures_util::TryStreamExt;
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::{Client, Protocol, Quota, Replay};

wdt_qimen_sdk::row! {
    /// As much of a shop as is wanted here; the rest goes into `extra`.
    pub struct Shop {
        /// 店铺编号.
        pub shop_no: String,
        /// 店铺名称.
        pub shop_name: String,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::builder().build();
    gateway.world().put_master_data();
    for protocol in [Protocol::Qimen, Protocol::Native] {
        let client = Client::builder()
            .protocol(protocol)
            .sid(mock::SID)
            .app_key(mock::APP_KEY)
            .app_secret(mock::APP_SECRET)
            .quota(Quota::per_minute(600))
            .transport(gateway.service())
            .build()?;

        let answer = client.call_as(Replay::Safe, "wdt.warehouse.query", [("warehouse_no", "WH01")]).await?;
        println!("{protocol}: {}", answer.text());

        let mut shops = client.list_raw("wdt.shop.query", "shoplist", ()).page_size(2).rows();
        while let Some(row) = shops.try_next().await? {
            match row.map(|row| row.read::<Shop>()) {
                Ok(Ok(shop)) => println!("  {} {}", shop.shop_no, shop.shop_name),
                Ok(Err(faults)) => println!("  {faults:?}"),
                Err(broken) => println!("  {broken}"),
            }
        }
    }
    Ok(())
}
