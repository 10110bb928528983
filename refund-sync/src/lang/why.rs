//! `why` and `why_zh`; a text of before there were both is the same in both.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;

#[derive(Serialize, Deserialize)]
struct Keys {
    why: String,
    #[serde(default)]
    why_zh: Option<String>,
}

pub(crate) fn serialize<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    let Text { zh, en } = text.clone();
    Keys { why: en.into_owned(), why_zh: Some(zh.into_owned()) }.serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    Keys::deserialize(deserializer).map(|Keys { why, why_zh }| match why_zh {
        Some(zh) => Text::of(zh, why),
        None => Text::same(why),
    })
}
