//! The returns of the last days by type, status and shop, and which numbers those bring that pass the filter.
//! A sample where there are many: pages spread evenly over the span, so that memory and calls stay bounded.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use wdt_qimen_sdk::{Error, Span};

use crate::config::Wdt;
use crate::journal::Row;
use crate::model::Return;
use crate::source::{Source, SourcePage};

/// How far back is looked.
const DAYS: i64 = 7;
/// At most so many pages are read.
pub const MOST_PAGES: u32 = 50;
/// At most so many distinct heads, and so many distinct items, are kept.
const MOST_SEEN: usize = 20_000;

/// What the last days brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The first second, Asia/Shanghai.
    pub from: NaiveDateTime,
    /// The last second, Asia/Shanghai.
    pub to: NaiveDateTime,
    /// Returns in the span, as 旺店通 counts them.
    pub total: Option<u64>,
    /// Rows that were read; fewer than the total where this is a sample.
    pub rows: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// Rows by type, status and shop.
    pub groups: Vec<Group>,
    /// Heads of those that pass the filter.
    pub heads: Vec<Head>,
    /// Lines of those that pass the filter.
    pub items: Vec<Item>,
}

/// How many rows there are of a type, a status and a shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// 类型
    #[serde(rename = "type")]
    pub kind: i32,
    /// 处理状态
    pub process_status: i32,
    /// 店铺编号
    pub shop_no: String,
    /// How many.
    pub count: u64,
}

/// What the heads of returns are looked up by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Head {
    /// 店铺编号
    pub shop_no: String,
    /// 客户编号; null where the configuration does not look it up: it tells buyers apart.
    pub customer_no: Option<String>,
    /// 仓库编号
    pub warehouse_no: String,
    /// Returns with these.
    pub count: u64,
}

/// What the lines of returns are looked up by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// 商家编码
    pub spec_no: String,
    /// 货品编号
    pub goods_no: String,
    /// 仓库编号 of its return.
    pub warehouse_no: String,
    /// Lines with these.
    pub count: u64,
}

impl Group {
    /// Whether the filter takes it.
    pub fn is_taken(&self, filter: &Wdt) -> bool {
        filter.types.contains(&self.kind)
            && filter.process_status.contains(&self.process_status)
            && (filter.shop_nos.is_empty() || filter.shop_nos.contains(&self.shop_no))
    }
}

/// Counts while pages come in.
#[derive(Default)]
struct Tally {
    keeps_customers: bool,
    rows: u64,
    unreadable: u64,
    groups: BTreeMap<(i32, i32, String), u64>,
    heads: BTreeMap<(String, Option<String>, String), u64>,
    items: BTreeMap<[String; 3], u64>,
}

/// Reads the last days before `now` (Asia/Shanghai). Also tells by how many milliseconds the server's clock is ahead.
/// Customer numbers are kept only where customers are looked up by them.
pub(super) async fn survey(
    source: &Source,
    now: NaiveDateTime,
    keeps_customers: bool,
) -> Result<(Survey, Option<i64>), Error> {
    let source = source.asking_all();
    let (from, to) = (now - TimeDelta::days(DAYS), now);
    let Ok(span) = Span::new(from, to) else { return Ok((Survey::default(), None)) };
    let first = source.page(span, 0).await?;
    let offset = first.server_time.map(|server| (server - first.asked_at).num_milliseconds());
    let total = first.total;
    let size = if first.rows.is_empty() { u64::from(source.page_size()) } else { first.rows.len() as u64 };
    let pages = u32::try_from(total.unwrap_or_default().div_ceil(size)).unwrap_or(u32::MAX);
    // A total that a full page reaches is none: then pages are read one after the other.
    let is_believed =
        total.is_some_and(|total| total > size || first.rows.len() < source.page_size() as usize);
    let mut tally = Tally { keeps_customers, ..Tally::default() };
    tally.take(first);
    if !is_believed {
        for page_no in 1..MOST_PAGES {
            let page = source.page(span, page_no).await?;
            if page.rows.is_empty() {
                break;
            }
            tally.take(page);
        }
        return Ok((tally.survey(span, None), offset));
    }
    let read = pages.min(MOST_PAGES);
    for nth in 1..read {
        let page_no = u32::try_from(u64::from(nth) * u64::from(pages) / u64::from(read)).unwrap_or(nth);
        tally.take(source.page(span, page_no).await?);
    }
    Ok((tally.survey(span, total), offset))
}

impl Tally {
    fn take(&mut self, page: SourcePage) {
        for row in page.rows {
            self.rows += 1;
            match row {
                Row::Accepted(refund) => self.accept(*refund),
                Row::Filtered { kind, process_status, shop_no, .. } => {
                    *self.groups.entry((kind, process_status, shop_no)).or_default() += 1;
                }
                Row::Unreadable { .. } => self.unreadable += 1,
            }
        }
    }

    fn accept(&mut self, refund: Return) {
        for line in refund.lines {
            let key = [line.spec_no, line.goods_no, refund.warehouse_no.clone()];
            count(&mut self.items, key);
        }
        let group = (refund.kind, refund.process_status, refund.shop_no.clone());
        *self.groups.entry(group).or_default() += 1;
        let customer_no = self.keeps_customers.then_some(refund.customer_no);
        count(&mut self.heads, (refund.shop_no, customer_no, refund.warehouse_no));
    }

    fn survey(self, span: Span, total: Option<u64>) -> Survey {
        let mut groups: Vec<Group> = self
            .groups
            .into_iter()
            .map(|((kind, process_status, shop_no), count)| Group { kind, process_status, shop_no, count })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        let heads = self.heads.into_iter().map(|((shop_no, customer_no, warehouse_no), count)| Head {
            shop_no,
            customer_no,
            warehouse_no,
            count,
        });
        let items = self.items.into_iter().map(|([spec_no, goods_no, warehouse_no], count)| Item {
            spec_no,
            goods_no,
            warehouse_no,
            count,
        });
        Survey {
            from: span.start(),
            to: span.end(),
            total,
            rows: self.rows,
            unreadable: self.unreadable,
            groups,
            heads: heads.collect(),
            items: items.collect(),
        }
    }
}

/// Counts a key, unless there are too many kinds of them already.
fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    if counts.len() < MOST_SEEN || counts.contains_key(&key) {
        *counts.entry(key).or_default() += 1;
    }
}
