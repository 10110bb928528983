//! What a person decided about returns: here, or from another process by a request in the journal. What may be decided is
//! `journal::decision`'s, whether the bill that was booked by hand is the right one `journal::booked`'s.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};

use super::Worker;
use crate::clock::shanghai;
use crate::journal::decision::Booked;
use crate::journal::{
    CUSTOMER, DATE, Decision, DecisionKind, Difference, Document, Expected, FoundBill, Log, NO_BILL, State,
    Wish, decision, find_booked, point_text, seen,
};
use crate::lang::{Text, both};
use crate::mapping::{self, Refusal};
use crate::model::{Direction, Quantities, Return};
use crate::store::{Asked, Choice, Decide, Made, MadeKind, Request, StoreError};

/// Returns decided in one transaction.
const CHUNK: usize = 200;

/// How a request for decisions is answered.
pub(super) fn answer(made: &[Made]) -> String {
    serde_json::to_string(made).unwrap_or_default()
}

/// What becomes of one return, before it is stored.
enum Step {
    /// It is decided, and that is what is said of it; and whether a person is needed all the same.
    Move(Vec<Log>, Text, bool),
    Not(MadeKind, Text),
}

/// What a decision about how a return is booked brings.
struct Help {
    /// The day of a bill whose own day 金蝶 refused.
    moved_to: Option<chrono::NaiveDate>,
    /// What keeps it from being booked all the same.
    left: Vec<Refusal>,
}

impl Worker {
    /// Decides what persons asked for in another process, also where the pipeline is stopped. Says whether there was any.
    pub(super) async fn decide_where_asked(&self) -> Result<bool, StoreError> {
        let mut did = false;
        for Asked { id, request, .. } in self.run.store.open_requests(self.run.row.id).await? {
            let Request::Decide(decide) = request else { continue };
            let made = self.decide(&decide).await?;
            self.run.store.answer_request(id, answer(&made)).await?;
            did = true;
        }
        Ok(did)
    }

