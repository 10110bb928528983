//! `mapping`: the tables beside the returns of the journal. What they lack, and files to fill it in. Reads only.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::{Context, Exit};
use super::open;
use crate::check::coverage::{Coverage, Kind, TableReport, TableUse, Why};
use crate::clock::Clock;
use crate::config::{Config, Pipeline};
use crate::files;
use crate::lang::{Text, told, why};
use crate::source::Names;
use crate::store::{Store, StoreError};
use crate::worker::{KeptPace, clients_beside};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 导出待填写的对照表（CSV 或 Excel，未对照的排在最前）。
    ///
    /// Writes the tables to be filled in, what is missing first.
    Export {
        /// 写入哪个文件夹
        ///
        /// The folder to write to; nothing in it is written over.
        #[arg(long, default_value = "mapping-export", value_name = "DIR")]
        folder: PathBuf,
        /// 向旺店通查询店铺和仓库的名称。
        ///
        /// Asks 旺店通 what shops and warehouses are called.
        #[arg(long)]
        names: bool,
        /// 导出为 Excel 工作簿（.xlsx）。
        ///
        /// Writes workbooks (.xlsx): a number stays the text it is.
        #[cfg(feature = "xlsx")]
        #[arg(long)]
        xlsx: bool,
    },
    /// 对照表覆盖了多少退换单，还缺哪些编码。
    ///
    /// How much of the journal the tables cover. Exit code 3 when something is missing.
    Coverage {
        /// 输出 JSON。
        ///
        /// Writes JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Documents read at a time.
const CHUNK: usize = 500;
/// How many missing numbers of a table are shown; `--json` has them all.
const MOST_SHOWN: usize = 20;

pub(super) async fn run(command: Command, context: &mut Context) -> Exit {
    let done = match command {
        #[cfg(feature = "xlsx")]
        Command::Export { folder, names, xlsx } => {
            let kind = if xlsx { Kind::Workbook } else { Kind::Csv };
            export(kind, &folder, names, context).await
        }
        #[cfg(not(feature = "xlsx"))]
        Command::Export { folder, names } => export(Kind::Csv, &folder, names, context).await,
        Command::Coverage { json } => coverage(json, context).await,
    };
    done.unwrap_or_else(|exit| exit)
}

/// What the journal's returns ask of the tables, by pipeline.
async fn counted<'a>(
    config: &'a Config,
    context: &mut Context,
) -> Result<Vec<(&'a Pipeline, Coverage<'a>)>, Exit> {
    let store = open::to_read(context).await?;
    let mut counted = Vec::new();
    for pipeline in &config.pipelines {
        let mut coverage = Coverage::new(&pipeline.mapping);
        if let Some(store) = &store {
            count(store.as_ref(), pipeline, &mut coverage)
                .await
                .map_err(|error| open::complain(context, &error))?;
        }
        counted.push((pipeline, coverage));
    }
    if counted.iter().all(|(_, coverage)| coverage.returns() == 0) {
        context.out.error(told!(
            "同步台账里还没有退换单，请先运行 refund-sync run",
            "No return was journalled yet. First: refund-sync run"
        ));
    }
    Ok(counted)
}

async fn count(
    store: &dyn Store,
    pipeline: &Pipeline,
    coverage: &mut Coverage<'_>,
) -> Result<(), StoreError> {
    let Some(row) = store.known_pipeline(&pipeline.name).await? else { return Ok(()) };
    let mut after = 0;
    loop {
        let documents = store.returns(row.id, after, CHUNK).await?;
        let Some(last) = documents.last() else { return Ok(()) };
        after = last.id;
        for document in &documents {
            if let Some(refund) = document.refund() {
                coverage.take(refund, document.date);
            }
        }
    }
}

async fn coverage(json: bool, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::to_read_alone(context)?;
    let counted = counted(&config, context).await?;
    let mut exit = Exit::Done;
    let mut answer = Vec::new();
    for (pipeline, coverage) in &counted {
        let tables: Vec<TableReport> = coverage.tables().iter().map(TableUse::report).collect();
        if tables.iter().any(|table| !table.missing.is_empty()) {
            exit = Exit::NeedsPerson;
        }
        if !json {
            context.out.line(told!(
                "{}：全部编码已对照的退换单 {} / {}",
                "{}: returns whose numbers are all known: {} / {}",
                pipeline.name,
                coverage.covered_returns(),
                coverage.returns()
            ));
            for table in &tables {
                tell(table, context);
            }
        }
        answer.push(serde_json::json!({
            "pipeline": pipeline.name,
            "returns": coverage.returns(),
            "covered_returns": coverage.covered_returns(),
            "tables": tables,
        }));
    }
    if json {
        context.out.json(&serde_json::json!({ "pipelines": answer }));
    } else if exit == Exit::NeedsPerson {
        context.out.line(told!(
            "补齐对照表：refund-sync mapping export",
            "To fill the tables in: refund-sync mapping export"
        ));
    }
    Ok(exit)
}

