//! Every fault of the simulated site against every operation: what the client makes of it, how often
//! it sent, what that did to the server, and that a caller who looks before sending again ends with
//! exactly one effect.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Fault, Site};
use kingdee_k3cloud_sdk::{
    BatchUpdate, Bills, Class, Client, Credentials, Error, Fate, Filter, Query, SaveOptions, UnsentRows,
    Update, Verdict,
};
use serde_json::value::RawValue;

use crate::support::{APP_ID, APP_SECRET, FORM, batch, bill, builder, query_numbers, site};

/// How one call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    /// A verdict: rejected as transient.
    Rejected,
    /// The raw answer says no; reading it is the caller's matter.
    Answer,
    Failed(&'static str, Fate),
}
use End::{Answer, Done, Failed, Rejected};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Save,
    BatchSave,
    Draft,
    Update,
    Submit,
    Audit,
    UnAudit,
    Delete,
    /// By name, so never sent twice.
    Push,
    View,
    Query,
    BillQuery,
}

const WRITES: [Op; 8] =
    [Op::Save, Op::BatchSave, Op::Draft, Op::Update, Op::Submit, Op::Audit, Op::UnAudit, Op::Delete];
const READS: [Op; 3] = [Op::View, Op::Query, Op::BillQuery];

/// What one call comes to when its first attempt meets the fault: its end, how many requests arrive,
/// how many effects there are.
struct Row {
    fault: Fault,
    read: (End, u64),
    /// By a typed call.
    typed: (End, u64, u64),
    /// By the service's name.
    named: (End, u64, u64),
}

/// A fault that is the same for a write by a typed call and by name.
const fn row(fault: Fault, read: (End, u64), write: (End, u64, u64)) -> Row {
    Row { fault, read, typed: write, named: write }
}

const fn lost(kind: &'static str) -> End {
    Failed(kind, Fate::Unknown)
}

const fn refused(kind: &'static str) -> End {
    Failed(kind, Fate::Refused)
}

/// A read asks a second time and has its answer.
const AGAIN: (End, u64) = (Done, 2);

const TABLE: [Row; 23] = [
    row(Fault::Refuse, AGAIN, (Done, 2, 1)),
    row(Fault::ResetBefore, AGAIN, (lost("Send"), 1, 0)),
    row(Fault::ResetAfter, AGAIN, (lost("Send"), 1, 1)),
    row(Fault::CutAfter, AGAIN, (lost("Read"), 1, 1)),
    row(Fault::StallAfter, AGAIN, (lost("Timeout"), 1, 1)),
    row(Fault::PageBefore, AGAIN, (lost("Status"), 1, 0)),
    row(Fault::PageAfter, AGAIN, (lost("Html"), 1, 1)),
    row(Fault::UnavailableBefore, AGAIN, (lost("Status"), 1, 0)),
    row(Fault::UnavailableAfter, AGAIN, (lost("Status"), 1, 1)),
    row(Fault::TooManyRequests, AGAIN, (refused("Status"), 1, 0)),
    row(Fault::ExceptionBefore, AGAIN, (lost("Exception"), 1, 0)),
    row(Fault::ExceptionAfter, AGAIN, (lost("Exception"), 1, 1)),
    row(Fault::ExceptionUnexplained, AGAIN, (lost("Exception"), 1, 0)),
    Row { fault: Fault::Lock, read: AGAIN, typed: (Rejected, 1, 0), named: (Answer, 1, 0) },
    Row { fault: Fault::LockCode, read: AGAIN, typed: (Rejected, 1, 0), named: (Answer, 1, 0) },
    Row { fault: Fault::DatabaseText, read: AGAIN, typed: (Rejected, 1, 0), named: (Answer, 1, 0) },
    Row { fault: Fault::Database, read: AGAIN, typed: (lost("Refused"), 1, 0), named: (Answer, 1, 0) },
    Row { fault: Fault::Throttle, read: AGAIN, typed: (refused("Refused"), 1, 0), named: (Answer, 1, 0) },
    // The call, the login, the call again: refused before it ran, so for writes too.
    row(Fault::SessionLost, (Done, 3), (Done, 3, 1)),
    row(Fault::Redirect, (refused("Redirect"), 1), (refused("Redirect"), 1, 0)),
    row(Fault::Firewall, (refused("Firewall"), 1), (refused("Firewall"), 1, 0)),
    row(Fault::Gateway, (refused("Gateway"), 1), (refused("Gateway"), 1, 0)),
    row(Fault::Clock, (refused("Gateway"), 1), (refused("Gateway"), 1, 0)),
];

