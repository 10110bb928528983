//! `wdt.stock.sync.by.pd` 创建盘点单: stock counted anew.

use rust_decimal::Decimal;

use super::Pushed;
use super::definition::Write;
use crate::replay::Replay;
use crate::wire::{Extra, sent};

/// `wdt.stock.sync.by.pd`: a count sheet whose quantities **replace** the warehouse's. Whether the ERP knows a second
/// one under the same `outer_no` again is not known: [`Replay::Never`].
///
#[cfg_attr(feature = "mock", doc = "```")]
#[cfg_attr(not(feature = "mock"), doc = "```ignore")]
/// # use wdt_qimen_sdk::mock::Gateway;
/// use wdt_qimen_sdk::method::write::{CountedStock, StockCount};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let gateway = Gateway::builder().build();
/// # let client = gateway.client()?;
/// let counted = CountedStock::builder().spec_no("A001").stock_num("12".parse()?).build();
/// let count = StockCount::builder().warehouse_no("CK001").outer_no("PD1").goods_list(vec![counted]).build();
/// match client.write(&count).await {
///     Ok(pushed) => println!("{pushed:?}"),
///     // Sent again, it might be counted twice: look into the ERP first.
///     Err(error) if !error.may_resend() => eprintln!("{error}: {}", error.advice()),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct StockCount {
    /// 仓库编号.
    pub warehouse_no: String,
    /// 外部单号.
    pub outer_no: Option<String>,
    /// 是否调整库存: whether the stock changes at once.
    pub is_adjust_stock: Option<bool>,
    /// What was counted.
    pub goods_list: Vec<CountedStock>,
    /// Further parameters.
    #[builder(default)]
    pub extra: Extra,
}

sent!(StockCount { warehouse_no, outer_no, is_adjust_stock, goods_list });

/// One item as counted.
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CountedStock {
    /// 商家编码.
    pub spec_no: String,
    /// 库存数量: what there is.
    pub stock_num: Decimal,
    /// Further keys.
    #[builder(default)]
    pub extra: Extra,
}

sent!(CountedStock { spec_no, stock_num });

impl Write for StockCount {
    const NAME: &'static str = "wdt.stock.sync.by.pd";
    const REPLAY: Replay = Replay::Never;
    type Answer = Pushed;
}
