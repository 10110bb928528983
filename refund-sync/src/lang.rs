//! The two languages that people read, a text in both, and the stable words that mean something to them.
//! What comes from outside is escaped in `text`; how a page writes times and figures is the page's.

pub(crate) mod failures;
pub(crate) mod fix;
mod keys;
mod refused;
#[cfg(feature = "serve")]
mod screen;
mod system;
mod unfit;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use rust_decimal::{Decimal, RoundingStrategy};

/// What somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

/// The same in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// 中文
    pub zh: Cow<'static, str>,
    /// English
    pub en: Cow<'static, str>,
}

impl Lang {
    /// The language for `zh` or `en`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// One of two texts.
    pub fn of<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

#[cfg(feature = "tools")]
pub(crate) use keys::advice;
#[cfg(feature = "reconcile")]
pub(crate) use keys::why;
pub(crate) use keys::{message, reason};
#[cfg(feature = "serve")]
pub use screen::price;
#[cfg(feature = "tools")]
pub(crate) use system::certificate_fault;
pub(crate) use system::why;

/// Digits in groups of three: `12345` as `12,345`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

static CHOSEN: OnceLock<Lang> = OnceLock::new();

/// Which language this process writes its lines in; a page asks its visitor instead, and JSON always tells both.
impl Lang {
    /// What the environment says: `REFUND_SYNC_LANG`, else `LANG` where it names a language that we speak, else 中文.
    pub fn of_environment(own: Option<&str>, locale: Option<&str>) -> Self {
        // Either may be a locale, in any case: `en_US.UTF-8`.
        let named = |word: &str| Self::parse(&word.split(['_', '-', '.', '@']).next()?.to_ascii_lowercase());
        own.and_then(named).or_else(|| named(locale?)).unwrap_or_default()
    }

    /// From now on, for this process. The first choice holds.
    pub(crate) fn choose(self) {
        // A second call changes nothing: what was written is written.
        let _ = CHOSEN.set(self);
    }

    /// What was chosen; English in a process that never chose, which has no people before it.
    pub(crate) fn chosen() -> Self {
        CHOSEN.get().copied().unwrap_or(Self::English)
    }
}

/// One of two texts with figures in them, as `format!` takes them, in the language that this process speaks.
macro_rules! told {
    ($zh:literal, $en:literal $(, $($figures:tt)*)?) => {
        match $crate::lang::Lang::chosen() {
            $crate::lang::Lang::Chinese => format!($zh $(, $($figures)*)?),
            $crate::lang::Lang::English => format!($en $(, $($figures)*)?),
        }
    };
}
pub(crate) use told;

/// A text with figures in both languages, as `format!` takes them.
macro_rules! both {
    ($zh:literal, $en:literal $(, $($figures:tt)*)?) => {
        $crate::lang::Text::of(format!($zh $(, $($figures)*)?), format!($en $(, $($figures)*)?))
    };
}
pub(crate) use both;

impl Text {
    /// Two texts that were written when the program was.
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// Two texts with figures in them.
    pub fn of(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: Cow::Owned(zh.into()), en: Cow::Owned(en.into()) }
    }

    /// A text that exists in one language only, as the words of another system do.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { zh: Cow::Owned(text.clone()), en: Cow::Owned(text) }
    }

    /// This text with another one behind it, in each language.
    #[must_use]
    pub fn and(&self, zh: &str, en: &str) -> Self {
        Self::of(format!("{}{zh}", self.zh), format!("{}{en}", self.en))
    }

    /// This text with another one before it, in each language.
    #[must_use]
    pub fn before(&self, zh: &str, en: &str) -> Self {
        Self::of(format!("{zh}{}", self.zh), format!("{en}{}", self.en))
    }

    /// Two sentences.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        Self::of(format!("{}。{}", self.zh, next.zh), format!("{}. {}", self.en, next.en))
    }

    /// Both in one text, as JSON has what to write or do: `English · 中文`; one of them where they are the same.
    pub fn joined(&self) -> String {
        if self.zh == self.en { self.en.clone().into_owned() } else { format!("{} · {}", self.en, self.zh) }
    }

    /// The one for this reader.
    pub fn get(&self, lang: Lang) -> &str {
        lang.of(&self.zh, &self.en)
    }
}

