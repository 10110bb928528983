//! The table as a document for people.
//! The rules are in `table`.

use std::fmt::Write as _;

use super::rule::{Code, Rule, Scope};
use super::table::RULES;
use crate::fate::Fate;

const HEAD: &str = "# What 金蝶 objects to

Every objection of the Web API is classed by its code and its text. The first row that fits decides. `…` stands for
whatever is between; case, width and blanks do not matter; 繁体 is read as 简体, 帐 as 账; what the server puts in quotes or
brackets is not looked at. *Fate* says what is known of a write: *nothing happened*, or *look up* where only a look-up tells.

This file is made from `src/class/table.rs`: `cargo xtask codegen`.

| row | code | text | class | fate | advice |
|---|---|---|---|---|---|
";

/// The table as Markdown, with advice in Chinese and English.
pub fn markdown() -> String {
    let mut out = HEAD.to_owned();
    for rule in RULES {
        let (name, class, advice) = (rule.name, rule.class.name(), rule.advice.clone());
        let fate = if rule.fate == Fate::Unknown { "look up" } else { "nothing happened" };
        // Writing to a text cannot fail.
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {class} | {fate} | {}<br>{} |",
            codes(rule),
            texts(rule),
            advice.zh,
            advice.en
        );
    }
    out
}

fn codes(rule: &Rule) -> String {
    let codes: Vec<String> = rule
        .codes
        .iter()
        .map(|code| match code {
            Code::Msg(code) => format!("MsgCode {code}"),
            Code::Login(result) => format!("LoginResultType {result}"),
            Code::Gateway(code) => format!("errcode {code}"),
        })
        .collect();
    let scope = match rule.scope {
        Scope::Any => None,
        Scope::Logins => Some("a login"),
        Scope::Gateway => Some("the gateway"),
    };
    match (scope, codes.is_empty()) {
        (None, true) => "any".to_owned(),
        (None, false) => codes.join(", "),
        (Some(scope), true) => scope.to_owned(),
        (Some(scope), false) => format!("{scope}: {}", codes.join(", ")),
    }
}

fn texts(rule: &Rule) -> String {
    let mut out = Vec::new();
    if !rule.fields.is_empty() {
        out.push(format!("about {}", rule.fields.join(" or ")));
    }
    out.extend((!rule.texts.is_empty()).then(|| rule.texts.join(" · ")));
    out.extend((!rule.unless.is_empty()).then(|| format!("but not {}", rule.unless.join(" · "))));
    if out.is_empty() { "any".to_owned() } else { out.join("; ") }
}
