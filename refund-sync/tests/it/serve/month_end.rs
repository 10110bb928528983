//! Three days over the end of a month with restarts, crashes and clocks that are set: the journal holds every firing
//! once. A whole year of schedules, without what they call for, is in `schedule`.

use chrono::{DateTime, Utc};
use refund_sync::schedule::Schedule;

use super::house::House;

const DAYS: u64 = 3;
const SCHEDULE: &str = "*/30 * * * *";

/// A draw below `below` that follows from the seed.
fn draw(dice: &mut u64, below: u64) -> u64 {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*dice >> 33) % below
}

#[tokio::test(start_paused = true)]
async fn over_the_end_of_a_month_no_firing_is_lost_or_done_twice() {
    let mut dice = 1;
    let house = House::new();
    // The 29th of November.
    house.sets_clocks_by(9 * 24 * 60);
    let changes = [("*/5 * * * *", SCHEDULE)];
    let began = house.clock.now();
    let mut supervisor = Some(house.starts(&["main"], &changes));
    let (mut lived, mut shifted) = (0, 0);
    while lived < DAYS * 24 * 60 {
        let minutes = 1 + draw(&mut dice, 3 * 60);
        house.minutes(minutes).await;
        lived += minutes;
        match draw(&mut dice, 5) {
            // A crash, and a while with nobody there.
            0 => {
                drop(supervisor.take());
                let away = draw(&mut dice, 2 * 60);
                house.minutes(away).await;
                lived += away;
            }
            1 => assert!(supervisor.take().unwrap().drain(super::supervise::SOON).await),
            // There and back again, never further than two hours.
            2 => {
                let by =
                    if shifted == 0 { [-120, 120][usize::from(draw(&mut dice, 2) == 1)] } else { -shifted };
                house.sets_clocks_by(by);
                shifted += by;
            }
            _ => house.sells_back(&format!("TK{lived}")),
        }
        supervisor = Some(supervisor.take().unwrap_or_else(|| house.starts(&["main"], &changes)));
    }
    if shifted != 0 {
        house.sets_clocks_by(-shifted);
    }
    house.minutes(3 * 60).await;
    every_firing_is_there_once(&house, began);
}

fn every_firing_is_there_once(house: &House, began: DateTime<Utc>) {
    let schedule = Schedule::new(SCHEDULE.parse().unwrap());
    let mut done = began;
    let mut firings = 0;
    for row in house.rows("main") {
        let (Some(_), Some(at)) = (row.ended, row.outcome["firing"]["at"].as_str()) else { continue };
        let at = DateTime::parse_from_rfc3339(at).unwrap().to_utc();
        assert!(at > done, "{at} again");
        let due = schedule.due(done, at).unwrap();
        assert_eq!(due.at, at, "not one of the schedule's");
        assert_eq!(row.outcome["firing"]["missed"], due.missed, "before {at}");
        (done, firings) = (at, firings + due.missed + 1);
    }
    let all = schedule.due(began, house.clock.now()).unwrap();
    assert_eq!((done, firings), (all.at, all.missed + 1), "up to the end");
}
