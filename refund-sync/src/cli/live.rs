//! `check --live` and `check --against`: what both systems say about the configuration, asked now or kept before.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::context::{Context, Exit};
use super::open;
use crate::check::preflight::{Facts, Failure, Finding, Kept, MOST_PAGES, Severity, Survey, ask, judge};
use crate::clock::{Clock, for_people, rfc3339, shanghai};
use crate::config::{Config, Pipeline};
use crate::files;
use crate::lang::{Lang, told, why};
use crate::mapping::rules::ShelfLife;
use crate::store::{SHELF_LIFE, shelf_lives};
use crate::worker::{KeptPace, clients_beside};

/// How many groups of the survey, and how many findings of a cause, are shown; `--json` has them all.
const MOST_SHOWN: usize = 20;

/// Asks both systems of every pipeline; keeps what they say if wished.
pub(super) async fn live(
    config: &Config,
    keep: Option<&Path>,
    json: bool,
    context: &mut Context,
) -> Result<Exit, Exit> {
    let clock = Clock::system();
    let store = open::to_read(context).await?;
    let mut kept = Kept { at: rfc3339(clock.now()), pipelines: BTreeMap::new() };
    for pipeline in &config.pipelines {
        let pace = match &store {
            Some(store) => KeptPace::of(store.as_ref(), &pipeline.name, &clock)
                .await
                .map_err(|error| open::complain(context, &error))?,
            None => KeptPace::default(),
        };
        let (source, sink) = clients_beside(pipeline, pace, &clock).map_err(|message| {
            context.out.error(&message);
            Exit::Configuration
        })?;
        if !json {
            let minutes = 2 * MOST_PAGES / pipeline.wdt.quota_per_minute + 1;
            context.out.line(told!(
                "{}：正在查询两个系统，一般不超过 {minutes} 分钟…",
                "{}: asking both systems, mostly within {minutes} min…",
                pipeline.name
            ));
        }
        kept.pipelines.insert(pipeline.name.clone(), ask(pipeline, &source, &sink, &clock).await);
    }
    let exit = tell(config, &kept, &clock, json, context);
    for pipeline in &config.pipelines {
        if let (Some(facts), true) = (kept.pipelines.get(&pipeline.name), learns(pipeline)) {
            keep_shelf_lives(config, pipeline, facts, json, context).await?;
        }
    }
    if let Some(path) = keep {
        let text = serde_json::to_string_pretty(&kept).unwrap_or_default();
        files::write(path, &(text + "\n")).map_err(|error| {
            context.out.error(told!("无法写入 {}：{}", "cannot write {}: {}", path.display(), why(&error)));
            Exit::Failed
        })?;
    }
    Ok(exit)
}

/// What the site says of shelf lives decides which dates are sent.
fn learns(pipeline: &Pipeline) -> bool {
    pipeline.mapping.lots && matches!(pipeline.mapping.shelf_life, ShelfLife::Learned(_))
}

/// Keeps in the journal which materials are managed by shelf life: the next run sends their dates. What was not asked for
/// this time stays as it was learned.
async fn keep_shelf_lives(
    config: &Config,
    pipeline: &Pipeline,
    facts: &Facts,
    json: bool,
    context: &mut Context,
) -> Result<(), Exit> {
    let Some(told) = facts.shelf_lives() else { return Ok(()) };
    let (store, _) = open::to_ask(context, config, "check --live").await?;
    let learned = async {
        let row = store.pipeline(&pipeline.name).await?;
        let before = shelf_lives(store.as_ref(), row.id).await?;
        let mut learned = before.clone();
        for (number, is_managed) in told {
            if is_managed {
                learned.insert(number.to_owned());
            } else {
                learned.remove(number);
            }
        }
        if learned != before {
            let text = serde_json::to_string(&learned).unwrap_or_default();
            store.set_note(row.id, SHELF_LIFE, text).await?;
        }
        Ok(learned)
    };
    let learned = learned.await.map_err(|error| open::complain(context, &error))?;
    if !json {
        context.out.line(told!(
            "{}：按保质期管理的物料 {} 个，下次运行起写生产日期、有效期",
            "{}: materials managed by shelf life: {}, their dates are sent from the next run on",
            pipeline.name,
            learned.len()
        ));
    }
    Ok(())
}

/// Judges what was kept before, without a network.
pub(super) fn against(config: &Config, path: &Path, json: bool, context: &mut Context) -> Result<Exit, Exit> {
    let read =
        fs::read_to_string(path).map_err(|error| told!("无法读取：{}", "cannot be read: {}", why(&error)));
    let kept = read.and_then(|text| {
        serde_json::from_str::<Kept>(&text).map_err(|error| {
            told!(
                "不是 check --live --keep 保存的结果：{error}",
                "is not what `check --live --keep` writes: {error}"
            )
        })
    });
    match kept {
        Ok(kept) => Ok(tell(config, &kept, &Clock::system(), json, context)),
        Err(message) => {
            context.out.error(format!("{}: {message}", path.display()));
            Err(Exit::Configuration)
        }
    }
}

