//! Methods that write, one file a method. What makes one, is the trait of `definition.rs`. How a call is made is `client.rs`.
//!
//! Names and fields are those on which TOP's generated classes and public clients agree, of the pushes of orders and
//! stock-ins those of one such class alone; anything else that a method takes goes into `extra`. No write was ever tried
//! against a live gateway from here.

pub(crate) mod definition;
mod goods_push;
mod stock_count;
mod stockin_refund_push;
mod trade_push;

pub use goods_push::{GoodsPush, PushedGoods, PushedSpec};
pub use stock_count::{CountedStock, StockCount};
pub use stockin_refund_push::{ReturnedGoods, StockinRefundInfo, StockinRefundPush};
pub use trade_push::{PushedOrder, PushedTrade, TradePush};

crate::row! {
    /// What a push answers. Further keys, as a list of what was refused, stand in `extra`.
    pub struct Pushed {
        /// How many were new.
        pub new_count: Option<i64>,
        /// How many were known and changed.
        pub chg_count: Option<i64>,
    }
}
