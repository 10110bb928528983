//! The settings of a simulated gateway.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::dates::{Dates, Teller};
use super::faults::Faults;
use super::gateway::{Counts, Gateway, State};
use super::lies::Lies;
use super::quota::QuotaRule;
use super::rng::Rng;
use super::settings::{APP_KEY, APP_SECRET, RowOrder, SID, Settings};
use super::tables::Table;
use super::writes::Writes;
use crate::clock;
use crate::credentials::WDT_TARGET_APP_KEY;
use crate::method::definition::Method;

/// Settings of a [`Gateway`].
///
/// ```
/// use wdt_qimen_sdk::chrono::TimeDelta;
/// use wdt_qimen_sdk::mock::{Faults, Gateway, QuotaRule, RowOrder};
///
/// let gateway = Gateway::builder()
///     .order(RowOrder::TimeDesc)
///     .quota(Some(QuotaRule::sliding(60, TimeDelta::minutes(1))))
///     .faults(Faults::light())
///     .seed(7)
///     .build();
/// assert!(gateway.world().is_empty());
/// ```
pub struct GatewayBuilder {
    settings: Settings,
    quota: Option<QuotaRule>,
    faults: Faults,
    lies: Lies,
    dates: Dates,
    seed: u64,
    further: Vec<Table>,
    writes: Writes,
}

impl Default for GatewayBuilder {
    fn default() -> Self {
        Self {
            settings: Settings {
                sid: SID.to_owned(),
                app_key: APP_KEY.to_owned(),
                app_secret: APP_SECRET.to_owned(),
                target_app_key: WDT_TARGET_APP_KEY.to_owned(),
                now: clock::system(),
                skew: TimeDelta::zero(),
                order: RowOrder::default(),
                page_cap: None,
            },
            quota: None,
            faults: Faults::none(),
            lies: Lies::default(),
            dates: Dates::True,
            seed: 0,
            further: Vec::new(),
            writes: Writes::default(),
        }
    }
}

impl Gateway {
    /// A builder: everything has a default.
    pub fn builder() -> GatewayBuilder {
        GatewayBuilder::default()
    }
}

impl GatewayBuilder {
    /// The 卖家账号 it serves, [`SID`] by default.
    #[must_use]
    pub fn sid(mut self, sid: impl Into<String>) -> Self {
        self.settings.sid = sid.into();
        self
    }

    /// The application it knows, [`APP_KEY`] by default.
    #[must_use]
    pub fn app_key(mut self, app_key: impl Into<String>) -> Self {
        self.settings.app_key = app_key.into();
        self
    }

    /// That application's secret, [`APP_SECRET`] by default.
    #[must_use]
    pub fn app_secret(mut self, app_secret: impl Into<String>) -> Self {
        self.settings.app_secret = app_secret.into();
        self
    }

    /// WDT's own application, [`WDT_TARGET_APP_KEY`] by default.
    #[must_use]
    pub fn target_app_key(mut self, target_app_key: impl Into<String>) -> Self {
        self.settings.target_app_key = target_app_key.into();
        self
    }

    /// Its clock, the system's by default; see [`virtual_clock`](super::virtual_clock).
    #[must_use]
    pub fn now(mut self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.settings.now = Arc::new(now);
        self
    }

    /// How far its `Date` header and its check of timestamps run ahead of its clock.
    #[must_use]
    pub fn skew(mut self, skew: TimeDelta) -> Self {
        self.settings.skew = skew;
        self
    }

    /// The order of its rows, [`RowOrder::Shuffled`] by default.
    #[must_use]
    pub fn order(mut self, order: RowOrder) -> Self {
        self.settings.order = order;
        self
    }

    /// Serves at most this many rows a page, whatever is asked.
    #[must_use]
    pub fn page_cap(mut self, rows: Option<u32>) -> Self {
        self.settings.page_cap = rows;
        self
    }

    /// The limit it keeps for each method; none by default.
    #[must_use]
    pub fn quota(mut self, quota: Option<QuotaRule>) -> Self {
        self.quota = quota;
        self
    }

    /// What goes wrong; nothing by default.
    #[must_use]
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// What its answers say that is not so; nothing by default.
    #[must_use]
    pub fn lies(mut self, lies: Lies) -> Self {
        self.lies = lies;
        self
    }

    /// What its `Date` header says; the truth by default.
    #[must_use]
    pub fn dates(mut self, dates: Dates) -> Self {
        self.dates = dates;
        self
    }

    /// The seed of its order and its faults.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Knows one more method: its pages and spans are limited as the trait says, its rows are put by
    /// [`World::put`](super::World::put) and found by `modified` where a span is asked for; nothing else filters.
    #[must_use]
    pub fn method<M: Method>(mut self) -> Self {
        self.further.push(Table::of_method::<M>());
        self
    }

    /// Takes one more method that writes, whatever it is sent: see [`Gateway::written`]. Those of
    /// [`method::write`](crate::method::write) are known anyhow.
    ///
    /// ```
    /// use serde_json::json;
    /// use wdt_qimen_sdk::mock::Gateway;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Gateway::builder().accept("wdt.purchase.order.push").build();
    /// let order = json!({ "purchase_info": { "provider_no": "P1" } });
    /// gateway.client()?.call("wdt.purchase.order.push", order).await?;
    /// assert_eq!(gateway.written("wdt.purchase.order.push").len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn accept(mut self, method: impl Into<String>) -> Self {
        self.writes.accept(method.into());
        self
    }

    /// The gateway.
    pub fn build(self) -> Gateway {
        let state = State {
            rng: Rng::new(self.seed),
            quota: self.quota,
            faults: self.faults,
            lies: self.lies,
            dates: Teller::of(self.dates),
            lanes: BTreeMap::new(),
            counts: Counts::default(),
            last_arrival: None,
            planned: VecDeque::new(),
            seen: VecDeque::new(),
            writes: self.writes,
        };
        Gateway::new(self.settings, self.further, state)
    }
}

impl fmt::Debug for GatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayBuilder").field("sid", &self.settings.sid).finish_non_exhaustive()
    }
}
