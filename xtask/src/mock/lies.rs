//! The flags of `cargo xtask mock` by which the simulators say and do what is not so. What each lie is, is told by the
//! simulators (feature `mock` of the SDKs); here are its names on the command line.

use std::{str::FromStr, time::Duration};

use anyhow::{Result, bail, ensure};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kingdee_k3cloud_sdk::mock as kingdee;
use serde_json::{Value, json};
use wdt_qimen_sdk::mock as wdt;

/// What the simulators say and do that is not so.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Lies")]
#[group(id = "lies")] // `Args` is the group of the command's own flags
pub(super) struct Args {
    /// 旺店通's Date header: true, 1970, off=SECONDS (negative: behind), swing=SECONDS (ahead and behind in turn), twice=SECONDS
    /// (a second header, off by that), text, absent
    #[arg(long, value_name = "LIE", default_value = "true", value_parser = date, allow_hyphen_values = true)]
    date: wdt::Dates,
    /// 旺店通's total_count: true, high=N, low=N, page (how many rows the page has), fixed=N, missing
    #[arg(long, value_name = "LIE", default_value = "true", value_parser = total)]
    total: wdt::TotalLie,
    /// 旺店通's list: true, late (empty, though counted), missing, null, twice, response-twice, total-twice,
    /// nameless (about every third row tells no number)
    #[arg(long, value_name = "LIE", default_value = "true", value_parser = list)]
    list: wdt::ListLie,
    /// Spoils rows of 旺店通, three of a hundred or =PERMILLE: raw-newline, nul, cut-character, gbk, bom, na-n, infinity,
    /// trailing-comma, bad-escape, lone-surrogate, bare-quote, duplicate-key, missing-brace, missing-quote, missing-colon
    #[arg(long, value_name = "FAULT[=PERMILLE]", value_parser = dirt)]
    dirt: Option<(wdt::ByteFault, u64)>,
    /// Total, list and dirt are true again after so many seconds; without it they stay
    #[arg(long, value_name = "SECONDS")]
    lies_for: Option<u32>,
    /// How many calls of a hundred 旺店通 bans for a second, whatever the caller's pace
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    refuse: u8,
    /// What 旺店通 takes of each method: so many calls in any so many seconds; more is a ban of two seconds
    #[arg(long, value_name = "CALLS/SECONDS", value_parser = quota)]
    quota: Option<wdt::QuotaRule>,
    /// How 金蝶 keeps numbers unique: lagging-check (two calls at once may both pass), index, off (a double is saved)
    #[arg(long, value_name = "HOW", default_value = "lagging-check", value_parser = uniqueness)]
    uniqueness: kingdee::Uniqueness,
    /// What 金蝶 answers instead, and to how many calls of a hundred (5 unless =PERCENT says); may be given several times:
    /// refuse, reset-before, reset-after, cut-after, stall-after, page-before, page-after, unavailable-before,
    /// unavailable-after, too-many-requests, exception-before, exception-after, exception-unexplained, lock, lock-code,
    /// database-text, database, throttle, session-lost, redirect, firewall, gateway, clock
    #[arg(long, value_name = "FAULT[=PERCENT]", value_parser = kingdee_fault)]
    kingdee_fault: Vec<(kingdee::Fault, u8)>,
    /// How 金蝶 is set up; may be given several times: old-answers (no MsgCode), public-gateway (519 for a wrong signature),
    /// workflow (no audit), asks-on-save, asks-on-audit (是否继续), submits, audits (what is saved), renumbers, blind (queries
    /// find nothing), unlisted (允许调用WebAPI接口用户)
    #[arg(long, value_name = "HOW", value_parser = set_up)]
    kingdee_site: Vec<SetUp>,
    /// Keys whose cells a query of 金蝶 answers with ***: FRetcustId.FNumber, FEntity_FAllAmount
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    masked: Vec<String>,
    /// Keys that 金蝶 requires besides, of rows with their part: FStockDeptId, FEntity.FStocklocId
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    required: Vec<String>,
    /// Keys of 金蝶's own beside the template's: F_PSEH_TEXT, FEntity.F_PSEH_NOTE
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    custom: Vec<String>,
    /// Materials that 金蝶 manages by lot and by shelf life; their stock-ins name both
    #[arg(long, value_name = "MATERIAL", value_delimiter = ',')]
    shelf_life: Vec<String>,
    /// Departments that 金蝶 has; left out: any number is one
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    department: Vec<String>,
    /// The first open day of 金蝶's books
    #[arg(long, value_name = "YYYY-MM-DD")]
    closed_before: Option<NaiveDate>,
    /// How many calls of a hundred 金蝶 refuses with 429
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    kingdee_refuse: u8,
    /// What 金蝶's 429 asks to wait
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    retry_after: u32,
}

