//! What became of a bill whose fate is unknown: what is looked up, and how it is compared with what
//! the caller expects. Pure: the asking is in `client`, verdicts of answers are in `verdict`.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_with::serde_as;

use crate::cell::{BadCell, Cell};
use crate::fields::ExactDecimal;
use crate::query::bill_rows::BillRows;
use crate::query::{LIMIT_MAX, Query, Row};

/// What a bill must look like to be the one that was sent. A number that exists proves nothing by
/// itself: name what tells this bill from another with its number.
///
/// ```
/// use kingdee_k3cloud_sdk::Expectation;
/// use rust_decimal::Decimal;
///
/// let expected = Expectation::of("TK1")
///     .head("FRetcustId.FNumber", "C001")
///     .head("FThirdBillNo", "TK1")
///     .rows(
///         ["FEntity_FMaterialId.FNumber", "FEntity_FRealQty", "FEntity_FAllAmount"],
///         [["M001".into(), Decimal::from(2).into(), Decimal::new(551, 2).into()]],
///     );
/// assert_eq!(expected.number(), "TK1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    number: String,
    head: Vec<(String, Expected)>,
    row_keys: Vec<String>,
    rows: Vec<Vec<Expected>>,
}

/// A value that is expected. Prices, notes and defaults are better left out: the server changes them.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Expected {
    /// This text, blanks at the end aside.
    Text(String),
    /// This number, however many zeros it is written with.
    Number(#[serde_as(as = "ExactDecimal")] Decimal),
    /// This day, at whatever time.
    Day(NaiveDate),
    /// This truth value: `true` or 1, `false` or 0.
    Flag(bool),
}

/// What a look-up says about one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resolution {
    /// There is no bill with this number, as far as this user can see. A call that is still running
    /// may yet make one.
    Absent,
    /// The bill is there and is as expected.
    Ours {
        /// Its internal id (FID).
        id: String,
        /// FDocumentStatus: Z draft, A created, B in audit, C audited, D audited again; empty if it could not be read.
        status: String,
    },
    /// There is a bill with this number, and it is another.
    Other {
        /// Its internal id.
        id: String,
        /// Everything in which it differs.
        differences: Vec<Difference>,
    },
    /// The bill was voided (作废, FCancelStatus B). It holds its number and counts for nothing.
    Voided {
        /// Its internal id.
        id: String,
    },
    /// Several bills have this number.
    Doubled {
        /// Their internal ids.
        ids: Vec<String>,
    },
    /// It cannot be told: what could be read speaks for a bill that was found, and what would decide it is masked or not
    /// answered. Mostly the user lacks the right to these fields. Whether to send is not known either.
    Unreadable {
        /// The internal ids of the bills that may be it; of a row without any, nothing.
        ids: Vec<String>,
        /// The fields that could not be read.
        keys: Vec<String>,
    },
}

/// In a few words, such as `ours, with id 100001`.
impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Ours { id, .. } => write!(f, "ours, with id {id}"),
            Self::Other { id, differences } => {
                write!(f, "another bill, with id {id}")?;
                for (index, difference) in differences.iter().enumerate() {
                    write!(f, "{} {difference}", if index == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
            Self::Voided { id } => write!(f, "voided, with id {id}"),
            Self::Doubled { ids } => write!(f, "doubled, with ids {}", ids.join(", ")),
            Self::Unreadable { keys, .. } => write!(f, "unreadable: {}", keys.join(", ")),
        }
    }
}

/// `FDate: 2026-11-03 is expected, 2026-11-04 is there`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<String>| value.as_deref().unwrap_or("nothing").to_owned();
        write!(f, "{}: {} is expected, {} is there", self.key, text(&self.expected), text(&self.found))
    }
}

/// One difference between a bill and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// The field; for a row that is missing or too many, the fields of rows.
    pub key: String,
    /// What was expected; nothing for a row too many.
    pub expected: Option<String>,
    /// What is there; nothing for a row that is missing.
    pub found: Option<String>,
}

impl Expectation {
    /// A bill with this number, of whatever content.
    pub fn of(number: impl Into<String>) -> Self {
        Self { number: number.into(), head: Vec::new(), row_keys: Vec::new(), rows: Vec::new() }
    }

    /// With this value in its head.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Expectation;
    /// use kingdee_k3cloud_sdk::chrono::NaiveDate;
    ///
    /// let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    /// let expected = Expectation::of("TK1").head("FRetcustId.FNumber", "C001").head("FDate", day);
    /// # let _ = expected;
    /// ```
    #[must_use]
    pub fn head(mut self, key: impl Into<String>, value: impl Into<Expected>) -> Self {
        self.head.push((key.into(), value.into()));
        self
    }

