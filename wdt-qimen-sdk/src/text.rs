//! What people read, in both languages.

use std::fmt;

use serde::Serialize;

/// A text for people in Chinese and English. `Display` writes both; what one person reads is one of them:
///
/// ```
/// use wdt_qimen_sdk::{Error, Text};
///
/// fn told(error: &Error, in_chinese: bool) -> &'static str {
///     let Text { zh, en } = error.advice();
///     if in_chinese { zh } else { en }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Text {
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

impl Text {
    /// A text in both languages.
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.en, self.zh)
    }
}