impl Args {
    /// The simulated shop with these lies, told from `now` on.
    pub(super) fn shop(
        &self,
        builder: wdt::GatewayBuilder,
        faults: &wdt::Faults,
        now: DateTime<Utc>,
    ) -> wdt::GatewayBuilder {
        let dirt = self.dirt.map(|(fault, permille)| wdt::Dirt { fault, permille, seed: 0 });
        let until = self.lies_for.map(|seconds| now + TimeDelta::seconds(seconds.into()));
        let limited = if self.refuse > 0 { f64::from(self.refuse) / 100.0 } else { faults.limited };
        builder
            .dates(self.date.clone())
            .lies(wdt::Lies { total: self.total, list: self.list, dirt, until })
            .faults(wdt::Faults { limited, ..faults.clone() })
            .quota(self.quota)
    }

    /// A stock-in whose goods carry lot and days where 金蝶 manages the material by them.
    pub(super) fn with_lots(&self, mut stockin: wdt::MockRefund) -> wdt::MockRefund {
        let details = stockin.0.get_mut("details_list").and_then(Value::as_array_mut);
        for detail in details.into_iter().flatten() {
            let is_managed = self.shelf_life.iter().any(|material| detail["spec_no"] == material.as_str());
            if is_managed {
                detail["batch_no"] = json!("PH2601");
                detail["production_date"] = json!("2026-01-05 00:00:00");
                detail["expire_date"] = json!("2028-01-05 00:00:00");
            }
        }
        stockin
    }

    /// The simulated books with these lies.
    pub(super) fn books(
        &self,
        builder: kingdee::SiteBuilder,
        faults: kingdee::Faults,
    ) -> kingdee::SiteBuilder {
        let refused = f64::from(self.kingdee_refuse) / 100.0;
        let faults = faults.with(kingdee::Fault::TooManyRequests, refused);
        let faults = self
            .kingdee_fault
            .iter()
            .fold(faults, |faults, (fault, percent)| faults.with(*fault, f64::from(*percent) / 100.0));
        let builder = self.shelf_life.iter().fold(builder, |builder, material| {
            let flag =
                |builder: kingdee::SiteBuilder, key| builder.base_field("BD_MATERIAL", material, key, "true");
            flag(flag(builder, "FIsBatchManage"), "FIsKFPeriod")
        });
        let builder = self.kingdee_site.iter().fold(builder, |builder, how| how.of(builder));
        let builder = match self.department.as_slice() {
            [] => builder,
            some => builder.departments(some.iter().cloned()),
        };
        builder
            .uniqueness(self.uniqueness)
            .retry_after(Duration::from_secs(self.retry_after.into()))
            .masked(self.masked.clone())
            .required_fields(self.required.clone())
            .custom_fields(self.custom.clone())
            .closed_before(self.closed_before)
            .faults(faults)
    }
}

/// A way in which a site of 金蝶 is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SetUp {
    OldAnswers,
    PublicGateway,
    Workflow,
    AsksOnSave,
    AsksOnAudit,
    Submits,
    Audits,
    Renumbers,
    Blind,
    Unlisted,
}

impl SetUp {
    const ALL: [Self; 10] = [
        Self::OldAnswers,
        Self::PublicGateway,
        Self::Workflow,
        Self::AsksOnSave,
        Self::AsksOnAudit,
        Self::Submits,
        Self::Audits,
        Self::Renumbers,
        Self::Blind,
        Self::Unlisted,
    ];

    fn of(self, builder: kingdee::SiteBuilder) -> kingdee::SiteBuilder {
        match self {
            Self::OldAnswers => builder.old_answers(true),
            Self::PublicGateway => builder.public_gateway(true),
            Self::Workflow => builder.workflow(true),
            Self::AsksOnSave => builder.stock_question(Some(kingdee::StockQuestion::OnSave)),
            Self::AsksOnAudit => builder.stock_question(Some(kingdee::StockQuestion::OnAudit)),
            Self::Submits => builder.own_step(kingdee::OwnStep::SubmitsWhatIsSaved),
            Self::Audits => builder.own_step(kingdee::OwnStep::AuditsWhatIsSaved),
            Self::Renumbers => builder.renumber(true),
            Self::Blind => builder.blind(true),
            Self::Unlisted => builder.user_listed(false),
        }
    }
}

