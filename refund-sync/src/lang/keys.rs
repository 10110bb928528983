//! A text in JSON, as two keys: `reason` in English and `reason_zh` in Chinese. A text of before there were both is the same
//! in both.

macro_rules! keys {
    ($en:ident, $zh:ident) => {
        pub(crate) mod $en {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use crate::lang::Text;

            #[derive(Serialize, Deserialize)]
            struct Keys {
                $en: String,
                #[serde(default)]
                $zh: Option<String>,
            }

            pub(crate) fn serialize<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
                let Text { zh, en } = text.clone();
                Keys { $en: en.into_owned(), $zh: Some(zh.into_owned()) }.serialize(serializer)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
                Keys::deserialize(deserializer).map(|keys| match keys.$zh {
                    Some(zh) => Text::of(zh, keys.$en),
                    None => Text::same(keys.$en),
                })
            }
        }
    };
}

keys!(message, message_zh);
keys!(reason, reason_zh);
#[cfg(feature = "tools")]
keys!(advice, advice_zh);
#[cfg(feature = "reconcile")]
keys!(why, why_zh);
