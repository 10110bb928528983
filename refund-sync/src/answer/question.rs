//! The questions that programs ask, each with its parameters: one table behind `/api/v1` and the assistant's tools.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{AnswerError, Inquiry, explain};
use crate::lang::Text;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Status,
    Why,
    Find,
    Parked,
    NotInBooks,
    Reconciliation,
    ExplainError,
}

/// What a question is asked with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    meaning: (&'static str, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// How many are listed.
    Limit,
}

/// How many are listed unless said, and at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) usual: usize,
    pub(crate) most: usize,
}

/// No number, text or name that is asked for is longer, in characters.
const LONGEST: usize = 500;

const fn text(name: &'static str, zh: &'static str, en: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Text, is_required: true, meaning: (zh, en) }
}

impl Parameter {
    /// In both languages, as descriptions for programs have it.
    pub(crate) fn meaning(self) -> String {
        let (zh, en) = self.meaning;
        format!("{zh} {en}")
    }
}

const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: Kind::Limit,
    is_required: false,
    meaning: ("列出多少张", "how many are listed"),
};
const SHOP: Parameter = Parameter {
    is_required: false,
    ..text("shop", "店铺编号，不填为全部", "the shop's number, all of them unless said")
};

impl Question {
    pub(crate) const ALL: [Self; 7] = [
        Self::Status,
        Self::Why,
        Self::Find,
        Self::Parked,
        Self::NotInBooks,
        Self::Reconciliation,
        Self::ExplainError,
    ];

    /// Its word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Why => "why",
            Self::Find => "find",
            Self::Parked => "parked",
            Self::NotInBooks => "not_in_books",
            Self::Reconciliation => "reconciliation",
            Self::ExplainError => "explain_error",
        }
    }

    #[cfg(feature = "mcp")]
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.name() == name)
    }

    /// What it answers.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Status => {
                "各同步方案的当前状态：进度、各状态单数、待处理、停止原因、最近几次运行。Where every pipeline stands: \
                 progress, documents by state, what needs attention, why it stopped, the last runs."
            }
            Self::Why => {
                "一张退换单的来龙去脉：何时读到、如何生成单据、为何待处理、怎么办。The whole life of one return: when it was \
                 read, what became of it, why it waits and what to do."
            }
            Self::Find => {
                "按任意单号的开头查找退换单。Finds returns by how any of their numbers begins: of the return, its order, \
                 its parcel or its bill."
            }
            Self::Parked => {
                "需要人工处理的退换单，含金额、原因和处理办法。Returns that need attention, with money, cause and remedy."
            }
            Self::NotInBooks => {
                "某月有哪些退货还没有记入金蝶：处理中、待处理、已决定不写入、对账差异。What of a month is not in the books of \
                 金蝶: in progress, needs attention, decided otherwise, different by the last reconciliation."
            }
            Self::Reconciliation => "最近一次与金蝶对账的结果。What the last reconciliation with 金蝶 found.",
            Self::ExplainError => {
                "解释原因代码，或金蝶、旺店通的报错原文，并给出处理办法。What a cause, or the words of an error of 金蝶 or \
                 旺店通, mean and what to do."
            }
        }
    }

    pub(crate) const fn parameters(self) -> &'static [Parameter] {
        const NO: Parameter = text(
            "no",
            "退换单号，或订单、物流、单据的任一单号",
            "the return's number, or any number of its order, parcel or bill",
        );
        const START: Parameter = text("text", "单号的开头", "how the number begins");
        const MONTH: Parameter = text("month", "记账月份，如 2026-11", "the month of the books, 2026-11");
        const WORDS: Parameter =
            text("text", "原因代码或报错原文", "a cause, or the very words of the error");
        match self {
            Self::Status | Self::Reconciliation => &[],
            Self::Why => &[NO],
            Self::Find => &[START, LIMIT],
            Self::Parked => &[LIMIT],
            Self::NotInBooks => &[MONTH, SHOP],
            Self::ExplainError => &[WORDS],
        }
    }
}

impl Inquiry<'_> {
    /// The answer to a question, as JSON.
    pub(crate) async fn answer(
        &self,
        question: Question,
        given: &BTreeMap<String, String>,
        limits: Limits,
    ) -> Result<Value, AnswerError> {
        let given = Given::of(question, given)?;
        match question {
            Question::Status => json(self.status().await?),
            Question::Why => json(self.why(given.text("no")).await?.known()?),
            Question::Find => json(self.find(given.text("text"), given.limit(limits)?).await?.known()?),
            Question::Parked => json(self.first_parked(given.limit(limits)?).await?),
            Question::NotInBooks => json(self.not_in_books(given.text("month"), given.get("shop")).await?),
            Question::Reconciliation => json(self.reconciliation().await?),
            Question::ExplainError => json(explain(given.text("text"))?),
        }
    }
}

fn json(answer: impl Serialize) -> Result<Value, AnswerError> {
    serde_json::to_value(answer).map_err(|error| {
        AnswerError::Question(Text::of(
            format!("无法生成 JSON：{error}"),
            format!("the answer cannot be written as JSON: {error}"),
        ))
    })
}

/// What was given, by the parameters that there are.
struct Given<'a>(&'a BTreeMap<String, String>);

impl<'a> Given<'a> {
    fn of(question: Question, given: &'a BTreeMap<String, String>) -> Result<Self, AnswerError> {
        let parameters = question.parameters();
        if let Some(unknown) = given.keys().find(|name| parameters.iter().all(|known| known.name != *name)) {
            let known: Vec<_> = parameters.iter().map(|known| known.name).collect();
            let known = if known.is_empty() { "-".to_owned() } else { known.join(", ") };
            return Err(AnswerError::Question(Text::of(
                format!("没有参数 {unknown:?}，可用的有：{known}"),
                format!("there is no parameter {unknown:?}; there are: {known}"),
            )));
        }
        for parameter in parameters {
            let text = given.get(parameter.name).map_or("", |text| text.trim());
            let (name, (zh, en)) = (parameter.name, parameter.meaning);
            if parameter.is_required && text.is_empty() {
                return Err(AnswerError::Question(Text::of(
                    format!("缺少参数 {name}：{zh}"),
                    format!("the parameter {name} is missing: {en}"),
                )));
            }
            if text.chars().count() > LONGEST {
                return Err(AnswerError::Question(Text::of(
                    format!("参数 {name} 超过 {LONGEST} 个字符"),
                    format!("the parameter {name} is longer than {LONGEST} characters"),
                )));
            }
        }
        Ok(Self(given))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    fn text(&self, name: &str) -> &'a str {
        self.get(name).unwrap_or_default()
    }

    fn limit(&self, limits: Limits) -> Result<usize, AnswerError> {
        let Some(text) = self.get(LIMIT.name) else { return Ok(limits.usual) };
        let most = limits.most;
        text.parse().ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(|| {
            AnswerError::Question(Text::of(
                format!("limit 应为 1 至 {most} 的整数"),
                format!("limit is a whole number from 1 to {most}"),
            ))
        })
    }
}
