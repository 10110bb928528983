//! `run`: one cycle of every pipeline, or until everything is settled, or only a look at what would happen.

#[cfg(feature = "xlsx")]
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use serde::Serialize;

use super::context::{Context, Exit};
use super::values::duration;
use super::{open, signal};
use crate::clock::{for_people, moment};
use crate::config::Pipeline;
#[cfg(feature = "xlsx")]
use crate::files;
use crate::lang::{Lang, Text, both, failures, money, told};
use crate::model::{Cause, Names, RunTrigger};
use crate::source::Unproven;
use crate::store::{self, FilteredCount, OpenJournal, ShortRow, Stopped, Store, StoreError};
#[cfg(feature = "xlsx")]
use crate::worker::write_plan;
use crate::worker::{Forecast, Outcome, Part, Plan, Preview, Tally, Total, Until};

#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Args {
    /// 试运行：只读取并生成单据，打印将要写入的单据，不写任何系统。
    ///
    /// Reads and maps, prints the exact bills, writes nothing.
    #[arg(long, conflicts_with = "until_settled")]
    dry_run: bool,
    /// 运行到全部读完且无可推进的单据为止。
    ///
    /// Goes on until everything is read and nothing that can move is left.
    #[arg(long)]
    until_settled: bool,
    /// 最长运行时间。
    ///
    /// When to give up: 90s, 30m, 1h.
    #[arg(long, requires = "until_settled", default_value = "1h", value_parser = duration)]
    timeout: Duration,
    /// 立即再试：不等登录间隔 60 分钟，也不等旺店通的封禁结束。
    ///
    /// Asks at once: does not wait 60 minutes for a stopped pipeline's login, nor for the end of a ban of 旺店通.
    #[arg(long, conflicts_with = "dry_run")]
    probe: bool,
    /// 把试运行写成 Excel 工作簿：每行一条单据明细，另按店铺汇总。
    ///
    /// Writes the rehearsal as a workbook for Excel.
    #[cfg(feature = "xlsx")]
    #[arg(long, requires = "dry_run", value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// 与 --xlsx 同用时也打印每张单据。
    ///
    /// Prints each bill beside the workbook, too.
    #[cfg(feature = "xlsx")]
    #[arg(long, requires = "xlsx", conflicts_with = "json")]
    verbose: bool,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    let result = if args.dry_run { preview(&args, context).await } else { work(&args, context).await };
    result.unwrap_or_else(|exit| exit)
}

async fn work(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::configuration(context)?;
    let until = if args.until_settled { Until::Settled { timeout: args.timeout } } else { Until::Once };
    let shares = store::shares(&config);
    let mut desks = Vec::new();
    for share in &shares {
        let desk = OpenJournal::acquire(&config.store.url, share, "run").await;
        if let Ok(desk) = &desk {
            refuse_silent_start(context, &share.pipelines, desk.store.as_ref()).await?;
        }
        desks.push(desk);
    }
    // A share that somebody else works fails by itself: the others are worked all the same.
    let jobs = shares.iter().zip(&desks).flat_map(|(share, desk)| {
        share.pipelines.iter().map(move |pipeline| async move {
            let outcome = match desk {
                Ok(desk) => one(pipeline, desk, until, args.probe).await,
                Err(error) => Err(error.text()),
            };
            (*pipeline, outcome)
        })
    });
    let outcomes = join_all(jobs).await;
    let mut exit = Exit::Done;
    let mut report = Vec::new();
    for (pipeline, outcome) in outcomes {
        match outcome {
            Ok(outcome) => {
                exit = exit.max(exit_of(&outcome));
                if !args.json {
                    print(context, &pipeline.name, &outcome);
                }
                let mut row = serde_json::json!({
                    "pipeline": pipeline.name,
                    "tally": outcome.tally,
                    "left": outcome.left.documents,
                    "stopped": outcome.stopped,
                    "short": outcome.short,
                });
                failures::put(&outcome.failures, &mut row);
                report.push(row);
            }
            Err(message) => {
                context.out.error(format!("{}: {message}", pipeline.name));
                exit = exit.max(Exit::Failed);
                let mut row = serde_json::json!({ "pipeline": pipeline.name });
                failures::put(&[message], &mut row);
                report.push(row);
            }
        }
    }
    if args.json {
        context.out.json(&serde_json::json!({ "pipelines": report }));
    }
    Ok(exit)
}

