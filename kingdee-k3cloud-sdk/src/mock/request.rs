//! Reading requests: the service in the path, and the encodings of a body. Names have no case.
//! Who may call is decided in `auth`.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use url::form_urlencoded;

use super::call::Call;
use super::json::Json;
use super::reply;

/// The services there are. Their names have no case; this is how the vendor's SDK writes them.
const SERVICES: [&str; 38] = [
    "ValidateUser",
    "ValidateUser2",
    "ValidateUserEnDeCode",
    "LoginByAppSecret",
    "LoginByAppSecret2",
    "LoginBySign",
    "LoginBySign2",
    "LoginBySimplePassport",
    "LoginByRSAAuth",
    "LoginByMobileCard",
    "Logout",
    "Save",
    "BatchSave",
    "BatchSaveQuery",
    "Draft",
    "Submit",
    "Audit",
    "UnAudit",
    "Delete",
    "CancelAssign",
    "ExcuteOperation",
    "View",
    "Push",
    "GroupSave",
    "GroupDelete",
    "QueryGroupInfo",
    "Allocate",
    "CancelAllocate",
    "SwitchOrg",
    "QueryAsyncResult",
    "ExecuteBillQuery",
    "BillQuery",
    "QueryBusinessInfo",
    "GetSysReportData",
    "WorkflowAudit",
    "AttachmentUpLoad",
    "AttachmentDownLoad",
    "GetDataCenterList",
];

impl Call {
    /// Reads a call of a service that there is, or that a test answers itself.
    pub(super) fn read(
        request: &Request<Bytes>,
        is_own: impl Fn(&str) -> bool,
    ) -> Result<Self, Response<Bytes>> {
        let service = service(request.uri().path());
        let (Some(service), Method::POST) = (service, request.method().clone()) else {
            return Err(reply::page(StatusCode::NOT_FOUND, "404 Not Found"));
        };
        let known = SERVICES.iter().find(|known| known.eq_ignore_ascii_case(&service));
        // Both spellings are in use.
        let known =
            if service.eq_ignore_ascii_case("ExecuteOperation") { Some(&"ExcuteOperation") } else { known };
        let own = || is_own(&service).then(|| service.clone());
        let Some(service) = known.map(|known| (*known).to_owned()).or_else(own) else {
            return Err(reply::page(StatusCode::NOT_FOUND, &format!("service no found: {service}")));
        };
        let body = body(request)?;
        let parameters = parameters(&body).map_err(|_| reply::exception("参数不是JSON"))?;
        let data = body.get("data").or_else(|| parameters.last());
        let data = data.map_or(Ok(Json::Null), unquoted).map_err(|_| reply::exception("数据不是JSON"))?;
        let form = body.get("formid").map(Json::scalar);
        let form =
            form.or_else(|| (parameters.len() > 1).then(|| parameters[0].scalar())).unwrap_or_default();
        let form = if form.is_empty() { data.text("FormId") } else { form };
        Ok(Self { service, form, data, parameters, body })
    }
}

/// The short name in the path, if it is one of the families of services.
fn service(path: &str) -> Option<String> {
    const END: &str = ".common.kdsvc";
    let file = path.rsplit('/').next()?;
    let full = file.get(..file.len().checked_sub(END.len())?)?;
    let (family, short) = full.rsplit_once('.')?;
    let family = family.to_ascii_lowercase();
    let is_known = family.starts_with("kingdee.bos.webapi.servicesstub.")
        || !family.starts_with("kingdee.")
        || family == "kingdee.bos.servicefacade.servicesstub.account.accountservice";
    (file[full.len()..].eq_ignore_ascii_case(END) && is_known).then(|| short.to_owned())
}

/// A body of JSON or of form fields, by what it says it is.
fn body(request: &Request<Bytes>) -> Result<Json, Response<Bytes>> {
    let text = std::str::from_utf8(request.body()).map_err(|_| reply::exception("编码不是UTF-8"))?;
    if text.trim().is_empty() {
        return Ok(Json::Null);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("x-www-form-urlencoded"));
    if is_form && !text.trim_start().starts_with('{') {
        let pairs = form_urlencoded::parse(text.as_bytes());
        return Ok(Json::Object(
            pairs.map(|(key, value)| (key.into_owned(), Json::Text(value.into_owned()))).collect(),
        ));
    }
    Json::parse(text).map_err(|_| reply::exception("请求不是JSON"))
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
