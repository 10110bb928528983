//! Who may call: header signatures, the three logins, and sessions of 20 minutes.
//! What they may then do is in the services.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Request, Response, StatusCode, header};
use serde_json::json;

use super::builder::Settings;
use super::reply;
use super::request::Call;
use super::world::World;
use crate::sign::{self, Signing};

/// How many refused logins lock the account, and for how long they count.
const LOCK_AFTER: usize = 5;
const LOCK: TimeDelta = TimeDelta::minutes(30);

const SESSION_LIFE: TimeDelta = TimeDelta::minutes(20);

/// Answers a login or logout; nothing else.
pub(super) fn login(settings: &Settings, world: &mut World, call: &Call) -> Option<Response<Bytes>> {
    let given = |index: usize, name: &str| {
        call.parameters.get(index).map_or_else(|| call.body.text(name), super::json::Json::scalar)
    };
    let accepted = match call.service.as_str() {
        "ValidateUser" => given(2, "password") == settings.password,
        "LoginByAppSecret" => {
            given(2, "appId") == settings.app_id && given(3, "appSecret") == settings.app_secret
        }
        "LoginBySign" => {
            let (acct, user, app) = (&settings.acct_id, &settings.username, &settings.app_id);
            let sign = sign::login_sign(acct, user, app, &settings.app_secret, &given(3, "timestamp"));
            given(2, "appId") == settings.app_id && given(4, "sign") == sign
        }
        "Logout" => {
            world.sessions.clear();
            return Some(reply::ok("true".to_owned()));
        }
        _ => return None,
    };
    if given(0, "acctID") != settings.acct_id {
        return Some(reply::page(StatusCode::INTERNAL_SERVER_ERROR, "Fail to verify thirty passport"));
    }
    let now = (settings.now)();
    world.refusals.retain(|refused| now - *refused < LOCK);
    let is_locked = world.refusals.len() >= LOCK_AFTER;
    if !accepted || is_locked || given(1, "username") != settings.username {
        world.counts.refused_logins += 1;
        world.refusals.push(now);
        let message = if is_locked { "用户已被锁定" } else { "用户名或密码错误" };
        let refusal = json!({
            "Message": message, "MessageCode": "", "LoginResultType": 0, "Context": null,
            "KDSVCSessionId": null, "IsSuccessByAPI": false,
        });
        return Some(reply::ok(refusal.to_string()));
    }
    world.counts.logins += 1;
    world.refusals.clear();
    let session = format!("{:016x}{:016x}", world.random.next(), world.random.next());
    world.sessions.insert(session.clone(), now);
    let welcome = json!({
        "Message": null, "MessageCode": "CheckPasswordPolicy", "LoginResultType": 1,
        "Context": { "UserLocale": "zh-CN", "SessionId": session, "UserName": settings.username },
        "KDSVCSessionId": session, "IsSuccessByAPI": true,
    });
    let welcome = reply::ok(welcome.to_string());
    // The dates inside carry commas, which trip whoever splits the header at them.
    let cookie = format!("kdservice-sessionid={session}; expires=Thu, 01-Jan-2037 00:00:00 GMT; path=/");
    let welcome = reply::with_header(welcome, header::SET_COOKIE, &cookie);
    let cookie = format!("ASP.NET_SessionId={}; path=/; HttpOnly", &session[..24]);
    Some(reply::with_header(welcome, header::SET_COOKIE, &cookie))
}

/// Lets a call through that is signed or in a session.
pub(super) fn check(
    settings: &Settings,
    world: &mut World,
    request: &Request<Bytes>,
    call: &Call,
) -> Result<(), Response<Bytes>> {
    let signed = request.headers().contains_key("X-Kd-Appkey");
    let known =
        if signed { signature(settings, request)? } else { session(settings, world, request.headers()) };
    if known { Ok(()) } else { Err(reply::session_lost(call)) }
}

fn session(settings: &Settings, world: &mut World, headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let shown = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix("kdservice-sessionid="))
        .chain(text(headers, "kdservice-sessionid"))
        .find(|id| world.sessions.contains_key(*id));
    let (Some(id), now) = (shown, (settings.now)()) else { return false };
    match world.sessions.get_mut(id) {
        Some(used) if now - *used <= SESSION_LIFE => *used = now,
        _ => {
            world.sessions.remove(id);
            return false;
        }
    }
    true
}

/// Whether the nine headers are those this site expects for the time and nonce they name.
fn signature(settings: &Settings, request: &Request<Bytes>) -> Result<bool, Response<Bytes>> {
    let headers = request.headers();
    let data = text(headers, "X-Kd-Appdata").unwrap_or_default();
    let data = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).unwrap_or_default();
    let data = String::from_utf8_lossy(&data);
    let parts: Vec<&str> = data.split(',').collect();
    let [acct_id, username, lcid, org_num] = parts[..] else { return Ok(false) };
    if acct_id != settings.acct_id {
        return Err(reply::page(StatusCode::INTERNAL_SERVER_ERROR, "Fail to verify thirty passport"));
    }
    let timestamp = text(headers, "x-api-timestamp").unwrap_or_default();
    if settings.max_skew.is_some_and(|most| is_off(timestamp, (settings.now)(), most)) {
        let mut refused = reply::gateway(4006, "x-api-timestamp is out of range[GW]");
        let date = (settings.now)().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = http::HeaderValue::from_str(&date) {
            refused.headers_mut().insert(http::header::DATE, date);
        }
        return Err(refused);
    }
    let expected = Signing {
        path: &unquoted(request.uri().path()),
        acct_id,
        username: &settings.username,
        app_id: &settings.app_id,
        app_secret: &settings.app_secret,
        lcid: lcid.parse().unwrap_or_default(),
        // A wrong organisation is not noticed: whatever is signed is right.
        org_num,
        timestamp,
        nonce: text(headers, "x-api-nonce").unwrap_or_default(),
    };
    let same = |(name, value): (&str, String)| text(headers, name).unwrap_or_default() == value;
    Ok(username == settings.username && expected.headers().into_iter().all(same))
}

/// Whether a time in seconds or milliseconds is further off than that, or is no time.
fn is_off(timestamp: &str, now: DateTime<Utc>, most: TimeDelta) -> bool {
    let number: Option<i64> = timestamp.parse().ok();
    let seconds = number.map(|number| if number > 100_000_000_000 { number / 1000 } else { number });
    let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.is_none_or(|time| (now - time).abs() > most)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Takes percent-encoding back.
fn unquoted(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten();
        let decoded = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
