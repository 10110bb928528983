//! `reconcile`: are the returns of a period and the bills in 金蝶 the same? Names every one that is not. Only `--fix`
//! orders anything, and that by a request in the journal: whoever works it does it, or this command becomes that one.

#[cfg(feature = "xlsx")]
use std::collections::BTreeMap;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use clap::ValueEnum;
use serde::Serialize;

use super::context::{Context, Exit};
#[cfg(feature = "xlsx")]
use super::decide;
use super::values::{day, in_order};
use super::{holder, open, run, signal};
use crate::clock::Clock;
use crate::config::{Config, Pipeline};
use crate::files;
use crate::lang::{Lang, cents, money, told};
#[cfg(feature = "xlsx")]
use crate::model::Names;
use crate::model::RunTrigger;
#[cfg(feature = "xlsx")]
use crate::reconcile::{Compared, Occasion, write_workbook};
use crate::reconcile::{
    ComparisonError, Finding, Period, Reader, Reconciled, Report, Sheet, SheetRow, findings_csv,
};
use crate::source::Unproven;
use crate::store::{self, OpenJournal, Request, Store, StoreError};
use crate::worker::{KeptPace, Until, clients_beside};

/// So many differences of a pipeline are told in lines.
const TOLD: usize = 20;
/// How long a fix writes before it leaves the rest to the next run.
const WRITE: Duration = Duration::from_mins(15);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 起始记账日期
    ///
    /// First accounting day (Asia/Shanghai), say 2026-11-01.
    #[arg(long, value_parser = day, value_name = "DAY")]
    from: NaiveDate,
    /// 截止记账日期（含）
    ///
    /// Last accounting day, included.
    #[arg(long, value_parser = day, value_name = "DAY")]
    to: NaiveDate,
    /// 补写从未写入的退换单，把在金蝶中被删除、作废或撤回的列入待处理。
    ///
    /// Writes what never became a bill; parks what is gone from 金蝶 or taken back there.
    #[arg(long)]
    fix: bool,
    /// 按店铺和月份汇总。
    ///
    /// Sums up by shop and month.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// 写入 CSV 文件（可用 Excel 打开）：汇总表，或差异清单。
    ///
    /// Writes the sheet, or without --by the differences, for Excel.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// 写成 Excel 工作簿：汇总、差异、待处理、未纳入、参数。
    ///
    /// Writes a workbook for Excel: sums, differences and what waits.
    #[cfg(feature = "xlsx")]
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    #[value(name = "shop,month")]
    ShopMonth,
}

/// One pipeline in `--json`.
#[derive(Serialize)]
struct Answer<'a> {
    pipeline: &'a str,
    #[serde(flatten)]
    report: &'a Report,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<Vec<SheetAnswer<'a>>>,
}

#[derive(Serialize)]
struct SheetAnswer<'a> {
    shop_no: &'a str,
    month: String,
    #[serde(flatten)]
    row: &'a SheetRow,
    unexplained: String,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    reconcile(&args, context).await.unwrap_or_else(|exit| exit)
}

async fn reconcile(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let Args { from, to, .. } = *args;
    in_order(from, to).map_err(|fault| open::refused(context, fault))?;
    let config = open::configuration(context)?;
    // Before everything is read for them.
    for path in args.files() {
        files::can_create(path).map_err(|error| open::not_written(context, path, &error))?;
    }
    let (store, clock) = open::to_ask(context, &config, "reconcile").await?;
    let mut exit = Exit::Done;
    let mut done = Vec::new();
    for pipeline in &config.pipelines {
        match compare(pipeline, store.as_ref(), &clock, Period { from, to }).await {
            Ok(reconciled) => {
                exit = exit.max(if reconciled.report.is_clean() { Exit::Done } else { Exit::NeedsPerson });
                done.push((pipeline, reconciled));
            }
            Err(message) => {
                context.out.error(told!("{}：失败：{message}", "{}: failed: {message}", pipeline.name));
                exit = exit.max(Exit::Failed);
            }
        }
    }
    tell(args, context, &done).map_err(|error| {
        context.out.error(error);
        Exit::Failed
    })?;
    if let Some(path) = &args.csv {
        write_csv(path, args.by, &done).map_err(|error| open::not_written(context, path, &error))?;
    }
    #[cfg(feature = "xlsx")]
    if let Some(path) = &args.xlsx {
        let (names, unknown) = (names_of(store.as_ref(), &done, context).await?, Names::default());
        let compared: Vec<_> = done
            .iter()
            .map(|(pipeline, reconciled)| Compared {
                pipeline: &pipeline.name,
                rules: &pipeline.mapping.version,
                names: names.get(&pipeline.name).unwrap_or(&unknown),
                reconciled,
            })
            .collect();
        let by = decide::user();
        let occasion = Occasion { period: Period { from, to }, at: clock.now(), by: &by };
        write_workbook(&compared, occasion, path)
            .map_err(|error| open::not_written(context, path, &error))?;
    }
    for path in args.files().filter(|_| !args.json) {
        open::written(context, path);
    }
    if args.fix {
        exit = exit.max(fix(context, &config, (store.as_ref(), &clock), &done).await?);
    }
    Ok(exit)
}

