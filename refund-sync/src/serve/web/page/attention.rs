//! What waits for a person, first of all: pipelines that are stopped, robots that take no alert, what differs from 金蝶, and
//! parked returns by cause. How a machine does otherwise is in `card`.

use super::frame::Tone;
use super::lang::{Lang, figure, moment, money, written};
use super::missing::MissingLine;
use super::parked;
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::{link, missing, words};
use crate::answer::Differences;
use crate::model::Cause;
use crate::serve::{Delivery, View};
use crate::store::{ParkedQuery, Side, Stopped, StoreError};

/// How many returns a group names.
const NAMED: usize = 5;

/// Everything that waits for a person.
#[derive(Debug)]
pub(super) struct Attention {
    pub(super) stops: Vec<StopNote>,
    pub(super) robots: Vec<RobotNote>,
    pub(super) differences: Vec<DifferenceNote>,
    /// What tables lack, where it is not part of a group.
    pub(super) missing: Vec<MissingLine>,
    /// How many more numbers are missing.
    pub(super) more: usize,
    pub(super) groups: Vec<Group>,
    /// Several pipelines are worked.
    pub(super) several: bool,
}

/// A pipeline that is stopped.
#[derive(Debug)]
pub(super) struct StopNote {
    pub(super) pipeline: String,
    pub(super) since: String,
    /// What happened, in the reader's language.
    pub(super) what: String,
    pub(super) remedy: String,
    /// What the other system said, in its own words.
    pub(super) said: String,
}

/// A receiver that takes no alert.
#[derive(Debug)]
pub(super) struct RobotNote {
    pub(super) name: String,
    pub(super) since: String,
    pub(super) why: String,
}

/// What the last reconciliation of a pipeline found.
#[derive(Debug)]
pub(super) struct DifferenceNote {
    pub(super) pipeline: String,
    pub(super) tone: Tone,
    pub(super) summary: String,
    pub(super) link: String,
}

/// Documents of one pipeline that are parked for one cause.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) pipeline: String,
    pub(super) cause: String,
    pub(super) title: String,
    pub(super) count: String,
    pub(super) yuan: String,
    pub(super) message: String,
    pub(super) remedy: String,
    /// The first few: number and address.
    pub(super) named: Vec<(String, String)>,
    /// Where all of them are.
    pub(super) all: String,
    pub(super) can_retry: bool,
    /// The numbers that all of it waits for.
    pub(super) lacks: Vec<MissingLine>,
}

impl Attention {
    pub(super) fn is_empty(&self) -> bool {
        // What is missing has returns that wait, which are in groups.
        let Self { stops, robots, differences, groups, .. } = self;
        stops.is_empty() && robots.is_empty() && differences.is_empty() && groups.is_empty()
    }
}

impl Page {
    /// Everything that waits for a person.
    pub(super) async fn attention(&self, visitor: &Visitor, shown: &Shown) -> Result<Attention, StoreError> {
        let (lang, back) = (visitor.lang, visitor.here.back());
        let board = &self.house.board;
        let views = board.views();
        let stopped = |name: &str| {
            let status = shown.statuses.iter().find(|status| status.pipeline == name);
            status.and_then(|status| status.stopped.clone())
        };
        let stops = views.iter().filter_map(|(name, view)| {
            let stopped = stopped(name).or_else(|| view.stopped.clone())?;
            Some(StopNote::of(name, &stopped, lang))
        });
        let robots = board.deliveries().views();
        let mut missing: Vec<MissingLine> = (1..)
            .zip(shown.missing.iter().take(missing::MOST))
            .map(|(place, found)| {
                let filling = views.get(&found.pipeline).and_then(|view| view.filling.as_ref());
                MissingLine::of((place, found), filling, shown.names(&found.pipeline), &back, lang)
            })
            .collect();
        let mut groups = self.groups(shown, lang).await?;
        // Each return is said once: what waits for a number stands under that number.
        for group in groups.iter_mut().filter(|group| group.cause == Cause::Unmapped.as_str()) {
            let (own, others) = missing.into_iter().partition(|line| line.pipeline == group.pipeline);
            (group.lacks, missing) = (own, others);
        }
        for line in &mut missing {
            line.says_pipeline = views.len() > 1;
        }
        // What can be filled in at once comes first.
        groups.sort_by_key(|group| group.lacks.is_empty());
        Ok(Attention {
            stops: stops.collect(),
            robots: robots.iter().filter_map(|(name, delivery)| RobotNote::of(name, delivery)).collect(),
            differences: views
                .iter()
                .enumerate()
                .filter_map(|(place, (name, view))| {
                    DifferenceNote::of(name, place + 1, view, shown.differences(name)?, lang)
                })
                .collect(),
            missing,
            more: shown.missing.len().saturating_sub(missing::MOST),
            groups,
            several: views.len() > 1,
        })
    }

