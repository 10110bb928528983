//! What a seed makes of a world: how busy, how broken, how configured. Drawn once, before anything happens;
//! what happens in it is in `shop`, `clerk` and `wire`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::mock as books;
use wdt_qimen_sdk::mock as shop;

use crate::accountant::MonthEnd;
use crate::lists::Lists;
use crate::refusals::Refusals;
use crate::rng::Rng;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// The whole of what a seed decides in advance.
#[derive(Debug, Clone)]
pub(crate) struct Climate {
    pub(crate) seed: u64,
    /// How many returns there are in all.
    pub(crate) returns: usize,
    /// How far before the beginning reading starts.
    pub(crate) lead: Duration,
    /// How long things go on happening.
    pub(crate) span: Duration,
    /// How fast the worker's clock runs ahead of everybody else's.
    pub(crate) skew_seconds: i64,
    /// When, and by how many seconds, the worker's clock is set beside that. At the end it is where it was.
    pub(crate) steps: Vec<(Duration, i64)>,
    /// From when until when 旺店通 says something else about the time, and what.
    pub(crate) dates: Option<(Duration, Duration, shop::Dates)>,
    pub(crate) lag: Duration,
    pub(crate) overlap: Duration,
    pub(crate) page_size: u32,
    pub(crate) page_cap: Option<u32>,
    pub(crate) window_pages: u32,
    pub(crate) order: shop::RowOrder,
    pub(crate) ask_accepted: bool,
    /// Goods stand where their stock-ins say.
    pub(crate) stockins: bool,
    /// A row that totals count and no page shows.
    pub(crate) ghost: bool,
    /// What lists say that is not so.
    pub(crate) lists: Lists,
    /// What refuses calls at random.
    pub(crate) refusals: Option<Refusals>,
    pub(crate) shop_faults: shop::Faults,
    pub(crate) books_faults: books::Faults,
    /// How many saves in a thousand lose their answer while 金蝶 is still at work.
    pub(crate) lost_permille: u64,
    /// How many cycles in a thousand are cut off.
    pub(crate) crash_permille: u64,
    /// How many statements in a thousand the journal refuses.
    pub(crate) disk_permille: u64,
    /// A new process for each cycle, as a timer starts it; else one that keeps its journal open.
    pub(crate) by_timer: bool,
    pub(crate) slowest_save: Duration,
    pub(crate) books_timeout: Duration,
    pub(crate) uniqueness: books::Uniqueness,
    pub(crate) commit: books::Commit,
    pub(crate) rounding: books::Rounding,
    pub(crate) success_on_mixed: bool,
    pub(crate) auth: &'static str,
    pub(crate) finish: &'static str,
    pub(crate) verify: &'static str,
    pub(crate) batch_size: u32,
    pub(crate) concurrency: u32,
    /// 物料 that 金蝶 does not have.
    pub(crate) unknown_material: Option<&'static str>,
    /// Another worker stands by, and takes over from one that is only asleep.
    pub(crate) rivals: bool,
    /// Somebody starts the program a second time, by a symbolic link to the journal, again and again.
    pub(crate) second_path: bool,
    /// While these last nobody works the pipeline.
    pub(crate) outages: Vec<(Duration, Duration)>,
    /// While these last 旺店通 allows far less than the contract says.
    pub(crate) squeezes: Vec<(Duration, Duration)>,
    /// How many bills a person in 金蝶 types, voids or removes.
    pub(crate) hands: u64,
    /// When the journal is lost, and whether an older copy takes its place.
    pub(crate) lost: Option<(Duration, bool)>,
    /// When the journal is moved into the other kind of store, and back.
    pub(crate) moved: Option<Duration>,
    /// The world lives over the end of a month, which a person closes.
    pub(crate) month_end: Option<MonthEnd>,
}

