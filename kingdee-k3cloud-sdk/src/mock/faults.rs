//! What goes wrong at the simulated site, how often, and at which moment of a call.
//! What a client makes of it is the client's matter.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, header};

use super::call::Call;
use super::reply;

/// A kind of fault. *Before* means without effect, *after* that the effect is there.
///
/// ```
/// use kingdee_k3cloud_sdk::mock::{Fault, Site};
/// use kingdee_k3cloud_sdk::{BatchSave, DynForm, Fate};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let site = Site::builder().build();
/// site.fail_next(Fault::CutAfter);
/// let batch = BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")]);
/// let error = site.client()?.batch_save(&batch).await.unwrap_err();
/// assert_eq!((error.fate(), site.bills().len()), (Fate::Unknown, 1), "it is there all the same");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No connection is made. (Over a real socket it is accepted and closed: [`ResetBefore`](Self::ResetBefore).)
    Refuse,
    /// The connection is reset before anything is done.
    ResetBefore,
    /// The connection is reset when all is done.
    ResetAfter,
    /// The answer is cut in the middle.
    CutAfter,
    /// The answer never comes.
    StallAfter,
    /// A gateway's page with status 502, before.
    PageBefore,
    /// A page with status 200 instead of the answer, after.
    PageAfter,
    /// Status 503, before.
    UnavailableBefore,
    /// Status 504, after.
    UnavailableAfter,
    /// Status 429 with `Retry-After: 1`, before.
    TooManyRequests,
    /// `response_error:` with a time-out of the database, before.
    ExceptionBefore,
    /// The same, after.
    ExceptionAfter,
    /// `response_error:` with words that say nothing about what to do (未将对象引用设置到对象的实例), before.
    ExceptionUnexplained,
    /// A lock conflict (冲突，请稍候再使用) with MsgCode 0 for every bill, before.
    Lock,
    /// A lock conflict with MsgCode 13 for every bill, before: a second form of it.
    LockCode,
    /// 数据库连接超时 with MsgCode 0 for every bill, before.
    DatabaseText,
    /// MsgCode 6, before.
    Database,
    /// MsgCode 14, before.
    Throttle,
    /// Every session ends.
    SessionLost,
    /// A redirect to another host, before.
    Redirect,
    /// The firewall's array, before.
    Firewall,
    /// The public gateway's status 519 with 4002, before.
    Gateway,
    /// The same with 4006: the caller's clock is off.
    Clock,
}

/// Faults and their rates per call.
///
/// ```
/// use kingdee_k3cloud_sdk::mock::{Fault, Faults, Site};
///
/// // One answer in ten is lost:
/// let site = Site::builder().faults(Faults::none().with(Fault::ResetAfter, 0.1)).seed(7).build();
/// # let _ = site;
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    rates: Vec<(Fault, f64)>,
}

/// The name of no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of none, light, storm")]
pub struct UnknownFaults(String);

/// What transient faults a storm has, with their share of it.
const TRANSIENT: &[(Fault, f64)] = &[
    (Fault::Refuse, 0.10),
    (Fault::ResetBefore, 0.10),
    (Fault::ResetAfter, 0.12),
    (Fault::CutAfter, 0.08),
    (Fault::StallAfter, 0.06),
    (Fault::PageBefore, 0.06),
    (Fault::PageAfter, 0.06),
    (Fault::UnavailableBefore, 0.08),
    (Fault::UnavailableAfter, 0.08),
    (Fault::TooManyRequests, 0.06),
    (Fault::ExceptionBefore, 0.04),
    (Fault::ExceptionAfter, 0.04),
    (Fault::Lock, 0.06),
    (Fault::Database, 0.02),
    (Fault::Throttle, 0.02),
    (Fault::SessionLost, 0.02),
];

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// One call in twenty meets something transient.
    pub fn light() -> Self {
        Self::transient(0.05)
    }

    /// Three calls in ten meet something transient.
    pub fn storm() -> Self {
        Self::transient(0.30)
    }

    /// With this fault at this rate per call, from 0 to 1. Rates add up; past 1 the later ones never
    /// happen.
    #[must_use]
    pub fn with(mut self, fault: Fault, rate: f64) -> Self {
        self.rates.push((fault, rate));
        self
    }

    fn transient(rate: f64) -> Self {
        Self { rates: TRANSIENT.iter().map(|(fault, share)| (*fault, share * rate)).collect() }
    }

    /// The fault that a number from 0 to below 1 stands for.
    pub(super) fn draw(&self, mut unit: f64) -> Option<Fault> {
        for (fault, rate) in &self.rates {
            if unit < *rate {
                return Some(*fault);
            }
            unit -= rate;
        }
        None
    }
}

impl FromStr for Faults {
    type Err = UnknownFaults;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "none" => Ok(Self::none()),
            "light" => Ok(Self::light()),
            "storm" => Ok(Self::storm()),
            _ => Err(UnknownFaults(name.to_owned())),
        }
    }
}

/// What a caller sees of a call.
pub(super) enum Wire {
    Reply(Response<Bytes>),
    Refuse,
    Reset,
    Cut(Response<Bytes>),
    Stall,
}

/// A fault that the service itself reports.
pub(super) enum Effect {
    /// An objection to every bill.
    Each(Each),
    /// A refusal of the whole call.
    Whole { code: i64, message: &'static str },
}

/// What is objected to every bill of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Each {
    Lock,
    LockCode,
    DatabaseText,
}

