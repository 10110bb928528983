//! The desk's lists, page by page: what waits for a person, what is in progress, decided, not in scope or flagged. What is asked for
//! is `page::listed`'s; the file that is exported, `page::export`'s.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::frame::{Frame, html};
use super::lang::{Lang, brief, figure};
use super::listed::Listed;
use super::parked::can_retry;
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::{missing, notice, words};
use crate::journal::Decision;
use crate::lang::{decider, money};
use crate::store::{List, ListPage, ListRow, SortBy, StoreError, Sum};

/// How many documents a page has.
const PAGE: usize = 50;
/// How many causes there are to choose from, and how many shops are summed up: the rest is in the export.
const MOST_GROUPS: usize = 30;
/// How many shops there are to choose from.
const MOST_SHOPS: usize = 300;

#[derive(Debug, askama::Template)]
#[template(path = "list.html")]
struct ListView {
    frame: Frame,
    title: String,
    path: &'static str,
    list: List,
    tone: &'static str,
    tabs: Vec<Filter>,
    filters: Vec<Filter>,
    /// The group that is shown, if it is one.
    group: Option<Filter>,
    can_retry: bool,
    count: String,
    money: String,
    faults: Vec<String>,
    /// What the form keeps beside its own fields.
    kept: Vec<(&'static str, String)>,
    shops: Vec<Shop>,
    from: String,
    to: String,
    min: String,
    max: String,
    all: String,
    /// No cause is chosen.
    is_all: bool,
    /// Where all of what is shown is decided about; none where that is nothing for a person.
    decide: Option<String>,
    clear: Option<String>,
    export: String,
    workbook: Option<String>,
    nothing: &'static str,
    heads: Vec<Head>,
    /// What every row says, and what is to be done about it; empty where they differ.
    messages: Vec<String>,
    remedy: String,
    lines: Vec<Line>,
    sums: [SumTable; 2],
    previous: Option<String>,
    next: Option<String>,
    position: String,
}

/// One of the lists, or of the groups, to choose from.
#[derive(Debug, Clone)]
struct Filter {
    pipeline: String,
    cause: String,
    title: String,
    count: String,
    link: String,
    is_chosen: bool,
}

#[derive(Debug)]
struct Shop {
    no: String,
    title: String,
    is_chosen: bool,
}

#[derive(Debug)]
struct Head {
    title: &'static str,
    link: String,
    sorted: &'static str,
    mark: &'static str,
    is_figure: bool,
}

#[derive(Debug)]
struct SumTable {
    title: &'static str,
    lines: Vec<SumLine>,
}

#[derive(Debug)]
struct SumLine {
    title: String,
    link: String,
    count: String,
    money: String,
}

#[derive(Debug)]
struct Line {
    pipeline: String,
    refund_no: String,
    link: String,
    shop: String,
    date: String,
    amount: String,
    title: String,
    messages: Vec<String>,
    remedy: String,
    first_parked: String,
    last_tried: String,
    modified: String,
    can_retry: bool,
    decided: Option<Decided>,
}

/// What a person decided about a return.
#[derive(Debug)]
struct Decided {
    by: String,
    at: String,
    note: String,
    bill: String,
    /// The word for how it stood when it was shown.
    seen: String,
}

pub(super) async fn show(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    match page.list(&visitor).await {
        Ok(list) => html(&list),
        Err(error) => notice::of_store(&visitor, &error),
    }
}

impl Page {
    async fn list(&self, visitor: &Visitor) -> Result<ListView, StoreError> {
        let lang = visitor.lang;
        let shown = self.shown().await?;
        let (mut listed, faults) = Listed::of(&visitor.here, lang);
        let store = self.house.journal.store()?;
        let mut page = store.list(listed.query(PAGE)).await?;
        let pages = usize::try_from(page.total().count).unwrap_or(usize::MAX).div_ceil(PAGE).max(1);
        // What was on the last page may have gone since.
        if listed.page > pages {
            listed.page = pages;
            page = store.list(listed.query(PAGE)).await?;
        }
        let frame = self.frame(visitor, &list_title(listed.list, lang), &shown).await?;
        let mut view = ListView::of(visitor, &shown, &listed, &page, faults, pages);
        let views = self.house.board.views();
        for (line, row) in view.lines.iter_mut().zip(&page.rows) {
            line.messages.extend(words::why_out(&views, row).map(|why| why.get(lang).to_owned()));
        }
        view.say_once();
        if let Some((table, key)) = &listed.missing {
            let pipeline = listed.pipeline.as_deref().unwrap_or_default();
            let filling = self.house.board.views().remove(pipeline).and_then(|view| view.filling);
            view.title = missing::title((table, key), filling.as_ref(), shown.names(pipeline), lang);
            view.frame.title.clone_from(&view.title);
        }
        Ok(ListView { frame: Frame { title: view.frame.title.clone(), ..frame }, ..view })
    }
}

impl ListView {
    fn of(
        visitor: &Visitor,
        shown: &Shown,
        listed: &Listed,
        page: &ListPage,
        faults: Vec<String>,
        pages: usize,
    ) -> Self {
        let lang = visitor.lang;
        let title = list_title(listed.list, lang);
        let filters = filters(shown, listed, lang);
        let group =
            filters.iter().find(|filter| filter.is_chosen).cloned().filter(|_| listed.is_whole_group());
        let total = page.total();
        let turned = |to: usize| Listed { page: to, ..listed.clone() }.address();
        let kept = [
            ("pipeline", listed.pipeline.clone()),
            ("cause", listed.cause.clone()),
            ("missing", listed.missing_word()),
            ("sort", listed.sort_word()),
        ];
        Self {
            frame: Frame::live(visitor, &title, shown),
            title,
            path: listed.path(),
            list: listed.list,
            tone: if listed.list == List::Parked || listed.list == List::Flagged { "warn" } else { "" },
            tabs: tabs(shown, listed.list, lang),
            can_retry: group.as_ref().is_some_and(|group| can_retry(&group.cause)),
            group,
            count: figure(total.count),
            money: money(total.amount),
            faults,
            kept: kept.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            shops: shops(page, listed),
            from: listed.from.map(|day| day.to_string()).unwrap_or_default(),
            to: listed.to.map(|day| day.to_string()).unwrap_or_default(),
            min: listed.min.map(|amount| amount.to_string()).unwrap_or_default(),
            max: listed.max.map(|amount| amount.to_string()).unwrap_or_default(),
            all: Listed { pipeline: None, cause: None, missing: None, page: 1, ..listed.clone() }.address(),
            is_all: listed.cause.is_none() && listed.missing.is_none(),
            decide: (listed.list == List::Parked && total.count > 0).then(|| listed.decide()),
            clear: listed.is_narrowed().then(|| Listed::plain(listed.list).address()),
            export: listed.export(),
            workbook: listed.workbook(),
            nothing: nothing(listed, lang),
            heads: heads(listed, lang),
            messages: Vec::new(),
            remedy: String::new(),
            lines: page.rows.iter().map(|row| Line::of(listed.list, row, lang)).collect(),
            sums: [
                SumTable { title: cause_head(listed.list, lang), lines: by_cause(page, listed, lang) },
                SumTable { title: lang.of("店铺", "Shop"), lines: by_shop(page, listed) },
            ],
            previous: (listed.page > 1).then(|| turned(listed.page - 1)),
            next: (listed.page < pages).then(|| turned(listed.page + 1)),
            position: match lang {
                Lang::Chinese => format!("第 {} / {pages} 页", listed.page),
                Lang::English => format!("page {} of {pages}", listed.page),
            },
            filters,
        }
    }
}

impl ListView {
    /// What every row of the page says is said above them.
    fn say_once(&mut self) {
        let [first, others @ ..] = self.lines.as_slice() else { return };
        if others.is_empty() {
            return;
        }
        if others.iter().all(|line| line.remedy == first.remedy) {
            self.remedy.clone_from(&first.remedy);
        }
        if others.iter().all(|line| line.messages == first.messages) {
            self.messages.clone_from(&first.messages);
        }
        for line in &mut self.lines {
            if !self.remedy.is_empty() {
                line.remedy.clear();
            }
            if !self.messages.is_empty() {
                line.messages.clear();
            }
        }
    }

