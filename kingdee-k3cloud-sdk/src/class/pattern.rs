//! The patterns of the table: pieces that must follow each other, and texts without what they quote.
//! Both work on texts in lower case, of half width, without blanks and in simplified spelling.

use std::borrow::Cow;

/// Whether the pieces of a pattern, which `…` separates, are in the text one after the other.
pub(super) fn is_in(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    pattern.split('…').all(|piece| {
        let is_plain = !piece.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b' ');
        let piece = if is_plain { Cow::Borrowed(piece) } else { Cow::Owned(plain(piece)) };
        let at = rest.find(&*piece);
        rest = at.map_or("", |at| &rest[at + piece.len()..]);
        at.is_some()
    })
}

/// The text in small letters of half width and without blanks: sites space and widen what they say as they like. 帐 and 账
/// are one word.
pub(super) fn plain(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '帐' => '账',
        other => other,
    };
    let words = text.chars().filter(|c| !c.is_whitespace());
    words.map(|c| narrow(c).to_ascii_lowercase()).collect()
}

/// Characters of the patterns as 繁体 (lcid 3076) spells them, each followed by its simplified one.
const TRADITIONAL: &str = concat!(
    "業业丟丢為为產产倉仓會会傳传關关寫写衝冲刪删務务單单參参發发號号後后啟启員员響响處处複复實实審审對对並并庫库應应廢废強强當当錄录態态戶户執执據据數数無无時时權权標标檢检沒没滿满",
    "狀状碼码礎础級级組组織织經经結结絡络統统繼继續续編编網网聯联獲获記记許许訪访證证識识試试話话詢询誤误請请調调負负賬账帳账質质資资輸输過过運运違违連连鎖锁錯错閉闭問问間间須须頻频",
    "於于線线儲储欄栏讀读",
);

/// Words of Taiwan, in simplified characters, each with the mainland's: 金蝶 and SQL Server speak so to users of 繁体.
const WORDS: [(&str, &str); 14] = [
    ("资料库", "数据库"),
    ("资料中心", "数据中心"),
    ("逾时", "超时"),
    ("连线", "连接"),
    ("伺服器", "服务器"),
    ("网路", "网络"),
    ("死结", "死锁"),
    ("锁死", "死锁"),
    ("使用者", "用户"),
    ("登入", "登录"),
    ("储存", "保存"),
    ("栏位", "字段"),
    ("介面", "接口"),
    ("回应", "响应"),
];

/// The text with the characters that the patterns have in simplified spelling, and with the mainland's words: those of
/// Taiwan are read so in a text of 繁体 alone, since a simplified one may mean something else by them.
pub(super) fn simplified(text: &str) -> String {
    let simple = |c: char| {
        let mut pairs = TRADITIONAL.chars().step_by(2).zip(TRADITIONAL.chars().skip(1).step_by(2));
        pairs.find(|(own, _)| *own == c).map_or(c, |(_, simple)| simple)
    };
    let simplified: String = text.chars().map(|c| if c.is_ascii() { c } else { simple(c) }).collect();
    if simplified == text {
        return simplified;
    }
    WORDS.iter().fold(
        simplified,
        |text, (own, mainland)| {
            if text.contains(own) { text.replace(own, mainland) } else { text }
        },
    )
}

/// The text without what is in quotes or brackets: names of fields, bills and materials, which may read like
/// anything. A quote that is not closed is left as it is.
pub(super) fn unquoted(text: &str) -> String {
    const PAIRS: [(char, char); 7] =
        [('“', '”'), ('‘', '’'), ('【', '】'), ('[', ']'), ('"', '"'), ('《', '》'), ('「', '」')];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let closed = PAIRS
            .iter()
            .find(|(open, _)| *open == c)
            .and_then(|(_, close)| Some((*close, after.find(*close)?)));
        out.push(c);
        rest = match closed {
            Some((close, at)) => {
                out.push(close);
                &after[at + close.len_utf8()..]
            }
            None => after,
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_in, plain, simplified, unquoted};

    #[test]
    fn pieces_must_follow_each_other() {
        assert!(is_in("冲突…请稍候", "“a”业务操作冲突，请稍候再使用。"));
        assert!(!is_in("冲突…请稍候", "请稍候，冲突"));
        assert!(is_in("WebAPI", "不允许调用webapi接口"));
        assert!(!is_in("单据日期…早于", "交货日期不能早于单据日期"));
    }

    #[test]
    fn neither_blanks_nor_width_matter() {
        assert_eq!(plain(" 允许调用 Ｗｅｂ API\u{3000}接口，关帐 "), "允许调用webapi接口,关账");
        assert!(is_in("允许调用…WebAPI", &plain("允许调用 Web API 接口")));
        assert!(is_in("timed out", &plain("The operation has timed  out")));
    }

    #[test]
    fn traditional_characters_are_read_as_simplified_ones() {
        assert_eq!(simplified("數據庫連接超時，請稍後再試 A"), "数据库连接超时，请稍后再试 A");
        assert_eq!(simplified("数据库连接超时"), "数据库连接超时");
        assert_eq!(simplified("資料庫連線逾時，伺服器未回應"), "数据库连接超时，服务器未响应");
        assert_eq!(simplified("产品连线"), "产品连线", "a simplified text is left alone");
    }

    #[test]
    fn names_in_quotes_are_taken_out_and_open_quotes_are_not() {
        assert_eq!(unquoted("字段“结账方式”是必填项"), "字段“”是必填项");
        assert_eq!(unquoted("编码值[\"关账\"]不存在"), "编码值[]不存在");
        assert_eq!(unquoted("长 5\" 的 [死锁"), "长 5\" 的 [死锁");
    }
}
