//! What is news to a receiver, and when it may be told.

use chrono::TimeDelta;
use proptest::prelude::*;
use refund_sync::serve::alert::{
    AlertState, Condition, Counts, Kind, Notification, NotificationState, Transition,
};

use super::{at, counts};

const QUIET: i64 = 60;

fn of(kind: Kind, standing: AlertState, counts: Counts) -> Condition {
    Condition { kind, standing, counts, message: "什么 what".into(), remedy: "how".into() }
}

fn parked(count: u64) -> Condition {
    let standing = if count > 0 { AlertState::On } else { AlertState::Off };
    of(Kind::Parked, standing, counts([("price", count)]))
}

/// A receiver that takes everything, and restarts between any two looks.
#[derive(Default)]
struct Listener(NotificationState);

impl Listener {
    fn look(&mut self, minute: i64, conditions: &[Condition]) -> Vec<Notification> {
        let quiet = TimeDelta::minutes(QUIET);
        self.0.observe(conditions, at(minute), quiet);
        let news = self.0.news("main", conditions, at(minute), quiet);
        for notice in &news {
            self.0.take(notice);
        }
        self.0 = serde_json::from_str(&serde_json::to_string(&self.0).unwrap()).unwrap();
        news
    }

    /// The one turn that this look brings, if any.
    fn turn(&mut self, minute: i64, condition: Condition) -> Option<Transition> {
        let news = self.look(minute, &[condition]);
        assert!(news.len() < 2, "{news:?}");
        news.first().map(|notice| notice.turn)
    }
}

#[test]
fn what_lasts_is_told_once_reminded_of_daily_and_told_when_it_is_over() {
    let mut listener = Listener::default();
    let mut told = Vec::new();
    for minute in 0..3 * 24 * 60 {
        told.extend(listener.turn(minute, parked(1)).map(|turn| (minute, turn)));
    }
    assert_eq!(told, [(0, Transition::Raised), (1440, Transition::Reminded), (2880, Transition::Reminded)]);
    let over = listener.look(4320, &[parked(0)]).remove(0);
    assert_eq!((over.turn, over.since, over.at), (Transition::Recovered, at(0), at(4320)));
    assert_eq!(listener.turn(4321, parked(0)), None, "and only once");
}

#[test]
fn more_of_it_is_news_after_the_quiet_time() {
    let mut listener = Listener::default();
    assert_eq!(listener.turn(0, parked(1)), Some(Transition::Raised));
    assert_eq!(listener.turn(59, parked(10_000)), None);
    let grown = listener.look(60, &[parked(10_000)]).remove(0);
    assert_eq!((grown.turn, grown.counts), (Transition::Raised, counts([("price", 10_000)])));
}

#[test]
fn another_cause_is_news_even_when_there_are_fewer_in_all() {
    let mut listener = Listener::default();
    let two = of(Kind::Parked, AlertState::On, counts([("price", 5), ("date", 0)]));
    assert_eq!(listener.turn(0, two), Some(Transition::Raised));
    let other = of(Kind::Parked, AlertState::On, counts([("date", 1)]));
    assert_eq!(listener.turn(60, other), Some(Transition::Raised));
}

#[test]
fn fewer_and_then_more_again_is_news() {
    let mut listener = Listener::default();
    assert_eq!(listener.turn(0, parked(5)), Some(Transition::Raised));
    assert_eq!(listener.turn(30, parked(2)), None);
    assert_eq!(listener.turn(70, parked(2)), None);
    assert_eq!(listener.turn(80, parked(3)), Some(Transition::Raised));
}

#[test]
fn what_comes_and_goes_is_told_at_most_once_in_the_quiet_time() {
    let mut listener = Listener::default();
    assert_eq!(listener.turn(0, parked(1)), Some(Transition::Raised));
    assert_eq!(listener.turn(1, parked(0)), Some(Transition::Recovered));
    assert_eq!(listener.turn(2, parked(1)), None);
    // It was not told, so that it is over is no news either.
    assert_eq!(listener.turn(3, parked(0)), None);
    assert_eq!(listener.turn(4, parked(1)), None);
    assert_eq!(listener.turn(60, parked(1)), Some(Transition::Raised), "it lasts, so it is told");
}

