//! Alerts: what is worth telling and when (`conditions`, `rules`), and how it reaches a receiver (`wire`, `command`, `served`).

mod command;
mod conditions;
mod rules;
mod served;
mod wire;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use refund_sync::serve::alert::{Counts, Snapshot, Yuan};

/// So many minutes after an instant that is as good as any.
fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap() + TimeDelta::minutes(minute)
}

/// A pipeline that has nothing to tell.
fn well() -> Snapshot {
    Snapshot { succeeded: true, accepted: 10, ..Snapshot::default() }
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> Counts {
    counts.map(|(sort, count)| (sort.to_owned(), count)).into()
}

fn parked(count: u64) -> Snapshot {
    let parked_yuan = Yuan::from([("material_unmapped".to_owned(), "9415.48".parse().unwrap())]);
    Snapshot { parked: counts([("material_unmapped", count)]), parked_yuan, ..well() }
}

fn main_alone(sight: Snapshot) -> BTreeMap<String, Snapshot> {
    BTreeMap::from([("main".to_owned(), sight)])
}
