//! Answers as older servers give them: without MsgCode, and a single save names its bill beside the status only.
//! The answers themselves are in `reply`.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

pub(super) fn answer(reply: Response<Bytes>) -> Response<Bytes> {
    let Ok(mut body) = serde_json::from_slice::<Value>(reply.body()) else { return reply };
    let mut found = &mut body;
    while let Value::Array(items) = found {
        match items.first_mut() {
            Some(first) => found = first,
            None => return reply,
        }
    }
    let Some(result) = found.get_mut("Result").and_then(Value::as_object_mut) else { return reply };
    let is_single = result.contains_key("Id");
    let Some(status) = result.get_mut("ResponseStatus").and_then(Value::as_object_mut) else { return reply };
    status.remove("MsgCode");
    status.remove("SuccessMessages");
    if is_single {
        status.remove("SuccessEntitys");
        status.remove("Errors");
    }
    let body = Bytes::from(body.to_string());
    reply.map(|_| body)
}
