//! `fix` and `fix_zh`, as JSON has a remedy that is written down as [`Text::parted`] takes it.

use serde::{Serialize as _, Serializer};

use super::Text;

#[derive(serde::Serialize)]
struct Keys<'a> {
    fix: &'a str,
    fix_zh: &'a str,
}

pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let Text { zh, en } = Text::parted(text);
    Keys { fix: &en, fix_zh: &zh }.serialize(serializer)
}
