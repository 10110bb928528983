//! `why`: the whole life of one return: when read, from which window, how mapped, each attempt, where it stands.

use super::context::{Context, Exit};
use super::parked::{moment, shop, told};
use super::{find, open};
use crate::answer::WhyAnswer;
use crate::lang::money;
use crate::model::Field;
use crate::store::Life;
use crate::text::shown;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单号，或订单、物流、单据的任一单号 The refund number, or any number of its order, parcel or bill.
    refund_no: String,
    /// 输出 JSON。Writes JSON.
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
    } else if !matches.is_empty() {
        context.out.line(format!(
            "{} 对应多张退换单，请用退换单号再查 several returns have this number: ask for one of them",
            args.refund_no
        ));
        find::print(context, &inquiry, matches);
    } else {
        for life in lives {
            print(context, life);
        }
    }
    if lives.is_empty() && matches.is_empty() {
        context.out.error(&format!(
            "{} was never read: not in any window so far, or not of this 旺店通 account 未读到过该退换单：不在已读窗口内，或不属于该账号",
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

fn print(context: &mut Context, life: &Life) {
    context.out.line(format!("{} [{}] {}", life.refund_no, life.pipeline, life.state));
    context.out.line(format!(
        "  {} · 店铺 shop {} · 单据日期 date {}",
        told(life.amount),
        shop(&life.shop_no, life.shop_name.as_deref()),
        life.date.as_deref().unwrap_or("-"),
    ));
    if let Some(refund) = &life.refund {
        context.out.line(format!(
            "  原始单号 tid {} · 平台退款单号 src_no {} · 系统订单 sales_tid {}",
            or_none(&refund.tid),
            or_none(&refund.src_no),
            or_none(&refund.sales_tid)
        ));
    }
    if let Some(why) = &life.not_in_scope {
        context.out.line(format!("  {why}"));
    }
    if let Some(first) = &life.first_parked {
        context.out.line(format!(
            "  首次待处理 first came up {} · 最近重试 last tried {}",
            moment(Some(first)),
            or_none(&moment(life.last_tried.as_deref()))
        ));
    }
    if let Some(bill) = &life.bill {
        context.out.line(format!(
            "  单据 bill {} · {} · 客户 customer {} · 价税合计 {} · 内码 FID {}",
            bill.number,
            bill.date,
            bill.customer,
            money(bill.amount()),
            life.fid.as_deref().unwrap_or("-")
        ));
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
    if let Some(decision) = &life.decision {
        let title = decision.kind.title();
        let bill = decision.bill.as_deref().map(|bill| format!(" · {bill}")).unwrap_or_default();
        let note =
            if decision.note.is_empty() { String::new() } else { format!(" · {}", shown(&decision.note)) };
        context.out.line(format!(
            "  决定 decided: {} {} · {} · {}{bill}{note}",
            title.zh,
            title.en,
            shown(&decision.by),
            decision.at
        ));
        for what in &decision.not_compared {
            context.out.line(format!("    未核对 not compared: {what}"));
        }
    }
    for reason in &life.reasons {
        context.out.line(format!("  [{}] {}", reason.cause, reason.message));
        context.out.line(format!("    {}", reason.remedy));
    }
    for flag in &life.flags {
        context.out.line(format!("  标记 flag {}: {}", flag.kind, flag.detail));
    }
    if let Some(stopped) = &life.stopped {
        context.out.line(format!(
            "  同步方案已停止 its pipeline is STOPPED since {}: {}",
            stopped.since, stopped.reason
        ));
        context.out.line(format!("    {}", stopped.remedy));
    }
    if let Some(held) = &life.held {
        context.out.line(format!(
            "  金蝶要求等待至 金蝶 asks to wait until {}: {}",
            held.until,
            shown(&held.said)
        ));
        context.out.line("    立即再试 to ask now: refund-sync run --probe");
    }
    if let Some(at) = &life.next_try {
        context.out.line(format!("  下次自动重试 next try by itself {at}"));
    }
    if let Some(until) = &life.writing_waits_until {
        context.out.line(format!("  暂停写入至 writing waits until {until}"));
    }
    if life.newer_row_waits {
        context.out.line("  a newer row waits until the fate of the bill is known 有更新的数据尚未处理");
    }
    if let Some(until) = &life.pruned_until {
        context.out.line(format!("  …{until} pruned: see [store] keep_days 更早的明细已按 keep_days 清理"));
    }
    for event in &life.events {
        context.out.line(format!("  {} {:<15} {}", event.at, event.event, event.detail));
    }
}
