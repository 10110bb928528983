//! Which rule of the table an objection falls under: the first that fits.

use super::pattern;
use super::rule::{Class, Code, Rule, Scope};
use super::table::{REFUSED, RULES};

/// An objection as it came.
#[derive(Debug, Clone, Copy)]
pub struct Objection<'a> {
    /// `FieldName`.
    pub field: Option<&'a str>,
    /// The text.
    pub message: &'a str,
    /// The number it came with.
    pub code: Code,
    /// Whether a login was answered.
    pub is_login: bool,
}

impl Objection<'_> {
    /// The rule that decides. The last rules fit everything.
    pub fn rule(&self) -> &'static Rule {
        let whole = pattern::simplified(&pattern::plain(self.message));
        let unquoted = pattern::unquoted(&whole);
        let fits = RULES.iter().find(|rule| rule.fits(self, &unquoted, &whole));
        fits.unwrap_or(&REFUSED)
    }
}

impl Class {
    /// Classes an objection whose field is not known by its text and the answer's MsgCode (0 if it has none).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Class;
    ///
    /// assert_eq!(Class::of("单据已经审核！", 0), Class::AlreadyDone);
    /// assert_eq!(Class::of("业务操作冲突，请稍候再使用。", 13), Class::Transient);
    /// ```
    pub fn of(message: &str, msg_code: i64) -> Self {
        Self::at(None, message, msg_code)
    }

    /// The same where the answer names a field (`FieldName`).
    pub fn at(field: Option<&str>, message: &str, msg_code: i64) -> Self {
        Objection { field, message, code: Code::Msg(msg_code), is_login: false }.rule().class_of(message)
    }
}

impl Rule {
    fn fits(&self, objection: &Objection<'_>, unquoted: &str, whole: &str) -> bool {
        let scope = match (self.scope, objection.code) {
            (Scope::Gateway, Code::Gateway(_)) => true,
            (Scope::Gateway, _) | (_, Code::Gateway(_)) => false,
            (Scope::Logins, _) => objection.is_login,
            // A login has no bill: what is not passing is the account's.
            (Scope::Any, _) => !objection.is_login || matches!(self.class, Class::Transient | Class::Account),
        };
        let field = objection.field.filter(|field| !field.is_empty());
        // A rule with fields and no text is about the field alone.
        let named = field.is_some_and(|field| self.fields.iter().any(|own| own.eq_ignore_ascii_case(field)));
        let about = self.fields.is_empty() || named || (field.is_none() && !self.texts.is_empty());
        // Names that people gave are in quotes; the words of a period are sometimes too.
        let text = if self.class == Class::ClosedPeriod { whole } else { unquoted };
        scope
            && about
            && (self.codes.is_empty() || self.codes.contains(&objection.code))
            && (self.texts.is_empty() || self.texts.iter().any(|one| pattern::is_in(one, text)))
            && !self.unless.iter().any(|one| pattern::is_in(one, text))
    }
}
