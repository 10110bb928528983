//! Why a file that a configuration names cannot be read, in words that people use. Reading it is each key's own.

use std::io::{Error, ErrorKind};

use crate::lang::{Text, why};

/// What the system says, in both languages.
pub(in crate::config) fn unreadable(error: &Error) -> Text {
    match error.kind() {
        ErrorKind::NotFound => Text::new("无法读取：文件不存在", "cannot be read: there is no such file"),
        ErrorKind::PermissionDenied => {
            Text::new("无法读取：当前用户没有读权限", "cannot be read: this user may not")
        }
        ErrorKind::IsADirectory => Text::new("无法读取：是文件夹", "cannot be read: it is a folder"),
        _ => why(error).before("无法读取：", "cannot be read: "),
    }
}
