//! What waits for a person, first of all: pipelines that are stopped, robots that take no alert, what differs from 金蝶, and
//! parked returns by cause. How a machine does otherwise is in `card`.

use super::frame::Tone;
use super::lang::{Lang, figure, money, written};
use super::missing::MissingLine;
use super::parked;
use super::reconciled::Reconciled;
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::{link, missing, words};
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
    pub(super) missing: Vec<MissingLine>,
    /// How many more numbers are missing.
    pub(super) more: usize,
    pub(super) groups: Vec<Group>,
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
}

impl Attention {
    pub(super) fn is_empty(&self) -> bool {
        // What is missing has returns that wait, which are in the groups.
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
        Ok(Attention {
            stops: stops.collect(),
            robots: robots.iter().filter_map(|(name, delivery)| RobotNote::of(name, delivery)).collect(),
            differences: views
                .iter()
                .enumerate()
                .filter_map(|(place, (name, view))| DifferenceNote::of(name, place + 1, view, lang))
                .collect(),
            missing: shown
                .missing
                .iter()
                .take(missing::MOST)
                .map(|found| MissingLine::of(found, views.get(&found.pipeline), &back, lang))
                .collect(),
            more: shown.missing.len().saturating_sub(missing::MOST),
            groups: self.groups(shown, lang).await?,
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
                remedy: reason.map(|r| r.remedy.get(lang).to_owned()).unwrap_or_default(),
                named: named.map(|number| (number.clone(), link::refund(number))).collect(),
                all: parked::list(&status.pipeline, cause),
                can_retry: parked::can_retry(cause),
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
    fn of(pipeline: &str, place: usize, view: &View, lang: Lang) -> Option<Self> {
        let verdict = view.reconciled.as_ref()?;
        let (count, gap): (u64, _) = (verdict.differences.values().sum(), verdict.gap);
        if count == 0 {
            return None;
        }
        let (count, gap, found) = (figure(count), money(gap), Reconciled::of(verdict, lang));
        let (from, to) = (verdict.period.from, verdict.period.to);
        Some(Self {
            pipeline: pipeline.to_owned(),
            tone: found.tone,
            summary: match lang {
                Lang::Chinese => format!("{from} 至 {to}：{count} 张与金蝶不一致，相差 {gap}"),
                Lang::English => format!("{from} to {to}: {count} differ from 金蝶, by {gap}"),
            },
            link: format!("#reconciled-{place}"),
        })
    }
}
