//! 旺店通 as the worker sees it: pages of rows, sorted by the filter, free of personal data.
//! When which page is asked is the worker's; what a row becomes in the journal is `journal`'s. Stock-ins: `source::stockin`.

#[cfg(any(feature = "serve", feature = "tools"))]
mod names;
mod scope;
mod stockin;
mod taking;
mod unproven;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use secrecy::ExposeSecret as _;
use wdt_qimen_sdk::method::his_refund::HisRefundQuery;
use wdt_qimen_sdk::method::refund::{ProcessStatus, Refund, RefundParams, RefundQuery, TimeType};
use wdt_qimen_sdk::method::stockin_refund::StockinRefundQuery;
use wdt_qimen_sdk::server_clock::ClockReading;
use wdt_qimen_sdk::transport::Proxy;
use wdt_qimen_sdk::{
    Client, ClientBuilder, Error, LaneSnapshot, LimiterSnapshot, Method, PageAsk, Quota, RowAt, RowError,
    Span,
};

use crate::clock::{Clock, shanghai};
use crate::config::{self, AskStatus, Wdt};
use crate::journal::{Reason, Row};
use crate::lang::Text;
use crate::model::Cause;
pub use crate::model::Names;
use crate::model::StockinRow;
use crate::text::{is_hidden, shown};
pub use scope::why_left_out;
#[cfg(feature = "tools")]
pub use stockin::kept;
use taking::{keep, number, numbers};
pub use unproven::Unproven;

/// 旺店通, filtered.
#[derive(Debug, Clone)]
pub struct Source {
    client: Client,
    settings: Wdt,
    list: List,
}

/// Rows a page that the method takes at most.
const MOST_STOCKINS: u32 = <StockinRefundQuery as Method>::PAGE.max;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// 退换单.
    Returns,
    /// 历史退换单: those that 旺店通 has archived.
    History,
    /// 销售退货入库单.
    Stockins,
}

/// How fast 旺店通 may be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// The contract: calls a minute.
    pub quota: u32,
    /// What it was seen to take, calls a minute; the contract where nothing lower was learned.
    pub ceiling: f64,
    /// Until when it wants to be left alone; may have passed.
    pub held_until: Option<DateTime<Utc>>,
    /// In which words it asked for that; empty if nothing is known of it.
    pub said: String,
}

/// One page, ready for the journal.
#[derive(Debug, Clone)]
pub struct SourcePage {
    /// The rows, sorted by the filter.
    pub rows: Vec<Row>,
    /// The stock-ins, where those were asked for.
    pub stockins: Vec<StockinRow>,
    /// What they count by, and when they were last modified.
    pub keys: Vec<RowAt>,
    /// The total that the server named.
    pub total: Option<u64>,
    /// When the request started.
    pub asked_at: DateTime<Utc>,
    /// The server's clock, from the `Date` header.
    pub server_time: Option<DateTime<Utc>>,
    /// Calls made for it.
    pub calls: u32,
}

/// What 旺店通 said with the hold that lasts longest.
fn said_longest(lanes: &BTreeMap<String, LaneSnapshot>) -> String {
    let held = lanes.values().filter(|lane| lane.held_until.is_some());
    held.max_by_key(|lane| lane.held_until).and_then(|lane| lane.said.clone()).unwrap_or_default()
}

/// A hold that the journal remembers, if it has not passed by `now`: until when, and what 旺店通 said.
pub(crate) fn kept_hold(limiter: Option<&str>, now: DateTime<Utc>) -> Option<(DateTime<Utc>, String)> {
    let kept: LimiterSnapshot = serde_json::from_str(limiter?).ok()?;
    let until = kept.lanes.values().filter_map(|lane| lane.held_until).max().filter(|until| *until > now)?;
    Some((until, said_longest(&kept.lanes)))
}

