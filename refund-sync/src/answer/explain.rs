//! What a word or an error text means and what to do: from the program's own tables of causes and flags, and from those of
//! what 金蝶 and 旺店通 object to.

use kingdee_k3cloud_sdk::Fate;
use kingdee_k3cloud_sdk::class::{Code, Objection, Rule, Scope};
use serde::Serialize;
use wdt_qimen_sdk::RefusalClass;

use super::AnswerError;
use crate::lang::{self, Text};
use crate::model::{Cause, FlagKind};

/// A text is not looked at any further than so many characters.
const LONGEST: usize = 500;

#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    text: String,
    found: Vec<Explanation>,
}

/// One thing that the text may mean.
#[derive(Debug, Serialize)]
struct Explanation {
    /// Whose table says it.
    table: Table,
    /// Its word there.
    name: String,
    #[serde(flatten, with = "lang::message")]
    meaning: Text,
    #[serde(flatten, with = "lang::remedy")]
    remedy: Text,
    /// What is known of a write that was answered so; of 金蝶's objections alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    write: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Table {
    Cause,
    Flag,
    Kingdee,
    Wdt,
}

/// What a word of a list, or an error text, means.
pub(crate) fn explain(text: &str) -> Result<Explained, AnswerError> {
    let text: String = text.trim().chars().take(LONGEST).collect();
    if text.is_empty() {
        let empty = Text::new("要解释的内容是空的", "there is nothing to explain");
        return Err(AnswerError::Question(empty));
    }
    let mut found: Vec<_> = causes(&text).chain(flags(&text)).collect();
    if found.is_empty() {
        found.extend(of_kingdee(&text).into_iter().chain(of_wdt(&text)));
    }
    if found.is_empty() {
        return Err(AnswerError::Unknown(Text::of(
            format!("不认识 {text:?}：请给出原因代码（如 unmapped）、金蝶或旺店通的原文"),
            format!("{text:?} is in no table: give a cause (unmapped), or the very words of 金蝶 or 旺店通"),
        )));
    }
    Ok(Explained { text, found })
}

/// A list's own word, or a part of what it is called.
fn is_meant(text: &str, word: &str, title: &Text) -> bool {
    let lower = text.to_lowercase();
    lower == word || title.zh == text || (text.chars().count() > 3 && title.en.to_lowercase() == lower)
}

fn causes(text: &str) -> impl Iterator<Item = Explanation> + '_ {
    let meant = Cause::ALL.into_iter().filter(|cause| is_meant(text, cause.as_str(), &cause.title()));
    meant.map(|cause| Explanation {
        table: Table::Cause,
        name: cause.as_str().to_owned(),
        meaning: said(&cause.title(), &cause.meaning()),
        remedy: cause.remedy(),
        write: None,
    })
}

fn flags(text: &str) -> impl Iterator<Item = Explanation> + '_ {
    let meant = FlagKind::ALL.into_iter().filter(|kind| is_meant(text, kind.as_str(), &kind.title()));
    meant.map(|kind| Explanation {
        table: Table::Flag,
        name: kind.as_str().to_owned(),
        meaning: said(&kind.title(), &kind.meaning()),
        remedy: Text::default(),
        write: None,
    })
}

fn said(title: &Text, meaning: &Text) -> Text {
    Text::of(format!("{}：{}", title.zh, meaning.zh), format!("{}: {}", title.en, meaning.en))
}

/// The rule of 金蝶's table that the text falls under; those that everything falls under explain nothing.
fn of_kingdee(text: &str) -> Option<Explanation> {
    let code = number_after(text, "MsgCode").map(Code::Msg);
    let code = code.or_else(|| number_after(text, "errcode").map(Code::Gateway)).unwrap_or(Code::Msg(0));
    let objection = |is_login| Objection { field: None, message: text, code, is_login }.rule();
    let tells =
        |rule: &&Rule| rule.scope == Scope::Gateway || !rule.texts.is_empty() || !rule.codes.is_empty();
    let rule = [objection(false), objection(true)].into_iter().find(tells)?;
    Some(Explanation {
        table: Table::Kingdee,
        name: rule.name.to_owned(),
        meaning: Text::of(
            format!("金蝶的提示，归类为 {}", rule.class.name()),
            format!("words of 金蝶, classed as {}", rule.class.name()),
        ),
        remedy: rule.advice.clone().into(),
        write: Some(if rule.fate == Fate::Unknown { "look_up" } else { "nothing_happened" }),
    })
}

/// The class of a refusal of 旺店通 that names its code.
fn of_wdt(text: &str) -> Option<Explanation> {
    let sub_code = text.split(|c: char| c.is_whitespace() || "\"',，:：()（）".contains(c));
    let sub_code = sub_code.into_iter().find(|word| word.starts_with("isv.") || word.starts_with("isp."));
    let code = number_after(text, "code").or(sub_code.map(|_| 15))?;
    let class = RefusalClass::of(code, sub_code.unwrap_or_default());
    (class != RefusalClass::Other).then(|| Explanation {
        table: Table::Wdt,
        name: serde_json::to_value(class)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default(),
        meaning: Text::of(format!("旺店通拒绝，代码 {code}"), format!("旺店通 refuses, code {code}")),
        remedy: class.advice().into(),
        write: None,
    })
}

/// `MsgCode 7`, `"code":7`, `code=7`: the number after a word.
fn number_after(text: &str, word: &str) -> Option<i64> {
    let at = text.to_ascii_lowercase().find(&word.to_ascii_lowercase())? + word.len();
    let rest = text[at..].trim_start_matches([' ', '"', '\'', ':', '：', '=']);
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        explain(text).map(|one| one.found.into_iter().map(|one| one.name).collect()).unwrap_or_default()
    }

    #[test]
    fn a_word_of_a_list_and_its_title_are_explained_alike() {
        for text in ["unmapped", "UNMAPPED ", "对照表中没有该编号", "not in a mapping table"] {
            assert_eq!(names(text), ["unmapped"], "{text}");
        }
        assert_eq!(names("fields_differ"), ["fields_differ"]);
    }

    #[test]
    fn the_words_of_both_systems_are_explained_by_their_tables() {
        assert_eq!(names("当前用户未指定允许调用WebAPI接口"), ["webapi-users"]);
        assert_eq!(names("errcode 4006"), ["gateway-clock"]);
        assert_eq!(names("密码已过期"), ["login-expired"]);
        assert_eq!(names("{\"code\":25,\"msg\":\"Invalid signature\"}"), ["credentials"]);
        assert_eq!(names("isv.permission-api-package-limit"), ["permission"]);
    }

    #[test]
    fn what_no_table_knows_is_said_to_be_unknown_and_nothing_is_no_question() {
        for unknown in ["no_such_cause", "天气不错", "code 99", "MsgCode", "code 99999999999999999999"] {
            assert!(matches!(explain(unknown), Err(AnswerError::Unknown(_))), "{unknown}");
        }
        assert!(matches!(explain("  "), Err(AnswerError::Question(_))));
    }
}
