//! Refusals in the shapes that the real ones have.

use serde_json::{Value, json};

/// A refusal in one of the shapes that the real ones have.
#[derive(Debug, Clone)]
pub(super) struct Refuse {
    pub(super) code: i64,
    pub(super) body: Value,
}

impl Refuse {
    pub(super) fn gateway(code: i64, message: &str) -> Self {
        let body = json!({"flag": "failure", "code": code, "message": message, "request_id": "15made0up00"});
        Self { code, body: json!({ "response": body }) }
    }

    pub(super) fn error(code: i64, message: &str, sub_code: &str, sub_message: &str) -> Self {
        let body = json!({"code": code, "msg": message, "sub_code": sub_code, "sub_msg": sub_message, "request_id": "15made0up01"});
        Self { code, body: json!({ "error_response": body }) }
    }

    pub(super) fn erp(code: i64, message: &str) -> Self {
        Self { code, body: json!({"response": {"errorcode": code, "message": message}}) }
    }

    pub(super) fn sub(mut self, sub_code: &str, sub_message: &str) -> Self {
        self.body["response"]["sub_code"] = sub_code.into();
        self.body["response"]["sub_message"] = sub_message.into();
        self
    }

    /// Code 7 with its ban, as the gateway words it.
    pub(super) fn limited(seconds: i64) -> Self {
        Self::error(
            7,
            "App Call Limited",
            "accesscontrol.limited-by-app-access-count",
            &format!("This ban will last for {seconds} more seconds"),
        )
    }

    /// The refusal as WDT's own gateway words it: code and message, bare.
    pub(super) fn native(self) -> Self {
        let said = self.body.as_object().and_then(|body| body.values().next()).unwrap_or(&Value::Null);
        let (code, message) = match self.code {
            7 => (1012, json!("系统调用频繁")),
            10 | 15 => (1020, json!("系统异常")),
            code => (code, said["message"].clone()),
        };
        Self { code, body: json!({"code": code, "message": message}) }
    }
}
