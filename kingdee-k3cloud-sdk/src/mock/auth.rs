//! Who may call: header signatures and sessions. Signed calls without a session are given one, and every reply names
//! the caller's: one client joins the Set-Cookie lines of each reply, and would break without them.
//! Logins are in `login`; what a caller may then do is in the services.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Request, Response, StatusCode, header};

use super::call::Call;
use super::login;
use super::reply;
use super::settings::Settings;
use super::world::World;
use crate::sign::Signing;

/// Lets a call through that is signed or in a session, with the session that its reply names.
pub(super) fn check(
    settings: &Settings,
    world: &mut World,
    request: &Request<Bytes>,
    call: &Call,
) -> Result<String, Response<Bytes>> {
    let headers = request.headers();
    let signed = headers.contains_key("X-Kd-Appkey");
    if signed && !signature(settings, request)? {
        return Err(reply::session_lost(call));
    }
    let session = login::live_session(settings, world, headers);
    if !signed && session.is_none() {
        return Err(reply::session_lost(call));
    }
    if world.rights.not_listed {
        return Err(reply::refused(call, 11, login::NOT_LISTED));
    }
    Ok(session.unwrap_or_else(|| given_session(settings, world)))
}

/// One session for all signed calls without one, as long as it is there.
fn given_session(settings: &Settings, world: &mut World) -> String {
    let now = (settings.now)();
    if let Some(session) = world.signed_session.clone()
        && let Some(used) = world.sessions.get_mut(&session)
    {
        *used = now;
        return session;
    }
    let session = login::new_session(settings, world);
    world.signed_session = Some(session.clone());
    session
}

/// Whether the headers are those this site expects for the time and nonce they name. An application id without a
/// client id sends none of the six `X-Api-*` headers; only the public gateway misses them.
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
    let has_client = headers.contains_key("X-Api-ClientID");
    if settings.public_gateway && !has_client {
        return Err(reply::unauthorized());
    }
    let timestamp = text(headers, "x-api-timestamp").unwrap_or_default();
    let now = (settings.now)();
    if has_client && settings.max_skew.is_some_and(|most| is_off(timestamp, now, most)) {
        let shown = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        return Err(reply::with_header(reply::clock(timestamp), header::DATE, &shown));
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
    let same = |(name, value): (&str, String)| {
        let is_api = name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-api-"));
        let left_out = is_api && !has_client && !headers.contains_key(name);
        left_out || text(headers, name).unwrap_or_default() == value
    };
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
