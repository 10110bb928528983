//! Texts in half bytes: what stands in [`TEMPLATE`], or earlier in the text, is referred to; a digit takes half a byte, and
//! what is neither a byte. A return is mostly keys, which the template has in their order, and digits.

use std::sync::LazyLock;

/// What returns, bills and facts of events have in common, in the order in which they are written. It is part of the
/// journal's format: another one needs another format.
pub(super) const TEMPLATE: &str = concat!(
    r#""unit":"Pcs","stockins":[{"stockin_no":"RK","modified":"20","arrivals":[{"order_id":"","oid":"","spec_no":"","#,
    r#""num":"1.0000","warehouse_no":"","batch_no":"","produced":"20","expires":"20","defective":false}]}],"lot":"","#,
    r#""stock_status":"","serials":["","head":[{"key":"F","json":"","finance":[{"key":"F","json":"","trimmed":["#,
    r#""swap_trade_no":"","outer_no":"","wms_outer_no":"","stockin_pre_no":"","fenxiao_refund_no":"","spec_code":"","#,
    r#""barcode":"","brand_name":"","position_no":"","free":"gift","free":"no_refund","again":true,"looked_up":false,"#,
    r#""notes":["{"cause":"","reasons":[{"code":"","message":"","message_zh":"","remedy":"","remedy_zh":""}]}"#,
    r#"{"why":""}{"attempt":1,"why":""}{"fid":"","mark":"","seen":{"amount":"","customer":"","date":"20","#,
    r#""status":"A 创建","unit":"Pcs"}}{"kind":4,"modified":"20T:","process_status":,"shop_no":"S","#,
    r#"{"modified":"20","window":["20","20"]}{"amount":"","date":"20","left_out":0,"lines":1,"#,
    r#""refund_minus_goods":"-0.00","rules":""}{"again":false,"amount":"","batch":,"looked_up":true,"mark":"","#,
    r#""number":"TK"}{"fid":"","number":"TK"}{"fid":"","status":"C 已审核"}{"fid":"","status":"A 创建"}"#,
    r#"{"number":"TK","refund_no":"TK","bill_type":"XSTHD01_SYS","date":"20","moved_from":null,"sale_org":"100","#,
    r#""settle_org":"100","stock_org":"100","owner_org":"100","customer":"C","currency":"PRE001","#,
    r#""return_type":"THLX01_SYS","head_note":"","lines":[{"source":0,"material":"","quantity":"1","#,
    r#""must_quantity":"1","tax_price":"","amount":"","free":null,"tax_rate":"13","unit":null,"stock":"CK"},"#,
    r#"{"source":1,"material":"","quantity":"2","must_quantity":"2","tax_price":"","amount":"","free":null,"#,
    r#""tax_rate":"13","unit":null,"stock":"CK","further":[{"key":"F"}]}]}"#,
    r#"{"refund_no":"TK","kind":2,"process_status":90,"shop_no":"S","customer_no":"KH","warehouse_no":"WH","#,
    r#""created":"20","modified":"20","finish_time":"20","check_time":null,"goods_amount":"","refund_amount":"","#,
    r#""actual_refund_amount":"","tid":"","src_no":"","sales_tid":"JY20","return_mask":0,"#,
    r#""lines":[{"order_id":"","oid":"","spec_no":"","goods_no":"","refund_num":"1.0000","stockin_num":"1.0000","#,
    r#""refund_order_amount":"","total_amount":"","gift_type":0,"further":{"brand_name":"","goods_name":"","#,
    r#""position_no":"","sales_tid":"","spec_code":"","src_no":"","suite_name":"","suite_no":"","#,
    r#"{"order_id":"","spec_no":"","goods_no":"","refund_num":"2.0000","stockin_num":"2.0000","#,
    r#""refund_order_amount":"","total_amount":"","gift_type":0,"further":{"goods_name":"","spec_name":"","tid":""}}],"#,
    r#""further":{"api_outer_no":"","fenxiao_tid":"","flag_name":"","logistics_name":"","logistics_no":"","#,
    r#""other_amount":"0","post_amount":"0","return_logistics_name":"","return_logistics_no":"","shop_name":""}}"#,
);

/// Half bytes: the ten digits, three marks that stand between them, and what is no character.
const MARKS: &[u8; 3] = b"-.:";
/// How many bytes follow, and they.
const BYTES: u8 = 13;
/// How many bytes stand as they did so far before: four half bytes.
const COPY: u8 = 14;
/// How many bytes go on where the last copy out of the template ended.
const GO_ON: u8 = 15;

/// The fewest bytes of each.
const FEWEST: [usize; 3] = [1, 4, 2];

