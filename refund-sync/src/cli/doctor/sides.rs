//! What `doctor` asks of other machines: the way to each, then one cheap read. Nothing is written there, and what can only be
//! known by writing is said to be unknown.

use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::class::{Code, Objection};
use secrecy::ExposeSecret as _;
use url::Url;
use wdt_qimen_sdk::{ErrorKind, LimiterSnapshot, RefusalClass, Span};

use crate::check::data_centres::{DataCentre, data_centres};
use crate::check::route::Route;
use crate::check::step::{Outcome, Step, StepKind};
use crate::cli::context::{Context, Exit};
use crate::clock::{Clock, moment, shanghai};
use crate::config::{Alert, Kingdee, Pipeline, Wdt};
use crate::lang::{Text, told};
use crate::sink::Sink;
use crate::source::Source;
use crate::store::{PipelineRow, PipelineStatus};
use crate::worker::{KeptPace, clients_beside};

/// What a side goes through once its host is reached.
const OF_WDT: [StepKind; 4] = [StepKind::Credentials, StepKind::Whitelist, StepKind::Quota, StepKind::Clock];
const OF_KINGDEE: [StepKind; 6] = [
    StepKind::DataCentre,
    StepKind::Credentials,
    StepKind::Webapi,
    StepKind::Form,
    StepKind::Save,
    StepKind::BaseData,
];
/// A clock that is off by more is told, in milliseconds.
const CLOCK_OFF: i64 = 60_000;
/// So many data centres of the site are named.
const NAMED: usize = 5;
/// A number that no bill has: asking for it needs the right to query, and finds nothing.
const NO_BILL: &str = "refund-sync-doctor";

/// What the journal knows of a pipeline.
pub(super) struct Known {
    limiter: Option<LimiterSnapshot>,
    /// Bills that 金蝶 took.
    saved: u64,
}

impl Known {
    pub(super) fn of(row: Option<&PipelineRow>, status: Option<&PipelineStatus>) -> Self {
        let limiter = row.and_then(|row| serde_json::from_str(row.limiter.as_deref()?).ok());
        let taken = ["saved", "confirmed"];
        let counts = status.iter().flat_map(|status| &status.documents);
        let saved = counts.filter(|(state, _)| taken.contains(state)).map(|(_, count)| count).sum();
        Self { limiter, saved }
    }
}

/// Asks, and tells what came of it.
pub(super) struct Sides<'a> {
    pub(super) clock: &'a Clock,
    pub(super) steps: &'a mut Vec<Step>,
    pub(super) context: &'a mut Context,
}

