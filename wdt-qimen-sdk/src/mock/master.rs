//! Rows of the other methods, made of what the simulator's returns are made of: shops, warehouses, goods, and the
//! order, the stock-out and the stock-in that belong to a return.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use super::lists::{SHOPS, SPECS, WAREHOUSES};
use super::world::{MockRefund, World};
use crate::wire::{format_time, parse_decimal};

impl World {
    /// Puts [`SHOPS`], [`WAREHOUSES`], the goods of [`SPECS`], and the suite that some returns name; goods and suite
    /// were last modified on 2026-10-01.
    ///
    /// ```
    /// use wdt_qimen_sdk::mock::{Gateway, SHOPS};
    ///
    /// let world = Gateway::builder().build().world();
    /// world.put_master_data();
    /// assert_eq!(world.list("wdt.shop.query").len(), SHOPS.len());
    /// ```
    pub fn put_master_data(&self) {
        self.put_master_data_of(NaiveDate::from_ymd_opt(2026, 10, 1).unwrap_or_default().into());
    }

    /// The same with goods and suite last modified at this time (+08:00): they are asked for by it, at most 30 days at once.
    pub fn put_master_data_of(&self, modified: NaiveDateTime) {
        let modified = format_time(modified);
        for (index, (number, name)) in SHOPS.iter().enumerate() {
            let id = index + 1;
            self.put(
                "wdt.shop.query",
                json!({"shop_id": id, "shop_no": number, "shop_name": name, "platform_id": "1",
                    "contact": "示例", "mobile": "13800000000", "is_disabled": "0"}),
            );
        }
        for (index, (number, name)) in WAREHOUSES.iter().enumerate() {
            let id = index + 1;
            self.put(
                "wdt.warehouse.query",
                json!({"warehouse_id": id, "warehouse_no": number, "name": name, "type": "1",
                    "is_defect": u8::from(*number == "WH03"), "is_disabled": "0"}),
            );
        }
        for (index, goods) in SPECS.chunk_by(|one, other| one.goods_no == other.goods_no).enumerate() {
            let specs: Vec<Value> = goods
                .iter()
                .map(|spec| {
                    let price = format!("{}.{:02}00", spec.price_cents / 100, spec.price_cents % 100);
                    json!({"spec_no": spec.spec_no, "spec_name": spec.spec_name, "retail_price": price,
                        "tax_rate": "0.1300", "deleted": "0"})
                })
                .collect();
            self.put(
                "wdt.goods.query",
                json!({"goods_id": index + 1, "goods_no": goods[0].goods_no, "goods_name": goods[0].goods_name,
                    "goods_type": "1", "spec_count": specs.len(), "unit_name": "件", "deleted": "0",
                    "goods_modified": modified, "spec_list": specs}),
            );
        }
        let part = |spec_no: &str, num: &str| {
            let spec = SPECS.iter().find(|spec| spec.spec_no == spec_no);
            json!({"suite_id": 1, "spec_no": spec_no, "goods_no": spec.map(|spec| spec.goods_no),
                "goods_name": spec.map(|spec| spec.goods_name), "num": num, "is_fixed_price": "0"})
        };
        self.put(
            "wdt.suites.query",
            json!({"suite_id": 1, "suite_no": "SUITE-01", "suite_name": "秋季套装", "retail_price": "69.8000",
                "modified": modified, "created": modified,
                "specs_list": [part("TS-BLK-M", "1.0000"), part("GIFT-SOCK", "2.0000")]}),
        );
    }

    /// Puts the rows that belong to the returns it holds now: the platform's own refund ([`vip_refund_of`]), the order
    /// and the stock-out that they came from ([`trade_of`], [`stockout_of`]), and the stock-in that brought the goods
    /// back ([`stockin_of`]).
    ///
    /// ```
    /// use wdt_qimen_sdk::{Span, mock};
    ///
    /// let world = mock::Gateway::builder().build().world();
    /// world.extend(mock::fill(7, 20, Span::day("2026-11-20".parse()?)));
    /// // The orders, stock-outs and stock-ins that belong to them:
    /// world.put_related_rows();
    /// assert!(!world.list("wdt.stockout.order.query.trade").is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn put_related_rows(&self) {
        for refund in self.refunds() {
            self.put("wdt.vip.api.refund.query", vip_refund_of(&refund));
            self.put("wdt.trade.query", trade_of(&refund));
            self.put("wdt.stockout.order.query.trade", stockout_of(&refund));
            if let Some(stockin) = stockin_of(&refund) {
                self.put("wdt.stockin.order.query.refund", stockin);
            }
        }
    }
}

/// The order that a return belongs to, as `wdt.trade.query` shows it: consigned, last modified with its return.
///
/// ```
/// use wdt_qimen_sdk::{Span, mock};
///
/// let world = mock::Gateway::builder().build().world();
/// let refunds = mock::fill(7, 3, Span::day("2026-11-20".parse()?));
/// for refund in &refunds {
///     world.put("wdt.trade.query", mock::trade_of(refund));
/// }
/// world.extend(refunds);
/// assert!(!world.list("wdt.trade.query").is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn trade_of(refund: &MockRefund) -> MockRefund {
    let text = |key: &str| refund.text(key);
    let goods: Vec<Value> = lines(refund)
        .iter()
        .map(|line| {
            json!({"rec_id": line["order_id"], "src_tid": line["tid"], "src_oid": line["oid"],
                "spec_no": line["spec_no"], "goods_no": line["goods_no"], "goods_name": line["goods_name"],
                "spec_name": line["spec_name"], "num": line["order_num"], "actual_num": line["order_num"],
                "refund_num": line["refund_num"], "price": line["price"], "paid": line["paid"],
                "share_amount": line["total_amount"], "gift_type": line["gift_type"]})
        })
        .collect();
    MockRefund::from(json!({
        "trade_id": text("refund_id"), "trade_no": text("sales_tid"), "platform_id": text("platform_id"),
        "shop_no": text("shop_no"), "shop_name": text("shop_name"), "warehouse_no": text("warehouse_no"),
        "src_tids": text("tid"), "trade_status": "95", "trade_time": text("created"), "pay_time": text("created"),
        "goods_amount": text("goods_amount"), "post_amount": text("post_amount"), "paid": text("paid"),
        "receivable": text("paid"), "customer_no": text("customer_no"), "stockout_no": stockout_no(refund),
        "modified": text("modified"), "created": text("created"), "goods_list": goods,
    }))
}

