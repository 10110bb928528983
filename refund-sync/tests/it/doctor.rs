//! `doctor`: what a request for support needs, on one screen, without secrets and without changing anything.

use crate::returns::{plain, with_lines};
use crate::scene::{BOOKS_SECRET, Done, Scene, service, word};

#[tokio::test]
async fn before_the_first_run_it_tells_the_settings_and_makes_no_journal() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["doctor"]).exits(0).says(&[
        concat!("refund-sync ", env!("CARGO_PKG_VERSION")),
        "pipelines 1",
        "not made yet",
        "nothing was journalled yet",
        "旺店通: reached in",
        "金蝶: reached in",
        "All is well",
    ]);
    assert!(!scene.database().exists());
}

#[tokio::test]
async fn it_tells_where_every_pipeline_stands_on_one_screen_and_shows_no_secret() {
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[])]).await;
    scene.settle().exits(3);
    let done = scene.run(&["doctor"]).exits(0);
    let done = done.says(&["schema", "confirmed 1", "parked: no_lines 1", "last run: run", "clock offset"]);
    assert!(done.out.lines().count() <= 24, "one screen:\n{}", done.out);
    for secret in [BOOKS_SECRET, wdt_qimen_sdk::mock::APP_SECRET, "260001_", "TK1", "TK2"] {
        assert!(!done.out.contains(secret) && !done.err.contains(secret), "{secret} in\n{}", done.out);
    }
}

#[tokio::test]
async fn offline_it_reaches_neither_system() {
    let scene = Scene::with([plain("TK1")]).await;
    let done = scene.run(&["doctor", "--offline"]).exits(0);
    assert!(!done.out.contains("reached"), "{}", done.out);
    assert_eq!((scene.shop.counts().arrivals, scene.books.counts().arrivals), (0, 0));
}

#[tokio::test]
async fn a_system_that_refuses_is_named_with_what_to_do_and_the_other_is_still_asked() {
    let scene = Scene::with([plain("TK1")]).await;
    let mut command = scene.command(&["doctor"]);
    command.env("WDT_APP_SECRET", "wrong-planted-secret");
    let done = Done::of(command).exits(1);
    let done = done.says(&["旺店通: failed: ", "    → ", "金蝶: reached"]);
    assert!(!done.out.contains("wrong-planted-secret"));
}

#[tokio::test]
async fn a_stopped_pipeline_is_told_with_its_remedy() {
    let scene = Scene::with([plain("TK1")]).await;
    let mut command = scene.command(&["run"]);
    command.env("KINGDEE_APP_SECRET", "wrong");
    Done::of(command).exits(1);
    scene.run(&["doctor", "--offline"]).exits(3).says(&["STOPPED since", "    → "]);
}

#[tokio::test]
async fn a_faulty_configuration_is_told_by_its_first_faults() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("tax_rate = \"13\"", "tax_rate = \"113\"");
    scene.run(&["doctor"]).exits(2).says(&["faults 1", "is not a rate in percent", "refund-sync check"]);
    std::fs::remove_file(scene.config()).unwrap();
    scene.run(&["doctor"]).exits(2).says(&["there is no such file"]);
}

#[tokio::test]
async fn a_journal_that_is_none_is_told_and_the_systems_are_still_asked() {
    let scene = Scene::with([plain("TK1")]).await;
    std::fs::write(scene.database(), "no database at all, but long enough to look like one to nobody")
        .unwrap();
    scene.run(&["doctor"]).exits(1).says(&["journal: failed", "金蝶: reached"]);
}

#[tokio::test]
async fn whoever_works_the_journal_is_named() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let _holder = refund_sync::store::lock::Holder::take(&scene.database(), "serve").unwrap();
    let me = format!("worked by refund-sync serve (process {})", std::process::id());
    scene.run(&["doctor", "--offline"]).exits(0).says(&[&me]);
}

/// Outcome by subject and step; whatever is not as it should be has a text and one thing to do.
fn steps(done: &Done) -> Vec<(String, String, String)> {
    let json = done.json();
    let steps = json["steps"].as_array().unwrap().clone();
    for step in &steps {
        let is_amiss = ["failed", "warning"].contains(&step["outcome"].as_str().unwrap());
        assert!(!is_amiss || !word(&step["remedy"]).is_empty(), "{step}");
        assert!(!word(&step["message"]).is_empty() && !word(&step["message_zh"]).is_empty(), "{step}");
    }
    steps.iter().map(|step| (word(&step["subject"]), word(&step["step"]), word(&step["outcome"]))).collect()
}

