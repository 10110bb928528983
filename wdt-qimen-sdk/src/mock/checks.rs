//! What the gateway checks before any method runs: parameters, key, timestamp, signature. Codes as in the
//! protocol notes, section 6.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, Request};

use super::refuse::Refuse;
use super::request::{Params, plain_method};
use super::settings::Settings;
use crate::sign::method::SignMethod;
use crate::sign::{native_sign, top_sign};
use crate::wire::{from_beijing, parse_time};

/// How far a timestamp may be off.
const TOLERANCE: TimeDelta = TimeDelta::minutes(10);
/// The same at WDT's own gateway.
const NATIVE_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Checks everything that does not depend on the method.
pub(super) fn check(
    settings: &Settings,
    request: &Request<Bytes>,
    params: &Params,
    now: DateTime<Utc>,
) -> Result<(), Refuse> {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Err(Refuse::gateway(9, "Http Action Not Allowed"));
    }
    let (_, named_by_scene) = plain_method(params.required("method", (21, "Missing Method"))?);
    let app_key = params.required("app_key", (28, "Missing App Key"))?;
    if app_key != settings.app_key {
        return Err(Refuse::gateway(29, "Invalid App Key"));
    }
    if params.required("format", (23, "Invalid Format"))? != "json" {
        return Err(Refuse::gateway(23, "Invalid Format"));
    }
    if params.required("v", (32, "Missing Version"))? != "2.0" {
        return Err(Refuse::gateway(33, "Invalid Version"));
    }
    check_timestamp(params.required("timestamp", (30, "Missing Timestamp"))?, now)?;
    check_sign(settings, params)?;
    match params.get("target_app_key") {
        Some(target) if target == settings.target_app_key => Ok(()),
        // The scene in the method's name says whose application is meant; the generated classes have no such field.
        None if named_by_scene => Ok(()),
        _ => Err(Refuse::gateway(11, "Insufficient isv permissions")
            .sub("isv.permission-api-package-not-allowed", "target app")),
    }
}

/// The native gateway's checks. Its codes for these are in no public page: these are made up.
pub(super) fn check_native(settings: &Settings, params: &Params, now: DateTime<Utc>) -> Result<(), Refuse> {
    let said = |key: &str| params.get(key).unwrap_or_default();
    if said("appkey") != settings.app_key {
        return Err(Refuse::erp(1001, "appkey不存在"));
    }
    let at = said("timestamp").parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    if said("timestamp").len() != 10 || at.is_none_or(|at| (at - now).abs() > NATIVE_TOLERANCE) {
        return Err(Refuse::erp(1002, "timestamp超出允许误差"));
    }
    let signed: Vec<_> = params.0.iter().collect();
    if native_sign(&settings.app_secret, &signed) != said("sign") {
        return Err(Refuse::erp(1003, "sign错误"));
    }
    Ok(())
}

fn check_timestamp(text: &str, now: DateTime<Utc>) -> Result<(), Refuse> {
    let at = match text.parse().ok().and_then(DateTime::from_timestamp_millis) {
        Some(at) => Some(at),
        None => parse_time(text).ok().map(from_beijing),
    };
    match at {
        Some(at) if (at - now).abs() <= TOLERANCE => Ok(()),
        _ => Err(Refuse::gateway(31, "Invalid Timestamp")),
    }
}

fn check_sign(settings: &Settings, params: &Params) -> Result<(), Refuse> {
    let sign = params.required("sign", (24, "Missing Signature"))?;
    let method: Result<SignMethod, _> = params.get("sign_method").unwrap_or("md5").parse();
    let signed: Vec<_> = params.0.iter().collect();
    match method {
        Ok(method) if top_sign(method, &settings.app_secret, &signed) == sign => Ok(()),
        _ => Err(Refuse::gateway(25, "Invalid signature")),
    }
}
