//! `decide`: what a person decides about one return that waits for one. Beside a running holder it leaves a request and
//! follows it; without one it becomes the holder. What may be decided is `journal::decision`'s.

use std::time::Duration;

use chrono::NaiveDate;

use serde_json::json;

use super::context::{Context, Exit};
use super::values::{day, in_order};
use super::{find, holder, open, run, signal};
use crate::config::{Config, Pipeline};
use crate::journal::{DecisionKind, State, Wish, seen};
use crate::lang::{money, told};
use crate::model::{Cause, RunTrigger};
use crate::store::{
    self, Choice, Decide, Life, List, ListQuery, Made, MadeKind, OpenJournal, Request, Store, StoreError, Sum,
};
use crate::worker::Until;

/// How long what was decided is written before the rest is left to the next run.
const WRITE: Duration = Duration::from_mins(15);
/// Returns looked up at once.
const CHUNK: usize = 500;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单号；不写则用 --cause、--shop、--from、--to 指定一批待处理的。
    ///
    /// The refund number; without it --cause, --shop, --from and --to say which of those that wait.
    #[arg(required_unless_present_any = ["cause", "shop", "from", "to"])]
    refund_no: Option<String>,
    /// 决定 arrived 按实收数量入账；asked 按申请数量入账；open-day 记到第一个可记账日；booked 已手工入账（--bill）；ignored 不入账（--note）；undo 撤销。
    ///
    /// What is decided.
    #[arg(long = "as", value_name = "DECISION", value_parser = ["arrived", "asked", "open-day", "booked", "ignored", "undo"])]
    kind: String,
    /// 手工入账的金蝶单据编号，先与金蝶核对。
    ///
    /// The number of the bill that was booked by hand: compared first.
    #[arg(long, value_name = "NO")]
    bill: Option<String>,
    /// 原因
    ///
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
    /// 决定人，默认为当前系统用户（USER、LOGNAME）；查不到则记为“未署名”。
    ///
    /// Who decides; the user of this system unless said (USER, LOGNAME), "unsigned" where none is known.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// 查看时的 seen（见 why --json）：单据在此之后有变化则不生效。
    ///
    /// The `seen` of `why --json`: refused once the return stands otherwise.
    #[arg(long, value_name = "WORD")]
    seen: Option<String>,
    /// 同一退换单在多个同步方案中时指明。
    ///
    /// Which pipeline, where several know the return.
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// 这个原因的全部待处理退换单（见 parked）。
    ///
    /// All that wait for this cause, as `parked` has it.
    #[arg(long, value_name = "CAUSE", conflicts_with = "refund_no")]
    cause: Option<String>,
    /// 这个店铺的全部待处理退换单。
    ///
    /// All that wait of this shop.
    #[arg(long, value_name = "NO", conflicts_with = "refund_no")]
    shop: Option<String>,
    /// 单据日期从。
    ///
    /// From this accounting day on.
    #[arg(long, value_parser = day, value_name = "DAY", conflicts_with = "refund_no")]
    from: Option<NaiveDate>,
    /// 单据日期到（含）。
    ///
    /// Up to this accounting day.
    #[arg(long, value_parser = day, value_name = "DAY", conflicts_with = "refund_no")]
    to: Option<NaiveDate>,
    /// 已看过单数和金额，确认决定。
    ///
    /// Decides: without it only how many they are and how much money is shown.
    #[arg(long, conflicts_with = "refund_no")]
    yes: bool,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    decide(&args, context).await.unwrap_or_else(|exit| exit)
}

async fn decide(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::to_read_alone(context)?;
    let kind = DecisionKind::parse(&args.kind).ok_or(Exit::Configuration)?;
    open::refuse_unknown_pipeline(context, &config, args.pipeline.as_deref())?;
    if let Some(cause) = args.cause.as_deref().filter(|cause| Cause::parse(cause).is_none()) {
        context.out.error(told!("没有原因 {cause}", "no cause is called {cause}"));
        return Err(Exit::Configuration);
    }
    let by = args.by.clone().filter(|by| !by.trim().is_empty()).unwrap_or_else(user);
    let wish = Wish { kind, bill: args.bill.clone(), note: args.note.clone(), by };
    if let (Some(from), Some(to)) = (args.from, args.to) {
        in_order(from, to).map_err(|fault| open::refused(context, fault))?;
    }
    let Some(number) = &args.refund_no else { return all_of_them(args, context, &config, &wish).await };
    let (life, pipeline) = find(args, number, context, &config).await?;
    let seen = args.seen.clone().unwrap_or(life.seen);
    let decide = Decide { wish, returns: vec![Choice { refund_no: life.refund_no, seen }] };
    let (made, exit) = decided(context, &config, &decide, pipeline).await?;
    tell(args, context, (made, exit)).await
}

