//! How a document stood when a person looked at it: what was decided by that look is refused once it stands otherwise.

use sha2::{Digest as _, Sha256};

use super::document::Document;
use super::parking::Parking;

/// A word for what a person saw of a document: another row, state, cause or decision gives another word.
pub fn seen(document: &Document) -> String {
    let parking = document.parking.as_ref().and_then(Parking::kept);
    let decision = document.decision.as_ref().and_then(|decision| serde_json::to_string(decision).ok());
    let text = format!(
        "{}\n{}\n{:?}\n{}\n{parking:?}\n{:?}\n{decision:?}",
        document.refund_no,
        document.state,
        document.version.modified,
        document.version.asked_at.timestamp_micros(),
        document.fid,
    );
    base16ct::lower::encode_string(&Sha256::digest(text.as_bytes())[..8])
}