/// The refund as its platform reported it, as `wdt.vip.api.refund.query` shows it.
pub fn vip_refund_of(refund: &MockRefund) -> MockRefund {
    let text = |key: &str| refund.text(key);
    let goods: Vec<Value> = lines(refund)
        .iter()
        .map(|line| {
            json!({"platform_id": text("platform_id"), "refund_no": text("src_no"), "oid": line["oid"],
                "goods_no": line["goods_no"], "spec_no": line["spec_no"], "goods_name": line["goods_name"],
                "spec_name": line["spec_name"], "num": line["refund_num"], "price": line["price"]})
        })
        .collect();
    MockRefund::from(json!({
        "refund_id": text("refund_id"), "platform_id": text("platform_id"), "shop_no": text("shop_no"),
        "refund_no": text("src_no"), "tid": text("tid"), "type": text("type"), "status": text("status"),
        "process_status": text("process_status"), "refund_amount": text("refund_amount"),
        "actual_refund_amount": text("actual_refund_amount"), "reason": text("refund_reason"),
        "refund_time": text("refund_time"), "modified": text("modified"), "created": text("created"),
        "goods_list": goods, "discount_list": [],
    }))
}

/// The stock-out that sent a return's goods, as `wdt.stockout.order.query.trade` shows it.
pub fn stockout_of(refund: &MockRefund) -> MockRefund {
    let text = |key: &str| refund.text(key);
    let details: Vec<Value> = lines(refund)
        .iter()
        .map(|line| {
            json!({"rec_id": line["order_id"], "src_oid": line["oid"], "src_tid": line["tid"],
                "spec_no": line["spec_no"], "goods_no": line["goods_no"], "goods_name": line["goods_name"],
                "spec_name": line["spec_name"], "goods_count": line["order_num"], "price": line["price"],
                "total_amount": line["total_amount"], "paid": line["paid"], "gift_type": line["gift_type"]})
        })
        .collect();
    MockRefund::from(json!({
        "stockout_id": text("refund_id"), "order_no": stockout_no(refund), "src_order_no": text("sales_tid"),
        "src_trade_no": text("tid"), "order_type": "1", "status": "95", "trade_status": "95",
        "platform_id": text("platform_id"), "shop_no": text("shop_no"), "shop_name": text("shop_name"),
        "warehouse_no": text("warehouse_no"), "goods_count": text("return_goods_count"),
        "goods_total_amount": text("goods_amount"), "paid": text("paid"), "customer_no": text("customer_no"),
        "consign_time": text("created"), "created": text("created"), "modified": text("modified"),
        "details_list": details,
    }))
}

fn stockout_no(refund: &MockRefund) -> String {
    format!("CK{:0>10}", refund.text("refund_id"))
}

fn lines(refund: &MockRefund) -> &[Value] {
    refund.0.get("refund_order_list").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The stock-in of a return whose goods have arrived; `None` if none has. Now and then they arrive in another
/// warehouse than expected, and as 残品.
pub fn stockin_of(refund: &MockRefund) -> Option<MockRefund> {
    let id: usize = refund.text("refund_id").parse().ok()?;
    let arrived = |line: &&Value| {
        let text =
            line["stockin_num"].as_str().map_or_else(|| line["stockin_num"].to_string(), str::to_owned);
        parse_decimal(&text).is_some_and(|num| !num.is_zero())
    };
    let elsewhere = id.is_multiple_of(23);
    let warehouse =
        if elsewhere { WAREHOUSES[WAREHOUSES.len() - 1].0.to_owned() } else { refund.text("warehouse_no") };
    let time = refund.text("modified");
    let details: Vec<Value> = lines(refund)
        .iter()
        .filter(arrived)
        .map(|line| {
            json!({
                "src_order_detail_id": line["order_id"], "spec_no": line["spec_no"],
                "goods_no": line["goods_no"], "goods_name": line["goods_name"], "spec_name": line["spec_name"],
                "num": line["stockin_num"], "batch_no": "", "stock_type": if elsewhere { 2 } else { 1 },
                "production_date": "0000-00-00 00:00:00", "expire_date": "0000-00-00 00:00:00",
                "actual_refund_amount": line["refund_order_amount"], "modified": time,
            })
        })
        .collect();
    if details.is_empty() {
        return None;
    }
    Some(MockRefund::from(json!({
        "stockin_id": id, "order_no": format!("RK{id:010}"), "status": "80", "refund_id": id,
        "src_order_no": refund.refund_no(), "shop_no": refund.text("shop_no"), "warehouse_no": warehouse,
        "stockin_time": time, "check_time": time, "modified": time, "details_list": details,
    })))
}