impl Each {
    pub(super) fn reply(self, call: &Call) -> Response<Bytes> {
        match self {
            Self::Lock => reply::each(call, 0, |number| {
                format!(
                    "“api”使用业务单据：“销售退货单”业务操作-“[销售退货单-{number}-修改]”冲突，请稍候再使用。"
                )
            }),
            Self::LockCode => reply::each(call, 13, |_| "网络控制冲突，请稍后再试".to_owned()),
            Self::DatabaseText => reply::each(call, 0, |_| "数据库连接超时".to_owned()),
        }
    }
}

/// What a statement that took too long says, in an exception.
const DATABASE: &str = "Timeout 时间已到。在操作完成之前超时时间已过或服务器未响应。";

const PAGE: &str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

impl Fault {
    /// Every kind, for tests that go through all of them.
    pub const ALL: [Self; 23] = [
        Self::Refuse,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::CutAfter,
        Self::StallAfter,
        Self::PageBefore,
        Self::PageAfter,
        Self::UnavailableBefore,
        Self::UnavailableAfter,
        Self::TooManyRequests,
        Self::ExceptionBefore,
        Self::ExceptionAfter,
        Self::ExceptionUnexplained,
        Self::Lock,
        Self::LockCode,
        Self::DatabaseText,
        Self::Database,
        Self::Throttle,
        Self::SessionLost,
        Self::Redirect,
        Self::Firewall,
        Self::Gateway,
        Self::Clock,
    ];

    /// Its name in the counts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::CutAfter => "cut-after",
            Self::StallAfter => "stall-after",
            Self::PageBefore => "page-before",
            Self::PageAfter => "page-after",
            Self::UnavailableBefore => "unavailable-before",
            Self::UnavailableAfter => "unavailable-after",
            Self::TooManyRequests => "too-many-requests",
            Self::ExceptionBefore => "exception-before",
            Self::ExceptionAfter => "exception-after",
            Self::ExceptionUnexplained => "exception-unexplained",
            Self::Lock => "lock",
            Self::LockCode => "lock-code",
            Self::DatabaseText => "database-text",
            Self::Database => "database",
            Self::Throttle => "throttle",
            Self::SessionLost => "session-lost",
            Self::Redirect => "redirect",
            Self::Firewall => "firewall",
            Self::Gateway => "gateway",
            Self::Clock => "clock",
        }
    }

    /// What the caller sees if the fault comes before the site does anything.
    pub(super) fn before(self, retry_after: Duration) -> Option<Wire> {
        Some(match self {
            Self::Refuse => Wire::Refuse,
            Self::ResetBefore => Wire::Reset,
            Self::PageBefore => Wire::Reply(reply::page(StatusCode::BAD_GATEWAY, PAGE)),
            Self::UnavailableBefore => {
                Wire::Reply(reply::page(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"))
            }
            Self::TooManyRequests => {
                let refusal = reply::page(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
                let seconds = retry_after.as_secs().to_string();
                Wire::Reply(reply::with_header(refusal, header::RETRY_AFTER, &seconds))
            }
            Self::ExceptionBefore => Wire::Reply(reply::exception(DATABASE)),
            Self::ExceptionUnexplained => Wire::Reply(reply::exception("未将对象引用设置到对象的实例。")),
            Self::Redirect => {
                let moved = reply::page(StatusCode::TEMPORARY_REDIRECT, "");
                Wire::Reply(reply::with_header(moved, header::LOCATION, "https://elsewhere.example/k3cloud/"))
            }
            Self::Firewall => Wire::Reply(reply::firewall()),
            Self::Gateway => Wire::Reply(reply::unauthorized()),
            Self::Clock => Wire::Reply(reply::clock("0")),
            _ => return None,
        })
    }

    /// What the service itself says, without an effect.
    pub(super) fn effect(self) -> Option<Effect> {
        match self {
            Self::Lock => Some(Effect::Each(Each::Lock)),
            Self::LockCode => Some(Effect::Each(Each::LockCode)),
            Self::DatabaseText => Some(Effect::Each(Each::DatabaseText)),
            Self::Database => Some(Effect::Whole { code: 6, message: "数据库操作超时" }),
            Self::Throttle => Some(Effect::Whole { code: 14, message: "调用次数超过限制" }),
            _ => None,
        }
    }

    /// What the caller sees of an answer.
    pub(super) fn after(self, reply: Response<Bytes>) -> Wire {
        match self {
            Self::ResetAfter => Wire::Reset,
            Self::CutAfter => Wire::Cut(reply),
            Self::StallAfter => Wire::Stall,
            Self::PageAfter => Wire::Reply(reply::page(StatusCode::OK, PAGE)),
            Self::UnavailableAfter => {
                Wire::Reply(reply::page(StatusCode::GATEWAY_TIMEOUT, "Gateway Timeout"))
            }
            Self::ExceptionAfter => Wire::Reply(reply::exception(DATABASE)),
            _ => Wire::Reply(reply),
        }
    }
}

impl Wire {
    /// The nearest thing that can be said in HTTP.
    pub(super) fn into_http(self) -> Response<Bytes> {
        match self {
            Self::Reply(reply) => reply,
            Self::Refuse => reply::page(StatusCode::SERVICE_UNAVAILABLE, "refused"),
            Self::Reset => reply::page(StatusCode::BAD_GATEWAY, "reset"),
            Self::Cut(reply) => reply.map(|body| body.slice(..body.len() / 2)),
            Self::Stall => reply::page(StatusCode::GATEWAY_TIMEOUT, "stalled"),
        }
    }
}
