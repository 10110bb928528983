//! What both systems say about a configuration: asked once by `check --live`, kept as a file if wished, judged without a
//! network. Here: the facts. Asking is `preflight::ask`'s, what has to be asked `preflight::required_data`'s, judging `preflight::judge`'s.

mod ask;
mod finding;
pub mod further;
mod judge;
mod required_data;
mod survey;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use ask::ask;
pub use finding::{Finding, Severity};
pub use judge::judge;
pub use survey::{Group, MOST_PAGES, Survey};

use crate::lang::Text;
use crate::sink::base::{BaseRecord, Kind, Need};
use crate::sink::form::FormField;

/// What was kept of a live check. It holds numbers and counts; nobody's name, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// When the systems were asked (RFC 3339, +08:00).
    pub at: String,
    /// What they said, by pipeline.
    pub pipelines: BTreeMap<String, Facts>,
}

/// What both systems said to one pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Why 旺店通 could not be asked; null when it answered.
    pub wdt: Option<Failure>,
    /// Why 金蝶 could not be asked; null when it answered.
    pub kingdee: Option<Failure>,
    /// Server time of 旺店通 minus local time, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// The returns of the last days.
    pub survey: Option<Survey>,
    /// Base data by kind, organisation (empty: any) and number.
    pub base: BTreeMap<Kind, BTreeMap<String, BTreeMap<String, Standing>>>,
    /// Numbers that were not asked for, because there are too many, by kind.
    pub not_asked: BTreeMap<Kind, u64>,
    /// Whether 金蝶 tells what a material needs besides its number.
    pub needs_told: bool,
    /// The fields of the form, where the site tells them.
    #[serde(default)]
    pub form: Option<Vec<FormField>>,
    /// Base data that rules of further fields name: by form, organisation and number.
    #[serde(default)]
    pub further: BTreeMap<String, BTreeMap<String, BTreeMap<String, Standing>>>,
}

impl Facts {
    /// What 金蝶 said of each material that was asked for: whether it is managed by shelf life. `None`: the site tells no
    /// such thing.
    pub fn shelf_lives(&self) -> Option<BTreeMap<&str, bool>> {
        let materials =
            self.base.get(&Kind::Material).filter(|_| self.needs_told && self.kingdee.is_none())?;
        let mut told = BTreeMap::new();
        for (number, standing) in materials.values().flatten() {
            if let Standing::Present(record) = standing {
                *told.entry(number.as_str()).or_default() |= record.needs.contains(&Need::ShelfLife);
            }
        }
        Some(told)
    }
}

/// Why a system could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it said.
    #[serde(flatten, with = "crate::lang::message")]
    pub message: Text,
    /// What to do.
    #[serde(flatten, with = "crate::lang::advice")]
    pub advice: Text,
    /// It may pass by itself.
    pub passing: bool,
}

/// How a number stands in 金蝶.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does not exist in the organisation, but in these.
    Absent(BTreeSet<String>),
    /// It exists.
    Present(BaseRecord),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_with_both_languages_in_one_text_is_shown_whole() {
        let old = r#"{"message":"a","advice":"look · 请看","passing":true}"#;
        let failure: Failure = serde_json::from_str(old).unwrap();
        assert_eq!((failure.message, failure.advice), (Text::same("a"), Text::same("look · 请看")));
    }
}