async fn one(pipeline: &Pipeline, desk: &OpenJournal, until: Until, probe: bool) -> Result<Outcome, Text> {
    let row = desk.store.pipeline(&pipeline.name).await.map_err(|error| error.text())?;
    store::resume(desk.store.as_ref(), row.id, &desk.clock).await.map_err(|error| error.text())?;
    let held = row.stopped.filter(|_| !probe).and_then(|stopped| {
        let until = stopped.no_login_before(&pipeline.kingdee)?;
        // Beyond one pause from now it is the word of a clock that was wrong.
        let (now, longest) = (desk.clock.steady(), stopped.probe_every(&pipeline.kingdee));
        (now < until && until - now <= longest).then(|| held(&stopped, until))
    });
    if let Some(why) = held {
        return Err(why);
    }
    let worker = open::worker(pipeline, desk, RunTrigger::Run).await?;
    if probe {
        worker.lift_holds();
    }
    signal::drive(&worker, until).await
}

/// A `run` that is called again and again must not lock the account.
fn held(stopped: &Stopped, until: DateTime<Utc>) -> Text {
    let Text { zh, en } = &stopped.reason;
    let (since, until) = (for_people(&stopped.since), moment(until));
    both!(
        "自 {since} 起已停止：{zh}。登录屡次失败会锁定账号，{until} 起才再试；修正后可用 refund-sync run --probe 立即重试",
        "stopped since {since}: {en}. Refused logins lock the account: the next one is tried from {until} on; once it is mended, now by `refund-sync run --probe`"
    )
}

/// An empty ledger needs an explicit start: never silently "now", never the beginning.
pub(super) async fn refuse_silent_start(
    context: &mut Context,
    pipelines: &[&Pipeline],
    store: &dyn Store,
) -> Result<(), Exit> {
    let mut refused = false;
    for pipeline in pipelines {
        let row = store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
        if row.cursor.or(row.began).or(pipeline.start_from).is_none() {
            refused = true;
            let fault = no_start(context, pipeline);
            context.out.error(&fault);
        }
    }
    if refused { Err(Exit::Configuration) } else { Ok(()) }
}

/// What to add where a pipeline does not know where to begin.
pub(super) fn no_start(context: &Context, pipeline: &Pipeline) -> String {
    told!(
        "{}：同步方案 {:?} 尚未读取过任何数据，也没有起始时间。请在 [[pipeline]] 中写明 start_from = \"2026-11-01 00:00:00\"",
        "{}: pipeline {:?} has read nothing yet and names no start. Add to its [[pipeline]]: start_from = \"2026-11-01 00:00:00\"",
        context.config.display(),
        pipeline.name
    )
}

pub(super) fn exit_of(outcome: &Outcome) -> Exit {
    if !outcome.is_complete() {
        Exit::Failed
    } else if outcome.needs_a_person() {
        Exit::NeedsPerson
    } else {
        Exit::Done
    }
}

