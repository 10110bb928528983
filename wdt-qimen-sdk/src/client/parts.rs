//! The last resort for a page that cannot be read however it is mended: smaller pages of the same rows, down to one
//! row, so that the others are read.

use super::Client;
use crate::error::{Error, ErrorKind};
use crate::method::Method;
use crate::page::{Page, PageAsk, RowError};

/// Whether an error is a page that was cut out of its shape, and not something else than a page.
pub(super) fn is_broken_list(error: &Error, list_key: &str) -> bool {
    match error.kind() {
        ErrorKind::Unreadable { why: None, excerpt } => excerpt.contains(&format!("\"{list_key}\"")),
        _ => false,
    }
}

impl Client {
    /// The rows of a page that cannot be read, from pages that divide it. Its own error where these bring nothing.
    pub(super) async fn page_in_parts<M: Method>(
        &self,
        params: &M::Params,
        ask: PageAsk,
        error: Error,
    ) -> Result<Page<M::Row>, Error> {
        let part_size =
            (1..ask.page_size).rev().find(|size| ask.page_size.is_multiple_of(*size)).unwrap_or(1);
        let parts = ask.page_size / part_size;
        let mut whole: Option<Page<M::Row>> = None;
        let mut rows = Vec::new();
        let (mut calls, mut total) = (error.attempts(), None);
        for part in 0..parts {
            let Some(page_no) = ask.page_no.checked_mul(parts).and_then(|first| first.checked_add(part))
            else {
                return Err(error);
            };
            let smaller = PageAsk { page_no, page_size: part_size };
            match Box::pin(self.page::<M>(params, smaller)).await {
                Ok(mut page) => {
                    calls += page.calls;
                    if page_no == 0 {
                        total = page.total;
                    }
                    rows.append(&mut page.rows);
                    whole = Some(match whole {
                        Some(first) => Page { server_time: page.server_time, ..first },
                        None => page,
                    });
                }
                Err(broken) if part_size == 1 && is_broken_list(&broken, M::LIST_KEY) => {
                    calls += broken.attempts();
                    if let ErrorKind::Unreadable { excerpt, .. } = broken.kind() {
                        rows.push(Err(RowError::broken(excerpt)));
                    }
                }
                Err(_) => return Err(error),
            }
        }
        match whole {
            Some(first) if rows.iter().any(Result::is_ok) => {
                Ok(Page { rows, total, calls, page_size: ask.page_size, ..first })
            }
            _ => Err(error),
        }
    }
}
