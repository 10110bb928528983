//! What a person can do about a failed call. Of what the server itself objects to, the table of `class` tells.

use super::ErrorKind;
use crate::certificate::CertificateFault;
use crate::fate::Fate;
use crate::text::Text;
use crate::transport::ProxyRefused;

impl ErrorKind {
    /// What to do about a write of which nobody knows what became.
    pub(super) fn advice_in_doubt(&self) -> Text {
        match self.rule().or_else(|| self.session_rule()) {
            Some(rule) if rule.fate == Fate::Unknown => rule.advice.clone(),
            _ => Text::new(
                "结果未知：写入前先按单据编号查询。",
                "The outcome is unknown: look the number up before sending again.",
            ),
        }
    }

    /// What to do about one that may be sent again.
    pub(super) fn advice(&self) -> Text {
        if let Some(rule) = self.rule().or_else(|| self.session_rule()) {
            return rule.advice.clone();
        }
        match self {
            Self::Request(_) => {
                Text::new("请修改调用的内容：没有发送任何请求。", "Mend the call: nothing was sent.")
            }
            Self::Connect(error) if ProxyRefused::is_in(&**error) => Text::new(
                "代理要求用户名和密码 (407)：请写入 proxy 的地址。",
                "The proxy wants user and password (407): write them into the address of proxy.",
            ),
            Self::Connect(_) => {
                Text::new("检查网络、地址、端口和证书。", "Check network, address, port and certificate.")
            }
            Self::Certificate(refused) => certificate_advice(refused.fault),
            Self::Held { .. } => Text::new(
                "金蝶要求稍后再来：到时自动继续。",
                "The server asked for a pause: wait until it is over.",
            ),
            Self::Deadline { .. } => Text::new(
                "整个调用超过了期限：稍后重试；排队过久请减少并发或放宽期限。",
                "The call was not over in time: try later; where it waited long for its turn, call less at once or allow more time.",
            ),
            Self::Cut { .. } => Text::new(
                "结果不止一页：给查询加上排序（如 FID ASC），或写明行数上限。",
                "There is more than one page: give the query an order (FID ASC), or a limit.",
            ),
            Self::GaveUp { .. } => Text::new(
                "同一页连续失败，其后的行没有读到：稍后从断点（checkpoint）继续。",
                "One page kept failing, and the rows behind it are unread: go on later, from the checkpoint.",
            ),
            Self::Timeout { .. } | Self::Send(_) | Self::Read(_) | Self::Html(_) | Self::Unreadable(_) => {
                Text::new(
                    "没有收到完整的答复：稍后重试；一直如此请检查网络和代理。",
                    "No whole answer came: try later; if that lasts, check the network and what is in between.",
                )
            }
            Self::TooLarge { .. } => Text::new(
                "答复过大：每次少查一些，或调大 max_body。",
                "The reply is too large: ask for fewer rows, or raise max_body.",
            ),
            // Some private sites answer a wrong path with 403 and nothing else.
            Self::Status { status: 403, excerpt, .. } if excerpt.is_empty() => Text::new(
                "没有内容的 403 多为路径不对：检查 base_url，应以 /k3cloud/ 结尾；再检查授权和网关。",
                "A 403 without a word is mostly a wrong path: check the base_url; it ends in /k3cloud/. Then the authorisation and the gateway.",
            ),
            Self::Status { status: 404 | 405, .. } => Text::new(
                "检查 base_url（应以 /k3cloud/ 结尾）和服务名。",
                "Check the base_url, which ends in /k3cloud/, and the name of the service.",
            ),
            Self::Status { status: 401 | 403, .. } => Text::new(
                "访问被拒绝：检查授权和网关。",
                "Access is denied: check the authorisation and the gateway.",
            ),
            Self::Status { .. } => Text::new(
                "服务器或网关暂不可用，稍后重试。",
                "The server or a gateway is unavailable; try later.",
            ),
            Self::Redirect { .. } => {
                Text::new("把 base_url 改成最终地址。", "Write the final address as base_url.")
            }
            Self::Firewall(_) => Text::new(
                "文本里含有 ' < > \" ; -- 之一，请去掉。",
                "A text contains one of ' < > \" ; --; take it out.",
            ),
            Self::Cell(_) => Text::new(
                "行的字段与结构不符：检查字段键和类型。",
                "A row does not fit its struct: check keys and types.",
            ),
            Self::Credentials(_) => Text::new(
                "检查账套ID、用户名、应用ID和应用密钥。",
                "Check account id, user name, app id and secret.",
            ),
            Self::SessionLost => Text::new(
                "会话反复丢失：检查负载均衡和同一账号的并发登录。",
                "The session keeps getting lost: check load balancing and other logins of this user.",
            ),
            // Answered above, by the table.
            Self::Login { .. } | Self::Gateway { .. } | Self::Refused { .. } | Self::Exception(_) => {
                Text::new("", "")
            }
        }
    }
}

fn certificate_advice(fault: CertificateFault) -> Text {
    match fault {
        CertificateFault::UnknownIssuer => Text::new(
            "服务器证书不受信任：把该证书（或其颁发机构证书）存为 PEM 文件，写入 ca_file。",
            "Nobody that is trusted vouches for the server's certificate: save it, or its authority's, as a PEM file and name that in ca_file.",
        ),
        CertificateFault::Expired => Text::new(
            "服务器证书已过期：请更换证书，并核对本机时间。",
            "The server's certificate has expired: renew it, and check this machine's clock.",
        ),
        CertificateFault::NotYetValid => Text::new(
            "服务器证书尚未生效：请核对本机时间和证书。",
            "The server's certificate is not valid yet: check this machine's clock and the certificate.",
        ),
        CertificateFault::WrongName => Text::new(
            "服务器证书属于其他域名：base_url 请写证书上的域名，或更换证书。",
            "The server's certificate is another host's: write a name that it carries in base_url, or have it made anew.",
        ),
        CertificateFault::Unusable => Text::new(
            "服务器证书不可用：请重新制作证书。",
            "The server's certificate cannot be used: have it made anew.",
        ),
    }
}
