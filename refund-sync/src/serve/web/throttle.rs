//! Slows down those who guess the token, whatever they ask for: after a few wrong ones an address has to wait, each time
//! twice as long, and all strangers together have so many a minute. Says in the log how many there were, once a minute.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::address::network;
use super::minutely::{Minutely, Report};

/// Wrong tokens that cost nothing: fingers slip.
const FREE: u32 = 3;
/// The longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// When an address is forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
/// How many addresses are kept in mind.
const MOST: usize = 10_000;
/// So many wrong tokens a minute are looked at in all.
const IN_ALL: u32 = 60;
const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// For how long whoever had the right token does not wait for the wrong ones of others.
const KNOWN: TimeDelta = TimeDelta::days(1);

/// Who guessed wrong, and who was right.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    memory: Mutex<Memory>,
    log: Minutely,
}

#[derive(Debug, Default)]
struct Memory {
    wrong: BTreeMap<IpAddr, Guesses>,
    known: BTreeMap<IpAddr, DateTime<Utc>>,
    /// Wrong guesses of all since the minute that began then.
    minute: Option<(DateTime<Utc>, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Guesses {
    wrong: u32,
    last: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Throttle {
    /// How long this address has to wait before its next guess is even looked at. To have to is counted for the log.
    pub(super) fn wait(&self, address: IpAddr, now: DateTime<Utc>) -> Option<TimeDelta> {
        let wait = self.lock().wait(network(address), now);
        if wait.is_some() {
            tell(self.log.count(address).as_ref());
        }
        wait
    }

    /// A wrong guess.
    pub(super) fn wrong(&self, address: IpAddr, now: DateTime<Utc>) {
        self.lock().wrong(network(address), now);
        tell(self.log.count(address).as_ref());
    }

    /// A right one.
    pub(super) fn right(&self, address: IpAddr, now: DateTime<Utc>) {
        let (mut memory, address) = (self.lock(), network(address));
        memory.wrong.remove(&address);
        if memory.known.len() >= MOST {
            memory.known.retain(|_, at| now - *at < KNOWN);
        }
        if memory.known.len() < MOST {
            memory.known.insert(address, now);
        }
    }

    /// Says what was not said yet, if it is time.
    pub(super) fn report(&self) {
        tell(self.log.due().as_ref());
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(report: Option<&Report>) {
    if let Some(Report { count, addresses, last }) = report {
        tracing::warn!(
            count,
            addresses,
            %last,
            message_zh = "有人用错误的令牌访问",
            "wrong tokens at the listener"
        );
    }
}

impl Memory {
    fn wait(&self, address: IpAddr, now: DateTime<Utc>) -> Option<TimeDelta> {
        // A clock that was set back must lock nobody out.
        let own = self.wrong.get(&address).filter(|guesses| guesses.until > now);
        if let Some(guesses) = own {
            return Some((guesses.until - now).min(LONGEST));
        }
        let is_known = self.known.get(&address).is_some_and(|at| now - *at < KNOWN);
        let (began, wrong) = self.minute.filter(|_| !is_known)?;
        let left = began + MINUTE - now;
        (wrong >= IN_ALL && (TimeDelta::zero()..=MINUTE).contains(&left)).then_some(left)
    }

    fn wrong(&mut self, address: IpAddr, now: DateTime<Utc>) {
        let all = &mut self.wrong;
        if all.len() >= MOST {
            all.retain(|_, guesses| now - guesses.last < FORGOTTEN);
        }
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, guesses)| guesses.last).map(|(known, _)| *known)
        {
            all.remove(&oldest);
        }
        let guesses = all.entry(address).or_insert(Guesses { wrong: 0, last: now, until: now });
        if now - guesses.last >= FORGOTTEN {
            guesses.wrong = 0;
        }
        guesses.wrong = guesses.wrong.saturating_add(1);
        guesses.last = now;
        if let Some(beyond) = guesses.wrong.checked_sub(FREE) {
            guesses.until = now + TimeDelta::seconds(1 << beyond.min(20)).min(LONGEST);
        }
        let this_minute =
            |(began, _): &(DateTime<Utc>, u32)| (TimeDelta::zero()..MINUTE).contains(&(now - *began));
        let (began, wrong) = self.minute.filter(this_minute).unwrap_or((now, 0));
        self.minute = Some((began, wrong.saturating_add(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_000_000 + second)
    }

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_wrong_guess_beyond_the_first_few_doubles_the_wait_and_a_right_one_ends_it() {
        let (throttle, me) = (Throttle::default(), from("192.0.2.7"));
        let mut waits = Vec::new();
        for _ in 0..13 {
            throttle.wrong(me, at(0));
            waits.push(throttle.wait(me, at(0)).map_or(0, |wait| wait.num_seconds()));
        }
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(throttle.wait(me, at(301)), None);
        assert_eq!(throttle.wait(from("192.0.2.8"), at(0)), None, "nobody else waits");
        throttle.right(me, at(0));
        assert_eq!(throttle.wait(me, at(0)), None);
    }

    #[test]
    fn a_whole_network_of_ipv6_counts_as_one_and_the_memory_has_an_end() {
        let throttle = Throttle::default();
        for n in 0..9 {
            throttle.wrong(from(&format!("2001:db8::{n}")), at(0));
        }
        assert!(throttle.wait(from("2001:db8::ffff"), at(0)).is_some());
        assert!(throttle.wait(from("2001:db8:0:1::1"), at(0)).is_none());
        for n in 0..10_200_u32 {
            throttle.wrong(IpAddr::V4((n + 1).into()), at(1));
            throttle.right(IpAddr::V4((n + 50_000).into()), at(1));
        }
        assert!(throttle.lock().wrong.len() <= MOST && throttle.lock().known.len() <= MOST);
    }

    #[test]
    fn many_addresses_that_guess_once_each_are_held_back_together_and_whoever_had_the_token_is_not() {
        let (throttle, owner) = (Throttle::default(), from("198.51.100.1"));
        throttle.right(owner, at(0));
        for n in 0..60_u32 {
            let stranger = IpAddr::V4((n + 1).into());
            assert_eq!(throttle.wait(stranger, at(0)), None, "{n}");
            throttle.wrong(stranger, at(0));
        }
        assert_eq!(throttle.wait(from("203.0.113.1"), at(10)), Some(TimeDelta::seconds(50)));
        assert_eq!(throttle.wait(owner, at(10)), None);
        assert_eq!(throttle.wait(from("203.0.113.1"), at(61)), None, "another minute");
        assert_eq!(throttle.wait(from("203.0.113.1"), at(-3_600)), None, "a clock that was set back");
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out_for_long() {
        let (throttle, me) = (Throttle::default(), from("192.0.2.7"));
        for _ in 0..9 {
            throttle.wrong(me, at(0));
        }
        assert_eq!(throttle.wait(me, at(-7_200)), Some(LONGEST));
    }
}