    fn is_parked(&self) -> bool {
        self.list == List::Parked
    }

    fn is_decided(&self) -> bool {
        self.list == List::Decided
    }
}

/// What a list is called.
pub(super) fn list_title(list: List, lang: Lang) -> String {
    list.title().get(lang).to_owned()
}

fn cause_head(list: List, lang: Lang) -> &'static str {
    match list {
        List::Parked => lang.of("原因", "Cause"),
        List::InProgress => lang.of("状态", "State"),
        List::Decided => lang.of("决定", "Decision"),
        List::Filtered => lang.of("类型 · 状态", "Type · status"),
        List::Flagged => lang.of("标记", "Flag"),
    }
}

/// Why a row is in its list, in words.
pub(super) fn cause_title(list: List, word: &str, lang: Lang) -> String {
    match list {
        List::Parked => words::cause(word, lang),
        List::InProgress => words::state(word, lang),
        List::Decided => words::decision(word, lang),
        List::Filtered => words::scope(word, lang),
        List::Flagged => words::flag(word, lang),
    }
}

/// The same of a row: what is flagged may be on its way still, and its cause is its state then.
pub(super) fn why_title(list: List, row: &ListRow, lang: Lang) -> String {
    let flag = row.flags.first().filter(|_| list == List::Flagged);
    cause_title(list, flag.map_or(&row.cause, |flag| &flag.kind), lang)
}

