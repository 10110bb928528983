//! `demo`: runs `crate::demo` and prints its proof.

use super::{Context, Exit};
use crate::demo::{self, Settings, Weather};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单数量 How many returns the simulated shop has.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    refunds: u32,
    /// 故障 How often calls fail on the way.
    #[arg(long, value_enum, default_value_t = Weather::None)]
    faults: Weather,
    /// 随机种子 Everything that is drawn follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    let settings = Settings { refunds: args.refunds as usize, weather: args.faults, seed: args.seed };
    match demo::run(settings).await {
        Ok(proof) => {
            context.out.line(proof.to_string());
            if proof.holds() { Exit::Done } else { Exit::Failed }
        }
        Err(message) => {
            context.out.error(&format!("demo: {message} (seed {})", args.seed));
            Exit::Failed
        }
    }
}
