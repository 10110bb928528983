//! 金蝶 answers that it failed (`response_error:`, MsgCode 4 for the whole call): the call is over, so one look-up decides.
//! What passes is tried again, what is not understood is parked at once in 金蝶's own words, and nothing waits for minutes.

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::double::Switch;
use crate::returns::{many, plain};
use crate::scene::{Scene, events, word};
use crate::trouble::{MOMENTS, Moment, Trouble};

const UNEXPLAINED: &str = "未将对象引用设置到对象的实例。";
const NUMBERS: [&str; 3] = ["TK0001", "TK0002", "TK0003"];

/// `response_error:` with these words.
fn exception(words: &str) -> ResponseTemplate {
    let body =
        json!({ "Message": "调用服务失败", "InnerExWrapper": { "Message": words }, "InnerException": null });
    ResponseTemplate::new(200).set_body_string(format!("response_error:{body}"))
}

/// These many returns, where an unanswered call is sent again no sooner than any test ends.
async fn scene(count: usize) -> Scene {
    let scene = Scene::with(many(count)).await;
    scene.change("resend_after_seconds = 1", "resend_after_seconds = 3600");
    scene
}

/// It is parked as refused in these words, and was never taken for unanswered.
#[track_caller]
fn is_parked(scene: &Scene, refund_no: &str, words: &str) {
    let (cause, said) = &scene.parked()[refund_no];
    assert!(cause == "refused" && said.contains(words), "{cause}: {said}");
    let life = scene.why(refund_no);
    assert!(!events(&life).contains(&"fate_unknown".to_owned()), "{life}");
    assert!(life["next_try"].is_string(), "it is tried again by itself: {life}");
}

#[tokio::test]
async fn an_exception_that_nobody_understands_is_parked_at_once_in_its_own_words() {
    let scene = scene(1).await;
    scene.answer("BatchSave", |_| exception(UNEXPLAINED)).await;
    scene.settle().exits(3);
    is_parked(&scene, "TK0001", UNEXPLAINED);
    is_parked(&scene, "TK0001", "调用服务失败");
    assert_eq!(scene.calls_of("BatchSave").await, 1);
    assert!(scene.calls_of("ExecuteBillQuery").await >= 4, "looked up before the call and after it");
}

#[tokio::test]
async fn a_bill_on_which_kingdee_breaks_is_found_among_the_others_and_these_are_written_once() {
    let scene = scene(7).await;
    let books = scene.books.clone();
    scene
        .answer("BatchSave", move |request| {
            if String::from_utf8_lossy(&request.body).contains("TK0005") {
                return exception(UNEXPLAINED);
            }
            crate::double::pass(&books, request)
        })
        .await;
    scene.settle().exits(3).says(&["saved 6", "parked 1"]);
    let others = ["TK0001", "TK0002", "TK0003", "TK0004", "TK0006", "TK0007"];
    scene.bills(&others);
    for number in others {
        assert_eq!(scene.arrivals_of(number), 1, "{number}");
    }
    is_parked(&scene, "TK0005", UNEXPLAINED);
}

#[tokio::test]
async fn an_exception_after_the_effect_is_adopted_and_one_before_it_sent_again_without_a_wait() {
    for moment in MOMENTS {
        let scene = scene(3).await;
        scene.trouble_saving(Trouble::Exception, moment).await;
        scene.settle().exits(0);
        scene.bills(&NUMBERS);
        for number in NUMBERS {
            assert_eq!(scene.arrivals_of(number), 1, "{moment:?}: {number}");
        }
        let adopted = events(&scene.why("TK0002")).contains(&"adopted".to_owned());
        assert_eq!(adopted, moment == Moment::AfterTheEffect);
    }
}

#[tokio::test]
async fn an_exception_that_passes_is_tried_again_after_a_look_and_a_moment() {
    for words in
        ["事务与另一个进程被死锁在 锁 资源上，并且已被选作死锁牺牲品。请重新运行该事务。", "操作超时"]
    {
        let scene = scene(3).await;
        let (books, switch) = (scene.books.clone(), Switch::on());
        scene
            .answer("BatchSave", move |request| {
                if switch.is_on() {
                    switch.turn_off();
                    return exception(words);
                }
                crate::double::pass(&books, request)
            })
            .await;
        scene.settle().exits(0);
        scene.bills(&NUMBERS);
        assert_eq!(scene.calls_of("BatchSave").await, 2, "{words}");
    }
}

#[tokio::test]
async fn an_exception_about_the_account_stops_the_pipeline_with_the_menu_and_parks_nothing() {
    let scene = scene(3).await;
    scene.answer("BatchSave", |_| exception("当前用户未指定允许调用WebAPI接口")).await;
    scene.settle().exits(1).complains(&["WebAPI"]);
    assert!(scene.parked().is_empty());
    assert_eq!(scene.status()["documents"]["mapped"], 3, "they wait, unharmed");
    assert_eq!(scene.calls_of("BatchSave").await, 1);
}

