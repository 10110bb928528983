//! Sentences that the journal keeps in one text: each with what it says in Chinese and in English. A text that is not
//! among them is another system's, and is shown as it is.

use super::{Lang, Text};

/// A sentence as it is kept, in which `{}` stands for what differs, with its Chinese and its English.
const SENTENCES: [(&str, &str, &str); 27] = [
    ("asked for by a person, with --again", "人工要求重新写入", "a person asked for it to be written again"),
    ("asked for by a person", "人工要求重试", "a person asked for it"),
    ("missing in 金蝶", "金蝶中缺单", "missing in 金蝶"),
    ("the mapping rules or tables changed", "对照规则或对照表已变更", "the mapping rules or tables changed"),
    ("tried again by itself", "自动重试", "tried again by itself"),
    (
        "what it was parked for has passed for another one",
        "另一张同样原因的单据已通过",
        "what it was parked for has passed for another one",
    ),
    (
        "the program ended before the answer came",
        "程序在收到应答前结束",
        "the program ended before the answer came",
    ),
    (
        "its worker ended before the answer came",
        "执行的进程在收到应答前结束",
        "its worker ended before the answer came",
    ),
    ("paused by a person since {} 已人工暂停", "自 {} 起已人工暂停", "paused by a person since {}"),
    ("paused by a person 已人工暂停", "已人工暂停", "paused by a person"),
    ("stopped since {}: {} 已停止", "自 {} 起已停止", "stopped since {}"),
    (
        "the server names no total: nothing can be proven",
        "旺店通没有给出总数，无法证实读全",
        "the server names no total: nothing can be proven",
    ),
    ("unproven: the {} of the window", "无法证实窗口读全：{}", "unproven: the {} of the window"),
    ("unproven ({})", "无法证实读全（{}）", "unproven ({})"),
    (
        "short by {}: the server counts {} and delivers {}",
        "少 {} 条：旺店通计数 {}，实际给出 {}",
        "short by {}: the server counts {} and delivers {}",
    ),
    ("short by {}, {} of them stock-ins", "少 {} 条，其中入库单 {} 条", "short by {}, {} of them stock-ins"),
    (
        "金蝶 asks to wait until {} 金蝶要求等待至该时间; it said: {}",
        "金蝶要求等待至 {}，原话：{}",
        "金蝶 asks to wait until {}; it said: {}",
    ),
    ("the refund's amount is not confirmed", "退款金额未确认", "the refund's amount is not confirmed"),
    ("blanks around {} were cut", "{} 首尾有空白，已去除", "blanks around {} were cut"),
    ("{}: {} asked back, {} arrived", "{}：退货数量 {}，入库数量 {}", "{}: {} asked back, {} arrived"),
    (
        "the lines add up to {}, no whole cents: written as {}",
        "明细合计 {} 不是整分，按 {} 记账",
        "the lines add up to {}, no whole cents: written as {}",
    ),
    ("the lines add up to {}, {} is {}", "明细合计 {}，表头 {} 为 {}", "the lines add up to {}, {} is {}"),
    (
        "{} is missing: the lines' sum is unchecked",
        "表头没有 {}，未核对合计",
        "{} is missing: the lines' sum is unchecked",
    ),
    (
        "{}: goods worth {} came back without a refund",
        "{}：价值 {} 的货品退回但未退款",
        "{}: goods worth {} came back without a refund",
    ),
    ("date moved from {} to {}", "日期由 {} 移至 {}", "date moved from {} to {}"),
    ("{}: split in two entries", "{}：拆为两行", "{}: split in two entries"),
    ("{}: {} of them defective", "{}：其中残品 {} 件", "{}: {} of them defective"),
];

/// What a kept text says to this reader.
pub fn sentence(kept: &str, lang: Lang) -> String {
    text(kept).map_or_else(|| kept.to_owned(), |text| text.get(lang).to_owned())
}

/// Both languages of a kept text; `None` where it is none of ours.
pub fn text(kept: &str) -> Option<Text> {
    told(kept, &SENTENCES)
}

/// Both languages of a text that is one of `sentences`.
pub(super) fn told(kept: &str, sentences: &[(&str, &str, &str)]) -> Option<Text> {
    sentences.iter().find_map(|(pattern, zh, en)| {
        let found = taken_apart(kept, pattern)?;
        let zh_found: Vec<_> = found.iter().map(|part| place(part)).collect();
        let put = |form: &str, found: &[String]| {
            let mut parts = form.split("{}");
            let first = parts.next().unwrap_or_default().to_owned();
            parts.zip(found).fold(first, |whole, (part, found)| whole + found + part)
        };
        let found: Vec<_> = found.into_iter().map(str::to_owned).collect();
        Some(Text::of(put(zh, &zh_found), put(en, &found)))
    })
}

/// `line 2 (SP-1)` as Chinese has it; anything else as it is.
fn place(part: &str) -> String {
    let line = |rest: &str| match rest.split_once(' ') {
        Some((number, of)) => format!("第 {number} 行{}", of.replace('(', "（").replace(')', "）")),
        None => format!("第 {rest} 行"),
    };
    part.strip_prefix("line ").map_or_else(|| part.to_owned(), line)
}

/// What stands in a text where a pattern has `{}`, if the text is of the pattern.
fn taken_apart<'a>(text: &'a str, pattern: &str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let at = if parts.peek().is_none() && part.is_empty() {
            rest.len()
        } else if parts.peek().is_none() {
            rest.strip_suffix(part)?.len()
        } else {
            rest.find(part)?
        };
        found.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    (rest.is_empty() && found.iter().all(|part| !part.is_empty())).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_sentence_is_told_in_one_language_and_what_is_none_of_ours_as_it_is() {
        for (kept, zh, en) in [
            ("asked for by a person", "人工要求重试", "a person asked for it"),
            (
                "short by 3: the server counts 10 and delivers 7",
                "少 3 条：旺店通计数 10，实际给出 7",
                "short by 3: the server counts 10 and delivers 7",
            ),
            (
                "paused by a person since 2026-11-20T12:00:00+08:00 已人工暂停",
                "自 2026-11-20T12:00:00+08:00 起已人工暂停",
                "paused by a person since 2026-11-20T12:00:00+08:00",
            ),
            ("stopped since X: 金蝶: no 已停止", "自 X 起已停止", "stopped since X"),
            (
                "line 2 (SP-1): split in two entries",
                "第 2 行（SP-1）：拆为两行",
                "line 2 (SP-1): split in two entries",
            ),
            ("unproven (Moved)", "无法证实读全（Moved）", "unproven (Moved)"),
            ("库存不足", "库存不足", "库存不足"),
            ("short by 3", "short by 3", "short by 3"),
            ("", "", ""),
        ] {
            assert_eq!(sentence(kept, Lang::Chinese), zh);
            assert_eq!(sentence(kept, Lang::English), en);
        }
    }

    #[test]
    fn every_sentence_has_as_many_places_in_both_languages_and_is_found_by_its_own_text() {
        let places = |text: &str| text.matches("{}").count();
        for (pattern, zh, en) in SENTENCES {
            // What another system said may be left out: it is quoted elsewhere.
            assert!(places(zh) == places(en) && places(en) <= places(pattern), "{pattern}");
            let kept = pattern.replace("{}", "7");
            assert_eq!(sentence(&kept, Lang::English), en.replace("{}", "7"), "{pattern}");
            assert_eq!(sentence(&kept, Lang::Chinese), zh.replace("{}", "7"), "{pattern}");
        }
    }
}