fn tell(table: &TableReport, context: &mut Context) {
    let TableReport { table: name, origin, field, numbers, covered_numbers, asked, answered, .. } = table;
    context.out.line(told!(
        "  {name}（{origin}）← {field}：编码 {covered_numbers} / {numbers} · 查找 {answered} / {asked}",
        "  {name} ({origin}) ← {field}: numbers {covered_numbers} / {numbers} · look-ups {answered} / {asked}"
    ));
    for missing in table.missing.iter().take(MOST_SHOWN) {
        let why = match missing.why {
            Why::Unknown if missing.nearest.is_empty() => told!("无此编码", "not in the table"),
            Why::Unknown => {
                told!("无此编码，相近：{}", "not in the table; nearest: {}", missing.nearest.join(", "))
            }
            Why::OutOfValidity => {
                told!("{} … {} 不在有效期内", "not valid on {} … {}", missing.first, missing.last)
            }
            Why::NoNumber => {
                told!("退换单未填此编码，请在旺店通补填", "the return has no number: fill it in in 旺店通")
            }
        };
        let key = if missing.key.trim().is_empty() { &told!("（空）", "(empty)") } else { &missing.key };
        context.out.line(told!(
            "    缺 {key}：{} 单 · {why}",
            "    missing {key}: {} returns · {why}",
            missing.returns
        ));
    }
    if let Some(more) = table.missing.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        context.out.line(told!("    … 另有 {more} 个，见 --json", "    … {more} more, see --json"));
    }
}

/// What shops and warehouses are called.
async fn called(pipeline: &Pipeline, context: &mut Context) -> Result<Names, Exit> {
    let clock = Clock::system();
    let pace = match open::to_read(context).await? {
        Some(store) => KeptPace::of(store.as_ref(), &pipeline.name, &clock)
            .await
            .map_err(|error| open::complain(context, &error))?,
        None => KeptPace::default(),
    };
    let (source, _) = clients_beside(pipeline, pace, &clock).map_err(|message| {
        context.out.error(&message);
        Exit::Configuration
    })?;
    source.names().await.map_err(|error| {
        context.out.error(told!(
            "{}：{}。{}",
            "{}: {}. {}",
            pipeline.name,
            Text::from(&error),
            Text::from(error.advice())
        ));
        Exit::Failed
    })
}

async fn export(kind: Kind, folder: &Path, names: bool, context: &mut Context) -> Result<Exit, Exit> {
    // Only who asks 旺店通 needs its secrets.
    let config = if names { open::configuration(context)? } else { open::to_read_alone(context)? };
    let counted = counted(&config, context).await?;
    let now = Clock::system().now();
    for (pipeline, coverage) in &counted {
        // Each pipeline has tables of its own.
        let folder = if counted.len() > 1 { folder.join(&pipeline.name) } else { folder.to_path_buf() };
        let names = if names { Some(called(pipeline, context).await?) } else { None };
        for sheet in coverage.sheets(kind, names.as_ref()) {
            let path = folder.join(&sheet.file);
            let written = fs::create_dir_all(&folder)
                .and_then(|()| files::create_new(&path))
                .and_then(|file| sheet.write(std::io::BufWriter::new(file), now));
            if let Err(error) = &written
                && error.kind() == std::io::ErrorKind::AlreadyExists
            {
                context.out.error(told!(
                    "{} 已存在，没有覆盖。可用 --folder 指定其它文件夹",
                    "{} exists and is left as it is. Name another folder with --folder",
                    path.display()
                ));
                return Err(Exit::Failed);
            }
            if let Err(error) = written {
                context.out.error(told!(
                    "无法写入 {}：{}。可用 --folder 指定其它文件夹",
                    "cannot write {}: {}. Name another folder with --folder",
                    path.display(),
                    why(&error)
                ));
                return Err(Exit::Failed);
            }
            context.out.line(told!(
                "{}：共 {} 行，待填 {}",
                "{}: {} rows, {} to fill in",
                path.display(),
                sheet.rows.len(),
                sheet.to_fill
            ));
            for key in &sheet.left_out {
                context.out.error(told!(
                    "{}：没有写入 {key:?}，表格软件会把它当作公式或显示不全，请用文本编辑器添加",
                    "{}: {key:?} is left out, a spreadsheet would take it for a formula or not show all of it: add its row in a text editor",
                    path.display()
                ));
            }
        }
    }
    context.out.line(told!(
        "填好空着的金蝶编码（to 列；Excel 中为“金蝶客户编码”等列）后放到配置所指的位置，再运行 refund-sync check",
        "When filled in, put them where the configuration says, then: refund-sync check"
    ));
    Ok(Exit::Done)
}
