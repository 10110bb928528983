//! The replies of the simulated site, in the shapes the real one uses.
//! When which is given is decided by the services.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::request::Call;

/// One objection in an answer.
pub(super) struct Objection {
    pub(super) field: &'static str,
    pub(super) message: String,
    pub(super) index: usize,
    pub(super) code: i64,
}

/// One success in an answer.
pub(super) struct Success {
    pub(super) id: u64,
    pub(super) number: String,
    pub(super) index: usize,
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
    let mut status = json!({
        "IsSuccess": is_success,
        "Errors": errors,
        "SuccessEntitys": entities,
        "SuccessMessages": [],
        "MsgCode": code,
    });
    if !is_success {
        status["ErrorCode"] = json!(500);
    }
    json!({ "Result": { "ResponseStatus": status } })
}

/// A refusal of the whole call, wrapped as its service wraps it.
pub(super) fn refused(call: &Call, code: i64, message: &str) -> Response<Bytes> {
    let objection = Objection { field: "", message: message.to_owned(), index: 0, code };
    wrapped(call, &status(false, &[objection], &[]))
}

/// MsgCode 13 for every bill of a save; for anything else, once.
pub(super) fn lock(call: &Call) -> Response<Bytes> {
    let bills = call.data.list("Model").len().max(call.data.list("Numbers").len()).max(1);
    let objections: Vec<Objection> = (0..bills)
        .map(|index| Objection {
            field: "", message: "网络控制冲突，请稍后再试".to_owned(), index, code: 13
        })
        .collect();
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

pub(super) fn gateway(code: u16, description: &str) -> Response<Bytes> {
    let mut reply = ok(json!({ "errcode": code, "description": description }).to_string());
    *reply.status_mut() = StatusCode::from_u16(519).unwrap_or(StatusCode::BAD_GATEWAY);
    reply
}

fn wrapped(call: &Call, status: &Value) -> Response<Bytes> {
    ok(match call.service.as_str() {
        "ExecuteBillQuery" => json!([[status]]).to_string(),
        "BillQuery" => json!([status]).to_string(),
        _ => status.to_string(),
    })
}