impl Climate {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::of(seed, "climate");
        let span = rng.between(HOUR, 3 * HOUR) + if rng.chance(40) { 20 * HOUR } else { Duration::ZERO };
        let (shop_faults, books_faults) = faults(&mut rng);
        let (slowest_save, books_timeout) = rng.pick(&[
            (Duration::ZERO, 60),
            (Duration::from_secs(2), 60),
            (Duration::from_secs(30), 20),
            (Duration::from_secs(90), 60),
            (Duration::from_secs(200), 30),
        ]);
        let page_size = rng.pick(&[3, 5, 10, 40]);
        // Dice of their own: what older seeds made of a world stays.
        let mut clocks = Rng::of(seed, "clocks");
        let steps = steps(&mut clocks, span, seed);
        let dates = lies(&mut clocks, span).filter(|_| steps.is_empty());
        // Dice of their own: what older seeds made of a world stays.
        let stockins = Rng::of(seed, "stockins").chance(250);
        let mut climate = Self {
            seed,
            returns: usize::try_from(15 + rng.below(70)).unwrap_or(20),
            lead: rng.pick(&[Duration::from_secs(20), 30 * MINUTE, 5 * HOUR, 40 * HOUR]),
            span,
            skew_seconds: if rng.chance(500) { 0 } else { i64::try_from(rng.below(960)).unwrap_or(0) - 480 },
            steps,
            dates,
            lag: rng.pick(&[60, 180]).into_duration(),
            overlap: rng.pick(&[300, 600]).into_duration(),
            page_size,
            page_cap: rng.chance(100).then(|| (page_size / 2).max(2)),
            window_pages: rng.pick(&[1, 2, 4, 25]),
            order: rng.pick(&[
                shop::RowOrder::Shuffled,
                shop::RowOrder::TimeDesc,
                shop::RowOrder::TimeAsc,
                shop::RowOrder::ById,
            ]),
            ask_accepted: rng.chance(100),
            stockins,
            ghost: rng.chance(20),
            lists: Lists::of(seed, span, stockins),
            refusals: Refusals::of(seed),
            shop_faults,
            books_faults,
            lost_permille: rng.pick(&[0, 0, 50, 250]),
            crash_permille: rng.pick(&[0, 50, 250, 500]),
            disk_permille: rng.pick(&[0, 0, 0, 2]),
            by_timer: rng.chance(500),
            slowest_save,
            books_timeout: Duration::from_secs(books_timeout),
            uniqueness: rng.pick(&[
                books::Uniqueness::LaggingCheck,
                books::Uniqueness::LaggingCheck,
                books::Uniqueness::Index,
            ]),
            commit: rng.pick(&[books::Commit::OneByOne, books::Commit::Together]),
            rounding: rng.pick(&[books::Rounding::HalfUp, books::Rounding::HalfEven]),
            success_on_mixed: rng.chance(500),
            auth: rng.pick(&["signature", "signature", "app-secret", "sign", "password"]),
            finish: rng.pick(&["save", "save", "submit", "audit"]),
            verify: rng.pick(&["look-up", "look-up", "look-up", "none"]),
            batch_size: rng.pick(&[1, 5, 20, 50]),
            concurrency: rng.pick(&[1, 1, 1, 3]),
            unknown_material: rng.chance(100).then_some("CB-USBC"),
            rivals: seed.is_multiple_of(8),
            second_path: second_path(seed, span),
            outages: spans(&mut rng, 250, span),
            squeezes: spans(&mut rng, 200, span),
            hands: rng.pick(&[0, 0, 3, 8]),
            lost: lost(seed, span),
            moved: None,
            month_end: month_end(seed, span),
        };
        if climate.dates.is_some() {
            // The worker's clock is not ahead then: of two clocks that are wrong nothing can be learned.
            climate.skew_seconds = -climate.skew_seconds.abs();
        }
        if climate.lists.say_just_the_page() {
            // A page of fewer rows than were asked for, and a total of just as many, is what a whole list looks like.
            climate.page_cap = None;
        }
        if let Some(refusals) = &climate.refusals {
            climate.shop_faults = refusals.beside(&climate.shop_faults);
            climate.books_faults = refusals.beside_in_books(&climate.books_faults);
        }
        climate.without_unique_numbers()
    }

    /// A quarter of the sites takes a number twice. There a person who types at the same moment is nobody's to notice.
    fn without_unique_numbers(mut self) -> Self {
        if Rng::of(self.seed, "unique numbers").chance(250) {
            (self.uniqueness, self.hands) = (books::Uniqueness::Off, 0);
        }
        self
    }

    /// The same world with that many times the returns, in pages and batches that carry them.
    pub(crate) fn crowded(self, times: usize) -> Self {
        if times == 1 {
            return self;
        }
        Self {
            returns: self.returns * times,
            page_size: 100,
            page_cap: None,
            window_pages: 25,
            batch_size: 200,
            ..self
        }
    }

    /// The same world over the end of a month.
    pub(crate) fn over_the_end_of_a_month(self) -> Self {
        let end = MonthEnd::of(&mut Rng::of(self.seed, "month end"), self.span);
        Self { month_end: Some(end), lost: None, ..self }
    }

    /// When it begins: on a Friday afternoon, or late on the last day of a month.
    pub(crate) fn begins_at(&self) -> DateTime<Utc> {
        let friday = DateTime::from_timestamp(1_795_158_000, 0).unwrap_or_default();
        self.month_end.map_or(friday, MonthEnd::begins_at)
    }

    /// By how many seconds the worker's clock is off when the world has gone on for `elapsed`.
    pub(crate) fn off(&self, elapsed: Duration) -> i64 {
        let set = self.steps.iter().filter(|(at, _)| *at <= elapsed).map(|(_, by)| by);
        self.skew_seconds + set.sum::<i64>()
    }

    /// By how many seconds it is off at one time or another.
    pub(crate) fn ever_off(&self) -> impl Iterator<Item = i64> {
        let moments = std::iter::once(Duration::ZERO).chain(self.steps.iter().map(|(at, _)| *at));
        moments.map(|at| self.off(at))
    }

    /// How late a row may appear and still be caught: lag and overlap, less what whole seconds and the learned
    /// offset of the clocks can be off by.
    pub(crate) fn latest(&self) -> Duration {
        self.lag + self.overlap - Duration::from_secs(6)
    }

    /// Whatever is counted is delivered at once.
    pub(crate) fn delivers(&self) -> bool {
        !self.ghost && self.lists.deliver()
    }

    /// What is counted beyond what is delivered may stay so for ever.
    pub(crate) fn may_stay_short(&self) -> bool {
        self.ghost || self.lists.may_stay_short()
    }

    /// How long after a call was given up it may be sent again.
    pub(crate) fn resend_after() -> Duration {
        Duration::from_mins(5)
    }
}

