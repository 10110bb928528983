//! Ten thousand returns that wait: what the overview and the first page of their list weigh, and how long they take.
//! `PAGE_TIMES=100 cargo test -p refund-sync --test it ten_thousand_parked -- --nocapture` prints the times.

use refund_sync::journal::{Event, Parking, State};
use refund_sync::lang::Text;
use refund_sync::model::Cause;
use refund_sync::store::Origin;

use super::list::commit;
use super::visit::Visit;
use crate::serve::house::House;
use crate::store::conformance::accepted;

const RETURNS: usize = 10_000;
/// The most that a page may weigh.
const MOST_BYTES: usize = 100_000;
const CAUSES: [Cause; 5] =
    [Cause::Unmapped, Cause::QuantityGap, Cause::NoDate, Cause::MissingInKingdee, Cause::Refused];

/// Everything waits, for one of five causes, in one of forty shops.
async fn wait_all(house: &House) {
    for from in (0..RETURNS).step_by(1_000) {
        let row = |n: usize| accepted(&format!("TK26113000{n:05}"), 10, &format!("S{:03}", n % 40));
        commit(house, (from..from + 1_000).map(row).collect()).await;
    }
    let store = house.store.as_ref();
    let pipeline = store.pipeline("main").await.unwrap().id;
    let now = house.clock.now();
    let run = store.begin_run(pipeline, "run", now).await.unwrap();
    loop {
        let seen = store.due(pipeline, State::Seen, now, 1_000).await.unwrap();
        if seen.is_empty() {
            return;
        }
        let moves = seen.into_iter().enumerate().map(|(n, mut document)| {
            let message = Text::of(
                format!("明细第 {n} 行：申请退货 2 件，实际入库 1 件，货品 TS-BLK-L"),
                format!("line {n}: 2 asked back, 1 arrived, of TS-BLK-L"),
            );
            let remedy = Text::new("核对实收数量后重试", "check what arrived, then retry");
            let log = document.park(Event::Refused, Parking::one(CAUSES[n % 5], message, remedy)).unwrap();
            document.rules = Some("rules".into());
            (document, vec![log])
        });
        store.save(Origin { pipeline, run, at: now }, moves.collect()).await.unwrap();
    }
}

#[tokio::test]
async fn of_ten_thousand_parked_returns_the_overview_and_the_first_page_of_the_list_are_small() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    assert!(supervisor.drain(std::time::Duration::from_secs(20)).await);
    wait_all(&house).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let times = std::env::var("PAGE_TIMES").map_or(1, |text| text.parse::<usize>().unwrap());
    for path in
        ["/", "/parked", "/parked?sort=-amount&shop=S007", "/parked?page=200", "/find?no=TK261130000999"]
    {
        let mut took = Vec::new();
        let mut bytes = 0;
        for _ in 0..times {
            let begun = tokio::time::Instant::now();
            let page = visit.get(path).await.is(200);
            took.push(begun.elapsed());
            bytes = page.text.len();
        }
        took.sort_unstable();
        println!(
            "{path}: {bytes} bytes, {:.1?} in the middle, {:.1?} at the most",
            took[took.len() / 2],
            took[took.len() - 1]
        );
        assert!(bytes <= MOST_BYTES, "{path}: {bytes} bytes");
    }
}
