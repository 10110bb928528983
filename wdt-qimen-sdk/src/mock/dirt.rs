//! Bytes of rows spoiled as gateways, old databases and buyers' texts have been seen to spoil them.

use super::world::MockRefund;

/// How the text of rows is spoiled, and of how many: drawn by each row's own text and a seed, so that a row is spoiled at
/// every call or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dirt {
    /// In which way.
    pub fault: ByteFault,
    /// How many rows of a thousand.
    pub permille: u64,
    /// Which of them.
    pub seed: u64,
}

/// One way to spoil a row's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ByteFault {
    /// A line break and a tab as they are within a string.
    RawNewline,
    /// A NUL within a string.
    Nul,
    /// A character of three bytes of which two are left.
    CutCharacter,
    /// Chinese text in GBK.
    Gbk,
    /// A byte order mark before the answer and before the row.
    Bom,
    /// An amount that is `NaN`.
    NaN,
    /// An amount that is `-Infinity`.
    Infinity,
    /// A comma behind the last member.
    TrailingComma,
    /// An escape that JSON does not know.
    BadEscape,
    /// Half of a surrogate pair.
    LoneSurrogate,
    /// A quote within a string, not escaped.
    BareQuote,
    /// A key twice, with different values.
    DuplicateKey,
    /// The bracket that closes the row is missing.
    MissingBrace,
    /// A string that never ends.
    MissingQuote,
    /// A colon is missing behind a key.
    MissingColon,
}

impl ByteFault {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::RawNewline,
        Self::Nul,
        Self::CutCharacter,
        Self::Gbk,
        Self::Bom,
        Self::NaN,
        Self::Infinity,
        Self::TrailingComma,
        Self::BadEscape,
        Self::LoneSurrogate,
        Self::BareQuote,
        Self::DuplicateKey,
        Self::MissingBrace,
        Self::MissingQuote,
        Self::MissingColon,
    ];

    /// Whether what is meant stays plain, so that the row can be read.
    pub const fn is_plain(self) -> bool {
        !matches!(
            self,
            Self::NaN | Self::Infinity | Self::DuplicateKey | Self::MissingBrace | Self::MissingColon
        )
    }

    /// The row with a member more, or without a mark; bytes stand as private characters until [`Dirt::raw`].
    fn spoil(self, row: &str) -> String {
        let with = |member: &str| format!("{},{member}}}", &row[..row.len() - 1]);
        match self {
            Self::RawNewline => with("\"cs_remark\":\"第一行\n第二行\t\""),
            Self::Nul => with("\"cs_remark\":\"a\0b\""),
            Self::CutCharacter => with("\"cs_remark\":\"收\u{E0E6}\u{E094}\""),
            Self::Gbk => with("\"cs_remark\":\"\u{E0CA}\u{E0D5}\u{E0BB}\u{E0F5}\""),
            Self::Bom => format!("\u{FEFF}{row}"),
            Self::NaN => with("\"refund_amount\":NaN"),
            Self::Infinity => with("\"refund_amount\":-Infinity"),
            Self::TrailingComma => format!("{},}}", &row[..row.len() - 1]),
            Self::BadEscape => with("\"cs_remark\":\"C:\\dir\\xy\""),
            Self::LoneSurrogate => with("\"cs_remark\":\"\\ud83d!\""),
            Self::BareQuote => with("\"cs_remark\":\"say \"yes\" now\""),
            Self::DuplicateKey => with("\"type\":\"1\",\"type\":\"2\""),
            Self::MissingBrace => row[..row.len() - 1].to_owned(),
            Self::MissingQuote => with("\"cs_remark\":\"never ends"),
            Self::MissingColon => with("\"cs_remark\" 7"),
        }
    }
}

impl Dirt {
    /// Whether it spoils this row so that what is meant does not stay plain.
    pub fn breaks(&self, row: &MockRefund) -> bool {
        !self.fault.is_plain() && self.hits(&row.as_text())
    }

    /// A row's text, spoiled if it is its turn.
    pub(super) fn escaped(dirt: Option<Self>, row: &str) -> String {
        match dirt {
            Some(dirt) if dirt.hits(row) => dirt.fault.spoil(row),
            _ => row.to_owned(),
        }
    }

    /// The bytes of an answer: the private characters that stand for bytes become them.
    pub(super) fn raw(dirt: Option<Self>, answer: &str) -> Vec<u8> {
        if dirt.is_none() {
            return answer.as_bytes().to_vec();
        }
        let mut bytes = Vec::with_capacity(answer.len());
        if dirt.is_some_and(|dirt| dirt.fault == ByteFault::Bom) {
            bytes.extend("\u{FEFF}".as_bytes());
        }
        for c in answer.chars() {
            match c {
                '\u{E080}'..='\u{E0FF}' => bytes.push((u32::from(c) & 0xFF).to_le_bytes()[0]),
                c => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        bytes
    }

    fn hits(self, row: &str) -> bool {
        // FNV-1a, so that a row's turn does not depend on the order of calls.
        let hash = row.bytes().fold(0xCBF2_9CE4_8422_2325 ^ self.seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        (hash >> 20) % 1000 < self.permille
    }
}
