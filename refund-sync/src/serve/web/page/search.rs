//! The field at the top of every page: a return by any of its numbers. One that is found is shown at once, several as a list.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::frame::{Frame, html};
use super::lang::Lang;
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::words::{named, why_out};
use super::{link, notice};
use crate::journal::sought;
use crate::lang::money;
use crate::store::{Found, StoreError};

/// So many are shown; who finds more should say more of the number.
const MOST: usize = 100;

#[derive(Debug, askama::Template)]
#[template(path = "found.html")]
struct FoundView {
    frame: Frame,
    text: String,
    lines: Vec<Line>,
    has_more: bool,
}

#[derive(Debug)]
struct Line {
    refund_no: String,
    link: String,
    state: String,
    shop: String,
    date: String,
    amount: String,
    by: String,
    why: String,
}

pub(super) async fn find(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let text = visitor.here.asked("no").map(str::trim).unwrap_or_default().to_owned();
    let Some(number) = sought(&text) else { return Redirect::to("/").into_response() };
    let (shown, found) = match page.found(&text, &number).await {
        Ok(found) => found,
        Err(error) => return notice::of_store(&visitor, &error),
    };
    let mut numbers: Vec<&str> = found.iter().map(|found| found.row.refund_no.as_str()).collect();
    numbers.dedup();
    match numbers[..] {
        // Its own page says that it was never read.
        [] => Redirect::to(&link::refund(&text)).into_response(),
        [one] => Redirect::to(&link::refund(one)).into_response(),
        _ => html(&FoundView {
            frame: Frame::live(&visitor, visitor.lang.of("查询", "Search"), &shown),
            has_more: found.len() > MOST,
            lines: found.iter().take(MOST).map(|found| page.line(found, visitor.lang)).collect(),
            text,
        }),
    }
}

impl Page {
    /// What begins with this number; where it is a whole one, only that.
    async fn found(&self, text: &str, number: &str) -> Result<(Shown, Vec<Found>), StoreError> {
        let store = self.house.journal.store()?;
        let mut found = store.find(number, MOST + 1).await?;
        if found.iter().any(|found| found.row.refund_no == text) {
            found.retain(|found| found.row.refund_no == text);
        } else if found.iter().any(|found| found.number.to_uppercase() == number) {
            found.retain(|found| found.number.to_uppercase() == number);
        }
        Ok((self.shown().await?, found))
    }
}

impl Page {
    fn line(&self, found: &Found, lang: Lang) -> Line {
        let row = &found.row;
        let why = why_out(&self.house.board.views(), row);
        Line {
            refund_no: row.refund_no.clone(),
            link: link::refund(&row.refund_no),
            state: row.state.title().get(lang).to_owned(),
            shop: named(&row.shop_no, row.shop_name.as_deref()),
            date: row.date.map(|date| date.to_string()).unwrap_or_default(),
            amount: row.amount.map_or_else(|| "—".to_owned(), money),
            by: format!("{} {}", found.by.title().get(lang), found.number),
            why: why.map(|why| why.get(lang).to_owned()).unwrap_or_default(),
        }
    }
}
