//! `import-qeasy`: a scheme of 轻易云 becomes a configuration with its tables and a report. Nothing that is there is written
//! over. The bills of both beside each other are `import_qeasy::comparison`'s.

mod comparison;
mod reading;
mod trial;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::context::{Context, Exit};
use crate::clock::{Clock, shanghai};
use crate::files;
use crate::lang::{Lang, told, why};
use crate::qeasy::{self, CONFIG, Import, REPORT, Scheme};
use reading::{MOST_SHOWN, cannot_try, complain, read};
use trial::settle;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 源平台的元数据（JSON）。
    ///
    /// The metadata of the source.
    #[arg(value_name = "SOURCE.json")]
    source: PathBuf,
    /// 目标平台的元数据；两份在同一个文件里时不写。
    ///
    /// The metadata of the target; left out where one file holds both.
    #[arg(value_name = "TARGET.json")]
    target: Option<PathBuf>,
    /// 写入哪个文件夹，已有的文件不会改动。
    ///
    /// The folder to write to; nothing in it is written over.
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    out: PathBuf,
    /// 不写文件，逐字段比较两边的单据。
    ///
    /// Writes no file: compares the bills of both, field by field, for these returns.
    #[arg(long, value_name = "REFUNDS.json")]
    compare: Option<PathBuf>,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long, requires = "compare")]
    json: bool,
}

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

/// Writes every file, or none where one of them is there already.
fn write_all(import: &Import, out: &Path, context: &mut Context) -> Result<Exit, Exit> {
    let written = qeasy::files(import);
    let there: Vec<_> =
        written.iter().map(|file| out.join(&file.path)).filter(|path| path.exists()).collect();
    if !there.is_empty() {
        for path in there {
            context.out.error(told!("{} 已存在，未改动", "{} exists and is left as it is", path.display()));
        }
        context.out.error(told!(
            "什么都没有写；请用 --out 指定其它文件夹",
            "Nothing was written: name another folder with --out"
        ));
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
            context.out.error(told!("无法写入 {}：{}", "cannot write {}: {}", path.display(), why(&error)));
            return Err(Exit::Failed);
        }
        context.out.line(told!("已生成 {}", "wrote {}", path.display()));
    }
    tell(import, Lang::chosen(), out, context);
    Ok(Exit::Done)
}

fn tell(import: &Import, lang: Lang, out: &Path, context: &mut Context) {
    if !import.faults.is_empty() {
        context.out.line(told!("方案本身的问题：", "Faults of the scheme itself:"));
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
    context.out.line(told!(
        "每个字段的去向见 {report}。下一步：填好标有“填写”的行和对照表，再运行 refund-sync --config {config} check",
        "What became of each field is in {report}. Next: fill in the lines that say so and the tables, then run refund-sync --config {config} check"
    ));
}
