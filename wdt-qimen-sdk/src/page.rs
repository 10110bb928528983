//! One page of an answer: its rows, those that could not be read, and what the server said around them.
//! How pages follow each other is `window.rs`; how a page is asked for is `client.rs`.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::method::definition::Method;
use crate::repair::seen_text;
use crate::row_key::{RowAt, RowKey};
use crate::wire::mask::Members;
use crate::wire::{FieldFault, Scalar, Token, mask, parse_time};

/// Which page is asked for.
///
/// ```
/// use wdt_qimen_sdk::PageAsk;
///
/// const FIRST: PageAsk = PageAsk::new(0, 40);
/// assert_eq!((FIRST.page_no, FIRST.page_size), (0, 40));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageAsk {
    /// Counted from 0.
    pub page_no: u32,
    /// Rows a page, within the method's [`PageRule`](crate::PageRule).
    pub page_size: u32,
}

impl PageAsk {
    /// The page of this number, counted from 0, of pages of so many rows.
    pub const fn new(page_no: u32, page_size: u32) -> Self {
        Self { page_no, page_size }
    }
}

/// One page.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<R> {
    /// The rows in the server's order; one that could not be read does not lose the others.
    pub rows: Vec<Result<R, RowError>>,
    /// `total_count`. Promised on page 0 only.
    pub total: Option<u64>,
    /// How many rows were asked for.
    pub page_size: u32,
    /// The answer's `Date` header: the server's idea of now.
    pub server_time: Option<DateTime<Utc>>,
    /// The client's clock when the answered request was sent.
    pub asked_at: DateTime<Utc>,
    /// How many attempts this page took, at least 1.
    pub calls: u32,
}

impl<R> Page<R> {
    /// A page that is all there is, for tests of code that takes pages.
    ///
    /// ```
    /// use wdt_qimen_sdk::Page;
    /// use wdt_qimen_sdk::method::refund::Refund;
    ///
    /// /// Code of yours that takes a page.
    /// fn numbers(page: &Page<Refund>) -> Vec<&str> {
    ///     page.rows.iter().flatten().map(|refund| refund.refund_no.as_str()).collect()
    /// }
    ///
    /// let refund: Refund = serde_json::from_str(r#"{"refund_no": "TK1", "refund_amount": "9.90"}"#)?;
    /// let page = Page::of(vec![Ok(refund)]);
    /// assert!(page.is_whole());
    /// assert_eq!(numbers(&page), ["TK1"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of(rows: Vec<Result<R, RowError>>) -> Self {
        let total = rows.len() as u64;
        let page_size = u32::try_from(total).unwrap_or(u32::MAX).saturating_add(1);
        let asked_at = DateTime::UNIX_EPOCH;
        Self { rows, total: Some(total), page_size, server_time: None, asked_at, calls: 1 }
    }

    /// The keys of all rows, unreadable ones included.
    pub fn keys<M: Method<Row = R>>(&self) -> impl Iterator<Item = RowKey> {
        self.rows.iter().map(|row| match row {
            Ok(row) => M::key(row),
            Err(error) => error.key.clone(),
        })
    }

    /// All rows as [`Walk::answer`](crate::window::Walk::answer) takes them, unreadable ones included.
    pub fn rows_at<M: Method<Row = R>>(&self) -> impl Iterator<Item = RowAt> {
        self.rows.iter().map(|row| match row {
            Ok(row) => RowAt::new(M::key(row), M::time(row)),
            Err(error) => RowAt::new(error.key.clone(), error.modified),
        })
    }

    /// Whether this one page is all there is, if no number comes twice: its total is its rows, and it is not full.
    /// A full page always asks for the next one, and a total below the rows is none.
    pub fn is_whole(&self) -> bool {
        let rows = self.rows.len() as u64;
        self.total == Some(rows) && rows < u64::from(self.page_size)
    }
}

/// A row that could not be read, with what could be read of it.
///
/// `raw` is the row exactly as it came, personal data included, and `Debug` does not show it: keep or log
/// [`masked`](Self::masked) instead.
///
/// ```
/// use wdt_qimen_sdk::RowError;
///
/// /// What is kept of a row that a person has to look at.
/// fn note(broken: &RowError) -> String {
///     let faults: Vec<_> = broken.faults.iter().map(|fault| format!("{} is {}", fault.path, fault.value)).collect();
///     format!("{}: {}\n{}", broken.key, faults.join(", "), broken.masked())
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowError {
    /// What the row counts by.
    pub key: RowKey,
    /// Its number, [`Method::NUMBER`], where it can be read.
    pub number: Option<String>,
    /// Its time, [`Method::TIME`], where it can be read.
    pub modified: Option<NaiveDateTime>,
    /// Every value that is not what its field allows; never empty.
    pub faults: Vec<FieldFault>,
    /// The row's text: exactly as it came, or cleaned where it is no JSON.
    pub raw: String,
}

