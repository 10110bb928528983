//! 备注 FHeadNote: the order numbers that lead an accountant back to 旺店通. Numbers only, no free text.

use std::collections::HashSet;
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::model::Return;

/// What 备注 takes, in characters.
const LONGEST: usize = 200;

/// The date before it was moved, then 原始单号, 平台退款单号 and 系统订单编号, each number once, separated by spaces.
///
/// Numbers are added whole while they fit into 200 characters: half a number would lead astray.
pub(super) fn head_note(refund: &Return, moved_from: Option<NaiveDate>) -> String {
    let mut note = String::new();
    if let Some(date) = moved_from {
        // Writing to a String cannot fail.
        let _ = write!(note, "原日期 {date}");
    }
    let mut length = note.chars().count();
    let mut seen = HashSet::new();
    let numbers = [&refund.tid, &refund.src_no, &refund.sales_tid];
    for number in numbers.into_iter().flat_map(|field| field.split(is_separator)).map(clean) {
        let gap = usize::from(length > 0);
        let longer = length + gap + number.chars().count();
        if number.is_empty() || longer > LONGEST || !seen.insert(number.clone()) {
            continue;
        }
        if gap > 0 {
            note.push(' ');
        }
        note.push_str(&number);
        length = longer;
    }
    note
}

fn is_separator(character: char) -> bool {
    matches!(character, ',' | '，' | '、' | ';' | '；') || character.is_whitespace()
}

/// Without what 金蝶's firewall refuses: quotes, angle brackets, a double hyphen (left as a single one).
fn clean(number: &str) -> String {
    let mut clean = String::with_capacity(number.len());
    for character in number.chars() {
        let quoting = matches!(character, '\'' | '"' | '<' | '>') || character.is_control();
        let second_hyphen = character == '-' && clean.ends_with('-');
        if !(quoting || second_hyphen) {
            clean.push(character);
        }
    }
    clean
}
