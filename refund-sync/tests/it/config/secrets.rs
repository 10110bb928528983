//! No secret is ever shown: not by a configuration, not by a fault, not by a warning.

use super::{Changed, fixture, load_with};

/// What every planted secret has in it.
const PLANTED: &str = "planted";

#[test]
fn a_configuration_shows_none_of_its_secrets() {
    let loaded = load_with(&fixture("good/full.toml"), &[]).unwrap();
    let shown = format!("{loaded:#?}");
    assert!(!shown.contains(PLANTED) && !shown.contains("260001_x") && !shown.contains("made-up"), "{shown}");
}

#[test]
fn a_password_in_a_store_url_is_not_shown() {
    let store = "[store]\nurl = \"postgres://u:planted@host/db\"\n\n[[pipeline]]";
    let loaded = Changed::new("[[pipeline]]", store).load().unwrap();
    assert!(!format!("{loaded:?}").contains(PLANTED));
    let store = "[store]\nurl = \"mysql://u:planted@host/db\"\n\n[[pipeline]]";
    let faults = Changed::new("[[pipeline]]", store).load().unwrap_err();
    assert!(!format!("{faults} {faults:?}").contains(PLANTED), "{faults}");
}

/// The warnings about a secret in a file with these rights.
fn warned(mode: u32) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let changed = Changed::new("{ env = \"WDT_APP_SECRET\" }", "{ file = \"wdt.secret\" }");
    let path = changed.path().with_file_name("wdt.secret");
    std::fs::write(&path, PLANTED).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    let loaded = changed.load().unwrap();
    loaded.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_secret_in_a_file_that_everybody_can_read_is_warned_of() {
    let warning = warned(0o644);
    assert!(warning.contains("wdt.app_secret") && warning.contains("chmod 600"), "{warning}");
    assert!(!warning.contains(PLANTED), "{warning}");
    assert_eq!(warned(0o600) + &warned(0o640) + &warned(0o400), "");
}

#[test]
fn a_secret_in_a_configuration_that_everybody_can_read_is_said_to_be() {
    use std::os::unix::fs::PermissionsExt as _;
    let changed = Changed::new("{ env = \"WDT_APP_SECRET\" }", "\"planted\"");
    for (mode, is_open) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(changed.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let warning: String = changed.load().unwrap().warnings.iter().map(ToString::to_string).collect();
        assert!(warning.contains("stands in the file itself"), "{warning}");
        assert_eq!(warning.contains("everybody on this machine can read"), is_open, "{warning}");
    }
}

#[test]
fn no_fault_shows_a_secret_wherever_it_was_written() {
    for (from, to) in [
        // Wrong type, wrong form, wrong name, wrong place, wrong syntax.
        ("{ env = \"WDT_APP_SECRET\" }", "[\"planted\"]"),
        ("{ env = \"WDT_APP_SECRET\" }", "{ evn = \"planted\" }"),
        ("{ env = \"WDT_APP_SECRET\" }", "{ env = \"planted-as-a-name\" }"),
        ("{ env = \"WDT_APP_SECRET\" }", "\" planted\""),
        ("app_secret = { env = \"WDT_APP_SECRET\" }", "app_secrte = \"planted\""),
        ("{ env = \"WDT_APP_SECRET\" }", "\"planted"),
        ("app_id = \"260001_x\"", "app_id = \" planted\""),
        ("https://erp.example.com/", "https://u:planted@erp.example.com/"),
        ("https://erp.example.com/k3cloud/", "https://erp.example.com/?token=planted"),
        ("tax_rate = 13.0", "tax_rate = { planted = \"planted\" }"),
    ] {
        let faults = Changed::new(from, to).load().unwrap_err();
        let shown = format!("{faults} {faults:?} {}", serde_json::to_string(&faults).unwrap());
        assert!(!shown.contains("planted"), "{to}: {shown}");
    }
}

#[test]
fn a_wrong_override_of_a_secret_does_not_show_it() {
    let faults = load_with(
        &fixture("good/minimal.toml"),
        &[
            ("REFUND_SYNC__PIPELINE__MAIN__WDT__APP_SECRET", " planted"),
            ("REFUND_SYNC__PIPELINE__MAIN__WDT__APP_SECRTE", "planted"),
        ],
    )
    .unwrap_err();
    assert_eq!(faults.as_slice().len(), 2);
    assert!(!format!("{faults:?}").contains(PLANTED), "{faults}");
}

#[test]
fn a_literal_secret_works_with_a_warning_that_does_not_show_it() {
    let loaded = Changed::new("{ env = \"WDT_APP_SECRET\" }", "\"planted\"").load().unwrap();
    let [warning] = loaded.warnings.as_slice() else { panic!("{:?}", loaded.warnings) };
    assert!(warning.to_string().contains("wdt.app_secret: the secret stands in the file itself"));
    assert!(!format!("{warning:?}").contains(PLANTED));
}

#[test]
fn a_literal_in_the_environment_is_no_literal_in_the_file() {
    let more = [("REFUND_SYNC__PIPELINE__MAIN__WDT__APP_SECRET", "planted")];
    assert!(load_with(&fixture("good/minimal.toml"), &more).unwrap().warnings.is_empty());
}
