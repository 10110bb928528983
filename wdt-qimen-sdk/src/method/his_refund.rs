//! `wdt.his.refund.query` 历史退换单查询: old returns, asked and told like new ones (see `refund.rs`).

use std::time::Duration;

use chrono::NaiveDateTime;

use super::definition::{Method, PageRule};
use super::refund::{Refund, RefundParams, RefundQuery};
use crate::row_key::RowKey;
use crate::span::Span;
use crate::wire::FieldFault;

/// `wdt.his.refund.query`: returns that the ERP has archived. From when on they are is not known; a return is in
/// one of the two lists, so a look-up that finds nothing asks both.
///
/// Rules, parameters and rows are those of [`RefundQuery`].
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use wdt_qimen_sdk::method::his_refund::HisRefundQuery;
/// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
///
/// // An old return may be in either list.
/// let params = RefundParams::builder().refund_no("TK2023010100001").build();
/// let mut found = client.list::<RefundQuery>(params.clone()).collect_latest().await?;
/// if found.rows.is_empty() {
///     found = client.list::<HisRefundQuery>(params).collect_latest().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HisRefundQuery;

impl Method for HisRefundQuery {
    const NAME: &'static str = "wdt.his.refund.query";
    const LIST_KEY: &'static str = RefundQuery::LIST_KEY;
    const PAGE: PageRule = RefundQuery::PAGE;
    const WINDOW: Option<Duration> = RefundQuery::WINDOW;
    const NUMBER: &'static str = RefundQuery::NUMBER;
    const ID: &'static str = RefundQuery::ID;

    type Params = RefundParams;
    type Row = Refund;

    fn params(params: &RefundParams) -> Vec<(&'static str, String)> {
        RefundQuery::params(params)
    }

    fn span(params: &RefundParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut RefundParams, span: Span) {
        params.span = Some(span);
    }

    fn key(row: &Refund) -> RowKey {
        RefundQuery::key(row)
    }

    fn time(row: &Refund) -> Option<NaiveDateTime> {
        row.modified
    }

    fn read(text: &str) -> Result<Refund, Vec<FieldFault>> {
        RefundQuery::read(text)
    }
}
