//! The bill that a scheme would have sent beside ours, field by field, and why they differ where they do.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::bill::{Cell, Flat, find};
use super::carry::{Carry, Import, Outcome};
use super::interpret::{Answer, lines};
use super::json::Node;
use super::scheme::Reads;
use crate::lang::Text;

/// How two values stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same for 金蝶.
    Same,
    /// The scheme asks another scheme, we a table: the same once the table says so.
    ByTable,
    /// They differ, for a known reason.
    Differs,
    /// They differ, and nothing says why.
    Unexplained,
}

/// One field of both bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// `FDate`, `FEntity[1].FTaxPrice`
    pub path: String,
    /// What the scheme would have sent; `None`: nothing.
    pub scheme: Option<String>,
    /// What we send; `None`: nothing.
    pub ours: Option<String>,
    /// How they stand to each other.
    pub verdict: Verdict,
    /// Why they differ.
    #[serde(flatten, with = "crate::lang::message")]
    pub reason: Text,
}

/// Our bill as it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// Its JSON.
    pub bill: &'a Node,
    /// Of which line of the return each of its rows came.
    pub sources: &'a [usize],
}

/// Compares the bills of a row: a return, or a stock-in where the scheme reads those, and then the return it belongs to.
pub fn compare(import: &Import, row: &Node, refund: &Node, ours: Ours<'_>) -> Vec<Compared> {
    let scheme = Flat::of_scheme(&import.scheme, row);
    let mine = Flat::of_ours(ours.bill);
    let mut compared = Vec::new();
    let comparison = Comparison { import };
    comparison.cells("", &scheme.head, &mine.head, "", &mut compared);
    let sources = sources_of(import, row, refund);
    let mut unused: Vec<usize> = (0..mine.rows.len()).collect();
    let empty = Vec::new();
    for (index, cells) in scheme.rows.iter().enumerate() {
        let source = sources.get(index).copied().flatten();
        let beside =
            unused.iter().position(|row| ours.sources.get(*row).copied() == source && source.is_some());
        let beside = beside.map(|at| unused.remove(at));
        let theirs = beside.and_then(|row| mine.rows.get(row)).unwrap_or(&empty);
        let place = format!("FEntity[{}].", beside.map_or(index, |row| row) + 1);
        if beside.is_none() {
            compared.push(left_out(&place, find(cells, "FMaterialId")));
        } else {
            comparison.cells(&place, cells, theirs, "FEntity.", &mut compared);
        }
    }
    for row in unused {
        let Some(cells) = mine.rows.get(row) else { continue };
        compared.push(Compared {
            path: format!("FEntity[{}]", row + 1),
            scheme: None,
            ours: find(cells, "FMaterialId").map(Answer::shown),
            verdict: Verdict::Differs,
            reason: Text::new(
                "一行拆成了几行：没有一个单价能还原整行的金额，或货进了几个仓库、批次",
                "one line became several: no one price gives its money back, or its goods arrived in several places or batches",
            ),
        });
    }
    compared
}

fn left_out(place: &str, material: Option<&Answer>) -> Compared {
    Compared {
        path: place.trim_end_matches('.').to_owned(),
        scheme: material.map(Answer::shown),
        ours: None,
        verdict: Verdict::Differs,
        reason: Text::new("数量和金额都是 0 的行不写", "a line with neither quantity nor money is left out"),
    }
}

/// The line of the return that each row of the scheme's bill stands for.
fn sources_of(import: &Import, row: &Node, refund: &Node) -> Vec<Option<usize>> {
    if import.scheme.reads() != Reads::Stockins {
        return (0..lines(row).len()).map(Some).collect();
    }
    let of_refund = lines(refund);
    let source = |detail: &Node| {
        let (id, spec) = (detail.text_of("src_order_detail_id"), detail.text_of("spec_no"));
        let by_id = of_refund.iter().position(|line| !id.is_empty() && line.text_of("order_id") == id);
        by_id.or_else(|| of_refund.iter().position(|line| line.text_of("spec_no") == spec))
    };
    lines(row).iter().map(source).collect()
}

