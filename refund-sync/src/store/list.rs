//! The lists of the desk: which documents, how they are narrowed down and sorted, what they come to. What of it is SQL is the
//! same in both stores and is put together here; asking is each store's own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::column::{units, yuan};
use super::row::{ListRow, Sum};
use crate::journal::{Number, NumberKind};
use crate::lang::vocabulary;

vocabulary! {
    /// The lists there are.
    pub enum List {
        /// What waits for a person.
        Parked = "parked" { title: "待处理", "Needs attention"; }
        /// What the worker moves by itself.
        InProgress = "in_progress" { title: "处理中", "In progress"; }
        /// What a person decided not to have written.
        Decided = "decided" { title: "已决定", "Decided"; }
        /// What the filter leaves out.
        Filtered = "filtered" { title: "未纳入同步", "Not in scope"; }
        /// What has its bill, and something that a person should know of.
        Flagged = "flagged" { title: "有标记", "Flagged"; }
    }
}

vocabulary! {
    /// What a list can be sorted by: its columns.
    pub enum SortBy {
        /// In the order in which it was read first.
        Read = "read" { title: "读取顺序", "as read"; }
        /// 退换单号
        RefundNo = "refund_no" { title: "退换单号", "Refund"; }
        /// 店铺
        Shop = "shop" { title: "店铺", "Shop"; }
        /// 单据日期
        Date = "date" { title: "单据日期", "Date"; }
        /// 金额
        Amount = "amount" { title: "金额", "Amount"; }
        /// 原因
        Cause = "cause" { title: "原因", "Cause"; }
        /// 最后修改
        Modified = "modified" { title: "最后修改", "Last changed"; }
        /// 首次待处理
        FirstParked = "first_parked" { title: "首次待处理", "First came up"; }
        /// 最近重试
        LastTried = "last_tried" { title: "最近重试", "Last tried"; }
        /// 决定时间
        Decided = "decided" { title: "决定时间", "Decided at"; }
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Of which list.
    pub list: List,
    /// Of this pipeline only.
    pub pipeline: Option<String>,
    /// Of this cause only: of what is parked, the first cause; of what is flagged, its first flag; of what is in progress,
    /// its state; of what is decided, what was; of what is filtered, type and status, as in `4/90`.
    pub cause: Option<String>,
    /// Of what is parked, only what waits for this key of this table.
    pub missing: Option<(String, String)>,
    /// Of this shop only.
    pub shop_no: Option<String>,
    /// From this day on, and up to this one: by [`ListRow::date`].
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
    /// Of this much money at least, and at most, in yuan.
    pub amounts: (Option<Decimal>, Option<Decimal>),
    /// Sorted by this; what is equal, as it was read. What has no such thing comes last.
    pub sort: SortBy,
    /// The greatest first.
    pub descending: bool,
    /// Without the first so many.
    pub skip: usize,
    /// So many at most.
    pub limit: usize,
    /// With the numbers of its orders also what is not kept itself: for files, since that looks through all numbers.
    pub with_orders: bool,
}

/// A part of a list, and what all of it comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The rows.
    pub rows: Vec<ListRow>,
    /// Everything that the query takes, `skip` and `limit` aside.
    pub groups: Vec<Group>,
}

/// Documents of one pipeline, cause and shop: how many, and how much money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The pipeline's name.
    pub pipeline: String,
    /// As in [`ListQuery::cause`].
    pub cause: String,
    /// 店铺编号
    pub shop_no: String,
    /// 店铺名称, where it is known.
    pub shop_name: Option<String>,
    /// How many.
    pub sum: Sum,
}

impl ListQuery {
    /// The whole of a list, as it was read.
    pub fn of(list: List) -> Self {
        Self {
            list,
            pipeline: None,
            cause: None,
            missing: None,
            shop_no: None,
            days: (None, None),
            amounts: (None, None),
            sort: SortBy::Read,
            descending: false,
            skip: 0,
            limit: usize::MAX,
            with_orders: false,
        }
    }
}

impl ListPage {
    /// What all of it comes to.
    pub fn total(&self) -> Sum {
        self.groups.iter().map(|group| group.sum).sum()
    }

    /// The same by cause, the most money first.
    pub fn by_cause(&self) -> Vec<(&str, Sum)> {
        self.by(|group| group.cause.as_str())
    }

