//! Rows of the other methods, made of what the simulator's returns are made of: shops, warehouses, goods, and the
//! stock-in that belongs to a return.

use super::lists::{SHOPS, SPECS, WAREHOUSES};
use super::world::{MockRefund, World};
use crate::wire::parse_decimal;
use serde_json::{Value, json};

impl World {
    /// Puts [`SHOPS`], [`WAREHOUSES`] and the goods of [`SPECS`]; the goods were last modified on 2026-10-01.
    pub fn put_master_data(&self) {
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
                    "goods_modified": "2026-10-01 00:00:00", "spec_list": specs}),
            );
        }
    }
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
    let details: Vec<Value> = refund
        .0
        .get("refund_order_list")?
        .as_array()?
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
