//! `doctor`: everything that a request for support needs, on one screen and without secrets. Changes nothing.

use std::fmt::Display;

use secrecy::ExposeSecret as _;
use serde_json::json;
use url::Url;
use wdt_qimen_sdk::{LimiterSnapshot, Span};

use super::context::{Context, Exit};
use super::open;
use super::output::Out;
use crate::check::route::Route;
use crate::check::step::{Outcome, Step, StepKind};
use crate::clock::{Clock, rfc3339, shanghai};
use crate::config::{self, Alert, Config, Credentials, Pipeline};
use crate::lang::Text;
use crate::sink::Sink;
use crate::source::Source;
use crate::store::{self, PipelineRow, PipelineStatus, Store};
use crate::worker::{KeptPace, clients_beside};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 不联网，只看本机。Reaches neither system.
    #[arg(long)]
    offline: bool,
    /// 输出 JSON：逐步的检查结果。Writes JSON: the steps of the diagnosis.
    #[arg(long)]
    json: bool,
}

/// How many faults of the configuration are shown; `check` has them all.
const MOST_FAULTS: usize = 5;

/// What a side goes through once its host is reached.
const OF_WDT: [StepKind; 2] = [StepKind::Credentials, StepKind::Clock];
const OF_KINGDEE: [StepKind; 3] = [StepKind::Credentials, StepKind::Form, StepKind::BaseData];
/// A clock that is off by more is told, in milliseconds.
const CLOCK_OFF: i64 = 60_000;

pub(super) async fn run(args: &Args, context: &mut Context) -> Exit {
    let mut steps = Vec::new();
    if !args.json {
        return diagnose(args, &mut steps, context).await;
    }
    let mut silent = Context { config: context.config.clone(), out: Out::silent() };
    let exit = diagnose(args, &mut steps, &mut silent).await;
    context.out.json(&json!({
        "at": rfc3339(Clock::system().now()),
        "version": env!("CARGO_PKG_VERSION"),
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "steps": steps,
    }));
    exit
}

async fn diagnose(args: &Args, steps: &mut Vec<Step>, context: &mut Context) -> Exit {
    let clock = Clock::system();
    context.out.line(format!(
        "refund-sync {} · {} {} · {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        rfc3339(clock.now())
    ));
    let config = match configuration(context) {
        Ok(config) => config,
        Err(exit) => {
            steps.push(Step::failed(
                StepKind::Configuration,
                "",
                Text::new("配置有错误", "it has faults"),
                Text::new(
                    "refund-sync check 会列出全部错误和改法。",
                    "refund-sync check lists them all with a fix.",
                ),
            ));
            let rest = [
                StepKind::Journal,
                StepKind::Names,
                StepKind::Connection,
                StepKind::Tls,
                StepKind::Credentials,
            ];
            steps.extend(Step::after_failure(&rest, "", StepKind::Configuration));
            return exit;
        }
    };
    steps.push(Step::passed(StepKind::Configuration, "", Text::new("没有错误", "no fault")));
    let mut exit = Exit::Done;
    let (store, status) = journal(&config, &mut exit, context).await;
    steps.push(if exit == Exit::Done {
        Step::passed(StepKind::Journal, "", Text::new("可用", "can be opened"))
    } else {
        Step::failed(
            StepKind::Journal,
            "",
            Text::new("打不开", "cannot be opened"),
            Text::new(
                "原因与处理见 refund-sync journal check。",
                "refund-sync journal check says why and what to do.",
            ),
        )
    });
    for pipeline in &config.pipelines {
        settings(pipeline, context);
        let row = match &store {
            Some(store) => store.known_pipeline(&pipeline.name).await.ok().flatten(),
            None => None,
        };
        match status.iter().find(|status| status.pipeline == pipeline.name) {
            Some(status) => state(status, row.as_ref(), &mut exit, context),
            None => context.out.line("  状态 state: 尚未运行过 nothing was journalled yet"),
        }
        if !args.offline {
            let kept = match &store {
                Some(store) => KeptPace::of(store.as_ref(), &pipeline.name, &clock).await.unwrap_or_default(),
                None => KeptPace::default(),
            };
            exit = exit.max(reach(pipeline, kept, &clock, steps, context).await);
        }
    }
    if !args.offline {
        for alert in &config.alerts {
            exit = exit.max(receiver(alert, &clock, steps, context).await);
        }
    }
    context.out.line(match exit {
        Exit::Done => "一切正常。All is well.",
        _ => "以上内容不含密钥，可附在支持请求中。Nothing above is secret: send it along when asking for support.",
    });
    exit
}

