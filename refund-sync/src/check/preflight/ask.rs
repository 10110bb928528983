//! Asks both systems, politely: a bounded number of pages of 旺店通, base data of 金蝶 a hundred numbers a call.
//! A login is tried once; whoever refuses it is not asked again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::required_data::{Needed, wanted};
use super::{Facts, Failure, Standing, further, survey};
use crate::clock::{Clock, shanghai};
use crate::config::Pipeline;
use crate::lang::Text;
use crate::mapping::rules::CustomerFrom;
use crate::sink::Sink;
use crate::sink::base::{BaseRow, Kind};
use crate::source::Source;

/// At most so many numbers of a kind are asked for; those that the last days used come first.
const MOST_ASKED: usize = 5_000;

/// What both systems say to `pipeline`.
pub async fn ask(pipeline: &Pipeline, source: &Source, sink: &Sink, clock: &Clock) -> Facts {
    let mut facts = Facts::default();
    let now = shanghai(clock.now());
    let lag = chrono::TimeDelta::from_std(pipeline.wdt.lag).unwrap_or_default();
    let keeps_customers = pipeline.mapping.customer_from == CustomerFrom::CustomerNo;
    match survey::survey(source, now - lag, keeps_customers).await {
        Ok((survey, offset)) => {
            facts.survey = Some(survey);
            facts.clock_offset_ms = offset;
        }
        Err(error) => {
            let (message, advice) = (Text::from(&error), error.advice().into());
            facts.wdt = Some(Failure { message, advice, passing: error.is_transient() });
        }
    }
    let wanted = wanted(pipeline, facts.survey.as_ref(), now.date());
    if let Err(error) = base(&mut facts, &wanted.needed, sink).await {
        let (message, advice) = (Text::from(&error), error.advice().into());
        facts.kingdee = Some(Failure { message, advice, passing: error.is_transient() });
    } else {
        form(&mut facts, pipeline, sink, now.date()).await;
    }
    facts
}

/// The form, and the base data that rules of further fields name. A site that does not tell them is judged without.
async fn form(facts: &mut Facts, pipeline: &Pipeline, sink: &Sink, today: NaiveDate) {
    let Ok(fields) = sink.form_fields().await else { return };
    for (kind, orgs) in further::named(&pipeline.mapping, &fields, today) {
        for (org, numbers) in orgs {
            let asked: BTreeSet<&str> = numbers.keys().map(String::as_str).take(MOST_ASKED).collect();
            let only = (!org.is_empty()).then_some(org.as_str());
            let Ok(rows) = sink.base_of(&kind, &asked, only).await else { continue };
            let mut standings: BTreeMap<String, Standing> = asked
                .iter()
                .map(|number| ((*number).to_owned(), Standing::Absent(BTreeSet::new())))
                .collect();
            for BaseRow { number, record, .. } in rows {
                standings.entry(number).and_modify(|standing| *standing = Standing::Present(record));
            }
            let missing: Vec<String> = standings
                .iter()
                .filter(|(_, standing)| matches!(standing, Standing::Absent(_)))
                .map(|(number, _)| number.clone())
                .collect();
            let missing = missing.iter().map(String::as_str).collect();
            let elsewhere = sink.base_of(&kind, &missing, None).await.unwrap_or_default();
            for BaseRow { number, org, .. } in elsewhere {
                if let (Some(Standing::Absent(orgs)), Some(org)) = (standings.get_mut(&number), org) {
                    orgs.insert(org);
                }
            }
            facts.further.entry(kind.clone()).or_default().insert(org.clone(), standings);
        }
    }
    facts.form = Some(fields);
}

async fn base(
    facts: &mut Facts,
    needed: &BTreeMap<(Kind, String), BTreeMap<String, Needed>>,
    sink: &Sink,
) -> Result<(), kingdee_k3cloud_sdk::Error> {
    facts.needs_told = true;
    let mut left: BTreeMap<Kind, usize> = BTreeMap::new();
    for ((kind, org), numbers) in needed {
        let left = left.entry(*kind).or_insert(MOST_ASKED);
        let mut asked: Vec<(&String, u64)> =
            numbers.iter().map(|(number, needed)| (number, needed.seen)).collect();
        asked.sort_by_key(|(_, seen)| std::cmp::Reverse(*seen));
        let too_many = asked.len().saturating_sub(*left);
        if too_many > 0 {
            *facts.not_asked.entry(*kind).or_default() += too_many as u64;
            asked.truncate(*left);
        }
        *left -= asked.len();
        let asked: BTreeSet<&str> = asked.into_iter().map(|(number, _)| number.as_str()).collect();
        let only = (!org.is_empty()).then_some(org.as_str());
        let (rows, needs_told) = sink.base(*kind, &asked, only).await?;
        facts.needs_told &= needs_told;
        let mut standings: BTreeMap<String, Standing> =
            asked.iter().map(|number| ((*number).to_owned(), Standing::Absent(BTreeSet::new()))).collect();
        for BaseRow { number, record, .. } in rows {
            // The database may compare without regard to case; bills need the exact number.
            if let Some(standing) = standings.get_mut(&number) {
                *standing = Standing::Present(record);
            }
        }
        if only.is_some() {
            elsewhere(&mut standings, *kind, sink).await?;
        }
        facts.base.entry(*kind).or_default().insert(org.clone(), standings);
    }
    Ok(())
}

/// Where the absent ones do exist: they need only be allocated.
async fn elsewhere(
    standings: &mut BTreeMap<String, Standing>,
    kind: Kind,
    sink: &Sink,
) -> Result<(), kingdee_k3cloud_sdk::Error> {
    let absent = |standing: &Standing| matches!(standing, Standing::Absent(_));
    let missing: BTreeSet<String> =
        standings.iter().filter(|(_, standing)| absent(standing)).map(|(number, _)| number.clone()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let asked = missing.iter().map(String::as_str).collect();
    for BaseRow { number, org, .. } in sink.base(kind, &asked, None).await?.0 {
        if let (Some(Standing::Absent(orgs)), Some(org)) = (standings.get_mut(&number), org) {
            orgs.insert(org);
        }
    }
    Ok(())
}
