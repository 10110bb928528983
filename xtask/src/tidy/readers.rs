//! Rules for the documents as a whole: short where everybody begins, the same pages in both languages, no key of the
//! configuration untold, no link to a heading that is not there. Links to files are `docs`' to check.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Fault, SourceFile, docs};

/// What everybody reads first, and its most lines.
const MOST_LINES: [(&str, usize); 3] =
    [("README.md", 150), ("README.zh-CN.md", 150), ("ARCHITECTURE.md", 160)];
/// Each page of one stands in the other under the same name.
const LANGUAGES: [&str; 2] = ["docs/zh/", "docs/en/"];
const SCHEMA: &str = "refund-sync/refund-sync.schema.json";
const SETTINGS: &str = "settings.md";

/// Checks all documents beside each other.
pub(super) fn check(files: &[SourceFile]) -> Vec<Fault> {
    let mut faults = too_long(files);
    faults.extend(out_of_step(files));
    faults.extend(untold_settings(files));
    faults.extend(dead_anchors(files));
    faults
}

fn find<'a>(files: &'a [SourceFile], path: &str) -> Option<&'a SourceFile> {
    files.iter().find(|file| file.path == path)
}

fn too_long(files: &[SourceFile]) -> Vec<Fault> {
    let long = MOST_LINES.iter().filter_map(|(path, most)| {
        let file = find(files, path)?;
        let lines = file.lines().count();
        (lines > *most).then(|| {
            file.fault(
                lines,
                format!("{lines} lines; at most {most}: the rest belongs into a page below docs"),
            )
        })
    });
    long.collect()
}

/// A page without its sister, or with other headings or tables than hers.
fn out_of_step(files: &[SourceFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (mine, hers) in [(LANGUAGES[0], LANGUAGES[1]), (LANGUAGES[1], LANGUAGES[0])] {
        for file in files {
            let Some(name) = file.path.strip_prefix(mine) else { continue };
            let sister = format!("{hers}{name}");
            match find(files, &sister) {
                None => faults.push(file.fault(1, format!("{sister} is missing: write it, side by side"))),
                // Told once, of the second language.
                Some(sister) if mine == LANGUAGES[1] => faults.extend(first_difference(file, sister)),
                Some(_) => {}
            }
        }
    }
    faults
}

/// Where the shape of a page leaves that of its original: the level of a heading, or the rows of a table.
fn first_difference(file: &SourceFile, original: &SourceFile) -> Option<Fault> {
    let (mine, theirs) = (shape(file), shape(original));
    let kinds = |shape: &[(usize, usize)]| shape.iter().map(|(_, kind)| *kind).collect::<Vec<_>>();
    let (one, other) = (kinds(&mine), kinds(&theirs));
    if one == other {
        return None;
    }
    let at = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let line = |shape: &[(usize, usize)], all: &SourceFile| {
        shape.get(at).map_or_else(|| all.lines().count(), |(line, _)| *line)
    };
    let theirs = line(&theirs, original);
    let advice = format!("from here on it has other headings or table rows than {}:{theirs}", original.path);
    Some(file.fault(line(&mine, file), advice))
}

/// Headings by their level and rows of tables (0), each with its line.
fn shape(file: &SourceFile) -> Vec<(usize, usize)> {
    let part = |(number, line): (usize, &str)| {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        (level > 0 || line.starts_with('|')).then_some((number, level))
    };
    outside_code(file).filter_map(part).collect()
}

/// Keys of the configuration that a page of settings does not tell in their section, or with another default.
fn untold_settings(files: &[SourceFile]) -> Vec<Fault> {
    let Some(schema) = find(files, SCHEMA) else { return Vec::new() };
    let Ok(schema) = serde_json::from_str::<Value>(&schema.text) else { return Vec::new() };
    let mut settings = Vec::new();
    gather(&schema, "", &mut settings);
    let pages = LANGUAGES.iter().filter_map(|language| find(files, &format!("{language}{SETTINGS}")));
    pages.flat_map(|page| settings.iter().filter_map(|setting| untold(page, setting))).collect()
}

/// A key below its section, and its default as it is written in the file.
struct Setting {
    section: String,
    key: String,
    default: Option<String>,
}

/// All settings below a node. A section is a node with keys of its own, or a list of such.
fn gather(node: &Value, section: &str, settings: &mut Vec<Setting>) {
    for (key, below) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let below = below.get("items").filter(|items| items.get("properties").is_some()).unwrap_or(below);
        if below.get("properties").is_some() {
            let section = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
            gather(below, &section, settings);
        } else {
            let default = below.get("default").map(Value::to_string);
            settings.push(Setting { section: section.to_owned(), key: key.clone(), default });
        }
    }
}