/// Where one worker alone has the journal it is lost in a fifth of the worlds.
fn lost(seed: u64, span: Duration) -> Option<(Duration, bool)> {
    let mut rng = Rng::of(seed, "lost journal");
    let is_lost = rng.chance(200) && !seed.is_multiple_of(8);
    is_lost.then(|| (rng.between(span / 4, span * 3 / 4), rng.chance(500)))
}

/// A fifth of the worlds lives over the end of a month. A journal that is lost takes with it what was closed.
fn month_end(seed: u64, span: Duration) -> Option<MonthEnd> {
    let mut rng = Rng::of(seed, "month end");
    let lives = rng.chance(200) && lost(seed, span).is_none();
    lives.then(|| MonthEnd::of(&mut rng, span))
}

/// Where one worker alone has the journal, and never loses it, somebody else wants it in a twentieth of the worlds.
fn second_path(seed: u64, span: Duration) -> bool {
    Rng::of(seed, "second path").chance(50) && !seed.is_multiple_of(8) && lost(seed, span).is_none()
}

fn faults(rng: &mut Rng) -> (shop::Faults, books::Faults) {
    let latency = rng.between(Duration::from_millis(1), Duration::from_millis(400));
    let mut shop_faults = match rng.below(4) {
        0 => shop::Faults::none(),
        1 | 2 => shop::Faults::light(),
        _ => shop::Faults::storm(),
    };
    shop_faults.latency = latency;
    shop_faults.delay = Duration::from_secs(rng.below(40));
    let books_faults = match rng.below(4) {
        0 => books::Faults::none(),
        1 | 2 => books::Faults::light(),
        _ => books::Faults::storm(),
    };
    (shop_faults, books_faults)
}

/// In three worlds of ten the worker's clock is set, by minutes or hours, and set right at the end. Not where two
/// workers share the database's.
fn steps(rng: &mut Rng, span: Duration, seed: u64) -> Vec<(Duration, i64)> {
    if !rng.chance(300) || seed.is_multiple_of(8) {
        return Vec::new();
    }
    let mut steps = Vec::new();
    for _ in 0..=rng.below(4) {
        let by = rng.pick(&[-7_200, -900, -240, -60, 60, 240, 900, 7_200]);
        steps.push((rng.between(Duration::ZERO, span), by));
    }
    let all: i64 = steps.iter().map(|(_, by)| by).sum();
    steps.push((span, -all));
    steps.sort_unstable();
    steps
}

/// In a third of the others 旺店通's header lies for a while.
fn lies(rng: &mut Rng, span: Duration) -> Option<(Duration, Duration, shop::Dates)> {
    let seconds = TimeDelta::seconds;
    let lies = [
        shop::Dates::Off(seconds(300)),
        shop::Dates::Off(seconds(590)),
        shop::Dates::Off(seconds(590)),
        shop::Dates::Off(seconds(590)),
        shop::Dates::Off(seconds(-600)),
        shop::Dates::Off(seconds(7_200)),
        shop::Dates::Off(seconds(-7_200)),
        shop::Dates::Off(seconds(86_400 * 365)),
        shop::Dates::Fixed(DateTime::UNIX_EPOCH),
        shop::Dates::Swinging([-3_600, 5, 3_600].map(seconds).to_vec()),
        shop::Dates::Absent,
        shop::Dates::Text("none of your business".to_owned()),
        shop::Dates::Twice(seconds(3_600)),
    ];
    let which = usize::try_from(rng.below(lies.len() as u64)).unwrap_or_default();
    let from = rng.between(Duration::ZERO, span / 2);
    let to = rng.between(from + 10 * MINUTE, span);
    rng.chance(350).then(|| (from, to, lies[which].clone()))
}

/// At most one stretch of up to half the span.
fn spans(rng: &mut Rng, permille: u64, span: Duration) -> Vec<(Duration, Duration)> {
    let from = rng.between(Duration::ZERO, span / 2);
    let length = rng.between(10 * MINUTE, span / 2);
    if rng.chance(permille) { vec![(from, from + length)] } else { Vec::new() }
}

trait IntoDuration {
    fn into_duration(self) -> Duration;
}

impl IntoDuration for u64 {
    fn into_duration(self) -> Duration {
        Duration::from_secs(self)
    }
}
