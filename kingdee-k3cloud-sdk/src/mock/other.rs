//! Services of the simulated site that the client reaches by name only: Push, SwitchOrg, and saves
//! that are begun now and asked for later. The saves themselves are in `save`.

use bytes::Bytes;
use http::Response;
use serde_json::json;

use super::bill::StoredBill;
use super::builder::Settings;
use super::json::Json;
use super::reply::{self, Objection, Success};
use super::request::Call;
use super::world::World;

/// Whether a call asks for an answer now and its result later (BatchSaveQuery of the vendor's SDK).
pub(super) fn is_begun(call: &Call) -> bool {
    call.body.text("beginmethod") == "BeginQueryImpl"
}

/// The answer to such a call: a task to ask for.
pub(super) fn begun(world: &mut World) -> (String, Response<Bytes>) {
    let task = format!("{:016x}", world.random.next());
    world.tasks.insert(task.clone(), None);
    let reply = reply::ok(task_json(&task, None).to_string());
    (task, reply)
}

/// QueryAsyncResult: how far a task is.
pub(super) fn task(world: &World, call: &Call) -> Response<Bytes> {
    let info = Json::parse(&call.body.text("queryInfo")).unwrap_or(Json::Null);
    let task = info.text("TaskId");
    match world.tasks.get(&task) {
        Some(result) => reply::ok(task_json(&task, result.as_deref()).to_string()),
        None => reply::exception("任务不存在"),
    }
}

fn task_json(task: &str, result: Option<&str>) -> serde_json::Value {
    json!({
        "Status": if result.is_some() { 2 } else { 0 },
        "TaskId": task,
        "Result": result.and_then(|result| serde_json::from_str::<serde_json::Value>(result).ok()),
        "IsFaulted": false,
    })
}

/// SwitchOrg: for header signing it means nothing, for a session the organisation from now on.
pub(super) fn switch_org(settings: &Settings, call: &Call) -> Response<Bytes> {
    let number = call.data.text("OrgNumber");
    if settings.orgs.has(&number) {
        reply::ok(reply::status(true, &[], &[]).to_string())
    } else {
        reply::refused(call, 9, &format!("组织编码{number}不存在"))
    }
}

/// Push (下推): makes a bill of another form from each audited bill.
pub(super) fn push(world: &mut World, call: &Call) -> Response<Bytes> {
    let target = call.data.text("TargetFormId");
    let target = if target.is_empty() { "AR_receivable".to_owned() } else { target };
    let (mut objections, mut successes) = (Vec::new(), Vec::new());
    for (index, number) in call.data.list("Numbers").iter().map(Json::scalar).enumerate() {
        let found = world.bills.numbered(&number).find(|bill| bill.form_id == call.form);
        match found.map(|bill| bill.document_status) {
            Some('C') => {
                let pushed = StoredBill {
                    form_id: target.clone(),
                    number: format!("AR{:08}", world.random.next() % 100_000_000),
                    document_status: 'Z',
                    ..StoredBill::default()
                };
                let number = pushed.number.clone();
                let id = world.bills.insert(pushed);
                world.counts.effect(&call.service);
                successes.push(Success { id, number, index });
            }
            status => {
                let why =
                    if status.is_some() { "单据未审核，不能下推！" } else { "单据不存在" };
                let message = format!("单据编号为“{number}”的单据，{why}");
                objections.push(Objection { field: "", message, index, code: 11 });
            }
        }
    }
    reply::ok(reply::status(objections.is_empty(), &objections, &successes).to_string())
}
