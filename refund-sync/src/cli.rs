//! The command line: what can be called, and what its exit code says. Each command is a file of `cli`.

#[cfg(feature = "serve")]
mod alert;
#[cfg(feature = "tools")]
mod backfill;
#[cfg(feature = "tools")]
mod backup;
mod check;
mod context;
#[cfg(feature = "console")]
mod decide;
mod demo;
#[cfg(feature = "serve")]
mod demo_page;
#[cfg(feature = "tools")]
mod doctor;
#[cfg(feature = "tools")]
mod fields;
#[cfg(feature = "console")]
mod find;
mod help;
mod holder;
#[cfg(feature = "tools")]
mod import_qeasy;
mod init;
#[cfg(feature = "tools")]
mod journal;
#[cfg(feature = "tools")]
mod live;
mod log;
mod log_files;
#[cfg(feature = "tools")]
mod mapping;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "console")]
mod month;
mod open;
mod output;
mod parked;
#[cfg(feature = "tools")]
mod progress;
#[cfg(feature = "serve")]
mod ready;
#[cfg(feature = "reconcile")]
mod reconcile;
#[cfg(feature = "tools")]
mod restore;
mod retry;
mod run;
#[cfg(feature = "tools")]
mod schema;
#[cfg(feature = "serve")]
mod serve;
#[cfg(all(windows, feature = "serve"))]
mod service;
mod signal;
mod status;
mod table;
mod values;
mod why;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
#[cfg(feature = "tools")]
use clap_complete::Shell;

use context::{Context, Exit};
use log::{Level, LogFormat};
use output::Out;
use values::JsonArgs;

use crate::lang::{Lang, told};

/// 把旺店通已完成的销售退货写入金蝶云星空：不漏单、不重单、分毫不差。
///
/// Writes finished sales returns of 旺店通 into 金蝶云星空: none missed, none doubled, right to the cent.
#[derive(Debug, Parser)]
#[command(name = "refund-sync", version, disable_help_subcommand = true)]
struct Cli {
    /// 配置文件
    ///
    /// The configuration.
    #[arg(short, long, global = true, default_value = "refund-sync.toml", value_name = "FILE")]
    config: PathBuf,
    /// 日志格式
    ///
    /// How log lines are written (to stderr; RUST_LOG chooses which).
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Pretty)]
    log_format: LogFormat,
    /// 日志写入该目录的文件，每天一个，留 31 个
    ///
    /// Log into files of this folder, one a day, 31 are kept.
    #[arg(long, global = true, value_name = "FOLDER")]
    log_dir: Option<PathBuf>,
    /// 输出与日志的语言
    ///
    /// The language of texts and of the log: else REFUND_SYNC_LANG, then LANG, then Chinese. JSON has both.
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    lang: Option<LangWord>,
    #[command(subcommand)]
    command: Command,
}

