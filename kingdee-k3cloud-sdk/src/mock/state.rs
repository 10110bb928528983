//! Submit, Audit, UnAudit, Delete, CancelAssign and the operations by name at the simulated site.
//! Making bills is in `save`, showing them in `view`, finding them in `query`.

use bytes::Bytes;
use http::Response;

use super::behaviour::{OwnStep, StockQuestion};
use super::bill::StoredBill;
use super::call::Call;
use super::cells;
use super::json::Json;
use super::meta::{self, Form};
use super::query;
use super::reply::{self, Objection, Success};
use super::selection::{self, Selection};
use super::settings::Settings;
use super::world::World;

/// What the site asks before it lets stock go negative, and the flag that answers.
pub(super) const QUESTION: &str = "更新库存时出现可以忽略的异常数据，是否继续？";
pub(super) const STOCK_FLAG: &str = "STK_InvCheckResult";

/// Moves bills from one document status to another.
pub(super) fn change(settings: &Settings, world: &mut World, call: &Call) -> Response<Bytes> {
    let Some(Selection { bills, mut objections }) = selection::read(world, call) else {
        return reply::refused(call, 8, selection::NOTHING);
    };
    let operation = operation(call);
    if operation.is_empty() {
        return reply::refused(call, 3, "操作编码不能为空");
    }
    if matches!(operation.as_str(), "Forbid" | "Enable") {
        return forbid(settings, world, call, operation == "Forbid");
    }
    if Form::of(&call.form).is_some_and(Form::is_base) {
        return reply::refused(call, 12, reply::NOT_SIMULATED);
    }
    let mut successes = Vec::new();
    for (index, bill) in bills {
        let wrong = refusal(settings, call, &operation, &bill);
        match wrong.map_or_else(|| next(&operation, &bill), Err) {
            Ok(next) => {
                let message = format!("{}，{}成功！", names(&bill), title_of(&operation));
                successes.push(Success {
                    id: bill.id,
                    number: bill.number.clone(),
                    index,
                    message: Some(message),
                });
                world.counts.effect(&call.service);
                match next {
                    Next::Status(status) => world.bills.change(bill.id, |bill| bill.document_status = status),
                    Next::Cancelled(is) => world.bills.change(bill.id, |bill| bill.cancelled = is),
                    Next::Gone => world.bills.delete(bill.id),
                }
                if operation == "Submit" && settings.own_step == OwnStep::AuditsWhatIsSubmitted {
                    world.bills.change(bill.id, |bill| bill.document_status = 'C');
                }
            }
            Err(why) => objections.push(objection(&bill, why, index)),
        }
    }
    world.random.shuffle(&mut successes);
    reply::ok(reply::status(objections.is_empty(), &objections, &successes).to_string())
}

/// Forbid and Enable (禁用、反禁用): base data by number; bills are cancelled instead.
fn forbid(settings: &Settings, world: &mut World, call: &Call, forbids: bool) -> Response<Bytes> {
    let known = Form::of(&call.form).filter(|form| form.is_base());
    if known.is_none() && (Form::of(&call.form).is_some() || meta::BILLS.contains(&call.form.as_str())) {
        return reply::refused(call, 12, "没有此操作");
    }
    let (mut successes, mut objections) = (Vec::new(), Vec::new());
    for (index, number) in selection::numbers(call).into_iter().enumerate() {
        let exists = match known {
            Some(form) => query::known(settings, form).has(&number),
            None => world.bills.contains(&call.form, &number),
        };
        let name = known.map_or("基础资料", |form| form.name);
        let before = world.forbids(&call.form, &number).unwrap_or_else(|| {
            let place = (call.form.to_ascii_lowercase(), number.clone(), "fforbidstatus".to_owned());
            settings.base_fields.get(&place).is_some_and(|status| status == "B")
        });
        let wrong = match (exists, before == forbids) {
            (false, _) => Some((format!("编码为“{number}”的{name}不存在"), 10)),
            (true, true) if forbids => Some((format!("编码为“{number}”的{name}，数据已经禁用！"), 11)),
            (true, true) => Some((format!("编码为“{number}”的{name}，数据未禁用，不能反禁用！"), 11)),
            (true, false) => None,
        };
        if let Some((message, code)) = wrong {
            objections.push(Objection { field: None, message, index, code });
            continue;
        }
        world.forbidden.insert((call.form.to_ascii_lowercase(), number.clone()), forbids);
        world.counts.effect(&call.service);
        let title = if forbids { "禁用" } else { "反禁用" };
        let message = Some(format!("编码为“{number}”的{name}，{title}成功！"));
        successes.push(Success { id: cells::id(&call.form, &number), number, index, message });
    }
    reply::ok(reply::status(objections.is_empty(), &objections, &successes).to_string())
}

