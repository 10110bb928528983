//! Mapping tables as workbooks: what Excel keeps is read as it is meant, and what it spoiled is named by its row.

use rust_xlsxwriter::{Format, Workbook};

use crate::returns::plain;
use crate::scene::{Done, Scene};
use crate::workbooks;

/// What `check` says of a workbook as the table of customers.
async fn checked(fill: impl FnOnce(&mut Workbook)) -> (Scene, Done) {
    let scene = Scene::with([plain("TK1")]).await;
    let mut book = Workbook::new();
    fill(&mut book);
    book.save(scene.folder().join("customers.xlsx")).unwrap();
    scene.change("{ inline = { S001 = \"C001\" } }", "{ file = \"customers.xlsx\" }");
    let done = scene.run(&["check"]);
    (scene, done)
}

#[tokio::test]
async fn a_workbook_with_chinese_headers_is_a_table_like_any_other() {
    let (scene, done) = checked(|book| {
        let sheet = book.add_worksheet();
        let day = Format::new().set_num_format("yyyy-mm-dd");
        for (at, title) in ["店铺编号", "店铺名称", "金蝶客户编码", "生效日期"].iter().enumerate()
        {
            sheet.write_string(0, u16::try_from(at).unwrap(), *title).unwrap();
        }
        sheet.write_string(1, 0, "S001").unwrap();
        sheet.write_string(1, 1, "旗舰店").unwrap();
        sheet.write_string(1, 2, "C001").unwrap();
        sheet
            .write_date_with_format(1, 3, chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(), &day)
            .unwrap();
        sheet.write_number(2, 0, 7.0).unwrap();
        sheet.write_string(2, 2, "007").unwrap();
    })
    .await;
    done.exits(0);
    scene.settle().exits(0);
    assert_eq!(scene.bills(&["TK1"])[0].customer, "C001");
}

#[tokio::test]
async fn what_a_workbook_cannot_be_is_named_with_what_to_do() {
    let header = |sheet: &mut rust_xlsxwriter::Worksheet| {
        sheet.write_string(0, 0, "from").unwrap();
        sheet.write_string(0, 1, "to").unwrap();
        sheet.write_string(1, 0, "S001").unwrap();
        sheet.write_string(1, 1, "C001").unwrap();
    };
    let (_scene, merged) = checked(|book| {
        let sheet = book.add_worksheet();
        header(sheet);
        sheet.merge_range(2, 0, 3, 0, "S002", &Format::new()).unwrap();
    })
    .await;
    merged.exits(2).complains(&["customers.xlsx:3:1", "merged cells in row 3"]);
    let (_scene, two) = checked(|book| {
        header(book.add_worksheet());
        header(book.add_worksheet().set_name("旧").unwrap());
    })
    .await;
    two.exits(2).complains(&["has several sheets: Sheet1, 旧"]);
    let (_scene, headless) = checked(|book| {
        book.add_worksheet().write_string(0, 0, "客户").unwrap();
    })
    .await;
    headless.exits(2).complains(&["has no column from, to", "first line: 店铺编号,金蝶客户编码"]);
    let (_scene, numbers) = checked(|book| {
        let sheet = book.add_worksheet();
        header(sheet);
        sheet.write_number(2, 0, 1_234_567_890_123_450_000.0).unwrap();
        sheet.write_string(2, 1, "C009").unwrap();
        sheet.write_string(3, 0, "S003").unwrap();
        sheet.write_number(3, 1, 9_234_567_890_123_450_000.0).unwrap();
    })
    .await;
    numbers.exits(2).complains(&[
        "customers.xlsx:3:1",
        "from: 1.23456789012345E+18 is a number that a spreadsheet shortened",
        "customers.xlsx:4:1",
        "to: 9.23456789012345E+18",
    ]);
    let (_scene, yes) = checked(|book| {
        let sheet = book.add_worksheet();
        header(sheet);
        sheet.write_boolean(1, 1, true).unwrap();
    })
    .await;
    yes.exits(2).complains(&["customers.xlsx:2:1", "to: TRUE is a spreadsheet's yes or no"]);
    let (scene, _) = checked(|book| header(book.add_worksheet())).await;
    let path = scene.folder().join("customers.xlsx");
    // As programs write it that calculate nothing.
    workbooks::type_into(&path, "B2", "=UPPER(A2)");
    if workbooks::read(&path).is_some() {
        scene.run(&["check"]).exits(2).complains(&["row 2 has a formula without a value"]);
    }
    let (_scene, empty) = checked(|book| {
        book.add_worksheet();
    })
    .await;
    empty.exits(2).complains(&["empty workbook"]);
}
