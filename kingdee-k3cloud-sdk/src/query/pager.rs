//! Paging by StartRow: which page comes next, and when there is none. Pure: the asking is in `client`, or the caller's.

use super::checkpoint::{BadCheckpoint, Checkpoint};
use super::{PAGE, Query, Row};
use crate::error::{Error, ErrorKind};
use crate::text::Text;

/// Of a page that is the one before: it may hold other rows that look the same, so that nothing can be made of it.
pub(crate) const SAME_PAGE: Text = Text::new(
    "服务器又给出同一页：请把 FID 和分录内码（如 FEntity_FEntryID）也列入要查的字段",
    "the server gives the same page again: if its rows are others, ask for FID and the lines' id (FEntity_FEntryID) as well",
);

/// A walk over the pages of a query, for a caller that asks page by page and may have to ask otherwise on the way;
/// [`Client::pages`](crate::Client::pages) does it as a stream.
///
/// ```
/// # async fn every_number(client: kingdee_k3cloud_sdk::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
/// use kingdee_k3cloud_sdk::{Pager, Query};
///
/// let query = Query::builder().form_id("SAL_RETURNSTOCK").field_keys(["FID", "FBillNo"]).order("FID ASC").build();
/// let mut pager = Pager::new(query);
/// while let Some(page) = pager.next()? {
///     let rows = client.query(page).await?;
///     pager.received(&rows)?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Pager {
    query: Query,
    /// The longest page so far: what a full one is.
    longest: usize,
    /// The page before, to notice a server that stands still.
    before: Vec<Row>,
    last: bool,
    /// A hash of who asks, where, if that is known.
    caller: Option<String>,
}

impl Pager {
    /// From the query's own [`start_row`](Query::start_row) on, [`limit`](Query::limit) rows a page, 2000 without one. It must have an order
    /// that tells any two rows apart.
    pub fn new(mut query: Query) -> Self {
        query.limit.get_or_insert(PAGE);
        Self { query, longest: 0, before: Vec::new(), last: false, caller: None }
    }

    /// The next page to ask for, if there is one. Asking again changes nothing.
    pub fn next(&self) -> Result<Option<&Query>, Error> {
        if self.query.order.trim().is_empty() {
            return Err(Error::query(ErrorKind::Request("pages need an order, such as FID ASC".to_owned())));
        }
        if self.query.limit == Some(0) {
            return Err(Error::query(ErrorKind::Request("a page needs at least one row".to_owned())));
        }
        Ok((!self.last).then_some(&self.query))
    }

    /// Asks for other fields, in another order, from the next page on: a site may turn out not to have one.
    pub fn ask_for(&mut self, field_keys: Vec<String>, order: String) {
        (self.query.field_keys, self.query.order) = (field_keys, order);
        // Wider rows may come fewer at once.
        self.longest = 0;
    }

    /// Takes note of a page, as [`Client::query`](crate::Client::query) gives it: as many rows as its limit says, or all
    /// there are.
    ///
    /// An empty page, one shorter than another, or one shorter than a limit of at most 2000 is the last. Of rows that came
    /// another way, from a site that gives fewer than 2000 in an answer, it cannot be told. The same page again is an error,
    /// as the server stands still: rows that are equal in all that is asked for, such as lines of one bill, need a key that
    /// tells them apart.
    pub fn received(&mut self, rows: &[Row]) -> Result<(), Error> {
        let short = rows.len() < self.longest || rows.len() < PAGE.min(self.query.page_size()) as usize;
        self.go_on(rows, rows.is_empty() || short)
    }

    /// The same of a page that has every row there is, where it is shorter than its limit.
    pub(crate) fn filled(&mut self, rows: &[Row]) -> Result<(), Error> {
        self.go_on(rows, rows.len() < self.query.limit.unwrap_or(PAGE) as usize)
    }

    fn go_on(&mut self, rows: &[Row], is_last: bool) -> Result<(), Error> {
        let unreadable = |why| Error::query(ErrorKind::Unreadable(why));
        if !rows.is_empty() && rows == self.before {
            return Err(unreadable(SAME_PAGE));
        }
        self.last = is_last;
        self.longest = self.longest.max(rows.len());
        // Behind the last page none comes that could be the same.
        self.before = if self.last { Vec::new() } else { rows.to_vec() };
        let next = u32::try_from(rows.len()).ok().and_then(|rows| self.query.start_row.checked_add(rows));
        self.query.start_row = next.ok_or_else(|| unreadable(Text::new("行数过多", "too many rows")))?;
        Ok(())
    }

    /// Where it stands, by the pages that were received: keep it after their rows.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Pager, Query};
    ///
    /// let query = Query::builder().form_id("BD_MATERIAL").field_keys(["FNumber"]).order("FNumber ASC").build();
    /// let checkpoint = Pager::new(query).checkpoint();
    /// assert_eq!((checkpoint.rows(), checkpoint.is_finished()), (0, false));
    /// ```
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(&self.query, self.last, self.caller.clone())
    }

    /// Goes on from where a walk over the same query stood: see [`Checkpoint`]. How many rows a page has may be another. Whose
    /// walk it was is compared where the client is known: a stream of another site, account, user or organisation fails
    /// at its first page, and nothing is sent.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Checkpoint, Client, Pager, Query};
    ///
    /// /// Reads one more page, and gives back where to go on; nothing when all is read.
    /// async fn one_more(client: &Client, kept: Option<&str>) -> Result<Option<String>, Box<dyn std::error::Error>> {
    ///     let query = Query::builder().form_id("BD_MATERIAL").field_keys(["FMATERIALID", "FNumber"]).order("FMATERIALID ASC").build();
    ///     let mut pager = match kept {
    ///         Some(kept) => Pager::new(query).resume(serde_json::from_str::<Checkpoint>(kept)?)?,
    ///         None => Pager::new(query),
    ///     };
    ///     let Some(page) = pager.next()? else { return Ok(None) };
    ///     let rows = client.query(page).await?;
    ///     pager.received(&rows)?;
    ///     // … keep the rows, and then:
    ///     Ok(Some(serde_json::to_string(&pager.checkpoint())?))
    /// }
    /// ```
    pub fn resume(self, checkpoint: Checkpoint) -> Result<Self, BadCheckpoint> {
        let Checkpoint { start_row, finished, caller, .. } = checkpoint.of_this(&self.query)?;
        let query = Query { start_row, ..self.query };
        Ok(Self { query, last: finished, caller, longest: 0, before: Vec::new() })
    }

    /// The walk of this caller, told by a hash, unless it was begun by another.
    pub(crate) fn called_by(&mut self, caller: &str) -> Result<(), Error> {
        if self.caller.get_or_insert_with(|| caller.to_owned()) == caller {
            return Ok(());
        }
        let why = "the checkpoint is of another site, account, user or organisation: begin anew here";
        Err(Error::query(ErrorKind::Request(why.to_owned())))
    }

    /// Whether the page that was received last was the last one.
    pub fn is_over(&self) -> bool {
        self.last
    }
}

impl From<Query> for Pager {
    fn from(query: Query) -> Self {
        Self::new(query)
    }
}
