//! `[pipeline.wdt]`: how 旺店通 is read. The client is built by `source`.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// How 旺店通企业版 is reached, asked and filtered.
#[derive(Debug, Clone)]
pub struct Wdt {
    /// The gateway; default the production one.
    pub base_url: Url,
    /// 卖家账号.
    pub sid: String,
    /// The caller's own 奇门 app key.
    pub app_key: String,
    /// Its secret.
    pub app_secret: SecretString,
    /// 旺店通's app key on the gateway, default `21363512`.
    pub target_app_key: String,
    /// How calls are signed, default md5.
    pub sign_method: SignMethod,
    /// Rows a page, 1 to 100, default 40.
    pub page_size: u32,
    /// Calls a minute, default 60.
    pub quota_per_minute: u32,
    /// How long one call may take, default 30 s.
    pub timeout: Duration,
    /// Longer windows are cut in time, default 25 pages.
    pub window_pages: u32,
    /// How fresh is read, default 3 min.
    pub lag: Duration,
    /// How much later than `lag` a row may appear and still be caught, default 10 min.
    pub overlap: Duration,
    /// Accepted `type`s: 2 退货, 3 换货; default 2 alone.
    pub types: BTreeSet<i32>,
    /// Accepted `process_status`es; default 90 已完成 alone.
    pub process_status: BTreeSet<i32>,
    /// Which statuses the live feed asks for, default all.
    pub ask_status: AskStatus,
    /// How many days the nightly watch reads again, default 31; 0: none.
    pub watch_days: u32,
    /// Whether stock-ins are joined to the returns, default none.
    pub enrich: Enrich,
    /// Only these shops; empty: all.
    pub shop_nos: BTreeSet<String>,
}

/// How a 奇门 call is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignMethod {
    /// `md5`
    Md5,
    /// `hmac` (HMAC-MD5)
    Hmac,
    /// `hmac-sha256`
    HmacSha256,
}

/// Which statuses the live feed asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskStatus {
    /// `all`: filtered here, so that a return which leaves its status is seen.
    All,
    /// `accepted`: only those that pass the filter.
    Accepted,
}

/// What is joined to the returns before they are mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrich {
    /// `none`
    None,
    /// `stockin`: 销售退货入库单.
    Stockin,
}
