//! Bodies: a request's, which is there at once, and an answer's, which comes in pieces.

use bytes::{Buf, Bytes, BytesMut};
use futures_util::FutureExt;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Collected, Full};

use super::marks::{BoxError, TooLarge};

/// The body of a request, as layers see it.
pub type RequestBody = Full<Bytes>;

/// The body of an answer, as layers see it.
pub type ReplyBody = UnsyncBoxBody<Bytes, BoxError>;

/// A body that an answer of a transport may have: [`Bytes`], or anything that is an [`http_body::Body`]. `M` only tells
/// the two apart; nobody names it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no body of an answer",
    note = "a transport answers with `http::Response<Bytes>`, or with a body that is an `http_body::Body`"
)]
pub trait AnswerBody<M> {
    /// The body as the client reads it.
    fn into_reply_body(self) -> ReplyBody;
}

/// Marks a body that is there at once: see [`AnswerBody`].
#[derive(Debug)]
pub enum Whole {}

/// Marks a body that comes in pieces: see [`AnswerBody`].
#[derive(Debug)]
pub enum Streamed {}

impl AnswerBody<Whole> for Bytes {
    fn into_reply_body(self) -> ReplyBody {
        Full::new(self).map_err(|never| match never {}).boxed_unsync()
    }
}

impl<B> AnswerBody<Streamed> for B
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn into_reply_body(self) -> ReplyBody {
        let to_bytes = |mut data: B::Data| data.copy_to_bytes(data.remaining());
        self.map_frame(move |frame| frame.map_data(to_bytes)).map_err(Into::into).boxed_unsync()
    }
}

/// The bytes of a body that is there at once.
pub(crate) fn whole(body: RequestBody) -> Bytes {
    body.collect().now_or_never().and_then(Result::ok).map(Collected::to_bytes).unwrap_or_default()
}

/// Reads an answer's body to its end; [`TooLarge`] where that lies beyond the limit.
pub(crate) async fn read(mut body: ReplyBody, limit: usize) -> Result<Bytes, BoxError> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // What is no data is a trailer.
        let Ok(data) = frame?.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(TooLarge { limit }.into());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}
