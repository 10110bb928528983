//! Environment variables override keys, by the key's type; one that overrides nothing is a fault.

use std::time::Duration;

use refund_sync::config::{Finish, Loaded, Place, StoreUrl};
use refund_sync::mapping::rules::{DateField, TaxRate};
use refund_sync::mapping::table::Table;

use super::{fixture, load_with};

fn minimal(more: &[(&str, &str)]) -> Loaded {
    load_with(&fixture("good/minimal.toml"), more).unwrap()
}

fn refused(more: &[(&str, &str)]) -> String {
    load_with(&fixture("good/minimal.toml"), more).unwrap_err().to_string()
}

#[test]
fn a_variable_that_overrides_nothing_is_a_fault_that_names_the_nearest() {
    let faults = load_with(
        &fixture("good/minimal.toml"),
        &[("REFUND_SYNC__PIPELINE__MAIN__WDT__SIDD", "x"), ("REFUND_SYNC__PIPELINE__OTHER__WDT__SID", "x")],
    )
    .unwrap_err();
    let [first, second] = faults.as_slice() else { panic!("{faults}") };
    assert_eq!(
        first.place,
        Place::Variable { variable: "REFUND_SYNC__PIPELINE__MAIN__WDT__SIDD".to_owned() }
    );
    assert!(first.fix.en.contains("REFUND_SYNC__PIPELINE__MAIN__WDT__SID?"), "{first}");
    assert!(second.to_string().starts_with("$REFUND_SYNC__PIPELINE__OTHER__WDT__SID: overrides no key"));
}

#[test]
fn a_wrong_value_is_reported_at_the_variable() {
    let faults = refused(&[("REFUND_SYNC__PIPELINE__MAIN__WDT__PAGE_SIZE", "500")]);
    let expected = "$REFUND_SYNC__PIPELINE__MAIN__WDT__PAGE_SIZE: pipeline[0].wdt.page_size = 500: \
                    must be 1 to 100";
    assert!(faults.starts_with(expected), "{faults}");
    assert!(faults.ends_with("→ REFUND_SYNC__PIPELINE__MAIN__WDT__PAGE_SIZE=40"), "{faults}");
}

#[test]
fn a_variable_of_the_wrong_type_is_a_fault() {
    let faults = refused(&[
        ("REFUND_SYNC__PIPELINE__MAIN__WDT__PAGE_SIZE", "forty"),
        ("REFUND_SYNC__PIPELINE__MAIN__WDT__TYPES", "[2"),
        ("REFUND_SYNC__PIPELINE__MAIN__WDT__PROCESS_STATUS", "90,69"),
        ("REFUND_SYNC__PIPELINE__MAIN__MAPPING__CUSTOMERS", "{ file ="),
    ]);
    for expected in [
        "wdt.page_size = \"forty\": must be a whole number",
        "wdt.types = \"[2\": must be a list",
        "wdt.process_status[1] = 69: no goods",
        "mapping.customers = \"{ file =\": must be",
    ] {
        assert!(faults.contains(expected), "{expected} in {faults}");
    }
}

#[test]
fn keys_are_overridden_by_their_types() {
    let loaded = minimal(&[
        ("REFUND_SYNC__STORE__URL", "sqlite:/var/lib/refund-sync/journal.db"),
        ("REFUND_SYNC__SERVER__LISTEN", "127.0.0.1:9999"),
        ("REFUND_SYNC__PIPELINE__MAIN__SCHEDULE", "0 3 * * *"),
        ("REFUND_SYNC__PIPELINE__MAIN__START_FROM", "2026-12-01"),
        ("REFUND_SYNC__PIPELINE__MAIN__WDT__SID", "00123"),
        ("REFUND_SYNC__PIPELINE__MAIN__WDT__TYPES", "2, 3"),
        ("REFUND_SYNC__PIPELINE__MAIN__WDT__SHOP_NOS", r#"["S,1", "S2"]"#),
        ("REFUND_SYNC__PIPELINE__MAIN__KINGDEE__TIMEOUT_SECONDS", "7"),
        ("REFUND_SYNC__PIPELINE__MAIN__KINGDEE__ORG_NUM", "001"),
        ("REFUND_SYNC__PIPELINE__MAIN__KINGDEE__FINISH", "audit"),
        ("REFUND_SYNC__PIPELINE__MAIN__MAPPING__DATE_FROM", "modified"),
        ("REFUND_SYNC__PIPELINE__MAIN__MAPPING__TAX_RATE", "kingdee"),
        ("REFUND_SYNC__PIPELINE__MAIN__MAPPING__WAREHOUSES", r#"{ inline = { WH01 = "CK01" } }"#),
    ]);
    let config = loaded.config;
    assert!(matches!(&config.store.url, StoreUrl::Sqlite(path) if path.ends_with("journal.db")));
    assert_eq!(config.server.unwrap().listen.port(), 9999);
    let main = &config.pipelines[0];
    assert_eq!(main.schedule.as_str(), "0 3 * * *");
    assert_eq!(main.start_from.unwrap().to_string(), "2026-12-01 00:00:00");
    assert_eq!(main.wdt.sid, "00123");
    assert!(main.wdt.types.iter().eq(&[2, 3]));
    assert!(main.wdt.shop_nos.iter().eq(&["S,1", "S2"]));
    assert_eq!(main.kingdee.timeout, Duration::from_secs(7));
    assert_eq!(main.kingdee.org_num, "001");
    assert_eq!(main.kingdee.finish, Finish::Audit);
    assert_eq!(main.mapping.date_from, [DateField::Modified]);
    assert!(matches!(main.mapping.tax_rate, TaxRate::Kingdee));
    assert!(matches!(&main.mapping.warehouses, Table::Rows { rows, .. } if rows.contains_key("WH01")));
}

#[test]
fn a_variable_beats_a_faulty_value_in_the_file() {
    let changed = super::Changed::new("sid = \"shop2\"", "sid = 2");
    assert!(changed.load().is_err());
    let loaded = load_with(&changed.path(), &[("REFUND_SYNC__PIPELINE__MAIN__WDT__SID", "shop2")]);
    assert_eq!(loaded.unwrap().config.pipelines[0].wdt.sid, "shop2");
}

#[test]
fn pipelines_go_by_name_and_alerts_by_place() {
    let path = fixture("good/full.toml");
    let more = [
        ("REFUND_SYNC__PIPELINE__华东__WDT__SID", "other"),
        ("REFUND_SYNC__ALERT__0__KIND", "webhook"),
        ("REFUND_SYNC_SOMETHING_ELSE", "is nobody's business"),
    ];
    let config = load_with(&path, &more).unwrap().config;
    assert_eq!(config.pipelines[0].wdt.sid, "other");
    assert_eq!(config.alerts[0].kind, refund_sync::config::AlertKind::Webhook);
}
