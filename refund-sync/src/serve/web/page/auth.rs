//! Stands before every page and action: who comes, what that one may do, and whether a form is one of ours.
//! What a handler behind it is given, [`Visitor`] and [`Fields`], is proven. Logging in itself is in `login`.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use url::form_urlencoded;

use super::lang::Lang;
use super::link::Here;
use super::notice;
use super::state::Page;
use super::visitor::{Fields, Rights, Visitor};
use crate::serve::web::access::Claim;

/// The cookie of a session, and the one that remembers a language.
pub(super) const SESSION: &str = "refund_sync_session";
const LANG: &str = "refund_sync_lang";
/// No form of ours is longer.
const LONGEST_FORM: usize = 16 * 1_024;
/// A form is sent in one go.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why somebody is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    WrongToken,
    TooManyGuesses { seconds: i64 },
    OtherName,
    NoToken,
    LogIn,
    MayOnlyLook,
    OtherSite,
    OldForm,
    TooLong,
    TooSlow,
}

/// The door.
pub(super) async fn gate(State(page): State<Page>, request: Request, next: Next) -> Response {
    let asked = asked_language(&request);
    let mut response = let_in(page, request, next, asked).await;
    if let Some(lang) = asked
        && let Ok(cookie) =
            HeaderValue::from_str(&format!("{LANG}={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.word()))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn let_in(page: Page, mut request: Request, next: Next, asked: Option<Lang>) -> Response {
    let remembered = || cookie(request.headers(), LANG).and_then(Lang::parse);
    let mut visitor = Visitor {
        lang: asked.or_else(remembered).unwrap_or_default(),
        rights: Rights::Look,
        remote: page.house.access.remote(&request),
        here: Here::of(request.uri()),
        has_sent: false,
    };
    match page.recognise(&visitor, request.headers()) {
        Ok(rights) => {
            // A script that asks for no language reads what the program writes.
            if rights.is_script() && asked.is_none() {
                visitor.lang = Lang::chosen();
            }
            visitor.rights = rights;
        }
        Err(refusal) => return refuse(&visitor, refusal),
    }
    let is_login = visitor.here.path() == "/login";
    if !page.may_look(&visitor, request.headers()) && !is_login {
        return match (page.seal.is_some(), request.method()) {
            (false, _) => refuse(&visitor, Refusal::OtherName),
            (true, &Method::GET) => Redirect::to(&visitor.here.login()).into_response(),
            (true, _) => refuse(&visitor, Refusal::LogIn),
        };
    }
    if request.method() == Method::POST {
        match page.form(&visitor, &mut request, is_login).await {
            Ok(fields) => {
                if let Some(back) = Here::back_to(fields.text("back")).filter(|_| !is_login) {
                    (visitor.here, visitor.has_sent) = (back, true);
                }
                request.extensions_mut().insert(fields);
            }
            Err(refusal) => return refuse(&visitor, refusal),
        }
    }
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

impl Page {
    fn recognise(&self, visitor: &Visitor, headers: &HeaderMap) -> Result<Rights, Refusal> {
        let Some(seal) = &self.seal else { return Ok(Rights::Look) };
        let now = self.house.board.now();
        match self.house.access.claim(headers, visitor.remote, now) {
            Claim::None => {}
            Claim::Right(known) => return Ok(Rights::Script { known }),
            Claim::Wrong => return Err(Refusal::WrongToken),
            Claim::TooEarly(wait) => return Err(Refusal::TooManyGuesses { seconds: wait.num_seconds() }),
        }
        let session = cookie(headers, SESSION).and_then(|text| seal.session(text, now));
        Ok(session.map_or(Rights::Stranger, |session| Rights::Session {
            word: seal.form_word(&session),
            known: session.known().clone(),
        }))
    }

    fn may_look(&self, visitor: &Visitor, headers: &HeaderMap) -> bool {
        visitor.rights.known().is_some() || self.house.access.is_open_to(headers)
    }

    /// A form that this visitor may send, from a page of ours.
    async fn form(
        &self,
        visitor: &Visitor,
        request: &mut Request,
        is_login: bool,
    ) -> Result<Fields, Refusal> {
        if !visitor.rights.is_script() && !is_same_origin(request.headers()) {
            return Err(Refusal::OtherSite);
        }
        match &visitor.rights {
            Rights::Look => return Err(Refusal::NoToken),
            Rights::Stranger if !is_login => return Err(Refusal::LogIn),
            // Whoever may only look may still leave.
            rights if rights.known().is_some() && !rights.may_act() && visitor.here.path() != "/logout" => {
                return Err(Refusal::MayOnlyLook);
            }
            _ => {}
        }
        let body = std::mem::replace(request.body_mut(), Body::empty());
        let body = tokio::time::timeout(PATIENCE, to_bytes(body, LONGEST_FORM));
        let body = body.await.map_err(|_| Refusal::TooSlow)?.map_err(|_| Refusal::TooLong)?;
        let fields = Fields::of(&body);
        if let (Rights::Session { .. }, Some(seal)) = (&visitor.rights, &self.seal)
            && !is_login
        {
            let now = self.house.board.now();
            let session = cookie(request.headers(), SESSION).and_then(|text| seal.session(text, now));
            if !session.is_some_and(|session| seal.is_form_word(&session, fields.text("word"))) {
                return Err(Refusal::OldForm);
            }
        }
        Ok(fields)
    }
}

fn refuse(visitor: &Visitor, refusal: Refusal) -> Response {
    let (status, chinese, english) = match refusal {
        Refusal::WrongToken => (StatusCode::UNAUTHORIZED, "令牌不对。", "The token is wrong."),
        Refusal::TooManyGuesses { seconds } => {
            let mut response = notice::of(
                visitor,
                StatusCode::TOO_MANY_REQUESTS,
                &format!("令牌错误次数过多，请 {seconds} 秒后再试。"),
                &format!("Too many wrong tokens: try again in {seconds} s."),
            );
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            return response;
        }
        Refusal::OtherName => (
            StatusCode::FORBIDDEN,
            "未配置令牌时只能用 http://127.0.0.1 或 http://localhost 访问；如需经其他域名访问，请配置 [server] token。",
            "Without a token this page answers only to 127.0.0.1 and localhost. To reach it by another name, configure [server] token.",
        ),
        Refusal::NoToken => (
            StatusCode::FORBIDDEN,
            "当前为只读。要在页面上操作，请配置 [server] token 后重启。",
            "This page is read-only. To act here, configure [server] token and restart.",
        ),
        Refusal::LogIn => (StatusCode::FORBIDDEN, "请先用令牌登录。", "Log in with the token first."),
        Refusal::MayOnlyLook => (
            StatusCode::FORBIDDEN,
            "您的令牌只能查看，不能操作（role = \"view\"）。",
            "Your token is for looking only (role = \"view\").",
        ),
        Refusal::OtherSite => (
            StatusCode::FORBIDDEN,
            "请求来自其他网站，已拒绝。",
            "This request comes from another site and was refused.",
        ),
        Refusal::OldForm => (
            StatusCode::FORBIDDEN,
            "页面已过期，请刷新后再试。",
            "This form is out of date: load the page again and retry.",
        ),
        Refusal::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "请求过长。", "The request is too long."),
        Refusal::TooSlow => (StatusCode::REQUEST_TIMEOUT, "请求发送过慢。", "The request came too slowly."),
    };
    notice::of(visitor, status, chinese, english)
}

/// A browser says where a form comes from; what is no browser has no cookie that others could ride on.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), ..) => site == "same-origin",
        (None, Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, name)| name.eq_ignore_ascii_case(host))
        }
        (None, Some(_), None) => false,
        (None, None, _) => true,
    }
}

