//! What `init` wrote as an example and nobody changed: named by `check`, which would call it sound otherwise.

use super::reader::{Section, Setting, Shape};
use crate::lang::Text;

/// A key of a section, and what its value is as long as it is the example's.
type Example = (&'static str, fn(&str) -> bool);

const WDT: [Example; 2] = [("sid", |text| text == "shop2"), ("app_key", |text| text == "23000000")];

const KINGDEE: [Example; 3] = [
    ("base_url", |text| text.contains("//erp.example.com")),
    ("acct_id", |text| text.contains('…') || text == "65f0000000000000"),
    ("app_id", |text| text.contains('…') || text.ends_with("_00000000000000000000000000000000")),
];

/// Names the examples that stand in `[pipeline.wdt]` and `[pipeline.kingdee]`.
pub(super) fn name(wdt: &Section<'_>, kingdee: &Section<'_>) {
    for (section, examples) in [(wdt, &WDT[..]), (kingdee, &KINGDEE[..])] {
        for (key, is_example) in examples {
            let setting = section.get(key, Shape::Text).map(Setting::hide);
            let Some(setting) = setting else { continue };
            if setting.value().as_str().is_some_and(is_example) {
                setting.leave(
                    Text::new("是示例值，不是实际值", "is an example, not yours"),
                    Text::new("请改成实际值", "write your own"),
                );
            }
        }
    }
}

/// Whether a row of a table is the example's: its note says so.
pub(super) fn is_example_row(cells: &[&str]) -> bool {
    cells.iter().any(|cell| matches!(*cell, "示例店铺 example shop" | "示例仓库 example warehouse"))
}
