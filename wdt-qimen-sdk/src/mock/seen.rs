//! Requests as the simulator has seen them.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::request::{Address, Params, plain_method};
use crate::wire::mask::{is_private, mask_json};

/// The most requests that are kept; the oldest go first.
pub(super) const MOST_KEPT: usize = 10_000;

/// A request that arrived, refused ones included: [`Gateway::requests`](super::Gateway::requests). `Debug` shows it
/// without its people.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenRequest {
    /// The method's plain name, as `wdt.refund.query`; the native gateway's page, as `refund_query.php`.
    pub method: String,
    /// Every parameter, protocol's and business's alike.
    pub params: BTreeMap<String, String>,
    /// When it arrived, by the simulator's clock.
    pub at: DateTime<Utc>,
}

impl SeenRequest {
    /// A parameter, empty if it is not there.
    ///
    /// ```
    /// # use wdt_qimen_sdk::Replay;
    /// use wdt_qimen_sdk::mock::Gateway;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Gateway::builder().build();
    /// gateway.client()?.call_as(Replay::Safe, "wdt.shop.query", [("platform", "39")]).await?;
    /// assert_eq!(gateway.requests()[0].param("platform"), "39");
    /// # Ok(())
    /// # }
    /// ```
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    pub(super) fn of(address: Address<'_>, params: Params, at: DateTime<Utc>) -> Self {
        let method = match address {
            Address::Native(page) => page.to_owned(),
            Address::Qimen | Address::Nowhere => {
                plain_method(params.get("method").unwrap_or_default()).0.to_owned()
            }
        };
        Self { method, params: params.0, at }
    }
}

impl fmt::Debug for SeenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |name: &str, value: &str| {
            if is_private(name) { "***".to_owned() } else { mask_json(value) }
        };
        let params: BTreeMap<_, _> =
            self.params.iter().map(|(name, value)| (name, shown(name, value))).collect();
        f.debug_struct("SeenRequest")
            .field("method", &self.method)
            .field("params", &params)
            .field("at", &self.at)
            .finish()
    }
}
