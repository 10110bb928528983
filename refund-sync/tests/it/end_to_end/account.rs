//! What 金蝶 objects to the account and not to a bill: on whichever call it comes, the pipeline stops with the way out, and no
//! bill is parked for it.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::returns::many;
use crate::scene::{Scene, word};

/// MsgCode, text, and what a person is told to do.
const OBJECTIONS: [(i64, &str, &[&str]); 6] = [
    (2, "操作失败", &["没有权限", "集成用户", "No permission"]),
    (7, "操作失败", &["没有许可", "许可分组", "licence group"]),
    (15, "操作失败", &["管理员账号不允许登录", "请换集成用户", "use an integration user"]),
    (11, "当前用户未指定允许调用WebAPI接口", &["参数设置 → BOS平台 → WebAPI", "允许调用WebAPI接口用户"]),
    (8, "接口参数data不能为空", &["站点读不到请求数据", "data as a text"]),
    (0, "用户“api”已被禁用，请联系管理员", &["集成用户已被禁用或失效", "user administration"]),
];

fn envelope(code: i64, text: &str) -> Value {
    json!({ "Result": { "ResponseStatus": {
        "ErrorCode": 500, "IsSuccess": false, "Errors": [{ "FieldName": null, "Message": text, "DIndex": 0 }],
        "SuccessEntitys": [], "SuccessMessages": [], "MsgCode": code,
    } } })
}

/// The run stopped with these words, nothing was parked, and nothing written; what was in the way goes, and it resumes.
async fn stops(scene: &Scene, what: &str, words: &[&str]) {
    let done = scene.settle();
    assert_eq!(done.code, 1, "{what}: {}\n{}", done.out, done.err);
    let stopped = &scene.status()["stopped"];
    assert_eq!(word(&stopped["side"]), "kingdee", "{what}");
    let (english, chinese) = (word(&stopped["remedy"]), word(&stopped["remedy_zh"]));
    for said in words {
        assert!(english.contains(said) || chinese.contains(said), "{what}: {said} is not in {stopped}");
    }
    // The journal has both languages, the screen has the one that was chosen.
    assert!(!english.is_empty() && done.err.contains(&english), "{what}: {english}\n{}", done.err);
    assert!(scene.parked().is_empty(), "{what}");
    assert!(scene.books.bills().is_empty() && scene.saves_on_the_wire().await <= 1, "{what}: no loop");
    scene.books_server.reset().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(scene.books.responder())
        .mount(&scene.books_server)
        .await;
}

#[tokio::test]
async fn an_objection_to_the_account_stops_with_its_remedy_whether_a_save_meets_it_or_a_query() {
    for (code, text, words) in OBJECTIONS {
        for (service, wrapped) in [("BatchSave", false), ("ExecuteBillQuery", true)] {
            let scene = Scene::with(many(2)).await;
            let refusal = envelope(code, text);
            let answer = if wrapped { json!([[refusal]]) } else { refusal };
            scene.answer(service, move |_| ResponseTemplate::new(200).set_body_json(answer.clone())).await;
            stops(&scene, &format!("{code} on {service}"), words).await;
            scene.settle().exits(0);
            assert_eq!(scene.books.bills().len(), 2);
        }
    }
}

#[tokio::test]
async fn so_it_does_where_a_login_is_answered_by_an_envelope_and_it_is_not_repeated() {
    for (code, text, words) in OBJECTIONS {
        let scene = with_password(1).await;
        let refusal = envelope(code, text);
        scene
            .answer("ValidateUser", move |_| ResponseTemplate::new(200).set_body_json(refusal.clone()))
            .await;
        let before = scene.calls_of("ValidateUser").await;
        stops(&scene, &format!("{code} at the login"), if code == 2 { &["权限"] } else { words }).await;
        assert_eq!(before, 0);
    }
}

#[tokio::test]
async fn each_kind_of_refused_login_has_its_own_remedy() {
    for (result, text, words) in [
        (-1, "当前尝试登录的数据中心无法获取到，请重新检查，谢谢。", &["acct_id", "数据中心标识"][..]),
        (-1, "登录失败", &["acct_id"]),
        (0, "用户名或密码错误", &["多次失败会锁定账号"]),
        (-2, "请联系管理员", &["密码已过期"]),
        (-3, "请联系管理员", &["密码已过期"]),
        (-7, "系统不允许管理员登录", &["请换集成用户"]),
    ] {
        let scene = with_password(1).await;
        let answer = json!({
            "Message": text, "MessageCode": "", "LoginResultType": result, "Context": null, "KDSVCSessionId": null,
            "IsSuccessByAPI": false,
        });
        scene.answer("ValidateUser", move |_| ResponseTemplate::new(200).set_body_json(answer.clone())).await;
        let done = scene.settle();
        assert_eq!((done.code, scene.calls_of("ValidateUser").await), (1, 1), "{text}: {}", done.err);
        let stopped = &scene.status()["stopped"];
        let remedy = ["remedy", "remedy_zh"].map(|key| word(&stopped[key])).concat();
        for said in words {
            assert!(remedy.contains(said), "{result} {text}: {said} is not in {remedy}");
        }
        assert!(word(&scene.status()["stopped"]["reason"]).contains(text), "its own words are kept");
    }
}

#[tokio::test]
async fn a_session_that_an_older_server_loses_without_a_code_is_had_again_and_the_save_arrives_once() {
    let scene = with_password(2).await;
    let (books, first) = (scene.books.clone(), crate::double::Switch::on());
    scene
        .answer("BatchSave", move |request| {
            if first.is_on() {
                first.turn_off();
                let mut lost = envelope(0, "会话信息已丢失，请重新登录");
                lost["Result"]["ResponseStatus"].as_object_mut().unwrap().remove("MsgCode");
                return ResponseTemplate::new(200).set_body_json(lost);
            }
            crate::double::pass(&books, request)
        })
        .await;
    scene.settle().exits(0);
    scene.bills(&["TK0001", "TK0002"]);
    assert_eq!((scene.arrivals_of("TK0001"), scene.calls_of("ValidateUser").await), (1, 2));
}

/// These many returns, and a login with user and password.
async fn with_password(count: usize) -> Scene {
    let scene = Scene::with(many(count)).await;
    scene.change("app_id = \"260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\"\n", "auth = \"password\"\n");
    let secret = "app_secret = { env = \"KINGDEE_APP_SECRET\" }";
    scene.change(secret, "password = \"simulated-password\"");
    scene
}
