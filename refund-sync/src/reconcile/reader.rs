//! Reads both sides of a reconciliation and compares them: 旺店通 by settlement time and the journal by its own dates
//! on the left, 金蝶 by FDate on the right. Whatever seems to differ is looked up by number before it is named.
//! Changes nothing anywhere; what differs is decided in the parent module.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::Serialize;
use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::window::{Proof, Step, Walk};

use super::comparison::Pair;
use super::expected::is_due;
use super::{
    Comparison, ComparisonError, DecidedRow, ExpectedBill, Finding, Judged, Kind, Period, Sheet, judge, month,
};
use crate::clock::shanghai;
use crate::config::Pipeline;
use crate::journal::{Document, FoundBill, MARK_SOURCE, Row, State, answers_for_others};
use crate::lang::{Text, both};
use crate::sink::Sink;
use crate::source::{Source, SourcePage, Unproven};
use crate::store::{Store, StoreError};

/// Numbers that are taken from the books, the journal or 金蝶 in one go.
const CHUNK: usize = 100;
/// The gateway takes 30 days at most.
const LONGEST: TimeDelta = TimeDelta::days(29);

/// Everything that a reconciliation reads from.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The pipeline.
    pub settings: &'a Pipeline,
    /// Its journal.
    pub store: &'a dyn Store,
    /// 旺店通, asked for every status: what left the accepted one is seen too.
    pub source: Source,
    /// 金蝶云星空.
    pub sink: &'a Sink,
    /// Wall time.
    pub now: DateTime<Utc>,
}

/// What came of a reconciliation.
#[derive(Debug)]
pub struct Reconciled {
    /// In figures.
    pub report: Report,
    /// What differs, one by one.
    pub books: Comparison,
    /// By shop and month.
    pub sheet: Sheet,
}

/// A reconciliation in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Returns that are due a bill.
    pub due: u64,
    /// Those of them whose bill stands in 金蝶 as it should.
    pub equal: u64,
    /// Returns about which a person decided: booked by hand, or not to be booked. They are not among those that are due.
    pub decided: u64,
    /// Bills of the period that are not ours: counted, not listed.
    pub others: u64,
    /// What differs, by kind.
    pub differences: BTreeMap<&'static str, u64>,
    /// Windows of 旺店通 that cannot be vouched for: from, to, and why.
    pub unproven: Vec<(String, String, String)>,
    /// The site answers the lines of a bill. Without them only numbers, customers and dates are compared.
    pub lines_compared: bool,
}

/// Why a comparison could not be finished. Nothing was changed by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// 旺店通 did not answer.
    #[error("{}", self.text())]
    Wdt(#[from] wdt_qimen_sdk::Error),
    /// 金蝶 did not answer.
    #[error("{}", self.text())]
    Kingdee(#[from] kingdee_k3cloud_sdk::Error),
    /// 金蝶 answered, and not about what was asked.
    #[error("{0}")]
    Strange(Text),
    /// Not one of several bills can be seen that 金蝶 said it saved.
    #[error("{}", self.text())]
    Hidden {
        /// FSaleOrgId
        sale_org: String,
        /// FStockOrgId
        stock_org: String,
        /// How many.
        count: u64,
    },
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The temporary file.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
}

impl ReaderError {
    /// For people.
    pub fn text(&self) -> Text {
        match self {
            Self::Wdt(error) => Text::from(error).then(&error.advice().into()),
            Self::Kingdee(error) => Text::from(error).then(&error.advice().into()),
            Self::Strange(strange) => strange.clone(),
            Self::Hidden { sale_org, stock_org, count } => both!(
                "金蝶：销售组织 {sale_org}、库存组织 {stock_org} 的 {count} 张单据一张也查不到：多为集成用户缺少查询权限或受数据范围限制，不当作已删除。请授予权限、组织和数据范围",
                "金蝶: of {count} bills of sale_org {sale_org}, stock_org {stock_org} that stood there not one can be found: first of all a right to query or a data scope is missing, so none is called removed. Give the user the right, the organisation and the data scope"
            ),
            Self::Store(error) => error.text(),
            Self::Comparison(error) => Text::same(error.to_string()),
        }
    }
}

impl Report {
    /// Nothing differs, and both sides were read whole.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.unproven.is_empty()
    }
}

