//! `[pipeline.kingdee]`: how 金蝶云星空 is reached and written. The client is built by `sink`.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveTime;
use secrecy::SecretString;
use url::Url;

/// How 金蝶云星空 is reached and written.
#[derive(Debug, Clone)]
pub struct Kingdee {
    /// The site, ending in `/k3cloud/`.
    pub base_url: Url,
    /// 账套 (数据中心) id.
    pub acct_id: String,
    /// The integration user.
    pub username: String,
    /// How it proves itself.
    pub credentials: Credentials,
    /// Language: 2052 简体 (default), 1033 English, 3076 繁體.
    pub lcid: u32,
    /// Organisation of the session as text: 金蝶 has `101.2` and `001`; default `100`.
    pub org_num: String,
    /// A certificate authority of the site's own.
    pub ca: Option<CaFile>,
    /// How long one call may take, default 180 s.
    pub timeout: Duration,
    /// How long a number whose call was given up is left alone, default 300 s.
    pub resend_after: Duration,
    /// Bills a call, 1 to 500, default 50.
    pub batch_size: usize,
    /// Writes in flight, default 1.
    pub concurrency: usize,
    /// Calls a minute, default 60.
    pub quota_per_minute: u32,
    /// How far a bill is taken, default saved.
    pub finish: Finish,
    /// Whether what was saved is read back, default yes.
    pub verify: Verify,
    /// What happens when a return changes after its bill was saved, default report.
    pub after_sync: AfterSync,
    /// When bills may be written; `None`: always.
    pub write_hours: Option<WriteHours>,
}

/// How the integration user proves itself.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// `signature`: every call signed, no login.
    Signature {
        /// 应用ID `clientId_enc`; its second half hides a key, so it is a secret.
        app_id: SecretString,
        /// 应用密钥.
        app_secret: SecretString,
    },
    /// `app-secret`: LoginByAppSecret.
    AppSecret {
        /// 应用ID.
        app_id: SecretString,
        /// 应用密钥.
        app_secret: SecretString,
    },
    /// `sign`: LoginBySign.
    Sign {
        /// 应用ID.
        app_id: SecretString,
        /// 应用密钥.
        app_secret: SecretString,
    },
    /// `password`: ValidateUser.
    Password {
        /// The user's password.
        password: SecretString,
    },
}

/// A PEM file with certificates to trust besides the built-in ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its content.
    pub pem: Vec<u8>,
}

/// How far a bill is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// `save` 保存
    Save,
    /// `submit` 提交
    Submit,
    /// `audit` 审核
    Audit,
}

/// Whether what was saved is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// `none`
    None,
    /// `look-up`: quantities and 价税合计 per entry are compared.
    LookUp,
}

/// What happens when a return changes after its bill was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSync {
    /// `report`: an alert and a flag.
    Report,
    /// `update`: the bill follows while it is unaudited.
    Update,
}

/// A daily span in Asia/Shanghai in which bills may be written; it may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteHours {
    /// The first minute.
    pub from: NaiveTime,
    /// The end, not in the span.
    pub to: NaiveTime,
}

impl WriteHours {
    /// Whether bills may be written at `time`.
    pub fn contains(self, time: NaiveTime) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}
