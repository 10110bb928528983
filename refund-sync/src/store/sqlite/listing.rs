//! The desk's lists, and looking for a return by any of its numbers. What is asked is put together in `store::list`.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use super::documents::{COLUMNS, DOCUMENTS, read};
use super::failure::Failure;
use super::search;
use crate::journal::{Document, Number, NumberKind, State};
use crate::model::Names;
use crate::store::list::{Bound, Dialect, Group, ListPage, ListQuery, Statement, end_of_prefix};
use crate::store::{Found, ListRow, Sum};

const DIALECT: Dialect = Dialect {
    place: '?',
    // `{"cause":"…` and `[{"kind":"…` as they are written: taking a text apart costs more than everything else.
    first_word: |column| {
        format!(
            "iif(substr({column}, 1, 10) IN ('{{\"cause\":\"', '[{{\"kind\":\"'),
                 substr({column}, 11, instr(substr({column}, 11), '\"') - 1), 'unknown')"
        )
    },
    lacks: |table, key| {
        format!(
            "EXISTS (SELECT 1 FROM json_each(iif(json_valid(parking), parking, '{{}}'), '$.reasons') AS reason
                 WHERE reason.value ->> '$.missing.table' = ?{table} AND reason.value ->> '$.missing.key' = ?{key})"
        )
    },
    flagged: |kind| {
        format!(
            "EXISTS (SELECT 1 FROM json_each(iif(json_valid(flags), flags, '[]')) AS flag WHERE flag.value ->> '$.kind' = ?{kind})"
        )
    },
    billed_day: "(SELECT iif(json_valid(text), text ->> '$.date', NULL)
          FROM (SELECT unpacked(bill) AS text FROM content WHERE content.document = document.id))",
    parked_day: "iif(json_valid(parking), parking ->> '$.day', NULL)",
    decided: "iif(json_valid(decision), coalesce(decision ->> '$.as', 'unknown'), 'unknown')",
    decided_at: "iif(json_valid(decision), decision ->> '$.at', NULL)",
    bytes: "",
    // Left to itself SQLite reads every one of a cause.
    parked: "document INDEXED BY document_sums",
};

/// The pipelines' names and what their shops are called, by id.
struct Pipelines(BTreeMap<i64, (String, Names)>);

impl Pipelines {
    fn read(connection: &Connection, only: Option<&str>) -> Result<Self, Failure> {
        let mut found = BTreeMap::new();
        let mut statement =
            connection.prepare_cached("SELECT id, name FROM pipeline WHERE ?1 IS NULL OR name = ?1")?;
        let mut rows = statement.query(params![only])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            found.insert(id, (row.get(1)?, search::names(connection, id)?));
        }
        Ok(Self(found))
    }

    fn row(&self, pipeline: i64, document: &Document) -> Option<ListRow> {
        self.0.get(&pipeline).map(|(name, names)| ListRow::of(name, document, names))
    }
}

