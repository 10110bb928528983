//! What the `Date` headers of answers tell about the server's clock. Pure: evidence goes in, a reading comes out.
//! A header is evidence and no truth: proxies stamp it, caches keep it, and a host's own clock may be the wrong one.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How many answers are remembered.
const KEPT: usize = 9;
/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(2 * 3600);
/// So many answers in a row without a usable date leave nothing confirmed.
const SILENT: u32 = 5;
/// Clocks that differ by less agree: the header has whole seconds.
const GRAIN: i64 = 2_000;
/// An answer that took longer tells the time too roughly to decide anything alone, in milliseconds.
const SHARP: i64 = 10_000;
/// One answer cannot be told from an outlier: so many are needed where they contradict this host.
const SEVERAL: usize = 3;
/// Answers that contradict each other are asked for no further than this.
const MOST_ASKED: usize = 5;
/// No difference of clocks beyond this is believed. A zone that is set wrong makes eight hours.
const BELIEVED: i64 = 12 * 3_600_000;
/// 2026-01-01, in seconds since 1970: before this the crate did not exist, so no clock that shows it is right.
const FIRST: i64 = 1_767_225_600;

/// The `Date` header of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateHeader {
    /// There is none.
    Absent,
    /// It is no date.
    Unreadable,
    /// There are several, and they differ.
    Several,
    /// It names this second.
    At(DateTime<Utc>),
}

/// What was wrong with a date that told nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateFault {
    /// There was none.
    Absent,
    /// It was no date.
    Unreadable,
    /// There were several, and they differed.
    Several,
    /// No clock that is right shows it.
    Impossible(DateTime<Utc>),
}

/// One answer. Both times are of one clock that only goes forward, from any beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// When the request left.
    pub sent: Duration,
    /// When the answer was there.
    pub received: Duration,
    /// What it says.
    pub date: DateHeader,
}

/// How well the server's clock is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClockState {
    /// No answer, too few, or none with a date that can be one.
    Unknown,
    /// The answers agree. Where that is this host's clock as well, it is taken as it is.
    Steady,
    /// The answers contradict each other, or agree on a time that is hours from this host's.
    Contradictory,
}

/// The server's clock beside this host's, at one moment.
///
/// ```
/// # fn f(client: &wdt_qimen_sdk::Client) {
/// let reading = client.clock_reading();
/// if reading.is_far() {
///     eprintln!("this host's clock is off by {:?}", reading.offset());
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockReading {
    /// This host's clock.
    pub local: DateTime<Utc>,
    /// What requests are signed with: this host's clock, or the server's where it refused that one.
    pub signed: DateTime<Utc>,
    /// How well the server's clock is known.
    pub state: ClockState,
    /// The server's clock, where that is steady.
    pub server: Option<DateTime<Utc>>,
    /// The earliest that it can be by the answers that count; `None` where none does.
    pub earliest: Option<DateTime<Utc>>,
    /// The latest that it can be.
    pub latest: Option<DateTime<Utc>>,
    /// How many answers count.
    pub answers: usize,
    /// What is wrong with the last header; `None` if it told a time.
    pub fault: Option<DateFault>,
}

/// The answers of one server, as far as they count.
///
/// ```
/// use std::time::Duration;
/// use wdt_qimen_sdk::server_clock::{DateHeader, Evidence, ServerClock};
/// # use wdt_qimen_sdk::chrono::{DateTime, Utc};
///
/// # fn f(date: DateTime<Utc>, local: DateTime<Utc>) {
/// let mut clock = ServerClock::default();
/// clock.observe(Evidence {
///     sent: Duration::from_millis(10),
///     received: Duration::from_millis(60),
///     date: DateHeader::At(date),
/// });
/// let reading = clock.read(Duration::from_millis(60), local, local);
/// println!("the server's clock has surely reached {}", reading.reached());
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct ServerClock {
    samples: VecDeque<Sample>,
    fault: Option<DateFault>,
    silent: u32,
}