fn tell(config: &Config, kept: &Kept, clock: &Clock, json: bool, context: &mut Context) -> Exit {
    let today = shanghai(clock.now()).date();
    let mut exit = Exit::Done;
    let mut answer = Vec::new();
    if !json {
        context.out.line(told!("两个系统的回答截至 {}", "As both systems said at {}", for_people(&kept.at)));
    }
    for pipeline in &config.pipelines {
        let Some(facts) = kept.pipelines.get(&pipeline.name) else {
            context.out.error(told!(
                "{}：保存的结果里没有此同步方案，请重新运行 refund-sync check --live --keep FILE",
                "{}: is not in what was kept: refund-sync check --live --keep FILE",
                pipeline.name
            ));
            exit = exit.max(Exit::NeedsPerson);
            continue;
        };
        let findings = judge(pipeline, facts, today);
        exit = findings.iter().map(|finding| exit_of(finding.severity)).fold(exit, Exit::max);
        if json {
            answer.push(serde_json::json!({
                "pipeline": pipeline.name,
                "wdt": facts.wdt.as_ref().map(unreached),
                "kingdee": facts.kingdee.as_ref().map(unreached),
                "clock_offset_ms": facts.clock_offset_ms,
                "survey": facts.survey,
                "findings": findings,
            }));
        } else {
            summary(pipeline, facts, context);
            list(&findings, context);
        }
    }
    if json {
        context.out.json(&serde_json::json!({ "at": kept.at, "pipelines": answer }));
    } else if exit == Exit::Done {
        context.out.line(told!("两个系统均无问题。", "Both systems agree with the configuration."));
    }
    exit
}

/// Why a system could not be asked: in what is kept its advice stands in each language, here in both.
fn unreached(failure: &Failure) -> serde_json::Value {
    let Failure { message, advice, passing } = failure;
    serde_json::json!({
        "message": message.en,
        "message_zh": message.zh,
        "advice": advice.joined(),
        "passing": passing,
    })
}

fn exit_of(severity: Severity) -> Exit {
    match severity {
        Severity::Warning => Exit::NeedsPerson,
        Severity::Fault => Exit::Configuration,
        Severity::Failed => Exit::Failed,
    }
}

fn summary(pipeline: &Pipeline, facts: &Facts, context: &mut Context) {
    let reached =
        |failed: bool| if failed { told!("不可用", "not reached") } else { told!("可用", "reached") };
    let numbers: Vec<String> = facts
        .base
        .iter()
        .map(|(kind, orgs)| {
            let count: usize = orgs.values().map(BTreeMap::len).sum();
            format!("{} {count}", Lang::chosen().of(kind.chinese(), kind.english()))
        })
        .collect();
    context.out.line(told!(
        "{}：旺店通 {} · 时钟差 {} 毫秒 · 金蝶 {} · 已查：{}",
        "{}: 旺店通 {} · clock offset {} ms · 金蝶 {} · asked: {}",
        pipeline.name,
        reached(facts.wdt.is_some()),
        facts.clock_offset_ms.map_or_else(|| "?".into(), |offset| offset.to_string()),
        reached(facts.kingdee.is_some()),
        if numbers.is_empty() { "-".to_owned() } else { numbers.join(", ") }
    ));
    if let Some(survey) = &facts.survey {
        groups(pipeline, survey, context);
    }
}

fn groups(pipeline: &Pipeline, survey: &Survey, context: &mut Context) {
    let taken: u64 =
        survey.groups.iter().filter(|group| group.is_taken(&pipeline.wdt)).map(|group| group.count).sum();
    let total = survey.total.map_or_else(|| "?".into(), |total| total.to_string());
    context.out.line(told!(
        "  {} … {}：共 {total} 单，读了 {} 单 · 会写入 {taken}",
        "  {} … {}: {total} returns, read {} · taken {taken}",
        survey.from,
        survey.to,
        survey.rows
    ));
    for group in survey.groups.iter().take(MOST_SHOWN) {
        let fate = if group.is_taken(&pipeline.wdt) {
            told!("写入", "taken")
        } else {
            told!("未纳入", "left out")
        };
        context.out.line(told!(
            "    类型 {} · 状态 {} · 店铺 {}：{} {fate}",
            "    type {} · status {} · shop {}: {} {fate}",
            group.kind,
            group.process_status,
            group.shop_no,
            group.count
        ));
    }
    if let Some(more) = survey.groups.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        context
            .out
            .line(told!("    … 另有 {more} 组，见 --json", "    … and {more} more groups, see --json"));
    }
}

fn list(findings: &[Finding], context: &mut Context) {
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        let count = shown.entry(finding.cause).or_default();
        *count += 1;
        if *count <= MOST_SHOWN {
            let severity = match finding.severity {
                Severity::Warning => told!("注意", "warning"),
                Severity::Fault => told!("错误", "fault"),
                Severity::Failed => told!("失败", "failed"),
            };
            let Finding { subject, message, fix, .. } = finding;
            context
                .out
                .line(told!("  {severity}：{subject}：{message}", "  {severity}: {subject}: {message}"));
            context.out.line(format!("    → {fix}"));
        }
    }
    for (cause, count) in shown {
        if let Some(more) = count.checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            context.out.line(told!(
                "  … {cause}：另有 {more} 项，见 --json",
                "  … {cause}: {more} more, see --json"
            ));
        }
    }
}
