//! What a person needs to fill in what a mapping table lacks: the tables' files, and 金蝶 to search in. Shown and done by
//! `web::page`; how a file is edited is `config`'s.

use std::collections::BTreeMap;

use crate::config::TableFile;
use crate::mapping::rules::CustomerFrom;
use crate::sink::Sink;
use crate::sink::base::Kind;
use crate::worker::PipelineContext;

/// What the tables of one pipeline are filled in with.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The files of its tables, by name.
    pub tables: BTreeMap<String, TableFile>,
    /// 金蝶, with the session and the pace of whoever works the pipeline.
    pub sink: Sink,
    /// The organisation that uses the customers, and the one that uses what lies in stock.
    orgs: (String, String),
    by_customer: bool,
}

impl Filling {
    pub(super) fn of(post: &PipelineContext) -> Self {
        let tables = post.settings.tables.iter();
        let rules = &post.settings.mapping;
        Self {
            tables: tables.map(|file| (file.table.clone(), file.clone())).collect(),
            sink: post.sink.clone(),
            orgs: (rules.sale_org.clone(), rules.stock_org.clone()),
            by_customer: rules.customer_from == CustomerFrom::CustomerNo,
        }
    }

    /// Customers are looked up by 客户编号, not by shop.
    pub fn by_customer(&self) -> bool {
        self.by_customer
    }

    /// A row can be added to the table's file: a workbook keeps what only Excel knows of, and is not written.
    pub fn can_fill(&self, table: &str) -> bool {
        self.searched(table).is_some() && self.tables.contains_key(table) && !self.is_workbook(table)
    }

    /// The table's file is a workbook.
    pub fn is_workbook(&self, table: &str) -> bool {
        let ending = self.tables.get(table).and_then(|file| file.path.extension());
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"))
    }

    /// What the numbers of a table are, and the organisation that uses them; `None` for a table that says more than one
    /// number.
    pub fn searched(&self, table: &str) -> Option<(Kind, &str)> {
        match table {
            "customers" => Some((Kind::Customer, &self.orgs.0)),
            "warehouses" => Some((Kind::Warehouse, &self.orgs.1)),
            "materials" => Some((Kind::Material, &self.orgs.1)),
            _ => None,
        }
    }
}
