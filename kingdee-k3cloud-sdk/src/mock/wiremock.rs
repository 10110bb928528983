//! The simulated site behind a `wiremock` server, for what is really on the wire.
//! Faults of the wire itself need `server`.

use bytes::Bytes;
use http::Request;
use wiremock::{Respond, ResponseTemplate};

use super::site::Site;

/// Answers a `wiremock` server's requests.
#[derive(Debug, Clone)]
pub struct Responder {
    site: Site,
}

impl Site {
    /// This site as a `wiremock` responder.
    pub fn responder(&self) -> Responder {
        Responder { site: self.clone() }
    }
}

impl Respond for Responder {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let mut asked = Request::new(Bytes::copy_from_slice(&request.body));
        *asked.method_mut() = request.method.clone();
        *asked.headers_mut() = request.headers.clone();
        if let Ok(uri) = request.url.as_str().parse() {
            *asked.uri_mut() = uri;
        }
        let (parts, body) = self.site.handle(&asked).into_parts();
        let mut template = ResponseTemplate::new(parts.status.as_u16()).set_body_bytes(body.to_vec());
        for (name, value) in &parts.headers {
            template = template.append_header(name.clone(), value.clone());
        }
        template
    }
}
