//! One language a page: nothing English stands on a Chinese page and nothing Chinese on an English one, apart from names and
//! the words of other systems, which are quoted.

use super::visit::Visit;
use crate::returns::plain;
use crate::serve::house::House;

/// Names, numbers and keys: the same in every language.
const NAMES: [&str; 27] = [
    "AppKey",
    "AppSecret",
    "refund",
    "sync",
    "English",
    "main",
    "customers",
    "inline",
    "Excel",
    "alert",
    "test",
    "refund_sync",
    "WH01",
    "CK01",
    "TS-BLK-L",
    "THLX01_SYS",
    "serve",
    "schedule",
    "Kingdee",
    "JSON",
    "FID",
    "mapping",
    "default",
    "http",
    "token",
    "server",
    "SIGHUP",
];
const CHINESE_NAMES: [&str; 8] =
    ["金蝶", "旺店通", "中文", "价税合计", "销售退货单", "旗舰店", "退换单号", "对照表"];

/// What a person reads on a page, without quotes of other systems and facts as the journal has them.
fn read(page: &str) -> String {
    let mut text = page.to_owned();
    for (begin, end) in [("<pre", "</pre>"), ("<q", "</q>"), ("<code", "</code>"), ("<script", "</script>")] {
        while let Some(at) = text.find(begin) {
            let to = text[at..].find(end).map_or(text.len(), |to| at + to + end.len());
            text.replace_range(at..to, " ");
        }
    }
    let mut read = String::new();
    let mut is_tag = false;
    for c in text.chars() {
        match c {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                read.push(' ');
            }
            c if !is_tag => read.push(c),
            _ => {}
        }
    }
    read.replace("&#39;", "'")
}

fn english(text: &str) -> Vec<String> {
    let words =
        text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '*')));
    let is_word = |word: &&str| {
        word.chars().filter(char::is_ascii_alphabetic).count() > 3
            && !word.chars().any(|c| c.is_ascii_digit())
            && !NAMES.contains(word)
            && !word.split(['-', '.', '/']).all(|part| part.is_empty() || NAMES.contains(&part))
    };
    words.filter(is_word).map(str::to_owned).collect()
}

fn chinese(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for name in CHINESE_NAMES {
        text = text.replace(name, " ");
    }
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let words = text.split(|c: char| !is_han(c)).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn a_chinese_page_has_no_english_and_an_english_page_no_chinese() {
    let house = House::new();
    let mut row = plain("TK1");
    row.set("shop_no", "S009");
    house.shop.world().push(house.at_now(row));
    house.sells_back("TK2");
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    visit.order("retry", "TK1").await.is(303);
    visit.order("pause", "").await.is(303);
    house.minutes(6).await;
    house.lock(true);
    visit.order("run", "").await.is(303);
    house.minutes(6).await;
    let mut wrong = Vec::new();
    for page in [
        "/?order=1",
        "/parked",
        "/in_progress",
        "/decided",
        "/filtered",
        "/flagged",
        "/month",
        "/month?m=2026-99",
        "/refund/TK1",
        "/refund/TK2",
        "/refund/TK404",
        "/nowhere",
        "/login",
    ] {
        let joint = if page.contains('?') { '&' } else { '?' };
        let zh = visit.get(&format!("{page}{joint}lang=zh")).await.text;
        let en = visit.get(&format!("{page}{joint}lang=en")).await.text;
        wrong.extend(english(&read(&zh)).into_iter().map(|word| format!("{page}: {word}")));
        wrong.extend(chinese(&read(&en)).into_iter().map(|word| format!("{page}: {word}")));
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_comes_first_then_the_machines_and_their_runs_are_folded() {
    let house = House::new();
    let mut row = plain("TK1");
    row.set("shop_no", "S009");
    house.shop.world().push(house.at_now(row));
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    let page = visit
        .get("/")
        .await
        .is(200)
        .says(&["<title>(1) 总览 · 退货同步</title>", "有 1 张退换单待处理，¥ 119.80"])
        .text;
    let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is not on the page"));
    let order = [
        place("class=\"headline"),
        place("id=\"attention\""),
        place("id=\"money\""),
        place("id=\"pipeline-1\""),
        place("id=\"runs-1\""),
    ];
    assert!(order.is_sorted(), "{order:?}");
    for folded in ["<details id=\"runs-1\">", "<details id=\"windows-1\">"] {
        assert!(page.contains(folded), "{folded}");
    }
    visit.get("/?span=30d").await.says(&["每天完成", "href=\"/?span=7d\""]);
    visit.get("/?span=7d&lang=en").await.says(&["Done per 6 hours", "in the last 7 days"]);
    visit.get("/nowhere").await.is(404).says(&["没有找到", "没有这个页面"]).does_not_say(&["Not Found"]);
}

#[tokio::test(start_paused = true)]
async fn a_return_shows_goods_and_bill_with_numbers_to_copy_and_a_way_into_kingdee() {
    let house = House::new();
    house.sells_back("TK1");
    let line = "base_url = \"http://127.0.0.1/k3cloud/\"\n";
    let with_url =
        format!("{line}kingdee_web_url = \"https://erp.example.com/k3cloud/?no={{bill_no}}&id={{fid}}\"\n");
    let _supervisor = house.starts(&["main"], &[(line, &with_url)]);
    house.minutes(10).await;
    let visit = Visit::read_only(&house);
    let page = visit.get("/refund/TK1").await.is(200).says(&[
        "退货明细",
        "销售退货单明细",
        "退货数量",
        "入库数量",
        "data-copy=\"TK1\"",
        "在金蝶中打开",
        "https://erp.example.com/k3cloud/?no=TK1&#38;id=1",
        "rel=\"noopener noreferrer\"",
    ]);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
}
