//! What machines are told, and what is built on it: every name is in the table, the answer, the text for people, the
//! alert rules and the dashboard, or in none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refund_sync::serve::metrics::{self, Scrape, TABLE};
use serde_json::Value;

use super::house::House;
use crate::returns::with_lines;

fn ops(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ops").join(file)).unwrap()
}

fn names() -> BTreeSet<&'static str> {
    TABLE.iter().map(|metric| metric.name).collect()
}

/// The metrics that a text names, with the labels that it names of them.
fn named(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (at, _) in text.match_indices("refund_sync_") {
        let part = |text: &str| -> String {
            text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
        };
        let name = part(&text[at..]);
        let labels = found.entry(name.clone()).or_default();
        if let Some(braced) = text[at + name.len()..].strip_prefix('{') {
            let selectors = braced.split('}').next().unwrap().split(',');
            labels.extend(selectors.map(part).filter(|label| !label.is_empty()));
        }
    }
    found
}

/// The answer after half an hour with one good return and one that waits for a person.
async fn answer() -> String {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    house.sells_back("TK1");
    house.shop.world().push(house.at_now(with_lines("TK2", &[])));
    house.minutes(30).await;
    house.board.refresh(house.store.as_ref()).await.unwrap();
    let sight = Scrape { now: house.board.now(), views: house.board.views(), deliveries: BTreeMap::new() };
    drop(supervisor);
    metrics::render(&sight)
}

#[test]
fn a_name_says_its_unit_and_a_counter_that_it_is_one() {
    for metric in TABLE {
        assert!(metric.name.starts_with("refund_sync_"), "{}", metric.name);
        let is_total = metric.name.ends_with("_total");
        assert_eq!(metric.kind == metrics::Kind::Counter, is_total, "{}", metric.name);
    }
    assert_eq!(names().len(), TABLE.len(), "each once");
}

#[test]
fn the_text_for_people_has_the_whole_table_and_nothing_else() {
    let text = ops("metrics.md");
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> = TABLE
        .iter()
        .map(|metric| {
            let labels = metric.labels.join(", ");
            format!("| `{}` | {} | {labels} | {} |", metric.name, metric.kind.as_str(), metric.help)
        })
        .collect();
    assert_eq!(rows, expected, "write this into ops/metrics.md:\n{}", expected.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn the_answer_has_every_metric_with_its_labels_as_prometheus_reads_it() {
    let answer = answer().await;
    for metric in TABLE {
        let help = format!("# HELP {} {}\n", metric.name, metric.help);
        let kind = format!("# TYPE {} {}\n", metric.name, metric.kind.as_str());
        assert!(answer.contains(&format!("{help}{kind}")), "{}", metric.name);
    }
    let mut seen = BTreeSet::new();
    for line in answer.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let (name, labels) = series.strip_suffix('}').and_then(|s| s.split_once('{')).unwrap_or((series, ""));
        let metric = TABLE.iter().find(|metric| metric.name == name).unwrap();
        let labels: Vec<_> = labels.split("\",").map(|label| label.split('=').next().unwrap()).collect();
        assert_eq!(labels, metric.labels, "{line}");
        assert!(seen.insert(series), "twice: {line}");
    }
    for line in [
        "refund_sync_documents{pipeline=\"main\",state=\"confirmed\"} 1",
        "refund_sync_documents_parked{pipeline=\"main\",cause=\"no_lines\"} 1",
        "refund_sync_runs_total{pipeline=\"main\",ending=\"complete\"} 6",
        "refund_sync_bills_total{pipeline=\"main\",step=\"saved\"} 1",
        "refund_sync_wdt_quota_calls_per_minute{pipeline=\"main\"} 6000",
        "refund_sync_stopped{pipeline=\"main\",system=\"wdt\"} 0",
    ] {
        assert!(answer.lines().any(|told| told == line), "{line}\n{answer}");
    }
}

#[test]
fn alert_rules_and_dashboard_name_only_metrics_and_labels_that_exist() {
    let dashboard: Value = serde_json::from_str(&ops("grafana.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let exprs: Vec<_> = targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    let rules = ops("alerts.yml");
    for text in [exprs.join("\n"), dashboard["templating"].to_string(), rules] {
        let named = named(&text);
        assert!(!named.is_empty());
        for (name, labels) in named {
            let metric = TABLE.iter().find(|metric| metric.name == name);
            let metric = metric.unwrap_or_else(|| panic!("{name} is no metric"));
            for label in labels {
                assert!(metric.labels.contains(&label.as_str()), "{name} has no label {label}");
            }
        }
    }
}
