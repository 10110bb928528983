//! Filling in what a mapping table lacks: a number of 金蝶 is searched, looked at and written into the table's file; the
//! configuration is read again, and the returns go on. How a file is edited is `config::table_file`'s.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;

use super::frame::{Frame, html};
use super::lang::Lang;
use super::orders::{Given, Order};
use super::state::Page;
use super::visitor::{Fields, Visitor};
use super::{link, missing, notice};
use crate::clock::shanghai;
use crate::config::{EditFault, FillError, TableFile};
use crate::lang::{Text, both, why};
use crate::model::Names;
use crate::serve::Filling;
use crate::sink::base::Kind;
use crate::sink::search::Candidate;
use crate::store::{ActionRow, ParkedQuery, StoreError};

/// The outcome of filling in counts so many returns.
const MOST_COUNTED: usize = 20_000;

/// So long a person waits for a table to be read that was edited in its file.
const REREAD_WITHIN: Duration = Duration::from_secs(10);

/// A page that nobody has searched on yet does not wait longer for 金蝶.
const GUESS_WITHIN: Duration = Duration::from_secs(3);

/// Why nothing was found.
enum Nothing {
    TooMany,
    Kingdee(String),
}

/// A place to be filled in, as the form names it.
struct Place {
    pipeline: String,
    table: String,
    key: String,
    filling: Filling,
}

#[derive(Debug, askama::Template)]
#[template(path = "fill.html")]
struct FillPage {
    frame: Frame,
    title: String,
    pipeline: String,
    table: String,
    key: String,
    /// What is to be written, such as 金蝶客户编码.
    wanted: &'static str,
    text: String,
    found: Vec<Candidate>,
    /// Why nothing is shown.
    note: Option<String>,
    back: String,
}

/// The form with a search, which needs no script.
pub(super) async fn form(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let here = &visitor.here;
    let asked = |name| here.asked(name).unwrap_or_default();
    if !visitor.rights.may_act() {
        return Redirect::to(&here.login()).into_response();
    }
    let (pipeline, table, key) = (asked("pipeline"), asked("table"), asked("key"));
    let Some(place) = page.place(pipeline, table, key) else {
        return page.nothing_to_fill(&visitor, (pipeline, table, key));
    };
    let names = match page.missing_names(&place).await {
        Ok(Some(names)) => names,
        Ok(None) => return not_missing(&visitor, &place),
        Err(error) => return notice::of_store(&visitor, &error),
    };
    let lang = visitor.lang;
    // Before anybody has typed anything, what the number is called is a good guess.
    let guess = missing::known((&place.table, &place.key), Some(&place.filling), Some(&names));
    let (text, within) = match here.asked("q") {
        Some(text) => (text.to_owned(), Duration::MAX),
        None => (guess.unwrap_or_default().to_owned(), GUESS_WITHIN),
    };
    let search = tokio::time::timeout(within, page.search(&place, &text));
    let late = || Err(Nothing::Kingdee("…".to_owned()));
    let (found, note) = match search.await.unwrap_or_else(|_| late()) {
        Ok(found) if found.is_empty() && !text.is_empty() => {
            let none = lang.of(
                "金蝶中没有符合的、已审核且未禁用的资料。",
                "金蝶 has nothing like it that is audited and not forbidden.",
            );
            (found, Some(none.to_owned()))
        }
        Ok(found) => (found, None),
        Err(nothing) => (Vec::new(), Some(nothing.text().get(lang).to_owned())),
    };
    let title = missing::title((&place.table, &place.key), Some(&place.filling), Some(&names), lang);
    html(&FillPage {
        frame: Frame::plain(&visitor, &title),
        title,
        wanted: missing::wanted(&place.table, lang),
        pipeline: place.pipeline,
        table: place.table,
        key: place.key,
        text,
        found,
        note,
        back: link::checked(asked("back")).to_owned(),
    })
}

