//! `restore`: a backup in the journal's place.

use std::path::PathBuf;

use super::context::{Context, Exit};
use super::open;
use crate::lang::told;
use crate::store::{self, StoreError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 备份文件。
    ///
    /// The backup.
    file: PathBuf,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, context: &mut Context) -> Exit {
    let config = match open::configuration(context) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let restored = match store::restore(&config, &args.file).await {
        Ok(restored) => restored,
        Err(StoreError::Damaged { path }) if path == args.file => {
            context.out.error(told!(
                "备份 {} 不是本程序的同步台账，或已损坏。未作任何改动：请换一个备份",
                "the backup {} is not a journal of refund-sync, or it is damaged. Nothing was changed: take another one",
                path.display()
            ));
            return Exit::Failed;
        }
        Err(error) => return open::complain(context, &error),
    };
    if args.json {
        context.out.json(&restored);
        return Exit::Done;
    }
    context.out.line(told!("已恢复：{}", "restored: {}", restored.journal.display()));
    if let Some(kept) = &restored.kept {
        context.out.line(told!("原台账保留为 {}", "what was there stays as: {}", kept.display()));
    }
    context.out.line(told!(
        "可以启动同步：备份之后写入的单据会先到金蝶查询，不会重复。",
        "Start the program: what was written after the backup is looked up in 金蝶 first, nothing is doubled."
    ));
    Exit::Done
}
