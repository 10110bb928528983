//! Stock-ins: the newer row of each is kept, and joined to the document of its return.

use std::collections::BTreeSet;

use super::changes::{Change, write_all};
use super::documents::{find, stockins_of, storable};
use super::search;
use super::session::{Failure, Tx};
use crate::model::Names;
use crate::store::column::text;
use crate::store::{Origin, StockinCommit, StockinOutcome};

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
    let mut names = Names::default();
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
        let warehouse = storable(&row.stockin.warehouse_no).into_owned();
        names.warehouses.insert(warehouse, storable(&row.warehouse_name).into_owned());
    }
    search::learn_all(tx, origin.pipeline, names).await?;
    let mut outcome = StockinOutcome::default();
    let mut changes = Vec::new();
    let mut known = stockins_of(tx, origin.pipeline, numbers.iter().cloned().collect()).await?;
    for refund_no in &numbers {
        let Some(document) = find(tx, origin.pipeline, refund_no).await? else { continue };
        let known = known.remove(refund_no).unwrap_or_default();
        let mut change = Change::none(document.clone());
        if let Some((document, entry)) = outcome.take(document, known, &commit)? {
            change.take(document, vec![entry]);
            changes.push(change);
        }
    }
    write_all(tx, origin, changes).await?;
    Ok(outcome)
}

pub(super) async fn without(tx: &Tx<'_>, pipeline: i64, limit: i64) -> Result<Vec<String>, Failure> {
    let sql = "SELECT refund_no FROM document JOIN content ON content.document = document.id
               WHERE pipeline = $1 AND state IN ('seen', 'parked') AND source IS NOT NULL AND fid IS NULL
                   AND NOT EXISTS (SELECT 1 FROM stockin WHERE stockin.pipeline = $1
                                   AND stockin.refund_no = document.refund_no)
               ORDER BY id LIMIT $2";
    let rows = tx.rows(sql, &[&pipeline, &limit]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