/// A text that exists in one language only.
impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::same(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::same(text)
    }
}

impl From<wdt_qimen_sdk::Text> for Text {
    fn from(text: wdt_qimen_sdk::Text) -> Self {
        Self::of(text.zh, text.en)
    }
}

impl From<kingdee_k3cloud_sdk::Text> for Text {
    fn from(text: kingdee_k3cloud_sdk::Text) -> Self {
        Self::of(text.zh, text.en)
    }
}

/// Yuan in JSON: two decimals, as a text.
pub(crate) mod yuan {
    use rust_decimal::Decimal;
    #[cfg(feature = "reconcile")]
    use serde::{Deserialize, Deserializer};
    use serde::{Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        super::cents(*amount).serialize(serializer)
    }

    #[cfg(feature = "reconcile")]
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        <Decimal as Deserialize>::deserialize(deserializer)
    }
}

/// Who decided something: a name as it is, and what stands for one where the system told none.
pub(crate) fn decider(by: &str) -> Text {
    match by {
        "未署名" | "unsigned" => Text::new("未署名", "unsigned"),
        "命令行" | "command line" => Text::new("命令行", "command line"),
        by => Text::same(by),
    }
}

/// In the language that this process speaks.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.get(Lang::chosen()))
    }
}

/// `remedy` and `remedy_zh`: what JSON, and the journal, have of what to do. A text of before there were both is shown whole.
pub(crate) mod remedy {
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    use super::Text;

    #[derive(serde::Serialize, Deserialize)]
    struct Keys {
        remedy: String,
        #[serde(default)]
        remedy_zh: Option<String>,
        /// Beside a `remedy` in both languages, in what an older version kept.
        #[serde(default, skip_serializing)]
        remedy_en: Option<String>,
    }

    pub(crate) fn serialize<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
        let (remedy, remedy_zh) = (text.en.clone().into_owned(), Some(text.zh.clone().into_owned()));
        Keys { remedy, remedy_zh, remedy_en: None }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        let Keys { remedy, remedy_zh, remedy_en } = Keys::deserialize(deserializer)?;
        Ok(match remedy_zh {
            Some(zh) => Text::of(zh, remedy_en.unwrap_or(remedy)),
            None => Text::same(remedy),
        })
    }
}

/// Yuan to the cent, as a table for spreadsheets has it: `-9415.48`. Formatting a `Decimal` alone would cut it.
pub fn cents(amount: Decimal) -> String {
    let cents = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let sign = if cents.is_sign_negative() && !cents.is_zero() { "-" } else { "" };
    format!("{sign}{:.2}", cents.abs())
}

/// Yuan as people read it, to the cent: `¥ 9,415.48`.
pub fn money(amount: Decimal) -> String {
    let text = cents(amount);
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
    format!("¥ {sign}{}.{fraction}", grouped(whole))
}

/// A stable word that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is a word of another version")]
pub struct UnknownWord(pub String);

