//! One firing of a pipeline's schedule. When there is one is `schedule`'s.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::clock::rfc3339;

/// A firing that has come, and those before it that nobody was there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// When it was to be: the latest that has come.
    pub at: DateTime<Utc>,
    /// How long ago that was.
    pub late: TimeDelta,
    /// How many firings before it were missed. They are caught up by this one: a cycle reads everything since the last.
    pub missed: u64,
}

impl Serialize for Firing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut firing = serializer.serialize_struct("Firing", 3)?;
        firing.serialize_field("at", &rfc3339(self.at))?;
        firing.serialize_field("late_seconds", &self.late.num_seconds())?;
        firing.serialize_field("missed", &self.missed)?;
        firing.end()
    }
}
