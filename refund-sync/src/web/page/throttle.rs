//! Slows down those who guess the token: after a few wrong ones an address has to wait, each time twice as long.
//! Time is given, so that a test can hold it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Wrong tokens that cost nothing: fingers slip.
const FREE: u32 = 3;
/// The longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// When an address is forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
/// How many addresses are kept in mind.
const MOST: usize = 10_000;

/// Who guessed wrong, by address.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<BTreeMap<IpAddr, Guesses>>);

#[derive(Debug, Clone, Copy)]
struct Guesses {
    wrong: u32,
    last: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Throttle {
    /// How long this address has to wait before its next guess is even looked at.
    pub(super) fn wait(&self, address: IpAddr, now: DateTime<Utc>) -> Option<TimeDelta> {
        let until = self.lock().get(&network(address))?.until;
        // A clock that was set back must lock nobody out.
        (until > now).then(|| (until - now).min(LONGEST))
    }

    /// A wrong guess.
    pub(super) fn wrong(&self, address: IpAddr, now: DateTime<Utc>) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, guesses| now - guesses.last < FORGOTTEN);
        }
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, guesses)| guesses.last).map(|(known, _)| *known)
        {
            all.remove(&oldest);
        }
        let guesses = all.entry(network(address)).or_insert(Guesses { wrong: 0, last: now, until: now });
        if now - guesses.last >= FORGOTTEN {
            guesses.wrong = 0;
        }
        guesses.wrong = guesses.wrong.saturating_add(1);
        guesses.last = now;
        if let Some(beyond) = guesses.wrong.checked_sub(FREE) {
            guesses.until = now + TimeDelta::seconds(1 << beyond.min(20)).min(LONGEST);
        }
    }

    /// A right one.
    pub(super) fn right(&self, address: IpAddr) {
        self.lock().remove(&network(address));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Guesses>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who has one address of IPv6 has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
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
        throttle.right(me);
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
        for n in 0..20_000_u32 {
            throttle.wrong(IpAddr::V4((n + 1).into()), at(1));
        }
        assert!(throttle.lock().len() <= MOST);
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
