//! What a journal shows when somebody sits down to work it, held against the configuration and against itself: what can
//! be repaired without a doubt is, the rest is refused by name. Judging is pure; the SQL is each store's.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::column::time;
use super::{Group, Store, StoreError};
use crate::config::Pipeline;
use crate::journal::Parking;
use crate::lang::{Text, both, told};
use crate::model::Cause;

/// On this topic it is noted which accounts a pipeline's bills belong to.
const ACCOUNTS: &str = "accounts";
/// Windows are closed at both ends, in whole seconds: these two touch each other.
const NEXT: TimeDelta = TimeDelta::seconds(1);

/// Documents that contradict themselves, whatever befell them. Both stores index exactly this.
pub(super) const BROKEN: &str = "((state <> 'filtered' AND state <> 'seen' AND state <> 'mapped' \
    AND state <> 'intended' AND state <> 'saved' AND state <> 'submitted' AND state <> 'audited' \
    AND state <> 'confirmed' AND state <> 'parked' AND state <> 'decided') \
    OR ((state = 'mapped' OR state = 'intended') AND mark IS NULL) \
    OR (state = 'intended' AND sends = 0) \
    OR ((state = 'saved' OR state = 'submitted' OR state = 'audited' OR state = 'confirmed') AND fid IS NULL) \
    OR ((state = 'filtered' OR state = 'seen' OR state = 'mapped' OR state = 'intended') AND fid IS NOT NULL) \
    OR (state = 'parked' AND parking IS NULL) \
    OR (state = 'decided' AND (parking IS NULL OR decision IS NULL)) \
    OR attempts < 0 OR sends < 0)";

/// Documents on their way without the text that their next step needs. They are few: no index is kept of them.
pub(super) const WITHOUT_TEXT: &str = "((state = 'seen' AND source IS NULL) \
    OR (state IN ('mapped', 'intended') AND (source IS NULL OR bill IS NULL)) \
    OR (state IN ('saved', 'submitted', 'audited') AND bill IS NULL))";

/// What the journal shows of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// Row id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Which accounts its bills belong to, once noted.
    pub accounts: Option<String>,
    /// A bill of it stands in 金蝶.
    pub has_bills: bool,
    /// Where its ledger begins.
    pub began: Option<NaiveDateTime>,
    /// Up to where its ledger claims to be settled.
    pub cursor: Option<NaiveDateTime>,
    /// Windows that end before this were taken out by retention, and show nothing any more.
    pub pruned_to: Option<NaiveDateTime>,
    /// What its windows say is settled, in pieces, by their start.
    pub settled: Vec<(NaiveDateTime, NaiveDateTime)>,
    /// Windows that no walk can have left: ends in the wrong order, in the future, or no times at all.
    pub strange: u64,
}

/// What the configuration says, as far as the journal must agree with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The pipelines that are to be worked.
    pub pipelines: Vec<Planned>,
    /// Every pipeline of the configuration, whoever works it.
    pub named: BTreeSet<&'a str>,
}

/// What the configuration says of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its name.
    pub name: String,
    /// Both accounts, as they are noted in the journal.
    pub accounts: String,
    /// Where reading starts when nothing was read yet.
    pub start_from: Option<NaiveDateTime>,
}

/// A document that contradicts itself, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Row id.
    pub id: i64,
    /// 退换单号
    pub refund_no: String,
    /// The word of its state.
    pub state: String,
    /// FID in 金蝶, if one was there.
    pub fid: Option<String>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Nothing may be done before a person has decided.
    Refuse(Text),
    /// The pipeline goes by another name now; its past goes with it.
    Rename {
        /// Row id.
        pipeline: i64,
        /// The new name.
        to: String,
        /// What a person is told.
        note: String,
    },
    /// The ledger claims more than its windows show: it is set back to what they show.
    SetBack {
        /// Row id.
        pipeline: i64,
        /// Where it begins.
        began: Option<NaiveDateTime>,
        /// Up to where it is settled.
        cursor: Option<NaiveDateTime>,
        /// What a person is told.
        note: String,
    },
    /// From now on the bills of this pipeline belong to these accounts.
    Accounts {
        /// Row id.
        pipeline: i64,
        /// Both accounts.
        accounts: String,
    },
    /// Nothing is wrong, but a person may have meant something else.
    Note(String),
}

