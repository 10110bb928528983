//! `import-qeasy --compare`: for some returns, the bills of the scheme beside ours, and why they differ. Reads only.

use std::path::Path;

use serde::Serialize;
use wdt_qimen_sdk::method::refund::Refund;

use super::super::context::{Context, Exit};
use super::reading::{cannot_try, complain, read};
use super::trial::{filled_in, trial};
use crate::config::Pipeline;
use crate::lang::{Text, told};
use crate::mapping::map;
use crate::qeasy::{self, Compared, Import, Node, Ours, Reads, Sample, Verdict};
use crate::{sink, source};

/// Returns that are shown field by field; `--json` has them all.
const MOST_SHOWN: usize = 20;

/// What became of one row of the sample.
#[derive(Serialize)]
struct Outcome {
    /// 退换单号
    refund_no: String,
    /// Why there is no bill of ours; empty where there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_written: Vec<Why>,
    /// Field by field.
    fields: Vec<Compared>,
}

/// A reason in both languages.
#[derive(Serialize)]
struct Why {
    #[serde(flatten, with = "crate::lang::message")]
    message: Text,
}

pub(super) fn run(
    import: &Import,
    path: &Path,
    out: &Path,
    json: bool,
    context: &mut Context,
) -> Result<Exit, Exit> {
    let file = read(path).map_err(|fault| complain(&[*fault], context))?;
    let sample = Sample::read(&file).map_err(|fault| complain(&[*fault], context))?;
    let folder = tempfile::tempdir().map_err(|error| cannot_try(&error, context))?;
    let (loaded, is_filled_in) = match filled_in(import, out) {
        Some(loaded) => (loaded, true),
        None => (
            trial(&import.filled(&sample), folder.path()).map_err(|error| cannot_try(&error, context))?,
            false,
        ),
    };
    let loaded = loaded.map_err(|faults| {
        context.out.errors(faults.to_string());
        Exit::Configuration
    })?;
    let Some(pipeline) = loaded.config.pipelines.first() else { return Err(Exit::Configuration) };
    let rows = match import.scheme.reads() {
        Reads::Returns | Reads::History => &sample.returns,
        Reads::Stockins => &sample.stockins,
    };
    if rows.is_empty() {
        context.out.error(told!(
            "方案读取入库单：样本里还要有 stockin_list（销售退货入库单）",
            "The scheme reads stock-ins: the sample needs their stockin_list, too"
        ));
        return Err(Exit::Configuration);
    }
    let outcomes: Vec<Outcome> = rows.iter().map(|row| one(import, row, &sample, pipeline)).collect();
    if json {
        context.out.json(&serde_json::json!({ "returns": outcomes }));
    } else {
        show(&outcomes, is_filled_in || import.draft.tables.is_empty(), context);
    }
    let is_open =
        |outcome: &Outcome| !outcome.not_written.is_empty() || count(outcome, Verdict::Unexplained) > 0;
    Ok(if outcomes.iter().any(is_open) { Exit::NeedsPerson } else { Exit::Done })
}

fn count(outcome: &Outcome, verdict: Verdict) -> usize {
    outcome.fields.iter().filter(|field| field.verdict == verdict).count()
}

