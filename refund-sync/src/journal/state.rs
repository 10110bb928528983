//! The states of a document and the table of its transitions.
//! Which event happens when is decided in `worker`; what else an event changes is in `document`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a return stands on its way into 金蝶.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Read, and not one that the filter takes.
    Filtered,
    /// Read and accepted; not mapped yet.
    Seen,
    /// Its bill is made; not sent yet.
    Mapped,
    /// An intent to send is written; what became of the call may be unknown.
    Intended,
    /// The bill stands in 金蝶.
    Saved,
    /// The bill is submitted (已提交).
    Submitted,
    /// The bill is audited (已审核).
    Audited,
    /// Done: everything that was asked for has been done and read back.
    Confirmed,
    /// Waits for a person; the reason says for what.
    Parked,
}

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An accepted row was read.
    Read,
    /// A row was read that the filter does not take.
    ReadFiltered,
    /// A row was read that cannot be understood.
    ReadUnreadable,
    /// The bill was made.
    Mapped,
    /// The mapping refused.
    Refused,
    /// The intent to send was written.
    Intended,
    /// The call never left, or was refused as a whole for a passing reason.
    NotSent,
    /// The call's answer did not come: its fate is unknown.
    FateUnknown,
    /// Looked up and not there (yet).
    Absent,
    /// 金蝶 says that it saved the bill.
    Saved,
    /// The bill was found in 金蝶 and is ours.
    Adopted,
    /// 金蝶 refused the bill for a lasting reason.
    Rejected,
    /// The number stands in 金蝶 with something else behind it.
    Conflict,
    /// 金蝶 submitted the bill.
    Submitted,
    /// 金蝶 audited the bill.
    Audited,
    /// Read back, or no reading back was asked for.
    Confirmed,
    /// A person, or a newer table, asks for another try.
    Requeued,
    /// A newer row would make another bill than the one in 金蝶.
    Noticed,
    /// A return that has a bill no longer passes the filter.
    Reversed,
    /// A reversed return passes the filter again.
    Restored,
    /// A newer row waits until the fate of the bill is known.
    Waiting,
    /// What the journal holds of it contradicts itself.
    Broken,
}

/// An event that cannot happen in a state: a bug, or a journal changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a document that is `{state}` cannot take the event `{event}`: the journal was changed by hand, or this is a bug"
)]
pub struct Illegal {
    /// The state it was in.
    pub state: State,
    /// The event that came.
    pub event: Event,
}

impl State {
    /// All states, in the order of a document's life.
    pub const ALL: [Self; 9] = [
        Self::Filtered,
        Self::Seen,
        Self::Mapped,
        Self::Intended,
        Self::Saved,
        Self::Submitted,
        Self::Audited,
        Self::Confirmed,
        Self::Parked,
    ];

    /// The state after `event`: the table of the journal, one line a rule.
    #[allow(clippy::match_same_arms, reason = "a rule a line reads better than one line a result")]
    pub fn after(self, event: Event) -> Result<Self, Illegal> {
        use State::{Audited, Confirmed, Filtered, Intended, Mapped, Parked, Saved, Seen, Submitted};
        let next = match (self, event) {
            // Before a bill can exist a newer row simply takes the place of the older one.
            (Filtered | Seen | Mapped | Parked, Event::Read) => Seen,
            (Filtered | Seen | Mapped | Parked, Event::ReadFiltered) => Filtered,
            (Filtered | Seen | Mapped | Parked, Event::ReadUnreadable) => Parked,
            (Seen, Event::Mapped) => Mapped,
            (Seen, Event::Refused) => Parked,
            (Mapped | Parked, Event::Requeued) => Seen,
            // An intended document may be sent again only by way of a new intent.
            (Mapped | Intended, Event::Intended) => Intended,
            (Intended, Event::NotSent) => Mapped,
            (Intended, Event::FateUnknown | Event::Absent | Event::Waiting) => Intended,
            (Intended, Event::Saved) => Saved,
            // A number that was sent once is looked up before it is sent again, so this may happen before the intent.
            (Mapped | Intended, Event::Adopted) => Saved,
            (Mapped, Event::Conflict) => Parked,
            // What 金蝶 refuses, or holds otherwise than we sent it, waits for a person.
            (Intended | Saved | Submitted | Audited, Event::Rejected | Event::Conflict) => Parked,
            (Saved, Event::Submitted) => Submitted,
            (Saved | Submitted, Event::Audited) => Audited,
            (Saved | Submitted | Audited, Event::Confirmed) => Confirmed,
            // Confirmed once, and a reconciliation finds it removed, voided or doubled: never written again by itself.
            (Confirmed, Event::Conflict) => Parked,
            // After the sync the state stays; the document is flagged.
            (
                Saved | Submitted | Audited | Confirmed | Parked,
                Event::Noticed | Event::Reversed | Event::Restored | Event::Waiting,
            ) => self,
            // Whatever it was: a person has to look, and it is looked up before it is sent.
            (_, Event::Broken) => Parked,
            _ => return Err(Illegal { state: self, event }),
        };
        Ok(next)
    }

