//! One way down: which part of a crate stands above which. An import goes to a lower layer or stays inside its own
//! part, and no two files import each other, whatever lies between them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::imports::{Crate, Import, ModulePath};
use super::{Fault, SourceFile};

/// A crate and its parts, highest layer first. Parts of one layer do not know each other.
pub(super) struct House {
    directory: &'static str,
    layers: &'static [&'static [&'static str]],
}

/// What may know what, in the crates of this workspace. ARCHITECTURE.md shows the same table.
pub(super) const HOUSES: &[House] = &[
    House {
        directory: "refund-sync",
        layers: &[
            &["main"],
            &["cli"],
            &["demo", "serve", "mcp"],
            &["answer"],
            &["worker", "reconcile", "check"],
            &["store"],
            &["source", "sink", "qeasy"],
            &["config"],
            &["mapping", "journal"],
            &["model", "schedule", "spreadsheet", "workbook"],
            &["clock", "files", "lang", "text", "tls"],
        ],
    },
    House {
        directory: "wdt-qimen-sdk",
        layers: &[
            &["blocking", "prelude"],
            &["list"],
            &["client"],
            &["page", "mock"],
            &["error", "method", "repair", "window"],
            &["envelope", "span"],
            &["limit", "retry", "server_clock", "sign", "transport", "wire"],
            &["clock", "credentials", "fate", "protocol", "replay", "row_key", "runtime", "text"],
        ],
    },
    House {
        directory: "kingdee-k3cloud-sdk",
        layers: &[
            &["blocking", "prelude"],
            &["client"],
            &["service", "resolve"],
            &["model", "session", "verdict"],
            &["envelope", "query"],
            &["error", "mock"],
            &["bill_error", "transport"],
            &["class", "trust"],
            &["certificate", "cell", "limit", "redact", "retry", "scalar", "sign"],
            &["clock", "credentials", "fate", "fields", "hold", "runtime", "text"],
        ],
    },
];

/// The layers as ARCHITECTURE.md shows them: a column for each crate, its highest layer first.
pub(super) fn table() -> String {
    let mut rows = vec![
        HOUSES.iter().map(|house| format!("`{}`", house.directory)).collect::<Vec<_>>(),
        vec!["---".to_owned(); HOUSES.len()],
    ];
    let most = HOUSES.iter().map(|house| house.layers.len()).max().unwrap_or_default();
    let cell = |house: &House, row| {
        let parts: &[&str] = house.layers.get(row).copied().unwrap_or_default();
        parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" · ")
    };
    rows.extend((0..most).map(|row| HOUSES.iter().map(|house| cell(house, row)).collect()));
    let rows: Vec<_> = rows.iter().map(|cells| cells.join(" | ")).collect();
    format!("| {} |\n", rows.join(" |\n| "))
}

/// Every import that goes up or sideways, and every circle.
pub(super) fn check(houses: &[House], files: &[SourceFile]) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for house in houses {
        let read = Crate::read(house.directory, files)?;
        let imports = read.imports();
        faults.extend(imports.iter().filter_map(|import| against_the_layers(house, &read, import)));
        faults.extend(circles(&imports).iter().map(|circle| name_circle(&read, &imports, circle)));
    }
    Ok(faults)
}

fn against_the_layers(house: &House, read: &Crate, import: &Import) -> Option<Fault> {
    let (from, to) = (import.from.first()?, import.to.first()?);
    if from == to {
        return None;
    }
    let layer = |part: &str| house.layers.iter().position(|layer| layer.contains(&part));
    let why = match (layer(from), layer(to)) {
        (Some(above), Some(under)) if above < under => return None,
        (Some(above), Some(under)) if above == under => "stands beside it",
        (Some(_), Some(_)) => "stands above it",
        (None, _) => "has no place in the layers for the importing part",
        (_, None) => "has no place in the layers",
    };
    Some(Fault {
        path: read.path_of(&import.from).to_owned(),
        line: import.line,
        advice: format!(
            "`{}` of `{}` is imported by `{from}`, and `{to}` {why}",
            import.name,
            import.to.join("::")
        ),
    })
}