impl<'a> Plan<'a> {
    pub(super) fn of(group: &Group<'a>) -> Self {
        let pipelines = group.pipelines.iter().map(|pipeline| Planned::of(pipeline)).collect();
        Self { pipelines, named: group.named.clone() }
    }
}

impl Planned {
    fn of(pipeline: &Pipeline) -> Self {
        Self {
            name: pipeline.name.clone(),
            // Not the addresses: a server may move. A shop and a data centre keep their names.
            accounts: format!("旺店通 {}, 金蝶 {}", pipeline.wdt.sid, pipeline.kingdee.acct_id),
            start_from: pipeline.start_from,
        }
    }
}

/// Judges what the journal shows at `now`, Asia/Shanghai.
pub fn judge(shown: &[Shown], plan: &Plan<'_>, now: NaiveDateTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for planned in &plan.pipelines {
        match shown.iter().find(|known| known.name == planned.name) {
            Some(known) if !known.is_empty() => findings.extend(judge_one(known, planned, now)),
            _ => findings.extend(judge_name(shown, plan, planned)),
        }
    }
    findings
}

/// A name without a past: another pipeline of the same accounts may be it, under its old name.
fn judge_name(shown: &[Shown], all: &Plan<'_>, plan: &Planned) -> Option<Finding> {
    let mut orphans = shown.iter().filter(|known| {
        !all.named.contains(known.name.as_str()) && known.accounts.as_deref() == Some(plan.accounts.as_str())
    });
    let old = orphans.next()?;
    let new = all.pipelines.iter().filter(|other| {
        let known = shown.iter().find(|known| known.name == other.name);
        other.accounts == plan.accounts && known.is_none_or(Shown::is_empty)
    });
    let (from, to) = (&old.name, &plan.name);
    if orphans.next().is_some() || new.count() > 1 {
        return Some(Finding::Refuse(both!(
            "无法判断同步方案 {to:?} 原来的名称：请先改回 {from:?} 并运行一次，再逐个改名",
            "pipeline {to:?} has no past in the journal, and which one it had under another name cannot be told. Call one pipeline {from:?} again, start once, then rename one at a time"
        )));
    }
    Some(Finding::Rename {
        pipeline: old.id,
        to: to.clone(),
        note: told!(
            "同账号的同步方案 {from:?} 已改名为 {to:?}，读取进度与单据一并沿用",
            "pipeline {from:?} of the same accounts is called {to:?} now: its ledger and its documents go with it"
        ),
    })
}

fn judge_one(known: &Shown, plan: &Planned, now: NaiveDateTime) -> Vec<Finding> {
    let Some(accounts) = &known.accounts else {
        let accounts = Finding::Accounts { pipeline: known.id, accounts: plan.accounts.clone() };
        // A first start with a slip of the pen must be mended without more ado: only a bill makes it a fact.
        return known
            .has_bills
            .then_some(accounts)
            .into_iter()
            .chain(judge_ledger(known, plan, now))
            .collect();
    };
    if *accounts == plan.accounts {
        return judge_ledger(known, plan, now);
    }
    let name = &known.name;
    vec![Finding::Refuse(both!(
        "同步方案 {name:?} 的单据属于 {accounts}，配置现在写的是 {}，那里没有这些单据：请换一个同步方案名称并写明 start_from，或换一个 [store] url",
        "the bills of pipeline {name:?} belong to {accounts}; the configuration now says {}, where none of them stands. Give the pipeline another name and a start_from, or name another journal in [store] url",
        plan.accounts
    ))]
}

