//! The fields of 旺店通 as schemes name them, and as our rules do.

use super::scheme::Reads;
use crate::model::named::{LINE, NAMED, NamedField, is_about_people};

/// What the fields of a line begin with in a scheme.
const LISTS: [&str; 3] = ["refund_order_list", "details_list", "detail_list"];

/// Names that differ: theirs on a return, ours.
const OF_RETURNS: [(&str, &str); 4] = [
    ("trade_no", "sales_tid"),
    ("src_refund_no", "src_no"),
    ("src_tids", "tid"),
    ("refund_order_list.trade_no", "line.sales_tid"),
];

/// Theirs on a stock-in, ours.
const OF_STOCKINS: [(&str, &str); 10] = [
    ("order_no", "stockin_no"),
    ("stockin_no", "stockin_no"),
    ("src_order_no", "refund_no"),
    ("trade_no", "sales_tid"),
    ("trade_no_list", "sales_tid"),
    ("src_tids", "tid"),
    ("src_refund_no", "src_no"),
    ("created_time", "created"),
    ("details_list.src_order_detail_id", "line.order_id"),
    ("details_list.src_tid", "line.tid"),
];

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// One of our documented fields.
    Ours(&'static NamedField),
    /// Somebody's data.
    Person,
    /// A value of 轻易云's own: the time of the last run and the like.
    Own,
    /// None that is known; the nearest ones.
    Unknown(Vec<&'static str>),
}

/// What a scheme's field is here.
pub(super) fn named(path: &str, reads: Reads) -> Named {
    let aliases: &[(&str, &str)] = if reads == Reads::Stockins { &OF_STOCKINS } else { &OF_RETURNS };
    let ours = match aliases.iter().find(|(theirs, _)| *theirs == path) {
        Some((_, ours)) => (*ours).to_owned(),
        None => ours(path),
    };
    if is_about_people(&ours) {
        return Named::Person;
    }
    if let Some(field) = NamedField::of(&ours) {
        return Named::Ours(field);
    }
    if path.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
        return Named::Own;
    }
    Named::Unknown(nearest(&ours))
}

/// `refund_order_list.spec_no` is `line.spec_no`.
fn ours(path: &str) -> String {
    match key_of_line(path) {
        Some(key) => format!("{LINE}{key}"),
        None => path.to_owned(),
    }
}

/// The name behind the list, for a field of a line: `refund_order_list.spec_no`, or with an underline where a scheme
/// flattens its lists.
pub(super) fn key_of_line(path: &str) -> Option<&str> {
    LISTS.into_iter().chain(["line"]).find_map(|list| {
        let rest = path.strip_prefix(list)?;
        rest.strip_prefix('.').or_else(|| rest.strip_prefix('_').filter(|_| list != "line"))
    })
}

/// A constant that is a field's name: it lost its braces.
pub(super) fn lost_its_braces(text: &str, reads: Reads) -> bool {
    text.contains('_')
        && text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'))
        && !LISTS.contains(&text)
        && matches!(named(text, reads), Named::Ours(_))
}

fn nearest(name: &str) -> Vec<&'static str> {
    let mut ranked: Vec<_> = NAMED
        .iter()
        .map(|field| (strsim::damerau_levenshtein(name, field.name), field.name))
        .filter(|(distance, _)| *distance <= name.len().div_ceil(3))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
}
