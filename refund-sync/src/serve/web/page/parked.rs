//! What waits for a person, page by page as a list. By cause it stands on the overview (`attention`).

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::frame::{Frame, html};
use super::lang::{Lang, figure, written};
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::{link, notice, words};
use crate::store::{ParkedDocument, ParkedQuery, PipelineStatus, StoreError};

/// How many documents a page has.
const PAGE: usize = 50;

#[derive(Debug, askama::Template)]
#[template(path = "parked.html")]
struct Parked {
    frame: Frame,
    filters: Vec<Filter>,
    documents: Vec<Line>,
    /// The group that is shown, if it is one.
    group: Option<Filter>,
    can_retry: bool,
    next: Option<String>,
    first: Option<String>,
}

/// One of the groups to choose from.
#[derive(Debug, Clone)]
struct Filter {
    pipeline: String,
    cause: String,
    title: String,
    count: String,
    link: String,
    is_chosen: bool,
}

#[derive(Debug)]
struct Line {
    pipeline: String,
    refund_no: String,
    link: String,
    shop_no: String,
    since: String,
    title: String,
    messages: Vec<String>,
    remedy: String,
    can_retry: bool,
}

/// Trying again changes nothing about these: one needs a decision of its own, the other must never be sent again.
pub(super) fn can_retry(cause: &str) -> bool {
    !matches!(cause, "removed_in_kingdee" | "renumbered")
}

pub(super) async fn show(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    match page.parked(&visitor).await {
        Ok(parked) => html(&parked),
        Err(error) => notice::of_store(&visitor, &error),
    }
}

impl Page {
    async fn parked(&self, visitor: &Visitor) -> Result<Parked, StoreError> {
        let (lang, here) = (visitor.lang, &visitor.here);
        let shown = self.shown().await?;
        let asked = |name| here.asked(name).map(str::to_owned);
        let after = here.asked("after").and_then(|id| id.parse().ok()).unwrap_or_default();
        let query = ParkedQuery { pipeline: asked("pipeline"), cause: asked("cause"), after, limit: PAGE };
        let chosen = (query.pipeline.clone(), query.cause.clone());
        let page = self.house.journal.store()?.parked_page(query).await?;
        let filters = filters(&shown, &chosen, lang);
        let place = |after| list(chosen.0.as_deref(), chosen.1.as_deref(), after);
        let group = filters.iter().find(|filter| filter.is_chosen).cloned();
        Ok(Parked {
            frame: self.frame(visitor, lang.of("待处理", "Needs attention"), &shown).await?,
            can_retry: group.as_ref().is_some_and(|group| can_retry(&group.cause)),
            group,
            filters,
            documents: page.documents.iter().map(|document| Line::of(document, lang)).collect(),
            next: page.next.map(|next| place(Some(next))),
            first: (after > 0).then(|| place(None)),
        })
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

fn filters(shown: &Shown, chosen: &(Option<String>, Option<String>), lang: Lang) -> Vec<Filter> {
    let several = shown.statuses.len() > 1;
    let all = causes(&shown.statuses).into_iter().map(|(status, cause, count)| {
        let title = words::cause(cause, lang);
        Filter {
            pipeline: status.pipeline.clone(),
            cause: cause.to_owned(),
            title: if several { format!("{} · {title}", status.pipeline) } else { title.clone() },
            count: figure(count),
            link: list(Some(&status.pipeline), Some(cause), None),
            is_chosen: chosen.0.as_deref() == Some(&status.pipeline) && chosen.1.as_deref() == Some(cause),
        }
    });
    all.collect()
}

/// The address of a list: of one pipeline, of one cause, from a place on.
pub(super) fn list(pipeline: Option<&str>, cause: Option<&str>, after: Option<i64>) -> String {
    let after = after.map(|id| id.to_string());
    let query = [("pipeline", pipeline), ("cause", cause), ("after", after.as_deref())];
    let query: Vec<_> = query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    link::to("/parked", &query)
}

impl Line {
    fn of(document: &ParkedDocument, lang: Lang) -> Self {
        let remedy = document.reasons.first().map(|reason| reason.remedy.get(lang).to_owned());
        let messages = document.reasons.iter().map(|reason| reason.message.get(lang));
        Self {
            pipeline: document.pipeline.clone(),
            refund_no: document.refund_no.clone(),
            link: link::refund(&document.refund_no),
            shop_no: document.shop_no.clone(),
            since: written(&document.since),
            title: words::cause(&document.cause, lang),
            messages: messages.map(str::to_owned).collect(),
            remedy: remedy.unwrap_or_default(),
            can_retry: can_retry(&document.cause),
        }
    }
}
