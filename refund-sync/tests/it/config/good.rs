//! What good files become: every default, and every key with another value.

use std::time::Duration;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use refund_sync::config::{
    AlertKind, AlertLimits, AskStatus, Credentials, Enrich, Finish, SignMethod, StoreUrl, Verify,
};
use refund_sync::mapping::fields::{FieldRule, FieldValue};
use refund_sync::mapping::rules::{
    AmountFrom, BalanceAgainst, ClosedPeriod, CustomerFrom, DateField, FlagOrPark, MaterialFrom,
    OnQuantityGap, OpenFrom, QuantityFrom, TaxRate,
};
use refund_sync::mapping::table::Table;
use rust_decimal::Decimal;
use secrecy::ExposeSecret;

use super::{Changed, fixture, load_with};

#[test]
fn what_is_left_out_has_the_documented_default() {
    let loaded = load_with(&fixture("good/minimal.toml"), &[]).unwrap();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let config = loaded.config;
    let StoreUrl::Sqlite(path) = &config.store.url else { panic!() };
    assert_eq!(*path, fixture("good/refund-sync.db"));
    assert_eq!(config.store.keep, Some(TimeDelta::days(400)));
    assert!(config.server.is_none() && config.alerts.is_empty());
    let [main] = config.pipelines.as_slice() else { panic!() };
    assert_eq!((main.name.as_str(), main.schedule.as_str()), ("main", "*/5 * * * *"));
    assert_eq!(main.start_from, None);
    assert!(main.reconcile.is_none());

    let wdt = &main.wdt;
    assert_eq!(wdt.base_url.as_str(), "https://hu3cgwt0tc.api.taobao.com/router/qm");
    assert_eq!((wdt.target_app_key.as_str(), wdt.sign_method), ("21363512", SignMethod::Md5));
    assert_eq!((wdt.page_size, wdt.quota_per_minute, wdt.window_pages, wdt.watch_days), (40, 60, 25, 31));
    assert_eq!((wdt.timeout, wdt.lag, wdt.overlap), (seconds(30), seconds(180), seconds(600)));
    assert!(wdt.types.iter().eq(&[2]) && wdt.process_status.iter().eq(&[90]));
    assert_eq!((wdt.ask_status, wdt.enrich), (AskStatus::All, Enrich::None));
    assert!(wdt.shop_nos.is_empty());

    let kingdee = &main.kingdee;
    assert!(matches!(kingdee.credentials, Credentials::Signature { .. }));
    assert_eq!((kingdee.lcid, kingdee.org_num.as_str()), (2052, "100"));
    assert_eq!((kingdee.timeout, kingdee.resend_after), (seconds(180), seconds(300)));
    assert_eq!((kingdee.batch_size, kingdee.concurrency, kingdee.quota_per_minute), (50, 1, 60));
    assert_eq!((kingdee.finish, kingdee.verify), (Finish::Save, Verify::LookUp));
    assert!(kingdee.ca.is_none() && kingdee.write_hours.is_none());

    let rules = &main.mapping;
    assert_eq!((rules.bill_type.as_str(), rules.bill_no_prefix.as_str()), ("XSTHD01_SYS", ""));
    assert_eq!((rules.return_type.as_str(), rules.currency.as_str()), ("THLX01_SYS", "PRE001"));
    assert_eq!([&rules.sale_org, &rules.stock_org, &rules.settle_org], ["100"; 3]);
    assert_eq!(rules.date_from, [DateField::CheckTime, DateField::FinishTime]);
    assert_eq!(rules.quantity_from, QuantityFrom::RefundNum);
    assert_eq!(rules.on_quantity_gap, OnQuantityGap::Park);
    assert_eq!(rules.amount_from, AmountFrom::RefundOrderAmount);
    assert_eq!(rules.balance_against, BalanceAgainst::Auto);
    assert_eq!([rules.on_imbalance, rules.on_no_refund], [FlagOrPark::Flag; 2]);
    assert_eq!(rules.material_from, MaterialFrom::SpecNo);
    assert_eq!(rules.customer_from, CustomerFrom::ShopNo);
    assert_eq!((rules.price_scale, rules.closed_period), (6, ClosedPeriod::Park));
    assert!(matches!(rules.tax_rate, TaxRate::Fixed(rate) if rate == Decimal::from(13)));
    assert!(rules.unit.is_none() && rules.open_from.is_none() && rules.orgs.is_none());
}