#[tokio::test]
async fn a_refusal_of_the_whole_call_with_msg_code_4_is_parked_at_once_too() {
    let scene = scene(3).await;
    let refusal = json!({ "Result": { "ResponseStatus": {
        "ErrorCode": 500, "IsSuccess": false, "Errors": [{ "FieldName": "", "Message": UNEXPLAINED }],
        "SuccessEntitys": [], "SuccessMessages": [], "MsgCode": 4,
    } } });
    scene.answer("BatchSave", move |_| ResponseTemplate::new(200).set_body_json(refusal.clone())).await;
    scene.settle().exits(3);
    for number in NUMBERS {
        is_parked(&scene, number, UNEXPLAINED);
    }
}

#[tokio::test]
async fn a_refusal_without_a_word_is_parked_with_its_code() {
    let scene = scene(1).await;
    let refusal = json!({ "Result": { "ResponseStatus": {
        "ErrorCode": 500, "IsSuccess": false, "Errors": [], "SuccessEntitys": [], "MsgCode": 4,
    } } });
    scene.answer("BatchSave", move |_| ResponseTemplate::new(200).set_body_json(refusal.clone())).await;
    scene.settle().exits(3);
    assert!(!scene.parked()["TK0001"].1.is_empty());
    assert!(scene.calls_of("BatchSave").await <= 3);
}

#[tokio::test]
async fn an_answer_that_says_nothing_of_a_bill_is_asked_for_twice_more_and_parked_in_seconds() {
    let scene = scene(1).await;
    let silence = json!({ "Result": { "ResponseStatus": {
        "IsSuccess": true, "Errors": [], "SuccessEntitys": [], "SuccessMessages": [], "MsgCode": 0,
    } } });
    scene.answer("BatchSave", move |_| ResponseTemplate::new(200).set_body_json(silence.clone())).await;
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK0001"].0, "no_verdict");
    assert_eq!(scene.calls_of("BatchSave").await, 3);
}

#[tokio::test]
async fn an_exception_at_submit_or_audit_is_parked_with_the_status_and_retry_leads_out() {
    for (name, status) in [("Submit", "A 创建"), ("Audit", "B 审核中")] {
        let scene = scene(2).await;
        scene.add("kingdee", "finish = \"audit\"");
        let (books, switch) = (scene.books.clone(), Switch::on());
        let on = switch.clone();
        scene
            .answer(name, move |request| {
                if on.is_on() { exception(UNEXPLAINED) } else { crate::double::pass(&books, request) }
            })
            .await;
        scene.settle().exits(3);
        for number in ["TK0001", "TK0002"] {
            is_parked(&scene, number, UNEXPLAINED);
            is_parked(&scene, number, status);
        }
        switch.turn_off();
        scene.run(&["retry", "--all"]).exits(0).says(&["confirmed 2"]);
        for bill in scene.bills(&["TK0001", "TK0002"]) {
            assert_eq!((bill.document_status, scene.arrivals_of(&bill.number)), ('C', 1), "{name}");
        }
    }
}

#[tokio::test]
async fn where_kingdee_breaks_on_bill_after_bill_it_is_no_bills_fault_and_the_pipeline_stops() {
    let scene = scene(30).await;
    scene.answer("BatchSave", |_| exception(UNEXPLAINED)).await;
    scene.settle().exits(1).complains(&["fails on call after call", UNEXPLAINED]);
    let documents = &scene.status()["documents"];
    assert_eq!((&documents["parked"], &documents["mapped"]), (&json!(21), &json!(9)), "{documents}");
    assert_eq!(word(&scene.status()["stopped"]["side"]), "kingdee");
}

#[tokio::test]
async fn a_bill_that_was_refused_this_way_and_comes_back_is_looked_up_before_it_is_sent() {
    let scene = Scene::with([plain("TK1")]).await;
    let (books, switch) = (scene.books.clone(), Switch::on());
    let on = switch.clone();
    scene
        .answer("BatchSave", move |request| {
            if on.is_on() { exception(UNEXPLAINED) } else { crate::double::pass(&books, request) }
        })
        .await;
    scene.settle().exits(3);
    // It had its effect after all, long after the look.
    scene.books.insert(crate::reconcile::ours("TK1"));
    switch.turn_off();
    scene.run(&["retry", "TK1"]).exits(0).says(&["adopted 1"]);
    scene.bills(&["TK1"]);
    assert_eq!(scene.arrivals_of("TK1"), 0);
}
