//! Made-up returns in the wire's true shapes, from a seed: what a busy shop's month looks like.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

use super::lists::{SHOPS, SPECS, Spec, WAREHOUSES};
use super::rng::Rng;
use super::world::MockRefund;
use crate::span::Span;
use crate::wire::format_time;

/// `n` returns last modified within `span`, the same for the same seed.
///
/// Several shops, warehouses and items; one to six lines, now and then a bill of dozens; amounts of four decimals
/// that are no whole cents line by line and whole cents in sum; gifts, lines without a refund, freight, partial
/// refunds, suites, quantities that do not divide their amount; all types and states, most of them finished
/// returns; seconds in which dozens of rows were settled in bulk; old rows all in strings and newer ones mixed.
///
/// ```
/// use wdt_qimen_sdk::{Span, mock};
///
/// let day = Span::day("2026-11-20".parse()?);
/// let rows = mock::fill(7, 100, day);
/// assert!(rows.iter().all(|row| row.modified().is_some_and(|time| day.contains(time))));
/// assert_eq!(rows, mock::fill(7, 100, day), "the same for the same seed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fill(seed: u64, n: usize, span: Span) -> Vec<MockRefund> {
    let mut rng = Rng::new(seed);
    let seconds = u64::try_from(span.length().num_seconds()).unwrap_or(0) + 1;
    let mut bulk: Option<(NaiveDateTime, u64)> = None;
    (0..n)
        .map(|serial| {
            let modified = if let Some((time, left)) = bulk {
                bulk = (left > 1).then_some((time, left - 1));
                time
            } else {
                let time = span.start() + TimeDelta::seconds(signed(rng.below(seconds)));
                bulk = rng.permille(4).then(|| (time, 20 + rng.below(60)));
                time
            };
            Maker { rng: &mut rng, tag: seed % 100, serial, modified }.refund()
        })
        .collect()
}

/// One line before it is written, amounts in ten-thousandths.
struct Line {
    spec: Spec,
    num: u64,
    gift: bool,
    refunded: bool,
    goods: u64,
    share: u64,
}

struct Maker<'r> {
    rng: &'r mut Rng,
    /// Keeps numbers of different seeds apart.
    tag: u64,
    serial: usize,
    modified: NaiveDateTime,
}

