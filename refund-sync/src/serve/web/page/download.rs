//! The last reconciliation of a pipeline as a file: CSV, or a workbook.

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::lang::Lang;
use super::notice;
use super::state::Page;
use super::visitor::Visitor;

pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// `NAME.csv` or `NAME.xlsx`.
pub(super) async fn reconciled(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    in_path: Result<Path<String>, PathRejection>,
) -> Response {
    let Ok(Path(file)) = in_path else { return notice::no_text(&visitor) };
    let Some((name, kind)) = file.rsplit_once('.') else { return notice::nowhere(&visitor) };
    let views = page.house.board.views();
    let files = views.get(name).and_then(|view| view.reconciliation.files.clone());
    let Some(files) = files else {
        return notice::of(
            &visitor,
            StatusCode::NOT_FOUND,
            "程序启动后还没有对过账，请先在总览页开始对账。",
            "Nothing was reconciled since the program began: start a reconciliation on the overview.",
        );
    };
    let [chinese, english] = &files.csv;
    let (mime, bytes) = match kind {
        "csv" => ("text/csv; charset=utf-8", if visitor.lang == Lang::Chinese { chinese } else { english }),
        "xlsx" if !files.xlsx.is_empty() => (XLSX, &files.xlsx),
        _ => return notice::nowhere(&visitor),
    };
    let (from, to) = (files.period.from, files.period.to);
    // The name of a pipeline may hold anything; that of a file must not.
    let disposition = format!("attachment; filename=\"reconciled-{from}-{to}.{kind}\"");
    let headers = [(header::CONTENT_TYPE, mime), (header::CONTENT_DISPOSITION, disposition.as_str())];
    (headers, bytes.clone()).into_response()
}
