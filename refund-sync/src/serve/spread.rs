//! How the workers of one journal divide its lock groups. Each looks by itself and decides for itself; since all see the
//! same, what they do fits together. Pure: what there is to see is `store::postgres::Roll`'s, what is done `serve::standby`'s.

use std::time::Duration;

use crate::store::RollCall;

/// How long a group may be without a worker before one takes it that has its share already: whoever should have taken it
/// cannot.
const ORPHANED: Duration = Duration::from_mins(2);
/// How long it is kept then, before the others are given another chance.
const ADOPTED: Duration = Duration::from_mins(10);

/// What one worker knows of the groups of its configuration.
#[derive(Debug)]
pub(crate) struct Spread {
    groups: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    locks: Vec<i64>,
    /// Since when nobody works it, by this worker's watch.
    free_since: Option<Duration>,
    /// When this worker reached for it although it had its share.
    adopted: Option<Duration>,
}

impl Spread {
    /// Of groups, by their locks.
    pub(crate) fn of(groups: impl IntoIterator<Item = Vec<i64>>) -> Self {
        let groups =
            groups.into_iter().map(|locks| Known { locks, free_since: None, adopted: None }).collect();
        Self { groups }
    }

    /// Which groups this worker may have from now on: those that it keeps, and those that it may try to take. `works` says
    /// of which it has the locks; `now` is any watch that runs evenly.
    ///
    /// A share is what each would have if all had as many, rounded up: nothing is left over, and nobody who has its share
    /// takes from another.
    pub(crate) fn decide(&mut self, now: Duration, roll: &RollCall, works: &[bool]) -> Vec<bool> {
        let share = self.groups.len().div_ceil(roll.workers.max(1));
        for (group, works) in self.groups.iter_mut().zip(works) {
            let is_free = !works && group.locks.iter().all(|lock| !roll.held.contains(lock));
            group.free_since = is_free.then(|| group.free_since.unwrap_or(now));
            group.adopted =
                group.adopted.filter(|since| (*works || is_free) && now.saturating_sub(*since) < ADOPTED);
        }
        // What a worker gives up first, all others would take last: so few reach for the same.
        let mut order: Vec<_> = (0..self.groups.len()).collect();
        order.sort_by_key(|&at| self.rank(at, roll.me));
        let mut may = vec![false; self.groups.len()];
        let mut count = 0;
        let (kept, others): (Vec<_>, Vec<_>) =
            order.into_iter().partition(|&at| works.get(at) == Some(&true));
        for at in kept {
            let is_adopted = self.groups[at].adopted.is_some();
            may[at] = is_adopted || count < share;
            count += usize::from(may[at] && !is_adopted);
        }
        count = may.iter().filter(|may| **may).count();
        for at in others {
            let group = &mut self.groups[at];
            let Some(since) = group.free_since else { continue };
            if count >= share && now.saturating_sub(since) >= ORPHANED {
                group.adopted.get_or_insert(now);
            }
            if count < share || group.adopted.is_some() {
                may[at] = true;
                count += 1;
            }
        }
        may
    }

