//! `why`: the whole life of one return: when read, from which window, how mapped, each attempt, where it stands.

use super::context::{Context, Exit};
#[cfg(feature = "console")]
use super::find;
use super::open;
use super::parked::{moment, shop, yuan};
use crate::answer::{NO_NUMBER, WhyAnswer};
use crate::clock::for_people;
use crate::journal::{Event, facts_in_words, point_text};
use crate::lang::{Lang, decider, money, told};
use crate::model::{Field, FlagKind};
use crate::store::{Life, LifeEvent};
use crate::text::shown;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单号，或订单、物流、单据的任一单号
    ///
    /// The refund number, or any number of its order, parcel or bill.
    refund_no: String,
    /// 每一步附上台账中的全部细节。
    ///
    /// Adds to each step all that the journal has of it.
    #[arg(long, conflicts_with = "json")]
    verbose: bool,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    let (store, config) = match open::to_read_with(context).await {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let inquiry = open::inquiry(store.as_deref(), &config);
    let answer = match inquiry.why(&args.refund_no).await {
        Ok(answer) => answer,
        Err(error) => return open::complain(context, &error),
    };
    let WhyAnswer { documents: lives, matches, .. } = &answer;
    if args.json {
        context.out.json(&answer);
    } else {
        for life in lives {
            print(context, life, args.verbose);
        }
        #[cfg(feature = "console")]
        find::choose(context, &inquiry, &args.refund_no, matches);
    }
    if args.refund_no.trim().is_empty() {
        context.out.error(NO_NUMBER);
        return Exit::Configuration;
    }
    if lives.is_empty() && matches.is_empty() {
        context.out.error(told!(
            "没有读到过 {}：不在已读窗口内，或不属于该账号",
            "{} was never read: not in any window so far, or not of this 旺店通 account",
            args.refund_no
        ));
        return Exit::Failed;
    }
    Exit::Done
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// What rules of the configuration add to the bill.
fn further(context: &mut Context, indent: &str, fields: &[Field]) {
    for Field { key, json } in fields {
        context.out.line(format!("{indent}{key} = {}", shown(json)));
    }
}

fn print(context: &mut Context, life: &Life, verbose: bool) {
    context.out.line(format!("{} [{}] {}", life.refund_no, life.pipeline, life.state.title()));
    let (shop, date) = (shop(&life.shop_no, life.shop_name.as_deref()), life.date.as_deref().unwrap_or("-"));
    let facts =
        [yuan(life.amount), told!("店铺 {shop}", "shop {shop}"), told!("单据日期 {date}", "date {date}")];
    context.out.facts(2, &facts);
    if let Some(refund) = &life.refund {
        let [tid, src_no, sales_tid] = [&refund.tid, &refund.src_no, &refund.sales_tid].map(|no| or_none(no));
        let facts = [
            told!("原始单号 {tid}", "tid {tid}"),
            told!("平台退款单号 {src_no}", "src_no {src_no}"),
            told!("系统订单 {sales_tid}", "sales_tid {sales_tid}"),
        ];
        context.out.facts(2, &facts);
    }
    if let Some(why) = &life.not_in_scope {
        context.out.line(format!("  {why}"));
    }
    if let Some(first) = &life.first_parked {
        context.out.line(told!(
            "  首次待处理 {} · 最近重试 {}",
            "  first came up {} · last tried {}",
            moment(Some(first)),
            or_none(&moment(life.last_tried.as_deref()))
        ));
    }
    if let Some(bill) = &life.bill {
        let (number, customer, amount) = (&bill.number, &bill.customer, money(bill.amount()));
        let fid = life.fid.as_deref().unwrap_or("-");
        let facts = [
            told!("单据 {number}", "bill {number}"),
            bill.date.to_string(),
            told!("客户 {customer}", "customer {customer}"),
            told!("价税合计 {amount}", "{amount}"),
            told!("内码 {fid}", "FID {fid}"),
        ];
        context.out.facts(2, &facts);
        for line in &bill.lines {
            context.out.line(format!(
                "    {} × {} @ {} = {}",
                line.material,
                line.quantity.normalize(),
                line.tax_price,
                line.amount
            ));
            further(context, "      ", &line.further);
        }
        further(context, "    ", &bill.head);
        further(context, "    ", &bill.finance);
    }
    judged(context, life);
    waits(context, life);
    for event in &life.events {
        step(context, event, verbose);
    }
}

/// What was decided about it, and what is wrong or noted.
fn judged(context: &mut Context, life: &Life) {
    if let Some(decision) = &life.decision {
        for earlier in &decision.earlier {
            let title = earlier.kind.title();
            let facts = [
                told!("决定：{title}", "decided: {title}"),
                decider(&earlier.by).to_string(),
                for_people(&earlier.at),
                earlier.note.clone(),
            ];
            context.out.facts(2, &facts);
        }
        let title = decision.kind.title();
        let facts = [
            told!("决定：{title}", "decided: {title}"),
            decider(&decision.by).to_string(),
            for_people(&decision.at),
            decision.bill.clone().unwrap_or_default(),
            decision.note.clone(),
        ];
        context.out.facts(2, &facts);
        for what in &decision.not_compared {
            let what = point_text(what);
            context.out.line(told!("    未核对：{what}", "    not compared: {what}"));
        }
    }
    for reason in &life.reasons {
        context.out.line(format!("  [{}] {}", reason.cause, reason.message));
        context.out.line(format!("    {}", reason.remedy));
    }
    for flag in &life.flags {
        let title =
            FlagKind::parse(&flag.kind).map_or_else(|| flag.kind.clone(), |kind| kind.title().to_string());
        let detail = flag.told(Lang::chosen());
        context.out.line(told!("  标记：{title}：{detail}", "  flag: {title}: {detail}"));
    }
}

/// What it waits for.
fn waits(context: &mut Context, life: &Life) {
    if let Some(stopped) = &life.stopped {
        context.out.line(told!(
            "  同步方案自 {} 起已停止：{}",
            "  its pipeline is STOPPED since {}: {}",
            for_people(&stopped.since),
            stopped.reason
        ));
        context.out.line(format!("    {}", stopped.remedy));
    }
    if let Some(held) = &life.held {
        context.out.line(told!(
            "  金蝶要求等待至 {}：{}",
            "  金蝶 asks to wait until {}: {}",
            for_people(&held.until),
            shown(&held.said)
        ));
        context
            .out
            .line(told!("    立即再试：refund-sync run --probe", "    to ask now: refund-sync run --probe"));
    }
    if let Some(at) = life.next_try.as_deref().map(for_people) {
        context.out.line(told!("  下次自动重试 {at}", "  next try by itself {at}"));
    }
    if let Some(until) = &life.writing_waits_until {
        context.out.line(told!("  暂停写入至 {until}", "  writing waits until {until}"));
    }
    if life.newer_row_waits {
        context.out.line(told!(
            "  有更新的数据，等单据结果确认后处理",
            "  a newer row waits until the fate of the bill is known"
        ));
    }
    if let Some(until) = &life.pruned_until {
        context.out.line(told!(
            "  …{until} 以前的明细已按 [store] keep_days 清理",
            "  …{until} pruned: see [store] keep_days"
        ));
    }
}

/// One step of its life: when, what, and the facts that people ask for.
fn step(context: &mut Context, event: &LifeEvent, verbose: bool) {
    let at = for_people(&event.at);
    let what =
        Event::parse(&event.event).map_or_else(|| event.event.clone(), |known| known.title().to_string());
    let facts = facts_in_words(&event.detail, Lang::chosen());
    let what = if facts.is_empty() { what } else { told!("{what}：", "{what}: ") };
    let facts: Vec<_> = format!("{at} {what}{facts}").split(" · ").map(str::to_owned).collect();
    context.out.facts(2, &facts);
    if verbose {
        context.out.line(format!("    {} {}", event.event, event.detail));
    }
}
