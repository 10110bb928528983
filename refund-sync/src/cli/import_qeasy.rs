//! `import-qeasy`: a scheme of 轻易云 becomes a configuration with its tables and a report. Nothing that is there is written
//! over. The bills of both beside each other are `import_qeasy::comparison`'s.

mod comparison;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::context::{Context, Exit};
use super::open;
use crate::clock::{Clock, shanghai};
use crate::config::{self, Faults, Loaded};
use crate::files;
use crate::lang::{Lang, Text};
use crate::qeasy::{self, CONFIG, Fault, File, Import, LARGEST, REPORT, Scheme, Section, Written};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 源平台的元数据（JSON）。The metadata of the source.
    #[arg(value_name = "SOURCE.json")]
    source: PathBuf,
    /// 目标平台的元数据；两份在同一个文件里时不写。The metadata of the target; left out where one file holds both.
    #[arg(value_name = "TARGET.json")]
    target: Option<PathBuf>,
    /// 写入哪个文件夹，已有的文件不会改动。The folder to write to; nothing in it is written over.
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    out: PathBuf,
    /// 不写文件，逐字段比较两边的单据。Writes no file: compares the bills of both, field by field, for these returns.
    #[arg(long, value_name = "REFUNDS.json")]
    compare: Option<PathBuf>,
    /// 输出 JSON。Writes JSON.
    #[arg(long, requires = "compare")]
    json: bool,
}

/// How often further fields that the configuration refuses are taken back.
const MOST_TRIALS: usize = 3;

/// Faults of each kind that are shown; the report has them all.
const MOST_SHOWN: usize = 50;

pub(super) fn run(args: &Args, context: &mut Context) -> Exit {
    imported(args, context).unwrap_or_else(|exit| exit)
}

fn imported(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let paths = [Some(&args.source), args.target.as_ref()];
    let read: Vec<_> = paths.into_iter().flatten().map(|path| read(path)).collect();
    let mut texts = Vec::new();
    let mut faults = Vec::new();
    for file in read {
        match file {
            Ok(file) => texts.push(file),
            Err(fault) => faults.push(*fault),
        }
    }
    if !faults.is_empty() {
        faults.extend(texts.iter().flat_map(Scheme::faults_of));
        return Err(complain(&faults, context));
    }
    let scheme = Scheme::read(&texts).map_err(|faults| complain(&faults, context))?;
    let mut import = Import::of(scheme, shanghai(Clock::system().now()).date());
    settle(&mut import).map_err(|error| cannot_try(&error, context))?;
    match &args.compare {
        Some(path) => comparison::run(&import, path, &args.out, args.json, context),
        None => write_all(&import, &args.out, context),
    }
}

fn complain(faults: &[Fault], context: &mut Context) -> Exit {
    for fault in faults.iter().take(MOST_SHOWN) {
        let told = fault.told();
        context.out.errors(&told.zh);
        context.out.errors(&told.en);
    }
    Exit::Configuration
}

fn cannot_try(error: &io::Error, context: &mut Context) -> Exit {
    context.out.error(&format!("无法建立临时文件 no temporary file can be made: {error}"));
    Exit::Failed
}

/// A text file within bounds.
fn read(path: &Path) -> Result<File, Box<Fault>> {
    let name = path.display().to_string();
    let too_large = || {
        let most = LARGEST >> 20;
        Fault::whole(
            &name,
            Text::of(format!("文件超过 {most} MiB"), format!("the file has more than {most} MiB")),
            Text::new("只导出一个方案的元数据", "export the metadata of one scheme alone"),
        )
    };
    if fs::metadata(path).is_ok_and(|file| file.len() > LARGEST as u64) {
        return Err(Box::new(too_large()));
    }
    let bytes = fs::read(path).map_err(|error| {
        Box::new(Fault::whole(
            &name,
            Text::of(format!("无法读取：{}", error.kind()), format!("cannot be read: {}", error.kind())),
            Text::new("检查路径和读权限", "check the path and the right to read it"),
        ))
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Box::new(Fault::whole(
            &name,
            Text::new(
                "不是 UTF-8 编码（可能是 GBK，或是二进制文件）",
                "is not UTF-8 (GBK, or no text at all?)",
            ),
            Text::new("另存为 UTF-8", "save it as UTF-8"),
        ))
    })?;
    Ok(File { name, text })
}

