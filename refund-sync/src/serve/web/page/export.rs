//! A list as a file for a spreadsheet, CSV or workbook: everything that its filters take, whatever page is shown.

use std::path::Path;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike as _, Utc};
use rust_decimal::Decimal;
#[cfg(feature = "xlsx")]
use rust_decimal::RoundingStrategy;

use super::lang::Lang;
use super::list::{list_title, why_title};
use super::listed::Listed;
use super::state::Page;
use super::visitor::Visitor;
use super::{download, notice, words};
use crate::clock::shanghai;
use crate::lang::{Text, decider};
use crate::model::scope_title;
use crate::spreadsheet::{csv_for_people, text};
use crate::store::{List, ListQuery, ListRow};

/// So many rows a file has at most: a spreadsheet takes not many more.
const MOST: usize = 100_000;

/// A column: 中文, English, width in characters.
type Column = (&'static str, &'static str, u16);

const HEAD: [Column; 17] = [
    ("同步方案", "pipeline", 10),
    ("退换单号", "refund_no", 18),
    ("店铺编号", "shop_no", 10),
    ("店铺名称", "shop_name", 16),
    ("单据日期", "date", 12),
    ("金额", "amount", 12),
    ("原因", "cause", 22),
    ("说明", "why", 40),
    ("怎么办", "what to do", 40),
    ("类型 · 状态", "type · status", 18),
    ("原始单号", "tid", 22),
    ("平台退款单号", "src_no", 22),
    ("系统订单编号", "sales_tid", 20),
    ("单据编号", "bill_no", 20),
    ("内码", "fid", 10),
    ("首次待处理", "first came up", 20),
    ("最近重试", "last tried", 20),
];

/// Where the money stands.
#[cfg(feature = "xlsx")]
const AMOUNT: usize = 5;

/// What the list of decisions has beside.
const DECIDED: [Column; 4] = [
    ("决定人", "decided by", 12),
    ("决定时间", "decided at", 20),
    ("决定原因", "reason", 30),
    ("手工单据编号", "bill booked by hand", 20),
];

/// What stands in a cell.
enum Value {
    Text(String),
    Money(Option<Decimal>),
    Day(Option<NaiveDate>),
    Moment(Option<NaiveDateTime>),
}

/// A row, and why it is not in scope where it is not.
struct Exported {
    row: ListRow,
    why_out: Option<Text>,
}

/// What a list is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Workbook,
}

