//! Tables on the terminal: columns that line up whatever the script, figures at their right.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::lang::{Lang, Text};
use crate::text::shown;

/// A column: what it is called, and how wide it is at most.
pub(super) struct Column {
    title: Text,
    most: usize,
    is_figure: bool,
}

impl Column {
    /// Of words.
    pub(super) const fn text(zh: &'static str, en: &'static str, most: usize) -> Self {
        Self { title: Text::new(zh, en), most, is_figure: false }
    }

    /// Of figures, which stand at the right.
    pub(super) const fn figure(zh: &'static str, en: &'static str) -> Self {
        Self { title: Text::new(zh, en), most: usize::MAX, is_figure: true }
    }
}

/// The lines of a table: its titles, then a line a row. Every text is made fit for a terminal first.
pub(super) fn lines<const N: usize>(columns: &[Column; N], rows: &[[String; N]]) -> Vec<String> {
    let titles = columns.each_ref().map(|column| Cow::Borrowed(column.title.get(Lang::chosen())));
    let cells = |row: &[String; N]| {
        let mut cells: [Cow<'_, str>; N] = std::array::from_fn(|_| Cow::Borrowed(""));
        for (place, text) in row.iter().enumerate() {
            cells[place] = Cow::Owned(cut(&shown(text), columns[place].most));
        }
        cells
    };
    let all: Vec<[Cow<'_, str>; N]> = std::iter::once(titles).chain(rows.iter().map(cells)).collect();
    let widths: [usize; N] =
        std::array::from_fn(|place| all.iter().map(|row| row[place].width()).max().unwrap_or(0));
    all.iter()
        .map(|row| {
            let mut line = String::new();
            for (place, cell) in row.iter().map(AsRef::as_ref).enumerate() {
                let cell: &str = cell;
                let blanks = " ".repeat(widths[place] - cell.width());
                let blanks = blanks.as_str();
                let parts = if columns[place].is_figure { [blanks, cell] } else { [cell, blanks] };
                line.extend(parts);
                line.push_str("  ");
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// As much of a text as fits, with a mark where something is missing.
fn cut(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 1;
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        if width > most {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_any_script_and_figures_stand_at_the_right() {
        let columns = [
            Column::text("店铺", "shop", 8),
            Column::figure("金额", "yuan"),
            Column::text("原因", "cause", 20),
        ];
        let row =
            |shop: &str, money: &str, cause: &str| [shop.to_owned(), money.to_owned(), cause.to_owned()];
        let told =
            lines(&columns, &[row("旗舰店铺北京", "¥ 9.00", "a"), row("S1\n\u{1b}[2J", "¥ 12,652.79", "")]);
        assert_eq!(
            told,
            ["shop             yuan  cause", "旗舰店…        ¥ 9.00  a", "S1\\n\\u{…  ¥ 12,652.79"]
        );
    }
}
