//! The files that an import comes to: the configuration, its tables, the report. Text only; who writes them is `cli`.

use std::fmt::Write as _;

use super::carry::Import;
use super::draft::{Key, Keys, Skeleton, bare_or_quoted};
use super::report;
use crate::spreadsheet::{csv_for_people, is_formula};
use crate::text::shown;

/// One file, by its path below the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// The configuration.
pub const CONFIG: &str = "refund-sync.toml";
/// What became of each field.
pub const REPORT: &str = "qeasy-report.md";

/// Every file, the configuration first.
pub fn files(import: &Import) -> Vec<Written> {
    let mut files = vec![Written { path: CONFIG.to_owned(), text: config(import) }];
    files.extend(
        import
            .draft
            .tables
            .iter()
            .map(|(path, table)| Written { path: path.clone(), text: csv(table, |_| String::new()) }),
    );
    files.push(Written { path: REPORT.to_owned(), text: report::markdown(import) });
    files
}

/// A table as CSV; a cell that is not known is `unknown`'s.
pub(super) fn csv(table: &Skeleton, unknown: impl Fn(&str) -> String) -> String {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = write_csv(table, unknown, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

fn write_csv(table: &Skeleton, unknown: impl Fn(&str) -> String, to: &mut Vec<u8>) -> std::io::Result<()> {
    let mut csv = csv_for_people(to)?;
    csv.write_record(std::iter::once("from").chain(table.columns.iter().map(String::as_str)))?;
    for (from, cells) in &table.rows {
        let cells: Vec<_> = table
            .columns
            .iter()
            .map(|column| cells.get(column).cloned().unwrap_or_else(|| unknown(column)))
            .collect();
        // A spreadsheet would compute such a row; nobody's number begins so.
        if !is_formula(from) && !cells.iter().any(|cell| is_formula(cell)) {
            csv.write_record(std::iter::once(from).chain(&cells))?;
        }
    }
    csv.flush()
}

fn config(import: &Import) -> String {
    let draft = &import.draft;
    let mut text = String::new();
    let files = [&import.scheme.source.file, &import.scheme.target.file].map(|file| shown(file));
    let from = if files[0] == files[1] { files[0].to_string() } else { files.join(", ") };
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "# refund-sync: 由轻易云方案 {from} 生成，每个字段的去向见 {REPORT}。\n\
         # Made from the 轻易云 scheme {from}; what became of each field is in {REPORT}.\n\
         # 标有“填写”的行按实际情况填写，密钥放在环境变量里。Lines that say \"fill in\" are yours; secrets are environment variables.\n\
         # 检查 Check it: refund-sync check\n\n\
         [store]\nurl = \"sqlite:refund-sync.db\"\n\n\
         [[pipeline]]\nname = \"main\"\n\
         start_from = {}   # 填写 fill in: 轻易云停用的时间 when 轻易云 is switched off\n\n\
         [pipeline.wdt]\n\
         sid = \"shop2\"                              # 填写 fill in: 卖家账号\n\
         app_key = \"23000000\"                       # 填写 fill in: 奇门 app key\n\
         app_secret = {{ env = \"WDT_APP_SECRET\" }}\n",
        super::draft::quoted(&draft.start_from),
    );
    keys(&mut text, &draft.wdt);
    text.push_str(
        "\n[pipeline.kingdee]\n\
         base_url = \"https://erp.example.com/k3cloud/\"   # 填写 fill in: 金蝶地址\n\
         acct_id = \"65f0000000000000\"              # 填写 fill in: 账套 (数据中心) id\n\
         username = \"api\"                           # 填写 fill in: 集成用户\n\
         app_id = \"260001_00000000000000000000000000000000\"   # 填写 fill in: 第三方系统登录授权 应用ID\n\
         app_secret = { env = \"KINGDEE_APP_SECRET\" }\n",
    );
    if let Some(org) = draft.mapping.get("sale_org") {
        let _ = writeln!(text, "org_num = {org}");
    }
    keys(&mut text, &draft.kingdee);
    text.push_str("\n[pipeline.mapping]\n");
    keys(&mut text, &draft.mapping);
    for (section, further) in [("head", &draft.head), ("finance", &draft.finance), ("line", &draft.line)] {
        if !further.is_empty() {
            let _ = writeln!(text, "\n[pipeline.mapping.{section}]");
            for key in further {
                line(&mut text, key);
            }
        }
    }
    text
}

fn keys(text: &mut String, keys: &Keys) {
    keys.0.iter().for_each(|key| line(text, key));
}

fn line(text: &mut String, Key { name, value, about }: &Key) {
    let _ = write!(text, "{} = {value}", bare_or_quoted(name));
    if !about.is_empty() {
        let _ = write!(text, "   # {}", shown(about));
    }
    text.push('\n');
}