/// The operation that a call asks for, by its service or by its number (ExcuteOperation).
fn operation(call: &Call) -> String {
    const KNOWN: [&str; 9] =
        ["Submit", "Audit", "UnAudit", "Delete", "Cancel", "UnCancel", "CancelAssign", "Forbid", "Enable"];
    if call.service != "ExcuteOperation" {
        return call.service.clone();
    }
    let number = call.body.text("opNumber");
    let number =
        if number.is_empty() && call.parameters.len() > 2 { call.parameters[1].scalar() } else { number };
    KNOWN.iter().find(|known| known.eq_ignore_ascii_case(&number)).map_or(number, |known| (*known).to_owned())
}

/// What becomes of a bill.
enum Next {
    Status(char),
    Cancelled(bool),
    Gone,
}

/// Why a bill stays as it is.
#[derive(Clone, Copy)]
struct Why {
    field: Option<&'static str>,
    text: &'static str,
    /// Whether the text stands alone, without the bill before it.
    alone: bool,
}

const fn why(text: &'static str) -> Why {
    Why { field: None, text, alone: false }
}

fn objection(bill: &StoredBill, why: Why, index: usize) -> Objection {
    let Why { field, text, alone } = why;
    let message = if alone { text.to_owned() } else { format!("{}，{text}", names(bill)) };
    Objection { field, message, index, code: 11 }
}

/// What stands in the way whatever the status: a workflow, a question.
fn refusal(settings: &Settings, call: &Call, operation: &str, bill: &StoredBill) -> Option<Why> {
    let checks = call.data.get("IsVerifyProcInst").is_none_or(Json::is_true);
    if settings.workflow && checks && matches!(operation, "Audit" | "UnAudit") {
        return Some(why("已关联工作流实例，不支持通过WebAPI接口进行传统审批"));
    }
    let asks = settings.stock_question == Some(StockQuestion::OnAudit) && !allows(call, STOCK_FLAG);
    (asks && operation == "Audit" && bill.document_status == 'B').then_some(Why {
        field: Some("AbstractInteractionResult"),
        text: QUESTION,
        alone: true,
    })
}

/// Whether the call answers a question in advance (InterationFlags, parted by semicolons).
pub(super) fn allows(call: &Call, flag: &str) -> bool {
    let given = call.data.get("InterationFlags");
    let listed = given.map_or(&[][..], Json::items).iter().map(Json::scalar);
    let text = given.map(Json::scalar).unwrap_or_default();
    listed.chain(text.split(';').map(str::to_owned)).any(|one| one.trim().eq_ignore_ascii_case(flag))
}

/// What the operation makes of the bill, or why it cannot be done.
fn next(operation: &str, bill: &StoredBill) -> Result<Next, Why> {
    // 已审核 is the one objection whose field is an empty text.
    let audited = Why { field: Some(""), ..why("单据已经审核！") };
    match (operation, bill.document_status) {
        ("UnCancel", _) if bill.cancelled => Ok(Next::Cancelled(false)),
        _ if bill.cancelled => Err(why("单据已经作废！")),
        ("Submit", 'Z' | 'A' | 'D') => Ok(Next::Status('B')),
        ("Submit", _) => Err(why("只有暂存、创建和重新审核的数据才允许提交！")),
        ("Audit", 'B') => Ok(Next::Status('C')),
        ("Audit", 'C') => Err(audited),
        ("Audit", _) => Err(why("单据未提交，不能审核！")),
        ("UnAudit", 'C') | ("CancelAssign", 'B') => Ok(Next::Status('D')),
        ("UnAudit", _) => Err(why("单据未审核，不能反审核！")),
        ("CancelAssign", _) => Err(why("只有审核中的数据才允许撤销！")),
        ("Cancel", 'Z' | 'A' | 'D') => Ok(Next::Cancelled(true)),
        ("Delete", 'Z' | 'A' | 'D') => Ok(Next::Gone),
        ("Delete", _) => {
            Err(Why { alone: true, ..why("只能删除创建,暂存,重新审核状态的数据!") })
        }
        _ => Err(why("没有此操作，或单据状态不允许此操作！")),
    }
}

/// The bill as texts name it.
pub(super) fn names(bill: &StoredBill) -> String {
    format!("单据编号为“{}”的{}", bill.number, title(&bill.form_id))
}

fn title(form: &str) -> &'static str {
    if form.eq_ignore_ascii_case("SAL_RETURNSTOCK") { "销售退货单" } else { "单据" }
}

fn title_of(operation: &str) -> &'static str {
    match operation {
        "Submit" => "提交",
        "Audit" => "审核",
        "UnAudit" => "反审核",
        "Delete" => "删除",
        "CancelAssign" => "撤销",
        "Cancel" => "作废",
        "UnCancel" => "反作废",
        _ => "操作",
    }
}