#[test]
fn every_key_of_the_contract_is_read() {
    // A checkout gives everybody the right to read it.
    let secret = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(fixture("good/kingdee.secret"), secret).unwrap();
    let loaded = load_with(&fixture("good/full.toml"), &[]).unwrap();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    // As far from the defaults as may be: what that weakens is named.
    let weak: Vec<_> = loaded.weak.iter().map(|weak| weak.key.rsplit('.').next().unwrap()).collect();
    assert_eq!(weak, ["lag_seconds", "resend_after_seconds", "verify"]);
    let config = loaded.config;
    let StoreUrl::Sqlite(path) = &config.store.url else { panic!() };
    assert_eq!(*path, fixture("good/data/journal.db"));
    let server = config.server.unwrap();
    assert_eq!(server.listen.to_string(), "0.0.0.0:9000");
    assert_eq!(server.token.unwrap().expose_secret(), "token-planted-secret");
    assert_eq!(config.alerts[0].kind, AlertKind::DingTalk);
    let limits = AlertLimits {
        quiet: TimeDelta::minutes(15),
        silence: TimeDelta::minutes(45),
        idle: TimeDelta::hours(72),
        ban: TimeDelta::minutes(20),
    };
    assert_eq!(config.alerts[0].limits, limits);
    assert!(config.alerts[0].pipelines.iter().eq(&["华东"]));
    assert_eq!(config.alerts[0].secret.as_ref().unwrap().expose_secret(), "alert-planted-secret");
    let [east] = config.pipelines.as_slice() else { panic!() };
    assert_eq!((config.store.keep, east.keep), (None, None));
    assert_eq!((east.name.as_str(), east.schedule.as_str()), ("华东", "30 2 * * 1-5"));
    assert_eq!(east.reconcile.as_ref().unwrap().as_str(), "30 7 * * *");
    assert_eq!(east.start_from.unwrap().to_string(), "2026-11-01 08:30:00");

    let wdt = &east.wdt;
    assert_eq!(wdt.base_url.as_str(), "http://127.0.0.1:8080/router/qm");
    assert_eq!((wdt.sid.as_str(), wdt.app_key.as_str()), ("shop2", "23000000"));
    assert_eq!(wdt.app_secret.expose_secret(), "wdt-planted-secret");
    assert_eq!((wdt.target_app_key.as_str(), wdt.sign_method), ("21363513", SignMethod::HmacSha256));
    assert_eq!(wdt.proxy.shown().as_deref(), Some("environment"));
    assert_eq!((wdt.page_size, wdt.quota_per_minute, wdt.window_pages, wdt.watch_days), (100, 1000, 10, 7));
    assert_eq!((wdt.timeout, wdt.lag, wdt.overlap), (seconds(5), seconds(0), seconds(60)));
    assert!(wdt.types.iter().eq(&[2, 3]) && wdt.process_status.iter().eq(&[80, 90]));
    assert_eq!(wdt.ask_status, AskStatus::Accepted);
    assert!(wdt.shop_nos.iter().eq(&["S001", "S002"]));

    let kingdee = &east.kingdee;
    assert_eq!(kingdee.base_url.as_str(), "http://127.0.0.1:8081/K3Cloud/");
    assert_eq!((kingdee.acct_id.as_str(), kingdee.username.as_str()), ("65f0", "api"));
    let Credentials::AppSecret { app_id, app_secret } = &kingdee.credentials else { panic!() };
    assert_eq!(app_id.expose_secret(), "260001_x");
    assert_eq!(app_secret.expose_secret(), "a-made-up-secret-of-a-file");
    assert_eq!((kingdee.lcid, kingdee.org_num.as_str()), (1033, "101.2"));
    assert_eq!((kingdee.timeout, kingdee.resend_after), (seconds(60), seconds(0)));
    assert_eq!((kingdee.batch_size, kingdee.concurrency, kingdee.quota_per_minute), (500, 2, 120));
    assert_eq!((kingdee.finish, kingdee.verify), (Finish::Audit, Verify::None));

    let rules = &east.mapping;
    assert_eq!((rules.bill_type.as_str(), rules.bill_no_prefix.as_str()), ("XSTHD06_SYS", "WDT-"));
    assert_eq!((rules.return_type.as_str(), rules.currency.as_str()), ("THLX02_SYS", "PRE002"));
    assert_eq!([&rules.sale_org, &rules.stock_org, &rules.settle_org], ["101", "102", "103"]);
    assert_eq!(rules.date_from, [DateField::Modified]);
    assert_eq!(rules.quantity_from, QuantityFrom::StockinNum);
    assert_eq!(rules.on_quantity_gap, OnQuantityGap::UseStockin);
    assert_eq!(rules.amount_from, AmountFrom::TotalAmount);
    assert_eq!(rules.balance_against, BalanceAgainst::None);
    assert_eq!([rules.on_imbalance, rules.on_no_refund], [FlagOrPark::Park; 2]);
    assert_eq!(rules.material_from, MaterialFrom::GoodsNo);
    assert_eq!(rules.customer_from, CustomerFrom::CustomerNo);
    assert_eq!((rules.price_scale, rules.closed_period), (10, ClosedPeriod::Move));
    assert_eq!(rules.unit.as_deref(), Some("Pcs"));
    let TaxRate::ByMaterial(rates) = &rules.tax_rate else { panic!() };
    assert_eq!(rates.get("M002", day(1)).unwrap().to, "9.0");
    let Some(OpenFrom::ByOrg(days)) = &rules.open_from else { panic!() };
    assert_eq!(days["101.2"], NaiveDate::from_ymd_opt(2026, 12, 1).unwrap());
    assert!(matches!(rules.materials, Table::Identity));
    let hit = rules.warehouses.get("WH02", day(1)).unwrap();
    assert_eq!(
        (hit.to, hit.column("stock_org"), hit.column("owner_org")),
        ("CK02", Some("101"), Some("102"))
    );
    let orgs = rules.orgs.as_ref().unwrap();
    assert_eq!(orgs.get("S002", day(1)).unwrap().column("settle_org"), Some("001"));
    assert_eq!(orgs.get("S001", day(1)).unwrap().column("settle_org"), None);
}