/// Decides about returns of one pipeline, here or by whoever holds its journal.
async fn decided(
    context: &mut Context,
    config: &Config,
    decide: &Decide,
    pipeline: &Pipeline,
) -> Result<(Vec<Made>, Exit), Exit> {
    let shares = store::shares(config);
    let share = shares.iter().find(|share| share.pipelines.iter().any(|one| one.name == pipeline.name));
    let Some(share) = share else { return Err(Exit::Failed) };
    match OpenJournal::acquire(&config.store.url, share, "decide").await {
        Ok(desk) => {
            // Whoever decides it here asks 金蝶, and needs what opens it.
            let config = open::configuration(context)?;
            let own = config.pipelines.iter().find(|one| one.name == pipeline.name).unwrap_or(pipeline);
            here(context, decide, own, &desk).await
        }
        Err(StoreError::Held { holder, .. }) => {
            let made = ask_holder(context, config, decide, pipeline, &holder).await?;
            Ok((made, Exit::Done))
        }
        Err(error) => Err(open::complain(context, &error)),
    }
}

/// Decides about everything that waits and is meant: without `--yes` it only says how many they are and how much money.
async fn all_of_them(args: &Args, context: &mut Context, config: &Config, wish: &Wish) -> Result<Exit, Exit> {
    if matches!(wish.kind, DecisionKind::Booked | DecisionKind::Undo) {
        context.out.error(told!(
            "已手工入账和撤销只能逐张决定，请写退换单号",
            "what was booked by hand or is taken back is decided one by one: name the return"
        ));
        return Err(Exit::Configuration);
    }
    if let Some(flag) = args.lacking() {
        context.out.error(told!("请写明原因：加 {flag}", "say why: add {flag}"));
        return Err(Exit::Configuration);
    }
    let (offers, sum) = match open::to_read(context).await? {
        None => (Vec::new(), Sum::default()),
        Some(store) => {
            offers(args, store.as_ref(), config).await.map_err(|error| open::complain(context, &error))?
        }
    };
    let Sum { count, amount } = sum;
    let (title, amount) = (wish.kind.title(), money(amount));
    if count == 0 {
        context.out.error(told!("没有符合条件的待处理退换单", "nothing of this kind waits for a person"));
        return Ok(Exit::Failed);
    }
    if !args.yes {
        context.out.line(told!(
            "{title}：共 {count} 张，{amount}。确认请加 --yes",
            "{title}: {count} returns, {amount}. Add --yes to decide"
        ));
        return Ok(Exit::NeedsPerson);
    }
    let (mut made, mut exit) = (Vec::new(), Exit::Done);
    for (pipeline, returns) in offers {
        let decide = Decide { wish: wish.clone(), returns };
        let (some, ended) = decided(context, config, &decide, pipeline).await?;
        made.extend(some);
        exit = exit.max(ended);
    }
    tell(args, context, (made, exit)).await
}

/// The returns that are meant, each as it stands now, by pipeline.
async fn offers<'a>(
    args: &Args,
    store: &dyn Store,
    config: &'a Config,
) -> Result<(Vec<(&'a Pipeline, Vec<Choice>)>, Sum), StoreError> {
    let is_meant = |pipeline: &&Pipeline| args.pipeline.as_ref().is_none_or(|name| *name == pipeline.name);
    let (mut offers, mut sum) = (Vec::new(), Sum::default());
    for pipeline in config.pipelines.iter().filter(is_meant) {
        let Some(row) = store.known_pipeline(&pipeline.name).await? else { continue };
        let query = ListQuery {
            pipeline: Some(pipeline.name.clone()),
            cause: args.cause.clone(),
            shop_no: args.shop.clone(),
            days: (args.from, args.to),
            ..ListQuery::of(List::Parked)
        };
        let page = store.list(query).await?;
        let numbers: Vec<_> = page.rows.iter().map(|row| row.refund_no.clone()).collect();
        let mut choices = Vec::with_capacity(numbers.len());
        for some in numbers.chunks(CHUNK) {
            let documents = store.documents(row.id, some.to_vec()).await?;
            choices.extend(
                documents
                    .iter()
                    .map(|document| Choice { refund_no: document.refund_no.clone(), seen: seen(document) }),
            );
        }
        if !choices.is_empty() {
            offers.push((pipeline, choices));
            sum += page.total();
        }
    }
    Ok((offers, sum))
}

/// The return as it stands, and the pipeline that has it: by any of its numbers, as `why` takes them. Where several have
/// the number they are listed, and nothing is decided.
async fn find<'a>(
    args: &Args,
    number: &str,
    context: &mut Context,
    config: &'a Config,
) -> Result<(Life, &'a Pipeline), Exit> {
    let store = open::to_read(context).await?;
    let inquiry = open::inquiry(store.as_deref(), config);
    let answer = inquiry.why(number).await.map_err(|error| open::complain(context, &error))?;
    if !answer.matches.is_empty() {
        find::choose(context, &inquiry, number, &answer.matches);
        return Err(open::refused(context, told!("没有作出决定", "nothing was decided")));
    }
    let lives = answer.documents;
    let known = |life: &Life| config.pipelines.iter().find(|pipeline| pipeline.name == life.pipeline);
    let is_meant = |life: &Life| args.pipeline.as_ref().is_none_or(|name| *name == life.pipeline);
    let lives = lives.into_iter().filter(is_meant);
    let mut found: Vec<_> = lives.filter_map(|life| known(&life).map(|pipeline| (life, pipeline))).collect();
    if found.len() > 1 {
        // Where only one of them can be meant there is nothing to ask.
        let can_be = |(life, _): &(Life, _)| matches!(life.state, State::Parked | State::Decided);
        if found.iter().filter(|one| can_be(one)).count() == 1 {
            found.retain(can_be);
        }
    }
    if found.len() > 1 {
        let names: Vec<_> = found.iter().map(|(life, _)| life.pipeline.as_str()).collect();
        context.out.error(told!(
            "多个同步方案都有 {}，请用 --pipeline 指明：{}",
            "{} is known to several pipelines: say which by --pipeline: {}",
            number,
            names.join(", ")
        ));
        return Err(Exit::Configuration);
    }
    found.pop().ok_or_else(|| {
        context.out.error(find::nothing(number));
        Exit::Failed
    })
}

