//! The logins of the simulated site: the vendor's three, with their variants, and sessions of 20 minutes.
//! Signed calls and what a session lets through are in `auth`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderMap, Response, header};
use serde_json::json;

use super::call::Call;
use super::cipher;
use super::reply;
use super::settings::Settings;
use super::world::World;
use crate::sign;

/// How many refused logins lock the account, and for how long they count.
const LOCK_AFTER: usize = 5;
const LOCK: TimeDelta = TimeDelta::minutes(30);

const SESSION_LIFE: TimeDelta = TimeDelta::minutes(20);

/// What an account that may not call is told, on every call.
pub(super) const NOT_LISTED: &str = "当前用户未指定允许调用WebAPI接口";

/// Answers a login or logout; nothing else.
pub(super) fn answer(
    settings: &Settings,
    world: &mut World,
    headers: &HeaderMap,
    call: &Call,
) -> Option<Response<Bytes>> {
    if call.service == "Logout" {
        let ended = shown(headers).into_iter().filter(|id| world.sessions.remove(*id).is_some()).count();
        return Some(reply::ok((ended > 0).to_string()));
    }
    if !call.is_login() {
        return None;
    }
    if call.parameter(0, "acctID") != settings.acct_id {
        return Some(refusal(-1, "当前尝试登录的数据中心无法获取到，请重新检查，谢谢。"));
    }
    let now = (settings.now)();
    world.refusals.retain(|refused| now - *refused < LOCK);
    let is_locked = world.refusals.len() >= LOCK_AFTER;
    let wrong = if is_locked { Some("用户已被锁定") } else { wrong(settings, call) };
    if let Some(message) = wrong {
        world.counts.refused_logins += 1;
        world.refusals.push(now);
        return Some(refusal(0, message));
    }
    if world.rights.not_listed {
        world.counts.refused_logins += 1;
        return Some(reply::refused(call, 11, NOT_LISTED));
    }
    world.counts.logins += 1;
    world.refusals.clear();
    let session = new_session(settings, world);
    let welcome = json!({
        "Message": null, "MessageCode": "CheckPasswordPolicy", "LoginResultType": 1,
        "Context": { "UserLocale": "zh-CN", "SessionId": session, "UserName": settings.username },
        "KDSVCSessionId": session, "IsSuccessByAPI": true,
    });
    Some(with_session(reply::ok(welcome.to_string()), &session))
}

fn refusal(result: i64, message: &str) -> Response<Bytes> {
    let body = json!({
        "Message": message, "MessageCode": "", "LoginResultType": result, "Context": null,
        "KDSVCSessionId": null, "IsSuccessByAPI": false,
    });
    reply::ok(body.to_string())
}

/// What is wrong with the credentials, if anything is. `…2` variants carry a switch before lcid, which changes no
/// earlier place.
fn wrong(settings: &Settings, call: &Call) -> Option<&'static str> {
    const PASSWORD: &str = "用户名或密码错误";
    let (user, app) = (call.parameter(1, "username"), || call.parameter(2, "appId"));
    match call.service.trim_end_matches('2') {
        "ValidateUserEnDeCode" => {
            let (name, secret) = (cipher::des(&settings.username), cipher::des(&settings.password));
            let same = |given: String, own: Vec<u8>| STANDARD.decode(given).is_ok_and(|bytes| bytes == own);
            let is_right = same(user, name) && same(call.parameter(2, "password"), secret);
            (!is_right).then_some(PASSWORD)
        }
        _ if user != settings.username => Some(PASSWORD),
        "ValidateUser" => (call.parameter(2, "password") != settings.password).then_some(PASSWORD),
        "LoginByAppSecret" => {
            let is_right = app() == settings.app_id && call.parameter(3, "appSecret") == settings.app_secret;
            (!is_right).then_some("应用ID或应用密钥错误")
        }
        "LoginBySign" => {
            let (acct, app_id, secret) = (&settings.acct_id, &settings.app_id, &settings.app_secret);
            let (time, sign) = (call.parameter(3, "timestamp"), call.parameter(4, "sign"));
            let mut parts = [acct.as_str(), &settings.username, app_id, secret, &time];
            parts.sort_unstable();
            // Older sites know SHA-1 only.
            let is_right = sign == sign::login_sign(acct, &settings.username, app_id, secret, &time)
                || sign == cipher::sha1_hex(&parts.concat());
            (app() != *app_id || !is_right).then_some("签名错误")
        }
        _ => Some("此登录方式未启用"),
    }
}

fn session_id(world: &mut World) -> String {
    format!("{:016x}{:016x}", world.session_ids.next(), world.session_ids.next())
}

/// A session that was not there before.
pub(super) fn new_session(settings: &Settings, world: &mut World) -> String {
    let session = session_id(world);
    world.sessions.insert(session.clone(), (settings.now)());
    session
}

/// Hands a session over, as both cookies.
pub(super) fn with_session(reply: Response<Bytes>, session: &str) -> Response<Bytes> {
    // The dates inside carry commas, which trip whoever splits the header at them.
    let cookie = format!("kdservice-sessionid={session}; expires=Thu, 01-Jan-2037 00:00:00 GMT; path=/");
    let reply = reply::with_header(reply, header::SET_COOKIE, &cookie);
    let cookie = format!("ASP.NET_SessionId={}; path=/; HttpOnly", session.get(..24).unwrap_or(session));
    reply::with_header(reply, header::SET_COOKIE, &cookie)
}

/// Names a session in a refusal too, as a web server does: one that lets nobody in.
pub(super) fn with_some_session(reply: Response<Bytes>, world: &mut World) -> Response<Bytes> {
    if !reply.status().is_success() || reply.headers().contains_key(header::SET_COOKIE) {
        return reply;
    }
    with_session(reply, &session_id(world))
}

/// The session ids that a request shows, by cookie or header.
fn shown(headers: &HeaderMap) -> Vec<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let own = headers.get("kdservice-sessionid").and_then(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix("kdservice-sessionid="))
        .chain(own)
        .collect()
}

/// The session that a request shows, if it lives; it lives on from now.
pub(super) fn live_session(settings: &Settings, world: &mut World, headers: &HeaderMap) -> Option<String> {
    let id = shown(headers).into_iter().find(|id| world.sessions.contains_key(*id))?;
    let now = (settings.now)();
    match world.sessions.get_mut(id) {
        Some(used) if now - *used <= SESSION_LIFE => *used = now,
        _ => {
            world.sessions.remove(id);
            return None;
        }
    }
    Some(id.to_owned())
}