/// The server's clock when ours stood at its beginning, in milliseconds since 1970: between these two.
#[derive(Debug, Clone, Copy)]
struct Sample {
    received: Duration,
    lowest: i64,
    highest: i64,
}

impl Sample {
    fn middle(self) -> i64 {
        i64::midpoint(self.lowest, self.highest)
    }

    fn is_sharp(self) -> bool {
        self.highest - self.lowest <= SHARP
    }

    fn holds(self, origin: i64) -> bool {
        (self.lowest.saturating_sub(GRAIN)..=self.highest.saturating_add(GRAIN)).contains(&origin)
    }
}

impl ServerClock {
    /// Takes an answer in.
    pub fn observe(&mut self, evidence: Evidence) {
        let Evidence { sent, received, date } = evidence;
        let at = match date {
            DateHeader::At(at) if at.timestamp() >= FIRST => at,
            DateHeader::At(at) => return self.told_nothing(DateFault::Impossible(at)),
            DateHeader::Absent => return self.told_nothing(DateFault::Absent),
            DateHeader::Unreadable => return self.told_nothing(DateFault::Unreadable),
            DateHeader::Several => return self.told_nothing(DateFault::Several),
        };
        (self.fault, self.silent) = (None, 0);
        let at = at.timestamp_millis();
        // The header cuts the second off.
        let (lowest, highest) = (at - millis(received), at + 1_000 - millis(sent.min(received)));
        self.samples.push_back(Sample { received, lowest, highest });
        if self.samples.len() > KEPT {
            self.samples.pop_front();
        }
    }

    fn told_nothing(&mut self, fault: DateFault) {
        self.fault = Some(fault);
        self.silent += 1;
        if self.silent >= SILENT {
            self.samples.clear();
        }
    }

    /// The server's clock at `now` by the clock of the evidence, which is `local` by this host's. `signed` is what requests
    /// are signed with at that moment: where it is not `local`, the server refused that one and took this.
    pub fn read(&self, now: Duration, local: DateTime<Utc>, signed: DateTime<Utc>) -> ClockReading {
        let origin = |at: DateTime<Utc>| at.timestamp_millis() - millis(now);
        let fresh: Vec<_> =
            self.samples.iter().filter(|sample| sample.received + FRESH >= now).copied().collect();
        let sharp: Vec<_> = fresh.iter().filter(|sample| sample.is_sharp()).copied().collect();
        let counting = if sharp.is_empty() { fresh } else { sharp };
        let found = judge(&counting, origin(local), origin(signed));
        let moment = |origin: i64| {
            DateTime::from_timestamp_millis(origin.saturating_add(millis(now))).unwrap_or(local)
        };
        ClockReading {
            local,
            signed,
            state: found.state,
            server: found.origin.map(moment),
            earliest: found.range.map(|(lowest, _)| moment(lowest)),
            latest: found.range.map(|(_, highest)| moment(highest)),
            answers: counting.len(),
            fault: self.fault,
        }
    }
}

/// What some answers make of the server's clock.
struct Found {
    state: ClockState,
    origin: Option<i64>,
    range: Option<(i64, i64)>,
}

fn judge(samples: &[Sample], local: i64, signed: i64) -> Found {
    let is_sharp = samples.first().is_some_and(|sample| sample.is_sharp());
    if is_agreed(samples, local) && (is_sharp || samples.len() >= SEVERAL) {
        return Found { state: ClockState::Steady, origin: Some(local), range: common(samples, local) };
    }
    let believed: Vec<_> =
        samples.iter().filter(|sample| (sample.middle() - local).abs() <= BELIEVED).copied().collect();
    let told = wide(&believed);
    // The server's own check of timestamps speaks for its header: that makes two.
    let is_checked = signed != local && samples.len() > 1 && is_agreed(samples, signed);
    if samples.len() < SEVERAL && !is_checked {
        return Found { state: ClockState::Unknown, origin: None, range: told };
    }
    let middle = median(samples);
    if !is_agreed(samples, middle) {
        let state = if told.is_some() { ClockState::Contradictory } else { ClockState::Unknown };
        return Found { state, origin: None, range: told };
    }
    let range = common(samples, middle);
    if (middle - local).abs() > BELIEVED {
        return Found { state: ClockState::Contradictory, origin: None, range };
    }
    let members: Vec<_> = samples.iter().filter(|sample| sample.holds(middle)).copied().collect();
    Found { state: ClockState::Steady, origin: Some(median(&members)), range }
}