impl Sides<'_> {
    /// One cheap read of each system, once the way there is clear.
    pub(super) async fn reach(&mut self, pipeline: &Pipeline, kept: KeptPace, known: &Known) -> Exit {
        let (source, sink) = match clients_beside(pipeline, kept, self.clock) {
            Ok(clients) => clients,
            Err(message) => {
                self.context.out.line(format!("  {message}"));
                return Exit::Configuration;
            }
        };
        let (wdt, kingdee) = (&pipeline.wdt, &pipeline.kingdee);
        let subject = format!("{} 旺店通", pipeline.name);
        let route = Route {
            url: &wdt.base_url,
            proxy: &wdt.proxy,
            has_own_certificates: false,
            subject: &subject,
            now: self.clock.now(),
        };
        let exit = match self.way(route).await {
            Ok(()) => self.ask_wdt(&source, wdt, &subject, known).await,
            Err(failed) => {
                self.steps.extend(Step::after_failure(&OF_WDT, &subject, failed));
                Exit::Failed
            }
        };
        let subject = format!("{} 金蝶", pipeline.name);
        let route = Route {
            url: &kingdee.base_url,
            proxy: &kingdee.proxy,
            has_own_certificates: kingdee.ca.is_some(),
            subject: &subject,
            ..route
        };
        match self.way(route).await {
            Ok(()) => exit.max(self.ask_kingdee(&sink, kingdee, &subject, known).await),
            Err(failed) => {
                self.steps.extend(Step::after_failure(&OF_KINGDEE, &subject, failed));
                Exit::Failed
            }
        }
    }

    /// The way to a receiver of alerts. Nothing is sent there: `alert test` does that.
    pub(super) async fn receiver(&mut self, alert: &Alert) -> Exit {
        let subject = told!("报警 {}", "alert {}", alert.kind.as_str());
        let Ok(url) = Url::parse(alert.url.expose_secret()) else { return Exit::Configuration };
        let route = Route {
            url: &url,
            proxy: &alert.proxy,
            has_own_certificates: false,
            subject: &subject,
            now: self.clock.now(),
        };
        self.way(route).await.map_or(Exit::NeedsPerson, |()| Exit::Done)
    }

    /// The way to a host, as far as it leads; what is wrong with it is told. Gives the step that stops.
    async fn way(&mut self, route: Route<'_>) -> Result<(), StepKind> {
        let (steps, walked) = route.walk().await;
        for step in steps {
            self.tell(step);
        }
        walked
    }

    /// Notes a step; what is not as it should be is told.
    fn tell(&mut self, step: Step) {
        let Step { step: kind, subject, outcome, message, remedy } = &step;
        let word = match outcome {
            Outcome::Passed | Outcome::NotTried => None,
            Outcome::Warning => Some(told!("注意", "warning")),
            Outcome::Failed => Some(told!("失败", "failed")),
        };
        if let Some(word) = word {
            self.context.out.line(format!("  {word} · {subject} · {}: {message}", kind.name()));
            self.context.out.line(format!("    → {remedy}"));
        }
        self.steps.push(step);
    }

    /// A side refused: which of its steps that is, and that those around it prove nothing.
    fn refused(&mut self, of: &[StepKind], subject: &str, failed: &Step) {
        for kind in of {
            if *kind == failed.step {
                self.steps.push(failed.clone());
            } else {
                self.steps.extend(Step::after_failure(&[*kind], subject, failed.step));
            }
        }
    }

    async fn ask_wdt(&mut self, source: &Source, wdt: &Wdt, subject: &str, known: &Known) -> Exit {
        let second = shanghai(self.clock.now()) - TimeDelta::hours(1);
        let begun = self.clock.now();
        let Ok(span) = Span::new(second, second) else { return Exit::Done };
        let page = match source.page(span, 0).await {
            Ok(page) => page,
            Err(error) => {
                let zh = Text::from(&error).zh;
                self.context.out.line(told!("  失败：{zh}", "  旺店通: failed: {error}"));
                self.context.out.line(format!("    → {}", Text::from(error.advice())));
                let failed = match (error.refusal().map(|refusal| refusal.class), error.kind()) {
                    (Some(RefusalClass::Permission), _) => StepKind::Whitelist,
                    (Some(RefusalClass::Limited), _) | (None, ErrorKind::Held { .. }) => StepKind::Quota,
                    (Some(RefusalClass::Clock), _) => StepKind::Clock,
                    _ => StepKind::Credentials,
                };
                let message = Text::of(zh, error.to_string());
                self.refused(
                    &OF_WDT,
                    subject,
                    &Step::failed(failed, subject, message, error.advice().into()),
                );
                return Exit::Failed;
            }
        };
        let took = (self.clock.now() - begun).num_milliseconds();
        let offset = page.server_time.map(|server| (server - page.asked_at).num_milliseconds());
        let told = offset.map_or_else(|| "?".to_owned(), |offset| offset.to_string());
        self.context.out.line(told!(
            "  旺店通：可用，{took} 毫秒 · 时钟差 {told} 毫秒",
            "  旺店通: reached in {took} ms · clock offset {told} ms"
        ));
        let message = Text::of(format!("密钥正确，{took} 毫秒"), format!("the key is right, {took} ms"));
        self.tell(Step::passed(StepKind::Credentials, subject, message));
        let message =
            Text::new("应用已授权，本机地址放行", "the application and this machine's address are let in");
        self.tell(Step::passed(StepKind::Whitelist, subject, message));
        self.tell(quota(wdt, subject, known.limiter.as_ref(), self.clock.now()));
        let message = Text::of(format!("相差 {told} 毫秒"), format!("off by {told} ms"));
        if offset.is_some_and(|offset| offset.abs() > CLOCK_OFF) {
            let remedy = Text::new("请校准本机时钟（NTP）。", "Set this machine's clock (NTP).");
            self.tell(Step::warning(StepKind::Clock, subject, message, remedy));
            return Exit::NeedsPerson;
        }
        self.tell(Step::passed(StepKind::Clock, subject, message));
        Exit::Done
    }

    async fn ask_kingdee(&mut self, sink: &Sink, kingdee: &Kingdee, subject: &str, known: &Known) -> Exit {
        let centres = data_centres(kingdee).await;
        let begun = self.clock.now();
        let answer = sink.ping().await;
        self.tell(centre(kingdee, subject, centres.as_deref(), answer.is_ok()));
        if let Err(error) = answer {
            let zh = Text::from(&error).zh;
            self.context.out.line(told!("  失败：{zh}", "  金蝶: failed: {error}"));
            self.context.out.line(format!("    → {}", Text::from(error.advice())));
            let text = error.to_string();
            let failed = if is_of_the_webapi(&text) { StepKind::Webapi } else { StepKind::Credentials };
            let message = Text::of(zh, text);
            let failed = Step::failed(failed, subject, message, error.advice().into());
            self.refused(&OF_KINGDEE[1..], subject, &failed);
            return Exit::Failed;
        }
        let took = (self.clock.now() - begun).num_milliseconds();
        self.context.out.line(told!("  金蝶：可用，{took} 毫秒", "  金蝶: reached in {took} ms"));
        let message = Text::of(format!("账号可登录，{took} 毫秒"), format!("the user is let in, {took} ms"));
        self.tell(Step::passed(StepKind::Credentials, subject, message));
        let message = Text::new("允许调用，有许可", "calls are taken, there is a licence");
        self.tell(Step::passed(StepKind::Webapi, subject, message));
        let exit = match sink.numbered(NO_BILL).await {
            Ok(_) => Exit::Done,
            Err(error) => {
                let message = Text::of(Text::from(&error).zh, error.to_string());
                self.tell(Step::failed(StepKind::Form, subject, message, error.advice().into()));
                Exit::NeedsPerson
            }
        };
        if exit == Exit::Done {
            let step = match sink.form_fields().await {
                Ok(fields) => {
                    let count = fields.len();
                    Step::passed(
                        StepKind::Form,
                        subject,
                        Text::of(
                            format!("可查询销售退货单（{count} 个字段）"),
                            format!("销售退货单 can be asked for ({count} fields)"),
                        ),
                    )
                }
                Err(error) => {
                    let message = Text::of(
                        format!("可查询销售退货单；站点没有给出字段：{}", Text::from(&error).zh),
                        format!("销售退货单 can be asked for; the site does not tell its fields: {error}"),
                    );
                    Step::passed(StepKind::Form, subject, message)
                }
            };
            self.tell(step);
        }
        self.tell(save(subject, known.saved));
        let message = Text::new("由 refund-sync check --live 检查", "refund-sync check --live looks at it");
        self.tell(Step::not_tried(StepKind::BaseData, subject, message));
        exit
    }
}

