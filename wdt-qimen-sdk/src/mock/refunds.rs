//! `wdt.refund.query` in the simulator: its rules, its filters, the order of its rows.

use super::checks::Params;
use super::gateway::Refuse;
use super::rng::Rng;
use super::world::{Stored, World};
use crate::wire::parse_time;
use chrono::{NaiveDateTime, TimeDelta};

/// The order in which the simulator lists rows. No order is promised by the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowOrder {
    /// By the time asked for, oldest first, equal times by number.
    TimeAsc,
    /// By the time asked for, newest first, equal times by number.
    TimeDesc,
    /// By `refund_id`, whatever the times.
    ById,
    /// By time, newest first, **equal times in another order at each call**: the nasty one.
    #[default]
    Shuffled,
}

/// One page's rows as JSON texts, and the total if it is told.
pub(super) struct Listed {
    pub(super) total: Option<usize>,
    pub(super) rows: Vec<String>,
}

struct Ask<'a> {
    params: &'a Params,
    span: Option<(NaiveDateTime, NaiveDateTime)>,
    by_settled: bool,
    page_no: usize,
    page_size: usize,
}

pub(super) fn query(
    params: &Params,
    world: &World,
    order: RowOrder,
    page_cap: Option<u32>,
    rng: &mut Rng,
) -> Result<Listed, Refuse> {
    let ask = Ask::of(params)?;
    let page_size = page_cap.map_or(ask.page_size, |cap| ask.page_size.min(cap.max(1) as usize));
    let rows = world.rows();
    let mut found: Vec<&Stored> = rows.iter().filter(|stored| ask.wants(stored)).collect();
    let total = found.len();
    found.retain(|stored| !stored.ghost);
    ask.sort(order, &mut found, rng);
    let page = found.into_iter().skip(ask.page_no.saturating_mul(page_size)).take(page_size);
    let rows = page.map(|stored| serde_json::to_string(&stored.row.0).unwrap_or_default()).collect();
    Ok(Listed { total: (ask.page_no == 0).then_some(total), rows })
}

impl<'a> Ask<'a> {
    fn of(params: &'a Params) -> Result<Self, Refuse> {
        let start = time(params, "start_time")?;
        let end = time(params, "end_time")?;
        let looked_up =
            ["refund_no", "src_refund_no", "trade_no", "tid"].iter().any(|key| params.get(key).is_some());
        let span = match (start, end) {
            (Some(start), Some(end)) if end < start => {
                return Err(bad_argument("end_time before start_time"));
            }
            (Some(start), Some(end)) if end - start > TimeDelta::days(30) => {
                return Err(bad_argument("time range too long"));
            }
            (Some(start), Some(end)) => Some((start, end)),
            _ if looked_up => None,
            _ => return Err(Refuse::erp(2900, "时间范围不能全部为空")),
        };
        let page_size = whole(params, "page_size")?.unwrap_or(40);
        if !(1..=100).contains(&page_size) {
            return Err(bad_argument("page_size must be 1 to 100"));
        }
        let by_settled = whole(params, "time_type")? == Some(1);
        Ok(Self { params, span, by_settled, page_no: whole(params, "page_no")?.unwrap_or(0), page_size })
    }

    fn time_of(&self, stored: &Stored) -> Option<NaiveDateTime> {
        if self.by_settled { stored.settled } else { stored.modified }
    }

    fn wants(&self, stored: &Stored) -> bool {
        let within = self.span.is_none_or(|(start, end)| {
            // Closed at both ends in whole seconds: a fraction belongs to its second.
            self.time_of(stored).is_some_and(|time| start <= time && time < end + TimeDelta::seconds(1))
        });
        let is =
            |param: &str, key: &str| self.params.get(param).is_none_or(|asked| stored.row.text(key) == asked);
        let has = |param: &str, key: &str| {
            self.params.get(param).is_none_or(|asked| stored.row.text(key).split(',').any(|one| one == asked))
        };
        let in_shops = self.params.get("shop_nos").is_none_or(|shops| {
            let shop = stored.row.text("shop_no");
            shops.split(',').any(|one| one == shop)
        });
        within
            && in_shops
            && is("process_status", "process_status")
            && is("shop_no", "shop_no")
            && is("refund_no", "refund_no")
            && is("src_refund_no", "src_no")
            && has("trade_no", "sales_tid")
            && has("tid", "tid")
            && is("logistics_no", "return_logistics_no")
    }

    fn sort(&self, order: RowOrder, rows: &mut [&Stored], rng: &mut Rng) {
        match order {
            RowOrder::TimeAsc => {
                rows.sort_by_cached_key(|stored| (self.time_of(stored), stored.row.refund_no()));
            }
            RowOrder::TimeDesc => {
                rows.sort_by_cached_key(|stored| (self.time_of(stored), stored.row.refund_no()));
                rows.reverse();
            }
            RowOrder::ById => rows.sort_by_cached_key(|stored| {
                (stored.row.text("refund_id").parse::<i64>().ok(), stored.row.refund_no())
            }),
            RowOrder::Shuffled => {
                rng.shuffle(rows);
                rows.sort_by_key(|stored| std::cmp::Reverse(self.time_of(stored)));
            }
        }
    }
}

fn time(params: &Params, key: &str) -> Result<Option<NaiveDateTime>, Refuse> {
    let text = params.get(key);
    text.map(|text| parse_time(text).ok_or_else(|| bad_argument("time format"))).transpose()
}

fn whole(params: &Params, key: &str) -> Result<Option<usize>, Refuse> {
    let text = params.get(key);
    text.map(|text| text.parse().map_err(|_| bad_argument("number format"))).transpose()
}

fn bad_argument(why: &'static str) -> Refuse {
    Refuse::gateway(41, "Invalid arguments").sub("isv.invalid-parameter", why)
}