/// A site where the operation is possible on bill A, and a client that is logged in.
async fn ready(op: Op) -> (Site, Client) {
    let site = site().build();
    let client = builder(Credentials::sign(APP_ID, APP_SECRET)).timeout(Duration::from_secs(5));
    let client = client.transport(site.service()).build().unwrap();
    let numbers = Bills::numbers(["A"]);
    if !matches!(op, Op::Save | Op::BatchSave | Op::Draft) {
        client.batch_save(&batch(&["A"])).await.unwrap();
    }
    if matches!(op, Op::Audit | Op::UnAudit | Op::Push) {
        client.submit(FORM, &numbers).await.unwrap();
    }
    if matches!(op, Op::UnAudit | Op::Push) {
        client.audit(FORM, &numbers).await.unwrap();
    }
    client.login().await.unwrap();
    (site, client)
}

async fn act(op: Op, client: &Client) -> Result<End, Error> {
    let (numbers, options) = (Bills::numbers(["A"]), SaveOptions::default());
    let one = |verdict: &Verdict| match verdict {
        Verdict::Saved { .. } | Verdict::Deleted { .. } => Done,
        Verdict::Rejected { errors } if errors[0].class == Class::Transient => Rejected,
        other => panic!("{other:?}"),
    };
    Ok(match op {
        Op::Save => one(&client.save(&bill("A"), &options).await?),
        Op::Draft => one(&client.draft(&bill("A"), &options).await?),
        Op::BatchSave => one(&client.batch_save(&batch(&["A"])).await?[0]),
        Op::Update => {
            let id = client.query(&query_numbers()).await.unwrap()[0][0].text().to_owned();
            let mut changed = bill("A");
            changed.head_note = Some("changed".to_owned());
            let batch = BatchUpdate::new(UnsentRows::Keep, vec![Update::of(id, changed)]);
            one(&client.batch_update(&batch).await?[0])
        }
        Op::Submit => one(&client.submit(FORM, &numbers).await?[0]),
        Op::Audit => one(&client.audit(FORM, &numbers).await?[0]),
        Op::UnAudit => one(&client.unaudit(FORM, &numbers).await?[0]),
        Op::Delete => one(&client.delete(FORM, &numbers).await?[0]),
        Op::Push => {
            let body = r#"{"formid":"SAL_RETURNSTOCK","data":{"Numbers":["A"],"RuleId":"AR_ReturnToReceivableMap"}}"#;
            let answer = client.call("Push", RawValue::from_string(body.to_owned()).unwrap()).await?;
            if answer.text().contains(r#""IsSuccess":true"#) { Done } else { Answer }
        }
        Op::View => client.view(FORM, "A").await.map(|_| Done)?,
        Op::Query => client.query(&query_numbers()).await.map(|_| Done)?,
        Op::BillQuery => client.bill_query(&query_numbers()).await.map(|_| Done)?,
    })
}

/// Asks the site whether the operation has had its effect.
async fn is_done(op: Op, client: &Client) -> bool {
    let form = if op == Op::Push { "AR_receivable" } else { FORM };
    let query = Query::builder().form_id(form).field_keys(["FDocumentStatus", "FHeadNote"]);
    let query = if op == Op::Push { query.build() } else { query.filter(Filter::eq("FBillNo", "A")).build() };
    let found = client.query(&query).await.unwrap_or_default();
    let Some(row) = found.first() else { return op == Op::Delete };
    match op {
        Op::Update => row[1].text() == "changed",
        Op::Submit => row[0].text() == "B",
        Op::Audit => row[0].text() == "C",
        Op::UnAudit => row[0].text() == "D",
        Op::Delete => false,
        _ => true,
    }
}

fn end(result: Result<End, Error>) -> End {
    result.unwrap_or_else(|error| {
        let kind = format!("{:?}", error.kind());
        let name = kind.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let kinds = [
            "Connect",
            "Send",
            "Read",
            "Timeout",
            "Status",
            "Html",
            "Exception",
            "Refused",
            "Redirect",
            "Firewall",
            "Gateway",
        ];
        let name = kinds.into_iter().find(|known| *known == name).unwrap_or_else(|| panic!("{kind}"));
        assert!(!error.advice().zh.is_empty());
        Failed(name, error.fate())
    })
}

fn effects(site: &Site) -> u64 {
    site.counts().effects.values().sum()
}

/// One call under the fault: its end, arrivals and effects.
async fn measure(op: Op, fault: Fault, site: &Site, client: &Client) -> (End, u64, u64) {
    let before = (site.counts().arrivals, effects(site));
    // The update asks for the id first; the fault is for what follows.
    let asks_first = u64::from(op == Op::Update);
    if asks_first > 0 {
        site.spare_next();
    }
    site.fail_next(fault);
    let end = end(act(op, client).await);
    (end, site.counts().arrivals - before.0 - asks_first, effects(site) - before.1)
}

#[test]
fn the_table_has_a_row_for_every_fault() {
    assert_eq!(TABLE.map(|row| row.fault), Fault::ALL);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_after_anything_transient_and_changes_nothing() {
    for Row { fault, read: (end, arrivals), .. } in TABLE {
        for op in READS {
            let (site, client) = ready(op).await;
            assert_eq!(measure(op, fault, &site, &client).await, (end, arrivals, 0), "{fault:?} × {op:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_is_repeated_only_if_it_never_left_and_looking_up_makes_it_one() {
    for Row { fault, typed, .. } in TABLE {
        for op in WRITES {
            let (site, client) = ready(op).await;
            let before = effects(&site);
            assert_eq!(measure(op, fault, &site, &client).await, typed, "{fault:?} × {op:?}");
            once(op, &client).await;
            assert_eq!(effects(&site) - before, 1, "{fault:?} × {op:?}: exactly one effect");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_by_name_is_repeated_only_if_it_never_left_and_looking_makes_it_one() {
    for Row { fault, named, .. } in TABLE {
        let (site, client) = ready(Op::Push).await;
        let before = effects(&site);
        assert_eq!(measure(Op::Push, fault, &site, &client).await, named, "{fault:?}");
        once(Op::Push, &client).await;
        assert_eq!(effects(&site) - before, 1, "{fault:?}: exactly one effect");
    }
}

/// What a careful caller does: look, and send again only what is not there.
async fn once(op: Op, client: &Client) {
    if !is_done(op, client).await {
        assert_eq!(act(op, client).await.unwrap(), Done, "{op:?}");
    }
    assert!(is_done(op, client).await, "{op:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bill_without_a_number_is_sent_again_only_if_it_never_left() {
    let mut unnamed = bill("A");
    unnamed.bill_no = None;
    for (fault, arrivals) in [(Fault::Refuse, 2), (Fault::ResetBefore, 1), (Fault::ResetAfter, 1)] {
        let site = site().build();
        site.fail_next(fault);
        let client = builder(crate::support::signed()).transport(site.service()).build().unwrap();
        let saved = client.save(&unnamed, &SaveOptions::default()).await;
        assert_eq!((saved.is_ok(), site.counts().arrivals), (arrivals == 2, arrivals), "{fault:?}");
        assert!(effects(&site) <= 1, "{fault:?}");
    }
}