    /// Where a group stands among those that a worker would like to have; the order differs from worker to worker.
    fn rank(&self, at: usize, worker: i32) -> u64 {
        let locks =
            self.groups[at].locks.iter().fold(0, |sum: u64, lock| sum.wrapping_add(lock.cast_unsigned()));
        let seed = u64::from(worker.cast_unsigned());
        let mut mixed = locks ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for shift in [30, 27, 31] {
            mixed = (mixed ^ (mixed >> shift)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        }
        mixed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// As often as `serve::standby` looks.
    const LOOK: Duration = Duration::from_secs(5);

    /// A server with its locks, and workers that come and go.
    struct World {
        groups: usize,
        /// Whose each group is.
        held: BTreeMap<usize, i32>,
        workers: BTreeMap<i32, Spread>,
        now: Duration,
        /// How often a group changed hands between two that live.
        moves: usize,
    }

    impl World {
        fn new(groups: usize) -> Self {
            Self { groups, held: BTreeMap::new(), workers: BTreeMap::new(), now: Duration::ZERO, moves: 0 }
        }

        fn joins(&mut self, worker: i32) {
            self.workers.insert(worker, Spread::of((0..self.groups).map(|at| vec![lock(at)])));
        }

        fn leaves(&mut self, worker: i32) {
            self.workers.remove(&worker);
            self.held.retain(|_, holder| *holder != worker);
        }

        /// Everybody looks once, each at some moment of its own.
        fn look(&mut self, random: &mut fastrand::Rng) {
            self.now += LOOK;
            let mut turn: Vec<_> = self.workers.keys().copied().collect();
            random.shuffle(&mut turn);
            for me in turn {
                let held = self.held.keys().map(|&at| lock(at)).collect();
                let roll = RollCall { me, workers: self.workers.len(), held };
                let works: Vec<_> = (0..self.groups).map(|at| self.held.get(&at) == Some(&me)).collect();
                let may = self.workers.get_mut(&me).unwrap().decide(self.now, &roll, &works);
                for (at, may) in may.into_iter().enumerate() {
                    match (works[at], may) {
                        (true, false) => {
                            self.held.remove(&at);
                            self.moves += 1;
                        }
                        (false, true) => {
                            self.held.entry(at).or_insert(me);
                        }
                        _ => {}
                    }
                }
            }
        }

        fn shares(&self) -> Vec<usize> {
            let of = |worker: &i32| self.held.values().filter(|holder| *holder == worker).count();
            self.workers.keys().map(of).collect()
        }
    }

    fn lock(at: usize) -> i64 {
        i64::try_from(at).unwrap() * 1_000_003
    }

    #[test]
    fn a_thousand_groups_are_shared_out_within_30_seconds_of_whoever_comes_and_goes() {
        let seed = std::env::var("SPREAD_SEED").map_or_else(|_| 20_261_130, |seed| seed.parse().unwrap());
        println!("SPREAD_SEED={seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let mut world = World::new(1_000);
        world.joins(1);
        let mut next = 2;
        for _ in 0..200 {
            if world.workers.len() < 2 || (world.workers.len() < 9 && random.bool()) {
                world.joins(next);
                next += 1;
            } else {
                let workers: Vec<_> = world.workers.keys().copied().collect();
                world.leaves(*random.choice(&workers).unwrap());
            }
            for _ in 0..6 {
                world.look(&mut random);
            }
            let share = 1_000_usize.div_ceil(world.workers.len());
            assert_eq!(world.held.len(), 1_000, "every group is worked: {:?}", world.shares());
            assert!(world.shares().iter().all(|count| *count <= share), "{share}: {:?}", world.shares());
            let moved = world.moves;
            world.look(&mut random);
            assert_eq!(world.moves, moved, "and stays where it is");
        }
    }

    #[test]
    fn a_thousand_workers_share_one_group_in_peace() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut world = World::new(1);
        for worker in 0..1_000 {
            world.joins(worker);
        }
        for _ in 0..10 {
            world.look(&mut random);
        }
        assert_eq!((world.held.len(), world.moves), (1, 0));
    }

    #[test]
    fn what_another_should_work_and_cannot_is_worked_above_the_share_for_a_while() {
        let mut spread = Spread::of([vec![1], vec![2]]);
        let mut decide = |minutes: u64, seconds: u64, held: &[i64], works: [bool; 2]| {
            let roll = RollCall { me: 7, workers: 2, held: held.iter().copied().collect() };
            spread.decide(Duration::from_secs(minutes * 60 + seconds), &roll, &works)
        };
        assert_eq!(decide(0, 5, &[1], [true, false]), [true, false]);
        assert_eq!(decide(2, 4, &[1], [true, false]), [true, false], "the other one has time to take it");
        assert_eq!(decide(2, 5, &[1], [true, false]), [true, true]);
        assert_eq!(decide(12, 4, &[1, 2], [true, true]), [true, true]);
        assert_eq!(decide(12, 5, &[1, 2], [true, true]).iter().filter(|may| **may).count(), 1);
    }

    #[test]
    fn a_group_of_which_another_holds_one_lock_is_not_free() {
        let mut spread = Spread::of([vec![1, 2]]);
        let roll = RollCall { me: 7, workers: 1, held: [2].into() };
        assert_eq!(spread.decide(Duration::from_mins(9), &roll, &[false]), [false]);
    }
}