/// A comparison under way.
struct Pass<'a> {
    reader: &'a Reader<'a>,
    period: Period,
    pipeline: i64,
    books: Comparison,
    sheet: Sheet,
    report: Report,
    /// Of which organisations (FSaleOrgId, FStockOrgId) a bill was seen.
    seen: BTreeSet<(String, String)>,
    /// How many bills that stood there were not found, by organisation.
    gone: BTreeMap<(String, String), u64>,
}

impl Reader<'_> {
    /// Compares the accounting days of `period`.
    ///
    /// # Errors
    /// [`ReaderError`]: whichever side could not be read.
    pub async fn compare(&self, period: Period) -> Result<Reconciled, ReaderError> {
        let row = self.store.pipeline(&self.settings.name).await?;
        let mut pass = Pass {
            reader: self,
            period,
            pipeline: row.id,
            books: Comparison::new()?,
            sheet: Sheet::default(),
            report: Report { lines_compared: true, ..Report::default() },
            seen: BTreeSet::new(),
            gone: BTreeMap::new(),
        };
        pass.read_shop(shanghai(self.now)).await?;
        pass.read_journal().await?;
        pass.read_books().await?;
        pass.compare().await?;
        pass.refuse_what_is_hidden()?;
        let Pass { books, sheet, report, .. } = pass;
        Ok(Reconciled { report, books, sheet })
    }

    async fn documents(
        &self,
        pipeline: i64,
        numbers: Vec<String>,
    ) -> Result<BTreeMap<String, Document>, StoreError> {
        let found = self.store.documents(pipeline, numbers).await?;
        Ok(found.into_iter().map(|document| (document.refund_no.clone(), document)).collect())
    }

    /// Another pipeline of the same journal knows the number.
    async fn is_known_elsewhere(&self, refund_no: &str) -> Result<bool, StoreError> {
        let lives = self.store.life(refund_no).await?;
        Ok(lives.iter().any(|life| life.pipeline != self.settings.name && life.state != State::Filtered))
    }

    /// The refund number that a bill says it is for, if it says that it is ours.
    fn claim<'b>(&self, bill: &'b FoundBill) -> (&'b str, bool) {
        let prefix = self.settings.mapping.bill_no_prefix.as_str();
        let marked = bill.third_src_type.as_deref() == Some(MARK_SOURCE);
        let by_prefix = bill.number.strip_prefix(prefix).filter(|_| !prefix.is_empty());
        let by_mark = bill.third_bill_no.as_deref().filter(|number| marked && !number.is_empty());
        (by_mark.or(by_prefix).unwrap_or(&bill.number), marked || by_prefix.is_some())
    }
}

