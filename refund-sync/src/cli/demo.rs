//! `demo`: runs `crate::demo` and prints its proof.

use super::context::{Context, Exit};
#[cfg(feature = "serve")]
use super::demo_page::{self, TOKEN};
use super::open;
#[cfg(feature = "serve")]
use super::signal::Ending;
use crate::demo::{Settings, Stage, Weather};
#[cfg(feature = "serve")]
use crate::lang::told;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单数量
    ///
    /// How many returns the simulated shop has.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    refunds: u32,
    /// 故障
    ///
    /// How often calls fail on the way.
    #[arg(long, value_enum, default_value_t = Weather::None)]
    faults: Weather,
    /// 随机种子
    ///
    /// Everything that is drawn follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[cfg(feature = "serve")]
    /// 演示后打开状态页，模拟店铺持续产生退换单。
    ///
    /// Goes on: the shop takes back more, and the page shows it.
    #[arg(long)]
    serve: bool,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    match play(&args, context).await {
        Ok(exit) => exit,
        Err(message) => open::failed(context, format!("demo: {message} (seed {})", args.seed)),
    }
}

async fn play(args: &Args, context: &mut Context) -> Result<Exit, String> {
    let settings = Settings { refunds: args.refunds as usize, weather: args.faults, seed: args.seed };
    let stage = Stage::set(settings)?;
    let proof = stage.run().await?;
    context.out.lines(proof.to_string());
    #[cfg(feature = "serve")]
    if args.serve {
        let mut ending = Ending::listen()?;
        let opened = |listen| {
            context.out.line(told!(
                "状态页 http://{listen}/ · 令牌 {TOKEN} · 按 Ctrl-C 结束",
                "page http://{listen}/ · token {TOKEN} · Ctrl-C ends it"
            ));
        };
        demo_page::serve(&stage, opened, ending.asked()).await?;
    }
    Ok(if proof.holds() { Exit::Done } else { Exit::Failed })
}