pub(super) fn print(context: &mut Context, name: &str, outcome: &Outcome) {
    let Tally { rows, mapped, saved, adopted, confirmed, .. } = &outcome.tally;
    let tally = &outcome.tally;
    context.out.line(told!(
        "{name}：读取 {}（新 {}，未纳入 {}，未变 {}） · 生成单据 {mapped} · 保存 {saved} · 认领 {adopted} · 完成 {confirmed} · 待处理 {}",
        "{name}: read {} (new {}, filtered {}, unchanged {}) · mapped {mapped} · saved {saved} · adopted {adopted} · confirmed {confirmed} · parked {}",
        rows.accepted + rows.filtered + rows.unreadable + rows.waiting + rows.unchanged,
        rows.accepted + rows.waiting,
        rows.filtered,
        rows.unchanged,
        tally.parked_total(),
    ));
    for (cause, count) in &tally.parked {
        let title = Cause::parse(cause).map_or_else(|| Text::same(cause.clone()), Cause::title);
        context
            .out
            .line(told!("  待处理 {cause}（{title}）：{count}", "  parked {cause} ({title}): {count}"));
    }
    let after = [
        (told!("同步后有变更", "changed after the sync"), tally.noticed),
        (told!("同步后被撤销", "reversed after the sync"), tally.reversed),
        (told!("金蝶中被改", "altered in 金蝶"), tally.altered),
        (told!("无标记认领", "adopted without our mark"), tally.foreign),
        (told!("未能核对", "not read back in full"), tally.unverified),
    ];
    for (what, count) in after.into_iter().filter(|(_, count)| *count > 0) {
        context.out.line(format!("  {what}: {count}"));
    }
    for (from, to, missing) in &tally.windows_short {
        context.out.line(told!(
            "  旺店通 {from} … {to} 的计数比给出的多 {missing} 行",
            "  旺店通 counts {missing} rows more than it delivers between {from} and {to}"
        ));
    }
    for (from, to, why) in &tally.windows_unproven {
        context.out.line(told!(
            "  未完整读取 {from} … {to}：{}",
            "  not proven whole: {from} … {to}: {}",
            Unproven::told(why)
        ));
    }
    for window in &outcome.short {
        context.out.line(format!("  {}", short(window)));
    }
    if outcome.left.documents > 0 {
        context.out.line(told!("  尚可推进：{}", "  left to move: {}", outcome.left.documents));
    }
    for failure in &outcome.failures {
        context.out.error(told!("{name}：失败：{failure}", "{name}: failed: {failure}"));
    }
    if let Some(stopped) = &outcome.stopped {
        context.out.error(told!("{name}：已停止。{}", "{name}: stopped. {}", stopped.remedy));
    }
    if tally.parked_total() + tally.noticed + tally.reversed + tally.altered + tally.foreign > 0 {
        context.out.line(told!(
            "  下一步：refund-sync parked · refund-sync why <退换单号>",
            "  Next: refund-sync parked · refund-sync why <refund_no>"
        ));
    }
}

/// A window that is not proven whole, in one line.
pub(super) fn short(window: &ShortRow) -> String {
    let next = match window.next_look.as_deref().map(for_people) {
        Some(at) => told!("下次重读 {at}", "next look {at}"),
        None => told!("下一轮重读", "next look in the next cycle"),
    };
    let what = match window.missing {
        0 => Unproven::told(&window.why).to_string(),
        missing => told!("缺 {missing} 行", "{missing} rows missing"),
    };
    told!(
        "待补读 {} … {}：{what} · {next}",
        "short window {} … {}: {what} · {next}",
        window.start,
        window.end
    )
}

/// What a rehearsal says: bills keep their fields in the order sent, which a map of JSON would lose.
#[derive(Serialize)]
struct Rehearsals<'a> {
    pipelines: &'a [Rehearsal<'a>],
}

#[derive(Serialize)]
struct Rehearsal<'a> {
    pipeline: &'a str,
    bills: Vec<Preview>,
    #[serde(flatten, serialize_with = "failures::serialize")]
    failures: Vec<Text>,
}