impl Args {
    /// The files that are to be written.
    fn files(&self) -> impl Iterator<Item = &Path> {
        let csv = self.csv.iter();
        #[cfg(feature = "xlsx")]
        let csv = csv.chain(&self.xlsx);
        csv.map(PathBuf::as_path)
    }
}

/// What the shops of each pipeline are called.
#[cfg(feature = "xlsx")]
async fn names_of(
    store: &dyn Store,
    done: &[(&Pipeline, Reconciled)],
    context: &mut Context,
) -> Result<BTreeMap<String, Names>, Exit> {
    let mut names = BTreeMap::new();
    for (pipeline, _) in done {
        let row = store.known_pipeline(&pipeline.name).await;
        if let Some(row) = row.map_err(|error| open::complain(context, &error))? {
            let known = store.names(row.id).await.map_err(|error| open::complain(context, &error))?;
            names.insert(pipeline.name.clone(), known);
        }
    }
    Ok(names)
}

async fn compare(
    pipeline: &Pipeline,
    store: &dyn Store,
    clock: &Clock,
    period: Period,
) -> Result<Reconciled, String> {
    let pace = KeptPace::of(store, &pipeline.name, clock).await.map_err(|error| error.to_string())?;
    let (source, sink) = clients_beside(pipeline, pace, clock)?;
    let mut settings = pipeline.clone();
    if let Some(row) = store.known_pipeline(&pipeline.name).await.map_err(|error| error.to_string())? {
        let closed = crate::store::close_months(&mut settings, store, row.id, clock.now()).await;
        closed.map_err(|error| error.to_string())?;
    }
    let reader =
        Reader { settings: &settings, store, source: source.asking_all(), sink: &sink, now: clock.now() };
    reader.compare(period).await.map_err(|error| error.to_string())
}

fn tell(args: &Args, context: &mut Context, done: &[(&Pipeline, Reconciled)]) -> Result<(), ComparisonError> {
    if args.json {
        let mut answers = Vec::new();
        for (pipeline, reconciled) in done {
            let mut findings = Vec::new();
            reconciled.books.findings(|finding| findings.push(finding))?;
            answers.push(Answer {
                pipeline: &pipeline.name,
                report: &reconciled.report,
                findings,
                sheet: args.by.map(|_| reconciled.sheet.rows().map(sheet_answer).collect()),
            });
        }
        context.out.json(&serde_json::json!({ "from": args.from, "to": args.to, "pipelines": answers }));
        return Ok(());
    }
    for (pipeline, reconciled) in done {
        summarise(args, context, &pipeline.name, &reconciled.report);
        let mut found = 0_usize;
        reconciled.books.findings(|finding| {
            found += 1;
            if found <= TOLD {
                tell_one(context, &finding);
            }
        })?;
        if let Some(more) = found.checked_sub(TOLD).filter(|more| *more > 0) {
            let file = if cfg!(feature = "xlsx") { "--xlsx" } else { "--csv" };
            context.out.line(told!(
                "  … 另有 {more} 条差异，全部见 {file} 文件或 --json",
                "  … and {more} more differ: all of them with {file} FILE or --json"
            ));
        }
        if args.by.is_some() {
            for (shop_no, month, row) in reconciled.sheet.rows() {
                tell_row(context, shop_no, month, row);
            }
        }
    }
    Ok(())
}

/// A shop in a month, with what its gap is made up of.
fn tell_row(context: &mut Context, shop_no: &str, month: NaiveDate, row: &SheetRow) {
    let (refunded, booked, rest) = (money(row.refunded), money(row.booked), money(row.rest()));
    let decided = Some(row.decided_yuan).filter(|decided| !decided.is_zero()).map(money);
    let decided = decided.map(|decided| told!("决定差额 {decided}", "decided {decided}"));
    let parts = Some(row.made_up_of(Lang::chosen())).filter(|parts| !parts.is_empty());
    let parts = parts.into_iter().chain(decided).collect::<Vec<_>>().join(&told!("、", ", "));
    let parts = if parts.is_empty() { parts } else { told!("差额构成 {parts}", "gap: {parts}") };
    let (month, returns) = (month.format("%Y-%m"), row.returns);
    let facts = [
        told!("{shop_no} {month}：退货 {returns} 张", "{shop_no} {month} returns {returns}"),
        told!("退款 {refunded}", "refunded {refunded}"),
        told!("金蝶 {booked}", "booked {booked}"),
        parts,
        told!("未解释 {rest}", "unexplained {rest}"),
    ];
    context.out.facts(2, &facts);
}

