//! Bugs on purpose: each one makes the oracle fail, or the oracle is worth nothing. None touches the product: they
//! wrap the wires, the journal and the settings of a simulated world (`shop_wire`, `books_wire`, `journal`, `world`).

use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock as books;
use wdt_qimen_sdk::mock::{ByteFault, Dates, Dirt, Faults, Lies, ListLie, TotalLie};

use crate::climate::Climate;
use crate::lists::Lists;
use crate::refusals::Refusals;

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
    /// What the last `Date` header said is taken for the time.
    TrustTheHeader,
    /// Waits are counted by the clock on the wall.
    WallClockWaits,
    /// Bills that this journal did not send are not looked for.
    NoFirstLook,
    /// A total that a page's rows reach is proof that the page is all.
    TrustTheTotal,
    /// A window that three looks in a row found short is settled for good.
    ThreeQuickLooks,
    /// The cursor goes by the later of two clocks, and nobody audits it.
    CursorBeyond,
    /// Of a key that an answer has twice the last one is believed: an empty list.
    DuplicateKey,
    /// A page with a row that is no JSON is refused.
    RowRefusesPage,
    /// Every refusal is taken for the limit's: calls become slower until they hardly come.
    LimiterFloor,
    /// A server that is busy is left alone for as long as it says, were it years.
    EndlessHold,
    /// The journal is locked by its path: whoever comes by another one works it too.
    LockByPath,
    /// Months that a person has closed are open to the program.
    OpenMonths,
}

impl Plant {
    /// All of them, each with its name on the command line.
    const ALL: [(Self, &'static str); 19] = [
        (Self::IntentAfterCall, "intent-after-call"),
        (Self::StrictBoundary, "strict-boundary"),
        (Self::ResendAtOnce, "resend-at-once"),
        (Self::RoundEachLine, "round-each-line"),
        (Self::ForwardPaging, "forward-paging"),
        (Self::RenumberingSite, "renumbering-site"),
        (Self::AdoptVoided, "adopt-voided"),
        (Self::TrustTheHeader, "trust-the-header"),
        (Self::WallClockWaits, "wall-clock-waits"),
        (Self::NoFirstLook, "no-first-look"),
        (Self::TrustTheTotal, "trust-the-total"),
        (Self::ThreeQuickLooks, "three-quick-looks"),
        (Self::CursorBeyond, "cursor-beyond"),
        (Self::DuplicateKey, "duplicate-key"),
        (Self::RowRefusesPage, "row-refuses-page"),
        (Self::LimiterFloor, "limiter-floor"),
        (Self::EndlessHold, "endless-hold"),
        (Self::LockByPath, "lock-by-path"),
        (Self::OpenMonths, "open-months"),
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(plant, _)| *plant == self).map_or("?", |(_, name)| name)
    }

    /// The world in which it shows: the seed's own, in the weather that the bug needs.
    pub(crate) fn weather(self, climate: Climate) -> Climate {
        let most = climate.span * 3 / 4;
        let lying = |lies: Lies| Lists { lie: Some((Duration::ZERO, Some(most), lies)), ..Lists::default() };
        match self {
            Self::WallClockWaits => climate.with_a_restless_clock(),
            Self::TrustTheTotal => Climate {
                lists: lying(Lies { total: TotalLie::Page, ..Lies::default() }),
                page_size: 5,
                page_cap: None,
                ..climate
            },
            Self::DuplicateKey => {
                Climate { lists: lying(Lies { list: ListLie::ResponseTwice, ..Lies::default() }), ..climate }
            }
            Self::ThreeQuickLooks => {
                Climate { lists: Lists { late_permille: 400, ..Lists::default() }, ..climate }
            }
            Self::RowRefusesPage => {
                let dirt = Dirt { fault: ByteFault::RawNewline, permille: 100, seed: climate.seed };
                Climate { lists: Lists { dirt: Some(dirt), ..Lists::default() }, ..climate }
            }
            Self::NoFirstLook => Climate {
                lost: Some((climate.span / 2, false)),
                rivals: false,
                second_path: false,
                hands: 0,
                uniqueness: books::Uniqueness::Off,
                ..climate
            },
            Self::CursorBeyond | Self::TrustTheHeader => Climate {
                dates: Some((Duration::ZERO, most, Dates::Off(TimeDelta::seconds(590)))),
                skew_seconds: 0,
                steps: Vec::new(),
                overlap: Duration::from_mins(5),
                ..climate
            },
            Self::LimiterFloor => climate.refusing(Refusals {
                limited: 0.06,
                unavailable: 0.0,
                retry_after: None,
                books: 0.0,
                alone: true,
            }),
            Self::EndlessHold => climate.refusing(Refusals {
                limited: 0.0,
                unavailable: 0.05,
                retry_after: Some(Duration::from_hours(24 * 3_650)),
                books: 0.0,
                alone: true,
            }),
            Self::LockByPath => Climate {
                second_path: true,
                rivals: false,
                lost: None,
                hands: 0,
                uniqueness: books::Uniqueness::Off,
                ..climate
            },
            Self::OpenMonths => climate.over_the_end_of_a_month(),
            _ => climate,
        }
    }
}

impl FromStr for Plant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|(_, known)| *known == name);
        known.map(|(plant, _)| plant).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
            format!("{name:?} is none of {}", names.join(", "))
        })
    }
}

impl Climate {
    /// The same world with a worker's clock that is set every seven minutes, and a slow site that takes a number twice.
    fn with_a_restless_clock(self) -> Self {
        let every = Duration::from_mins(7);
        let pairs = u32::try_from(self.span.as_secs() / every.as_secs() / 2).unwrap_or_default();
        let forth = (0..pairs * 2).map(|n| (every * (n + 1), if n % 2 == 0 { 900 } else { -900 }));
        Self {
            steps: forth.collect(),
            dates: None,
            lost: None,
            rivals: false,
            hands: 0,
            uniqueness: books::Uniqueness::Off,
            lost_permille: 250,
            slowest_save: Duration::from_secs(200),
            books_timeout: Duration::from_secs(30),
            ..self
        }
    }

    /// The same world where nothing fails but what these refuse, and the contract is kept by everybody.
    fn refusing(self, refusals: Refusals) -> Self {
        Self {
            shop_faults: refusals.beside(&Faults { latency: Duration::from_millis(50), ..Faults::none() }),
            books_faults: refusals.beside_in_books(&books::Faults::none()),
            refusals: Some(refusals),
            lists: Lists::default(),
            dates: None,
            steps: Vec::new(),
            squeezes: Vec::new(),
            rivals: false,
            crash_permille: 0,
            ..self
        }
    }
}
