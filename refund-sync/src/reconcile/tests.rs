//! One return against what stands in 金蝶: bad paths first.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{ExpectedBill, Judged, Kind, Period, Sheet, judge};
use crate::journal::{FoundBill, FoundLine, MARK_SOURCE};
use crate::lang::Lang;
use crate::model::{BillLine, ReturnBill};

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

fn november() -> Period {
    Period { from: day(11, 1), to: day(11, 30) }
}

fn bill(date: NaiveDate) -> ReturnBill {
    let line = BillLine {
        source: 0,
        material: "TS".into(),
        quantity: Decimal::TWO,
        must_quantity: Decimal::TWO,
        tax_price: Decimal::new(599, 1),
        amount: Decimal::new(11_980, 2),
        free: None,
        tax_rate: None,
        unit: None,
        stock: "CK01".into(),
        ..BillLine::default()
    };
    let text = String::new;
    ReturnBill {
        number: "TK1".into(),
        refund_no: "TK1".into(),
        bill_type: text(),
        date,
        moved_from: None,
        sale_org: text(),
        settle_org: text(),
        stock_org: text(),
        owner_org: text(),
        customer: "C001".into(),
        currency: text(),
        return_type: text(),
        head_note: text(),
        head: Vec::new(),
        finance: Vec::new(),
        lines: vec![line],
    }
}

fn due(date: NaiveDate) -> ExpectedBill {
    ExpectedBill {
        refund_no: "TK1".into(),
        bill_no: "TK1".into(),
        own_no: "TK1".into(),
        shop_no: "S001".into(),
        date,
        moved_from: None,
        bill: Some(bill(date)),
        pieces: Decimal::TWO,
        amount: Decimal::new(11_980, 2),
        goods: Some(Decimal::new(12_000, 2)),
        parked: None,
        confirmed: true,
        status: Some("C".into()),
        decided: None,
        directed: None,
        tid: "P1".into(),
        why: "confirmed".into(),
    }
}

/// What stands in 金蝶 when all is well.
fn found(date: NaiveDate) -> FoundBill {
    FoundBill {
        id: "100001".into(),
        number: "TK1".into(),
        third_bill_no: Some("TK1".into()),
        third_src_type: Some(MARK_SOURCE.into()),
        customer: Some("C001".into()),
        date: Some(date),
        lines: Some(vec![FoundLine {
            material: Some("TS".into()),
            quantity: Some(Decimal::TWO),
            amount: Some(Decimal::new(11_980, 2)),
            ..FoundLine::default()
        }]),
        ..FoundBill::default()
    }
}

fn changed(change: impl FnOnce(&mut FoundBill)) -> FoundBill {
    let mut bill = found(day(11, 3));
    change(&mut bill);
    bill
}

/// The kind of what is found, and the points it names.
fn told(judged: &Judged) -> Option<(Kind, Vec<&str>)> {
    let finding = judged.finding.as_ref()?;
    Some((finding.kind, finding.points.iter().map(|point| point.what.as_str()).collect()))
}

fn one(bill: FoundBill) -> Judged {
    judge(&due(day(11, 3)), &[bill], november())
}

#[test]
fn a_cent_a_piece_a_material_and_a_customer_are_each_named() {
    let line = |bill: &mut FoundBill| bill.lines.as_mut().unwrap().remove(0);
    let put = |bill: &mut FoundBill, line| bill.lines.as_mut().unwrap().push(line);
    let cent = one(changed(|bill| {
        let lost = line(bill);
        put(bill, FoundLine { amount: lost.amount.map(|amount| amount - Decimal::new(1, 2)), ..lost });
    }));
    assert_eq!(told(&cent), Some((Kind::Altered, vec!["line 明细 TS"])));
    let piece = one(changed(|bill| {
        let lost = line(bill);
        put(bill, FoundLine { quantity: Some(Decimal::ONE), ..lost });
    }));
    assert_eq!(told(&piece), Some((Kind::Altered, vec!["line 明细 TS"])));
    let material = one(changed(|bill| {
        let lost = line(bill);
        put(bill, FoundLine { material: Some("JK".into()), ..lost });
    }));
    assert_eq!(told(&material), Some((Kind::Altered, vec!["line 明细 JK", "line 明细 TS"])));
    let customer = one(changed(|bill| bill.customer = Some("C002".into())));
    assert_eq!(told(&customer), Some((Kind::Altered, vec!["customer 客户"])));
}

#[test]
fn what_never_stood_is_missing_and_what_stood_once_is_removed() {
    let never = ExpectedBill { confirmed: false, ..due(day(11, 3)) };
    assert_eq!(told(&judge(&never, &[], november())), Some((Kind::Missing, vec![])));
    assert_eq!(told(&judge(&due(day(11, 3)), &[], november())), Some((Kind::Removed, vec![])));
}

#[test]
fn a_voided_bill_stands_for_nothing() {
    let judged = one(changed(|bill| bill.voided = true));
    assert_eq!(told(&judged), Some((Kind::Voided, vec![])));
    assert!(judged.bills.is_empty());
}

#[test]
fn two_bills_of_one_return_are_named_with_both_ids() {
    let second = FoundBill { id: "100002".into(), ..found(day(11, 3)) };
    let judged = judge(&due(day(11, 3)), &[found(day(11, 3)), second], november());
    assert_eq!(told(&judged), Some((Kind::Doubled, vec![])));
    assert_eq!(judged.finding.unwrap().fid.as_deref(), Some("100001,100002"));
}

