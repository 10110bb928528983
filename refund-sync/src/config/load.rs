//! Loads a configuration: the file, the environment, one walk over both.
//! Nothing is started and nothing is reached over a network.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use chrono::NaiveDateTime;
use toml::de::DeTable;

use super::Config;
use super::reader::json_schema::Asked;
use super::reader::{Fault, Faults, Notes, Place, Position, Section, Walk, narrowed};
use crate::clock::{Clock, shanghai};
use crate::lang::{Text, both};

/// A configuration without faults.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// What is unwise in it, in the order of the file.
    pub warnings: Vec<Fault>,
    /// What weakens one of the promises, in the order of the file. Somebody may want it so: `check`, `doctor` and `serve`
    /// name it, the others do not.
    pub weak: Vec<Fault>,
    /// What `init` wrote as an example and nobody changed, in the order of the files: `check` names it.
    pub left: Vec<Fault>,
}

/// Loads the configuration at `path`.
///
/// `env` are the environment variables: overrides (`REFUND_SYNC__STORE__URL`, for a pipeline
/// `REFUND_SYNC__PIPELINE__MAIN__WDT__SID` by its name, for an alert `REFUND_SYNC__ALERT__0__URL` by its place)
/// and those that `{ env = "NAME" }` names. Relative paths in the file are relative to the file's folder.
///
/// # Errors
/// Every fault at once, with its place and a fix.
pub fn load(path: &Path, env: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Faults> {
    walk(path, env, false)
}

/// The same for whoever only reads the journal: secrets of other systems need not be there, and are empty then.
///
/// # Errors
/// Every other fault.
pub fn load_to_read(path: &Path, env: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Faults> {
    walk(path, env, true)
}

fn walk(
    path: &Path,
    env: impl IntoIterator<Item = (String, String)>,
    spares_secrets: bool,
) -> Result<Loaded, Faults> {
    let text = read(path)?;
    let env: BTreeMap<String, String> = env.into_iter().collect();
    let document = DeTable::parse(&text).map_err(|error| {
        let position = error.span().map(|span| Position::of(text.as_bytes(), span.start));
        // Only the message: the error's own text quotes the line, which may hold a secret.
        let message = format!("is not TOML: {}", error.message());
        let line = position.and_then(|position| text.lines().nth(position.line - 1)).unwrap_or_default();
        let fix = if message.contains("escape") || holds_a_windows_path(line) {
            Text::new(
                "路径请用 / ，或用单引号: 'C:\\certs\\ca.pem'",
                "write a path with / or in single quotes: 'C:\\certs\\ca.pem'",
            )
        } else if line.contains(['“', '”', '‘', '’', '＂', '＝', '［', '］', '，']) {
            Text::new("引号、等号、括号请用半角: \"…\"", "write quotes, = and brackets half-width: \"…\"")
        } else if line.contains(is_wide) {
            let figures = line.chars().skip_while(|c| !is_wide(*c)).take_while(|c| is_wide(*c));
            let figures = narrowed(&figures.collect::<String>());
            both!("数字请用半角: {figures}", "write figures half-width: {figures}")
        } else {
            Text::new(
                "文本加引号、括号成对、每个键只写一次",
                "quote texts, close brackets, write each key once",
            )
        };
        whole_file(path, position, Text::of("不是有效的 TOML", message), fix)
    })?;
    let mut walk = Walk::new(path, &text, &env, shanghai(Clock::system().now()));
    if spares_secrets {
        walk.spare_secrets();
    }
    let config = Config::read(&Section::root(&walk, document.get_ref()));
    walk.check_keys(every_key);
    walk.check_overrides();
    let (config, Notes { warnings, weak, left }) = walk.finish(config)?;
    Ok(Loaded { config, warnings, weak, left })
}

/// Every section once, so that a walk enters it.
const SKELETON: &str = "[store]\n[server]\n[[server.user]]\n[[pipeline]]\n[pipeline.wdt]\n[pipeline.kingdee]\n[pipeline.mapping]\n[[alert]]\n";

/// Every key that is read, by path.
pub(super) fn every_key() -> Asked {
    let env = BTreeMap::new();
    let walk = Walk::new(Path::new(""), SKELETON, &env, NaiveDateTime::default());
    if let Ok(document) = DeTable::parse(SKELETON) {
        // Much is missing in the skeleton; only what was asked for counts.
        let _ = Config::read(&Section::root(&walk, document.get_ref()));
    }
    walk.asked()
}

fn read(path: &Path) -> Result<String, Faults> {
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let fix = Text::new(
                "用 refund-sync init 生成，或用 --config 指定",
                "refund-sync init writes one; --config names another",
            );
            whole_file(path, None, Text::new("文件不存在", "there is no such file"), fix)
        }
        io::ErrorKind::IsADirectory => {
            let fix = Text::new(
                "请写其中的文件: --config DIR/refund-sync.toml",
                "name the file in it: --config DIR/refund-sync.toml",
            );
            whole_file(path, None, Text::new("是一个目录", "is a directory"), fix)
        }
        kind => {
            let fix = Text::new("请授予当前用户读权限", "make it readable for this user");
            whole_file(path, None, both!("无法读取", "cannot be read: {kind}"), fix)
        }
    })?;
    let other = match bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some((
            Text::new("是 UTF-16 编码", "is in UTF-16"),
            Text::new("请另存为 UTF-8", "save it as UTF-8"),
        )),
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Some((
            Text::new("是 Excel 工作簿，不是配置文件", "is a workbook of Excel, not a configuration"),
            Text::new("请用 --config 指定 refund-sync.toml", "name a refund-sync.toml with --config"),
        )),
        _ => None,
    };
    if let Some((message, fix)) = other {
        return Err(whole_file(path, None, message, fix));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = Position::of(error.as_bytes(), error.utf8_error().valid_up_to());
        let fix = Text::new("请另存为 UTF-8", "save it as UTF-8");
        whole_file(path, Some(at), Text::new("不是 UTF-8 编码（可能是 GBK）", "is not UTF-8 (GBK?)"), fix)
    })
}

fn is_wide(c: char) -> bool {
    matches!(c, '０'..='９')
}

/// `file = "C:\Users…`: within double quotes the bar begins an escape.
fn holds_a_windows_path(line: &str) -> bool {
    line.split('"').skip(1).any(|text| {
        let mut start = text.strip_prefix("sqlite:").unwrap_or(text).chars();
        start.next().is_some_and(|drive| drive.is_ascii_alphabetic()) && start.as_str().starts_with(":\\")
    })
}

/// The one fault of a file that could not be walked.
fn whole_file(path: &Path, position: Option<Position>, message: Text, fix: Text) -> Faults {
    let fault = Fault {
        place: Place::File { path: path.to_owned(), position },
        key: String::new(),
        value: None,
        message,
        fix,
    };
    Faults::new(path, vec![fault])
}
