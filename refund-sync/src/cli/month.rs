//! `month`: what of an accounting month is written and what is still open, by shop, and whether it may be closed; `--close`
//! and `--reopen` close it and open it again. What is open is `store::month`'s to say.

use serde_json::json;

use super::context::{Context, Exit};
use super::table::{Column, lines};
use super::{decide, holder, open};
use crate::answer::NOT_IN_SCOPE;
use crate::clock::shanghai;
use crate::config::{Config, Pipeline};
use crate::lang::{decider, money, told};
use crate::model::{Cause, Month, Names};
use crate::store::{
    self, MonthMade, MonthOrder, MonthReport, MonthSum, OpenJournal, OpenReturn, Request, ShopMonth,
    StoreError,
};
use crate::text::shown;
use crate::worker;

/// How many open returns are listed; `--json` has more.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 月份
    ///
    /// The month, 2026-11.
    month: Month,
    /// 关账：仍有未读完整、处理中或待处理的则拒绝。
    ///
    /// Closes it; refused by name while anything of it is open.
    #[arg(long, conflicts_with = "reopen")]
    close: bool,
    /// 重新打开（须写明 --note）。
    ///
    /// Opens it again.
    #[arg(long)]
    reopen: bool,
    /// 原因
    ///
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
    /// 经办人，默认为当前系统用户。
    ///
    /// Who; the user of this system unless said.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// 只看一个同步方案。
    ///
    /// One pipeline only.
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    month(&args, context).await.unwrap_or_else(|exit| exit)
}

async fn month(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::to_read_alone(context)?;
    let is_meant = |pipeline: &Pipeline| args.pipeline.as_ref().is_none_or(|name| *name == pipeline.name);
    open::refuse_unknown_pipeline(context, &config, args.pipeline.as_deref())?;
    let mut made = Vec::new();
    if args.close || args.reopen {
        for share in store::shares(&config) {
            for pipeline in share.pipelines.iter().filter(|pipeline| is_meant(pipeline)) {
                let one = order(args, context, &config, &share, pipeline).await?;
                made.push((pipeline.name.clone(), one));
            }
        }
    }
    tell(args, context, &config, &made).await
}

/// Has one pipeline closed, here or by whoever holds its journal.
async fn order(
    args: &Args,
    context: &mut Context,
    config: &Config,
    share: &store::Group<'_>,
    pipeline: &Pipeline,
) -> Result<MonthMade, Exit> {
    let by = args.by.clone().filter(|by| !by.trim().is_empty()).unwrap_or_else(decide::user);
    let order = MonthOrder { month: args.month, reopen: args.reopen, by, note: args.note.clone() };
    match OpenJournal::acquire(&config.store.url, share, "month").await {
        Ok(desk) => {
            let store = desk.store.as_ref();
            let row =
                store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
            let made = worker::close_month(store, row.id, pipeline, &order, desk.clock.now()).await;
            made.map_err(|error| open::complain(context, &error))
        }
        Err(StoreError::Held { holder, .. }) => {
            let (store, clock) = open::to_ask(context, config, "month").await?;
            let row =
                store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
            let request = store.leave_request(row.id, Request::Month(order), clock.now()).await;
            let request = request.map_err(|error| open::complain(context, &error))?;
            let answer = holder::answer(context, store.as_ref(), request, &holder).await?;
            let made = serde_json::from_str(&answer);
            made.map_err(|error| {
                open::failed(
                    context,
                    told!(
                        "无法识别 {holder} 的答复：{error}",
                        "the answer of {holder} cannot be read: {error}"
                    ),
                )
            })
        }
        Err(error) => Err(open::complain(context, &error)),
    }
}

async fn tell(
    args: &Args,
    context: &mut Context,
    config: &Config,
    made: &[(String, MonthMade)],
) -> Result<Exit, Exit> {
    let Some(store) = open::to_read(context).await? else {
        context.out.error(told!("尚未运行过。", "Nothing was journalled yet."));
        return Ok(Exit::Failed);
    };
    let mut exit = Exit::Done;
    for (pipeline, one) in made {
        let text = told!("{pipeline}：{}。", "{pipeline}: {}.", one.message);
        if one.done {
            if !args.json {
                context.out.line(text);
            }
        } else {
            exit = Exit::NeedsPerson;
            context.out.error(&text);
            if args.reopen && args.note.trim().is_empty() {
                context.out.error(told!("请加 --note TEXT", "add --note TEXT"));
            }
        }
    }
    let is_meant = |pipeline: &&Pipeline| args.pipeline.as_ref().is_none_or(|name| *name == pipeline.name);
    let inquiry = open::inquiry(Some(store.as_ref()), config);
    let mut told = Vec::new();
    for pipeline in config.pipelines.iter().filter(is_meant) {
        let report = inquiry.month(pipeline, args.month, None).await;
        let Some(report) = report.map_err(|error| open::complain(context, &error))? else { continue };
        if made.is_empty() && !report.may_close && report.closed.is_none() {
            exit = exit.max(Exit::NeedsPerson);
        }
        if args.json {
            let mut json = json!(report);
            let mine = made.iter().find(|(name, _)| *name == report.pipeline);
            json["done"] = json!(mine.map(|(_, one)| one.done));
            told.push(json);
        } else {
            let row = store.known_pipeline(&pipeline.name).await;
            let names = match row.map_err(|error| open::complain(context, &error))? {
                Some(row) => store.names(row.id).await.map_err(|error| open::complain(context, &error))?,
                None => Names::default(),
            };
            print(context, &report, &names);
        }
    }
    if args.json {
        context.out.json(&json!({ "month": args.month, "pipelines": told }));
    }
    Ok(exit)
}

