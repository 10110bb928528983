//! What the journal keeps as one text: decoded when it is first asked for, and then never again; written again only when
//! it changed. Copies share it.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that the journal keeps as one text, or none.
#[derive(Debug)]
pub struct Kept<T> {
    inner: Option<Arc<Inner<T>>>,
    /// It is not what the journal holds.
    has_changed: bool,
}

#[derive(Debug)]
struct Inner<T> {
    packed: Option<Packed>,
    text: OnceLock<Option<String>>,
    value: OnceLock<Option<T>>,
}

/// What a store holds in place of the text, and what makes the text of it.
#[derive(Debug)]
struct Packed {
    bytes: Vec<u8>,
    unpack: fn(&[u8]) -> Option<String>,
}

impl<T> Inner<T> {
    fn of(text: OnceLock<Option<String>>, value: OnceLock<Option<T>>) -> Self {
        Self { packed: None, text, value }
    }

    /// The text that the journal holds.
    fn stored(&self) -> Option<&str> {
        match &self.packed {
            Some(Packed { bytes, unpack }) => self.text.get_or_init(|| unpack(bytes)),
            None => self.text.get()?,
        }
        .as_deref()
    }
}

impl<T> Kept<T> {
    /// As the journal holds it.
    pub fn stored(text: Option<String>) -> Self {
        let inner = |text| Inner::of(OnceLock::from(Some(text)), OnceLock::new());
        Self { inner: text.map(inner).map(Arc::new), has_changed: false }
    }

    /// As the journal holds it: packed. It is unpacked when it is first asked for.
    pub fn packed(bytes: Vec<u8>, unpack: fn(&[u8]) -> Option<String>) -> Self {
        let inner =
            Inner { packed: Some(Packed { bytes, unpack }), ..Inner::of(OnceLock::new(), OnceLock::new()) };
        Self { inner: Some(Arc::new(inner)), has_changed: false }
    }

    /// The journal is to hold this.
    pub fn new(value: T) -> Self {
        let inner = Inner::of(OnceLock::new(), OnceLock::from(Some(value)));
        Self { inner: Some(Arc::new(inner)), has_changed: true }
    }

    /// The journal is to hold this text, whether it is one of the value or not.
    pub fn of_text(text: String) -> Self {
        Self { has_changed: true, ..Self::stored(Some(text)) }
    }

    /// The journal is to hold none.
    pub fn clear(&mut self) {
        self.has_changed |= self.inner.take().is_some();
    }

    /// There is none; a text that cannot be decoded is one.
    pub fn is_none(&self) -> bool {
        self.inner.is_none()
    }

    /// The same, once the journal holds it.
    #[must_use]
    pub fn as_stored(&self) -> Self {
        Self { inner: self.inner.clone(), has_changed: false }
    }

    /// The journal holds something else.
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T: DeserializeOwned> Kept<T> {
    /// The value; `None` also where the text is not one of it.
    pub fn get(&self) -> Option<&T> {
        let inner = self.inner.as_deref()?;
        inner.value.get_or_init(|| serde_json::from_str(inner.stored()?).ok()).as_ref()
    }
}

impl<T> Kept<T> {
    /// A part of the value: of a text that nobody has decoded yet only so much is read. `None` also where the text has no
    /// such part.
    pub fn part<P: DeserializeOwned>(&self, of: impl FnOnce(&T) -> P) -> Option<P> {
        let inner = self.inner.as_deref()?;
        match inner.value.get() {
            Some(value) => value.as_ref().map(of),
            None => serde_json::from_str(inner.stored()?).ok(),
        }
    }
}

impl<T: Serialize> Kept<T> {
    /// The text, made for this once where there is none yet.
    pub fn encoded(&self) -> Option<Cow<'_, str>> {
        let inner = self.inner.as_deref()?;
        match (inner.text.get(), inner.value.get()) {
            (None, Some(value)) if inner.packed.is_none() => {
                serde_json::to_string(value.as_ref()?).ok().map(Cow::Owned)
            }
            _ => self.text().map(Cow::Borrowed),
        }
    }

    /// The text.
    pub fn text(&self) -> Option<&str> {
        let inner = self.inner.as_deref()?;
        if inner.packed.is_some() {
            return inner.stored();
        }
        let encode = || inner.value.get()?.as_ref().and_then(|value| serde_json::to_string(value).ok());
        inner.text.get_or_init(encode).as_deref()
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { inner: None, has_changed: false }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), has_changed: self.has_changed }
    }
}

impl<T: Serialize> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<T: Serialize> Eq for Kept<T> {}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn a_text_that_is_no_value_stays_what_it_is_and_is_none_of_it() {
        let broken = Kept::<u32>::stored(Some("{\"number\":".into()));
        assert_eq!((broken.get(), broken.text()), (None, Some("{\"number\":")));
        assert!(!broken.is_none() && !broken.has_changed());
    }

    #[test]
    fn a_part_is_the_same_whether_the_whole_was_decoded_or_not() {
        type Pair = std::collections::BTreeMap<String, u32>;
        #[derive(Debug, PartialEq, Deserialize)]
        struct Part {
            one: u32,
        }
        let part = |kept: &Kept<Pair>| kept.part(|pair| Part { one: pair["one"] });
        let kept = Kept::<Pair>::stored(Some(r#"{"one":1,"two":2}"#.into()));
        assert_eq!(part(&kept), Some(Part { one: 1 }));
        assert_eq!(kept.get().map(Pair::len), Some(2));
        assert_eq!(part(&kept), Some(Part { one: 1 }));
        assert_eq!(part(&Kept::stored(Some("{".into()))), None);
        assert_eq!(part(&Kept::default()), None);
    }

    #[test]
    fn what_is_new_has_changed_and_what_is_taken_away_as_well() {
        let kept = Kept::new(7_u32);
        assert_eq!((kept.get(), kept.text(), kept.has_changed()), (Some(&7), Some("7"), true));
        let mut kept = Kept::<u32>::stored(Some("7".into()));
        assert_eq!((kept.clone().get(), kept.has_changed()), (Some(&7), false));
        kept.clear();
        assert!(kept.is_none() && kept.has_changed());
        let mut none = Kept::<u32>::default();
        none.clear();
        assert!(!none.has_changed(), "there was none");
    }
}
