//! What is said of a journal that cannot be used, in both languages: what is the matter, and what to do.

use std::fmt;

use super::StoreError;
use crate::lang::{Text, both};

impl StoreError {
    /// For people.
    #[allow(clippy::too_many_lines, reason = "one arm an error")]
    pub fn text(&self) -> Text {
        match self {
            Self::Open { path, reason: Text { zh, en } } => {
                let path = path.display();
                both!(
                    "打不开同步台账 {path}：{zh}。请检查目录是否存在且可写",
                    "cannot open the journal {path}: {en}. Check that the directory exists and may be written"
                )
            }
            Self::Locked { path } => {
                let path = path.display();
                both!(
                    "同步台账 {path} 被其它程序占用，请关闭后重试",
                    "the journal {path} is locked by another program. Close it and try again"
                )
            }
            Self::ReadOnly { path } => {
                let path = path.display();
                both!(
                    "同步台账 {path} 只读，请授予本用户对文件和所在目录的写权限",
                    "the journal {path} is read-only. Give this user the right to write the file and its directory"
                )
            }
            Self::Full { journal } => {
                both!(
                    "同步台账 {journal} 所在磁盘已满。数据没有丢失，请清理后重新启动",
                    "no space left for the journal {journal}. Nothing was lost: free some space and start again"
                )
            }
            Self::Disk { path, reason } => {
                let path = path.display();
                both!(
                    "同步台账 {path} 所在的磁盘或共享读写出错：{reason}。没有记录的不会发送；请检查磁盘或共享（系统日志里有详情），然后重新启动",
                    "the disk under the journal {path} fails: {reason}. Nothing is sent that is not noted: look after the disk or the share (the system's log says more), then start again"
                )
            }
            Self::Older { journal } => {
                both!(
                    "同步台账 {journal} 来自旧版本：若旧版程序仍在运行请先停止，再运行一次 refund-sync run 或 serve 完成升级",
                    "the journal {journal} is of an older version. Stop the older program if it still runs, then start `refund-sync run` or `serve` once: that brings it up to date"
                )
            }
            Self::Newer { journal, found, known } => {
                both!(
                    "同步台账 {journal} 来自更新的版本（结构版本 {found}，本程序只认识到 {known}），请安装那个版本",
                    "the journal {journal} was written by a newer version (schema {found}, this program knows {known}). Install that version"
                )
            }
            Self::Damaged { path } => {
                let path = path.display();
                both!(
                    "{path} 不是本程序的同步台账，或已损坏。请用备份恢复，或在 [store] url 中指定其它文件",
                    "{path} is not a journal of refund-sync, or it is damaged. Restore it from a backup, or name another file in [store] url"
                )
            }
            Self::Held { journal, holder } => {
                let Text { zh, en } = holder_text(holder);
                both!(
                    "{zh} 正在使用同步台账 {journal}。请等它结束，或停止它",
                    "{en} is working on the journal {journal}. Wait for it or stop it"
                )
            }
            Self::Unreachable { journal, reason } => {
                both!(
                    "连不上同步台账的数据库 {journal}：{reason}。数据没有丢失；请检查地址（[store] url，迁移时为 --to）与数据库服务。serve 会自动恢复，其它命令请重新执行",
                    "cannot reach the journal {journal}: {reason}. Nothing was lost: check the address ([store] url, or --to of a move) and that the server runs; `serve` goes on by itself then, other commands are to be started again"
                )
            }
            Self::Away { reason } => reason.clone(),
            Self::Refused { journal, reason } => {
                both!(
                    "同步台账的数据库 {journal} 拒绝登录：{reason}。请检查 [store] url 中的用户名和密码，以及服务器的 pg_hba.conf",
                    "the journal {journal} refuses the user: {reason}. Check user and password in [store] url, and pg_hba.conf of the server"
                )
            }
            Self::NoDatabase { journal, reason } => {
                both!(
                    "同步台账的数据库 {journal} 不存在：{reason}。请先创建（CREATE DATABASE … OWNER …），或在 [store] url 中指定其它数据库",
                    "the journal {journal} does not exist: {reason}. Make the database (CREATE DATABASE … OWNER …), or name another in [store] url"
                )
            }
            Self::NoRights { journal, reason } => {
                both!(
                    "同步台账的数据库 {journal} 权限不足：{reason}。请让该用户拥有数据库，或拥有其中的 refund_sync 模式（CREATE SCHEMA refund_sync AUTHORIZATION …）",
                    "the journal {journal} lacks a right: {reason}. Let the user own the database, or own a schema refund_sync in it (CREATE SCHEMA refund_sync AUTHORIZATION …)"
                )
            }
            Self::OnlyToRead { journal, reason } => {
                both!(
                    "同步台账的数据库 {journal} 为只读：{reason}。请在 [store] url 中写主库而不是备库，或取消只读设置（ALTER DATABASE … 或 ALTER ROLE … RESET default_transaction_read_only）",
                    "the journal {journal} can only be read: {reason}. Name the primary server in [store] url, not a standby; or take the setting back (ALTER DATABASE … or ALTER ROLE … RESET default_transaction_read_only)"
                )
            }
            Self::Pooled { journal, reason } => {
                both!(
                    "同步台账 {journal} 经事务级连接池访问：{reason}。请在 [store] url 中直连数据库，或为该库设置 pool_mode = session（pgbouncer.ini）",
                    "the journal {journal} is reached through a pooler in transaction mode: {reason}. Name the server itself in [store] url, or set pool_mode = session for this database (pgbouncer.ini)"
                )
            }
            Self::Lost { journal, reason } => {
                both!(
                    "与同步台账 {journal} 的会话已断开：{reason}。本进程已停止，数据没有丢失，由其它进程或下次启动继续",
                    "the session with the journal {journal} ended: {reason}. This worker has stopped; nothing was lost. Another one, or the next start, goes on from here"
                )
            }
            Self::Gone { journal, how: Text { zh, en } } => {
                both!(
                    "同步台账 {journal} 已不是本进程打开时的样子：{zh}。从此不再发送；请恢复正确的文件后重新启动，期间可能写过的单据会先到金蝶查询",
                    "the journal {journal} is not as this process left it: {en}. Nothing is sent from here on. Put the right file back, then start again: what may have been written meanwhile is looked up in 金蝶 first"
                )
            }
            Self::Refuses(why) => why.and("。未作任何改动", ". Nothing was changed"),
            Self::Unsupported(why) => Text::same(why.as_str()),
            Self::Illegal(illegal) => Text::same(illegal.to_string()),
            Self::Other { journal, reason } => {
                both!("同步台账 {journal} 出错：{reason}", "the journal {journal} failed: {reason}")
            }
        }
    }
}