#[track_caller]
fn has(steps: &[(String, String, String)], subject: &str, step: &str, outcome: &str) {
    let wanted = (subject.to_owned(), step.to_owned(), outcome.to_owned());
    assert!(steps.contains(&wanted), "{wanted:?} is not in {steps:#?}");
}

#[tokio::test]
async fn step_by_step_everything_is_looked_at_and_no_secret_is_told() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let done = scene.run(&["doctor", "--json"]).exits(0);
    let found = steps(&done);
    has(&found, "", "configuration", "passed");
    has(&found, "", "journal", "passed");
    for side in ["main 旺店通", "main 金蝶"] {
        for step in ["proxy", "names", "connection", "credentials"] {
            has(&found, side, step, "passed");
        }
    }
    has(&found, "main 旺店通", "clock", "passed");
    has(&found, "main 金蝶", "form", "passed");
    has(&found, "main 金蝶", "base_data", "not_tried");
    for secret in [BOOKS_SECRET, wdt_qimen_sdk::mock::APP_SECRET, "260001_", "TK1"] {
        assert!(!done.out.contains(secret), "{secret} in\n{}", done.out);
    }
}

#[tokio::test]
async fn what_a_failed_step_hides_is_not_tried_and_the_other_side_still_is() {
    let scene = Scene::with([plain("TK1")]).await;
    let shop = scene.shop_server.uri();
    scene.change(&format!("{shop}/router/qm"), "http://nowhere.invalid/router/qm");
    let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
    has(&found, "main 旺店通", "names", "failed");
    for step in ["connection", "credentials", "clock"] {
        has(&found, "main 旺店通", step, "not_tried");
    }
    has(&found, "main 金蝶", "credentials", "passed");
    scene.run(&["doctor"]).exits(1).says(&["nowhere.invalid has no address", "DNS", "金蝶: reached"]);

    // Nobody listens there.
    scene.change("http://nowhere.invalid/router/qm", "http://127.0.0.1:1/router/qm");
    let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
    has(&found, "main 旺店通", "names", "passed");
    has(&found, "main 旺店通", "connection", "failed");
    has(&found, "main 旺店通", "credentials", "not_tried");

    // Somebody listens there who speaks no TLS.
    scene.change("http://127.0.0.1:1/", &format!("{}/", shop.replace("http://", "https://")));
    let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
    has(&found, "main 旺店通", "connection", "passed");
    has(&found, "main 旺店通", "tls", "failed");
    has(&found, "main 旺店通", "credentials", "not_tried");
}

#[tokio::test]
async fn with_a_faulty_configuration_nothing_else_is_tried() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("tax_rate = \"13\"", "tax_rate = \"113\"");
    let found = steps(&scene.run(&["doctor", "--json"]).exits(2));
    has(&found, "", "configuration", "failed");
    assert!(found[1..].iter().all(|(_, _, outcome)| outcome == "not_tried"), "{found:?}");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_is_the_step_that_failed() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("wdt", "proxy = \"http://127.0.0.1:1\"");
    let done = scene.run(&["doctor", "--json"]).exits(1);
    assert!(done.out.contains("http://127.0.0.1:1"), "{}", done.out);
    let found = steps(&done);
    has(&found, "main 旺店通", "proxy", "passed");
    has(&found, "main 旺店通", "connection", "failed");
    has(&found, "main 旺店通", "credentials", "not_tried");
}

#[tokio::test]
async fn the_right_to_save_is_known_once_a_bill_was_saved_and_not_before() {
    let scene = Scene::with([plain("TK1")]).await;
    has(&steps(&scene.run(&["doctor", "--json"]).exits(0)), "main 金蝶", "save", "not_tried");
    assert!(
        scene.books.bills().is_empty() && scene.saves_on_the_wire().await == 0,
        "nothing is written to find out"
    );
    scene.settle().exits(0);
    let found = steps(&scene.run(&["doctor", "--json"]).exits(0));
    has(&found, "main 金蝶", "save", "passed");
    for (side, step) in [
        ("main 旺店通", "whitelist"),
        ("main 旺店通", "quota"),
        ("main 金蝶", "data_centre"),
        ("main 金蝶", "webapi"),
        ("main 金蝶", "form"),
    ] {
        has(&found, side, step, "passed");
    }
}

