//! Which base data a configuration needs, and in which organisation: what its tables name, and what the returns of the
//! last days bring. Pure.
//!
//! Inferred: a customer is used by the sale organisation of its shop, warehouses and materials by the stock
//! organisation of the warehouse.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Survey;
use crate::config::Pipeline;
use crate::mapping::refusal::Name;
use crate::mapping::rules::{CustomerFrom, MaterialFrom};
use crate::mapping::table::{Miss, Table, TableRow};
use crate::mapping::{Defect, Rules};
use crate::sink::base::Kind;

/// What is needed.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// By kind, organisation (empty: any) and number.
    pub(super) needed: BTreeMap<(Kind, String), BTreeMap<String, Needed>>,
    /// What the last days asked the tables for in vain: the miss, and how often.
    pub(super) missed: Vec<(Miss, u64)>,
}

/// Why a number is needed.
#[derive(Debug, Default)]
pub(super) struct Needed {
    /// Where it stands: `customers S001`, `sale_org`.
    pub(super) origin: String,
    /// How many returns, or lines, of the last days use it.
    pub(super) seen: u64,
}

/// What `pipeline` needs on `today` and after.
pub(super) fn wanted(pipeline: &Pipeline, survey: Option<&Survey>, today: NaiveDate) -> Wanted {
    let mut wanted = Wanted::default();
    wanted.orgs(pipeline);
    let mut misses = BTreeMap::new();
    if let Some(survey) = survey {
        wanted.seen(&pipeline.mapping, survey, today, &mut misses);
    }
    wanted.in_tables(&pipeline.mapping, today);
    wanted.missed = misses.into_values().collect();
    wanted.missed.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    wanted
}

impl Wanted {
    fn need(&mut self, kind: Kind, org: &str, number: &str, origin: impl FnOnce() -> String, seen: u64) {
        if number.trim().is_empty() {
            return;
        }
        let numbers = self.needed.entry((kind, org.to_owned())).or_default();
        let needed = numbers.entry(number.to_owned()).or_insert_with(|| Needed { origin: origin(), seen: 0 });
        needed.seen += seen;
    }

    fn orgs(&mut self, pipeline: &Pipeline) {
        let rules = &pipeline.mapping;
        for (key, number) in [
            ("org_num", &pipeline.kingdee.org_num),
            ("sale_org", &rules.sale_org),
            ("settle_org", &rules.settle_org),
            ("stock_org", &rules.stock_org),
        ] {
            self.need(Kind::Org, "", number, || key.to_owned(), 0);
        }
        let tables = [("orgs", rules.orgs.as_ref()), ("warehouses", Some(&rules.warehouses))];
        for (name, table) in tables {
            for (key, row) in table.into_iter().flat_map(rows) {
                for column in ["sale_org", "settle_org", "stock_org", "owner_org"] {
                    if let Some(org) = row.columns.get(column) {
                        self.need(Kind::Org, "", org, || format!("{name} {key} {column}"), 0);
                    }
                }
            }
        }
    }

    /// What the returns of the last days bring, mapped as of today.
    fn seen(
        &mut self,
        rules: &Rules,
        survey: &Survey,
        today: NaiveDate,
        misses: &mut BTreeMap<(Name, String), (Miss, u64)>,
    ) {
        let mut miss = |miss: Miss, count: u64| {
            misses.entry((miss.table.clone(), miss.key.clone())).or_insert((miss, 0)).1 += count;
        };
        for head in &survey.heads {
            let key = match rules.customer_from {
                CustomerFrom::ShopNo => Some(&head.shop_no),
                CustomerFrom::CustomerNo => head.customer_no.as_ref(),
            };
            match key.map(|key| (key, rules.customers.get(key, today))) {
                Some((key, Ok(hit))) => {
                    let org = sale_org(rules, &head.shop_no, today);
                    self.need(Kind::Customer, org, hit.to, || format!("customers {key}"), head.count);
                }
                Some((_, Err(unknown))) => miss(unknown, head.count),
                None => {}
            }
            match rules.warehouses.get(&head.warehouse_no, today) {
                Ok(hit) => {
                    let org = hit.column("stock_org").unwrap_or(&rules.stock_org);
                    let origin = || format!("warehouses {}", head.warehouse_no);
                    self.need(Kind::Warehouse, org, hit.to, origin, head.count);
                }
                Err(unknown) => miss(unknown, head.count),
            }
        }
        for item in &survey.items {
            let key = match rules.material_from {
                MaterialFrom::SpecNo => &item.spec_no,
                MaterialFrom::GoodsNo => &item.goods_no,
            };
            let hit = match rules.materials.get(key, today) {
                Ok(hit) => hit,
                Err(unknown) => {
                    miss(unknown, item.count);
                    continue;
                }
            };
            if let Ok(warehouse) = rules.warehouses.get(&item.warehouse_no, today) {
                let org = warehouse.column("stock_org").unwrap_or(&rules.stock_org);
                self.need(Kind::Material, org, hit.to, || format!("materials {key}"), item.count);
            }
        }
    }

