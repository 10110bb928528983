//! Pauses that the server asks for: kept, told, bounded, taken up by the next client, and ended by a person.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Response;
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::{Client, ClientBuilder, Credentials, ErrorKind, Fate, Hold, HoldKind};
use tokio::time::Instant;

use crate::support::{ACCT, Act, Script, batch, builder, client_with, reply, signed, site};

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

/// The pause that lasts longest.
fn pause_of(client: &Client) -> Option<Hold> {
    client.holds().into_values().max_by_key(|hold| hold.until)
}