/// A longer text is not written so: what lies further back cannot be referred to.
pub(super) const LONGEST: usize = 60_000;

/// Where four bytes last stood, by their hash; 0: nowhere.
static IN_TEMPLATE: LazyLock<Box<[u16; 1 << 13]>> = LazyLock::new(|| {
    let mut places = Box::new([0; 1 << 13]);
    for at in 1..TEMPLATE.len() - 3 {
        note(&mut places, hash(four(TEMPLATE.as_bytes(), at)), at);
    }
    places
});

/// The four bytes at a place; 0 where there are fewer.
fn four(text: &[u8], at: usize) -> u32 {
    let four = text.get(at..).and_then(|rest| rest.first_chunk::<4>());
    four.map_or(0, |four| u32::from_le_bytes(*four))
}

fn hash(four: u32) -> u32 {
    four.wrapping_mul(2_654_435_761)
}

/// Notes what stands at a place. Returns where the same hash stood before.
fn note<const N: usize>(places: &mut [u16; N], hash: u32, at: usize) -> usize {
    let slot = hash >> (32 - N.ilog2());
    let place = u16::try_from(at).unwrap_or_default();
    places.get_mut(slot as usize).map_or(0, |known| std::mem::replace(known, place).into())
}

/// How many bytes two texts have in common at their beginnings.
fn alike(one: &[u8], other: &[u8]) -> usize {
    let eight =
        |text: &[u8], at: usize| text.get(at..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight));
    let mut same = 0;
    while let (Some(ours), Some(theirs)) = (eight(one, same), eight(other, same)) {
        if ours != theirs {
            return same + (ours ^ theirs).trailing_zeros() as usize / 8;
        }
        same += 8;
    }
    while same < one.len() && one.get(same) == other.get(same) {
        same += 1;
    }
    same
}

/// A character that takes half a byte.
fn half(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'-' => Some(10),
        b'.' => Some(11),
        b':' => Some(12),
        _ => None,
    }
}

/// How many half bytes a text takes where nothing is referred to.
fn cost(text: &[u8]) -> usize {
    text.iter().map(|byte| if half(*byte).is_some() { 1 } else { 3 }).sum()
}

#[derive(Debug, Default)]
struct Writer {
    bytes: Vec<u8>,
    is_half: bool,
}

impl Writer {
    fn put(&mut self, half: u8) {
        match self.bytes.last_mut() {
            Some(last) if self.is_half => *last |= half,
            _ => self.bytes.push(half << 4),
        }
        self.is_half = !self.is_half;
    }

    fn count(&mut self, code: u8, count: usize) {
        self.put(code);
        let mut count = count - FEWEST[usize::from(code - BYTES)];
        while count >= 15 {
            self.put(15);
            count -= 15;
        }
        self.put(u8::try_from(count).unwrap_or_default());
    }

    fn raw(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.count(BYTES, bytes.len());
        }
        for byte in bytes {
            self.put(byte >> 4);
            self.put(byte & 15);
        }
    }
}

