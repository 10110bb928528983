//! ExecuteBillQuery: which fields of which bills, and the cells that come back, digit for digit.
//! Conditions are in `filter`; sending is in `client`.

pub(crate) mod bill_rows;
pub(crate) mod checkpoint;
pub(crate) mod filter;
pub(crate) mod pager;
pub(crate) mod typed;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use bon::Builder;
use serde::{Deserialize, Serialize};

use self::filter::{BadFilter, Filter};
use crate::cell::Cell;
use crate::error::ErrorKind;
use crate::text::Text;

/// The most rows that one answer is asked for; a query with an order has as many answers as it needs.
pub const LIMIT_MAX: u32 = 10_000;

/// How many rows a page has, unless told: the server's own default, which every site gives in full.
pub(crate) const PAGE: u32 = 2000;

/// A query over the bills of a form.
///
/// Asking for a field of the lines gives one row per line.
///
/// ```
/// use kingdee_k3cloud_sdk::{Filter, Query};
///
/// let lines = Query::builder()
///     .form_id("SAL_RETURNSTOCK")
///     .field_keys(["FBillNo", "FEntity_FMaterialId.FNumber", "FEntity_FRealQty"])
///     .filter(Filter::ge("FDate", chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()))
///     .order("FID ASC, FEntity_FEntryID ASC")
///     .limit(500)
///     .build();
/// assert_eq!(lines.limit, Some(500));
/// ```
///
/// It is kept with serde, and stands in a configuration: what is missing there is as [`builder`](Self::builder) leaves it. It is
/// written whole, for formats that do not name what they hold. A [raw](Filter::raw) condition is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Builder, Serialize, Deserialize)]
#[builder(on(String, into))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Query {
    /// The form's id, such as `SAL_RETURNSTOCK` or `BD_Customer`.
    pub form_id: String,
    /// The fields to fetch, in this order, such as `FBillNo` or `FRetcustId.FNumber`.
    #[builder(with = |keys: impl IntoIterator<Item = impl Into<String>>| keys.into_iter().map(Into::into).collect())]
    pub field_keys: Vec<String>,
    /// Which bills. Without it, all.
    #[serde(default)]
    pub filter: Option<Filter>,
    /// `FID ASC, FBillNo DESC`. Without it the order is the server's.
    #[builder(default)]
    #[serde(default)]
    pub order: String,
    /// How many rows to pass over.
    #[builder(default)]
    #[serde(default)]
    pub start_row: u32,
    /// At most this many rows, in several answers where it is more than one gives ([`LIMIT_MAX`]) and the query has an
    /// order; of [pages](crate::Client::pages), so many a page. Without it, all rows are wanted, and a page has 2000.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What a query found.
pub type Rows = Vec<Row>;

/// One row: the cells in the order of the field keys, and by key.
///
/// It has a cell for each key, whatever the answer had: cells that are lacking at its end are [missing](Cell::is_missing),
/// and so are all of a row with more cells than keys, of which nobody can tell which is which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    keys: Arc<[String]>,
    cells: Vec<Cell>,
    answered: usize,
}

impl Row {
    /// A row of these cells, by key: for tests of code that reads rows. A cell is `null` as `None` or as JSON; one that the
    /// answer lacked is [`Cell::missing`].
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{BillRows, Row};
    /// use serde_json::json;
    ///
    /// let rows = ["M001", "M002"].map(|material| {
    ///     Row::new([("FID", json!(7)), ("FBillNo", json!("CK1")), ("FEntity_FMaterialID.FNumber", json!(material))])
    /// });
    /// let bills = BillRows::gather(rows);
    /// assert_eq!((bills[0].number.as_str(), bills[0].rows.len()), ("CK1", 2));
    /// ```
    pub fn new<K: Into<String>, C: Into<Cell>>(cells: impl IntoIterator<Item = (K, C)>) -> Self {
        let (keys, cells): (Vec<String>, Vec<Cell>) =
            cells.into_iter().map(|(key, cell)| (key.into(), cell.into())).unzip();
        let answered = cells.iter().filter(|cell| !cell.is_missing()).count();
        Self { keys: keys.into(), cells, answered }
    }

