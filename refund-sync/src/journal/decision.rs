//! What a person may decide about one return, in which state and for which cause, what it changes, and what taking it back
//! gives back. Pure: looking a bill up and the order of effects are `worker`'s, comparing it is `journal::booked`'s.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::decided::{Decision, DecisionKind, Earlier, Wish};
use super::document::{Document, Log};
use super::found::Difference;
use super::state::{Event, Illegal, State};
use crate::lang::Text;
use crate::model::{Cause, Direction, FlagKind, Quantities, Return};

impl DecisionKind {
    /// The return is not written by the program any more.
    pub fn closes(self) -> bool {
        matches!(self, Self::Booked | Self::Ignored)
    }

    /// What it adds to how a bill is made.
    pub fn directs(self, mut direction: Direction) -> Direction {
        match self {
            Self::Arrived => direction.quantities = Some(Quantities::Arrived),
            Self::Asked => direction.quantities = Some(Quantities::Asked),
            Self::OpenDay => direction.open_day = true,
            Self::Booked | Self::Ignored | Self::Undo => {}
        }
        direction
    }

    /// It can lift what is parked for this cause.
    pub fn lifts(self, cause: Cause) -> bool {
        self.causes().contains(&cause)
    }

    /// The causes that it can lift; empty where it holds for every cause.
    fn causes(self) -> &'static [Cause] {
        match self {
            Self::Arrived => &[Cause::QuantityGap],
            Self::Asked => &[
                Cause::QuantityGap,
                Cause::NoStockin,
                Cause::UnreadableStockin,
                Cause::UnjoinedStockin,
                Cause::UncountedStockin,
                Cause::SeveralOrgs,
                Cause::QuantityZeroWithAmount,
            ],
            Self::OpenDay => &[Cause::ClosedPeriod],
            Self::Booked | Self::Ignored | Self::Undo => &[],
        }
    }
}

/// Whether this may be decided of a document as it stands.
///
/// # Errors
/// Why not, and what can be done instead.
pub fn may_decide(document: &Document, wish: &Wish) -> Result<(), Text> {
    let number = wish.bill.as_deref().unwrap_or_default().trim();
    match wish.kind {
        DecisionKind::Undo => return may_undo(document),
        DecisionKind::Ignored if wish.note.trim().is_empty() => {
            return Err(Text::new("不入账须写明原因", "why it is not to be booked must be said"));
        }
        DecisionKind::Booked if number.is_empty() => {
            return Err(Text::new(
                "已手工入账须写明金蝶单据编号",
                "the number of the bill that was booked by hand must be said",
            ));
        }
        _ => {}
    }
    if document.state != State::Parked {
        return Err(not_parked(document));
    }
    if wish.kind.closes() {
        let has_return = wish.kind == DecisionKind::Ignored || !document.source.is_none();
        return if has_return { Ok(()) } else { Err(nothing_to_compare()) };
    }
    if document.has_bill() {
        return Err(Text::new(
            "金蝶中已有它的单据，不能改变入账方式",
            "its bill stands in 金蝶: how it is booked cannot be changed any more",
        ));
    }
    if wish.kind == DecisionKind::Arrived && document.refund().is_some_and(Return::nothing_arrived) {
        return Err(Text::new(
            "没有货入库，不能按实收数量入账；可选“不入账”，或“已手工入账”",
            "nothing arrived, so what arrived cannot be booked: it can be ignored, or was booked by hand",
        ));
    }
    let reasons = document.parking.iter().flat_map(|parking| &parking.reasons);
    if reasons.filter_map(|reason| Cause::parse(&reason.cause)).any(|cause| wish.kind.lifts(cause)) {
        return Ok(());
    }
    let lifts = wish.kind.causes().iter();
    let (zh, en): (Vec<_>, Vec<_>) = lifts.map(|cause| (cause.title().zh, cause.title().en)).unzip();
    Err(Text::of(
        format!("“{}”只适用于：{}", wish.kind.title().zh, zh.join("、")),
        format!("`{}` is for what waits for: {}", wish.kind, en.join(", ")),
    ))
}

fn not_parked(document: &Document) -> Text {
    let state = document.state.title();
    match &document.decision {
        Some(decision) if document.state == State::Decided => Text::of(
            format!(
                "{} 已由 {} 决定：{}",
                document.refund_no,
                decision.wish.by,
                decision.wish.kind.title().zh
            ),
            format!("{} was decided by {}: {}", document.refund_no, decision.wish.by, decision.wish.kind),
        ),
        _ => Text::of(
            format!("{} 不在待处理：{}", document.refund_no, state.zh),
            format!("{} does not wait for a person: {}", document.refund_no, state.en),
        ),
    }
}

fn nothing_to_compare() -> Text {
    Text::new(
        "旺店通数据无法读取，没有可比较的内容；只能“不入账”并写明原因",
        "what 旺店通 says cannot be read, so there is nothing to compare a bill with; it can only be ignored, with a reason",
    )
}

