//! `[pipeline.wdt]`: how 旺店通 is read. The client is built by `source`.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use wdt_qimen_sdk::{Protocol, SignMethod, WDT_TARGET_APP_KEY};

use super::address::{base_url, may_hold_secret};
use super::proxy::Proxy;
use super::reader::json_schema as schema;
use super::reader::{Section, Setting, Shape};
use super::reread;
use crate::lang::{Text, both};

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
    /// How 奇门 calls are signed, default md5.
    pub sign_method: SignMethod,
    /// Rows a page, 1 to 100, default 40.
    pub page_size: u32,
    /// Through what it is reached, default straight.
    pub proxy: Proxy,
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
    /// After which pauses windows that came short are read again, the last one again and again; empty: never.
    pub reread_short: Vec<Duration>,
    /// Accepted `type`s: 2 退货, 3 换货; default 2 alone.
    pub types: BTreeSet<i32>,
    /// Accepted `process_status`es; default 90 已完成 alone.
    pub process_status: BTreeSet<i32>,
    /// Which statuses the live feed asks for, default all.
    pub ask_status: AskStatus,
    /// How many days the nightly watch reads again, default 31; 0: none.
    pub watch_days: u32,
    /// Windows that reach further back, in days, are read in 旺店通's history too; `None`: none is.
    pub history_days: Option<u32>,
    /// Whether stock-ins are joined to the returns, default none.
    pub enrich: Enrich,
    /// Only these shops; empty: all.
    pub shop_nos: BTreeSet<String>,
    /// Free texts that the mapping's rules name: of no others anything is kept.
    pub free_texts: BTreeSet<&'static str>,
    /// The key of a stock-in's row under which its serial numbers stand, as the mapping's rules name it.
    pub serials_key: Option<String>,
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

impl Enrich {
    /// As the configuration has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Stockin => "stockin",
        }
    }
}

const PRODUCTION: &str = Protocol::Qimen.production();

const SIGN_METHODS: [(&str, SignMethod); 3] =
    [("md5", SignMethod::Md5), ("hmac", SignMethod::Hmac), ("hmac-sha256", SignMethod::HmacSha256)];
const ASK_STATUSES: [(&str, AskStatus); 2] = [("all", AskStatus::All), ("accepted", AskStatus::Accepted)];
const ENRICHES: [(&str, Enrich); 2] =
    [(Enrich::None.as_str(), Enrich::None), (Enrich::Stockin.as_str(), Enrich::Stockin)];

/// 处理状态 with the goods in the warehouse; 69 and all earlier ones are without.
const ARRIVED: [(i32, &str); 4] =
    [(70, "部分到货"), (71, "部分到货（已结算）"), (80, "待结算"), (90, "已完成")];
/// 类型 that bring goods back: 退货, 换货.
const TYPES: [i32; 2] = [2, 3];
const SHOPS: &str = "[\"S001\"]";
const NOT_ARRIVED: [i32; 11] = [5, 10, 20, 30, 40, 50, 60, 63, 64, 65, 69];

