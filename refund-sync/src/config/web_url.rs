//! `kingdee_web_url`: where a person opens a bill in the browser. Each site has its own form of that address, so it is a
//! setting: a template with `{fid}` or `{bill_no}`, or only the site's own address.

use std::fmt::Write as _;

use serde_json::json;
use url::Url;

use super::reader::{Section, Shape};
use crate::lang::Text;

const EXAMPLE: &str = "\"https://erp.example.com/k3cloud/\"";
const FID: &str = "{fid}";
const BILL_NO: &str = "{bill_no}";

/// Where a person opens a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(String);

impl WebUrl {
    /// Reads the key; a site without it shows no links.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        section.describe("kingdee_web_url", json!({ "type": "string", "minLength": 1 }));
        let setting = section.get("kingdee_web_url", Shape::Text)?.hide_if(|text| text.contains('@'));
        let text = setting.text(EXAMPLE)?;
        match fault(text) {
            None => Some(Self(text.to_owned())),
            Some(message) => {
                setting.refuse(message, EXAMPLE);
                None
            }
        }
    }

    /// The address of a bill; `None` where it asks for a FID that is not known yet.
    pub fn of_bill(&self, bill_no: &str, fid: Option<&str>) -> Option<String> {
        if self.0.contains(FID) && fid.is_none() {
            return None;
        }
        Some(self.0.replace(FID, &escaped(fid.unwrap_or_default())).replace(BILL_NO, &escaped(bill_no)))
    }
}

/// What is wrong with it.
fn fault(text: &str) -> Option<Text> {
    let filled = text.replace(FID, "1").replace(BILL_NO, "1");
    if filled.contains(['{', '}']) {
        return Some(Text::new(
            "花括号里只能是 {fid} 或 {bill_no}",
            "may have {fid} and {bill_no} in it, nothing else in braces",
        ));
    }
    let Ok(url) = Url::parse(&filled) else {
        return Some(Text::new("不是有效的网址", "is not a URL"));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Some(Text::new("须以 http:// 或 https:// 开头", "must begin with http:// or https://"));
    }
    let host =
        text.split("//").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if host.contains('{') {
        return Some(Text::new("主机名不能随单据变化", "names a host that depends on the bill"));
    }
    (!url.username().is_empty() || url.password().is_some())
        .then_some(Text::new("网址里不能含有用户名或密码", "holds a user or a password"))
}

/// As a part of an address: whatever a number holds, it stays one value.
fn escaped(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            part.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(part, "%{byte:02X}");
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_opened_by_what_the_site_asks_for_and_nothing_of_it_leaves_its_place() {
        let url = WebUrl("https://erp.example.com/k3cloud/?bill={bill_no}&id={fid}".into());
        let opened = url.of_bill("TK 1&x=#/退", Some("100001")).unwrap();
        assert_eq!(opened, "https://erp.example.com/k3cloud/?bill=TK%201%26x%3D%23%2F%E9%80%80&id=100001");
        assert_eq!(url.of_bill("TK1", None), None, "its FID is not known");
        let site = WebUrl("https://erp.example.com/k3cloud/".into());
        assert_eq!(site.of_bill("TK1", None).as_deref(), Some("https://erp.example.com/k3cloud/"));
    }

    #[test]
    fn what_leads_nowhere_or_to_somebody_else_is_refused() {
        for wrong in [
            "erp.example.com",
            "javascript:alert(1)",
            "ftp://erp.example.com/{fid}",
            "https://{bill_no}.example.com/",
            "https://erp.example.com/{id}",
            "https://erp.example.com/{fid",
            "https://user:secret@erp.example.com/",
            "",
        ] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
        for right in ["https://erp.example.com/k3cloud/", "http://10.0.0.9/k3cloud/#/bill/{fid}?no={bill_no}"]
        {
            assert_eq!(fault(right), None, "{right}");
        }
    }
}
