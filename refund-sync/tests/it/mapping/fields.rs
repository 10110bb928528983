//! Further fields of the bill: what each form comes to, what is left out, what parks; and that none of them can change
//! what the promise rests on, whatever it is and whatever the return says.

use proptest::prelude::*;
use refund_sync::mapping::fields::{FieldRule, FieldRules, FieldValue, Lookup, Segment, Template};
use refund_sync::mapping::form::Part;
use refund_sync::mapping::own_keys::{own_key, own_keys};
use refund_sync::mapping::table::Table;
use refund_sync::mapping::{Mapped, Refusal, Rules, map};
use refund_sync::model::named::{NAMED, NamedField, is_about_people};
use refund_sync::model::{Field, Further, Return};
use refund_sync::sink::{mark, wire};
use serde_json::Value;
use serde_json::value::RawValue;

use super::sample::{line, mapped, plain, refund, refused, row, rules, table, table_of};

fn field(name: &str) -> &'static NamedField {
    NamedField::of(name).unwrap_or_else(|| panic!("{name}"))
}

/// `"原始单号 {tid}"` as segments.
fn template(text: &str) -> Template {
    let mut segments = Vec::new();
    for piece in text.split_inclusive('}') {
        let (before, name) = piece.split_once('{').unwrap_or((piece, ""));
        segments.extend((!before.is_empty()).then(|| Segment::Text(before.to_owned())));
        segments.extend(name.strip_suffix('}').map(|name| Segment::Field(field(name))));
    }
    Template(segments)
}

fn text(key: &str, text: &str) -> FieldRule {
    FieldRule { key: key.into(), value: FieldValue::Text(template(text)), required: false }
}

fn rule(key: &str, value: FieldValue) -> FieldRule {
    FieldRule { key: key.into(), value, required: false }
}

fn by(name: &str, table: Table) -> Lookup {
    Lookup::Table { by: field(name), table, column: None }
}

fn required(rule: FieldRule) -> FieldRule {
    FieldRule { required: true, ..rule }
}

fn with(head: Vec<FieldRule>, line: Vec<FieldRule>) -> Rules {
    Rules { further: FieldRules { head, finance: Vec::new(), line }, ..rules() }
}

/// The plain return as it is read, free texts included.
fn read() -> Return {
    let mut refund = plain();
    let pairs = |pairs: &[(&str, &str)]| -> Further {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    refund.further = Some(pairs(&[
        ("logistics_no", "SF1234567890123"),
        ("remark", "客户 <说> \"太大\"; 退--货"),
        ("refund_reason", ""),
    ]));
    refund.lines[0].further = pairs(&[("spec_code", "BLK-L"), ("remark", "")]);
    refund
}

fn head(refund: &Return, rule: FieldRule) -> Vec<String> {
    shown(&mapped(refund, &with(vec![rule], Vec::new())).bill.head)
}

fn shown(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| format!("{}={}", field.key, field.json)).collect()
}