/// Who is at this terminal.
pub(super) fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.trim().is_empty()))
        .unwrap_or_else(|| told!("未署名", "unsigned"))
}

/// Decides it here; what is on its way again is written.
async fn here(
    context: &mut Context,
    decide: &Decide,
    pipeline: &Pipeline,
    desk: &OpenJournal,
) -> Result<(Vec<Made>, Exit), Exit> {
    let worker = open::worker(pipeline, desk, RunTrigger::Decide).await;
    let worker = worker.map_err(|message| open::failed(context, &message))?;
    let made = worker.decide(decide).await.map_err(|error| open::complain(context, &error))?;
    let is_done = made.iter().any(|one| one.outcome == MadeKind::Done);
    if !is_done || decide.wish.kind.closes() {
        worker.end().await.map_err(|error| open::complain(context, &error))?;
        return Ok((made, Exit::Done));
    }
    let outcome = signal::drive(&worker, Until::Drained { timeout: WRITE }).await;
    let outcome = outcome.map_err(|message| open::failed(context, &message))?;
    Ok((made, run::exit_of(&outcome)))
}

/// The one who holds the journal decides it.
async fn ask_holder(
    context: &mut Context,
    config: &Config,
    decide: &Decide,
    pipeline: &Pipeline,
    holder: &str,
) -> Result<Vec<Made>, Exit> {
    let (store, clock) = open::to_ask(context, config, "decide").await?;
    let row = store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
    let request = store.leave_request(row.id, Request::Decide(decide.clone()), clock.now()).await;
    let request = request.map_err(|error| open::complain(context, &error))?;
    let answer = holder::answer(context, store.as_ref(), request, holder).await?;
    serde_json::from_str(&answer).map_err(|error| {
        open::failed(
            context,
            told!("无法识别 {holder} 的答复：{error}", "the answer of {holder} cannot be read: {error}"),
        )
    })
}

async fn tell(args: &Args, context: &mut Context, (made, exit): (Vec<Made>, Exit)) -> Result<Exit, Exit> {
    let store = open::to_read(context).await?;
    let mut told = Vec::new();
    let mut exit = exit;
    for one in &made {
        let life = match &store {
            Some(store) => life_of(context, store.as_ref(), &one.refund_no).await?,
            None => None,
        };
        if one.outcome != MadeKind::Done || one.waits {
            exit = exit.max(Exit::NeedsPerson);
        }
        if args.json {
            let mut json = json!(one);
            json["state"] = json!(life.as_ref().map(|life| life.state));
            json["seen"] = json!(life.as_ref().map(|life| &life.seen));
            json["decision"] = json!(life.as_ref().and_then(|life| life.decision.as_ref()));
            told.push(json);
            continue;
        }
        let state = life.map(|life| life.state.title()).unwrap_or_default();
        let (number, title, message) = (&one.refund_no, one.outcome.title(), &one.message);
        let text = told!("{number}：{title}。{message}（{state}）", "{number}: {title}. {message} ({state})");
        if one.outcome == MadeKind::Done {
            context.out.line(text);
        } else {
            context.out.error(text);
        }
    }
    if args.json {
        context.out.json(&json!({ "decisions": told }));
    }
    if let (Exit::NeedsPerson, Some(flag)) = (exit, args.lacking()) {
        context.out.error(told!("请加 {flag}", "add {flag}"));
    }
    Ok(exit)
}

impl Args {
    /// The flag that this decision asks for and that was not given.
    fn lacking(&self) -> Option<&'static str> {
        let is_empty = |text: &str| text.trim().is_empty();
        match DecisionKind::parse(&self.kind)? {
            DecisionKind::Ignored if is_empty(&self.note) => Some("--note TEXT"),
            DecisionKind::Booked if self.bill.as_deref().is_none_or(is_empty) => Some("--bill NO"),
            _ => None,
        }
    }
}

async fn life_of(context: &mut Context, store: &dyn Store, refund_no: &str) -> Result<Option<Life>, Exit> {
    let lives = store.life(refund_no).await.map_err(|error| open::complain(context, &error))?;
    Ok(lives.into_iter().next())
}