    /// The same by shop, number and name; the most money first.
    pub fn by_shop(&self) -> Vec<((&str, Option<&str>), Sum)> {
        self.by(|group| (group.shop_no.as_str(), group.shop_name.as_deref()))
    }

    fn by<'a, K: Ord + Copy>(&'a self, key: impl Fn(&'a Group) -> K) -> Vec<(K, Sum)> {
        let mut sums = BTreeMap::<K, Sum>::new();
        for group in &self.groups {
            *sums.entry(key(group)).or_default() += group.sum;
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|(_, sum)| std::cmp::Reverse((sum.amount, sum.count)));
        sums
    }
}

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    Text(String),
    Number(i64),
}

/// Where the stores' SQL differs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// What stands before the number of a bound value.
    pub(super) place: char,
    /// The first word of a JSON text that the journal wrote, its cause or its kind; `unknown` where it is none of ours.
    pub(super) first_word: fn(column: &str) -> String,
    /// The condition that a JSON text of [`Parking`](crate::journal::Parking) names a table and its key, bound at these places.
    pub(super) lacks: fn(table: usize, key: usize) -> String,
    /// The condition that one of the document's flags is of the kind bound at this place.
    pub(super) flagged: fn(kind: usize) -> String,
    /// The day of the document's bill.
    pub(super) billed_day: &'static str,
    /// The day that a JSON text of [`Parking`](crate::journal::Parking) tells.
    pub(super) parked_day: &'static str,
    /// What was decided.
    pub(super) decided: &'static str,
    /// When it was.
    pub(super) decided_at: &'static str,
    /// How texts are compared by their bytes.
    pub(super) bytes: &'static str,
    /// The table, as what is parked is added up from it.
    pub(super) parked: &'static str,
}

/// The condition and the order of a query, and what is bound to it.
pub(super) struct Statement {
    /// `WHERE …`, of the table `document` alone.
    pub(super) from: String,
    /// What is added up.
    table: &'static str,
    /// `ORDER BY … LIMIT …`
    pub(super) order: String,
    /// What groups go by beside pipeline and shop.
    pub(super) cause: String,
    /// Bound values, the first at place 1.
    pub(super) bound: Vec<Bound>,
}

impl Statement {
    /// Of the pipelines with these ids; `None` of none: nothing is in such a list, and no index answers for it.
    pub(super) fn of(query: &ListQuery, pipelines: &[i64], dialect: Dialect) -> Option<Self> {
        let pipelines = match pipelines {
            [] => return None,
            [one] => format!("pipeline = {one}"),
            _ => {
                let ids = pipelines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                format!("pipeline IN ({ids})")
            }
        };
        let (which, cause) = match query.list {
            List::Parked => ("state = 'parked'", (dialect.first_word)("parking")),
            List::InProgress => (
                "state IN ('seen', 'mapped', 'intended', 'saved', 'submitted', 'audited')",
                "state".to_owned(),
            ),
            List::Decided => ("state = 'decided'", dialect.decided.to_owned()),
            List::Filtered => (
                "state = 'filtered'",
                "coalesce(CAST(kind AS TEXT), '') || '/' || coalesce(CAST(process_status AS TEXT), '')"
                    .to_owned(),
            ),
            List::Flagged => ("flags IS NOT NULL AND state <> 'parked'", (dialect.first_word)("flags")),
        };
        let mut statement = Self {
            from: format!("WHERE {pipelines} AND {which}"),
            table: if query.list == List::Parked { dialect.parked } else { "document" },
            order: String::new(),
            cause,
            bound: Vec::new(),
        };
        let date = format!(
            "coalesce({}, moved_to, date, {}, substr(modified, 1, 10)){}",
            dialect.billed_day, dialect.parked_day, dialect.bytes
        );
        let day = |day: NaiveDate| Bound::Text(day.to_string());
        // What is no sum of money in the journal lies beyond every one that is.
        let money = |amount: Decimal| Bound::Number(units(amount).unwrap_or(i64::MAX));
        let by_column = !matches!(query.list, List::Filtered | List::Flagged);
        let cause = query.cause.clone().filter(|_| by_column).map(Bound::Text);
        let conditions = [
            (statement.cause.clone(), "=", cause),
            ("shop_no".to_owned(), "=", query.shop_no.clone().map(Bound::Text)),
            (date.clone(), ">=", query.days.0.map(day)),
            (date.clone(), "<=", query.days.1.map(day)),
            ("amount".to_owned(), ">=", query.amounts.0.map(money)),
            ("amount".to_owned(), "<=", query.amounts.1.map(money)),
        ];
        for (what, how, value) in conditions {
            if let Some(value) = value {
                statement.bind(&what, how, value, dialect);
            }
        }
        if let (List::Parked, Some((table, key))) = (query.list, &query.missing) {
            statement.bound.extend([Bound::Text(table.clone()), Bound::Text(key.clone())]);
            let last = statement.bound.len();
            // Writing to a String cannot fail.
            let _ = write!(statement.from, " AND {}", (dialect.lacks)(last - 1, last));
        }
        // Whichever of its flags it is, not the first alone.
        if let (List::Flagged, Some(kind)) = (query.list, &query.cause) {
            statement.bound.push(Bound::Text(kind.clone()));
            let _ = write!(statement.from, " AND {}", (dialect.flagged)(statement.bound.len()));
        }
        if let (List::Filtered, Some(word)) = (query.list, &query.cause) {
            statement.bind_filtered(word, dialect);
        }
        let direction = if query.descending { "DESC" } else { "ASC" };
        let by = match query.sort {
            SortBy::Read => None,
            SortBy::RefundNo => Some("refund_no"),
            SortBy::Shop => Some("shop_no"),
            SortBy::Date => Some(date.as_str()),
            SortBy::Amount => Some("amount"),
            SortBy::Cause => Some(statement.cause.as_str()),
            SortBy::Modified => Some("modified"),
            SortBy::FirstParked => Some("first_parked"),
            SortBy::LastTried => Some("last_tried"),
            SortBy::Decided => Some(dialect.decided_at),
        };
        let order = by.map_or_else(
            || format!("id {direction}"),
            |by| format!("({by}) IS NULL, {by} {direction}, id {direction}"),
        );
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let skip = i64::try_from(query.skip).unwrap_or(i64::MAX);
        statement.order = format!("ORDER BY {order} LIMIT {limit} OFFSET {skip}");
        Some(statement)
    }

