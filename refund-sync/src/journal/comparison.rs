//! The bill that was sent beside the bill that was found: customer, date, the lines as a multiset, and apart from these the
//! further fields. Order, prices and notes are 金蝶's to normalise. A cell that could not be read proves nothing, and takes
//! no other cell with it.

use std::collections::BTreeMap;

use super::found::{CUSTOMER, DATE, Difference, FoundBill, FoundLine};
use crate::model::{BillLine, Field, ReturnBill, SentCell};

/// Every point in which `theirs` is not what was sent, as far as it can be seen: first what the promise rests on, then the
/// further fields.
pub(super) fn compare(ours: &ReturnBill, theirs: &FoundBill) -> (Vec<Difference>, Vec<Difference>) {
    let of_head = ours.head.iter().chain(&ours.finance).flat_map(Field::cells);
    let mut further: Vec<_> =
        of_head.filter_map(|cell| field_difference("", &cell, &theirs.further)).collect();
    let mut differences = Vec::new();
    let mut head = |what: &str, ours: String, theirs: Option<String>| {
        if let Some(theirs) = theirs.filter(|theirs| *theirs != ours) {
            differences.push(Difference { what: what.into(), ours, theirs });
        }
    };
    head(CUSTOMER, ours.customer.clone(), theirs.customer.clone());
    head(DATE, ours.date.to_string(), theirs.date.map(|date| date.to_string()));
    if let Some(lines) = &theirs.lines {
        let (lines, fields) = line_differences(&ours.lines, lines);
        differences.extend(lines);
        further.extend(fields);
    }
    (differences, further)
}

/// A further field that was sent and that 金蝶 has otherwise, or not at all.
fn field_difference(place: &str, sent: &SentCell, found: &BTreeMap<String, String>) -> Option<Difference> {
    let theirs = found.get(&sent.column).filter(|theirs| !sent.agrees(theirs))?;
    let (key, theirs) = (sent.column.split('.').next().unwrap_or_default(), theirs.trim());
    Some(Difference {
        what: format!("field 字段 {key}{place}"),
        ours: sent.text.clone(),
        theirs: if theirs.is_empty() { "-".to_owned() } else { theirs.to_owned() },
    })
}

/// The further fields of a line that 金蝶 has otherwise.
fn fields_of_line(ours: &BillLine, theirs: &FoundLine) -> Vec<Difference> {
    let place = format!(" ({})", ours.material);
    let sent = ours.further_cells();
    sent.iter().filter_map(|cell| field_difference(&place, cell, &theirs.further)).collect()
}

impl FoundLine {
    /// What decides whether it is ours could be read.
    pub(super) fn is_readable(&self) -> bool {
        self.material.is_some() && self.quantity.is_some() && self.amount.is_some()
    }

    /// How many of the cells that are compared could be read.
    fn legibility(&self) -> usize {
        let cells = [self.material.is_some(), self.quantity.is_some(), self.amount.is_some()];
        cells.into_iter().filter(|is_read| *is_read).count()
    }

    /// Nothing that could be read speaks against its being `ours`.
    fn may_be(&self, ours: &BillLine) -> bool {
        self.material.as_ref().is_none_or(|material| *material == ours.material)
            && self.quantity.is_none_or(|quantity| quantity == ours.quantity)
            && self.amount.is_none_or(|amount| amount == ours.amount)
            && self.has_the_unit_of(ours)
    }

    /// Pieces were sent. Where the unit was sent it tells, else the quantity in the material's own unit does: a box of
    /// twelve is two boxes there and 24 pieces here.
    fn has_the_unit_of(&self, ours: &BillLine) -> bool {
        match (&ours.unit, &self.unit) {
            (Some(ours), Some(theirs)) => ours == theirs,
            // A site that does not fill it says 0.
            _ => self.base_quantity.is_none_or(|base| base.is_zero() || base == ours.quantity),
        }
    }

