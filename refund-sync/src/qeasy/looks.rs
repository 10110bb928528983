//! What a text that is no scheme looks like instead, so that people see which file they took.

use super::json::Node;
use crate::lang::Text;

/// How many keys are named.
const MOST_KEYS: usize = 8;

/// What it looks like.
pub(super) fn looks_like(text: &str, document: Option<&Node>) -> Text {
    match document {
        Some(document) => of_json(document),
        None => of_text(text.trim_start_matches('\u{feff}').trim_start()),
    }
}

fn of_json(document: &Node) -> Text {
    let has = |key: &str| document.get(key).is_some();
    if has("response") || has("refunds") || has("stockin_list") {
        return Text::new("看起来是旺店通的应答", "looks like an answer of 旺店通");
    }
    if has("Result") {
        return Text::new("看起来是金蝶的应答", "looks like an answer of 金蝶");
    }
    if has("Model") || has("formid") || has("FormId") || has("FBillNo") {
        return Text::new(
            "看起来是发给金蝶的单据，不是字段的元数据",
            "looks like a bill as it is sent to 金蝶, not like metadata of its fields",
        );
    }
    if has("info") && has("item") {
        return Text::new("看起来是 Postman 集合", "looks like a Postman collection");
    }
    if has("start_time") || has("page_no") || has("process_status") {
        return Text::new(
            "看起来是调用旺店通的请求参数，不是元数据",
            "looks like the parameters of a call of 旺店通, not like metadata",
        );
    }
    if has("request") || has("api") {
        return Text::new("元数据缺少 api 或 request", "metadata without api or without request");
    }
    let items = document.items();
    if items.iter().any(|item| item.get("field").is_some()) {
        return Text::new(
            "看起来只有 request 的字段列表，没有外层的 api",
            "looks like the list of request alone, without the api around it",
        );
    }
    if items.iter().any(|item| item.get("refund_no").is_some()) {
        return Text::new("看起来是退换单数据", "looks like rows of returns");
    }
    let keys: Vec<_> =
        document.entries().iter().take(MOST_KEYS).map(|(key, _)| crate::text::shown(key)).collect();
    match (keys.is_empty(), items.len()) {
        (true, 0) => Text::new("JSON 是空的", "the JSON is empty"),
        (true, count) => Text::of(format!("是 {count} 项的列表"), format!("is a list of {count} items")),
        (false, _) => {
            Text::of(format!("JSON 的键是 {}", keys.join("、")), format!("its keys are {}", keys.join(", ")))
        }
    }
}

fn of_text(text: &str) -> Text {
    let lower: String = text.chars().take(2_000).collect::<String>().to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    if text.is_empty() {
        return Text::new("文件是空的", "the file is empty");
    }
    if begins(&["<?php", "return array", "array("]) || lower.contains("=>") {
        return Text::new("看起来是 PHP", "looks like PHP");
    }
    if begins(&["<!doctype html", "<html"]) {
        return Text::new("看起来是网页", "looks like a web page");
    }
    if begins(&["<"]) {
        return Text::new("看起来是 XML", "looks like XML");
    }
    if begins(&["const ", "let ", "var ", "module.exports", "export ", "function "]) {
        return Text::new("看起来是 JavaScript", "looks like JavaScript");
    }
    if lower.contains("[[pipeline]]") || begins(&["[store]"]) {
        return Text::new("看起来是 refund-sync 的配置文件", "looks like a configuration of refund-sync");
    }
    if begins(&["pk\u{3}\u{4}"]) || text.contains('\0') {
        return Text::new(
            "看起来是 Excel 或其它二进制文件",
            "looks like a spreadsheet or another binary file",
        );
    }
    if begins(&["import ", "def ", "#!/"]) {
        return Text::new("看起来是程序代码", "looks like code");
    }
    let first = text.lines().next().unwrap_or_default();
    if first.matches(',').count() > 1 || first.matches('\t').count() > 1 {
        return Text::new("看起来是 CSV 表格", "looks like a CSV table");
    }
    if first.contains(": ") || first.ends_with(':') {
        return Text::new("看起来是 YAML", "looks like YAML");
    }
    Text::new("看起来是普通文本，里面没有 JSON", "looks like plain text: there is no JSON in it")
}
