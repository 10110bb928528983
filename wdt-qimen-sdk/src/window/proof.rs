//! What a span that was read proves, or why nothing.

use serde::{Deserialize, Serialize};

/// What a finished [`Walk`](super::Walk) has shown.
///
/// ```
/// use wdt_qimen_sdk::window::Proof;
///
/// /// Whether a span is done with, or to be read again later.
/// fn is_done(proof: &Proof) -> bool {
///     matches!(proof, Proof::Proved { .. })
/// }
/// assert!(is_done(&Proof::Proved { total: 7 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// Every row of the span was seen, provided that rows could only leave it meanwhile.
    Proved {
        /// How many rows that are.
        total: u64,
    },
    /// The server counts rows that it does not deliver: round after round, with the same total, showed the same rows,
    /// or the bound of the effort was reached. All that it delivers was read. Tell a person, and **read the span again
    /// later**: some lists count rows for a while before they deliver them.
    ShortBy {
        /// What the server says.
        total: u64,
        /// How many of them it never showed.
        missing: u64,
    },
    /// Everything that was offered was read, but nothing says that it was all.
    Unproved(Why),
}

/// Why a walk proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// Page 0 came without a total.
    NoTotal,
    /// The total lies below the rows that came with it: it is none.
    Low,
    /// The span is hot: rows may still appear in it.
    Hot,
    /// In one single second the total kept contradicting the rows.
    Unsteady,
    /// The reading has not come to its end.
    Unfinished,
    /// Pages were read forward, where rows that move slip through, and their count differs from the total.
    Forward,
}
