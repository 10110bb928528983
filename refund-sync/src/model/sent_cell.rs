//! Further fields as a query names them: what 金蝶 should answer for what was sent. Pure; asking is `sink`'s, comparing
//! `journal`'s.

use rust_decimal::Decimal;
use serde_json::Value;

use super::bill::{BillLine, Field};

/// A cell that tells what became of a field that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCell {
    /// The key that a query asks for: `F_X`, `FStockDeptId.FNumber`, `FStocklocId.FF100001.FNumber`.
    pub column: String,
    /// What was sent.
    pub text: String,
    /// How a query spells it is inferred: an answer without a value proves nothing.
    pub is_inferred: bool,
}

impl Field {
    /// The cells of this field.
    pub fn cells(&self) -> Vec<SentCell> {
        let mut cells = Vec::new();
        if let Ok(value) = serde_json::from_str(&self.json) {
            gather(&self.key, &value, false, &mut cells);
        }
        cells
    }
}

/// Of base data the number or name that was sent; of 仓位 and 辅助属性, whose values are sent under `NAME__FF100001` and
/// queried under `FF100001`, each value.
fn gather(column: &str, value: &Value, is_inferred: bool, cells: &mut Vec<SentCell>) {
    let text = match value {
        Value::Null | Value::Array(_) => return,
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        Value::Object(members) => {
            for (key, inner) in members {
                let own = key.rsplit_once("__").map_or(key.as_str(), |(_, own)| own);
                let own = ["FNumber", "FName"]
                    .into_iter()
                    .find(|known| known.eq_ignore_ascii_case(own))
                    .unwrap_or(own);
                gather(&format!("{column}.{own}"), inner, is_inferred || inner.is_object(), cells);
            }
            return;
        }
    };
    cells.push(SentCell { column: column.to_owned(), text, is_inferred });
}

impl BillLine {
    /// The cells of everything that this entry says besides material, quantity and money: further fields, and what the
    /// stock-in brought.
    pub fn further_cells(&self) -> Vec<SentCell> {
        let cell = |column: &str, text: Option<String>| {
            text.map(|text| SentCell { column: column.to_owned(), text, is_inferred: false })
        };
        let of_stockin = [
            cell("FLot.FNumber", self.lot.clone()),
            cell("FProduceDate", self.produced.map(|day| day.to_string())),
            cell("FExpiryDate", self.expires.map(|day| day.to_string())),
            cell("FStockstatusId.FNumber", self.stock_status.clone()),
        ];
        self.further.iter().flat_map(Field::cells).chain(of_stockin.into_iter().flatten()).collect()
    }
}

impl SentCell {
    /// What 金蝶 answers says the same: figures, flags and days in its own spelling.
    pub fn agrees(&self, found: &str) -> bool {
        let (sent, found) = (self.text.as_str(), found.trim());
        if sent == found || (self.column.contains('.') && sent.eq_ignore_ascii_case(found)) {
            return true;
        }
        let figure = |text: &str| Decimal::from_str_exact(text).ok();
        let day = |text: &str| text.parse::<chrono::NaiveDate>().is_ok();
        match sent {
            "true" => found == "1" || found.eq_ignore_ascii_case("true"),
            "false" => matches!(found, "" | "0") || found.eq_ignore_ascii_case("false"),
            _ if day(sent) => found.get(..sent.len()) == Some(sent),
            _ => figure(sent).is_some_and(|sent| figure(found) == Some(sent)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(key: &str, json: &str) -> Vec<(String, String, bool)> {
        let field = Field { key: key.to_owned(), json: json.to_owned() };
        field.cells().into_iter().map(|cell| (cell.column, cell.text, cell.is_inferred)).collect()
    }

    #[test]
    fn every_form_of_a_field_is_asked_for_as_a_query_spells_it() {
        let one = |column: &str, text: &str, inferred| vec![(column.to_owned(), text.to_owned(), inferred)];
        assert_eq!(cells("F_X", "\"a b \""), one("F_X", "a b", false));
        assert_eq!(cells("FAPI", "true"), one("FAPI", "true", false));
        assert_eq!(cells("FXSLX", "12"), one("FXSLX", "12", false));
        assert_eq!(cells("FSaledeptid", r#"{"FNUMBER":"BM1"}"#), one("FSaledeptid.FNumber", "BM1", false));
        assert_eq!(cells("FApproveBy", r#"{"FName":"张"}"#), one("FApproveBy.FName", "张", false));
        let place = r#"{"FSTOCKLOCID__FF100001":{"FNumber":"A-01"}}"#;
        assert_eq!(cells("FStocklocId", place), one("FStocklocId.FF100001.FNumber", "A-01", true));
        assert_eq!(cells("F_X", "[1]"), []);
        assert_eq!(cells("F_X", "not json"), []);
    }

    #[test]
    fn what_is_the_same_in_other_words_agrees_and_nothing_else_does() {
        let agrees = |column: &str, sent: &str, found: &str| {
            SentCell { column: column.to_owned(), text: sent.to_owned(), is_inferred: false }.agrees(found)
        };
        for (column, sent, found) in [
            ("F", "x", " x "),
            ("F", "12", "12.0000000000"),
            ("F", "true", "1"),
            ("F", "false", ""),
            ("F", "2026-11-20", "2026-11-20T00:00:00"),
            ("F.FNumber", "bm1", "BM1"),
        ] {
            assert!(agrees(column, sent, found), "{sent} {found}");
        }
        for (column, sent, found) in [
            ("F", "x", ""),
            ("F", "x", "X"),
            ("F", "12", "13"),
            ("F", "true", "false"),
            ("F", "2026-11-20", "2026-11-21T00:00:00"),
        ] {
            assert!(!agrees(column, sent, found), "{sent} {found}");
        }
    }
}