fn nothing(listed: &Listed, lang: Lang) -> &'static str {
    match listed.list {
        _ if listed.is_narrowed() && listed.cause.is_none() => {
            lang.of("没有符合筛选条件的退换单。", "No return is of this kind.")
        }
        List::Parked => lang.of("没有需要人工处理的退换单。", "Nothing waits for a person."),
        List::InProgress => lang.of("没有处理中的退换单。", "Nothing is in progress."),
        List::Decided => lang.of("没有人工决定过的退换单。", "Nothing was decided by hand."),
        List::Filtered => lang.of("没有未纳入同步的退换单。", "Nothing is out of scope."),
        List::Flagged => lang.of("没有带标记的退换单。", "Nothing is flagged."),
    }
}

fn tabs(shown: &Shown, chosen: List, lang: Lang) -> Vec<Filter> {
    let tab = |list: List| Filter {
        pipeline: String::new(),
        cause: String::new(),
        title: list_title(list, lang),
        count: figure(counted(shown, list)),
        link: Listed::plain(list).address(),
        is_chosen: list == chosen,
    };
    List::ALL.map(tab).into()
}

/// How many a list has, each return once.
fn counted(shown: &Shown, list: List) -> u64 {
    let states = |states: &[&str]| {
        let each = shown.statuses.iter().flat_map(|status| &status.documents);
        each.filter(|(state, _)| states.contains(state)).map(|(_, count)| count).sum()
    };
    match list {
        List::Parked => states(&["parked"]),
        List::InProgress => states(&["seen", "mapped", "intended", "saved", "submitted", "audited"]),
        List::Decided => states(&["decided"]),
        List::Filtered => states(&["filtered"]),
        List::Flagged => shown.sum(List::Flagged).count,
    }
}

/// The causes of what is parked, of every pipeline, the most frequent first.
fn filters(shown: &Shown, listed: &Listed, lang: Lang) -> Vec<Filter> {
    if listed.list != List::Parked {
        return Vec::new();
    }
    let several = shown.statuses.len() > 1;
    let all =
        super::parked::causes(&shown.statuses).into_iter().take(MOST_GROUPS).map(|(status, cause, count)| {
            let title = words::cause(cause, lang);
            let group = Listed {
                pipeline: Some(status.pipeline.clone()),
                cause: Some(cause.to_owned()),
                missing: None,
                page: 1,
                ..listed.clone()
            };
            Filter {
                pipeline: status.pipeline.clone(),
                cause: cause.to_owned(),
                title: if several { format!("{} · {title}", status.pipeline) } else { title },
                count: figure(count),
                is_chosen: (&group.pipeline, &group.cause, &None)
                    == (&listed.pipeline, &listed.cause, &listed.missing),
                link: group.address(),
            }
        });
    all.collect()
}

fn shops(page: &ListPage, listed: &Listed) -> Vec<Shop> {
    let mut shops: Vec<Shop> = page
        .by_shop()
        .into_iter()
        .take(MOST_SHOPS)
        .map(|((no, name), _)| Shop {
            no: no.to_owned(),
            title: words::named(no, name),
            is_chosen: listed.shop.as_deref() == Some(no),
        })
        .collect();
    // Nothing may be left of the one that was asked for.
    if let Some(no) = listed.shop.as_ref().filter(|_| !shops.iter().any(|shop| shop.is_chosen)) {
        shops.push(Shop { no: no.clone(), title: no.clone(), is_chosen: true });
    }
    shops
}

