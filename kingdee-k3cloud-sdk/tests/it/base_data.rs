//! Base data at the simulated site: forbidden and enabled again, and what a material's settings ask of a row.

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::fields::Extra;
use kingdee_k3cloud_sdk::model::base::Number;
use kingdee_k3cloud_sdk::model::base_data::{Customer, Material};
use kingdee_k3cloud_sdk::model::return_stock::{Entry, Serial};
use kingdee_k3cloud_sdk::{BatchSave, Bills, Filter, Query, Verdict};
use serde_json::value::RawValue;

use crate::support::{FORM, batch, bill, client, line, site};

/// What a verdict objects to.
fn objections(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Rejected { errors } => {
            errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_forbidden_reads_so_can_be_used_by_no_bill_and_is_usable_again_once_enabled() {
    let site = site().build();
    let client = client(&site);
    let status =
        async || client.base_data::<Customer>(["C001"], None).await.unwrap()[0].forbid_status.clone();
    let one = Bills::numbers(["C001"]);
    assert_eq!(status().await, "A");
    assert!(client.execute_operation("BD_Customer", "Forbid", &one).await.unwrap()[0].is_done());
    assert_eq!(status().await, "B");
    let refused = client.batch_save(&batch(&["TK1"])).await.unwrap();
    assert!(objections(&refused[0]).contains("已禁用"), "{refused:?}");
    let again = client.execute_operation("bd_customer", "forbid", &one).await.unwrap();
    assert!(objections(&again[0]).contains("已经禁用"), "{again:?}");
    assert!(client.execute_operation("BD_Customer", "Enable", &one).await.unwrap()[0].is_done());
    assert_eq!(status().await, "A");
    assert!(client.batch_save(&batch(&["TK1"])).await.unwrap()[0].is_done());
}

#[tokio::test]
async fn what_is_not_there_is_not_forbidden_and_a_bill_is_no_base_data() {
    let site = site().build();
    let client = client(&site);
    let unknown =
        client.execute_operation("BD_Customer", "Forbid", &Bills::numbers(["C001", "C9"])).await.unwrap();
    assert!(unknown[0].is_done() && objections(&unknown[1]).contains("不存在"), "{unknown:?}");
    let idle = client.execute_operation("BD_MATERIAL", "Enable", &Bills::numbers(["M001"])).await.unwrap();
    assert!(objections(&idle[0]).contains("未禁用"), "{idle:?}");
    let bill = client.execute_operation(FORM, "Forbid", &Bills::numbers(["TK1"])).await.unwrap();
    assert!(objections(&bill[0]).contains("没有此操作"), "{bill:?}");
}

/// The objections to a bill with this line.
async fn saved(site: &kingdee_k3cloud_sdk::mock::Site, number: &str, line: Entry) -> String {
    let mut form = bill(number);
    form.entries = vec![line];
    objections(&client(site).batch_save(&BatchSave::new(vec![form])).await.unwrap()[0])
}

#[tokio::test]
async fn a_material_that_is_managed_by_lot_shelf_life_and_serial_number_is_refused_without_and_gives_back_what_was_sent()
 {
    let site = site()
        .base_field("BD_MATERIAL", "M001", "FIsBatchManage", "true")
        .base_field("BD_MATERIAL", "M001", "FIsKFPeriod", "true")
        .base_field("BD_MATERIAL", "M001", "FIsSNManage", "true")
        .build();
    let said = saved(&site, "TK1", line()).await;
    for name in ["批号", "生产日期", "有效期至", "序列号"] {
        assert!(said.contains(name), "{said}");
    }
    let day = |day| NaiveDate::from_ymd_opt(2026, 1, day).unwrap().into();
    let serial = |number: &str| Serial::builder().serial_no(number).build();
    let whole = |serials: Vec<Serial>| {
        let mut entry = line();
        (entry.lot, entry.serials) = (Some(Number::from("B1")), serials);
        (entry.produce_date, entry.expiry_date) = (Some(day(2)), Some(day(3)));
        entry
    };
    assert!(saved(&site, "TK1", whole(vec![serial("S1")])).await.contains("序列号个数与数量不一致"));
    let mut undated = whole(vec![serial("S1"), serial("S2")]);
    undated.expiry_date = None;
    assert!(saved(&site, "TK1", undated).await.contains("有效期至"));
    assert!(saved(&site, "TK1", whole(vec![serial("S1"), serial("S2")])).await.contains("Saved"));
    let query = Query::builder()
        .form_id(FORM)
        .field_keys(["FEntity_FLot.FNumber", "FEntity_FProduceDate", "FEntity_FExpiryDate"])
        .filter(Filter::eq("FBillNo", "TK1"))
        .build();
    let rows = client(&site).query(&query).await.unwrap();
    let cells: Vec<_> = ["FEntity_FLot.FNumber", "FEntity_FProduceDate", "FEntity_FExpiryDate"]
        .map(|key| rows[0].by_key(key).unwrap().text().to_owned())
        .into();
    assert_eq!(cells, ["B1", "2026-01-02T00:00:00", "2026-01-03T00:00:00"]);
    let mut other = line();
    other.material = "M002".into();
    assert!(saved(&site, "TK2", other).await.contains("Saved"));
}

#[tokio::test]
async fn fields_of_the_sites_own_and_dimensions_of_a_place_can_be_queried() {
    let site = site().custom_fields(["F_X", "FEntity.F_Y"]).build();
    let client = client(&site);
    let mut form = bill("TK1");
    let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
    form.extra = Extra::new().with("F_X", raw("\"head\""));
    form.entries[0].extra = Extra::new().with("F_Y", raw(r#"{"FNumber":"N1"}"#));
    form.entries[0].stock_location = Some(raw(r#"{"FSTOCKLOCID__FF100001":{"FNumber":"A-01"}}"#));
    assert!(client.batch_save(&BatchSave::new(vec![form])).await.unwrap()[0].is_done());
    let keys = ["F_X", "FEntity_F_Y.FNumber", "FEntity_FStocklocId.FF100001.FNumber"];
    let query = |keys: &[&str]| Query::builder().form_id(FORM).field_keys(keys.to_vec()).build();
    let rows = client.query(&query(&keys)).await.unwrap();
    let cells: Vec<_> = keys.map(|key| rows[0].by_key(key).unwrap().text().to_owned()).into();
    assert_eq!(cells, ["head", "N1", "A-01"]);
    for unknown in ["F_NONE", "FEntity_FNote.FF1.FNumber"] {
        assert!(client.query(&query(&[unknown])).await.is_err(), "{unknown}");
    }
}

#[tokio::test]
async fn a_material_is_kept_and_read_again() {
    let site = site().build();
    let found: Vec<Material> = client(&site).base_data(["M001"], None).await.unwrap();
    let kept = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Material>>(&kept).unwrap(), found);
}
