//! `journal check` and `journal move`: whether the journal is whole, and the whole of it from one store into the other.

#[cfg(feature = "postgres")]
use std::path::Path;

#[cfg(feature = "postgres")]
use secrecy::SecretString;

use super::context::{Context, Exit};
use super::open;
use super::values::JsonArgs;
#[cfg(feature = "postgres")]
use crate::config::{Config, Place, StoreUrl};
use crate::lang::told;
use crate::store::{self, Health};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 检查同步台账：文件完整性、单据与读取进度是否自相矛盾；不作改动。
    ///
    /// Looks through file, documents and ledger; changes nothing. Exit code 3 when something is wrong.
    Check(JsonArgs),
    #[cfg(feature = "postgres")]
    /// 在 SQLite 与 PostgreSQL 之间迁移，逐表核对后才生效；原台账不动。
    ///
    /// Copies all of it into an empty store of the other kind, compared table by table; the old one stays.
    Move(MoveArgs),
}

#[cfg(feature = "postgres")]
#[derive(Debug, clap::Args)]
pub(super) struct MoveArgs {
    /// sqlite:PATH、postgres://…，或 env:变量名。
    ///
    /// Where to: sqlite:PATH (relative to the configuration), postgres://…, or env:NAME for an address that holds a
    /// password.
    #[arg(long, value_name = "URL")]
    to: String,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Exit {
    let done = match command {
        Command::Check(args) => check(args.json, context).await,
        #[cfg(feature = "postgres")]
        Command::Move(args) => move_to(&args, context).await,
    };
    done.unwrap_or_else(|exit| exit)
}

async fn check(json: bool, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::configuration(context)?;
    let failed = |error| open::complain(context, &error);
    let about = store::journal_info(&config.store.url).await.map_err(failed)?;
    let failed = |error| open::complain(context, &error);
    let health = store::health(&config).await.map_err(failed)?;
    let is_sound = health.as_ref().is_none_or(Health::is_sound);
    if json {
        context.out.json(&serde_json::json!({
            "journal": about.place,
            "schema": about.schema,
            "known_schema": about.known,
            "sound": is_sound,
            "found": health,
        }));
    } else if let Some(health) = &health {
        context.out.line(told!(
            "同步台账 {}：结构版本 {} · 单据 {}",
            "journal {}: schema {} · documents {}",
            about.place,
            about.schema.unwrap_or_default(),
            health.documents
        ));
        findings(health, context);
    } else {
        context.out.line(told!("同步台账 {}：尚未建立", "journal {}: not made yet", about.place));
    }
    Ok(if is_sound { Exit::Done } else { Exit::NeedsPerson })
}

/// What was found wrong, or that nothing was.
pub(super) fn findings(health: &Health, context: &mut Context) {
    for damage in &health.damage {
        context.out.line(told!("  文件损坏：{damage}", "  damage: {damage}"));
    }
    if !health.damage.is_empty() {
        context.out.line(told!(
            "  → 请用备份恢复：refund-sync restore FILE",
            "  → put a backup back: refund-sync restore FILE"
        ));
    }
    if health.broken > 0 {
        context.out.line(told!(
            "  自相矛盾的单据：{}（{}）",
            "  documents that contradict themselves: {} ({})",
            health.broken,
            health.broken_numbers.join(", ")
        ));
        context.out.line(told!(
            "  → 下次运行会转入待处理：refund-sync parked",
            "  → the next run parks them as `broken`: refund-sync parked"
        ));
    }
    for contradiction in &health.contradictions {
        context.out.line(told!("  读取进度：{contradiction}", "  ledger: {contradiction}"));
    }
    for note in &health.notes {
        context.out.line(told!("  注意：{note}", "  note: {note}"));
    }
    if health.is_sound() {
        context.out.line(told!("检查通过。", "It is whole."));
    }
}

#[cfg(feature = "postgres")]
async fn move_to(args: &MoveArgs, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::configuration(context)?;
    let (to, line) = target(&args.to, context)?;
    let moved = match store::move_journal(&config.store.url, &to).await {
        Ok(moved) => moved,
        Err(error) => return Err(open::complain(context, &error)),
    };
    let change = change(&config, &line, context);
    if args.json {
        let mut json = serde_json::to_value(&moved).unwrap_or_default();
        json["change"] = change.into();
        context.out.json(&json);
        return Ok(Exit::Done);
    }
    for table in &moved.tables {
        context.out.line(format!("{:<10} {:>10}  {}", table.table, table.rows, table.digest));
    }
    context.out.line(told!("已迁移并核对：{} → {}", "moved and compared: {} → {}", moved.from, moved.to));
    context.out.line(
        told!("尚未切换：由配置决定使用哪个台账。启动同步之前，请修改", "Nothing is switched yet: the configuration alone says which journal is worked. Before you start the program, change"),
    );
    context.out.line(format!("  {change}"));
    context.out.line(told!(
        "之后请勿再用原台账；它保持原样，可作备份。",
        "Do not work the old one after that; it stays as it was, a backup."
    ));
    Ok(Exit::Done)
}

/// The journal to move to, and how `[store] url` is written for it.
#[cfg(feature = "postgres")]
fn target(to: &str, context: &mut Context) -> Result<(StoreUrl, String), Exit> {
    let (address, line) = match to.strip_prefix("env:") {
        None if to.contains("://") && !to.starts_with("sqlite") => {
            (to.to_owned(), "url = \"…\" (--to)".to_owned())
        }
        None => (to.to_owned(), format!("url = {to:?}")),
        Some(name) => {
            let Ok(address) = std::env::var(name) else {
                context.out.error(told!(
                    "--to：没有设置环境变量 {name}",
                    "--to: the environment variable {name} is not set"
                ));
                return Err(Exit::Configuration);
            };
            (address, format!("url = {{ env = {name:?} }}"))
        }
    };
    let folder = context.config.parent().unwrap_or(Path::new("")).to_owned();
    match StoreUrl::parse(&SecretString::from(address), &folder) {
        Ok(url) => Ok((url, line)),
        Err(why) => {
            context.out.error(why.told().before("--to：", "--to "));
            Err(Exit::Configuration)
        }
    }
}

/// Which line of the configuration, or which variable, decides, and what to write there.
#[cfg(feature = "postgres")]
fn change(config: &Config, line: &str, context: &Context) -> String {
    match &config.store.url_at {
        Some(Place::Variable { variable }) => format!("${variable}: {line}"),
        Some(place) => format!("{place} [store] {line}"),
        None => format!("{} [store] {line}", context.config.display()),
    }
}