/// What `--lang` takes: [`lang`] looks for it before anything is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LangWord {
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 演示：在内置模拟器上跑完整流程，无需配置和网络。
    ///
    /// The main job on built-in simulators: no configuration, no network.
    Demo(demo::Args),
    /// 生成带注释的 refund-sync.toml。
    ///
    /// Writes an annotated refund-sync.toml with its tables.
    Init,
    #[cfg(feature = "tools")]
    /// 导入轻易云方案：生成配置、对照表和逐字段的报告。
    ///
    /// Makes a configuration of a 轻易云 scheme, and says what became of each field.
    ImportQeasy(import_qeasy::Args),
    /// 检查配置，一次报告全部问题；--live 还查询两个系统。
    ///
    /// Reports every fault at once; --live asks both systems, too.
    Check(check::Args),
    /// 运行一次。
    ///
    /// One cycle: read what is new, write what is due.
    Run(run::Args),
    #[cfg(feature = "serve")]
    /// 常驻运行：按计划执行，并提供状态页与 /metrics。
    ///
    /// Works by schedule; status page, /metrics, /healthz, /readyz.
    Serve,
    #[cfg(feature = "serve")]
    /// 常驻程序是否就绪，供容器和监控脚本使用。
    ///
    /// Whether `serve` is ready, for containers and scripts: exit code 0 or 1.
    Ready,
    #[cfg(all(windows, feature = "serve"))]
    /// Windows 服务：安装、删除。
    ///
    /// The Windows service: install it, remove it.
    #[command(subcommand)]
    Service(service::Command),
    #[cfg(feature = "tools")]
    /// 补读过去的退换单：先给出计划，再逐日读取，可中断续读。
    ///
    /// Reads a span of the past: a plan first, then day by day.
    Backfill(backfill::Args),
    #[cfg(feature = "reconcile")]
    /// 与金蝶对账：逐单比较编号、数量和金额。
    ///
    /// Compares with 金蝶 by number, quantity and cents. Exit code 3 when they differ.
    Reconcile(reconcile::Args),
    #[cfg(feature = "tools")]
    /// 对照表：导出待填写的编码，查看覆盖率。
    ///
    /// The mapping tables: what they lack, and files to fill it in.
    #[command(subcommand)]
    Mapping(mapping::Command),
    #[cfg(feature = "tools")]
    /// 金蝶单据的全部字段：名称、类型、是否必录、由谁填写。
    ///
    /// Every field of the form in 金蝶, and who fills it.
    Fields(fields::Args),
    #[cfg(feature = "serve")]
    /// 报警：测试能否送达。
    ///
    /// Alerts: whether they arrive.
    #[command(subcommand)]
    Alert(alert::Command),
    #[cfg(feature = "mcp")]
    /// 供 AI 助手查询：MCP 服务（标准输入输出），只读，不需要密钥。
    ///
    /// Answers an assistant over MCP (stdio): only reads, needs no secret.
    Mcp,
    /// 当前状态。
    ///
    /// Where every pipeline stands.
    Status(JsonArgs),
    /// 一张退换单的来龙去脉。
    ///
    /// The whole life of one return.
    Why(why::Args),
    #[cfg(feature = "console")]
    /// 按任何单号查退换单。
    ///
    /// Finds returns by any of their numbers.
    Find(find::Args),
    /// 需要人工处理的退换单。
    ///
    /// Returns that wait for a person. Exit code 3 while there are any.
    Parked(JsonArgs),
    /// 处理后重试。
    ///
    /// Tries parked returns again.
    Retry(retry::Args),
    #[cfg(feature = "console")]
    /// 月结：各店铺本月写入、处理中、待处理、已决定多少，能否关账；--close 关账。
    ///
    /// What of a month is written and open, by shop; --close closes it.
    Month(month::Args),
    #[cfg(feature = "console")]
    /// 人工决定一张待处理的退换单：按实收或申请数量、改日期、已手工入账、不入账、撤销。
    ///
    /// Decides about one parked return.
    Decide(decide::Args),
    #[cfg(feature = "tools")]
    /// 备份同步台账到一个新文件；同步照常进行。
    ///
    /// Copies the journal into a new file, while it is worked.
    Backup(backup::Args),
    #[cfg(feature = "tools")]
    /// 用备份恢复同步台账；原台账保留在旁边。
    ///
    /// Puts a backup in the journal's place; what was there stays beside it.
    Restore(restore::Args),
    #[cfg(feature = "tools")]
    /// 同步台账：检查、在 SQLite 与 PostgreSQL 之间迁移。
    ///
    /// The journal: whether it is whole; moving it between SQLite and PostgreSQL.
    #[command(subcommand)]
    Journal(journal::Command),
    #[cfg(feature = "tools")]
    /// 体检：版本、配置、同步台账、连通、时钟、限流，一屏看完，不含密钥。
    ///
    /// All that a support request needs, without secrets.
    Doctor(doctor::Args),
    #[cfg(feature = "tools")]
    /// 输出配置文件的 JSON Schema，供编辑器提示和检查。
    ///
    /// Writes the JSON Schema of the configuration, for editors.
    Schema,
    #[cfg(feature = "tools")]
    /// 生成手册页。
    ///
    /// Writes man pages into a folder.
    #[command(hide = true)]
    Man {
        /// 写入哪个文件夹。
        ///
        /// Where to.
        folder: PathBuf,
    },
    #[cfg(feature = "tools")]
    /// 生成命令补全脚本。
    ///
    /// Writes a completion script.
    Completions {
        /// 哪种命令行。
        ///
        /// For which shell.
        shell: Shell,
    },
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let lang = lang();
    lang.choose();
    let cli = match parse(lang) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let mut context = Context { config: cli.config, out: Out::standard() };
    if let Err(error) = log::init(cli.log_format, level(&cli.command), cli.log_dir.as_deref()) {
        let folder = cli.log_dir.unwrap_or_default();
        let folder = folder.display();
        context.out.error(told!(
            "--log-dir {folder}：无法写入日志：{}",
            "--log-dir {folder}: no log can be written: {}",
            crate::lang::why(&error)
        ));
        return ExitCode::from(Exit::Configuration.code());
    }
    if cli.log_dir.is_some() {
        context.out.log_complaints();
    }
    #[cfg(all(windows, feature = "serve"))]
    if let Command::Service(command) = cli.command {
        let serve: service::Work = |context| work(Command::Serve, context);
        return ExitCode::from(service::main(&command, cli.log_dir, context, serve).code());
    }
    ExitCode::from(work(cli.command, &mut context).code())
}

/// Which language this process speaks: it must be known before what is called is, since that may be wrong.
fn lang() -> Lang {
    let variable = |name: &str| std::env::var(name).ok();
    let environment =
        || Lang::of_environment(variable("REFUND_SYNC_LANG").as_deref(), variable("LANG").as_deref());
    let mut args = std::env::args_os().skip(1).take_while(|arg| arg != "--");
    let chosen = args.find_map(|arg| match arg.to_str()? {
        "--lang" => Some(None),
        arg => arg.strip_prefix("--lang=").map(|word| Some(word.to_owned())),
    });
    let chosen = chosen.and_then(|word| word.or_else(|| args.next()?.into_string().ok()));
    chosen.as_deref().and_then(Lang::parse).unwrap_or_else(environment)
}

