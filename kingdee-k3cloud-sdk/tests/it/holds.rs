//! Pauses that the server asks for: kept, told, bounded, taken up by the next client, and ended by a person.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Response;
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::{Client, ClientBuilder, Credentials, ErrorKind, Fate, Hold, HoldKind};
use tokio::time::Instant;

use crate::support::{ACCT, Act, PASSWORD, Script, batch, builder, client_with, reply, signed, site};

/// A refusal that asks for a pause.
fn busy(status: u16, retry_after: &str) -> Act {
    let Act::Reply(reply) = reply(status, "Too Many Requests") else { unreachable!() };
    let mut reply: Response<Bytes> = reply;
    reply.headers_mut().insert("retry-after", retry_after.parse().unwrap());
    Act::Reply(reply)
}

/// The clock of a client that was made an hour after 2026-11-28 10:00.
fn noon() -> DateTime<Utc> {
    "2026-11-28T11:00:00Z".parse().unwrap()
}

fn on(site: &Site, hold: Option<Hold>) -> Client {
    builder(signed()).clock(noon).resume(hold).transport(site.service()).build().unwrap()
}

/// A hold as a journal keeps it.
fn kept(until: &str, kind: &str) -> Hold {
    let text = format!(r#"{{"until":"{until}","said":"HTTP status 429: slowly","kind":"{kind}"}}"#);
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_server_asks_for_is_told_and_nothing_is_sent_before_its_end() {
    let script = Script::new(vec![busy(429, "600")]);
    let refused = script.client.batch_save(&batch(&["A"])).await.unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::from_mins(10)));
    let hold = pause_of(&script.client).unwrap();
    assert_eq!(hold.said, "HTTP status 429: Too Many Requests");
    assert_eq!(hold.kind, HoldKind::Calls);
    tokio::time::advance(Duration::from_mins(4)).await;

    let kept_back = script.client.batch_save(&batch(&["A"])).await.unwrap_err();
    let ErrorKind::Held { wait } = kept_back.kind() else { panic!("{kept_back}") };
    assert_eq!(wait.as_secs(), 6 * 60);
    assert_eq!((kept_back.fate(), kept_back.is_transient()), (Fate::NotSent, true));
    assert!(!kept_back.is_permanent_for_all());
    assert_eq!(script.sent(), 1);

    tokio::time::advance(Duration::from_mins(6)).await;
    assert_eq!(pause_of(&script.client), None);
    script.client.batch_save(&batch(&["A"])).await.unwrap_err();
    assert_eq!(script.sent(), 2, "after its end it is asked again");
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_is_sat_out_by_the_call_itself() {
    let script =
        Script::new(vec![busy(503, "20"), reply(200, r#"{"Result":{"ResponseStatus":{"IsSuccess":true}}}"#)]);
    script.client.batch_save(&batch(&["A"])).await.unwrap_err();
    let began = Instant::now();
    let _ = script.client.batch_save(&batch(&["A"])).await;
    assert_eq!(script.sent(), 2);
    assert!(began.elapsed() >= Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_believed_up_to_a_bound_by_its_kind() {
    for (status, asked, believed) in [
        (429, "18446744073709551615", 3600),
        (429, "99999999999999999999999999", 3600),
        (429, "1800", 1800),
        (503, "86400", 300),
        (502, "120", 120),
    ] {
        let script = Script::new(vec![busy(status, asked)]);
        let error = script.client.batch_save(&batch(&["A"])).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(believed)), "{status} {asked}");
        tokio::time::advance(Duration::from_secs(believed - 1)).await;
        assert!(pause_of(&script.client).is_some(), "{status} {asked}");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pause_of(&script.client), None, "{status} {asked}");
    }
    for no_time in ["soon", "Sun, 29 Nov 2026 01:00:00 GMT"] {
        let script = Script::new(vec![busy(429, no_time)]);
        script.client.batch_save(&batch(&["A"])).await.unwrap_err();
        assert_eq!(
            pause_of(&script.client),
            None,
            "{no_time}: no number, and no date that a server's clock stands beside"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_until_a_date_counts_by_the_servers_own_clock() {
    let Act::Reply(mut until) = busy(429, "Sat, 01 Jan 2000 00:10:00 GMT") else { unreachable!() };
    until.headers_mut().insert("date", "Sat, 01 Jan 2000 00:00:00 GMT".parse().unwrap());
    let script = Script::new(vec![Act::Reply(until)]);
    let error = script.client.batch_save(&batch(&["A"])).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
}

#[tokio::test(start_paused = true)]
async fn the_next_client_sits_out_the_rest_but_not_until_2099() {
    let site = site().build();
    let client = on(&site, Some(kept("2026-11-28T11:30:00Z", "calls")));
    assert_eq!(pause_of(&client).unwrap().until, noon() + TimeDelta::minutes(30));
    assert!(matches!(client.ping().await.unwrap_err().kind(), ErrorKind::Held { .. }));
    assert_eq!(site.counts().arrivals, 0);

    let client = on(&site, Some(kept("2099-01-01T00:00:00Z", "calls")));
    assert_eq!(pause_of(&client).unwrap().until, noon() + TimeDelta::hours(1));

    for over in [kept("2026-11-28T10:59:59Z", "calls"), kept("2026-11-28T11:30:00Z", "logins")] {
        let client = on(&site, Some(over));
        assert_eq!(pause_of(&client), None);
        client.ping().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_ends_a_pause_and_a_call_that_waits_for_it_goes_on() {
    let site = site().build();
    let client = on(&site, Some(kept("2026-11-28T11:00:25Z", "calls")));
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.ping().await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(site.counts().arrivals, 0);
    let lifted = Instant::now();
    assert_eq!(client.lift_holds(), 1);
    waiting.await.unwrap().unwrap();
    assert!(lifted.elapsed() < Duration::from_secs(1));
    assert_eq!((pause_of(&client), client.lift_holds()), (None, 0));
}

/// A client with a password that is wrong.
fn mistyped(site: &Site) -> ClientBuilder {
    builder(Credentials::password("mistyped")).clock(noon).transport(site.service())
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_told_with_its_words_and_tried_again_when_a_person_says_so() {
    let site = site().build();
    let client = mistyped(&site).build().unwrap();
    client.ping().await.unwrap_err();
    let hold = pause_of(&client).unwrap();
    assert_eq!((hold.kind, hold.until), (HoldKind::Logins, noon() + TimeDelta::minutes(30)));
    assert!(hold.said.contains("the login is refused") && !hold.said.contains("mistyped"), "{}", hold.said);
    assert!(!format!("{hold:?}").contains(ACCT));

    client.ping().await.unwrap_err();
    assert_eq!(site.counts().arrivals, 1, "not asked again");
    assert_eq!(client.lift_holds(), 1);
    client.ping().await.unwrap_err();
    assert_eq!(site.counts().arrivals, 2, "asked again, and refused again");
    assert!(client_with(&site, Credentials::password("simulated-password")).ping().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_leaves_once_however_many_organisations_call_and_a_person_may_lift_the_hold() {
    let orgs = ["100", "101", "102", "103", "104", "105"];
    let site = site().orgs(orgs).build();
    let client = mistyped(&site).concurrency(6, 6).build().unwrap();
    // Each answer takes a while, so that all six wait for their logins at once.
    let calls = orgs.map(|org| {
        let client = client.for_org(org);
        tokio::spawn(async move { client.ping().await })
    });
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Login { .. }) && error.fate() == Fate::NotSent, "{error}");
    }
    assert_eq!(site.counts().refused_logins, 1, "five lock the account");
    assert_eq!(client.for_org("103").holds().keys().collect::<Vec<_>>(), ["logins"]);
    client.ping().await.unwrap_err();
    client.for_org("101").ping().await.unwrap_err();
    assert_eq!(site.counts().refused_logins, 1);
    assert_eq!((client.for_org("101").lift_holds(), client.holds().len()), (1, 0));
    client.for_org("102").ping().await.unwrap_err();
    assert_eq!(site.counts().refused_logins, 2, "asked again, as a person said so");
}

#[tokio::test(start_paused = true)]
async fn logins_of_different_organisations_wait_for_each_other() {
    let site = site().orgs(["100", "101", "102"]).build();
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (inner, counts) = (site.service(), (Arc::clone(&under_way), Arc::clone(&most)));
    let service = tower::service_fn(move |request: http::Request<bytes::Bytes>| {
        let is_login = request.uri().path().contains("ValidateUser");
        let (reply, (under_way, most)) =
            (tower_service::Service::call(&mut inner.clone(), request), counts.clone());
        async move {
            if is_login {
                most.fetch_max(under_way.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
                under_way.fetch_sub(1, Ordering::Relaxed);
            }
            reply.await
        }
    });
    let client =
        builder(Credentials::password(PASSWORD)).concurrency(6, 6).transport(service).build().unwrap();
    let [one, two] = ["101", "102"].map(|org| client.for_org(org));
    let (main, one, two) = tokio::join!(client.ping(), one.ping(), two.ping());
    main.and(one).and(two).unwrap();
    assert_eq!((site.counts().logins, most.load(Ordering::Relaxed)), (3, 1));
}

#[tokio::test]
async fn a_login_by_name_is_of_the_organisation_whose_client_is_asked() {
    let site = site().orgs(["100", "101"]).build();
    let client = client_with(&site, Credentials::password(PASSWORD));
    client.for_org("101").login().await.unwrap();
    client.for_org("101").ping().await.unwrap();
    assert_eq!(site.counts().logins, 1);
    client.ping().await.unwrap();
    assert_eq!(site.counts().logins, 2, "the other session is its own");
}

/// The pause that lasts longest.
fn pause_of(client: &Client) -> Option<Hold> {
    client.holds().into_values().max_by_key(|hold| hold.until)
}
