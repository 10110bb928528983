//! Asking for bills and base data: queries, typed rows, pages, single bills, and look-ups of what a
//! write left unknown. What is asked is in `query` and `resolve`; every call here may be repeated.

use std::collections::BTreeSet;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use serde_json::value::RawValue;

use super::Client;
use super::pages::Pages;
use super::rows::QUERY;
use crate::error::{Error, ErrorKind};
use crate::model::base_data::BaseData;
use crate::model::business_info::BusinessInfo;
use crate::query::bill_rows::BillRows;
use crate::query::filter::{Filter, IN_LIST_MAX};
use crate::query::pager::Pager;
use crate::query::typed::{FromRow, RowError};
use crate::query::{Query, Row, Rows};
use crate::resolve::{self, Expectation, Resolution};
use crate::service::Service;
use crate::service::view::{self, Which};
use crate::text::Text;

impl Client {
    /// Chosen fields of the bills that meet a condition (ExecuteBillQuery): at most [`Query::limit`] rows, or without a
    /// limit all of them.
    ///
    /// A site gives 10,000 rows in an answer at most, or 2000, or fewer. With an order the rest is asked for page by page; an
    /// answer is the last if nothing is behind it, for which an answer that is as long as the longest that this client has seen
    /// of the form and these fields is asked behind once. Each of these calls has a [deadline](crate::ClientBuilder::deadline) of its own.
    ///
    /// Without an order the rest cannot be asked for: an answer that is short of what is wanted, and has 2000 rows or
    /// more, is an error ([`ErrorKind::Cut`]) unless the site is known to give more in one. One of fewer than 2000 rows is
    /// taken for all there are. **Whether a site gives fewer than 2000 though there are more cannot be known without an
    /// order.**
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::Site};
    /// use kingdee_k3cloud_sdk::{Filter, Query};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let bill = DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1").set("FNote", "100% cotton");
    /// # let _ = client.batch_save(&BatchSave::new(vec![bill])).await?;
    /// let query = Query::builder()
    ///     .form_id("SAL_OUTSTOCK")
    ///     .field_keys(["FBillNo", "FNote"])
    ///     .filter(Filter::contains("FNote", "100%"))
    ///     .order("FID ASC")
    ///     .build();
    /// for row in &client.query(&query).await? {
    ///     println!("{}: {}", row.field::<String>("FBillNo")?, row.field::<String>("FNote")?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn query(&self, query: &Query) -> Result<Rows, Error> {
        self.rows_of(&QUERY, query, Query::rows).await
    }

    /// The same by BillQuery, whose answer names each cell by its key. A key that a row lacks is
    /// [missing](crate::Cell::is_missing).
    pub async fn bill_query(&self, query: &Query) -> Result<Rows, Error> {
        const SERVICE: Service = Service::read("BillQuery");
        self.rows_of(&SERVICE, query, Query::objects).await
    }

    /// Rows as structs of your own; see [`row!`](crate::row). The query asks for the keys of `T`,
    /// as [`Query::of`] makes it.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Client, Error, Filter, Query};
    /// use rust_decimal::Decimal;
    ///
    /// kingdee_k3cloud_sdk::row! {
    ///     struct Line {
    ///         bill_no: String = "FBillNo",
    ///         amount: Option<Decimal> = "FEntity_FAllAmount",
    ///     }
    /// }
    ///
    /// /// What a bill comes to.
    /// async fn total(client: &Client, number: &str) -> Result<Decimal, Error> {
    ///     let query = Query::of::<Line>("SAL_RETURNSTOCK").filtered(Filter::eq("FBillNo", number));
    ///     let lines: Vec<Line> = client.query_as(&query).await?;
    ///     Ok(lines.iter().filter_map(|line| line.amount).sum())
    /// }
    /// ```
    pub async fn query_as<T: FromRow>(&self, query: &Query) -> Result<Vec<T>, Error> {
        self.query(query).await?.iter().map(typed).collect()
    }

    /// Every row of a query, page by page of [`Query::limit`] rows. The query must have an order
    /// that tells any two rows apart, such as `FID ASC` (with fields of the lines: `FID ASC,
    /// FEntity_FEntryID ASC`), or rows can be lost between two pages.
    ///
    /// An error that [passes](Error::is_transient) is no end: whoever polls on asks for the same page again, and nothing is
    /// lost or read twice. After any other error the stream ends; so is the third failure in a row, [`ErrorKind::GaveUp`].
    ///
    /// Which page is the last is [`Pager`]'s to say. One that [goes on](Pager::resume) from a [`Checkpoint`](crate::Checkpoint)
    /// is taken in the query's place:
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::Site};
    /// use futures_util::TryStreamExt as _;
    /// use kingdee_k3cloud_sdk::{Checkpoint, Pager, Query};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let bills = (0..5).map(|n| DynForm::new("SAL_OUTSTOCK").number("FBillNo", format!("CK{n}"))).collect();
    /// # let _ = client.batch_save(&BatchSave::new(bills)).await?;
    /// let query = Query::builder().form_id("SAL_OUTSTOCK").field_keys(["FID", "FBillNo"]).order("FID ASC").limit(2).build();
    /// let mut pages = client.pages(query.clone());
    /// let first = pages.try_next().await?.ok_or("there is no page")?;
    /// // … keep the rows, and where the walk stands:
    /// let kept = serde_json::to_string(&pages.checkpoint())?;
    ///
    /// // In another process:
    /// let rest = Pager::new(query).resume(serde_json::from_str::<Checkpoint>(&kept)?)?;
    /// let rest = client.pages(rest).try_concat().await?;
    /// assert_eq!((first.len(), rest.len()), (2, 3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(&self, query: impl Into<Pager>) -> Pages {
        Pages::new(self.clone(), query.into())
    }

    /// Every row of a query as a struct, read by [`pages`](Self::pages). A row that does not fit is an error and stays out;
    /// [`rows`](Self::rows) tells such ones apart from a call that failed.
    ///
    /// ```
    /// use futures_util::TryStreamExt as _;
    /// use kingdee_k3cloud_sdk::{Client, Error, Query};
    ///
    /// kingdee_k3cloud_sdk::row! {
    ///     struct Number {
    ///         number: String = "FBillNo",
    ///     }
    /// }
    ///
    /// /// Every number of a form, a page in memory at a time.
    /// async fn numbers(client: &Client, form: &str) -> Result<usize, Error> {
    ///     let mut items = client.items::<Number>(Query::of::<Number>(form).ordered("FID ASC"));
    ///     let mut count = 0;
    ///     while let Some(item) = items.try_next().await? {
    ///         println!("{}", item.number);
    ///         count += 1;
    ///     }
    ///     Ok(count)
    /// }
    /// ```
    pub fn items<T: FromRow + Send>(
        &self,
        query: Query,
    ) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + use<T> {
        let typed = |rows: Rows| Ok(stream::iter(rows.iter().map(typed).collect::<Vec<_>>()));
        self.pages(query).map(move |page| page.and_then(typed)).try_flatten()
    }

    /// The same, where a row that does not fit takes no other with it: the outer error is a call's, the inner one a row's.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::Site};
    /// use futures_util::TryStreamExt as _;
    /// use kingdee_k3cloud_sdk::Query;
    ///
    /// kingdee_k3cloud_sdk::row! {
    ///     struct Note {
    ///         number: String = "FBillNo",
    ///         note: String = "FNote",
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let bills = vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1"), DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK2").set("FNote", "by air")];
    /// # let _ = client.batch_save(&BatchSave::new(bills)).await?;
    /// # let mut read = 0;
    /// let mut notes = client.rows::<Note>(Query::of::<Note>("SAL_OUTSTOCK").ordered("FID ASC"));
    /// while let Some(note) = notes.try_next().await? {
    ///     match note {
    ///         Ok(Note { number, note }) => println!("{number}: {note}"),
    ///         Err(bad) => println!("{bad}"), // row CK1 cannot be read: FNote is null, not text
    ///     }
    /// #   read += 1;
    /// }
    /// # assert_eq!(read, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rows<T: FromRow + Send>(
        &self,
        query: Query,
    ) -> impl Stream<Item = Result<Result<T, RowError>, Error>> + Send + Unpin + use<T> {
        let read = |row: Row| Ok(T::from_row(&row).map_err(|cell| RowError { row, cell }));
        let typed = move |rows: Rows| Ok(stream::iter(rows.into_iter().map(read).collect::<Vec<_>>()));
        self.pages(query).map(move |page| page.and_then(typed)).try_flatten()
    }

    /// The rows whose `key` is one of `values`, asked for in chunks of [`IN_LIST_MAX`](crate::IN_LIST_MAX) and, within a
    /// chunk, in pages. A filter of the query holds as well; without an order it is `key`.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Client, Error, Query};
    ///
    /// /// Which of some thousand numbers the books hold already.
    /// async fn held(client: &Client, numbers: &[String]) -> Result<Vec<String>, Error> {
    ///     let query = Query::builder().form_id("SAL_RETURNSTOCK").field_keys(["FBillNo"]).build();
    ///     let rows = client.look_up(&query, "FBillNo", numbers).await?;
    ///     Ok(rows.iter().map(|row| row[0].text().to_owned()).collect())
    /// }
    /// ```
    pub async fn look_up(
        &self,
        query: &Query,
        key: &str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Rows, Error> {
        let values: BTreeSet<String> = values.into_iter().map(Into::into).collect();
        let values: Vec<String> = values.into_iter().collect();
        let mut found = Rows::new();
        for chunk in values.chunks(IN_LIST_MAX) {
            let mut query = query.clone().filtered(Filter::is_in(key, chunk));
            if query.order.is_empty() {
                query.order = format!("{key} ASC");
            }
            found.extend(self.pages(query).try_concat().await?);
        }
        Ok(found)
    }

    /// Base data (基础资料) by number: [`Material`], [`Customer`], [`Stock`], [`Organization`] or a
    /// kind of your own. Where numbers are used in several organisations there is a row for each;
    /// `org` confines them to one. Numbers that do not exist have no row.
    ///
    /// [`Material`]: crate::model::base_data::Material
    /// [`Customer`]: crate::model::base_data::Customer
    /// [`Stock`]: crate::model::base_data::Stock
    /// [`Organization`]: crate::model::base_data::Organization
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::model::base_data::{BaseData, Material};
    ///
    /// kingdee_k3cloud_sdk::row! {
    ///     /// A kind that this crate has no type for.
    ///     struct Supplier {
    ///         number: String = "FNumber",
    ///         name: Option<String> = "FName",
    ///     }
    /// }
    ///
    /// impl BaseData for Supplier {
    ///     const FORM_ID: &'static str = "BD_Supplier";
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let row = serde_json::json!({ "FNumber": "V001", "FName": "厂家", "FUseOrgId": { "FNumber": "100" } });
    /// # let site = Site::builder().materials(["M001"]).base_data("BD_Supplier", [row]).build();
    /// # let client = site.client()?;
    /// let materials: Vec<Material> = client.base_data(["M001", "M002"], Some("100")).await?;
    /// assert_eq!(materials.len(), 1, "M002 does not exist");
    /// let suppliers: Vec<Supplier> = client.base_data(["V001"], Some("100")).await?;
    /// assert_eq!(suppliers[0].name.as_deref(), Some("厂家"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn base_data<T: BaseData>(
        &self,
        numbers: impl IntoIterator<Item = impl Into<String>>,
        org: Option<&str>,
    ) -> Result<Vec<T>, Error> {
        let mut query = Query::of::<T>(T::FORM_ID);
        if let (Some(key), Some(org)) = (T::ORG_KEY, org) {
            query = query.filtered(Filter::eq(key, org));
        }
        self.look_up(&query, "FNumber", numbers).await?.iter().map(typed).collect()
    }

    /// What became of bills whose fate is unknown, one answer per expectation: each number is looked
    /// up, and what is found is compared.
    ///
    /// The server may still be working on a call whose answer was lost: `Absent` says what is there
    /// now. Wait, ask again, and only then send again.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::{Fault, Site}};
    /// use kingdee_k3cloud_sdk::{Bills, Expectation, Resolution};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let batch = BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")]);
    /// # site.fail_next(Fault::UnavailableAfter);
    /// if let Err(error) = client.batch_save(&batch).await {
    ///     if error.may_resend() {
    ///         return Err(error.into());
    ///     }
    ///     // The call may still be running: wait, then look.
    ///     tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    ///     match &client.resolve_unknown("SAL_OUTSTOCK", &[Expectation::of("CK1")]).await?[0] {
    ///         Resolution::Ours { id, .. } => println!("it is there, with id {id}"),
    ///         Resolution::Absent => println!("it is not: look once more, then send it again"),
    ///         Resolution::Doubled { ids } => {
    ///             let _ = client.delete("SAL_OUTSTOCK", &Bills::ids(&ids[1..])).await?;
    ///         }
    ///         other => println!("for a person: {other:?}"),
    ///     }
    /// }
    /// # assert_eq!(site.bills().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn resolve_unknown(
        &self,
        form: &str,
        expected: &[Expectation],
    ) -> Result<Vec<Resolution>, Error> {
        let numbers = || expected.iter().map(Expectation::number);
        if numbers().any(|number| number.trim().is_empty()) {
            let why = "a bill is looked up by its number, and one of these is empty";
            return Err(Error::query(ErrorKind::Request(why.to_owned())));
        }
        let rows = self.look_up(&resolve::query(form, expected), "FBillNo", numbers()).await?;
        let bills = BillRows::gather(rows);
        if let Some(stranger) = resolve::strangers(expected, &bills).first() {
            let why = Text::of(
                format!("查询返回了未查询的单据 {stranger}"),
                format!("a look-up is answered with {stranger}, which nobody asked for"),
            );
            return Err(Error::query(ErrorKind::Unreadable(why)));
        }
        expected.iter().map(|one| one.compare(&bills).map_err(|bad| Error::query(bad.into()))).collect()
    }

    /// One bill with everything in it (View) by its number, in the server's own property names.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::Site};
    /// #[derive(serde::Deserialize)]
    /// struct Viewed {
    ///     #[serde(rename = "BillNo")]
    ///     number: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let _ = client.batch_save(&BatchSave::new(vec![DynForm::new("SAL_RETURNSTOCK").number("FBillNo", "TK1")])).await?;
    /// # let _ = client.batch_save(&BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")])).await?;
    /// let bill = client.view("SAL_OUTSTOCK", "CK1").await?;
    /// let viewed: Viewed = serde_json::from_str(bill.get())?;
    /// assert_eq!(viewed.number, "CK1");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn view(&self, form: &str, number: &str) -> Result<Box<RawValue>, Error> {
        self.view_of(form, Which::Number(number)).await
    }

    /// One bill with everything in it (View) by its internal id.
    pub async fn view_by_id(&self, form: &str, id: &str) -> Result<Box<RawValue>, Error> {
        self.view_of(form, Which::Id(id)).await
    }

    /// What a form is made of at this site, custom fields included (QueryBusinessInfo).
    ///
    /// ```
    /// # async fn check(client: kingdee_k3cloud_sdk::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
    /// let form = client.business_info("SAL_RETURNSTOCK").await?;
    /// let required = form.entities.iter().flat_map(|entity| &entity.fields).filter(|field| field.must_input);
    /// for field in required {
    ///     println!("{} {}", field.key, field.name.of(2052).unwrap_or_default());
    /// }
    /// assert!(form.field("F_PSEH_TEXT").is_some(), "a mapping names a field that the site does not have");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn business_info(&self, form: &str) -> Result<BusinessInfo, Error> {
        const SERVICE: Service = Service::read("QueryBusinessInfo");
        let body = SERVICE.written(view::info_body(form))?;
        self.exchange(&SERVICE, body, |answer| view::info(&answer.into_data()?)).await
    }

    /// Proves credentials and connection by reading one organisation. A wrong organisation number
    /// of the client is not noticed by the server, and so not here.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Client, Error};
    ///
    /// /// What a page of settings says after "test the connection".
    /// async fn told(client: &Client) -> String {
    ///     match client.ping().await {
    ///         Ok(()) => "it works".to_owned(),
    ///         Err(error) => format!("{error}. {}", error.advice().en),
    ///     }
    /// }
    /// ```
    pub async fn ping(&self) -> Result<(), Error> {
        let query = Query::builder().form_id("ORG_Organizations").field_keys(["FNumber"]).limit(1).build();
        self.query(&query).await.map(drop)
    }

    async fn view_of(&self, form: &str, which: Which<'_>) -> Result<Box<RawValue>, Error> {
        const SERVICE: Service = Service::read("View");
        let body = SERVICE.written(view::body(form, which))?;
        self.exchange(&SERVICE, body, |answer| view::bill(&answer.into_data()?)).await
    }
}

/// Reading a row again would not change it, so this is outside the loop of attempts.
fn typed<T: FromRow>(row: &Row) -> Result<T, Error> {
    T::from_row(row).map_err(|bad| Error::query(ErrorKind::Cell(bad)))
}
