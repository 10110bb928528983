//! Which language this process speaks where it writes lines for everybody: one of the two, or both as long as nobody said.
//! A page asks its visitor instead, and JSON always tells both.

use std::sync::OnceLock;

use super::Lang;

/// Which language lines are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LangChoice {
    /// Both: nobody said which.
    #[default]
    Both,
    /// One.
    One(Lang),
}

static CHOSEN: OnceLock<LangChoice> = OnceLock::new();

impl LangChoice {
    /// The choice for `zh`, `en` or `both`.
    pub fn parse(word: &str) -> Option<Self> {
        if word == "both" { Some(Self::Both) } else { Lang::parse(word).map(Self::One) }
    }

    /// What the environment says: `REFUND_SYNC_LANG`, else `LANG` where it names a language that we speak.
    pub fn of_environment(own: Option<&str>, locale: Option<&str>) -> Self {
        let of_locale = |locale: &str| {
            Self::parse(locale.split(['_', '.', '@']).next()?).filter(|one| *one != Self::Both)
        };
        own.and_then(Self::parse).or_else(|| of_locale(locale?)).unwrap_or_default()
    }

    /// The language where a text can only be in one; English as long as nobody said.
    pub(crate) fn one(self) -> Lang {
        match self {
            Self::Both => Lang::English,
            Self::One(lang) => lang,
        }
    }

    /// From now on, for this process. The first choice holds.
    pub(crate) fn choose(self) {
        // A second call changes nothing: what was written is written.
        let _ = CHOSEN.set(self);
    }

    /// What was chosen.
    pub(crate) fn chosen() -> Self {
        CHOSEN.get().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_variable_comes_first_and_a_locale_counts_where_it_names_a_language() {
        let (zh, en) = (LangChoice::One(Lang::Chinese), LangChoice::One(Lang::English));
        for (own, locale, wanted) in [
            (None, None, LangChoice::Both),
            (None, Some("zh_CN.UTF-8"), zh),
            (None, Some("en_GB"), en),
            (None, Some("C.UTF-8"), LangChoice::Both),
            (None, Some("both"), LangChoice::Both),
            (Some("en"), Some("zh_CN.UTF-8"), en),
            (Some("both"), Some("zh_CN.UTF-8"), LangChoice::Both),
            (Some("klingon"), Some("zh_CN.UTF-8"), zh),
        ] {
            assert_eq!(LangChoice::of_environment(own, locale), wanted, "{own:?} {locale:?}");
        }
    }
}
