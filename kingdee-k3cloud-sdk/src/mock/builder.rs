//! Describing a simulated site: who may call it, what it knows, and how it behaves.
//! The site itself is in the parent module.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::Site;
use super::faults::Faults;
use crate::clock::{self, Clock};

/// How the site keeps numbers unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Uniqueness {
    /// 编码唯一 as delivered: looked up before the save, so that two calls at once both pass.
    #[default]
    LaggingCheck,
    /// A unique index in the database: checked at the commit too.
    Index,
}

/// When the bills of a batch become visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Commit {
    /// One after the other, through the time the save takes.
    OneByOne,
    /// All at the end.
    #[default]
    Together,
}

/// 舍入类型: how a currency rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// 四舍五入: half away from zero.
    #[default]
    HalfUp,
    /// 四舍六入五双: half to even.
    HalfEven,
}

/// Everything a site is told.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) acct_id: String,
    pub(super) username: String,
    pub(super) app_id: String,
    pub(super) app_secret: String,
    pub(super) password: String,
    pub(super) customers: Known,
    pub(super) materials: Known,
    pub(super) stocks: Known,
    pub(super) orgs: Known,
    /// Fields of base data that are not as usual, by form, number and key.
    pub(super) base_fields: BTreeMap<(String, String, String), String>,
    pub(super) absent_fields: BTreeSet<String>,
    pub(super) forms: BTreeSet<String>,
    pub(super) list_prices: BTreeMap<String, Decimal>,
    pub(super) page_cap: Option<usize>,
    pub(super) max_skew: Option<TimeDelta>,
    pub(super) now: Clock,
    pub(super) uniqueness: Uniqueness,
    pub(super) commit: Commit,
    pub(super) save_time: RangeInclusive<Duration>,
    pub(super) is_success_on_mixed: bool,
    pub(super) shuffle: bool,
    pub(super) renumber: bool,
    pub(super) closed_before: Option<NaiveDate>,
    pub(super) amount_digits: u32,
    pub(super) price_digits: u32,
    pub(super) rounding: Rounding,
    pub(super) faults: Faults,
    pub(super) seed: u64,
}

/// The numbers that exist; without a list, every number does.
#[derive(Clone, Default)]
pub(super) struct Known(Option<BTreeSet<String>>);

impl Known {
    pub(super) fn has(&self, number: &str) -> bool {
        self.0.as_ref().is_none_or(|known| known.contains(number))
    }

    /// The numbers, or those of `asked`, where every one exists.
    pub(super) fn among<'a>(&'a self, asked: Vec<&'a str>) -> Vec<&'a str> {
        match &self.0 {
            Some(known) => known.iter().map(String::as_str).collect(),
            None => asked,
        }
    }
}

impl<S: Into<String>, I: IntoIterator<Item = S>> From<I> for Known {
    fn from(numbers: I) -> Self {
        Self(Some(numbers.into_iter().map(Into::into).collect()))
    }
}

/// Describes a [`Site`]. Left alone, it is well behaved: made-up credentials, every base data
/// number exists, saves take no time, nothing fails.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "it holds secrets")]
pub struct SiteBuilder {
    settings: Settings,
}

impl Default for SiteBuilder {
    fn default() -> Self {
        let settings = Settings {
            acct_id: "65f0c0ffee0001".to_owned(),
            username: "api".to_owned(),
            app_id: "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4".to_owned(),
            app_secret: "simulated-app-secret".to_owned(),
            password: "simulated-password".to_owned(),
            customers: Known::default(),
            materials: Known::default(),
            stocks: Known::default(),
            orgs: Known::from(["100"]),
            base_fields: BTreeMap::new(),
            absent_fields: BTreeSet::new(),
            forms: BTreeSet::new(),
            list_prices: BTreeMap::new(),
            page_cap: None,
            max_skew: None,
            now: clock::system(),
            uniqueness: Uniqueness::default(),
            commit: Commit::default(),
            save_time: Duration::ZERO..=Duration::ZERO,
            is_success_on_mixed: false,
            shuffle: true,
            renumber: false,
            closed_before: None,
            amount_digits: 2,
            price_digits: 6,
            rounding: Rounding::default(),
            faults: Faults::none(),
            seed: 0,
        };
        Self { settings }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $kind:ty => $value:expr;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: $kind) -> Self {
            self.settings.$name = $value;
            self
        }
    )*};
}