    fn of(keys: &Arc<[String]>, mut cells: Vec<Cell>) -> Self {
        let answered = cells.len();
        if answered > keys.len() {
            cells.clear();
        }
        cells.resize(keys.len(), Cell::missing());
        Self { keys: Arc::clone(keys), cells, answered }
    }

    /// How many cells the answer had for it. Other than the number of keys, it was not what was asked for.
    pub fn answered(&self) -> usize {
        self.answered
    }

    /// The cell of a field that was asked for.
    pub fn by_key(&self, key: &str) -> Option<&Cell> {
        let position = self.keys.iter().position(|known| known == key)?;
        self.cells.get(position)
    }

    /// The keys of its cells, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }
}

impl Deref for Row {
    type Target = [Cell];

    fn deref(&self) -> &[Cell] {
        &self.cells
    }
}

impl<'a> IntoIterator for &'a Row {
    type Item = &'a Cell;
    type IntoIter = std::slice::Iter<'a, Cell>;

    fn into_iter(self) -> Self::IntoIter {
        self.cells.iter()
    }
}

impl Query {
    /// With this condition as well.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Filter, Query};
    ///
    /// let audited = Query::builder()
    ///     .form_id("SAL_RETURNSTOCK")
    ///     .field_keys(["FID", "FBillNo"])
    ///     .filter(Filter::eq("FDocumentStatus", "C"))
    ///     .build();
    /// let ours = audited.filtered(Filter::starts_with("FBillNo", "TK")).ordered("FID ASC");
    /// assert_eq!(ours.filter.unwrap().render()?, "FDocumentStatus = 'C' and FBillNo like 'TK%'");
    /// # Ok::<(), kingdee_k3cloud_sdk::BadFilter>(())
    /// ```
    #[must_use]
    pub fn filtered(mut self, filter: Filter) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(filter),
            None => filter,
        });
        self
    }

    /// In this order, such as `FID ASC`.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Query;
    ///
    /// kingdee_k3cloud_sdk::row! {
    ///     struct Number {
    ///         number: String = "FBillNo",
    ///     }
    /// }
    /// let query = Query::of::<Number>("SAL_RETURNSTOCK").ordered("FID DESC");
    /// assert_eq!(query.order, "FID DESC");
    /// ```
    #[must_use]
    pub fn ordered(mut self, order: impl Into<String>) -> Self {
        self.order = order.into();
        self
    }

    /// At most this many rows, or so many a page; `None`: all of them, or 2000 a page.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Query;
    ///
    /// let query = Query::builder().form_id("BD_MATERIAL").field_keys(["FNumber"]).limit(20).build();
    /// assert_eq!((query.clone().limited(5).limit, query.limited(None).limit), (Some(5), None));
    /// ```
    #[must_use]
    pub fn limited(mut self, rows: impl Into<Option<u32>>) -> Self {
        self.limit = rows.into();
        self
    }

    /// Passing over so many rows.
    #[must_use]
    pub fn start_at(mut self, row: u32) -> Self {
        self.start_row = row;
        self
    }

    /// For these fields instead.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Query;
    ///
    /// let numbers = Query::builder().form_id("BD_MATERIAL").field_keys(["FNumber"]).build();
    /// assert_eq!(numbers.asking_for(["FNumber", "FName"]).field_keys, ["FNumber", "FName"]);
    /// ```
    #[must_use]
    pub fn asking_for(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.field_keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// How many rows one answer is asked for.
    pub(crate) fn page_size(&self) -> u32 {
        self.limit.unwrap_or(PAGE).min(LIMIT_MAX)
    }

    /// The request's body, with every key checked.
    pub(crate) fn body(&self) -> Result<String, ErrorKind> {
        #[derive(Serialize)]
        struct Body<'a> {
            data: Data<'a>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Data<'a> {
            form_id: &'a str,
            field_keys: String,
            filter_string: String,
            order_string: &'a str,
            top_row_count: u32,
            start_row: u32,
            limit: u32,
            sub_system_id: &'a str,
        }
        let bad = |why: String| ErrorKind::Request(why);
        if self.form_id.trim().is_empty() {
            return Err(bad("the query names no form: give it a form_id".into()));
        }
        if self.field_keys.is_empty() {
            return Err(bad("a query needs field keys".into()));
        }
        // The server takes it for no limit at all.
        if self.limit == Some(0) {
            return Err(bad("at most no rows are asked for: leave the limit out for all".into()));
        }
        if let Some(key) = self.field_keys.iter().find(|key| !filter::is_key(key)) {
            return Err(bad(BadFilter::Key(key.clone()).to_string()));
        }
        if !is_order(&self.order) {
            return Err(bad(format!("{:?} is no order: write keys with ASC or DESC", self.order)));
        }
        let filter = self.filter.as_ref().map(Filter::render).transpose();
        let data = Data {
            form_id: &self.form_id,
            field_keys: self.field_keys.join(","),
            filter_string: filter.map_err(|why| bad(why.to_string()))?.unwrap_or_default(),
            order_string: &self.order,
            top_row_count: 0,
            start_row: self.start_row,
            limit: self.page_size(),
            sub_system_id: "",
        };
        serde_json::to_string(&Body { data }).map_err(|error| bad(error.to_string()))
    }

    /// Reads the rows of an answer. A row that is not as long as asked takes no other with it.
    pub(crate) fn rows(&self, json: &str) -> Result<Rows, ErrorKind> {
        let rows: Vec<Option<Vec<Cell>>> =
            serde_json::from_str(json).map_err(|error| ErrorKind::Unreadable(Text::of_json(&error)))?;
        let keys: Arc<[String]> = self.field_keys.clone().into();
        Ok(told(rows.into_iter().map(|cells| Row::of(&keys, cells.unwrap_or_default())).collect()))
    }

    /// Reads the rows of BillQuery's answer: objects, whose keys may be capitalised otherwise.
    pub(crate) fn objects(&self, json: &str) -> Result<Rows, ErrorKind> {
        let objects: Vec<Option<BTreeMap<String, Cell>>> =
            serde_json::from_str(json).map_err(|error| ErrorKind::Unreadable(Text::of_json(&error)))?;
        let keys: Arc<[String]> = self.field_keys.clone().into();
        let row = |object: Option<BTreeMap<String, Cell>>| {
            let mut row = Row::of(&keys, Vec::new());
            for (name, cell) in object.unwrap_or_default() {
                if let Some(at) = keys.iter().position(|key| key.eq_ignore_ascii_case(&name)) {
                    row.answered += usize::from(row.cells[at].is_missing());
                    row.cells[at] = cell;
                }
            }
            row
        };
        Ok(told(objects.into_iter().map(row).collect()))
    }
}

/// Rows that are not what was asked for are told in the log: nothing else shows that a server answers so.
fn told(rows: Rows) -> Rows {
    let odd = rows.iter().filter(|row| row.answered != row.keys.len()).count();
    if let Some(row) = rows.iter().find(|row| row.answered != row.keys.len()) {
        tracing::warn!(
            rows = odd,
            cells = row.answered,
            asked = row.keys.len(),
            "rows of an answer have other cells than were asked for"
        );
    }
    rows
}

/// Keys, each with an optional direction, between commas; or nothing.
fn is_order(order: &str) -> bool {
    let term = |term: &str| {
        let mut words = term.split_whitespace();
        let key = words.next().is_some_and(filter::is_key);
        let direction =
            words.next().is_none_or(|word| ["ASC", "DESC"].contains(&word.to_uppercase().as_str()));
        key && direction && words.next().is_none()
    };
    order.trim().is_empty() || order.split(',').all(term)
}