/// A client's builder with everything that the configuration says.
pub fn client(settings: &Wdt, clock: &Clock) -> ClientBuilder {
    let clock = clock.clone();
    Client::builder()
        .base_url(settings.base_url.as_str())
        .sid(&settings.sid)
        .app_key(&settings.app_key)
        .app_secret(settings.app_secret.expose_secret())
        .target_app_key(&settings.target_app_key)
        .sign_method(settings.sign_method)
        .quota(Quota::per_minute(settings.quota_per_minute))
        .timeout(settings.timeout)
        .proxy(match &settings.proxy {
            config::Proxy::None => Proxy::None,
            config::Proxy::Environment => Proxy::Environment,
            config::Proxy::Url(address) => Proxy::Url(address.expose_secret().to_owned()),
        })
        .clock(move || clock.now())
}

impl Source {
    /// 旺店通 by `client`, filtered by `settings`.
    pub fn new(client: Client, settings: Wdt) -> Self {
        Self { client, settings, list: List::Returns }
    }

    /// The same, asking for every status whatever the configuration says: what left its status is seen too.
    #[must_use]
    pub fn asking_all(&self) -> Self {
        let mut all = self.clone();
        all.settings.ask_status = AskStatus::All;
        all
    }

    /// The same, asking for the accepted status only, as far as it is one.
    #[must_use]
    pub fn asking_accepted(&self) -> Self {
        let mut accepted = self.clone();
        accepted.settings.ask_status = AskStatus::Accepted;
        accepted
    }

    /// Rows a page.
    pub fn page_size(&self) -> u32 {
        match self.list {
            List::Returns | List::History => self.settings.page_size,
            List::Stockins => self.settings.page_size.min(MOST_STOCKINS),
        }
    }

    /// The archived returns, if some that were last changed in `span` may have been archived by `now`. 旺店通 lists a return
    /// here or there, and moves it without a change: whoever reads both reads this one last.
    pub fn history(&self, span: Span, now: NaiveDateTime) -> Option<Self> {
        let age = TimeDelta::days(i64::from(self.settings.history_days?));
        (self.list == List::Returns && now - span.start() > age)
            .then(|| Self { list: List::History, ..self.clone() })
    }

    /// What the limiter has learned, as JSON text.
    pub fn limiter(&self) -> Option<String> {
        serde_json::to_string(&self.client.snapshot()).ok()
    }

    /// Until when 旺店通 wants to be left alone.
    pub fn held_until(&self) -> Option<DateTime<Utc>> {
        self.pace().held_until
    }

    /// 旺店通's clock beside this machine's, by the answers so far.
    pub fn clock_reading(&self) -> ClockReading {
        self.client.clock_reading()
    }

    /// How fast 旺店通 may be asked, by what was learned.
    pub fn pace(&self) -> Pace {
        let quota = self.settings.quota_per_minute;
        let lanes = self.client.snapshot().lanes;
        let ceiling = lanes.values().filter_map(|lane| lane.ceiling).reduce(f64::min);
        Pace {
            quota,
            ceiling: ceiling.unwrap_or_else(|| f64::from(quota)),
            held_until: lanes.values().filter_map(|lane| lane.held_until).max(),
            said: said_longest(&lanes),
        }
    }

    /// Ends every hold, because a person knows better; says how many there were.
    pub fn lift_holds(&self) -> usize {
        self.client.lift_holds()
    }

    /// A cheap read that proves the credentials: a second of the past.
    pub async fn ping(&self) -> Result<(), Error> {
        let second = shanghai(self.client.now()) - TimeDelta::hours(1);
        let second = second.with_nanosecond(0).unwrap_or(second);
        if let Ok(span) = Span::new(second, second + TimeDelta::seconds(1)) {
            self.page(span, 0).await?;
        }
        Ok(())
    }

    /// One page of a span.
    pub async fn page(&self, span: Span, page_no: u32) -> Result<SourcePage, Error> {
        match self.list {
            List::Returns | List::History => self.page_by(TimeType::Modified, span, page_no).await,
            List::Stockins => self.stockin_page(span, page_no).await,
        }
    }

