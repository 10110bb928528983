//! Save, BatchSave and Draft at the simulated site: validate, take time, commit. A caller that
//! goes away does not stop it. How a Model becomes a bill is in `bill`.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use http::Response;
use serde_json::json;

use super::behaviour::{Commit, OwnStep, StockQuestion, Uniqueness};
use super::bill::{self, StoredBill};
use super::call::Call;
use super::json::Json;
use super::login;
use super::meta::{self, Form};
use super::query;
use super::reply::{self, Objection, Success};
use super::returned::Returned;
use super::settings::{Known, Settings};
use super::shared::Shared;
use super::state;
use super::world::World;

/// The most bills one call may carry.
const BILLS_MAX: usize = 500;
const NO_LINES: &str = "分录“明细信息”是必填项";

/// A save between its check and its end.
pub(super) struct Saving {
    /// Bills that passed the check, the next one last.
    waiting: Vec<(usize, StoredBill)>,
    objections: Vec<Objection>,
    successes: Vec<Success>,
    bills: usize,
    single: bool,
    /// Whether what is saved is submitted and audited in the same call.
    audits: bool,
    service: String,
    /// Within how many bills DIndex counts: all, unless BatchCount cuts the batch up.
    sub_batch: usize,
    time: Duration,
    returned: Returned,
    /// The session that the reply hands over.
    session: Option<String>,
}

