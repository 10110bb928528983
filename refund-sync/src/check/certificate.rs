//! What a person wants to know of a server's certificate: who signed it, and until when it is valid. Whether it is to be
//! trusted is rustls's to say: nothing here decides anything.

use chrono::{DateTime, NaiveDateTime, Utc};

/// Tags of DER.
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANISATION: [u8; 3] = [0x55, 0x04, 0x0A];

/// A certificate, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The common name of who signed it, or its organisation; empty if it has neither.
    pub(super) issuer: String,
    /// Until when it is valid.
    pub(super) until: DateTime<Utc>,
}

impl Certificate {
    /// Reads an X.509 certificate (RFC 5280, section 4.1). `None`: it is none that can be read.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate, _) = value(der)?;
        let (_, body, _) = value(certificate)?;
        let (tag, _, rest) = value(body)?;
        let after_version = if tag == VERSION { rest } else { body };
        let (_, _serial, rest) = value(after_version)?;
        let (_, _algorithm, rest) = value(rest)?;
        let (_, issuer, rest) = value(rest)?;
        let (_, validity, _) = value(rest)?;
        let (_, _from, rest) = value(validity)?;
        let (tag, until, _) = value(rest)?;
        let issuer = name(issuer, COMMON_NAME).or_else(|| name(issuer, ORGANISATION)).unwrap_or_default();
        Some(Self { issuer, until: time(tag, until)? })
    }
}

/// The first value of a text of DER: its tag, its content, and what comes after it.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(first) {
        short @ 0..=0x7F => (short, rest),
        long => {
            let digits = long - 0x80;
            if !(1..=4).contains(&digits) {
                return None;
            }
            let (bytes, rest) = rest.split_at_checked(digits)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The first part of a name that is of this kind.
fn name(mut parts: &[u8], kind: [u8; 3]) -> Option<String> {
    while let Some((SET, part, rest)) = value(parts) {
        parts = rest;
        let Some((SEQUENCE, pair, _)) = value(part) else { continue };
        let (_, found, rest) = value(pair)?;
        if found == kind {
            return String::from_utf8(value(rest)?.1.to_vec()).ok();
        }
    }
    None
}

/// UTCTime or GeneralizedTime, in UTC as RFC 5280 wants both.
fn time(tag: u8, digits: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(digits).ok()?.strip_suffix('Z')?;
    let text = match tag {
        // Two digits of the year: from 50 on the last century.
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => text.to_owned(),
    };
    NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%S").ok().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut der = vec![tag];
        match content.len() {
            short @ 0..=0x7F => der.push(u8::try_from(short).unwrap()),
            long => der.extend([0x82, u8::try_from(long >> 8).unwrap(), u8::try_from(long & 0xFF).unwrap()]),
        }
        der.extend(content);
        der
    }

    fn made(issuer: &[(&[u8], &str)], until: (u8, &str)) -> Vec<u8> {
        let part = |(kind, text): &(&[u8], &str)| {
            der(SET, &der(SEQUENCE, &[der(0x06, kind), der(0x0C, text.as_bytes())].concat()))
        };
        let issuer: Vec<u8> = issuer.iter().flat_map(part).collect();
        let validity = [der(UTC_TIME, b"240101000000Z"), der(until.0, until.1.as_bytes())].concat();
        let body = [
            der(VERSION, &der(0x02, &[2])),
            der(0x02, &[1; 200]),
            der(SEQUENCE, &[]),
            der(SEQUENCE, &issuer),
            der(SEQUENCE, &validity),
        ];
        der(SEQUENCE, &der(SEQUENCE, &body.concat()))
    }

    #[test]
    fn who_signed_and_until_when_is_read_and_what_is_cut_is_not() {
        let whole = made(&[(&ORGANISATION, "机构"), (&COMMON_NAME, "R11")], (UTC_TIME, "261231235959Z"));
        let read = Certificate::read(&whole).unwrap();
        assert_eq!(
            (read.issuer.as_str(), read.until.to_rfc3339().as_str()),
            ("R11", "2026-12-31T23:59:59+00:00")
        );
        for end in 0..whole.len() {
            assert_eq!(Certificate::read(&whole[..end]), None);
        }
        let nameless = made(&[(&ORGANISATION, "机构")], (0x18, "20510101000000Z"));
        let read = Certificate::read(&nameless).unwrap();
        assert_eq!(
            (read.issuer.as_str(), read.until.to_rfc3339().as_str()),
            ("机构", "2051-01-01T00:00:00+00:00")
        );
    }
}