    /// Decides what a person wants, and says what became of each return, in the order asked. What cannot be decided now is
    /// said and not kept for later: whoever decided would not learn what came of it.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn decide(&self, Decide { wish, returns }: &Decide) -> Result<Vec<Made>, StoreError> {
        let mut made = Vec::with_capacity(returns.len());
        for some in returns.chunks(CHUNK) {
            let numbers = some.iter().map(|choice| choice.refund_no.clone()).collect();
            let known = self.run.store.documents(self.run.row.id, numbers).await?;
            let mut known: BTreeMap<_, _> =
                known.into_iter().map(|document| (document.refund_no.clone(), document)).collect();
            let (mut moves, mut ids, mut here) = (Vec::new(), Vec::new(), Vec::new());
            for choice in some {
                let Some(mut document) = known.remove(&choice.refund_no) else {
                    let message = Text::new("没有读到过该退换单", "this return was never read");
                    here.push((None, Made::not(&choice.refund_no, MadeKind::Unknown, message)));
                    continue;
                };
                let id = document.id;
                let one = match self.step(&mut document, choice, wish).await? {
                    Step::Move(logs, message, waits) => {
                        ids.push((id, document.state));
                        moves.push((document, logs));
                        let (refund_no, outcome) = (choice.refund_no.clone(), MadeKind::Done);
                        (Some(id), Made { refund_no, outcome, message, waits })
                    }
                    Step::Not(outcome, message) => {
                        let log = decision::decline(&mut document, wish, &message)?;
                        moves.push((document, vec![log]));
                        (None, Made::not(&choice.refund_no, outcome, message))
                    }
                };
                here.push(one);
            }
            let overtaken = self.run.store.save(self.run.origin(), moves).await?;
            for (id, _) in ids.iter().filter(|(id, state)| *state != State::Parked || overtaken.contains(id))
            {
                self.run.tally().unpark(*id);
            }
            for (id, mut one) in here {
                if id.is_some_and(|id| overtaken.contains(&id)) {
                    one = Made::not(&one.refund_no, MadeKind::Changed, changed());
                }
                tracing::info!(
                    pipeline = self.run.settings.name,
                    refund_no = one.refund_no,
                    decision = wish.kind.as_str(),
                    by = wish.by,
                    outcome = one.outcome.as_str(),
                    message_zh = %one.message.zh,
                    "{}",
                    one.message.en
                );
                made.push(one);
            }
        }
        Ok(made)
    }

    async fn step(&self, document: &mut Document, choice: &Choice, wish: &Wish) -> Result<Step, StoreError> {
        if seen(document) != choice.seen {
            return Ok(Step::Not(MadeKind::Changed, stands(document)));
        }
        if let Err(why) = decision::may_decide(document, wish) {
            return Ok(Step::Not(MadeKind::Refused, why));
        }
        let at = self.run.clock.now();
        let mut waits = false;
        let (logs, message) = match wish.kind {
            DecisionKind::Undo => {
                let logs = decision::undo(document, wish)?;
                let message = match document.state {
                    State::Parked => {
                        Text::new("决定已撤销，仍待处理", "taken back: it waits for a person as before")
                    }
                    State::Filtered => Text::new("决定已撤销，未纳入同步", "taken back: it is not in scope"),
                    _ => Text::new("决定已撤销，重新处理", "taken back: it is taken up again"),
                };
                (logs, message)
            }
            DecisionKind::Ignored => {
                let log = decision::close(document, wish, at, None)?;
                (vec![log], Text::new("不入账，不再处理", "not to be booked: nothing more is done about it"))
            }
            DecisionKind::Booked => match self.booked(document, wish).await? {
                Ok((bill, number)) => {
                    let message = believed(&bill);
                    let wish = Wish { bill: Some(number), ..wish.clone() };
                    let log = decision::close(document, &wish, at, Some(bill))?;
                    (vec![log], message)
                }
                Err(why) => return Ok(Step::Not(MadeKind::Refused, why)),
            },
            DecisionKind::Arrived | DecisionKind::Asked | DecisionKind::OpenDay => {
                let help = match self.would_help(document, wish.kind) {
                    Ok(help) => help,
                    Err(why) => return Ok(Step::Not(MadeKind::Refused, why)),
                };
                let log = decision::direct(document, wish, at, help.moved_to)?;
                waits = !help.left.is_empty();
                let message = if waits {
                    let (zh, en) = joined(&help.left);
                    Text::of(
                        format!("决定已记下；仍待处理：{zh}"),
                        format!("noted, and it still waits for a person: {en}"),
                    )
                } else {
                    Text::new("重新处理，按决定入账", "on its way again, to be booked as decided")
                };
                (vec![log], message)
            }
        };
        Ok(Step::Move(logs, message, waits))
    }

    /// How much further the mapping gets with it, if at all.
    fn would_help(&self, document: &Document, kind: DecisionKind) -> Result<Help, Text> {
        let rules = &self.run.settings.mapping;
        if kind == DecisionKind::OpenDay
            && let Some(bill) = document.return_bill()
        {
            let today = shanghai(self.run.clock.now()).date();
            let day = mapping::next_period(bill.date);
            return match day.filter(|day| *day <= today) {
                Some(day) => Ok(Help { moved_to: Some(day), left: Vec::new() }),
                None => Err(Text::of(
                    format!("{} 之后的第一个可记账日还没有到，请到时再决定", bill.date),
                    format!("the first open day after {} has not come yet: decide it then", bill.date),
                )),
            };
        }
        let Some(refund) = document.refund() else {
            return Err(Text::new("旺店通数据无法读取", "what 旺店通 says cannot be read"));
        };
        let map = |direction| mapping::map_as_directed(refund, rules, document.date, direction);
        match (map(document.direction()), map(kind.directs(document.direction()))) {
            (_, Ok(_)) => Ok(Help { moved_to: None, left: Vec::new() }),
            (Err(before), Err(left)) if left.len() < before.len() => Ok(Help { moved_to: None, left }),
            (_, Err(refusals)) => Err(still(&refusals)),
        }
    }

    /// Looks the bill up that a person says was booked by hand, and compares it. In words: every difference.
    async fn booked(
        &self,
        document: &Document,
        wish: &Wish,
    ) -> Result<Result<(Booked, String), Text>, StoreError> {
        let typed = wish.bill.as_deref().unwrap_or_default().trim();
        let Some(refund) = document.refund() else {
            return Ok(Err(Text::new("旺店通数据无法读取", "what 旺店通 says cannot be read")));
        };
        let mut found = Vec::new();
        // As it was typed, else in whichever case it stands in 金蝶.
        for number in [typed.to_owned(), typed.to_uppercase(), typed.to_lowercase()] {
            match self.writer.sink.numbered(&number).await {
                Ok(more) => found.extend(more),
                Err(error) => return Ok(Err(unasked(typed, &error))),
            }
            if !found.is_empty() {
                break;
            }
        }
        let number = as_it_stands(typed, &found);
        let on_another_day = !wish.note.trim().is_empty();
        let mut closest: Option<Vec<Difference>> = None;
        for (direction, expected) in self.expected(document, refund) {
            let differences =
                match find_booked(&expected, &document.refund_no, number, &found, on_another_day) {
                    Ok((bill, other_day)) => {
                        if let Some(other) = self.claimed_already(document, number, &bill.id).await? {
                            return Ok(Err(other));
                        }
                        let (fid, not_compared) = (bill.id.clone(), not_compared(&expected));
                        let booked = Booked { fid, direction, not_compared, other_day };
                        return Ok(Ok((booked, number.to_owned())));
                    }
                    Err(differences) => differences,
                };
            if closest.as_ref().is_none_or(|known| differences.len() < known.len()) {
                closest = Some(differences);
            }
        }
        Ok(Err(differs(number, &closest.unwrap_or_default())))
    }

    /// What the return may have been booked as: the bills that the rules or a decision of a person would make of it, else
    /// its sums.
    fn expected(&self, document: &Document, refund: &Return) -> Vec<(Direction, Expected)> {
        let rules = &self.run.settings.mapping;
        let known = document.direction();
        let directions = [
            known,
            Direction { open_day: true, ..known },
            Direction { open_day: true, quantities: Some(Quantities::Arrived) },
            Direction { open_day: true, quantities: Some(Quantities::Asked) },
        ];
        let bill = |direction| {
            let mapped = mapping::map_as_directed(refund, rules, document.date, direction).ok()?;
            Some((direction, Expected::Bill(Box::new(mapped.bill))))
        };
        let mut expected: Vec<_> = directions.into_iter().filter_map(bill).collect();
        if expected.is_empty() {
            let pieces = refund.lines.iter().filter_map(|line| line.refund_num).sum();
            let amount: Decimal = refund.lines.iter().filter_map(|line| rules.amount_from.of(line)).sum();
            let amount = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
            let own = document.date.or_else(|| rules.date(refund));
            let open = own.and_then(|day| rules.open_from(None).filter(|open| day < *open));
            let customer = mapping::customer_of(refund, rules, own).map(str::to_owned);
            let sums = |date| Expected::Sums { pieces, amount, date, customer: customer.clone() };
            expected.push((known, sums(own)));
            // A day of a closed month may be booked on the first open one.
            if open.is_some() {
                expected.push((Direction { open_day: true, ..known }, sums(open)));
            }
        }
        expected
    }

    /// The bill stands for another return already.
    async fn claimed_already(
        &self,
        document: &Document,
        number: &str,
        fid: &str,
    ) -> Result<Option<Text>, StoreError> {
        let prefix = &self.run.settings.mapping.bill_no_prefix;
        let own = number.strip_prefix(prefix.as_str()).unwrap_or(number);
        let namesakes = self.run.store.documents(self.run.row.id, vec![own.to_owned()]).await?;
        let mut others: Vec<_> =
            namesakes.into_iter().filter(|other| other.fid.as_deref() == Some(fid)).collect();
        let mut after = 0;
        loop {
            let some = self.run.store.decided(self.run.row.id, after, CHUNK).await?;
            let Some(last) = some.last() else { break };
            after = last.id;
            let is_it = |decision: &Decision| decision.fid.as_deref() == Some(fid);
            others.extend(some.into_iter().filter(|other| other.decision.as_ref().is_some_and(is_it)));
        }
        let other = others.iter().find(|other| other.id != document.id);
        Ok(other.map(|other| {
            Text::of(
                format!("金蝶单据 {number}（内码 {fid}）已对应退换单 {}", other.refund_no),
                format!("bill {number} (FID {fid}) stands for return {} already", other.refund_no),
            )
        }))
    }
}