/// Validates a save.
pub(super) fn begin(settings: &Settings, world: &mut World, call: &Call) -> Result<Saving, Response<Bytes>> {
    let single = call.service != "BatchSave";
    let models: Vec<&Json> = match call.data.get("Model") {
        // A save of nothing is no success.
        Some(Json::List(models)) if !single && !models.is_empty() => models.iter().collect(),
        Some(model @ Json::Object(members)) if single && !members.is_empty() => vec![model],
        _ => return Err(reply::refused(call, 8, "参数Model不正确")),
    };
    if call.form.is_empty() {
        return Err(reply::refused(call, 5, "业务对象标识不能为空"));
    }
    if settings.refuse_unknown_forms && !query::is_form(settings, world, &call.form) {
        return Err(reply::unknown_form(call, &call.form));
    }
    if Form::of(&call.form).is_some_and(Form::is_base) {
        return Err(reply::refused(call, 12, reply::NOT_SIMULATED));
    }
    if models.len() > BILLS_MAX {
        return Err(reply::refused(call, 8, "单据数量超过上限"));
    }
    for model in &models {
        *world.counts.saves.entry(model.text("FBillNo")).or_default() += 1;
    }
    if models.iter().any(|model| model.any_text(&is_suspicious)) {
        return Err(reply::firewall());
    }
    let check = Check {
        settings,
        asks: settings.stock_question == Some(StockQuestion::OnSave)
            && !state::allows(call, state::STOCK_FLAG),
        verify: call.data.flag("IsVerifyBaseDataField"),
        validate: call.data.get("ValidateFlag").is_none_or(|_| call.data.flag("ValidateFlag")),
        draft: call.service == "Draft",
        delete_unsent: call.data.get("IsDeleteEntry").is_none_or(Json::is_true),
    };
    let (mut waiting, mut objections, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (index, model) in models.iter().enumerate() {
        let unknown = meta::unknown_keys(&settings.custom_fields, &call.form, model);
        for path in &unknown {
            *world.counts.dropped.entry(path.clone()).or_default() += 1;
        }
        if settings.refuse_unknown_keys && !unknown.is_empty() {
            let message = format!("元数据中没有这些标识：{}", unknown.join("、"));
            objections.push(Objection { field: None, message, index, code: 9 });
            continue;
        }
        match check.bill(world, &mut taken, &call.form, model) {
            Ok(bill) => waiting.push((index, bill)),
            Err(found) => objections.extend(found.into_iter().map(|o| Objection { index, ..o })),
        }
    }
    waiting.reverse();
    let (low, high) = (*settings.save_time.start(), *settings.save_time.end());
    let time = low + high.saturating_sub(low).mul_f64(world.random.unit());
    let parts: usize = call.data.text("BatchCount").parse().unwrap_or(0);
    Ok(Saving {
        waiting,
        objections,
        successes: Vec::new(),
        bills: models.len(),
        single,
        audits: call.data.flag("IsAutoSubmitAndAudit"),
        service: call.service.clone(),
        sub_batch: models.len().div_ceil(parts.max(1)).max(1),
        time,
        returned: Returned::asked_by(call),
        session: None,
    })
}

impl Saving {
    /// With a session that its reply hands over.
    pub(super) fn in_session(mut self, session: String) -> Self {
        self.session = Some(session);
        self
    }

    /// Takes the save's time and commits on the way or at the end.
    pub(super) async fn finish(mut self, site: &Shared) -> Response<Bytes> {
        let steps = match site.settings().commit {
            Commit::OneByOne => u32::try_from(self.waiting.len()).unwrap_or(u32::MAX).max(1),
            Commit::Together => 1,
        };
        loop {
            if !self.time.is_zero() {
                tokio::time::sleep(self.time / steps).await;
            }
            let more = self.commit_next(site);
            if steps == 1 {
                while self.commit_next(site) {}
            }
            if steps == 1 || !more || self.waiting.is_empty() {
                return self.reply(site);
            }
        }
    }

    /// Stores the next bill; tells whether there was one.
    pub(super) fn commit_next(&mut self, site: &Shared) -> bool {
        let Some((index, mut bill)) = self.waiting.pop() else { return false };
        let mut world = site.world();
        let is_new = bill.id == 0;
        let is_index = site.settings().uniqueness == Uniqueness::Index;
        if is_new && is_index && world.bills.contains(&bill.form_id, &bill.number) {
            self.objections.push(Objection { index, ..duplicate(&bill.number) });
            return true;
        }
        if is_new && (site.settings().renumber || bill.number.is_empty()) {
            bill.number = match site.settings().numbering.get(&bill.form_id.to_ascii_lowercase()) {
                Some(prefix) => {
                    let given = world.given.entry(bill.form_id.to_ascii_lowercase()).or_default();
                    *given += 1;
                    format!("{prefix}{given:06}")
                }
                None => format!("XSTHD{:08}", world.random.next() % 100_000_000),
            };
        }
        match site.settings().own_step {
            OwnStep::SubmitsWhatIsSaved if bill.document_status == 'A' => bill.document_status = 'B',
            _ if self.audits && bill.document_status == 'A' => bill.document_status = 'C',
            OwnStep::AuditsWhatIsSaved if bill.document_status == 'A' => bill.document_status = 'C',
            _ => {}
        }
        bill.modified = (site.settings().now)().naive_utc() + TimeDelta::hours(8);
        if is_new {
            bill.created = bill.modified;
        }
        let (number, model) = (bill.number.clone(), bill.model.clone());
        let id = world.bills.insert(bill);
        self.returned.keep(index, id, &number, &model);
        world.counts.effect(&self.service);
        self.successes.push(Success { id, number, index, message: None });
        true
    }

    /// The answer.
    pub(super) fn reply(mut self, site: &Shared) -> Response<Bytes> {
        if site.settings().shuffle {
            let mut world = site.world();
            world.random.shuffle(&mut self.successes);
            world.random.shuffle(&mut self.objections);
        }
        let places = self.successes.iter_mut().map(|success| &mut success.index);
        for index in places.chain(self.objections.iter_mut().map(|objection| &mut objection.index)) {
            *index %= self.sub_batch;
        }
        let mixed = !self.successes.is_empty() && site.settings().is_success_on_mixed;
        let is_success = (self.objections.is_empty() && !self.successes.is_empty()) || mixed;
        let mut answer = reply::status(is_success, &self.objections, &self.successes);
        let result = &mut answer["Result"];
        if let ([success], true) = (&*self.successes, self.single) {
            result["Id"] = json!(success.id);
            result["Number"] = json!(success.number);
        }
        result["NeedReturnData"] = self.returned.data(self.bills);
        let reply = reply::ok(answer.to_string());
        match &self.session {
            Some(session) => login::with_session(reply, session),
            None => reply,
        }
    }
}

/// How strictly a Model is read.
#[allow(clippy::struct_excessive_bools, reason = "the request's own switches")]
struct Check<'a> {
    settings: &'a Settings,
    /// Whether it asks about stock, and the call has not answered.
    asks: bool,
    verify: bool,
    validate: bool,
    draft: bool,
    delete_unsent: bool,
}

