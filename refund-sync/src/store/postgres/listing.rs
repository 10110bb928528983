//! The desk's lists, and looking for a return by any of its numbers. What is asked is put together in `store::list`.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::types::ToSql;

use super::documents::{COLUMNS, DOCUMENTS, WIDTH, long, storable};
use super::rows::{count, read};
use super::search;
use super::session::{Failure, Tx};
use crate::journal::{Number, NumberKind, State};
use crate::model::Names;
use crate::store::list::{Bound, Dialect, Group, ListPage, ListQuery, Statement, end_of_prefix};
use crate::store::{Found, ListRow, Sum};

const DIALECT: Dialect = Dialect {
    place: '$',
    // `{"cause":"…` and `[{"kind":"…` as they are written.
    first_word: |column| {
        format!(
            "CASE WHEN left({column}, 10) IN ('{{\"cause\":\"', '[{{\"kind\":\"') THEN split_part({column}, '\"', 4)
             ELSE 'unknown' END"
        )
    },
    lacks: |table, key| {
        format!(
            "EXISTS (SELECT 1 FROM json_array_elements(parking::json -> 'reasons') AS reason
                 WHERE reason -> 'missing' ->> 'table' = ${table} AND reason -> 'missing' ->> 'key' = ${key})"
        )
    },
    flagged: |kind| {
        format!(
            "EXISTS (SELECT 1 FROM json_array_elements(flags::json) AS flag WHERE flag ->> 'kind' = ${kind})"
        )
    },
    billed_day: "(SELECT bill::json ->> 'date' FROM content WHERE content.document = document.id)",
    parked_day: "(parking::json ->> 'day')",
    decided: "coalesce(decision::json ->> 'as', 'unknown')",
    decided_at: "(decision::json ->> 'at') COLLATE \"C\"",
    bytes: " COLLATE \"C\"",
    parked: "document",
};

/// The pipelines' names and what their shops are called, by id.
type Pipelines = BTreeMap<i64, (String, Names)>;

async fn pipelines(tx: &Tx<'_>, only: Option<&str>) -> Result<Pipelines, Failure> {
    let mut found = BTreeMap::new();
    let sql = "SELECT id, name FROM pipeline WHERE $1::text IS NULL OR name = $1";
    for row in tx.rows(sql, &[&only.map(storable)]).await? {
        let id = row.try_get(0)?;
        found.insert(id, (row.try_get(1)?, search::names(tx, id).await?));
    }
    Ok(found)
}

pub(super) async fn list(tx: &Tx<'_>, query: ListQuery) -> Result<ListPage, Failure> {
    let pipelines = pipelines(tx, query.pipeline.as_deref()).await?;
    let ids: Vec<i64> = pipelines.keys().copied().collect();
    let Some(statement) = Statement::of(&query, &ids, DIALECT) else { return Ok(ListPage::default()) };
    let bound: Vec<Bound> = statement
        .bound
        .iter()
        .map(|bound| match bound {
            Bound::Text(text) => Bound::Text(storable(text).into_owned()),
            Bound::Number(number) => Bound::Number(*number),
        })
        .collect();
    let values: Vec<&(dyn ToSql + Sync)> = bound
        .iter()
        .map(|bound| match bound {
            Bound::Text(text) => text as &(dyn ToSql + Sync),
            Bound::Number(number) => number as &(dyn ToSql + Sync),
        })
        .collect();
    let mut groups = Vec::new();
    for row in tx.rows(&statement.groups(), &values).await? {
        let (pipeline, shop_no): (i64, String) = (row.try_get(0)?, row.try_get(2)?);
        let (name, names) = pipelines.get(&pipeline).cloned().unwrap_or_default();
        groups.push(Group {
            pipeline: name,
            cause: row.try_get::<_, Option<String>>(1)?.unwrap_or_default(),
            shop_name: names.shops.get(&shop_no).cloned(),
            shop_no,
            sum: Sum::of(count(&row, 3)?, row.try_get(4)?),
        });
    }
    let mut ids = Vec::new();
    for row in tx.rows(&statement.ids(), &values).await? {
        ids.push(row.try_get(0)?);
    }
    let mut known = rows_of(tx, &pipelines, &ids).await?;
    if query.with_orders {
        name_orders(tx, &mut known).await?;
    }
    Ok(ListPage { rows: ids.iter().filter_map(|id| known.remove(id)).collect(), groups })
}

