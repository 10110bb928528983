//! What a person may order on the page. Each order is recorded first, then left in the journal, where whoever works
//! the pipeline finds it. Who may order is `gate`'s, what becomes of an order is the worker's.

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{NaiveDate, TimeDelta};
use serde_json::json;

use super::orders::{Given, Order};
use super::state::Page;
use super::visitor::{Fields, Visitor};
use super::{decide, link, month, notice};
use crate::journal::{DecisionKind, State as DocumentState};
use crate::reconcile::Period;
use crate::store::{ActionRow, MadeKind, ParkedQuery, Request, Retry, StoreError};

/// So many days are compared at most.
const LONGEST: TimeDelta = TimeDelta::days(366);
/// The outcome of an order counts so many returns.
const MOST_COUNTED: usize = 20_000;

/// Takes an order.
pub(super) async fn act(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let (name, subject) = (fields.text("pipeline"), fields.text("subject"));
    if let Some(kind) = decide::kind_of(fields.text("action")) {
        return decided(&page, kind, &visitor, &fields).await;
    }
    if fields.text("action").is_empty() && !fields.text("seen").is_empty() {
        return page
            .not_decided(&visitor, &fields, StatusCode::UNPROCESSABLE_ENTITY, &decide::NONE_CHOSEN)
            .await;
    }
    // What is filled in, and what is decided about a list, has a form of its own.
    let order =
        Order::parse(fields.text("action")).filter(|order| !matches!(order, Order::Fill | Order::DecideAll));
    let Some(order) = order else {
        return notice::of(&visitor, StatusCode::BAD_REQUEST, "没有这种操作。", "There is no such action.");
    };
    if !page.house.board.views().contains_key(name) {
        return notice::of(
            &visitor,
            StatusCode::NOT_FOUND,
            "没有这个同步方案。",
            "There is no such pipeline.",
        );
    }
    if matches!(order, Order::CloseMonth | Order::ReopenMonth) {
        let reopen = order == Order::ReopenMonth;
        let wanted = month::Wanted { pipeline: name, month: subject, reopen, note: fields.text("note") };
        return month::order(&page, wanted, &visitor, &fields).await;
    }
    let period = match (order, period(&fields)) {
        (Order::Reconcile, None) => {
            return notice::of(
                &visitor,
                StatusCode::BAD_REQUEST,
                "对账日期不对：请填起止两天，起始不晚于截止，最长 366 天。",
                "These are no days to reconcile: name the first and the last, at most 366 days.",
            );
        }
        (Order::Reconcile, period) => period,
        _ => None,
    };
    let days = period.map(|period| format!("{} … {}", period.from, period.to));
    let subject = days.as_deref().unwrap_or(subject);
    let number = match page.take(order, (name, subject), period, &visitor).await {
        Ok(Some(number)) => number,
        Ok(None) => {
            return notice::of(
                &visitor,
                StatusCode::CONFLICT,
                "该退换单已不在待处理之列。",
                "This return does not wait for a person any more.",
            );
        }
        Err(error) => return notice::of_store(&visitor, &error),
    };
    if visitor.rights.is_script() {
        let taken = json!({ "action": order.as_str(), "pipeline": name, "subject": subject });
        return (StatusCode::ACCEPTED, Json(taken)).into_response();
    }
    Redirect::to(&link::done(fields.text("back"), order.as_str(), Some(number))).into_response()
}

/// The days that a form names, both ends included.
fn period(fields: &Fields) -> Option<Period> {
    let day = |name| fields.text(name).trim().parse::<NaiveDate>().ok();
    let (from, to) = (day("from")?, day("to")?);
    (from <= to && to - from <= LONGEST).then_some(Period { from, to })
}

