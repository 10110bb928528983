//! What a call that writes is: what is sent, under which name, and whether it may be sent twice.

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
/// use wdt_qimen_sdk::method::write::Pushed;
/// use wdt_qimen_sdk::{Replay, Write};
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
