//! Bugs on purpose: each one makes the oracle fail, or the oracle is worth nothing. None touches the product: they
//! wrap the wires, the journal and the settings of a simulated world (`shop_wire`, `books_wire`, `journal`, `world`).

use std::str::FromStr;

/// A bug to be planted in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    /// The intent reaches the journal only after the call.
    IntentAfterCall,
    /// A window leaves out its first second: `>` where `>=` belongs.
    StrictBoundary,
    /// An unanswered bill is sent again at once, while the unique check of 金蝶 still lags.
    ResendAtOnce,
    /// Each line is rounded to cents by itself.
    RoundEachLine,
    /// Pages are walked forward until a short one, and their rows are taken to be all.
    ForwardPaging,
    /// The site gives every bill a number of its own.
    RenumberingSite,
    /// A voided bill is taken for one that stands.
    AdoptVoided,
    /// Bills that this journal did not send are not looked for.
    NoFirstLook,
}

impl Plant {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::IntentAfterCall,
        Self::StrictBoundary,
        Self::ResendAtOnce,
        Self::RoundEachLine,
        Self::ForwardPaging,
        Self::RenumberingSite,
        Self::AdoptVoided,
        Self::NoFirstLook,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IntentAfterCall => "intent-after-call",
            Self::StrictBoundary => "strict-boundary",
            Self::ResendAtOnce => "resend-at-once",
            Self::RoundEachLine => "round-each-line",
            Self::ForwardPaging => "forward-paging",
            Self::RenumberingSite => "renumbering-site",
            Self::AdoptVoided => "adopt-voided",
            Self::NoFirstLook => "no-first-look",
        }
    }
}

impl FromStr for Plant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|plant| plant.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|plant| plant.name()).collect();
            format!("{name:?} is none of {}", names.join(", "))
        })
    }
}
