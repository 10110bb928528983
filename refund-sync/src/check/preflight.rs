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
    #[serde(flatten, with = "said")]
    pub message: Text,
    /// What to do, `english · 中文`.
    pub advice: String,
    /// It may pass by itself.
    pub passing: bool,
}

impl Failure {
    fn of(message: Text, Text { zh, en }: Text, passing: bool) -> Self {
        Self { message, advice: format!("{en} · {zh}"), passing }
    }
}

/// `message` and `message_zh`; what was kept before there were both is the same in both.
mod said {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::lang::{Text, message};

    #[derive(Deserialize)]
    struct Keys {
        message: String,
        #[serde(default)]
        message_zh: Option<String>,
    }

    pub(super) fn serialize<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
        message::serialize(text, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        Keys::deserialize(deserializer).map(|Keys { message, message_zh }| match message_zh {
            Some(zh) => Text::of(zh, message),
            None => Text::same(message),
        })
    }
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
