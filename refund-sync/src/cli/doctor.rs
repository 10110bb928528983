//! `doctor`: everything that a request for support needs, on one screen and without secrets. Changes nothing. What is asked of
//! other machines is in `doctor::sides`.

mod sides;

use std::fmt::Display;

use serde_json::json;
use wdt_qimen_sdk::LimiterSnapshot;

use super::context::{Context, Exit};
use super::open;
use super::output::Out;
use crate::check::step::{Step, StepKind};
use crate::clock::{Clock, for_people, moment, rfc3339};
use crate::config::{self, Config, Credentials, Pipeline};
use crate::lang::{Text, told};
use crate::store::{self, PipelineRow, PipelineStatus, Store, holder_text};
use crate::worker::KeptPace;
use sides::{Known, Sides};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 不联网，只看本机。
    ///
    /// Reaches neither system.
    #[arg(long)]
    offline: bool,
    /// 输出 JSON：逐步的检查结果。
    ///
    /// Writes JSON: the steps of the diagnosis.
    #[arg(long)]
    json: bool,
}

/// How many faults of the configuration are shown; `check` has them all.
const MOST_FAULTS: usize = 5;

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
        moment(clock.now())
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
            None => context.out.line(told!("  状态：尚未运行过", "  state: nothing was journalled yet")),
        }
        if !args.offline {
            let kept = match &store {
                Some(store) => KeptPace::of(store.as_ref(), &pipeline.name, &clock).await.unwrap_or_default(),
                None => KeptPace::default(),
            };
            let known = Known::of(row.as_ref(), status.iter().find(|one| one.pipeline == pipeline.name));
            let mut sides = Sides { clock: &clock, steps: &mut *steps, context: &mut *context };
            exit = exit.max(sides.reach(pipeline, kept, &known).await);
        }
    }
    if !args.offline {
        for alert in &config.alerts {
            let mut sides = Sides { clock: &clock, steps: &mut *steps, context: &mut *context };
            exit = exit.max(sides.receiver(alert).await);
        }
    }
    context.out.line(match exit {
        Exit::Done => told!("一切正常。", "All is well."),
        _ => told!(
            "以上内容不含密钥，可附在支持请求中。",
            "Nothing above is secret: send it along when asking for support."
        ),
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
                    let listen = server.listen;
                    if server.token.is_some() || !server.users.is_empty() {
                        told!("{listen}（有令牌）", "{listen} (with a token)")
                    } else {
                        told!("{listen}（无令牌）", "{listen} (no token)")
                    }
                },
            );
            let alerts: Vec<&str> = config.alerts.iter().map(|alert| alert.kind.as_str()).collect();
            context.out.line(told!(
                "配置 {path}：{} 个同步方案 · {} 个注意 · 状态页 {server} · 报警 {}",
                "configuration {path}: pipelines {} · warnings {} · page {server} · alerts {}",
                config.pipelines.len(),
                loaded.warnings.len() + loaded.weak.len(),
                if alerts.is_empty() { "-".to_owned() } else { alerts.join(", ") }
            ));
            for warning in loaded.warnings.iter().chain(&loaded.weak) {
                context.out.lines(told!("  注意：{warning}", "  warning: {warning}"));
            }
            Ok(config)
        }
        Err(faults) => {
            let faults = faults.as_slice();
            context.out.line(told!(
                "配置 {path}：{} 处错误",
                "configuration {path}: faults {}",
                faults.len()
            ));
            for fault in faults.iter().take(MOST_FAULTS) {
                context.out.lines(format!("  {fault}"));
            }
            context.out.line(told!("全部错误：refund-sync check", "All of them: refund-sync check"));
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
        || told!("尚未建立", "not made yet"),
        |bytes| format!("{}.{} MiB", bytes >> 20, (bytes >> 10) % 1024 * 10 / 1024),
    );
    let holders: Vec<_> = about.holders.iter().map(|holder| holder_text(holder).to_string()).collect();
    context.out.line(told!(
        "同步台账 {}：{size} · 结构版本 {}（本程序 {}）· 使用者 {}",
        "journal {}: {size} · schema {} (this program {}) · worked by {}",
        about.place,
        about.schema.map_or_else(|| "-".to_owned(), |schema| schema.to_string()),
        about.known,
        if holders.is_empty() { "-".to_owned() } else { holders.join(", ") }
    ));
    if !about.is_current() {
        if about.schema.is_some() {
            context.out.line(told!(
                "  下次运行会升级结构，此后才能显示状态。",
                "  The next run brings the schema up to date; until then no state is shown."
            ));
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
    context.out.line(told!("同步台账：失败：{error}", "journal: failed: {error}"));
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
    let numbers = |numbers: &mut dyn Iterator<Item = i32>| {
        let numbers: Vec<_> = numbers.map(|number| number.to_string()).collect();
        numbers.join(", ")
    };
    let (types, statuses) =
        (numbers(&mut wdt.types.iter().copied()), numbers(&mut wdt.process_status.iter().copied()));
    // Values as the configuration has them, by its keys in English.
    context.out.line(told!(
        "{}：旺店通 {}（sid {}，每分钟 {} 次，类型 {types}，状态 {statuses}，补充数据 {}）→ 金蝶 {}（组织 {}，认证 {auth}，每分钟 {} 次，每批 {} 张，完成到 {}，核对 {}）· 规则 {}",
        "{}: 旺店通 {} sid {} {}/min types {types} status {statuses} enrich {} → 金蝶 {} org {} {auth} {}/min × {} finish {} verify {} · rules {}",
        pipeline.name,
        host(&wdt.base_url),
        wdt.sid,
        wdt.quota_per_minute,
        wdt.enrich.as_str(),
        host(&kingdee.base_url),
        kingdee.org_num,
        kingdee.quota_per_minute,
        kingdee.batch_size,
        kingdee.finish.as_str(),
        kingdee.verify.as_str(),
        pipeline.mapping.version
    ));
}

fn state(status: &PipelineStatus, row: Option<&PipelineRow>, exit: &mut Exit, context: &mut Context) {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    context.out.line(told!(
        "  状态：已完整读取至 {} · 已读至 {} · 时钟差 {} 秒",
        "  state: fully read to {} · read to {} · clock offset {} s",
        or_none(&status.cursor),
        or_none(&status.read_until),
        status.clock_offset_seconds
    ));
    if let Some(clock) = &status.clock {
        if clock.state != "unknown" {
            *exit = (*exit).max(Exit::NeedsPerson);
        }
        context.out.line(told!("  时钟（{}）：{}", "  clock ({}): {}", clock.state, clock.message));
    }
    if let Some(stopped) = &status.stopped {
        *exit = (*exit).max(Exit::NeedsPerson);
        context.out.line(told!(
            "  自 {} 起已停止：{}",
            "  STOPPED since {}: {}",
            for_people(&stopped.since),
            stopped.reason
        ));
        context.out.line(format!("    → {}", stopped.remedy));
    }
    if let Some(paused) = status.paused.as_deref().map(for_people) {
        context.out.line(told!("  自 {paused} 起已暂停", "  paused since {paused}"));
    }
    let counts = |counts: Vec<String>| if counts.is_empty() { "-".to_owned() } else { counts.join(", ") };
    let named = |counts: &std::collections::BTreeMap<String, u64>| -> Vec<String> {
        counts.iter().map(|(name, count)| format!("{name} {count}")).collect()
    };
    let documents = status.documents.iter().filter(|(_, count)| **count > 0);
    context.out.line(told!(
        "  单据：{} · 待处理：{} · 标记：{}",
        "  documents: {} · parked: {} · flags: {}",
        counts(documents.map(|(state, count)| format!("{state} {count}")).collect()),
        counts(named(&status.parked)),
        counts(named(&status.flags))
    ));
    if let Some(run) = status.runs.first() {
        let ended = run.ended.as_deref().map_or_else(|| told!("未结束", "not ended"), for_people);
        let (command, started) = (&run.command, for_people(&run.started));
        context.out.line(told!(
            "  最近一次：{command} {started} … {ended}",
            "  last run: {command} {started} … {ended}"
        ));
    }
    let learned = row.and_then(|row| row.limiter.as_deref());
    let learned: Option<LimiterSnapshot> = learned.and_then(|text| serde_json::from_str(text).ok());
    for (method, lane) in learned.iter().flat_map(|learned| &learned.lanes) {
        if lane.ceiling.is_some() || lane.held_until.is_some() {
            context.out.line(told!(
                "  限流 {method}：上限 {}/分钟 · 禁止至 {}",
                "  limiter {method}: ceiling {}/min · held until {}",
                lane.ceiling.map_or_else(|| "-".to_owned(), |ceiling| format!("{ceiling:.1}")),
                lane.held_until.map_or_else(|| "-".to_owned(), moment)
            ));
        }
    }
}
