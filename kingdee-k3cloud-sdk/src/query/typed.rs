//! Rows as structs: each field names the key it comes from, and nothing depends on positions.
//! What a cell can be read as is in `cell`; asking is in `client`.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::{Query, Row};
use crate::cell::{BadCell, Cell};

/// A struct that a query's row can be read into. Made by [`row!`](crate::row), or by hand where a field is made of
/// several cells:
///
/// ```
/// use kingdee_k3cloud_sdk::{BadCell, FromRow, Query, Row};
/// use rust_decimal::Decimal;
///
/// /// What a line is worth in the site's own currency.
/// struct Worth(Decimal);
///
/// impl FromRow for Worth {
///     const KEYS: &'static [&'static str] = &["FEntity_FAllAmount", "FExchangeRate"];
///
///     fn from_row(row: &Row) -> Result<Self, BadCell> {
///         let amount: Decimal = row.field("FEntity_FAllAmount")?;
///         let rate: Option<Decimal> = row.field("FExchangeRate")?;
///         Ok(Self(amount * rate.unwrap_or(Decimal::ONE)))
///     }
/// }
///
/// assert_eq!(Query::of::<Worth>("SAL_RETURNSTOCK").field_keys.len(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "a row of a query cannot be read into `{Self}`",
    note = "declare it by `kingdee_k3cloud_sdk::row! {{ struct Name {{ field: Type = \"FKey\", }} }}`, or implement `FromRow`"
)]
pub trait FromRow: Sized {
    /// The keys to ask for.
    const KEYS: &'static [&'static str];

    /// Reads a row of a query that asked for these keys.
    fn from_row(row: &Row) -> Result<Self, BadCell>;
}

/// A row that does not fit the struct it is read into: see [`Client::rows`](crate::Client::rows). What it shows has no cell
/// but its number.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowError {
    /// The row as it came.
    pub row: Row,
    /// The first cell that does not fit.
    pub cell: BadCell,
}

impl RowError {
    /// What becomes of a row that cannot be read into this struct, for tests of code that handles it. `None` where it can.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Row, RowError};
    ///
    /// kingdee_k3cloud_sdk::row! {
    ///     struct Note {
    ///         number: String = "FBillNo",
    ///         note: String = "FNote",
    ///     }
    /// }
    /// let row = Row::new([("FBillNo", Some("CK1")), ("FNote", None)]);
    /// assert_eq!(RowError::reading::<Note>(row).unwrap().number(), Some("CK1"));
    /// ```
    pub fn reading<T: FromRow>(row: Row) -> Option<Self> {
        T::from_row(&row).err().map(|cell| Self { row, cell })
    }

    /// Its number, as far as the query asked for one: FBillNo, or FNumber of base data.
    ///
    /// ```
    /// # fn f(broken: &kingdee_k3cloud_sdk::RowError) {
    /// println!("{} is left out", broken.number().unwrap_or("a row without a number"));
    /// # }
    /// ```
    pub fn number(&self) -> Option<&str> {
        let cells = ["FBillNo", "FNumber"].into_iter().filter_map(|key| self.row.by_key(key));
        cells.map(Cell::text).find(|text| !text.is_empty())
    }
}

impl fmt::Debug for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowError")
            .field("number", &self.number())
            .field("cell", &self.cell)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => write!(f, "row {number} cannot be read: {}", self.cell),
            None => write!(f, "a row cannot be read: {}", self.cell),
        }
    }
}

impl std::error::Error for RowError {}

/// A type that a cell can be read as: texts, decimals, whole numbers, truth values, dates, [`Cell`] itself, `Option` of
/// one, which takes `null` for `None` as nothing else does, and types of your own:
///
/// ```
/// use kingdee_k3cloud_sdk::{Cell, FromCell};
///
/// #[derive(Debug, Clone, PartialEq, Eq)]
/// enum Status {
///     Audited,
///     Other(String),
/// }
///
/// impl FromCell for Status {
///     const KIND: &'static str = "a document status";
///
///     fn from_cell(cell: &Cell) -> Option<Self> {
///         match cell.text() {
///             "" => None,
///             "C" => Some(Self::Audited),
///             other => Some(Self::Other(other.to_owned())),
///         }
///     }
/// }
///
/// kingdee_k3cloud_sdk::row! {
///     struct Bill {
///         number: String = "FBillNo",
///         status: Status = "FDocumentStatus",
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a cell cannot be read as `{Self}`",
    note = "a field is `String`, `Decimal`, `i32`, `i64`, `u32`, `u64`, `bool`, `NaiveDate`, `NaiveDateTime`, `Cell` or `Option` of one; money as `Decimal`, never as a float",
    note = "for a type of your own implement `kingdee_k3cloud_sdk::FromCell`"
)]
pub trait FromCell: Sized {
    /// What it is called in an error.
    const KIND: &'static str;

