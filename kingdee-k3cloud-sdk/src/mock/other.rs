//! Services of the simulated site beside saves, operations and queries: Push, SwitchOrg, the list of accounts, and saves that
//! are begun now and asked for later. The saves themselves are in `save`.

use bytes::Bytes;
use http::Response;
use serde_json::json;

use super::bill::StoredBill;
use super::call::Call;
use super::json::Json;
use super::reply::{self, Objection, Success};
use super::selection::{self, Selection};
use super::settings::Settings;
use super::state;
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

/// GetDataCenterList: the accounts of this server, to anybody.
pub(super) fn data_centres(settings: &Settings) -> Response<Bytes> {
    reply::ok(json!([{ "Id": settings.acct_id, "Number": "001", "Name": "模拟账套" }]).to_string())
}

/// Whether a flag is there, and off.
fn data_says_no(data: &Json, flag: &str) -> bool {
    data.get(flag).is_some() && !data.flag(flag)
}

/// Push (下推): makes a bill of another form from each audited bill, by a rule that is named, or by the default one
/// unless the call says that it is not to be used.
pub(super) fn push(settings: &Settings, world: &mut World, call: &Call) -> Response<Bytes> {
    let Some(Selection { bills, mut objections }) = selection::read(world, call) else {
        return reply::refused(call, 8, selection::NOTHING);
    };
    let (rule, target) = (call.data.text("RuleId"), call.data.text("TargetFormId"));
    let no_default = data_says_no(&call.data, "IsEnableDefaultRule");
    let rules = settings.push_rules.iter().filter(|known| known.source.eq_ignore_ascii_case(&call.form));
    let found =
        rules.filter(|known| target.is_empty() || known.target.eq_ignore_ascii_case(&target)).find(|known| {
            if rule.is_empty() {
                known.is_default && !no_default
            } else {
                known.id.eq_ignore_ascii_case(&rule)
            }
        });
    let Some(found) = found else {
        let message = if rule.is_empty() {
            "未启用默认转换规则，转换规则内码（RuleId）必填"
        } else {
            "转换规则不存在，或运行时不允许加载"
        };
        return reply::refused(call, 8, message);
    };
    let mut successes = Vec::new();
    for (index, bill) in bills {
        if bill.document_status != 'C' {
            let message = format!("{}，单据未审核，不能下推！", state::names(&bill));
            objections.push(Objection { field: None, message, index, code: 11 });
            continue;
        }
        let pushed = StoredBill {
            form_id: found.target.clone(),
            number: format!("AR{:08}", world.random.next() % 100_000_000),
            document_status: 'Z',
            ..StoredBill::default()
        };
        let number = pushed.number.clone();
        let id = world.bills.insert(pushed);
        world.counts.effect(&call.service);
        successes.push(Success { id, number, index, message: None });
    }
    reply::ok(reply::status(objections.is_empty(), &objections, &successes).to_string())
}
