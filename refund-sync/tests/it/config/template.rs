//! What `init` writes is a configuration that loads, and its comments tell the truth.

use std::fs;

use refund_sync::config::{Loaded, template, templates};

use super::load_with;

/// Writes the tables and, after `edit`, the configuration; loads it.
fn load_template(edit: impl Fn(&'static str) -> String) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for table in templates() {
        let path = folder.path().join(table.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, table.text).unwrap();
    }
    fs::write(folder.path().join("mapping/orgs.csv"), "from,sale_org\nS001,101\n").unwrap();
    let path = folder.path().join("refund-sync.toml");
    fs::write(&path, edit(template())).unwrap();
    let more = [
        ("DINGTALK_URL", "https://robot.example.com/"),
        ("DINGTALK_SECRET", "x"),
        ("REFUND_SYNC_TOKEN_FINANCE", "a token of the finance department"),
    ];
    load_with(&path, &more).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Takes the `#` from every commented key, except those named.
fn uncomment(text: &str, except: &[&str]) -> String {
    let is_toml = |line: &str| {
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
    };
    let line = |line: &'_ str| match line.strip_prefix("# ") {
        Some(key) if is_toml(key) && !except.iter().any(|name| key.starts_with(name)) => key.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_template_loads_once_its_secrets_are_set() {
    let loaded = load_template(str::to_owned);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(loaded.config.pipelines[0].name, "main");
}

#[test]
fn without_its_secrets_the_template_names_the_variables_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refund-sync.toml");
    fs::write(&path, template()).unwrap();
    let faults = refund_sync::config::load(&path, []).unwrap_err().to_string();
    assert!(faults.contains("WDT_APP_SECRET is not set"), "{faults}");
    assert!(faults.contains("KINGDEE_APP_SECRET is not set"), "{faults}");
    assert!(faults.contains("customers.csv cannot be read"), "{faults}");
}

#[test]
fn what_else_is_to_be_said_is_said_while_the_secrets_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refund-sync.toml");
    for table in templates() {
        let path = folder.path().join(table.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, table.text).unwrap();
    }
    let (as_is, weak) = ("# process_status = [90]", "process_status = [80, 90]");
    assert!(template().contains(as_is));
    fs::write(&path, template().replacen(as_is, weak, 1)).unwrap();
    let faults = refund_sync::config::load(&path, []).unwrap_err();
    let told = faults.to_string();
    assert_eq!(faults.as_slice().len(), 2, "{told}");
    assert!(told.contains("WDT_APP_SECRET is not set"), "{told}");
    let keys = |faults: &[refund_sync::config::Fault]| {
        faults.iter().map(|fault| fault.key.clone()).collect::<Vec<_>>().join(" ")
    };
    let notes = faults.notes();
    assert!(keys(&notes.weak).contains("wdt.process_status"), "{notes:?}");
    assert!(
        keys(&notes.left).contains("wdt.sid") && keys(&notes.left).contains("kingdee.app_id"),
        "{notes:?}"
    );
}

#[test]
fn every_commented_line_of_the_template_is_a_key_that_loads() {
    // A second credential would not be used, and there is no certificate.
    let loaded = load_template(|text| uncomment(text, &["password", "ca_file", "serials_from"]));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert!(loaded.config.server.is_some());
    assert_eq!(loaded.config.alerts.len(), 1);
    assert_eq!(loaded.config.alerts[0].limits, refund_sync::config::AlertLimits::default());
    assert!(loaded.config.pipelines[0].mapping.orgs.is_some());
}

#[test]
fn what_the_template_comments_out_is_the_default() {
    // Those that have none and show an example.
    let examples = [
        "password",
        "proxy",
        "ca_file",
        "unit",
        "shop_nos",
        "open_from",
        "write_hours",
        "freeze",
        "interaction_flags",
        "kingdee_web_url",
        "history_days",
        "orgs",
        "closed_period",
        "close_day",
        "reconcile",
        "serials_from",
    ];
    let written = load_template(|text| uncomment(text, &examples)).config;
    let left_out = load_template(str::to_owned).config;
    assert_eq!(format!("{:#?}", written.pipelines), format!("{:#?}", left_out.pipelines));
}
