//! The limiter without a clock: what holds for every history of answers.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::Config;
use wdt_qimen_sdk::limit::{Answer, Pacer};
use wdt_qimen_sdk::{PaceReason, Quota};

use crate::support::{cases, utc};

const MINUTE: Duration = Duration::from_mins(1);

fn wall() -> DateTime<Utc> {
    utc("2026-11-20 00:00:00")
}

/// One call of a history: how long the caller does other things first, how long the answer takes, what it is.
type Deed = (Duration, Duration, Answer);

fn history() -> impl Strategy<Value = Vec<Deed>> {
    let millis = |most: u64| (0..=most).prop_map(Duration::from_millis);
    let idle = prop_oneof![8 => Just(Duration::ZERO), 2 => millis(3_000), 1 => millis(900_000)];
    let hold = prop_oneof![4 => Just(Duration::ZERO), 4 => millis(60_000), 1 => millis(3_600_000)];
    let answer = prop_oneof![
        12 => Just(Answer::Taken),
        1 => Just(Answer::Unknown),
        1 => Just(Answer::NotSent),
        2 => hold.prop_map(|hold| Answer::Refused { hold }),
    ];
    prop::collection::vec((idle, millis(2_000), answer), 0..150)
}

fn quota() -> impl Strategy<Value = Quota> {
    prop_oneof![3 => Just(60), 1 => 1_u32..600].prop_map(Quota::per_minute)
}

/// A pacer and the time by its clock.
struct Run {
    pacer: Pacer,
    now: Duration,
}

impl Run {
    fn new(quota: Quota) -> Self {
        Self { pacer: Pacer::new(quota), now: Duration::ZERO }
    }

    /// Waits for the pacer's word and sends; says when.
    fn send(&mut self) -> Duration {
        while let Err(wait) = self.pacer.send(self.now) {
            assert!(!wait.is_zero(), "a wait of nothing never ends");
            self.now += wait;
        }
        self.now
    }

    fn live_through(&mut self, history: &[Deed]) {
        for (idle, latency, answer) in history {
            self.now += *idle;
            let _sent = self.send();
            self.now += *latency;
            self.pacer.answered(self.now, *answer);
        }
    }

    fn reason(&self) -> PaceReason {
        self.pacer.pace(self.now, wall()).reason
    }

    /// Calls taken until `end` by a server that takes `limit` calls in any minute, with its bans.
    fn against(&mut self, limit: usize, ban: Duration, end: Duration) -> usize {
        let (mut window, mut banned_until, mut taken) = (VecDeque::new(), Duration::ZERO, 0);
        while self.now < end {
            let sent = self.send();
            while window.front().is_some_and(|first| *first + MINUTE <= sent) {
                window.pop_front();
            }
            let free = sent >= banned_until;
            if free && window.len() < limit {
                window.push_back(sent);
                taken += 1;
                self.pacer.answered(self.now, Answer::Taken);
            } else {
                if free {
                    banned_until = sent + ban;
                }
                self.pacer.answered(self.now, Answer::Refused { hold: banned_until.saturating_sub(sent) });
            }
        }
        taken
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_contracts_spacing_and_a_hold_are_never_broken(quota in quota(), history in history()) {
        let mut run = Run::new(quota);
        let mut next = quota.interval();
        for (idle, latency, answer) in history {
            run.now += idle;
            let sent = run.send();
            prop_assert!(sent >= next, "sent at {sent:?}, not before {next:?}");
            next = sent + quota.interval();
            run.now += latency;
            run.pacer.answered(run.now, answer);
            if let Answer::Refused { hold } = answer {
                next = next.max(run.now + hold);
            }
            let pace = run.pacer.pace(run.now, wall());
            prop_assert!(0.0 < pace.per_minute && pace.per_minute <= pace.contract, "{pace:?}");
        }
    }

    #[test]
    fn the_contract_is_reached_again_from_everywhere(history in history()) {
        let mut run = Run::new(Quota::default());
        run.live_through(&history);
        let _sent = run.send();
        let patience = run.now + Duration::from_mins(45);
        while run.reason() != PaceReason::Contract {
            run.pacer.answered(run.now, Answer::Taken);
            let _sent = run.send();
            prop_assert!(run.now < patience, "{:?}", run.pacer);
        }
    }

    #[test]
    fn a_restart_anywhere_keeps_pace_hold_and_ceiling(history in history(), asleep in 0_u64..120_000) {
        let mut run = Run::new(Quota::default());
        run.live_through(&history);
        let asleep = Duration::from_millis(asleep);
        let snapshot = run.pacer.snapshot(run.now, wall());
        let awake = wall() + TimeDelta::from_std(asleep).unwrap();
        let mut resumed = Run { pacer: Pacer::resume(Quota::default(), &snapshot, awake), now: Duration::ZERO };
        let (before, after) = (run.pacer.pace(run.now, wall()), resumed.pacer.pace(Duration::ZERO, awake));
        prop_assert_eq!(after.ceiling, before.ceiling);
        prop_assert!(after.per_minute <= before.per_minute);
        prop_assert!(after.held_until >= before.held_until.filter(|until| *until > awake));
        let first = awake + TimeDelta::from_std(resumed.send()).unwrap();
        prop_assert!(before.held_until.is_none_or(|until| until <= first));
        prop_assert!(snapshot.next_call.is_some_and(|next| next <= first));
    }
}

proptest! {
    #![proptest_config(Config { cases: cases().cases / 10, ..cases() })]

    #[test]
    fn every_lower_limit_is_found_and_used_from_everywhere(
        history in history(),
        limit in 4_usize..60,
        ban in 1_u64..60,
    ) {
        let mut run = Run::new(Quota::default());
        run.live_through(&history);
        let _sent = run.send();
        let (ban, begun) = (Duration::from_secs(ban), run.now);
        let _found = run.against(limit, ban, begun + 60 * MINUTE);
        let taken = run.against(limit, ban, begun + 90 * MINUTE);
        prop_assert!(taken * 10 >= limit * 30 * 7, "{taken} of {}: {:?}", limit * 30, run.pacer.pace(run.now, wall()));
    }
}

#[test]
fn a_call_without_an_answer_counts_as_taken() {
    let mut run = Run::new(Quota::default());
    for _ in 0..10 {
        // Of two calls one is never told about.
        let _sent = run.send();
        let _sent = run.send();
        run.pacer.answered(run.now, Answer::Taken);
    }
    for _ in 0..3 {
        let _sent = run.send();
        run.pacer.answered(run.now, Answer::Refused { hold: Duration::from_secs(2) });
    }
    assert_eq!(
        run.pacer.pace(run.now, wall()).ceiling,
        Some(20.0),
        "twenty arrived, as far as anybody knows"
    );
}

#[test]
fn a_refusal_of_the_first_call_is_no_measurement() {
    let mut run = Run::new(Quota::default());
    let _sent = run.send();
    run.pacer.answered(run.now, Answer::Refused { hold: MINUTE });
    let pace = run.pacer.pace(run.now, wall());
    assert_eq!(
        (pace.ceiling, pace.reason),
        (None, PaceReason::Contract),
        "somebody else has used the quota up"
    );
    assert_eq!(run.pacer.held(run.now), MINUTE);
}

#[test]
fn a_single_refusal_changes_no_pace_while_holds_are_short() {
    let mut run = Run::new(Quota::default());
    for _ in 0..20 {
        let _sent = run.send();
        run.pacer.answered(run.now, Answer::Taken);
    }
    let _sent = run.send();
    run.pacer.answered(run.now, Answer::Refused { hold: Duration::from_secs(2) });
    assert_eq!(run.reason(), PaceReason::Contract);
}

#[test]
fn refusals_in_a_row_are_sat_out_longer_and_longer_up_to_an_hour() {
    let mut run = Run::new(Quota::default());
    let mut waits = Vec::new();
    for _ in 0..40 {
        let sent = run.send();
        run.pacer.answered(run.now, Answer::Refused { hold: Duration::from_secs(2) });
        waits.push(run.send().saturating_sub(sent));
    }
    assert!(waits[..2].iter().all(|wait| *wait < Duration::from_secs(4)), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= Duration::from_hours(1)), "{waits:?}");
    let day: Duration = waits.iter().sum();
    assert!(day > Duration::from_hours(20), "40 refusals last for most of a day: {day:?}");
}