/// What could stand for a number, for a script that helps while one types.
pub(super) async fn suggest(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let asked = |name| visitor.here.asked(name).unwrap_or_default();
    if !visitor.rights.may_act() {
        return (StatusCode::FORBIDDEN, Json(json!([]))).into_response();
    }
    let Some(place) = page.place(asked("pipeline"), asked("table"), asked("key")) else {
        return (StatusCode::NOT_FOUND, Json(json!([]))).into_response();
    };
    match page.search(&place, asked("q")).await {
        Ok(found) => {
            let found = found.iter().map(|one| json!({ "number": one.number, "name": one.name }));
            Json(found.collect::<Vec<_>>()).into_response()
        }
        Err(Nothing::TooMany) => (StatusCode::TOO_MANY_REQUESTS, Json(json!([]))).into_response(),
        Err(Nothing::Kingdee(_)) => (StatusCode::BAD_GATEWAY, Json(json!([]))).into_response(),
    }
}

/// Writes a number into a table.
pub(super) async fn fill(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let (pipeline, table, key) = (fields.text("pipeline"), fields.text("table"), fields.text("key"));
    let Some(place) = page.place(pipeline, table, key) else {
        return page.nothing_to_fill(&visitor, (pipeline, table, key));
    };
    match page.missing_names(&place).await {
        Ok(Some(_)) => {}
        Ok(None) => return not_missing(&visitor, &place),
        Err(error) => return notice::of_store(&visitor, &error),
    }
    let to = fields.text("to").trim();
    if let Some(refusal) = page.refuse(&place, to).await {
        return notice::of(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &refusal.zh, &refusal.en);
    }
    let written = page.write(&place, to).await;
    let file = match written {
        Ok(file) => file,
        Err(error) => {
            let Text { zh, en } = told(&error);
            let status = match error {
                FillError::Edit(EditFault::Known { .. }) | FillError::Changed(_) => StatusCode::CONFLICT,
                FillError::Edit(_) => StatusCode::UNPROCESSABLE_ENTITY,
                FillError::Io { .. } => StatusCode::SERVICE_UNAVAILABLE,
            };
            tracing::warn!(
                pipeline = place.pipeline,
                table = place.table,
                %error,
                message_zh = "对照表未写入",
                "a mapping table was not written"
            );
            return notice::of(&visitor, status, &zh, &en);
        }
    };
    match page.record(&place, to, &file, &visitor).await {
        Ok(_) if visitor.rights.is_script() => {
            let taken = json!({
                "action": Order::Fill.as_str(), "pipeline": place.pipeline, "table": place.table, "key": place.key,
                "to": to, "version": file.version(),
            });
            (StatusCode::ACCEPTED, Json(taken)).into_response()
        }
        Ok(number) => {
            Redirect::to(&link::done(fields.text("back"), Order::Fill.as_str(), Some(number))).into_response()
        }
        Err(error) => notice::of_store(&visitor, &error),
    }
}

fn not_missing(visitor: &Visitor, place: &Place) -> Response {
    let Text { zh, en } = both!(
        "现在没有待处理的退换单缺少 {key} 的对照，没有写入。",
        "No return waits for {key} at present: nothing was written.",
        key = place.key
    );
    notice::of(visitor, StatusCode::UNPROCESSABLE_ENTITY, &zh, &en)
}

/// Why a table was not written, for people.
fn told(error: &FillError) -> Text {
    let en = error.to_string();
    match error {
        FillError::Edit(EditFault::Number { value }) => {
            Text::of(format!("“{value}”不是可用的金蝶编码。"), en)
        }
        FillError::Edit(EditFault::NoTable) => Text::of(
            "文件是工作簿，或不是带有 from、to（店铺编号、金蝶客户编码等）两列的 CSV，请在文件中填写。",
            en,
        ),
        FillError::Edit(EditFault::Known { key, to }) => {
            Text::of(format!("{key} 已经有对照：{to}。请刷新页面。"), en)
        }
        FillError::Edit(EditFault::Days { key }) => {
            Text::of(format!("{key} 的各行有各自的有效期，请在文件中添加。"), en)
        }
        FillError::Changed(path) => {
            let path = path.display();
            Text::of(
                format!(
                    "{path} 读取后被其他人改过，没有写入：新内容还没有生效（可能有错）。请管理员用 refund-sync check 检查，再填一次。"
                ),
                en,
            )
        }
        FillError::Io { path, error } => {
            let (path, Text { zh, en }) = (path.display(), why(error));
            both!("{path} 无法写入：{zh}", "{path} cannot be written: {en}")
        }
    }
}