struct Comparison<'a> {
    import: &'a Import,
}

impl Comparison<'_> {
    /// The scheme's fields in its order, then what only we send.
    fn cells(&self, place: &str, theirs: &[Cell], ours: &[Cell], prefix: &str, compared: &mut Vec<Compared>) {
        for cell in theirs {
            let mine = find(ours, &cell.path);
            let path = format!("{prefix}{}", cell.path);
            let (verdict, reason) = self.judge(&path, Some(&cell.value), mine, theirs, ours);
            compared.push(Compared {
                path: format!("{place}{}", cell.path),
                scheme: Some(cell.value.shown()),
                ours: mine.map(Answer::shown),
                verdict,
                reason,
            });
        }
        for cell in ours.iter().filter(|cell| find(theirs, &cell.path).is_none()) {
            let path = format!("{prefix}{}", cell.path);
            let (verdict, reason) = self.judge(&path, None, Some(&cell.value), theirs, ours);
            compared.push(Compared {
                path: format!("{place}{}", cell.path),
                scheme: None,
                ours: Some(cell.value.shown()),
                verdict,
                reason,
            });
        }
    }

    fn judge(
        &self,
        path: &str,
        theirs: Option<&Answer>,
        ours: Option<&Answer>,
        their_row: &[Cell],
        our_row: &[Cell],
    ) -> (Verdict, Text) {
        if let (Some(theirs), Some(ours)) = (theirs, ours)
            && is_same(theirs, ours)
        {
            return (Verdict::Same, Text::default());
        }
        let carry = self.carry(path);
        if let (Some(Answer::Asked(_)), Some(carry)) = (theirs, carry)
            && carry.outcome == Outcome::Table
        {
            return (Verdict::ByTable, carry.why.clone());
        }
        if path.eq_ignore_ascii_case("FEntity.FTaxPrice")
            && let Some(reason) = by_money(their_row, our_row)
        {
            return (Verdict::Differs, reason);
        }
        if theirs.is_none()
            && let Some(reason) = by_ours(path)
        {
            return (Verdict::Differs, reason);
        }
        match carry {
            Some(carry) if !carry.why.zh.is_empty() => (Verdict::Differs, carry.why.clone()),
            Some(carry) if self.import.scheme.reads() == Reads::Stockins && !carry.setting.is_empty() => {
                (Verdict::Differs, of_another_row(carry))
            }
            _ => (Verdict::Unexplained, Text::new("没有找到原因：请核对", "nothing says why: check this")),
        }
    }

    /// What became of the field, or of the one it lies in.
    fn carry(&self, path: &str) -> Option<&Carry> {
        let is_of = |carry: &&Carry| {
            let known = carry.path();
            path.len() >= known.len()
                && path.get(..known.len()).is_some_and(|head| head.eq_ignore_ascii_case(&known))
                && matches!(path.as_bytes().get(known.len()), None | Some(b'.'))
        };
        self.import.carries.iter().filter(|carry| carry.section.is_of_the_bill()).find(is_of)
    }
}

/// The same for 金蝶: a figure, a day, a text.
fn is_same(theirs: &Answer, ours: &Answer) -> bool {
    let (theirs, ours) = (theirs.shown(), ours.shown());
    let figure = |text: &str| Decimal::from_str_exact(text.trim()).ok();
    let is_day = |text: &str| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
    if theirs.trim() == ours.trim() {
        return true;
    }
    if let (Some(theirs), Some(ours)) = (theirs.get(..10), ours.get(..10))
        && is_day(theirs)
        && theirs == ours
    {
        return true;
    }
    // A number of base data with zeros in front is no figure.
    let has_zeros = |text: &str| text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
    !has_zeros(&theirs)
        && !has_zeros(&ours)
        && figure(&theirs).is_some_and(|theirs| figure(&ours) == Some(theirs))
}

