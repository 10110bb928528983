//! `wdt.trade.query` 订单查询. Its rows are in `trade/row.rs`.
//! Names after the protocol notes, section 7, and the vendor's page `trade_query.php`.

mod row;

pub use row::{Trade, TradeGoods};

use std::time::Duration;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::definition::{Method, PageRule};
use super::params::{sent, span_times};
use crate::row_key::RowKey;
use crate::span::Span;
use crate::wire::{FieldFault, read_row};

/// `wdt.trade.query`: sales orders (系统订单).
///
/// Rules: 1..=100 rows a page, 40 documented; **60 minutes a span**, so a day is at least 24 calls:
/// [`Client::list`](crate::Client::list) cuts longer ones.
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use wdt_qimen_sdk::Span;
/// use wdt_qimen_sdk::method::trade::{TradeParams, TradeQuery};
///
/// // A day of orders: the method takes an hour at most, and the list cuts the day up.
/// let params = TradeParams::builder().span(Span::day("2026-11-20".parse()?)).build();
/// let trades = client.list::<TradeQuery>(params).collect_latest().await?;
/// println!("{} orders", trades.rows.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TradeQuery;

/// What [`TradeQuery`] can be asked. A span, or one of the numbers, is needed.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct TradeParams {
    /// `start_time` and `end_time` of the last modification, closed at both ends, +08:00, at most 60 minutes a call.
    pub span: Option<Span>,
    /// 订单状态: 5 已取消, 10 待付款, 30 待客审, 35 待财审, 55 已审核, 95 已发货, 110 已完成, …
    pub status: Option<i32>,
    /// Only this shop.
    pub shop_no: Option<String>,
    /// Only these shops, at most 20; sent comma separated.
    #[builder(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shop_nos: Vec<String>,
    /// Only this warehouse.
    pub warehouse_no: Option<String>,
    /// 系统订单号, `JY…`; other filters are then ignored.
    pub trade_no: Option<String>,
    /// 原始单号; other filters are then ignored.
    pub src_tid: Option<String>,
    /// 物流单号; other filters are then ignored.
    pub logistics_no: Option<String>,
}

impl Method for TradeQuery {
    const NAME: &'static str = "wdt.trade.query";
    const LIST_KEY: &'static str = "trades";
    const PAGE: PageRule = PageRule::new(100, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(3600));
    const NUMBER: &'static str = "trade_no";
    const ID: &'static str = "trade_id";

    type Params = TradeParams;
    type Row = Trade;

    fn params(params: &TradeParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(params.span);
        sent([
            start,
            end,
            ("status", params.status.map(|code| code.to_string())),
            ("shop_no", params.shop_no.clone()),
            ("shop_nos", Some(params.shop_nos.join(","))),
            ("warehouse_no", params.warehouse_no.clone()),
            ("trade_no", params.trade_no.clone()),
            ("src_tid", params.src_tid.clone()),
            ("logistics_no", params.logistics_no.clone()),
        ])
    }

    fn span(params: &TradeParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut TradeParams, span: Span) {
        params.span = Some(span);
    }

    fn key(row: &Trade) -> RowKey {
        RowKey::of(&row.trade_no, row.trade_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn time(row: &Trade) -> Option<NaiveDateTime> {
        row.modified
    }

    fn read(text: &str) -> Result<Trade, Vec<FieldFault>> {
        read_row(text)
    }
}