#[test]
fn further_fields_are_read_in_the_order_written() {
    let config = load_with(&fixture("good/full.toml"), &[]).unwrap().config;
    let further = &config.pipelines[0].mapping.further;
    let keys = |rules: &[FieldRule]| rules.iter().map(|rule| rule.key.clone()).collect::<Vec<_>>().join(" ");
    let head = "F_PSEH_TEXT FHeadNote FSaledeptid FSalesManId FApproveBy FAPI F_XX_Date F_XX_Sum";
    assert_eq!(keys(&further.head), head);
    assert_eq!(keys(&further.finance), "FSettleTypeId");
    assert_eq!(keys(&further.line), "FNote FOrderNo FStocklocId FAuxPropId F_XX_Bin");
    let required: Vec<_> =
        further.iter().filter(|rule| rule.required).map(|rule| rule.key.as_str()).collect();
    assert_eq!(required, ["FSettleTypeId", "FOrderNo"]);
    assert!(matches!(&further.head[7].value, FieldValue::Constant(json) if json == "1.50"));
    // Free text is kept where a rule names it, and nowhere else.
    assert!(config.pipelines[0].wdt.free_texts.iter().eq(&["line.remark", "refund_reason"]));
    let minimal = load_with(&fixture("good/minimal.toml"), &[]).unwrap().config;
    assert!(minimal.pipelines[0].wdt.free_texts.is_empty());
}

#[test]
fn a_section_of_further_fields_can_come_from_the_environment() {
    let variable = "REFUND_SYNC__PIPELINE__MAIN__MAPPING__HEAD";
    let loaded =
        load_with(&fixture("good/minimal.toml"), &[(variable, "{ F_B = \"{tid}\", F_A = { value = 1 } }")]);
    let config = loaded.unwrap().config;
    let keys: Vec<_> =
        config.pipelines[0].mapping.further.head.iter().map(|rule| rule.key.as_str()).collect();
    assert_eq!(keys, ["F_B", "F_A"]);
}

#[test]
fn a_default_stands_for_the_numbers_that_a_table_does_not_have() {
    let rules = |to: &str| {
        let changed = Changed::new("warehouses = \"identity\"", &format!("warehouses = {to}"));
        changed.load().unwrap().config.pipelines[0].mapping.clone()
    };
    let all = rules("{ default = \"THC\" }");
    let hit = all.warehouses.get("WH09", day(1)).unwrap();
    assert!((hit.to, hit.is_default) == ("THC", true));
    let rest = rules("{ inline = { WH01 = \"CK01\" }, default = 7 }");
    assert!(rest.warehouses.get("WH01", day(1)).is_ok_and(|hit| (hit.to, hit.is_default) == ("CK01", false)));
    assert!(rest.warehouses.get("WH02", day(1)).is_ok_and(|hit| (hit.to, hit.is_default) == ("7", true)));
    assert_ne!(rest.version, rules("{ inline = { WH01 = \"CK01\" } }").version);
}

