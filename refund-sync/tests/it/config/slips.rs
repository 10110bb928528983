//! Slips that look right: each refused, or named, at its line with what to write, in both languages.

use std::fs;

use refund_sync::config::{Fault, Faults, Place, load, template, templates};

use super::{Changed, fixture, load_with};

/// A line of the smallest configuration, how somebody writes it, words of the fault, start of the fix.
const FAULTS: [(&str, &str, &str, &str); 18] = [
    // Full-width letters, digits and quotes.
    ("sid = \"shop2\"", "sid = \"ｓｈｏｐ７\"", "full-width", "sid = \"shop7\""),
    ("app_key = \"23000000\"", "app_key = \"２３０００００１\"", "full-width", "app_key = \"23000001\""),
    ("[pipeline.wdt]", "[pipeline.wdt]\npage_size = \"２０\"", "must be a whole number", "page_size = 20"),
    ("username = \"api\"", "username = “api”", "is not TOML", "write quotes, = and brackets half-width"),
    ("[pipeline.wdt]", "[pipeline.wdt]\npage_size = ２０", "is not TOML", "write figures half-width: 20"),
    // A key in the wrong section.
    (
        "[pipeline.wdt]",
        "[pipeline.wdt]\nfinish = \"audit\"",
        "not a key of this section",
        "it belongs to [pipeline.kingdee]",
    ),
    (
        "[pipeline.kingdee]",
        "[pipeline.kingdee]\ntypes = [2]",
        "not a key of this section",
        "it belongs to [pipeline.wdt]",
    ),
    (
        "[[pipeline]]",
        "[[pipeline]]\ntax_rate = \"13\"",
        "not a key of this section",
        "it belongs to [pipeline.mapping]",
    ),
    // Also where the section that has it, or the section itself, stands nowhere yet.
    (
        "[[pipeline]]",
        "[store]\ntoken = \"planted\"\n\n[[pipeline]]",
        "not a key of this section",
        "it belongs to [server], [[server.user]]",
    ),
    (
        "[[pipeline]]",
        "[store]\nquiet_minutes = 30\n\n[[pipeline]]",
        "not a key of this section",
        "it belongs to [[alert]]",
    ),
    ("[[pipeline]]", "[wdt]\nsid = \"x\"\n\n[[pipeline]]", "not a key", "its header is [pipeline.wdt]"),
    // Paths as Windows writes them, and files that are not there.
    (
        "username = \"api\"",
        "username = \"api\"\nca_file = \"C:\\certs\\ca.pem\"",
        "is not TOML",
        "write a path with / or in single quotes",
    ),
    (
        "[[pipeline]]",
        "[store]\nurl = \"sqlite:C:\\refund-sync\\refund-sync.db\"\n\n[[pipeline]]",
        "is a Windows path",
        "write a path with / or in single quotes: 'sqlite:C:",
    ),
    ("app_id = \"260001_x\"", "app_id = \"260001_ｘ\"", "full-width", "copy it again from 金蝶"),
    ("customers = \"identity\"", "customers = { file = \"none.csv\" }", "there is no such file", "create it"),
    ("username = \"api\"", "username = \"api\"\nca_file = \".\"", "it is a folder", "correct the path"),
    // Schedules, each mended as its own key is mostly set.
    (
        "[[pipeline]]",
        "[[pipeline]]\nschedule = \"0 */10 * * * *\"",
        "has six fields",
        "schedule = \"*/10 * * * *\"",
    ),
    (
        "[[pipeline]]",
        "[[pipeline]]\nreconcile = \"daily\"",
        "not a cron schedule",
        "reconcile = \"30 7 * * *\"",
    ),
];

#[track_caller]
fn only(faults: &Faults) -> &Fault {
    let [fault] = faults.as_slice() else { panic!("{faults}") };
    assert!(!fault.message.zh.is_ascii() && !fault.fix.en.is_empty(), "{fault}");
    fault
}

