//! What a refusal means: the table of codes (protocol notes, section 6) as code.

use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::envelope::Refused;
use crate::fate::Fate;
use crate::text::Text;
use crate::wire::mask::mask_text;

/// How long a limit is sat out when the server does not say.
const UNNAMED_BAN: Duration = Duration::from_secs(60);
/// A ban that is named longer is taken for this: a day's limit is the longest that is known.
const LONGEST_BAN: Duration = Duration::from_secs(24 * 3600);

/// Sub-codes of the service behind the gateway that pass by themselves.
const PASSING: &[&str] = &[
    "isp.top-remote-connection-timeout",
    "isp.top-remote-connection-error",
    "isp.remote-connection-error",
    "isp.remote-service-timeout",
    "isp.remote-service-error",
    "isp.top-remote-service-unavailable",
    "isp.top-remote-unknown-error",
    "isp.unknown-error",
];

/// A refusal by the gateway or by the ERP behind it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// `code` or `errorcode`.
    pub code: i64,
    /// What the server says.
    pub message: String,
    /// `sub_code`, or empty.
    pub sub_code: String,
    /// `sub_msg` or `sub_message`, or empty.
    pub sub_message: String,
    /// The gateway's id of the request.
    pub request_id: Option<String>,
    /// What the code means.
    pub class: RefusalClass,
    /// For a refused timestamp: the server's clock minus ours, if its answer had a date.
    pub clock_behind: Option<TimeDelta>,
}

/// What a refusal's code means.
///
/// ```
/// use wdt_qimen_sdk::RefusalClass;
///
/// /// Who is told of a refusal.
/// fn told(class: RefusalClass) -> Option<&'static str> {
///     match class {
///         RefusalClass::Limited | RefusalClass::Unavailable => None,
///         RefusalClass::Permission | RefusalClass::Credentials | RefusalClass::Session => Some("who keeps the keys"),
///         RefusalClass::Clock => Some("who keeps the host"),
///         _ => Some("who wrote the call"),
///     }
/// }
/// assert!(told(RefusalClass::of(7, "")).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalClass {
    /// 4…8, 1012, or a message that says so: too many calls.
    Limited,
    /// 10, 15 with an `isp.*` sub-code, and native codes seen to pass: busy or broken for now.
    Unavailable,
    /// 11, 12, 13, or an `isv.permission…` sub-code: the application may not call this.
    Permission,
    /// 25, 28, 29: the application's key or secret is wrong.
    Credentials,
    /// 26, 27: a session is asked for, which this edition never sends.
    Session,
    /// 30, 31: the clock.
    Clock,
    /// 9, 21…24, 32, 33, 34: the call itself is not what the gateway knows.
    Protocol,
    /// 40…43, and 15 with an `isv.*` sub-code: this call's arguments.
    Arguments,
    /// A code of the ERP that no public source explains.
    Other,
}

impl fmt::Display for RefusalClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RefusalClass {
    /// The class of a code and its sub-code.
    ///
    /// ```
    /// # use wdt_qimen_sdk::RefusalClass;
    /// assert_eq!(RefusalClass::of(7, ""), RefusalClass::Limited);
    /// assert_eq!(RefusalClass::of(15, "isp.remote-service-timeout"), RefusalClass::Unavailable);
    /// assert_eq!(RefusalClass::of(15, "isv.invalid-parameter"), RefusalClass::Arguments);
    /// ```
    pub fn of(code: i64, sub_code: &str) -> Self {
        if sub_code.starts_with("isv.permission") {
            return Self::Permission;
        }
        match code {
            4..=8 | 1012 => Self::Limited,
            10 | 1013 | 1020 | 1030 | 1040 | 1200 | 1610 => Self::Unavailable,
            15 if PASSING.contains(&sub_code) => Self::Unavailable,
            15 if sub_code.starts_with("isp.") => Self::Unavailable,
            15 if sub_code.starts_with("isv.") => Self::Arguments,
            11..=13 => Self::Permission,
            25 | 28 | 29 => Self::Credentials,
            26 | 27 => Self::Session,
            30 | 31 => Self::Clock,
            9 | 21..=24 | 32..=34 => Self::Protocol,
            40..=43 => Self::Arguments,
            _ => Self::Other,
        }
    }

