//! To the cent: cents by largest remainder, prices that give them back, lines split in two.

use refund_sync::mapping::cents::deal;
use refund_sync::mapping::price::{MOST_DECIMALS, entries, split, tax_price};
use refund_sync::mapping::rules::OnQuantityGap;
use refund_sync::mapping::{Flag, Rules};
use refund_sync::model::Free;
use rust_decimal::Decimal;

use super::sample::{d, line, mapped, plain, refund, rules};

fn amounts(texts: &[&str]) -> Vec<Decimal> {
    texts.iter().map(|text| d(text)).collect()
}

fn dealt(texts: &[&str]) -> Option<Vec<i64>> {
    let amounts = amounts(texts);
    deal(&amounts, amounts.iter().sum())
}

#[test]
fn two_halves_of_551_are_275_and_276_cents_not_552() {
    assert_eq!(dealt(&["2.7550", "2.7550"]), Some(vec![276, 275]));
    let bill = mapped(&refund(vec![line("A", "1", "2.7550"), line("B", "1", "2.7550")]), &rules()).bill;
    assert_eq!(bill.amount(), d("5.51"));
}

#[test]
fn the_largest_fraction_has_the_cent_and_the_earlier_line_among_equals() {
    assert_eq!(dealt(&["0.0010", "0.0050", "0.0040"]), Some(vec![0, 1, 0]));
    assert_eq!(dealt(&["3.3333", "3.3333", "3.3334"]), Some(vec![333, 333, 334]));
    assert_eq!(dealt(&["0.0025", "0.0025", "0.0025", "0.0025"]), Some(vec![1, 0, 0, 0]));
}

#[test]
fn an_amount_of_zero_stays_zero() {
    assert_eq!(dealt(&["0", "0.005", "0", "0.005"]), Some(vec![0, 1, 0, 0]));
    assert_eq!(deal(&amounts(&["0", "0"]), d("0.01")), None, "no line could take the cent");
}

#[test]
fn a_total_that_is_not_whole_cents_cannot_be_dealt() {
    assert_eq!(dealt(&["12.345"]), None);
    assert_eq!(dealt(&["3.3333", "3.3333", "3.3333"]), None);
}

#[test]
fn figures_out_of_range_are_not_dealt_and_do_not_panic() {
    assert_eq!(dealt(&["-0.01", "0.01"]), None);
    assert_eq!(deal(&[Decimal::MAX], Decimal::MAX), None);
    assert_eq!(deal(&[], Decimal::MIN), None);
    assert_eq!(deal(&[], Decimal::ZERO), Some(vec![]));
}

#[test]
fn what_sharing_out_lost_is_dealt_back_from_the_head() {
    let thirds = ["3.3333", "3.3333", "3.3333"];
    let mut refund = refund(thirds.iter().map(|amount| line("A", "1", amount)).collect());
    let alone = mapped(&refund, &rules());
    assert_eq!(alone.bill.amount(), d("10.00"), "9.9999 on both sides is rounded, and says so");
    assert_eq!(alone.flags, [Flag::RoundedTotal { lines: d("9.9999"), written: d("10.00") }]);
    refund.refund_amount = Some(d("10.0000"));
    let mapped = mapped(&refund, &rules());
    assert_eq!((mapped.bill.amount(), mapped.flags), (d("10.00"), vec![]));
    refund.refund_amount = Some(d("10.0100"));
    let kinds: Vec<_> = super::sample::mapped(&refund, &rules()).flags.iter().map(Flag::kind).collect();
    assert_eq!(kinds, ["imbalance", "rounded_total"], "a cent is more than sharing can lose");
}

#[test]
fn a_single_line_loses_nothing_in_sharing() {
    let mut refund = refund(vec![line("A", "1", "5.0001")]);
    refund.refund_amount = Some(d("5"));
    let mapped = mapped(&refund, &rules());
    assert_eq!(mapped.bill.amount(), d("5.00"));
    assert_eq!(mapped.flags.iter().map(Flag::kind).collect::<Vec<_>>(), ["imbalance", "rounded_total"]);
}

#[test]
fn a_line_too_small_for_a_cent_is_free_and_flagged_with_its_worth() {
    let mut small = line("A", "1", "0.004");
    small.total_amount = None;
    let mapped = mapped(&refund(vec![small, line("B", "1", "0.006")]), &rules());
    assert_eq!((mapped.bill.lines[0].amount, mapped.bill.lines[0].free), (d("0.00"), Some(Free::NoRefund)));
    assert_eq!(mapped.flags[0].to_string(), "line 1 (A): goods worth 0.004 came back without a refund");
}

#[test]
fn a_whole_sum_that_a_fraction_of_a_cent_separates_from_the_head_is_an_imbalance() {
    let mut refund = plain();
    refund.refund_amount = Some(d("119.80005"));
    let mapped = mapped(&refund, &rules());
    assert_eq!(mapped.bill.amount(), d("119.80"));
    assert_eq!(mapped.flags.iter().map(Flag::kind).collect::<Vec<_>>(), ["imbalance"]);
}

#[test]
fn a_price_is_rounded_half_away_from_zero_and_has_no_trailing_zeros() {
    assert_eq!(tax_price(d("8"), 1, 3), Some(d("0.001")), "0.00125");
    assert_eq!(tax_price(d("2"), 11980, 6).map(|price| price.to_string()).as_deref(), Some("59.9"));
    assert_eq!(tax_price(d("16"), 1, 4), Some(d("0.0006")), "0.000625");
    assert_eq!(tax_price(d("4"), 1, 4), Some(d("0.0025")));
    assert_eq!(tax_price(d("0.8"), 1, 3), Some(d("0.013")), "0.0125: half goes up");
}

