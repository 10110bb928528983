//! What a mapping table lacks is one entry on the page, and is filled in there: safely, and only by who may.

use refund_sync::serve::Supervisor;
use serde_json::{Value, json};

use super::visit::Visit;
use crate::returns::plain;
use crate::serve::house::House;

const TABLE: [(&str, &str); 1] = [("{ inline = { S001 = \"C001\" } }", "{ file = \"customers.csv\" }")];
const CUSTOMERS: &str = "\u{feff}from,to,店铺名称\r\nS001,C001,旗舰店\r\n";

/// Two returns of a shop that the table lacks, and one that it knows.
async fn lacking() -> (House, Supervisor) {
    let house = House::with_books(|books| books.customers(["C001", "C009"]));
    house.writes("customers.csv", CUSTOMERS);
    for (refund_no, shop) in [("TK1", "S009"), ("TK2", "S009"), ("TK3", "S001")] {
        let mut row = plain(refund_no);
        row.set("shop_no", shop);
        house.shop.world().push(house.at_now(row));
    }
    let supervisor = house.starts(&["main"], &TABLE);
    house.minutes(10).await;
    assert_eq!(house.billed(), ["TK3"]);
    (house, supervisor)
}

async fn fill(visit: &Visit, table: &str, key: &str, to: &str) -> super::visit::Answer {
    let word = visit.word().await;
    let fields = [
        ("word", word.as_str()),
        ("pipeline", "main"),
        ("table", table),
        ("key", key),
        ("to", to),
        ("back", "/"),
    ];
    visit.post("/fill", &fields).await
}