async fn preview(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::configuration(context)?;
    #[cfg(feature = "xlsx")]
    if let Some(path) = &args.xlsx {
        // Before everything is read for it.
        files::can_create(path).map_err(|error| open::not_written(context, path, &error))?;
    }
    // In a workbook they are read better.
    #[cfg(feature = "xlsx")]
    let shows_bills = args.xlsx.is_none() || args.verbose;
    #[cfg(not(feature = "xlsx"))]
    let shows_bills = true;
    let desk =
        OpenJournal::open_copy(&config.store.url).await.map_err(|error| open::complain(context, &error))?;
    let pipelines: Vec<&Pipeline> = config.pipelines.iter().collect();
    refuse_silent_start(context, &pipelines, desk.store.as_ref()).await?;
    let mut exit = Exit::Done;
    let (mut report, mut beside) = (Vec::new(), Vec::new());
    for pipeline in pipelines {
        let worker = open::worker(pipeline, &desk, RunTrigger::DryRun).await.map_err(|message| {
            context.out.error(&message);
            Exit::Failed
        })?;
        let (previews, failures) = worker.preview().await.map_err(|error| open::complain(context, &error))?;
        let known = known(desk.store.as_ref(), &pipeline.name).await;
        let (names, left_out) = known.map_err(|error| open::complain(context, &error))?;
        let plan = Plan { pipeline: &pipeline.name, previews: &previews, names: &names, left_out: &left_out };
        if !args.json {
            show(context, plan, shows_bills);
        }
        beside.push((names, left_out));
        for failure in &failures {
            context.out.error(told!("{}：失败：{failure}", "{}: failed: {failure}", pipeline.name));
            exit = exit.max(Exit::Failed);
        }
        if previews.iter().any(|preview| !preview.reasons.is_empty()) {
            exit = exit.max(Exit::NeedsPerson);
        }
        report.push(Rehearsal { pipeline: &pipeline.name, bills: previews, failures });
    }
    if args.json {
        context.out.json(&Rehearsals { pipelines: &report });
    }
    #[cfg(feature = "xlsx")]
    if let Some(path) = &args.xlsx {
        let plans: Vec<_> = report
            .iter()
            .zip(&beside)
            .map(|(plan, (names, left_out))| Plan {
                pipeline: plan.pipeline,
                previews: &plan.bills,
                names,
                left_out,
            })
            .collect();
        write_plan(&plans, desk.clock.now(), path)
            .map_err(|error| open::not_written(context, path, &error))?;
        if !args.json {
            open::written(context, path);
        }
    }
    Ok(exit)
}

/// What the shops are called, and what was read and is not in scope.
async fn known(store: &dyn Store, pipeline: &str) -> Result<(Names, Vec<FilteredCount>), StoreError> {
    let row = store.pipeline(pipeline).await?;
    let status = store.status().await?.into_iter().find(|status| status.pipeline == pipeline);
    Ok((store.names(row.id).await?, status.map(|status| status.filtered).unwrap_or_default()))
}

fn show(context: &mut Context, plan: Plan<'_>, with_bills: bool) {
    for preview in plan.previews.iter().filter(|_| with_bills) {
        let word = match preview.forecast {
            Forecast::Will => told!("写入", "will"),
            Forecast::WillNot => told!("不写", "will not"),
            Forecast::CannotTell => told!("不确定", "cannot tell"),
        };
        let why = Lang::chosen().of(&preview.why_zh, &preview.why);
        context.out.line(told!("{} {word}：{why}", "{} {word}: {why}", preview.refund_no));
        if let Some(bill) = &preview.bill {
            context.out.line(format!("  {bill}"));
        }
        for reason in &preview.reasons {
            context.out.line(format!("  [{}] {}", reason.cause, reason.message));
            context.out.line(format!("    {}", reason.remedy));
        }
    }
    let (name, mut all) = (plan.pipeline, Total::default());
    for (shop_no, total) in plan.totals() {
        let shop = Some(plan.shop(shop_no)).filter(|name| !name.is_empty());
        let shop = shop.map_or_else(|| shop_no.to_owned(), |name| format!("{shop_no} {name}"));
        context.out.line(told!("  {shop}：{}", "  {shop}: {}", parts(&total)));
        all += total;
    }
    context.out.line(told!(
        "{name}：试运行，未写任何系统。{}",
        "{name}: Dry run, nothing was written. {}",
        parts(&all)
    ));
}

/// What would be written, what would not, and what is not in scope: how many, and how much money.
fn parts(total: &Total) -> String {
    let part = |title: String, Part { count, yuan }: Part| match count {
        0 => format!("{title} 0"),
        _ => told!("{title} {count} 张 {}", "{title} {count}: {}", money(yuan)),
    };
    let parts = [
        part(told!("写入", "will"), total.written),
        part(told!("不写", "will not"), total.not_written),
        part(told!("不确定", "cannot tell"), total.uncertain),
        part(told!("未纳入", "not in scope"), total.left_out),
    ];
    parts.join(" · ")
}
