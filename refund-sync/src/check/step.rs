//! One step of a diagnosis: what was looked at, how it came out, and what a person can do. Who looks is `check::route`
//! and `cli::doctor`.

use serde::Serialize;

use crate::lang::{self, Text};

/// What is looked at, in this order: each needs those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The configuration has no fault.
    Configuration,
    /// The journal can be opened.
    Journal,
    /// Through what a host is reached.
    Proxy,
    /// Its name has an address.
    Names,
    /// The address takes a connection.
    Connection,
    /// The proxy opens a way to the host.
    Tunnel,
    /// The host proves its name.
    Tls,
    /// The data centre is on the site.
    DataCentre,
    /// The system answers, and takes the credentials.
    Credentials,
    /// The application, and this machine's address, are let in.
    Whitelist,
    /// Calls are taken at the pace that the configuration names.
    Quota,
    /// The user may call the Web API, and has a licence for it.
    Webapi,
    /// Both clocks agree.
    Clock,
    /// The form may be queried and its fields are told.
    Form,
    /// The form may be saved.
    Save,
    /// The base data that the tables name is there.
    BaseData,
}

/// How a step came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// Not looked at: what it needs failed, or another command looks.
    NotTried,
    /// It works, but a person should look.
    Warning,
    /// It does not work.
    Failed,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was looked at.
    pub step: StepKind,
    /// Of what: a pipeline and a side, a receiver of alerts; empty for the program as a whole.
    pub subject: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was seen.
    #[serde(flatten, with = "lang::message")]
    pub message: Text,
    /// What to do; empty where nothing is to be done.
    #[serde(flatten, with = "lang::remedy")]
    pub remedy: Text,
}

impl StepKind {
    /// Its name for people.
    pub fn name(self) -> Text {
        match self {
            Self::Configuration => Text::new("配置", "configuration"),
            Self::Journal => Text::new("同步台账", "journal"),
            Self::Proxy => Text::new("代理", "proxy"),
            Self::Names => Text::new("域名解析", "name resolution"),
            Self::Connection => Text::new("TCP 连接", "TCP connection"),
            Self::Tunnel => Text::new("经代理接通", "way through the proxy"),
            Self::Tls => Text::new("TLS 证书", "TLS"),
            Self::DataCentre => Text::new("账套", "data centre"),
            Self::Credentials => Text::new("账号", "credentials"),
            Self::Whitelist => Text::new("白名单", "whitelist"),
            Self::Quota => Text::new("调用配额", "quota"),
            Self::Webapi => Text::new("WebAPI 清单与许可", "Web API list and licence"),
            Self::Clock => Text::new("时钟", "clock"),
            Self::Form => Text::new("单据查询权限", "form"),
            Self::Save => Text::new("单据保存权限", "right to save"),
            Self::BaseData => Text::new("基础资料", "base data"),
        }
    }
}

impl Step {
    /// A step that came out well.
    pub fn passed(step: StepKind, subject: &str, message: Text) -> Self {
        Self { step, subject: subject.to_owned(), outcome: Outcome::Passed, message, remedy: Text::default() }
    }

    /// A step that a person should look at.
    pub fn warning(step: StepKind, subject: &str, message: Text, remedy: Text) -> Self {
        Self { step, subject: subject.to_owned(), outcome: Outcome::Warning, message, remedy }
    }

    /// A step that failed.
    pub fn failed(step: StepKind, subject: &str, message: Text, remedy: Text) -> Self {
        Self { step, subject: subject.to_owned(), outcome: Outcome::Failed, message, remedy }
    }

    /// A step that was not tried.
    pub fn not_tried(step: StepKind, subject: &str, message: Text) -> Self {
        Self {
            step,
            subject: subject.to_owned(),
            outcome: Outcome::NotTried,
            message,
            remedy: Text::default(),
        }
    }

    /// Steps that were not tried because an earlier one failed.
    pub fn after_failure<'a>(
        steps: &'a [StepKind],
        subject: &'a str,
        failed: StepKind,
    ) -> impl Iterator<Item = Self> + 'a {
        let name = failed.name();
        steps.iter().map(move |&step| {
            let message = Text::of(
                format!("未检查：{}未通过", name.zh),
                format!("not tried: {} failed before it", name.en),
            );
            Self::not_tried(step, subject, message)
        })
    }
}
