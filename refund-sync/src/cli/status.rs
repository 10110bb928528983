//! `status`: where every pipeline stands.

use super::context::{Context, Exit};
use super::open;
use crate::clock::for_people;
use crate::journal::{DecisionKind, State};
use crate::lang::{Text, failures, money, told};
use crate::model::{Cause, FlagKind, scope_title};
use crate::store::{self, PipelineStatus};
use crate::text::shown;

/// How many groups of what the filter left out are shown; `--json` has them all.
const MOST_FILTERED: usize = 10;

pub(super) async fn run(json: bool, context: &mut Context) -> Exit {
    let (store, config) = match open::to_read_with(context).await {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let answer = match open::inquiry(store.as_deref(), &config).status().await {
        Ok(answer) => answer,
        Err(error) => return open::complain(context, &error),
    };
    // What is at the path may not be what is worked at present: then none of this says how the work stands.
    let exit = match store::whole(&config.store.url) {
        Ok(()) => Exit::Done,
        Err(error) => open::complain(context, &error),
    };
    if json {
        context.out.json(&answer);
        return exit;
    }
    let pipelines = answer.pipelines;
    if pipelines.is_empty() {
        context.out.line(told!(
            "尚未运行过。下一步：refund-sync run",
            "Nothing was journalled yet. Next: refund-sync run"
        ));
    }
    for status in pipelines {
        stand(context, &status);
        counts(context, &status);
    }
    exit
}

/// Where it stands, and what keeps it.
fn stand(context: &mut Context, status: &PipelineStatus) {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    context.out.line(told!(
        "{}：已完整读取至 {} · 已读至 {} · 时钟差 {} 秒",
        "{}: fully read to {} · read to {} · clock offset {} s",
        status.pipeline,
        or_none(&status.cursor),
        or_none(&status.read_until),
        status.clock_offset_seconds
    ));
    if let Some(clock) = &status.clock {
        context.out.line(told!("  时钟（{}）：{}", "  clock ({}): {}", clock.state, clock.message));
    }
    if let Some(stopped) = &status.stopped {
        context.out.line(told!(
            "  自 {} 起已停止：{}",
            "  STOPPED since {}: {}",
            for_people(&stopped.since),
            stopped.reason
        ));
        context.out.line(format!("  {}", stopped.remedy));
    }
    // One that goes on or was skipped says nothing of those before it; a stop has told its reason.
    let mut ended = status.runs.iter().filter_map(|run| Some((run, run.outcome.as_ref()?)));
    let last = ended.find(|(_, outcome)| outcome["skipped"].is_null());
    if let Some((run, outcome)) = last.filter(|_| status.stopped.is_none()) {
        let ended = run.ended.as_deref().map(for_people).unwrap_or_default();
        for failure in failures::of(outcome) {
            let failure = failure.to_string();
            let why = shown(&failure);
            context.out.line(told!("  {ended} 的运行未完成：{why}", "  the run of {ended} failed: {why}"));
        }
    }
    if let Some(since) = status.paused.as_deref().map(for_people) {
        context.out.line(told!("  自 {since} 起已人工暂停", "  PAUSED by a person since {since}"));
    }
    let holds = [("旺店通", &status.held), ("金蝶", &status.kingdee_held)];
    for (who, held) in holds.into_iter().filter_map(|(who, held)| Some((who, held.as_ref()?))) {
        let (said, until) = (shown(&held.said), for_people(&held.until));
        context
            .out
            .line(told!("  {who}要求等待至 {until}：{said}", "  {who} asks to wait until {until}: {said}"));
        context
            .out
            .line(told!("  立即再试：refund-sync run --probe", "  to ask now: refund-sync run --probe"));
    }
    if let Some(until) = &status.writing_waits_until {
        context.out.line(told!("  暂停写入至 {until}", "  writing waits until {until}"));
    }
}

/// How many of what.
fn counts(context: &mut Context, status: &PipelineStatus) {
    for (state, count) in status.documents.iter().filter(|(_, count)| **count > 0) {
        let title =
            State::parse(state).map_or_else(|| (*state).to_owned(), |known| known.title().to_string());
        context.out.line(told!("  {title}：{count}", "  {title}: {count}"));
    }
    for (cause, count) in &status.parked {
        let title = Cause::parse(cause).map_or_else(|| Text::same(cause.clone()), Cause::title);
        let yuan = money(status.parked_yuan.get(cause).copied().unwrap_or_default());
        context.out.line(told!(
            "  待处理 {cause}（{title}）：{count} 张，{yuan}",
            "  parked {cause} ({title}): {count}, {yuan}"
        ));
    }
    for (kind, count) in &status.decided {
        let title = DecisionKind::parse(kind).map_or_else(|| Text::same(kind.clone()), DecisionKind::title);
        context.out.line(told!("  已决定 {kind}（{title}）：{count}", "  decided {kind} ({title}): {count}"));
    }
    for (flag, count) in &status.flags {
        let title = FlagKind::parse(flag).map(FlagKind::title);
        let (zh, en) = title.map_or_else(Default::default, |Text { zh, en }| (zh, en));
        context.out.line(told!("  标记 {flag}（{zh}）：{count}", "  flag {flag} ({en}): {count}"));
    }
    for left_out in status.filtered.iter().take(MOST_FILTERED) {
        context.out.line(told!(
            "  未纳入 {}（类型 {}，状态 {}） 店铺 {}：{} 张，{}",
            "  not in scope: {} (type {}, status {}), shop {}: {}, {}",
            scope_title(left_out.kind, left_out.process_status),
            left_out.kind.map_or_else(|| "?".into(), |kind| kind.to_string()),
            left_out.process_status.map_or_else(|| "?".into(), |status| status.to_string()),
            left_out.shop_no,
            left_out.count,
            money(left_out.amount)
        ));
    }
    if let Some(more) = status.filtered.len().checked_sub(MOST_FILTERED).filter(|more| *more > 0) {
        context.out.line(told!("  … 另有 {more} 组，见 --json", "  … and {more} more groups, see --json"));
    }
    for window in &status.short_windows {
        context.out.line(format!("  {}", super::run::short(window)));
    }
    for (window, gap) in status.windows.iter().filter_map(|window| Some((window, window.gap()?))) {
        context.out.line(told!(
            "  窗口 {} … {} {}：{gap}",
            "  window {} … {} {}: {gap}",
            window.start,
            window.end,
            window.state
        ));
    }
}