fn configuration(context: &mut Context) -> Result<Config, Exit> {
    let path = context.config.display().to_string();
    match config::load(&context.config, open::environment()) {
        Ok(loaded) => {
            let config = loaded.config;
            let server = config.server.as_ref().map_or_else(
                || "-".to_owned(),
                |server| {
                    let token =
                        if server.token.is_some() { "有令牌 with a token" } else { "无令牌 no token" };
                    format!("{} ({token})", server.listen)
                },
            );
            let alerts: Vec<&str> = config.alerts.iter().map(|alert| alert.kind.as_str()).collect();
            context.out.line(format!(
                "配置 configuration {path}: {} 个同步方案 pipelines · {} 个注意 warnings · 状态页 page {server} · 报警 alerts {}",
                config.pipelines.len(),
                loaded.warnings.len() + loaded.weak.len(),
                if alerts.is_empty() { "-".to_owned() } else { alerts.join(", ") }
            ));
            for warning in loaded.warnings.iter().chain(&loaded.weak) {
                context.out.lines(format!("  注意 warning: {warning}"));
            }
            Ok(config)
        }
        Err(faults) => {
            let faults = faults.as_slice();
            context.out.line(format!("配置 configuration {path}: {} 处错误 faults", faults.len()));
            for fault in faults.iter().take(MOST_FAULTS) {
                context.out.lines(format!("  {fault}"));
            }
            context.out.line("全部错误 All of them: refund-sync check");
            Err(Exit::Configuration)
        }
    }
}

/// The journal, as far as this version can read it, and where every pipeline stands in it.
async fn journal(
    config: &Config,
    exit: &mut Exit,
    context: &mut Context,
) -> (Option<std::sync::Arc<dyn Store>>, Vec<PipelineStatus>) {
    let about = match store::journal_info(&config.store.url).await {
        Ok(about) => about,
        Err(error) => return broken(&error, exit, context),
    };
    let size = about.bytes.map_or_else(
        || "尚未建立 not made yet".to_owned(),
        |bytes| format!("{}.{} MiB", bytes >> 20, (bytes >> 10) % 1024 * 10 / 1024),
    );
    context.out.line(format!(
        "同步台账 journal {}: {size} · 结构版本 schema {} (本程序 this program {}) · 使用者 worked by {}",
        about.place,
        about.schema.map_or_else(|| "-".to_owned(), |schema| schema.to_string()),
        about.known,
        if about.holders.is_empty() { "-".to_owned() } else { about.holders.join(", ") }
    ));
    if !about.is_current() {
        if about.schema.is_some() {
            context.out.line("  下次运行会升级结构，此后才能显示状态。The next run brings the schema up to date; until then no state is shown.");
        }
        return (None, Vec::new());
    }
    let opened = match store::open_read_only(&config.store.url).await {
        Ok(Some(store)) => store.status().await.map(|status| (Some(store), status)),
        Ok(None) => Ok((None, Vec::new())),
        Err(error) => Err(error),
    };
    match opened {
        Ok(found) => found,
        Err(error) => broken(&error, exit, context),
    }
}

fn broken<T>(
    error: &impl Display,
    exit: &mut Exit,
    context: &mut Context,
) -> (Option<T>, Vec<PipelineStatus>) {
    *exit = Exit::Failed;
    context.out.line(format!("同步台账 journal: 失败 failed: {error}"));
    (None, Vec::new())
}

fn settings(pipeline: &Pipeline, context: &mut Context) {
    let (wdt, kingdee) = (&pipeline.wdt, &pipeline.kingdee);
    let host = |url: &url::Url| url.host_str().unwrap_or_default().to_owned();
    let auth = match kingdee.credentials {
        Credentials::Signature { .. } => "signature",
        Credentials::AppSecret { .. } => "app-secret",
        Credentials::Sign { .. } => "sign",
        Credentials::Password { .. } => "password",
    };
    context.out.line(format!(
        "{}: 旺店通 {} sid {} {}/min 类型 types {:?} 状态 status {:?} enrich {:?} → 金蝶 {} 组织 org {} {auth} {}/min × {} finish {:?} verify {:?} · 规则 rules {}",
        pipeline.name,
        host(&wdt.base_url),
        wdt.sid,
        wdt.quota_per_minute,
        wdt.types,
        wdt.process_status,
        wdt.enrich,
        host(&kingdee.base_url),
        kingdee.org_num,
        kingdee.quota_per_minute,
        kingdee.batch_size,
        kingdee.finish,
        kingdee.verify,
        pipeline.mapping.version
    ));
}