fn name_circle(read: &Crate, imports: &[Import], circle: &BTreeSet<ModulePath>) -> Fault {
    let mut ties = imports.iter().filter(|tie| circle.contains(&tie.from) && circle.contains(&tie.to));
    let first = ties.clone().next();
    let told: Vec<String> = ties
        .by_ref()
        .map(|tie| format!("{} → {} ({})", tie.from.join("::"), tie.to.join("::"), tie.name))
        .collect();
    Fault {
        path: first.map_or("", |tie| read.path_of(&tie.from)).to_owned(),
        line: first.map_or(0, |tie| tie.line),
        advice: format!("a circle of {} files: {}", circle.len(), told.join(", ")),
    }
}

/// The sets of files that reach each other.
fn circles(imports: &[Import]) -> Vec<BTreeSet<ModulePath>> {
    let mut next: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> = BTreeMap::new();
    for import in imports {
        next.entry(&import.from).or_default().insert(&import.to);
    }
    let reached = |from: &ModulePath| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&ModulePath> = next.get(from).into_iter().flatten().copied().collect();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(next.get(at).into_iter().flatten());
            }
        }
        seen
    };
    let reach: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> =
        next.keys().map(|&module| (module, reached(module))).collect();
    let mut circles = BTreeSet::new();
    for (module, seen) in &reach {
        if seen.contains(*module) {
            let back =
                seen.iter().filter(|other| reach.get(**other).is_some_and(|from| from.contains(*module)));
            circles.insert(back.map(|module| (*module).clone()).collect());
        }
    }
    circles.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: &[House] =
        &[House { directory: "sync", layers: &[&["cli"], &["worker", "check"], &["model"]] }];

    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> =
            files.iter().map(|(path, text)| SourceFile::of(&format!("sync/src/{path}"), text)).collect();
        check(HOUSE, &files).unwrap().iter().map(ToString::to_string).collect()
    }

    const MODEL: (&str, &str) = ("model.rs", "mod bill;\npub use bill::Bill;");
    const BILL: (&str, &str) = ("model/bill.rs", "pub struct Bill;");

    #[test]
    fn the_way_down_is_free_and_a_re_export_is_followed_to_its_file() {
        let worker = ("worker.rs", "use crate::model::Bill;\npub struct Worker(Bill);");
        assert_eq!(faults(&[MODEL, BILL, worker]), [""; 0]);
    }

    #[test]
    fn an_import_that_goes_up_is_refused_however_it_is_written() {
        let worker = ("worker.rs", "pub struct Worker;\npub fn run() {}");
        for text in [
            "use crate::worker::Worker;\npub struct Bill(Worker);",
            "pub struct Bill(crate::worker::Worker);",
            "pub fn f() { println!(\"{:?}\", crate::worker::run()) }",
            "use crate::worker as w;\npub fn f() { w::run() }",
        ] {
            let found = faults(&[MODEL, ("model/bill.rs", text), worker]);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains("`worker` stands above it"), "{found:?}");
        }
    }

    #[test]
    fn parts_of_one_layer_do_not_know_each_other() {
        let found =
            faults(&[("worker.rs", "pub struct Worker;"), ("check.rs", "use crate::worker::Worker;")]);
        assert!(found[0].starts_with("sync/src/check.rs:1: ") && found[0].contains("beside"), "{found:?}");
    }

    #[test]
    fn a_part_that_has_no_place_is_refused() {
        let found = faults(&[MODEL, BILL, ("attic.rs", "use crate::model::Bill;")]);
        assert!(found[0].contains("has no place in the layers"), "{found:?}");
    }

    #[test]
    fn files_that_import_each_other_are_a_circle_also_within_one_part() {
        let found = faults(&[
            ("model.rs", "mod bill;\nmod line;"),
            ("model/bill.rs", "use super::line::Line;\npub struct Bill(Line);"),
            ("model/line.rs", "use super::bill::Bill;\npub struct Line(Box<Bill>);"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("a circle of 2 files: model::bill → model::line (Line)"), "{found:?}");
    }

    #[test]
    fn what_only_tests_import_is_no_part_of_the_picture() {
        let text = "pub struct Bill;\n#[cfg(test)]\nmod tests {\n    use crate::worker::Worker;\n}";
        assert_eq!(faults(&[MODEL, ("model/bill.rs", text), ("worker.rs", "pub struct Worker;")]), [""; 0]);
        let model = ("model.rs", "#[cfg(test)]\nmod cost;\npub struct Bill;");
        assert_eq!(
            faults(&[
                model,
                ("model/cost.rs", "use crate::worker::Worker;"),
                ("worker.rs", "pub struct Worker;")
            ]),
            [""; 0]
        );
    }
}