fn may_undo(document: &Document) -> Result<(), Text> {
    if document.decision.is_none() {
        return Err(Text::new("没有可撤销的决定", "nothing was decided that could be taken back"));
    }
    let is_free =
        matches!(document.state, State::Seen | State::Mapped | State::Parked) && !document.has_bill();
    if document.state == State::Decided || is_free {
        return Ok(());
    }
    Err(Text::of(
        format!("{}：已按决定写入金蝶，不能撤销", document.state.title().zh),
        format!("{}: it was written as decided, which cannot be taken back", document.state.title().en),
    ))
}

/// The bill that a person named, as it was found to be the one of the return.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Booked {
    /// FID
    pub fid: String,
    /// How the program would have had to make the same bill.
    pub direction: Direction,
    /// What nobody could compare.
    pub not_compared: Vec<String>,
    /// In which its date is another one than the rule's: the person said why.
    pub other_day: Option<Difference>,
}

/// Decides that a document is not written by the program: booked by hand as this bill, or not to be booked.
///
/// # Errors
/// When its state does not take that.
pub fn close(
    document: &mut Document,
    wish: &Wish,
    at: DateTime<Utc>,
    booked: Option<Booked>,
) -> Result<Log, Illegal> {
    let mut log = document.apply(Event::Decided, told(wish))?;
    let direction = booked.as_ref().map_or_else(|| document.direction(), |bill| bill.direction);
    let fid = booked.as_ref().map(|bill| bill.fid.clone());
    let other_day = booked.as_ref().and_then(|bill| bill.other_day.clone());
    let not_compared = booked.map(|bill| bill.not_compared).unwrap_or_default();
    if let Some(day) = other_day {
        log.detail["differs"] = json!([day]);
    }
    if let Some(fid) = &fid {
        log.detail["fid"] = json!(fid);
    }
    if !not_compared.is_empty() {
        log.detail["not_compared"] = json!(not_compared);
    }
    document.decision =
        Some(Decision { wish: wish.clone(), at, fid, direction, not_compared, earlier: Vec::new() });
    Ok(log)
}

/// Decides how a document's bill is made; it is on its way again. `moved_to` is the day of a bill whose own day 金蝶
/// refused.
///
/// # Errors
/// When its state does not take that.
pub fn direct(
    document: &mut Document,
    wish: &Wish,
    at: DateTime<Utc>,
    moved_to: Option<NaiveDate>,
) -> Result<Log, Illegal> {
    let log = document.apply(Event::Directed, told(wish))?;
    let direction = wish.kind.directs(document.direction());
    document.moved_to = moved_to.or(document.moved_to);
    // What is tried by itself from here on begins anew.
    document.retries = None;
    let earlier = document.decision.take().map(|before| still_counts(before, wish.kind)).unwrap_or_default();
    let not_compared = Vec::new();
    document.decision =
        Some(Decision { wish: wish.clone(), at, fid: None, direction, not_compared, earlier });
    Ok(log)
}

/// What was decided before and still has its part where something else is decided as well.
fn still_counts(Decision { wish, at, mut earlier, .. }: Decision, kind: DecisionKind) -> Vec<Earlier> {
    earlier.push(Earlier { wish, at });
    // What a later one replaces has none.
    earlier.retain(|one| {
        let direction = one.wish.kind.directs(Direction::default());
        direction != Direction::default() && kind.directs(direction) != kind.directs(Direction::default())
    });
    earlier
}

/// Tells of a decision that was not carried out, and why.
///
/// # Errors
/// Never, by the table of states.
pub fn decline(document: &mut Document, wish: &Wish, why: &Text) -> Result<Log, Illegal> {
    let mut log = document.apply(Event::Declined, told(wish))?;
    log.detail["reasons"] = json!([{ "message": why.en, "message_zh": why.zh }]);
    Ok(log)
}

/// Takes back what was decided. What was closed waits for a person again, for what it waited before; if its row was
/// replaced meanwhile, it is taken as a newer row would have been. What was directed is mapped by the rules again.
///
/// # Errors
/// When its state does not take that.
pub fn undo(document: &mut Document, wish: &Wish) -> Result<Vec<Log>, Illegal> {
    let was_closed = document.state == State::Decided;
    let mut log = document.apply(Event::Undone, told(wish))?;
    if let Some(decision) = document.decision.take() {
        log.detail["decided"] = json!(decision.wish.kind);
        if decision.direction.open_day {
            document.moved_to = None;
        }
    }
    let mut logs = vec![log];
    if !was_closed || document.has_bill() {
        return Ok(logs);
    }
    if document.is_flagged(FlagKind::Reversed) {
        let detail = json!({ "type": document.kind, "process_status": document.process_status });
        document.source.clear();
        logs.push(document.apply(Event::ReadFiltered, detail)?);
    } else if document.is_flagged(FlagKind::Changed) && !document.source.is_none() {
        document.unflag(FlagKind::Changed);
        logs.push(document.apply(Event::Requeued, json!({ "why": "it changed while it was decided" }))?);
    }
    Ok(logs)
}

/// What an event tells of a decision.
fn told(wish: &Wish) -> serde_json::Value {
    let mut told = json!({ "as": wish.kind, "by": wish.by });
    if !wish.note.trim().is_empty() {
        told["note"] = json!(wish.note);
    }
    if let Some(bill) = &wish.bill {
        told["bill"] = json!(bill);
    }
    told
}

#[cfg(test)]
mod tests;