pub(super) async fn file(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let here = &visitor.here;
    let is_workbook = Path::new(here.path()).extension().is_some_and(|ending| ending == "xlsx");
    if Listed::named(here).is_none() || (is_workbook && cfg!(not(feature = "xlsx"))) {
        return notice::of(&visitor, StatusCode::NOT_FOUND, "没有这个列表。", "There is no such list.");
    }
    let (listed, faults) = Listed::of(here, visitor.lang);
    if !faults.is_empty() {
        // A file that holds more than was meant looks like any other.
        let faults = faults.join(visitor.lang.of("", " "));
        return notice::of(&visitor, StatusCode::BAD_REQUEST, &faults, &faults);
    }
    let asked = Listed { page: 1, ..listed };
    let found = match page.house.journal.store() {
        Ok(store) => store.list(ListQuery { with_orders: true, ..asked.query(MOST) }).await,
        Err(error) => Err(error),
    };
    let rows = match found {
        Ok(page) => page.rows,
        Err(error) => return notice::of_store(&visitor, &error),
    };
    let now = page.house.board.now();
    let (form, ending, mime) = if is_workbook {
        (Form::Workbook, "xlsx", download::XLSX)
    } else {
        (Form::Csv, "csv", "text/csv; charset=utf-8")
    };
    let stamp = shanghai(now).format("%Y%m%d-%H%M");
    let headers = [
        (header::CONTENT_TYPE, mime.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}-{stamp}.{ending}\"", asked.list)),
    ];
    // A great many rows take their time: other visitors do not wait for it.
    let (list, lang) = (asked.list, visitor.lang);
    let views = page.house.board.views();
    let rows: Vec<Exported> =
        rows.into_iter().map(|row| Exported { why_out: words::why_out(&views, &row), row }).collect();
    let written = tokio::task::spawn_blocking(move || written(form, list, &rows, now, lang)).await;
    match written.map_err(std::io::Error::other).flatten() {
        Ok(file) => (headers, file).into_response(),
        Err(error) => {
            tracing::error!(%error, message_zh = "列表无法导出", "a list cannot be exported");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn written(
    form: Form,
    list: List,
    rows: &[Exported],
    now: DateTime<Utc>,
    lang: Lang,
) -> std::io::Result<Vec<u8>> {
    let decided: &[Column] = if list == List::Decided { &DECIDED } else { &[] };
    let columns: Vec<Column> = HEAD.iter().chain(decided).copied().collect();
    match form {
        Form::Csv => csv(&columns, list, rows, lang),
        Form::Workbook => workbook(&columns, list, rows, now, lang),
    }
}

fn csv(columns: &[Column], list: List, rows: &[Exported], lang: Lang) -> std::io::Result<Vec<u8>> {
    let mut file = Vec::new();
    {
        let mut csv = csv_for_people(&mut file)?;
        csv.write_record(columns.iter().map(|(zh, en, _)| lang.of(zh, en)))?;
        for row in rows {
            csv.write_record(values(list, row, lang).map(|value| match value {
                Value::Text(value) => text(&value),
                // A figure of ours, minus sign and all.
                Value::Money(amount) => amount.map(|amount| amount.to_string()).unwrap_or_default(),
                Value::Day(day) => day.map(|day| day.to_string()).unwrap_or_default(),
                Value::Moment(at) => {
                    at.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
                }
            }))?;
        }
        csv.flush()?;
    }
    Ok(file)
}

#[cfg(feature = "xlsx")]
fn workbook(
    columns: &[Column],
    list: List,
    rows: &[Exported],
    now: DateTime<Utc>,
    lang: Lang,
) -> std::io::Result<Vec<u8>> {
    use crate::workbook::{Cell, Column, Workbook};

    let titles: Vec<_> =
        columns.iter().map(|(zh, en, width)| Column { title: lang.of(zh, en), width: *width }).collect();
    let mut book = Workbook::new(now);
    let written = book.sheet(&list_title(list, lang), &titles).and_then(|mut sheet| {
        rows.iter().try_for_each(|row| {
            let values: Vec<Value> = values(list, row, lang).collect();
            sheet.row(values.iter().map(|value| match value {
                Value::Text(text) => Cell::Text(text),
                Value::Money(amount) => amount.map_or(Cell::Empty, Cell::Money),
                Value::Day(day) => day.map_or(Cell::Empty, Cell::Day),
                Value::Moment(at) => at.map_or(Cell::Empty, Cell::Moment),
            }))
        })?;
        sheet.filtered()?;
        let sum = rows.iter().filter_map(|one| one.row.amount).map(cents).sum();
        let mut total = vec![Cell::Empty; columns.len()];
        (total[0], total[1]) = (Cell::Text(lang.of("合计", "Total")), Cell::Count(rows.len() as u64));
        total[AMOUNT] = Cell::Money(sum);
        sheet.total(total)
    });
    written.and_then(|()| book.bytes()).map_err(std::io::Error::other)
}

#[cfg(not(feature = "xlsx"))]
fn workbook(
    _: &[Column],
    list: List,
    _: &[Exported],
    _: DateTime<Utc>,
    lang: Lang,
) -> std::io::Result<Vec<u8>> {
    // Nothing of such a program offers one.
    Err(std::io::Error::other(list_title(list, lang)))
}

/// Seconds, without what is less.
fn whole(at: NaiveDateTime) -> NaiveDateTime {
    at.with_nanosecond(0).unwrap_or(at)
}

/// What stands in a cell of money is what is summed.
#[cfg(feature = "xlsx")]
fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn values(list: List, exported: &Exported, lang: Lang) -> impl Iterator<Item = Value> + use<> {
    let row = &exported.row;
    let or_none = |value: Option<&str>| Value::Text(value.unwrap_or_default().to_owned());
    let plain = |value: &str| Value::Text(value.to_owned());
    let joined = |texts: Vec<String>| Value::Text(texts.join("；"));
    let moment = |at: Option<DateTime<Utc>>| Value::Moment(at.map(|at| whole(shanghai(at))));
    let mut why: Vec<String> = exported.why_out.iter().map(|why| why.get(lang).to_owned()).collect();
    why.extend(row.reasons.iter().map(|reason| reason.message.get(lang).to_owned()));
    why.extend(row.flags.iter().map(|flag| flag.told(lang).to_owned()));
    let cells = [
        plain(&row.pipeline),
        plain(&row.refund_no),
        plain(&row.shop_no),
        or_none(row.shop_name.as_deref()),
        Value::Day(row.date),
        Value::Money(row.amount),
        plain(&why_title(list, row, lang)),
        joined(why),
        joined(row.reasons.iter().map(|reason| words::remedy(reason, lang)).collect()),
        plain(scope_title(row.kind, row.process_status).get(lang)),
        plain(&row.tid),
        plain(&row.src_no),
        plain(&row.sales_tid),
        or_none(row.bill_no.as_deref()),
        or_none(row.fid.as_deref()),
        moment(row.first_parked),
        moment(row.last_tried),
    ];
    let decided = row.decision.as_ref().filter(|_| list == List::Decided).map(|decision| {
        let wish = &decision.wish;
        [
            plain(decider(&wish.by).get(lang)),
            moment(Some(decision.at)),
            plain(&wish.note),
            or_none(wish.bill.as_deref()),
        ]
    });
    cells.into_iter().chain(decided.into_iter().flatten())
}