    /// One page of the returns settled in a span (结算时间).
    pub async fn settled(&self, span: Span, page_no: u32) -> Result<SourcePage, Error> {
        self.page_by(TimeType::Settled, span, page_no).await
    }

    async fn page_by(&self, time: TimeType, span: Span, page_no: u32) -> Result<SourcePage, Error> {
        let only = match (self.settings.ask_status, self.settings.process_status.iter().next()) {
            // The gateway takes one status; several accepted ones are asked for as "all" and sorted here.
            (AskStatus::Accepted, Some(&status)) if self.settings.process_status.len() == 1 => {
                Some(ProcessStatus::from(status))
            }
            _ => None,
        };
        let params = RefundParams::builder()
            .span(span)
            .maybe_time_type((time != TimeType::Modified).then_some(time))
            .maybe_process_status(only)
            .shop_nos(self.settings.shop_nos.iter().cloned().collect())
            .build();
        self.ask(&params, page_no).await
    }

    /// The row of one number as it is now, if 旺店通 still has it, in its history if need be.
    pub async fn one(&self, refund_no: &str) -> Result<SourcePage, Error> {
        let params = RefundParams::builder().refund_no(refund_no).build();
        let page = self.ask(&params, 0).await?;
        if !page.rows.is_empty() || self.settings.history_days.is_none() {
            return Ok(page);
        }
        Self { list: List::History, ..self.clone() }.ask(&params, 0).await
    }

    async fn ask(&self, params: &RefundParams, page_no: u32) -> Result<SourcePage, Error> {
        let ask = PageAsk::new(page_no, self.settings.page_size);
        let page = match self.list {
            List::History => self.client.page::<HisRefundQuery>(params, ask).await?,
            List::Returns | List::Stockins => self.client.page::<RefundQuery>(params, ask).await?,
        };
        let mut keys: Vec<_> = page.rows_at::<RefundQuery>().collect();
        if params.time_type == Some(TimeType::Settled) {
            // Listed by settlement: of a row that cannot be read only `modified` is known, which proves nothing here.
            for (at, row) in keys.iter_mut().zip(&page.rows) {
                at.time = row.as_ref().ok().and_then(|refund| refund.finish_time);
            }
        }
        let rows = page
            .rows
            .iter()
            .map(|row| match row {
                Ok(refund) => self.classify(refund),
                Err(error) => self.sort_unreadable(error),
            })
            .collect();
        Ok(SourcePage {
            rows,
            stockins: Vec::new(),
            keys,
            total: page.total,
            asked_at: page.asked_at,
            server_time: page.server_time,
            calls: page.calls,
        })
    }

    fn classify(&self, refund: &Refund) -> Row {
        let kind = refund.kind.code();
        let process_status = refund.process_status.code();
        let (refund_no, shop_no) = (number(&refund.refund_no), number(&refund.shop_no));
        if refund_no.is_empty() {
            let key = refund.refund_id.map_or_else(|| "id:?".to_owned(), |id| format!("id:{id}"));
            return Row::Unreadable {
                refund_no: key,
                modified: refund.modified,
                reasons: vec![unreadable(Text::new("缺少 refund_no", "refund_no is empty"))],
                raw: String::new(),
            };
        }
        let is_wanted = self.accepts(kind, process_status, shop_no);
        let reasons: Vec<_> = hidden(refund).map(|(field, value)| unfit(field, value)).collect();
        if is_wanted && !reasons.is_empty() {
            return Row::Unreadable {
                refund_no: shown(refund_no).into_owned(),
                modified: refund.modified,
                reasons,
                raw: String::new(),
            };
        }
        if is_wanted {
            Row::Accepted(Box::new(keep(refund, &self.settings.free_texts)))
        } else {
            Row::Filtered {
                refund_no: shown(refund_no).into_owned(),
                kind,
                process_status,
                shop_no: shop_no.to_owned(),
                modified: refund.modified,
                amount: refund.refund_amount.or(refund.actual_refund_amount),
                numbers: numbers(refund),
            }
        }
    }

