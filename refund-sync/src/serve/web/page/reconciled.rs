//! What the last reconciliation of a pipeline found. How both sides are compared is `reconcile`'s.

use serde::Deserialize as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use chrono::{DateTime, Utc};

use super::frame::Tone;
use super::lang::{Lang, figure, moment, money};
use super::link;
use crate::answer::Differences;
use crate::clock::shanghai;
use crate::journal::Difference;
use crate::reconcile::{Finding, Kind, Period, ReconcileSummary};
use crate::serve::Reconciliation;

/// How many returns are named; `reconcile` names them all.
const NAMED: usize = 20;

#[derive(Debug)]
pub(super) struct Reconciled {
    pub(super) tone: Tone,
    /// The one sentence that says whether both sides are equal.
    pub(super) summary: String,
    pub(super) at: String,
    /// What became of what differs: what that is, how many, how much money, and where they are.
    pub(super) fates: Vec<FateLine>,
    /// Something of it is nobody's matter yet.
    pub(super) is_open: bool,
    /// What differs, by kind.
    pub(super) kinds: Vec<(String, String)>,
    pub(super) findings: Vec<FindingLine>,
    /// How many more there are.
    pub(super) more: Option<String>,
}

#[derive(Debug)]
pub(super) struct FateLine {
    pub(super) title: &'static str,
    pub(super) count: String,
    pub(super) yuan: String,
    pub(super) link: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct FindingLine {
    pub(super) kind: String,
    pub(super) refund_no: String,
    pub(super) link: String,
    pub(super) bill_no: String,
    pub(super) date: String,
    /// What is due and what is booked.
    pub(super) due: String,
    pub(super) booked: String,
    pub(super) why: String,
}

/// What a person may order about reconciling, and what came of it.
#[derive(Debug)]
pub(super) struct Ordered {
    /// The days that the form proposes.
    pub(super) from: String,
    pub(super) to: String,
    /// The days that are compared at present.
    pub(super) running: Option<String>,
    /// Why the last order came to nothing, and when.
    pub(super) failed: Option<(String, String)>,
    /// Where its files are: the name of each, and its address.
    pub(super) files: Vec<(&'static str, String)>,
}

impl Ordered {
    pub(super) fn of(pipeline: &str, asked: &Reconciliation, now: DateTime<Utc>, lang: Lang) -> Self {
        let period = Period::daily(shanghai(now).date());
        let running = asked.running.or(asked.asked);
        let days = |period: Period| match lang {
            Lang::Chinese => format!("{} 至 {}", period.from, period.to),
            Lang::English => format!("{} to {}", period.from, period.to),
        };
        let place = |kind| format!("{}.{kind}", link::under("/reconciled/", pipeline));
        let files = asked.files.as_ref().map(|files| {
            let xlsx = (!files.xlsx.is_empty()).then(|| ("Excel", place("xlsx")));
            xlsx.into_iter().chain([("CSV", place("csv"))]).collect()
        });
        Self {
            from: period.from.to_string(),
            to: period.to.to_string(),
            running: running.map(days),
            failed: asked
                .failed
                .as_ref()
                .map(|(at, why)| (moment(*at), crate::text::shown(why.get(lang)).into_owned())),
            files: files.unwrap_or_default(),
        }
    }
}

impl Reconciled {
    pub(super) fn of(verdict: &ReconcileSummary, found: &Differences, lang: Lang) -> Self {
        let all: u64 = verdict.differences.values().sum();
        let (from, to) = (verdict.period.from, verdict.period.to);
        let (equal, due) = (figure(verdict.equal), figure(verdict.due));
        let gap = match (all, lang) {
            (0, _) => String::new(),
            (_, Lang::Chinese) => format!("，相差 {}", money(verdict.gap)),
            (_, Lang::English) => format!(" by {}", money(verdict.gap)),
        };
        let unproven = match (verdict.unproven, lang) {
            (0, _) => String::new(),
            (count, Lang::Chinese) => format!("；{count} 个读取窗口未能证实"),
            (count, Lang::English) => format!("; {count} windows unproven"),
        };
        let summary = match lang {
            Lang::Chinese => {
                format!(
                    "{from} 至 {to}：应有 {due} 张，一致 {equal} 张，差异 {} 张{gap}{unproven}",
                    figure(all)
                )
            }
            Lang::English => {
                format!("{from} to {to}: {due} due, {equal} equal, {} differ{gap}{unproven}", figure(all))
            }
        };
        let named = found.findings.len().min(NAMED);
        let more = all.saturating_sub(u64::try_from(named).unwrap_or(u64::MAX));
        let name = |word: &str| match Kind::deserialize(StrDeserializer::<ValueError>::new(word)) {
            Ok(kind) => kind_name(kind, lang),
            Err(_) => word.to_owned(),
        };
        Self {
            tone: match (all, verdict.unproven) {
                (0, 0) => Tone::Good,
                _ if found.open.count > 0 => Tone::Bad,
                _ => Tone::Warn,
            },
            summary,
            at: moment(verdict.at),
            fates: fates(found, lang),
            is_open: found.open.count > 0,
            kinds: verdict.differences.iter().map(|(kind, count)| (name(kind), figure(*count))).collect(),
            findings: found
                .findings
                .iter()
                .take(NAMED)
                .map(|finding| FindingLine::of(finding, lang))
                .collect(),
            more: (more > 0).then(|| figure(more)),
        }
    }
}

/// What became of it, as far as there is any.
fn fates(found: &Differences, lang: Lang) -> Vec<FateLine> {
    let lines = [
        (lang.of("需要查看", "to be looked at"), found.open, None),
        (lang.of("已在待处理或处理中", "waiting or in progress already"), found.waiting, Some("/parked")),
        (lang.of("对账后已决定或已写入", "decided or written since"), found.done, None),
    ];
    let lines = lines.into_iter().filter(|(_, sum, _)| sum.count > 0);
    lines
        .map(|(title, sum, link)| FateLine { title, count: figure(sum.count), yuan: money(sum.amount), link })
        .collect()
}

fn kind_name(kind: Kind, lang: Lang) -> String {
    lang.of(kind.chinese(), kind.as_str()).replace('_', " ")
}

impl FindingLine {
    fn of(finding: &Finding, lang: Lang) -> Self {
        let points = finding.points.iter().map(Difference::text);
        let why = points.chain([finding.why.clone()]).map(|text| text.get(lang).to_owned());
        let why = why.filter(|text| !text.is_empty());
        Self {
            kind: kind_name(finding.kind, lang),
            refund_no: finding.refund_no.clone(),
            link: link::refund(&finding.refund_no),
            bill_no: finding.bill_no.clone(),
            date: finding.date.map(|date| date.to_string()).unwrap_or_default(),
            due: finding.due.map(money).unwrap_or_default(),
            booked: finding.booked.map(money).unwrap_or_default(),
            why: why.collect::<Vec<_>>().join("; "),
        }
    }
}
