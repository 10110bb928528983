//! The bill that was sent beside the bill that was found: customer, date, and the lines as a multiset. Order, prices and
//! notes are 金蝶's to normalise. A cell that could not be read proves nothing, and takes no other cell with it.

use std::collections::BTreeMap;

use super::found::{CUSTOMER, DATE, Difference, FoundBill, FoundLine};
use crate::model::{BillLine, ReturnBill};

/// Every point in which `theirs` is not what was sent, as far as it can be seen.
pub(super) fn compare(ours: &ReturnBill, theirs: &FoundBill) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut head = |what: &str, ours: String, theirs: Option<String>| {
        if let Some(theirs) = theirs.filter(|theirs| *theirs != ours) {
            differences.push(Difference { what: what.into(), ours, theirs });
        }
    };
    head(CUSTOMER, ours.customer.clone(), theirs.customer.clone());
    head(DATE, ours.date.to_string(), theirs.date.map(|date| date.to_string()));
    differences.extend(theirs.lines.iter().flat_map(|lines| line_differences(&ours.lines, lines)));
    differences
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

    /// `2 × = 119.8`, with the unit where it is another one.
    fn text(&self, ours: Option<&BillLine>) -> String {
        let figure = |value: Option<rust_decimal::Decimal>| {
            value.map_or_else(|| "?".to_owned(), |value| value.normalize().to_string())
        };
        let text = format!("{} × = {}", figure(self.quantity), figure(self.amount));
        if ours.is_none_or(|ours| self.has_the_unit_of(ours)) {
            return text;
        }
        let (unit, base) = (self.unit.as_deref().unwrap_or("?"), figure(self.base_quantity));
        format!("{text} (unit 单位 {unit}, in base units 基本单位数量 {base})")
    }
}

/// The lines by material, those that are on one side only. Whatever can be read in full finds its own first, so that a
/// line of which less can be seen takes what is left.
fn line_differences(ours: &[BillLine], theirs: &[FoundLine]) -> Vec<Difference> {
    let mut left: Vec<&BillLine> = ours.iter().collect();
    let mut most_legible: Vec<&FoundLine> = theirs.iter().collect();
    most_legible.sort_by_key(|line| std::cmp::Reverse(line.legibility()));
    let mut extra = Vec::new();
    for line in most_legible {
        match left.iter().position(|ours| line.may_be(ours)) {
            Some(place) => drop(left.remove(place)),
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
    by_material
        .into_iter()
        .map(|(material, (mut missing, mut extra))| Difference {
            what: format!("line 明细 {material}"),
            ours: or_none(&mut missing),
            theirs: or_none(&mut extra),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

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
        assert!(line_differences(&ours, &masked).is_empty());
        let nothing = [found(None, None, None), found(None, None, None)];
        assert!(line_differences(&ours, &nothing).is_empty());
        let other = [found(None, Some(1), Some(50)), found(Some("A"), Some(3), None)];
        let points = line_differences(&ours, &other);
        assert_eq!(points.len(), 1);
        assert!(points[0].what.ends_with('A') && points[0].theirs == "3 × = ?", "{points:?}");
    }

    #[test]
    fn what_can_be_read_in_full_finds_its_own_before_what_cannot() {
        let ours = [sent("A", 2, 100), sent("A", 2, 200)];
        let theirs = [found(Some("A"), Some(2), None), found(Some("A"), Some(2), Some(100))];
        assert!(line_differences(&ours, &theirs).is_empty());
        let missing = line_differences(&ours, &theirs[..1]);
        assert_eq!((missing.len(), missing[0].theirs.as_str()), (1, "-"));
    }

    #[test]
    fn a_box_is_not_a_piece() {
        let boxed = FoundLine {
            unit: Some("Box".into()),
            base_quantity: Some(24.into()),
            ..found(Some("A"), Some(2), Some(100))
        };
        let points = line_differences(&[sent("A", 2, 100)], std::slice::from_ref(&boxed));
        assert!(points[0].theirs.contains("Box") && points[0].theirs.contains("24"), "{points:?}");
        let wished = BillLine { unit: Some("Box".into()), ..sent("A", 2, 100) };
        assert!(line_differences(&[wished], &[boxed]).is_empty());
        let untold = FoundLine { base_quantity: Some(Decimal::ZERO), ..found(Some("A"), Some(2), Some(100)) };
        assert!(line_differences(&[sent("A", 2, 100)], &[untold]).is_empty());
    }
}
