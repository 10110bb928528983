//! The accountant's path by keyboard alone, with scripts and without: the lists narrowed down, sorted and turned, a return
//! found by its order, looked at and decided about, and the month closed.

use std::time::Duration;

use chrono::TimeDelta;
use refund_sync::model::Month;

use super::driver::Browser;
use super::visit::{ENTER, Serving, TOKEN, all_is_quiet, pictures};
use crate::returns::{line, now, set_line, text, with_lines};
use crate::scene::Scene;

/// WebDriver's word for the key.
const DOWN: &str = "\u{e015}";
/// More than a page of the list.
const WAITING: usize = 60;

/// Returns of last month, of which one piece of two arrived.
async fn scene() -> Scene {
    let last_month = Month::of(now().date()).before();
    let day = last_month.first() + TimeDelta::days(14);
    let waiting = |n: usize| {
        let mut row =
            with_lines(&format!("TK{n:04}"), &[line("TS-BLK-L", "2.0000", &format!("{}.5000", 10 + n))]);
        set_line(&mut row, "stockin_num", "1.0000");
        row.set("tid", format!("26113000{n:04}"));
        row.set("shop_name", "旗舰店");
        row.set("finish_time", text(day.and_hms_opt(12, 0, 0).unwrap()));
        row
    };
    let scene = Scene::with((1..=WAITING).map(waiting)).await;
    let config = std::fs::read_to_string(scene.config()).unwrap();
    let start = config.lines().find(|line| line.starts_with("start_from")).unwrap();
    scene.change(start, &format!("start_from = \"{} 00:00:00\"", last_month.first()));
    scene.settle();
    scene
}

/// Logs in; from here on only keys are pressed.
async fn enter(browser: &Browser, serving: &Serving, back: &str) {
    browser.go(&serving.at(&format!("/login?back={back}"))).await;
    browser.tab_to("#token").await;
    browser.press(&format!("{TOKEN}{ENTER}")).await;
    browser.until("document.querySelector('a[href=\"/month\"]')").await;
}

/// Waits until the page, loaded again where it does not do so itself, says so.
async fn comes_to(browser: &Browser, scripts: bool, condition: &str) {
    if !scripts {
        for _ in 0..100 {
            if browser.run(&format!("return Boolean({condition})")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            browser.press("\u{e035}").await;
        }
    }
    browser.until(condition).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accountant_works_by_keyboard_alone_with_scripts_and_without() {
    let Some(browser) = Browser::open().await else { return };
    let first = "document.querySelector('tbody a.no').textContent";
    for (scripts, decided) in [(true, "TK0060"), (false, "TK0059")] {
        let scene = scene().await;
        let serving = Serving::start(&scene, Some(TOKEN)).await;
        browser.scripts(scripts).await;
        enter(&browser, &serving, "%2Fparked%3Flang%3Dzh").await;

        browser.tab_to("a[rel=next]").await;
        browser.press(ENTER).await;
        browser.until("document.body.innerText.includes('第 2 / 2 页')").await;
        browser.tab_to("th a[href*='sort=-amount']").await;
        browser.press(ENTER).await;
        browser
            .until("document.querySelector('th[aria-sort=descending] a')?.textContent.includes('金额')")
            .await;
        browser.until(&format!("{first} == 'TK0060'")).await;
        browser.tab_to("input[name=min]").await;
        browser.press(&format!("60{ENTER}")).await;
        browser.until(&format!("location.search.includes('min=60') && {first} == 'TK0060'")).await;
        assert!(browser.text().await.contains("¥ 720.50"), "what is shown adds up: {}", browser.text().await);

        // By the order's number, from whatever page.
        browser.tab_to("form.find input").await;
        browser.press(&format!("26113000{}{ENTER}", &decided[2..])).await;
        let left = "location.pathname != '/parked' && document.readyState == 'complete'";
        browser.until(&format!("{left} && document.body.innerText.includes('{decided}')")).await;
        if !browser.run("return location.pathname").await.as_str().unwrap().starts_with("/refund/") {
            browser.tab_to("tbody a").await;
            browser.press(ENTER).await;
        }
        browser.until(&format!("location.pathname == '/refund/{decided}'")).await;
        let text = browser.text().await;
        assert!(text.contains("退货与入库数量不一致") && text.contains("旗舰店"), "{text}");
        browser.tab_to("details.decide summary").await;
        browser.press(ENTER).await;
        browser.tab_to("#note-1").await;
        // Enter in a field decides nothing, and loses nothing that was typed.
        browser.press(&format!("客户自提{ENTER}")).await;
        browser.until("document.body.innerText.includes('没有选择决定')").await;
        assert_eq!(browser.run("return document.getElementById('note-1').value").await, "客户自提");
        // The answer says by its status that nothing was done, which the browser notes down.
        browser.log("browser").await;
        assert!(scene.parked().contains_key(decided));
        browser.tab_to("input[type=radio]").await;
        for _ in 0..4 {
            if browser.run("return document.activeElement.id").await == "decide-ignored-1" {
                break;
            }
            browser.press(DOWN).await;
        }
        browser.tab_to("#confirm-1").await;
        browser.press(ENTER).await;
        comes_to(&browser, scripts, "document.getElementById('decided-1')?.textContent.includes('客户自提')")
            .await;
        assert!(!scene.parked().contains_key(decided));

        // What is left is decided about by the command line, in one go; the month is closed on the page.
        scene
            .run(&["decide", "--cause", "quantity_gap", "--as", "ignored", "--note", "盘点", "--yes"])
            .exits(0);
        browser.tab_to("a[href='/month']").await;
        browser.press(ENTER).await;
        comes_to(&browser, scripts, "document.getElementById('close-1')").await;
        for (width, device) in [(1_280, "desktop"), (390, "phone")] {
            for (is_dark, scheme) in [(false, "light"), (true, "dark")] {
                browser
                    .picture(&pictures().join(format!("month-{device}-{scheme}.png")), width, is_dark)
                    .await;
            }
        }
        browser.tab_to("#close-1").await;
        browser.press(ENTER).await;
        comes_to(&browser, scripts, "document.getElementById('reopen-1')").await;
        assert!(browser.text().await.contains("已关账"), "{}", browser.text().await);
        if scripts {
            all_is_quiet(&browser, &serving).await;
        }
    }
}
