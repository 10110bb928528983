//! How the journal keeps the texts of a document and of its events: packed, since every return and every bill says the same
//! keys. A text that an older program wrote, or somebody by hand, stays the text that it is.

mod nibbles;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row};

/// What returns and bills have in common in [`BLOCK`]s. It is part of the journal's format.
const COMMON: &str = concat!(
    r#"{"stockin_no":"","warehouse_no":"","batch_no":"","produced":"20","expires":"20","defective":false,"trimmed":["#,
    r#""stockins":[{"stockin_no":"RK","modified":"20","arrivals":[{"order_id":"","oid":"","spec_no":"","num":"1.0000","#,
    r#""lot":"","stock_status":"","serials":["","head":[{"key":"F","json":"","finance":[{"key":"F","json":"","#,
    r#""swap_trade_no":"","outer_no":"","spec_code":"","barcode":"","brand_name":"","position_no":"","#,
    r#""check_time":"20","finish_time":null,"modified":null,"goods_amount":null,"refund_amount":null,"#,
    r#""actual_refund_amount":null,"refund_num":null,"stockin_num":null,"refund_order_amount":null,"#,
    r#""total_amount":null,"free":"gift","free":"no_refund","tax_rate":null,"unit":"Pcs","moved_from":"20","#,
    r#"{"number":"TK20","refund_no":"TK20","bill_type":"XSTHD01_SYS","date":"20","moved_from":null,"sale_org":"100","#,
    r#""settle_org":"100","stock_org":"100","owner_org":"100","customer":"","currency":"PRE001","#,
    r#""return_type":"THLX01_SYS","head_note":"","lines":[{"source":0,"material":"","quantity":"1","#,
    r#""must_quantity":"1","tax_price":"","amount":"","free":null,"tax_rate":"13","unit":null,"stock":"CK"},"#,
    r#"{"source":1,"material":"","quantity":"2","must_quantity":"2","tax_price":"","amount":"","further":[{"key":"F"}]}]}"#,
    r#"{"refund_no":"TK20","kind":2,"process_status":90,"shop_no":"S","customer_no":"KH","warehouse_no":"WH","#,
    r#""created":"20","modified":"20","finish_time":"20","check_time":null,"goods_amount":"0.0000","#,
    r#""refund_amount":"0.0000","actual_refund_amount":"0.0000","tid":"","src_no":"","sales_tid":"JY20","#,
    r#""return_mask":0,"lines":[{"order_id":"","oid":"","spec_no":"","goods_no":"","refund_num":"1.0000","#,
    r#""stockin_num":"1.0000","refund_order_amount":"","total_amount":"","gift_type":0,"further":{"goods_name":"","#,
    r#""spec_name":"","suite_name":"","suite_no":"","tid":""}},{"order_id":"","refund_num":"2.0000","stockin_num":"2.0000","#,
    r#""gift_type":0,"further":{}}],"further":{"api_outer_no":"","fenxiao_tid":"","flag_name":"","logistics_name":"","#,
    r#""logistics_no":"","other_amount":"0","post_amount":"0","remark":"","refund_reason":"","#,
    r#""return_logistics_name":"","return_logistics_no":"","shop_name":""}}"#,
);

/// The first byte of what is packed with [`COMMON`]: what an older program wrote, and what is long. Four bytes follow it, the
/// length of the text, least significant first; then an LZ4 block.
const BLOCK: u8 = 1;
const HEAD: usize = 5;

/// The first byte of what is packed in half bytes. The length of the text follows it, seven bits a byte, least significant
/// first.
const NIBBLES: u8 = 2;

/// No return is as long; an edited journal may say that it is.
const LONGEST: usize = 64 << 20;

/// Teaches a connection `unpacked`: the text of a column that may be packed.
pub(super) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("unpacked", 1, flags, |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Blob(bytes) => unpack(bytes).map_or(Value::Null, Value::Text),
            _ => context.get(0)?,
        })
    })
}

/// A text as the journal keeps it.
pub(super) fn pack(text: &str) -> Value {
    if text.len() <= nibbles::LONGEST {
        let mut head = Vec::with_capacity(8 + text.len() / 3);
        head.push(NIBBLES);
        let mut length = text.len();
        while length > 0x7f {
            head.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
            length >>= 7;
        }
        head.push(u8::try_from(length).unwrap_or_default());
        return Value::Blob(nibbles::write(head, text.as_bytes()));
    }
    let Some(length) = u32::try_from(text.len()).ok().filter(|_| text.len() <= LONGEST) else {
        return Value::Text(text.to_owned());
    };
    let block = lz4_flex::block::compress_with_dict(text.as_bytes(), COMMON.as_bytes());
    let mut packed = Vec::with_capacity(HEAD + block.len());
    packed.push(BLOCK);
    packed.extend(length.to_le_bytes());
    packed.extend(block);
    Value::Blob(packed)
}

