//! The answer to a decision that was not taken: why, and the same form again. What may be decided is `page::decide`'s.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::decide::{Form, reason};
use super::frame::{Frame, html};
use super::lang::money;
use super::notice;
use super::state::Page;
use super::visitor::{Fields, Visitor};
use crate::lang::Text;

/// A decision that was not taken: why, and the same form again with what was typed.
#[derive(Debug, askama::Template)]
#[template(path = "undecided.html")]
struct Undecided {
    frame: Frame,
    text: String,
    pipeline: String,
    refund_no: String,
    /// How it stands: state, amount, date.
    standing: String,
    form: Form,
}

impl Page {
    /// The answer to a decision that was not taken: a person is asked again, as the return stands now, and keeps what was
    /// typed.
    pub(super) async fn not_decided(
        &self,
        visitor: &Visitor,
        fields: &Fields,
        status: StatusCode,
        why: &Text,
    ) -> Response {
        let (pipeline, refund_no, lang) = (fields.text("pipeline"), fields.text("subject"), visitor.lang);
        let lives = match self.house.journal.store() {
            Ok(store) => store.life(refund_no).await,
            Err(error) => Err(error),
        };
        let life = lives.ok().into_iter().flatten().find(|life| life.pipeline == pipeline);
        let Some(life) = life.filter(|_| visitor.has_sent && !visitor.rights.is_script()) else {
            return notice::of(visitor, status, &why.zh, &why.en);
        };
        let standing = [
            Some(life.state.title().get(lang).to_owned()),
            life.amount.map(money),
            life.date.clone(),
            life.reasons.first().map(|reason| reason.message.get(lang).to_owned()),
        ];
        let page = Undecided {
            frame: Frame::plain(visitor, notice::title(status).get(lang)),
            text: why.get(lang).to_owned(),
            pipeline: pipeline.to_owned(),
            refund_no: refund_no.to_owned(),
            standing: standing.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            form: Form {
                note: reason(fields.text("note")),
                bill: fields.text("bill").to_owned(),
                is_open: true,
                ..Form::of(&life, lang)
            },
        };
        (status, html(&page)).into_response()
    }
}
