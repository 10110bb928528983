//! How far a reading has come.

use serde::{Deserialize, Serialize};

/// How far a reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// Pages read.
    pub pages: u64,
    /// Rows read, repeated and unreadable ones included: more than [`total`](Self::total) in the end.
    pub rows: u64,
    /// What the first answer to each span of the list said there is; grows as spans are begun. `None` as long as none
    /// said anything.
    pub total: Option<u64>,
    /// How much of the list was read, 0 to 100: by time where it has a span, else by distinct rows. It never falls, and is
    /// 100 when everything was read and not before.
    pub percent: u8,
}