/// The documents with these ids, in this order.
pub(super) async fn rows(tx: &Tx<'_>, ids: &[i64]) -> Result<Vec<ListRow>, Failure> {
    let mut known = rows_of(tx, &pipelines(tx, None).await?, ids).await?;
    Ok(ids.iter().filter_map(|id| known.remove(id)).collect())
}

async fn rows_of(tx: &Tx<'_>, pipelines: &Pipelines, ids: &[i64]) -> Result<BTreeMap<i64, ListRow>, Failure> {
    let sql = format!("SELECT {COLUMNS}, pipeline FROM {DOCUMENTS} WHERE document.id = ANY ($1)");
    let mut found = BTreeMap::new();
    for row in tx.rows(&sql, &[&ids]).await? {
        let document = read(&row)?;
        if let Some((name, names)) = pipelines.get(&row.try_get(WIDTH)?) {
            found.insert(document.id, ListRow::of(name, &document, names));
        }
    }
    Ok(found)
}

/// Adds to what is not kept itself the numbers of its orders. They are sorted by number, not by document: all are read.
async fn name_orders(tx: &Tx<'_>, found: &mut BTreeMap<i64, ListRow>) -> Result<(), Failure> {
    let left_out = found.iter().filter(|(_, row)| row.state == State::Filtered);
    let left_out: Vec<i64> = left_out.map(|(id, _)| *id).collect();
    let sql = "SELECT document, kind, key FROM search WHERE document = ANY ($1) ORDER BY key, kind";
    let mut numbers: BTreeMap<i64, Vec<Number>> = BTreeMap::new();
    for row in tx.rows(sql, &[&left_out]).await? {
        // A kind that another version writes.
        let Some(kind) = NumberKind::of_code(row.try_get(1)?) else { continue };
        numbers.entry(row.try_get(0)?).or_default().push(Number { kind, text: row.try_get(2)? });
    }
    for (id, numbers) in numbers {
        if let Some(row) = found.get_mut(&id) {
            row.name_orders(&numbers);
        }
    }
    Ok(())
}

/// The numbers by which a return of a pipeline is found, beside its own.
pub(super) async fn numbers(
    tx: &Tx<'_>,
    pipeline: String,
    refund_no: String,
) -> Result<Vec<Number>, Failure> {
    let sql = "SELECT kind, key FROM search WHERE document = (
             SELECT document.id FROM document JOIN pipeline ON pipeline.id = document.pipeline
             WHERE name = $1 AND refund_no = $2) ORDER BY kind, key";
    let mut numbers = Vec::new();
    for row in tx.rows(sql, &[&storable(&pipeline), &storable(&refund_no)]).await? {
        // A kind that another version writes.
        let Some(kind) = NumberKind::of_code(row.try_get(0)?) else { continue };
        numbers.push(Number { kind, text: row.try_get(1)? });
    }
    Ok(numbers)
}

/// By its own number first; then by the others, as they sort.
pub(super) async fn find(tx: &Tx<'_>, text: String, limit: usize) -> Result<Vec<Found>, Failure> {
    let pipelines = pipelines(tx, None).await?;
    let text = storable(&text).into_owned();
    let (end, most) = (end_of_prefix(&text), long(limit));
    let mut numbers: Vec<(i64, NumberKind, String)> = Vec::new();
    for pipeline in pipelines.keys() {
        let sql =
            "SELECT id, refund_no FROM document WHERE pipeline = $1 AND refund_no >= $2 AND refund_no < $3
                   ORDER BY refund_no LIMIT $4";
        for row in tx.rows(sql, &[pipeline, &text, &end, &most]).await? {
            numbers.push((row.try_get(0)?, NumberKind::Refund, row.try_get(1)?));
        }
    }
    let sql = "SELECT document, kind, key FROM search WHERE key >= $1 AND key < $2 ORDER BY key, kind, document LIMIT $3";
    for row in tx.rows(sql, &[&text, &end, &most]).await? {
        // A kind that another version writes.
        let Some(kind) = NumberKind::of_code(row.try_get(1)?) else { continue };
        numbers.push((row.try_get(0)?, kind, row.try_get(2)?));
    }
    let mut known = BTreeSet::new();
    numbers.retain(|(document, ..)| known.insert(*document));
    numbers.truncate(limit);
    let ids: Vec<i64> = numbers.iter().map(|(document, ..)| *document).collect();
    let mut rows = rows_of(tx, &pipelines, &ids).await?;
    let found = |(document, by, number)| rows.remove(&document).map(|row| Found { row, by, number });
    Ok(numbers.into_iter().filter_map(found).collect())
}
