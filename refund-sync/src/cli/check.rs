//! `check`: every fault of the configuration at once. Starts nothing, reaches nothing.

use super::{Context, Exit, open, run};
use crate::clock::Clock;
use crate::config::{Config, StoreUrl};
use crate::{sink, source};

pub(super) fn run(context: &mut Context) -> Exit {
    let config = match open::configuration(context) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let clock = Clock::system();
    let mut faults = Vec::new();
    for pipeline in &config.pipelines {
        // What only the clients know of their settings: the shape of an app id, a usable certificate.
        if let Err(error) = source::client(&pipeline.wdt, &clock).build() {
            faults.push(format!(
                "{}: [pipeline.wdt] of {}: {error}",
                context.config.display(),
                pipeline.name
            ));
        }
        if let Err(error) = sink::client(&pipeline.kingdee, &clock).build() {
            faults.push(format!(
                "{}: [pipeline.kingdee] of {}: {error}",
                context.config.display(),
                pipeline.name
            ));
        }
    }
    faults.extend(without_a_start(context, &config));
    for fault in &faults {
        context.out.error(fault);
    }
    if !faults.is_empty() {
        return Exit::Configuration;
    }
    for pipeline in &config.pipelines {
        context.out.line(format!(
            "{}: 旺店通 {} → 金蝶 {}",
            pipeline.name,
            pipeline.wdt.sid,
            pipeline.kingdee.base_url.host_str().unwrap_or_default()
        ));
    }
    context.out.line("配置无误。The configuration is sound. Next 下一步: refund-sync run --dry-run");
    Exit::Done
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
