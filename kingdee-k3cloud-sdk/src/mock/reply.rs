//! The replies of the simulated site, in the shapes the real one uses.
//! When which is given is decided by the services.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::call::Call;

/// What this site says where it knows a service and does not simulate it.
pub(super) const NOT_SIMULATED: &str = "业务对象不支持此操作";

/// One objection in an answer.
pub(super) struct Objection {
    /// FieldName: `None` is written as null, as most objections are.
    pub(super) field: Option<&'static str>,
    pub(super) message: String,
    pub(super) index: usize,
    pub(super) code: i64,
}

/// One success in an answer.
pub(super) struct Success {
    pub(super) id: u64,
    pub(super) number: String,
    pub(super) index: usize,
    /// What SuccessMessages says of it; a save says nothing.
    pub(super) message: Option<String>,
}

pub(super) fn ok(body: String) -> Response<Bytes> {
    let reply = Response::new(Bytes::from(body));
    with_header(reply, header::CONTENT_TYPE, "application/json; charset=utf-8")
}

pub(super) fn with_header(mut reply: Response<Bytes>, name: HeaderName, value: &str) -> Response<Bytes> {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().append(name, value);
    }
    reply
}

pub(super) fn page(status: StatusCode, text: &str) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::copy_from_slice(text.as_bytes()));
    *reply.status_mut() = status;
    with_header(reply, header::CONTENT_TYPE, "text/html; charset=utf-8")
}

/// `{"Result":{"ResponseStatus":…}}` of successes and objections. The code is that of the first
/// objection that is not 9, as far as anybody knows.
pub(super) fn status(is_success: bool, objections: &[Objection], successes: &[Success]) -> Value {
    let code = objections.iter().map(|o| o.code).find(|code| *code != 9);
    let code = code.or_else(|| objections.first().map(|o| o.code)).unwrap_or(0);
    let errors: Vec<Value> = objections
        .iter()
        .map(|o| json!({ "FieldName": o.field, "Message": o.message, "DIndex": o.index }))
        .collect();
    let entities: Vec<Value> =
        successes.iter().map(|s| json!({ "Id": s.id, "Number": s.number, "DIndex": s.index })).collect();
    let said = |s: &Success| {
        let message = s.message.as_ref()?;
        Some(json!({ "FieldName": null, "Message": message, "DIndex": s.index }))
    };
    let messages: Vec<Value> = successes.iter().filter_map(said).collect();
    let mut status = json!({
        "IsSuccess": is_success,
        "Errors": errors,
        "SuccessEntitys": entities,
        "SuccessMessages": messages,
        "MsgCode": code,
    });
    if !is_success {
        status["ErrorCode"] = json!(500);
    }
    json!({ "Result": { "ResponseStatus": status } })
}

/// A refusal of the whole call, wrapped as its service wraps it.
pub(super) fn refused(call: &Call, code: i64, message: &str) -> Response<Bytes> {
    let objection = Objection { field: None, message: message.to_owned(), index: 0, code };
    wrapped(call, &status(false, &[objection], &[]))
}

/// A form that this site does not have.
pub(super) fn unknown_form(call: &Call, form: &str) -> Response<Bytes> {
    if form.is_empty() {
        return refused(call, 8, "data数据包中的参数FormId必传。");
    }
    let message = format!("标识为“{form}”的业务对象不存在，或者被删除。");
    let objection = Objection { field: Some(""), message, index: 0, code: 4 };
    wrapped(call, &status(false, &[objection], &[]))
}

/// The same objection to every bill of the call; where it names none, once.
pub(super) fn each(call: &Call, code: i64, message: impl Fn(&str) -> String) -> Response<Bytes> {
    let models = call.data.list("Model").iter().map(|model| model.text("FBillNo"));
    let numbers = call.data.list("Numbers").iter().map(super::json::Json::scalar);
    let mut named: Vec<String> = models.chain(numbers).collect();
    if named.is_empty() {
        named.push(call.data.get("Model").map(|model| model.text("FBillNo")).unwrap_or_default());
    }
    let objection =
        |(index, number): (usize, &String)| Objection { field: None, message: message(number), index, code };
    let objections: Vec<Objection> = named.iter().enumerate().map(objection).collect();
    wrapped(call, &status(false, &objections, &[]))
}

pub(super) fn session_lost(call: &Call) -> Response<Bytes> {
    refused(call, 1, "会话信息已丢失，请重新登录")
}

pub(super) fn exception(message: &str) -> Response<Bytes> {
    let body = json!({ "Message": "调用服务失败", "InnerExWrapper": { "Message": message }, "InnerException": null });
    ok(format!("response_error:{body}"))
}

pub(super) fn firewall() -> Response<Bytes> {
    let message = "请求参数存在可疑数据,当前请求已经被拦截规则[caller_in_less_Point_Bracket]阻止!";
    ok(json!([{
        "actionname": "showConfirm",
        "params": [{ "title": "", "msg": message, "option": 0, "msgType": 0 }],
    }])
    .to_string())
}

/// HTTP 519, as the public gateway in front of a site refuses.
pub(super) fn gateway(code: u16, description: &str, description_cn: Option<&str>) -> Response<Bytes> {
    let mut body = json!({ "errcode": code, "description": description });
    if let Some(text) = description_cn {
        body["description_cn"] = json!(text);
    }
    let mut reply = ok(body.to_string());
    *reply.status_mut() = StatusCode::from_u16(519).unwrap_or(StatusCode::BAD_GATEWAY);
    let id = HeaderName::from_static("x-api-requestid");
    with_header(reply, id, "5a2f0c6e9b1d4e70")
}

/// 4002: the signature is not the gateway's.
pub(super) fn unauthorized() -> Response<Bytes> {
    gateway(4002, "Unauthorized, APP_ID is empty[GW]", Some("认证失败, 应用ID为空[网关]"))
}

/// 4006: the time of the signature is too far off.
pub(super) fn clock(timestamp: &str) -> Response<Bytes> {
    let description = format!("Unauthorized, errDescEn: X-Api-TimeStamp is invalid: {timestamp}[GW]");
    gateway(4006, &description, None)
}

pub(super) fn wrapped(call: &Call, status: &Value) -> Response<Bytes> {
    ok(match call.service.as_str() {
        "ExecuteBillQuery" => json!([[status]]).to_string(),
        "BillQuery" => json!([status]).to_string(),
        _ => status.to_string(),
    })
}
