//! Why a call came to nothing, in both languages. The kind of failure is told in ours; what the other system or this
//! machine said about it is quoted as it is.

use kingdee_k3cloud_sdk::{BadCell, ErrorKind as Kingdee};
use wdt_qimen_sdk::server_clock::DateFault;
use wdt_qimen_sdk::{ErrorKind as Wdt, Refusal};

use super::{Text, why};

/// `旺店通: wdt.refund.query: …`
impl From<&wdt_qimen_sdk::Error> for Text {
    fn from(error: &wdt_qimen_sdk::Error) -> Self {
        let mut about =
            vec![format!("共 {} 次尝试，{:.1} 秒", error.attempts(), error.elapsed().as_secs_f32())];
        if error.queued().as_secs() > 0 {
            about.push(format!("其中排队 {:.1} 秒", error.queued().as_secs_f32()));
        }
        about.extend(error.request_id().map(|id| format!("请求号 {id}")));
        let about = about.join("，");
        let zh = format!("旺店通：{}：{}（{about}）", error.operation(), of_wdt(error.kind()));
        Self::of(zh, format!("旺店通: {error}"))
    }
}

fn of_wdt(kind: &Wdt) -> String {
    match kind {
        Wdt::Request(what) => format!("程序有误，调用未发出：{what}"),
        Wdt::Held { wait } => format!("接口被限流，还需等待 {} 秒", wait.as_secs()),
        Wdt::Deadline { limit } => format!("{} 秒内未轮到本次调用", limit.as_secs_f32()),
        Wdt::Bound { pages } => format!("列表超过 {pages} 页"),
        Wdt::Connect(cause) => format!("无法连接网关：{}", why(&**cause).zh),
        Wdt::Send(_) => "请求中断".to_owned(),
        Wdt::Read(_) => "应答中断".to_owned(),
        Wdt::Timeout { limit } => format!("{} 秒内没有应答", limit.as_secs_f32()),
        Wdt::TooLarge { limit } => format!("应答超过 {limit} 字节"),
        Wdt::Redirect { status, location } => format!("HTTP {status}：被重定向到 {location}，未跟随"),
        Wdt::Status { status, excerpt, .. } => format!("HTTP {status}：{excerpt}"),
        Wdt::Unreadable { why, excerpt } => match why {
            Some(why) => format!("应答无法解析（{}）：{excerpt}", why.zh),
            None => format!("应答无法解析：{excerpt}"),
        },
        Wdt::Refused(refusal) => refused(refusal),
        // A kind that this version does not know.
        other => other.to_string(),
    }
}

/// Why an answer of 旺店通 tells no time.
impl From<&DateFault> for Text {
    fn from(fault: &DateFault) -> Self {
        let zh = match fault {
            DateFault::Absent => "应答没有 Date 头".to_owned(),
            DateFault::Unreadable => "应答的 Date 头不是时间".to_owned(),
            DateFault::Several => "应答有几个互不相同的 Date 头".to_owned(),
            DateFault::Impossible(at) => {
                format!("应答的 Date 头为 {}，正确的时钟不会是这个时间", at.format("%F %T GMT"))
            }
            // One that this version does not know.
            other => other.to_string(),
        };
        Self::of(zh, fault.to_string())
    }
}

fn refused(refusal: &Refusal) -> String {
    let sub = [refusal.sub_code.as_str(), refusal.sub_message.as_str()].join(" ");
    let sub = if sub.trim().is_empty() { String::new() } else { format!("：{}", sub.trim()) };
    let clock = match refusal.clock_behind.map(|behind| behind.num_seconds()) {
        None => String::new(),
        Some(ahead) if ahead < 0 => format!("；本机时钟快 {} 秒", ahead.abs()),
        Some(behind) => format!("；本机时钟慢 {behind} 秒"),
    };
    format!("已拒绝，{} {}{sub}{clock}", refusal.code, refusal.message)
}

/// `金蝶: BatchSave: …`
impl From<&kingdee_k3cloud_sdk::Error> for Text {
    fn from(error: &kingdee_k3cloud_sdk::Error) -> Self {
        let about = match error.attempts() {
            0 | 1 => String::new(),
            attempts => format!("（共 {attempts} 次尝试，{:.1} 秒）", error.elapsed().as_secs_f32()),
        };
        let zh = format!("金蝶：{}：{}{about}", error.operation(), of_kingdee(error.kind()));
        Self::of(zh, format!("金蝶: {error}"))
    }
}