/// A holder's name, which the journal keeps in English, for people.
pub(crate) fn holder_text(name: &str) -> Text {
    let zh = [
        (", by another path to the same file,", "（经另一路径打开同一文件）"),
        ("another process", "另一个进程"),
        ("this process", "本进程"),
    ];
    let zh = zh.iter().fold(name.to_owned(), |text, (en, zh)| text.replace(en, zh));
    let zh = match zh.split_once(" (process ").map(|(name, rest)| (name, rest.split_once(')'))) {
        Some((name, Some((process, rest)))) => match process.split_once(" on ") {
            Some((process, machine)) => format!("{name}（{machine} 上的进程 {process}）{rest}"),
            None => format!("{name}（进程 {process}）{rest}"),
        },
        _ => zh,
    };
    Text::of(zh, name)
}

/// In the language that this process speaks.
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_named_in_the_readers_language() {
        for (name, zh) in [
            ("refund-sync serve (process 42)", "refund-sync serve（进程 42）"),
            ("refund-sync serve (process 42 on books)", "refund-sync serve（books 上的进程 42）"),
            (
                "refund-sync (process 42), by another path to the same file,",
                "refund-sync（进程 42）（经另一路径打开同一文件）",
            ),
            ("another process", "另一个进程"),
            ("psql", "psql"),
        ] {
            assert_eq!(holder_text(name), Text::of(zh, name));
        }
    }
}
