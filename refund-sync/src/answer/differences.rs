//! What the last reconciliation found, and what became of it since: what waits for a person anyway, what was decided or
//! written, and what is still open. How both sides are compared is `reconcile`'s, how it is shown is the page's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::journal::{Document, Event, State};
use crate::reconcile::{Finding, Kind, ReconcileSummary};
use crate::store::{Store, StoreError, Sum};

/// Returns looked up at once.
const CHUNK: usize = 100;

/// What became of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Nobody has to do with it yet.
    Open,
    /// It waits for a person, or moves by itself.
    Waiting,
    /// A person decided about it, or it was written, since both sides were compared.
    Done,
}

/// The differences of one pipeline, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Differences {
    pub(crate) at: DateTime<Utc>,
    pub(crate) open: Sum,
    pub(crate) waiting: Sum,
    pub(crate) done: Sum,
    /// The first of them, what is open first.
    pub(crate) findings: Vec<Finding>,
    /// How many of these are open.
    named: usize,
}

impl Differences {
    /// Holds what was found against the journal as it is now.
    pub(crate) async fn read(
        store: &dyn Store,
        pipeline: i64,
        verdict: &ReconcileSummary,
    ) -> Result<Self, StoreError> {
        let (mut known, mut written) = (BTreeMap::new(), BTreeSet::new());
        for some in verdict.findings.chunks(CHUNK) {
            let numbers = some.iter().map(|finding| finding.refund_no.clone()).collect();
            let documents = store.documents(pipeline, numbers).await?;
            known.extend(documents.into_iter().map(|document| (document.refund_no.clone(), document)));
        }
        // What stood in 金蝶 once and was gone may have been written again.
        for Finding { refund_no, kind, .. } in &verdict.findings {
            let is_there = known.get(refund_no).is_some_and(|document| document.state == State::Confirmed);
            if is_there
                && matches!(kind, Kind::Removed | Kind::Voided)
                && written_since(store, refund_no, verdict.at).await?
            {
                written.insert(refund_no.clone());
            }
        }
        Ok(Self::of(verdict, &known, &written))
    }

    fn of(
        verdict: &ReconcileSummary,
        known: &BTreeMap<String, Document>,
        written: &BTreeSet<String>,
    ) -> Self {
        let fate = |finding: &Finding| {
            if written.contains(&finding.refund_no) {
                return Fate::Done;
            }
            fate(finding, known.get(&finding.refund_no), verdict.at)
        };
        let mut found = Self { at: verdict.at, ..Self::default() };
        let mut findings: Vec<(Fate, &Finding)> =
            verdict.findings.iter().map(|finding| (fate(finding), finding)).collect();
        findings.sort_by_key(|(fate, _)| *fate);
        for (fate, finding) in &findings {
            *match fate {
                Fate::Open => &mut found.open,
                Fate::Waiting => &mut found.waiting,
                Fate::Done => &mut found.done,
            } += Sum { count: 1, amount: finding.gap() };
        }
        found.named = findings.iter().filter(|(fate, _)| *fate == Fate::Open).count();
        found.findings = findings.into_iter().map(|(_, finding)| finding.clone()).collect();
        found.add_the_rest(verdict);
        found
    }

    /// What is open, with the day that is due or else the bill's: shop, day, due − booked.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = (&str, NaiveDate, Decimal)> {
        self.findings.iter().take(self.named).filter_map(|finding| {
            let gap = finding.due.unwrap_or_default() - finding.booked.unwrap_or_default();
            Some((finding.shop_no.as_str(), finding.date?, gap))
        })
    }

    /// What the summary counts and does not name: it names news first.
    fn add_the_rest(&mut self, verdict: &ReconcileSummary) {
        let named = verdict.findings.len() as u64;
        let all: u64 = verdict.differences.values().sum();
        let news: u64 = verdict.unexplained.values().sum();
        let gap = |findings: &[Finding]| findings.iter().map(Finding::gap).sum::<Decimal>();
        let kept = verdict.findings.len().min(usize::try_from(news).unwrap_or(usize::MAX));
        let open = Sum {
            count: news.saturating_sub(named),
            amount: verdict.unexplained_gap - gap(&verdict.findings[..kept]),
        };
        let more = Sum { count: all.saturating_sub(named), amount: verdict.gap - gap(&verdict.findings) };
        if open.count > 0 {
            self.open += open;
        }
        if more.count > open.count {
            let amount = if open.count > 0 { more.amount - open.amount } else { more.amount };
            self.waiting += Sum { count: more.count - open.count, amount };
        }
    }
}

fn fate(finding: &Finding, document: Option<&Document>, compared: DateTime<Utc>) -> Fate {
    let Some(document) = document else { return Fate::Open };
    let decided = document.decision.as_ref().is_some_and(|decision| decision.at > compared);
    // What never had a bill then and has one now.
    let written = finding.kind == Kind::Missing && document.fid.is_some();
    match document.state {
        State::Parked => Fate::Waiting,
        state if state.is_pending() => Fate::Waiting,
        // What was decided before, and differs all the same, is nothing that anybody knows.
        State::Decided if decided => Fate::Done,
        State::Confirmed if decided || written => Fate::Done,
        _ => Fate::Open,
    }
}

/// A bill of it was saved, or found again, after both sides were compared.
async fn written_since(
    store: &dyn Store,
    refund_no: &str,
    compared: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let lives = store.life(refund_no).await?;
    let is_later = |at: &str| DateTime::parse_from_rfc3339(at).is_ok_and(|at| at.to_utc() > compared);
    let is_bill =
        |event: &str| matches!(Event::parse(event), Some(Event::Saved | Event::Adopted | Event::Confirmed));
    Ok(lives.iter().flat_map(|life| &life.events).any(|event| is_bill(&event.event) && is_later(&event.at)))
}