fn print(context: &mut Context, report: &MonthReport, names: &Names) {
    let MonthReport { pipeline, month, total, .. } = report;
    match &report.closed {
        Some(closing) => context.out.line(told!(
            "{pipeline} {month}：已关账 · {} · {}{}",
            "{pipeline} {month}: closed · {} · {}{}",
            shown(&decider(&closing.by).to_string()),
            shanghai(closing.at).format("%Y-%m-%d %H:%M:%S"),
            if closing.note.is_empty() { String::new() } else { format!(" · {}", shown(&closing.note)) }
        )),
        None if report.closed_by_rules => context
            .out
            .line(told!("{pipeline} {month}：已按规则自动关账", "{pipeline} {month}: closed by the rules")),
        None if report.may_close => {
            context.out.line(told!("{pipeline} {month}：可以关账", "{pipeline} {month}: may be closed"));
        }
        None => {
            context
                .out
                .line(told!("{pipeline} {month}：还不能关账", "{pipeline} {month}: may not be closed"));
        }
    }
    for why in &report.why {
        context.out.line(format!("  {}", why.message));
    }
    for note in &report.notes {
        context.out.line(told!("  注意：{}", "  note: {}", note.message));
    }
    for closing in &report.history {
        let done =
            if closing.reopened { told!("重新打开", "opened again") } else { told!("关账", "closed") };
        let note =
            if closing.note.is_empty() { String::new() } else { format!(" · {}", shown(&closing.note)) };
        let at = shanghai(closing.at).format("%Y-%m-%d %H:%M:%S");
        context.out.line(format!("  {at} · {done} · {}{note}", shown(&decider(&closing.by).to_string())));
    }
    if let Some(day) = report.open_from {
        context.out.line(told!("  第一个可记账日：{day}", "  first open day: {day}"));
    }
    let shop = |no: &str| names.shops.get(no).map_or_else(|| no.to_owned(), |name| format!("{no} {name}"));
    let mut rows: Vec<_> = report.shops.iter().map(|(no, sums)| row(&shop(no), sums)).collect();
    if rows.len() > 1 {
        rows.push(row(&told!("合计", "total"), total));
    }
    for line in lines(&COLUMNS, &rows) {
        context.out.line(format!("  {line}"));
    }
    if total.filtered > 0 {
        context.out.line(format!("  {NOT_IN_SCOPE}"));
    }
    let lists = [
        (told!("处理中", "in progress"), &report.in_progress),
        (told!("待处理", "needs attention"), &report.parked),
        (told!("以前月份的退货，记入本月", "of an earlier month, booked in this one"), &report.late),
    ];
    for (title, returns) in lists {
        list(context, &title, returns, shop);
    }
}

/// A shop's month: how many returns, and how much money.
const COLUMNS: [Column; 7] = [
    Column::text("店铺", "shop", 20),
    Column::figure("已写入", "written"),
    Column::figure("月末处理中", "in progress at its end"),
    Column::figure("月末待处理", "needs attention at its end"),
    Column::figure("已决定", "decided"),
    Column::figure("差异", "differs"),
    Column::figure("未纳入", "not in scope"),
];

fn row(name: &str, shop: &ShopMonth) -> [String; 7] {
    let sum = |MonthSum { count, yuan }: MonthSum| match count {
        0 => "0".to_owned(),
        _ => format!("{count}  {}", money(yuan)),
    };
    [
        name.to_owned(),
        sum(shop.written),
        sum(shop.in_progress),
        sum(shop.parked),
        sum(shop.decided),
        sum(shop.differs),
        sum(MonthSum { count: shop.filtered, yuan: shop.filtered_yuan }),
    ]
}

fn list(context: &mut Context, title: &str, returns: &[OpenReturn], shop: impl Fn(&str) -> String) {
    if returns.is_empty() {
        return;
    }
    context.out.line(told!("  {title}：", "  {title}:"));
    for one in returns.iter().take(LISTED) {
        let cause = one.cause.as_deref().and_then(Cause::parse).map(Cause::title);
        context.out.line(format!(
            "    {} · {} · {} · {} · {}",
            shown(&one.refund_no),
            shown(&shop(&one.shop_no)),
            one.date,
            money(one.yuan),
            cause.unwrap_or_else(|| one.state.title())
        ));
    }
    if let Some(more) = returns.len().checked_sub(LISTED).filter(|more| *more > 0) {
        context.out.line(told!("    … 另有 {more} 张，见 --json", "    … and {more} more, see --json"));
    }
}