/// The scheme takes it from a stock-in, we from the return that it belongs to.
fn of_another_row(carry: &Carry) -> Text {
    Text::of(
        format!("方案取入库单的 {}；本程序按 {} 取自退换单，那里的值不同或为空", carry.value, carry.setting),
        format!(
            "the scheme takes the stock-in's {}; here {} takes it from the return, which has another value or none",
            carry.value, carry.setting
        ),
    )
}

/// What the two prices come to with their quantities.
fn by_money(theirs: &[Cell], ours: &[Cell]) -> Option<Text> {
    let product = |cells: &[Cell]| {
        let figure = |path| Decimal::from_str_exact(&find(cells, path)?.shown()).ok();
        let money = figure("FRealQty")?.checked_mul(figure("FTaxPrice")?)?;
        Some(money.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    };
    let (theirs, ours) = (product(theirs)?, product(ours)?);
    Some(if theirs == ours {
        Text::of(
            format!("单价写法不同，价税合计同为 {ours}"),
            format!("another price that comes to the same amount, {ours}"),
        )
    } else {
        Text::of(
            format!("原方案的价税合计是 {theirs}，本程序是 {ours}：逐分还原该行分到的退款"),
            format!(
                "the scheme's row comes to {theirs}, ours to {ours}: the cents of the refund that the line has"
            ),
        )
    })
}

/// Why we send what the scheme does not.
fn by_ours(path: &str) -> Option<Text> {
    let key = path.rsplit('.').next().unwrap_or(path).to_lowercase();
    Some(match key.as_str() {
        "fthirdbillno" | "fthirdbillid" | "fthirdsrctype" => {
            Text::new("本程序的标记，用来认出自己写的单据", "our mark, by which a bill is known as ours")
        }
        "fisincludedtax" => Text::new("写明单价含税", "says that the price includes tax"),
        "fmustqty" => Text::new("应退数量：退货数量", "what was asked back"),
        "fisfree" => Text::new("退款为 0 的行是赠品", "a line without money is free"),
        "frowtype" | "fstockstatusid" | "freturntype" | "fbilltypeid" | "fsettlecurrid" => {
            Text::new("写明金蝶的默认值", "says what is 金蝶's default")
        }
        "fownertypeidhead" | "fowneridhead" | "fownertypeid" | "fownerid" => {
            Text::new("写明货主：库存组织", "says the owner: the stock organisation")
        }
        "fdeliverydate" => Text::new("退货日期：单据日期", "the bill's date"),
        "fheadnote" => Text::new(
            "备注写原始单号、平台退款单号、系统订单号，便于查回旺店通；可用 [pipeline.mapping.head] 改写",
            "the note names the order numbers that lead back to 旺店通; [pipeline.mapping.head] can say otherwise",
        ),
        "fdate" => Text::new("方案没有给出日期：按 date_from", "the scheme gives no date: by date_from"),
        "fentrytaxrate" => Text::new("按 tax_rate", "by tax_rate"),
        "fsaleorgid" | "fstockorgid" | "fsettleorgid" => Text::new(
            "方案没有给出组织：按 sale_org、stock_org、settle_org",
            "the scheme gives no organisation: by sale_org, stock_org, settle_org",
        ),
        "fretcustid" => {
            Text::new("方案没有给出客户：按 customers", "the scheme gives no customer: by customers")
        }
        "fmaterialid" => {
            Text::new("方案没有给出物料：按 materials", "the scheme gives no material: by materials")
        }
        "fstockid" => {
            Text::new("方案没有给出仓库：按 warehouses", "the scheme gives no warehouse: by warehouses")
        }
        "frealqty" => {
            Text::new("方案没有给出数量：按 quantity_from", "the scheme gives no quantity: by quantity_from")
        }
        "ftaxprice" => {
            Text::new("方案没有给出单价：按 amount_from", "the scheme gives no price: by amount_from")
        }
        _ => return None,
    })
}
