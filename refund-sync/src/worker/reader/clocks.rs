//! Two clocks that may disagree, and what a cycle goes by: reading, settling, setting back. Pure.
//! Why each of these is safe is a table in docs/design/reading.md; what is asked and written is `reader::time`'s.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use wdt_qimen_sdk::server_clock::{ClockReading, ClockState};

use crate::clock::{rfc3339, shanghai};
use crate::lang::{Text, both};
use crate::store::ClockNote;

/// The gateway takes timestamps that are off by as much: a clock that it took is no further from its own.
const TAKEN: TimeDelta = TimeDelta::minutes(10);
/// Clocks that differ by less are not worth a word.
const NAMED: TimeDelta = TimeDelta::seconds(60);

/// What a cycle goes by, as both clocks are read at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks(pub(in crate::worker) ClockReading);

impl Clocks {
    /// Up to where rows are asked for, before `lag`: 旺店通's time where that is known. One that lies far behind what the
    /// gateway itself took our requests for is a proxy's: it must not hold reading up.
    pub(super) fn reads_by(&self) -> DateTime<Utc> {
        let Self(reading) = self;
        let is_told =
            |from: DateTime<Utc>, to: DateTime<Utc>| (from - TAKEN..=to + TAKEN).contains(&reading.signed);
        match (reading.server, reading.earliest, reading.latest) {
            (Some(server), ..) if server >= reading.signed - TAKEN || server >= reading.local - TAKEN => {
                server
            }
            (None, Some(earliest), Some(latest)) if is_told(earliest, latest) => reading.signed,
            // What was learned from a refusal may be about a clock that was set right since.
            _ => reading.signed.min(reading.local),
        }
    }

    /// Nothing is settled that lies less than `lag` and `overlap` before this: both clocks have reached it.
    pub(super) fn settles_by(&self) -> DateTime<Utc> {
        self.0.reached()
    }

    /// What is settled beyond this, less `lag` and `overlap`, is set back. `None` where this machine's clock is contradicted
    /// so far that its word is not enough to forget anything.
    pub(super) fn sets_back_by(&self) -> Option<DateTime<Utc>> {
        let Self(reading) = self;
        match reading.state {
            ClockState::Steady => {
                Some(reading.latest.map_or(reading.local, |latest| latest.min(reading.local)))
            }
            _ if reading.is_far() || (reading.signed - reading.local).abs() > TAKEN => None,
            _ => Some(reading.local),
        }
    }

    /// Whether it is a clock's fault that nothing can be read from `place` on: some clock has passed it.
    pub(super) fn holds_up(&self, place: NaiveDateTime, lag: TimeDelta) -> bool {
        let Self(reading) = self;
        let latest = reading.latest.unwrap_or(reading.local).max(reading.signed);
        shanghai(latest) - lag > place
    }

    /// What people are told of it; `None` where nothing is wrong.
    pub(super) fn note(&self) -> Option<ClockNote> {
        let Self(reading) = self;
        let (local, server) = (self.local(), self.server());
        let far = reading.offset().is_some_and(|offset| offset.abs() > NAMED);
        let (state, what) = match reading.state {
            _ if !reading.is_local_possible() => (
                "impossible",
                both!(
                    "本机时钟 {local} 不可能正确，未读取也未写入；旺店通 {server}。请校准本机时钟（NTP）",
                    "this machine's clock, {local}, cannot be right: nothing is read or written; 旺店通 {server}. Set it (NTP)"
                ),
            ),
            ClockState::Steady if far => (
                "steady",
                both!(
                    "本机 {local}，旺店通 {server}，相差 {} 秒：读取按旺店通时间，完整读取按较早的时间，等待按实际经过的时间。请校准本机时钟（NTP）",
                    "this machine {local}, 旺店通 {server}, off by {} s: read by 旺店通's time, fully read by the earlier of \
                     both, waits by what has really passed. Set this machine's clock (NTP)",
                    reading.offset().unwrap_or_default().num_seconds()
                ),
            ),
            ClockState::Contradictory => (
                "contradictory",
                both!(
                    "本机 {local}，旺店通各次应答的时间 {server} 互相矛盾或相差过大：读取按请求签名的时间 {}，完整读取按其中最早的时间。请检查代理与本机时钟",
                    "this machine {local}, 旺店通's answers {server} contradict each other or this machine by hours: read by the \
                     time that requests are signed with, {}, fully read by the earliest. Check proxies and this machine's clock",
                    people(reading.signed)
                ),
            ),
            ClockState::Unknown => {
                let fault = Text::from(&reading.fault?);
                let local = (
                    format!("旺店通的时间未知，按本机 {local}："),
                    format!("旺店通's time is not known, this machine's is used, {local}: "),
                );
                ("unknown", fault.before(&local.0, &local.1))
            }
            _ => return None,
        };
        Some(ClockNote {
            state: state.to_owned(),
            local: rfc3339(reading.local),
            server: reading.server.or(reading.earliest).map(rfc3339),
            message: what,
        })
    }

    fn local(&self) -> String {
        people(self.0.local)
    }