#[test]
fn no_number_of_seconds_is_too_long() {
    let mut run = Run::new(Quota::default());
    for hold in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(1 << 40)] {
        let _sent = run.send();
        run.pacer.answered(run.now, Answer::Refused { hold });
        run.pacer.hold(run.now, hold);
        assert_eq!(run.pacer.held(run.now), Duration::from_hours(24), "a ban longer than a day is misread");
        let _snapshot = run.pacer.snapshot(run.now, DateTime::<Utc>::MAX_UTC);
    }
}

#[test]
fn a_hold_until_2099_is_a_day() {
    let before = serde_json::from_str(
        r#"{"held_until": "2099-01-01T00:00:00Z", "next_sprint": "2099-01-01T00:00:00Z",
        "next_call": "2099-01-01T00:00:00Z", "ceiling": 1e300, "window_seconds": 1e300}"#,
    );
    let pacer = Pacer::resume(Quota::default(), &before.unwrap(), wall());
    assert_eq!(pacer.held(Duration::ZERO), Duration::from_hours(24));
    assert!(pacer.pace(Duration::ZERO, wall()).per_minute > 1.0);
}

#[test]
fn a_lifted_hold_lets_one_call_pass_and_no_burst() {
    let mut run = Run::new(Quota::default());
    let first = run.send();
    run.pacer.answered(run.now, Answer::Refused { hold: Duration::from_hours(5) });
    run.pacer.lift(run.now);
    assert_eq!(run.send(), first + Quota::default().interval());
    run.pacer.answered(run.now, Answer::Refused { hold: Duration::from_hours(5) });
    assert_eq!(run.pacer.held(run.now), Duration::from_hours(5), "a refused probe is a new hold");
}

#[test]
fn a_caller_who_does_not_press_is_no_evidence_of_a_higher_limit() {
    let mut run = Run::new(Quota::default());
    assert!(run.against(20, MINUTE, 10 * MINUTE) > 0);
    let known = run.pacer.pace(run.now, wall()).ceiling;
    assert!(known.is_some());
    for _ in 0..100 {
        run.now += 2 * MINUTE;
        let _sent = run.send();
        run.pacer.answered(run.now, Answer::Taken);
    }
    assert_eq!(run.pacer.pace(run.now, wall()).ceiling, known, "a call in two minutes proves nothing");
}