fn judge_ledger(known: &Shown, plan: &Planned, now: NaiveDateTime) -> Vec<Finding> {
    let name = &known.name;
    // Where this machine's clock stands before all that was settled, it is no witness against the journal.
    let latest = known.settled.last().map_or(now, |(_, end)| now.max(*end));
    let began = known.began(latest);
    let settled_to = began.and_then(|began| known.settled_to(began));
    let cursor = known.cursor.and_then(|cursor| Some(cursor.min(settled_to?)));
    let mut findings = Vec::new();
    if (began, cursor) != (known.began, known.cursor) || known.strange > 0 {
        let from = cursor.or(began).or(plan.start_from);
        findings.push(Finding::SetBack {
            pipeline: known.id,
            began,
            cursor,
            note: told!(
                "同步方案 {name:?} 的读取进度不连续：记为 {} 至 {} 已读，窗口只到 {}（其中 {} 个不可能）。从 {} 起重新读取，不会重复写入",
                "the ledger of pipeline {name:?} is not whole: it claims to be settled from {} to {}, its windows show it to {} ({} of them impossible). It is read again from {}; what is read twice is written once",
                or_none(known.began),
                or_none(known.cursor),
                or_none(settled_to),
                known.strange,
                or_none(from),
            ),
        });
    }
    let (Some(start_from), Some(place)) = (plan.start_from, cursor.or(began)) else { return findings };
    if start_from > place {
        findings.push(Finding::Note(told!(
            "同步方案 {name:?} 的 start_from（{start_from}）晚于已读进度：从 {place} 继续读取，不会跳过",
            "start_from of pipeline {name:?} ({start_from}) is later than its ledger: reading goes on from {place}, nothing in between is skipped"
        )));
    } else if began.is_some_and(|began| start_from < began) {
        findings.push(Finding::Note(told!(
            "同步方案 {name:?} 的 start_from（{start_from}）早于已读起点 {}：更早的数据请用 refund-sync backfill --from … --to … 补读",
            "start_from of pipeline {name:?} ({start_from}) is earlier than its ledger, which begins at {}: for what lies before, `refund-sync backfill --from … --to …`",
            or_none(began)
        )));
    }
    findings
}

/// The pieces of the settled past, from where each begins with the end of all before it, and the last end of all.
pub(super) fn pieces(
    starts: Vec<(String, Option<String>)>,
    last: Option<String>,
) -> Vec<(NaiveDateTime, NaiveDateTime)> {
    let (starts, before): (Vec<_>, Vec<_>) = starts.into_iter().unzip();
    let ends = before.into_iter().skip(1).chain([last]);
    starts
        .into_iter()
        .zip(ends)
        .filter_map(|(start, end)| Some((time(&start)?, time(end.as_deref()?)?)))
        .collect()
}

/// What a person is told of a document that contradicts itself.
pub(super) fn parking(broken: &SetAside) -> Parking {
    let SetAside { state, fid, .. } = broken;
    let fid = fid.as_deref().unwrap_or("-");
    Parking::one(
        Cause::Broken,
        Text::of(
            format!("同步台账中的记录自相矛盾：状态 {state}（内码 {fid}），缺少该状态应有的内容"),
            format!(
                "the journal contradicts itself: it was `{state}` (FID {fid}) without all that belongs to this state"
            ),
        ),
        Text::new(
            "若有人改动过同步台账，请从备份恢复；否则重试：先在金蝶中查该单，没有才发送。",
            "If somebody edited the journal, restore it from a backup; else `retry`: the bill is looked up in 金蝶 first, and sent only if it is not there.",
        ),
    )
}

/// The end of what is settled in one piece around `from`.
fn unbroken(settled: &[(NaiveDateTime, NaiveDateTime)], from: NaiveDateTime) -> Option<NaiveDateTime> {
    let mut end = None;
    for &(first, last) in settled {
        let reached = end.unwrap_or(from);
        if first > reached + NEXT {
            break;
        }
        if last >= reached {
            end = Some(last);
        }
    }
    end
}