#[test]
fn a_table_holds_from_day_to_day() {
    let config = load_with(&fixture("good/full.toml"), &[]).unwrap().config;
    let customers = &config.pipelines[0].mapping.customers;
    let june = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    assert_eq!(customers.get("S001", june).unwrap().to, "C001");
    assert_eq!(customers.get("S001", june.succ_opt().unwrap()).unwrap().to, "C101");
    assert_eq!(customers.get("S002", june).unwrap().to, "C002");
    assert_eq!(customers.get("S003", june).unwrap_err().nearest[0], "S001");
}

#[test]
fn write_hours_may_pass_midnight() {
    let config = load_with(&fixture("good/full.toml"), &[]).unwrap().config;
    let hours = config.pipelines[0].kingdee.write_hours.unwrap();
    let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    assert!(hours.contains(at(19, 0)) && hours.contains(at(0, 0)) && hours.contains(at(7, 59)));
    assert!(!hours.contains(at(8, 0)) && !hours.contains(at(18, 59)));
}

#[test]
fn a_password_needs_no_app_id() {
    let changed =
        Changed::new("app_id = \"260001_x\"", "auth = \"password\"\npassword = { env = \"ALERT_SECRET\" }");
    let loaded = changed.load().unwrap();
    assert!(matches!(loaded.config.pipelines[0].kingdee.credentials, Credentials::Password { .. }));
    // The app_secret that is left in the file does nothing, and its owner is told so.
    assert!(loaded.warnings[0].to_string().contains("kingdee.app_secret: is not used by this auth"));
}

#[test]
fn what_is_unwise_is_a_warning() {
    let changed = Changed::new("https://erp", "http://erp");
    assert!(changed.load().unwrap().warnings[0].message.en.contains("travel readable"));
    let changed = Changed::new("tax_rate = 13.0", "tax_rate = \"0.13\"");
    assert!(changed.load().unwrap().warnings[0].message.en.contains("0.13 percent"));
    let changed = Changed::new("\"shop2\"", "\"shop2\"\nquota_per_minute = 60");
    assert!(changed.load().unwrap().warnings.is_empty());
}

#[test]
fn two_pipelines_of_one_account_may_share_the_shops_out() {
    let text = std::fs::read_to_string(fixture("good/minimal.toml")).unwrap();
    let first = text.replace("[pipeline.wdt]", "[pipeline.wdt]\nshop_nos = [\"S1\"]");
    let second = first.replace("\"S1\"", "\"S2\"").replace("[[pipeline]]", "[[pipeline]]\nname = \"two\"");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refund-sync.toml");
    std::fs::write(&path, format!("{first}\n{second}")).unwrap();
    assert_eq!(load_with(&path, &[]).unwrap().config.pipelines.len(), 2);
}

#[test]
fn the_version_follows_the_rules_and_the_rows_but_not_the_path() {
    let version = |from: &str, to: &str| {
        Changed::new(from, to).load().unwrap().config.pipelines[0].mapping.version.clone()
    };
    let plain = version("sid", "sid");
    assert_eq!(plain.len(), 16);
    assert!(plain.chars().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(plain, version("shop2", "shop3"));
    assert_eq!(plain, version("tax_rate = 13.0", "tax_rate = \"13\""));
    assert_ne!(plain, version("tax_rate = 13.0", "tax_rate = 9"));
    let inline =
        |rows: &str| version("customers = \"identity\"", &format!("customers = {{ inline = {{ {rows} }} }}"));
    assert_eq!(inline("A = \"1\", B = \"2\""), inline("B = \"2\", A = \"1\""));
    assert_ne!(inline("A = \"1\", B = \"2\""), inline("A = \"2\", B = \"1\""));
    assert_ne!(inline("A = \"1\""), plain);
    let head = |fields: &str| version("tax_rate", &format!("head = {{ {fields} }}\ntax_rate"));
    assert_eq!(head(""), plain);
    let said = [
        "F_A = \"{tid}\"",
        "F_A = \"{src_no}\"",
        "F_B = \"{tid}\"",
        "F_A = { text = \"{tid}\", required = true }",
    ];
    let versions: std::collections::BTreeSet<_> = said.into_iter().map(head).collect();
    assert!(versions.len() == 4 && !versions.contains(&plain));
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}
