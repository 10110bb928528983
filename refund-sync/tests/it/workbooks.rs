//! Workbooks for accountants, opened again by a reader of another make: texts are texts, money is a number, sums are the
//! journal's and 金蝶's, nothing is a formula.

mod every_cause;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::returns::{line, many, plain, set_line, with_lines};
use crate::scene::Scene;

/// Every cell of every sheet: its kind (`s` text, `n` number, `d` day, `f` formula) and its value as text.
const READ: &str = r#"
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
cell = lambda c: [c.data_type, "" if c.value is None else str(c.value)]
print(json.dumps({s.title: [[cell(c) for c in row] for row in s.iter_rows()] for s in book.worksheets}))
"#;

/// Types a text into a cell of the first sheet, as a person does.
const TYPE: &str = r"
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
book.worksheets[0][sys.argv[2]] = sys.argv[3]
book.save(sys.argv[1])
";

/// The workbook as openpyxl reads it; `None`, loudly, where that is not installed.
pub(crate) fn read(path: &Path) -> Option<Value> {
    openpyxl(READ, &[path.to_str().unwrap()]).map(|told| serde_json::from_slice(&told).unwrap())
}

/// Types a text into a cell (`B2`) of the first sheet.
pub(crate) fn type_into(path: &Path, cell: &str, text: &str) {
    openpyxl(TYPE, &[path.to_str().unwrap(), cell, text]);
}

/// What a script tells that uses openpyxl.
fn openpyxl(script: &str, args: &[&str]) -> Option<Vec<u8>> {
    // Debian's own Python knows Debian's packages; another one may come first on the path.
    for python in ["/usr/bin/python3", "python3"] {
        let has_it = Command::new(python).args(["-c", "import openpyxl"]).output();
        if has_it.is_ok_and(|done| done.status.success()) {
            let done = Command::new(python).args(["-c", script]).args(args).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            return Some(done.stdout);
        }
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no openpyxl: a CI run must have it, see .ci/run");
    // Past the test harness, which swallows what a passing test prints.
    let word = "\n*** SKIPPED: openpyxl is not installed (apt-get install python3-openpyxl) ***\n";
    let _ = std::io::stderr().write_all(word.as_bytes());
    None
}

pub(crate) fn rows<'a>(book: &'a Value, sheet: &str) -> &'a Vec<Value> {
    book[sheet].as_array().unwrap_or_else(|| panic!("no sheet {sheet}: {book}"))
}

/// The cell below `title` in a row.
pub(crate) fn cell<'a>(rows: &'a [Value], row: usize, title: &str) -> (&'a str, &'a str) {
    let place = rows[0].as_array().unwrap().iter().position(|head| head[1] == title);
    let cell = &rows[row][place.unwrap_or_else(|| panic!("no column {title}"))];
    (cell[0].as_str().unwrap(), cell[1].as_str().unwrap())
}

/// What a column adds up to between its title and its last row.
fn sum(rows: &[Value], title: &str, last: usize) -> Decimal {
    (1..last).map(|row| cell(rows, row, title)).filter(|(_, text)| !text.is_empty()).map(amount).sum()
}

/// A number of the sheet, which must be one.
fn amount((kind, text): (&str, &str)) -> Decimal {
    assert_eq!(kind, "n", "{text}");
    text.parse().unwrap()
}

fn no_formula(book: &Value) {
    let cells = book.as_object().unwrap().values().flat_map(|rows| rows.as_array().unwrap());
    for cell in cells.flat_map(|row| row.as_array().unwrap()) {
        assert_ne!(cell[0], "f", "{cell}");
    }
}