    fn bind(&mut self, what: &str, how: &str, value: Bound, dialect: Dialect) {
        self.bound.push(value);
        // Writing to a String cannot fail.
        let _ = write!(self.from, " AND {what} {how} {}{}", dialect.place, self.bound.len());
    }

    /// Type and status each by itself: so the index finds them.
    fn bind_filtered(&mut self, word: &str, dialect: Dialect) {
        let (kind, status) = word.split_once('/').unwrap_or((word, ""));
        for (column, figure) in [("kind", kind), ("process_status", status)] {
            match figure.parse::<i32>() {
                Ok(figure) => {
                    // A number of ours can stand in the text: PostgreSQL takes a bound one for a wider kind.
                    let _ = write!(self.from, " AND {column} = {figure}");
                }
                Err(_) if figure.is_empty() => {
                    let _ = write!(self.from, " AND {column} IS NULL");
                }
                // No such type is in any journal.
                Err(_) => self.bind("''", "=", Bound::Text("-".to_owned()), dialect),
            }
        }
    }

    /// What finds the documents of a page.
    pub(super) fn ids(&self) -> String {
        format!("SELECT id FROM document {} {}", self.from, self.order)
    }

    /// What adds all of them up.
    pub(super) fn groups(&self) -> String {
        format!(
            "SELECT pipeline, {}, shop_no, count(*), CAST(coalesce(sum(amount), 0) AS BIGINT) FROM {} {} GROUP BY 1, 2, 3",
            self.cause, self.table, self.from
        )
    }
}

impl Sum {
    pub(super) fn of(count: u64, amount: i64) -> Self {
        Self { count, amount: yuan(amount) }
    }
}

/// Where numbers end that begin with `text`: no character is greater.
pub(super) fn end_of_prefix(text: &str) -> String {
    format!("{text}\u{10ffff}")
}

impl ListRow {
    /// The numbers of its orders, of one that is not kept itself: those by which it is found.
    pub(super) fn name_orders(&mut self, numbers: &[Number]) {
        self.tid = Number::joined(numbers, NumberKind::Tid);
        self.src_no = Number::joined(numbers, NumberKind::SrcNo);
        self.sales_tid = Number::joined(numbers, NumberKind::SalesTid);
    }
}