    /// The groups of all pipelines, with a few of their documents each.
    async fn groups(&self, shown: &Shown, lang: Lang) -> Result<Vec<Group>, StoreError> {
        let mut groups = Vec::new();
        for (status, cause, count) in parked::causes(&shown.statuses) {
            let query = ParkedQuery {
                pipeline: Some(status.pipeline.clone()),
                cause: Some(cause.to_owned()),
                limit: NAMED,
                after: 0,
            };
            let documents = self.house.journal.store()?.parked_page(query).await?.documents;
            let reason = documents.first().and_then(|document| document.reasons.first());
            let named = documents.iter().map(|document| &document.refund_no);
            groups.push(Group {
                pipeline: status.pipeline.clone(),
                cause: cause.to_owned(),
                title: words::cause(cause, lang),
                count: figure(count),
                yuan: status.parked_yuan.get(cause).copied().map(money).unwrap_or_default(),
                message: reason.map(|r| r.message.get(lang).to_owned()).unwrap_or_default(),
                remedy: reason.map(|reason| words::remedy(reason, lang)).unwrap_or_default(),
                named: named.map(|number| (number.clone(), link::refund(number))).collect(),
                all: parked::list(&status.pipeline, cause),
                can_retry: parked::can_retry(cause),
                lacks: Vec::new(),
            });
        }
        Ok(groups)
    }
}

impl StopNote {
    fn of(pipeline: &str, stopped: &Stopped, lang: Lang) -> Self {
        Self {
            pipeline: pipeline.to_owned(),
            since: written(&stopped.since),
            what: stop(stopped.side, lang).to_owned(),
            remedy: stopped.remedy.get(lang).to_owned(),
            said: stopped.reason.get(lang).to_owned(),
        }
    }
}

/// What stopped a pipeline, in one sentence. What the other system said stands beside it, in that system's words.
pub(super) fn stop(side: Side, lang: Lang) -> &'static str {
    match side {
        Side::Wdt => lang.of(
            "旺店通拒绝了请求，已停止读取和写入。",
            "旺店通 refuses the calls: nothing is read or written.",
        ),
        Side::Kingdee => {
            lang.of("金蝶拒绝了请求，已停止写入。", "金蝶 refuses the calls: nothing is written.")
        }
    }
}

impl RobotNote {
    fn of(name: &str, delivery: &Delivery) -> Option<Self> {
        let (since, why) = delivery.failing.as_ref()?;
        let since = super::lang::moment(*since);
        Some(Self { name: name.to_owned(), since, why: crate::text::shown(why).into_owned() })
    }
}

impl DifferenceNote {
    fn of(pipeline: &str, place: usize, view: &View, found: &Differences, lang: Lang) -> Option<Self> {
        let verdict = view.reconciled.as_ref()?;
        if found.open.count == 0 {
            return None;
        }
        let (count, gap, at) = (figure(found.open.count), money(found.open.amount), moment(found.at));
        let (from, to) = (verdict.period.from, verdict.period.to);
        Some(Self {
            pipeline: pipeline.to_owned(),
            tone: Tone::Bad,
            summary: match lang {
                Lang::Chinese => format!("{from} 至 {to}：{count} 张与金蝶不一致，相差 {gap}（{at} 对账）"),
                Lang::English => {
                    format!("{from} to {to}: {count} differ from 金蝶, by {gap} (compared at {at})")
                }
            },
            link: format!("#reconciled-{place}"),
        })
    }
}