fn by_cause(page: &ListPage, listed: &Listed, lang: Lang) -> Vec<SumLine> {
    let sums = page.by_cause().into_iter().take(MOST_GROUPS);
    let line = |(word, sum): (&str, Sum)| {
        let link = Listed { cause: Some(word.to_owned()), page: 1, ..listed.clone() };
        SumLine::of(cause_title(listed.list, word, lang), &link, sum)
    };
    sums.map(line).collect()
}

fn by_shop(page: &ListPage, listed: &Listed) -> Vec<SumLine> {
    let sums = page.by_shop().into_iter().take(MOST_GROUPS);
    let line = |((no, name), sum): ((&str, Option<&str>), Sum)| {
        let link = Listed { shop: Some(no.to_owned()), page: 1, ..listed.clone() };
        SumLine::of(words::named(no, name), &link, sum)
    };
    sums.map(line).collect()
}

impl SumLine {
    fn of(title: String, link: &Listed, sum: Sum) -> Self {
        Self { title, link: link.address(), count: figure(sum.count), money: money(sum.amount) }
    }
}

fn heads(listed: &Listed, lang: Lang) -> Vec<Head> {
    let last: &[_] = match listed.list {
        List::Parked => &[
            (SortBy::FirstParked, lang.of("首次待处理", "First came up")),
            (SortBy::LastTried, lang.of("最近重试", "Last tried")),
        ],
        List::Decided => &[(SortBy::Decided, lang.of("决定时间", "Decided at"))],
        _ => &[(SortBy::Modified, lang.of("最后修改", "Last changed"))],
    };
    let first = [
        (SortBy::RefundNo, lang.of("退换单号", "Refund")),
        (SortBy::Shop, lang.of("店铺", "Shop")),
        (SortBy::Date, lang.of("单据日期", "Date")),
        (SortBy::Amount, lang.of("金额", "Amount")),
        (SortBy::Cause, cause_head(listed.list, lang)),
    ];
    let head = |&(sort, title): &(SortBy, &'static str)| {
        let is_sorted = listed.sort == sort;
        // The greatest sum and the latest day first, unless it is turned round.
        let descending = if is_sorted {
            !listed.descending
        } else {
            matches!(sort, SortBy::Amount | SortBy::Date | SortBy::Decided)
        };
        let (sorted, mark) = match (is_sorted, listed.descending) {
            (false, _) => ("", ""),
            (true, false) => ("ascending", " ↑"),
            (true, true) => ("descending", " ↓"),
        };
        Head {
            title,
            link: Listed { sort, descending, page: 1, ..listed.clone() }.address(),
            sorted,
            mark,
            is_figure: sort == SortBy::Amount,
        }
    };
    first.iter().chain(last).map(head).collect()
}

impl Line {
    fn of(list: List, row: &ListRow, lang: Lang) -> Self {
        // What was decided about is not to be mended any more.
        let reasons = if list == List::Decided { &[][..] } else { &row.reasons };
        let remedy = reasons.first().map(|reason| words::remedy(reason, lang));
        let mut messages: Vec<String> =
            reasons.iter().map(|reason| reason.message.get(lang).to_owned()).collect();
        if list == List::Flagged {
            messages.extend(row.flags.iter().map(|flag| flag.told(lang).to_owned()));
        }
        Self {
            pipeline: row.pipeline.clone(),
            refund_no: row.refund_no.clone(),
            link: super::link::refund(&row.refund_no),
            shop: words::named(&row.shop_no, row.shop_name.as_deref()),
            date: row.date.map(|date| date.to_string()).unwrap_or_default(),
            amount: row.amount.map_or_else(|| "—".to_owned(), money),
            title: why_title(list, row, lang),
            messages,
            remedy: remedy.unwrap_or_default(),
            first_parked: row.first_parked.map(brief).unwrap_or_default(),
            last_tried: row.last_tried.map_or_else(|| "—".to_owned(), brief),
            modified: row.modified.as_deref().and_then(|text| text.get(5..16)).unwrap_or_default().to_owned(),
            can_retry: can_retry(&row.cause),
            decided: row.decision.as_ref().map(|decision| Decided::of(decision, row.seen.clone(), lang)),
        }
    }
}

impl Decided {
    fn of(Decision { wish, at, .. }: &Decision, seen: String, lang: Lang) -> Self {
        Self {
            seen,
            by: decider(&wish.by).get(lang).to_owned(),
            at: brief(*at),
            note: wish.note.clone(),
            bill: wish.bill.clone().unwrap_or_default(),
        }
    }
}