/// The bills of one row.
fn one(import: &Import, row: &Node, sample: &Sample, pipeline: &Pipeline) -> Outcome {
    let is_stockin = import.scheme.reads() == Reads::Stockins;
    let refund_no = row.text_of(if is_stockin { "src_order_no" } else { "refund_no" });
    let without = |message| Outcome {
        refund_no: refund_no.clone(),
        not_written: vec![Why { message }],
        fields: Vec::new(),
    };
    let refund = if is_stockin {
        sample.returns.iter().find(|refund| refund.text_of("refund_no") == refund_no)
    } else {
        Some(row)
    };
    let Some(refund) = refund else {
        return without(Text::new(
            "样本里没有这张入库单的退换单：本程序以退换单为准",
            "the sample lacks the return of this stock-in: here the return leads",
        ));
    };
    let read: Refund = match serde_json::from_str(&qeasy::to_json(refund)) {
        Ok(read) => read,
        Err(error) => {
            return without(Text::of(
                format!("这一行无法识别：{error}"),
                format!("the row cannot be read: {error}"),
            ));
        }
    };
    if let Some(why) = out_of_scope(&read, pipeline) {
        return without(why);
    }
    let stockins =
        sample.stockins_of(refund).filter_map(|stockin| serde_json::from_str(&qeasy::to_json(stockin)).ok());
    let kept = source::kept(&read, stockins, &pipeline.wdt);
    match map(&kept, &pipeline.mapping, None) {
        Ok(mapped) => {
            let wire = sink::wire(&mapped.bill, Some(&sink::mark(&mapped.bill)));
            let text = serde_json::to_string(&wire).unwrap_or_default();
            let Some(bill) = qeasy::read_json(&text).documents.into_iter().next() else {
                return without(Text::new("单据无法写成 JSON", "the bill cannot be written as JSON"));
            };
            let sources: Vec<usize> = mapped.bill.lines.iter().map(|line| line.source).collect();
            let fields = qeasy::compare(import, row, refund, Ours { bill: &bill, sources: &sources });
            Outcome { refund_no, not_written: Vec::new(), fields }
        }
        Err(refusals) => {
            let why = |refusal: &crate::mapping::Refusal| Why {
                message: Text::of(refusal.chinese(), refusal.to_string()),
            };
            Outcome { refund_no, not_written: refusals.iter().map(why).collect(), fields: Vec::new() }
        }
    }
}

/// Why a return is not taken at all.
fn out_of_scope(refund: &Refund, pipeline: &Pipeline) -> Option<Text> {
    let (kind, status) = (refund.kind.code(), refund.process_status.code());
    let is_taken = pipeline.wdt.types.contains(&kind)
        && pipeline.wdt.process_status.contains(&status)
        && (pipeline.wdt.shop_nos.is_empty() || pipeline.wdt.shop_nos.contains(&refund.shop_no));
    (!is_taken).then(|| {
        Text::of(
            format!("不在同步范围：类型 {kind}，状态 {status}，店铺 {}", refund.shop_no),
            format!("not in scope: type {kind}, status {status}, shop {}", refund.shop_no),
        )
    })
}

fn show(outcomes: &[Outcome], is_filled_in: bool, context: &mut Context) {
    if !is_filled_in {
        context.out.line(told!(
            "对照表还没有填好：⟨…⟩ 表示要填的值；填好后按写出的配置比较",
            "The tables are not filled in yet: ⟨…⟩ stands for what will be; once they are, the written configuration counts"
        ));
    }
    for outcome in outcomes.iter().take(MOST_SHOWN) {
        context.out.line(&outcome.refund_no);
        for why in &outcome.not_written {
            context.out.line(told!("  不写单据：{}", "  no bill: {}", why.message));
        }
        for field in &outcome.fields {
            let sign = match field.verdict {
                Verdict::Same => "=",
                Verdict::ByTable => "≈",
                Verdict::Differs => "≠",
                Verdict::Unexplained => "?",
            };
            let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
            if field.verdict == Verdict::Same {
                context.out.line(format!("  {sign} {}: {}", field.path, said(&field.ours)));
                continue;
            }
            context.out.line(format!(
                "  {sign} {}: 轻易云 {} | refund-sync {}",
                field.path,
                said(&field.scheme),
                said(&field.ours)
            ));
            context.out.line(format!("      {}", field.reason));
        }
    }
    if let Some(more) = outcomes.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        context.out.line(told!("… 另有 {more} 张，见 --json", "… and {more} more, see --json"));
    }
    let total = |verdict| outcomes.iter().map(|outcome| count(outcome, verdict)).sum::<usize>();
    let not_written = outcomes.iter().filter(|outcome| !outcome.not_written.is_empty()).count();
    let (same, table) = (total(Verdict::Same), total(Verdict::ByTable));
    let (differs, unexplained) = (total(Verdict::Differs), total(Verdict::Unexplained));
    let returns = outcomes.len();
    context.out.line(told!(
        "{returns} 张：相同 = {same} · 按对照表 ≈ {table} · 不同且有原因 ≠ {differs} · 原因不明 ? {unexplained} · 不写单据 {not_written} 张",
        "{returns} returns: same = {same} · by table ≈ {table} · different for a reason ≠ {differs} · unexplained ? {unexplained} · without a bill {not_written}"
    ));
}
