//! Which part of which list an address asks for, and the address of each part.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::lang::Lang;
use super::link::{self, Here};
use crate::store::{List, ListQuery, SortBy};

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) list: List,
    pub(super) pipeline: Option<String>,
    pub(super) cause: Option<String>,
    /// The table and the key that what is parked waits for.
    pub(super) missing: Option<(String, String)>,
    pub(super) shop: Option<String>,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) min: Option<Decimal>,
    pub(super) max: Option<Decimal>,
    pub(super) sort: SortBy,
    pub(super) descending: bool,
    /// The first is 1.
    pub(super) page: usize,
}

impl Listed {
    /// All of a list, as it is shown first: what waits longest, or what was read last.
    pub(super) fn plain(list: List) -> Self {
        let (sort, descending) = match list {
            List::Parked => (SortBy::FirstParked, false),
            // The longest one by far: its index gives the last that were read, whatever it holds.
            List::Filtered => (SortBy::Read, true),
            List::Decided => (SortBy::Decided, true),
            List::InProgress | List::Flagged => (SortBy::Modified, true),
        };
        Self {
            list,
            pipeline: None,
            cause: None,
            missing: None,
            shop: None,
            from: None,
            to: None,
            min: None,
            max: None,
            sort,
            descending,
            page: 1,
        }
    }

    /// The list that an address names, as a page or as a file.
    pub(super) fn named(here: &Here) -> Option<List> {
        let word = here.path().rsplit('/').next().unwrap_or_default();
        List::parse(
            [".csv", ".xlsx"].into_iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word),
        )
    }

    /// What an address asks for, and what of it is not understood: that much is left out, and said.
    pub(super) fn of(here: &Here, lang: Lang) -> (Self, Vec<String>) {
        let mut listed = Self::plain(Self::named(here).unwrap_or(List::Parked));
        let mut faults = Vec::new();
        let asked = |name| here.asked(name).map(str::to_owned);
        (listed.pipeline, listed.cause, listed.shop) = (asked("pipeline"), asked("cause"), asked("shop"));
        listed.missing =
            here.asked("missing").and_then(|word| word.split_once(':')).map(|(t, k)| (t.into(), k.into()));
        (listed.from, listed.to) = (day(here, "from", lang, &mut faults), day(here, "to", lang, &mut faults));
        (listed.min, listed.max) =
            (yuan(here, "min", lang, &mut faults), yuan(here, "max", lang, &mut faults));
        if let Some(word) = here.asked("sort") {
            let (descending, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
            if let Some(sort) = SortBy::parse(word) {
                (listed.sort, listed.descending) = (sort, descending);
            }
        }
        listed.page =
            here.asked("page").and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1);
        (listed, faults)
    }

    /// For the journal, so many a page.
    pub(super) fn query(&self, limit: usize) -> ListQuery {
        ListQuery {
            list: self.list,
            pipeline: self.pipeline.clone(),
            cause: self.cause.clone(),
            missing: self.missing.clone(),
            shop_no: self.shop.clone(),
            days: (self.from, self.to),
            amounts: (self.min, self.max),
            sort: self.sort,
            descending: self.descending,
            skip: (self.page - 1).saturating_mul(limit),
            limit,
            with_orders: false,
        }
    }

    /// It is a whole cause of a pipeline: what an order for all of it concerns is what is shown.
    pub(super) fn is_whole_group(&self) -> bool {
        let group = Self {
            pipeline: self.pipeline.clone(),
            cause: self.cause.clone(),
            sort: self.sort,
            descending: self.descending,
            page: self.page,
            ..Self::plain(self.list)
        };
        *self == group
    }

    /// Something is left out.
    pub(super) fn is_narrowed(&self) -> bool {
        let all =
            Self { sort: self.sort, descending: self.descending, page: self.page, ..Self::plain(self.list) };
        *self != all
    }

    pub(super) fn sort_word(&self) -> Option<String> {
        let plain = Self::plain(self.list);
        let is_plain = (self.sort, self.descending) == (plain.sort, plain.descending);
        (!is_plain).then(|| format!("{}{}", if self.descending { "-" } else { "" }, self.sort))
    }

    pub(super) fn path(&self) -> &'static str {
        match self.list {
            List::Parked => "/parked",
            List::InProgress => "/in_progress",
            List::Decided => "/decided",
            List::Filtered => "/filtered",
            List::Flagged => "/flagged",
        }
    }

    /// Where this part is shown.
    pub(super) fn address(&self) -> String {
        self.at(self.path(), (self.page > 1).then(|| self.page.to_string()))
    }

    /// Where all of it is exported, whatever page it is on.
    pub(super) fn export(&self) -> String {
        self.at(&format!("/export{}", self.path()), None)
    }

    /// The same as a workbook; `None` in a program without them.
    pub(super) fn workbook(&self) -> Option<String> {
        cfg!(feature = "xlsx").then(|| self.at(&format!("/export{}.xlsx", self.path()), None))
    }

    /// The word for what is missing.
    pub(super) fn missing_word(&self) -> Option<String> {
        self.missing.as_ref().map(|(table, key)| format!("{table}:{key}"))
    }

    /// Where all of it is decided about.
    pub(super) fn decide(&self) -> String {
        self.at(&format!("{}/decide", self.path()), None)
    }

    fn at(&self, path: &str, page: Option<String>) -> String {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        let yuan = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
        let query = [
            ("pipeline", self.pipeline.clone()),
            ("cause", self.cause.clone()),
            ("missing", self.missing_word()),
            ("shop", self.shop.clone()),
            ("from", day(self.from)),
            ("to", day(self.to)),
            ("min", yuan(self.min)),
            ("max", yuan(self.max)),
            ("sort", self.sort_word()),
            ("page", page),
        ];
        let query: Vec<_> =
            query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        link::to(path, &query)
    }
}

