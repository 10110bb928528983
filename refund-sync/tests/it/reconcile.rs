//! `reconcile`: every difference by its name and nothing else, and what `--fix` does about it and what it leaves alone.

mod found;
mod mended;
mod scale;
mod sheet;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::{StoredBill, StoredLine};
use rust_decimal::Decimal;

use crate::returns::now;
use crate::scene::{Done, Scene, word};

/// The days that `plain` returns are booked on, whatever the hour.
pub(crate) fn days() -> [String; 2] {
    [now() - TimeDelta::days(1), now()].map(|time| time.date().to_string())
}

impl Scene {
    /// `reconcile` over those days.
    pub(crate) fn reconcile(&self, more: &[&str]) -> Done {
        let [from, to] = days();
        let args: Vec<_> =
            ["reconcile", "--from", &from, "--to", &to].into_iter().chain(more.iter().copied()).collect();
        self.run(&args)
    }

    /// What differs: by refund number its kind and everything said about it.
    pub(crate) fn differences(&self) -> BTreeMap<String, (String, String)> {
        differences(&self.reconcile(&["--json"]))
    }
}

pub(crate) fn differences(done: &Done) -> BTreeMap<String, (String, String)> {
    let findings = done.json()["pipelines"][0]["findings"].take();
    let one = |finding: &serde_json::Value| {
        (word(&finding["refund_no"]), (word(&finding["kind"]), finding.to_string()))
    };
    findings.as_array().unwrap().iter().map(one).collect()
}

/// A bill as the program writes it for `plain(number)`, but put there by the test.
pub(crate) fn ours(number: &str) -> StoredBill {
    let line = StoredLine {
        material: "TS-BLK-L".into(),
        qty: Decimal::TWO,
        all_amount: Decimal::new(11_980, 2),
        ..StoredLine::default()
    };
    StoredBill {
        number: number.into(),
        third_bill_no: number.into(),
        third_src_type: "refund-sync".into(),
        customer: "C001".into(),
        date: (now() - TimeDelta::hours(2)).date(),
        all_amount: line.all_amount,
        lines: vec![line],
        ..StoredBill::default()
    }
}
