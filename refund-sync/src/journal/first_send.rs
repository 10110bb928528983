//! May a bill of this return stand in 金蝶 already, although this journal never sent one? Pure.
//! Looking is `worker::writer::before_sending`'s; what a look-up proves is in `identity`.

use chrono::{NaiveDateTime, TimeDelta};
use serde::Deserialize;

use super::Document;

/// By how much the clocks of this machine and of 旺店通 may disagree without a return being taken for younger than the
/// journal's lock: a return of this day is looked up once for nothing, an older one never slips through.
const DOUBT: TimeDelta = TimeDelta::days(1);

/// All that is asked of a return here: hundreds are looked at for each call.
#[derive(Deserialize)]
struct Times {
    #[serde(default)]
    created: Option<NaiveDateTime>,
    modified: Option<NaiveDateTime>,
}

/// Whether `document` must be looked up in 金蝶 before it is sent. `alone_since` (Asia/Shanghai) is when this process
/// took the journal's lock: from then on nobody else can have sent what the journal holds.
///
/// What came before is not known, whatever the journal says: it may be new, moved here from another machine, or restored
/// from an older copy, and a copy does not tell that it is one. So only a return that did not exist yet at that time is
/// sent without a look, and one whose times are missing or contradict each other is not taken for such.
pub fn needs_look_up(document: &Document, alone_since: NaiveDateTime) -> bool {
    if document.sends > 0 {
        return true;
    }
    let times = document.source.part(|refund| Times { created: refund.created, modified: refund.modified });
    let Some(Times { created: Some(created), modified: Some(modified) }) = times else { return true };
    created > modified || created < alone_since + DOUBT
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::json;

    use super::*;
    use crate::journal::{Kept, Version};

    fn time(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    /// The lock was taken on the 20th.
    fn looks(created: &str, modified: &str, sends: u32) -> bool {
        let version = Version { modified: None, asked_at: DateTime::<Utc>::UNIX_EPOCH };
        let mut document = Document::new("TK1".to_owned(), version);
        document.sends = sends;
        let mut source = json!({
            "refund_no": "TK1", "kind": 2, "process_status": 90, "shop_no": "S001", "customer_no": "",
            "warehouse_no": "WH01", "tid": "", "src_no": "", "sales_tid": "", "return_mask": 0, "lines": [],
            "modified": null,
        });
        for (key, time) in [("created", created), ("modified", modified)] {
            if !time.is_empty() {
                source[key] = json!(time);
            }
        }
        document.source = Kept::of_text(source.to_string());
        assert!(document.refund().is_some(), "{source}");
        needs_look_up(&document, time("2026-11-20T08:00:00"))
    }

    #[test]
    fn what_existed_before_the_lock_was_taken_is_looked_up_however_lately_it_was_touched() {
        assert!(looks("2026-11-01T10:00:00", "2026-11-25T10:00:00", 0));
        assert!(looks("2026-11-20T07:59:59", "2026-11-20T08:00:01", 0));
    }

    #[test]
    fn what_was_made_more_than_a_day_after_the_lock_was_taken_is_sent_without_a_look() {
        assert!(looks("2026-11-21T07:59:59", "2026-11-25T10:00:00", 0), "a day of doubt");
        assert!(!looks("2026-11-21T08:00:00", "2026-11-25T10:00:00", 0));
    }

    #[test]
    fn what_was_sent_once_is_looked_up_whenever_it_was_made() {
        assert!(looks("2026-11-24T08:00:00", "2026-11-25T10:00:00", 1));
    }

    #[test]
    fn times_that_are_missing_or_impossible_prove_nothing() {
        assert!(looks("", "2026-11-25T10:00:00", 0));
        assert!(looks("2026-11-24T08:00:00", "", 0));
        assert!(looks("2036-01-01T00:00:00", "2026-11-25T10:00:00", 0), "made after its last change");
    }
}