    /// The worker can still move it without a person.
    pub fn is_pending(self) -> bool {
        matches!(
            self,
            Self::Seen | Self::Mapped | Self::Intended | Self::Saved | Self::Submitted | Self::Audited
        )
    }

    /// The stable word of the state, as in the journal and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::Seen => "seen",
            Self::Mapped => "mapped",
            Self::Intended => "intended",
            Self::Saved => "saved",
            Self::Submitted => "submitted",
            Self::Audited => "audited",
            Self::Confirmed => "confirmed",
            Self::Parked => "parked",
        }
    }

    /// The state for a word of [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl Event {
    /// The stable word of the event, as in the journal and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadFiltered => "read_filtered",
            Self::ReadUnreadable => "read_unreadable",
            Self::Mapped => "mapped",
            Self::Refused => "refused",
            Self::Intended => "intended",
            Self::NotSent => "not_sent",
            Self::FateUnknown => "fate_unknown",
            Self::Absent => "absent",
            Self::Saved => "saved",
            Self::Adopted => "adopted",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
            Self::Submitted => "submitted",
            Self::Audited => "audited",
            Self::Confirmed => "confirmed",
            Self::Requeued => "requeued",
            Self::Noticed => "noticed",
            Self::Reversed => "reversed",
            Self::Restored => "restored",
            Self::Waiting => "waiting",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [Event; 22] = [
        Event::Read,
        Event::ReadFiltered,
        Event::ReadUnreadable,
        Event::Mapped,
        Event::Refused,
        Event::Intended,
        Event::NotSent,
        Event::FateUnknown,
        Event::Absent,
        Event::Saved,
        Event::Adopted,
        Event::Rejected,
        Event::Conflict,
        Event::Submitted,
        Event::Audited,
        Event::Confirmed,
        Event::Requeued,
        Event::Noticed,
        Event::Reversed,
        Event::Restored,
        Event::Waiting,
        Event::Broken,
    ];

    #[test]
    fn nothing_leaves_intended_without_a_word_from_kingdee_or_proof_that_nothing_was_sent() {
        for event in EVENTS {
            let leaves = State::Intended.after(event).is_ok_and(|next| next != State::Intended);
            let proof = matches!(
                event,
                Event::NotSent
                    | Event::Saved
                    | Event::Adopted
                    | Event::Rejected
                    | Event::Conflict
                    | Event::Broken
            );
            assert_eq!(leaves, proof, "{event}");
        }
    }

    #[test]
    fn a_bill_that_stands_in_kingdee_is_never_sent_again() {
        for state in [State::Saved, State::Submitted, State::Audited, State::Confirmed] {
            for event in EVENTS {
                if let Ok(next) = state.after(event) {
                    assert!(
                        !matches!(next, State::Seen | State::Mapped | State::Intended | State::Filtered),
                        "{state} took {event} and became {next}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_a_mapped_or_an_unanswered_document_can_be_intended() {
        for state in State::ALL {
            let allowed = state.after(Event::Intended).is_ok();
            assert_eq!(allowed, matches!(state, State::Mapped | State::Intended), "{state}");
        }
    }

    #[test]
    fn every_refusal_ends_where_a_person_looks() {
        for state in State::ALL {
            for event in
                [Event::Refused, Event::Rejected, Event::Conflict, Event::ReadUnreadable, Event::Broken]
            {
                if let Ok(next) = state.after(event) {
                    assert_eq!(next, State::Parked, "{state} + {event}");
                }
            }
        }
    }

    #[test]
    fn words_round_trip() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("lost"), None);
    }
}
