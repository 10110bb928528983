//! A month: what of it is in the books and what is not.

#[cfg(any(feature = "serve", feature = "mcp"))]
use serde::Serialize;

#[cfg(any(feature = "serve", feature = "mcp"))]
use super::AnswerError;
#[cfg(feature = "reconcile")]
use super::Differences;
use super::Inquiry;
use crate::config::Pipeline;
use crate::lang::Text;
use crate::model::Month;
#[cfg(feature = "reconcile")]
use crate::reconcile::{Period, ReconcileSummary};
use crate::store::{self, MonthReport, StoreError};

/// What of a month counts as not in scope, for whoever sets it beside the reconciliation's.
pub(crate) const NOT_IN_SCOPE: Text = Text::new(
    "未纳入：本月内最后修改、不写单据的退换单，含还没有结算的；对账表的“未纳入”只含期间内结算的，两者不必相等。",
    "Not in scope: returns without a bill that last changed in this month, settled or not; a reconciliation counts only those that were settled in its days, so the two need not be equal.",
);

/// What of a month is not in the books.
#[cfg(any(feature = "serve", feature = "mcp"))]
#[derive(Debug, Serialize)]
pub(crate) struct NotInBooks {
    month: Month,
    /// The one shop that was asked for.
    shop: Option<String>,
    pipelines: Vec<PipelineMonth>,
}

/// The month of a pipeline, and what the last reconciliation names of it.
#[cfg(any(feature = "serve", feature = "mcp"))]
#[derive(Debug, Serialize)]
struct PipelineMonth {
    #[serde(flatten)]
    report: MonthReport,
    findings: Vec<crate::reconcile::Finding>,
}

/// The month with what the last reconciliation found and nobody has dealt with since.
#[cfg(feature = "reconcile")]
pub(crate) async fn reconciled(
    mut report: MonthReport,
    (store, pipeline): (&dyn store::Store, i64),
    shop: Option<&str>,
) -> Result<MonthReport, StoreError> {
    let Some(summary) = ReconcileSummary::kept(store, pipeline).await? else {
        report.not_reconciled(None);
        return Ok(report);
    };
    let found = Differences::read(store, pipeline, &summary).await?;
    report.take_differences(found.at, found.gaps().filter(|gap| shop.is_none_or(|shop| shop == gap.0)));
    let Period { from, to } = summary.period;
    if from > report.month.first() || to < report.month.last() {
        report.not_reconciled(Some((from, to)));
    }
    Ok(report)
}

impl Inquiry<'_> {
    /// The month of one pipeline, of one shop or of all, with what the last reconciliation says; `None` where it was never
    /// worked.
    pub(crate) async fn month(
        &self,
        pipeline: &Pipeline,
        month: Month,
        shop: Option<&str>,
    ) -> Result<Option<MonthReport>, StoreError> {
        let Some(store) = self.store else { return Ok(None) };
        let Some(row) = store.known_pipeline(&pipeline.name).await? else { return Ok(None) };
        let mut settings = pipeline.clone();
        store::close_months(&mut settings, store, row.id, self.clock.now()).await?;
        let place = (pipeline.name.as_str(), row.id);
        let report = MonthReport::read_of(store, place, &settings.mapping, month, shop).await?;
        #[cfg(feature = "reconcile")]
        let report = reconciled(report, (store, row.id), shop).await?;
        Ok(Some(report))
    }

    /// What of a month, written `2026-11`, is not in the books: in progress, waiting for a person, decided, different.
    #[cfg(any(feature = "serve", feature = "mcp"))]
    pub(crate) async fn not_in_books(
        &self,
        month: &str,
        shop: Option<&str>,
    ) -> Result<NotInBooks, AnswerError> {
        let asked = month;
        let Ok(month) = asked.parse::<Month>() else {
            return Err(AnswerError::Question(Text::of(
                format!("{asked:?} 不是月份，请写成 2026-11"),
                format!("{asked:?} is no month: write 2026-11"),
            )));
        };
        let shop = shop.map(str::trim).filter(|shop| !shop.is_empty());
        let mut pipelines = Vec::new();
        for pipeline in &self.pipelines {
            let Some(report) = self.month(pipeline, month, shop).await? else { continue };
            let Some(store) = self.store else { continue };
            let row = store.known_pipeline(&pipeline.name).await?;
            let kept = match row {
                Some(row) => ReconcileSummary::kept(store, row.id).await?,
                None => None,
            };
            let mut findings = kept.map(|kept| kept.findings).unwrap_or_default();
            findings.retain(|one| {
                one.date.is_some_and(|day| month.contains(day)) && shop.is_none_or(|shop| shop == one.shop_no)
            });
            pipelines.push(PipelineMonth { report, findings });
        }
        if let Some(shop) = shop
            && pipelines.iter().all(|one| one.report.shops.is_empty())
        {
            return Err(AnswerError::Unknown(Text::of(
                format!("{month} 没有店铺 {shop:?} 的退货"),
                format!("{month} has no return of shop {shop:?}"),
            )));
        }
        Ok(NotInBooks { month, shop: shop.map(str::to_owned), pipelines })
    }
}
