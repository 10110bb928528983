//! What became of a person's order, told on the page for as long as it is open: accepted, under way, done and how.
//! Orders are remembered for as long as the process lives; what was done is in the journal.

use super::frame::{Done, Frame};
use super::lang::{Lang, figure};
use super::orders::{Given, Order};
use super::run::RunLine;
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::words;
use crate::journal::State as DocumentState;
use crate::store::{Made, MadeKind, StoreError};

/// How far the returns of an order are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fates {
    done: u64,
    parked: u64,
    moving: u64,
}

impl Page {
    /// What surrounds a page that is kept true, with what became of the order that led to it.
    pub(super) async fn frame(
        &self,
        visitor: &Visitor,
        title: &str,
        shown: &Shown,
    ) -> Result<Frame, StoreError> {
        let mut frame = Frame::live(visitor, title, shown);
        if let Some(number) = visitor.here.order()
            && let Some(done) = self.outcome(number, shown, visitor.lang).await?
        {
            frame.done = Some(done);
        }
        Ok(frame)
    }

    /// What became of the order of this number; `None` where nobody remembers it.
    pub(super) async fn outcome(
        &self,
        number: u64,
        shown: &Shown,
        lang: Lang,
    ) -> Result<Option<Done>, StoreError> {
        let Some(given) = self.orders.of(number) else { return Ok(None) };
        let what = words::action(given.order.as_str(), lang);
        let accepted = || Done::of(format!("{}{what}", lang.of("已受理：", "Accepted: ")));
        let Some((pipeline, request)) = given.request else { return Ok(Some(accepted())) };
        let store = self.house.journal.store()?;
        if let Some(request) = request
            && store.request_answer(request).await?.is_none()
        {
            return Ok(Some(accepted()));
        }
        if given.numbers.is_empty() {
            return Ok(Some(run(&given, &what, shown, lang).unwrap_or_else(accepted)));
        }
        if given.order == Order::DecideAll {
            return self.decided(&given, lang).await;
        }
        let mut fates = Fates::default();
        for (state, count) in store.states(pipeline, given.numbers.clone()).await? {
            *match state {
                DocumentState::Confirmed => &mut fates.done,
                DocumentState::Parked => &mut fates.parked,
                _ => &mut fates.moving,
            } += count;
        }
        let told = retried(given.numbers.len() as u64, fates, lang);
        // What was filled in is read by and by: that they wait for it is no warning yet.
        let waits = given.order == Order::Fill && fates.done + fates.moving == 0;
        Ok(Some(if waits { Done { is_warning: false, is_over: false, ..told } } else { told }))
    }
}

impl Page {
    /// What became of a decision about a list, by what whoever decided it answered.
    async fn decided(&self, given: &Given, lang: Lang) -> Result<Option<Done>, StoreError> {
        let Some((_, Some(request))) = given.request else { return Ok(None) };
        let answer = self.house.journal.store()?.request_answer(request).await?;
        let made: Vec<Made> =
            answer.and_then(|answer| serde_json::from_str(&answer).ok()).unwrap_or_default();
        let count = |is: fn(&Made) -> bool| figure(made.iter().filter(|one| is(one)).count() as u64);
        let done = count(|one| one.outcome == MadeKind::Done);
        let changed = count(|one| one.outcome == MadeKind::Changed);
        let other = count(|one| !matches!(one.outcome, MadeKind::Done | MadeKind::Changed));
        let text = match lang {
            Lang::Chinese => {
                format!("已决定 {done} 张；{changed} 张已变化，未作改动；{other} 张不能这样决定")
            }
            Lang::English => format!(
                "Decided {done}; {changed} changed meanwhile and are left as they are; {other} cannot be decided so"
            ),
        };
        let is_warning = made.iter().any(|one| one.outcome != MadeKind::Done);
        Ok(Some(Done { text, is_warning, is_over: true }))
    }
}

fn retried(asked: u64, fates: Fates, lang: Lang) -> Done {
    let [asked, done, parked, moving] = [asked, fates.done, fates.parked, fates.moving].map(figure);
    let (mut text, more) = match lang {
        Lang::Chinese => {
            (format!("重试 {asked} 张：成功 {done}，仍待处理 {parked}"), format!("，处理中 {moving}"))
        }
        Lang::English => (
            format!("Retried {asked}: {done} done, {parked} still need attention"),
            format!(", {moving} in progress"),
        ),
    };
    if fates.moving > 0 {
        text.push_str(&more);
    }
    Done { text, is_warning: fates.parked > 0, is_over: fates.moving == 0 }
}

/// The run that the order called for, as far as it is.
fn run(given: &Given, what: &str, shown: &Shown, lang: Lang) -> Option<Done> {
    let status = shown.statuses.iter().find(|status| status.pipeline == given.pipeline)?;
    let row = status.runs.iter().find(|run| run.ended.is_some())?;
    if given.after.as_deref().is_some_and(|after| row.started.as_str() <= after) {
        return None;
    }
    let line = RunLine::of(row, false, lang);
    let detail = if line.detail.is_empty() { String::new() } else { format!(" · {}", line.detail) };
    let text = format!("{what}{}{}{detail}", lang.of("：", ": "), line.ending);
    Some(Done { text, is_warning: line.tone == super::frame::Tone::Bad, is_over: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_tells_how_many_passed_how_many_wait_and_how_many_are_under_way() {
        let told = |done, parked, moving, lang| retried(81, Fates { done, parked, moving }, lang);
        let over = told(0, 81, 0, Lang::Chinese);
        assert_eq!(
            (over.text.as_str(), over.is_warning, over.is_over),
            ("重试 81 张：成功 0，仍待处理 81", true, true)
        );
        let half = told(40, 1, 40, Lang::English);
        assert_eq!(half.text, "Retried 81: 40 done, 1 still need attention, 40 in progress");
        assert!(!half.is_over);
        assert!(!told(81, 0, 0, Lang::Chinese).is_warning);
    }
}