impl RowError {
    /// Gathers what a broken row still tells.
    pub(crate) fn of(raw: &str, naming: Naming, faults: Vec<FieldFault>) -> Self {
        let Ok(members) = serde_json::from_str::<Members<'_>>(raw) else {
            return Self { faults, ..Self::broken(raw, naming) };
        };
        let token = |key: &str| members.0.iter().find(|(name, _)| name == key).map(|(_, raw)| Token::of(raw));
        let number = token(naming.number).map(Token::into_text).unwrap_or_default();
        Self {
            key: RowKey::of(&number, token(naming.id).as_ref().and_then(scalar), || raw.to_owned()),
            number: Some(number).filter(|number| !number.is_empty()),
            modified: token(naming.time).as_ref().and_then(scalar),
            faults,
            raw: raw.to_owned(),
        }
    }

    /// What is left of a row that is no JSON: counts by the number that can be seen in it, else by its text. Nothing else
    /// is looked for: what stands within it may be taken for it.
    pub(crate) fn broken(raw: &str, naming: Naming) -> Self {
        let seen = |key: &str| seen_text(raw, key).filter(|text| !key.is_empty() && !text.is_empty());
        let number = seen(naming.number).map(str::to_owned);
        let id = seen(naming.id).and_then(|id| id.parse().ok());
        Self {
            key: RowKey::of(number.as_deref().unwrap_or_default(), id, || raw.to_owned()),
            number,
            modified: seen(naming.time).and_then(|text| parse_time(text).ok()),
            faults: vec![FieldFault::new("", "broken text", "a JSON object")],
            raw: raw.to_owned(),
        }
    }

    /// What becomes of a row's text that a method cannot read, for tests of code that handles it. `None` where it can.
    ///
    /// ```
    /// use wdt_qimen_sdk::RowError;
    /// use wdt_qimen_sdk::method::refund::RefundQuery;
    /// let broken = RowError::reading::<RefundQuery>(r#"{"refund_no":"TK1","refund_amount":"a lot"}"#).unwrap();
    /// assert_eq!(broken.number.as_deref(), Some("TK1"));
    /// ```
    pub fn reading<M: Method>(raw: &str) -> Option<Self> {
        M::read(raw).err().map(|faults| Self::of(raw, Naming::of::<M>(), faults))
    }

    /// A value that the row still tells, read as tolerantly as in a row; none where the row is no JSON.
    ///
    /// ```
    /// # fn f(broken: &wdt_qimen_sdk::RowError) {
    /// let status: Option<i32> = broken.get("process_status");
    /// # }
    /// ```
    pub fn get<T: Scalar>(&self, key: &str) -> Option<T> {
        let members: Members<'_> = serde_json::from_str(&self.raw).ok()?;
        members.0.iter().find(|(name, _)| name == key).and_then(|(_, raw)| scalar(&Token::of(raw)))
    }

    /// The row's text without its people: values of [`PRIVATE_KEYS`](mask::PRIVATE_KEYS) and digit runs of seven
    /// or more are masked, `refund_no` is kept.
    ///
    /// ```
    /// use wdt_qimen_sdk::RowError;
    /// use wdt_qimen_sdk::method::refund::RefundQuery;
    ///
    /// let raw = r#"{"refund_no":"TK1","receiver_name":"张三","refund_amount":"a lot"}"#;
    /// let broken = RowError::reading::<RefundQuery>(raw).unwrap();
    /// assert!(broken.masked().contains("TK1") && !broken.masked().contains("张三"));
    /// ```
    pub fn masked(&self) -> String {
        mask::mask_json(&self.raw)
    }
}

impl fmt::Debug for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowError")
            .field("key", &self.key)
            .field("raw", &self.masked())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} cannot be read: ", self.key)?;
        for (index, fault) in self.faults.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RowError {}

fn scalar<T: Scalar>(token: &Token<'_>) -> Option<T> {
    if token.is_blank() { None } else { T::parse(token).ok().flatten() }
}

/// The keys that tell which row a row is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming {
    number: &'static str,
    id: &'static str,
    time: &'static str,
}

impl Naming {
    /// Rows of which nothing is known: they count by their text.
    pub(crate) const NONE: Self = Self { number: "", id: "", time: "" };

    pub(crate) fn of<M: Method>() -> Self {
        Self { number: M::NUMBER, id: M::ID, time: M::TIME }
    }
}
