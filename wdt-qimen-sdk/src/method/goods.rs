//! `wdt.goods.query` 货品档案查询: master data for mapping tables. Names after the protocol notes, section 7, and the
//! vendor's page `goods_query.php`.

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

/// `wdt.goods.query`: goods (货品档案) with their items.
///
/// Rules: 1..=100 rows a page; a span of at most 30 days (seen in public clients), required unless `goods_no` or
/// `spec_no` is given. All goods are a list from the shop's first day on.
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use wdt_qimen_sdk::method::goods::{GoodsParams, GoodsQuery};
///
/// let params = GoodsParams::builder().goods_no("G001").build();
/// let goods = client.list::<GoodsQuery>(params).collect_latest().await?;
/// for spec in goods.rows.values().flat_map(|goods| &goods.spec_list) {
///     println!("{} {} {:?}", spec.spec_no, spec.spec_name, spec.retail_price);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct GoodsQuery;

/// What [`GoodsQuery`] can be asked. A span, `goods_no` or `spec_no` is needed.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct GoodsParams {
    /// `start_time` and `end_time` of the last modification, closed at both ends, +08:00, at most 30 days.
    pub span: Option<Span>,
    /// 货品编号 (SPU).
    pub goods_no: Option<String>,
    /// 商家编码 (SKU).
    pub spec_no: Option<String>,
    /// 品牌编号.
    pub brand_no: Option<String>,
    /// 分类名称.
    pub class_name: Option<String>,
    /// 条码.
    pub barcode: Option<String>,
    /// Deleted goods as well.
    pub deleted: Option<bool>,
}

impl Method for GoodsQuery {
    const NAME: &'static str = "wdt.goods.query";
    const LIST_KEY: &'static str = "goods_list";
    const PAGE: PageRule = PageRule::new(100, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(30 * 24 * 3600));
    const NUMBER: &'static str = "goods_no";
    const ID: &'static str = "goods_id";
    const TIME: &'static str = "goods_modified";

    type Params = GoodsParams;
    type Row = Goods;

    fn params(params: &GoodsParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(params.span);
        sent([
            start,
            end,
            ("goods_no", params.goods_no.clone()),
            ("spec_no", params.spec_no.clone()),
            ("brand_no", params.brand_no.clone()),
            ("class_name", params.class_name.clone()),
            ("barcode", params.barcode.clone()),
            ("deleted", params.deleted.map(flag)),
        ])
    }

    fn span(params: &GoodsParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut GoodsParams, span: Span) {
        params.span = Some(span);
    }

    fn key(row: &Goods) -> RowKey {
        RowKey::of(&row.goods_no, row.goods_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn time(row: &Goods) -> Option<NaiveDateTime> {
        row.goods_modified
    }

    fn read(text: &str) -> Result<Goods, Vec<FieldFault>> {
        read_row(text)
    }
}

crate::row! {
    /// 货品 (SPU): one article with its items.
    pub struct Goods {
        /// Primary key.
        pub goods_id: Option<i64>,
        /// 货品编号: the identity of goods.
        pub goods_no: String,
        /// 货品名称.
        pub goods_name: String,
        /// 货品简称.
        pub short_name: String,
        /// 货品别名.
        pub alias: String,
        /// 货品类别: 1 销售商品, 2 原材料, 3 包装, 4 周转材料, 5 虚拟商品, 6 固定资产, 0 其它.
        pub goods_type: Option<i32>,
        /// 规格数.
        pub spec_count: Option<i32>,
        /// 品牌编号.
        pub brand_no: String,
        /// 品牌.
        pub brand_name: String,
        /// 分类.
        pub class_name: String,
        /// 基本单位.
        pub unit_name: String,
        /// 辅助单位.
        pub aux_unit_name: String,
        /// 产地.
        pub origin: String,
        /// 标记名称.
        pub flag_name: String,
        /// 0 未删除, else deleted.
        pub deleted: Option<i64>,
        /// 备注.
        pub remark: String,
        /// 创建时间.
        pub goods_created: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub goods_modified: Option<NaiveDateTime>,
        /// 单品.
        pub spec_list: Vec<GoodsSpec>,
    }
}

crate::row! {
    /// 单品 (SKU): one item of an article.
    pub struct GoodsSpec {
        /// Primary key.
        pub spec_id: Option<i64>,
        /// The article's.
        pub goods_id: Option<i64>,
        /// 商家编码: the identity of an item.
        pub spec_no: String,
        /// 规格码.
        pub spec_code: String,
        /// 规格名称.
        pub spec_name: String,
        /// 主条码.
        pub barcode: String,
        /// 基本单位.
        pub spec_unit_name: String,
        /// 辅助单位.
        pub spec_aux_unit_name: String,
        /// 零售价.
        pub retail_price: Option<Decimal>,
        /// 市场价.
        pub market_price: Option<Decimal>,
        /// 批发价.
        pub wholesale_price: Option<Decimal>,
        /// 会员价.
        pub member_price: Option<Decimal>,
        /// 最低价.
        pub lowest_price: Option<Decimal>,
        /// 税率.
        pub tax_rate: Option<Decimal>,
        /// 税务编码.
        pub tax_code: String,
        /// 重量.
        pub weight: Option<Decimal>,
        /// 长.
        pub length: Option<Decimal>,
        /// 宽.
        pub width: Option<Decimal>,
        /// 高.
        pub height: Option<Decimal>,
        /// 有效期天数.
        pub validity_days: Option<i32>,
        /// 序列号: 0 不启用, 1 强, 2 弱.
        pub is_sn_enable: Option<i32>,
        /// 图片.
        pub img_url: String,
        /// 0 未删除, else deleted.
        pub deleted: Option<i64>,
        /// 备注.
        pub remark: String,
        /// 创建时间.
        pub spec_created: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub spec_modified: Option<NaiveDateTime>,
    }
}
