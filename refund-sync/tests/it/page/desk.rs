//! What an accountant reads: why a return is left out, what is news of a reconciliation, which returns wait for one number,
//! what was decided; in the words of the field, and as a workbook.

use refund_sync::serve::Supervisor;

use super::visit::Visit;
use crate::returns::{plain, set_line};
use crate::serve::house::House;
use crate::workbooks;

const TABLE: (&str, &str) = ("{ inline = { S001 = \"C001\" } }", "{ file = \"customers.csv\" }");

/// A return of a shop, finished now.
fn sells_back(house: &House, refund_no: &str, shop: (&str, &str)) {
    let mut row = plain(refund_no);
    row.set("shop_no", shop.0);
    row.set("shop_name", shop.1);
    house.shop.world().push(house.at_now(row));
}

/// Two returns wait for one shop, one for another; one is written.
async fn lacking(table: &str) -> (House, Supervisor) {
    let house = House::with_books(|books| books.customers(["C001", "C009"]));
    house.writes("customers.csv", "from,to\nS001,C001\n");
    for (refund_no, shop) in [
        ("TK1", ("S009", "专卖店")),
        ("TK2", ("S009", "专卖店")),
        ("TK3", ("S001", "旗舰店")),
        ("TK4", ("S010", "奥莱店")),
    ] {
        sells_back(&house, refund_no, shop);
    }
    let supervisor = house.starts(&["main"], &[(TABLE.0, table)]);
    house.minutes(10).await;
    assert_eq!(house.billed(), ["TK3"]);
    (house, supervisor)
}

