//! Stock-ins: the newer row of each is kept, and joined to the document of its return.

use std::collections::{BTreeMap, BTreeSet};

use super::documents::{find, storable, write};
use super::session::{Failure, Tx};
use crate::journal::Row;
use crate::model::Stockin;
use crate::store::column::text;
use crate::store::{Origin, StockinCommit, StockinOutcome};

/// Puts what is kept of its goods on every accepted row, with one question a page.
pub(super) async fn join(tx: &Tx<'_>, pipeline: i64, rows: &mut [Row]) -> Result<(), Failure> {
    let numbers = rows.iter().map(|row| storable(row.refund_no()).into_owned()).collect();
    let mut known = of(tx, pipeline, numbers).await?;
    for row in rows {
        if let Row::Accepted(refund) = row {
            refund.stockins = known.remove(&*storable(&refund.refund_no)).unwrap_or_default();
        }
    }
    Ok(())
}

/// Everything kept of these returns, each by number.
async fn of(
    tx: &Tx<'_>,
    pipeline: i64,
    numbers: Vec<String>,
) -> Result<BTreeMap<String, Vec<Stockin>>, Failure> {
    let sql = "SELECT refund_no, content FROM stockin
               WHERE pipeline = $1 AND refund_no = ANY ($2) AND content IS NOT NULL ORDER BY stockin_no";
    let mut known: BTreeMap<String, Vec<Stockin>> = BTreeMap::new();
    for row in tx.rows(sql, &[&pipeline, &numbers]).await? {
        let stockin = serde_json::from_str(row.try_get(1)?).ok();
        known.entry(row.try_get(0)?).or_default().extend(stockin);
    }
    Ok(known)
}

pub(super) async fn commit(
    tx: &Tx<'_>,
    origin: Origin,
    commit: StockinCommit,
) -> Result<StockinOutcome, Failure> {
    if let Some(refund_no) = &commit.looked_up {
        let sql = "INSERT INTO stockin (pipeline, refund_no, stockin_no) VALUES ($1, $2, '') ON CONFLICT DO NOTHING";
        tx.execute(sql, &[&origin.pipeline, &storable(refund_no)]).await?;
    }
    let mut numbers = BTreeSet::new();
    for row in &commit.rows {
        let sql =
            "INSERT INTO stockin (pipeline, refund_no, stockin_no, modified, content) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (pipeline, refund_no, stockin_no)
             DO UPDATE SET modified = excluded.modified, content = excluded.content
             WHERE coalesce(excluded.modified, '') >= coalesce(stockin.modified, '')";
        let refund_no = storable(&row.refund_no);
        let content = serde_json::to_string(&row.stockin).ok();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [
            &origin.pipeline,
            &refund_no,
            &storable(&row.stockin.stockin_no),
            &row.modified.map(text),
            &content,
        ];
        tx.execute(sql, &values).await?;
        numbers.insert(refund_no.into_owned());
    }
    let mut outcome = StockinOutcome::default();
    let mut known = of(tx, origin.pipeline, numbers.iter().cloned().collect()).await?;
    for refund_no in &numbers {
        let Some(document) = find(tx, origin.pipeline, refund_no).await? else { continue };
        let known = known.remove(refund_no).unwrap_or_default();
        if let Some((document, entry)) = outcome.take(document, known, &commit)? {
            write(tx, origin, &document, &[entry]).await?;
        }
    }
    Ok(outcome)
}

pub(super) async fn without(tx: &Tx<'_>, pipeline: i64, limit: i64) -> Result<Vec<String>, Failure> {
    let sql = "SELECT refund_no FROM document
               WHERE pipeline = $1 AND state IN ('seen', 'parked') AND source IS NOT NULL AND fid IS NULL
                   AND NOT EXISTS (SELECT 1 FROM stockin WHERE stockin.pipeline = $1
                                   AND stockin.refund_no = document.refund_no)
               ORDER BY id LIMIT $2";
    let rows = tx.rows(sql, &[&pipeline, &limit]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
