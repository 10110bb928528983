//! The kinds of objection, and what one rule of the table says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fate::Fate;
use crate::text::Text;

/// Kinds of objection.
///
/// ```
/// use kingdee_k3cloud_sdk::{Class, Verdict};
///
/// /// What a queue does with a bill that was not saved.
/// fn next(verdict: &Verdict) -> &'static str {
///     let Verdict::Rejected { errors } = verdict else { return "look it up" };
///     match errors.first().map(|error| &error.class) {
///         Some(Class::Transient) => "again in a minute",
///         Some(Class::Duplicate { .. }) => "compare it with the bill that is there",
///         Some(Class::Missing | Class::ClosedPeriod | Class::Stock) => "to who keeps the books",
///         _ => "to who runs the job",
///     }
/// }
/// assert_eq!(next(&Verdict::Unknown), "look it up");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// 编码唯一: the bill's number is taken. Look it up; it may be ours.
    Duplicate {
        /// The number in the server's text.
        number: String,
    },
    /// 已经审核, 已提交: what was asked for was done before.
    AlreadyDone,
    /// 只有暂存、创建和重新审核的数据才允许提交 and the like: the bill is in another status than the operation
    /// wants. Read FDocumentStatus; it decides what is left to do.
    WrongStatus,
    /// 已关联工作流实例: the bill is in a workflow and is approved there.
    Workflow,
    /// 是否继续？: the server asks. `InterationFlags` answers.
    Interaction,
    /// 关账, 结账, 启用日期: the date lies in a period that is closed or not open yet.
    ClosedPeriod,
    /// 必填, 必录, 不存在, 未审核: a value is missing, unknown, or not to be used.
    Missing,
    /// 更新库存, 入库上限: the stock does not allow it.
    Stock,
    /// 冲突, 死锁, 超时, 请稍后: a lock, the database or a call limit. Later has a chance.
    Transient,
    /// The user's or the account's: rights, licence, list of users, account id. No bill's fault; every call meets it.
    Account,
    /// 会话信息已丢失, 会话…过期: the session is lost. By MsgCode 1, and by the first words where there is no code, the call did
    /// not run; other words leave that open ([`Rule::fate`]).
    SessionLost,
    /// Anything else: permanent until somebody changes something.
    Refused,
}

impl Class {
    /// Its name, as in the documentation.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Class;
    /// // A label of a metric, without the number that a duplicate names:
    /// assert_eq!(Class::Duplicate { number: "TK1".to_owned() }.name(), "Duplicate");
    /// ```
    pub fn name(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "Duplicate",
            Self::AlreadyDone => "AlreadyDone",
            Self::WrongStatus => "WrongStatus",
            Self::Workflow => "Workflow",
            Self::Interaction => "Interaction",
            Self::ClosedPeriod => "ClosedPeriod",
            Self::Missing => "Missing",
            Self::Stock => "Stock",
            Self::Transient => "Transient",
            Self::Account => "Account",
            Self::SessionLost => "SessionLost",
            Self::Refused => "Refused",
        }
    }
}

/// Its [name](Class::name), and the number that a duplicate names.
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { number } if !number.is_empty() => write!(f, "Duplicate of {number}"),
            other => f.write_str(other.name()),
        }
    }
}

/// A number that an objection comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// MsgCode of an answer.
    Msg(i64),
    /// LoginResultType of a login's answer.
    Login(i64),
    /// `errcode` of the public gateway.
    Gateway(i64),
}

/// To which objections a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// Answers of any service, logins included.
    Any,
    /// Answers of logins.
    Logins,
    /// The public gateway in front of the site.
    Gateway,
}

/// One row of the table.
///
/// ```
/// use kingdee_k3cloud_sdk::BillError;
///
/// let objection = BillError::of("违反字段唯一性要求：编码唯一。[TK1]在当前系统中已经被使用。", 11);
/// println!("rule {}: {}", objection.rule.name, objection.rule.advice.zh);
/// ```
#[derive(PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Names the rule among the others.
    pub name: &'static str,
    /// What it applies to.
    pub scope: Scope,
    /// The codes it applies to; none: any.
    pub codes: &'static [Code],
    /// Fields the objection must be about, if it names one.
    pub fields: &'static [&'static str],
    /// Patterns, one of which the text has; none: any text. `…` stands for whatever is between. Letters have no case,
    /// and what the server puts in quotes or brackets is not looked at.
    pub texts: &'static [&'static str],
    /// Patterns that the text must not have.
    pub unless: &'static [&'static str],
    /// What kind of objection it is.
    pub class: Class,
    /// What is known of the effect: [`Fate::Refused`], or [`Fate::Unknown`] where only a look-up tells.
    pub fate: Fate,
    /// Whether the server has no time: calls should come more slowly.
    pub slows: bool,
    /// What a person can do.
    pub advice: Text,
}

impl Rule {
    /// Whether the server says that it did not run the call, for want of a session.
    pub(crate) fn is_session_lost(&self) -> bool {
        self.class == Class::SessionLost && self.fate == Fate::Refused
    }

    /// The class, with the number that the text names.
    pub(crate) fn class_of(&self, message: &str) -> Class {
        match self.class {
            Class::Duplicate { .. } => Class::Duplicate { number: bracketed(message).to_owned() },
            ref class => class.clone(),
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The text between the first `[` and the last `]` after it.
fn bracketed(message: &str) -> &str {
    let inner = message.split_once('[').map_or("", |(_, rest)| rest);
    inner.rsplit_once(']').map_or("", |(inner, _)| inner)
}