/// Looks for the row of a setting, `| key | default | … |`, below the heading that names its section.
fn untold(page: &SourceFile, setting: &Setting) -> Option<Fault> {
    let Setting { section, key, default } = setting;
    let heading = format!("[{section}]");
    let in_section = outside_code(page)
        .skip_while(|(_, line)| !(line.starts_with('#') && line.contains(&heading)))
        .enumerate()
        .take_while(|(place, (_, line))| *place == 0 || !line.starts_with('#'))
        .map(|(_, line)| line);
    let mut rows = in_section.filter_map(|(number, line)| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((number, cells.next()?, cells.next()?))
    });
    let Some((number, _, told)) = rows.find(|(_, keys, _)| keys.contains(&format!("`{key}`"))) else {
        return Some(
            page.fault(1, format!("the key `{key}` of {heading} has no row below a heading that names it")),
        );
    };
    let default = default.as_ref().filter(|default| !told.contains(&format!("`{default}`")))?;
    Some(page.fault(number, format!("the default of `{key}` is `{default}`")))
}

/// Links to a heading that the page does not have.
fn dead_anchors(files: &[SourceFile]) -> Vec<Fault> {
    let documents = || files.iter().filter(|file| file.extension() == "md");
    let mut faults = Vec::new();
    for file in documents() {
        for (number, line) in outside_code(file) {
            for (target, anchor) in line.split("](").skip(1).filter_map(anchored) {
                let path = match target {
                    "" => Some(file.path.clone()),
                    target => docs::resolve(file, target),
                };
                let page = path.and_then(|path| documents().find(|page| page.path == path));
                if page.is_some_and(|page| !anchors(page).contains(anchor)) {
                    faults.push(
                        file.fault(number, format!("`{target}#{anchor}` names no heading of that page")),
                    );
                }
            }
        }
    }
    faults
}

/// File and heading of what stands between the brackets, unless it leads elsewhere.
fn anchored(rest: &str) -> Option<(&str, &str)> {
    let (target, anchor) = rest.split(')').next()?.split(' ').next()?.split_once('#')?;
    (!target.contains(':')).then_some((target, anchor))
}

/// What the headings of a page are called in links: GitHub's rule.
fn anchors(file: &SourceFile) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (_, line) in outside_code(file).filter(|(_, line)| line.starts_with('#')) {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut name = anchor.clone();
        let mut again = 0;
        while !all.insert(name) {
            again += 1;
            name = format!("{anchor}-{again}");
        }
    }
    all
}

