//! What is worth telling of a pipeline, in which words, and what to do about it. Pure.
//! When it is told, and how often, is in `alert::told`.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::snapshot::{Activity, Counts, History, Snapshot, Yuan};
use crate::clock::shanghai;
use crate::config::AlertLimits;
use crate::lang::{Lang, Text, money, told};
use crate::model::Cause;
use crate::reconcile;
use crate::store::Side;
use crate::text::shown;

/// What can be told. Each is told for itself, and all documents of one kind together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The journal cannot be read or written.
    Journal,
    /// Nothing is sent until a person acts.
    Stopped,
    /// A task broke by a fault of the program.
    Broken,
    /// No cycle came to its end for too long.
    Silent,
    /// 旺店通 keeps us out for too long.
    Banned,
    /// Documents wait for a person.
    Parked,
    /// The reconciliation found differences.
    Differs,
    /// Nothing was accepted for long while other returns moved.
    Idle,
    /// The clocks disagree.
    Clock,
    /// Returns changed, or were reversed, after their bill was saved. It happens; it does not last.
    Noticed,
    /// Windows are not proven whole: they came short, or no total can be believed.
    Short,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// It holds.
    On,
    /// It does not.
    Off,
    /// It cannot be told at this look: neither a reason to alert nor to call it over.
    Unsure,
}

/// One kind as it stands at one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Which.
    pub kind: Kind,
    /// Whether it holds.
    pub standing: AlertState,
    /// How much of what: more of any sort than was told is news.
    pub counts: Counts,
    /// What is the matter; empty unless it holds.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Clocks may differ by this much: 旺店通 and 金蝶 refuse signatures that are minutes old.
const CLOCK_SECONDS: f64 = 60.0;
/// How many sorts a message lists.
const MOST_LISTED: usize = 6;
/// How many shops it names.
const MOST_SHOPS: usize = 3;
/// How much of another system's words a message repeats, in characters.
const MOST_QUOTED: usize = 160;

/// Flags that an accountant has to know of although the bill stands.
const AFTER_SYNC: [(&str, &str); 5] = [
    ("reversed", "已冲回"),
    ("changed", "已变更"),
    ("altered", "金蝶中被改"),
    ("foreign", "他人录入"),
    ("fields_differ", "其它字段不符"),
];

impl Kind {
    /// All of them, the gravest first.
    pub const ALL: [Self; 11] = [
        Self::Journal,
        Self::Stopped,
        Self::Broken,
        Self::Silent,
        Self::Banned,
        Self::Parked,
        Self::Differs,
        Self::Idle,
        Self::Clock,
        Self::Noticed,
        Self::Short,
    ];

    /// It lasts: it is told again while it does, and told when it is over.
    pub fn lasts(self) -> bool {
        !matches!(self, Self::Noticed)
    }

