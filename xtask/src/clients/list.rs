//! CLIENTS.md: what each client calls, sends and understands, made from runs. No value that differs from run to run may
//! stand in it: two runs of one version make the same text.

use super::{
    catalogue::{ABSENT, Client, System},
    run::{Call, Run},
};

/// Its place in the repository.
pub(super) const FILE: &str = "CLIENTS.md";

/// Where its summary stands, between two marks.
pub(super) const SUMMARY: &str = "TESTING.md";

const BEGIN: &str = "<!-- made by cargo xtask clients -->\n";
const END: &str = "<!-- end -->\n";

/// What a call can come to.
const RESULTS: [&str; 4] = ["works", "refused", "misread", "fails"];

/// The whole file; `sections` in the catalogue's order.
pub(super) fn whole(sections: &[String]) -> String {
    let absent: Vec<_> =
        ABSENT.iter().map(|absent| format!("- **{}**: {}", absent.name, absent.said)).collect();
    format!(
        "# Real clients on the simulators

Made by `cargo xtask clients`; `cargo test -p xtask` fails when a section is not what a run of that client makes of it.
Each client is installed from its registry as it is, at the version named, and driven by a script of ours through its own
calls. *Sent* is what went over the wire: path, names of parameters, layout of the body.

| result | means |
|---|---|
| works | the client understood the answer as it was meant |
| refused | the simulator refused, as the real one would, and the client says so |
| misread | the client takes a right answer for something else: the last column says how |
| fails | the client cannot make the call, or breaks on a right answer: the last column says why |

| client | calls | works | refused | misread | fails |
|---|---|---|---|---|---|
{}

Not to be had, so not run:

{}

{}",
        sections.iter().map(|section| tally(section)).collect::<Vec<_>>().join("\n"),
        absent.join("\n"),
        sections.join("\n")
    )
}

/// How often each result stands in a section.
fn tally(section: &str) -> String {
    let name = section.lines().next().unwrap_or_default().trim_start_matches("## ");
    let count =
        |result: &str| section.lines().filter(|line| line.contains(&format!(" | {result} |"))).count();
    let counts = RESULTS.map(count);
    let [works, refused, misread, fails] = counts;
    format!("| {name} | {} | {works} | {refused} | {misread} | {fails} |", counts.iter().sum::<usize>())
}

/// `file` with the summary of these sections between its marks: each client, each of its calls, under what came of it.
/// `None`: the marks are not there.
pub(super) fn summarised(file: &str, sections: &[String]) -> Option<String> {
    let (before, rest) = file.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let rows: Vec<_> = sections.iter().map(|section| summary(section)).collect();
    let head = format!("| client | {} |\n|---|---|---|---|---|", RESULTS.join(" | "));
    Some(format!("{before}{BEGIN}\n{head}\n{}\n\n{END}{after}", rows.join("\n")))
}

/// The calls of a section, by their results.
fn summary(section: &str) -> String {
    let name = section.lines().next().unwrap_or_default().trim_start_matches("## ");
    let calls = |result: &str| {
        let rows = section.lines().filter(|line| line.contains(&format!(" | {result} |")));
        let names = rows.filter_map(|line| line.trim_start_matches("| ").split(" | ").next());
        names.collect::<Vec<_>>().join("; ")
    };
    format!("| {name} | {} |", RESULTS.map(calls).join(" | ")).replace("|  |", "| |").replace("|  |", "| |")
}

/// A client's section.
pub(super) fn section(client: &Client, run: &Run) -> String {
    let system = match client.system {
        System::Wdt => "旺店通",
        System::Kingdee => "金蝶",
    };
    let rows: String = run.calls.iter().map(row).collect();
    format!(
        "## {} {}\n\n{system}, {}: {}. Driver: [{}]({}).{}\n\n\
        | call | sent | understood | result | what the client itself does wrong |\n|---|---|---|---|---|\n{rows}",
        client.name,
        client.version,
        client.registry,
        client.about,
        client.driver.rsplit('/').next().unwrap_or(client.driver),
        client.driver,
        run.left.as_ref().map(|left| format!(" Left in 金蝶: {left}.")).unwrap_or_default(),
    )
}

/// The section of this client as it stands in the file.
#[cfg(test)]
pub(super) fn kept<'f>(file: &'f str, client: &Client) -> Option<&'f str> {
    let start = file.find(&format!("## {} {}\n", client.name, client.version))?;
    let rest = &file[start..];
    Some(rest.find("\n\n## ").map_or(rest, |end| &rest[..=end]))
}

fn row(call: &Call) -> String {
    let sent: Vec<_> = call.sent.iter().map(|line| format!("`{}`", cell(line))).collect();
    let columns =
        [cell(&call.name), sent.join("<br>"), cell(&call.understood), cell(&call.result), cell(&call.note)];
    // A row of blanks at its end would be white space at the end of a line.
    format!("| {} |\n", columns.join(" | ")).replace("|  |", "| |")
}

/// Text that stays inside its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r', '\t'], " ").trim().to_owned()
}
