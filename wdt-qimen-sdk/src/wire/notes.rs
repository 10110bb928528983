//! What is wrong with a row, noted while it is read.

use std::fmt;

use super::mask;

/// How much of a value is kept.
const LONGEST_VALUE: usize = 80;

/// One value of a row that is not what its field allows.
///
/// ```
/// use wdt_qimen_sdk::method::refund::Refund;
/// use wdt_qimen_sdk::wire::read_row;
///
/// let faults = read_row::<Refund>(r#"{"refund_no": "TK1", "refund_amount": "a lot"}"#).unwrap_err();
/// assert_eq!((faults[0].path.as_str(), faults[0].value.as_str()), ("refund_amount", "\"a lot\""));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldFault {
    /// Where it stands, as `refund_order_list[1].refund_num`; empty for the row itself.
    pub path: String,
    /// The JSON text that was found, cut at 80 characters. It may show a person; `Debug` and `Display` do not.
    pub value: String,
    /// What is allowed there.
    pub expected: &'static str,
}

impl FieldFault {
    /// The value at `path` is not `expected`: for [`Method::read`](crate::Method::read) of a method of your own.
    ///
    /// ```
    /// use wdt_qimen_sdk::wire::FieldFault;
    ///
    /// let fault = FieldFault::new("stock_num", "-1", "a quantity of goods");
    /// assert_eq!(fault.to_string(), "stock_num is -1, expected a quantity of goods");
    /// ```
    pub fn new(path: impl Into<String>, value: &str, expected: &'static str) -> Self {
        Self { path: path.into(), value: value.chars().take(LONGEST_VALUE).collect(), expected }
    }

    /// The value without its people.
    fn shown(&self) -> String {
        let field = self.path.rsplit('.').next().unwrap_or_default();
        if mask::is_private(field) { "***".to_owned() } else { mask::mask_text(&self.value) }
    }
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the row" } else { &self.path };
        write!(f, "{path} is {}, expected {}", self.shown(), self.expected)
    }
}

impl fmt::Debug for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldFault")
            .field("path", &self.path)
            .field("value", &self.shown())
            .field("expected", &self.expected)
            .finish()
    }
}

/// The faults found while a row is read, and where the reader stands.
///
/// ```
/// use wdt_qimen_sdk::wire::Notes;
///
/// let mut notes = Notes::default();
/// notes.fault("stock_num", "\"many\"", "a decimal");
/// let faults = notes.finish().unwrap_err();
/// assert_eq!(faults[0].to_string(), "stock_num is \"many\", expected a decimal");
/// ```
#[derive(Debug, Default)]
pub struct Notes {
    faults: Vec<FieldFault>,
    inside: Vec<(&'static str, usize)>,
}

impl Notes {
    /// Notes that the value at `key` is not `expected`.
    pub fn fault(&mut self, key: &str, value: &str, expected: &'static str) {
        let lists = self.inside.iter().map(|(list, index)| format!("{list}[{index}]."));
        let path: String = lists.chain([key.to_owned()]).collect();
        self.faults.push(FieldFault::new(path, value, expected));
    }

    /// Everything noted; an error if there is anything.
    pub fn finish(self) -> Result<(), Vec<FieldFault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    pub(super) fn enter(&mut self, list: &'static str, index: usize) {
        self.inside.push((list, index));
    }

    pub(super) fn leave(&mut self) {
        self.inside.pop();
    }
}
