//! What the page consists of besides its text, built into the program.

use axum::Router;
use axum::http::header;
use axum::routing::get;

/// Long enough for a visit, short enough for an update.
const KEPT: &str = "public, max-age=300";

pub(super) fn router() -> Router {
    Router::new()
        .route("/style.css", asset("text/css; charset=utf-8", include_str!("../../../../assets/style.css")))
        .route(
            "/script.js",
            asset("text/javascript; charset=utf-8", include_str!("../../../../assets/script.js")),
        )
        .route("/icon.svg", asset("image/svg+xml", include_str!("../../../../assets/icon.svg")))
}

fn asset(kind: &'static str, text: &'static str) -> axum::routing::MethodRouter {
    get(async move || ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, KEPT)], text))
}
