//! Foreign texts in errors: a page or an exception may repeat the request that it is about, and with it what proves
//! who called. What is shown of a text is cut in `envelope`.

/// Shorter runs are words and numbers; signatures, session ids and encoded keys are longer.
const SHORTEST_TOKEN: usize = 24;

/// The text with stars for every long run of base64 or hexadecimal characters.
pub(crate) fn tokens(text: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_token) {
        let (before, run) = rest.split_at(start);
        let (run, after) = run.split_at(run.find(|c| !is_token(c)).unwrap_or(run.len()));
        out.push_str(before);
        // Names of classes and services are long too, but hold no digit.
        let is_secret = run.len() >= SHORTEST_TOKEN && run.contains(|c: char| c.is_ascii_digit());
        out.push_str(if is_secret { "***" } else { run });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn long_tokens_are_starred_and_what_people_read_is_not() {
        let session = "kdservice-sessionid=64d1c0e8-77aa-4f31-9d2e-0a1b2c3d4e5f; ASP.NET_SessionId=q0w9e8r7t6y5u4i3o2p1a0s9";
        let masked = tokens(session);
        assert!(!masked.contains("64d1c0e8") && !masked.contains("q0w9e8r7"), "{masked}");
        assert_eq!(tokens("key 260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4."), "key 260001_***.");
        for kept in [
            "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.BatchSave failed",
            "KDSVCSessionInvalidOrMissingException: 会话信息已丢失",
            "单据编号为“TK26112400012”的销售退货单 at 2026-11-24 10:18:19",
        ] {
            assert_eq!(tokens(kept), kept);
        }
    }
}
