//! `init`: writes an annotated configuration and the tables that it names. Never over a file that is there.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::context::{Context, Exit};
use crate::lang::{told, why};
use crate::{config, files};

pub(super) fn run(context: &mut Context) -> Exit {
    let target = context.config.clone();
    let folder = target.parent().unwrap_or_else(|| Path::new("")).to_path_buf();
    let tables = config::templates().map(|table| (folder.join(table.path), table.text));
    if target.exists() {
        context.out.error(told!(
            "{} 已存在，未改动；可用 --config 指定其它文件名",
            "{} exists and is left as it is. Name another with --config",
            target.display()
        ));
        return Exit::Failed;
    }
    for (path, text) in std::iter::once((target.clone(), config::template())).chain(tables) {
        if path.exists() {
            context.out.line(told!("保留 {}", "kept {}", path.display()));
            continue;
        }
        if let Err(error) = write_new(&path, text) {
            context.out.error(told!(
                "无法写入 {}：{}",
                "{} cannot be written: {}",
                path.display(),
                why(&error)
            ));
            return Exit::Failed;
        }
        context.out.line(told!("已生成 {}", "wrote {}", path.display()));
    }
    context.out.lines(told!(
        "\n下一步：填写 {0}，然后依次运行\n  refund-sync --config {0} check\n  refund-sync --config {0} check --live\n  refund-sync --config {0} run --dry-run", "\nNext: fill in {0}, then\n  refund-sync --config {0} check\n  refund-sync --config {0} check --live\n  refund-sync --config {0} run --dry-run",
        target.display()
    ));
    Exit::Done
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    files::create_new(path)?.write_all(text.as_bytes())
}