#[test]
fn a_bill_in_another_month_is_of_another_period_on_either_side_and_within_a_longer_one() {
    let december = judge(&due(day(11, 30)), &[found(day(12, 1))], november());
    assert_eq!(told(&december), Some((Kind::OtherPeriod, vec!["date 日期"])));
    let october = judge(&due(day(10, 31)), &[found(day(11, 1))], november());
    assert_eq!(told(&october), Some((Kind::OtherPeriod, vec!["date 日期"])));
    let quarter = Period { from: day(10, 1), to: day(12, 31) };
    let within = judge(&due(day(11, 30)), &[found(day(12, 1))], quarter);
    assert_eq!(told(&within), Some((Kind::OtherPeriod, vec!["date 日期"])));
}

#[test]
fn another_day_of_the_same_month_is_no_difference() {
    assert_eq!(told(&one(found(day(11, 4)))), None);
}

#[test]
fn what_lies_outside_on_both_sides_is_nobodys_business() {
    assert_eq!(judge(&due(day(10, 3)), &[], november()), Judged::default());
    assert_eq!(judge(&due(day(10, 3)), &[found(day(10, 3))], november()), Judged::default());
}

#[test]
fn a_bill_typed_in_by_hand_is_equal_if_its_content_is_and_altered_if_not() {
    let unmarked = |bill: &mut FoundBill| {
        bill.third_src_type = None;
        bill.third_bill_no = None;
    };
    assert_eq!(told(&one(changed(unmarked))), None);
    let other = changed(|bill| {
        unmarked(bill);
        bill.customer = Some("C777".into());
    });
    assert_eq!(told(&one(other)), Some((Kind::Altered, vec!["customer 客户"])));
}

#[test]
fn a_bill_of_a_return_that_the_rules_now_refuse_is_not_called_equal() {
    let refused = ExpectedBill { bill: None, ..due(day(11, 3)) };
    assert_eq!(told(&judge(&refused, &[found(day(11, 3))], november())), Some((Kind::Altered, vec![])));
    assert_eq!(told(&judge(&refused, &[], november())), Some((Kind::Missing, vec![])));
}

#[test]
fn the_last_column_is_zero_or_names_what_explains_the_gap() {
    let mut sheet = Sheet::default();
    let period = Period { from: day(11, 1), to: day(12, 31) };
    let mut take =
        |due: &ExpectedBill, found: &[FoundBill]| sheet.take(due, &judge(due, found, period), period);
    take(&due(day(11, 3)), &[found(day(11, 3))]);
    let other = |mut due: ExpectedBill, shop_no: &str| {
        due.shop_no = shop_no.into();
        due
    };
    let parked =
        ExpectedBill { parked: Some("unmapped".into()), confirmed: false, ..other(due(day(11, 3)), "S002") };
    take(&parked, &[]);
    take(&other(due(day(11, 30)), "S003"), &[found(day(12, 1))]);
    let rows: Vec<_> = sheet
        .rows()
        .map(|(shop, at, row)| (shop, at, (row.made_up_of(Lang::Chinese), row.rest()), row.written))
        .collect();
    assert_eq!(
        rows,
        [
            ("S001", day(11, 1), (String::new(), Decimal::ZERO), 1),
            ("S002", day(11, 1), ("缺单 1 张 ¥ 119.80".to_owned(), Decimal::ZERO), 0),
            ("S003", day(11, 1), ("跨期 1 张 ¥ 119.80".to_owned(), Decimal::ZERO), 1),
            ("S003", day(12, 1), ("跨期 1 张 ¥ -119.80".to_owned(), Decimal::ZERO), 0),
        ]
    );
    let first = sheet.rows().next().unwrap().2;
    assert_eq!(first.difference, Decimal::new(-20, 2), "what was kept back of the goods' value");
}

#[test]
fn a_spreadsheet_is_told_the_encoding_and_takes_no_formula() {
    let mut sheet = Sheet::default();
    sheet.take_filtered("=HYPERLINK(1)", day(11, 3), (4, 90), Decimal::new(1234, 2));
    let mut csv = Vec::new();
    Sheet::write([("main", &sheet)], &mut csv, Lang::Chinese).unwrap();
    assert!(csv.starts_with(&[0xEF, 0xBB, 0xBF]));
    let text = String::from_utf8(csv).unwrap();
    assert!(text.contains("main,'=HYPERLINK(1),2026-11,0,0,0.00"), "{text}");
    assert!(text.contains(",4/90：1,"), "{text}");
}

#[test]
fn every_day_this_month_is_compared_and_the_last_one_until_the_tenth() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    for (today, from, to) in [
        ("2026-11-24", "2026-11-01", "2026-11-23"),
        ("2026-11-11", "2026-11-01", "2026-11-10"),
        ("2026-11-10", "2026-10-01", "2026-11-09"),
        ("2026-11-01", "2026-10-01", "2026-10-31"),
        ("2027-01-05", "2026-12-01", "2027-01-04"),
    ] {
        assert_eq!(Period::daily(day(today)), Period { from: day(from), to: day(to) }, "{today}");
    }
}
