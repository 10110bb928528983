//! People with tokens of their own: what each may do, and that the journal knows who did what.

use refund_sync::config::Role;

use super::visit::Visit;
use crate::serve::house::House;

const LOOKS: (&str, &str, Role) = ("审计", "planted-auditor-token", Role::View);
const ACTS: (&str, &str, Role) = ("财务", "planted-finance-token", Role::Act);

#[tokio::test(start_paused = true)]
async fn who_may_only_look_sees_everything_and_orders_nothing() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let mut visit = Visit::with_users(&house, &[LOOKS, ACTS]);
    visit.log_in_with(LOOKS.1).await.is(303);
    visit.get("/").await.is(200).says(&["审计", "退出"]).does_not_say(&["value=\"run\""]);
    let word = {
        let page = visit.get("/").await.text;
        let (_, rest) = page.split_once("name=\"word\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let fields = [("word", word.as_str()), ("action", "run"), ("pipeline", "main"), ("subject", "")];
    visit.post("/act", &fields).await.is(403).says(&["只能查看"]);
    let script = Visit::with_users(&house, &[LOOKS, ACTS]).with_bearer(LOOKS.1);
    script.post("/act", &[("action", "run"), ("pipeline", "main")]).await.is(403);
    script.get("/metrics").await.is(200);
    assert_eq!(house.store.actions(1).await.unwrap(), []);
    visit.post("/logout", &[("word", word.as_str())]).await.is(303);
    visit.get("/").await.does_not_say(&["审计"]);
}

#[tokio::test(start_paused = true)]
async fn the_journal_and_the_page_know_who_did_what() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let mut visit = Visit::with_users(&house, &[LOOKS, ACTS]);
    visit.log_in_with(ACTS.1).await.is(303);
    visit.order("pause", "").await.is(303);
    let action = house.store.actions(1).await.unwrap().remove(0);
    assert_eq!(
        (action.by.as_str(), action.action.as_str(), action.remote.as_str()),
        ("财务", "pause", "192.0.2.7")
    );
    visit.get("/").await.says(&["财务 (192.0.2.7)"]);
    // A token of nobody is none.
    let stranger = Visit::with_users(&house, &[LOOKS, ACTS]).with_bearer("planted-finance-toke");
    stranger.get("/metrics").await.is(401);
}
