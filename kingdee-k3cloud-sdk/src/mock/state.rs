//! Submit, Audit, UnAudit, Delete and View at the simulated site.
//! Making bills is in `save`, finding them in `query`.

use bytes::Bytes;
use http::Response;
use serde_json::json;

use super::bill::StoredBill;
use super::json::Json;
use super::reply::{self, Objection, Success};
use super::request::Call;
use super::world::World;

/// Moves bills from one document status to another.
pub(super) fn change(world: &mut World, call: &Call) -> Response<Bytes> {
    let (mut objections, mut successes) = (Vec::new(), Vec::new());
    for (index, number) in numbers(world, &call.data).into_iter().enumerate() {
        let found = world.bills.numbered(&number).find(|bill| bill.form_id == call.form).cloned();
        let Some(bill) = found else {
            let message = format!("单据编号为“{number}”的单据不存在");
            objections.push(Objection { field: "", message, index, code: 10 });
            continue;
        };
        match next(&call.service, &bill) {
            Ok(next) => {
                successes.push(Success { id: bill.id, number: number.clone(), index });
                world.counts.effect(&call.service);
                match next {
                    Some(status) => {
                        world.bills.edit(&number, |bill| bill.document_status = status);
                    }
                    None => {
                        world.bills.remove(&number);
                    }
                }
            }
            Err(why) => {
                let message = format!("单据编号为“{number}”的{}，{why}", title(&bill.form_id));
                objections.push(Objection { field: "", message, index, code: 11 });
            }
        }
    }
    world.random.shuffle(&mut successes);
    reply::ok(reply::status(objections.is_empty(), &objections, &successes).to_string())
}

/// The status after the operation, `None` for a bill that is gone, or why it cannot be done.
fn next(service: &str, bill: &StoredBill) -> Result<Option<char>, &'static str> {
    match (service, bill.document_status) {
        _ if bill.cancelled => Err("单据已经作废！"),
        ("Submit", 'Z' | 'A' | 'D') => Ok(Some('B')),
        ("Audit", 'B') => Ok(Some('C')),
        ("UnAudit", 'C') => Ok(Some('D')),
        ("Delete", 'Z' | 'A' | 'D') => Ok(None),
        ("Submit", 'B') => Err("单据已经提交！"),
        ("Submit" | "Audit", 'C') => Err("单据已经审核！"),
        ("Audit", _) => Err("单据未提交，不能审核！"),
        ("UnAudit", _) => Err("单据未审核，不能反审核！"),
        _ => Err("只有创建、重新审核、暂存的单据才可以删除！"),
    }
}

/// The numbers that are asked for, by number or by id.
fn numbers(world: &World, data: &Json) -> Vec<String> {
    let given = data.list("Numbers").iter().map(Json::scalar);
    let ids = data.text("Ids");
    let by_id = ids.split(',').filter_map(|id| world.bills.get(id.trim().parse().ok()?));
    given.chain(by_id.map(|bill| bill.number.clone())).collect()
}

pub(super) fn view(world: &World, call: &Call) -> Response<Bytes> {
    let (number, id) = (call.data.text("Number"), call.data.text("Id"));
    let by_id = id.parse().ok().and_then(|id| world.bills.get(id));
    let found = world.bills.numbered(&number).find(|bill| bill.form_id == call.form).or(by_id);
    let Some(bill) = found else {
        return reply::refused(call, 10, "传递的编码值不存在");
    };
    // Amounts are written as text here only because this maker of JSON would make f64 of them.
    let lines: Vec<_> = bill
        .lines
        .iter()
        .map(|line| {
            json!({
                "Id": line.id,
                "MaterialId": { "Number": line.material },
                "RealQty": line.qty.to_string(),
                "TaxPrice": line.tax_price.to_string(),
                "AllAmount": line.all_amount.to_string(),
                "IsFree": line.is_free,
                "StockId": { "Number": line.stock },
            })
        })
        .collect();
    let bill = json!({
        "Id": bill.id,
        "BillNo": bill.number,
        "DocumentStatus": bill.document_status.to_string(),
        "CancelStatus": if bill.cancelled { "B" } else { "A" },
        "Date": format!("{}T00:00:00", bill.date),
        "RetcustId": { "Number": bill.customer },
        "SaleOrgId": { "Number": bill.sale_org },
        "StockOrgId": { "Number": bill.stock_org },
        "SAL_RETURNSTOCKENTRY": lines,
    });
    reply::ok(json!({ "Result": { "ResponseStatus": null, "Result": bill } }).to_string())
}

fn title(form: &str) -> &'static str {
    if form == "SAL_RETURNSTOCK" { "销售退货单" } else { "单据" }
}
