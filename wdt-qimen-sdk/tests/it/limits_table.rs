//! An hour of the pacer in virtual time against servers that it does not know: hidden limits over every window, refusals
//! that have nothing to do with its pace, a daily limit; beside it a plain AIMD under the same dice.
//! `LIMIT_SEEDS=24 cargo test -p wdt-qimen-sdk --all-features --test it limits_table -- --nocapture` prints the table.

#![allow(clippy::print_stdout, reason = "the figures are what is asked for")]
#![allow(clippy::cast_precision_loss, reason = "a few thousand calls")]
#![allow(clippy::unchecked_time_subtraction, reason = "virtual time runs forwards")]

use crate::dice::Dice;
use std::collections::VecDeque;
use std::time::Duration;
use wdt_qimen_sdk::Quota;
use wdt_qimen_sdk::limit::{Answer, Pacer};

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Seeds a row: four, or what `LIMIT_SEEDS` says.
fn seeds() -> u64 {
    std::env::var("LIMIT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(4)
}

/// What a server counts by.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Counts {
    Nothing,
    /// Every window that ends with a call.
    Sliding(usize, Duration),
    /// Windows of the clock, from a moment that the dice choose.
    Fixed(usize, Duration),
    /// A bucket of so many calls, filled at so many a time.
    Bucket(usize, Duration, f64),
}

/// A server: what it counts by, how long it bans and says so, what it refuses by chance.
#[derive(Debug, Clone, Copy)]
struct Rule {
    contract: u32,
    counts: Counts,
    ban: Duration,
    /// It does not say how long, so that a minute is sat out.
    unnamed: bool,
    /// Calls in a hundred that are refused for a second, whoever calls.
    by_chance: u64,
}

struct Server {
    rule: Rule,
    dice: Dice,
    phase: Duration,
    taken: VecDeque<Duration>,
    level: f64,
    last: Duration,
    banned_until: Duration,
}

impl Rule {
    const fn of(contract: u32, counts: Counts) -> Self {
        Self { contract, counts, ban: Duration::from_secs(2), unnamed: false, by_chance: 0 }
    }

    /// Calls that `time` has room for.
    fn possible(self, time: Duration) -> f64 {
        let spacing = Quota::per_minute(self.contract).interval().as_secs_f64();
        let contract = time.as_secs_f64() / spacing;
        match self.counts {
            // A client that keeps the contract and sits out each hold, of a second and a second more.
            Counts::Nothing => {
                let chance = self.by_chance as f64 / 100.0;
                contract * (1.0 - chance) / (1.0 - chance + chance * f64::max(2.0, spacing) / spacing)
            }
            Counts::Sliding(calls, DAY) | Counts::Fixed(calls, DAY) => calls as f64,
            Counts::Sliding(calls, window)
            | Counts::Fixed(calls, window)
            | Counts::Bucket(calls, window, _) => {
                contract.min(calls as f64 * time.as_secs_f64() / window.as_secs_f64())
            }
        }
    }
}

impl Server {
    fn new(rule: Rule, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let phase = match rule.counts {
            Counts::Fixed(_, window) if window < DAY => window.mul_f64(dice.below(1000) as f64 / 1000.0),
            _ => Duration::ZERO,
        };
        let (taken, last, banned_until) = (VecDeque::new(), Duration::ZERO, Duration::ZERO);
        Self { rule, dice, phase, taken, level: 0.0, last, banned_until }
    }

    /// Up to 20 ms on the way.
    fn arrives(&mut self, sent: Duration) -> Duration {
        sent + Duration::from_millis(self.dice.below(21))
    }

    /// Takes a call, or says how long it wants silence, a second more included.
    fn call(&mut self, at: Duration) -> Result<(), Duration> {
        let named = |left: Duration| seconds(left.as_secs() + u64::from(left.subsec_nanos() > 0) + 1);
        let refused = if at < self.banned_until {
            named(self.banned_until - at)
        } else if self.dice.below(100) < self.rule.by_chance {
            named(seconds(1))
        } else if self.has_room(at) {
            return Ok(());
        } else {
            self.banned_until = at + self.rule.ban;
            named(self.rule.ban)
        };
        Err(if self.rule.unnamed { MINUTE } else { refused })
    }

