//! What is left to do with a bill that stands in 金蝶: decided by the status that was just read, never by what a call
//! said. Pure; the calls are `worker::finishing`'s.

use std::fmt;

use kingdee_k3cloud_sdk::{BillError, Class};

use super::state::State;

/// FDocumentStatus 单据状态.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Z 暂存
    Draft,
    /// A 创建
    Created,
    /// B 审核中
    InReview,
    /// C 已审核
    Audited,
    /// D 重新审核
    Reopened,
    /// A letter that is not known.
    Other(String),
    /// It could not be read.
    Unread,
}

/// How far bills are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Saved.
    Saved,
    /// Submitted.
    Submitted,
    /// Audited.
    Audited,
}

/// What comes next for a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is where it is to be.
    Confirm,
    /// Submit it.
    Submit,
    /// Audit it.
    Audit,
    /// It is not where it was said to be: look again, it may take a moment; then a person has to.
    LookAgain(Setback),
    /// A person has to look.
    Park(Setback),
}

/// Why a person has to look at a bill's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// The letter is not known.
    Unknown,
    /// It was further already: somebody took it back.
    WentBack,
    /// 金蝶 said that it audited the bill, and it is still in review.
    NotAudited,
}

/// What becomes of a bill that 金蝶 would not submit or audit, now that its status was read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is there all the same: somebody was faster, or the answer before was lost.
    Done,
    /// Passes by itself.
    Later,
    /// It was taken back meanwhile.
    Back(Setback),
    /// It stands, in 金蝶's own words.
    ForGood,
}

impl Status {
    /// The status behind a letter.
    pub fn of(letter: Option<&str>) -> Self {
        match letter.map(str::trim) {
            None | Some("") => Self::Unread,
            Some("Z") => Self::Draft,
            Some("A") => Self::Created,
            Some("B") => Self::InReview,
            Some("C") => Self::Audited,
            Some("D") => Self::Reopened,
            Some(other) => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "Z 暂存",
            Self::Created => "A 创建",
            Self::InReview => "B 审核中",
            Self::Audited => "C 已审核",
            Self::Reopened => "D 重新审核",
            Self::Other(letter) => letter,
            Self::Unread => "?",
        })
    }
}

/// What comes next for a bill that was taken to `reached` and has this status now.
#[allow(clippy::match_same_arms, reason = "a rule a line reads better than one line a result")]
pub fn next(reached: State, status: &Status, goal: Goal) -> Step {
    use Status::{Audited, Created, Draft, InReview, Other, Reopened, Unread};
    match (goal, reached, status) {
        (Goal::Saved, ..) => Step::Confirm,
        (_, _, Audited) => Step::Confirm,
        (_, _, Other(_)) => Step::Park(Setback::Unknown),
        // What cannot be seen goes by what was done.
        (_, State::Audited, Unread) => Step::Confirm,
        (Goal::Submitted, State::Submitted, Unread) => Step::Confirm,
        (_, State::Submitted, Unread) => Step::Audit,
        (_, _, Unread) => Step::Submit,
        (Goal::Audited, State::Audited, InReview) => Step::LookAgain(Setback::NotAudited),
        (Goal::Submitted, _, InReview) => Step::Confirm,
        (_, _, InReview) => Step::Audit,
        // A clerk sent it back after it had been submitted or audited: that is a decision, not ours to undo.
        (_, State::Submitted | State::Audited, Reopened) => Step::Park(Setback::WentBack),
        (_, State::Submitted | State::Audited, Draft | Created) => Step::LookAgain(Setback::WentBack),
        (_, _, Draft | Created | Reopened) => Step::Submit,
    }
}

/// What a refusal of Submit (`asked` is [`State::Submitted`]) or Audit ([`State::Audited`]) comes to.
pub fn after_refusal(asked: State, status: &Status, errors: &[BillError]) -> Refusal {
    use Status::{Audited, Created, Draft, InReview, Other, Reopened};
    match (asked, status) {
        (_, Audited) | (State::Submitted, InReview) => Refusal::Done,
        (_, Other(_)) => Refusal::Back(Setback::Unknown),
        (State::Audited, Draft | Created | Reopened) => Refusal::Back(Setback::WentBack),
        _ if errors.is_empty() || errors.iter().all(passes) => Refusal::Later,
        _ => Refusal::ForGood,
    }
}

/// Whether the status may be another one in a moment, or the objection be gone.
fn passes(error: &BillError) -> bool {
    matches!(error.class, Class::Transient | Class::WrongStatus | Class::AlreadyDone)
}
