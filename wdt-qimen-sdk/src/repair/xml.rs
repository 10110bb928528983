//! Refusals that come as XML though JSON was asked for: gateways throttle that way.

use crate::envelope::Refused;

/// The refusal in an XML answer, if it is one.
pub(crate) fn refusal_of(body: &[u8]) -> Option<Refused> {
    let text = std::str::from_utf8(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)).ok()?.trim_start();
    if !text.starts_with('<') || !(text.contains("<error_response") || text.contains("<response")) {
        return None;
    }
    let code = element(text, "code").or_else(|| element(text, "errorcode"))?.trim().parse().ok()?;
    let said = |names: [&str; 2]| names.iter().find_map(|name| element(text, name)).unwrap_or_default();
    let refused = Refused {
        code,
        message: said(["msg", "message"]),
        sub_code: said(["sub_code", "sub_code"]),
        sub_message: said(["sub_msg", "sub_message"]),
        request_id: Some(said(["request_id", "request_id"])).filter(|id| !id.is_empty()),
    };
    (code != 0).then_some(refused)
}

/// The text of the first element of a name.
fn element(text: &str, name: &str) -> Option<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let content = text.split_once(&open)?.1.split_once(&close)?.0;
    let content =
        content.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(content);
    Some(
        content
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::refusal_of;

    #[test]
    fn an_xml_error_is_read_for_its_code() {
        let text = "\u{FEFF}<?xml version=\"1.0\"?><error_response><code>7</code><msg><![CDATA[App Call Limited]]></msg>\
                    <sub_code>a.b</sub_code><sub_msg>wait &lt; 2 &amp; more</sub_msg></error_response>";
        let refused = refusal_of(text.as_bytes()).unwrap();
        assert_eq!((refused.code, &*refused.message, &*refused.sub_code), (7, "App Call Limited", "a.b"));
        assert_eq!((&*refused.sub_message, refused.request_id), ("wait < 2 & more", None));
    }

    #[test]
    fn other_markup_is_no_refusal() {
        for text in [
            "<html><body>code</body></html>",
            "<response><code>0</code></response>",
            "<error_response>",
            "{}",
        ] {
            assert_eq!(refusal_of(text.as_bytes()), None, "{text}");
        }
    }
}