impl Nothing {
    fn text(&self) -> Text {
        match self {
            Self::TooMany => {
                Text::new("查询过于频繁，请稍后再试。", "Too many searches: try again in a minute.")
            }
            Self::Kingdee(why) => {
                Text::of(format!("金蝶没有应答。（{why}）"), format!("金蝶 did not answer: {why}"))
            }
        }
    }
}

impl Page {
    /// What a form names, if it can be filled in.
    fn place(&self, pipeline: &str, table: &str, key: &str) -> Option<Place> {
        let filling = self.house.board.views().remove(pipeline)?.filling?;
        let fits = filling.can_fill(table) && !key.is_empty();
        fits.then(|| Place { pipeline: pipeline.into(), table: table.into(), key: key.into(), filling })
    }

    /// What is to be done where the page does not write the table.
    fn nothing_to_fill(&self, visitor: &Visitor, (pipeline, table, key): (&str, &str, &str)) -> Response {
        let filling = self.house.board.views().remove(pipeline).and_then(|view| view.filling);
        let by_hand = |lang| missing::by_hand((table, key), filling.as_ref(), lang);
        let (zh, en) = (by_hand(Lang::Chinese), by_hand(Lang::English));
        notice::of(
            visitor,
            StatusCode::NOT_FOUND,
            &format!("这个对照表不能在页面上填写。{zh}"),
            &format!("This table cannot be filled in here. {en}"),
        )
    }

    /// What shops and warehouses are called, if returns wait for the number at present.
    async fn missing_names(&self, place: &Place) -> Result<Option<Names>, StoreError> {
        let shown = self.shown().await?;
        let is_missing = shown.missing.iter().any(|found| {
            found.pipeline == place.pipeline
                && (found.missing.table.as_str(), found.missing.key.as_str()) == (&place.table, &place.key)
        });
        Ok(is_missing.then(|| shown.names(&place.pipeline).cloned().unwrap_or_default()))
    }

    async fn search(&self, place: &Place, text: &str) -> Result<Vec<Candidate>, Nothing> {
        let Some((kind, org)) = place.filling.searched(&place.table) else { return Ok(Vec::new()) };
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let search = (place.pipeline.clone(), place.table.clone(), text.trim().to_owned());
        let mut searches = self.searches.lock().await;
        if let Some(found) = searches.known(&search) {
            return Ok(found);
        }
        if !searches.may_ask(self.house.board.now()) {
            return Err(Nothing::TooMany);
        }
        let found = place.filling.sink.search(kind, org, text).await;
        let found = found.map_err(|error| Nothing::Kingdee(error.to_string()))?;
        searches.keep(search, found.clone());
        Ok(found)
    }

    /// Why a number must not be written: 金蝶 says that it is not there, or cannot be used. Without an answer a person is
    /// believed.
    async fn refuse(&self, place: &Place, to: &str) -> Option<Text> {
        let (kind, org) = place.filling.searched(&place.table)?;
        if to.is_empty() {
            return Some(Text::new("请填写编码。", "Enter a number."));
        }
        let only = (!org.is_empty()).then_some(org);
        let (rows, _) = place.filling.sink.base(kind, &BTreeSet::from([to]), only).await.ok()?;
        let usable = |document: &str, forbid: &str| document == "C" && forbid == "A";
        let is_there = rows
            .iter()
            .any(|row| row.number == to && usable(&row.record.document_status, &row.record.forbid_status));
        (!is_there).then(|| absent(kind, org, to))
    }

    /// Writes the row, one person after the other. A table that was edited in its file is read first.
    async fn write(&self, place: &Place, to: &str) -> Result<TableFile, FillError> {
        let _one = self.filling.lock().await;
        match self.write_now(place, to).await {
            Err(FillError::Changed(_)) if self.is_read_again(place).await => self.write_now(place, to).await,
            written => written,
        }
    }