    fn has_room(&mut self, at: Duration) -> bool {
        let (calls, begin) = match self.rule.counts {
            Counts::Nothing => return true,
            Counts::Sliding(calls, window) => (calls, at.checked_sub(window)),
            Counts::Fixed(calls, window) => {
                let into = (at + window - self.phase).as_nanos() % window.as_nanos();
                (calls, at.checked_sub(Duration::from_nanos(u64::try_from(into).unwrap() + 1)))
            }
            Counts::Bucket(calls, window, depth) => {
                let filled = (at - self.last).as_secs_f64() * calls as f64 / window.as_secs_f64();
                (self.level, self.last) = (f64::max(self.level - filled, 0.0), at);
                let room = self.level + 1.0 <= depth + 1e-9;
                self.level += f64::from(u8::from(room));
                return room;
            }
        };
        while self.taken.front().is_some_and(|first| begin.is_some_and(|begin| *first <= begin)) {
            self.taken.pop_front();
        }
        let room = self.taken.len() < calls;
        if room {
            self.taken.push_back(at);
        }
        room
    }
}

/// Who calls.
enum Caller {
    Pacer(Box<Pacer>),
    /// A fifteenth of the contract more after each minute, half after a refusal.
    Aimd {
        spacing: Duration,
        next: Duration,
        risen: Duration,
    },
}

impl Caller {
    fn pacer(contract: u32) -> Self {
        Self::Pacer(Box::new(Pacer::new(Quota::per_minute(contract))))
    }

    fn aimd(contract: u32) -> Self {
        let spacing = Quota::per_minute(contract).interval();
        Self::Aimd { spacing, next: spacing, risen: Duration::ZERO }
    }

    /// The moment of the next call.
    fn send(&mut self, mut now: Duration) -> Duration {
        match self {
            Self::Pacer(pacer) => {
                while let Err(wait) = pacer.send(now) {
                    now += wait;
                }
                now
            }
            Self::Aimd { next, .. } => now.max(*next),
        }
    }

    fn answered(&mut self, contract: u32, sent: Duration, now: Duration, said: Result<(), Duration>) {
        match (self, said) {
            (Self::Pacer(pacer), Ok(())) => pacer.answered(now, Answer::Taken),
            (Self::Pacer(pacer), Err(hold)) => pacer.answered(now, Answer::Refused { hold }),
            (Self::Aimd { spacing, next, risen }, Ok(())) => {
                if now - *risen >= MINUTE {
                    let full = Quota::per_minute(contract).interval().as_secs_f64().recip();
                    let faster = spacing.as_secs_f64().recip() + full / 15.0;
                    (*spacing, *risen) = (Duration::from_secs_f64(faster.min(full).recip()), now);
                }
                *next = sent + *spacing;
            }
            (Self::Aimd { spacing, next, risen }, Err(hold)) => {
                *spacing = (*spacing * 2).min(MINUTE);
                (*next, *risen) = ((sent + *spacing).max(now + hold), now);
            }
        }
    }
}

/// Calls until `end`: taken and refused.
fn calls_until(caller: &mut Caller, server: &mut Server, begin: Duration, end: Duration) -> (u64, u64) {
    let (mut now, mut taken, mut refused) = (begin, 0, 0);
    let (spacing, mut last) = (Quota::per_minute(server.rule.contract).interval(), None::<Duration>);
    loop {
        let sent = caller.send(now);
        if sent >= end {
            return (taken, refused);
        }
        assert!(
            last.is_none_or(|last| sent >= last + spacing),
            "closer than the contract: {last:?}, {sent:?}"
        );
        last = Some(sent);
        now = server.arrives(sent);
        let said = server.call(now);
        (taken, refused) = (taken + u64::from(said.is_ok()), refused + u64::from(said.is_err()));
        caller.answered(server.rule.contract, sent, now, said);
    }
}

fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

/// Share of what is possible, in percent, and refusals, of the pacer and of the AIMD: medians over the seeds.
fn measure(rule: Rule, time: Duration) -> [(f64, u64); 2] {
    [Caller::pacer as fn(u32) -> Caller, Caller::aimd].map(|caller| {
        let runs = (0..seeds()).map(|seed| {
            calls_until(&mut caller(rule.contract), &mut Server::new(rule, seed), Duration::ZERO, time)
        });
        let (taken, refused): (Vec<_>, Vec<_>) = runs.unzip();
        (median(taken) as f64 / rule.possible(time) * 100.0, median(refused))
    })
}

/// One row of the table; the AIMD may not do better in both.
fn row(name: &str, rule: Rule, time: Duration, least: f64, most: u64) {
    let [(share, refused), (aimd_share, aimd_refused)] = measure(rule, time);
    let at_most = if most == u64::MAX { String::new() } else { format!(" / {most}") };
    println!(
        "| {name} | {share:.0} % / {refused} | {least:.0} %{at_most} | {aimd_share:.0} % / {aimd_refused} |"
    );
    assert!(share >= least && refused <= most, "{name}: {share:.1} %, {refused} refused");
    assert!(share > aimd_share || refused < aimd_refused, "{name}: a plain AIMD does better");
}

