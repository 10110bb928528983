//! Settings that are allowed and weaken a promise all the same: each named with what is lost by it and what to write.
//! What is wrong altogether is refused where its key is read.

use std::time::Duration;

use super::reader::{Section, Shape};
use super::wdt::AskStatus;
use super::{Kingdee, Verify, Wdt};
use crate::lang::{Text, both};

/// A row may appear so late at any time: a bulk of them takes 旺店通 some seconds.
const LATE: Duration = Duration::from_mins(1);

/// Names those of a pipeline.
pub(super) fn name(
    (wdt, reads): (&Option<Wdt>, &Option<Section<'_>>),
    (kingdee, writes): (&Option<Kingdee>, &Option<Section<'_>>),
) {
    if let (Some(wdt), Some(section)) = (wdt, reads) {
        wdt.name_weak(section);
    }
    if let (Some(kingdee), Some(section)) = (kingdee, writes) {
        kingdee.name_weak(section);
    }
}

impl Wdt {
    /// What of the reading weakens "no miss".
    fn name_weak(&self, section: &Section<'_>) {
        let weak = |key, shape, message: Text, fix: &str| {
            if let Some(setting) = section.get(key, shape) {
                setting.weaken(message, fix);
            }
        };
        if self.lag.is_zero() {
            weak(
                "lag_seconds",
                Shape::Number,
                Text::new(
                    "读取到当前这一秒：稍后才出现的记录只能靠 overlap 补读",
                    "reads what changes at this very second: a row that comes a moment later is caught by the overlap alone",
                ),
                "lag_seconds = 180",
            );
        }
        if self.lag + self.overlap < LATE {
            weak(
                "overlap_seconds",
                Shape::Number,
                Text::new(
                    "lag 与 overlap 合计不足一分钟：更晚出现的记录会漏读，直到夜间回看",
                    "a row that appears later than lag and overlap together, less than a minute, is missed until the nightly watch",
                ),
                "overlap_seconds = 600",
            );
        }
        if self.watch_days == 0 {
            let message = if self.ask_status == AskStatus::Accepted {
                Text::new(
                    "再也看不到迟来的变更；ask_status = \"accepted\" 时连冲回也看不到",
                    "no late change is ever seen, with ask_status = \"accepted\" not even a reversal",
                )
            } else {
                Text::new(
                    "不再回看历史：太晚出现的记录不会被发现",
                    "the past is not read again: a row that appeared too late is never found",
                )
            };
            weak("watch_days", Shape::Number, message, "watch_days = 31");
        }
    }
}

impl Kingdee {
    /// What of the writing weakens "no double" and "to the cent".
    fn name_weak(&self, section: &Section<'_>) {
        if self.resend_after < self.timeout
            && let Some(setting) = section.get("resend_after_seconds", Shape::Number)
        {
            let (resend, timeout) = (self.resend_after.as_secs(), self.timeout.as_secs());
            setting.weaken(
                both!(
                    "超时 {timeout} 秒而放弃的调用可能仍在金蝶执行，{resend} 秒后重发会重单；只有数据库对单据编号建了唯一索引才可以",
                    "a call that was given up after {timeout} s may still be running in 金蝶 when its bills are sent again \
                     after {resend} s: two of one number can be saved, unless the database has a unique index on it"
                ),
                "resend_after_seconds = 300",
            );
        }
        if self.verify == Verify::None
            && let Some(setting) = section.get("verify", Shape::Text)
        {
            setting.weaken(
                Text::new(
                    "不核对金蝶实际保存的数量与金额",
                    "nobody looks whether 金蝶 saved the quantities and cents that were sent",
                ),
                "verify = \"look-up\"",
            );
        }
    }
}
