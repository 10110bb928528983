//! Why a document waits for a person, and whether a change in 金蝶 alone may lift that. Pure.

use serde::{Deserialize, Serialize};

/// Why a document waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parking {
    /// The first cause: a stable word, for grouping.
    pub cause: String,
    /// Everything that is wrong with it.
    pub reasons: Vec<Reason>,
}

/// One thing that is wrong, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A stable word.
    pub cause: String,
    /// What is wrong, with the figures, in English.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
    /// What to do.
    pub remedy: String,
}

impl Parking {
    /// A parking with one reason.
    pub fn one(
        cause: &str,
        message: impl Into<String>,
        message_zh: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let reason = Reason {
            cause: cause.to_owned(),
            message: message.into(),
            message_zh: message_zh.into(),
            remedy: remedy.into(),
        };
        Self { cause: reason.cause.clone(), reasons: vec![reason] }
    }

    /// A parking with several reasons; the first gives the cause.
    pub fn of(reasons: Vec<Reason>) -> Self {
        let cause = reasons.first().map_or_else(|| "unknown".to_owned(), |first| first.cause.clone());
        Self { cause, reasons }
    }

    /// With the status that the bill was seen to have.
    #[must_use]
    pub fn seen(mut self, status: &str) -> Self {
        for reason in &mut self.reasons {
            reason.message = format!("{} (its status in 金蝶: {status})", reason.message);
            reason.message_zh = format!("{}（金蝶中单据状态：{status}）", reason.message_zh);
        }
        self
    }
}

/// Whether what it is parked for can only be lifted in 金蝶, and so may be lifted unseen. A cause that the mapping and
/// 金蝶 share counts where 金蝶 said it.
pub fn comes_back(parking: &Parking, said_by_kingdee: bool) -> bool {
    match parking.cause.as_str() {
        "closed_period" => said_by_kingdee,
        "missing_in_kingdee" | "stock" | "refused" | "busy" | "no_verdict" | "hidden" | "interaction"
        | "workflow" | "unverified" | "not_audited" | "wrong_status" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parking(cause: &str) -> Parking {
        Parking::one(cause, "m", "m", "r")
    }

    #[test]
    fn only_what_a_change_in_kingdee_can_lift_comes_back() {
        for cause in ["missing_in_kingdee", "stock", "refused", "busy", "no_verdict", "hidden", "workflow"] {
            assert!(comes_back(&parking(cause), true), "{cause}");
        }
        for cause in ["unmapped", "conflict", "voided", "doubled", "removed_in_kingdee", "altered", "broken"]
        {
            assert!(!comes_back(&parking(cause), true), "{cause}");
        }
        assert!(comes_back(&parking("closed_period"), true));
        assert!(!comes_back(&parking("closed_period"), false), "only open_from can lift that");
    }
}