fn of_kingdee(kind: &Kingdee) -> String {
    match kind {
        Kingdee::Request(what) => format!("程序有误，调用未发出：{what}"),
        Kingdee::Connect(cause) => format!("无法建立连接：{}", why(&**cause).zh),
        Kingdee::Certificate(refused) => format!("服务器证书未通过：{}", Text::from(refused.fault).zh),
        Kingdee::Held { wait } => format!("金蝶要求暂停调用，还需等待 {} 秒", wait.as_secs()),
        Kingdee::Timeout { limit } => format!("{} 秒内没有应答", limit.as_secs_f32()),
        Kingdee::Deadline { limit } => format!("整个调用未在 {} 秒内完成", limit.as_secs_f32()),
        Kingdee::Send(_) | Kingdee::Read(_) => "连接中断，应答不完整".to_owned(),
        Kingdee::TooLarge { limit } => format!("应答超过 {limit} 字节"),
        Kingdee::Status { status, excerpt, .. } => format!("HTTP {status}：{excerpt}"),
        Kingdee::Redirect { status, location } => {
            format!("HTTP {status}：被重定向到 {location}；地址无误时请写入 base_url")
        }
        Kingdee::Gateway { code, description } => format!("网关拒绝，{code}：{description}"),
        Kingdee::Firewall(said) => format!("站点防火墙拒绝了参数：{said}"),
        Kingdee::Exception(said) => format!("服务器出错：{said}"),
        Kingdee::Html(said) => format!("应答是网页：{said}"),
        Kingdee::Unreadable(why) => format!("应答无法解析：{}", why.zh),
        Kingdee::Cut { rows } => format!("应答在第 {rows} 行处被截断"),
        Kingdee::GaveUp { failures, last } => format!("连续 {failures} 次失败：{}", of_kingdee(last.kind())),
        Kingdee::Cell(cell) => format!("应答中有一行无法解析：{}", of_cell(cell)),
        Kingdee::Credentials(said) => format!("凭证不被接受：{said}"),
        Kingdee::Login { result, message } => format!("登录被拒绝，{result}：{message}"),
        Kingdee::SessionLost => "会话已丢失".to_owned(),
        Kingdee::Refused { code, errors } => {
            let said = errors.first().map_or("无说明", |error| &error.message);
            format!("已拒绝，MsgCode {code}：{said}")
        }
        // A kind that this version does not know.
        other => other.to_string(),
    }
}

/// Of a cell, which is never quoted: it may be anybody's name.
fn of_cell(cell: &BadCell) -> String {
    match cell {
        BadCell::NotAsked(key) => format!("查询未取 {key}"),
        BadCell::Missing(key) => format!("没有 {key}"),
        BadCell::Kind { key, null: true, .. } => format!("{key} 为空"),
        BadCell::Kind { key, .. } => format!("{key} 的类型与预期不符"),
        // One that this version does not know.
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_failed_call_is_told_in_each_language_and_quotes_the_other_system() {
        let lost = wdt_qimen_sdk::Error::of_read(
            "wdt.refund.query",
            Wdt::Timeout { limit: Duration::from_secs(30) },
        );
        let text = Text::from(&lost);
        assert_eq!(text.zh, "旺店通：wdt.refund.query：30 秒内没有应答（共 1 次尝试，0.0 秒）");
        assert_eq!(text.en, format!("旺店通: {lost}"));

        let refused = Kingdee::Gateway { code: 4006, description: "时间戳超时".to_owned() };
        let text = Text::from(&kingdee_k3cloud_sdk::Error::of("BatchSave", refused));
        assert_eq!(text.zh, "金蝶：BatchSave：网关拒绝，4006：时间戳超时");
        assert_eq!(text.en, "金蝶: BatchSave: the gateway refuses with 4006: 时间戳超时");
    }

    #[test]
    fn no_kind_of_failure_speaks_english_on_a_chinese_page() {
        let broken = || Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
        let second = Duration::from_secs(1);
        let said = || "原文".to_owned();
        for kind in [
            Wdt::Held { wait: second },
            Wdt::Deadline { limit: second },
            Wdt::Bound { pages: 3 },
            Wdt::Connect(broken()),
            Wdt::Connect(Box::new(wdt_qimen_sdk::transport::ProxyRefused)),
            Wdt::Send(broken()),
            Wdt::Read(broken()),
            Wdt::TooLarge { limit: 7 },
            Wdt::Redirect { status: 302, location: said() },
            Wdt::Status { status: 502, excerpt: said(), retry_after: None },
            Wdt::Unreadable { why: None, excerpt: said() },
        ] {
            assert_chinese(&of_wdt(&kind));
        }
        for kind in [
            Kingdee::Connect(broken()),
            Kingdee::Connect(Box::new(kingdee_k3cloud_sdk::transport::ProxyRefused)),
            Kingdee::GaveUp {
                failures: 3,
                last: Box::new(kingdee_k3cloud_sdk::Error::of_read("View", Kingdee::SessionLost)),
            },
            Kingdee::Cell(BadCell::NotAsked("FID".to_owned())),
            Kingdee::Cell(BadCell::Missing("FID".to_owned())),
            Kingdee::Cell(BadCell::Kind { key: "FID".to_owned(), wanted: "an integer", null: false }),
            Kingdee::Cell(BadCell::Kind { key: "FID".to_owned(), wanted: "an integer", null: true }),
            Kingdee::Held { wait: second },
            Kingdee::Timeout { limit: second },
            Kingdee::Deadline { limit: second },
            Kingdee::Send(broken()),
            Kingdee::Read(broken()),
            Kingdee::TooLarge { limit: 7 },
            Kingdee::Status { status: 502, excerpt: said(), retry_after: None },
            Kingdee::Redirect { status: 302, location: said() },
            Kingdee::Firewall(said()),
            Kingdee::Exception(said()),
            Kingdee::Html(said()),
            Kingdee::Cut { rows: 2_000 },
            Kingdee::Credentials(said()),
            Kingdee::Login { result: 0, message: said() },
            Kingdee::SessionLost,
            Kingdee::Refused { code: 8, errors: Vec::new() },
        ] {
            assert_chinese(&of_kingdee(&kind));
        }
    }

    #[test]
    fn what_the_clock_keeps_is_told_in_chinese_too() {
        for fault in [DateFault::Absent, DateFault::Unreadable, DateFault::Several] {
            assert_chinese(&Text::from(&fault).zh.replace("Date", ""));
        }
    }

    /// Names of protocols and settings aside.
    fn assert_chinese(text: &str) {
        let foreign = ["HTTP", "base_url", "MsgCode", "FID", "proxy", "JSON"]
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(name, ""));
        assert!(!foreign.contains(|c: char| c.is_ascii_alphabetic()), "{text}");
        assert!(text.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{text}");
    }
}