    /// Has the configuration read again. Says whether the table is another one then.
    async fn is_read_again(&self, place: &Place) -> bool {
        let board = &self.house.board;
        let mut changes = board.changes();
        let table = |filling: &Filling| filling.tables.get(&place.table).map(TableFile::version);
        let before = table(&place.filling);
        board.reread().ask();
        let another = changes.wait_for(|views| {
            let view = views.get(&place.pipeline);
            view.and_then(|view| view.filling.as_ref()).map(table).is_some_and(|now| now != before)
        });
        tokio::time::timeout(REREAD_WITHIN, another).await.is_ok_and(|seen| seen.is_ok())
    }

    async fn write_now(&self, place: &Place, to: &str) -> Result<TableFile, FillError> {
        // Whoever came before has changed the file and knows what it holds now.
        let file = self.place(&place.pipeline, &place.table, &place.key);
        let file = file.and_then(|place| place.filling.tables.get(&place.table).cloned());
        let Some(file) = file else { return Err(FillError::Edit(EditFault::NoTable)) };
        let (key, to, now) = (place.key.clone(), to.to_owned(), shanghai(self.house.board.now()));
        let path = file.path.clone();
        let filled = tokio::task::spawn_blocking(move || file.fill(&key, &to, now)).await;
        let filled =
            filled.map_err(|error| FillError::Io { path, error: std::io::Error::other(error) })??;
        let board = &self.house.board;
        for name in board.views().into_keys() {
            board.change(&name, |view| {
                let tables = view.filling.iter_mut().flat_map(|filling| filling.tables.values_mut());
                for table in tables.filter(|table| table.path == filled.file.path) {
                    *table = filled.file.of_table(&table.table);
                }
            });
        }
        Ok(filled.file)
    }

    /// Keeps who wrote what, and has the configuration read again.
    async fn record(
        &self,
        place: &Place,
        to: &str,
        file: &TableFile,
        visitor: &Visitor,
    ) -> Result<u64, StoreError> {
        let Place { pipeline, table, key, .. } = place;
        let (store, now) = (self.house.journal.store()?, self.house.board.now());
        let (remote, version) = (visitor.remote, file.version());
        store
            .record_action(ActionRow {
                at: now,
                remote: remote.to_string(),
                by: visitor.name(),
                action: Order::Fill.as_str().to_owned(),
                pipeline: pipeline.clone(),
                subject: format!("{table} {key} → {to} · {version}"),
            })
            .await?;
        tracing::info!(
            pipeline,
            %remote,
            table,
            key,
            to,
            version,
            message_zh = "对照表已填写",
            "a mapping table was filled in"
        );
        let numbers = self.lacking(place).await?;
        self.house.board.reread().ask();
        Ok(self.orders.give(Given {
            number: 0,
            order: Order::Fill,
            pipeline: pipeline.clone(),
            request: Some((store.pipeline(pipeline).await?.id, None)),
            numbers,
            after: None,
        }))
    }

    /// The numbers of the returns that wait for this one.
    async fn lacking(&self, place: &Place) -> Result<Vec<String>, StoreError> {
        let query = ParkedQuery {
            pipeline: Some(place.pipeline.clone()),
            limit: MOST_COUNTED,
            ..ParkedQuery::default()
        };
        let documents = self.house.journal.store()?.parked_page(query).await?.documents;
        let lacks = documents.into_iter().filter(|document| {
            let missing = document.reasons.iter().filter_map(|reason| reason.missing.as_ref());
            missing.into_iter().any(|one| one.table == place.table && one.key == place.key)
        });
        Ok(lacks.map(|document| document.refund_no).collect())
    }
}

fn absent(kind: Kind, org: &str, to: &str) -> Text {
    Text::of(
        format!("金蝶组织 {org} 中没有已审核、未禁用的{} {to}，没有写入。", kind.chinese()),
        format!(
            "Organisation {org} of 金蝶 has no {} {to} that is audited and not forbidden: nothing was written.",
            kind.english()
        ),
    )
}
