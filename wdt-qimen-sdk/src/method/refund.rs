//! `wdt.refund.query` 退换单查询: its parameters and method. Its rows are in `refund/{row,line}.rs`, the codes in
//! `refund/codes.rs`.

mod codes;
mod line;
mod row;

pub use codes::{ProcessStatus, RefundType, TimeType};
pub use line::{RefundLine, RefundOutGoods};
pub use row::Refund;

use std::time::Duration;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::definition::{Method, PageRule};
use super::params::{sent, span_times};
use crate::row_key::RowKey;
use crate::span::Span;
use crate::wire::{FieldFault, read_row};

/// `wdt.refund.query`: returns and exchanges (退换单) of the enterprise edition.
///
/// Rules (protocol notes, section 4): pages from 0; 1..=100 rows a page, 40 documented; a span of at most 30 days,
/// required unless `refund_no`, `src_refund_no`, `trade_no` or `tid` is given. Keep the span's end some three
/// minutes behind now.
#[derive(Debug, Clone, Copy)]
pub struct RefundQuery;

/// What [`RefundQuery`] can be asked. Everything is optional.
///
/// ```
/// use wdt_qimen_sdk::method::refund::{ProcessStatus, RefundParams};
/// let finished = RefundParams::builder().process_status(ProcessStatus::Finished).shop_no("S001").build();
/// ```
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct RefundParams {
    /// `start_time` and `end_time`, closed at both ends, +08:00, at most 30 days.
    pub span: Option<Span>,
    /// Which time the span is about; last modified if not given.
    pub time_type: Option<TimeType>,
    /// Only returns in this state.
    pub process_status: Option<ProcessStatus>,
    /// Only this shop.
    pub shop_no: Option<String>,
    /// Only these shops; sent comma separated.
    #[builder(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shop_nos: Vec<String>,
    /// 退换单号, `TK…`.
    pub refund_no: Option<String>,
    /// 平台退款单号, the platform's own number of the refund.
    pub src_refund_no: Option<String>,
    /// 系统订单号, `JY…`.
    pub trade_no: Option<String>,
    /// 原始单号, the platform's order number.
    pub tid: Option<String>,
    /// 退货物流单号, the parcel that brings the goods back.
    pub logistics_no: Option<String>,
}

impl Method for RefundQuery {
    const NAME: &'static str = "wdt.refund.query";
    const LIST_KEY: &'static str = "refunds";
    const PAGE: PageRule = PageRule::new(100, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(30 * 24 * 3600));
    const NUMBER: &'static str = "refund_no";
    const ID: &'static str = "refund_id";

    type Params = RefundParams;
    type Row = Refund;

    fn params(params: &RefundParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(params.span);
        let code = |code: i32| code.to_string();
        sent([
            start,
            end,
            ("time_type", params.time_type.map(TimeType::code).map(code)),
            ("process_status", params.process_status.map(ProcessStatus::code).map(code)),
            ("shop_no", params.shop_no.clone()),
            ("shop_nos", Some(params.shop_nos.join(","))),
            ("refund_no", params.refund_no.clone()),
            ("src_refund_no", params.src_refund_no.clone()),
            ("trade_no", params.trade_no.clone()),
            ("tid", params.tid.clone()),
            ("logistics_no", params.logistics_no.clone()),
        ])
    }

    fn span(params: &RefundParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut RefundParams, span: Span) {
        params.span = Some(span);
    }

    fn key(row: &Refund) -> RowKey {
        RowKey::of(&row.refund_no, row.refund_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn time(row: &Refund) -> Option<NaiveDateTime> {
        row.modified
    }

    fn read(text: &str) -> Result<Refund, Vec<FieldFault>> {
        read_row(text)
    }
}