#[test]
fn a_product_0004_off_is_refused_and_just_below_is_taken() {
    // 3 pieces: the nearest price of 3 decimals to 0.10 / 3 is 0.033, 0.001 off; 8 pieces for 0.02: 0.003, 0.004 off.
    assert_eq!(tax_price(d("3"), 10, 3), Some(d("0.033")));
    assert_eq!(tax_price(d("8"), 2, 3), None);
    assert_eq!(tax_price(d("7.9999"), 2, 3), Some(d("0.003")), "0.0039997 off");
}

#[test]
fn three_pieces_for_ten_cents() {
    assert_eq!(tax_price(d("3"), 10, 6), Some(d("0.033333")));
}

#[test]
fn seven_pieces_for_99999999999_99_keep_every_digit() {
    assert_eq!(tax_price(d("7"), 9_999_999_999_999, 6), Some(d("14285714285.712857")));
    let bill = mapped(&refund(vec![line("A", "7", "99999999999.9900")]), &rules()).bill;
    assert_eq!(bill.amount(), d("99999999999.99"));
}

#[test]
fn a_third_of_a_kilogram_for_12_345_is_rounded_alone_and_dealt_beside_its_other_half() {
    let third = line("A", "0.3330", "12.3450");
    let alone = mapped(&refund(vec![third.clone()]), &rules());
    assert_eq!(alone.bill.amount(), d("12.35"), "half a cent goes away from zero");
    assert_eq!(alone.flags, [Flag::RoundedTotal { lines: d("12.345"), written: d("12.35") }]);
    let bill = mapped(&refund(vec![third.clone(), third]), &rules()).bill;
    let cents: Vec<_> = bill.lines.iter().map(|entry| entry.amount).collect();
    assert_eq!(cents, [d("12.35"), d("12.34")]);
    assert_eq!(bill.lines[0].tax_price, d("37.087087"));
}

#[test]
fn a_line_that_no_price_reproduces_is_split_into_all_but_one_and_one() {
    assert_eq!(tax_price(d("3"), 10, 2), None);
    let [most, one] = split(d("3"), 10, 2).unwrap();
    assert_eq!((most.quantity, most.price, most.cents), (d("2"), d("0.03"), 6));
    assert_eq!((one.quantity, one.price, one.cents), (d("1"), d("0.04"), 4));
}

#[test]
fn a_split_line_keeps_money_and_quantities_and_is_flagged() {
    let mut rules = rules();
    rules.price_scale = 2;
    let mapped = mapped(&refund(vec![line("A", "3", "0.10")]), &rules);
    assert_eq!(mapped.flags.iter().map(Flag::kind).collect::<Vec<_>>(), ["split_line"]);
    let entries: Vec<_> = mapped
        .bill
        .lines
        .iter()
        .map(|entry| (entry.source, entry.quantity, entry.must_quantity, entry.amount))
        .collect();
    assert_eq!(entries, [(0, d("2"), d("2"), d("0.06")), (0, d("1"), d("1"), d("0.04"))]);
}

#[test]
fn a_split_of_more_than_was_asked_back_never_asks_for_less_than_nothing() {
    let mut more = line("A", "0.5", "0.10");
    more.stockin_num = Some(d("3"));
    let rules = Rules { price_scale: 2, on_quantity_gap: OnQuantityGap::UseStockin, ..rules() };
    let bill = mapped(&refund(vec![more]), &rules).bill;
    let must: Vec<_> = bill.lines.iter().map(|entry| (entry.quantity, entry.must_quantity)).collect();
    assert_eq!(must, [(d("2"), d("0")), (d("1"), d("0.5"))]);
}

#[test]
fn ten_decimals_are_exact() {
    let bill = mapped(&refund(vec![line("A", "3.0000000001", "0.30")]), &rules()).bill;
    assert_eq!((bill.lines[0].quantity, bill.lines[0].tax_price), (d("3.0000000001"), d("0.1")));
}

#[test]
fn a_large_quantity_is_split_near_the_even_price() {
    let [most, one] = split(d("30001"), 100_000, 6).unwrap();
    assert_eq!(most.cents + one.cents, 100_000);
    assert!((one.price - d("0.033332")).abs() < d("1"), "the single piece is near the others: {one:?}");
}

#[test]
fn no_entry_of_a_split_is_left_without_a_cent() {
    assert_eq!(entries(d("20000"), 1, 6), None);
}

#[test]
fn a_broken_or_single_quantity_is_not_split() {
    assert_eq!(split(d("20000.5"), 1, 6), None);
    assert_eq!(split(d("1"), 1, 6), None);
    assert_eq!(split(d("0"), 1, 6), None);
}

#[test]
fn prices_of_figures_out_of_range_are_refused_and_do_not_panic() {
    for quantity in [Decimal::MAX, Decimal::MIN, d("-1"), d("0"), Decimal::new(1, 28)] {
        for cents in [i64::MIN, -1, 0, 1, i64::MAX] {
            for scale in [0, 6, MOST_DECIMALS, MOST_DECIMALS + 1, u32::MAX] {
                assert_eq!(entries(quantity, cents, scale), None, "{quantity} {cents} {scale}");
            }
        }
    }
    assert_eq!(entries(d("0.0000000001"), 999_999_999_999_999, MOST_DECIMALS), None, "no Decimal holds it");
}