/// Declares an enum of stable words. Each has its word, and its texts for people; nothing can be added without them.
macro_rules! vocabulary {
    (
        $(#[$outer:meta])*
        $visibility:vis enum $Name:ident {
            $( $(#[$inner:meta])* $Variant:ident = $word:literal { $( $field:ident: $zh:literal, $en:literal; )+ } )+
        }
    ) => {
        $(#[$outer])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde_with::SerializeDisplay, serde_with::DeserializeFromStr,
        )]
        $visibility enum $Name {
            $(
                $(#[$inner])*
                #[doc = concat!("`", $word, "`", $(": ", $zh, ", ", $en),+)]
                $Variant,
            )+
        }

        impl $Name {
            /// All of them, in the order of the manuals.
            $visibility const ALL: [Self; [$($word),+].len()] = [$(Self::$Variant),+];

            /// The stable word, as in the journal, in JSON and in metrics.
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $word,)+
                }
            }

            /// The one for a word of [`as_str`](Self::as_str); `None` for what another version wrote.
            $visibility fn parse(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == word)
            }

            $crate::lang::vocabulary!(@texts $visibility $( $Variant { $($field: $zh, $en;)+ } )+);
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::lang::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::parse(word).ok_or_else(|| $crate::lang::UnknownWord(word.to_owned()))
            }
        }

        impl PartialEq<&str> for $Name {
            fn eq(&self, word: &&str) -> bool {
                self.as_str() == *word
            }
        }
    };
    (@texts $visibility:vis $( $Variant:ident {
        title: $title_zh:literal, $title_en:literal;
        meaning: $meaning_zh:literal, $meaning_en:literal;
        remedy: $remedy_zh:literal, $remedy_en:literal;
    } )+) => {
        /// What it is called.
        $visibility const fn title(self) -> $crate::lang::Text {
            match self { $(Self::$Variant => $crate::lang::Text::new($title_zh, $title_en),)+ }
        }

        /// What it means.
        $visibility const fn meaning(self) -> $crate::lang::Text {
            match self { $(Self::$Variant => $crate::lang::Text::new($meaning_zh, $meaning_en),)+ }
        }

        /// What to do about it.
        $visibility const fn remedy(self) -> $crate::lang::Text {
            match self { $(Self::$Variant => $crate::lang::Text::new($remedy_zh, $remedy_en),)+ }
        }
    };
    (@texts $visibility:vis $( $Variant:ident {
        title: $title_zh:literal, $title_en:literal;
        meaning: $meaning_zh:literal, $meaning_en:literal;
    } )+) => {
        /// What it is called.
        $visibility const fn title(self) -> $crate::lang::Text {
            match self { $(Self::$Variant => $crate::lang::Text::new($title_zh, $title_en),)+ }
        }

        /// What it means.
        $visibility const fn meaning(self) -> $crate::lang::Text {
            match self { $(Self::$Variant => $crate::lang::Text::new($meaning_zh, $meaning_en),)+ }
        }
    };
    (@texts $visibility:vis $( $Variant:ident { title: $title_zh:literal, $title_en:literal; } )+) => {
        /// What it is called.
        $visibility const fn title(self) -> $crate::lang::Text {
            match self { $(Self::$Variant => $crate::lang::Text::new($title_zh, $title_en),)+ }
        }
    };
}
pub(crate) use vocabulary;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_cents_and_its_thousands_are_apart() {
        let told = ["0", "-0.001", "9415.48", "-1234567.891", "29.8993", "999"]
            .map(|text| money(text.parse().unwrap()));
        assert_eq!(
            ["-921.2594", "4417.2973", "-0.001"].map(|text| cents(text.parse().unwrap())),
            ["-921.26", "4417.30", "0.00"]
        );
        assert_eq!(told, ["¥ 0.00", "¥ 0.00", "¥ 9,415.48", "¥ -1,234,567.89", "¥ 29.90", "¥ 999.00"]);
    }

    #[test]
    fn what_to_do_is_joined_and_what_is_the_same_in_both_languages_stands_once() {
        assert_eq!(Text::new("请删除", "remove it").joined(), "remove it · 请删除");
        assert_eq!(Text::same("page_size = 40").joined(), "page_size = 40");
    }

    #[test]
    fn the_own_variable_comes_first_and_a_locale_counts_where_it_names_a_language() {
        for (own, locale, wanted) in [
            (None, None, Lang::Chinese),
            (None, Some("zh_CN.UTF-8"), Lang::Chinese),
            (None, Some("en_GB"), Lang::English),
            (None, Some("C.UTF-8"), Lang::Chinese),
            (Some("en"), Some("zh_CN.UTF-8"), Lang::English),
            (Some("zh"), Some("en_GB.UTF-8"), Lang::Chinese),
            (Some("klingon"), Some("en_GB.UTF-8"), Lang::English),
            (Some("EN"), None, Lang::English),
            (Some("en_US.UTF-8"), Some("zh_CN.UTF-8"), Lang::English),
            (Some("zh-CN"), Some("en_GB.UTF-8"), Lang::Chinese),
        ] {
            assert_eq!(Lang::of_environment(own, locale), wanted, "{own:?} {locale:?}");
        }
    }
}