    /// The stable word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Stopped => "stopped",
            Self::Broken => "broken",
            Self::Silent => "silent",
            Self::Banned => "banned",
            Self::Parked => "parked",
            Self::Differs => "differs",
            Self::Idle => "idle",
            Self::Clock => "clock",
            Self::Noticed => "noticed",
            Self::Short => "short",
        }
    }

    /// What people call it.
    pub fn title(self) -> Text {
        match self {
            Self::Journal => Text::new("同步台账故障", "journal fails"),
            Self::Stopped => Text::new("已停止", "stopped"),
            Self::Broken => Text::new("程序内部错误", "fault of the program"),
            Self::Silent => Text::new("同步逾期", "no complete cycle"),
            Self::Banned => Text::new("被旺店通限流", "kept out by 旺店通"),
            Self::Parked => Text::new("单据待处理", "parked"),
            Self::Differs => Text::new("对账有差异", "reconciliation differs"),
            Self::Idle => Text::new("没有可入账的退货", "nothing accepted"),
            Self::Clock => Text::new("时钟不准", "clock is off"),
            Self::Noticed => Text::new("入账后有变化", "changed after the sync"),
            Self::Short => Text::new("旺店通少给数据", "windows are not whole"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Every kind as it stands, the gravest first.
pub fn conditions(
    sight: &Snapshot,
    history: &History,
    limits: &AlertLimits,
    now: DateTime<Utc>,
) -> Vec<Condition> {
    Kind::ALL.into_iter().map(|kind| condition(kind, sight, history, limits, now)).collect()
}

fn condition(
    kind: Kind,
    sight: &Snapshot,
    history: &History,
    limits: &AlertLimits,
    now: DateTime<Utc>,
) -> Condition {
    match kind {
        Kind::Journal => journal(if sight.journal_fails { AlertState::On } else { AlertState::Off }),
        Kind::Stopped => stopped(sight),
        Kind::Broken => on_if_any(kind, Counts::from([("panics".to_owned(), sight.panics)])).say(
            || {
                told!(
                    "任务异常中断 {} 次，已自动重启",
                    "a task broke {} times and is begun anew",
                    sight.panics
                )
            },
            told!(
                "日志中有文件与行号，请发给维护者",
                "the log names file and line: send it to the maintainers"
            ),
        ),
        Kind::Silent => silent(sight, limits),
        Kind::Banned => banned(sight, history, limits, now),
        Kind::Parked => on_if_any(kind, sight.parked.clone()).say(
            || {
                let total = sight.parked.values().sum::<u64>();
                let list = list(&sight.parked, Some(&sight.parked_yuan), cause_title);
                let (yuan, shops) = (money(sight.parked_yuan.values().sum()), shops(&sight.parked_shops));
                told!(
                    "{total} 张单据等待人工处理，合计 {yuan}：{list}{shops}",
                    "{total} documents wait for a person, {yuan} in all: {list}{shops}"
                )
            },
            told!("refund-sync parked 查看原因与处理办法", "refund-sync parked tells the remedies"),
        ),
        Kind::Differs => on_if_any(kind, sight.differences.clone()).say(
            || {
                let (list, shops) =
                    (list(&sight.differences, None, kind_title), shops(&sight.difference_shops));
                let by = if sight.differences_yuan.is_zero() {
                    String::new()
                } else {
                    told!("，相差 {}", " by {}", money(sight.differences_yuan))
                };
                told!("与金蝶对账有差异{by}：{list}{shops}", "the books differ{by}: {list}{shops}")
            },
            told!(
                "refund-sync reconcile --from … --to … 逐单列出",
                "refund-sync reconcile --from … --to … names each"
            ),
        ),
        Kind::Idle => idle(sight, history, limits, now),
        Kind::Clock => clock(sight),
        Kind::Noticed => noticed(sight),
        Kind::Short => {
            let (windows, unproven) = (sight.short_windows, sight.unproven_windows);
            let counts = Counts::from([("unproven".to_owned(), unproven), ("windows".to_owned(), windows)]);
            on_if_any(kind, counts).say(
                || {
                    let short = told!(
                        "{windows} 个时段的行数少于总数",
                        "{windows} windows delivered fewer rows than they count"
                    );
                    let open = told!("{unproven} 个时段无法证明已读全", "{unproven} windows are not proven whole");
                    let both = [(windows, short), (unproven, open)].into_iter().filter(|(count, _)| *count > 0);
                    both.map(|(_, what)| what).collect::<Vec<_>>().join(&told!("，", ", "))
                },
                told!(
                    "自动重读，refund-sync status 列出时段与下次重读时间；长期存在请对账",
                    "they are read again by themselves, refund-sync status lists them; reconcile the days that stay"
                ),
            )
        }
    }
}

/// The journal as it stands.
pub(super) fn journal(standing: AlertState) -> Condition {
    of(Kind::Journal, standing).say(
        || told!("同步台账无法读写，同步可能已停", "the journal cannot be read or written"),
        told!(
            "检查磁盘空间和文件权限，或 PostgreSQL 是否可用",
            "check the disk and the rights, or PostgreSQL"
        ),
    )
}

/// What a header does not tell is worth no alert; what contradicts this machine is.
fn clock(sight: &Snapshot) -> Condition {
    let note = sight.clock.as_ref().filter(|note| note.state != "unknown");
    on_if(Kind::Clock, note.is_some() || sight.clock_offset_seconds.abs() > CLOCK_SECONDS).say(
        || {
            let seconds = sight.clock_offset_seconds.round();
            let ahead = || {
                told!("旺店通的时间比本机快 {seconds} 秒", "the server is {seconds} s ahead of this machine")
            };
            note.map_or_else(ahead, |note| note.message.to_string())
        },
        told!("校准本机时钟", "set this machine's clock (NTP)"),
    )
}

fn stopped(sight: &Snapshot) -> Condition {
    let Some(stopped) = &sight.stopped else { return on_if(Kind::Stopped, false) };
    let side = match stopped.side {
        Side::Wdt => "wdt",
        Side::Kingdee => "kingdee",
    };
    let counts = Counts::from([(side.to_owned(), 1)]);
    on_if_any(Kind::Stopped, counts).say(
        || told!("暂停同步，需人工处理：{}", "nothing is sent: {}", quote(&stopped.reason.to_string())),
        quote(&stopped.remedy.to_string()),
    )
}

fn silent(sight: &Snapshot, limits: &AlertLimits) -> Condition {
    let standing = match sight {
        // NotificationState for itself, or wanted.
        Snapshot { stopped: Some(_), .. } | Snapshot { activity: Activity::Paused, .. } => AlertState::Unsure,
        _ if sight.overdue >= limits.silence => AlertState::On,
        _ if sight.succeeded => AlertState::Off,
        _ => AlertState::Unsure,
    };
    of(Kind::Silent, standing).say(
        || {
            let late = sight.overdue.num_minutes();
            let why = sight.failure.as_ref().map(|failure| format!(": {}", quote(&failure.to_string())));
            let why = why.unwrap_or_default();
            told!("同步已逾期 {late} 分钟{why}", "a complete cycle is {late} min overdue{why}")
        },
        told!(
            "refund-sync status；检查网络与两端系统",
            "refund-sync status; check the network and both systems"
        ),
    )
}

fn banned(sight: &Snapshot, history: &History, limits: &AlertLimits, now: DateTime<Utc>) -> Condition {
    let standing = match history.banned(now) {
        Some(long) if long >= limits.ban => AlertState::On,
        None if sight.succeeded || sight.held.is_some() => AlertState::Off,
        // Not long enough; or the process just began and has not heard of its ban yet.
        _ => AlertState::Unsure,
    };
    let by_kingdee = sight.held.is_some_and(|(side, _)| side == Side::Kingdee);
    of(Kind::Banned, standing).say(
        || {
            let until = sight.held.map(|(_, until)| shanghai(until).format("%m-%d %H:%M").to_string());
            let until = until.unwrap_or_default();
            let long = history.banned(now).unwrap_or_default().num_minutes();
            let by = if by_kingdee { "金蝶" } else { "旺店通" };
            told!("已被{by}限流 {long} 分钟，至 {until}", "kept out by {by} for {long} min, until {until}")
        },
        if by_kingdee {
            told!(
                "检查金蝶服务器负荷，或调低 [pipeline.kingdee] quota_per_minute",
                "Is 金蝶's server overloaded? Or lower [pipeline.kingdee] quota_per_minute"
            )
        } else {
            told!(
                "检查同一 app_key 的其它程序，或调低 quota_per_minute",
                "Are there other programs on this app_key? Or lower quota_per_minute"
            )
        },
    )
}

fn idle(sight: &Snapshot, history: &History, limits: &AlertLimits, now: DateTime<Utc>) -> Condition {
    let (long, moved) = history.idle(now);
    let standing = match long >= limits.idle && moved > 0 {
        false => AlertState::Off,
        true if sight.activity == Activity::Waiting => AlertState::On,
        // What is accepted may come later in the same run.
        true => AlertState::Unsure,
    };
    of(Kind::Idle, standing).say(
        || {
            let hours = long.num_hours();
            told!(
                "{hours} 小时没有可入账的退货，其它状态有 {moved} 条",
                "nothing was accepted for {hours} h, {moved} others moved"
            )
        },
        told!(
            "检查 types 与 process_status，见 refund-sync status",
            "check types and process_status: refund-sync status"
        ),
    )
}

fn noticed(sight: &Snapshot) -> Condition {
    let count = |flag: &str| sight.flags.get(flag).copied().filter(|count| *count > 0);
    let found = AFTER_SYNC.iter().filter_map(|(flag, zh)| Some((*flag, *zh, count(flag)?)));
    let counts = found.clone().map(|(flag, _, count)| (flag.to_owned(), count)).collect();
    on_if_any(Kind::Noticed, counts).say(
        || {
            let list =
                found.map(|(flag, zh, count)| told!("{zh} {count} 张", "{flag} {count}")).collect::<Vec<_>>();
            told!("单据保存后有变化：{}", "after the bill was saved: {}", list.join(&told!("、", ", ")))
        },
        told!(
            "refund-sync why <退换单号>；由财务在金蝶中处理",
            "refund-sync why <refund_no>; an accountant decides"
        ),
    )
}

fn of(kind: Kind, standing: AlertState) -> Condition {
    Condition { kind, standing, counts: Counts::new(), message: String::new(), remedy: String::new() }
}

fn on_if(kind: Kind, on: bool) -> Condition {
    of(kind, if on { AlertState::On } else { AlertState::Off })
}

fn on_if_any(kind: Kind, counts: Counts) -> Condition {
    let is_any = counts.values().any(|count| *count > 0);
    Condition { counts, ..on_if(kind, is_any) }
}

impl Condition {
    fn say(self, message: impl FnOnce() -> String, remedy: String) -> Self {
        if self.standing != AlertState::On {
            return self;
        }
        Self { message: message(), remedy, ..self }
    }
}

/// What people call a cause; what another version wrote is shown as it is.
fn cause_title(word: &str) -> String {
    Cause::parse(word).map_or_else(|| word.to_owned(), |cause| cause.title().to_string())
}

/// What people call a sort of difference.
fn kind_title(word: &str) -> String {
    if word == "unproven" {
        return told!("未证实的读取窗口", "unproven windows");
    }
    let kind = reconcile::Kind::ALL.into_iter().find(|kind| kind.as_str() == word);
    kind.map_or_else(
        || word.to_owned(),
        |kind| Lang::chosen().of(kind.chinese(), kind.as_str()).replace('_', " "),
    )
}

/// Whose money most of it is.
fn shops(yuan: &Yuan) -> String {
    let mut shops: Vec<_> = yuan.iter().filter(|(shop, yuan)| !shop.is_empty() && !yuan.is_zero()).collect();
    shops.sort_by_key(|(shop, yuan)| (std::cmp::Reverse(**yuan), *shop));
    let more = shops.len().saturating_sub(MOST_SHOPS);
    let named =
        shops.iter().take(MOST_SHOPS).map(|(shop, yuan)| format!("{} {}", shown(shop), money(**yuan)));
    let mut named: Vec<_> = named.collect();
    if named.is_empty() {
        return String::new();
    }
    if more > 0 {
        named.push(told!("… 另有 {more} 个店铺", "… {more} more"));
    }
    let named = named.join(&told!("、", ", "));
    told!("；店铺：{named}", "; shops: {named}")
}

/// The most frequent sorts, with how many there are of each, and their money where that is known.
fn list(counts: &Counts, yuan: Option<&Yuan>, title: impl Fn(&str) -> String) -> String {
    let mut sorts: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).collect();
    sorts.sort_by_key(|(sort, count)| (std::cmp::Reverse(**count), *sort));
    let more = sorts.len().saturating_sub(MOST_LISTED);
    let one = |(sort, count): &(&String, &u64)| {
        let name = title(sort);
        let yuan = yuan.and_then(|yuan| yuan.get(*sort)).filter(|yuan| !yuan.is_zero()).copied().map(money);
        let yuan = yuan.map(|yuan| told!(" {yuan}", " ({yuan})")).unwrap_or_default();
        told!("{name} {count} 张{yuan}", "{name} {count}{yuan}")
    };
    let mut listed: Vec<_> = sorts.iter().take(MOST_LISTED).map(one).collect();
    if more > 0 {
        listed.push(told!("… 另有 {more} 类", "… {more} more"));
    }
    listed.join(&told!("、", ", "))
}

/// Another system's words: on one line, and not too many.
fn quote(text: &str) -> String {
    let line = shown(text);
    match line.char_indices().nth(MOST_QUOTED) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line.into_owned(),
    }
}

/// A span for people: minutes, and hours from two on.
pub(super) fn span(time: TimeDelta) -> String {
    match time.num_minutes() {
        minutes if minutes < 120 => told!("{minutes} 分钟", "{minutes} min"),
        minutes => told!("{} 小时", "{} h", minutes / 60),
    }
}
