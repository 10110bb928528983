//! Why this machine could not read or write a file, or reach another one, in both languages. What has no words of ours is
//! told in the system's.

use std::error::Error;
use std::io::{self, ErrorKind};

use kingdee_k3cloud_sdk::transport::CertificateFault;
#[cfg(feature = "tls")]
use tokio_rustls::rustls::CertificateError;

use super::{Text, both};

/// The reason alone: whoever tells it names the path or host. Of an error of a library it is the one that is behind it.
pub(crate) fn why(error: &(dyn Error + 'static)) -> Text {
    let chain = || std::iter::successors(Some(error), |error| behind(*error));
    let root = chain().last().unwrap_or(error);
    chain().find_map(known).unwrap_or_else(|| both!("系统报错：{root}", "{root}"))
}

/// The error that this one is for. One of I/O hides what it wraps from `source`.
fn behind<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn known(error: &(dyn Error + 'static)) -> Option<Text> {
    if error.is::<wdt_qimen_sdk::transport::ProxyRefused>()
        || error.is::<kingdee_k3cloud_sdk::transport::ProxyRefused>()
    {
        let en = kingdee_k3cloud_sdk::transport::ProxyRefused.to_string();
        return Some(Text::of("代理拒绝（407）：请在设置 proxy 的地址中写明用户名和密码", en));
    }
    #[cfg(feature = "tls")]
    if let Some(refused) = error.downcast_ref() {
        return untrusted(refused);
    }
    // The system has a text for it and no kind.
    if error.to_string().starts_with("failed to lookup address information") {
        return Some(Text::new("域名无法解析", "the host name cannot be resolved"));
    }
    error.downcast_ref::<io::Error>().and_then(|error| of(error.kind()))
}

/// Of a certificate that is refused; what else the library says has no words of ours.
#[cfg(feature = "tls")]
fn untrusted(error: &tokio_rustls::rustls::Error) -> Option<Text> {
    use tokio_rustls::rustls::Error;

    let Error::InvalidCertificate(fault) = error else { return None };
    let fault = Text::from(certificate_fault(fault));
    Some(fault.before("服务器证书未通过：", "the server's certificate is refused: "))
}

/// What is the matter with a certificate, in the words that stay the same whatever the library says.
#[cfg(feature = "tls")]
pub(crate) const fn certificate_fault(error: &CertificateError) -> CertificateFault {
    match error {
        // An authority's certificate that stands for a host has nobody who vouches for it either.
        CertificateError::UnknownIssuer | CertificateError::Other(_) => CertificateFault::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFault::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongName
        }
        _ => CertificateFault::Unusable,
    }
}

/// Why a server's certificate is refused.
impl From<CertificateFault> for Text {
    fn from(fault: CertificateFault) -> Self {
        let zh = match fault {
            CertificateFault::UnknownIssuer => "签发机构不受本机信任",
            CertificateFault::Expired => "已过期",
            CertificateFault::NotYetValid => "尚未生效",
            CertificateFault::WrongName => "域名不符",
            _ => "无法使用",
        };
        Self::of(zh, fault.to_string())
    }
}

/// In our words, where there are some.
fn of(kind: ErrorKind) -> Option<Text> {
    Some(match kind {
        ErrorKind::NotFound => Text::new("路径不存在", "there is no such file or directory"),
        ErrorKind::PermissionDenied => Text::new("没有权限", "permission denied"),
        ErrorKind::AlreadyExists => Text::new("已经存在", "it exists already"),
        ErrorKind::IsADirectory => Text::new("这是目录，不是文件", "it is a directory, not a file"),
        ErrorKind::NotADirectory => {
            Text::new("路径中有一级不是目录", "a part of the path is not a directory")
        }
        ErrorKind::ReadOnlyFilesystem => Text::new("文件系统只读", "the file system is read-only"),
        ErrorKind::StorageFull => Text::new("磁盘已满", "no space is left on the disk"),
        ErrorKind::QuotaExceeded => Text::new("超出磁盘配额", "the disk quota is used up"),
        ErrorKind::AddrInUse => Text::new("地址已被占用", "the address is in use"),
        ErrorKind::AddrNotAvailable => Text::new("本机没有这个地址", "this machine has no such address"),
        ErrorKind::ConnectionRefused => Text::new("连接被拒绝", "the connection was refused"),
        ErrorKind::ConnectionReset => Text::new("连接被对方断开", "the connection was reset"),
        ErrorKind::HostUnreachable => Text::new("主机不可达", "the host cannot be reached"),
        ErrorKind::NetworkUnreachable => Text::new("网络不可达", "the network cannot be reached"),
        ErrorKind::UnexpectedEof => Text::new("对方提前断开", "it ended too early"),
        ErrorKind::TimedOut => Text::new("超时", "it took too long"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_to_files_is_told_in_both_languages_and_the_rest_in_the_systems_words() {
        let kinds = [
            ErrorKind::NotFound,
            ErrorKind::PermissionDenied,
            ErrorKind::AlreadyExists,
            ErrorKind::IsADirectory,
            ErrorKind::NotADirectory,
            ErrorKind::StorageFull,
        ];
        for kind in kinds {
            let text = why(&io::Error::from(kind));
            assert!(!text.zh.contains(|c: char| c.is_ascii_alphabetic()), "{text:?}");
            assert!(text.en.is_ascii(), "{text:?}");
        }
        let missing = std::fs::File::open("/nowhere/at/all").unwrap_err();
        assert_eq!(why(&missing).zh, "路径不存在");
        let other = io::Error::other("disk on fire");
        assert_eq!(why(&other), Text::of("系统报错：disk on fire", "disk on fire"));
    }
}
