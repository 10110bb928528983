//! What became of a scheme, for people: Chinese first, then the same in English.

use std::fmt::Write as _;

use super::carry::{Carry, Import, Outcome, Section};
use crate::lang::Lang;
use crate::text::shown;

/// The whole report.
pub(super) fn markdown(import: &Import) -> String {
    let mut text = String::new();
    for lang in [Lang::Chinese, Lang::English] {
        one(import, lang, &mut text);
    }
    text
}

/// What the report says in a few lines, in one language.
pub fn summary(import: &Import, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    let count = |outcome: Outcome| format!("{} {}", outcome.title().get(lang), import.count(outcome));
    lines.push(Outcome::ALL.map(count).join(" · "));
    let cannot = import.carries.iter().filter(|carry| carry.outcome == Outcome::Cannot);
    lines.extend(cannot.map(|carry| format!("  {}", told(carry, lang))));
    for (path, table) in &import.draft.tables {
        let columns = std::iter::once("from").chain(table.columns.iter().map(String::as_str));
        let columns = columns.collect::<Vec<_>>().join(",");
        lines.push(match lang {
            Lang::Chinese => {
                format!("  对照表 {path}：按 {}，列 {columns}，已有 {} 行", table.by, table.rows.len())
            }
            Lang::English => {
                format!("  table {path}: by {}, columns {columns}, {} rows known", table.by, table.rows.len())
            }
        });
    }
    lines
}

/// One field in one line.
pub fn told(carry: &Carry, lang: Lang) -> String {
    let mut line = format!("{} ({}:{})", carry.path(), carry.file, carry.line);
    if !carry.label.is_empty() && carry.label != carry.name {
        let _ = write!(line, " {}", carry.label);
    }
    if !carry.value.is_empty() {
        let _ = write!(line, " `{}`", carry.value.replace('`', "'"));
    }
    if !carry.setting.is_empty() {
        let _ = write!(line, " → {}", carry.setting);
    }
    if !carry.why.get(lang).is_empty() {
        let colon = lang.of("：", ": ");
        let _ = write!(line, "{colon}{}", carry.why.get(lang));
    }
    shown(&line).into_owned()
}

fn one(import: &Import, lang: Lang, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# {}\n", lang.of("轻易云方案的导入报告", "Import of a 轻易云 scheme"));
    let (source, target) = (&import.scheme.source, &import.scheme.target);
    let _ = writeln!(text, "- {}: `{}` ({})", lang.of("源平台", "source"), source.api, source.file);
    let _ = writeln!(text, "- {}: `{}` ({})\n", lang.of("目标平台", "target"), target.api, target.file);
    if !import.faults.is_empty() {
        let _ = writeln!(text, "## {}\n", lang.of("方案本身的问题", "Faults of the scheme itself"));
        for fault in &import.faults {
            let (message, fix) = (fault.message.get(lang), fault.fix.get(lang));
            let _ = writeln!(text, "- {}: {} → {}", fault.place(), shown(message), shown(fix));
        }
        text.push('\n');
    }
    for outcome in [Outcome::Cannot, Outcome::Table, Outcome::Replaced, Outcome::Carried] {
        let carries: Vec<_> = import.carries.iter().filter(|carry| carry.outcome == outcome).collect();
        if carries.is_empty() {
            continue;
        }
        let _ = writeln!(text, "## {} ({})\n", outcome.title().get(lang), carries.len());
        for section in [Section::Source, Section::Options, Section::Head, Section::Finance, Section::Line] {
            for carry in carries.iter().filter(|carry| carry.section == section) {
                let _ = writeln!(text, "- {}", told(carry, lang));
            }
        }
        text.push('\n');
    }
    if !import.draft.tables.is_empty() {
        let _ = writeln!(text, "## {}\n", lang.of("要填写的对照表", "Tables to fill in"));
        for (path, table) in &import.draft.tables {
            let _ = writeln!(text, "- `{path}`: from = {}", table.by);
            for (column, about) in table.columns.iter().zip(&table.about) {
                let _ = writeln!(text, "  - {column}: {}", shown(about.get(lang)));
            }
        }
        text.push('\n');
    }
    let next = lang.of(
        "1. 填写 `refund-sync.toml` 中标有“填写”的行和上面的对照表，设好环境变量 WDT_APP_SECRET、KINGDEE_APP_SECRET；\n\
         2. `refund-sync check`，`refund-sync check --live`；\n\
         3. 用最近的退换单比较两边的单据：`refund-sync import-qeasy … --compare refunds.json`；\n\
         4. `refund-sync run --dry-run`；停用轻易云方案后 `refund-sync serve`。\n",
        "1. Fill in the lines of `refund-sync.toml` that say \"fill in\" and the tables above, and set WDT_APP_SECRET and KINGDEE_APP_SECRET in the environment;\n\
         2. `refund-sync check`, `refund-sync check --live`;\n\
         3. compare the bills of both for some returns: `refund-sync import-qeasy … --compare refunds.json`;\n\
         4. `refund-sync run --dry-run`; switch the scheme of 轻易云 off, then `refund-sync serve`.\n",
    );
    let _ = writeln!(text, "## {}\n\n{next}", lang.of("下一步", "Next"));
}