/// The number as 金蝶 has it, where exactly one is the same but for its case.
fn as_it_stands<'n>(typed: &'n str, found: &'n [FoundBill]) -> &'n str {
    let numbers: BTreeSet<_> = found.iter().map(|bill| bill.number.as_str()).collect();
    let mut alike = numbers.iter().filter(|number| number.eq_ignore_ascii_case(typed));
    match (numbers.contains(typed), alike.next(), alike.next()) {
        (false, Some(only), None) => only,
        _ => typed,
    }
}

/// What was booked by hand is believed only once 金蝶 was asked.
fn unasked(number: &str, error: &kingdee_k3cloud_sdk::Error) -> Text {
    let why = Text::from(error).then(&error.advice().into());
    why.before(
        &format!("在金蝶查不了单据 {number}，没有作决定，稍后请再试："),
        &format!("bill {number} cannot be looked up in 金蝶, so nothing was decided; try again later: "),
    )
}

/// How it stands now, for whoever saw it otherwise.
fn stands(document: &Document) -> Text {
    let state = document.state.title();
    let (zh, en) = match (&document.decision, document.parking.as_ref()) {
        (Some(decision), _) => (
            format!("，{} 已决定：{}", decision.wish.by, decision.wish.kind.title().zh),
            format!(", decided by {}: {}", decision.wish.by, decision.wish.kind),
        ),
        (None, Some(parking)) => parking.reasons.first().map_or_else(Default::default, |reason| {
            (format!("：{}", reason.message.zh), format!(": {}", reason.message.en))
        }),
        (None, None) => Default::default(),
    };
    changed().and(&format!("现在是 {}{zh}", state.zh), &format!(" It is now: {}{en}", state.en))
}

