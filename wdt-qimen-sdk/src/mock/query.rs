//! A query in the simulator: its rules, its filters, the order of its rows. What they are for each method is
//! `tables.rs`.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;

use super::refuse::Refuse;
use super::request::Params;
use super::rng::Rng;
use super::settings::RowOrder;
use super::tables::{Filter, Table};
use super::world::Stored;
use crate::wire::parse_time;

/// One page's rows as JSON texts, and the total if it is told.
pub(super) struct Listed {
    pub(super) list_key: &'static str,
    pub(super) total: Option<usize>,
    pub(super) rows: Vec<String>,
}

/// One query that keeps the method's rules.
pub(super) struct Query<'a> {
    table: Table,
    params: &'a Params,
    span: Option<(NaiveDateTime, NaiveDateTime)>,
    time_key: &'static str,
    page_no: usize,
    page_size: usize,
}

impl<'a> Query<'a> {
    pub(super) fn of(table: Table, params: &'a Params) -> Result<Self, Refuse> {
        let page_size = whole(params, "page_size")?.unwrap_or(40);
        if !(1..=table.max_page).contains(&page_size) {
            return Err(bad_argument("page_size out of range"));
        }
        // A platform's number says nothing without its platform.
        if table.method == "wdt.vip.api.refund.query"
            && looked_up(&table, params)
            && params.get("platform_id").is_none()
        {
            return Err(Refuse::erp(2910, "platform_id不能为空"));
        }
        let (span, time_key) = (span(&table, params)?, (table.time)(params));
        Ok(Self { table, params, span, time_key, page_no: whole(params, "page_no")?.unwrap_or(0), page_size })
    }

    pub(super) fn answer(
        &self,
        rows: &[Stored],
        order: RowOrder,
        page_cap: Option<u32>,
        now: DateTime<Utc>,
        rng: &mut Rng,
    ) -> Listed {
        let page_size = page_cap.map_or(self.page_size, |cap| self.page_size.min(cap.max(1) as usize));
        let mut found: Vec<&Stored> = rows.iter().filter(|stored| self.wants(stored)).collect();
        let total = found.len();
        found.retain(|stored| stored.shown.is_at(now));
        self.sort(order, &mut found, rng);
        let page = found.into_iter().skip(self.page_no.saturating_mul(page_size)).take(page_size);
        let rows = page.map(|stored| stored.row.as_text()).collect();
        Listed { list_key: self.table.list_key, total: (self.page_no == 0).then_some(total), rows }
    }

    fn wants(&self, stored: &Stored) -> bool {
        let within = self.span.is_none_or(|(start, end)| {
            // Closed at both ends in whole seconds: a fraction belongs to its second.
            stored.time(self.time_key).is_some_and(|time| start <= time && time < end + TimeDelta::seconds(1))
        });
        within
            && self.table.filters.iter().all(|(param, filter)| {
                let assumed = || self.table.assumed.iter().find(|(name, _)| name == param);
                let asked = self.params.get(param).or_else(|| assumed().map(|(_, value)| *value));
                asked.is_none_or(|asked| match filter {
                    Filter::Is(key) => stored.row.text(key) == asked,
                    Filter::Has(key) => stored.row.text(key).split(',').any(|one| one == asked),
                    Filter::Holds(list, key) => {
                        let rows = stored.row.0.get(*list).and_then(Value::as_array);
                        rows.is_some_and(|rows| rows.iter().any(|row| row[*key] == asked))
                    }
                    Filter::In(key) => asked.split(',').any(|one| one == stored.row.text(key)),
                })
            })
    }

    fn sort(&self, order: RowOrder, rows: &mut [&Stored], rng: &mut Rng) {
        let number = |stored: &&Stored| stored.row.text(self.table.number);
        match order {
            RowOrder::TimeAsc | RowOrder::TimeDesc => {
                rows.sort_by_cached_key(|stored| (stored.time(self.time_key), number(stored)));
                if order == RowOrder::TimeDesc {
                    rows.reverse();
                }
            }
            RowOrder::ById => rows.sort_by_cached_key(|stored| {
                (stored.row.text(self.table.id).parse::<i64>().ok(), number(stored))
            }),
            RowOrder::Shuffled => {
                rng.shuffle(rows);
                rows.sort_by_key(|stored| std::cmp::Reverse(stored.time(self.time_key)));
            }
        }
    }
}

fn looked_up(table: &Table, params: &Params) -> bool {
    table.lookups.iter().any(|key| params.get(key).is_some())
}

fn span(table: &Table, params: &Params) -> Result<Option<(NaiveDateTime, NaiveDateTime)>, Refuse> {
    let Some(window) = table.window else { return Ok(None) };
    match (time(params, "start_time")?, time(params, "end_time")?) {
        (Some(start), Some(end)) if end < start => Err(bad_argument("end_time before start_time")),
        (Some(start), Some(end)) if end - start > window => Err(bad_argument("time range too long")),
        (Some(start), Some(end)) => Ok(Some((start, end))),
        _ if looked_up(table, params) => Ok(None),
        _ => Err(Refuse::erp(2900, "时间范围不能全部为空")),
    }
}

fn time(params: &Params, key: &str) -> Result<Option<NaiveDateTime>, Refuse> {
    let text = params.get(key);
    text.map(|text| parse_time(text).map_err(|_| bad_argument("time format"))).transpose()
}

fn whole(params: &Params, key: &str) -> Result<Option<usize>, Refuse> {
    let text = params.get(key);
    text.map(|text| text.parse().map_err(|_| bad_argument("number format"))).transpose()
}

fn bad_argument(why: &'static str) -> Refuse {
    Refuse::gateway(41, "Invalid arguments").sub("isv.invalid-parameter", why)
}
