//! Rules for the shape of the workspace: four members, no further directory of code, every version written once.
//! Licences, sources and duplicates of dependencies are in `deny.toml`.

use std::collections::BTreeSet;

use toml::{Spanned, de::DeTable, de::DeValue};

use super::{Fault, SourceFile};

const MEMBERS: [&str; 4] = ["wdt-qimen-sdk", "kingdee-k3cloud-sdk", "refund-sync", "xtask"];
/// What is written for the readers of all of them, and another project that tests what is published.
const BESIDE: [&str; 2] = ["docs", "tests"];
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Every top-level directory is a member of the workspace or stands beside them; hidden ones are tools' own.
pub(super) fn check_directories(paths: &BTreeSet<String>) -> Vec<Fault> {
    let top = paths.iter().filter_map(|path| Some((path.split_once('/')?.0, path)));
    let mut strangers: Vec<_> = top
        .filter(|(top, _)| !top.starts_with('.') && !BESIDE.contains(top) && !MEMBERS.contains(top))
        .collect();
    strangers.dedup_by_key(|(top, _)| *top);
    strangers
        .into_iter()
        .map(|(top, path)| Fault {
            path: path.clone(),
            line: 1,
            advice: format!(
                "`{top}` is no member of the workspace; move it into one of {}",
                MEMBERS.join(", ")
            ),
        })
        .collect()
}

/// Checks a `Cargo.toml`: the root's list of members, or the versions of a member.
pub(super) fn check(file: &SourceFile) -> Vec<Fault> {
    match DeTable::parse(&file.text) {
        Err(error) => vec![file.fault(1, format!("not TOML: {}", error.message()))],
        Ok(table) if file.path == "Cargo.toml" => check_members(file, table.get_ref()),
        Ok(table) => check_versions(file, table.get_ref()),
    }
}

fn check_members(file: &SourceFile, manifest: &DeTable<'_>) -> Vec<Fault> {
    let members = manifest.get("workspace").and_then(|workspace| workspace.get_ref().get("members"));
    let named: BTreeSet<_> = members
        .and_then(|members| members.get_ref().as_array())
        .map(|members| members.iter().filter_map(|member| member.get_ref().as_str()).collect())
        .unwrap_or_default();
    if named == BTreeSet::from(MEMBERS) {
        return Vec::new();
    }
    let line = members.map_or(1, |members| line_at(file, members));
    vec![file.fault(
        line,
        format!("the members of the workspace are {}, no more and no fewer", MEMBERS.join(", ")),
    )]
}

fn check_versions(file: &SourceFile, manifest: &DeTable<'_>) -> Vec<Fault> {
    let targets = manifest.get("target").and_then(|target| target.get_ref().as_table());
    let targets =
        targets.into_iter().flat_map(DeTable::values).filter_map(|value| value.get_ref().as_table());
    std::iter::once(manifest)
        .chain(targets)
        .flat_map(|table| DEPENDENCIES.iter().filter_map(|kind| table.get(*kind)?.get_ref().as_table()))
        .flatten()
        .filter(|(_, wanted)| !names_no_version(wanted.get_ref()))
        .map(|(name, wanted)| {
            let name = name.get_ref();
            let advice = format!(
                "`{name}`: write its version in [workspace.dependencies] and `workspace = true` here"
            );
            file.fault(line_at(file, wanted), advice)
        })
        .collect()
}

/// `workspace = true`, or a path inside the repository, and neither a version nor a source beside it.
fn names_no_version(wanted: &DeValue<'_>) -> bool {
    let has = |key| wanted.get(key).is_some();
    (has("workspace") || has("path")) && !has("version") && !has("git")
}

fn line_at<T>(file: &SourceFile, place: &Spanned<T>) -> usize {
    file.text[..place.span().start].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        check(&SourceFile::of(path, text)).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn a_version_in_a_member_is_found_in_every_kind_of_table() {
        let manifest = "[dependencies]\nserde = \"1\"\nurl.workspace = true\n\
                        [dev-dependencies]\nurl = { version = \"2\", features = [] }\n\
                        [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\
                        [build-dependencies.cc]\ngit = \"https://example.com\"\n";
        let found = faults("refund-sync/Cargo.toml", manifest);
        let found: Vec<_> = found.iter().map(|fault| fault.split(": write").next().unwrap()).collect();
        assert_eq!(
            found,
            [
                "refund-sync/Cargo.toml:2: `serde`",
                "refund-sync/Cargo.toml:5: `url`",
                "refund-sync/Cargo.toml:8: `cc`",
                "refund-sync/Cargo.toml:7: `libc`",
            ]
        );
    }

    #[test]
    fn the_workspace_s_versions_and_a_member_s_own_path_are_fine() {
        let manifest =
            "[dependencies]\nurl = { workspace = true, optional = true }\nsdk = { path = \"../sdk\" }\n";
        assert_eq!(faults("refund-sync/Cargo.toml", manifest), [""; 0]);
    }

    #[test]
    fn a_missing_a_fifth_and_no_member_at_all_are_found() {
        let with = |members: &str| faults("Cargo.toml", &format!("[workspace]\nmembers = [{members}]\n"));
        let four = "\"xtask\", \"refund-sync\", \"kingdee-k3cloud-sdk\", \"wdt-qimen-sdk\"";
        assert_eq!(with("\"xtask\"").len(), 1);
        assert!(with(&format!("{four}, \"extra\""))[0].starts_with("Cargo.toml:2: the members"));
        assert_eq!(faults("Cargo.toml", "[package]\n").len(), 1);
        assert_eq!(with(four), [""; 0]);
    }

    #[test]
    fn what_is_not_toml_is_said_so() {
        assert!(faults("xtask/Cargo.toml", "[dependencies\n")[0].contains("not TOML"));
    }

    #[test]
    fn a_fifth_directory_is_found_once_and_documents_and_hidden_ones_are_left_alone() {
        let paths =
            ["README.md", "docs/en/setup.md", "xtask/src/main.rs", ".ci/run", "scripts/a.sh", "scripts/b.sh"];
        let found = check_directories(&paths.map(str::to_owned).into());
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("scripts/a.sh:1: `scripts` is no member"));
    }
}
