//! `status`: where every pipeline stands.

use super::context::{Context, Exit};
use super::open;
use crate::store;
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
        context.out.line("尚未运行过。Nothing was journalled yet. Next 下一步: refund-sync run");
    }
    for status in pipelines {
        let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".into());
        context.out.line(format!(
            "{}: 已完整读取至 fully read to {} · 已读至 read to {} · 时钟差 clock offset {} s",
            status.pipeline,
            or_none(status.cursor),
            or_none(status.read_until),
            status.clock_offset_seconds
        ));
        if let Some(clock) = status.clock {
            context.out.line(format!("  时钟 clock ({}): {}", clock.state, clock.message));
        }
        if let Some(stopped) = status.stopped {
            context.out.line(format!("  已停止 STOPPED since {}: {}", stopped.since, stopped.reason));
            context.out.line(format!("  {}", stopped.remedy));
        }
        if let Some(since) = status.paused {
            context.out.line(format!("  已人工暂停 PAUSED by a person since {since}"));
        }
        let holds = [("旺店通", status.held), ("金蝶", status.kingdee_held)];
        for (who, held) in holds.into_iter().filter_map(|(who, held)| Some((who, held?))) {
            let said = shown(&held.said);
            context.out.line(format!("  {who}要求等待至 {who} asks to wait until {}: {said}", held.until));
            context.out.line("  立即再试 to ask now: refund-sync run --probe");
        }
        if let Some(until) = status.writing_waits_until {
            context.out.line(format!("  暂停写入至 writing waits until {until}"));
        }
        for (state, count) in status.documents.iter().filter(|(_, count)| **count > 0) {
            context.out.line(format!("  {state:<10} {count:>9}"));
        }
        for (cause, count) in &status.parked {
            context.out.line(format!("  待处理 parked {cause}: {count}"));
        }
        for (kind, count) in &status.decided {
            context.out.line(format!("  已决定 decided {kind}: {count}"));
        }
        for (flag, count) in &status.flags {
            context.out.line(format!("  标记 flag {flag}: {count}"));
        }
        for left_out in status.filtered.iter().take(MOST_FILTERED) {
            context.out.line(format!(
                "  未纳入 filtered type {} status {} shop {}: {}",
                left_out.kind.map_or_else(|| "?".into(), |kind| kind.to_string()),
                left_out.process_status.map_or_else(|| "?".into(), |status| status.to_string()),
                left_out.shop_no,
                left_out.count
            ));
        }
        if let Some(more) = status.filtered.len().checked_sub(MOST_FILTERED).filter(|more| *more > 0) {
            context.out.line(format!("  … 另有 {more} 组，见 and {more} more groups, see --json"));
        }
        for window in &status.short_windows {
            context.out.line(format!("  {}", super::run::short(window)));
        }
        for window in status.windows.iter().filter(|window| !window.note.is_empty()) {
            context.out.line(format!(
                "  窗口 window {} … {} {}: {}",
                window.start, window.end, window.state, window.note
            ));
        }
    }
    exit
}
