//! Whether a call may be sent again when nobody knows what became of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a call does, so that the client knows whether it may send it again.
///
/// [`Client::page`](crate::Client::page) and lists only read and are [`Safe`](Self::Safe); [`Client::call`](crate::Client::call) knows nothing
/// of its method and is [`Never`](Self::Never).
///
/// ```
/// use wdt_qimen_sdk::{Client, Error, Replay};
///
/// # async fn f(client: &Client) -> Result<(), Error> {
/// // It only reads: tried again after whatever passes.
/// client.call_as(Replay::Safe, "wdt.logistics.query", ()).await?;
/// // It writes under a key of ours, which the ERP knows again:
/// client.call_as(Replay::Keyed, "wdt.goods.push", [("goods_list", "[…]")]).await?;
/// // It writes, and twice would be two:
/// client.call_as(Replay::Never, "wdt.stockin.transfer.push", [("transfer_info", "{…}")]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Replay {
    /// It only reads: tried again after every failure that may pass.
    Safe,
    /// It writes under a key of the caller's, as goods under their `goods_no`, and the same key twice is one thing to the
    /// ERP: tried again like a read. Whether an order's `tid` is one, differs: see
    /// [`TradePush`](crate::method::write::TradePush). A refusal of the second attempt says nothing of the first:
    /// [`Error::fate`](crate::Error::fate) then stays unknown.
    Keyed,
    /// It may write: **one request leaves at most**. Only one that never left (no connection) is tried again.
    #[default]
    Never,
}

impl Replay {
    /// Its name in logs: `safe`, `keyed`, `never`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Keyed => "keyed",
            Self::Never => "never",
        }
    }

    /// Whether the same request may be sent again although the first may have been carried out.
    ///
    /// ```
    /// # use wdt_qimen_sdk::Replay;
    /// assert!(Replay::Safe.may_resend() && !Replay::Never.may_resend());
    /// ```
    pub const fn may_resend(self) -> bool {
        matches!(self, Self::Safe | Self::Keyed)
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Replay {
    type Err = UnknownReplay;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = [Self::Safe, Self::Keyed, Self::Never];
        known.into_iter().find(|replay| replay.as_str() == name).ok_or_else(|| UnknownReplay(name.to_owned()))
    }
}

/// The name of no [`Replay`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of safe, keyed, never")]
pub struct UnknownReplay(String);