/// A person decides that it is not to be booked.
async fn decided(visit: &Visit, house: &House, refund_no: &str, note: &str) {
    let word = visit.word().await;
    let seen = house.store.life(refund_no).await.unwrap().remove(0).seen;
    let fields = [
        ("word", word.as_str()),
        ("action", "decide-ignored"),
        ("pipeline", "main"),
        ("subject", refund_no),
        ("seen", &seen),
        ("note", note),
        ("back", "/"),
    ];
    visit.post("/act", &fields).await.is(303);
    house.minutes(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_return_that_is_not_in_scope_says_why_what_it_is_and_its_orders() {
    let house = House::new();
    for refund_no in ["TK1", "TK2"] {
        let mut row = plain(refund_no);
        row.set("type", "4");
        row.set("tid", format!("2611200000000{refund_no}").as_str());
        house.shop.world().push(house.at_now(row));
    }
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    let found = visit.get("/find?no=2611200000000TK1").await.is(303);
    let why = "类型“退款不退货”不写销售退货单（只同步退货）";
    let page = visit.get(found.header("location")).await.is(200);
    page.says(&[why, "退款不退货 · 已完成", "2611200000000TK1", "JY202611180031"]);
    visit.get("/refund/TK1?lang=en").await.says(&["refund without goods becomes no bill"]);
    visit.get("/find?no=26112").await.is(200).says(&[why]).does_not_say(&["范围内"]);
    // The list says it as well, and so does the file of it, with the orders.
    visit.get("/filtered").await.is(200).says(&[why]);
    visit.get("/export/filtered").await.is(200).says(&[why, "2611200000000TK1", "JY202611180031"]);
}

#[tokio::test(start_paused = true)]
async fn the_headline_tells_of_differences_only_what_is_not_waiting_or_decided_anyway() {
    let house = House::new();
    let nightly = ("*/5 * * * *\"", "*/5 * * * *\"\nreconcile = \"10 0 * * *\"");
    let from_midnight = ("start_from = \"2026-11-20 11:03:00\"", "start_from = \"2026-11-20 00:00:00\"");
    let _supervisor = house.starts(&["main"], &[from_midnight, nightly]);
    for (refund_no, shop) in [("TK1", "S001"), ("TK2", "S001"), ("TK3", "S009"), ("TK4", "S009")] {
        sells_back(&house, refund_no, (shop, "旗舰店"));
    }
    house.minutes(60).await;
    assert!(house.books.remove("TK2"));
    house.minutes(12 * 60).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let both = "有 2 张退换单待处理，¥ 239.60；另有对账差异 1 张，相差 ¥ 119.80（11-21 00:";
    let page = visit.get("/").await.is(200).says(&[both, "<title>(3) ", "差异 3 张"]);
    page.says(&["已在待处理或处理中</a> <b>2 张</b> ¥ 239.60", "需要查看 <b>1 张</b> ¥ 119.80"])
        .says(&["待处理（对照表中没有该编号）"])
        .does_not_say(&["对账差异 3 张", "待处理 unmapped"]);
    let page = visit.get("/").await.text;
    let place = |number: &str| page.rfind(&format!("/refund/{number}\"")).unwrap();
    assert!(place("TK2") < place("TK3"), "what is news comes first");

    // What was decided or written since is not open either.
    decided(&visit, &house, "TK3", "测试单").await;
    let page = visit.get("/").await.says(&["有 1 张退换单待处理，¥ 119.80；另有对账差异 1 张"]);
    page.says(&["对账后已决定或已写入 <b>1 张</b> ¥ 119.80"]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_number_is_named_and_leads_to_exactly_its_returns_and_each_is_said_once() {
    let (house, _supervisor) = lacking(TABLE.1).await;
    let visit = Visit::read_only(&house);
    let page = visit.get("/").await.says(&["店铺 S009 专卖店 未对照", "店铺 S010 奥莱店 未对照"]).text;
    assert_eq!(page.matches("对照表中没有该编号").count(), 1, "{page}");
    assert!(!page.contains("例如："), "{page}");
    let link = "/parked?pipeline=main&#38;missing=customers%3AS009";
    assert!(page.contains(link), "{page}");
    let list = visit.get(&link.replace("&#38;", "&")).await.is(200);
    let list = list.says(&["店铺 S009 专卖店 未对照", "¥ 239.60", "/refund/TK1", "/refund/TK2"]);
    list.does_not_say(&["/refund/TK4"]);
    visit.get("/export/parked?missing=customers%3AS010").await.says(&["TK4"]).does_not_say(&["TK1"]);
}

#[tokio::test(start_paused = true)]
async fn a_table_in_excel_is_not_written_and_the_page_says_what_to_do() {
    let house = House::with_books(|books| books.customers(["C001", "C009"]));
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip([["from", "to"], ["S001", "C001"]]) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    house.writes("customers.xlsx", book.save_to_buffer().unwrap());
    sells_back(&house, "TK1", ("S009", "专卖店"));
    let _supervisor = house.starts(&["main"], &[(TABLE.0, "{ file = \"customers.xlsx\" }")]);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let by_hand = "用 Excel 打开 customers.xlsx，加一行 S009 和金蝶客户编码";
    visit.get("/").await.says(&[by_hand]).does_not_say(&["action=\"/fill\""]);
    visit.get("/fill?pipeline=main&table=customers&key=S009").await.is(404).says(&[by_hand]);
}

#[tokio::test(start_paused = true)]
async fn what_of_a_month_is_of_earlier_ones_stands_beside_what_was_written() {
    let house = House::new();
    house.sells_back("TK1");
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    let page = visit.get("/month?m=2026-11").await.is(200).text;
    let place = |head: &str| page.find(&format!(">{head}</th>")).unwrap_or_else(|| panic!("{head}: {page}"));
    let heads = ["店铺", "已写入", "其中以前月份", "月末处理中", "月末待处理", "已决定", "差异", "未纳入"];
    assert!(heads.map(place).is_sorted(), "{page}");
    for none in ["2026-99", "2026", "%3Cb%3E"] {
        visit.get(&format!("/month?m={none}")).await.is(400).says(&["不是月份，请写成 2026-11"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_is_told_in_words_with_its_shop_and_its_money() {
    let house = House::new();
    sells_back(&house, "TK1", ("S001", "旗舰店"));
    let mut left_out = plain("TK2");
    left_out.set("type", "4");
    house.shop.world().push(house.at_now(left_out));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    let told = "href=\"/filtered?pipeline=main&#38;cause=4%2F90&#38;shop=S001\">退款不退货 · 已完成 · S001 旗舰店</a>";
    let page = visit.get("/").await.is(200).says(&[told, "1 张 · ¥ 119.80"]);
    page.does_not_say(&["类型 4", "状态 90"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_decided_is_a_list_with_who_when_and_why_and_is_taken_back_there() {
    let house = House::new();
    for refund_no in ["TK1", "TK2"] {
        let mut row = plain(refund_no);
        set_line(&mut row, "stockin_num", "1.0000");
        row.set("shop_name", "旗舰店");
        house.shop.world().push(house.at_now(row));
    }
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.get("/decided").await.is(200).says(&["没有人工决定过的退换单"]);
    visit.log_in().await;
    decided(&visit, &house, "TK1", "客户自提 <b>").await;
    let page = visit.get("/decided").await.is(200).says(&[
        "已决定 <b>1</b>",
        "TK1",
        "S001 旗舰店",
        "¥ 119.80",
        "不入账",
        "客户自提 &#60;b&#62;",
        "11-20 12:",
        "value=\"decide-undo\"",
        "撤销决定",
        "href=\"/export/decided\"",
    ]);
    page.does_not_say(&["TK2", "客户自提 <b>", "怎么办"]);
    visit.get("/export/decided?lang=zh").await.is(200).says(&["决定人,决定时间,决定原因", "TK1", "客户自提"]);
    assert!(!Visit::read_only(&house).get("/decided").await.is(200).text.contains("decide-undo"));
    let page = visit.get("/decided").await.text;
    let field = |name: &str| {
        let (_, rest) = page
            .split_once("class=\"list")
            .unwrap()
            .1
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        rest.split('"').next().unwrap()
    };
    let undo = ["word", "action", "pipeline", "subject", "seen", "back"].map(|name| (name, field(name)));
    let done = visit.post("/act", &undo).await.is(303);
    assert_eq!(done.header("location"), "/decided?done=decide-undo");
    house.minutes(1).await;
    visit.get("/decided").await.says(&["没有人工决定过的退换单"]);
    visit.get("/parked").await.says(&["TK1", "TK2"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_a_workbook_in_which_numbers_of_orders_are_text_and_money_is_a_number() {
    let (house, _supervisor) = lacking(TABLE.1).await;
    let mut row = plain("TK5");
    row.set("shop_no", "S009");
    row.set("tid", "2611200001234567");
    row.set("src_no", "=1+1");
    house.shop.world().push(house.at_now(row));
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    let link = "/export/parked.xlsx?shop=S009";
    visit.get("/parked?shop=S009").await.says(&[&format!("href=\"{link}\" download>Excel</a>")]);
    let file = visit.file(link).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parked.xlsx");
    std::fs::write(&path, file).unwrap();
    let Some(book) = workbooks::read(&path) else { return };
    let rows = workbooks::rows(&book, "待处理");
    assert_eq!(rows.len(), 5, "the titles, three returns and their sum: {book}");
    let sum = |title| workbooks::cell(rows, 4, title);
    assert_eq!((sum("同步方案").1, sum("退换单号").1, sum("金额")), ("合计", "3", ("n", "359.4")));
    let last = |title| workbooks::cell(rows, 3, title);
    assert_eq!(last("退换单号"), ("s", "TK5"));
    assert_eq!(last("原始单号"), ("s", "2611200001234567"));
    assert_eq!(last("平台退款单号"), ("s", "=1+1"));
    assert_eq!(last("金额"), ("n", "119.8"));
    assert_eq!((last("单据日期").0, last("首次待处理").0), ("d", "d"));
    visit.get("/export/nosuch.xlsx").await.is(404);
    // A filter that is not understood is no filter: a file with more than was meant is none.
    visit.get("/export/parked.xlsx?from=abc").await.is(400).says(&["日期“abc”无法识别"]);
    visit.get("/export/parked?min=x&lang=en").await.is(400).says(&["x"]).does_not_say(&["金额"]);
}

#[tokio::test(start_paused = true)]
async fn the_page_says_what_to_press_and_no_command() {
    let (house, _supervisor) = lacking(TABLE.1).await;
    let mut row = plain("TK6");
    set_line(&mut row, "stockin_num", "1.0000");
    house.shop.world().push(house.at_now(row));
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    let commands = ["retry", "decide --as", "refund-sync parked"];
    for (page, pressed) in [
        ("/refund/TK1", "再按“重试”"),
        ("/refund/TK6", "在“人工决定”中选“按实收数量入账”"),
        ("/parked", "再按“重试”"),
    ] {
        let page = visit.get(page).await.is(200).says(&[pressed]).text;
        let read = page.replace("value=\"retry\"", "").replace("id=\"retry-", "").replace("-cause\"", "");
        let read = read.replace("value=\"retry", "");
        assert!(commands.iter().all(|command| !read.contains(command)), "{page}");
        assert!(!page.contains("<pre"), "no facts of the journal in English: {page}");
    }
    visit.get("/refund/TK1?lang=en").await.says(&["<pre"]);
    visit.get("/refund/TK1?lang=zh").await.says(&["结算时间", "修改时间", "2026-11-20 12:"]);

    let word = visit.word().await;
    let fields = [
        ("word", word.as_str()),
        ("pipeline", "main"),
        ("table", "customers"),
        ("key", "S009"),
        ("to", "C009"),
        ("back", "/"),
    ];
    visit.post("/fill", &fields).await.is(303);
    visit.get("/").await.says(&["<td>店铺 S009 → C009 · "]).does_not_say(&["<td>customers"]);
}