    /// Reads a cell.
    fn from_cell(cell: &Cell) -> Option<Self>;
}

impl Row {
    /// A field as a type: a text, a decimal, a whole number, a truth value, a date, or `Option` of
    /// one.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{BadCell, Row};
    /// use rust_decimal::Decimal;
    ///
    /// fn amount(row: &Row) -> Result<Decimal, BadCell> {
    ///     let quantity: Decimal = row.field("FEntity_FRealQty")?;
    ///     // Null where the site has computed none.
    ///     let price: Option<Decimal> = row.field("FEntity_FTaxPrice")?;
    ///     Ok(quantity * price.unwrap_or_default())
    /// }
    /// ```
    pub fn field<T: FromCell>(&self, key: &str) -> Result<T, BadCell> {
        let cell = self.by_key(key).ok_or_else(|| BadCell::NotAsked(key.to_owned()))?;
        T::from_cell(cell).ok_or_else(|| {
            if cell.is_missing() {
                return BadCell::Missing(key.to_owned());
            }
            BadCell::Kind { key: key.to_owned(), wanted: T::KIND, null: cell.is_null() }
        })
    }
}

impl Query {
    /// A query for the fields of `T`, of every row; confine it with [`filtered`](Self::filtered).
    pub fn of<T: FromRow>(form_id: impl Into<String>) -> Self {
        Self::builder().form_id(form_id).field_keys(T::KEYS.iter().copied()).build()
    }
}

macro_rules! from_cell {
    ($($kind:ty, $name:literal, $read:expr;)*) => {$(
        impl FromCell for $kind {
            const KIND: &'static str = $name;

            fn from_cell(cell: &Cell) -> Option<Self> {
                let read: fn(&Cell) -> Option<Self> = $read;
                read(cell)
            }
        }
    )*};
}

from_cell! {
    String, "text", |cell| (!cell.is_null()).then(|| cell.text().to_owned());
    Decimal, "a decimal", Cell::decimal;
    i64, "a whole number", Cell::int;
    i32, "a whole number of 32 bits", |cell| cell.int()?.try_into().ok();
    u64, "a whole number that is not negative", |cell| cell.int()?.try_into().ok();
    u32, "a whole number of 32 bits that is not negative", |cell| cell.int()?.try_into().ok();
    bool, "a truth value", Cell::bool;
    NaiveDateTime, "a date", Cell::date;
    NaiveDate, "a date", |cell| cell.date().map(|moment| moment.date());
    Cell, "a cell", |cell| Some(cell.clone());
}

impl<T: FromCell> FromCell for Option<T> {
    const KIND: &'static str = T::KIND;

    fn from_cell(cell: &Cell) -> Option<Self> {
        if cell.is_null() { Some(None) } else { T::from_cell(cell).map(Some) }
    }
}

/// Declares a struct whose fields are columns of a query, each with its key.
///
/// ```
/// use kingdee_k3cloud_sdk::FromRow as _;
/// use rust_decimal::Decimal;
///
/// kingdee_k3cloud_sdk::row! {
///     /// A line of a return.
///     pub struct Line {
///         /// Its bill's number.
///         pub bill_no: String = "FBillNo",
///         /// 价税合计, if the site has computed it.
///         pub amount: Option<Decimal> = "FEntity_FAllAmount",
///     }
/// }
///
/// assert_eq!(Line::KEYS, ["FBillNo", "FEntity_FAllAmount"]);
/// ```
#[macro_export]
macro_rules! row {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $kind:ty = $key:literal),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $kind,)*
        }

        impl $crate::FromRow for $name {
            const KEYS: &'static [&'static str] = &[$($key),*];

            fn from_row(row: &$crate::Row) -> Result<Self, $crate::BadCell> {
                Ok(Self { $($field: row.field($key)?,)* })
            }
        }
    };
    ($($other:tt)*) => {
        compile_error!("row! takes `struct Name { field: Type = \"FKey\", other: Option<Type> = \"FEntity_FOther\" }`: after each field the key that it is asked for by; no generics");
    };
}