#[test]
fn each_slip_is_refused_at_its_line_with_the_line_to_write() {
    for (from, to, words, fix) in FAULTS {
        let changed = Changed::new(from, to);
        let faults = changed.load().err().unwrap_or_else(|| panic!("{to} was accepted"));
        let fault = only(&faults);
        assert!(fault.message.en.contains(words) && fault.fix.en.starts_with(fix), "{to}: {fault}");
        let text = fs::read_to_string(changed.path()).unwrap();
        let Place::File { position: Some(position), .. } = &fault.place else { panic!("{fault}") };
        let line = text.lines().nth(position.line - 1).unwrap();
        assert!(to.lines().any(|own| own == line), "{to}: line {} is {line}", position.line);
    }
}

#[test]
fn a_secret_with_blanks_is_refused_by_its_variable_or_file_and_not_shown() {
    for secret in [" planted", "planted ", "planted\n", "\u{3000}planted"] {
        let faults = load_with(&fixture("good/minimal.toml"), &[("WDT_APP_SECRET", secret)]).unwrap_err();
        let fault = only(&faults);
        assert!(
            fault.message.en.contains("WDT_APP_SECRET has blanks")
                && fault.message.zh.contains("WDT_APP_SECRET")
        );
        assert!(!faults.to_string().contains("planted"), "{faults}");
    }
    let changed = Changed::new("{ env = \"WDT_APP_SECRET\" }", "{ file = \"wdt.secret\" }");
    fs::write(changed.path().with_file_name("wdt.secret"), " planted\n").unwrap();
    let faults = changed.load().unwrap_err();
    assert!(only(&faults).message.en.contains("wdt.secret has blanks"), "{faults}");
    fs::write(changed.path().with_file_name("wdt.secret"), "planted\n").unwrap();
    changed.load().unwrap();
}

#[test]
fn what_came_into_an_issued_secret_when_it_was_copied_is_named_and_not_shown() {
    for (secret, words) in [
        ("pla nted", "WDT_APP_SECRET has a blank"),
        ("“planted”", "WDT_APP_SECRET has quotes"),
        ("\"planted\"", "WDT_APP_SECRET has quotes"),
        ("planted１", "WDT_APP_SECRET has full-width or invisible"),
        ("planted\u{200b}", "WDT_APP_SECRET has full-width or invisible"),
    ] {
        let faults = load_with(&fixture("good/minimal.toml"), &[("WDT_APP_SECRET", secret)]).unwrap_err();
        let fault = only(&faults);
        assert!(fault.message.en.contains(words) && fault.message.zh.contains("WDT_APP_SECRET"), "{fault}");
        assert!(!faults.to_string().contains("planted"), "{faults}");
    }
    let literal = Changed::new("{ env = \"WDT_APP_SECRET\" }", "\"pla nted\"").load().unwrap_err();
    assert!(only(&literal).message.en.starts_with("the secret has a blank"), "{literal}");
    let changed = Changed::new("{ env = \"WDT_APP_SECRET\" }", "{ file = \"wdt.secret\" }");
    fs::write(changed.path().with_file_name("wdt.secret"), "one\ntwo\n").unwrap();
    let faults = changed.load().unwrap_err();
    assert!(only(&faults).message.en.contains("wdt.secret has a blank or a line end"), "{faults}");
}

/// The configuration with a table of these bytes for its customers.
fn with_customers(bytes: &[u8]) -> Changed {
    let changed = Changed::new("customers = \"identity\"", "customers = { file = \"c.csv\" }");
    fs::write(changed.path().with_file_name("c.csv"), bytes).unwrap();
    changed
}