fn changed() -> Text {
    Text::new(
        "查看之后单据已变化，未作任何改动，请重新查看再决定。",
        "It changed since it was looked at, so nothing was done: look again, then decide.",
    )
}

fn still(refusals: &[Refusal]) -> Text {
    let (zh, en) = joined(refusals);
    Text::of(format!("这样仍不能入账：{zh}"), format!("it still cannot be booked like that: {en}"))
}

fn joined(refusals: &[Refusal]) -> (String, String) {
    let (zh, en): (Vec<_>, Vec<_>) =
        refusals.iter().map(|refusal| (refusal.chinese(), refusal.to_string())).unzip();
    (zh.join("；"), en.join("; "))
}

fn differs(number: &str, differences: &[Difference]) -> Text {
    if let [point] = differences
        && point.what == NO_BILL
    {
        return both!("金蝶中没有单据 {number}", "bill {number} is not in 金蝶");
    }
    let (zh, en): (Vec<_>, Vec<_>) =
        differences.iter().map(Difference::text).map(|text| (text.zh, text.en)).unzip();
    let only_date = differences.iter().all(|point| point.what == DATE);
    let text = Text::of(
        format!("金蝶单据 {number} 不是这张退换单：{}", zh.join("；")),
        format!("bill {number} is not that of this return: {}", en.join("; ")),
    );
    if only_date {
        text.and("。日期有意不同的，请写明原因", ". If its date is meant to be another one, say why")
    } else {
        text
    }
}

fn not_compared(expected: &Expected) -> Vec<String> {
    match expected {
        Expected::Bill(_) => Vec::new(),
        Expected::Sums { date, customer, .. } => {
            let (date, customer) = (date.is_none().then_some(DATE), customer.is_none().then_some(CUSTOMER));
            [customer, date, Some("lines 明细")].into_iter().flatten().map(str::to_owned).collect()
        }
    }
}

fn believed(Booked { fid, not_compared, other_day, .. }: &Booked) -> Text {
    if let Some(day) = other_day {
        let day = day.text();
        return Text::of(
            format!("除日期外与金蝶单据（内码 {fid}）一致，已按说明记为手工入账；{}", day.zh),
            format!(
                "but for its date it is the bill in 金蝶 (FID {fid}): kept as booked by hand, for the reason given; {}",
                day.en
            ),
        );
    }
    if not_compared.is_empty() {
        return Text::of(
            format!("与金蝶单据（内码 {fid}）一致，已记为手工入账"),
            format!("it is the bill in 金蝶 (FID {fid}): kept as booked by hand"),
        );
    }
    let (zh, en): (Vec<_>, Vec<_>) =
        not_compared.iter().map(|what| point_text(what)).map(|text| (text.zh, text.en)).unzip();
    let (zh, en) = (zh.join("、"), en.join(", "));
    both!(
        "件数和金额与金蝶单据（内码 {fid}）一致，已记为手工入账；无法核对：{zh}",
        "pieces and money are those of the bill in 金蝶 (FID {fid}): kept as booked by hand; not compared: {en}"
    )
}
