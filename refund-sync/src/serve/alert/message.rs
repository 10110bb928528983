//! What is sent to a receiver: words, address and signature, as 钉钉, 企业微信 and 飞书 document their robots.
//! Pure; the sending and what an answer means is in `alert::receiver`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use super::condition::span;
use super::notification::{Notification, Transition};
use crate::clock::{rfc3339, shanghai};
use crate::config::{Alert, AlertKind};
use crate::lang::told;
use crate::text::shown_lines;

/// The most that a message says, in bytes: 企业微信 takes 2048.
const MOST_BYTES: usize = 2_000;

/// What is posted.
pub(super) struct Message {
    /// Holds an access token, and for 钉钉 the signature.
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// As many of the notices as fit into one message; at least one of them.
pub(super) fn fit(notices: &[Notification]) -> &[Notification] {
    let mut room = MOST_BYTES.saturating_sub(HEAD.len());
    let fitting = notices.iter().take_while(|notice| {
        let size = say(notice).len() + 1;
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    });
    &notices[..fitting.count().max(1).min(notices.len())]
}

impl Message {
    /// Writes the notices to `alert`. `None` if its address is none, which the configuration rules out.
    pub(super) fn write(alert: &Alert, notices: &[Notification], now: DateTime<Utc>) -> Option<Self> {
        Self::of(alert, &text(notices), notices, now)
    }

    /// Writes that all is well, to see whether it arrives.
    pub(super) fn test(alert: &Alert, now: DateTime<Utc>) -> Option<Self> {
        Self::of(
            alert,
            &format!("{HEAD}\n{}", told!("【测试】收到即表示报警可用", "[test] alerts arrive here")),
            &[],
            now,
        )
    }

