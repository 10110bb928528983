//! What persons order on the page: the words for it, and the last orders of this process. What becomes of one is told by
//! `outcome`.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::lang::vocabulary;
use crate::store::ActionRow;

/// So many orders are remembered.
const MOST: usize = 64;

/// The last orders of this process.
#[derive(Debug, Default)]
pub(super) struct Orders(Mutex<(u64, VecDeque<Given>)>);

/// An order that was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) number: u64,
    pub(super) order: Order,
    pub(super) pipeline: String,
    /// The row id of the pipeline, and that of the request in the journal where one was left there; none for what concerns
    /// no return.
    pub(super) request: Option<(i64, Option<i64>)>,
    /// The returns it concerns.
    pub(super) numbers: Vec<String>,
    /// The newest run when it was given.
    pub(super) after: Option<String>,
}

vocabulary! {
    /// What is ordered: the word in forms, in the journal and for scripts.
    pub(super) enum Order {
        Retry = "retry" { title: "重试一张", "retried one"; }
        RetryAgain = "retry-again" { title: "重写已删除的单据", "wrote a deleted bill again"; }
        RetryCause = "retry-cause" { title: "重试同类", "retried a cause"; }
        Run = "run" { title: "立即运行", "ordered a run"; }
        Lift = "lift" { title: "解除等待并立即运行", "ended a wait and ordered a run"; }
        Pause = "pause" { title: "暂停定时", "paused"; }
        Resume = "resume" { title: "恢复定时", "resumed"; }
        CloseMonth = "close-month" { title: "关账", "closed a month"; }
        ReopenMonth = "reopen-month" { title: "重新打开月份", "opened a month again"; }
        Reconcile = "reconcile" { title: "开始对账", "ordered a reconciliation"; }
        Fill = "fill" { title: "填写对照表", "filled in a mapping table"; }
        DecideAll = "decide-all" { title: "对清单作决定", "decided about a list"; }
    }
}

impl Order {
    /// It concerns one return.
    pub(super) fn is_of_one(self) -> bool {
        matches!(self, Self::Retry | Self::RetryAgain)
    }
}

impl Orders {
    /// Remembers an order, and says by which number.
    pub(super) fn give(&self, given: Given) -> u64 {
        let mut orders = self.lock();
        orders.0 += 1;
        let number = orders.0;
        orders.1.push_back(Given { number, ..given });
        while orders.1.len() > MOST {
            orders.1.pop_front();
        }
        number
    }

    pub(super) fn of(&self, number: u64) -> Option<Given> {
        self.lock().1.iter().find(|given| given.number == number).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<Given>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands before the word of an action that nothing came of.
pub(super) const REFUSED: &str = "refused:";

/// The same action, for the list: it was ordered, and refused.
pub(super) fn refused(asked: ActionRow, at: DateTime<Utc>) -> ActionRow {
    ActionRow { action: format!("{REFUSED}{}", asked.action), at, ..asked }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_orders_make_room_and_a_number_is_never_given_twice() {
        let orders = Orders::default();
        let given = || Given {
            number: 0,
            order: Order::Run,
            pipeline: "main".into(),
            request: None,
            numbers: Vec::new(),
            after: None,
        };
        let numbers: Vec<_> = (0..100).map(|_| orders.give(given())).collect();
        assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
        assert!(orders.of(1).is_none() && orders.of(100).is_some());
    }
}