    /// A row whose type and status can be read and are not wanted is filtered like any other.
    fn sort_unreadable(&self, error: &RowError) -> Row {
        let (kind, process_status): (Option<i32>, Option<i32>) =
            (error.get("type"), error.get("process_status"));
        let wanted_kind = kind.is_none_or(|kind| self.settings.types.contains(&kind));
        let wanted_status =
            process_status.is_none_or(|status| self.settings.process_status.contains(&status));
        let refund_no = error.number.as_deref().map(number);
        let reason = if refund_no.is_some() { unreadable } else { nameless };
        if let (false, Some(refund_no)) = (wanted_kind && wanted_status, refund_no) {
            return Row::Filtered {
                refund_no: refund_no.to_owned(),
                kind: kind.unwrap_or_default(),
                process_status: process_status.unwrap_or_default(),
                shop_no: String::new(),
                modified: error.modified,
                amount: None,
                numbers: Vec::new(),
            };
        }
        let reasons = error
            .faults
            .iter()
            .map(|fault| reason(Text::of(format!("字段 {} 无法识别", fault.path), fault.to_string())))
            .collect();
        Row::Unreadable {
            refund_no: refund_no.map_or_else(|| error.key.to_string(), str::to_owned),
            modified: error.modified,
            reasons,
            raw: error.masked(),
        }
    }

    fn accepts(&self, kind: i32, process_status: i32, shop_no: &str) -> bool {
        self.settings.types.contains(&kind)
            && self.settings.process_status.contains(&process_status)
            && self.reads_shop(shop_no)
    }

    fn reads_shop(&self, shop_no: &str) -> bool {
        self.settings.shop_nos.is_empty() || self.settings.shop_nos.contains(shop_no)
    }
}

/// The numbers of a return by which others are found, as far as they hold a character that nobody sees or that begins a
/// line: 金蝶 would save such a number under another one, and nobody could type it.
fn hidden(refund: &Refund) -> impl Iterator<Item = (&'static str, &str)> {
    let of_head = [
        ("refund_no", refund.refund_no.as_str()),
        ("shop_no", refund.shop_no.as_str()),
        ("customer_no", refund.customer_no.as_str()),
        ("warehouse_no", refund.warehouse_no.as_str()),
    ];
    let of_lines = refund
        .refund_order_list
        .iter()
        .flat_map(|line| [("spec_no", line.spec_no.as_str()), ("goods_no", line.goods_no.as_str())]);
    of_head.into_iter().chain(of_lines).filter(|(_, value)| number(value).contains(is_hidden))
}

/// Why a number cannot be used.
fn unfit(field: &str, value: &str) -> Reason {
    let value = shown(number(value));
    unreadable(Text::of(
        format!("{field} “{value}” 中有换行、控制字符或不可见字符"),
        format!("{field} \"{value}\" has a line end, a control character or an invisible one in it"),
    ))
}

/// Whether a document of this number stands for a row that showed none: 旺店通 cannot be asked for it.
pub(crate) fn is_nameless(refund_no: &str) -> bool {
    refund_no.starts_with("id:") || refund_no.starts_with("text:")
}

fn nameless(message: Text) -> Reason {
    Reason::new(
        Cause::Unreadable,
        message,
        Text::new(
            "该行没有显示退换单号，它所在的时段会自动重读。退换单以单号出现后，把这一条决定为“不入账”。",
            "The row shows no number; its window is read again by itself. Once the return has come under its number, decide \
             this entry `ignored`.",
        ),
    )
}

fn unreadable(message: Text) -> Reason {
    Reason::new(
        Cause::Unreadable,
        message,
        Text::new(
            "在旺店通中更正该退换单，下次读取会自动重试。",
            "Mend the return in 旺店通; it is read again when it changes, or by `retry`.",
        ),
    )
}
