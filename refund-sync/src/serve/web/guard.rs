//! Stands before health and metrics: for whatever has no session of a browser.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::access::Claim;
use super::app_state::AppState;
use crate::lang::told;

/// Lets through who may look; for whatever has no session of a browser.
pub(super) async fn see(State(house): State<AppState>, request: Request, next: Next) -> Response {
    let access = &house.access;
    match access.claim(request.headers(), access.remote(&request), house.board.now()) {
        Claim::Right(_) => next.run(request).await,
        Claim::TooEarly(wait) => {
            let advice = told!("令牌错误次数过多，请稍后再试\n", "too many wrong tokens: try again later\n");
            let wait = [(header::RETRY_AFTER, wait.num_seconds().to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait, advice).into_response()
        }
        Claim::None if access.is_open_to(request.headers()) => next.run(request).await,
        Claim::None if access.is_for_nobody() => {
            let advice = told!(
                "请用 http://127.0.0.1 访问，或配置 [server] token。\n",
                "Ask for 127.0.0.1 or localhost, or configure a token.\n"
            );
            (StatusCode::FORBIDDEN, advice).into_response()
        }
        Claim::None | Claim::Wrong => {
            let advice = told!(
                "需要令牌，或令牌不对：Authorization: Bearer …\n",
                "the token is missing or wrong: Authorization: Bearer …\n"
            );
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], advice).into_response()
        }
    }
}