#[test]
fn what_a_spreadsheet_makes_of_a_table_is_named() {
    for (bytes, words) in [
        (&b"PK\x03\x04rest"[..], "is no workbook that can be read"),
        (b"\xd0\xcf\x11\xe0rest", "is an old workbook (.xls)"),
        (b"from,to\nS001,#N/A\n", "to: #N/A is what a spreadsheet writes where a formula failed"),
    ] {
        let faults = with_customers(bytes).load().unwrap_err();
        assert!(only(&faults).message.en.contains(words), "{faults}");
    }
    for (text, line, words) in [
        ("from,to\nS001,\"C001\nS002,C002\n", 2, "has a double quote that nothing closes"),
        ("from,to\r\nS001,C001\r\nS002,\"C002\r\nS003,C003\r\n", 3, "that nothing closes"),
        ("from,to\nS001,\"C001\nS002\",C002\n", 2, "has 3 cells, the header 2"),
        ("from,to\nS001,\"C0\n01\"\n", 2, "to: has a line end in the cell"),
        ("from,to\nS001,TRUE\n", 2, "to: TRUE is a spreadsheet's yes or no"),
    ] {
        let faults = with_customers(text.as_bytes()).load().unwrap_err();
        let fault = only(&faults);
        let Place::File { position: Some(position), .. } = &fault.place else { panic!("{fault}") };
        assert!(fault.message.en.contains(words) && position.line == line, "{faults}");
    }
    // What somebody notes beside it may be as it is.
    let noted = "from,to,note\nS001,C001,TRUE\nS002,C002,\"１号店\nold\"\n";
    assert!(with_customers(noted.as_bytes()).load().unwrap().warnings.is_empty());
    let warned =
        |cell: &str| with_customers(format!("from,to\nS001,{cell}\n").as_bytes()).load().unwrap().warnings;
    let warnings = warned("1234567890123450000");
    assert!(warnings[0].message.en.contains("more than 15 digits") && !warnings[0].message.zh.is_ascii());
    let warnings = warned("C００１");
    assert!(warnings[0].message.en.contains("full-width") && warnings[0].fix.en.contains("C001"));
    assert!(warned("1234567890123456789").is_empty() && warned("123456789012345").is_empty());
}

#[test]
fn the_examples_of_init_are_named_until_they_are_changed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mapping")).unwrap();
    for table in templates() {
        fs::write(folder.path().join(table.path), table.text).unwrap();
    }
    let path = folder.path().join("refund-sync.toml");
    let left = |text: &str| {
        fs::write(&path, text).unwrap();
        let env =
            ["WDT_APP_SECRET", "KINGDEE_APP_SECRET"].map(|name| (name.to_owned(), "planted".to_owned()));
        let left = load(&path, env).unwrap().left;
        assert!(left.iter().all(|one| !one.message.zh.is_ascii() && !one.fix.en.is_empty()));
        left.iter().map(|one| one.key.rsplit('.').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut found = left(template());
    found.sort();
    assert_eq!(found, ["acct_id", "app_id", "app_key", "base_url", "customers", "sid", "warehouses"]);
    let mine = template().replace("\"shop2\"", "\"mine2\"").replace("erp.example.com", "erp.mine.cn");
    assert!(left(&mine).iter().all(|key| key != "sid" && key != "base_url"));
}

#[test]
fn returns_that_are_not_settled_yet_want_a_date_of_their_own() {
    let weak = |mapping: &str| {
        let changed = Changed::new("[pipeline.wdt]", "[pipeline.wdt]\nprocess_status = [80, 90]");
        let text = fs::read_to_string(changed.path()).unwrap();
        fs::write(changed.path(), text.replace("tax_rate", &format!("{mapping}\ntax_rate"))).unwrap();
        changed.load().unwrap().weak.into_iter().map(|weak| weak.fix.en).collect::<Vec<_>>()
    };
    assert_eq!(weak("").len(), 1);
    assert!(weak("")[0].contains("\"modified\""));
    assert_eq!(weak("date_from = [\"check_time\", \"modified\"]"), [""; 0]);
}

#[test]
fn what_is_no_text_in_utf_8_is_called_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refund-sync.toml");
    let wide: Vec<u8> = "\u{feff}[[pipeline]]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, told) in
        [(wide.as_slice(), "is in UTF-16"), (b"PK\x03\x04rest\xff", "is a workbook of Excel")]
    {
        fs::write(&path, bytes).unwrap();
        let faults = load(&path, []).unwrap_err();
        assert!(only(&faults).message.en.contains(told), "{faults}");
    }
}