/// What is called; or why nothing is, said, with the exit code of that.
fn parse(lang: Lang) -> Result<Cli, ExitCode> {
    // Lines are parted here: clap counts a Chinese character as one column, and parts at blanks only.
    let mut command = help::speaks(Cli::command(), lang).term_width(0);
    let parsed = command
        .try_get_matches_from_mut(std::env::args_os())
        .and_then(|matches| Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command)));
    parsed.map_err(|error| {
        match (help::fault(&error).filter(|_| lang == Lang::Chinese), error.kind()) {
            (Some(text), _) => Out::standard().errors(text),
            (None, ErrorKind::DisplayHelp) => Out::standard().page(&error.to_string()),
            (None, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) => {
                Out::standard().page_of_complaint(&error.to_string());
            }
            // Nobody is left to be told.
            _ => drop(error.print()),
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// Carries a command out, on threads of its own.
fn work(command: Command, context: &mut Context) -> Exit {
    let runtime = match runtime(&command).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            context.out.error(told!(
                "程序无法启动：{}",
                "the runtime does not start: {}",
                crate::lang::why(&error)
            ));
            return Exit::Failed;
        }
    };
    let exit = runtime.block_on(dispatch(command, context));
    // A blocking call that hangs must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(2));
    exit
}

/// Whoever does one job and ends needs no thread for each core: the journal's work is done beside it anyway, and waking
/// other threads costs more than they do.
fn runtime(command: &Command) -> tokio::runtime::Builder {
    match command {
        #[cfg(feature = "serve")]
        Command::Serve => tokio::runtime::Builder::new_multi_thread(),
        Command::Demo(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    }
}

/// What a command logs unless told otherwise.
fn level(command: &Command) -> Level {
    match command {
        Command::Run(_) | Command::Retry(_) => Level::Work,
        #[cfg(feature = "serve")]
        Command::Serve => Level::Work,
        #[cfg(all(windows, feature = "serve"))]
        Command::Service(_) => Level::Work,
        #[cfg(feature = "reconcile")]
        Command::Reconcile(_) => Level::Work,
        Command::Demo(_) => Level::Demo,
        _ => Level::Warnings,
    }
}

async fn dispatch(command: Command, context: &mut Context) -> Exit {
    match command {
        Command::Demo(args) => demo::run(args, context).await,
        Command::Init => init::run(context),
        #[cfg(feature = "tools")]
        Command::ImportQeasy(args) => import_qeasy::run(&args, context),
        Command::Check(args) => check::run(&args, context).await,
        Command::Run(args) => run::run(args, context).await,
        #[cfg(feature = "serve")]
        Command::Serve => serve::run(context).await,
        #[cfg(feature = "serve")]
        Command::Ready => ready::run(context).await,
        // Taken care of before anything waits.
        #[cfg(all(windows, feature = "serve"))]
        Command::Service(_) => Exit::Failed,
        #[cfg(feature = "tools")]
        Command::Backfill(args) => backfill::run(args, context).await,
        #[cfg(feature = "reconcile")]
        Command::Reconcile(args) => reconcile::run(args, context).await,
        #[cfg(feature = "tools")]
        Command::Mapping(command) => mapping::run(command, context).await,
        #[cfg(feature = "tools")]
        Command::Fields(args) => fields::run(&args, context).await,
        #[cfg(feature = "serve")]
        Command::Alert(command) => alert::run(command, context).await,
        #[cfg(feature = "mcp")]
        Command::Mcp => mcp::run(context).await,
        Command::Status(args) => status::run(args.json, context).await,
        Command::Why(args) => why::run(args, context).await,
        #[cfg(feature = "console")]
        Command::Find(args) => find::run(args, context).await,
        Command::Parked(args) => parked::run(args.json, context).await,
        Command::Retry(args) => retry::run(args, context).await,
        #[cfg(feature = "console")]
        Command::Month(args) => month::run(args, context).await,
        #[cfg(feature = "console")]
        Command::Decide(args) => decide::run(args, context).await,
        #[cfg(feature = "tools")]
        Command::Backup(args) => backup::run(&args, context).await,
        #[cfg(feature = "tools")]
        Command::Restore(args) => restore::run(&args, context).await,
        #[cfg(feature = "tools")]
        Command::Journal(command) => journal::run(command, context).await,
        #[cfg(feature = "tools")]
        Command::Doctor(args) => doctor::run(&args, context).await,
        #[cfg(feature = "tools")]
        Command::Schema => schema::run(context),
        #[cfg(feature = "tools")]
        Command::Man { folder } => match clap_mangen::generate_to(help::manual(Cli::command()), &folder) {
            Ok(()) => Exit::Done,
            Err(error) => {
                let folder = folder.display();
                open::failed(
                    context,
                    told!("无法写入 {folder}：{}", "cannot write {folder}: {}", crate::lang::why(&error)),
                )
            }
        },
        #[cfg(feature = "tools")]
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(
                shell,
                &mut help::speaks(Cli::command(), Lang::chosen()),
                "refund-sync",
                &mut text,
            );
            context.out.raw(&text);
            Exit::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