fn state(status: &PipelineStatus, row: Option<&PipelineRow>, exit: &mut Exit, context: &mut Context) {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    context.out.line(format!(
        "  状态 state: 已完整读取至 fully read to {} · 已读至 read to {} · 时钟差 clock offset {} s",
        or_none(&status.cursor),
        or_none(&status.read_until),
        status.clock_offset_seconds
    ));
    if let Some(clock) = &status.clock {
        if clock.state != "unknown" {
            *exit = (*exit).max(Exit::NeedsPerson);
        }
        context.out.line(format!("  时钟 clock ({}): {}", clock.state, clock.message));
    }
    if let Some(stopped) = &status.stopped {
        *exit = (*exit).max(Exit::NeedsPerson);
        context.out.line(format!("  已停止 STOPPED since {}: {}", stopped.since, stopped.reason));
        context.out.line(format!("    → {}", stopped.remedy));
    }
    if let Some(paused) = &status.paused {
        context.out.line(format!("  已暂停 paused since {paused}"));
    }
    let counts = |counts: Vec<String>| if counts.is_empty() { "-".to_owned() } else { counts.join(", ") };
    let named = |counts: &std::collections::BTreeMap<String, u64>| -> Vec<String> {
        counts.iter().map(|(name, count)| format!("{name} {count}")).collect()
    };
    let documents = status.documents.iter().filter(|(_, count)| **count > 0);
    context.out.line(format!(
        "  单据 documents: {} · 待处理 parked: {} · 标记 flags: {}",
        counts(documents.map(|(state, count)| format!("{state} {count}")).collect()),
        counts(named(&status.parked)),
        counts(named(&status.flags))
    ));
    if let Some(run) = status.runs.first() {
        let ended = run.ended.as_deref().unwrap_or("未结束 not ended");
        context.out.line(format!("  最近一次 last run: {} {} … {ended}", run.command, run.started));
    }
    let learned = row.and_then(|row| row.limiter.as_deref());
    let learned: Option<LimiterSnapshot> = learned.and_then(|text| serde_json::from_str(text).ok());
    for (method, lane) in learned.iter().flat_map(|learned| &learned.lanes) {
        if lane.ceiling.is_some() || lane.held_until.is_some() {
            context.out.line(format!(
                "  限流 limiter {method}: 上限 ceiling {}/min · 禁止至 held until {}",
                lane.ceiling.map_or_else(|| "-".to_owned(), |ceiling| format!("{ceiling:.1}")),
                lane.held_until.map_or_else(|| "-".to_owned(), rfc3339)
            ));
        }
    }
}

/// The way to a side, as far as it leads; what is wrong with it is told. Says whether it can be gone.
async fn way(route: Route<'_>, steps: &mut Vec<Step>, context: &mut Context) -> bool {
    let (walked, reached) = route.walk().await;
    for step in &walked {
        show(step, context);
    }
    steps.extend(walked);
    reached
}

/// What is not as it should be.
fn show(step: &Step, context: &mut Context) {
    let Step { step: kind, subject, outcome, message, remedy } = step;
    match outcome {
        Outcome::Passed | Outcome::NotTried => return,
        Outcome::Warning => {
            context.out.line(format!("  注意 warning · {subject} · {}: {message}", kind.name()));
        }
        Outcome::Failed => {
            context.out.line(format!("  失败 failed · {subject} · {}: {message}", kind.name()));
        }
    }
    context.out.line(format!("    → {remedy}"));
}

