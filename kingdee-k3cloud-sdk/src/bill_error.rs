//! What the server objects to in one bill. Classes of objections are in `class`.

use serde::{Deserialize, Serialize};

use crate::class::Objection;
use crate::class::rule::{Class, Code, Rule};
use crate::fate::Fate;
use crate::text::Text;

/// One objection of the server. Kept with serde, it is classed anew by the table where it is read, except that its
/// [`class`](Self::class) stays what it was for the operation.
///
/// ```
/// use kingdee_k3cloud_sdk::{BillError, Class};
///
/// // As a test of yours makes one:
/// let error = BillError::of("单据编号为“A”的销售退货单，单据已经审核！", 11);
/// assert_eq!(error.class, Class::AlreadyDone);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept")]
#[non_exhaustive]
pub struct BillError {
    /// The field it is about, if the server names one.
    pub field: Option<String>,
    /// The server's text.
    pub message: String,
    /// The bill's place in the request (`DIndex`).
    pub index: Option<usize>,
    /// MsgCode of the whole answer: one answer has one code, whatever its errors are. 0 where the server sends none.
    pub code: i64,
    /// What kind of objection it is, for the operation that was called.
    pub class: Class,
    /// The row of the table that says so.
    #[serde(skip_serializing)]
    pub rule: &'static Rule,
}

/// What is kept of an objection.
#[derive(Deserialize)]
struct Kept {
    field: Option<String>,
    message: String,
    index: Option<usize>,
    code: i64,
    class: Class,
}

impl From<Kept> for BillError {
    fn from(kept: Kept) -> Self {
        let Kept { field, message, index, code, class } = kept;
        Self { class, ..Self::new(field, message, index, code) }
    }
}

impl BillError {
    /// An objection with this text and MsgCode, classed as one of the server's: for tests of your own.
    pub fn of(message: impl Into<String>, code: i64) -> Self {
        Self::new(None, message.into(), None, code)
    }

    /// An objection as it came, classed by the table.
    pub(crate) fn new(field: Option<String>, message: String, index: Option<usize>, code: i64) -> Self {
        let msg_code = Code::Msg(code);
        let rule =
            Objection { field: field.as_deref(), message: &message, code: msg_code, is_login: false }.rule();
        Self { class: rule.class_of(&message), field, message, index, code, rule }
    }

    /// The same as the answer of a login: there it is the account's, unless it passes.
    pub(crate) fn of_login(mut self) -> Self {
        let (field, code) = (self.field.as_deref(), Code::Msg(self.code));
        self.rule = Objection { field, message: &self.message, code, is_login: true }.rule();
        self.class = self.rule.class_of(&self.message);
        self
    }

    /// The same as said to a save. A bill that is audited was not saved, and a number that is not the bill's is another
    /// field's.
    pub(crate) fn of_save(mut self, number: Option<&str>) -> Self {
        if let (Class::Duplicate { number: taken }, Some(own)) = (&self.class, number)
            && !taken.is_empty()
            && !taken.trim().eq_ignore_ascii_case(own.trim())
        {
            self.class = Class::Refused;
        }
        self.of_operation("Save")
    }

    /// The same as said to an operation: what is submitted is not audited, and what is audited is not deleted.
    pub(crate) fn of_operation(mut self, operation: &str) -> Self {
        let is_done = match operation {
            "Submit" => true,
            "Audit" => self.rule.name == "audited",
            _ => false,
        };
        if self.class == Class::AlreadyDone && !is_done {
            self.class = Class::WrongStatus;
        }
        self
    }

    /// Whether the server failed rather than objected (MsgCode 4 and 6, texts of a database), so that a look-up is
    /// wise before believing that nothing happened.
    pub fn is_doubtful(&self) -> bool {
        self.rule.fate == Fate::Unknown
    }

    /// What a person can do.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::BillError;
    ///
    /// let objection = BillError::of("业务操作冲突，请稍候再使用。", 13);
    /// assert_eq!(objection.advice().en, "Another operation holds the bill or the stock: try later.");
    /// ```
    pub fn advice(&self) -> Text {
        self.rule.advice.clone()
    }
}
