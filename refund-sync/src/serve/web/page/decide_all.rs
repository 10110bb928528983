//! A decision about all of a filtered list: what it concerns, how many and how much money, is shown first; what was shown is
//! what is decided, and whatever of it changed meanwhile is left alone. What may be decided is `journal::decision`'s.

use std::collections::BTreeMap;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;

use super::frame::{Frame, html};
use super::lang::{Lang, figure};
use super::listed::Listed;
use super::offers::Offer;
use super::orders::{Given, Order};
use super::state::Page;
use super::visitor::{Fields, Visitor};
use super::{decide, link, list, notice};
use crate::journal::decision::may_decide;
use crate::journal::{DecisionKind, Document, Wish, seen};
use crate::lang::{Text, money};
use crate::store::{ActionRow, Choice, Decide, List, ListQuery, Request, SortBy, StoreError, Sum};

/// So many returns are decided at once.
const MOST: usize = 5_000;
/// Returns looked up at once.
const CHUNK: usize = 500;
/// So many of them are named on the page.
const NAMED: usize = 10;

/// What can be decided about many returns: a bill that was booked by hand is one of one return.
const KINDS: [DecisionKind; 4] =
    [DecisionKind::Ignored, DecisionKind::Arrived, DecisionKind::Asked, DecisionKind::OpenDay];

