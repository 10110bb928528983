//! 备注 FHeadNote: the order numbers that lead an accountant back to 旺店通. Numbers only, no free text, unless a rule
//! makes it of something else.

use std::collections::HashSet;
use std::fmt::Write as _;

use chrono::NaiveDate;

use super::clean;
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
    for number in numbers.into_iter().flat_map(|field| field.split(is_separator)).map(clean::text) {
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

/// A note that a rule made, behind the date before it was moved, cut at 200 characters.
pub(super) fn made_note(text: &str, moved_from: Option<NaiveDate>) -> String {
    let mut note = moved_from.map_or_else(String::new, |date| format!("原日期 {date} "));
    note.push_str(text);
    note.chars().take(LONGEST).collect::<String>().trim_end().to_owned()
}

fn is_separator(character: char) -> bool {
    matches!(character, ',' | '，' | '、' | ';' | '；') || character.is_whitespace()
}
