//! What is left to do with a bill that stands in 金蝶: decided by the status that was just read, never by what a call
//! said. Pure; the calls are `worker::writer::finishing`'s.

use std::fmt;

use kingdee_k3cloud_sdk::Class;

use super::state::State;
use crate::lang::Text;

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

impl Status {
    /// The letter, and what 金蝶 calls it.
    pub fn text(&self) -> Text {
        match self {
            Self::Draft => Text::new("Z 暂存", "Z draft"),
            Self::Created => Text::new("A 创建", "A created"),
            Self::InReview => Text::new("B 审核中", "B in review"),
            Self::Audited => Text::new("C 已审核", "C audited"),
            Self::Reopened => Text::new("D 重新审核", "D to be audited again"),
            Self::Other(letter) => Text::same(letter.clone()),
            Self::Unread => Text::new("?", "?"),
        }
    }
}

/// In the words of 金蝶.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().zh)
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

/// What a refusal of Submit (`asked` is [`State::Submitted`]) or Audit ([`State::Audited`]) comes to; `objections` are
/// none where the answer did not name the bill.
pub fn after_refusal(asked: State, status: &Status, objections: &[Class]) -> Refusal {
    use Status::{Audited, Created, Draft, InReview, Other, Reopened};
    match (asked, status) {
        (_, Audited) | (State::Submitted, InReview) => Refusal::Done,
        (_, Other(_)) => Refusal::Back(Setback::Unknown),
        (State::Audited, Draft | Created | Reopened) => Refusal::Back(Setback::WentBack),
        _ if objections.iter().all(passes) => Refusal::Later,
        _ => Refusal::ForGood,
    }
}

/// What is wrong with the status of a bill that was confirmed at `before`, if anything: it went backwards, or its letter is
/// not known. What cannot be read proves nothing; what was the same then was seen by whoever had to.
#[allow(clippy::match_same_arms, reason = "a rule a line reads better than one line a result")]
pub fn since_confirmed(before: &Status, now: &Status) -> Option<Setback> {
    use Status::{Audited, Created, Draft, InReview, Other, Reopened, Unread};
    match (before, now) {
        _ if before == now => None,
        (_, Other(_)) => Some(Setback::Unknown),
        (_, Audited | Unread) => None,
        // D is what 反审核 and 驳回 leave: it was further once, whoever saw that.
        (_, Reopened) => Some(Setback::WentBack),
        (Audited, InReview) | (Audited | InReview, Draft | Created) => Some(Setback::WentBack),
        (_, Draft | Created | InReview) => None,
    }
}

/// Whether the status may be another one in a moment, or the objection be gone.
fn passes(objection: &Class) -> bool {
    matches!(objection, Class::Transient | Class::WrongStatus | Class::AlreadyDone)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By letter (`-`: not readable, `X`: not known): what comes next after `saved`, `submitted` and `audited`.
    #[test]
    fn the_status_decides_what_comes_next() {
        use Setback::{NotAudited, Unknown, WentBack};
        use Step::{Audit, Confirm, LookAgain, Park, Submit};
        let to_audit = [
            ("Z", [Submit, LookAgain(WentBack), LookAgain(WentBack)]),
            ("A", [Submit, LookAgain(WentBack), LookAgain(WentBack)]),
            ("B", [Audit, Audit, LookAgain(NotAudited)]),
            ("C", [Confirm, Confirm, Confirm]),
            ("D", [Submit, Park(WentBack), Park(WentBack)]),
            ("X", [Park(Unknown), Park(Unknown), Park(Unknown)]),
            ("", [Submit, Audit, Confirm]),
        ];
        let to_submit = [
            ("Z", [Submit, LookAgain(WentBack), LookAgain(WentBack)]),
            ("A", [Submit, LookAgain(WentBack), LookAgain(WentBack)]),
            ("B", [Confirm, Confirm, Confirm]),
            ("C", [Confirm, Confirm, Confirm]),
            ("D", [Submit, Park(WentBack), Park(WentBack)]),
            ("X", [Park(Unknown), Park(Unknown), Park(Unknown)]),
            ("", [Submit, Confirm, Confirm]),
        ];
        for (goal, table) in [(Goal::Audited, to_audit), (Goal::Submitted, to_submit)] {
            for (letter, steps) in table {
                let status = Status::of(Some(letter));
                for (reached, step) in [State::Saved, State::Submitted, State::Audited].into_iter().zip(steps)
                {
                    assert_eq!(next(reached, &status, goal), step, "{letter} after {reached}, {goal:?}");
                    assert_eq!(
                        next(reached, &status, Goal::Saved),
                        Step::Confirm,
                        "saved is all that is asked"
                    );
                }
            }
        }
    }

    /// A row a status before (`-`: never read), a column a status now: `<` went back, `?` not known, `.` nothing wrong.
    #[test]
    fn a_status_that_went_backwards_or_is_not_known_is_wrong_and_what_cannot_be_read_is_not() {
        let letters = ["Z", "A", "B", "C", "D", "X", ""];
        let table = [
            ("Z", ".. ..<?."),
            ("A", ".. ..<?."),
            ("B", "<< ..<?."),
            ("C", "<< <.<?."),
            ("D", ".. ...?."),
            ("X", ".. ..<.."),
            ("", ".. ..<?."),
        ];
        for (before, row) in table {
            let row: Vec<char> = row.chars().filter(|sign| *sign != ' ').collect();
            for (now, sign) in letters.into_iter().zip(row) {
                let wrong = match sign {
                    '<' => Some(Setback::WentBack),
                    '?' => Some(Setback::Unknown),
                    _ => None,
                };
                let status = |letter| Status::of(Some(letter));
                assert_eq!(since_confirmed(&status(before), &status(now)), wrong, "{before} → {now}");
            }
        }
    }

    #[test]
    fn after_a_refusal_the_status_speaks_before_the_words() {
        use Refusal::{Back, Done, ForGood, Later};
        let words = [Class::Workflow];
        let table = [
            ("A", [ForGood, Back(Setback::WentBack)]),
            ("Z", [ForGood, Back(Setback::WentBack)]),
            ("D", [ForGood, Back(Setback::WentBack)]),
            ("B", [Done, ForGood]),
            ("C", [Done, Done]),
            ("X", [Back(Setback::Unknown), Back(Setback::Unknown)]),
            ("", [ForGood, ForGood]),
        ];
        for (letter, outcomes) in table {
            let status = Status::of(Some(letter));
            for (asked, outcome) in [State::Submitted, State::Audited].into_iter().zip(outcomes) {
                assert_eq!(after_refusal(asked, &status, &words), outcome, "{letter}, {asked}");
            }
        }
        for passing in [&[Class::Transient][..], &[Class::WrongStatus], &[]] {
            assert_eq!(after_refusal(State::Audited, &Status::InReview, passing), Later, "{passing:?}");
        }
        let mixed = [Class::Transient, Class::Stock];
        assert_eq!(after_refusal(State::Audited, &Status::InReview, &mixed), ForGood);
    }
}