/// Takes back what the configuration would refuse, so that what is written can be loaded. What is left is noted as a fault.
fn settle(import: &mut Import) -> io::Result<()> {
    let mut left = Vec::new();
    for _ in 0..MOST_TRIALS {
        left.clear();
        let folder = tempfile::tempdir()?;
        let Err(faults) = trial(import, folder.path())? else { break };
        let mut is_changed = false;
        for fault in faults.as_slice() {
            let why = Text::of(
                format!("{}（{}）", fault.message_zh, fault.fix),
                format!("{} ({})", fault.message, fault.fix),
            );
            match further_key(&fault.key) {
                Some((section, name)) => {
                    import.refuse(section, name, &why);
                    is_changed = true;
                }
                None => left.push(Fault::whole(
                    CONFIG,
                    Text::of(
                        format!("{}: {}", fault.key, fault.message_zh),
                        format!("{}: {}", fault.key, fault.message),
                    ),
                    Text::same(fault.fix.clone()),
                )),
            }
        }
        if !is_changed {
            break;
        }
    }
    import.faults.append(&mut left);
    Ok(())
}

/// The further field that a fault of the configuration is about.
fn further_key(key: &str) -> Option<(Section, &str)> {
    let (_, rest) = key.split_once(".mapping.")?;
    let (section, rest) = rest.split_once('.')?;
    let section = match section {
        "head" => Section::Head,
        "finance" => Section::Finance,
        "line" => Section::Line,
        _ => return None,
    };
    Some((section, rest.split('.').next().unwrap_or(rest)))
}

/// Loads what would be written, in a folder that is thrown away, as if the secrets were there.
fn trial(import: &Import, folder: &Path) -> io::Result<Result<Loaded, Faults>> {
    for Written { path, text } in qeasy::files(import) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        files::create_new(&path)?.write_all(text.as_bytes())?;
    }
    Ok(config::load(&folder.join(CONFIG), with_secrets(BTreeMap::new())))
}

/// An environment in which the secrets of an imported configuration are set, whatever they are.
fn with_secrets(mut environment: BTreeMap<String, String>) -> BTreeMap<String, String> {
    for name in ["WDT_APP_SECRET", "KINGDEE_APP_SECRET", "KINGDEE_PASSWORD"] {
        environment.entry(name.to_owned()).or_insert_with(|| "not needed here".to_owned());
    }
    environment
}

/// Writes every file, or none where one of them is there already.
fn write_all(import: &Import, out: &Path, context: &mut Context) -> Result<Exit, Exit> {
    let written = qeasy::files(import);
    let there: Vec<_> =
        written.iter().map(|file| out.join(&file.path)).filter(|path| path.exists()).collect();
    if !there.is_empty() {
        for path in there {
            context.out.error(&format!("{} 已存在，未改动", path.display()));
            context.out.error(&format!("{} exists and is left as it is", path.display()));
        }
        context.out.error("什么都没有写；用 --out 指定其它文件夹");
        context.out.error("Nothing was written; name another folder with --out");
        return Err(Exit::Failed);
    }
    for file in &written {
        let path = out.join(&file.path);
        let done = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| files::create_new(&path))
            .and_then(|mut to| to.write_all(file.text.as_bytes()));
        if let Err(error) = done {
            context.out.error(&format!("{}: 无法写入 cannot be written: {error}", path.display()));
            return Err(Exit::Failed);
        }
        context.out.line(format!("wrote 已生成 {}", path.display()));
    }
    for lang in [Lang::Chinese, Lang::English] {
        tell(import, lang, out, context);
    }
    Ok(Exit::Done)
}

fn tell(import: &Import, lang: Lang, out: &Path, context: &mut Context) {
    if !import.faults.is_empty() {
        context.out.line(lang.of("方案本身的问题：", "Faults of the scheme itself:"));
    }
    for fault in import.faults.iter().take(MOST_SHOWN) {
        let (message, fix) = (fault.message.get(lang), fault.fix.get(lang));
        context.out.line(format!("  {}: {message} → {fix}", fault.place()));
    }
    for line in qeasy::summary(import, lang).iter().take(MOST_SHOWN) {
        context.out.line(line);
    }
    let (config, report) = (out.join(CONFIG), out.join(REPORT));
    let (config, report) = (config.display(), report.display());
    context.out.line(match lang {
        Lang::Chinese => format!(
            "每个字段的去向见 {report}。下一步：填好标有“填写”的行和对照表，再运行 refund-sync --config {config} check"
        ),
        Lang::English => format!(
            "What became of each field is in {report}. Next: fill in the lines that say so and the tables, then run refund-sync --config {config} check"
        ),
    });
}

/// The configuration that a person filled in, if it is there, as if its secrets were.
fn filled_in(out: &Path) -> Option<Result<Loaded, Faults>> {
    let path = out.join(CONFIG);
    path.exists().then(|| config::load(&path, with_secrets(open::environment().collect())))
}