fn or_none(time: Option<NaiveDateTime>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| time.to_string())
}

impl Shown {
    /// Where its ledger begins: at its first window, where it claims to begin after `latest`.
    fn began(&self, latest: NaiveDateTime) -> Option<NaiveDateTime> {
        self.began.filter(|began| *began <= latest).or_else(|| Some(self.settled.first()?.0))
    }

    /// Up to where its windows show it settled in one piece.
    fn settled_to(&self, began: NaiveDateTime) -> Option<NaiveDateTime> {
        match self.pruned_to {
            Some(pruned) if pruned > began => unbroken(&self.settled, pruned).or(Some(pruned)),
            _ => unbroken(&self.settled, began),
        }
    }

    /// Nothing was read into it.
    fn is_empty(&self) -> bool {
        self.began.is_none() && self.cursor.is_none() && self.settled.is_empty() && !self.has_bills
    }
}

/// Holds `store` against what is planned to be worked, repairs it, and says what a person should know.
///
/// # Errors
/// [`StoreError::Refuses`] with everything that only a person can decide; then nothing was changed.
pub(super) async fn audit(
    store: &dyn Store,
    group: &Group<'_>,
    now: NaiveDateTime,
) -> Result<Vec<String>, StoreError> {
    let plan = Plan::of(group);
    let mut notes = Vec::new();
    // A pipeline is judged under its new name.
    for _ in 0..2 {
        // How far a clock may have come by now only a cycle can tell, which hears 旺店通's.
        let findings = judge(&store.shown(ever()).await?, &plan, now);
        let refused = findings.iter().filter_map(Finding::refusal).cloned();
        if let Some(refused) = refused.reduce(|first, next| first.then(&next)) {
            return Err(StoreError::Refuses(refused));
        }
        let mut renamed = false;
        for finding in findings {
            match finding {
                Finding::Rename { pipeline, to, note } => {
                    store.rename(pipeline, to).await?;
                    notes.push(note);
                    renamed = true;
                }
                _ if renamed => {}
                Finding::SetBack { pipeline, began, cursor, note } => {
                    store.set_back(pipeline, began, cursor, ever()).await?;
                    notes.push(note);
                }
                Finding::Accounts { pipeline, accounts } => {
                    store.set_note(pipeline, ACCOUNTS, accounts).await?;
                }
                Finding::Note(note) => notes.push(note),
                Finding::Refuse(_) => {}
            }
        }
        if !renamed {
            break;
        }
    }
    Ok(notes)
}

/// Sets the cursor of a pipeline back to what its windows that end by `bound` show, and forgets the others. Says what a
/// person is told; `None` where the cursor is not beyond it.
///
/// # Errors
/// What the journal fails with.
pub(crate) async fn set_back_to(
    store: &dyn Store,
    name: &str,
    bound: NaiveDateTime,
) -> Result<Option<String>, StoreError> {
    let shown = store.shown(bound).await?;
    let Some(known) = shown.iter().find(|known| known.name == name) else { return Ok(None) };
    let Some(claimed) = known.cursor.filter(|cursor| *cursor > bound) else { return Ok(None) };
    let began = known.began(bound);
    let cursor = began.and_then(|began| known.settled_to(began)).map(|settled| settled.min(bound));
    store.set_back(known.id, began, cursor, bound).await?;
    Ok(Some(told!(
        "同步方案 {name:?} 的读取进度记为 {claimed}，而两边时钟都还没过 {bound}：退回到 {} 重新读取，不会重复写入",
        "the ledger of pipeline {name:?} claims to be settled to {claimed}, which nothing can be before {bound} has passed by both clocks: it is set back to {} and read again from there; what is read twice is written once",
        or_none(cursor.or(began))
    )))
}

/// Later than any window ends.
pub(super) fn ever() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(9_999, 12, 31).unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN)
}

impl Finding {
    fn refusal(&self) -> Option<&Text> {
        match self {
            Self::Refuse(why) => Some(why),
            _ => None,
        }
    }
}
