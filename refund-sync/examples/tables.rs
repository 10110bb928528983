//! Prints the tables of causes and flags that the manuals show, as JSON by table and language: `cargo xtask codegen` puts
//! them there.

use refund_sync::lang::{Lang, Text};
use refund_sync::model::{Cause, FlagKind};
use serde_json::json;

fn main() {
    let tables = json!({
        "causes": in_both(causes),
        "flags": in_both(flags),
    });
    anstream::println!("{tables}");
}

fn in_both(table: fn(Lang) -> String) -> serde_json::Value {
    json!({ "zh": table(Lang::Chinese), "en": table(Lang::English) })
}

/// `↻` marks what is tried again by itself.
fn causes(lang: Lang) -> String {
    let head =
        lang.of("| `cause` | 意思 | 怎么办 |\n|---|---|---|\n", "| `cause` | means | do |\n|---|---|---|\n");
    let rows = Cause::ALL.iter().map(|cause| {
        let mark = if cause.comes_back() { " ↻" } else { "" };
        let (meaning, remedy) = (cell(&cause.meaning(), lang), cell(&cause.remedy(), lang));
        format!("| `{cause}`{mark} | {meaning} | {remedy} |\n")
    });
    head.to_owned() + &rows.collect::<String>()
}

fn flags(lang: Lang) -> String {
    let head = lang.of("| `flag` | 意思 |\n|---|---|\n", "| `flag` | means |\n|---|---|\n");
    let rows = FlagKind::ALL.iter().map(|flag| format!("| `{flag}` | {} |\n", cell(&flag.meaning(), lang)));
    head.to_owned() + &rows.collect::<String>()
}

fn cell(text: &Text, lang: Lang) -> String {
    text.get(lang).replace('|', "\\|")
}