#[tokio::test]
async fn a_rehearsal_shows_each_line_and_what_is_not_written_with_its_reason() {
    let mut numbered = plain("TK3");
    numbered.set("shop_no", "0012345");
    let mut left_out = plain("TK4");
    left_out.set("type", 4);
    let mut twice = with_lines("TK5", &[line("TS-BLK-L", "2.0000", "9.0000"), line("", "1.0000", "9.0000")]);
    set_line(&mut twice, "spec_no", "");
    let mut named = plain("TK1");
    named.set("shop_name", "旗舰店");
    named.set("tid", "26113000001");
    let scene = Scene::with([named, with_lines("TK2", &[]), numbered, left_out, twice]).await;
    scene.change("S001 = \"C001\"", "S001 = \"C001\", 0012345 = \"1-2\"");
    let file = scene.folder().join("plan.xlsx");
    let told = scene.run(&["run", "--dry-run", "--xlsx", file.to_str().unwrap()]).exits(3);
    // The bills are in the workbook; on the screen stands what they come to.
    let told =
        told.says(&["written: ", "plan.xlsx", "will 2: ¥ 239.60", "not in scope 1: ¥ 119.80", "旗舰店"]);
    assert!(!told.out.contains("FBillNo"), "{}", told.out);
    let bills = scene.run(&["run", "--dry-run", "--verbose", "--xlsx", file.to_str().unwrap()]).exits(3);
    assert!(bills.out.contains("FBillNo"));
    assert!(scene.books.bills().is_empty() && !scene.database().exists());
    let Some(book) = read(&file) else { return };
    no_formula(&book);
    let lines = rows(&book, "单据明细");
    let row = |number: &str| (1..lines.len()).find(|row| cell(lines, *row, "退换单号").1 == number).unwrap();
    let (first, second, third) = (row("TK1"), row("TK2"), row("TK3"));
    assert_eq!(cell(lines, first, "结论"), ("s", "写入"));
    assert_eq!(amount(cell(lines, first, "价税合计")), Decimal::new(1198, 1));
    assert_eq!(cell(lines, first, "单据日期").0, "d");
    assert_eq!(cell(lines, second, "结论"), ("s", "不写入"));
    let first_cells = ["店铺名称", "平台订单号"].map(|title| cell(lines, first, title));
    assert_eq!(first_cells, [("s", "旗舰店"), ("s", "26113000001")]);
    let twice = row("TK5");
    let why = cell(lines, twice, "原因").1;
    assert!(why.contains('；') && !why.contains("\\n"), "{why}");
    assert!(!cell(lines, second, "原因").1.is_empty() && !cell(lines, second, "下一步").1.is_empty());
    assert_eq!(cell(lines, second, "单据日期").0, "d", "also of what is not written");
    assert_eq!(
        (cell(lines, third, "店铺"), cell(lines, third, "退货客户")),
        (("s", "0012345"), ("s", "1-2"))
    );
    let shops = rows(&book, "按店铺汇总");
    let last = shops.len() - 1;
    assert_eq!(cell(shops, last, "未纳入同步").1, "1");
    assert_eq!(amount(cell(shops, last, "未纳入同步金额")), Decimal::new(1198, 1));
    assert_eq!(amount(cell(shops, last, "价税合计")), sum(shops, "价税合计", last));
    assert_eq!(amount(cell(shops, last, "价税合计")), Decimal::new(2396, 1));
    assert_eq!(
        amount(cell(shops, last, "不写入金额")),
        sum(lines, "价税合计", lines.len()) - Decimal::new(2396, 1)
    );
}

#[tokio::test]
async fn a_reconciliation_adds_up_to_both_sides_and_names_every_difference_in_yuan() {
    let mut returns = many(40);
    let mut unmapped = plain("TK9001");
    unmapped.set("shop_no", "S003");
    returns.push(unmapped);
    let mut left_out = plain("TK9002");
    left_out.set("type", 4);
    returns.push(left_out);
    let scene = Scene::with(returns).await;
    scene.settle().exits(3);
    scene.books.edit("TK0002", |bill| {
        bill.lines[0].all_amount -= Decimal::ONE;
        bill.all_amount -= Decimal::ONE;
    });
    let file = scene.folder().join("books.xlsx");
    scene.reconcile(&["--xlsx", file.to_str().unwrap()]).exits(3);
    let Some(book) = read(&file) else { return };
    no_formula(&book);

    let sums = rows(&book, "汇总");
    let last = sums.len() - 1;
    assert_eq!(cell(sums, last, "同步方案").1, "合计");
    for title in ["退款", "金蝶价税合计", "缺单", "不一致", "未解释"] {
        assert_eq!(amount(cell(sums, last, title)), sum(sums, title, last), "{title}");
    }
    let booked: Decimal = scene.books.bills().iter().map(|bill| bill.all_amount).sum();
    assert_eq!(amount(cell(sums, last, "金蝶价税合计")), booked);
    assert_eq!(amount(cell(sums, last, "不一致")), Decimal::ONE);
    assert_eq!(amount(cell(sums, last, "缺单")), Decimal::new(1198, 1));
    assert_eq!(amount(cell(sums, last, "未解释")), Decimal::ZERO);

    let differences = rows(&book, "差异");
    let gaps = differences.len();
    assert_eq!(sum(differences, "差额", gaps), Decimal::new(1208, 1));
    let waiting = rows(&book, "待处理");
    let last = waiting.len() - 1;
    assert_eq!(amount(cell(waiting, last, "退款金额")), Decimal::new(1198, 1));
    let left_out = rows(&book, "未纳入");
    assert_eq!(cell(left_out, 1, "类型/状态"), ("s", "退款不退货 · 已完成（4/90）"));
    assert_eq!(amount(cell(left_out, 1, "单数")), Decimal::ONE);
    assert_eq!(amount(cell(left_out, 1, "退款金额")), Decimal::new(1198, 1));
    assert!(rows(&book, "参数").iter().any(|row| row[0][1] == "对照规则版本"));
}

#[tokio::test]
async fn a_workbook_that_cannot_be_written_is_named() {
    let scene = Scene::with([plain("TK1")]).await;
    let nowhere = scene.folder().join("no/such/plan.xlsx");
    let rehearse = ["--lang", "zh", "run", "--dry-run", "--xlsx", nowhere.to_str().unwrap()];
    scene.run(&rehearse).exits(1).complains(&["无法写入文件", "路径不存在"]);
    assert!(scene.shop_server.received_requests().await.unwrap().is_empty(), "nothing is read for it");
    let there = scene.folder().join("there.xlsx");
    scene.run(&["run", "--dry-run", "--xlsx", there.to_str().unwrap()]).exits(0);
    scene.run(&["run", "--xlsx", "plan.xlsx"]).exits(2).complains(&["--dry-run"]);
}
