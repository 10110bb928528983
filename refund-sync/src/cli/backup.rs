//! `backup`: the journal in a file of its own, while it is worked.

use std::path::PathBuf;

use super::context::{Context, Exit};
use super::{journal, open};
use crate::lang::told;
use crate::store;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 新文件；已存在则拒绝。
    ///
    /// A new file: what is there already is never written over.
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
    let backup = match store::backup(&config, &args.file).await {
        Ok(backup) => backup,
        Err(error) => return open::complain(context, &error),
    };
    if args.json {
        context.out.json(&backup);
    } else {
        context.out.line(told!(
            "已备份：{} · {} 字节 · 单据 {}",
            "backed up: {} · {} bytes · documents {}",
            backup.file.display(),
            backup.bytes,
            backup.health.documents
        ));
        journal::findings(&backup.health, context);
    }
    if backup.health.is_sound() { Exit::Done } else { Exit::NeedsPerson }
}
