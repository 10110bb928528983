//! A method that the crate does not know, added from outside with nothing but its public API, and the simulator
//! taught to answer it: `cargo run -p wdt-qimen-sdk --features mock-server --example own_method`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use wdt_qimen_sdk::method::{sent, span_times};
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::wire::{FieldFault, parse_time, read_row};
use wdt_qimen_sdk::{Client, Method, PageRule, Quota, RowKey, Span};

wdt_qimen_sdk::row! {
    /// 库存: how much of an item a warehouse holds.
    pub struct Stock {
        /// 商家编码.
        pub spec_no: String,
        /// 仓库编号.
        pub warehouse_no: String,
        /// 库存量.
        pub stock_num: Option<Decimal>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
    }
}

/// `wdt.stock.query` 库存查询.
struct StockQuery;

#[derive(Clone)]
struct StockParams {
    span: Span,
    warehouse_no: Option<String>,
}

impl Method for StockQuery {
    const NAME: &'static str = "wdt.stock.query";
    const LIST_KEY: &'static str = "stocks";
    const PAGE: PageRule = PageRule::new(100, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(24 * 3600));

    type Params = StockParams;
    type Row = Stock;

    fn params(params: &StockParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(Some(params.span));
        sent([start, end, ("warehouse_no", params.warehouse_no.clone())])
    }

    fn span(params: &StockParams) -> Option<Span> {
        Some(params.span)
    }

    fn set_span(params: &mut StockParams, span: Span) {
        params.span = span;
    }

    fn key(row: &Stock) -> RowKey {
        RowKey::from(format!("{}@{}", row.spec_no, row.warehouse_no).as_str())
    }

    fn read(text: &str) -> Result<Stock, Vec<FieldFault>> {
        read_row(text)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::builder().method::<StockQuery>().build();
    for (index, spec) in mock::SPECS.iter().enumerate() {
        let row = serde_json::json!({"spec_no": spec.spec_no, "warehouse_no": "WH01", "stock_num": index * 7,
            "modified": format!("2024-11-2{} 10:00:00", index % 3)});
        gateway.world().put("wdt.stock.query", row);
    }
    let client = Client::builder()
        .sid(mock::SID)
        .app_key(mock::APP_KEY)
        .app_secret(mock::APP_SECRET)
        .quota(Quota::per_minute(600))
        .transport(gateway.service())
        .build()?;

    // Three days: cut into the method's windows of one.
    let params = StockParams {
        span: Span::new(parse_time("2024-11-20")?, parse_time("2024-11-23")?)?,
        warehouse_no: Some("WH01".to_owned()),
    };
    let stocks = client.list::<StockQuery>(params).collect_latest().await?;
    for stock in stocks.rows.values() {
        println!("{:<10} {:>5}", stock.spec_no, stock.stock_num.unwrap_or_default());
    }
    println!("{} items, {} calls", stocks.rows.len(), gateway.counts().arrivals);
    Ok(())
}
