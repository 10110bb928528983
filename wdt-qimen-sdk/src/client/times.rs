//! The time limits of a client's calls, and what may be wrong with them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::build_error::SettingFault;
use crate::method::names;
use crate::protocol::{is_method, known_by, no_method};

/// The time limits of a client's calls.
#[derive(Clone)]
pub(super) struct Times {
    pub(super) timeout: Duration,
    /// Of methods that have one of their own; of two for one method the later counts.
    pub(super) own: Vec<Own>,
    pub(super) deadline: Option<Duration>,
}

/// One method's time limit.
#[derive(Clone)]
pub(super) struct Own {
    pub(super) method: String,
    pub(super) time: Duration,
    /// Whether a type vouches for the name, so that it is no slip of the pen.
    pub(super) typed: bool,
}

impl Default for Times {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), own: Vec::new(), deadline: None }
    }
}

impl Times {
    pub(super) fn check(&self, faults: &mut Vec<SettingFault>) {
        let mut fault = |setting, why: String| faults.push(SettingFault::new(setting, why));
        for (setting, time) in [("timeout", Some(self.timeout)), ("deadline", self.deadline)] {
            if time.is_some_and(|time| time.is_zero()) {
                fault(setting, "must be more than zero".to_owned());
            }
        }
        for Own { method, time, typed } in &self.own {
            if !is_method(method) {
                fault("timeout_of", no_method(method));
            } else if let (false, Some(meant)) = (typed, names::meant_by(method)) {
                fault("timeout_of", format!("{method:?}: there is no such method; do you mean {meant}?"));
            } else if time.is_zero() {
                fault("timeout_of", "must be more than zero".to_owned());
            }
        }
    }

    /// The methods' own, by what these are known by.
    pub(super) fn by_method(&self) -> BTreeMap<String, Duration> {
        self.own.iter().map(|own| (known_by(&own.method), own.time)).collect()
    }
}
