//! What every command is given, and what it answers with.

use std::path::PathBuf;

use super::output::Out;

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// 0: done.
    Done,
    /// 3: done, but something was parked or found different.
    NeedsPerson,
    /// 2: usage or configuration.
    Configuration,
    /// 1: failed.
    Failed,
}

impl Exit {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Configuration => 2,
            Self::NeedsPerson => 3,
        }
    }
}

/// What every command is given.
pub(super) struct Context {
    /// Where the configuration is.
    pub(super) config: PathBuf,
    /// Where its answers go.
    pub(super) out: Out,
}