impl Maker<'_> {
    fn refund(&mut self) -> MockRefund {
        let kind = self.one_of(&[(780, 2), (60, 3), (100, 4), (40, 1), (20, 5)]);
        let status = self.one_of(&[(820, 90), (70, 80), (40, 60), (30, 30), (20, 10), (20, 70)]);
        let mut lines = self.lines();
        let goods: u64 = lines.iter().map(|line| line.goods).sum();
        let paid: u64 = lines.iter().filter(|line| line.refunded).map(|line| line.goods).sum();
        let freight = if self.rng.permille(150) { 100 * (500 + self.rng.below(1000)) } else { 0 };
        let asked = if self.rng.permille(100) { paid * (30 + self.rng.below(60)) / 100 } else { paid };
        // Whole cents in the header, whatever the lines share.
        let refund = if kind == 3 || paid == 0 { 0 } else { (asked + freight) / 100 * 100 };
        share_out(refund, &mut lines);

        let id = 400_000 + self.serial;
        let tid = format!("26{:014}", 1_000_000 + self.serial * 7);
        let shop = self.rng.pick(SHOPS);
        let warehouse = self.rng.pick(WAREHOUSES);
        let created = self.modified - TimeDelta::hours(4 + signed(self.rng.below(200)));
        let finished = status == 90;
        let mut row = json!({
            "refund_id": id.to_string(),
            "refund_no": format!("TK{}{:02}{:05}", created.format("%y%m%d"), self.tag, self.serial),
            "platform_id": "1",
            "src_no": format!("9{:09}", self.serial * 13 + 7),
            "type": kind.to_string(),
            "process_status": status.to_string(),
            "status": "5",
            "guarantee_mode": "1",
            "cs_status": "1",
            "shop_no": shop.0,
            "shop_name": shop.1,
            "goods_amount": money(goods),
            "refund_amount": money(refund),
            "direct_refund_amount": "0.0000",
            "guarante_refund_amount": money(refund),
            "actual_refund_amount": money(refund),
            "exchange_amount": if kind == 3 { money(goods) } else { money(0) },
            "post_amount": money(freight),
            "other_amount": "0.0000",
            "paid": money(goods + freight),
            "tid": tid,
            "sales_tid": format!("JY{}{:06}", created.format("%Y%m%d"), self.serial),
            "buyer_nick": "", "receiver_name": "", "receiver_address": "", "receiver_telno": "",
            "warehouse_no": warehouse.0,
            "warehouse_type": "1",
            "return_logistics_name": "圆通速递",
            "return_logistics_no": format!("YT{:010}", self.serial),
            "refund_time": format_time(created),
            "remark": if self.rng.permille(10) { "客户来电 13800000000 催退" } else { "" },
            "refund_reason": "尺码不合适",
            "modified": format_time(self.modified),
            "created": format_time(created),
            "finish_time": if finished { format_time(self.modified) } else { "0000-00-00 00:00:00".to_owned() },
            "customer_no": format!("KH{:05}", self.serial % 997),
            "from_type": "1",
            "return_goods_count": money(10_000 * lines.iter().map(|line| line.num).sum::<u64>()),
            "return_mask": "0",
            "refund_out_goods_list": Value::Null,
        });
        if self.rng.permille(20) {
            row["return_mobile"] = "13800000000".into();
            row["return_name"] = "示例".into();
        }
        let count = lines.len();
        let lines = lines
            .iter()
            .enumerate()
            .map(|(index, line)| self.line(line, id, index, count, &tid, created, finished));
        row["refund_order_list"] = lines.collect();
        if self.rng.permille(300) {
            loosen(&mut row);
        }
        row.into()
    }

    fn lines(&mut self) -> Vec<Line> {
        let count = if self.rng.permille(8) {
            40 + self.rng.below(80)
        } else {
            1 + self.rng.below(6) * self.rng.below(2)
        };
        let lines = (0..count).map(|index| {
            let gift = index > 0 && self.rng.permille(80);
            let spec = if gift { SPECS[SPECS.len() - 1] } else { *self.rng.pick(SPECS) };
            let num = self.one_of(&[(820, 1), (100, 2), (60, 3), (20, 7)]);
            // A discount leaves prices that are no whole cents.
            let price = if gift { 0 } else { spec.price_cents * (10_000 - self.rng.below(3) * 777) / 100 };
            let refunded = !gift && !self.rng.permille(20);
            Line { spec, num, gift, refunded, goods: price * num, share: 0 }
        });
        lines.collect()
    }

    #[allow(clippy::too_many_arguments, reason = "a line repeats half of its header")]
    fn line(
        &mut self,
        line: &Line,
        refund_id: usize,
        index: usize,
        count: usize,
        tid: &str,
        created: NaiveDateTime,
        finished: bool,
    ) -> Value {
        let arrived = match finished {
            true if self.rng.permille(8) => line.num - 1,
            true => line.num,
            false => 0,
        };
        let suite = count > 1 && self.serial.is_multiple_of(29);
        json!({
            "order_id": (5_000_000 + self.serial * 200 + index).to_string(),
            "refund_id": refund_id.to_string(),
            "oid": format!("33{:010}", self.serial * 200 + index),
            "tid": tid,
            "process_status": "80",
            "order_num": money(10_000 * line.num),
            "price": money(line.goods / line.num.max(1)),
            "platform_id": "1",
            "discount": "0.0000",
            "paid": money(line.goods),
            "refund_num": money(10_000 * line.num),
            "refund_order_amount": money(line.share),
            "total_amount": money(line.goods),
            "spec_no": line.spec.spec_no,
            "goods_no": line.spec.goods_no,
            "goods_name": line.spec.goods_name,
            "spec_name": line.spec.spec_name,
            "suite_no": if suite { "SUITE-01" } else { "" },
            "suite_name": if suite { "秋季套装" } else { "" },
            "suite_num": if suite { "1.0000" } else { "0.0000" },
            "stockin_num": money(10_000 * arrived),
            "stockin_amount": "0.0000",
            "remark": "",
            "gift_type": if line.gift { "1" } else { "0" },
            "modified": format_time(self.modified),
            "created": format_time(created),
        })
    }

    /// One of several values, each with its weight in thousandths.
    fn one_of(&mut self, weighted: &[(u64, u64)]) -> u64 {
        let mut left = self.rng.below(weighted.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in weighted {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *value,
            }
        }
        weighted[0].1
    }
}

/// Shares a refund over its refunded lines by their value, to the ten-thousandth; the last takes what is left.
fn share_out(refund: u64, lines: &mut [Line]) {
    let weight: u64 = lines.iter().filter(|line| line.refunded).map(|line| line.goods).sum();
    let mut left = refund;
    let mut last = None;
    for (index, line) in lines.iter_mut().enumerate().filter(|(_, line)| line.refunded) {
        line.share = refund * line.goods / weight.max(1);
        left -= line.share;
        last = Some(index);
    }
    if let Some(last) = last {
        lines[last].share += left;
    }
}

/// Ten-thousandths as the wire writes them.
fn money(units: u64) -> String {
    format!("{}.{:04}", units / 10_000, units % 10_000)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes an old row the newer way: numbers where strings stood, nulls and booleans.
fn loosen(row: &mut Value) {
    for key in ["refund_id", "type", "process_status", "platform_id", "refund_amount", "goods_amount"] {
        unquote(&mut row[key]);
    }
    row["check_time"] = Value::Null;
    row["is_goods_received"] = true.into();
    for line in row["refund_order_list"].as_array_mut().into_iter().flatten() {
        for key in ["order_id", "refund_num", "refund_order_amount", "stockin_num", "gift_type"] {
            unquote(&mut line[key]);
        }
    }
}

fn unquote(value: &mut Value) {
    if let Some(number) = value.as_str().and_then(|text| serde_json::from_str(text).ok()) {
        *value = number;
    }
}
