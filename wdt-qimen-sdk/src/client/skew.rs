//! A host whose clock is wrong: what is added to it when a request is signed, learned from a refused timestamp.
//! Times in answers and spans stay the caller's: `asked_at` is this host's clock, `server_time` the server's.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;

use crate::error::ErrorKind;

/// A clock that is off by less is no reason to refuse a timestamp.
const GRAIN: TimeDelta = TimeDelta::minutes(1);

/// The server's clock minus ours as far as it matters for signatures; zero until a timestamp was refused.
#[derive(Debug, Default)]
pub(super) struct Skew {
    millis: AtomicI64,
}

impl Skew {
    pub(super) fn get(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.millis.load(Ordering::Relaxed))
    }

    /// Learns from an attempt that was signed with `used`. Says whether another attempt has a chance: a server that
    /// refuses its own time is not argued with.
    pub(super) fn learn(&self, kind: &ErrorKind, used: TimeDelta) -> bool {
        let ErrorKind::Refused(refusal) = kind else { return false };
        let Some(behind) = refusal.clock_behind else { return false };
        if (behind - used).abs() < GRAIN {
            return false;
        }
        let seconds = behind.num_seconds();
        tracing::warn!(seconds, "this host's clock is off: requests are signed for the server's time");
        self.millis.store(behind.num_milliseconds(), Ordering::Relaxed);
        true
    }
}