/// The name of a variant as a command line writes it: `RawNewline` is `raw-newline`.
fn kebab(variant: &str) -> String {
    let mut name = String::new();
    for c in variant.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// A number behind `name=`.
fn number<T: FromStr>(text: &str, name: &str) -> Option<T> {
    text.strip_prefix(name)?.strip_prefix('=')?.parse().ok()
}

fn date(text: &str) -> Result<wdt::Dates> {
    let seconds = |name| number(text, name).and_then(TimeDelta::try_seconds);
    Ok(match text {
        "true" => wdt::Dates::True,
        "1970" => wdt::Dates::Fixed(DateTime::UNIX_EPOCH),
        "text" => wdt::Dates::Text("yesterday".to_owned()),
        "absent" => wdt::Dates::Absent,
        _ => match (seconds("off"), seconds("swing"), seconds("twice")) {
            (Some(by), ..) => wdt::Dates::Off(by),
            (_, Some(by), _) => wdt::Dates::Swinging(vec![by, -by]),
            (.., Some(by)) => wdt::Dates::Twice(by),
            _ => bail!("none of true, 1970, off=SECONDS, swing=SECONDS, twice=SECONDS, text, absent"),
        },
    })
}

fn total(text: &str) -> Result<wdt::TotalLie> {
    Ok(match text {
        "true" => wdt::TotalLie::True,
        "page" => wdt::TotalLie::Page,
        "missing" => wdt::TotalLie::Missing,
        _ => match (number(text, "high"), number(text, "low"), number(text, "fixed")) {
            (Some(more), ..) => wdt::TotalLie::High(more),
            (_, Some(fewer), _) => wdt::TotalLie::Low(fewer),
            (.., Some(fixed)) => wdt::TotalLie::Fixed(fixed),
            _ => bail!("none of true, high=N, low=N, page, fixed=N, missing"),
        },
    })
}

fn list(text: &str) -> Result<wdt::ListLie> {
    use wdt::ListLie::{Late, Missing, Nameless, Null, ResponseTwice, TotalTwice, True, Twice};
    one_of(&[True, Late, Missing, Null, Twice, ResponseTwice, TotalTwice, Nameless], text)
}

fn uniqueness(text: &str) -> Result<kingdee::Uniqueness> {
    use kingdee::Uniqueness::{Index, LaggingCheck, Off};
    one_of(&[LaggingCheck, Index, Off], text)
}

fn dirt(text: &str) -> Result<(wdt::ByteFault, u64)> {
    let (name, permille) = text.split_once('=').unwrap_or((text, "30"));
    let permille = permille.parse().unwrap_or(u64::MAX);
    ensure!(permille <= 1000, "a row in a thousand is 1, every row is 1000");
    Ok((one_of(&wdt::ByteFault::ALL, name)?, permille))
}

fn set_up(text: &str) -> Result<SetUp> {
    one_of(&SetUp::ALL, text)
}

fn kingdee_fault(text: &str) -> Result<(kingdee::Fault, u8)> {
    let (name, percent) = text.split_once('=').unwrap_or((text, "5"));
    let percent = percent.parse().unwrap_or(u8::MAX);
    ensure!(percent <= 100, "every call is 100");
    Ok((one_of(&kingdee::Fault::ALL, name)?, percent))
}

fn quota(text: &str) -> Result<wdt::QuotaRule> {
    let parts = text.split_once('/');
    let numbers = parts.and_then(|(calls, seconds)| Some((calls.parse().ok()?, seconds.parse().ok()?)));
    match numbers {
        Some((calls @ 1.., seconds @ 1..)) => {
            Ok(wdt::QuotaRule::sliding(calls, TimeDelta::seconds(u32::into(seconds))))
        }
        _ => bail!("like 20/60: twenty calls in any sixty seconds"),
    }
}

fn one_of<T: std::fmt::Debug + Copy>(all: &[T], text: &str) -> Result<T> {
    let name = |one: &T| kebab(&format!("{one:?}"));
    match all.iter().find(|one| name(one) == text) {
        Some(one) => Ok(*one),
        None => bail!("none of {}", all.iter().map(name).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        lies: Args,
    }

    fn read(flags: &[&str]) -> Result<Args, String> {
        let line = Line::try_parse_from(std::iter::once("mock").chain(flags.iter().copied()));
        line.map(|line| line.lies).map_err(|error| error.to_string())
    }

    #[test]
    fn a_lie_that_nobody_knows_is_refused_with_those_that_are_known() {
        for (flags, known) in [
            (["--date", "tomorrow"], "off=SECONDS"),
            (["--date", "off=soon"], "off=SECONDS"),
            (["--total", "high"], "high=N"),
            (["--list", "short"], "response-twice"),
            (["--dirt", "mud"], "missing-colon"),
            (["--dirt", "nul=1001"], "every row is 1000"),
            (["--quota", "20"], "20/60"),
            (["--quota", "0/60"], "20/60"),
            (["--uniqueness", "on"], "lagging-check, index, off"),
            (["--refuse", "101"], "100"),
            (["--kingdee-fault", "quake"], "lock-code"),
            (["--kingdee-fault", "lock=101"], "every call is 100"),
            (["--kingdee-site", "haunted"], "public-gateway"),
            (["--closed-before", "yesterday"], "invalid"),
        ] {
            let refusal = read(&flags).unwrap_err();
            assert!(refusal.contains(known), "{flags:?}: {refusal}");
        }
    }

    #[test]
    fn without_flags_nothing_is_a_lie() {
        let lies = read(&[]).unwrap();
        assert_eq!(
            (&lies.date, lies.total, lies.list),
            (&wdt::Dates::True, wdt::TotalLie::True, wdt::ListLie::True)
        );
        assert_eq!((lies.dirt, lies.refuse, lies.quota), (None, 0, None));
        assert_eq!((lies.uniqueness, lies.kingdee_refuse), (kingdee::Uniqueness::LaggingCheck, 0));
    }

    #[test]
    fn each_flag_is_the_simulators_own_lie() {
        let seconds = TimeDelta::seconds;
        for (text, lie) in [
            ("1970", wdt::Dates::Fixed(DateTime::UNIX_EPOCH)),
            ("off=-900", wdt::Dates::Off(seconds(-900))),
            ("swing=60", wdt::Dates::Swinging(vec![seconds(60), seconds(-60)])),
            ("twice=3600", wdt::Dates::Twice(seconds(3600))),
            ("absent", wdt::Dates::Absent),
        ] {
            assert_eq!(read(&["--date", text]).unwrap().date, lie);
        }
        for (text, lie) in [
            ("high=3", wdt::TotalLie::High(3)),
            ("low=1", wdt::TotalLie::Low(1)),
            ("fixed=-1", wdt::TotalLie::Fixed(-1)),
            ("page", wdt::TotalLie::Page),
        ] {
            assert_eq!(read(&["--total", text]).unwrap().total, lie);
        }
        assert_eq!(read(&["--list", "response-twice"]).unwrap().list, wdt::ListLie::ResponseTwice);
        assert_eq!(read(&["--uniqueness", "off"]).unwrap().uniqueness, kingdee::Uniqueness::Off);
        assert_eq!(
            read(&["--quota", "20/60"]).unwrap().quota,
            Some(wdt::QuotaRule::sliding(20, seconds(60)))
        );
        assert_eq!(read(&["--dirt", "gbk"]).unwrap().dirt, Some((wdt::ByteFault::Gbk, 30)));
    }

    /// A fault that the simulator learns is in the help, too.
    #[test]
    fn the_help_names_every_way_to_spoil_a_row() {
        use clap::CommandFactory as _;
        let help = Line::command().render_long_help().to_string();
        for fault in wdt::ByteFault::ALL {
            let name = kebab(&format!("{fault:?}"));
            assert!(help.contains(&name), "{name} is not in\n{help}");
            assert_eq!(read(&["--dirt", &format!("{name}=1000")]).unwrap().dirt, Some((fault, 1000)));
        }
    }

    /// What only tests could turn on is a flag too: every fault of the simulated 金蝶, and every way it may be set up.
    #[test]
    fn the_help_names_every_fault_and_every_set_up_of_the_simulated_books() {
        use clap::CommandFactory as _;
        let help = Line::command().render_long_help().to_string();
        for fault in kingdee::Fault::ALL {
            let name = kebab(&format!("{fault:?}"));
            assert!(help.contains(&name), "{name} is not in\n{help}");
            let lies = read(&["--kingdee-fault", &format!("{name}=20"), "--kingdee-fault", "lock"]).unwrap();
            assert_eq!(lies.kingdee_fault, [(fault, 20), (kingdee::Fault::Lock, 5)]);
        }
        for how in SetUp::ALL {
            let name = kebab(&format!("{how:?}"));
            assert!(help.contains(&name), "{name} is not in\n{help}");
            assert_eq!(read(&["--kingdee-site", &name]).unwrap().kingdee_site, [how]);
        }
    }

    #[tokio::test]
    async fn a_client_meets_the_books_as_the_flags_set_them_up() {
        use kingdee_k3cloud_sdk::{Bills, ErrorKind, Query};

        let site = |flags: &[&str]| {
            let builder = kingdee::Site::builder().materials(["M1"]).custom_fields(["F_OLD"]);
            read(flags).unwrap().books(builder, kingdee::Faults::none()).build()
        };
        let bills = || Query::builder().form_id("SAL_RETURNSTOCK").field_keys(["FBillNo"]).build();
        let locked = site(&["--kingdee-fault", "lock=100"]);
        let verdicts = locked.client().unwrap().submit("SAL_RETURNSTOCK", &Bills::numbers(["TK1"])).await;
        assert!(format!("{verdicts:?}").contains("请稍候再使用"), "{verdicts:?}");
        let gateway = site(&["--kingdee-fault", "gateway=100"]);
        let error = gateway.client().unwrap().query(&bills()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Gateway { .. }), "{error:?}");
        let unlisted = site(&["--kingdee-site", "unlisted"]);
        let error = unlisted.client().unwrap().query(&bills()).await.unwrap_err();
        assert!(error.to_string().contains("允许调用WebAPI接口"), "{error}");
        let strict = site(&[
            "--required",
            "FStockDeptId,FEntity.FStocklocId",
            "--custom",
            "F_X",
            "--shelf-life",
            "M1",
        ]);
        let info = strict.client().unwrap().business_info("SAL_RETURNSTOCK").await.unwrap();
        let fields: Vec<_> = info.entities.iter().flat_map(|entity| &entity.fields).collect();
        let must = |key: &str| fields.iter().any(|field| field.key == key && field.must_input);
        assert!(must("FStockDeptId") && must("FStocklocId"));
        assert!(fields.iter().any(|field| field.key.eq_ignore_ascii_case("F_X")));
    }

    #[tokio::test]
    async fn goods_with_a_shelf_life_arrive_with_lot_and_days_and_departments_are_those_named() {
        use kingdee_k3cloud_sdk::Query;

        let lies = read(&["--shelf-life", "TS-BLK-L", "--department", "BM01,BM02"]).unwrap();
        let details = json!([{ "spec_no": "TS-BLK-L", "batch_no": "" }, { "spec_no": "X", "batch_no": "" }]);
        let stockin = lies.with_lots(wdt::MockRefund::from(json!({ "details_list": details })));
        let lots = |place: usize| stockin.0["details_list"][place]["batch_no"].clone();
        assert_eq!((lots(0), lots(1)), (json!("PH2601"), json!("")));
        let site = lies.books(kingdee::Site::builder(), kingdee::Faults::none()).build();
        let query = Query::builder().form_id("BD_Department").field_keys(["FNumber"]).build();
        let rows = site.client().unwrap().query(&query).await.unwrap();
        assert_eq!(rows.len(), 2, "{rows:?}");
    }

    #[tokio::test]
    async fn a_client_meets_the_lies_and_after_their_time_the_truth() {
        use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
        use wdt_qimen_sdk::{Client, PageAsk, Quota, Span};

        let noon: DateTime<Utc> = "2026-11-28T04:00:00Z".parse().unwrap();
        let at = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
        let later = std::sync::Arc::clone(&at);
        let now = move || noon + TimeDelta::seconds(at.load(std::sync::atomic::Ordering::Relaxed));
        let lies = read(&["--total", "high=3", "--lies-for", "60"]).unwrap();
        let builder = wdt::Gateway::builder().now(now.clone());
        let gateway = lies.shop(builder, &wdt::Faults::none(), noon).build();
        let noon = noon.naive_utc() + TimeDelta::hours(8);
        let span = Span::new(noon - TimeDelta::hours(1), noon).unwrap();
        gateway.world().extend(wdt::fill(1, 5, span));
        let client = Client::builder()
            .sid(wdt::SID)
            .app_key(wdt::APP_KEY)
            .app_secret(wdt::APP_SECRET)
            .quota(Quota::per_minute(60_000))
            .clock(now)
            .transport(gateway.service())
            .build()
            .unwrap();
        let total = async || {
            let params = RefundParams::builder().span(span).build();
            client.page::<RefundQuery>(&params, PageAsk::new(0, 40)).await.unwrap().total
        };
        assert_eq!(total().await, Some(8));
        later.store(61, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(total().await, Some(5));
    }
}
