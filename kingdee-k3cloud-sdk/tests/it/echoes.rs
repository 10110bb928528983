//! A proxy, a firewall or an exception that repeats the request: no error repeats what proves who called.

use std::error::Error as _;

use bytes::Bytes;
use http::{Request, Response};
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::transport::BoxError;
use kingdee_k3cloud_sdk::{Client, Credentials, RetryPolicy};

use crate::support::{APP_ID, APP_SECRET, PASSWORD, builder, own, query_numbers, signed, site};

/// How the request comes back.
#[derive(Debug, Clone, Copy)]
enum Echo {
    Page,
    ErrorPage,
    Exception,
    Gateway,
    Firewall,
    Text,
    LoginMessage,
    Status,
}

const ECHOES: [Echo; 8] = [
    Echo::Page,
    Echo::ErrorPage,
    Echo::Exception,
    Echo::Gateway,
    Echo::Firewall,
    Echo::Text,
    Echo::LoginMessage,
    Echo::Status,
];

impl Echo {
    fn answer(self, request: &Request<Bytes>) -> Response<Bytes> {
        let shown = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            format!("{name}: {}", value.to_str().unwrap())
        };
        // What proves the caller comes first, so that no cut can hide it.
        let mut headers: Vec<_> = request.headers().iter().map(shown).collect();
        headers.sort_by_key(|line| !line.contains("signature") && !line.contains("cookie"));
        let all = format!("{} {}", String::from_utf8_lossy(request.body()), headers.join(" | "));
        let head = headers.join(" | ");
        let (status, body) = match self {
            Self::Page => (200, format!("<html><body>{head} {all}</body></html>")),
            Self::ErrorPage => (502, format!("<html><body>{all}</body></html>")),
            Self::Exception => {
                (200, format!("response_error:{}", serde_json::json!({ "Message": format!("{head} {all}") })))
            }
            Self::Gateway => (
                519,
                serde_json::json!({ "errcode": 4002, "description": format!("{head} {all}") }).to_string(),
            ),
            Self::Firewall => {
                let action = serde_json::json!({ "actionname": "showConfirm", "params": [{ "msg": all }] });
                (200, format!("[{action}]"))
            }
            Self::Text => (200, format!("{{\"seen\": {}}}", serde_json::json!(head))),
            Self::LoginMessage => {
                (200, serde_json::json!({ "LoginResultType": 0, "Message": all }).to_string())
            }
            Self::Status => {
                let errors = [serde_json::json!({ "FieldName": "", "Message": all, "DIndex": 0 })];
                let status = serde_json::json!({ "IsSuccess": false, "MsgCode": 4, "Errors": errors });
                (200, serde_json::json!({ "Result": { "ResponseStatus": status } }).to_string())
            }
        };
        Response::builder().status(status).body(body.into()).unwrap()
    }
}

/// Everything that a caller could print of an error.
fn told(error: &kingdee_k3cloud_sdk::Error) -> String {
    let mut told = format!("{error} {error:?} {} ", error.advice());
    let mut source = error.source();
    while let Some(inner) = source {
        told = format!("{told} {inner} {inner:?}");
        source = inner.source();
    }
    told
}

/// A client whose calls come back as `echo`; its logins too, or else these succeed at a site.
fn client(credentials: Credentials, echo: Echo, site: Option<&Site>) -> Client {
    let site = site.cloned();
    let service = tower::service_fn(move |request: Request<Bytes>| {
        let is_login = request.uri().path().contains("AuthService");
        let reply = match &site {
            Some(site) if is_login => site.handle(&request),
            _ => echo.answer(&request),
        };
        async { Ok::<_, BoxError>(reply) }
    });
    builder(credentials).retry(RetryPolicy::never()).transport(service).build().unwrap()
}

#[tokio::test]
async fn no_signature_session_or_secret_is_in_an_error_whatever_repeats_the_request() {
    let half = APP_ID.split_once('_').unwrap().1;
    let all = [
        signed(),
        Credentials::app_secret(APP_ID, APP_SECRET),
        Credentials::sign(APP_ID, APP_SECRET),
        Credentials::password(PASSWORD),
    ];
    for credentials in all {
        for echo in ECHOES {
            for logged_in in [false, true] {
                let site = site().build();
                let client = client(credentials.clone(), echo, logged_in.then_some(&site));
                let errors = [
                    client.query(&query_numbers()).await.err(),
                    client.batch_save(&own(&["A"])).await.err(),
                    client.login().await.err(),
                    client.logout().await.err(),
                ];
                for error in errors.into_iter().flatten() {
                    let told = told(&error);
                    for secret in [APP_SECRET, PASSWORD, half] {
                        assert!(!told.contains(secret), "{credentials:?} {echo:?}: {told}");
                    }
                    let long = told.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=-".contains(c)));
                    let token = long
                        .into_iter()
                        .find(|run| run.len() >= 24 && run.contains(|c: char| c.is_ascii_digit()));
                    assert_eq!(token, None, "{credentials:?} {echo:?}: {told}");
                }
            }
        }
    }
}
