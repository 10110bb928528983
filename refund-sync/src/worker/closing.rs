//! Months that a person closes or opens again: checked against the journal, kept there, and in the rules of every run from
//! then on. What is still open of a month is `store::month`'s to say.

use chrono::{DateTime, Utc};

use crate::config::Pipeline;
use crate::lang::Text;
use crate::store::{
    Asked, ClosedMonths, Closing, MonthMade, MonthOrder, MonthReport, Request, Store, StoreError,
};

/// Carries out what persons left in the journal. Before a run is begun: its rules stay the same to its end.
pub(super) async fn close_where_asked(
    store: &dyn Store,
    pipeline: i64,
    settings: &Pipeline,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for Asked { id, request, .. } in store.open_requests(pipeline).await? {
        if let Request::Month(order) = request {
            let made = close_month(store, pipeline, settings, &order, now).await?;
            store.answer_request(id, serde_json::to_string(&made).unwrap_or_default()).await?;
        }
    }
    Ok(())
}

/// Closes a month of a pipeline or opens it again, if that may be.
///
/// # Errors
/// What the journal fails with.
pub async fn close_month(
    store: &dyn Store,
    pipeline: i64,
    settings: &Pipeline,
    order: &MonthOrder,
    now: DateTime<Utc>,
) -> Result<MonthMade, StoreError> {
    let months = ClosedMonths::kept(store, pipeline).await?;
    let refused = if order.reopen {
        let closed_by_rules = settings.mapping.open_from(None).is_some_and(|open| order.month.last() < open);
        may_reopen(&months, order, closed_by_rules)
    } else {
        let name = settings.name.as_str();
        may_close(&months, &MonthReport::read(store, (name, pipeline), &settings.mapping, order.month).await?)
    };
    if let Some(message) = refused {
        return Ok(MonthMade { done: false, message });
    }
    let MonthOrder { month, reopen, ref by, ref note } = *order;
    let closing = Closing { month, reopened: reopen, by: by.clone(), at: now, note: note.trim().to_owned() };
    months.keep(closing, store, pipeline).await?;
    tracing::info!(
        pipeline = settings.name,
        month = %month,
        by,
        reopen,
        message_zh = "已关账或重新打开",
        "month closed or reopened"
    );
    let message = if reopen {
        Text::of(format!("{month} 已重新打开"), format!("{month} is open again"))
    } else {
        Text::of(
            format!(
                "{month} 已关账：此后日期在 {month} 及以前的，按 closed_period 待处理或移到 {}",
                month.end()
            ),
            format!(
                "{month} is closed: dates up to it wait for a person or move to {}, as closed_period says",
                month.end()
            ),
        )
    };
    Ok(MonthMade { done: true, message })
}

fn may_close(months: &ClosedMonths, report: &MonthReport) -> Option<Text> {
    let month = report.month;
    if let Some(known) = months.closing(month) {
        return Some(Text::of(
            format!("{month} 已由 {} 随 {} 关账", known.by, known.month),
            format!("{month} was closed by {} with {}", known.by, known.month),
        ));
    }
    if report.may_close {
        return None;
    }
    let (zh, en): (Vec<_>, Vec<_>) =
        report.why.iter().map(|why| (why.message.zh.as_ref(), why.message.en.as_ref())).unzip();
    let (zh, en) = (zh.join("；"), en.join("; "));
    Some(if report.closed_by_rules {
        Text::of(
            format!("{month} 已按规则自动关账，单据记不进去；由人关账还要等：{zh}"),
            format!(
                "{month} is closed by the rules, nothing is booked in it; for a person to close it: {en}"
            ),
        )
    } else {
        Text::of(format!("{month} 还不能关账：{zh}"), format!("{month} may not be closed: {en}"))
    })
}

fn may_reopen(months: &ClosedMonths, order: &MonthOrder, closed_by_rules: bool) -> Option<Text> {
    let month = order.month;
    if order.note.trim().is_empty() {
        return Some(Text::new("重新打开须写明原因", "why it is opened again must be said"));
    }
    match months.closed.keys().max() {
        Some(latest) if *latest == month => None,
        Some(latest) if *latest > month => Some(Text::of(
            format!("{latest} 在其后关账，请先重新打开 {latest}"),
            format!("{latest} was closed after it: open that first"),
        )),
        _ if closed_by_rules => Some(Text::of(
            format!(
                "{month} 是按配置（open_from 或 close_day）关账的，没有人关过；要重新打开，请管理员改配置"
            ),
            format!(
                "{month} is closed by the settings (open_from or close_day), not by anybody: to open it, change them"
            ),
        )),
        _ => Some(Text::of(format!("{month} 没有在这里关账"), format!("{month} was not closed here"))),
    }
}
