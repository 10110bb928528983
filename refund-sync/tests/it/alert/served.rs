//! Alerts beside pipelines at work: what really happens in a shop arrives at a real socket.
//! Days pass in no time, except while a receiver is spoken to.

use std::time::Duration;

use refund_sync::config::AlertKind;
use refund_sync::serve::alert::Watch;
use refund_sync::store::Request;
use wiremock::ResponseTemplate;

use super::wire::Robot;
use crate::serve::house::House;

const SOON: Duration = Duration::from_mins(2);

fn watch(house: &House, robot: &Robot) -> Watch {
    let pipelines = [("main".to_owned(), std::sync::Arc::clone(&house.store))];
    Watch::new(std::slice::from_ref(&robot.alert), pipelines, house.board.clone()).unwrap()
}

/// One look, in real time.
async fn look(watch: &mut Watch) {
    tokio::time::resume();
    watch.look_at_board().await;
    tokio::time::pause();
}

#[tokio::test(start_paused = true)]
async fn a_shop_that_refuses_us_is_told_once_and_so_is_its_end() {
    tokio::time::resume();
    let robot = Robot::willing(AlertKind::DingTalk).await;
    tokio::time::pause();
    let house = House::new();
    let mut watch = watch(&house, &robot);
    house.lock(true);
    let supervisor = house.starts(&["main"], &[]);
    look(&mut watch).await;
    for _ in 0..30 {
        house.minutes(2).await;
        look(&mut watch).await;
    }
    let messages = robot.messages().await;
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert!(messages[0].contains("[alert] main: stopped"), "{messages:#?}");
    assert!(messages[0].contains("Invalid signature"), "what 旺店通 said: {messages:#?}");

    house.lock(false);
    for _ in 0..15 {
        house.minutes(2).await;
        look(&mut watch).await;
    }
    let messages = robot.messages().await;
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(messages[1].contains("[resolved] main: stopped"), "{messages:#?}");
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_program_is_told_and_so_is_its_end() {
    tokio::time::resume();
    let robot = Robot::willing(AlertKind::DingTalk).await;
    tokio::time::pause();
    let house = House::new();
    *house.broken.lock().unwrap() = Some("main");
    let mut watch = watch(&house, &robot);
    let supervisor = house.starts(&["main"], &[]);
    for _ in 0..3 {
        house.minutes(2).await;
        look(&mut watch).await;
    }
    *house.broken.lock().unwrap() = None;
    for _ in 0..10 {
        house.minutes(2).await;
        look(&mut watch).await;
    }
    let messages = robot.messages().await;
    assert!(messages[0].contains("[alert] main: fault of the program"), "{messages:#?}");
    assert!(messages.last().unwrap().contains("[resolved] main: fault of the program"), "{messages:#?}");
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_return_that_is_parked_and_one_that_is_reversed_are_told() {
    tokio::time::resume();
    let robot = Robot::willing(AlertKind::Feishu).await;
    tokio::time::pause();
    let house = House::new();
    let mut watch = watch(&house, &robot);
    let supervisor = house.starts(&["main"], &[]);
    house.sells_back("TK1");
    let mut unknown = house.at_now(crate::returns::plain("TK2"));
    unknown.set("shop_no", "S999");
    house.shop.world().push(unknown);
    house.minutes(10).await;
    look(&mut watch).await;
    let messages = robot.messages().await;
    assert!(
        messages.len() == 1 && messages[0].contains("Not in a mapping table 1 (¥ 119.80)"),
        "{messages:#?}"
    );

    let mut reversed = house.at_now(crate::returns::plain("TK1"));
    reversed.set("process_status", "10");
    house.shop.world().push(reversed);
    house.minutes(10).await;
    look(&mut watch).await;
    let messages = robot.messages().await;
    assert!(messages.len() == 2 && messages[1].contains("reversed 1"), "{messages:#?}");
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test]
async fn a_receiver_that_hangs_does_not_hold_up_a_run() {
    let hangs = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
    let robot = Robot::new(AlertKind::WeCom, hangs).await;
    let house = House::new();
    house.lock(true);
    let supervisor = house.starts(&["main"], &[]);
    let mut watch = watch(&house, &robot);
    let ends_a_run = async |count: usize| {
        house.asks("main", Request::Run).await;
        while house.rows("main").iter().filter(|row| row.ended.is_some()).count() < count {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    ends_a_run(1).await;
    house.lock(false);
    tokio::select! {
        biased;
        () = watch.look_at_board() => panic!("the receiver answered"),
        () = async {
            while robot.messages().await.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            ends_a_run(2).await;
        } => {}
    }
    assert!(supervisor.drain(SOON).await);
}