/// The pace: what was learned of 旺店通's limit, beside what the configuration takes for it.
fn quota(wdt: &Wdt, subject: &str, learned: Option<&LimiterSnapshot>, now: DateTime<Utc>) -> Step {
    let lanes = || learned.iter().flat_map(|learned| learned.lanes.values());
    let held = lanes().filter_map(|lane| lane.held_until).filter(|until| *until > now).max();
    if let Some(until) = held {
        let until = moment(until);
        return Step::warning(
            StepKind::Quota,
            subject,
            Text::of(
                format!("旺店通要求等待至 {until}"),
                format!("旺店通 wants to be left alone until {until}"),
            ),
            Text::new(
                "等待即可；经常如此请调低 quota_per_minute，并确认没有其它程序共用该密钥。",
                "Wait; if it comes back, lower quota_per_minute, and see that no other program uses this key.",
            ),
        );
    }
    let agreed = wdt.quota_per_minute;
    let ceiling = lanes().filter_map(|lane| lane.ceiling).filter(|ceiling| *ceiling < f64::from(agreed));
    match ceiling.reduce(f64::min) {
        Some(ceiling) => Step::warning(
            StepKind::Quota,
            subject,
            Text::of(
                format!("配置每分钟 {agreed} 次，实测只接受 {ceiling:.1} 次"),
                format!("{agreed} calls a minute are configured, {ceiling:.1} were seen to be taken"),
            ),
            Text::of(
                format!("把 quota_per_minute 设为 {ceiling:.0}，或向旺店通申请提高。"),
                format!("Set quota_per_minute to {ceiling:.0}, or have 旺店通 raise it."),
            ),
        ),
        None => Step::passed(
            StepKind::Quota,
            subject,
            Text::of(format!("每分钟 {agreed} 次"), format!("{agreed} calls a minute")),
        ),
    }
}