#[tokio::test(start_paused = true)]
async fn without_the_token_nothing_is_filled_in_and_nothing_is_searched() {
    let (house, _supervisor) = lacking().await;
    let visit = Visit::with_token(&house);
    visit.get("/").await.says(&["店铺 S009 未对照", "登录后可直接填写"]).does_not_say(&["action=\"/fill\""]);
    visit
        .post("/fill", &[("pipeline", "main"), ("table", "customers"), ("key", "S009"), ("to", "C009")])
        .await
        .is(403);
    visit.get("/suggest?pipeline=main&table=customers&key=S009&q=C00").await.is(403);
    visit.get("/fill?pipeline=main&table=customers&key=S009").await.is(303);
    assert_eq!(house.files("customers"), [("customers.csv".to_owned(), CUSTOMERS.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_refused_and_the_table_stays_as_it_is() {
    let (house, _supervisor) = lacking().await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let refused = fill(&visit, "customers", "S009", "C404").await.is(422);
    refused.says(&["没有已审核、未禁用的客户 C404", "没有执行"]).does_not_say(&["情况已变化"]);
    fill(&visit, "customers", "S009", "").await.is(422).says(&["请填写编码"]);
    for nobodys in ["S001", "S010"] {
        let told = format!("没有待处理的退换单缺少 {nobodys} 的对照，没有写入");
        fill(&visit, "customers", nobodys, "C009").await.is(422).says(&[&told]);
        let form = format!("/fill?pipeline=main&table=customers&key={nobodys}");
        visit.get(&form).await.is(422).says(&[&told]);
    }
    fill(&visit, "warehouses", "WH09", "CK09").await.is(404).says(&["不能在页面上填写"]);
    fill(&visit, "tax_rate", "S009", "C009").await.is(404);
    assert_eq!(house.files("customers"), [("customers.csv".to_owned(), CUSTOMERS.to_owned())]);

    let by_hand = format!("{CUSTOMERS}S010,C001,\r\n");
    house.writes("customers.csv", &by_hand);
    fill(&visit, "customers", "S009", "C009").await.is(409).says(&["读取后被其他人改过，没有写入"]);
    assert_eq!(house.files("customers"), [("customers.csv".to_owned(), by_hand)]);
    assert_eq!(house.store.actions(1).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_missing_number_is_one_entry_and_filled_in_once_its_returns_go_on() {
    let (house, supervisor) = lacking().await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let page = visit.get("/").await.says(&[
        "店铺 S009 未对照",
        "2 张",
        "¥ 239.60",
        "金蝶客户编码",
        "action=\"/fill\"",
    ]);
    assert_eq!(page.text.matches("S009 未对照").count(), 1);
    visit.get("/?lang=en").await.says(&["Shop S009 is not mapped"]);

    let found = visit.get("/suggest?pipeline=main&table=customers&key=S009&q=C00").await.is(200);
    let found: Value = serde_json::from_str(&found.text).unwrap();
    let numbers: Vec<_> = found.as_array().unwrap().iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [json!("C001"), json!("C009")]);
    let injected = "/suggest?pipeline=main&table=customers&key=S009&q=%27%20or%201%3D1%20--";
    assert_eq!(visit.get(injected).await.is(200).text, "[]");
    visit
        .get("/fill?lang=zh&pipeline=main&table=customers&key=S009&q=C009")
        .await
        .is(200)
        .says(&["C009", "店铺 S009 未对照"]);

    let ordered = fill(&visit, "customers", "S009", "C009").await.is(303);
    assert_eq!(ordered.header("location"), "/?done=fill&order=1");
    house.board.reread().notified().await;
    let files = house.files("customers");
    assert_eq!(files[0], ("customers.csv".into(), format!("{CUSTOMERS}S009,C009,\r\n")));
    assert!(
        std::path::Path::new(&files[1].0).extension().is_some_and(|ending| ending == "bak")
            && files[1].1 == CUSTOMERS,
        "{files:?}"
    );
    let action = house.store.actions(1).await.unwrap().remove(0);
    assert!(action.subject.starts_with("customers S009 → C009 · "), "{}", action.subject);
    fill(&visit, "customers", "S009", "C001").await.is(409).says(&["S009 已经有对照：C009"]);
    // Another one can be filled in before the configuration was read again.
    let mut other = plain("TK4");
    other.set("shop_no", "S010");
    house.shop.world().push(house.at_now(other));
    house.minutes(6).await;
    fill(&visit, "customers", "S010", "C001").await.is(303);

    assert!(supervisor.drain(std::time::Duration::from_mins(1)).await);
    let _supervisor = house.starts_mended(&["main"], &TABLE);
    house.minutes(10).await;
    assert_eq!(house.billed(), ["TK1", "TK2", "TK3", "TK4"]);
    visit.get("/?done=fill&order=1").await.says(&["重试 2 张：成功 2，仍待处理 0"]).does_not_say(&["未对照"]);
}

#[tokio::test(start_paused = true)]
async fn a_filtered_list_is_decided_at_once_after_a_page_with_count_and_sum() {
    let (house, _supervisor) = lacking().await;
    let mut visit = Visit::with_token(&house);
    visit.get("/parked/decide?cause=unmapped&shop=S009").await.is(303);
    visit.log_in().await;
    visit
        .get("/parked?cause=unmapped&shop=S009")
        .await
        .says(&["/parked/decide?cause=unmapped&#38;shop=S009", "对全部作决定"]);
    let page = visit.get("/parked/decide?cause=unmapped&shop=S009").await.is(200);
    let page = page.says(&["对筛选出的全部退换单作决定", ">2</b>", "¥ 239.60", "TK1", "TK2", "不入账"]);
    // A shop without a customer is no matter of pieces or of a closed month.
    let page = page.does_not_say(&["decide-arrived", "decide-asked", "decide-open-day"]);
    let offer =
        page.text.split("name=\"offer\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let word = visit.word().await;
    let chosen = async |action: &str, offer: &str, note: &str| {
        let fields = [
            ("word", word.as_str()),
            ("offer", offer),
            ("action", action),
            ("note", note),
            ("back", "/parked?cause=unmapped&shop=S009"),
        ];
        visit.post("/parked/decide", &fields).await
    };
    let decide = async |offer: &str, note: &str| chosen("decide-ignored", offer, note).await;
    // Who presses Enter in the field chooses nothing by it.
    let asked_again = [">2</b>", "¥ 239.60", "id=\"decide-ignored\""];
    let nothing = chosen("", &offer, "店铺要关").await.is(422);
    nothing.says(&["没有选择决定", "value=\"店铺要关\""]).says(&asked_again);
    decide(&offer, "").await.is(422).says(&["须写明原因"]).says(&asked_again);
    // One of them changes after the page was opened.
    let mut changed = plain("TK2");
    changed.set("shop_no", "S009");
    changed.set("remark", "again");
    let mut row = house.at_now(changed);
    crate::returns::set_line(&mut row, "refund_order_amount", "60.0000");
    house.shop.world().push(row);
    house.minutes(10).await;
    let done = decide(&offer, "店铺已关闭").await.is(303);
    house.minutes(5).await;
    visit.get(done.header("location")).await.says(&["已决定 1 张；1 张已变化"]);
    decide(&offer, "店铺已关闭").await.is(409).says(&["重新打开清单"]);
    let life = house.store.life("TK1").await.unwrap().remove(0);
    assert_eq!((life.state.as_str(), life.decision.unwrap().note.as_str()), ("decided", "店铺已关闭"));
    assert_eq!(house.store.life("TK2").await.unwrap()[0].state.as_str(), "parked");
    assert_eq!(house.store.actions(9).await.unwrap()[0].action, "decide-ignored");
    assert_eq!(house.billed(), ["TK3"]);
}

#[tokio::test(start_paused = true)]
async fn shops_are_called_by_their_names_which_are_asked_for_once_a_day() {
    let house = House::new();
    let shop = |name: &str| json!({ "shop_no": "S009", "shop_name": name });
    house.shop.world().put("wdt.shop.query", shop("旗舰店"));
    let mut row = plain("TK1");
    row.set("shop_no", "S009");
    house.shop.world().push(house.at_now(row));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    visit.get("/parked").await.says(&["S009 旗舰店"]);
    house.shop.world().put("wdt.shop.query", shop("专卖店"));
    house.minutes(60).await;
    visit.get("/parked").await.says(&["S009 旗舰店"]).does_not_say(&["专卖店"]);
}

#[tokio::test(start_paused = true)]
async fn a_number_whose_row_has_ended_is_filled_in_like_one_that_has_none() {
    let house = House::with_books(|books| books.customers(["C001", "C009"]));
    let before = "from,to,valid_from,valid_to\nS001,C001,,\nS009,C001,,2020-11-10\n";
    house.writes("customers.csv", before);
    let mut row = plain("TK1");
    row.set("shop_no", "S009");
    house.shop.world().push(house.at_now(row));
    let supervisor = house.starts(&["main"], &TABLE);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    visit.get("/").await.says(&["S009", "不在有效期内", "action=\"/fill\"", "金蝶客户编码"]);
    fill(&visit, "customers", "S009", "C009").await.is(303);
    let files = house.files("customers");
    assert_eq!(files[0], ("customers.csv".into(), format!("{before}S009,C009,2020-11-11,\n")));
    assert!(supervisor.drain(std::time::Duration::from_mins(1)).await);
    let _supervisor = house.starts_mended(&["main"], &TABLE);
    house.minutes(10).await;
    assert_eq!(house.billed(), ["TK1"]);
}

#[tokio::test(start_paused = true)]
async fn the_form_opens_with_what_the_shop_is_called() {
    let house = House::with_books(|books| books.customers(["C001", "C009"]));
    house.writes("customers.csv", CUSTOMERS);
    house.shop.world().put("wdt.shop.query", json!({ "shop_no": "S009", "shop_name": "C009" }));
    let mut row = plain("TK1");
    row.set("shop_no", "S009");
    house.shop.world().push(house.at_now(row));
    let _supervisor = house.starts(&["main"], &TABLE);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let form = "/fill?pipeline=main&table=customers&key=S009";
    visit.get(form).await.is(200).says(&["name=\"to\" value=\"C009\""]);
    visit.get(&format!("{form}&q=nobody")).await.is(200).does_not_say(&["name=\"to\" value="]);
}