    fn server(&self) -> String {
        let Self(reading) = self;
        match (reading.server, reading.earliest, reading.latest) {
            (Some(server), ..) => people(server),
            (None, Some(earliest), Some(latest)) if latest - earliest > NAMED => {
                format!("{} … {}", people(earliest), people(latest))
            }
            (None, Some(earliest), _) => people(earliest),
            _ => "?".to_owned(),
        }
    }
}

/// Beijing time for people.
fn people(at: DateTime<Utc>) -> String {
    shanghai(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Whole seconds, as 旺店通 counts.
pub(super) fn whole(at: DateTime<Utc>) -> NaiveDateTime {
    let time = shanghai(at);
    time.with_nanosecond(0).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wdt_qimen_sdk::server_clock::{DateHeader, Evidence, ServerClock};

    use super::*;

    const MINUTE: i64 = 60;
    const DAY: i64 = 86_400;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn after(seconds: i64) -> DateTime<Utc> {
        now() + TimeDelta::seconds(seconds)
    }

    /// Both clocks after answers that are off by so many seconds, with requests signed by `signed` seconds from here.
    fn clocks(answers: &[i64], signed: i64) -> Clocks {
        let mut clock = ServerClock::default();
        for off in answers {
            let date = DateHeader::At(after(*off));
            clock.observe(Evidence { sent: Duration::ZERO, received: Duration::ZERO, date });
        }
        Clocks(clock.read(Duration::ZERO, now(), after(signed)))
    }

    #[track_caller]
    fn goes_by(clocks: &Clocks, reads: i64, settles: i64, sets_back: Option<i64>) {
        let seconds = |at: DateTime<Utc>| (at - now()).num_seconds();
        let near = |a: i64, b: i64| (a - b).abs() <= 1;
        let found =
            (seconds(clocks.reads_by()), seconds(clocks.settles_by()), clocks.sets_back_by().map(seconds));
        let back = match (found.2, sets_back) {
            (Some(found), Some(wanted)) => near(found, wanted),
            (found, wanted) => found == wanted,
        };
        assert!(near(found.0, reads) && near(found.1, settles) && back, "{found:?}");
    }

    #[test]
    fn where_both_agree_or_nothing_is_known_this_machines_clock_counts() {
        goes_by(&clocks(&[], 0), 0, 0, Some(0));
        goes_by(&clocks(&[0], 0), 0, 0, Some(0));
        goes_by(&clocks(&[0, 0, -3_600, 0], 0), 0, 0, Some(0));
        assert_eq!(clocks(&[0], 0).note(), None);
    }

    #[test]
    fn a_machine_that_is_behind_reads_by_the_server_and_settles_by_itself() {
        let quarter = 15 * MINUTE;
        goes_by(&clocks(&[quarter; 4], 0), quarter, 0, Some(0));
        goes_by(&clocks(&[quarter; 2], quarter), quarter, 0, Some(0));
        // One answer is not enough to believe it.
        goes_by(&clocks(&[quarter], 0), 0, 0, Some(0));
    }

    #[test]
    fn a_machine_that_is_ahead_settles_by_the_server() {
        goes_by(&clocks(&[-8 * MINUTE; 4], 0), -8 * MINUTE, -8 * MINUTE, Some(-8 * MINUTE));
        goes_by(&clocks(&[-60 * MINUTE; 2], -60 * MINUTE), -60 * MINUTE, -60 * MINUTE, Some(-60 * MINUTE));
    }

    #[test]
    fn a_header_far_behind_what_the_gateway_takes_does_not_hold_reading_up() {
        let hour = 60 * MINUTE;
        goes_by(&clocks(&[-hour; 4], 0), 0, -hour, Some(-hour));
        goes_by(&clocks(&[-30 * DAY; 4], 0), 0, -30 * DAY, None);
        goes_by(&clocks(&[hour, -hour, hour, -hour], 0), 0, -hour, Some(0));
    }

    #[test]
    fn a_machine_that_is_days_off_reads_by_what_the_gateway_took_and_forgets_nothing_on_its_own_word() {
        goes_by(&clocks(&[30 * DAY; 4], 30 * DAY), 30 * DAY, 0, None);
        goes_by(&clocks(&[-30 * DAY; 4], -30 * DAY), -30 * DAY, -30 * DAY, None);
    }

    #[test]
    fn what_was_learned_of_a_clock_that_was_set_right_since_is_not_read_by() {
        goes_by(&clocks(&[0; 4], 7_300 * DAY), 0, 0, Some(0));
        assert_eq!(clocks(&[], 7_300 * DAY).reads_by(), now());
    }

    #[test]
    fn each_disagreement_is_named_with_both_times() {
        for (clocks, state) in [
            (clocks(&[15 * MINUTE; 4], 0), "steady"),
            (clocks(&[60 * MINUTE, -60 * MINUTE, 0, 60 * MINUTE], 0), "contradictory"),
            (clocks(&[30 * DAY; 4], 0), "contradictory"),
        ] {
            let note = clocks.note().unwrap();
            assert_eq!(note.state, state);
            for word in ["this machine", "旺店通", "read by", "fully read by", &people(now())] {
                assert!(note.message.en.contains(word), "{word:?} is not in {}", note.message.en);
            }
            for word in ["本机", "旺店通", "读取按", "完整读取按", &people(now())] {
                assert!(note.message.zh.contains(word), "{word:?} is not in {}", note.message.zh);
            }
        }
    }
}