#[test]
fn each_form_comes_to_its_json() {
    let salesmen = || table("FSalesManId", &[("S001", "0012")]);
    for (rule, json) in [
        (text("F_A", "{tid}"), r#"F_A="2611200001234567""#),
        (text("F_A", "运单 {logistics_no}/{shop_no}"), r#"F_A="运单 SF1234567890123/S001""#),
        (text("F_A", "{finish_time}"), r#"F_A="2026-11-20 10:31:07""#),
        (text("F_A", "{refund_amount}"), r#"F_A="119.8""#),
        (
            rule("F_A", FieldValue::Number(Lookup::Template(template("BM000004")))),
            r#"F_A={"FNumber":"BM000004"}"#,
        ),
        (rule("F_A", FieldValue::Number(by("shop_no", salesmen()))), r#"F_A={"FNumber":"0012"}"#),
        (rule("F_A", FieldValue::Name(Lookup::Template(template("王工")))), r#"F_A={"FName":"王工"}"#),
        (rule("F_A", FieldValue::Constant("true".into())), "F_A=true"),
        (rule("F_A", FieldValue::Date(field("finish_time"))), r#"F_A="2026-11-20""#),
        (
            rule(
                "F_A",
                FieldValue::Object("FF1".into(), by("warehouse_no", table("F_A", &[("WH01", "A-01")]))),
            ),
            r#"F_A={"FF1":{"FNumber":"A-01"}}"#,
        ),
    ] {
        assert_eq!(head(&read(), rule), [json]);
    }
}

#[test]
fn free_text_is_cleaned_for_the_firewall() {
    assert_eq!(head(&read(), text("F_A", "{remark}")), [r#"F_A="客户 说 太大 退-货""#]);
}

#[test]
fn what_says_nothing_is_left_out_or_parks_where_it_is_required() {
    let nothing = [
        text("F_A", "{refund_reason}"),
        rule("F_A", FieldValue::Number(Lookup::Template(template("{refund_reason}")))),
        rule("F_A", FieldValue::Date(field("check_time"))),
        rule("F_A", FieldValue::Number(by("shop_no", table("F_A", &[("S001", "")])))),
    ];
    for rule in nothing {
        assert_eq!(head(&read(), rule.clone()), [""; 0]);
        let refusals = refused(&read(), &with(vec![required(rule)], Vec::new()));
        assert_eq!(refusals, [Refusal::EmptyField { line: None, key: "F_A".into() }]);
    }
    let of_line = with(Vec::new(), vec![required(text("FNote", "{line.remark}"))]);
    let [Refusal::EmptyField { line: Some(line), key }] = &refused(&read(), &of_line)[..] else { panic!() };
    assert_eq!((line.index, key.as_str()), (0, "FNote"));
}

#[test]
fn a_shop_without_a_row_leaves_the_field_out_and_is_noted_or_parks_where_it_is_required() {
    let lacking = rule("F_A", FieldValue::Number(by("shop_no", table("F_A", &[("S002", "0012")]))));
    let rules = with(vec![lacking.clone()], Vec::new());
    let done = mapped(&read(), &rules);
    assert!(done.bill.head.is_empty());
    assert_eq!(done.notes, ["F_A: S001 is not in the table: left out"]);
    let refusals = refused(&read(), &with(vec![required(lacking)], Vec::new()));
    let [Refusal::Unmapped { table, key, nearest, .. }] = &refusals[..] else { panic!("{refusals:?}") };
    assert_eq!((table.as_ref(), key.as_str(), nearest[0].as_str()), ("F_A", "S001", "S002"));
}

#[test]
fn a_default_stands_for_what_a_table_does_not_have_and_is_noted() {
    let with_default = |table: Table| match table {
        Table::Rows { name, origin, rows, .. } => {
            Table::Rows { name, origin, rows, default: Some("THC".into()) }
        }
        Table::Identity => Table::Identity,
    };
    let mut rules = rules();
    rules.warehouses = with_default(table("warehouses", &[("WH09", "CK09")]));
    rules.customers = with_default(table("customers", &[]));
    rules.materials = with_default(table("materials", &[]));
    let done = mapped(&plain(), &rules);
    assert_eq!((done.bill.lines[0].stock.as_str(), done.bill.customer.as_str()), ("THC", "THC"));
    assert_eq!(
        done.notes,
        [
            "customers: S001 → THC (default)",
            "warehouses: WH01 → THC (default)",
            "materials: TS-BLK-L → THC (default)"
        ]
    );
    let mut nowhere = plain();
    nowhere.warehouse_no = String::new();
    assert_eq!(
        mapped(&nowhere, &rules).bill.lines[0].stock,
        "THC",
        "a return without a warehouse has it too"
    );
}

#[test]
fn the_shop_decides_the_stock_organisation_where_the_warehouse_does_not() {
    let mut rules = rules();
    rules.orgs = Some(table_of("orgs", "S001", row("", &[("stock_org", "200"), ("owner_org", "201")])));
    let bill = mapped(&plain(), &rules).bill;
    assert_eq!((bill.stock_org.as_str(), bill.owner_org.as_str()), ("200", "201"));
    rules.warehouses = table_of("warehouses", "WH01", row("CK01", &[("stock_org", "300")]));
    let bill = mapped(&plain(), &rules).bill;
    assert_eq!((bill.stock_org.as_str(), bill.owner_org.as_str()), ("300", "300"), "its own row comes first");
}

#[test]
fn a_return_that_was_read_before_a_rule_named_a_field_is_not_mapped_without_it() {
    let mut old = read();
    old.further = None;
    let rules = with(vec![text("F_A", "{logistics_no}")], Vec::new());
    assert_eq!(refused(&old, &rules), [Refusal::UnreadField { field: "logistics_no".into() }]);
    let mut before = read();
    before.further.as_mut().unwrap().remove("remark");
    let rules = with(vec![text("F_A", "{remark}")], Vec::new());
    assert_eq!(refused(&before, &rules), [Refusal::UnreadField { field: "remark".into() }]);
}

#[test]
fn a_note_of_ones_own_keeps_the_date_before_it_was_moved() {
    let rules = with(vec![text("FHeadNote", "{logistics_no}")], Vec::new());
    let done = mapped(&read(), &rules);
    assert_eq!(done.bill.head_note, "SF1234567890123");
    assert!(done.bill.head.is_empty(), "it is one field, not two");
    let moved = refund_sync::mapping::move_to(done, &read(), &rules, "2026-12-01".parse().unwrap());
    assert_eq!(moved.bill.head_note, "原日期 2026-11-20 SF1234567890123");
    let long = with(vec![text("FHeadNote", &"长".repeat(300))], Vec::new());
    assert_eq!(mapped(&read(), &long).bill.head_note.chars().count(), 200);
    let empty = with(vec![text("FHeadNote", "{refund_reason}")], Vec::new());
    assert_eq!(mapped(&read(), &empty).bill.head_note, "", "a rule that says nothing is no order numbers");
}

#[test]
fn fields_stand_at_the_templates_place_and_unknown_ones_last_in_the_order_written() {
    let number = |key: &str| rule(key, FieldValue::Number(Lookup::Template(template("1"))));
    let mut rules = with(
        vec![number("F_Z"), number("FStockerId"), number("F_A"), number("FSaledeptid")],
        vec![text("FOrderNo", "{tid}"), text("F_B", "x"), number("FStocklocId"), text("fnote", "x")],
    );
    rules.further.finance = vec![number("FExchangeTypeId"), number("F_C")];
    let bill = mapped(&read(), &rules).bill;
    let json = serde_json::to_string(&wire(&bill, Some("0123456789abcdef"))).unwrap();
    let places = |keys: &[&str]| {
        let found = keys
            .iter()
            .map(|key| json.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key} {json}")));
        let found: Vec<usize> = found.collect();
        assert!(found.is_sorted(), "{keys:?} {json}");
    };
    places(&["FRetcustId", "FSaledeptid", "FStockOrgId", "FStockerId", "FHeadNote", "SubHeadEntity"]);
    places(&["FSettleOrgId", "FExchangeTypeId", "FIsIncludedTax", "F_C", "FEntity"]);
    places(&[
        "FStockId",
        "FStocklocId",
        "FStockstatusId",
        "FDeliveryDate",
        "fnote",
        "FOrderNo",
        "F_B",
        "F_Z",
        "F_A",
    ]);
}

#[test]
fn a_bill_of_an_older_journal_is_read_and_gives_the_bytes_it_gave() {
    let bill = mapped(&plain(), &rules()).bill;
    let text = serde_json::to_string(&bill).unwrap();
    for key in ["head\"", "finance", "further", "serials", "produced"] {
        assert!(!text.contains(key), "{key} {text}");
    }
    let back: refund_sync::model::ReturnBill = serde_json::from_str(&text).unwrap();
    assert_eq!((mark(&back), &back), (mark(&bill), &bill));
}

#[test]
fn every_key_of_the_bill_is_ours_or_open() {
    let bill = mapped(&plain(), &Rules { unit: Some("Pcs".into()), ..rules() }).bill;
    let json: Value = serde_json::to_value(wire(&bill, Some("x"))).unwrap();
    let parts = [&json, &json["SubHeadEntity"], &json["FEntity"][0]];
    for (part, object) in Part::ALL.into_iter().zip(parts) {
        for key in object.as_object().unwrap().keys() {
            let is_open = ["FHeadNote", "FStockstatusId"].contains(&key.as_str());
            assert!(is_open || own_key(key).is_some(), "{key} is sent and could be set by a rule");
            assert!(part.has(key), "{key} has no place");
        }
    }
    assert!(Part::ALL.into_iter().all(|part| own_keys(part).iter().all(|own| !own.instead.en.is_empty())));
}

/// Any rules of the line and the head, keys included that no configuration would let through.
fn any_further() -> impl Strategy<Value = FieldRules> {
    let keys: Vec<String> = Part::ALL
        .into_iter()
        .flat_map(|part| {
            own_keys(part)
                .iter()
                .map(|own| own.key.to_owned())
                .chain(part.template().iter().map(|key| (*key).to_owned()))
        })
        .chain(["F_PSEH_TEXT", "FAPI", "fbillno", "FMATERIALID", "frealqty"].map(str::to_owned))
        .collect();
    let named: Vec<&'static NamedField> = NAMED.iter().collect();
    let segment = prop_oneof![
        ".{0,6}".prop_map(Segment::Text),
        prop::sample::select(named.clone()).prop_map(Segment::Field),
    ];
    let template = prop::collection::vec(segment, 0..4).prop_map(Template);
    let lookup = prop_oneof![
        template.clone().prop_map(Lookup::Template),
        prop::sample::select(named.clone()).prop_map(|by| Lookup::Table {
            by,
            table: table("F_A", &[("S001", "0012"), ("WH01", "A-01")]),
            column: None
        }),
    ];
    let value = prop_oneof![
        template.prop_map(FieldValue::Text),
        lookup.clone().prop_map(FieldValue::Number),
        lookup.clone().prop_map(FieldValue::Name),
        lookup.prop_map(|lookup| FieldValue::Object("FF100001".into(), lookup)),
        prop::sample::select(named).prop_map(FieldValue::Date),
        Just(FieldValue::Constant("{\"FNumber\":\"9\"}".into())),
        Just(FieldValue::Constant("true".into())),
    ];
    let rules = prop::collection::vec(
        (prop::sample::select(keys), value).prop_map(|(key, value)| FieldRule {
            key,
            value,
            required: false,
        }),
        0..6,
    );
    (rules.clone(), rules.clone(), rules).prop_map(|(head, finance, line)| FieldRules { head, finance, line })
}

/// A return whose further fields say whatever they like.
fn any_read() -> impl Strategy<Value = Return> {
    let texts = || prop::collection::vec(".{0,12}", NAMED.len());
    (texts(), texts()).prop_map(|(of_head, of_line)| {
        let fill = |texts: Vec<String>, is_line: bool| -> Further {
            let own = NAMED.iter().filter(|field| field.is_of_line() == is_line);
            own.zip(texts).map(|(field, text)| (field.key().to_owned(), text)).collect()
        };
        let mut lines = vec![line("TS-BLK-L", "2", "119.80"), line("HAT", "1", "5.51")];
        for line in &mut lines {
            line.further = fill(of_line.clone(), true);
        }
        Return { further: Some(fill(of_head, false)), ..refund(lines) }
    })
}

/// Every text in a value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// An object's members in the order written.
fn keys_of(json: &str) -> Vec<(String, Box<RawValue>)> {
    struct InOrder;
    impl<'de> serde::de::Visitor<'de> for InOrder {
        type Value = Vec<(String, Box<RawValue>)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde::Deserializer::deserialize_map(&mut deserializer, InOrder).unwrap()
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_further_field_changes_what_the_promise_rests_on(refund in any_read(), further in any_further()) {
        let plain = map(&refund, &rules(), None).unwrap();
        let with = map(&refund, &Rules { further, ..rules() }, None).unwrap();
        let json = |mapped: &Mapped| -> Value {
            serde_json::from_str(&serde_json::to_string(&wire(&mapped.bill, Some("0123456789abcdef"))).unwrap()).unwrap()
        };
        let (before, after) = (json(&plain), json(&with));
        let object = |value: &Value, key: &str| value[key].as_object().cloned().unwrap_or_default();
        let same = |before: &serde_json::Map<String, Value>, after: &serde_json::Map<String, Value>| {
            for (key, value) in before {
                let is_open = ["FHeadNote", "FStockstatusId", "SubHeadEntity", "FEntity"].contains(&key.as_str());
                prop_assert!(is_open || after.get(key) == Some(value), "{key}: {value} became {:?}", after.get(key));
            }
            // A key twice, however spelt, would be applied twice.
            let keys: std::collections::BTreeSet<_> = after.keys().map(|key| key.to_lowercase()).collect();
            prop_assert_eq!(keys.len(), after.len());
            Ok(())
        };
        same(before.as_object().unwrap(), after.as_object().unwrap())?;
        same(&object(&before, "SubHeadEntity"), &object(&after, "SubHeadEntity"))?;
        let (rows, more) = (before["FEntity"].as_array().unwrap(), after["FEntity"].as_array().unwrap());
        prop_assert_eq!(rows.len(), more.len());
        for (row, more) in rows.iter().zip(more) {
            same(row.as_object().unwrap(), more.as_object().unwrap())?;
        }
    }

    #[test]
    fn every_field_stands_at_the_templates_place(refund in any_read(), further in any_further()) {
        let mapped = map(&refund, &Rules { further, ..rules() }, None).unwrap();
        let json = serde_json::to_string(&wire(&mapped.bill, Some("0123456789abcdef"))).unwrap();
        let head = keys_of(&json);
        let finance = keys_of(head.iter().find(|(key, _)| key == "SubHeadEntity").unwrap().1.get());
        let entries: Vec<Box<RawValue>> = serde_json::from_str(head.iter().find(|(key, _)| key == "FEntity").unwrap().1.get()).unwrap();
        let rows = entries.iter().map(|row| (Part::Line, keys_of(row.get())));
        for (part, keys) in [(Part::Head, head), (Part::Finance, finance)].into_iter().chain(rows) {
            let last = part.template().len();
            let place = |key: &str| part.template().iter().position(|own| own.eq_ignore_ascii_case(key)).unwrap_or(last);
            let places: Vec<_> = keys.iter().map(|(key, _)| place(key)).collect();
            prop_assert!(places.is_sorted(), "{part:?} {:?}", keys.iter().map(|(key, _)| key).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_template_lets_nothing_through_that_the_firewall_refuses(refund in any_read(), further in any_further()) {
        let mapped = map(&refund, &Rules { further, ..rules() }, None).unwrap();
        let fields = mapped.bill.head.iter().chain(&mapped.bill.finance);
        for field in fields.chain(mapped.bill.lines.iter().flat_map(|line| &line.further)) {
            let value: Value = serde_json::from_str(&field.json).unwrap();
            let mut found = Vec::new();
            texts(&value, &mut found);
            for text in found {
                let is_refused = text.contains(['\'', '"', '<', '>', ';']) || text.contains("--");
                prop_assert!(!is_refused && !text.chars().any(char::is_control), "{field:?}");
            }
        }
    }

    #[test]
    fn no_name_of_a_persons_field_can_stand_in_a_template(name in "(line\\.)?(buyer_nick|receiver_[a-z]{2,6}|return_(name|mobile|telno|address)|swap_(receiver|mobile|area)|customer_name|pay_account|fenxiao_nick_name)") {
        prop_assert!(NamedField::of(&name).is_none() && is_about_people(&name), "{name}");
    }
}
