//! Every metric. The names are a contract with dashboards and alert rules: they are added to, never changed.

use super::text::sample;
use super::{Kind, Metric, Names, Samples, number, seconds, yuan};
use crate::serve::Delivery;
use crate::serve::Ending;
use crate::serve::View;
use crate::store::Side;

const fn gauge(name: &'static str, labels: Names, help: &'static str, samples: Samples) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, help, samples }
}

const fn counter(name: &'static str, labels: Names, help: &'static str, samples: Samples) -> Metric {
    Metric { name, kind: Kind::Counter, labels, help, samples }
}

/// All of them.
pub const TABLE: &[Metric] = &[
    gauge(
        "refund_sync_build_info",
        &["version"],
        "Always 1; the label says which version runs. 运行中的版本",
        |_| vec![sample(&[("version", env!("CARGO_PKG_VERSION"))], 1.0)],
    ),
    counter(
        "refund_sync_runs_total",
        &["pipeline", "ending"],
        "Runs by how they ended; skipped: a firing that called none. 按结局统计的运行次数",
        |sight| {
            sight.every(|view, samples| {
                for ending in Ending::ALL {
                    let count = view.endings.get(&ending).copied().unwrap_or_default();
                    samples.add(&[("ending", ending.as_str())], number(count));
                }
            })
        },
    ),
    counter(
        "refund_sync_run_seconds_total",
        &["pipeline"],
        "How long all runs took together. 运行总时长",
        |sight| sight.each(|view| view.run_seconds),
    ),
    gauge(
        "refund_sync_run_active_seconds",
        &["pipeline"],
        "How long the run that goes on has taken so far; 0 when none does. 当前运行已持续的时间",
        |sight| sight.each(|view| view.running.as_ref().map_or(0.0, |run| seconds(sight.now - run.since))),
    ),
    counter(
        "refund_sync_panics_total",
        &["pipeline"],
        "Tasks of the pipeline that broke by a fault of the program and were begun anew. 程序内部错误次数",
        |sight| sight.each(|view| number(view.panics)),
    ),
    counter(
        "refund_sync_firings_missed_total",
        &["pipeline"],
        "Firings of the schedule that nobody was there for; the next run caught them up. 错过的计划次数",
        |sight| sight.each(|view| number(view.missed)),
    ),
    gauge(
        "refund_sync_firing_late_seconds",
        &["pipeline"],
        "How late the last firing was taken up. 最近一次计划的延迟",
        |sight| sight.each(|view| seconds(view.late)),
    ),
    gauge(
        "refund_sync_success_timestamp_seconds",
        &["pipeline"],
        "When the last complete cycle ended, in Unix time; absent before the first. 最近一次成功运行的时刻",
        |sight| sight.some(|view| view.succeeded.map(|at| seconds(at - chrono::DateTime::UNIX_EPOCH))),
    ),
    gauge(
        "refund_sync_overdue_seconds",
        &["pipeline"],
        "How long a complete cycle is overdue; 0 when none is. 超过应有成功运行的时间",
        |sight| sight.each(|view| seconds(view.overdue(sight.now))),
    ),
    gauge(
        "refund_sync_stopped",
        &["pipeline", "system"],
        "1 while nothing is sent because only a person can mend it, by the system that refused. 是否已停止",
        |sight| {
            sight.every(|view, samples| {
                for (side, word) in [(Side::Wdt, "wdt"), (Side::Kingdee, "kingdee")] {
                    let is = view.stopped.as_ref().is_some_and(|stopped| stopped.side == side);
                    samples.add(&[("system", word)], f64::from(u8::from(is)));
                }
            })
        },
    ),
    gauge(
        "refund_sync_paused",
        &["pipeline"],
        "1 while a person wants the firings skipped. 是否人工暂停",
        |sight| {
            sight.each(|view| {
                let is = view.status.as_ref().is_some_and(|status| status.paused.is_some());
                f64::from(u8::from(is))
            })
        },
    ),
    counter(
        "refund_sync_wdt_calls_total",
        &["pipeline"],
        "Calls to 旺店通. 调用旺店通的次数",
        |sight| sight.each(|view| number(view.totals.read_calls)),
    ),
    gauge(
        "refund_sync_wdt_quota_calls_per_minute",
        &["pipeline"],
        "What 旺店通 takes by contract. 合同限额",
        |sight| sight.each(|view| f64::from(view.pace.quota)),
    ),
    gauge(
        "refund_sync_wdt_ceiling_calls_per_minute",
        &["pipeline"],
        "What 旺店通 was seen to take; the contract where nothing lower was learned. 实测上限",
        |sight| sight.each(|view| view.pace.ceiling),
    ),
    gauge(
        "refund_sync_wdt_hold_seconds",
        &["pipeline"],
        "For how long yet 旺店通 wants to be left alone; 0 when it does not. 封禁剩余时间",
        |sight| sight.each(|view| view.pace.held_until.map_or(0.0, |until| seconds(until - sight.now))),
    ),
    gauge(
        "refund_sync_kingdee_hold_seconds",
        &["pipeline"],
        "For how long yet 金蝶 wants to be left alone; 0 when it does not. 金蝶要求暂停的剩余时间",
        |sight| {
            let held =
                |view: &View| view.kingdee_hold.as_ref().map_or(0.0, |hold| seconds(hold.until - sight.now));
            sight.each(held)
        },
    ),
    counter(
        "refund_sync_rows_total",
        &["pipeline", "outcome"],
        "Rows of 旺店通 by what they brought. 读到的行",
        |sight| {
            sight.every(|view, samples| {
                let rows = view.totals.rows;
                for (outcome, count) in [
                    ("accepted", rows.accepted),
                    ("filtered", rows.filtered),
                    ("unreadable", rows.unreadable),
                    ("waiting", rows.waiting),
                    ("unchanged", rows.unchanged),
                ] {
                    samples.add(&[("outcome", outcome)], number(count));
                }
            })
        },
    ),
    counter(
        "refund_sync_windows_settled_total",
        &["pipeline"],
        "Windows that were walked when they could only shrink, and counted. 已完整读取的时段",
        |sight| sight.each(|view| number(view.totals.windows_settled)),
    ),
    counter(
        "refund_sync_windows_short_total",
        &["pipeline"],
        "Windows in which 旺店通 counts more rows than it delivers. 缺行的窗口",
        |sight| sight.each(|view| number(view.totals.windows_short.len() as u64)),
    ),
    gauge(
        "refund_sync_short_windows",
        &["pipeline"],
        "Windows that are not proven whole and are read again. 待补读的窗口",
        |sight| {
            sight.each(|view| {
                number(view.status.as_ref().map_or(0, |status| status.short_windows.len() as u64))
            })
        },
    ),
    counter(
        "refund_sync_bills_total",
        &["pipeline", "step"],
        "Bills by the step they took. 按步骤统计的单据",
        |sight| {
            sight.every(|view, samples| {
                let totals = &view.totals;
                for (step, count) in [
                    ("mapped", totals.mapped),
                    ("saved", totals.saved),
                    ("adopted", totals.adopted),
                    ("resent", totals.resent),
                    ("confirmed", totals.confirmed),
                ] {
                    samples.add(&[("step", step)], number(count));
                }
            })
        },
    ),
    counter(
        "refund_sync_parked_total",
        &["pipeline", "cause"],
        "Documents that were parked, by cause. 转待处理次数",
        |sight| {
            sight.every(|view, samples| {
                for (cause, count) in &view.totals.parked {
                    samples.add(&[("cause", cause)], number(*count));
                }
            })
        },
    ),
    counter(
        "refund_sync_unanswered_calls_total",
        &["pipeline"],
        "Calls to 金蝶 whose answer did not come. 金蝶未应答的调用",
        |sight| sight.each(|view| number(view.totals.unanswered)),
    ),
    counter(
        "refund_sync_differences_total",
        &["pipeline", "kind"],
        "Documents that were found different after the sync, by what is different. 同步后出现的差异",
        |sight| {
            sight.every(|view, samples| {
                let totals = &view.totals;
                for (kind, count) in [
                    ("changed", totals.noticed),
                    ("reversed", totals.reversed),
                    ("altered", totals.altered),
                    ("foreign", totals.foreign),
                ] {
                    samples.add(&[("kind", kind)], number(count));
                }
            })
        },
    ),
    gauge(
        "refund_sync_lag_seconds",
        &["pipeline"],
        "How far the unbroken settled past is behind now; absent before anything is settled. 完整读取进度的滞后",
        |sight| sight.some(|view| sight.behind(view.status.as_ref()?.cursor.as_deref()?)),
    ),
    gauge(
        "refund_sync_read_lag_seconds",
        &["pipeline"],
        "How far what was read is behind now; absent before anything is read. 读取进度的滞后",
        |sight| sight.some(|view| sight.behind(view.status.as_ref()?.read_until.as_deref()?)),
    ),
    gauge(
        "refund_sync_clock_offset_seconds",
        &["pipeline"],
        "旺店通's clock minus this machine's. 时钟差",
        |sight| sight.some(|view| Some(view.status.as_ref()?.clock_offset_seconds)),
    ),
    gauge(
        "refund_sync_documents",
        &["pipeline", "state"],
        "Documents in the journal by state. 按状态统计的单据数",
        |sight| {
            sight.every(|view, samples| {
                for (state, count) in view.status.iter().flat_map(|status| &status.documents) {
                    samples.add(&[("state", state)], number(*count));
                }
            })
        },
    ),
    gauge(
        "refund_sync_documents_parked",
        &["pipeline", "cause"],
        "Documents that wait for a person, by cause. 待人工处理的单据数",
        |sight| {
            sight.every(|view, samples| {
                for (cause, count) in view.status.iter().flat_map(|status| &status.parked) {
                    samples.add(&[("cause", cause)], number(*count));
                }
            })
        },
    ),
    gauge(
        "refund_sync_parked_yuan",
        &["pipeline", "cause"],
        "Money of the documents that wait for a person, in yuan, by cause. 待人工处理的金额（元）",
        |sight| {
            sight.every(|view, samples| {
                for (cause, amount) in view.status.iter().flat_map(|status| &status.parked_yuan) {
                    samples.add(&[("cause", cause)], yuan(*amount));
                }
            })
        },
    ),
    gauge(
        "refund_sync_documents_flagged",
        &["pipeline", "flag"],
        "Documents that a person should know of, by flag. 带标记的单据数",
        |sight| {
            sight.every(|view, samples| {
                for (flag, count) in view.status.iter().flat_map(|status| &status.flags) {
                    samples.add(&[("flag", flag)], number(*count));
                }
            })
        },
    ),
    counter(
        "refund_sync_alerts_total",
        &["receiver", "outcome"],
        "Messages to receivers of alerts, by what became of them. 报警消息",
        |sight| {
            let of = |(receiver, delivery): (&String, &Delivery)| {
                [("taken", delivery.sent), ("refused", delivery.failed)].map(|(outcome, count)| {
                    sample(&[("receiver", receiver), ("outcome", outcome)], number(count))
                })
            };
            sight.deliveries.iter().flat_map(of).collect()
        },
    ),
    gauge(
        "refund_sync_alert_receiver_failing",
        &["receiver"],
        "1 while a receiver of alerts does not take them. 报警接收方是否失败",
        |sight| {
            let failing = |delivery: &Delivery| f64::from(u8::from(delivery.failing.is_some()));
            let of =
                |(receiver, delivery): (&String, _)| sample(&[("receiver", receiver)], failing(delivery));
            sight.deliveries.iter().map(of).collect()
        },
    ),
];