fn day(here: &Here, name: &str, lang: Lang, faults: &mut Vec<String>) -> Option<NaiveDate> {
    let text = here.asked(name)?.trim();
    let day = text.parse().ok();
    if day.is_none() {
        faults.push(match lang {
            Lang::Chinese => format!("日期“{text}”无法识别，请写成 2026-11-28。"),
            Lang::English => format!("{text} is no date: write it as 2026-11-28."),
        });
    }
    day
}

/// Money as people type it: `1,000`, `¥ 12.5`, full-width figures.
fn yuan(here: &Here, name: &str, lang: Lang, faults: &mut Vec<String>) -> Option<Decimal> {
    let text = here.asked(name)?;
    let half = |c: char| match c {
        '０'..='９' | '．' | '－' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '，' | '¥' | '￥') && !c.is_whitespace())
        .map(half)
        .collect();
    let amount = plain.parse().ok();
    if amount.is_none() {
        faults.push(match lang {
            Lang::Chinese => format!("金额“{text}”无法识别，请写成 1234.50。"),
            Lang::English => format!("{text} is no amount: write it as 1234.50."),
        });
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> (Listed, Vec<String>) {
        Listed::of(&Here::of(&address.parse().unwrap()), Lang::English)
    }

    #[test]
    fn what_is_not_understood_is_said_and_left_out() {
        let (listed, faults) =
            of("/parked?from=28.11.2026&to=2026-11-30&min=many&max=1&sort=colour&page=-3&after=7");
        assert_eq!(
            faults,
            ["28.11.2026 is no date: write it as 2026-11-28.", "many is no amount: write it as 1234.50."]
        );
        let left =
            Listed { to: "2026-11-30".parse().ok(), max: Some(1.into()), ..Listed::plain(List::Parked) };
        assert_eq!(listed, left);
        assert_eq!(of("/export/flagged?page=99999999999999999999").0, Listed::plain(List::Flagged));
    }

    #[test]
    fn an_address_says_the_same_again_and_money_is_read_as_people_type_it() {
        let (listed, faults) = of(
            "/filtered?cause=4%2F90&shop=S%261&min=%EF%BF%A51%2C000.50&max=%EF%BC%92%EF%BC%90%EF%BC%90%EF%BC%90&sort=-amount&page=3",
        );
        assert_eq!(
            (listed.min, listed.max, faults),
            (Some(Decimal::new(100_050, 2)), Some(2_000.into()), vec![])
        );
        assert_eq!(of(&listed.address()).0, listed);
        assert_eq!(
            listed.export(),
            "/export/filtered?cause=4%2F90&shop=S%261&min=1000.50&max=2000&sort=-amount",
            "all of it, whatever page is shown"
        );
        assert_eq!(listed.query(50).skip, 100);
        let (waiting, _) = of("/parked?missing=customers%3AS%3A4");
        assert_eq!(waiting.missing, Some(("customers".into(), "S:4".into())));
        assert_eq!(of(&waiting.address()).0, waiting);
    }

    #[test]
    fn all_of_a_cause_is_shown_only_when_nothing_else_narrows_it_down() {
        for (address, is_whole) in [
            ("/parked?pipeline=main&cause=unmapped&sort=-amount&page=2", true),
            ("/parked?pipeline=main&cause=unmapped&shop=S1", false),
            ("/parked?pipeline=main&cause=unmapped&min=1", false),
            ("/parked?pipeline=main&cause=unmapped&missing=customers%3AS004", false),
        ] {
            assert_eq!(of(address).0.is_whole_group(), is_whole, "{address}");
        }
    }
}
