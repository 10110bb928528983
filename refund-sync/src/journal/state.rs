//! The states of a document and the table of its transitions.
//! Which event happens when is decided in `worker`; what else an event changes is in `document`.

use crate::lang::vocabulary;

vocabulary! {
    /// Where a return stands on its way into 金蝶.
    pub enum State {
        /// Read, and not one that the filter takes.
        Filtered = "filtered" { title: "未纳入同步", "not in scope"; }
        /// Read and accepted; not mapped yet.
        Seen = "seen" { title: "已读取", "read"; }
        /// Its bill is made; not sent yet.
        Mapped = "mapped" { title: "待写入", "to be written"; }
        /// An intent to send is written; what became of the call may be unknown.
        Intended = "intended" { title: "写入中", "being written"; }
        /// The bill stands in 金蝶.
        Saved = "saved" { title: "已保存", "saved"; }
        /// The bill is submitted (已提交).
        Submitted = "submitted" { title: "已提交", "submitted"; }
        /// The bill is audited (已审核).
        Audited = "audited" { title: "已审核", "audited"; }
        /// Done: everything that was asked for has been done and read back.
        Confirmed = "confirmed" { title: "已完成", "done"; }
        /// Waits for a person; the reason says for what.
        Parked = "parked" { title: "待处理", "needs attention"; }
        /// A person decided that the program does not write it: booked by hand, or not to be booked.
        Decided = "decided" { title: "已决定", "decided"; }
    }
}

vocabulary! {
    /// What happens to a document.
    pub enum Event {
        /// An accepted row was read.
        Read = "read" { title: "从旺店通读到", "read from 旺店通"; }
        /// A row was read that the filter does not take.
        ReadFiltered = "read_filtered" { title: "读到，未纳入同步", "read, not in scope"; }
        /// A row was read that cannot be understood.
        ReadUnreadable = "read_unreadable" { title: "读到，但无法解析", "read, and not understood"; }
        /// The bill was made.
        Mapped = "mapped" { title: "生成销售退货单", "bill made"; }
        /// The mapping refused.
        Refused = "refused" { title: "无法生成单据，待处理", "no bill can be made: needs attention"; }
        /// The intent to send was written.
        Intended = "intended" { title: "准备写入金蝶", "about to be sent to 金蝶"; }
        /// The call never left, or was refused as a whole for a passing reason.
        NotSent = "not_sent" { title: "未发出，稍后再试", "not sent, tried again later"; }
        /// The call's answer did not come: its fate is unknown.
        FateUnknown = "fate_unknown" { title: "未收到应答，先查后发", "no answer came: looked up before it is sent again"; }
        /// Looked up and not there (yet).
        Absent = "absent" { title: "金蝶中查不到", "looked up, not in 金蝶"; }
        /// 金蝶 says that it saved the bill.
        Saved = "saved" { title: "金蝶已保存", "saved in 金蝶"; }
        /// The bill was found in 金蝶 and is ours.
        Adopted = "adopted" { title: "认领金蝶中已有的单据", "adopted: it stands in 金蝶 already"; }
        /// 金蝶 refused the bill for a lasting reason.
        Rejected = "rejected" { title: "金蝶拒绝，待处理", "refused by 金蝶: needs attention"; }
        /// The number stands in 金蝶 with something else behind it.
        Conflict = "conflict" { title: "与金蝶中的单据冲突，待处理", "in conflict with a bill in 金蝶: needs attention"; }
        /// 金蝶 submitted the bill.
        Submitted = "submitted" { title: "金蝶已提交", "submitted in 金蝶"; }
        /// 金蝶 audited the bill.
        Audited = "audited" { title: "金蝶已审核", "audited in 金蝶"; }
        /// Read back, or no reading back was asked for.
        Confirmed = "confirmed" { title: "已读回核对，完成", "read back and right: done"; }
        /// A person, or a newer table, asks for another try.
        Requeued = "requeued" { title: "重新处理", "taken up again"; }
        /// A newer row would make another bill than the one in 金蝶.
        Noticed = "noticed" { title: "旺店通数据在写入后变化", "changed in 旺店通 after it was written"; }
        /// A return that has a bill no longer passes the filter.
        Reversed = "reversed" { title: "退货在写入后被撤销", "reversed in 旺店通 after it was written"; }
        /// A reversed return passes the filter again.
        Restored = "restored" { title: "退货恢复完成状态", "finished again in 旺店通"; }
        /// A newer row waits until the fate of the bill is known.
        Waiting = "waiting" { title: "更新的数据尚未处理", "a newer row waits"; }
        /// A person decided that the program does not write it.
        Decided = "decided" { title: "人工决定，不再由程序写入", "decided by a person: not written by the program"; }
        /// A person decided how its bill is made.
        Directed = "directed" { title: "人工决定如何入账", "a person decided how it is booked"; }
        /// A person took back what was decided.
        Undone = "undone" { title: "撤销人工决定", "the decision was taken back"; }
        /// A decision of a person was not carried out; the reason says why.
        Declined = "declined" { title: "决定没有执行", "a decision was not carried out"; }
        /// What the journal holds of it contradicts itself.
        Broken = "broken" { title: "台账记录自相矛盾，待处理", "the journal contradicts itself: needs attention"; }
    }
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
    /// The state after `event`: the table of the journal, one line a rule.
    #[allow(clippy::match_same_arms, reason = "a rule a line reads better than one line a result")]
    pub fn after(self, event: Event) -> Result<Self, Illegal> {
        use State::{
            Audited, Confirmed, Decided, Filtered, Intended, Mapped, Parked, Saved, Seen, Submitted,
        };
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
            // What a person decided not to have written leaves that state by that person's word only.
            (Parked, Event::Decided) => Decided,
            (Parked, Event::Directed) => Seen,
            (Decided, Event::Undone) => Parked,
            (Seen | Mapped | Parked, Event::Undone) => Seen,
            // After the sync the state stays; the document is flagged.
            (
                Saved | Submitted | Audited | Confirmed | Parked | Decided,
                Event::Noticed | Event::Reversed | Event::Restored | Event::Waiting,
            ) => self,
            // Told, and nothing else.
            (_, Event::Declined) => self,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_intended_without_a_word_from_kingdee_or_proof_that_nothing_was_sent() {
        for event in Event::ALL {
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
            for event in Event::ALL {
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
    fn what_a_person_decided_not_to_have_written_leaves_that_state_by_that_persons_word_only() {
        for event in Event::ALL {
            let leaves = State::Decided.after(event).is_ok_and(|next| next != State::Decided);
            assert_eq!(leaves, matches!(event, Event::Undone | Event::Broken), "{event}");
        }
        assert_eq!(
            State::Decided.after(Event::Undone),
            Ok(State::Parked),
            "and is not sent on its way by it"
        );
        let into: Vec<_> =
            State::ALL.into_iter().filter(|state| state.after(Event::Decided).is_ok()).collect();
        assert_eq!(into, [State::Parked], "nothing that may be under way is decided");
        assert!(!State::Decided.is_pending());
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