#[tokio::test]
async fn an_account_that_the_site_does_not_list_is_named_with_those_that_it_does() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("acct_id = \"65f0c0ffee0001\"", "acct_id = \"65f0c0ffee0009\"");
    let done = scene.run(&["doctor", "--json"]).exits(1);
    has(&steps(&done), "main 金蝶", "data_centre", "failed");
    assert!(done.out.contains("65f0c0ffee0001 模拟账套"), "{}", done.out);
    scene.run(&["doctor"]).exits(1).says(&["acct_id 65f0c0ffee0009", "65f0c0ffee0001 模拟账套", "→ "]);
    // A site that keeps its list to itself proves nothing.
    let silent = wiremock::Mock::given(service("GetDataCenterList"));
    let silent = silent.respond_with(wiremock::ResponseTemplate::new(403)).with_priority(1);
    silent.mount(&scene.books_server).await;
    has(&steps(&scene.run(&["doctor", "--json"]).exits(1)), "main 金蝶", "data_centre", "not_tried");
    scene.change("acct_id = \"65f0c0ffee0009\"", "acct_id = \"65f0c0ffee0001\"");
    has(&steps(&scene.run(&["doctor", "--json"]).exits(0)), "main 金蝶", "data_centre", "passed");
}

#[tokio::test]
async fn a_user_who_may_not_call_is_told_apart_from_one_who_is_not_known() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.books.set_user_listed(false);
    let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
    has(&found, "main 金蝶", "data_centre", "passed");
    has(&found, "main 金蝶", "webapi", "failed");
    for step in ["credentials", "form", "save", "base_data"] {
        has(&found, "main 金蝶", step, "not_tried");
    }
    scene.run(&["doctor"]).exits(1).says(&["允许调用WebAPI接口用户"]);
    scene.books.set_user_listed(true);
    let mut command = scene.command(&["doctor", "--json"]);
    command.env("KINGDEE_APP_SECRET", "wrong");
    let found = steps(&Done::of(command).exits(1));
    has(&found, "main 金蝶", "credentials", "failed");
    has(&found, "main 金蝶", "webapi", "not_tried");
}

#[tokio::test]
async fn an_application_that_is_not_let_in_and_one_that_calls_too_often_are_told_apart() {
    for (code, step) in [(11, "whitelist"), (7, "quota"), (25, "credentials")] {
        let scene = Scene::with([plain("TK1")]).await;
        let body = format!(
            r#"{{"response":{{"flag":"failure","code":{code},"message":"This ban will last for 600 more seconds"}}}}"#
        );
        let refuses = wiremock::Mock::given(wiremock::matchers::any());
        let refuses = refuses.respond_with(wiremock::ResponseTemplate::new(200).set_body_string(body));
        refuses.with_priority(1).mount(&scene.shop_server).await;
        let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
        has(&found, "main 旺店通", step, "failed");
        let others = ["credentials", "whitelist", "quota", "clock"];
        for other in others.into_iter().filter(|other| *other != step) {
            has(&found, "main 旺店通", other, "not_tried");
        }
    }
}

#[tokio::test]
async fn a_user_without_the_right_to_query_is_told_of_it() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let refuses = wiremock::Mock::given(service("ExecuteBillQuery"));
    let body = r#"[[{"Result":{"ResponseStatus":{"ErrorCode":500,"IsSuccess":false,"Errors":[{"FieldName":null,"Message":"没有销售退货单的查看权限","DIndex":0}],"SuccessEntitys":[],"MsgCode":2}}}]]"#;
    let refuses = refuses.respond_with(wiremock::ResponseTemplate::new(200).set_body_string(body));
    refuses.with_priority(1).mount(&scene.books_server).await;
    let done = scene.run(&["doctor", "--json"]);
    let found = steps(&done);
    assert!(
        found.iter().any(|(side, step, outcome)| side == "main 金蝶"
            && outcome == "failed"
            && (step == "form" || step == "credentials")),
        "{found:#?}"
    );
    assert!(done.code != 0 && done.out.contains("查看权限"), "{done:?}");
}
