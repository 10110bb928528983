//! What is known of a request that failed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What became of a call. The greater of two fates is that of both together.
///
/// ```
/// use wdt_qimen_sdk::Fate;
///
/// // The greater of two is that of both together:
/// assert_eq!(Fate::Refused.max(Fate::Unknown), Fate::Unknown);
/// assert_eq!(Fate::NotSent.as_str(), "not_sent");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It never left.
    NotSent,
    /// The server answered that it will not do it.
    Refused,
    /// It may have been carried out.
    Unknown,
}

impl Fate {
    /// Its name in logs and metrics: `not_sent`, `refused`, `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Fate {
    type Err = UnknownFate;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = [Self::NotSent, Self::Refused, Self::Unknown];
        known.into_iter().find(|fate| fate.as_str() == name).ok_or_else(|| UnknownFate(name.to_owned()))
    }
}

/// The name of no [`Fate`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of not_sent, refused, unknown")]
pub struct UnknownFate(String);
