//! The bytes of a bill as 金蝶 receives them: fields in the template's order, the mark, plain decimals.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use wiremock::Match;

use crate::returns::{line, now, plain, with_lines};
use crate::scene::{Scene, service};

/// The fields of an object as they stand in its text, which `serde_json::Map` does not keep.
struct Fields(Vec<(String, String)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    fields.push((key, value.get().to_owned()));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Fields {
    fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(key, _)| key.as_str()).collect()
    }

    #[track_caller]
    fn get(&self, key: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == key);
        &found.unwrap_or_else(|| panic!("no {key} in {:?}", self.keys())).1
    }

    fn list(&self, key: &str) -> Vec<Fields> {
        let items: Vec<Box<RawValue>> = serde_json::from_str(self.get(key)).unwrap();
        items.iter().map(|item| Fields::of(item.get())).collect()
    }
}

/// The data of the one BatchSave that was sent.
async fn sent(scene: &Scene) -> Fields {
    let requests = scene.books_server.received_requests().await.unwrap();
    let saves: Vec<_> = requests.iter().filter(|request| service("BatchSave").matches(request)).collect();
    let [save] = saves[..] else { panic!("{} calls", saves.len()) };
    let body = Fields::of(std::str::from_utf8(&save.body).unwrap());
    assert_eq!(body.keys(), ["formid", "data"]);
    assert_eq!(body.get("formid"), "\"SAL_RETURNSTOCK\"");
    Fields::of(body.get("data"))
}

#[tokio::test]
async fn the_fields_stand_in_the_templates_order() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("mapping", "unit = \"Pcs\"");
    scene.settle().exits(0);
    let model = sent(&scene).await.list("Model").remove(0);
    let head = "FBillTypeID FBillNo FDate FSaleOrgId FRetcustId FStockOrgId FHeadNote FOwnerTypeIdHead FOwnerIdHead \
                SubHeadEntity FEntity";
    assert_eq!(model.keys().join(" "), head);
    let sub_head = Fields::of(model.get("SubHeadEntity"));
    let expected = "FSettleCurrId FThirdBillNo FThirdBillId FThirdSrcType FSettleOrgId FIsIncludedTax";
    assert_eq!(sub_head.keys().join(" "), expected);
    let entry = "FRowType FMaterialId FUnitID FMustqty FRealQty FTaxPrice FIsFree FEntryTaxRate FReturnType \
                 FOwnerTypeId FOwnerId FStockId FStockstatusId FDeliveryDate";
    assert_eq!(model.list("FEntity")[0].keys().join(" "), entry);
}

#[tokio::test]
async fn every_field_says_what_the_rules_say() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let model = sent(&scene).await.list("Model").remove(0);
    let today = format!("\"{}\"", (now() - chrono::TimeDelta::hours(2)).date());
    let table = [
        ("FBillTypeID", r#"{"FNUMBER":"XSTHD01_SYS"}"#),
        ("FBillNo", r#""TK1""#),
        ("FDate", &today),
        ("FSaleOrgId", r#"{"FNumber":"100"}"#),
        ("FRetcustId", r#"{"FNumber":"C001"}"#),
        ("FStockOrgId", r#"{"FNumber":"100"}"#),
        ("FOwnerTypeIdHead", r#""BD_OwnerOrg""#),
        ("FOwnerIdHead", r#"{"FNumber":"100"}"#),
    ];
    for (key, value) in table {
        assert_eq!(model.get(key), value, "{key}");
    }
    let sub_head = Fields::of(model.get("SubHeadEntity"));
    assert_eq!(sub_head.get("FIsIncludedTax"), "true");
    assert_eq!(sub_head.get("FSettleCurrId"), r#"{"FNumber":"PRE001"}"#);
    assert_eq!(sub_head.get("FSettleOrgId"), r#"{"FNumber":"100"}"#);
    let entry = &model.list("FEntity")[0];
    let table = [
        ("FRowType", r#""Standard""#),
        ("FMaterialId", r#"{"FNumber":"TS-BLK-L"}"#),
        ("FMustqty", "2"),
        ("FRealQty", "2"),
        ("FTaxPrice", "59.9"),
        ("FIsFree", "false"),
        ("FEntryTaxRate", "13"),
        ("FReturnType", r#"{"FNumber":"THLX01_SYS"}"#),
        ("FOwnerTypeId", r#""BD_OwnerOrg""#),
        ("FOwnerId", r#"{"FNumber":"100"}"#),
        ("FStockId", r#"{"FNumber":"CK01"}"#),
        ("FStockstatusId", r#"{"FNumber":"KCZT01_SYS"}"#),
        ("FDeliveryDate", &today),
    ];
    for (key, value) in table {
        assert_eq!(entry.get(key), value, "{key}");
    }
}

#[tokio::test]
async fn every_bill_carries_the_mark() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let model = sent(&scene).await.list("Model").remove(0);
    let sub_head = Fields::of(model.get("SubHeadEntity"));
    assert_eq!((sub_head.get("FThirdBillNo"), sub_head.get("FThirdSrcType")), ("\"TK1\"", "\"refund-sync\""));
    let mark = sub_head.get("FThirdBillId").trim_matches('"');
    assert!(mark.len() == 16 && mark.chars().all(|c| c.is_ascii_hexdigit()), "{mark}");
}

#[tokio::test]
async fn base_data_is_verified_and_nothing_is_replaced_or_cut_into_sub_batches() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let data = sent(&scene).await;
    assert_eq!(data.get("IsVerifyBaseDataField"), "true");
    for (key, value) in &data.0 {
        match key.as_str() {
            "BatchCount" => assert_eq!(value, "0"),
            "ValidateFlag" | "NumberSearch" => assert_eq!(value, "true", "{key}"),
            _ => {}
        }
    }
    assert!(
        !data.list("Model")[0].keys().contains(&"FID"),
        "an id on a new bill replaces the bill that has it"
    );
}

#[tokio::test]
async fn decimals_are_plain_numbers_without_exponent_or_noise() {
    let rows = with_lines(
        "TK1",
        &[
            line("A", "3.0000", "100.0000"),
            line("B", "0.3330", "0.1000"),
            line("C", "10000.0000", "0.0100"),
            line("D", "1.0000", "99999999999.9900"),
            line("E", "7.0000", "0.3000"),
        ],
    );
    let scene = Scene::with([rows]).await;
    scene.settle().exits(0);
    let model = sent(&scene).await.list("Model").remove(0);
    for entry in model.list("FEntity") {
        for key in ["FMustqty", "FRealQty", "FTaxPrice", "FEntryTaxRate"] {
            let text = entry.get(key);
            let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
            let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert!(plain && decimals <= 6, "{key} {text}");
        }
    }
    let entries = model.list("FEntity");
    let price = |index: usize| entries[index].get("FTaxPrice");
    assert_eq!((price(0), price(2), price(3)), ("33.333333", "0.000001", "99999999999.99"));
    assert_eq!(entries[1].get("FRealQty"), "0.333");
}

#[tokio::test]
async fn a_row_whose_time_of_change_alone_moved_gives_the_same_bytes() {
    let scene = Scene::with([plain("TK1")]).await;
    let bytes = || {
        let done = scene.run(&["run", "--dry-run"]).exits(0);
        done.out.lines().find(|line| line.contains("FBillNo")).unwrap().to_owned()
    };
    let before = bytes();
    assert!(scene.shop.world().edit("TK1", |row| row.touch(now())));
    assert_eq!(bytes(), before);
    scene.shop.world().edit("TK1", |row| row.set("remark", "客户来电"));
    assert_eq!(bytes(), before);
}
