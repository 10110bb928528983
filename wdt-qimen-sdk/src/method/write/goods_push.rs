//! `wdt.goods.push` 创建货品档案: goods with their items, new or changed.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Pushed;
use super::definition::Write;
use crate::replay::Replay;
use crate::wire::{Extra, sent};

/// `wdt.goods.push`: pushes goods to 货品档案, and changes those that are known by their `goods_no` and `spec_no`, so
/// that the same push twice is one: [`Replay::Keyed`].
///
#[cfg_attr(feature = "mock", doc = "```")]
#[cfg_attr(not(feature = "mock"), doc = "```ignore")]
/// # use wdt_qimen_sdk::mock::Gateway;
/// use wdt_qimen_sdk::method::write::{GoodsPush, PushedGoods, PushedSpec};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let gateway = Gateway::builder().build();
/// # let client = gateway.client()?;
/// let spec = PushedSpec::builder().spec_no("A001").retail_price("99.90".parse()?).build();
/// let goods = PushedGoods::builder().goods_no("G001").goods_name("T-shirt").spec_list(vec![spec]).build();
/// client.write(&GoodsPush::builder().goods_list(vec![goods]).build()).await?;
/// # assert_eq!(gateway.written("wdt.goods.push").len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[non_exhaustive]
pub struct GoodsPush {
    /// The goods.
    pub goods_list: Vec<PushedGoods>,
}

/// 货品 (SPU). What it lacks goes into `extra`.
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct PushedGoods {
    /// 货品编号: known by it.
    pub goods_no: String,
    /// 货品名称.
    pub goods_name: String,
    /// 货品类别: 1 for sale.
    #[builder(default = 1)]
    pub goods_type: i32,
    /// 货品简称.
    pub short_name: Option<String>,
    /// 分类.
    pub class_name: Option<String>,
    /// 品牌: it must exist.
    pub brand_name: Option<String>,
    /// 基本单位.
    pub unit_name: Option<String>,
    /// 备注.
    pub remark: Option<String>,
    /// The items.
    pub spec_list: Vec<PushedSpec>,
    /// Further keys.
    #[builder(default)]
    pub extra: Extra,
}

sent!(PushedGoods {
    goods_no,
    goods_name,
    goods_type,
    short_name,
    class_name,
    brand_name,
    unit_name,
    remark,
    spec_list
});

/// 单品 (SKU). What it lacks goes into `extra`.
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct PushedSpec {
    /// 商家编码: known by it.
    pub spec_no: String,
    /// 规格码.
    pub spec_code: Option<String>,
    /// 规格名称.
    pub spec_name: Option<String>,
    /// 主条码.
    pub barcode: Option<String>,
    /// 图片.
    pub img_url: Option<String>,
    /// 零售价.
    pub retail_price: Option<Decimal>,
    /// 市场价.
    pub market_price: Option<Decimal>,
    /// 批发价.
    pub wholesale_price: Option<Decimal>,
    /// Further keys.
    #[builder(default)]
    pub extra: Extra,
}

sent!(PushedSpec {
    spec_no,
    spec_code,
    spec_name,
    barcode,
    img_url,
    retail_price,
    market_price,
    wholesale_price
});

impl Write for GoodsPush {
    const NAME: &'static str = "wdt.goods.push";
    const REPLAY: Replay = Replay::Keyed;
    type Answer = Pushed;
}