    /// `2 × = 119.8`; where the unit is another one, `2 Box (= 24) × = 119.8`: 24 of the material's own. It is kept, so it
    /// speaks no language.
    fn text(&self, ours: Option<&BillLine>) -> String {
        let figure = |value: Option<rust_decimal::Decimal>| {
            value.map_or_else(|| "?".to_owned(), |value| value.normalize().to_string())
        };
        let (quantity, amount) = (figure(self.quantity), figure(self.amount));
        if ours.is_none_or(|ours| self.has_the_unit_of(ours)) {
            return format!("{quantity} × = {amount}");
        }
        let unit = self.unit.as_deref().unwrap_or("?");
        match self.base_quantity.filter(|base| self.quantity != Some(*base)) {
            Some(base) => format!("{quantity} {unit} (= {}) × = {amount}", base.normalize()),
            None if ours.is_some_and(|ours| ours.unit.is_some()) => format!("{quantity} {unit} × = {amount}"),
            None => format!("{quantity} × = {amount}"),
        }
    }
}

/// The lines by material, those that are on one side only, and the further fields of those that are on both. Whatever can
/// be read in full finds its own first, so that a line of which less can be seen takes what is left; of lines that are the
/// same but for their further fields each finds its own before any takes another's.
fn line_differences(ours: &[BillLine], theirs: &[FoundLine]) -> (Vec<Difference>, Vec<Difference>) {
    let mut left: Vec<&BillLine> = ours.iter().collect();
    let mut most_legible: Vec<&FoundLine> = theirs.iter().collect();
    most_legible.sort_by_key(|line| std::cmp::Reverse(line.legibility()));
    most_legible.retain(|line| {
        let own = |ours: &&BillLine| line.may_be(ours) && fields_of_line(ours, line).is_empty();
        left.iter().position(own).map(|place| left.remove(place)).is_none()
    });
    let (mut extra, mut fields) = (Vec::new(), Vec::new());
    for line in most_legible {
        match left.iter().position(|ours| line.may_be(ours)) {
            Some(place) => fields.extend(fields_of_line(left.remove(place), line)),
            None => extra.push(line),
        }
    }
    let mut by_material: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for line in extra {
        let material = line.material.as_deref().unwrap_or("?");
        let sent = ours.iter().find(|ours| ours.material == material);
        by_material.entry(material).or_default().1.push(line.text(sent));
    }
    for line in left {
        let text = format!("{} × = {}", line.quantity.normalize(), line.amount.normalize());
        by_material.entry(&line.material).or_default().0.push(text);
    }
    let or_none = |parts: &mut Vec<String>| {
        parts.sort_unstable();
        if parts.is_empty() { "-".into() } else { parts.join(" + ") }
    };
    let lines = by_material.into_iter().map(|(material, (mut missing, mut extra))| Difference {
        what: format!("line 明细 {material}"),
        ours: or_none(&mut missing),
        theirs: or_none(&mut extra),
    });
    (lines.collect(), fields)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    /// Of the lines themselves.
    fn differences(ours: &[BillLine], theirs: &[FoundLine]) -> Vec<Difference> {
        line_differences(ours, theirs).0
    }

    fn sent(material: &str, quantity: i64, cents: i64) -> BillLine {
        BillLine {
            source: 0,
            material: material.into(),
            quantity: quantity.into(),
            must_quantity: quantity.into(),
            tax_price: Decimal::ZERO,
            amount: Decimal::new(cents, 2),
            free: None,
            tax_rate: None,
            unit: None,
            stock: "CK01".into(),
            ..BillLine::default()
        }
    }

    fn found(material: Option<&str>, quantity: Option<i64>, cents: Option<i64>) -> FoundLine {
        FoundLine {
            material: material.map(str::to_owned),
            quantity: quantity.map(Decimal::from),
            amount: cents.map(|cents| Decimal::new(cents, 2)),
            ..FoundLine::default()
        }
    }

    #[test]
    fn a_cell_that_cannot_be_read_takes_no_other_with_it() {
        let ours = [sent("A", 2, 100), sent("B", 1, 50)];
        let masked = [found(None, Some(1), Some(50)), found(Some("A"), Some(2), None)];
        assert!(differences(&ours, &masked).is_empty());
        let nothing = [found(None, None, None), found(None, None, None)];
        assert!(differences(&ours, &nothing).is_empty());
        let other = [found(None, Some(1), Some(50)), found(Some("A"), Some(3), None)];
        let points = differences(&ours, &other);
        assert_eq!(points.len(), 1);
        assert!(points[0].what.ends_with('A') && points[0].theirs == "3 × = ?", "{points:?}");
    }

    #[test]
    fn what_can_be_read_in_full_finds_its_own_before_what_cannot() {
        let ours = [sent("A", 2, 100), sent("A", 2, 200)];
        let theirs = [found(Some("A"), Some(2), None), found(Some("A"), Some(2), Some(100))];
        assert!(differences(&ours, &theirs).is_empty());
        let missing = differences(&ours, &theirs[..1]);
        assert_eq!((missing.len(), missing[0].theirs.as_str()), (1, "-"));
    }

    #[test]
    fn a_box_is_not_a_piece() {
        let boxed = FoundLine {
            unit: Some("Box".into()),
            base_quantity: Some(24.into()),
            ..found(Some("A"), Some(2), Some(100))
        };
        let points = differences(&[sent("A", 2, 100)], std::slice::from_ref(&boxed));
        assert!(points[0].theirs.contains("Box") && points[0].theirs.contains("24"), "{points:?}");
        let wished = BillLine { unit: Some("Box".into()), ..sent("A", 2, 100) };
        assert!(differences(&[wished], &[boxed]).is_empty());
        let untold = FoundLine { base_quantity: Some(Decimal::ZERO), ..found(Some("A"), Some(2), Some(100)) };
        assert!(differences(&[sent("A", 2, 100)], &[untold]).is_empty());
    }

    fn noted(line: BillLine, note: &str) -> BillLine {
        let json = format!("\"{note}\"");
        BillLine { further: vec![Field { key: "FNote".into(), json }], ..line }
    }

    fn answered(line: FoundLine, note: &str) -> FoundLine {
        FoundLine { further: [("FNote".to_owned(), note.to_owned())].into(), ..line }
    }

    #[test]
    fn a_further_field_that_was_dropped_or_changed_is_named_with_its_key_and_is_no_difference_of_the_line() {
        let ours = [noted(sent("A", 1, 100), "x")];
        for (theirs, told) in [("", "-"), ("y", "y")] {
            let (lines, fields) =
                line_differences(&ours, &[answered(found(Some("A"), Some(1), Some(100)), theirs)]);
            assert!(lines.is_empty(), "{lines:?}");
            assert_eq!(fields.len(), 1);
            assert!(fields[0].what.contains("FNote") && fields[0].ours == "x" && fields[0].theirs == told);
        }
        let unread = found(Some("A"), Some(1), Some(100));
        assert_eq!(line_differences(&ours, &[unread]), (Vec::new(), Vec::new()));
    }

    #[test]
    fn of_lines_that_are_the_same_but_for_a_further_field_each_finds_its_own() {
        let ours = [noted(sent("A", 1, 100), "x"), noted(sent("A", 1, 100), "y")];
        let same = || found(Some("A"), Some(1), Some(100));
        let turned = [answered(same(), "y"), answered(same(), "x")];
        assert_eq!(line_differences(&ours, &turned), (Vec::new(), Vec::new()));
        let (_, fields) = line_differences(&ours, &[answered(same(), ""), answered(same(), "x")]);
        assert_eq!(fields.iter().map(|point| point.ours.as_str()).collect::<Vec<_>>(), ["y"]);
    }

    #[test]
    fn what_the_stock_in_brought_is_compared_as_well() {
        let ours = BillLine {
            lot: Some("B1".into()),
            produced: chrono::NaiveDate::from_ymd_opt(2026, 1, 2),
            ..sent("A", 1, 100)
        };
        let told = [("FLot.FNumber".to_owned(), "B1".to_owned()), ("FProduceDate".to_owned(), String::new())];
        let theirs = FoundLine { further: told.into(), ..found(Some("A"), Some(1), Some(100)) };
        let (_, fields) = line_differences(&[ours], &[theirs]);
        assert_eq!(fields.len(), 1);
        assert!(fields[0].what.contains("FProduceDate"), "{fields:?}");
    }
}
