//! One run, or one firing that called none, as a line of the page: read from the outcome that the journal keeps.

use chrono::DateTime;
use serde_json::Value;

use super::frame::Tone;
use super::lang::{Lang, figure, written};
use super::words;
use crate::lang::failures;
use crate::store::RunRow;

/// A line.
#[derive(Debug)]
pub(super) struct RunLine {
    pub(super) started: String,
    pub(super) command: String,
    pub(super) tone: Tone,
    pub(super) ending: String,
    /// How long it took.
    pub(super) took: String,
    /// What it did, or why it did not.
    pub(super) detail: String,
    /// Why it failed, in the words of whoever refused.
    pub(super) said: String,
    /// Late or caught up.
    pub(super) late: String,
}

impl RunLine {
    /// `goes_on`: it is the run that is under way.
    pub(super) fn of(row: &RunRow, goes_on: bool, lang: Lang) -> Self {
        let outcome = row.outcome.as_ref();
        let failures = outcome.map(failures::of).unwrap_or_default();
        let skipped = outcome.and_then(|outcome| outcome["skipped"].as_str());
        let (tone, chinese, english) = match (&row.ended, skipped) {
            (_, Some(_)) => (Tone::Calm, "跳过", "skipped"),
            (None, None) if goes_on => (Tone::Busy, "运行中", "running"),
            (None, None) => (Tone::Warn, "中断", "broken off"),
            (Some(_), None) if failures.is_empty() => (Tone::Good, "完成", "complete"),
            (Some(_), None) => (Tone::Bad, "失败", "failed"),
        };
        let detail = match (skipped, outcome) {
            (Some(why), outcome) => {
                let zh = outcome.and_then(|outcome| outcome["skipped_zh"].as_str());
                lang.of(zh.unwrap_or(why), why).to_owned()
            }
            (None, Some(outcome)) => figures(&outcome["tally"], lang),
            (None, None) => String::new(),
        };
        Self {
            started: written(&row.started),
            command: words::command(&row.command, lang),
            tone,
            ending: lang.of(chinese, english).to_owned(),
            took: took(row, lang).unwrap_or_default(),
            detail,
            said: failures.iter().map(|failure| failure.get(lang)).collect::<Vec<_>>().join(" · "),
            late: late(outcome.map(|outcome| &outcome["firing"]), lang),
        }
    }
}

/// The figures that are not zero.
fn figures(tally: &Value, lang: Lang) -> String {
    let rows = &tally["rows"];
    let parked: u64 =
        tally["parked"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let all = [
        (count(&rows["accepted"]), "读入", "read"),
        (count(&rows["filtered"]), "未纳入", "filtered"),
        (count(&tally["saved"]), "保存", "saved"),
        (count(&tally["adopted"]), "认领", "found"),
        (count(&tally["confirmed"]), "完成", "done"),
        (parked, "待处理", "parked"),
        (count(&tally["unanswered"]), "无应答", "unanswered"),
        (count(&tally["reversed"]), "撤销", "reversed"),
        (count(&tally["noticed"]), "变化", "changed"),
    ];
    let told = all.iter().filter(|(count, ..)| *count > 0);
    let told: Vec<_> = told
        .map(|(count, chinese, english)| format!("{} {}", lang.of(chinese, english), figure(*count)))
        .collect();
    if told.is_empty() && tally.is_object() {
        return lang.of("没有新数据", "nothing new").to_owned();
    }
    told.join(" · ")
}

fn took(row: &RunRow, lang: Lang) -> Option<String> {
    let at = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let took = at(row.ended.as_deref()?)? - at(&row.started)?;
    Some(if took.num_seconds() < 2 {
        format!("{} ms", took.num_milliseconds().max(0))
    } else {
        lang.span(took)
    })
}

fn late(firing: Option<&Value>, lang: Lang) -> String {
    let number = |key: &str| firing.and_then(|firing| firing[key].as_i64()).unwrap_or_default();
    let (seconds, missed) = (number("late_seconds"), number("missed"));
    let mut told = Vec::new();
    if seconds >= 30 {
        let span = lang.span(chrono::TimeDelta::seconds(seconds));
        told.push(match lang {
            Lang::Chinese => format!("晚 {span}"),
            Lang::English => format!("{span} late"),
        });
    }
    if missed > 0 {
        told.push(match lang {
            Lang::Chinese => format!("补上错过的 {missed} 次"),
            Lang::English => format!("makes up for {missed} missed"),
        });
    }
    told.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(ended: bool, outcome: Value) -> RunLine {
        told(ended, outcome, Lang::English)
    }

    fn told(ended: bool, outcome: Value, lang: Lang) -> RunLine {
        let row = RunRow {
            command: "serve".into(),
            started: "2026-11-24T10:15:00+08:00".into(),
            ended: ended.then(|| "2026-11-24T10:15:03+08:00".into()),
            outcome: Some(outcome).filter(|outcome| !outcome.is_null()),
        };
        RunLine::of(&row, false, lang)
    }

    #[test]
    fn a_run_tells_how_it_ended_and_what_it_did() {
        let tally =
            json!({ "rows": { "accepted": 1_200, "filtered": 0 }, "saved": 3, "parked": { "unmapped": 2 } });
        let complete = line(true, json!({ "tally": tally, "failures": [] }));
        assert_eq!(
            (complete.ending.as_str(), complete.detail.as_str()),
            ("complete", "read 1,200 · saved 3 · parked 2")
        );
        assert_eq!((complete.took.as_str(), complete.command.as_str()), ("3 s", "schedule"));
        let failed = line(true, json!({ "tally": {}, "failures": ["金蝶: busy"] }));
        assert_eq!(
            (failed.tone, failed.detail.as_str(), failed.said.as_str()),
            (Tone::Bad, "nothing new", "金蝶: busy")
        );
        let failed = json!({ "tally": {}, "failures": ["no answer"], "failures_zh": ["没有应答"] });
        let said = [Lang::Chinese, Lang::English].map(|lang| told(true, failed.clone(), lang).said);
        assert_eq!(said, ["没有应答", "no answer"]);
        let killed = line(false, Value::Null);
        assert_eq!(
            (killed.tone, killed.ending.as_str(), killed.detail.as_str()),
            (Tone::Warn, "broken off", "")
        );
    }

    #[test]
    fn a_firing_tells_that_it_was_late_or_skipped_and_why() {
        let firing = json!({ "late_seconds": 3_720, "missed": 12 });
        let late = line(true, json!({ "tally": {}, "failures": [], "firing": firing }));
        assert_eq!(late.late, "62 min late · makes up for 12 missed");
        let skipped =
            line(true, json!({ "skipped": "paused by a person", "skipped_zh": "已人工暂停", "firing": {} }));
        assert_eq!((skipped.ending.as_str(), skipped.detail.as_str()), ("skipped", "paused by a person"));
    }
}
