//! A list as a file for a spreadsheet: everything that its filters take, whatever page is shown.

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};

use super::lang::Lang;
use super::list::why_title;
use super::listed::Listed;
use super::notice;
use super::state::Page;
use super::visitor::Visitor;
use crate::clock::shanghai;
use crate::model::scope_title;
use crate::spreadsheet::{csv_for_people, text};
use crate::store::{List, ListRow};

/// So many rows a file has at most: a spreadsheet takes not many more.
const MOST: usize = 100_000;

const HEAD: [(&str, &str); 17] = [
    ("同步方案", "pipeline"),
    ("退换单号", "refund_no"),
    ("店铺编号", "shop_no"),
    ("店铺名称", "shop_name"),
    ("单据日期", "date"),
    ("金额", "amount"),
    ("原因", "cause"),
    ("说明", "why"),
    ("怎么办", "what to do"),
    ("类型 · 状态", "type · status"),
    ("原始单号", "tid"),
    ("平台退款单号", "src_no"),
    ("系统订单编号", "sales_tid"),
    ("单据编号", "bill_no"),
    ("内码", "fid"),
    ("首次待处理", "first came up"),
    ("最近重试", "last tried"),
];

pub(super) async fn file(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    if Listed::named(&visitor.here).is_none() {
        return notice::of(&visitor, StatusCode::NOT_FOUND, "没有这个列表。", "There is no such list.");
    }
    let (listed, _) = Listed::of(&visitor.here, visitor.lang);
    let asked = Listed { page: 1, ..listed };
    let found = match page.house.journal.store() {
        Ok(store) => store.list(asked.query(MOST)).await,
        Err(error) => Err(error),
    };
    let rows = match found {
        Ok(page) => page.rows,
        Err(error) => return notice::of_store(&visitor, &error),
    };
    let now = shanghai(page.house.board.now()).format("%Y%m%d-%H%M");
    let disposition = format!("attachment; filename=\"{}-{now}.csv\"", asked.list);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    match written(asked.list, &rows, visitor.lang) {
        Ok(file) => (headers, file).into_response(),
        Err(error) => {
            tracing::error!(%error, message_zh = "列表无法导出", "a list cannot be exported");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn written(list: List, rows: &[ListRow], lang: Lang) -> std::io::Result<Vec<u8>> {
    let mut file = Vec::new();
    {
        let mut csv = csv_for_people(&mut file)?;
        csv.write_record(HEAD.map(|(zh, en)| lang.of(zh, en)))?;
        for row in rows {
            csv.write_record(cells(list, row, lang))?;
        }
        csv.flush()?;
    }
    Ok(file)
}

fn cells(list: List, row: &ListRow, lang: Lang) -> [String; 17] {
    let or_none = |value: Option<&str>| value.map(text).unwrap_or_default();
    let joined = |texts: Vec<String>| text(&texts.join("；"));
    let mut why: Vec<String> = row.reasons.iter().map(|reason| reason.message.get(lang).to_owned()).collect();
    why.extend(row.flags.iter().map(|flag| flag.told(lang).to_owned()));
    [
        text(&row.pipeline),
        text(&row.refund_no),
        text(&row.shop_no),
        or_none(row.shop_name.as_deref()),
        row.date.map(|date| date.to_string()).unwrap_or_default(),
        // A figure of ours, minus sign and all.
        row.amount.map(|amount| amount.to_string()).unwrap_or_default(),
        text(&why_title(list, row, lang)),
        joined(why),
        joined(row.reasons.iter().map(|reason| reason.remedy.get(lang).to_owned()).collect()),
        text(scope_title(row.kind, row.process_status).get(lang)),
        text(&row.tid),
        text(&row.src_no),
        text(&row.sales_tid),
        or_none(row.bill_no.as_deref()),
        or_none(row.fid.as_deref()),
        moment(row.first_parked),
        moment(row.last_tried),
    ]
}

fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| shanghai(at).format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}
