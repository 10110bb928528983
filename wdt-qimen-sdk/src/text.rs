//! What people read, in both languages.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// A text for people in Chinese and English. `Display` writes both; what one person reads is one of them:
///
/// ```
/// use wdt_qimen_sdk::{Error, Text};
///
/// fn told(error: &Error, in_chinese: bool) -> String {
///     let Text { zh, en } = error.advice();
///     if in_chinese { zh.into() } else { en.into() }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Text {
    /// In Chinese.
    pub zh: Cow<'static, str>,
    /// In English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// A text in both languages.
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// Of texts that figures were put into.
    pub(crate) fn of(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Why JSON cannot be read. Only the English quotes what stands there.
    pub(crate) fn of_json(error: &serde_json::Error) -> Self {
        let zh = match error.classify() {
            serde_json::error::Category::Eof => "JSON 不完整",
            serde_json::error::Category::Syntax => "不是有效的 JSON",
            serde_json::error::Category::Data | serde_json::error::Category::Io => "JSON 的结构与预期不符",
        };
        let zh = match (error.line(), error.column()) {
            (0, _) => zh.to_owned(),
            (line, column) => format!("{zh}（第 {line} 行第 {column} 列）"),
        };
        Self::of(zh, error.to_string())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.en, self.zh)
    }
}