/// Takes a decision about one return, and says what became of it.
async fn decided(page: &Page, kind: DecisionKind, visitor: &Visitor, fields: &Fields) -> Response {
    if fields.text("seen").is_empty() && kind != DecisionKind::Undo {
        return notice::of(
            visitor,
            StatusCode::BAD_REQUEST,
            "缺少 seen：查看该退换单时的版本（why --json 的 seen）。",
            "`seen` is missing: what was looked at (`seen` of why --json).",
        );
    }
    let wanted = decide::Wanted {
        pipeline: fields.text("pipeline"),
        refund_no: fields.text("subject"),
        seen: fields.text("seen"),
        kind,
        bill: fields.text("bill"),
        note: fields.text("note"),
    };
    let action = fields.text("action");
    match page.decide(wanted, visitor).await {
        Err(error) => notice::of_store(visitor, &error),
        Ok(decide::Outcome::NoPipeline) => {
            notice::of(visitor, StatusCode::NOT_FOUND, "没有这个同步方案。", "There is no such pipeline.")
        }
        Ok(decide::Outcome::Not(made)) => {
            let status = match made.outcome {
                MadeKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
                MadeKind::Unknown => StatusCode::NOT_FOUND,
                MadeKind::Changed | MadeKind::Done => StatusCode::CONFLICT,
            };
            page.not_decided(visitor, fields, status, &made.message).await
        }
        Ok(decide::Outcome::NotYet) => notice::of(
            visitor,
            StatusCode::ACCEPTED,
            "决定已保存，程序处理后生效；请稍后刷新该退换单查看结果。",
            "The decision is kept and holds once the program has come to it: look at the return again in a moment.",
        ),
        Ok(decide::Outcome::Done) if visitor.rights.is_script() => {
            let taken = json!({ "action": action, "pipeline": fields.text("pipeline"), "subject": fields.text("subject") });
            (StatusCode::OK, Json(taken)).into_response()
        }
        Ok(decide::Outcome::Done) => {
            Redirect::to(&link::done(fields.text("back"), action, None)).into_response()
        }
    }
}

impl Page {
    /// Records the order and leaves it for whoever works the pipeline. Says by which number it is remembered; `None`: what
    /// it concerns is not there.
    async fn take(
        &self,
        order: Order,
        (name, subject): (&str, &str),
        period: Option<Period>,
        visitor: &Visitor,
    ) -> Result<Option<u64>, StoreError> {
        let store = self.house.journal.store()?;
        if order.is_of_one() {
            let lives = store.life(subject).await?;
            if !lives.iter().any(|life| life.pipeline == name && life.state == DocumentState::Parked) {
                return Ok(None);
            }
        }
        let now = self.house.board.now();
        let action = ActionRow {
            at: now,
            remote: visitor.remote.to_string(),
            by: visitor.name(),
            action: order.as_str().to_owned(),
            pipeline: name.to_owned(),
            subject: subject.to_owned(),
        };
        store.record_action(action).await?;
        let (remote, by) = (visitor.remote, visitor.name());
        tracing::info!(
            pipeline = name,
            %remote,
            action = order.as_str(),
            subject,
            message_zh = "状态页上的操作",
            "ordered on the status page"
        );
        let pipeline = store.pipeline(name).await?.id;
        let shown = self.shown().await?;
        let status = shown.statuses.iter().find(|status| status.pipeline == name);
        let mut given = Given {
            number: 0,
            order,
            pipeline: name.to_owned(),
            request: None,
            numbers: Vec::new(),
            after: status.and_then(|status| status.runs.first()).map(|run| run.started.clone()),
        };
        let one = || vec![subject.to_owned()];
        let request = match order {
            Order::Retry => Request::Retry(Retry { numbers: one(), ..Retry::default() }),
            Order::RetryAgain => Request::Retry(Retry { numbers: one(), again: true, cause: None }),
            Order::RetryCause => {
                Request::Retry(Retry { cause: Some(subject.to_owned()), ..Retry::default() })
            }
            Order::Run => Request::Run,
            Order::Lift => {
                store.leave_request(pipeline, Request::Lift, now).await?;
                Request::Run
            }
            // A month has its own way, with what the form says of it.
            Order::CloseMonth | Order::ReopenMonth | Order::DecideAll => return Ok(None),
            Order::Pause | Order::Resume => {
                store.set_paused(pipeline, (order == Order::Pause).then_some(now)).await?;
                // Whoever ordered it looks at once.
                *self.seen.lock().await = None;
                return Ok(Some(self.orders.give(given)));
            }
            Order::Reconcile | Order::Fill => {
                self.house.board.change(name, |view| {
                    view.reconciliation.asked = period;
                    view.reconciliation.asked_by.clone_from(&by);
                });
                return Ok(Some(self.orders.give(given)));
            }
        };
        given.numbers = match order {
            Order::Retry | Order::RetryAgain => one(),
            Order::RetryCause => self.numbers(name, subject).await?,
            _ => Vec::new(),
        };
        given.request = Some((pipeline, Some(store.leave_request(pipeline, request, now).await?)));
        Ok(Some(self.orders.give(given)))
    }

    /// The numbers of what is parked for a cause, as many as are counted.
    async fn numbers(&self, name: &str, cause: &str) -> Result<Vec<String>, StoreError> {
        let query = ParkedQuery {
            pipeline: Some(name.to_owned()),
            cause: Some(cause.to_owned()),
            limit: MOST_COUNTED,
            ..ParkedQuery::default()
        };
        let page = self.house.journal.store()?.parked_page(query).await?;
        Ok(page.documents.into_iter().map(|document| document.refund_no).collect())
    }
}