#[derive(Debug, askama::Template)]
#[template(path = "decide_all.html")]
struct DecideAllPage {
    frame: Frame,
    title: String,
    /// The number of what is shown.
    offer: u64,
    count: String,
    money: String,
    /// What of it is narrowed down by, as label and value.
    facts: Vec<(&'static str, String)>,
    named: Vec<String>,
    more: Option<String>,
    kinds: Vec<(&'static str, String)>,
    back: String,
    /// Why what was sent decided nothing, and what was typed.
    fault: Option<String>,
    note: String,
}

const NO_REASON: Text = Text::new(
    "不入账须写明原因，未作任何改动。",
    "Why they are not to be booked must be said: nothing was done.",
);

/// The page that shows count and sum before anything is decided.
pub(super) async fn form(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    if !visitor.rights.may_act() {
        return Redirect::to(&visitor.here.login()).into_response();
    }
    match page.offer(&visitor).await {
        Ok(Ok(shown)) => html(&shown),
        Ok(Err(answer)) => answer,
        Err(error) => notice::of_store(&visitor, &error),
    }
}

/// Decides about what was shown.
pub(super) async fn order(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let (action, note) = (fields.text("action"), fields.text("note"));
    if action.is_empty() {
        return page.asked_again(&visitor, note, &decide::NONE_CHOSEN).await;
    }
    let Some(kind) = decide::kind_of(action).filter(|kind| KINDS.contains(kind)) else {
        return notice::of(&visitor, StatusCode::BAD_REQUEST, "没有这种操作。", "There is no such action.");
    };
    if kind == DecisionKind::Ignored && note.trim().is_empty() {
        return page.asked_again(&visitor, note, &NO_REASON).await;
    }
    let offer = match fields.text("offer").parse() {
        Ok(number) => page.offers.lock().await.take(number),
        Err(_) => None,
    };
    let Some(offer) = offer else {
        return notice::of(
            &visitor,
            StatusCode::CONFLICT,
            "这份清单已经处理过或已过期，请重新打开清单再决定。",
            "This list was decided already, or is too old: open the list again, then decide.",
        );
    };
    match page.decide_all(kind, offer, &visitor, note).await {
        Ok(_) if visitor.rights.is_script() => {
            let taken = json!({ "action": action, "offer": fields.text("offer") });
            (StatusCode::ACCEPTED, Json(taken)).into_response()
        }
        Ok(number) => {
            let back = link::done(fields.text("back"), Order::DecideAll.as_str(), number);
            Redirect::to(&back).into_response()
        }
        Err(error) => notice::of_store(&visitor, &error),
    }
}

impl Page {
    /// The same list as it stands now, with why nothing was decided and what was typed.
    async fn asked_again(&self, visitor: &Visitor, note: &str, fault: &Text) -> Response {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        if visitor.rights.is_script() || !visitor.has_sent {
            return notice::of(visitor, status, &fault.zh, &fault.en);
        }
        match self.offer(visitor).await {
            Ok(Ok(shown)) => {
                let fault = Some(fault.get(visitor.lang).to_owned());
                (status, html(&DecideAllPage { fault, note: decide::reason(note), ..shown })).into_response()
            }
            Ok(Err(answer)) => answer,
            Err(error) => notice::of_store(visitor, &error),
        }
    }

    async fn offer(&self, visitor: &Visitor) -> Result<Result<DecideAllPage, Response>, StoreError> {
        let lang = visitor.lang;
        let (listed, faults) = Listed::of(&visitor.here, lang);
        let listed = Listed { list: List::Parked, page: 1, ..listed };
        if !faults.is_empty() {
            // A filter that is not understood would decide about more than was meant.
            return Ok(Err(Redirect::to(&listed.address()).into_response()));
        }
        let store = self.house.journal.store()?;
        let query = ListQuery { sort: SortBy::Read, ..listed.query(MOST) };
        let shown = store.list(query).await?;
        let Sum { count, amount } = shown.total();
        if count == 0 || shown.rows.len() as u64 != count {
            return Ok(Err(too_many(visitor, count)));
        }
        let mut numbers = BTreeMap::<String, Vec<String>>::new();
        for row in &shown.rows {
            numbers.entry(row.pipeline.clone()).or_default().push(row.refund_no.clone());
        }
        let mut offer = Offer::new();
        // How many of them each decision is for.
        let mut fits = KINDS.map(|kind| (kind, 0_u64));
        for (pipeline, numbers) in numbers {
            let Some(row) = store.known_pipeline(&pipeline).await? else { continue };
            let choices = offer.entry(pipeline).or_default();
            for some in numbers.chunks(CHUNK) {
                let documents = store.documents(row.id, some.to_vec()).await?;
                for (kind, fit) in &mut fits {
                    *fit += documents.iter().filter(|document| is_for(document, *kind)).count() as u64;
                }
                choices.extend(
                    documents.iter().map(|document| Choice {
                        refund_no: document.refund_no.clone(),
                        seen: seen(document),
                    }),
                );
            }
        }
        let named = shown.rows.iter().take(NAMED).map(|row| row.refund_no.clone()).collect();
        let more = count.saturating_sub(NAMED as u64);
        let title = lang.of("对筛选出的全部退换单作决定", "Decide about all of these").to_owned();
        Ok(Ok(DecideAllPage {
            frame: Frame::plain(visitor, &title),
            title,
            offer: self.offers.lock().await.keep(offer),
            count: figure(count),
            money: money(amount),
            facts: facts(&listed, lang),
            named,
            more: (more > 0).then(|| figure(more)),
            kinds: fits
                .into_iter()
                .filter(|(_, fit)| *fit > 0)
                .map(|(kind, fit)| (kind.as_str(), title_of(kind, fit, count, lang)))
                .collect(),
            back: listed.address(),
            fault: None,
            note: String::new(),
        }))
    }

    /// Records the decision and leaves it in the journal, a request a pipeline. Says by which number the first is remembered.
    async fn decide_all(
        &self,
        kind: DecisionKind,
        offer: Offer,
        visitor: &Visitor,
        note: &str,
    ) -> Result<Option<u64>, StoreError> {
        let (store, now) = (self.house.journal.store()?, self.house.board.now());
        let (remote, by) = (visitor.remote, visitor.by());
        let mut first = None;
        for (pipeline, returns) in offer {
            let Some(row) = store.known_pipeline(&pipeline).await? else { continue };
            let numbers: Vec<String> = returns.iter().map(|one| one.refund_no.clone()).collect();
            let count = numbers.len();
            tracing::info!(
                pipeline,
                %remote,
                by,
                kind = kind.as_str(),
                count,
                message_zh = "在状态页上对清单作了决定",
                "decided about a list on the status page"
            );
            let action = ActionRow {
                at: now,
                remote: remote.to_string(),
                by: visitor.name(),
                action: format!("{}{kind}", decide::ACTION),
                pipeline: pipeline.clone(),
                subject: format!("{count}: {}", numbers.join(" ")),
            };
            store.record_action(action).await?;
            let wish = Wish { kind, bill: None, note: decide::reason(note), by: by.clone() };
            let request = store.leave_request(row.id, Request::Decide(Decide { wish, returns }), now).await?;
            let given = Given {
                number: 0,
                order: Order::DecideAll,
                pipeline,
                request: Some((row.id, Some(request))),
                numbers,
                after: None,
            };
            let number = self.orders.give(given);
            first = first.or(Some(number));
        }
        Ok(first)
    }
}

/// Whether it may be decided of this one, its reason given.
fn is_for(document: &Document, kind: DecisionKind) -> bool {
    let wish = Wish { kind, bill: None, note: kind.as_str().to_owned(), by: String::new() };
    may_decide(document, &wish).is_ok()
}

/// What is not for all of them says for how many it is: the others stay as they are.
fn title_of(kind: DecisionKind, fit: u64, count: u64, lang: Lang) -> String {
    let title = kind.title().get(lang).to_owned();
    if fit == count {
        return title;
    }
    let fit = figure(fit);
    title + &lang.of("（适用 {} 张）", " (for {} of them)").replace("{}", &fit)
}

fn too_many(visitor: &Visitor, count: u64) -> Response {
    if count == 0 {
        return notice::of(
            visitor,
            StatusCode::CONFLICT,
            "筛选条件下已没有待处理的退换单。",
            "Nothing of this kind waits for a person any more.",
        );
    }
    notice::of(
        visitor,
        StatusCode::UNPROCESSABLE_ENTITY,
        &format!("共 {count} 张，一次最多决定 {MOST} 张：请用原因、店铺或日期缩小范围。"),
        &format!("These are {count}, and {MOST} are decided at once at most: narrow them down."),
    )
}

/// What the list is narrowed down by.
fn facts(listed: &Listed, lang: Lang) -> Vec<(&'static str, String)> {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    let facts = [
        (lang.of("同步方案", "Pipeline"), listed.pipeline.clone()),
        (
            lang.of("原因", "Cause"),
            listed.cause.as_deref().map(|cause| list::cause_title(List::Parked, cause, lang)),
        ),
        (lang.of("缺少的编号", "Missing number"), listed.missing.as_ref().map(|(_, key)| key.clone())),
        (lang.of("店铺", "Shop"), listed.shop.clone()),
        (lang.of("日期从", "From"), day(listed.from)),
        (lang.of("日期到", "To"), day(listed.to)),
        (lang.of("金额从", "Amount from"), listed.min.map(money)),
        (lang.of("金额到", "Amount to"), listed.max.map(money)),
    ];
    facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_for_all_of_a_list_says_for_how_many_it_is() {
        let title = |fit, lang| title_of(DecisionKind::OpenDay, fit, 1_200, lang);
        let kind = DecisionKind::OpenDay.title();
        assert_eq!(title(1_200, Lang::Chinese), kind.zh);
        assert_eq!(title(1_199, Lang::Chinese), format!("{}（适用 1,199 张）", kind.zh));
        assert_eq!(title(3, Lang::English), format!("{} (for 3 of them)", kind.en));
    }
}
