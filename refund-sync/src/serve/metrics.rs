//! What Prometheus is told: every metric, with its unit and meaning, is in `metrics::table`, which `ops/metrics.md`
//! repeats for people. What is counted is the board's; who asks, and may, is `web`'s.

mod table;
mod text;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

pub use table::TABLE;
pub use text::{Kind, Sample};

use crate::clock::of_shanghai;
use crate::serve::Delivery;
use crate::serve::View;
use text::{Labels, family, sample};

/// Everything that the metrics are made of.
#[derive(Debug)]
pub struct Scrape {
    /// Now.
    pub now: DateTime<Utc>,
    /// What the pipelines show, by name.
    pub views: BTreeMap<String, View>,
    /// How the receivers of alerts are doing, by name.
    pub deliveries: BTreeMap<String, Delivery>,
}

type Names = &'static [&'static str];
type Samples = fn(&Scrape) -> Vec<Sample>;

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name; ends in its unit where it has one.
    pub name: &'static str,
    /// Whether it only grows.
    pub kind: Kind,
    /// Its labels.
    pub labels: Names,
    /// What it means.
    pub help: &'static str,
    samples: Samples,
}

/// The whole table as Prometheus reads it.
pub fn render(sight: &Scrape) -> String {
    TABLE
        .iter()
        .map(|metric| family(metric.name, metric.kind, metric.help, &(metric.samples)(sight)))
        .collect()
}

/// The samples of one pipeline.
struct Adding<'a> {
    pipeline: &'a str,
    all: &'a mut Vec<Sample>,
}

impl Adding<'_> {
    fn add(&mut self, labels: &Labels<'_>, value: f64) {
        let labels = [&[("pipeline", self.pipeline)], labels].concat();
        self.all.push(sample(&labels, value));
    }
}

impl Scrape {
    fn every(&self, add: impl Fn(&View, &mut Adding<'_>)) -> Vec<Sample> {
        let mut all = Vec::new();
        for (pipeline, view) in &self.views {
            add(view, &mut Adding { pipeline, all: &mut all });
        }
        all
    }

    fn each(&self, value: impl Fn(&View) -> f64) -> Vec<Sample> {
        self.every(|view, samples| samples.add(&[], value(view)))
    }

    fn some(&self, value: impl Fn(&View) -> Option<f64>) -> Vec<Sample> {
        self.every(|view, samples| {
            if let Some(value) = value(view) {
                samples.add(&[], value);
            }
        })
    }

    /// How far a time of the ledger is behind now.
    fn behind(&self, time: &str) -> Option<f64> {
        let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S").ok()?;
        Some(seconds(self.now - of_shanghai(time)))
    }
}

fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64().max(0.0)
}

/// Prometheus knows no other figures; nothing is computed from this one.
fn yuan(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or_default()
}

/// Exact up to 2⁵³, which no count here ever reaches.
#[allow(clippy::cast_precision_loss, reason = "a count")]
fn number(count: u64) -> f64 {
    count as f64
}