pub(super) fn list(connection: &Connection, query: &ListQuery) -> Result<ListPage, Failure> {
    let pipelines = Pipelines::read(connection, query.pipeline.as_deref())?;
    let ids: Vec<i64> = pipelines.0.keys().copied().collect();
    let Some(statement) = Statement::of(query, &ids, DIALECT) else { return Ok(ListPage::default()) };
    let bound = || {
        params_from_iter(statement.bound.iter().map(|bound| match bound {
            Bound::Text(text) => Sql::Text(text.clone()),
            Bound::Number(number) => Sql::Integer(*number),
        }))
    };
    let mut groups = connection.prepare_cached(&statement.groups())?;
    let groups = groups
        .query_map(bound(), |row| {
            let (pipeline, shop_no): (i64, String) = (row.get(0)?, row.get(2)?);
            let (name, names) = pipelines.0.get(&pipeline).cloned().unwrap_or_default();
            Ok(Group {
                pipeline: name,
                cause: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                shop_name: names.shops.get(&shop_no).cloned(),
                shop_no,
                sum: Sum::of(row.get(3)?, row.get(4)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let ids = connection
        .prepare_cached(&statement.ids())?
        .query_map(bound(), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    let mut rows = rows_of(connection, &pipelines, &ids)?;
    if query.with_orders {
        name_orders(connection, &mut rows)?;
    }
    Ok(ListPage { rows: rows.into_iter().map(|(_, row)| row).collect(), groups })
}

/// Adds to what is not kept itself the numbers of its orders. They are sorted by number, not by document: all are read.
fn name_orders(connection: &Connection, rows: &mut [(i64, ListRow)]) -> Result<(), Failure> {
    let left_out = rows.iter_mut().filter(|(_, row)| row.state == State::Filtered);
    let mut left_out: BTreeMap<i64, (&mut ListRow, Vec<Number>)> =
        left_out.map(|(id, row)| (*id, (row, Vec::new()))).collect();
    let mut statement =
        connection.prepare_cached("SELECT document, kind, key FROM search ORDER BY key, kind, document")?;
    let mut found = statement.query([])?;
    while let Some(one) = found.next()? {
        // A kind that another version writes.
        if let (Some((_, numbers)), Some(kind)) =
            (left_out.get_mut(&one.get(0)?), NumberKind::of_code(one.get(1)?))
        {
            numbers.push(Number { kind, text: one.get(2)? });
        }
    }
    for (row, numbers) in left_out.into_values() {
        row.name_orders(&numbers);
    }
    Ok(())
}

/// The documents with these ids, in this order.
pub(super) fn rows(connection: &Connection, ids: &[i64]) -> Result<Vec<ListRow>, Failure> {
    let rows = rows_of(connection, &Pipelines::read(connection, None)?, ids)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn rows_of(
    connection: &Connection,
    pipelines: &Pipelines,
    ids: &[i64],
) -> Result<Vec<(i64, ListRow)>, Failure> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(row(connection, pipelines, *id)?.map(|row| (*id, row)));
    }
    Ok(rows)
}

fn row(connection: &Connection, pipelines: &Pipelines, id: i64) -> Result<Option<ListRow>, Failure> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS}, pipeline FROM {DOCUMENTS} WHERE document.id = ?1"))?
        .query_row(params![id], |row| Ok((row.get::<_, i64>(super::documents::WIDTH)?, read(row)?)))
        .optional()?;
    Ok(found.and_then(|(pipeline, document)| pipelines.row(pipeline, &document)))
}

/// The numbers by which a return of a pipeline is found, beside its own.
pub(super) fn numbers(
    connection: &Connection,
    pipeline: &str,
    refund_no: &str,
) -> Result<Vec<Number>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, key FROM search WHERE document = (
             SELECT document.id FROM document JOIN pipeline ON pipeline.id = document.pipeline
             WHERE name = ?1 AND refund_no = ?2) ORDER BY kind, key",
    )?;
    let mut numbers = Vec::new();
    let mut rows = statement.query(params![pipeline, refund_no])?;
    while let Some(row) = rows.next()? {
        // A kind that another version writes.
        let Some(kind) = NumberKind::of_code(row.get(0)?) else { continue };
        numbers.push(Number { kind, text: row.get(1)? });
    }
    Ok(numbers)
}

/// By its own number first; then by the others, as they sort.
pub(super) fn find(connection: &Connection, text: &str, limit: usize) -> Result<Vec<Found>, Failure> {
    let pipelines = Pipelines::read(connection, None)?;
    let end = end_of_prefix(text);
    let mut numbers: Vec<(i64, NumberKind, String)> = Vec::new();
    for pipeline in pipelines.0.keys() {
        let mut own = connection.prepare_cached(
            "SELECT id, refund_no FROM document WHERE pipeline = ?1 AND refund_no >= ?2 AND refund_no < ?3
             ORDER BY refund_no LIMIT ?4",
        )?;
        let own = own.query_map(params![pipeline, text, end, limit], |row| {
            Ok((row.get(0)?, NumberKind::Refund, row.get(1)?))
        })?;
        numbers.extend(own.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    let mut others = connection.prepare_cached(
        "SELECT document, kind, key FROM search WHERE key >= ?1 AND key < ?2 ORDER BY key, kind, document LIMIT ?3",
    )?;
    let mut rows = others.query(params![text, end, limit])?;
    while let Some(row) = rows.next()? {
        // A kind that another version writes.
        let Some(kind) = NumberKind::of_code(row.get(1)?) else { continue };
        numbers.push((row.get(0)?, kind, row.get(2)?));
    }
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    for (document, by, number) in numbers {
        if found.len() < limit && known.insert(document) {
            let row = row(connection, &pipelines, document)?;
            found.extend(row.map(|row| Found { row, by, number }));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::List;

    /// Ten thousand returns that wait are added up without one of them being read.
    #[test]
    fn what_waits_is_summed_up_from_its_index_alone() {
        let connection = Connection::open_in_memory().unwrap();
        for schema in super::super::MIGRATIONS {
            connection.execute_batch(schema).unwrap();
        }
        let queries = [
            ListQuery::of(List::Parked),
            ListQuery { shop_no: Some("S001".to_owned()), ..ListQuery::of(List::Parked) },
            ListQuery { cause: Some("unmapped".to_owned()), ..ListQuery::of(List::Parked) },
        ];
        for query in queries {
            let statement = Statement::of(&query, &[1], DIALECT).unwrap();
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.groups())).unwrap();
            let bound = vec!["x"; statement.bound.len()];
            let plan: Vec<String> = plan
                .query_map(params_from_iter(bound), |row| row.get(3))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap();
            assert!(plan[0].contains("document_sums"), "{query:?}: {plan:?}");
        }
    }
}