    /// With exactly these rows, in any order.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Expectation;
    /// use rust_decimal::Decimal;
    ///
    /// let expected = Expectation::of("CK1").rows(
    ///     ["FEntity_FMaterialID.FNumber", "FEntity_FRealQty"],
    ///     [["M001".into(), Decimal::from(2).into()], ["M002".into(), Decimal::ONE.into()]],
    /// );
    /// # let _ = expected;
    /// ```
    #[must_use]
    pub fn rows<const N: usize>(
        mut self,
        keys: [&str; N],
        rows: impl IntoIterator<Item = [Expected; N]>,
    ) -> Self {
        self.row_keys = keys.map(str::to_owned).into();
        self.rows = rows.into_iter().map(Vec::from).collect();
        self
    }

    /// The bill's number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Compares what a look-up found under all numbers.
    pub(crate) fn compare(&self, found: &[BillRows]) -> Result<Resolution, BadCell> {
        // The database may compare without regard to case; numbers match exactly or not at all.
        let mut bills = found.iter().filter(|bill| bill.number == self.number);
        let Some(bill) = bills.next() else { return Ok(nameless(found)) };
        if let Some(other) = bills.next() {
            let ids = [bill, other].into_iter().chain(bills).map(|bill| bill.id.clone());
            let mut ids: Vec<String> = ids.collect();
            ids.sort_unstable();
            return Ok(Resolution::Doubled { ids });
        }
        let id = bill.id.clone();
        let first = bill.head();
        let mut unread = BTreeSet::new();
        let cancelled = readable(first, "FCancelStatus", &mut unread)?;
        if cancelled.is_some_and(|cell| cell.text() == "B") {
            return Ok(Resolution::Voided { id });
        }
        let mut differences = self.in_head(first, &mut unread)?;
        differences.extend(self.in_rows(&bill.rows, &mut unread)?);
        if !differences.is_empty() {
            return Ok(Resolution::Other { id, differences });
        }
        if !unread.is_empty() {
            return Ok(Resolution::Unreadable { ids: vec![id], keys: unread.into_iter().collect() });
        }
        let status = first.field::<Cell>("FDocumentStatus")?;
        let status = if status.is_masked() { String::new() } else { status.text().to_owned() };
        Ok(Resolution::Ours { id, status })
    }

    fn in_head(&self, row: &Row, unread: &mut BTreeSet<String>) -> Result<Vec<Difference>, BadCell> {
        let mut differences = Vec::new();
        for (key, expected) in &self.head {
            let Some(cell) = readable(row, key, unread)? else { continue };
            let (expected, found) = (expected.text(), expected.read(&cell));
            if expected != found {
                differences.push(Difference {
                    key: key.clone(),
                    expected: Some(expected),
                    found: Some(found),
                });
            }
        }
        Ok(differences)
    }

    /// The difference of two multisets of rows. A cell that cannot be read agrees with any value, after those that can
    /// have found theirs.
    fn in_rows(&self, rows: &[Row], unread: &mut BTreeSet<String>) -> Result<Vec<Difference>, BadCell> {
        if self.row_keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut missing: Vec<&Vec<Expected>> = self.rows.iter().collect();
        let mut differences = Vec::new();
        let difference = |expected: Option<Vec<String>>, found: Option<Vec<String>>| Difference {
            key: self.row_keys.join(" | "),
            expected: expected.map(|row| row.join(" | ")),
            found: found.map(|row| row.join(" | ")),
        };
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            let cells = self.row_keys.iter().map(|key| readable(row, key, unread));
            read.push(cells.collect::<Result<Vec<Option<Cell>>, _>>()?);
        }
        read.sort_by_key(|cells| cells.iter().filter(|cell| cell.is_none()).count());
        for cells in read {
            let may_be = |(cell, wanted): (&Option<Cell>, &Expected)| {
                cell.as_ref().is_none_or(|cell| wanted.read(cell) == wanted.text())
            };
            let place = missing.iter().position(|wanted| cells.iter().zip(*wanted).all(may_be));
            if let Some(at) = place {
                missing.swap_remove(at);
            } else {
                let text = |cell: &Option<Cell>| {
                    cell.as_ref().map_or_else(|| "?".to_owned(), |cell| plain(cell.text()))
                };
                differences.push(difference(None, Some(cells.iter().map(text).collect())));
            }
        }
        let text = |row: &Vec<Expected>| row.iter().map(Expected::text).collect();
        differences.extend(missing.into_iter().map(|row| difference(Some(text(row)), None)));
        Ok(differences)
    }
}

