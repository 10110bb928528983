//! What waits for a person, by cause, on the overview. The list of it is `page::list`'s.

use super::lang::{Lang, figure};
use super::listed::Listed;
use super::state::Page;
use super::{link, words};
use crate::store::{List, ParkedQuery, PipelineStatus, StoreError};

/// How many a group names on the overview.
const NAMED: usize = 5;

/// Documents of one pipeline that are parked for one cause.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) pipeline: String,
    pub(super) cause: String,
    pub(super) title: String,
    pub(super) count: String,
    pub(super) message: String,
    pub(super) remedy: String,
    /// The first few: number and address.
    pub(super) named: Vec<(String, String)>,
    /// Where all of them are.
    pub(super) all: String,
    pub(super) can_retry: bool,
}

/// Trying again changes nothing about these: one needs a decision of its own, the other must never be sent again.
pub(super) fn can_retry(cause: &str) -> bool {
    !matches!(cause, "removed_in_kingdee" | "renumbered")
}

impl Page {
    /// The groups of all pipelines, with a few of their documents each.
    pub(super) async fn groups(
        &self,
        statuses: &[PipelineStatus],
        lang: Lang,
    ) -> Result<Vec<Group>, StoreError> {
        let mut groups = Vec::new();
        for (status, cause, count) in causes(statuses) {
            let query = ParkedQuery {
                pipeline: Some(status.pipeline.clone()),
                cause: Some(cause.to_owned()),
                limit: NAMED,
                after: 0,
            };
            let documents = self.house.journal.store()?.parked_page(query).await?.documents;
            let reason = documents.first().and_then(|document| document.reasons.first());
            let named = documents.iter().map(|document| &document.refund_no);
            groups.push(Group {
                pipeline: status.pipeline.clone(),
                cause: cause.to_owned(),
                title: words::cause(cause, lang),
                count: figure(count),
                message: reason.map(|r| r.message.get(lang).to_owned()).unwrap_or_default(),
                remedy: reason.map(|r| r.remedy.get(lang).to_owned()).unwrap_or_default(),
                named: named.map(|number| (number.clone(), link::refund(number))).collect(),
                all: Listed {
                    pipeline: Some(status.pipeline.clone()),
                    cause: Some(cause.to_owned()),
                    ..Listed::plain(List::Parked)
                }
                .address(),
                can_retry: can_retry(cause),
            });
        }
        Ok(groups)
    }
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
