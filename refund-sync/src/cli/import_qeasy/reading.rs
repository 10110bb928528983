//! What `import-qeasy` reads: files within bounds; and how it says what is wrong with them.

use std::path::Path;
use std::{fs, io};

use super::super::context::{Context, Exit};
use crate::lang::{Text, told, why};
use crate::qeasy::{Fault, File, LARGEST};

/// Faults of each kind that are shown; the report has them all.
pub(super) const MOST_SHOWN: usize = 50;

pub(super) fn complain(faults: &[Fault], context: &mut Context) -> Exit {
    for fault in faults.iter().take(MOST_SHOWN) {
        context.out.errors(fault.told());
    }
    Exit::Configuration
}

pub(super) fn cannot_try(error: &io::Error, context: &mut Context) -> Exit {
    context.out.error(told!("无法建立临时文件：{}", "no temporary file can be made: {}", why(error)));
    Exit::Failed
}

/// A text file within bounds.
pub(super) fn read(path: &Path) -> Result<File, Box<Fault>> {
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
            why(&error).before("无法读取：", "cannot be read: "),
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