impl Pass<'_> {
    /// The left side as 旺店通 tells it: what was settled in the period. What moves it later is not of this past.
    async fn read_shop(&mut self, now: NaiveDateTime) -> Result<(), ReaderError> {
        let wdt = &self.reader.settings.wdt;
        let still_moving = TimeDelta::from_std(wdt.lag + wdt.overlap).unwrap_or(TimeDelta::MAX);
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
        let end = (midnight(self.period.to) + TimeDelta::days(1)).min(now - still_moving);
        let mut from = midnight(self.period.from);
        while from < end {
            // Never across months, so that what the filter leaves out has a month.
            let next = month(from.date() + TimeDelta::days(31));
            let to = midnight(next).min(from + LONGEST).min(end);
            if let Ok(span) = Span::new(from, to) {
                let source = &self.reader.source;
                self.read_settled(source, span).await?;
                if let Some(history) = source.history(span, now) {
                    self.read_settled(&history, span).await?;
                }
            }
            from = to;
        }
        Ok(())
    }

    async fn read_settled(&mut self, source: &Source, span: Span) -> Result<(), ReaderError> {
        let wdt = &self.reader.settings.wdt;
        let mut stack = vec![span];
        while let Some(part) = stack.pop() {
            let mut walk = Walk::new(part, wdt.page_size, wdt.window_pages);
            loop {
                match walk.step() {
                    Step::Ask { page_no } => {
                        let page = source.settled(walk.span(), page_no).await?;
                        walk.answer(page.total, page.keys.iter().cloned());
                        self.take_rows(page, span.start().date()).await?;
                    }
                    Step::Cut(mut parts) => {
                        parts.reverse();
                        stack.extend(parts);
                        break;
                    }
                    Step::Done(Proof::Proved { .. }) => break,
                    Step::Done(Proof::ShortBy { missing, .. }) => {
                        self.not_vouched(part, format!("旺店通 counts {missing} rows more than it delivers"));
                        break;
                    }
                    Step::Done(Proof::Unproved(why)) => {
                        self.not_vouched(part, Unproven::from(why).to_string());
                        break;
                    }
                    // A step or a proof that this version does not know.
                    _ => {
                        self.not_vouched(part, Unproven::Otherwise.to_string());
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn not_vouched(&mut self, span: Span, why: String) {
        self.report.unproven.push((span.start().to_string(), span.end().to_string(), why));
    }

    async fn take_rows(&mut self, page: SourcePage, month: NaiveDate) -> Result<(), ReaderError> {
        let numbers = page.rows.iter().map(|row| row.refund_no().to_owned()).collect();
        let known = self.reader.documents(self.pipeline, numbers).await?;
        for row in page.rows {
            match row {
                Row::Accepted(refund) => {
                    let due = ExpectedBill::of(
                        &refund,
                        known.get(&refund.refund_no),
                        &self.reader.settings.mapping,
                    );
                    self.books.put_due(&due)?;
                }
                Row::Filtered { refund_no, kind, process_status, shop_no, amount, .. } => {
                    if self.books.put_filtered(&refund_no)? {
                        let yuan = amount.unwrap_or_default();
                        self.sheet.take_filtered(&shop_no, month, (kind, process_status), yuan);
                    }
                }
                Row::Unreadable { refund_no, reasons, .. } => {
                    let why = reasons.into_iter().next().map(|reason| reason.message).unwrap_or_default();
                    self.find(&Finding {
                        kind: Kind::Missing,
                        bill_no: format!("{}{refund_no}", self.reader.settings.mapping.bill_no_prefix),
                        refund_no,
                        fid: None,
                        shop_no: String::new(),
                        tid: String::new(),
                        date: None,
                        due: None,
                        booked: None,
                        points: Vec::new(),
                        why: why.before("无法识别：", "unreadable: "),
                    })?;
                }
            }
        }
        Ok(())
    }

    /// The left side as the journal knows it: what is booked in the period though it was settled outside.
    async fn read_journal(&mut self) -> Result<(), ReaderError> {
        let days = (self.period.from, self.period.to);
        let mut after = 0;
        loop {
            let documents = self.reader.store.dated(self.pipeline, days, after, CHUNK).await?;
            let Some(last) = documents.last() else { return Ok(()) };
            after = last.id;
            for document in documents.iter().filter(|document| is_due(document)) {
                if let Some(refund) = document.refund() {
                    let due = ExpectedBill::of(refund, Some(document), &self.reader.settings.mapping);
                    self.books.put_due(&due)?;
                }
            }
        }
    }

    /// The right side: every bill of the period.
    async fn read_books(&mut self) -> Result<(), ReaderError> {
        let mut walk = self.reader.sink.dated(self.period.from, self.period.to);
        while let Some(bills) = walk.next().await? {
            for bill in &bills {
                self.report.lines_compared &= bill.amount().is_some() && bill.pieces().is_some();
                self.books.put_found(self.reader.claim(bill).0, bill)?;
            }
        }
        Ok(())
    }

    /// Both sides, in the order of their numbers.
    async fn compare(&mut self) -> Result<(), ReaderError> {
        let mut after = String::new();
        loop {
            let pairs = self.books.pairs(&after, CHUNK)?;
            let Some(last) = pairs.last() else { return Ok(()) };
            after.clone_from(&last.refund_no);
            let mut doubtful = Vec::new();
            let mut unclaimed = Vec::new();
            for Pair { due, found, .. } in pairs {
                let Some(due) = due else {
                    unclaimed.extend(found);
                    continue;
                };
                let judged = judge(&due, &found, self.period);
                let is_its = |bill: &FoundBill| bill.stands_for(&due.bill_no, &due.refund_no);
                let (its, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_its);
                unclaimed.extend(others);
                if judged.finding.is_some() {
                    doubtful.push((due, its));
                } else {
                    self.conclude(&due, &judged)?;
                }
            }
            self.look_up(doubtful).await?;
            self.explain(unclaimed).await?;
        }
    }

    /// Asks 金蝶 for the numbers of what seems to differ, wherever their bills are dated, and judges again. Each with what
    /// stands for it in the period.
    async fn look_up(&mut self, doubtful: Vec<(ExpectedBill, Vec<FoundBill>)>) -> Result<(), ReaderError> {
        let wanted: Vec<_> = doubtful.iter().filter_map(|(due, _)| due.bill.as_ref()).collect();
        let mut found =
            if wanted.is_empty() { Vec::new() } else { self.reader.sink.look_up(&wanted).await? };
        if let Some(strange) = answers_for_others(&wanted, &found) {
            return Err(ReaderError::Strange(strange));
        }
        // What was booked by hand and cannot be mapped has no bill to be looked up by.
        let mut known: BTreeSet<String> = found.iter().map(|bill| bill.id.clone()).collect();
        for (due, _) in doubtful.iter().filter(|(due, _)| due.decided.is_some()) {
            for number in BTreeSet::from([&due.bill_no, &due.own_no]) {
                for bill in self.reader.sink.numbered(number).await? {
                    if known.insert(bill.id.clone()) {
                        found.push(bill);
                    }
                }
            }
        }
        // Nor is there a number to ask for where today's rules make no bill: what bears its mark stands for it all the same.
        let unasked = doubtful.iter().filter(|(due, _)| due.bill.is_none()).flat_map(|(_, its)| its);
        for bill in unasked {
            if known.insert(bill.id.clone()) {
                found.push(bill.clone());
            }
        }
        for (due, _) in &doubtful {
            let judged = judge(due, &found, self.period);
            self.conclude(due, &judged)?;
        }
        Ok(())
    }

    fn conclude(&mut self, due: &ExpectedBill, judged: &Judged) -> Result<(), ComparisonError> {
        if let Some(decision) = due.decided.as_ref().filter(|_| self.period.contains(due.date)) {
            self.report.decided += 1;
            self.books.put_decided(&DecidedRow { due: due.clone(), decision: decision.clone() })?;
        } else if self.period.contains(due.date) {
            if let Some(decision) = &due.directed {
                self.books.put_decided(&DecidedRow { due: due.clone(), decision: decision.clone() })?;
            }
            self.report.due += 1;
            self.report.equal += u64::from(judged.finding.is_none());
        }
        self.sheet.take(due, judged, self.period);
        if let Some(bill) = &due.bill {
            let org = (bill.sale_org.clone(), bill.stock_org.clone());
            match judged.finding.as_ref().map(|finding| finding.kind) {
                Some(Kind::Removed) => *self.gone.entry(org).or_default() += 1,
                Some(Kind::Missing) => {}
                None if judged.bills.is_empty() => {}
                _ => drop(self.seen.insert(org)),
            }
        }
        judged.finding.as_ref().map_or(Ok(()), |finding| self.find(finding))
    }

    /// What hides one bill may be a clerk, what hides all of an organisation is a right or a data scope.
    fn refuse_what_is_hidden(&mut self) -> Result<(), ReaderError> {
        let gone = std::mem::take(&mut self.gone);
        match gone.into_iter().find(|(org, count)| *count > 1 && !self.seen.contains(org)) {
            Some(((sale_org, stock_org), count)) => Err(ReaderError::Hidden { sale_org, stock_org, count }),
            None => Ok(()),
        }
    }

    fn find(&mut self, finding: &Finding) -> Result<(), ComparisonError> {
        *self.report.differences.entry(finding.kind.as_str()).or_default() += 1;
        self.books.put_finding(finding)
    }

    /// Bills that nothing is due for in the period: of another period, of another pipeline, of nobody.
    async fn explain(&mut self, bills: Vec<FoundBill>) -> Result<(), ReaderError> {
        let (ours, others): (Vec<_>, Vec<_>) = bills.into_iter().partition(|bill| self.reader.claim(bill).1);
        self.report.others += others.len() as u64;
        let claims: BTreeSet<_> = ours.iter().map(|bill| self.reader.claim(bill).0.to_owned()).collect();
        let known = self.reader.documents(self.pipeline, claims.into_iter().collect()).await?;
        for bill in ours {
            let refund_no = self.reader.claim(&bill).0.to_owned();
            self.explain_one(bill, &refund_no, known.get(&refund_no)).await?;
        }
        Ok(())
    }

    async fn explain_one(
        &mut self,
        bill: FoundBill,
        refund_no: &str,
        document: Option<&Document>,
    ) -> Result<(), ReaderError> {
        let rules = &self.reader.settings.mapping;
        // 旺店通's own word is newer than the journal's.
        let filtered = self.books.is_filtered(refund_no)?;
        let due = document.filter(|document| is_due(document) && !filtered);
        if let Some((document, refund)) = due.and_then(|document| Some((document, document.refund()?))) {
            let due = ExpectedBill::of(refund, Some(document), rules);
            return Ok(self.settle(&due, bill)?);
        }
        if document.is_none() && self.reader.is_known_elsewhere(refund_no).await? {
            self.report.others += 1;
            return Ok(());
        }
        let tid = document.and_then(Document::refund).map(|refund| refund.tid.clone()).unwrap_or_default();
        let (shop_no, why) = match self.reader.source.one(refund_no).await?.rows.into_iter().next() {
            Some(Row::Accepted(refund)) => {
                let due = ExpectedBill::of(&refund, document, rules);
                return Ok(self.settle(&due, bill)?);
            }
            Some(Row::Filtered { kind, process_status, shop_no, .. }) => (
                shop_no,
                both!(
                    "旺店通：类型 {kind}，状态 {process_status}",
                    "旺店通: type {kind}, process_status {process_status}"
                ),
            ),
            Some(Row::Unreadable { .. }) => {
                (String::new(), Text::new("旺店通：无法识别", "旺店通: unreadable"))
            }
            None => (String::new(), Text::new("旺店通查无此单", "旺店通 does not know the number")),
        };
        if bill.voided {
            return Ok(());
        }
        let finding = Finding { shop_no, tid, ..Finding::extra(refund_no, &bill, why) };
        let judged = Judged { bills: vec![bill], finding: None };
        self.sheet.take_extra(&finding, &judged, self.period);
        Ok(self.find(&finding)?)
    }

    /// A return that turned out to be behind a bill after all.
    fn settle(&mut self, due: &ExpectedBill, bill: FoundBill) -> Result<(), ComparisonError> {
        let judged = judge(due, &[bill], self.period);
        self.conclude(due, &judged)
    }
}