/// The text of a column that may be packed; empty for what is none.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Ok(unpack(bytes).unwrap_or_default()),
        _ => row.get(column),
    }
}

/// The text; `None` for what is none.
pub(super) fn unpack(packed: &[u8]) -> Option<String> {
    match packed.split_first()? {
        (&BLOCK, _) => unpack_block(packed),
        (&NIBBLES, mut rest) => {
            let mut length = 0;
            for place in 0..3 {
                let (byte, behind) = rest.split_first()?;
                rest = behind;
                length |= usize::from(byte & 0x7f) << (7 * place);
                if *byte < 0x80 {
                    return nibbles::read(rest, length);
                }
            }
            None
        }
        _ => None,
    }
}

fn unpack_block(packed: &[u8]) -> Option<String> {
    let (head, block) = packed.split_first_chunk::<HEAD>()?;
    let [_, length @ ..] = *head;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    if length > LONGEST {
        return None;
    }
    let text = lz4_flex::block::decompress_with_dict(block, length, COMMON.as_bytes()).ok()?;
    String::from_utf8(text).ok().filter(|text| text.len() == length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    const BILL: &str = r#"{"number":"TK2611220100173","refund_no":"TK2611220100173","lines":[{"source":0}]}"#;

    fn packed(text: &str) -> Vec<u8> {
        let Value::Blob(bytes) = pack(text) else { panic!("it is not packed") };
        bytes
    }

    /// As the program before did.
    fn block(text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        let block = lz4_flex::block::compress_with_dict(text.as_bytes(), COMMON.as_bytes());
        [&[BLOCK][..], &length, &block].concat()
    }

    #[test]
    fn what_is_no_packed_text_is_none() {
        let good = block(BILL);
        let mut endless = good.clone();
        endless[1..HEAD].fill(0xff);
        let mut longer = good.clone();
        longer[1] += 1;
        let mut other = good.clone();
        other[0] = NIBBLES + 1;
        let short = packed(BILL);
        for bytes in [
            &[][..],
            &good[..HEAD - 1],
            &good[..good.len() - 3],
            &endless,
            &longer,
            &other,
            b"{\"a\":1}",
            &[NIBBLES],
            &[NIBBLES, 0xff, 0xff, 0xff, 0xff],
            &short[..short.len() - 1],
        ] {
            assert_eq!(unpack(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn whatever_is_packed_is_had_back() {
        let (long, longer) = ("退".repeat(19_000), "退".repeat(100_000));
        for text in ["", "{}", "no JSON \0", BILL, &long, &longer, COMMON] {
            assert_eq!(unpack(&packed(text)).as_deref(), Some(text));
            assert_eq!(unpack(&block(text)).as_deref(), Some(text), "of the program before");
        }
        assert!(packed(BILL).len() < block(BILL).len());
    }

    /// Texts as a journal holds them: pieces of what all have in common, figures, words, and anything else.
    fn texts() -> impl Strategy<Value = String> {
        let common = (0..nibbles::TEMPLATE.len(), 1..120_usize)
            .prop_map(|(from, length)| nibbles::TEMPLATE.chars().skip(from).take(length).collect::<String>());
        let piece = prop_oneof![common, "[0-9.:-]{1,24}", "[退换货单a-z\"{},]{1,12}", any::<String>()];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn every_text_is_had_back_byte_for_byte(text in texts(), times in 1..30_usize) {
            let text = text.repeat(times);
            prop_assert_eq!(unpack(&packed(&text)), Some(text));
        }

        #[test]
        fn what_somebody_edited_is_another_text_of_the_length_that_it_names_or_none(
            text in texts(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let whole = packed(&text);
            let head = whole.len() - nibbles::write(Vec::new(), text.as_bytes()).len();
            let mut bytes = whole;
            for (place, byte) in edits {
                let place = head + place.index((bytes.len() - head).max(1));
                if let Some(edited) = bytes.get_mut(place) {
                    *edited = byte;
                }
            }
            prop_assert!(unpack(&bytes).is_none_or(|had| had.len() == text.len()));
        }

        #[test]
        fn any_bytes_are_a_text_or_none(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            for bytes in [[&[NIBBLES][..], &bytes].concat(), bytes] {
                prop_assert!(unpack(&bytes).is_none_or(|text| text.len() <= LONGEST));
            }
        }
    }

    #[test]
    fn a_journal_that_was_packed_once_is_read_for_ever() {
        let digest = |text: &str| base16ct::lower::encode_string(&Sha256::digest(text));
        assert_eq!(
            (BLOCK, digest(COMMON).as_str()),
            (1, "382d43b60f0e82ef18cb2cfefebb218cebb54d647ea463816725b8cb63a76925")
        );
        assert_eq!(
            (NIBBLES, digest(nibbles::TEMPLATE).as_str()),
            (2, "7d2142aae2cf233d101e17f8e33ea98d29d3311fe10578b030e588470283d9b3")
        );
    }
}
