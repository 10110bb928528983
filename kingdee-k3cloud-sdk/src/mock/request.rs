//! Reading requests: the service in the path, and the three encodings of a body.
//! Who may call is decided in `auth`.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

use super::json::Json;
use super::reply;

/// A call as the services see it.
pub(super) struct Call {
    /// The service's short name.
    pub(super) service: String,
    pub(super) form: String,
    pub(super) data: Json,
    /// The body's `parameters`, where it has them.
    pub(super) parameters: Vec<Json>,
    /// The whole body.
    pub(super) body: Json,
}

impl Call {
    pub(super) fn read(request: &Request<Bytes>) -> Result<Self, Response<Bytes>> {
        let file = request.uri().path().rsplit('/').next().unwrap_or_default();
        let service = file
            .strip_suffix(".common.kdsvc")
            .and_then(|full| full.rsplit_once('.'))
            .filter(|(family, _)| family.starts_with("Kingdee.BOS.WebApi.ServicesStub"))
            .map(|(_, short)| short.to_owned());
        let (Some(service), Method::POST) = (service, request.method().clone()) else {
            return Err(reply::page(StatusCode::NOT_FOUND, "404 Not Found"));
        };
        let text = std::str::from_utf8(request.body()).map_err(|_| reply::exception("编码不是UTF-8"))?;
        let body = if text.trim().is_empty() { Ok(Json::Null) } else { Json::parse(text) };
        let body = body.map_err(|_| reply::exception("请求不是JSON"))?;
        let parameters = parameters(&body).map_err(|_| reply::exception("参数不是JSON"))?;
        let form = body.get("formid").or_else(|| body.get("formId")).map(Json::scalar);
        let form =
            form.or_else(|| (parameters.len() > 1).then(|| parameters[0].scalar())).unwrap_or_default();
        let data = body.get("data").or_else(|| parameters.last());
        let data = data.map_or(Ok(Json::Null), unquoted).map_err(|_| reply::exception("数据不是JSON"))?;
        Ok(Self { service, form, data, parameters, body })
    }
}

/// `"parameters":[…]`, or the same as text, or none.
fn parameters(body: &Json) -> Result<Vec<Json>, serde_json::Error> {
    match body.get("parameters").map(unquoted).transpose()? {
        Some(Json::List(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// JSON inside a text, or the value as it is.
fn unquoted(value: &Json) -> Result<Json, serde_json::Error> {
    match value {
        Json::Text(text) if text.trim_start().starts_with(['{', '[']) => Json::parse(text),
        other => Ok(other.clone()),
    }
}