/// What is there where no number is the one that was asked for: a bill whose number cannot be read may be it.
fn nameless(found: &[BillRows]) -> Resolution {
    let nameless = || found.iter().filter(|bill| !bill.has_number());
    if nameless().next().is_none() {
        return Resolution::Absent;
    }
    let ids = nameless().filter(|bill| !bill.id.is_empty()).map(|bill| bill.id.clone());
    Resolution::Unreadable { ids: ids.collect(), keys: vec!["FBillNo".to_owned()] }
}

/// The cell of a key; where it cannot be read, the key is kept. `null` is read: it says that there is nothing.
fn readable(row: &Row, key: &str, unread: &mut BTreeSet<String>) -> Result<Option<Cell>, BadCell> {
    let cell = row.field::<Cell>(key)?;
    let can = !cell.is_masked() && !cell.is_missing();
    if !can {
        unread.insert(key.to_owned());
    }
    Ok(can.then_some(cell))
}

/// Numbers of bills in an answer that nobody asked for: the server has not looked at the condition.
pub(crate) fn strangers<'f>(expected: &[Expectation], found: &'f [BillRows]) -> Vec<&'f str> {
    let asked: BTreeSet<String> = expected.iter().map(|one| folded(&one.number)).collect();
    let is_stranger = |bill: &&BillRows| bill.has_number() && !asked.contains(&folded(&bill.number));
    found.iter().filter(is_stranger).map(|bill| bill.number.as_str()).collect()
}

impl Expected {
    /// The one way this value is written for comparison.
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.trim_end().to_owned(),
            Self::Number(number) => number.normalize().to_string(),
            Self::Day(day) => day.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }

    /// The cell written the same way, as far as it is of the same kind.
    fn read(&self, cell: &Cell) -> String {
        let other = || cell.text().trim_end().to_owned();
        match self {
            Self::Text(_) => other(),
            Self::Number(_) => cell.decimal().map_or_else(other, |number| number.normalize().to_string()),
            Self::Flag(_) => cell.bool().map_or_else(other, |flag| flag.to_string()),
            Self::Day(_) => cell.date().map_or_else(other, |moment| moment.date().to_string()),
        }
    }
}

/// A number as a database may compare it: without case, width and blanks at its ends.
fn folded(number: &str) -> String {
    let narrow = |c: char| match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    number.trim().chars().map(narrow).flat_map(char::to_lowercase).collect()
}

/// A number without the zeros at its end, or the text as it is.
fn plain(text: &str) -> String {
    Decimal::from_str_exact(text).map_or_else(|_| text.to_owned(), |number| number.normalize().to_string())
}

/// What has to be asked to compare all of these.
pub(crate) fn query(form: &str, expected: &[Expectation]) -> Query {
    let mut keys = vec!["FID", "FBillNo", "FDocumentStatus", "FCancelStatus"];
    let head = expected.iter().flat_map(|one| one.head.iter().map(|(key, _)| key));
    let rows = expected.iter().flat_map(|one| &one.row_keys);
    let asked: BTreeSet<&str> = head.chain(rows).map(String::as_str).collect();
    let more: Vec<&str> = asked.into_iter().filter(|key| !keys.contains(key)).collect();
    keys.extend(more);
    Query::builder().form_id(form).field_keys(keys).order(order(expected)).limit(LIMIT_MAX).build()
}

/// An order that tells any two rows apart: with fields of the rows, the row's id belongs to it, or rows can be lost
/// between two pages.
fn order(expected: &[Expectation]) -> String {
    let mut keys = expected.iter().flat_map(|one| &one.row_keys);
    match keys.next().map(|key| key.split('.').next().unwrap_or(key).rsplit_once('_')) {
        None => "FID ASC".to_owned(),
        Some(Some((entity, _))) => format!("FID ASC, {entity}_FEntryID ASC"),
        Some(None) => "FID ASC, FEntryID ASC".to_owned(),
    }
}

impl From<i64> for Expected {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

/// As 金蝶 gives a flag: `true`, `false`.
impl From<bool> for Expected {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&String> for Expected {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Expected {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Expected {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Decimal> for Expected {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for Expected {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}