    fn of(alert: &Alert, text: &str, notices: &[Notification], now: DateTime<Utc>) -> Option<Self> {
        let mut url = Url::parse(alert.url.expose_secret()).ok()?;
        let mut headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        let body = match alert.kind {
            AlertKind::DingTalk => {
                if let Some(secret) = &alert.secret {
                    let millis = now.timestamp_millis();
                    let signed = format!("{millis}\n{}", secret.expose_secret());
                    let sign = STANDARD.encode(hmac(secret.expose_secret(), &signed));
                    // The pairs are percent-encoded here, the signature's `+`, `/` and `=` with them.
                    url.query_pairs_mut()
                        .append_pair("timestamp", &millis.to_string())
                        .append_pair("sign", &sign);
                }
                json!({ "msgtype": "text", "text": { "content": plain(text) } })
            }
            AlertKind::WeCom => json!({ "msgtype": "text", "text": { "content": plain(text) } }),
            AlertKind::Feishu => {
                let mut body = json!({ "msg_type": "text", "content": { "text": plain(text) } });
                if let Some(secret) = &alert.secret {
                    let seconds = now.timestamp().to_string();
                    let key = format!("{seconds}\n{}", secret.expose_secret());
                    body["sign"] = STANDARD.encode(hmac(&key, "")).into();
                    body["timestamp"] = seconds.into();
                }
                body
            }
            AlertKind::Webhook => json!({
                "source": "refund-sync",
                "at": rfc3339(now),
                "text": text,
                "notices": notices.iter().map(value).collect::<Vec<_>>(),
            }),
        };
        let body = body.to_string();
        if let (AlertKind::Webhook, Some(secret)) = (alert.kind, &alert.secret) {
            headers.extend(signature(secret, &body, now));
        }
        Some(Self { url, headers, body })
    }
}

/// A webhook's receiver can tell by these that the message is ours, whole and fresh.
fn signature(secret: &SecretString, body: &str, now: DateTime<Utc>) -> [(&'static str, String); 2] {
    let seconds = now.timestamp().to_string();
    let signed = hmac(secret.expose_secret(), &format!("{seconds}.{body}"));
    let sign = format!("sha256={}", base16ct::lower::encode_string(&signed));
    [("x-refund-sync-timestamp", seconds), ("x-refund-sync-signature", sign)]
}

fn hmac(key: &str, message: &str) -> Vec<u8> {
    // HMAC takes keys of any length: this cannot fail, and an empty signature would only be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Robots that ask for a key word find this one in every message.
const HEAD: &str = "refund-sync 报警";

/// The message for people.
fn text(notices: &[Notification]) -> String {
    let lines: Vec<_> = notices.iter().map(say).collect();
    shown_lines(&format!("{HEAD}\n{}", lines.join("\n"))).into_owned()
}

fn say(notice: &Notification) -> String {
    let Notification { pipeline, kind, message, remedy, .. } = notice;
    let title = kind.title();
    let since = shanghai(notice.since).format("%m-%d %H:%M");
    let lasted = span(notice.at - notice.since);
    match notice.turn {
        Transition::Raised => told!(
            "【报警】{pipeline}：{title}\n{message}\n→ {remedy}",
            "[alert] {pipeline}: {title}\n{message}\n→ {remedy}"
        ),
        Transition::Reminded => {
            told!(
                "【提醒】{pipeline}：{title}，自 {since} 起（{lasted}）\n{message}\n→ {remedy}",
                "[reminder] {pipeline}: {title}, since {since} ({lasted})\n{message}\n→ {remedy}"
            )
        }
        Transition::Recovered => {
            told!(
                "【恢复】{pipeline}：{title}，自 {since} 起（{lasted}），已恢复",
                "[resolved] {pipeline}: {title}, since {since} ({lasted}), is over"
            )
        }
    }
}

/// Nothing in another system's words may become a mention or a tag: 飞书 reads `<at …>` in plain text.
fn plain(text: &str) -> String {
    text.replace('<', "＜").replace('>', "＞")
}

fn value(notice: &Notification) -> Value {
    json!({
        "pipeline": notice.pipeline,
        "kind": notice.kind,
        "turn": notice.turn,
        "since": rfc3339(notice.since),
        "counts": notice.counts,
        "message": notice.message,
        "remedy": notice.remedy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AlertLimits, Proxy};
    use crate::serve::alert::Kind;
    use crate::serve::alert::snapshot::Counts;

    const SECRET: &str = "SECplanted0123456789";

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_577_262_236_757).unwrap()
    }

    fn receiver(kind: AlertKind, url: &str, secret: Option<&str>) -> Alert {
        Alert {
            kind,
            url: url.to_owned().into(),
            secret: secret.map(|secret| secret.to_owned().into()),
            pipelines: std::collections::BTreeSet::new(),
            proxy: Proxy::None,
            limits: AlertLimits::default(),
        }
    }

    fn notice(message: &str) -> Notification {
        Notification {
            pipeline: "main".into(),
            kind: Kind::Parked,
            turn: Transition::Raised,
            since: at(),
            at: at(),
            counts: Counts::from([("material_unmapped".to_owned(), 3)]),
            message: message.into(),
            remedy: "refund-sync parked".into(),
        }
    }

    fn write(kind: AlertKind, url: &str, secret: Option<&str>) -> (Message, Value) {
        let letter = Message::write(&receiver(kind, url, secret), &[notice("3 张")], at()).unwrap();
        let body = serde_json::from_str(&letter.body).unwrap();
        (letter, body)
    }

    const TEXT: &str = "refund-sync 报警\n[alert] main: parked\n3 张\n→ refund-sync parked";

    // The signatures below were computed by Python's hmac, hashlib and base64, not by this program:
    // b64encode(hmac.new(key, message, sha256).digest()), with key and message as each vendor documents them.

    #[test]
    fn dingtalk_is_signed_in_the_query_over_milliseconds_and_secret() {
        // key = secret, message = "1577262236757\n" + secret; then urllib.parse.quote_plus
        let url = "https://oapi.dingtalk.com/robot/send?access_token=T0";
        let (letter, body) = write(AlertKind::DingTalk, url, Some(SECRET));
        let sign = "QWNIhLnlg815SwMj65lVfBUjCYvLfBWN5ja1Yu5b5ck%3D";
        assert_eq!(letter.url.as_str(), format!("{url}&timestamp=1577262236757&sign={sign}"));
        assert_eq!(body, json!({ "msgtype": "text", "text": { "content": TEXT } }));
    }

    #[test]
    fn dingtalk_without_a_secret_is_not_signed() {
        let url = "https://oapi.dingtalk.com/robot/send?access_token=T0";
        assert_eq!(write(AlertKind::DingTalk, url, None).0.url.as_str(), url);
    }

    #[test]
    fn wecom_has_its_key_in_the_address_and_nothing_else() {
        let url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K0";
        let (letter, body) = write(AlertKind::WeCom, url, None);
        assert_eq!(letter.url.as_str(), url);
        assert_eq!(body, json!({ "msgtype": "text", "text": { "content": TEXT } }));
    }

    #[test]
    fn feishu_is_signed_in_the_body_by_a_key_of_seconds_and_secret_over_nothing() {
        // key = "1577262236\n" + secret, message = ""
        let url = "https://open.feishu.cn/open-apis/bot/v2/hook/H0";
        let (letter, body) = write(AlertKind::Feishu, url, Some(SECRET));
        assert_eq!(letter.url.as_str(), url);
        let expected = json!({
            "timestamp": "1577262236",
            "sign": "Ylg5dYIRPapVaavjFw0v0h28A1Gl6C9ABzb2r9UFD5k=",
            "msg_type": "text",
            "content": { "text": TEXT },
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_webhook_gets_every_notice_and_a_signature_of_the_body_as_sent() {
        let (letter, body) = write(AlertKind::Webhook, "http://10.0.0.1/hook", Some(SECRET));
        let expected = json!({
            "source": "refund-sync",
            "at": "2019-12-25T16:23:56+08:00",
            "text": TEXT,
            "notices": [{
                "pipeline": "main",
                "kind": "parked",
                "turn": "raised",
                "since": "2019-12-25T16:23:56+08:00",
                "counts": { "material_unmapped": 3 },
                "message": "3 张",
                "remedy": "refund-sync parked",
            }],
        });
        assert_eq!(body, expected);
        let expected = signature(&SECRET.to_owned().into(), &letter.body, at());
        assert_eq!(letter.headers[1..], expected);
    }

    #[test]
    fn the_signature_of_a_webhook_is_over_seconds_and_body() {
        // key = secret, message = '1577262236.{"text":"3 张"}', in hexadecimal
        let [(_, seconds), (_, sign)] = signature(&SECRET.to_owned().into(), "{\"text\":\"3 张\"}", at());
        assert_eq!(seconds, "1577262236");
        assert_eq!(sign, "sha256=d7ec5047221295b8ed2e61830227103f5da34f5c6948351fab77d4569c4cbfd4");
    }

    #[test]
    fn words_of_another_system_become_neither_tag_nor_mention_nor_json() {
        let hostile = "<at user_id=\"all\">\"},\\\n@all \u{202e}100KT\u{200b}";
        for kind in [AlertKind::DingTalk, AlertKind::WeCom, AlertKind::Feishu] {
            let letter =
                Message::write(&receiver(kind, "http://r/", None), &[notice(hostile)], at()).unwrap();
            let body: Value = serde_json::from_str(&letter.body).unwrap();
            assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
            assert!(!letter.body.contains(['<', '>']), "{body}");
            assert!(!body.to_string().contains(['\u{202e}', '\u{200b}']), "{body}");
            assert!(body.to_string().contains("u{202e}100KT"), "it is shown: {body}");
        }
    }

    #[test]
    fn what_does_not_fit_into_one_message_is_left_for_the_next() {
        let many: Vec<_> = (0..40).map(|_| notice(&"很长 ".repeat(40))).collect();
        let fitting = fit(&many);
        assert!((2..40).contains(&fitting.len()), "{}", fitting.len());
        assert!(text(fitting).len() <= MOST_BYTES);
        assert_eq!(fit(&many[..1]).len(), 1);
        assert_eq!(fit(&[notice(&"长".repeat(5_000))]).len(), 1, "one is always told");
        assert!(fit(&[]).is_empty());
    }

    #[test]
    fn what_is_over_says_since_when_it_lasted() {
        let since = at() - chrono::TimeDelta::minutes(90);
        let over = Notification { turn: Transition::Recovered, since, ..notice("") };
        assert_eq!(say(&over), "[resolved] main: parked, since 12-25 14:53 (90 min), is over");
    }
}