impl Check<'_> {
    fn bill(
        &self,
        world: &World,
        taken: &mut BTreeSet<String>,
        form: &str,
        model: &Json,
    ) -> Result<StoredBill, Vec<Objection>> {
        let id: u64 = model.text("FID").parse().unwrap_or_default();
        let old = world.bills.get(id);
        let mut bill = old.cloned().unwrap_or_else(|| StoredBill {
            form_id: form.to_owned(),
            document_status: if self.draft { 'Z' } else { 'A' },
            date: (self.settings.now)().date_naive(),
            ..StoredBill::default()
        });
        bill.apply(self.settings, model, self.delete_unsent);
        let mut found = Vec::new();
        if id != 0 {
            match old {
                None => found.push(whole(format!("内码为“{id}”的单据不存在"), 9)),
                Some(old) if matches!(old.document_status, 'B' | 'C') => {
                    found.push(whole(format!("单据编号为“{}”的单据不是可修改状态", old.number), 12));
                }
                Some(_) => {}
            }
        } else if self.validate && self.settings.uniqueness != Uniqueness::Off && !bill.number.is_empty() {
            let doubled = !taken.insert(bill.number.clone());
            if doubled || world.bills.contains(form, &bill.number) {
                found.push(duplicate(&bill.number));
            }
        }
        // A notice has other keys for the rest, but rows under the same one.
        if form.eq_ignore_ascii_case("SAL_RETURNNOTICE") && !self.draft && id == 0 && bill.lines.is_empty() {
            found.push(objection("FEntity", NO_LINES.to_owned(), 11));
        }
        if form.eq_ignore_ascii_case("SAL_RETURNSTOCK") && !self.draft {
            self.head(model, &bill, &mut found);
            Self::forbidden(world, &bill, &mut found);
            // An update may send no lines; it keeps those there are.
            if id == 0 || model.get("FEntity").is_some() {
                self.lines(model, &mut found);
            }
        }
        if found.is_empty() && self.asks && !self.draft {
            found.push(objection("AbstractInteractionResult", state::QUESTION.to_owned(), 11));
        }
        if found.is_empty() { Ok(bill) } else { Err(found) }
    }

    fn head(&self, model: &Json, bill: &StoredBill, found: &mut Vec<Objection>) {
        let fields: [(&'static str, &str, &Known); 3] = [
            ("FSaleOrgId", "销售组织", &self.settings.orgs),
            ("FRetcustId", "退货客户", &self.settings.customers),
            ("FStockOrgId", "库存组织", &self.settings.orgs),
        ];
        for (key, name, known) in fields {
            if bill.id != 0 && model.get(key).is_none() {
                continue;
            }
            found.extend(self.base_data(model, key, known, || format!("字段“{name}”是必填项")));
        }
        for (part, name, key) in self.required_besides() {
            match part {
                "fentity" => {}
                "subheadentity" if model.get("SubHeadEntity").is_some_and(|sub| is_filled(sub.get(key))) => {}
                "fbillhead" if is_filled(model.get(key)) => {}
                _ => found.push(whole(format!("字段“{name}”是必填项"), 11)),
            }
        }
        if !model.text("FDate").is_empty() && bill::date(&model.text("FDate")).is_none() {
            found.push(objection("FDate", "字段“日期”的值格式不正确".to_owned(), 8));
        }
        if let Some(open) = self.settings.closed_before
            && bill.date < open
        {
            let message = format!("单据日期{}早于组织的关账日期{open}，不允许保存", bill.date);
            found.push(objection("FDate", message, 11));
        }
    }

    fn lines(&self, model: &Json, found: &mut Vec<Objection>) {
        let lines = model.list("FEntity");
        if lines.is_empty() {
            found.push(objection("FEntity", NO_LINES.to_owned(), 11));
        }
        for (row, line) in lines.iter().enumerate() {
            let required =
                |name: &str| format!("单据体实体【明细信息】第【{}】行分录，【{name}】字段必录", row + 1);
            // A row that exists keeps what is not sent.
            if !matches!(line.text("FENTRYID").as_str(), "" | "0") {
                continue;
            }
            let settings = self.settings;
            found.extend(self.base_data(line, "FMaterialId", &settings.materials, || required("物料编码")));
            found.extend(self.base_data(line, "FStockId", &settings.stocks, || required("仓库")));
            for (part, name, key) in self.required_besides() {
                if part == "fentity" && !is_filled(line.get(key)) {
                    found.push(whole(required(&name), 11));
                }
            }
            self.managed(row, line, found);
            match line.decimal("FRealQty") {
                Some(qty) if qty.is_sign_positive() && !qty.is_zero() => {}
                _ => found.push(objection("FRealQty", required("实退数量"), 11)),
            }
        }
    }

    /// Base data that was forbidden cannot be used.
    fn forbidden(world: &World, bill: &StoredBill, found: &mut Vec<Objection>) {
        let of_lines = bill.lines.iter().flat_map(|line| {
            [("FMaterialId", "BD_MATERIAL", &line.material), ("FStockId", "BD_STOCK", &line.stock)]
        });
        for (key, form, number) in [("FRetcustId", "BD_Customer", &bill.customer)].into_iter().chain(of_lines)
        {
            if world.forbids(form, number) == Some(true) {
                let name = Form::of(form).map_or("", |form| form.name);
                found.push(objection(key, format!("{name}“{number}”已禁用，不能使用"), 11));
            }
        }
    }

    /// What a material that is managed by lot, by shelf life or by serial number needs in its row.
    fn managed(&self, row: usize, line: &Json, found: &mut Vec<Objection>) {
        let material = line.number("FMaterialId");
        let is = |flag: &str| {
            let place = ("bd_material".to_owned(), material.clone(), flag.to_owned());
            self.settings.base_fields.get(&place).is_some_and(|text| text == "true")
        };
        for (flag, key, name) in [
            ("fisbatchmanage", "FLot", "批号"),
            ("fiskfperiod", "FProduceDate", "生产日期"),
            ("fiskfperiod", "FExpiryDate", "有效期至"),
        ] {
            if is(flag) && !is_filled(line.get(key)) {
                let required = format!("单据体实体【明细信息】第【{}】行分录，【{name}】字段必录", row + 1);
                found.push(objection(key, required, 11));
            }
        }
        for key in ["FProduceDate", "FExpiryDate"] {
            let day = line.text(key);
            if !day.is_empty() && bill::date(&day).is_none() {
                found.push(objection(key, format!("第{}行分录，日期“{day}”的格式不正确", row + 1), 8));
            }
        }
        let serials = line.list("FSerialSubEntity").len();
        let pieces = line.decimal("FRealQty").unwrap_or_default();
        if is("fissnmanage") && rust_decimal::Decimal::from(serials) != pieces {
            let message =
                format!("第{}行分录，物料“{material}”启用了序列号管理，序列号个数与数量不一致", row + 1);
            found.push(objection("FSerialSubEntity", message, 11));
        }
    }

    /// What this site requires besides: part, name and key.
    fn required_besides(&self) -> impl Iterator<Item = (&str, String, &str)> {
        let form = meta::Form::of("SAL_RETURNSTOCK");
        self.settings.required_fields.iter().map(move |name| {
            let (part, key) = meta::placed(name);
            let known = form.and_then(|form| {
                form.entities.iter().find(|entity| entity.key.eq_ignore_ascii_case(part))?.field(key)
            });
            let name = known.map_or_else(|| key.to_ascii_uppercase(), |field| field.name.to_owned());
            (part, name, key)
        })
    }

    /// A number that is missing, or unknown: then verification names it, and without verification
    /// the field is emptied and found missing.
    fn base_data(
        &self,
        model: &Json,
        key: &'static str,
        known: &Known,
        missing: impl Fn() -> String,
    ) -> Option<Objection> {
        let number = model.number(key);
        if number.is_empty() || (!self.verify && !known.has(&number)) {
            return Some(objection(key, missing(), 11));
        }
        (!known.has(&number)).then(|| objection(key, format!("编码值[\"{number}\"]不存在"), 9))
    }
}

/// Something stands there.
fn is_filled(value: Option<&Json>) -> bool {
    match value {
        None | Some(Json::Null) => false,
        Some(Json::Text(text)) => !text.trim().is_empty(),
        Some(Json::Object(members)) => members.iter().any(|(_, value)| is_filled(Some(value))),
        Some(Json::List(items)) => !items.is_empty(),
        Some(_) => true,
    }
}

fn objection(field: &'static str, message: String, code: i64) -> Objection {
    Objection { field: Some(field), message, index: 0, code }
}

/// An objection that names no field.
fn whole(message: String, code: i64) -> Objection {
    Objection { field: None, message, index: 0, code }
}

fn duplicate(number: &str) -> Objection {
    let message = format!("违反字段唯一性要求：编码唯一。[{number}]在当前系统中已经被使用。");
    objection("FBillNo", message, 11)
}

/// What the site's firewall takes for an attack.
fn is_suspicious(text: &str) -> bool {
    text.contains(['\'', '<', '>', '"', ';']) || text.contains("--")
}
