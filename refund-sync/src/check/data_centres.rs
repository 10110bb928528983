//! The data centres of a site of 金蝶, which many sites list to anybody. The call is known from public clients, its answer is
//! documented nowhere: what is no list of ids is no answer, and proves nothing.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::config::{Kingdee, Proxy};
use crate::tls;

/// Where they are asked for, behind the base address.
const SERVICE: &str =
    "Kingdee.BOS.ServiceFacade.ServicesStub.Account.AccountService.GetDataCenterList.common.kdsvc";
/// How long the site may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// No list is longer, in bytes.
const LONGEST: usize = 256 * 1_024;

/// A data centre, 账套.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataCentre {
    /// Its id: what `acct_id` names.
    pub id: String,
    /// What it is called; empty where that is not told.
    pub name: String,
}

/// Those of the site, without a login; `None` where it does not list them.
pub async fn data_centres(settings: &Kingdee) -> Option<Vec<DataCentre>> {
    let url = settings.base_url.join(SERVICE).ok()?;
    let client = client(settings)?;
    let request = client.post(url).header("content-type", "application/json").body("{}");
    let mut answer = request.send().await.ok().filter(|answer| answer.status().is_success())?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return None;
        }
    }
    read(&body)
}

fn client(settings: &Kingdee) -> Option<reqwest::Client> {
    let ca = settings.ca.iter().flat_map(|ca| CertificateDer::pem_slice_iter(&ca.pem));
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(ca.filter_map(Result::ok)).ok()?)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .timeout(PATIENCE)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
    let builder = match &settings.proxy {
        Proxy::None => builder.no_proxy(),
        Proxy::Environment => builder,
        Proxy::Url(address) => builder.proxy(reqwest::Proxy::all(address.expose_secret()).ok()?),
    };
    builder.build().ok()
}

fn read(body: &[u8]) -> Option<Vec<DataCentre>> {
    let list: Vec<serde_json::Map<String, Value>> = serde_json::from_slice(body).ok()?;
    let text = |row: &serde_json::Map<String, Value>, wanted: &str| {
        let (_, value) = row.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted))?;
        value.as_str().map(str::to_owned).filter(|text| !text.is_empty())
    };
    let centres: Option<Vec<_>> = list
        .iter()
        .map(|row| Some(DataCentre { id: text(row, "id")?, name: text(row, "name").unwrap_or_default() }))
        .collect();
    centres.filter(|centres| !centres.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_ids_is_one_and_whatever_else_a_site_says_is_none() {
        let centre = |id: &str, name: &str| DataCentre { id: id.to_owned(), name: name.to_owned() };
        let list = r#"[{"Id":"65f0","Number":"001","Name":"账套"},{"id":"66aa"}]"#;
        assert_eq!(read(list.as_bytes()), Some(vec![centre("65f0", "账套"), centre("66aa", "")]));
        for other in [
            "",
            "[]",
            "{}",
            "null",
            "[{}]",
            r#"[{"Id":""}]"#,
            r#"[{"Id":7}]"#,
            "eJyLjgUAARUAuQ==",
            "<html>404</html>",
            r#"{"Result":{"ResponseStatus":{"IsSuccess":false}}}"#,
            r#"[[{"Result":{"ResponseStatus":{"MsgCode":1}}}]]"#,
            r#"[{"actionname":"showConfirm"}]"#,
        ] {
            assert_eq!(read(other.as_bytes()), None, "{other}");
        }
    }
}
