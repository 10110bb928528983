//! Methods that write, one file a method, and the trait that makes one: what is sent, under which name, and whether it
//! may be sent twice. How a call is made is `client.rs`.
//!
//! Names and fields are those on which TOP's generated classes and at least two working clients agree; anything else
//! that a method takes goes into `extra`. No write was ever tried against a live gateway from here.

mod goods_push;
mod stock_count;
mod stockin_refund_push;
mod trade_push;

pub use goods_push::{GoodsPush, PushedGoods, PushedSpec};
pub use stock_count::{CountedStock, StockCount};
pub use stockin_refund_push::{ReturnedGoods, StockinRefundInfo, StockinRefundPush};
pub use trade_push::{PushedOrder, PushedTrade, TradePush};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::replay::Replay;

/// A call that writes: what is sent, as it serialises. Made by [`Client::write`](crate::Client::write).
///
/// Implement it for a struct of yours to write by a method that this crate does not know: its fields are the
/// parameters; a list or a struct within goes as JSON text.
///
/// ```
/// use serde::Serialize;
/// use wdt_qimen_sdk::method::write::{Pushed, Write};
/// use wdt_qimen_sdk::Replay;
///
/// /// 物流同步状态回写.
/// #[derive(Serialize)]
/// struct LogisticsAck {
///     logistics_list: Vec<u64>,
/// }
///
/// impl Write for LogisticsAck {
///     const NAME: &'static str = "wdt.logistics.sync.ack";
///     const REPLAY: Replay = Replay::Never;
///     type Answer = Pushed;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no call that writes",
    note = "the crate's own are in `wdt_qimen_sdk::method::write`, as `TradePush`; any other is called by `Client::call`"
)]
pub trait Write: Serialize {
    /// The method's plain name, as `wdt.trade.push`.
    const NAME: &'static str;
    /// Whether it may be sent again when nobody knows what became of the first time: [`Replay::Keyed`] only where the ERP
    /// takes the same key twice for one thing.
    const REPLAY: Replay;
    /// What it answers.
    type Answer: DeserializeOwned + Send + 'static;
}

crate::row! {
    /// What a push answers. Further keys, as a list of what was refused, stand in `extra`.
    pub struct Pushed {
        /// How many were new.
        pub new_count: Option<i64>,
        /// How many were known and changed.
        pub chg_count: Option<i64>,
    }
}