/// More than two thirds of them hold it, and so do most of the newest: what was learned is confirmed.
fn is_agreed(samples: &[Sample], origin: i64) -> bool {
    let held = |samples: &[Sample]| samples.iter().filter(|sample| sample.holds(origin)).count();
    let newest = &samples[samples.len().saturating_sub(SEVERAL)..];
    held(samples) * 3 > samples.len() * 2 && held(newest) * 2 > newest.len()
}

/// The range that those which hold it have in common.
fn common(samples: &[Sample], origin: i64) -> Option<(i64, i64)> {
    let holding = samples.iter().filter(|sample| sample.holds(origin));
    let range = holding
        .map(|sample| (sample.lowest, sample.highest))
        .reduce(|one, other| (one.0.max(other.0), one.1.min(other.1)))?;
    Some((range.0.min(range.1), range.0.max(range.1)))
}

/// The range that holds all of them.
fn wide(samples: &[Sample]) -> Option<(i64, i64)> {
    let ranges = samples.iter().map(|sample| (sample.lowest, sample.highest));
    ranges.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

fn median(samples: &[Sample]) -> i64 {
    let mut middles: Vec<_> = samples.iter().map(|sample| sample.middle()).collect();
    middles.sort_unstable();
    middles.get(middles.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4)
}

impl ClockReading {
    /// Whether another answer would tell more: one so far contradicts this host, or too few were there to decide.
    pub fn wants_more(&self) -> bool {
        let enough = if self.state == ClockState::Contradictory { MOST_ASKED } else { KEPT };
        self.state != ClockState::Steady && (1..enough).contains(&self.answers)
    }

    /// Whether the server's clock, by all that its answers say, is hours from this host's: further than is believed of
    /// either.
    pub fn is_far(&self) -> bool {
        let far = |at: DateTime<Utc>| (at - self.local).num_milliseconds().abs() > BELIEVED;
        self.state == ClockState::Contradictory
            && self.earliest.is_some_and(far)
            && self.latest.is_some_and(far)
    }

    /// The server's clock minus this host's, where it is steady.
    pub fn offset(&self) -> Option<TimeDelta> {
        self.server.map(|server| server - self.local)
    }

    /// What both clocks have reached for sure: the earlier one of this host's and the earliest that the server's can be.
    /// What must not be taken for past too early is measured by this.
    ///
    /// ```
    /// # use wdt_qimen_sdk::Span;
    /// # fn f(client: &wdt_qimen_sdk::Client, since: chrono::DateTime<chrono::Utc>) -> Result<(), Box<dyn std::error::Error>> {
    /// // From where the last reading ended up to where the server's clock surely is:
    /// let span = Span::of(&since, &client.clock_reading().reached())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reached(&self) -> DateTime<Utc> {
        self.earliest.map_or(self.local, |earliest| earliest.min(self.local))
    }

    /// Whether this host's clock can be right: it shows a time at which this crate existed.
    pub fn is_local_possible(&self) -> bool {
        self.local.timestamp() >= FIRST
    }
}

impl fmt::Display for DateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("the answer has no Date header"),
            Self::Unreadable => f.write_str("the Date header is no date"),
            Self::Several => f.write_str("the answer has several Date headers that differ"),
            Self::Impossible(at) => {
                write!(
                    f,
                    "the Date header says {}, which no clock that is right shows",
                    at.format("%F %T GMT")
                )
            }
        }
    }
}
