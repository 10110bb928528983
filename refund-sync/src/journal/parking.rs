//! Why a document waits for a person, and whether a change in 金蝶 alone may lift that. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::lang::Text;
use crate::model::{Cause, MissingKey};

/// Why a document waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parking {
    /// The first cause: a stable word, for grouping.
    pub cause: String,
    /// Everything that is wrong with it.
    pub reasons: Vec<Reason>,
    /// The day it would be booked on by itself, for lists: nothing fixes it while there is no bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
}

/// One thing that is wrong, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A stable word.
    pub cause: String,
    /// What is wrong, with the figures.
    #[serde(flatten, with = "crate::lang::message")]
    pub message: Text,
    /// What to do.
    #[serde(flatten, with = "crate::lang::remedy")]
    pub remedy: Text,
    /// The number that a mapping table lacks, where that is what is wrong; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingKey>,
}

impl Reason {
    /// One reason.
    pub fn new(cause: Cause, message: Text, remedy: Text) -> Self {
        Self { cause: cause.as_str().to_owned(), message, remedy, missing: None }
    }
}

impl Parking {
    /// A parking with one reason.
    pub fn one(cause: Cause, message: Text, remedy: Text) -> Self {
        Self::of(vec![Reason::new(cause, message, remedy)])
    }

    /// A parking with several reasons; the first gives the cause.
    pub fn of(reasons: Vec<Reason>) -> Self {
        let cause =
            reasons.first().map_or_else(|| Cause::Unknown.as_str().to_owned(), |first| first.cause.clone());
        Self { cause, reasons, day: None }
    }

    /// The same of what would be booked on that day.
    #[must_use]
    pub fn due_on(self, day: Option<NaiveDate>) -> Self {
        Self { day, ..self }
    }

    /// As the journal keeps it.
    pub fn kept(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// With the status that the bill was seen to have.
    #[must_use]
    pub fn seen(mut self, status: &Text) -> Self {
        for reason in &mut self.reasons {
            let (zh, en) = (
                format!("（金蝶中单据状态：{}）", status.zh),
                format!(" (its status in 金蝶: {})", status.en),
            );
            reason.message = reason.message.and(&zh, &en);
        }
        self
    }
}

/// Whether what it is parked for can only be lifted in 金蝶, and so may be lifted unseen. A cause that the mapping and
/// 金蝶 share counts where 金蝶 said it.
pub fn comes_back(parking: &Parking, said_by_kingdee: bool) -> bool {
    Cause::parse(&parking.cause)
        .is_some_and(|cause| cause.comes_back() && (said_by_kingdee || cause != Cause::ClosedPeriod))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parking(cause: Cause) -> Parking {
        Parking::one(cause, Text::same("m"), Text::same("r"))
    }

    #[test]
    fn only_what_a_change_in_kingdee_can_lift_comes_back() {
        use Cause::{
            Altered, Broken, Busy, Conflict, Doubled, Hidden, MissingInKingdee, NoVerdict, Refused,
            RemovedInKingdee, Stock, Unmapped, Voided, Workflow,
        };
        for cause in [MissingInKingdee, Stock, Refused, Busy, NoVerdict, Hidden, Workflow] {
            assert!(comes_back(&parking(cause), true), "{cause}");
        }
        for cause in [Unmapped, Conflict, Voided, Doubled, RemovedInKingdee, Altered, Broken] {
            assert!(!comes_back(&parking(cause), true), "{cause}");
        }
        assert!(comes_back(&parking(Cause::ClosedPeriod), true));
        assert!(!comes_back(&parking(Cause::ClosedPeriod), false), "only open_from can lift that");
    }

    #[test]
    fn a_parking_is_read_back_in_both_languages_and_an_older_one_as_it_was_written() {
        let new = Parking::one(Cause::Stock, Text::new("库存", "stock"), Text::new("补货", "restock"));
        assert_eq!(serde_json::from_str::<Parking>(&new.kept().unwrap()).unwrap(), new);
        let told = serde_json::to_value(&new).unwrap();
        let reason = &told["reasons"][0];
        assert_eq!((&reason["remedy"], &reason["remedy_zh"]), (&"restock".into(), &"补货".into()));
        let both = r#"{"cause":"stock","reasons":[{"cause":"stock","message":"stock","message_zh":"库存",
            "remedy":"补货 / restock","remedy_zh":"补货","remedy_en":"restock"}]}"#;
        assert_eq!(serde_json::from_str::<Parking>(both).unwrap(), new);
        let old = r#"{"cause":"stock","reasons":[{"cause":"stock","message":"a","message_zh":"b","remedy":"c。D"}]}"#;
        let old: Parking = serde_json::from_str(old).unwrap();
        assert_eq!(old.reasons[0].remedy, Text::same("c。D"));
    }
}
