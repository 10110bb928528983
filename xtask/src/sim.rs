//! `cargo xtask sim`: many simulated worlds, or one again. The worlds and their oracle are `refund-sync`'s own test
//! (`tests/sim`); here it is only told how many, from which seed on, and with which bug.

use anyhow::Result;
use xshell::{Shell, cmd};

/// The flags of `cargo xtask sim`.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct Args {
    /// How many worlds [default: 200, or the one of --seed]
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// The first seed; without --seeds the only one
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// So many times the returns in every world; one has 15 to 84
    #[arg(long, value_name = "N", default_value_t = 1)]
    crowd: u32,
    /// A bug to plant, in the weather that it needs: intent-after-call, strict-boundary, resend-at-once, round-each-line,
    /// forward-paging, renumbering-site, adopt-voided, no-first-look, trust-the-header, wall-clock-waits, cursor-beyond,
    /// trust-the-total, three-quick-looks, duplicate-key, row-refuses-page, limiter-floor, endless-hold, lock-by-path or
    /// open-months
    #[arg(long, value_name = "BUG")]
    plant: Option<String>,
    /// Build it with optimisation: worth its minutes for thousands of worlds
    #[arg(long)]
    release: bool,
}

/// Worlds that an ordinary run lives through.
const ORDINARY: u64 = 200;

/// Runs the worlds; what breaks tells its seed.
pub(crate) fn run(sh: &Shell, args: &Args) -> Result<()> {
    let (first, count) = args.range();
    let _first = sh.push_env("SIM_SEED", first.to_string());
    let _count = sh.push_env("SIM_SEEDS", count.to_string());
    let _crowd = sh.push_env("SIM_CROWD", args.crowd.to_string());
    let _plant = args.plant.as_ref().map(|plant| sh.push_env("SIM_PLANT", plant));
    let profile: &[&str] = if args.release { &["--release"] } else { &[] };
    cmd!(sh, "cargo test --locked --quiet --package refund-sync {profile...} --test sim")
        .args(["--", "--exact", "--nocapture", "wide"])
        .run()?;
    Ok(())
}

impl Args {
    /// The first seed and how many there are.
    fn range(&self) -> (u64, u64) {
        let alone = if self.seed.is_some() { 1 } else { ORDINARY };
        (self.seed.unwrap_or_default(), self.seeds.unwrap_or(alone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(seeds: Option<u64>, seed: Option<u64>) -> Args {
        Args { seeds, seed, crowd: 1, plant: None, release: false }
    }

    #[test]
    fn a_seed_alone_is_one_world_again() {
        assert_eq!(args(None, Some(83)).range(), (83, 1));
    }

    #[test]
    fn seeds_are_counted_from_the_first() {
        assert_eq!(args(Some(2_000), None).range(), (0, 2_000));
        assert_eq!(args(Some(10), Some(5_000)).range(), (5_000, 10));
        assert_eq!(args(None, None).range(), (0, ORDINARY));
    }
}