    /// Its name in logs and metrics, such as `limited`.
    ///
    /// ```
    /// # use wdt_qimen_sdk::RefusalClass;
    /// assert_eq!(RefusalClass::of(7, "").to_string(), "limited");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::Unavailable => "unavailable",
            Self::Permission => "permission",
            Self::Credentials => "credentials",
            Self::Session => "session",
            Self::Clock => "clock",
            Self::Protocol => "protocol",
            Self::Arguments => "arguments",
            Self::Other => "other",
        }
    }

    /// Whether the same call would have a chance later.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Limited | Self::Unavailable)
    }

    /// Whether every other call will be refused alike.
    pub const fn is_permanent_for_all(self) -> bool {
        matches!(self, Self::Permission | Self::Credentials | Self::Session | Self::Clock | Self::Protocol)
    }

    /// What a person can do.
    pub const fn advice(self) -> Text {
        match self {
            Self::Limited => Text::new("降低调用频率", "call less often: lower the quota"),
            Self::Unavailable => Text::new("服务暂不可用，稍后重试", "try again later"),
            Self::Permission => Text::new(
                "请旺店通授权该 AppKey，并加入 IP 白名单",
                "have WDT authorise the app key and add this host to the IP whitelist",
            ),
            Self::Credentials => {
                Text::new("检查 AppKey、AppSecret 与签名方式", "check app_key, app_secret and sign_method")
            }
            Self::Session => Text::new(
                "检查 target_app_key",
                "check target_app_key and the app's kind: this API takes no session",
            ),
            Self::Clock => {
                Text::new("校准本机时钟", "set this host's clock right: the gateway allows ten minutes")
            }
            Self::Protocol => Text::new(
                "检查 base_url、方法名与 target_app_key",
                "check base_url, method and target_app_key",
            ),
            Self::Arguments => Text::new("检查调用参数", "mend this call's parameters"),
            Self::Other => {
                Text::new("查看返回信息，核对卖家账号 sid", "read the message; check sid with WDT")
            }
        }
    }
}

impl Refusal {
    /// A refusal with a code and a sub-code, for tests of code that handles them.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Error, ErrorKind, Refusal};
    /// let refusal = Refusal::of(7, "accesscontrol.limited-by-app-access-count", "App Call Limited");
    /// let error = Error::of("wdt.refund.query", ErrorKind::Refused(Box::new(refusal)));
    /// assert!(error.is_transient() && error.retry_after().is_some());
    /// ```
    pub fn of(code: i64, sub_code: &str, message: &str) -> Self {
        Self::new(Refused {
            code,
            sub_code: sub_code.to_owned(),
            message: message.to_owned(),
            ..Refused::default()
        })
    }

    pub(crate) fn new(said: Refused) -> Self {
        let class = RefusalClass::of(said.code, &said.sub_code);
        Self {
            code: said.code,
            message: said.message,
            sub_code: said.sub_code,
            sub_message: said.sub_message,
            request_id: said.request_id,
            class,
            clock_behind: None,
        }
    }

    /// Adds by how much the clocks differ, where that is what was refused.
    pub(crate) fn with_clock(self, behind: Option<TimeDelta>) -> Self {
        Self { clock_behind: behind.filter(|_| self.class == RefusalClass::Clock), ..self }
    }

    /// What became of the call. A gateway that did not hear from the ERP in time (code 15) does not know whether the
    /// ERP did it, and neither do we where a server is busy or broken for now.
    pub fn fate(&self) -> Fate {
        match self.class {
            RefusalClass::Unavailable => Fate::Unknown,
            RefusalClass::Other if self.code == 15 => Fate::Unknown,
            _ => Fate::Refused,
        }
    }

    /// The seconds of "This ban will last for N more seconds".
    ///
    /// ```
    /// use wdt_qimen_sdk::Refusal;
    ///
    /// let refusal = Refusal::of(7, "", "This ban will last for 30 more seconds");
    /// assert_eq!(refusal.ban().map(|ban| ban.as_secs()), Some(30));
    /// ```
    pub fn ban(&self) -> Option<Duration> {
        [&self.sub_message, &self.message].into_iter().find_map(|text| {
            let seconds = text.split_once("ban will last for ")?.1;
            let digits = seconds.split(|c: char| !c.is_ascii_digit()).next()?;
            // More digits than a number has are a very long ban, not none.
            (!digits.is_empty()).then(|| Duration::from_secs(digits.parse().unwrap_or(u64::MAX)))
        })
    }

    /// What the gateway said, without words of ours: `7 App Call Limited: isp.call-limited …`.
    pub(crate) fn words(&self) -> String {
        let first = format!("{} {}", self.code, self.message);
        let sub = format!("{} {}", self.sub_code, self.sub_message);
        if sub.trim().is_empty() { first } else { format!("{first}: {}", sub.trim()) }
    }

    /// How long to wait: the named ban and a second more, a day at most, or a minute for a limit that names none.
    pub fn retry_after(&self) -> Option<Duration> {
        (self.class == RefusalClass::Limited).then(|| {
            let ban = self.ban().map_or(UNNAMED_BAN, |ban| ban.saturating_add(Duration::from_secs(1)));
            ban.min(LONGEST_BAN)
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}", self.words())?;
        if let Some(behind) = self.clock_behind {
            let seconds = behind.num_seconds();
            let way = if seconds < 0 { "ahead" } else { "behind" };
            write!(f, "; this host's clock is {} s {way}", seconds.abs())?;
        }
        Ok(())
    }
}

/// What the server says may quote what it was sent: it is shown without people.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("code", &self.code)
            .field("message", &mask_text(&self.message))
            .field("sub_code", &mask_text(&self.sub_code))
            .field("sub_message", &mask_text(&self.sub_message))
            .field("request_id", &self.request_id)
            .field("class", &self.class)
            .field("clock_behind", &self.clock_behind)
            .finish()
    }
}
