//! What surrounds every page: language, who is logged in, what was just done. The layout is `templates/layout.html`.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::lang::{Lang, figure};
use super::state::Shown;
use super::visitor::{Rights, Visitor};
use super::words;
use crate::text::shown_lines;

/// What surrounds a page.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) lang: Lang,
    pub(super) title: String,
    /// What there was to see when the page was made; empty for pages that do not live.
    pub(super) seen: String,
    /// How many documents wait for a person; empty where that was not looked up.
    pub(super) parked: String,
    /// The same with what differs from 金蝶, for the title.
    pub(super) waiting: String,
    pub(super) may_act: bool,
    pub(super) is_session: bool,
    /// The name of whoever is logged in; empty where there is none.
    pub(super) user: String,
    pub(super) may_log_in: bool,
    /// What the forms of this session carry.
    pub(super) word: String,
    /// This place, the same in the other language, and where to log in.
    pub(super) back: String,
    pub(super) other: String,
    pub(super) login: String,
    pub(super) path: String,
    /// What was just ordered, and what became of it.
    pub(super) done: Option<Done>,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) text: String,
    /// Something still waits for a person.
    pub(super) is_warning: bool,
    /// Nothing more will come of it.
    pub(super) is_over: bool,
}

impl Done {
    pub(super) fn of(text: String) -> Self {
        Self { text, is_warning: false, is_over: false }
    }
}

impl Frame {
    /// For a page that stays as it is.
    pub(super) fn plain(visitor: &Visitor, title: &str) -> Self {
        let (here, lang) = (&visitor.here, visitor.lang);
        Self {
            lang,
            title: title.to_owned(),
            seen: String::new(),
            parked: String::new(),
            waiting: String::new(),
            may_act: visitor.rights.may_act(),
            is_session: matches!(visitor.rights, Rights::Session { .. }),
            user: visitor.name(),
            may_log_in: visitor.rights == Rights::Stranger,
            word: match &visitor.rights {
                Rights::Session { word, .. } => word.clone(),
                _ => String::new(),
            },
            back: here.back(),
            other: here.in_lang(lang.other()),
            login: here.login(),
            path: here.path().to_owned(),
            done: here.done().and_then(|word| {
                let what = words::action(word, lang);
                // A word that is none of ours is nobody's business to show.
                (what != word).then(|| Done::of(format!("{}{what}", lang.of("已受理：", "Accepted: "))))
            }),
        }
    }

    /// It is one of the desk's lists.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.path.as_str(), "/parked" | "/in_progress" | "/decided" | "/filtered" | "/flagged")
    }

    /// For a page that is kept true while it is open.
    pub(super) fn live(visitor: &Visitor, title: &str, shown: &Shown) -> Self {
        let told = |count: u64| Some(count).filter(|count| *count > 0).map(figure).unwrap_or_default();
        let (parked, open) = (shown.parked(), shown.open_differences().count);
        Self {
            seen: shown.seen.clone(),
            parked: told(parked),
            waiting: told(parked + open),
            ..Self::plain(visitor, title)
        }
    }
}

/// How good or bad something is; a class of the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    Calm,
    Good,
    Busy,
    Warn,
    Bad,
}

impl Tone {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// The template as an answer.
pub(super) fn html<T: Template>(template: &T) -> Response {
    match template.render() {
        // What is escaped for HTML may still turn the direction of writing.
        Ok(text) => {
            let text = shown_lines(&text).into_owned();
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, message_zh = "页面无法生成", "a page cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
