//! Who is let in, and whose forms are taken.

use std::time::Duration;

use super::visit::{TOKEN, Visit};
use crate::serve::house::House;

const MACHINES: [&str; 5] = ["/metrics", "/readyz", "/healthz", "/api/v1/status", "/api/v1/openapi.json"];
/// Whatever a proxy may add, one of them is enough.
const PROXIES: [&str; 6] =
    ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via", "x-real-ip"];
const PAGES: [&str; 5] = ["/", "/parked", "/refund/TK1", "/find?no=TK1", "/events"];

#[tokio::test(start_paused = true)]
async fn without_a_token_the_page_shows_everything_and_takes_no_order() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let visit = Visit::read_only(&house);
    visit.get("/").await.is(200).says(&["main", "总览"]).does_not_say(&["method=\"post\"", "登录"]);
    let fields = [("action", "run"), ("pipeline", "main"), ("subject", ""), ("word", "")];
    visit.post("/act", &fields).await.is(403).says(&["只读", "[server] token"]);
    visit.post("/login", &[("token", "")]).await.is(403);
    assert_eq!(visit.get("/login").await.is(303).header("location"), "/");
    assert_eq!(house.store.actions(1).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_strange_name_that_points_to_this_machine_reads_nothing() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    for page in PAGES {
        let rebound = Visit { host: "evil.example", ..Visit::read_only(&house) };
        rebound.get(page).await.is(403).does_not_say(&["main</h2>"]);
        for header in PROXIES {
            let mut proxied = Visit::with_token(&house);
            proxied.headers.push((header, "198.51.100.1".into()));
            let answer = proxied.get(page).await.is(303);
            assert!(answer.header("location").starts_with("/login?back="), "{page} by {header}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn machines_are_let_in_by_the_same_rule_as_people() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    for path in MACHINES {
        Visit::with_token(&house).get(path).await.is(200);
        // A name on the internet that was turned to point here, whether there is a token or not.
        Visit { host: "evil.example", ..Visit::with_token(&house) }.get(path).await.is(401);
        Visit { host: "evil.example", ..Visit::read_only(&house) }.get(path).await.is(403);
        for header in PROXIES {
            let mut proxied = Visit::with_token(&house);
            proxied.headers.push((header, "198.51.100.1".into()));
            proxied.get(path).await.is(401);
            proxied.with_bearer(TOKEN).get(path).await.is(200);
        }
        Visit { host: "evil.example", ..Visit::with_token(&house) }
            .with_bearer(TOKEN)
            .get(path)
            .await
            .is(200);
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_is_guessed_nowhere_without_waiting() {
    for path in MACHINES {
        let house = House::new();
        let guess = Visit::from_afar(&house).with_bearer("guess");
        for _ in 0..3 {
            guess.get(path).await.is(401);
        }
        // The next one is not even looked at, wherever it is brought.
        assert_eq!(guess.get(path).await.is(429).header("retry-after"), "1");
        let mut right = guess.with_bearer(TOKEN);
        right.headers.remove(0);
        right.get(path).await.is(429);
        right.get("/").await.is(429);
        let elsewhere = Visit { remote: "192.0.2.8:50000", ..right };
        elsewhere.get(path).await.is(200);
        let back = Visit { remote: "192.0.2.7:50000", ..elsewhere };
        tokio::time::sleep(Duration::from_secs(2)).await;
        back.get(path).await.is(200);
    }
}

#[tokio::test(start_paused = true)]
async fn behind_a_proxy_on_this_machine_whoever_guesses_waits_alone() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let listener = Visit::with_token(&house);
    let through = |address: &str| {
        let router = listener.router.clone();
        let mut visit = Visit { router, remote: "127.0.0.1:50000", ..Visit::with_token(&house) };
        visit.headers.push(("x-forwarded-for", format!("192.0.2.99, {address}")));
        visit
    };
    for _ in 0..9 {
        through("192.0.2.7").with_bearer("guess").get("/metrics").await;
    }
    through("192.0.2.7").with_bearer(TOKEN).get("/").await.is(429);
    through("192.0.2.8").with_bearer(TOKEN).get("/").await.is(200);
}

#[tokio::test(start_paused = true)]
async fn beyond_this_machine_everything_takes_the_token() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let mut visit = Visit::from_afar(&house);
    for page in PAGES {
        assert!(visit.get(page).await.is(303).header("location").starts_with("/login?back="), "{page}");
    }
    visit.post("/act", &[("action", "run"), ("pipeline", "main")]).await.is(403);
    visit.get("/login?back=%2Fparked").await.is(200).says(&["name=\"token\"", "value=\"/parked\""]);
    for asset in ["/style.css", "/script.js", "/icon.svg"] {
        visit.get(asset).await.is(200);
    }
    visit.log_in().await.is(303);
    visit.get("/").await.is(200).says(&["退出"]);
    Visit::from_afar(&house).with_bearer(TOKEN).get("/").await.is(200);
    Visit::from_afar(&house).with_bearer("wrong").get("/").await.is(401);
}

#[tokio::test(start_paused = true)]
async fn the_session_is_out_of_reach_of_scripts_and_of_other_sites() {
    let house = House::new();
    let mut visit = Visit::with_token(&house);
    let answer = visit.log_in().await;
    let set = answer.header("set-cookie");
    for flag in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"] {
        assert!(set.contains(flag), "{flag} is not in the cookie");
    }
    assert!(!set.contains(TOKEN) && !set.contains("Secure"));
    visit.headers.push(("x-forwarded-proto", "https".into()));
    assert!(visit.log_in().await.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test(start_paused = true)]
async fn a_login_leads_to_no_other_site() {
    let house = House::new();
    let visit = Visit::with_token(&house);
    for back in ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"] {
        let answer = visit.post("/login", &[("token", TOKEN), ("back", back)]).await.is(303);
        assert_eq!(answer.header("location"), "/", "{back}");
    }
    let answer = visit.post("/login", &[("token", TOKEN), ("back", "/refund/TK1")]).await;
    assert_eq!(answer.header("location"), "/refund/TK1");
}

#[tokio::test(start_paused = true)]
async fn whoever_guesses_has_to_wait_longer_each_time_and_nobody_else_has() {
    let house = House::new();
    let visit = Visit::with_token(&house);
    for _ in 0..3 {
        visit.post("/login", &[("token", "guess")]).await.is(401).says(&["令牌不对"]);
    }
    visit.post("/login", &[("token", TOKEN)]).await.is(429);
    let script = Visit::with_token(&house).with_bearer("guess");
    for _ in 0..3 {
        script.get("/").await.is(401);
    }
    assert_eq!(script.get("/").await.is(429).header("retry-after"), "1");
    let elsewhere = Visit { remote: "192.0.2.8:50000", ..visit };
    elsewhere.post("/login", &[("token", TOKEN)]).await.is(303);
    let back = Visit { remote: "192.0.2.7:50000", ..elsewhere };
    back.post("/login", &[("token", TOKEN)]).await.is(429);
    tokio::time::sleep(Duration::from_secs(2)).await;
    back.post("/login", &[("token", TOKEN)]).await.is(303);
}

#[tokio::test(start_paused = true)]
async fn a_form_that_is_not_one_of_this_session_is_refused_and_changes_nothing() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    let mut visit = Visit::with_token(&house);
    let fields = |word| [("word", word), ("action", "pause"), ("pipeline", "main"), ("subject", "")];
    visit.post("/act", &fields("")).await.is(403).says(&["请先用令牌登录"]);
    visit.log_in().await;
    let mut other = Visit::with_token(&house);
    other.log_in().await;
    // The other browser is another session of the same page: a token sealed both, and each has a word of its own.
    visit.post("/act", &fields("")).await.is(403).says(&["页面已过期"]);
    visit.post("/act", &fields("0123456789abcdef")).await.is(403);

    let word = visit.word().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://127.0.0.1:9999"),
        ("origin", "null"),
    ] {
        visit.headers = vec![(name, value.into())];
        visit.post("/act", &fields(&word)).await.is(403).says(&["其他网站"]);
        visit.post("/login", &[("token", TOKEN)]).await.is(403);
    }
    assert!(house.store.pipeline("main").await.unwrap().paused_at.is_none());
    assert_eq!(house.store.actions(1).await.unwrap(), []);

    visit.headers =
        vec![("origin", "http://127.0.0.1:8617".into()), ("sec-fetch-site", "same-origin".into())];
    visit.post("/act", &fields(&word)).await.is(303);
    assert!(house.store.pipeline("main").await.unwrap().paused_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_by_itself_and_by_logging_out() {
    let house = House::new();
    let mut visit = Visit::with_token(&house);
    visit.log_in().await;
    visit.get("/").await.says(&["退出"]);
    let word = visit.word().await;
    let out = visit.post("/logout", &[("word", &word)]).await.is(303);
    assert!(out.header("set-cookie").contains("refund_sync_session=; Path=/; Max-Age=0"));
    // Whoever kept a copy of the cookie has nothing any more.
    visit.get("/").await.is(200).does_not_say(&["退出"]).says(&["登录"]);
    let fields = [("word", word.as_str()), ("action", "pause"), ("pipeline", "main"), ("subject", "")];
    visit.post("/act", &fields).await.is(403).says(&["请先用令牌登录"]);
    visit.log_in().await;
    visit.get("/").await.says(&["退出"]);
    tokio::time::sleep(Duration::from_hours(12)).await;
    visit.get("/").await.is(200).does_not_say(&["退出"]).says(&["登录"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_loaded_framed_or_kept_whatever_is_answered() {
    let house = House::new();
    let visit = Visit::read_only(&house);
    for path in ["/", "/parked", "/refund/TK9", "/nowhere", "/login", "/style.css", "/act", "/events"] {
        let response = visit.send(visit.request(axum::http::Method::GET, path, String::new())).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let kept = header("cache-control");
        let asked_for = if path == "/style.css" { "public, max-age=300" } else { "no-store" };
        assert!(kept == asked_for || path == "/events", "{path}: {kept}");
    }
    let long = "x".repeat(20_000);
    let script = Visit::with_token(&house).with_bearer(TOKEN);
    script.post("/act", &[("subject", &long)]).await.is(413);
}
