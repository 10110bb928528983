//! Why a file that a configuration names cannot be read, in words that people use. Reading it is each key's own.

use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::lang::{Text, why};

/// What the system says of a file, in both languages.
pub(in crate::config) fn unreadable(path: &Path, error: &Error) -> Text {
    let why = match error.kind() {
        ErrorKind::NotFound => Text::new("无法读取：文件不存在", "cannot be read: there is no such file"),
        ErrorKind::PermissionDenied => {
            Text::new("无法读取：当前用户没有读权限", "cannot be read: this user may not")
        }
        ErrorKind::IsADirectory => Text::new("无法读取：是文件夹", "cannot be read: it is a folder"),
        _ => why(error).before("无法读取：", "cannot be read: "),
    };
    why.before(&format!("文件 {} ", path.display()), &format!("{} ", path.display()))
}
