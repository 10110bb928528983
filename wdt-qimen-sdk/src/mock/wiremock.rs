//! The simulator as a `wiremock` responder (feature `mock-responder`).

use bytes::Bytes;
use wiremock::{Respond, ResponseTemplate};

use super::gateway::Gateway;

/// Answers whatever a `wiremock` server is asked, as the gateway would.
#[derive(Debug, Clone)]
pub struct Responder {
    gateway: Gateway,
}

impl Gateway {
    /// This gateway as a responder: `Mock::given(any()).respond_with(gateway.responder())`.
    pub fn responder(&self) -> Responder {
        Responder { gateway: self.clone() }
    }
}

impl Respond for Responder {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let mut asked = http::Request::new(Bytes::from(request.body.clone()));
        *asked.method_mut() = request.method.clone();
        *asked.headers_mut() = request.headers.clone();
        if let Ok(uri) = request.url.as_str().parse() {
            *asked.uri_mut() = uri;
        }
        let (head, body) = self.gateway.handle(&asked).into_parts();
        let template = ResponseTemplate::new(head.status.as_u16()).set_body_bytes(body.to_vec());
        head.headers.iter().fold(template, |template, (name, value)| template.append_header(name, value))
    }
}
