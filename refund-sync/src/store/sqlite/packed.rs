//! How the journal keeps the texts of a document: packed, since every return and every bill says the same keys. A text that
//! an older program wrote, or somebody by hand, stays the text that it is.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};

/// What returns and bills have in common. It is part of the journal's format: another one needs another [`FORMAT`].
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

/// The first byte of what is packed with [`COMMON`]. Four bytes follow it, the length of the text, least significant first;
/// then an LZ4 block.
const FORMAT: u8 = 1;
const HEAD: usize = 5;

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
    let Some(length) = u32::try_from(text.len()).ok().filter(|_| text.len() <= LONGEST) else {
        return Value::Text(text.to_owned());
    };
    let block = lz4_flex::block::compress_with_dict(text.as_bytes(), COMMON.as_bytes());
    let mut packed = Vec::with_capacity(HEAD + block.len());
    packed.push(FORMAT);
    packed.extend(length.to_le_bytes());
    packed.extend(block);
    Value::Blob(packed)
}

/// The text; `None` for what is none.
pub(super) fn unpack(packed: &[u8]) -> Option<String> {
    let (head, block) = packed.split_first_chunk::<HEAD>()?;
    let [FORMAT, length @ ..] = *head else { return None };
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    if length > LONGEST {
        return None;
    }
    let text = lz4_flex::block::decompress_with_dict(block, length, COMMON.as_bytes()).ok()?;
    String::from_utf8(text).ok().filter(|text| text.len() == length)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    const BILL: &str = r#"{"number":"TK2611220100173","refund_no":"TK2611220100173","lines":[{"source":0}]}"#;

    fn packed(text: &str) -> Vec<u8> {
        let Value::Blob(bytes) = pack(text) else { panic!("it is not packed") };
        bytes
    }

    #[test]
    fn what_is_no_packed_text_is_none() {
        let good = packed(BILL);
        let mut endless = good.clone();
        endless[1..HEAD].fill(0xff);
        let mut longer = good.clone();
        longer[1] += 1;
        let mut other = good.clone();
        other[0] = FORMAT + 1;
        for bytes in
            [&[][..], &good[..HEAD - 1], &good[..good.len() - 3], &endless, &longer, &other, b"{\"a\":1}"]
        {
            assert_eq!(unpack(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn whatever_is_packed_is_had_back() {
        let long = "退".repeat(100_000);
        for text in ["", "{}", "no JSON \0", BILL, &long, COMMON] {
            assert_eq!(unpack(&packed(text)).as_deref(), Some(text));
        }
        assert!(packed(BILL).len() < BILL.len() * 2 / 3);
    }

    #[test]
    fn a_journal_that_was_packed_once_is_read_for_ever() {
        let digest = base16ct::lower::encode_string(&Sha256::digest(COMMON));
        assert_eq!(
            (FORMAT, digest.as_str()),
            (1, "382d43b60f0e82ef18cb2cfefebb218cebb54d647ea463816725b8cb63a76925")
        );
    }
}
