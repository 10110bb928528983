//! Cells: the exact scalar the server wrote, and what it can be read as.

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::Cell;

use crate::support::dec;

fn cell(json: &str) -> Cell {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_decimal_keeps_every_digit_a_float_would_lose() {
    for text in ["0.10", "123456789012345.123456789", "-5.5100000000", "7922816251426433759354395033.5"] {
        assert_eq!(cell(text).decimal(), Some(dec(text)), "{text}");
        assert_eq!(cell(text).text(), text);
        assert_eq!(cell(&format!("\"{text}\"")).decimal(), Some(dec(text)), "quoted {text}");
    }
    assert_eq!(cell("1E-07").decimal(), Some(dec("0.0000001")));
}

#[test]
fn text_that_is_no_decimal_is_none() {
    for json in ["null", "true", "\"\"", "\"1_000\"", "\"+5\"", "\"1,000\"", "\"0x10\"", "\"A\""] {
        assert_eq!(cell(json).decimal(), None, "{json}");
    }
}

#[test]
fn a_whole_number_may_be_written_as_a_decimal() {
    assert_eq!(cell("100001").int(), Some(100_001));
    assert_eq!(cell("\"100001\"").int(), Some(100_001));
    assert_eq!(cell("2.0").int(), Some(2));
    assert_eq!(cell("2.5").int(), None);
    assert_eq!(cell("\"A1\"").int(), None);
}

#[test]
fn a_date_is_read_in_each_of_its_spellings() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
    let midnight = day.and_hms_opt(0, 0, 0);
    for text in ["2026-11-03T00:00:00", "2026-11-03 00:00:00", "2026-11-03", "2026-11-03T00:00:00.000"] {
        assert_eq!(cell(&format!("\"{text}\"")).date(), midnight, "{text}");
    }
    assert_eq!(cell("\"soon\"").date(), None);
}

#[test]
fn null_is_empty_and_says_so() {
    assert!(cell("null").is_null() && cell("null").text().is_empty());
    assert!(!cell("\"\"").is_null());
}

#[test]
fn escapes_are_decoded() {
    assert_eq!(cell(r#""\u5ba2\u6237\n""#).text(), "客户\n");
    assert_eq!(cell("true").bool(), Some(true));
}
