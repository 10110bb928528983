//! `find`: which returns have this number, be it theirs, their order's, their parcel's or their bill's.

use super::context::{Context, Exit};
use super::open;
use super::parked::{shop, yuan};
use super::table::{self, Column};
use crate::answer::{AnswerError, FindAnswer, Inquiry, NUMBERS};
use crate::journal::NumberKind;
use crate::lang::told;
use crate::store::Found;

/// So many are shown; who finds more should say more of the number.
const MOST: usize = 100;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 单号的开头：退换单号、原始单号、平台退款单号、系统订单号、物流单号、单据编号或内码；不分大小写。
    ///
    /// How a number begins: of the return, its order, its parcel or its bill; in any case.
    text: String,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

/// The numbers stand whole: they are what was asked for.
const COLUMNS: [Column; 5] = [
    Column::text("退换单号", "return", usize::MAX),
    Column::text("状态", "state", 15),
    Column::text("店铺", "shop", 14),
    Column::text("日期", "date", 10),
    Column::figure("金额", "yuan"),
];

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    let (store, config) = match open::to_read_with(context).await {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let inquiry = open::inquiry(store.as_deref(), &config);
    let answer = match inquiry.find(&args.text, MOST).await {
        Ok(answer) => answer,
        Err(AnswerError::Store(error)) => return open::complain(context, &error),
        Err(error) => {
            context.out.error(error);
            return Exit::Configuration;
        }
    };
    let FindAnswer { found, has_more, .. } = &answer;
    if args.json {
        context.out.json(&answer);
    } else {
        print(context, &inquiry, found);
    }
    if *has_more {
        context.out.error(told!(
            "只列出前 {MOST} 张，请输入更完整的单号",
            "only the first {MOST} are shown: say more of the number"
        ));
    }
    if found.is_empty() {
        context.out.error(nothing(&args.text));
        return Exit::Failed;
    }
    Exit::Done
}

/// What is said where nothing is found.
pub(super) fn nothing(text: &str) -> String {
    told!(
        "没有找到 {text}：不在已读的时间窗口内，或不属于该账号；{NUMBERS}",
        "nothing is known of {text}: not in any window so far, or not of this account; {NUMBERS}"
    )
}

/// The returns of which one is to be asked for, where several have the number.
pub(super) fn choose(context: &mut Context, inquiry: &Inquiry<'_>, number: &str, matches: &[Found]) {
    if !matches.is_empty() {
        context.out.line(told!(
            "{number} 对应多张退换单，请用退换单号再查",
            "{number}: several returns have this number: ask for one of them"
        ));
        print(context, inquiry, matches);
    }
}

/// The table of what was found, and why some of it is not in scope.
fn print(context: &mut Context, inquiry: &Inquiry<'_>, found: &[Found]) {
    if found.is_empty() {
        return;
    }
    let rows: Vec<_> = found.iter().map(row).collect();
    let lines = table::lines(&COLUMNS, &rows);
    context.out.line(&lines[0]);
    for (found, line) in found.iter().zip(&lines[1..]) {
        context.out.line(line);
        if found.by != NumberKind::Refund {
            context.out.line(format!("    {} {}", found.by.title(), found.number));
        }
        if let Some(why) = inquiry.why_not(found) {
            context.out.line(format!("    {why}"));
        }
    }
}

fn row(found: &Found) -> [String; 5] {
    let row = &found.row;
    [
        row.refund_no.clone(),
        row.state.title().to_string(),
        shop(&row.shop_no, row.shop_name.as_deref()),
        row.date.map(|date| date.to_string()).unwrap_or_default(),
        yuan(row.amount),
    ]
}