/// One cheap read of each system, once the way there is clear.
async fn reach(
    pipeline: &Pipeline,
    kept: KeptPace,
    clock: &Clock,
    steps: &mut Vec<Step>,
    context: &mut Context,
) -> Exit {
    let (source, sink) = match clients_beside(pipeline, kept, clock) {
        Ok(clients) => clients,
        Err(message) => {
            context.out.line(format!("  {message}"));
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
        now: clock.now(),
    };
    let exit = if way(route, steps, context).await {
        ask_wdt(&source, &subject, clock, steps, context).await
    } else {
        steps.extend(Step::after_failure(&OF_WDT, &subject, StepKind::Connection));
        Exit::Failed
    };
    let subject = format!("{} 金蝶", pipeline.name);
    let has_own_certificates = kingdee.ca.is_some();
    let route = Route {
        url: &kingdee.base_url,
        proxy: &kingdee.proxy,
        has_own_certificates,
        subject: &subject,
        ..route
    };
    if way(route, steps, context).await {
        exit.max(ask_kingdee(&sink, &subject, clock, steps, context).await)
    } else {
        steps.extend(Step::after_failure(&OF_KINGDEE, &subject, StepKind::Connection));
        Exit::Failed
    }
}

async fn ask_wdt(
    source: &Source,
    subject: &str,
    clock: &Clock,
    steps: &mut Vec<Step>,
    context: &mut Context,
) -> Exit {
    let second = shanghai(clock.now()) - chrono::TimeDelta::hours(1);
    let begun = clock.now();
    let Ok(span) = Span::new(second, second) else { return Exit::Done };
    let page = match source.page(span, 0).await {
        Ok(page) => page,
        Err(error) => {
            context.out.line(format!("  旺店通: 失败 failed: {error}"));
            context.out.line(format!("    → {}", error.advice()));
            let message = Text::same(error.to_string());
            steps.push(Step::failed(StepKind::Credentials, subject, message, error.advice().into()));
            steps.extend(Step::after_failure(&[StepKind::Clock], subject, StepKind::Credentials));
            return Exit::Failed;
        }
    };
    let took = (clock.now() - begun).num_milliseconds();
    let offset = page.server_time.map(|server| (server - page.asked_at).num_milliseconds());
    let told = offset.map_or_else(|| "?".to_owned(), |offset| offset.to_string());
    context.out.line(format!("  旺店通: 可用 reached in {took} ms · 时钟差 clock offset {told} ms"));
    let message = Text::of(
        format!("密钥、白名单和限流均通过，{took} 毫秒"),
        format!("key, whitelist and quota are taken, {took} ms"),
    );
    steps.push(Step::passed(StepKind::Credentials, subject, message));
    let message = Text::of(format!("相差 {told} 毫秒"), format!("off by {told} ms"));
    let is_off = offset.is_some_and(|offset| offset.abs() > CLOCK_OFF);
    steps.push(if is_off {
        let remedy = Text::new("请校准本机时钟（NTP）。", "Set this machine's clock (NTP).");
        let step = Step::warning(StepKind::Clock, subject, message, remedy);
        show(&step, context);
        step
    } else {
        Step::passed(StepKind::Clock, subject, message)
    });
    if is_off { Exit::NeedsPerson } else { Exit::Done }
}

async fn ask_kingdee(
    sink: &Sink,
    subject: &str,
    clock: &Clock,
    steps: &mut Vec<Step>,
    context: &mut Context,
) -> Exit {
    let begun = clock.now();
    if let Err(error) = sink.ping().await {
        context.out.line(format!("  金蝶: 失败 failed: {error}"));
        context.out.line(format!("    → {}", error.advice()));
        let message = Text::same(error.to_string());
        steps.push(Step::failed(StepKind::Credentials, subject, message, error.advice().into()));
        let rest = [StepKind::Form, StepKind::BaseData];
        steps.extend(Step::after_failure(&rest, subject, StepKind::Credentials));
        return Exit::Failed;
    }
    let took = (clock.now() - begun).num_milliseconds();
    context.out.line(format!("  金蝶: 可用 reached in {took} ms"));
    let message = Text::of(
        format!("账套存在，账号可登录，{took} 毫秒"),
        format!("the data centre is there and lets the user in, {took} ms"),
    );
    steps.push(Step::passed(StepKind::Credentials, subject, message));
    steps.push(match sink.form_fields().await {
        Ok(fields) => {
            let count = fields.len();
            Step::passed(
                StepKind::Form,
                subject,
                Text::of(
                    format!("可查询销售退货单（{count} 个字段）；保存权限在首次写入时才能得知"),
                    format!("销售退货单 can be asked for ({count} fields); whether it may be saved only the first bill tells"),
                ),
            )
        }
        Err(error) => Step::not_tried(
            StepKind::Form,
            subject,
            Text::of(format!("站点没有给出单据的字段：{error}"), format!("the site does not tell the form's fields: {error}")),
        ),
    });
    let message = Text::new("由 refund-sync check --live 检查", "refund-sync check --live looks at it");
    steps.push(Step::not_tried(StepKind::BaseData, subject, message));
    Exit::Done
}

/// The way to a receiver of alerts. Nothing is sent there: `alert test` does that.
async fn receiver(alert: &Alert, clock: &Clock, steps: &mut Vec<Step>, context: &mut Context) -> Exit {
    let subject = format!("报警 alert {}", alert.kind.as_str());
    let Ok(url) = Url::parse(alert.url.expose_secret()) else { return Exit::Configuration };
    let route = Route {
        url: &url,
        proxy: &alert.proxy,
        has_own_certificates: false,
        subject: &subject,
        now: clock.now(),
    };
    if way(route, steps, context).await { Exit::Done } else { Exit::NeedsPerson }
}
