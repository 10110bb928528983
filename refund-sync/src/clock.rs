//! Time, injected: what the clock on the wall shows, and how much has really passed. A test holds both.
//! Which server says what about the time is `worker::reader::time`'s.

mod elapsed;

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset as _, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use elapsed::Count;

/// Where "now" comes from: two readings of one moment.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    steady: Steady,
}

/// What only goes forward.
#[derive(Clone)]
enum Steady {
    /// A count, and the time at which it was zero. That is fixed at its first use, or by what the journal kept.
    Counted(Count, Arc<OnceLock<DateTime<Utc>>>),
    /// Somebody else's, who shares it with everybody: the database's.
    Shared(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>),
}

/// What the journal keeps of a steady clock, so that the next process goes on with it.
#[derive(Serialize, Deserialize)]
struct Mark {
    /// Which count it is: that of one boot of one machine, or of one process.
    count: String,
    /// When it was zero, in nanoseconds since 1970.
    zero: i64,
}

impl Clock {
    /// The machine's clock.
    #[allow(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    pub fn system() -> Self {
        Self { wall: Arc::new(Utc::now), steady: Steady::Counted(Count::machine(), Arc::default()) }
    }

    /// A clock on the wall of the test's own. The steady one begins where that stands and follows tokio's clock.
    pub fn of(wall: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { wall: Arc::new(wall), steady: Steady::Counted(Count::process(), Arc::default()) }
    }

    /// Both readings from somewhere else, where everybody who works the journal gets the same.
    pub fn shared(
        wall: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        steady: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        Self { wall: Arc::new(wall), steady: Steady::Shared(Arc::new(steady)) }
    }

    /// What the clock on the wall shows: for people, signatures, schedules and the times of 旺店通. It may be wrong, and it
    /// may jump.
    pub fn now(&self) -> DateTime<Utc> {
        (self.wall)()
    }

    /// The steady clock: it began where the clock on the wall stood and only goes forward, however that one is set. Two of
    /// its readings tell how much has really passed. Every wait that guards a write is measured by it.
    pub fn steady(&self) -> DateTime<Utc> {
        match &self.steady {
            Steady::Shared(steady) => steady(),
            Steady::Counted(count, zero) => {
                let elapsed = count.elapsed();
                self.zero(zero, elapsed) + elapsed
            }
        }
    }

    fn zero(&self, zero: &OnceLock<DateTime<Utc>>, elapsed: TimeDelta) -> DateTime<Utc> {
        *zero.get_or_init(|| self.now() - elapsed)
    }

    /// Goes on with the steady clock that a journal kept. Says whether it does: if not, nobody knows how much has passed
    /// since that one was read last.
    pub fn resume(&self, kept: Option<&str>) -> bool {
        let Steady::Counted(count, zero) = &self.steady else { return true };
        let kept = kept.and_then(|text| serde_json::from_str::<Mark>(text).ok());
        let kept = kept.filter(|mark| mark.count == count.name());
        let Some(mark) = kept else { return false };
        let began = DateTime::from_timestamp_nanos(mark.zero);
        *zero.get_or_init(|| began) == began
    }

    /// What the journal is to keep for [`resume`](Self::resume); `None` where everybody has the same clock anyway.
    pub fn mark(&self) -> Option<String> {
        let Steady::Counted(count, zero) = &self.steady else { return None };
        let began = self.zero(zero, count.elapsed());
        serde_json::to_string(&Mark { count: count.name().to_owned(), zero: began.timestamp_nanos_opt()? })
            .ok()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// Asia/Shanghai is +08:00 since 1991, without summer time.
const SHANGHAI_SECONDS: i32 = 8 * 3600;

/// An instant as the clocks of the books show it.
pub fn shanghai(at: DateTime<Utc>) -> NaiveDateTime {
    at.naive_utc() + TimeDelta::seconds(i64::from(SHANGHAI_SECONDS))
}

/// The instant of a time that the clocks of the books show.
pub fn of_shanghai(time: NaiveDateTime) -> DateTime<Utc> {
    (time - TimeDelta::seconds(i64::from(SHANGHAI_SECONDS))).and_utc()
}

/// An instant for people and JSON: RFC 3339 with +08:00, whole seconds.
pub fn rfc3339(at: DateTime<Utc>) -> String {
    let zone = FixedOffset::east_opt(SHANGHAI_SECONDS).unwrap_or(Utc.fix());
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// An instant in JSON, told like every other one.
pub(crate) mod told {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        super::rfc3339(*at).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        DateTime::deserialize(deserializer)
    }
}

/// An instant on a screen: `2026-11-28 21:19:54`, as the clocks of the books show it.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    shanghai(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// An instant of JSON or of the journal on a screen; what is none stays as it is.
pub(crate) fn for_people(text: &str) -> String {
    DateTime::parse_from_rfc3339(text).map_or_else(|_| text.to_owned(), |at| moment(at.to_utc()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use super::*;

    fn stepped() -> (Clock, Arc<AtomicI64>) {
        let step = Arc::new(AtomicI64::new(0));
        let by = Arc::clone(&step);
        let start = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let begun = tokio::time::Instant::now();
        let wall = move || {
            let passed = TimeDelta::from_std(begun.elapsed()).unwrap();
            start + passed + TimeDelta::seconds(by.load(Ordering::Relaxed))
        };
        (Clock::of(wall), step)
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_of_the_clock_on_the_wall_moves_only_that() {
        let (clock, step) = stepped();
        let (wall, steady) = (clock.now(), clock.steady());
        assert!((wall - steady).abs() < TimeDelta::milliseconds(1), "it begins where the wall stands");
        for by in [240, -7_200, 20 * 365 * 86_400] {
            step.store(by, Ordering::Relaxed);
            assert_eq!(clock.steady(), steady);
            assert_eq!(clock.now() - wall, TimeDelta::seconds(by));
        }
        tokio::time::sleep(Duration::from_mins(5)).await;
        assert_eq!(clock.steady() - steady, TimeDelta::minutes(5));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_process_goes_on_with_the_steady_clock_of_the_last_whatever_the_wall_shows_by_then() {
        let (first, step) = stepped();
        let before = first.steady();
        let kept = first.mark();
        step.store(240, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(7)).await;
        let second = Clock { steady: Steady::Counted(Count::process(), Arc::default()), ..first };
        assert!(second.resume(kept.as_deref()));
        assert_eq!(second.steady() - before, TimeDelta::seconds(7), "seven seconds have passed");
        assert_eq!(second.mark(), kept);
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_boot_or_nobody_kept_says_nothing_about_what_has_passed() {
        for kept in
            [None, Some("{}"), Some("?"), Some(r#"{"count":"boot another","zero":1700000000000000000}"#)]
        {
            let (clock, _) = stepped();
            assert!(!clock.resume(kept), "{kept:?}");
            assert!((clock.steady() - clock.now()).abs() < TimeDelta::milliseconds(1));
        }
    }

    #[test]
    fn the_machine_counts_on_from_one_process_to_the_next() {
        let (first, second) = (Clock::system(), Clock::system());
        let before = first.steady();
        let goes_on = second.resume(first.mark().as_deref());
        assert!(goes_on && second.steady() >= before);
        assert!((first.now() - first.steady()).abs() < TimeDelta::seconds(5));
    }
}
