//! What a method of the gateway is: its name, its rules, its parameters and its rows.

use std::time::Duration;

use chrono::NaiveDateTime;
use serde::de::DeserializeOwned;

use crate::row_key::RowKey;
use crate::span::Span;
use crate::wire::FieldFault;

/// Page sizes that a method takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageRule {
    /// The largest `page_size` that is sent.
    pub max: u32,
    /// The documented one.
    pub default: u32,
}

impl PageRule {
    /// At most `max` rows a page, `default` where nobody says otherwise.
    pub const fn new(max: u32, default: u32) -> Self {
        Self { max, default }
    }
}

/// A paged method of the gateway that lists rows.
///
/// Implement it for a marker type to call a method that this crate does not know; then
/// [`Client::page`](crate::Client::page) signs, limits and retries it like its own.
///
/// ```
/// use serde::Deserialize;
/// use wdt_qimen_sdk::{Method, PageRule, RowKey};
///
/// #[derive(Deserialize)]
/// struct Shop {
///     shop_no: String,
/// }
///
/// struct ShopQuery;
///
/// impl Method for ShopQuery {
///     const NAME: &'static str = "wdt.shop.query";
///     const LIST_KEY: &'static str = "shoplist";
///     const PAGE: PageRule = PageRule::new(100, 40);
///     const NUMBER: &'static str = "shop_no";
///     type Params = ();
///     type Row = Shop;
///
///     fn params(_: &()) -> Vec<(&'static str, String)> {
///         Vec::new()
///     }
///
///     fn key(row: &Shop) -> RowKey {
///         RowKey::from(row.shop_no.as_str())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no method that lists rows",
    note = "the crate's own are in `wdt_qimen_sdk::method`, as `RefundQuery`; a method without rows is called by `Client::call`"
)]
pub trait Method: Send + Sync + 'static {
    /// The method's plain name, as `wdt.refund.query`.
    const NAME: &'static str;
    /// The key of the rows in the answer, as `refunds`.
    const LIST_KEY: &'static str;
    /// Page sizes it takes.
    const PAGE: PageRule;
    /// The longest span it takes; a longer one is refused before anything is sent.
    const WINDOW: Option<Duration> = None;
    /// The key of a row's own number, as `refund_no`: a row that cannot be read is named by it. Without one such a row
    /// counts by its text.
    const NUMBER: &'static str = "";
    /// The key of a row's primary key, as `refund_id`, for rows without a number.
    const ID: &'static str = "";
    /// The key of the time that a row is listed by.
    const TIME: &'static str = "modified";

    /// What it can be asked.
    type Params: Clone + Send + Sync + 'static;
    /// What it answers. Declare rows with [`row!`](crate::row) to read them tolerantly and exactly.
    type Row: DeserializeOwned + Send + 'static;

    /// Business parameters as they go on the wire, without page number and size. Empty values are left out.
    fn params(params: &Self::Params) -> Vec<(&'static str, String)>;

    /// The span that the parameters ask for, if any; checked against [`WINDOW`](Self::WINDOW).
    fn span(params: &Self::Params) -> Option<Span> {
        let _ = params;
        None
    }

    /// Asks about another span. A method with a [`span`](Self::span) must set it, or its lists cannot be read.
    fn set_span(params: &mut Self::Params, span: Span) {
        let _ = (params, span);
    }

    /// The identity that a row counts by. An empty one names no row: such a row is a
    /// [`RowError`](crate::RowError), as several of them would count as one.
    fn key(row: &Self::Row) -> RowKey;

    /// The time that a row is listed by, where it shows it: usually its last modification. A list that knows it
    /// needs fewer calls where many rows share one second.
    fn time(row: &Self::Row) -> Option<NaiveDateTime> {
        let _ = row;
        None
    }

    /// Reads a row that did not come through at the first go, and says why. The default names no field.
    fn read(text: &str) -> Result<Self::Row, Vec<FieldFault>> {
        serde_json::from_str(text)
            .map_err(|_| vec![FieldFault::new("", text, "a row of the documented shape")])
    }
}