fn sheet_answer<'a>((shop_no, month, row): (&'a str, NaiveDate, &'a SheetRow)) -> SheetAnswer<'a> {
    SheetAnswer { shop_no, month: month.format("%Y-%m").to_string(), row, unexplained: cents(row.rest()) }
}

fn summarise(args: &Args, context: &mut Context, name: &str, report: &Report) {
    context.out.line(told!(
        "{name}：{} … {} 应有 {} · 一致 {} · 非本程序 {}",
        "{name}: {} … {} due {} · equal {} · not ours {}",
        args.from,
        args.to,
        report.due,
        report.equal,
        report.others
    ));
    for (from, to, why) in &report.unproven {
        let why = Unproven::told(why);
        context.out.line(told!("  旺店通 {from} … {to}：{why}", "  旺店通 {from} … {to}: {why}"));
    }
    if !report.lines_compared {
        context.out.line(told!(
            "  金蝶不返回明细，只比较了单号、客户和日期。",
            "  金蝶 does not answer lines: only numbers, customers and dates were compared."
        ));
    }
    if report.is_clean() {
        context.out.line(told!("  无差异。", "  Nothing differs."));
    }
}

fn tell_one(context: &mut Context, finding: &Finding) {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let (due, booked) = (or_none(finding.due.map(money)), or_none(finding.booked.map(money)));
    let kind = Lang::chosen().of(finding.kind.chinese(), finding.kind.as_str());
    let (refund_no, bill_no, shop_no) = (&finding.refund_no, &finding.bill_no, &finding.shop_no);
    let fid = or_none(finding.fid.clone());
    let facts = [
        told!("{kind}：{refund_no}", "{kind}: {refund_no}"),
        told!("应有 {due}", "due {due}"),
        told!("实有 {booked}", "booked {booked}"),
        told!("单据 {bill_no}（内码 {fid}）", "bill {bill_no} (FID {fid})"),
        told!("店铺 {shop_no}", "shop {shop_no}"),
        or_none(finding.date.map(|date| date.to_string())),
    ];
    context.out.facts(2, &facts);
    context.out.line(format!("    {}", finding.why));
    for point in &finding.points {
        context.out.line(format!("    {point}"));
    }
}

fn write_csv(path: &Path, by: Option<By>, done: &[(&Pipeline, Reconciled)]) -> io::Result<()> {
    let file = BufWriter::new(files::create(path)?);
    if by.is_some() {
        let sheets = done.iter().map(|(pipeline, reconciled)| (pipeline.name.as_str(), &reconciled.sheet));
        return Sheet::write(sheets, file, Lang::chosen());
    }
    let books = done.iter().map(|(pipeline, reconciled)| (pipeline.name.as_str(), &reconciled.books));
    findings_csv(books, file, Lang::chosen())
}

/// Leaves what can be set right to whoever works the journal, or becomes that one.
async fn fix(
    context: &mut Context,
    config: &Config,
    (store, clock): (&dyn Store, &Clock),
    done: &[(&Pipeline, Reconciled)],
) -> Result<Exit, Exit> {
    let mut requests = Vec::new();
    for (pipeline, reconciled) in done {
        let mut numbers = Vec::new();
        let take = |finding: Finding| {
            if finding.kind.is_mendable() {
                numbers.push(finding.refund_no);
            }
        };
        reconciled.books.findings(take).map_err(|error| {
            context.out.error(error);
            Exit::Failed
        })?;
        if numbers.is_empty() {
            continue;
        }
        let row = store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
        let request = store.leave_request(row.id, Request::Mend { numbers }, clock.now()).await;
        requests.push((*pipeline, request.map_err(|error| open::complain(context, &error))?));
    }
    let mut exit = Exit::Done;
    for share in store::shares(config) {
        let (mine, left): (Vec<_>, Vec<i64>) =
            requests.iter().filter(|(pipeline, _)| share.holds(pipeline)).copied().unzip();
        if mine.is_empty() {
            continue;
        }
        match OpenJournal::acquire(&config.store.url, &share, "reconcile --fix").await {
            Ok(desk) => {
                for pipeline in mine {
                    exit = exit.max(write(context, pipeline, &desk).await?);
                }
            }
            Err(StoreError::Held { holder, .. }) => {
                holder::follow(context, store, &left, &holder).await?;
            }
            Err(error) => return Err(open::complain(context, &error)),
        }
    }
    Ok(exit)
}

async fn write(context: &mut Context, pipeline: &Pipeline, desk: &OpenJournal) -> Result<Exit, Exit> {
    let worker = open::worker(pipeline, desk, RunTrigger::ReconcileFix).await.map_err(|message| {
        context.out.error(&message);
        Exit::Failed
    })?;
    let outcome = signal::drive(&worker, Until::Drained { timeout: WRITE }).await;
    let outcome = outcome.map_err(|message| open::failed(context, &message))?;
    run::print(context, &pipeline.name, &outcome);
    Ok(run::exit_of(&outcome))
}