/// Puts the half bytes of a text, of at most [`LONGEST`] bytes, behind `head`.
pub(super) fn write(head: Vec<u8>, text: &[u8]) -> Vec<u8> {
    let template = TEMPLATE.as_bytes();
    let mut places = [0; 1 << 9];
    let mut writer = Writer { bytes: head, is_half: false };
    // Where it stands, where the template goes on, and since where nothing is written.
    let (mut at, mut next, mut raw) = (0, 0, 0);
    let mut is_in_figure = false;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        let on = if template.get(next) == Some(&byte) { alike(&template[next..], rest) } else { 0 };
        let figure = half(byte);
        // How far back, and how many.
        let (mut back, mut copied) = (0, 0);
        // Far enough on no other is looked for, and in the middle of a figure none.
        if on < 8 && !(is_in_figure && figure.is_some()) {
            let here = four(text, at);
            let hash = hash(here);
            // Behind its place: 0 is none.
            let last = note(&mut places, hash, at + 1);
            if last > 0 && four(text, last - 1) == here {
                (back, copied) = (at + 1 - last, alike(&text[last - 1..], rest));
            }
            let other = usize::from(IN_TEMPLATE[(hash >> 19) as usize]);
            if other > 0 && copied < 24 && four(template, other) == here {
                let length = alike(&template[other..], rest);
                if length > copied {
                    (back, copied) = (template.len() + at - other, length);
                }
            }
            if let Some(key) = template.get(next).filter(|_| copied > 0 && template.len() + at - back != next)
            {
                // A value that stood before ends where the template goes on.
                let is_key = |cut: &usize| rest[*cut] == *key && alike(&template[next..], &rest[*cut..]) >= 6;
                copied = (1..copied).find(is_key).unwrap_or(copied);
            }
        }
        let is_on = on > 2 || (on == 2 && cost(&rest[..2]) > 2);
        let is_copied = copied >= FEWEST[1] && copied > on + 4 && (copied > 6 || cost(&rest[..copied]) > 6);
        is_in_figure = false;
        if is_copied {
            writer.raw(&text[raw..at]);
            writer.count(COPY, copied);
            for place in (0..4).rev() {
                writer.put(u8::try_from((back >> (4 * place)) & 15).unwrap_or_default());
            }
            if back > at {
                next = template.len() + at - back + copied;
            }
            at += copied;
            raw = at;
        } else if is_on {
            writer.raw(&text[raw..at]);
            writer.count(GO_ON, on);
            next += on;
            at += on;
            raw = at;
        } else if let Some(half) = figure {
            writer.raw(&text[raw..at]);
            writer.put(half);
            is_in_figure = true;
            at += 1;
            raw = at;
        } else {
            at += 1;
        }
    }
    writer.raw(&text[raw..at]);
    // What is left of the last byte begins something that does not come.
    if writer.is_half {
        writer.put(GO_ON);
    }
    writer.bytes
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at / 2)?;
        self.at += 1;
        Some(if self.at % 2 == 1 { byte >> 4 } else { byte & 15 })
    }

    fn count(&mut self, code: u8) -> Option<usize> {
        let mut count = FEWEST[usize::from(code - BYTES)];
        loop {
            let more = self.take()?;
            count += usize::from(more);
            if more < 15 {
                return Some(count);
            }
        }
    }
}

/// The text of `length` bytes; `None` for what is none.
pub(super) fn read(bytes: &[u8], length: usize) -> Option<String> {
    if length > LONGEST {
        return None;
    }
    let template = TEMPLATE.as_bytes();
    let mut reader = Reader { bytes, at: 0 };
    let mut text = Vec::with_capacity(length);
    let mut next = 0;
    while text.len() < length {
        match reader.take()? {
            digit @ 0..=9 => text.push(b'0' + digit),
            BYTES => {
                for _ in 0..reader.count(BYTES)? {
                    text.push((reader.take()? << 4) | reader.take()?);
                }
            }
            code @ (COPY | GO_ON) => {
                let count = reader.count(code)?;
                if count > length - text.len() {
                    return None;
                }
                if code == COPY {
                    let mut back = 0;
                    for _ in 0..4 {
                        back = (back << 4) | usize::from(reader.take()?);
                    }
                    if back <= text.len() {
                        let from = text.len().checked_sub(back).filter(|from| *from < text.len())?;
                        // What is copied may go on into the copy.
                        for place in from..from + count {
                            text.push(*text.get(place)?);
                        }
                        continue;
                    }
                    next = (template.len() + text.len()).checked_sub(back)?;
                }
                text.extend_from_slice(template.get(next..next + count)?);
                next += count;
            }
            mark => text.push(*MARKS.get(usize::from(mark - 10))?),
        }
    }
    let is_over = text.len() == length && reader.at.div_ceil(2) == bytes.len();
    String::from_utf8(text).ok().filter(|_| is_over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_repeats_itself_or_is_no_figure_is_had_back() {
        for text in [
            "",
            "1",
            "{}",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "2026-11-30T09:49:35",
            "一二三四五六七八九十一二三四五六七八九十",
            r#"{"fid":"100001","status":"A 创建"}"#,
            &"退\0".repeat(LONGEST / 4),
            TEMPLATE,
        ] {
            let written = write(Vec::new(), text.as_bytes());
            assert_eq!(read(&written, text.len()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_cut_too_long_or_refers_to_nothing_is_none() {
        let text = r#"{"fid":"100001","number":"TK2611220100173"}"#;
        let written = write(Vec::new(), text.as_bytes());
        assert!(written.len() < text.len() / 2, "{}", written.len());
        assert_eq!(read(&written[..written.len() - 1], text.len()), None);
        assert_eq!(read(&written, text.len() - 1), None);
        assert_eq!(read(&written, text.len() + 1), None);
        assert_eq!(read(&[&written[..], &[0]].concat(), text.len()), None);
        assert_eq!(read(&[0xe0, 0xff, 0xff], 4), None, "before everything");
        assert_eq!(read(&[0xe0, 0, 0], 4), None, "itself");
        assert_eq!(read(&[0xff; 9], LONGEST), None);
        assert_eq!(read(&written, LONGEST + 1), None);
    }
}
