//! The numbers that mapping tables lack, one entry each: how much waits for it, and what is to be filled in.

use super::lang::{Lang, figure, money};
use super::link;
use super::listed::Listed;
use super::words::named;
use crate::model::{MissingCount, MissingKey, Names};
use crate::serve::filling::Filling;
use crate::store::List;

/// So many are shown; those that most money waits for come first.
pub(super) const MOST: usize = 20;

/// One number that a table lacks.
#[derive(Debug)]
pub(super) struct MissingLine {
    /// Its place on the page; the first is 1.
    pub(super) place: usize,
    pub(super) pipeline: String,
    /// Nothing around it says which pipeline it is of, and there are several.
    pub(super) says_pipeline: bool,
    pub(super) table: String,
    pub(super) key: String,
    /// `店铺 S003 旗舰店 未对照`
    pub(super) title: String,
    pub(super) count: String,
    pub(super) yuan: String,
    /// How many of these lack another number, too; empty where none does.
    pub(super) shared: String,
    /// What is to be filled in: 金蝶客户编码.
    pub(super) wanted: &'static str,
    /// One of the returns: number and address.
    pub(super) example: (String, String),
    /// All that wait for this number.
    pub(super) all: String,
    /// Where it is filled in without a script; `None`: only in the file.
    pub(super) form: Option<String>,
    /// What is to be done where it is filled in the file only.
    pub(super) by_hand: String,
}

impl MissingLine {
    pub(super) fn of(
        (place, found): (usize, &MissingCount),
        filling: Option<&Filling>,
        names: Option<&Names>,
        back: &str,
        lang: Lang,
    ) -> Self {
        let MissingCount { pipeline, missing, returns, yuan: amount, shared, example } = found;
        let MissingKey { table, key, out_of_validity } = missing;
        // A key whose rows have all ended goes on the day after the last of them.
        let can_fill = filling.is_some_and(|filling| filling.can_fill(table));
        let title = if *out_of_validity {
            let name = called((table, key), filling, names, lang);
            match lang {
                Lang::Chinese => format!("{name} 不在有效期内"),
                Lang::English => format!("{name} has no row for that day"),
            }
        } else {
            title((table, key), filling, names, lang)
        };
        let query = [("pipeline", pipeline.as_str()), ("table", table), ("key", key), ("back", back)];
        let all = Listed {
            pipeline: Some(pipeline.clone()),
            missing: Some((table.clone(), key.clone())),
            ..Listed::plain(List::Parked)
        };
        Self {
            place,
            pipeline: pipeline.clone(),
            says_pipeline: false,
            table: table.clone(),
            key: key.clone(),
            title,
            count: figure(*returns),
            yuan: money(*amount),
            shared: if *shared > 0 { figure(*shared) } else { String::new() },
            wanted: wanted(table, lang),
            example: (example.clone(), link::refund(example)),
            all: all.address(),
            form: can_fill.then(|| link::to("/fill", &query)),
            by_hand: by_hand((table, key), filling, lang),
        }
    }
}

/// `店铺 S003 旗舰店 未对照`
pub(super) fn title(
    missing: (&str, &str),
    filling: Option<&Filling>,
    names: Option<&Names>,
    lang: Lang,
) -> String {
    let name = called(missing, filling, names, lang);
    match lang {
        Lang::Chinese => format!("{name} 未对照"),
        Lang::English => format!("{name} is not mapped"),
    }
}

/// What the number that is lacking is called, where that is known.
pub(super) fn known<'n>(
    (table, key): (&str, &str),
    filling: Option<&Filling>,
    names: Option<&'n Names>,
) -> Option<&'n str> {
    let by_customer = filling.is_some_and(Filling::by_customer);
    let known = names.and_then(|names| match table {
        "customers" if by_customer => None,
        "customers" | "orgs" => names.shops.get(key),
        "warehouses" => names.warehouses.get(key),
        _ => None,
    });
    known.map(String::as_str)
}

/// `店铺 S003 旗舰店`
fn called(
    (table, key): (&str, &str),
    filling: Option<&Filling>,
    names: Option<&Names>,
    lang: Lang,
) -> String {
    let by_customer = filling.is_some_and(Filling::by_customer);
    let known = known((table, key), filling, names);
    format!("{} {}", subject(table, by_customer, lang), named(key, known))
}

/// What the keys of a table are.
pub(super) fn subject(table: &str, by_customer: bool, lang: Lang) -> String {
    let told = match table {
        "customers" if by_customer => lang.of("客户", "Customer"),
        "customers" | "orgs" => lang.of("店铺", "Shop"),
        "materials" => lang.of("商品", "Goods"),
        "warehouses" => lang.of("仓库", "Warehouse"),
        "tax_rate" => lang.of("税率：物料", "Tax rate: material"),
        _ => return format!("{table}:"),
    };
    told.to_owned()
}

/// What is to be filled in.
pub(super) fn wanted(table: &str, lang: Lang) -> &'static str {
    match table {
        "customers" => lang.of("金蝶客户编码", "customer number of 金蝶"),
        "materials" => lang.of("金蝶物料编码", "material number of 金蝶"),
        "warehouses" => lang.of("金蝶仓库编码", "warehouse number of 金蝶"),
        _ => lang.of("金蝶编码", "number of 金蝶"),
    }
}

/// What is to be done where the page does not write the table.
pub(super) fn by_hand((table, key): (&str, &str), filling: Option<&Filling>, lang: Lang) -> String {
    let wanted = wanted(table, lang);
    let file = filling.and_then(|filling| filling.tables.get(table));
    let name = file.and_then(|file| file.path.file_name()).map(|name| name.to_string_lossy().into_owned());
    match (name, lang) {
        (Some(name), Lang::Chinese) if filling.is_some_and(|filling| filling.is_workbook(table)) => format!(
            "对照表是 Excel 工作簿，页面不写入：用 Excel 打开 {name}，加一行 {key} 和{wanted}，保存；随后自动重新载入，相关退换单继续处理。"
        ),
        (Some(name), Lang::English) if filling.is_some_and(|filling| filling.is_workbook(table)) => format!(
            "The table is an Excel workbook, which the page does not write: open {name} in Excel, add a row with {key} and the {wanted}, save it; it is then read again by itself, and the returns go on."
        ),
        (Some(name), Lang::Chinese) => {
            format!("请在 {name} 中补上 {key} 并保存；随后自动重新载入。")
        }
        (Some(name), Lang::English) => {
            format!("Add {key} to {name} and save it; it is then read again by itself.")
        }
        (None, Lang::Chinese) => {
            format!("对照写在配置文件里：请管理员在其中补上 {key}，再重新载入配置。")
        }
        (None, Lang::English) => {
            format!(
                "The table stands in the configuration itself: have {key} added there, and the configuration reloaded."
            )
        }
    }
}
