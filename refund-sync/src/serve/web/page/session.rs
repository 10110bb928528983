//! What a browser gets for the token: a session to keep, and a word that every form of that session must carry.
//! A session is sealed by the token and remembered here until it ends: by itself, by logging out, or with the process.
//! What the token itself allows is in `web::access`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::serve::web::access::Known;

/// How long a session lasts: a working day.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(12);
/// How many sessions there can be; the oldest makes room.
const MOST: usize = 1_000;

/// What the token seals: sessions and forms.
pub(super) struct SessionSigner {
    key: Key<Hmac<Sha256>>,
    opened: AtomicU64,
    /// The sessions that have not ended, by their number, with when and by whom they were opened.
    open: Mutex<BTreeMap<u64, (DateTime<Utc>, Known)>>,
}

/// A session that the token has sealed. Its text is as good as the token until it ends: shown to its browser only.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Session {
    text: String,
    known: Known,
}

impl SessionSigner {
    pub(super) fn new(token: &SecretString) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        key[..32].copy_from_slice(&Sha256::digest(token.expose_secret().as_bytes()));
        Self { key, opened: AtomicU64::new(0), open: Mutex::default() }
    }

    /// A new session of this person.
    pub(super) fn open(&self, now: DateTime<Utc>, known: Known) -> Session {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let mut open = self.sessions();
        open.retain(|_, (opened, _)| now - *opened < LIFETIME);
        if open.len() >= MOST {
            open.pop_first();
        }
        open.insert(number, (now, known.clone()));
        let name = format!("{}-{number}", now.timestamp_micros());
        Session { text: format!("{name}.{}", self.hex("session", &name)), known }
    }

    /// The session that a browser shows, if the token sealed it and it has not ended.
    pub(super) fn session(&self, text: &str, now: DateTime<Utc>) -> Option<Session> {
        let (name, tag) = text.split_once('.')?;
        self.verifies("session", name, tag).then_some(())?;
        let (at, number) = name.split_once('-')?;
        let (opened, known) = self.sessions().get(&number.parse().ok()?)?.clone();
        // Of this process: the number alone begins anew with each.
        let is_ours = at.parse() == Ok(opened.timestamp_micros());
        (is_ours && opened <= now + TimeDelta::minutes(1) && now - opened < LIFETIME)
            .then(|| Session { text: text.to_owned(), known })
    }

    /// Ends a session that a browser shows: whoever kept a copy of it has nothing any more.
    pub(super) fn end(&self, text: &str, now: DateTime<Utc>) {
        if self.session(text, now).is_none() {
            return;
        }
        let number = text.split_once('.').and_then(|(name, _)| name.split_once('-')?.1.parse().ok());
        if let Some(number) = number {
            self.sessions().remove(&number);
        }
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<u64, (DateTime<Utc>, Known)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a form of this session must carry.
    pub(super) fn form_word(&self, session: &Session) -> String {
        self.hex("form", &session.text)
    }

    /// Whether a form carries it.
    pub(super) fn is_form_word(&self, session: &Session, word: &str) -> bool {
        self.verifies("form", &session.text, word)
    }

    fn verifies(&self, purpose: &str, text: &str, tag: &str) -> bool {
        base16ct::lower::decode_vec(tag).is_ok_and(|tag| self.tag(purpose, text).verify_slice(&tag).is_ok())
    }

    fn hex(&self, purpose: &str, text: &str) -> String {
        base16ct::lower::encode_string(&self.tag(purpose, text).finalize().into_bytes())
    }

    fn tag(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut tag = Hmac::new(&self.key);
        tag.update(b"refund-sync page ");
        tag.update(purpose.as_bytes());
        tag.update(b"\0");
        tag.update(text.as_bytes());
        tag
    }
}

impl Session {
    /// Whose it is.
    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    /// What the browser keeps.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for SessionSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSigner")
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Role;

    fn somebody() -> Known {
        Known { name: "财务".into(), role: Role::Act }
    }

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(500_000 + hour)
    }

    #[test]
    fn a_session_ends_and_one_that_was_touched_or_sealed_by_another_token_is_none() {
        let seal = SessionSigner::new(&"one".to_owned().into());
        let session = seal.open(at(0), somebody());
        assert_eq!(seal.session(session.text(), at(11)), Some(session.clone()));
        assert_eq!(seal.session(session.text(), at(12)), None, "over");
        assert_eq!(seal.session(session.text(), at(-1)), None, "opened in the future");
        assert_eq!(
            SessionSigner::new(&"two".to_owned().into()).session(session.text(), at(1)),
            None,
            "another token"
        );
        for place in 0..session.text().len() {
            let mut touched = session.text().to_owned().into_bytes();
            touched[place] ^= 1;
            let touched = String::from_utf8(touched).unwrap();
            assert_eq!(seal.session(&touched, at(1)), None, "{touched}");
        }
    }

    #[test]
    fn a_session_that_was_ended_is_none_and_the_others_go_on() {
        let seal = SessionSigner::new(&"one".to_owned().into());
        let (first, second) = (seal.open(at(0), somebody()), seal.open(at(0), somebody()));
        seal.end(first.text(), at(1));
        assert_eq!(seal.session(first.text(), at(1)), None);
        assert_eq!(seal.session(second.text(), at(1)), Some(second.clone()));
        let forged = second.text().replacen('.', ".0", 1);
        seal.end(&forged, at(1));
        assert!(seal.session(second.text(), at(1)).is_some(), "what is no session ends none");
    }

    #[test]
    fn a_session_of_another_process_is_none_and_a_flood_of_logins_pushes_out_the_oldest() {
        let (seal, before) =
            (SessionSigner::new(&"one".to_owned().into()), SessionSigner::new(&"one".to_owned().into()));
        let (old, kept) = (seal.open(at(0), somebody()), before.open(at(0), somebody()));
        assert!(seal.session(kept.text(), at(1)).is_some(), "the same token, number and instant");
        let kept = before.open(at(0) + TimeDelta::microseconds(1), somebody());
        assert_eq!(seal.session(kept.text(), at(1)), None);
        for _ in 0..MOST {
            seal.open(at(1), somebody());
        }
        assert_eq!(seal.session(old.text(), at(1)), None);
        assert_eq!(seal.sessions().len(), MOST);
    }

    #[test]
    fn the_word_of_one_session_opens_no_form_of_another() {
        let seal = SessionSigner::new(&"one".to_owned().into());
        let (first, second) = (seal.open(at(0), somebody()), seal.open(at(0), somebody()));
        assert!(seal.is_form_word(&first, &seal.form_word(&first)));
        assert!(!seal.is_form_word(&first, &seal.form_word(&second)));
        assert!(!seal.is_form_word(&first, first.text()));
        assert!(!seal.is_form_word(&first, ""));
    }

    #[test]
    fn nothing_that_is_printed_for_debugging_opens_anything() {
        let seal = SessionSigner::new(&"right token".to_owned().into());
        let printed = format!("{seal:?} {:?}", seal.open(at(0), somebody()));
        assert_eq!(printed, "SessionSigner Session");
    }
}
