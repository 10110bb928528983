//! References to base data (基础资料): by number, in the vendor's different spellings.
//! What the references stand for is in the forms.

use serde::{Deserialize, Serialize};

use crate::fields::members::from_member;

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $key:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name {
            /// The number (编码) or name.
            #[serde(rename = $key)]
            pub value: String,
        }

        impl<T: Into<String>> From<T> for $name {
            fn from(value: T) -> Self {
                Self { value: value.into() }
            }
        }
    };
}

reference! {
    /// Base data by number: `{"FNumber":"…"}`.
    Number, "FNumber"
}
reference! {
    /// Base data by number, in capitals as the template writes it for the bill type: `{"FNUMBER":"…"}`.
    NumberUpper, "FNUMBER"
}
reference! {
    /// A contact by name: `{"FNAME":"…"}`.
    Name, "FNAME"
}

from_member!(Number, NumberUpper, Name);
