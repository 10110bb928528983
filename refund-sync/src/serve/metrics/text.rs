//! The text that Prometheus reads, format 0.0.4. What is told is in `metrics`.

use std::fmt::Write as _;

/// Names and values of a sample's labels.
pub(super) type Labels<'a> = [(&'a str, &'a str)];

/// Whether a metric only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, and begins again at each start.
    Counter,
    /// Goes up and down.
    Gauge,
}

impl Kind {
    /// Prometheus' word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
        }
    }
}

/// One value with its labels, written.
#[derive(Debug)]
pub struct Sample {
    labels: String,
    value: f64,
}

pub(super) fn sample(labels: &Labels<'_>, value: f64) -> Sample {
    let labels: Vec<_> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    Sample { labels: labels.join(","), value }
}

/// A metric with all its samples. It is named even where there are none, so that it can be found.
pub(super) fn family(name: &str, kind: Kind, help: &str, samples: &[Sample]) -> String {
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} {}\n", kind.as_str());
    for Sample { labels, value } in samples {
        let braced = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}{braced} {value}");
    }
    text
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
