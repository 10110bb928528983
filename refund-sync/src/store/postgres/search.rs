//! What lists and searches need beside the documents: the numbers that people look for, and what shops and warehouses are
//! called.

use std::collections::BTreeMap;

use super::documents::storable;
use super::session::{Failure, Tx};
use crate::journal::Document;
use crate::model::{Names, Return};

/// What a transaction adds to the index, a column each, and what its rows call their shops.
#[derive(Default)]
pub(super) struct Found {
    keys: Vec<String>,
    kinds: Vec<i16>,
    documents: Vec<i64>,
    shops: BTreeMap<String, String>,
}

impl Found {
    /// Takes the numbers of a document that was written.
    pub(super) fn take(&mut self, document: &mut Document) {
        for number in document.numbers.drain(..) {
            self.keys.push(storable(&number.text).into_owned());
            self.kinds.push(number.kind.code());
            self.documents.push(document.id);
        }
        if !document.source.has_changed() {
            return;
        }
        if let Some(name) = document.refund().and_then(Return::shop_name) {
            self.shops.insert(storable(&document.shop_no).into_owned(), storable(name).into_owned());
        }
    }

    pub(super) async fn write(self, tx: &Tx<'_>, pipeline: i64) -> Result<(), Failure> {
        if !self.keys.is_empty() {
            let sql = "INSERT INTO search (key, kind, document)
                       SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[]) ON CONFLICT DO NOTHING";
            tx.execute(sql, &[&self.keys, &self.kinds, &self.documents]).await?;
        }
        learn(tx, "shop", pipeline, self.shops).await
    }
}

async fn learn(
    tx: &Tx<'_>,
    table: &'static str,
    pipeline: i64,
    names: BTreeMap<String, String>,
) -> Result<(), Failure> {
    let (numbers, names): (Vec<String>, Vec<String>) =
        names.into_iter().filter(|(no, name)| !no.is_empty() && !name.is_empty()).unzip();
    if numbers.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO {table} (pipeline, no, name) SELECT $1, no, name FROM unnest($2::text[], $3::text[]) AS named (no, name)
         ON CONFLICT (pipeline, no) DO UPDATE SET name = excluded.name WHERE {table}.name <> excluded.name"
    );
    tx.execute(&sql, &[&pipeline, &numbers, &names]).await?;
    Ok(())
}

pub(super) async fn learn_all(tx: &Tx<'_>, pipeline: i64, names: Names) -> Result<(), Failure> {
    learn(tx, "shop", pipeline, names.shops).await?;
    learn(tx, "warehouse", pipeline, names.warehouses).await
}

pub(super) async fn names(tx: &Tx<'_>, pipeline: i64) -> Result<Names, Failure> {
    Ok(Names {
        shops: named(tx, "shop", pipeline).await?,
        warehouses: named(tx, "warehouse", pipeline).await?,
    })
}

async fn named(tx: &Tx<'_>, table: &'static str, pipeline: i64) -> Result<BTreeMap<String, String>, Failure> {
    let sql = format!("SELECT no, name FROM {table} WHERE pipeline = $1");
    let rows = tx.rows(&sql, &[&pipeline]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
