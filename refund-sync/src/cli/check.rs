//! `check`: every fault of the configuration at once. Starts nothing, and reaches nothing without `--live`, which is
//! `cli::live`'s.

#[cfg(feature = "tools")]
use std::path::PathBuf;

use super::context::{Context, Exit};
#[cfg(feature = "tools")]
use super::live;
use super::{open, run};
use crate::clock::Clock;
use crate::config::{self, Config, Fault, Loaded, Notes, StoreUrl};
use crate::lang::{Text, told};
use crate::{sink, source};

#[derive(Debug, clap::Args)]
#[cfg_attr(feature = "tools", command(group(clap::ArgGroup::new("asked").args(["live", "against"]))))]
pub(super) struct Args {
    #[cfg(feature = "tools")]
    /// 查询两个系统：登录、时钟、组织、客户、物料、仓库、近 7 天的退换单；不写入。
    ///
    /// Asks both systems; writes nothing to either.
    #[arg(long)]
    live: bool,
    #[cfg(feature = "tools")]
    /// 把查询结果存入文件。
    ///
    /// Keeps what they said.
    #[arg(long, value_name = "FILE", requires = "live")]
    keep: Option<PathBuf>,
    #[cfg(feature = "tools")]
    /// 对照先前保存的结果检查，不联网。
    ///
    /// Checks against what was kept, without a network.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    #[cfg(feature = "tools")]
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long, requires = "asked")]
    json: bool,
}

pub(super) async fn run(args: &Args, context: &mut Context) -> Exit {
    checked(args, context).await.unwrap_or_else(|exit| exit)
}

#[cfg_attr(
    not(feature = "tools"),
    expect(clippy::unused_async, reason = "only the tools ask the two systems")
)]
async fn checked(
    #[cfg_attr(not(feature = "tools"), expect(unused_variables))] args: &Args,
    context: &mut Context,
) -> Result<Exit, Exit> {
    let loaded = config::load(&context.config, open::environment());
    let Loaded { config, warnings, weak, left } = loaded.map_err(|faults| {
        context.out.errors(&faults);
        let Notes { warnings, weak, left } = faults.notes();
        tell(context, [warnings, weak], left);
        Exit::Configuration
    })?;
    tell(context, [&warnings, &weak], &left);
    offline(&config, &left, context)?;
    // The examples point at nobody's systems: there is nothing to ask them.
    if !left.is_empty() {
        return Err(Exit::Configuration);
    }
    #[cfg(feature = "tools")]
    if let Some(exit) = asked(args, &config, context).await {
        return exit;
    }
    for pipeline in &config.pipelines {
        context.out.line(told!(
            "{}：旺店通 {} → 金蝶 {}",
            "{}: 旺店通 {} → 金蝶 {}",
            pipeline.name,
            pipeline.wdt.sid,
            pipeline.kingdee.base_url.host_str().unwrap_or_default()
        ));
    }
    context.out.line(told!(
        "配置无误。下一步：refund-sync check --live、refund-sync run --dry-run",
        "The configuration is sound. Next: refund-sync check --live, refund-sync run --dry-run"
    ));
    Ok(Exit::Done)
}

/// What is no fault: said once, with the faults, so that nothing new comes up when they are mended.
fn tell(context: &mut Context, noted: [&Vec<Fault>; 2], left: &[Fault]) {
    for noted in noted.into_iter().flatten() {
        context.out.errors(told!("注意：{noted}", "warning: {noted}"));
    }
    for left in left {
        context.out.errors(left);
    }
}

/// What both systems say, now or when they were asked before.
#[cfg(feature = "tools")]
async fn asked(args: &Args, config: &Config, context: &mut Context) -> Option<Result<Exit, Exit>> {
    if args.live {
        return Some(live::live(config, args.keep.as_deref(), args.json, context).await);
    }
    args.against.as_ref().map(|path| live::against(config, path, args.json, context))
}

/// What can be told without a network.
fn offline(config: &Config, left: &[Fault], context: &mut Context) -> Result<(), Exit> {
    let clock = Clock::system();
    let mut faults = Vec::new();
    for pipeline in &config.pipelines {
        // What only the clients know of their settings: the shape of an app id, a usable certificate.
        if let Err(error) = source::client(&pipeline.wdt, &clock).build() {
            faults.push(format!(
                "{}: {} [pipeline.wdt]: {}",
                context.config.display(),
                pipeline.name,
                Text::from(&error)
            ));
        }
        // An app id that is the example's still is told already.
        let is_told = left.iter().any(|left| left.key.ends_with("kingdee.app_id"));
        if is_told {
            continue;
        }
        if let Err(error) = sink::client(&pipeline.kingdee, &clock).build() {
            faults.push(format!(
                "{}: {} [pipeline.kingdee]: {}",
                context.config.display(),
                pipeline.name,
                Text::from(&error)
            ));
        }
    }
    faults.extend(without_a_start(context, config));
    for fault in &faults {
        context.out.error(fault);
    }
    if faults.is_empty() { Ok(()) } else { Err(Exit::Configuration) }
}

/// The first run of a pipeline needs to be told where to begin.
fn without_a_start(context: &Context, config: &Config) -> Vec<String> {
    if matches!(&config.store.url, StoreUrl::Sqlite(path) if path.exists()) {
        // The journal knows how far each pipeline is; `run` asks it.
        return Vec::new();
    }
    let nameless = config.pipelines.iter().filter(|pipeline| pipeline.start_from.is_none());
    nameless.map(|pipeline| run::no_start(context, pipeline)).collect()
}
