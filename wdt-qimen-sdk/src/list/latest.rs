//! A list folded: rows come more than once and out of order, and of each the latest counts.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::reading::Listed;
use crate::page::RowError;
use crate::row_key::RowKey;
use crate::window::{Proof, Why};

/// Each row of a list once, as it was last: made by [`List::collect_latest`](super::List::collect_latest), or page by
/// page with [`take`](Self::take).
///
/// A row that cannot be read is never lost and never takes another with it: it stands in [`broken`](Self::broken), also
/// if an older state of it could be read, since that one no longer holds.
///
/// ```
/// # use futures_util::StreamExt;
/// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
/// use wdt_qimen_sdk::{Client, Error, Latest};
///
/// /// Reads a list whole, and sits errors out that pass.
/// async fn patiently(client: &Client, params: RefundParams) -> Result<usize, Error> {
///     let mut pages = client.list::<RefundQuery>(params).pages();
///     let mut latest = Latest::default();
///     while let Some(listed) = pages.next().await {
///         match listed {
///             Ok(listed) => latest.take(listed),
///             Err(error) if error.is_transient() => eprintln!("{error}, again"),
///             Err(error) => return Err(error),
///         }
///     }
///     println!("{} returns, {} broken, whole: {}", latest.rows.len(), latest.broken.len(), latest.is_whole());
///     Ok(latest.rows.len())
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Latest<R> {
    /// The rows, by what they count by.
    pub rows: BTreeMap<RowKey, R>,
    /// Those whose latest state cannot be read.
    pub broken: BTreeMap<RowKey, RowError>,
    /// What the reading proves: ask [`is_whole`](Self::is_whole).
    pub proof: Proof,
    times: BTreeMap<RowKey, NaiveDateTime>,
}

impl<R> Default for Latest<R> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            broken: BTreeMap::new(),
            proof: Proof::Unproved(Why::Unfinished),
            times: BTreeMap::new(),
        }
    }
}

impl<R> Latest<R> {
    /// Takes the next item of [`List::pages`](super::List::pages). Of two states of a row the one modified later
    /// counts; of two alike, or where one shows no time, the one that came later.
    pub fn take(&mut self, listed: Listed<R>) {
        let listed = match listed {
            Listed::Page(listed) => listed,
            Listed::End(proof) => {
                self.proof = proof;
                return;
            }
        };
        for (row, at) in listed.page.rows.into_iter().zip(listed.rows_at) {
            if let Some(time) = at.time {
                let known = self.times.entry(at.key.clone()).or_insert(time);
                if time < *known {
                    continue;
                }
                *known = time;
            }
            match row {
                Ok(row) => {
                    self.broken.remove(&at.key);
                    self.rows.insert(at.key, row);
                }
                Err(error) => {
                    self.rows.remove(&at.key);
                    self.broken.insert(at.key, error);
                }
            }
        }
    }

    /// Whether every row of the list was seen, and each can be read.
    ///
    /// ```
    /// # async fn f(client: &wdt_qimen_sdk::Client, month: wdt_qimen_sdk::Span) -> Result<(), wdt_qimen_sdk::Error> {
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    ///
    /// let refunds = client.list::<RefundQuery>(RefundParams::builder().span(month).build()).collect_latest().await?;
    /// if !refunds.is_whole() {
    ///     eprintln!("{:?}, {} rows cannot be read", refunds.proof, refunds.broken.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_whole(&self) -> bool {
        matches!(self.proof, Proof::Proved { .. }) && self.broken.is_empty()
    }
}
