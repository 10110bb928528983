//! Wrong secrets: the run stops at once, names which and why, and nothing is lost.

use chrono::TimeDelta;
use refund_sync::clock::{Clock, rfc3339};

use crate::returns::{many, plain};
use crate::scene::{Done, Scene, word};

fn run_with(scene: &Scene, variable: &str, secret: &str) -> Done {
    let mut command = scene.command(&["run", "--until-settled", "--timeout", "20s"]);
    command.env(variable, secret);
    let done = Done::of(command);
    assert!(!format!("{}{}", done.out, done.err).contains(secret), "the secret was told:\n{}", done.err);
    done
}

#[tokio::test]
async fn a_wrong_secret_of_wdt_stops_with_code_25_after_one_call_and_nothing_is_lost() {
    let scene = Scene::with(many(3)).await;
    run_with(&scene, "WDT_APP_SECRET", "wrong-shop-secret").exits(1).complains(&[
        "25",
        "app_secret",
        "旺店通",
    ]);
    assert_eq!(scene.shop.counts().arrivals, 1, "nothing is retried in a loop");
    let stopped = &scene.status()["stopped"];
    assert_eq!(word(&stopped["side"]), "wdt");
    assert!(word(&stopped["reason"]).contains("25"));

    scene.settle().exits(0);
    scene.bills(&["TK0001", "TK0002", "TK0003"]);
    assert!(scene.status()["stopped"].is_null(), "the first success resumes");
}

#[tokio::test]
async fn a_wrong_secret_of_kingdee_stops_with_msgcode_1_after_one_call_and_nothing_is_lost() {
    let scene = Scene::with(many(3)).await;
    run_with(&scene, "KINGDEE_APP_SECRET", "wrong-books-secret").exits(1).complains(&[
        "MsgCode 1",
        "金蝶",
        "app id and secret",
    ]);
    assert_eq!(scene.books.counts().arrivals, 1, "nothing is retried in a loop");
    let status = scene.status();
    assert_eq!(word(&status["stopped"]["side"]), "kingdee");
    assert_eq!(status["documents"]["mapped"], 3, "read and kept, not sent");

    // While it is stopped a run asks once whether it may go on.
    run_with(&scene, "KINGDEE_APP_SECRET", "wrong-books-secret").exits(1);
    assert_eq!(scene.books.counts().arrivals, 2);
    assert_eq!(scene.saves_on_the_wire().await, 0, "the look before the first send, and a probe, only read");

    scene.settle().exits(0);
    scene.bills(&["TK0001", "TK0002", "TK0003"]);
    assert!(scene.status()["stopped"].is_null());
}

#[tokio::test]
async fn a_refused_login_is_not_repeated_because_repeating_locks_the_account() {
    let scene = Scene::with(many(3)).await;
    scene.change("app_id = \"260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\"\n", "auth = \"password\"\n");
    scene.change(
        "app_secret = { env = \"KINGDEE_APP_SECRET\" }",
        "password = { env = \"KINGDEE_APP_SECRET\" }",
    );
    scene.settle().exits(1).complains(&["login", "lock the account"]);
    assert_eq!(scene.books.counts().refused_logins, 1);
    assert!(scene.books.bills().is_empty());

    // A schedule of the system's calls it again every few minutes; nobody's account is locked by that.
    for _ in 0..3 {
        scene.run(&["run"]).exits(1).complains(&["stopped since", "run --probe", "lock the account"]);
    }
    assert_eq!(scene.books.counts().refused_logins, 1);
    assert!(!scene.status()["stopped"].is_null());

    // An hour later it is tried once more, and then held again.
    let journal = rusqlite::Connection::open(scene.database()).unwrap();
    let an_hour_ago = rfc3339(Clock::system().now() - TimeDelta::minutes(61));
    let sql = "UPDATE pipeline SET stopped = json_set(stopped, '$.refused', ?1)";
    assert_eq!(journal.execute(sql, [an_hour_ago]).unwrap(), 1);
    for _ in 0..2 {
        scene.run(&["run"]).exits(1);
        assert_eq!(scene.books.counts().refused_logins, 2);
    }

    let mut command = scene.command(&["run", "--until-settled", "--probe"]);
    command.env("KINGDEE_APP_SECRET", "simulated-password");
    Done::of(command).exits(0);
    assert_eq!(scene.books.counts().logins, 1, "one session, reused");
    scene.bills(&["TK0001", "TK0002", "TK0003"]);
}

#[tokio::test]
async fn a_wrong_account_of_the_shop_stops_with_what_the_erp_says() {
    let scene = Scene::with(many(1)).await;
    scene.change("sid = \"demo2\"", "sid = \"other2\"");
    scene.settle().exits(1).complains(&["2010", "sid"]);
    assert_eq!(scene.shop.counts().arrivals, 1);
}

#[tokio::test]
async fn a_wrong_account_id_of_the_books_stops() {
    let scene = Scene::with(many(1)).await;
    scene.change("65f0c0ffee0001", "65f0c0ffee9999");
    scene.settle().exits(1).complains(&["Fail to verify thirty passport"]);
    assert_eq!(scene.books.counts().arrivals, 1);
}

#[tokio::test]
async fn a_time_that_kingdee_does_not_believe_names_the_clock_and_both_times() {
    use kingdee_k3cloud_sdk::mock::Site;

    let twenty = TimeDelta::minutes(20);
    let books =
        Site::builder().max_skew(Some(TimeDelta::minutes(5))).now(move || Clock::system().now() + twenty);
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.run(&["run"]).exits(1).complains(&["4006", "clock"]);
    let stopped = &scene.status()["stopped"];
    let (reason, remedy) = (word(&stopped["reason"]), word(&stopped["remedy_zh"]));
    let theirs = (Clock::system().now() + twenty).format("%a, %d %b %Y %H:").to_string();
    let ours = rfc3339(Clock::system().now());
    assert!(reason.contains(&theirs) && reason.contains(&ours[..13]), "{reason}");
    assert!(remedy.contains("校准本机时钟"), "{remedy}");
}