#[test]
fn what_cannot_be_told_at_a_look_is_neither_raised_nor_over() {
    let unsure = || of(Kind::Silent, AlertState::Unsure, Counts::new());
    let on = || of(Kind::Silent, AlertState::On, Counts::new());
    let mut listener = Listener::default();
    assert_eq!(listener.turn(0, unsure()), None);
    assert_eq!(listener.turn(1, on()), Some(Transition::Raised));
    assert_eq!(listener.turn(2, unsure()), None);
    assert_eq!(
        listener.turn(3, of(Kind::Silent, AlertState::Off, Counts::new())),
        Some(Transition::Recovered)
    );
}

#[test]
fn what_happened_is_told_once_and_never_over() {
    let noticed = |reversed| of(Kind::Noticed, AlertState::On, counts([("reversed", reversed)]));
    let mut listener = Listener::default();
    assert_eq!(listener.turn(0, noticed(1)), Some(Transition::Raised));
    assert_eq!(listener.turn(10_000, noticed(1)), None);
    assert_eq!(listener.turn(10_001, noticed(2)), Some(Transition::Raised));
    let none = of(Kind::Noticed, AlertState::Off, Counts::new());
    assert_eq!(listener.turn(20_000, none), None);
    assert_eq!(listener.turn(20_001, noticed(1)), Some(Transition::Raised));
}

#[test]
fn each_kind_is_told_for_itself() {
    let mut listener = Listener::default();
    assert_eq!(listener.turn(0, parked(1)), Some(Transition::Raised));
    let stopped = of(Kind::Stopped, AlertState::On, counts([("kingdee", 1)]));
    let news = listener.look(1, &[stopped, parked(1)]);
    assert_eq!(news.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [Kind::Stopped]);
}

#[test]
fn what_a_receiver_did_not_take_is_news_at_the_next_look() {
    let told = NotificationState::default();
    let first = told.news("main", &[parked(1)], at(0), TimeDelta::minutes(QUIET));
    let again = told.news("main", &[parked(1)], at(1), TimeDelta::minutes(QUIET));
    assert_eq!((first[0].turn, again[0].turn), (Transition::Raised, Transition::Raised));
}

#[test]
fn a_clock_that_was_set_back_makes_nobody_silent() {
    let mut listener = Listener::default();
    assert_eq!(listener.turn(1_000_000, parked(1)), Some(Transition::Raised));
    assert_eq!(listener.turn(0, parked(2)), None);
    assert_eq!(listener.turn(60, parked(2)), Some(Transition::Raised));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_happens_nothing_is_told_too_often_nothing_that_lasts_is_kept_and_every_end_is_told_once(
        looks in prop::collection::vec((1..50_i64, 0..4_u64, 0..8_u8), 1..120),
    ) {
        let mut listener = Listener::default();
        let (mut minute, mut on_since) = (0, None);
        let (mut last_alert, mut open) = (None::<i64>, false);
        for (step, count, unsure) in looks {
            minute += step;
            let condition = match unsure {
                0 => of(Kind::Parked, AlertState::Unsure, Counts::new()),
                _ => parked(count),
            };
            let standing = condition.standing;
            on_since = match standing {
                AlertState::On => on_since.or(Some(minute)),
                AlertState::Off => None,
                AlertState::Unsure => on_since,
            };
            match listener.turn(minute, condition) {
                Some(Transition::Recovered) => {
                    prop_assert!(open && standing == AlertState::Off, "only what was told and is over is told to be");
                    open = false;
                }
                Some(_) => {
                    prop_assert!(standing == AlertState::On);
                    prop_assert!(last_alert.is_none_or(|last| minute - last >= QUIET), "too soon");
                    (last_alert, open) = (Some(minute), true);
                }
                None => prop_assert!(!(open && standing == AlertState::Off), "its end is told"),
            }
            if standing == AlertState::On && !open {
                prop_assert!(last_alert.is_some_and(|last| minute - last < QUIET), "what lasts is told");
            }
        }
    }
}
