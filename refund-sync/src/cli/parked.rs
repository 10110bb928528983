//! `parked`: what waits for a person: how much money, since when, why, and what to do; summed up by cause and by shop.

use std::collections::BTreeMap;

use chrono::DateTime;
use rust_decimal::Decimal;

use super::context::{Context, Exit};
use super::open;
use super::table::{self, Column};
use crate::clock::shanghai;
use crate::lang::{money, told};
use crate::model::Cause;
use crate::store::{self, ParkedDocument, Sum};

const COLUMNS: [Column; 7] = [
    Column::text("退换单号", "return", 20),
    Column::text("店铺", "shop", 14),
    Column::text("单据日期", "date", 10),
    Column::figure("金额", "yuan"),
    Column::text("原因", "cause", 18),
    Column::text("首次待处理", "first", 11),
    Column::text("最近重试", "last try", 11),
];

const SUMS: [Column; 3] =
    [Column::text("合计", "sum", 40), Column::figure("单数", "returns"), Column::figure("金额", "yuan")];

pub(super) async fn run(json: bool, context: &mut Context) -> Exit {
    let (store, config) = match open::to_read_with(context).await {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let answer = match open::inquiry(store.as_deref(), &config).parked().await {
        Ok(answer) => answer,
        Err(error) => return open::complain(context, &error),
    };
    let parked = &answer.parked;
    if json {
        context.out.json(&answer);
    } else if parked.is_empty() {
        context.out.line(told!("没有需要人工处理的退换单。", "Nothing waits for a person."));
    } else {
        print(context, parked);
        context.out.line(told!(
            "处理后重试：refund-sync retry <退换单号>… | --all",
            "When mended: refund-sync retry <refund_no>… | --all"
        ));
    }
    // What is at the path may not be what is worked at present: then nothing said here is the whole.
    match store::whole(&config.store.url) {
        Err(error) => open::complain(context, &error),
        Ok(()) if parked.is_empty() => Exit::Done,
        Ok(()) => Exit::NeedsPerson,
    }
}

fn print(context: &mut Context, parked: &[ParkedDocument]) {
    let (mut by_cause, mut by_shop) = (BTreeMap::<&str, Sum>::new(), BTreeMap::<String, Sum>::new());
    for document in parked {
        let sum = Sum { count: 1, amount: document.amount.unwrap_or_default() };
        *by_cause.entry(&document.cause).or_default() += sum;
        *by_shop.entry(shop(&document.shop_no, document.shop_name.as_deref())).or_default() += sum;
    }
    let rows: Vec<_> = parked.iter().map(row).collect();
    let lines = table::lines(&COLUMNS, &rows);
    context.out.line(&lines[0]);
    let mut cause = "";
    for (document, line) in parked.iter().zip(&lines[1..]) {
        if document.cause != cause {
            cause = &document.cause;
            let Sum { count, amount } = by_cause.get(cause).copied().unwrap_or_default();
            let title = Cause::parse(cause).map(|cause| format!(" {}", cause.title())).unwrap_or_default();
            context.out.line(format!("{cause} ({count}) {}{title}", money(amount)));
        }
        context.out.line(line);
        for reason in &document.reasons {
            context.out.line(format!("    {}", reason.message));
            context.out.line(format!("    → {}", reason.remedy));
        }
    }
    sums(context, by_cause.into_iter().map(|(cause, sum)| (told!("原因 {cause}", "cause {cause}"), sum)));
    sums(context, by_shop.into_iter().map(|(shop, sum)| (told!("店铺 {shop}", "shop {shop}"), sum)));
}

fn sums(context: &mut Context, sums: impl Iterator<Item = (String, Sum)>) {
    let mut rows: Vec<_> = sums.collect();
    rows.sort_by_key(|(_, sum)| std::cmp::Reverse((sum.amount, sum.count)));
    let total: Sum = rows.iter().map(|(_, sum)| *sum).sum();
    rows.push((told!("合计", "total"), total));
    let cells = |(what, sum): (String, Sum)| [what, sum.count.to_string(), money(sum.amount)];
    let rows: Vec<_> = rows.into_iter().map(cells).collect();
    for line in table::lines(&SUMS, &rows) {
        context.out.line(line);
    }
}

fn row(document: &ParkedDocument) -> [String; 7] {
    [
        document.refund_no.clone(),
        shop(&document.shop_no, document.shop_name.as_deref()),
        document.date.map(|date| date.to_string()).unwrap_or_default(),
        yuan(document.amount),
        document.cause.clone(),
        moment(document.first_parked.as_deref()),
        moment(document.last_tried.as_deref()),
    ]
}

/// 店铺编号, and what it is called.
pub(super) fn shop(shop_no: &str, name: Option<&str>) -> String {
    name.map_or_else(|| shop_no.to_owned(), |name| format!("{shop_no} {name}"))
}

/// Money, where it is known.
pub(super) fn yuan(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "-".to_owned(), money)
}

/// An instant as a list shows it: `11-28 21:19`, Beijing.
pub(super) fn moment(text: Option<&str>) -> String {
    let at = text.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    at.map(|at| shanghai(at.to_utc()).format("%m-%d %H:%M").to_string()).unwrap_or_default()
}