/// Contract, calls, window in seconds, and what is asked for.
const HIDDEN: [(u32, usize, u64, f64, u64); 7] = [
    (60, 20, 60, 90.0, 10),
    (60, 1, 2, 88.0, 20),
    (60, 3, 5, 88.0, 20),
    (60, 8, 10, 88.0, 20),
    (60, 5, 10, 88.0, 20),
    (600, 5, 1, 88.0, 30),
    (1800, 20, 2, 88.0, 30),
];

#[test]
fn a_hidden_limit_over_any_window_is_found_and_used() {
    println!("| hidden limit, contract | pacer | asked for | AIMD |");
    for (contract, calls, window, least, most) in HIDDEN {
        for ban in [1, 2, 10, 30, 60] {
            let rule =
                Rule { ban: seconds(ban), ..Rule::of(contract, Counts::Sliding(calls, seconds(window))) };
            row(
                &format!("{calls} in {window} s, {contract} a minute, bans of {ban} s"),
                rule,
                HOUR,
                least,
                most,
            );
        }
    }
}

#[test]
fn a_hidden_limit_whose_bans_name_no_seconds_is_found_and_used() {
    for (contract, calls, window, _, most) in HIDDEN {
        let counts = Counts::Sliding(calls, seconds(window));
        let rule = Rule { unnamed: true, ..Rule::of(contract, counts) };
        row(&format!("{calls} in {window} s, {contract} a minute, unnamed bans"), rule, HOUR, 88.0, most);
    }
}

#[test]
fn a_hidden_limit_by_the_windows_of_the_clock_is_found_and_used() {
    for (contract, calls, window, least, most) in HIDDEN {
        let rule = Rule::of(contract, Counts::Fixed(calls, seconds(window)));
        let name = format!("{calls} in each {window} s of the clock, {contract} a minute");
        row(&name, rule, HOUR, least, most);
    }
}

#[test]
fn a_hidden_bucket_is_found_and_used() {
    for (contract, calls, window, ..) in HIDDEN {
        let depth = calls.min(3) as f64;
        let rule = Rule::of(contract, Counts::Bucket(calls, seconds(window), depth));
        let name = format!("a bucket of {depth}, {calls} in {window} s, {contract} a minute");
        row(&name, rule, HOUR, 80.0, 30);
    }
}

/// Contract, calls, window in seconds.
const UNUSUAL: [(u32, usize, u64); 12] = [
    (60, 10, 20),
    (60, 15, 30),
    (60, 5, 7),
    (60, 10, 15),
    (60, 40, 60),
    (60, 57, 60),
    (60, 5, 60),
    (60, 60, 120),
    (60, 100, 300),
    (60, 50, 300),
    (120, 7, 7),
    (600, 100, 60),
];

#[test]
fn a_limit_that_is_none_of_the_usual_is_found_and_used() {
    for (contract, calls, window) in UNUSUAL {
        for ban in [2, 30] {
            let counts = Counts::Sliding(calls, seconds(window));
            let rule = Rule { ban: seconds(ban), ..Rule::of(contract, counts) };
            let name = format!("{calls} in {window} s, {contract} a minute, bans of {ban} s");
            row(&name, rule, HOUR, 80.0, 30);
        }
    }
}

#[test]
fn a_limit_is_found_among_refusals_that_have_nothing_to_do_with_it() {
    for (calls, window, by_chance, least) in
        [(20, 60, 1, 90.0), (20, 60, 6, 85.0), (5, 10, 1, 90.0), (5, 10, 6, 80.0)]
    {
        let rule = Rule { by_chance, ..Rule::of(60, Counts::Sliding(calls, seconds(window))) };
        row(&format!("{calls} in {window} s and {by_chance} % by chance"), rule, HOUR, least, u64::MAX);
    }
}

#[test]
fn refusals_that_have_nothing_to_do_with_the_pace_cost_their_holds_and_no_more() {
    for (contract, by_chance, least) in
        [(60, 1, 95.0), (60, 6, 88.0), (60, 20, 60.0), (600, 1, 95.0), (600, 6, 88.0), (600, 20, 60.0)]
    {
        let rule = Rule { by_chance, ..Rule::of(contract, Counts::Nothing) };
        row(&format!("{by_chance} % by chance, {contract} a minute"), rule, HOUR, least, u64::MAX);
    }
}

#[test]
fn a_daily_limit_is_used_up_and_then_left_alone() {
    for counts in [Counts::Fixed(1000, DAY), Counts::Sliding(1000, DAY)] {
        row(&format!("{counts:?}, 60 a minute"), Rule::of(60, counts), DAY, 100.0, 50);
    }
}

