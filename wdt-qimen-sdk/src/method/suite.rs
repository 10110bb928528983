//! `wdt.suites.query` 组合装查询: what a suite is made of. Names after the protocol notes, section 7, and the vendor's
//! page `suites_query.php`.

use std::time::Duration;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::definition::{Method, PageRule};
use super::params::{flag, sent, span_times};
use crate::row_key::RowKey;
use crate::span::Span;
use crate::wire::{FieldFault, read_row};

/// `wdt.suites.query`: suites (组合装) with their items.
///
/// Rules: 1..=100 rows a page; a span, required unless `suite_no` is given, kept to 30 days as for goods (no limit is
/// documented).
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use wdt_qimen_sdk::method::suite::{SuiteParams, SuiteQuery};
///
/// let suites = client.list::<SuiteQuery>(SuiteParams::builder().suite_no("Z001").build()).collect_latest().await?;
/// for part in suites.rows.values().flat_map(|suite| &suite.specs_list) {
///     println!("{} × {:?}", part.spec_no, part.num);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SuiteQuery;

/// What [`SuiteQuery`] can be asked. A span or `suite_no` is needed.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct SuiteParams {
    /// `start_time` and `end_time` of the last modification, closed at both ends, +08:00.
    pub span: Option<Span>,
    /// 组合装编号; needs no span.
    pub suite_no: Option<String>,
    /// 分类名称.
    pub class_name: Option<String>,
    /// 品牌.
    pub brand_name: Option<String>,
    /// Deleted suites as well.
    pub deleted: Option<bool>,
}

impl Method for SuiteQuery {
    const NAME: &'static str = "wdt.suites.query";
    const LIST_KEY: &'static str = "suites";
    const PAGE: PageRule = PageRule::new(100, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(30 * 24 * 3600));
    const NUMBER: &'static str = "suite_no";
    const ID: &'static str = "suite_id";

    type Params = SuiteParams;
    type Row = Suite;

    fn params(params: &SuiteParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(params.span);
        sent([
            start,
            end,
            ("suite_no", params.suite_no.clone()),
            ("class_name", params.class_name.clone()),
            ("brand_name", params.brand_name.clone()),
            ("deleted", params.deleted.map(flag)),
        ])
    }

    fn span(params: &SuiteParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut SuiteParams, span: Span) {
        params.span = Some(span);
    }

    fn key(row: &Suite) -> RowKey {
        RowKey::of(&row.suite_no, row.suite_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn time(row: &Suite) -> Option<NaiveDateTime> {
        row.modified
    }

    fn read(text: &str) -> Result<Suite, Vec<FieldFault>> {
        read_row(text)
    }
}

crate::row! {
    /// 组合装: several items sold as one.
    pub struct Suite {
        /// Primary key.
        pub suite_id: Option<i64>,
        /// 组合装编号: the identity of a suite.
        pub suite_no: String,
        /// 组合装名称.
        pub suite_name: String,
        /// 简称.
        pub short_name: String,
        /// 分类.
        pub class_name: String,
        /// 品牌.
        pub brand_name: String,
        /// 条码.
        pub barcode: String,
        /// 单位.
        pub unit_name: String,
        /// 零售价.
        pub retail_price: Option<Decimal>,
        /// 批发价.
        pub wholesale_price: Option<Decimal>,
        /// 会员价.
        pub member_price: Option<Decimal>,
        /// 市场价.
        pub market_price: Option<Decimal>,
        /// 重量.
        pub weight: Option<Decimal>,
        /// 标记名称.
        pub flag_name: String,
        /// 备注.
        pub remark: String,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
        /// 组合装明细.
        pub specs_list: Vec<SuiteSpec>,
    }
}

crate::row! {
    /// 组合装明细: one item of a suite.
    pub struct SuiteSpec {
        /// The suite's.
        pub suite_id: Option<i64>,
        /// 商家编码 (SKU).
        pub spec_no: String,
        /// 货品编号 (SPU).
        pub goods_no: String,
        /// 货品名称.
        pub goods_name: String,
        /// 规格名称.
        pub spec_name: String,
        /// 规格码.
        pub spec_code: String,
        /// 条码.
        pub barcode: String,
        /// 数量 in one suite.
        pub num: Option<Decimal>,
        /// 金额占比.
        pub ratio: Option<Decimal>,
        /// 是否固定价格.
        pub is_fixed_price: Option<bool>,
        /// 固定价格.
        pub fixed_price: Option<Decimal>,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
    }
}