fn outside_code(file: &SourceFile) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    file.lines().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(path, text)| SourceFile::of(path, text)).collect();
        check(&files).iter().map(|fault| format!("{}:{}", fault.path, fault.line)).collect()
    }

    #[test]
    fn a_first_page_that_grows_too_long_is_found() {
        assert_eq!(places(&[("README.md", &"x\n".repeat(150))]), [""; 0]);
        assert_eq!(places(&[("README.zh-CN.md", &"x\n".repeat(151))]), ["README.zh-CN.md:151"]);
        assert_eq!(places(&[("ARCHITECTURE.md", &"x\n".repeat(161))]), ["ARCHITECTURE.md:161"]);
    }

    #[test]
    fn a_page_in_one_language_only_is_found_from_either_side() {
        assert_eq!(places(&[("docs/zh/a.md", "# x\n")]), ["docs/zh/a.md:1"]);
        assert_eq!(places(&[("docs/en/a.md", "# x\n")]), ["docs/en/a.md:1"]);
        assert_eq!(places(&[("docs/design/a.md", "# x\n")]), [""; 0]);
    }

    #[test]
    fn a_heading_or_a_row_that_one_language_lacks_is_found_where_they_part() {
        let chinese = ("docs/zh/a.md", "# 题\n\n## 一\n\n| a |\n| b |\n\n```\n# code\n```\n");
        assert_eq!(places(&[chinese, ("docs/en/a.md", "# T\n\n## One\n\nmore\n\n| a |\n| b |\n")]), [""; 0]);
        assert_eq!(
            places(&[chinese, ("docs/en/a.md", "# T\n\n### One\n\n| a |\n| b |\n")]),
            ["docs/en/a.md:3"]
        );
        assert_eq!(places(&[chinese, ("docs/en/a.md", "# T\n\n## One\n\n| a |\n")]), ["docs/en/a.md:5"]);
    }

    #[test]
    fn a_setting_that_a_page_tells_nowhere_in_another_section_or_with_another_default_is_found() {
        let schema = r#"{"properties": {
            "pipeline": {"items": {"properties": {"name": {}, "wdt": {"properties": {"lag": {"default": 180}}}}}},
            "store": {"properties": {"url": {"default": "sqlite:a"}}}}}"#;
        let told = |page: &str| {
            let other = "## `[[pipeline]]`\n| `name` | | |\n## `[pipeline.wdt]`\n| `lag` | `180` | |\n\
                         ## `[store]`\n| `url` | `\"sqlite:a\"` | |\n";
            assert_eq!(
                places(&[(SCHEMA, schema), ("docs/en/settings.md", other), ("docs/zh/settings.md", other)]),
                [""; 0]
            );
            let found =
                places(&[(SCHEMA, schema), ("docs/en/settings.md", page), ("docs/zh/settings.md", page)]);
            found.iter().filter(|place| place.starts_with("docs/en")).cloned().collect::<Vec<_>>()
        };
        let pipeline = "## `[[pipeline]]`\n| `name` | none | |\n";
        let store = "## `[store]`\n| `url` | `\"sqlite:a\"` | |\n";
        assert_eq!(
            told(&format!("{pipeline}## `[pipeline.wdt]`\n| `lag` | `60` | |\n{store}")),
            ["docs/en/settings.md:4"]
        );
        assert_eq!(
            told(&format!("{pipeline}| `lag` | `180` | |\n## `[pipeline.wdt]`\n{store}")),
            ["docs/en/settings.md:1"]
        );
        assert_eq!(
            told(&format!("{pipeline}{store}lag of `[pipeline.wdt]`: `lag`, `180`\n")),
            ["docs/en/settings.md:1"]
        );
    }

    #[test]
    fn a_link_to_a_heading_that_is_not_there_is_found() {
        let page = ("docs/a.md", "# 同步台账：备份、搬家\n## `[store]` the journal\n## Twice\n## Twice\n");
        let links = "[a](docs/a.md#同步台账备份搬家) [b](docs/a.md#store-the-journal) [c](docs/a.md#twice-1) [d](#own)\n# Own\n";
        assert_eq!(places(&[page, ("b.md", links)]), [""; 0]);
        assert_eq!(places(&[page, ("b.md", "x\n[a](docs/a.md#gone) [b](#gone)\n")]), ["b.md:2", "b.md:2"]);
        assert_eq!(places(&[page, ("b.md", "[a](https://example.com/#x) [b](gone.rs#x)\n")]), [""; 0]);
    }
}