impl Wdt {
    /// Required fields come last: their `?` ends the reading, and nothing may hide behind it.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let base_url = match section.get("base_url", Shape::Text) {
            Some(setting) => base_url(&setting.hide_if(may_hold_secret), &format!("{PRODUCTION:?}")),
            None => Url::parse(PRODUCTION).ok(),
        };
        let proxy = Proxy::read(section);
        let sid = section.required_text("sid", "\"shop2\"");
        section.describe("app_key", schema::code());
        let app_key = section
            .required("app_key", Shape::Text, "\"23000000\"")
            .and_then(|setting| setting.code("\"23000000\""));
        let app_secret = section.required_issued("app_secret", "WDT_APP_SECRET");
        Some(Self {
            target_app_key: section.code("target_app_key", WDT_TARGET_APP_KEY),
            sign_method: section.choice("sign_method", &SIGN_METHODS),
            page_size: section.number("page_size", &(1..=100), 40),
            quota_per_minute: section.number("quota_per_minute", &(1..=1_000_000), 60),
            timeout: section.seconds("timeout_seconds", &(1..=3600), 30),
            window_pages: section.number("window_pages", &(1..=1000), 25),
            lag: section.seconds("lag_seconds", &(0..=86_400), 180),
            overlap: section.seconds("overlap_seconds", &(0..=86_400), 600),
            reread_short: reread::read(section),
            types: set(section, "types", "[2]", &json!({ "enum": TYPES }), accepted_type)
                .unwrap_or_else(|| BTreeSet::from([2])),
            process_status: set(section, "process_status", "[90]", &arrived(), accepted_status)
                .unwrap_or_else(|| BTreeSet::from([90])),
            ask_status: section.choice("ask_status", &ASK_STATUSES),
            watch_days: section.number("watch_days", &(0..=365), 31),
            history_days: history_days(section),
            enrich: section.choice("enrich", &ENRICHES),
            free_texts: BTreeSet::new(),
            serials_key: None,
            shop_nos: set(section, "shop_nos", SHOPS, &schema::code(), |shop| shop.code(SHOPS))
                .unwrap_or_default(),
            base_url: base_url?,
            proxy: proxy?,
            sid: sid?,
            app_key: app_key?,
            app_secret: app_secret?,
        })
    }
}

/// A list that is not empty, as a set.
fn set<T: Ord>(
    section: &Section<'_>,
    key: &'static str,
    example: &str,
    item: &Value,
    read: impl FnMut(&Setting<'_>) -> Option<T>,
) -> Option<BTreeSet<T>> {
    section.describe(key, schema::list(item));
    let setting = section.get(key, Shape::List)?;
    let items = setting.list(example, read)?;
    if items.is_empty() {
        setting.refuse(Text::new("列表为空：什么都不会读取", "is empty: nothing would be read"), example);
        return None;
    }
    Some(items.into_iter().collect())
}

/// What the schema says of a `process_status`.
fn arrived() -> Value {
    json!({ "enum": ARRIVED.map(|(status, _)| status) })
}

/// A `type` that brings goods back.
fn accepted_type(item: &Setting<'_>) -> Option<i32> {
    let without_goods = |zh, en| {
        Text::new(zh, en).and(
            "没有货品退回（尽管明细里有数量），不能生成销售退货单",
            " bring no goods back though their lines carry quantities",
        )
    };
    let message = match item.number(&(0..=u32::MAX), 2)? {
        2 => return Some(2),
        3 => return Some(3),
        1 => without_goods("退款（未发货）", "refunds before dispatch"),
        4 => without_goods("退款不退货", "refunds without goods"),
        5 => without_goods("订单补款", "extra payments"),
        _ => Text::new(
            "未知的类型：只有 2 退货、3 换货会退回货品",
            "is no known type: 2 退货 and 3 换货 bring goods back",
        ),
    };
    item.refuse(message, "[2]");
    None
}

/// A `process_status` with the goods in the warehouse.
fn accepted_status(item: &Setting<'_>) -> Option<i32> {
    let status = i32::try_from(item.number(&(0..=i32::MAX.unsigned_abs()), 90)?).ok()?;
    if ARRIVED.iter().any(|(arrived, _)| *arrived == status) {
        return Some(status);
    }
    let names = ARRIVED.map(|(status, name)| format!("{status} {name}")).join(", ");
    let message = if NOT_ARRIVED.contains(&status) {
        both!(
            "该状态下货品尚未入库；已入库的状态：{names}",
            "no goods have arrived in this status; they have in {names}"
        )
    } else {
        both!(
            "未知的处理状态；已入库的状态：{names}",
            "is no known process_status; goods have arrived in {names}"
        )
    };
    item.refuse(message, "[90]");
    None
}

/// Less than a month old is nothing that is archived, and the live feed reads up to 30 days in one answer.
fn history_days(section: &Section<'_>) -> Option<u32> {
    let range = 31..=3650;
    section.describe(
        "history_days",
        serde_json::json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() }),
    );
    section.get("history_days", Shape::Number)?.number(&range, 90)
}
