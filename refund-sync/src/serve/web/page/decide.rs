//! What a person decides about one return on the page: what may be decided there, and what became of it. The decision itself
//! is left in the journal like every order; what may be decided is `journal::decision`'s.

use std::time::Duration;

use super::lang::{Lang, written};
use super::orders;
use super::state::Page;
use super::visitor::Visitor;
use crate::journal::{DecisionKind, State as DocumentState, Wish, point_text};
use crate::lang::Text;
use crate::model::{Cause, Return};
use crate::store::{
    ActionRow, Choice, Decide, DecisionNote, EarlierNote, Life, Made, MadeKind, Request, StoreError,
};

/// How long the page waits for whoever works the pipeline to say what became of a decision.
const WAIT: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);
/// No reason is longer, in characters.
const LONGEST: usize = 500;

/// The words of actions on decisions begin like this.
pub(super) const ACTION: &str = "decide-";

/// What can be decided about a return in one pipeline, and what was.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// What was decided, as label and value; empty where nothing was.
    pub(super) facts: Vec<(&'static str, String)>,
    /// The word for how it stands.
    pub(super) seen: String,
    /// What may be decided: the word and what it is called.
    pub(super) kinds: Vec<(&'static str, String)>,
    pub(super) can_undo: bool,
    /// What was typed before, where it is asked again.
    pub(super) note: String,
    pub(super) bill: String,
    /// It is what the page is about.
    pub(super) is_open: bool,
}

/// No decision was chosen.
pub(super) const NONE_CHOSEN: Text = Text::new(
    "没有选择决定，未作任何改动：请先选一项，再按“确认”。",
    "No decision was chosen, so nothing was done: choose one, then press “Confirm”.",
);

impl Form {
    pub(super) fn of(life: &Life, lang: Lang) -> Self {
        let is_parked = life.state == DocumentState::Parked;
        let is_for = |kind: &DecisionKind| match kind {
            DecisionKind::Ignored => true,
            DecisionKind::Booked => life.refund.is_some(),
            DecisionKind::Undo => false,
            DecisionKind::Arrived if life.refund.as_ref().is_some_and(Return::nothing_arrived) => false,
            kind => {
                life.fid.is_none()
                    && life
                        .reasons
                        .iter()
                        .filter_map(|reason| Cause::parse(&reason.cause))
                        .any(|cause| kind.lifts(cause))
            }
        };
        let kinds = DecisionKind::ALL.into_iter().filter(|_| is_parked).filter(is_for);
        let is_free =
            matches!(life.state, DocumentState::Seen | DocumentState::Mapped | DocumentState::Parked);
        Self {
            facts: life.decision.iter().flat_map(|decision| facts(decision, lang)).collect(),
            seen: life.seen.clone(),
            kinds: kinds.map(|kind| (kind.as_str(), kind.title().get(lang).to_owned())).collect(),
            can_undo: life.decision.is_some()
                && (life.state == DocumentState::Decided || (is_free && life.fid.is_none())),
            note: String::new(),
            bill: String::new(),
            is_open: false,
        }
    }
}

fn facts(decision: &DecisionNote, lang: Lang) -> Vec<(&'static str, String)> {
    let not_compared: Vec<_> =
        decision.not_compared.iter().map(|what| point_text(what).get(lang).to_owned()).collect();
    let why = |note: &str| (lang.of("原因", "Why"), note.to_owned());
    let said = |kind: DecisionKind, by: &str, at: &str| {
        [
            (lang.of("决定", "Decision"), kind.title().get(lang).to_owned()),
            (lang.of("决定人", "By"), crate::lang::decider(by).get(lang).to_owned()),
            (lang.of("决定时间", "At"), written(at)),
        ]
    };
    let mut facts = Vec::new();
    for EarlierNote { kind, by, at, note } in &decision.earlier {
        facts.extend(said(*kind, by, at));
        facts.extend(Some(why(note)).filter(|_| !note.is_empty()));
    }
    facts.extend(said(decision.kind, &decision.by, &decision.at));
    let more = [
        why(&decision.note),
        (lang.of("手工单据编号", "Bill booked by hand"), decision.bill.clone().unwrap_or_default()),
        (lang.of("手工单据内码", "FID of that bill"), decision.fid.clone().unwrap_or_default()),
        (lang.of("未核对", "Not compared"), not_compared.join(lang.of("、", ", "))),
    ];
    facts.extend(more.into_iter().filter(|(_, value)| !value.is_empty()));
    facts
}

/// What was decided, of the word of an action.
pub(super) fn kind_of(action: &str) -> Option<DecisionKind> {
    DecisionKind::parse(action.strip_prefix(ACTION)?)
}

/// A reason as it is kept.
pub(super) fn reason(note: &str) -> String {
    note.trim().chars().take(LONGEST).collect()
}

/// What became of a decision, as far as the page has waited for it.
pub(super) enum Outcome {
    Done,
    Not(Made),
    /// Whoever works the pipeline has not come to it yet; the request stays.
    NotYet,
    NoPipeline,
}

/// What a form of a decision brought.
pub(super) struct Wanted<'a> {
    pub(super) pipeline: &'a str,
    pub(super) refund_no: &'a str,
    pub(super) seen: &'a str,
    pub(super) kind: DecisionKind,
    pub(super) bill: &'a str,
    pub(super) note: &'a str,
}

impl Page {
    /// Records the decision, leaves it in the journal, and waits a little for what becomes of it.
    pub(super) async fn decide(&self, wanted: Wanted<'_>, visitor: &Visitor) -> Result<Outcome, StoreError> {
        let Wanted { pipeline, refund_no, seen, kind, bill, note } = wanted;
        let store = self.house.journal.store()?;
        let Some(row) = store.known_pipeline(pipeline).await? else { return Ok(Outcome::NoPipeline) };
        let now = self.house.board.now();
        let (remote, by) = (visitor.remote, visitor.by());
        let action = format!("{ACTION}{kind}");
        tracing::info!(pipeline, %remote, by, action, refund_no,
            message_zh = "在状态页上作出决定", "decided on the status page");
        let action = ActionRow {
            at: now,
            remote: remote.to_string(),
            by: visitor.name(),
            action,
            pipeline: pipeline.to_owned(),
            subject: refund_no.to_owned(),
        };
        store.record_action(action.clone()).await?;
        let wish = Wish {
            kind,
            bill: Some(bill.trim().to_owned()).filter(|bill| !bill.is_empty()),
            note: reason(note),
            by,
        };
        let returns = vec![Choice { refund_no: refund_no.to_owned(), seen: seen.to_owned() }];
        let request = store.leave_request(row.id, Request::Decide(Decide { wish, returns }), now).await?;
        let give_up = tokio::time::Instant::now() + WAIT;
        loop {
            if let Some(answer) = store.request_answer(request).await? {
                let made: Vec<Made> = serde_json::from_str(&answer).unwrap_or_default();
                let not = made.into_iter().find(|one| one.outcome != MadeKind::Done);
                if not.is_some() {
                    store.record_action(orders::refused(action, self.house.board.now())).await?;
                }
                return Ok(not.map_or(Outcome::Done, Outcome::Not));
            }
            if tokio::time::Instant::now() >= give_up {
                return Ok(Outcome::NotYet);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
