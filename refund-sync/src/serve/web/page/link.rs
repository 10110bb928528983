//! Addresses within the page: where a visitor is, where a link leads, where a form may send the browser back to.

use std::fmt::Write as _;

use axum::http::Uri;
use url::form_urlencoded;

use super::lang::Lang;

/// What was asked for: the path and the query, without the words that concern one answer only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Here {
    path: String,
    query: Vec<(String, String)>,
    done: Option<String>,
    order: Option<u64>,
}

impl Here {
    pub(super) fn of(uri: &Uri) -> Self {
        let mut query: Vec<(String, String)> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let done = query.iter().find(|(name, _)| name == "done").map(|(_, word)| word.clone());
        let order =
            query.iter().find(|(name, _)| name == "order").and_then(|(_, number)| number.parse().ok());
        query.retain(|(name, _)| name != "lang" && name != "done" && name != "order");
        Self { path: uri.path().to_owned(), query, done, order }
    }

    /// The place where a form says that it was filled in; `None` where it says none of ours.
    pub(super) fn back_to(back: &str) -> Option<Self> {
        if back.is_empty() || checked(back) != back {
            return None;
        }
        back.parse().ok().map(|uri| Self::of(&uri))
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The value of a query's key; `None` when it is absent or empty.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        let value = self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// What was just done, according to the form that led here.
    pub(super) fn done(&self) -> Option<&str> {
        self.done.as_deref()
    }

    /// The number of the order whose outcome is to be told.
    pub(super) fn order(&self) -> Option<u64> {
        self.order
    }

    /// The same in another language.
    pub(super) fn in_lang(&self, lang: Lang) -> String {
        self.with(&[("lang", lang.word())])
    }

    /// This very place.
    pub(super) fn back(&self) -> String {
        self.with(&[])
    }

    /// Where to log in, and come back from.
    pub(super) fn login(&self) -> String {
        to("/login", &[("back", &self.back())])
    }

    /// This place with other values for some keys of its query.
    pub(super) fn with(&self, more: &[(&str, &str)]) -> String {
        let is_new = |name: &str| more.iter().any(|(other, _)| *other == name);
        let own = self.query.iter().filter(|(name, _)| !is_new(name));
        let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
        to(&self.path, &own.chain(more.iter().copied()).collect::<Vec<_>>())
    }
}

/// A path with a query.
pub(super) fn to(path: &str, query: &[(&str, &str)]) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

/// The page of one return.
pub(super) fn refund(refund_no: &str) -> String {
    under("/refund/", refund_no)
}

/// A name as one part of a path below another.
pub(super) fn under(folder: &str, name: &str) -> String {
    let mut path = folder.to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// Where a form may lead to: a place on this page, or else its beginning.
pub(super) fn checked(back: &str) -> &str {
    let is_path = back.starts_with('/') && !back.starts_with("//");
    let is_plain = back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain { back } else { "/" }
}

/// The place with the word for what was just done, and the number of the order whose outcome is told there.
pub(super) fn done(back: &str, word: &str, order: Option<u64>) -> String {
    let back = checked(back);
    let joint = if back.contains('?') { '&' } else { '?' };
    let order = order.map_or_else(String::new, |order| format!("&order={order}"));
    format!("{back}{joint}done={word}{order}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_nowhere_but_to_this_page() {
        for foreign in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x",
            "javascript:x",
        ] {
            assert_eq!(checked(foreign), "/", "{foreign:?}");
        }
        assert_eq!(checked("/parked?cause=unmapped"), "/parked?cause=unmapped");
        assert_eq!(
            done("/parked?cause=unmapped", "retry", Some(7)),
            "/parked?cause=unmapped&done=retry&order=7"
        );
    }

    #[test]
    fn a_number_with_anything_in_it_stays_one_part_of_the_path() {
        assert_eq!(refund("TK-1_2"), "/refund/TK-1_2");
        assert_eq!(refund("a/b?c#d&<退>"), "/refund/a%2Fb%3Fc%23d%26%3C%E9%80%80%3E");
    }

    #[test]
    fn another_language_keeps_the_place_and_forgets_what_was_done() {
        let here = Here::of(&"/parked?cause=a%26b&lang=zh&done=retry".parse().unwrap());
        assert_eq!(here.in_lang(Lang::English), "/parked?cause=a%26b&lang=en");
        assert_eq!((here.asked("cause"), here.done()), (Some("a&b"), Some("retry")));
        assert_eq!(here.login(), "/login?back=%2Fparked%3Fcause%3Da%2526b");
    }
}
