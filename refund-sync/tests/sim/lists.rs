//! What the lists of a world say that is not so: totals that lie, lists that lag behind their count, rows that are
//! counted and not delivered, dirty bytes. Drawn once; when it is told is `world`'s, what it excuses the oracle's.

use std::time::Duration;

use wdt_qimen_sdk::mock::{ByteFault, Dirt, Lies, ListLie, MockRefund, TotalLie};

use crate::rng::Rng;

const MINUTE: Duration = Duration::from_mins(1);
/// How long a lie is told before the end, or in all: whatever cannot be proven is read anew in each cycle.
const LONGEST: Duration = Duration::from_mins(45);
/// When a row is delivered that never is.
pub(crate) const NEVER: Duration = Duration::from_hours(24 * 365);

/// What is wrong with the lists of a world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    /// From when until when a total or a list is wrong, and how; without an end: for ever.
    pub(crate) lie: Option<(Duration, Option<Duration>, Lies)>,
    /// How many returns in a thousand are counted before they are delivered.
    pub(crate) late_permille: u64,
    /// How many of these are never delivered.
    pub(crate) never_permille: u64,
    /// How the text of rows is spoiled, from the beginning to the end.
    pub(crate) dirt: Option<Dirt>,
}

impl Lists {
    /// In two worlds of five something is wrong.
    pub(crate) fn of(seed: u64, span: Duration, stockins: bool) -> Self {
        let mut rng = Rng::of(seed, "lists");
        let mut lists = Self::default();
        match rng.below(100) {
            0..12 => {
                let total = total(&mut rng);
                lists.lie = Some(for_a_while(&mut rng, span, Lies { total, ..Lies::default() }));
            }
            12..16 => {
                let total = total(&mut rng);
                let from = rng.between(span.saturating_sub(LONGEST), span);
                let from = if span < 2 * LONGEST { Duration::ZERO } else { from };
                lists.lie = Some((from, None, Lies { total, ..Lies::default() }));
            }
            16..24 => {
                let list = rng.pick(&[
                    ListLie::Late,
                    ListLie::Late,
                    ListLie::Missing,
                    ListLie::Null,
                    ListLie::Twice,
                    ListLie::ResponseTwice,
                    ListLie::TotalTwice,
                ]);
                lists.lie = Some(for_a_while(&mut rng, span, Lies { list, ..Lies::default() }));
            }
            24..32 => lists.late_permille = rng.pick(&[30, 100, 400]),
            32..35 => (lists.late_permille, lists.never_permille) = (100, 300),
            35..38 => {
                let lies = Lies { list: ListLie::Nameless, ..Lies::default() };
                lists.lie = Some(for_a_while(&mut rng, span, lies));
            }
            _ => {}
        }
        if rng.chance(120) {
            let dirt = Dirt { fault: rng.pick(&ByteFault::ALL), permille: rng.pick(&[20, 100, 300]), seed };
            // A stock-in that cannot be read is one that never came.
            lists.dirt = Some(dirt).filter(|dirt| dirt.fault.is_plain() || !stockins);
        }
        lists
    }

    /// Totals count the rows of their page.
    pub(crate) fn say_just_the_page(&self) -> bool {
        matches!(&self.lie, Some((_, _, Lies { total: TotalLie::Page, .. })))
    }

    /// Whatever is counted is delivered at once.
    pub(crate) fn deliver(&self) -> bool {
        self.lie.is_none() && self.late_permille == 0
    }

    /// What is counted beyond what is delivered may stay so for ever.
    pub(crate) fn may_stay_short(&self) -> bool {
        self.never_permille > 0 || matches!(&self.lie, Some((_, None, _)))
    }

    /// At the end no total can be believed that names a row.
    pub(crate) fn stay_short(&self) -> bool {
        match &self.lie {
            Some((_, None, Lies { total: TotalLie::High(_), .. })) => true,
            Some((
                from,
                None,
                Lies { total: TotalLie::Low(_) | TotalLie::Fixed(_) | TotalLie::Missing, .. },
            )) => from.is_zero(),
            _ => false,
        }
    }

    /// What answers say before and after the lie.
    pub(crate) fn plain(&self) -> Lies {
        Lies { dirt: self.dirt, ..Lies::default() }
    }

    /// How long after it was counted first a return is delivered; [`NEVER`], or `None`: at once.
    pub(crate) fn withholds(&self, seed: u64, refund_no: &str, settles: Duration) -> Option<Duration> {
        let mut dice = Rng::of(seed ^ 0x11, refund_no);
        if !dice.chance(self.late_permille) {
            return None;
        }
        if dice.chance(self.never_permille) {
            return Some(NEVER);
        }
        Some(match dice.below(10) {
            0..4 => dice.between(Duration::from_secs(1), Duration::from_secs(30)),
            4..7 => dice.between(Duration::from_secs(30), 20 * MINUTE),
            _ => settles + dice.between(Duration::ZERO, 40 * MINUTE),
        })
    }

    /// Whether the text of this row is spoiled beyond reading.
    pub(crate) fn break_text_of(&self, row: &MockRefund) -> bool {
        self.dirt.is_some_and(|dirt| dirt.breaks(row))
    }
}

fn total(rng: &mut Rng) -> TotalLie {
    rng.pick(&[
        TotalLie::Fixed(0),
        TotalLie::Fixed(-1),
        TotalLie::Page,
        TotalLie::Page,
        TotalLie::Low(1),
        TotalLie::Low(3),
        TotalLie::High(1),
        TotalLie::High(3),
        TotalLie::High(1_000_000),
        TotalLie::Missing,
    ])
}

fn for_a_while(rng: &mut Rng, span: Duration, lies: Lies) -> (Duration, Option<Duration>, Lies) {
    let from = if rng.chance(400) { Duration::ZERO } else { rng.between(Duration::ZERO, span * 3 / 4) };
    let to = rng.between(from + MINUTE, (from + LONGEST).min(span).max(from + 2 * MINUTE));
    (from, Some(to), lies)
}
