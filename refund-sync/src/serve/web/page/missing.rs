//! The numbers that mapping tables lack, one entry each: how much waits for it, and what is to be filled in.

use super::lang::{Lang, figure, money};
use super::{link, parked};
use crate::model::{MissingCount, MissingKey};
use crate::serve::View;

/// So many are shown; those that most money waits for come first.
pub(super) const MOST: usize = 20;

/// One number that a table lacks.
#[derive(Debug)]
pub(super) struct MissingLine {
    pub(super) pipeline: String,
    pub(super) table: String,
    pub(super) key: String,
    /// `店铺 S003 未对照`
    pub(super) title: String,
    pub(super) count: String,
    pub(super) yuan: String,
    /// What is to be filled in: 金蝶客户编码.
    pub(super) wanted: &'static str,
    /// One of the returns: number and address.
    pub(super) example: (String, String),
    /// All that wait for such a number.
    pub(super) all: String,
    /// Where it is filled in without a script; `None`: only in the file.
    pub(super) form: Option<String>,
}

impl MissingLine {
    pub(super) fn of(found: &MissingCount, view: Option<&View>, back: &str, lang: Lang) -> Self {
        let MissingCount { pipeline, missing, returns, yuan: amount, example } = found;
        let MissingKey { table, key, out_of_validity } = missing;
        let filling = view.and_then(|view| view.filling.as_ref());
        let can_fill = filling
            .is_some_and(|filling| filling.searched(table).is_some() && filling.tables.contains_key(table));
        let by_customer = filling.is_some_and(crate::serve::filling::Filling::by_customer);
        let title = if *out_of_validity {
            let subject = subject(table, by_customer, lang);
            match lang {
                Lang::Chinese => format!("{subject} {key} 不在有效期内"),
                Lang::English => format!("{subject} {key} has no row for that day"),
            }
        } else {
            title(table, key, by_customer, lang)
        };
        let query = [("pipeline", pipeline.as_str()), ("table", table), ("key", key), ("back", back)];
        Self {
            pipeline: pipeline.clone(),
            table: table.clone(),
            key: key.clone(),
            title,
            count: figure(*returns),
            yuan: money(*amount),
            wanted: wanted(table, lang),
            example: (example.clone(), link::refund(example)),
            all: parked::list(pipeline, "unmapped"),
            form: can_fill.then(|| link::to("/fill", &query)),
        }
    }
}

/// `店铺 S003 未对照`
pub(super) fn title(table: &str, key: &str, by_customer: bool, lang: Lang) -> String {
    let subject = subject(table, by_customer, lang);
    match lang {
        Lang::Chinese => format!("{subject} {key} 未对照"),
        Lang::English => format!("{subject} {key} is not mapped"),
    }
}

/// What the keys of a table are.
fn subject(table: &str, by_customer: bool, lang: Lang) -> String {
    let told = match table {
        "customers" if by_customer => lang.of("客户", "Customer"),
        "customers" | "orgs" => lang.of("店铺", "Shop"),
        "materials" => lang.of("商品", "Goods"),
        "warehouses" => lang.of("仓库", "Warehouse"),
        "tax_rate" => lang.of("税率：物料", "Tax rate: material"),
        _ => return format!("{table}:"),
    };
    told.to_owned()
}

/// What is to be filled in.
pub(super) fn wanted(table: &str, lang: Lang) -> &'static str {
    match table {
        "customers" => lang.of("金蝶客户编码", "customer number of 金蝶"),
        "materials" => lang.of("金蝶物料编码", "material number of 金蝶"),
        "warehouses" => lang.of("金蝶仓库编码", "warehouse number of 金蝶"),
        _ => lang.of("金蝶编码", "number of 金蝶"),
    }
}