impl SiteBuilder {
    setters! {
        /// The data centre's id.
        acct_id: impl Into<String> => acct_id.into();
        /// The user that may call.
        username: impl Into<String> => username.into();
        /// The application id.
        app_id: impl Into<String> => app_id.into();
        /// The application secret.
        app_secret: impl Into<String> => app_secret.into();
        /// The user's password.
        password: impl Into<String> => password.into();
        /// The customers that exist. Without this, every one does.
        customers: impl IntoIterator<Item = impl Into<String>> => customers.into();
        /// The materials that exist. Without this, every one does.
        materials: impl IntoIterator<Item = impl Into<String>> => materials.into();
        /// The warehouses that exist. Without this, every one does.
        stocks: impl IntoIterator<Item = impl Into<String>> => stocks.into();
        /// The organisations that exist. Without this, `100` does.
        orgs: impl IntoIterator<Item = impl Into<String>> => orgs.into();
        /// Fields of base data that this site does not have.
        absent_fields: impl IntoIterator<Item = impl Into<String>>
            => absent_fields.into_iter().map(Into::into).collect();
        /// Forms of your own that can be queried before they have a bill.
        forms: impl IntoIterator<Item = impl Into<String>>
            => forms.into_iter().map(Into::into).collect();
        /// What 取价 finds for a material: the tax-inclusive price that a line has until it is sent
        /// one, and again whenever material or customer come after it. Without this, 0.
        list_prices: impl IntoIterator<Item = (impl Into<String>, Decimal)>
            => list_prices.into_iter().map(|(material, price)| (material.into(), price)).collect();
        /// The most rows a query gives, whatever its limit.
        page_cap: Option<usize> => page_cap;
        /// How far a signature's time may be off before the gateway refuses with 4006. Without this,
        /// any time will do.
        max_skew: Option<TimeDelta> => max_skew;
        /// How numbers are kept unique.
        uniqueness: Uniqueness => uniqueness;
        /// When the bills of a batch become visible.
        commit: Commit => commit;
        /// How long a save takes between its check and its end, drawn anew for each.
        save_time: RangeInclusive<Duration> => save_time;
        /// What `IsSuccess` says when some bills got through and some did not.
        is_success_on_mixed: bool => is_success_on_mixed;
        /// Whether answers come in another order than asked, and rows that a query's order does not tell apart in
        /// another order at each call.
        shuffle: bool => shuffle;
        /// Whether the site's 编码规则 gives every bill a number of its own.
        renumber: bool => renumber;
        /// Bills before this day are refused: the period is closed.
        closed_before: Option<NaiveDate> => closed_before;
        /// FAMOUNTDIGITS of the currency.
        amount_digits: u32 => amount_digits;
        /// FPRICEDIGITS of the currency.
        price_digits: u32 => price_digits;
        /// 舍入类型 of the currency.
        rounding: Rounding => rounding;
        /// What goes wrong, and how often.
        faults: Faults => faults;
        /// The seed of everything that is drawn.
        seed: u64 => seed;
    }

    /// One field of one number of base data that is not as usual (audited, in use, of organisation `100`, without
    /// lots and serial numbers): `("BD_Customer", "C002", "FForbidStatus", "B")`. Flags are `true` or `false`.
    #[must_use]
    pub fn base_field(mut self, form: &str, number: &str, key: &str, value: &str) -> Self {
        let place = (form.to_owned(), number.to_owned(), key.to_owned());
        self.settings.base_fields.insert(place, value.to_owned());
        self
    }

    /// The one organisation that exists.
    #[must_use]
    pub fn org(self, number: impl Into<String>) -> Self {
        self.orgs([number.into()])
    }

    /// The site's clock. Default: the system's.
    #[must_use]
    pub fn now(mut self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.settings.now = Arc::new(now);
        self
    }

    /// Opens the site.
    pub fn build(self) -> Site {
        Site::new(self.settings)
    }
}