/// Whether the data centre is among those that the site lists; a login that is taken is the better proof.
fn centre(kingdee: &Kingdee, subject: &str, listed: Option<&[DataCentre]>, is_let_in: bool) -> Step {
    let kind = StepKind::DataCentre;
    let ours = &kingdee.acct_id;
    let Some(listed) = listed else {
        return if is_let_in {
            Step::passed(kind, subject, Text::new("登录成功，账套存在", "it lets us in, so it is there"))
        } else {
            let message = Text::new(
                "站点不公开账套清单，由登录得知",
                "the site lists none without a login: the login tells",
            );
            Step::not_tried(kind, subject, message)
        };
    };
    if let Some(found) = listed.iter().find(|centre| centre.id == *ours) {
        let name = &found.name;
        return Step::passed(
            kind,
            subject,
            Text::of(format!("站点上有 {ours} {name}"), format!("the site has {ours} {name}")),
        );
    }
    let named: Vec<_> = listed.iter().take(NAMED).map(|one| format!("{} {}", one.id, one.name)).collect();
    let more = listed.len().checked_sub(NAMED).filter(|more| *more > 0);
    let named = named.join("; ") + &more.map(|more| format!("; … +{more}")).unwrap_or_default();
    let message = Text::of(
        format!("站点列出的账套中没有 acct_id {ours}：{named}"),
        format!("acct_id {ours} is not among those that the site lists: {named}"),
    );
    let remedy = Text::new(
        "把 acct_id 改为清单中的 id（不是名称），并核对 base_url。",
        "Set acct_id to one of these ids (not a name), and check base_url.",
    );
    let judge = if is_let_in { Step::warning } else { Step::failed };
    judge(kind, subject, message, remedy)
}

/// Nothing is known to tell the right to save without saving: what was saved before does.
fn save(subject: &str, saved: u64) -> Step {
    if saved > 0 {
        let message = Text::of(format!("已保存过 {saved} 张"), format!("{saved} bills were saved before"));
        return Step::passed(StepKind::Save, subject, message);
    }
    let message = Text::new(
        "不写入就无法得知；首张单据会说明，没有权限时程序停下并提示",
        "nothing tells without writing; the first bill does, and without the right the work stops and says so",
    );
    Step::not_tried(StepKind::Save, subject, message)
}

/// The user is known, and may not call.
fn is_of_the_webapi(text: &str) -> bool {
    let rule = Objection { field: None, message: text, code: Code::Msg(0), is_login: false }.rule();
    ["webapi-users", "app-users", "licence", "administrator-text"].contains(&rule.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_web_api_is_told_apart_from_one_of_the_password() {
        for text in ["Q: 当前用户未指定允许调用WebAPI接口 (11)", "没有WebAPI许可", "不允许管理员登录"]
        {
            assert!(is_of_the_webapi(text), "{text}");
        }
        for text in ["用户名或密码错误", "数据中心无法获取到", "HTTP 502: Bad Gateway"] {
            assert!(!is_of_the_webapi(text), "{text}");
        }
    }
}