    /// What the tables name, seen or not.
    fn in_tables(&mut self, rules: &Rules, today: NaiveDate) {
        let holds = |row: &TableRow| row.valid_to.is_none_or(|last| last >= today);
        for (key, row) in rows(&rules.customers).filter(|(_, row)| holds(row)) {
            let org = match rules.customer_from {
                CustomerFrom::ShopNo => sale_org(rules, key, today),
                // Which shop sells to a customer is not in the table.
                CustomerFrom::CustomerNo if rules.orgs.is_none() => &rules.sale_org,
                CustomerFrom::CustomerNo => "",
            };
            self.need_unless_seen(Kind::Customer, org, &row.to, || format!("customers {key}"));
        }
        let mut stock_orgs: BTreeSet<&str> = BTreeSet::new();
        for (key, row) in rows(&rules.warehouses).filter(|(_, row)| holds(row)) {
            let own = row.columns.get("stock_org").filter(|org| !org.is_empty());
            let org = own.unwrap_or(&rules.stock_org);
            stock_orgs.insert(org);
            self.need_unless_seen(Kind::Warehouse, org, &row.to, || format!("warehouses {key}"));
            let defect = row.columns.get("defect_to").map(|cell| Defect::read(cell));
            if let Some(defect) = defect.and_then(|defect| defect.stock) {
                self.need_unless_seen(Kind::Warehouse, org, defect, || format!("warehouses {key} defect_to"));
            }
        }
        // Where there are several, no table says which of them a material comes back to.
        let org = match stock_orgs.len() {
            0 => rules.stock_org.as_str(),
            1 => stock_orgs.pop_first().unwrap_or_default(),
            _ => "",
        };
        for (key, row) in rows(&rules.materials).filter(|(_, row)| holds(row)) {
            self.need_unless_seen(Kind::Material, org, &row.to, || format!("materials {key}"));
        }
    }

    /// Any organisation will do only for a number that is not known to be used in a certain one.
    fn need_unless_seen(&mut self, kind: Kind, org: &str, number: &str, origin: impl FnOnce() -> String) {
        let is_seen = |numbers: &BTreeMap<String, Needed>| numbers.contains_key(number);
        let seen = self.needed.iter().any(|((other, _), numbers)| *other == kind && is_seen(numbers));
        if !org.is_empty() || !seen {
            self.need(kind, org, number, origin, 0);
        }
    }
}

fn sale_org<'a>(rules: &'a Rules, shop_no: &'a str, today: NaiveDate) -> &'a str {
    let hit = rules.orgs.as_ref().and_then(|orgs| orgs.get(shop_no, today).ok());
    hit.and_then(|hit| hit.column("sale_org")).unwrap_or(&rules.sale_org)
}

fn rows(table: &Table) -> impl Iterator<Item = (&String, &TableRow)> {
    let rows = match table {
        Table::Identity => None,
        Table::Rows { rows, .. } => Some(rows),
    };
    rows.into_iter().flatten().flat_map(|(key, rows)| rows.iter().map(move |row| (key, row)))
}
