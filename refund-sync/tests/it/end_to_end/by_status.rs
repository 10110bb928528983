//! Submitting and auditing go by the status that was just read: whoever was faster, whatever was lost, a bill ends where
//! it is to be; and what a person has decided in 金蝶 is not undone.

use kingdee_k3cloud_sdk::mock::Site;

use crate::double::Switch;
use crate::returns::{many, plain};
use crate::scene::{Scene, events, word};

const NOT_ALLOWED: &str = "单据编号为“#”的销售退货单，只有暂存、创建和重新审核的数据才允许提交！";
const WORKFLOW: &str = "单据编号为“#”的销售退货单，已关联工作流实例，不支持通过WebAPI接口进行传统审批！";
const LOCKED: &str = "“user”使用业务单据：“销售退货单”业务操作-“[#-修改]”冲突，请稍候再使用。";

/// Gives every bill a status.
fn all(status: char) -> impl Fn(&Site) + Send + Sync + 'static {
    move |books| {
        for bill in books.bills() {
            books.edit(&bill.number, |bill| bill.document_status = status);
        }
    }
}

/// Two returns that are to be audited.
async fn to_audit() -> Scene {
    let scene = Scene::with(many(2)).await;
    scene.add("kingdee", "finish = \"audit\"");
    scene
}

fn is_audited(scene: &Scene) {
    for bill in scene.bills(&["TK0001", "TK0002"]) {
        assert_eq!(bill.document_status, 'C', "{}", bill.number);
    }
    assert_eq!(word(&scene.why("TK0001")["state"]), "confirmed");
}

#[tokio::test]
async fn a_site_that_submits_what_is_saved_is_only_asked_to_audit() {
    let scene = to_audit().await;
    scene.then("BatchSave", all('B')).await;
    scene.settle().exits(0);
    is_audited(&scene);
    assert_eq!((scene.calls_of("Submit").await, scene.calls_of("Audit").await), (0, 1));
}

#[tokio::test]
async fn a_site_that_audits_what_is_saved_is_asked_for_nothing_more() {
    let scene = to_audit().await;
    scene.then("BatchSave", all('C')).await;
    scene.settle().exits(0);
    is_audited(&scene);
    assert_eq!((scene.calls_of("Submit").await, scene.calls_of("Audit").await), (0, 0));
}

#[tokio::test]
async fn a_site_that_audits_what_is_submitted_ends_confirmed_whatever_it_says_to_the_audit() {
    let scene = to_audit().await;
    scene.then("Submit", all('C')).await;
    let switch = Switch::on();
    scene.refuse("Audit", 11, "单据编号为“#”的销售退货单，当前状态不能审核！", &switch, |_| {}).await;
    scene.settle().exits(0);
    is_audited(&scene);
}

#[tokio::test]
async fn bills_at_z_and_d_are_submitted_too() {
    for status in ['Z', 'D'] {
        let scene = to_audit().await;
        scene.then("BatchSave", all(status)).await;
        scene.settle().exits(0);
        is_audited(&scene);
    }
}

#[tokio::test]
async fn a_clerk_who_was_faster_is_no_refusal() {
    // Between the look-up and the call somebody submits, or audits, and 金蝶 says that only drafts may be submitted.
    for status in ['B', 'C'] {
        let scene = to_audit().await;
        scene.refuse("Submit", 11, NOT_ALLOWED, &Switch::on(), all(status)).await;
        scene.settle().exits(0);
        is_audited(&scene);
        assert_eq!(scene.calls_of("Submit").await, 1);
        let life = scene.why("TK0001");
        let events = events(&life);
        let at = events.iter().position(|event| event == "submitted").unwrap_or_else(|| panic!("{life}"));
        // What was seen, in words: status, customer, day and sum.
        let seen = &life["events"][at]["detail"]["seen"];
        let words = if status == 'B' { "B 审核中" } else { "C 已审核" };
        assert_eq!(
            (word(&seen["status"]).as_str(), word(&seen["customer"]).as_str()),
            (words, "C001"),
            "{life}"
        );
        assert!(seen["amount"].is_string() && seen["date"].is_string(), "{life}");
        let last = life["events"].as_array().unwrap().last().unwrap();
        assert_eq!(word(&last["detail"]["status"]), "C 已审核", "it ends with the status that was read");
    }
}

#[tokio::test]
async fn a_lock_passes_by_itself_on_every_operation() {
    for operation in ["BatchSave", "Submit", "Audit"] {
        let scene = to_audit().await;
        let switch = Switch::on();
        let off = switch.clone();
        scene.refuse(operation, 0, LOCKED, &switch, move |_| off.turn_off()).await;
        scene.settle().exits(0);
        is_audited(&scene);
        assert_eq!((scene.calls_of(operation).await, scene.arrivals_of("TK0001")), (2, 1), "{operation}");
    }
}

#[tokio::test]
async fn a_bill_in_a_workflow_is_parked_with_that_word_and_retry_leads_out_once_it_is_approved() {
    let scene = to_audit().await;
    scene.refuse("Audit", 11, WORKFLOW, &Switch::on(), |_| {}).await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK0001"];
    assert_eq!(cause, "workflow");
    for word in ["已关联工作流实例", "B 审核中", "工作流"] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    all('C')(&scene.books);
    scene.run(&["retry", "--all"]).exits(0).says(&["confirmed 2"]);
    is_audited(&scene);
    assert_eq!(scene.arrivals_of("TK0001"), 1);
}

#[tokio::test]
async fn a_status_letter_that_is_not_known_is_named_and_nothing_is_done_with_the_bill() {
    let scene = to_audit().await;
    scene.then("BatchSave", all('X')).await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK0001"];
    assert!(cause == "unknown_status" && said.contains('X'), "{cause}: {said}");
    assert_eq!((scene.calls_of("Submit").await, scene.calls_of("Audit").await), (0, 0));
    all('A')(&scene.books);
    scene.run(&["retry", "--all"]).exits(0);
    is_audited(&scene);
}

#[tokio::test]
async fn a_bill_that_is_audited_and_then_taken_back_is_named_and_only_a_person_sends_it_on() {
    let scene = to_audit().await;
    let books = scene.books.clone();
    let once = Switch::on();
    let (first, is_first) = (once.clone(), std::sync::atomic::AtomicBool::new(true));
    scene
        .then("Audit", move |books| {
            if is_first.swap(false, std::sync::atomic::Ordering::SeqCst) {
                first.turn_off();
                all('D')(books);
            }
        })
        .await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK0001"];
    assert!(
        cause == "reopened"
            && said.contains("C 已审核") | said.contains("已审核")
            && said.contains("D 重新审核"),
        "{said}"
    );
    assert!(books.bills().iter().all(|bill| bill.document_status == 'D'), "it stays as the clerk left it");
    scene.run(&["retry", "--all"]).exits(0);
    is_audited(&scene);
    assert_eq!(scene.arrivals_of("TK0001"), 1);
}

#[tokio::test]
async fn an_audit_that_is_said_to_be_done_and_is_not_is_no_success() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("kingdee", "finish = \"audit\"");
    scene.then("Audit", all('B')).await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "not_audited" && said.contains("B 审核中"), "{said}");
}

#[tokio::test]
async fn an_exception_of_the_server_that_nobody_understands_is_parked_at_once_in_its_own_words() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.refuse("BatchSave", 4, "未将对象引用设置到对象的实例。", &Switch::on(), |_| {}).await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "refused" && said.contains("未将对象引用"), "{cause}: {said}");
    assert_eq!(scene.calls_of("BatchSave").await, 1);
}