#[test]
fn a_refusal_in_the_first_second_costs_less_than_half_of_the_first_two_minutes() {
    for ban in [1, 2, 10, 30] {
        let (mut pacer, spacing) = (Pacer::new(Quota::default()), Quota::default().interval());
        pacer.send(spacing).unwrap();
        pacer.answered(spacing, Answer::Refused { hold: seconds(ban) + seconds(1) });
        let rule = Rule::of(60, Counts::Nothing);
        let mut caller = Caller::Pacer(Box::new(pacer));
        let (taken, _) = calls_until(&mut caller, &mut Server::new(rule, 0), spacing, 2 * MINUTE);
        let share = taken as f64 / rule.possible(2 * MINUTE) * 100.0;
        println!("| refused for {ban} s in the first second, two minutes | {share:.0} % | 50 % | |");
        assert!(share >= 50.0, "{share}");
    }
}

#[test]
fn a_higher_limit_is_in_use_twelve_minutes_later() {
    for (ban, (calls, window), (more, window_then)) in
        [(2, (20, 60), (40, 60)), (30, (20, 60), (40, 60)), (2, (5, 10), (8, 10)), (2, (1, 2), (60, 60))]
    {
        let shares = (0..seeds()).map(|seed| {
            let rule = Rule { ban: seconds(ban), ..Rule::of(60, Counts::Sliding(calls, seconds(window))) };
            let (mut caller, mut server) = (Caller::pacer(60), Server::new(rule, seed));
            let risen = seconds(1200 + 600 * seed / seeds());
            calls_until(&mut caller, &mut server, Duration::ZERO, risen);
            server.rule.counts = Counts::Sliding(more, seconds(window_then));
            calls_until(&mut caller, &mut server, risen, risen + 12 * MINUTE);
            let (taken, _) = calls_until(&mut caller, &mut server, risen + 12 * MINUTE, risen + 14 * MINUTE);
            let share = taken as f64 / server.rule.possible(2 * MINUTE) * 100.0;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "percent")]
            let whole = share as u64;
            whole
        });
        let share = median(shares.collect());
        println!(
            "| {calls} in {window} s raised to {more} in {window_then} s, bans of {ban} s, the minutes 13 and 14 | {share} % | 90 % | |"
        );
        assert!(share >= 90, "{share}");
    }
}

#[test]
fn a_limit_that_is_halved_and_comes_back_is_followed() {
    for (contract, calls, window) in [(60, 40, 60), (60, 8, 10), (600, 10, 1), (600, 100, 60)] {
        for ban in [2, 30] {
            let (full, half) =
                (Counts::Sliding(calls, seconds(window)), Counts::Sliding(calls / 2, seconds(window)));
            let runs = (0..seeds()).map(|seed| {
                let rule = Rule { ban: seconds(ban), ..Rule::of(contract, full) };
                let (mut caller, mut server) = (Caller::pacer(contract), Server::new(rule, seed));
                let mut now = Duration::ZERO;
                let mut share = |counts, learning: u32| {
                    server.rule.counts = counts;
                    calls_until(&mut caller, &mut server, now, now + MINUTE * learning);
                    let begin = now + MINUTE * learning;
                    now = begin + 20 * MINUTE;
                    let (taken, _) = calls_until(&mut caller, &mut server, begin, now);
                    (taken as f64 / server.rule.possible(20 * MINUTE) * 100.0).round()
                };
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "percent")]
                [share(full, 10), share(half, 5), share(full, 12)].map(|share| share as u64)
            });
            let runs: Vec<_> = runs.collect();
            let shares = [0, 1, 2].map(|part| median(runs.iter().map(|run| run[part]).collect()));
            println!(
                "| {calls} in {window} s, half of it, and back, bans of {ban} s | {shares:?} % | 80 % | |"
            );
            assert!(shares.iter().all(|share| *share >= 80), "{calls} in {window} s, {ban} s: {shares:?}");
        }
    }
}

#[test]
fn a_lower_limit_is_kept_within_minutes() {
    for seed in 0..seeds() {
        let rule = Rule::of(60, Counts::Sliding(40, MINUTE));
        let (mut caller, mut server) = (Caller::pacer(60), Server::new(rule, seed));
        calls_until(&mut caller, &mut server, Duration::ZERO, HOUR);
        server.rule.counts = Counts::Sliding(10, MINUTE);
        let (_, learning) = calls_until(&mut caller, &mut server, HOUR, HOUR + 10 * MINUTE);
        let (taken, refused) = calls_until(&mut caller, &mut server, HOUR + 10 * MINUTE, 2 * HOUR);
        println!(
            "| 40 in a minute cut to 10, seed {seed}: then 50 minutes | {} % / {refused} | after {learning} | |",
            taken / 5
        );
        assert!(learning <= 40 && refused <= 20 && taken >= 400, "{learning}, {refused}, {taken}");
    }
}
