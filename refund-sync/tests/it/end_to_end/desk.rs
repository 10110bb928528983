//! What an accountant asks on the command line: what waits and how much money that is, and which return has this number.

use serde_json::{Value, json};

use crate::returns::{line, plain, with_lines};
use crate::scene::{Scene, word};

/// One that is written, two that wait for different reasons, one that is not in scope.
async fn scene() -> Scene {
    let gap = |number: &str, amount: &str, tid: &str| {
        let mut row = with_lines(number, &[line("TS-BLK-L", "2.0000", amount)]);
        row.0["refund_order_list"][0]["stockin_num"] = "1.0000".into();
        row.set("tid", tid);
        row.set("sales_tid", format!("JY-{number}").as_str());
        row.set("shop_name", "天猫旗舰店");
        row
    };
    let mut left_out = plain("TK4");
    left_out.set("type", "4");
    left_out.set("tid", "333");
    left_out.set("return_logistics_no", "yt0009");
    let mut written = plain("TK1");
    written.set("tid", "111");
    Scene::with([written, gap("TK2", "12652.7900", "222"), gap("TK3", "0.1000", "222,223"), left_out]).await
}

#[tokio::test]
async fn a_number_that_nothing_has_is_named_and_exits_with_1() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["find", "TK1"]).exits(1);
    scene.settle().exits(0);
    scene.run(&["find", "2699"]).exits(1).complains(&["2699", "nothing is known of"]);
    scene.run(&["find", " \u{3000}"]).exits(2).complains(&["the number to look for is empty"]);
    let nothing = scene.run(&["find", "%' OR 1=1 --", "--json"]).exits(1).json();
    assert_eq!((&nothing["matches"], &nothing["has_more"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn what_waits_is_a_table_with_money_that_adds_up_by_cause_and_by_shop() {
    let scene = scene().await;
    scene.settle().exits(3);
    scene.run(&["parked"]).exits(3).says(&[
        "return",
        "last try",
        "quantity_gap (2) ¥ 12,652.89",
        "S001 天猫旗舰店",
        "¥ 12,652.79",
        "total",
    ]);
    let parked = scene.run(&["parked", "--json"]).exits(3).json();
    let told = |one: &Value| {
        let told = ["refund_no", "amount", "shop_name", "tid", "sales_tid"].map(|key| word(&one[key]));
        assert_eq!(one["since"], one["first_parked"]);
        assert!(word(&one["date"]).starts_with("20") && one["last_tried"].is_null(), "{one}");
        told.join(" ")
    };
    let mut told: Vec<_> = parked["parked"].as_array().unwrap().iter().map(told).collect();
    told.sort();
    assert_eq!(told, ["TK2 12652.79 天猫旗舰店 222 JY-TK2", "TK3 0.10 天猫旗舰店 222,223 JY-TK3"]);
    let status = scene.status();
    assert_eq!(
        (&status["parked_yuan"]["quantity_gap"], &status["filtered"][0]["amount"]),
        (&json!("12652.89"), &json!("119.80"))
    );

    // Since it first came up, whatever was tried since.
    let of_tk2 = |parked: &Value| {
        parked["parked"].as_array().unwrap().iter().find(|one| one["refund_no"] == "TK2").unwrap().clone()
    };
    let since = word(&of_tk2(&parked)["since"]);
    // Times are told to the second.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    scene.run(&["retry", "TK2"]).exits(3);
    let again = of_tk2(&scene.run(&["parked", "--json"]).exits(3).json());
    assert_eq!(word(&again["since"]), since);
    assert!(word(&again["last_tried"]) > since, "{again}");
}

#[tokio::test]
async fn a_return_is_found_by_its_order_its_parcel_or_its_bill_and_told_why_it_is_not_in_scope() {
    let scene = scene().await;
    scene.settle().exits(3);
    let found = |text: &str| {
        let found = scene.run(&["find", text, "--json"]).exits(0).json();
        let told = |one: &Value| ["refund_no", "by", "state", "amount"].map(|key| word(&one[key])).join(" ");
        let mut found: Vec<_> = found["matches"].as_array().unwrap().iter().map(told).collect();
        found.sort();
        found
    };
    assert_eq!(found("11"), ["TK1 tid confirmed 119.80"]);
    assert_eq!(found("222"), ["TK2 tid parked 12652.79", "TK3 tid parked 0.10"]);
    assert_eq!(found("jy-tk3"), ["TK3 sales_tid parked 0.10"]);
    assert_eq!(found("YT0009"), ["TK4 logistics_no filtered 119.80"]);
    let fid = word(&scene.why("TK1")["fid"]);
    assert_eq!(found(&fid), ["TK1 fid confirmed 119.80"]);
    scene.run(&["find", "333"]).exits(0).says(&[
        "TK4",
        "not in scope (refund without goods · finished): type refund without goods becomes no bill",
        "type refund without goods becomes no bill",
        "platform order 333",
    ]);
    assert!(!scene.run(&["find", "TK"]).exits(0).out.contains("read to"));
}

#[tokio::test]
async fn why_takes_any_number_of_a_return_and_lists_those_that_share_one() {
    let scene = scene().await;
    scene.settle().exits(3);
    scene.run(&["why", "111"]).exits(0).says(&["TK1 [main] done", "¥ 119.80", "tid 111"]);
    scene.run(&["why", "jy-tk2"]).exits(0).says(&[
        "TK2 [main] needs attention",
        "¥ 12,652.79",
        "天猫旗舰店",
        "first came up",
    ]);
    scene
        .run(&["why", "YT0009"])
        .exits(0)
        .says(&["TK4 [main] not in scope", "not in scope (refund without goods · finished)"]);
    scene.run(&["why", "222"]).exits(0).says(&["several returns", "TK2", "TK3"]);
    let several = scene.run(&["why", "222", "--json"]).exits(0).json();
    let mut numbers: Vec<_> = several["matches"].as_array().unwrap().iter().map(word).collect();
    numbers.sort();
    assert_eq!((&several["documents"], numbers), (&json!([]), vec!["TK2".to_owned(), "TK3".to_owned()]));
    // A whole number goes before those that only begin so.
    scene.run(&["why", "223"]).exits(0).says(&["TK3 [main] needs attention"]);
    scene.run(&["why", "99"]).exits(1);
}
