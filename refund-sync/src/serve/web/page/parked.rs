//! What is parked, by cause: how much, where the list of it is, and whether it can be tried again. What is shown of it is
//! `attention`'s.

use super::listed::Listed;
use crate::store::{List, PipelineStatus};

/// Trying again changes nothing about these: one needs a decision of its own, the other must never be sent again.
pub(super) fn can_retry(cause: &str) -> bool {
    !matches!(cause, "removed_in_kingdee" | "renumbered")
}

/// The address of what is parked for one cause.
pub(super) fn list(pipeline: &str, cause: &str) -> String {
    let (pipeline, cause) = (Some(pipeline.to_owned()), Some(cause.to_owned()));
    Listed { pipeline, cause, ..Listed::plain(List::Parked) }.address()
}

/// Every pipeline's causes, the most frequent first.
pub(super) fn causes(statuses: &[PipelineStatus]) -> Vec<(&PipelineStatus, &str, u64)> {
    let each = |status| -> Vec<(&PipelineStatus, &str, u64)> {
        let status: &PipelineStatus = status;
        status.parked.iter().map(|(cause, count)| (status, cause.as_str(), *count)).collect()
    };
    let mut all: Vec<_> = statuses.iter().flat_map(each).filter(|(.., count)| *count > 0).collect();
    all.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    all
}