fn asked_language(request: &Request) -> Option<Lang> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "lang").and_then(|(_, word)| Lang::parse(&word))
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(known, _)| *known == name))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_form_of_another_site_is_known_by_what_the_browser_says() {
        let host = ("host", "127.0.0.1:8617");
        for refused in [
            headers(&[host, ("sec-fetch-site", "cross-site")]),
            headers(&[host, ("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8617")]),
            headers(&[host, ("sec-fetch-site", "none")]),
            headers(&[host, ("origin", "http://127.0.0.1:9999")]),
            headers(&[host, ("origin", "null")]),
            headers(&[("origin", "http://127.0.0.1:8617")]),
        ] {
            assert!(!is_same_origin(&refused), "{refused:?}");
        }
        for ours in [
            headers(&[host, ("sec-fetch-site", "same-origin"), ("origin", "https://books.example")]),
            headers(&[host, ("origin", "http://127.0.0.1:8617")]),
            headers(&[host]),
        ] {
            assert!(is_same_origin(&ours), "{ours:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let sent = headers(&[("cookie", "a=1; refund_sync_session=x.y; xrefund_sync_lang=en")]);
        assert_eq!(cookie(&sent, SESSION), Some("x.y"));
        assert_eq!(cookie(&sent, LANG), None);
    }
}
