//! A scheme of 轻易云: the metadata of its source and of its target, found in one file or in two, and what must hold for
//! them to be about sales returns. What its fields become is `qeasy::carry`'s.

use super::fault::Fault;
use super::field::{Field, fields};
use super::json::{self, Node, Value};
use super::looks::looks_like;
use crate::lang::Text;

/// The longest scheme that is read, in bytes.
pub const LARGEST: usize = 16 << 20;
/// The most fields a scheme may have: a form of 金蝶 has some hundreds.
const MOST_FIELDS: usize = 2_000;
/// How deep metadata may lie in a file.
const DEPTH: usize = 6;
/// Most faults of one kind that are told.
const MOST_TOLD: usize = 20;

/// A file as the command line names it.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Both sides of a scheme.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// What is read.
    pub source: Side,
    /// What is written.
    pub target: Side,
    /// What is left out by an ellipsis, and other things that do not stop the import.
    pub faults: Vec<Fault>,
}

/// The metadata of one side.
#[derive(Debug, Clone)]
pub struct Side {
    /// Its file.
    pub file: String,
    /// As written.
    pub node: Node,
    /// The method that is called.
    pub api: String,
    /// `request`
    pub fields: Vec<Field>,
    /// `otherRequest`
    pub others: Vec<Field>,
}

/// What a scheme reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// 退换单
    Returns,
    /// 历史退换单
    History,
    /// 销售退货入库单
    Stockins,
}

const APIS: [(&str, Reads); 3] = [
    ("wdt.refund.query", Reads::Returns),
    ("wdt.his.refund.query", Reads::History),
    ("wdt.stockin.order.query.refund", Reads::Stockins),
];

/// Forms of 金蝶 that people mistake for a 销售退货单.
const FORMS: [(&str, &str, &str); 12] = [
    ("SAL_OUTSTOCK", "销售出库单", "sales deliveries"),
    ("SAL_SaleOrder", "销售订单", "sales orders"),
    ("SAL_RETURNNOTICE", "退货通知单", "return notices"),
    ("AR_receivable", "应收单", "receivables"),
    ("AR_REFUNDBILL", "收款退款单", "refunds of receipts"),
    ("PUR_PurchaseOrder", "采购订单", "purchase orders"),
    ("PUR_MRB", "采购退料单", "returns to suppliers"),
    ("STK_InStock", "采购入库单", "purchase receipts"),
    ("STK_MISCELLANEOUS", "其他入库单", "other receipts"),
    ("STK_MisDelivery", "其他出库单", "other deliveries"),
    ("STK_TransferDirect", "直接调拨单", "transfers"),
    ("BD_MATERIAL", "物料", "materials"),
];

/// The form that is written.
pub(super) const FORM: &str = "SAL_RETURNSTOCK";

impl Reads {
    /// The rows a page may have, as documented.
    pub(super) fn most_rows(self) -> u32 {
        match self {
            Self::Returns | Self::History => 40,
            Self::Stockins => 50,
        }
    }
}

impl Side {
    /// The field of a name, whatever its case.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// A setting beside the fields.
    pub fn other(&self, name: &str) -> Option<&Field> {
        self.others.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn fault(&self, line: usize, message: Text, fix: Text) -> Fault {
        Fault { file: self.file.clone(), line: Some(line), message, fix }
    }
}

impl Scheme {
    /// What it reads.
    pub fn reads(&self) -> Reads {
        APIS.iter().find(|(api, _)| *api == self.source.api).map_or(Reads::Returns, |(_, reads)| *reads)
    }

    /// Reads a scheme from its files.
    ///
    /// # Errors
    /// Everything that keeps it from being one about sales returns.
    pub fn read(files: &[File]) -> Result<Self, Vec<Fault>> {
        let mut sides = Vec::new();
        let mut faults = Vec::new();
        let mut notes = Vec::new();
        let mut broken = Vec::new();
        for file in files {
            match sides_of(file, &mut notes, &mut broken) {
                Ok(found) => sides.extend(found),
                Err(mut wrong) => faults.append(&mut wrong),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let (sources, targets): (Vec<Side>, Vec<Side>) = sides.into_iter().partition(is_source);
        let source = only(sources, &mut faults, "source", "源平台", files);
        let target = only(targets, &mut faults, "target", "目标平台", files);
        if let Some(source) = &source {
            faults.extend(check_source(source));
        }
        if let Some(target) = &target {
            faults.extend(check_target(target));
        }
        match (source, target) {
            (Some(source), Some(target)) if faults.is_empty() => Ok(Self { source, target, faults: notes }),
            _ => {
                // The side that is missing may be the one that cannot be read.
                faults.append(&mut broken);
                Err(faults)
            }
        }
    }

    /// Why a file alone is no part of a scheme, whatever else is wrong.
    pub fn faults_of(file: &File) -> Vec<Fault> {
        sides_of(file, &mut Vec::new(), &mut Vec::new()).err().unwrap_or_default()
    }
}

/// Every metadata in a file.
fn sides_of(file: &File, notes: &mut Vec<Fault>, broken: &mut Vec<Fault>) -> Result<Vec<Side>, Vec<Fault>> {
    if file.text.len() > LARGEST {
        let largest = LARGEST >> 20;
        return Err(vec![Fault::whole(
            &file.name,
            Text::of(
                format!("文件超过 {largest} MiB，不是轻易云方案"),
                format!("the file has more than {largest} MiB: no scheme of 轻易云 has"),
            ),
            Text::new("只导出一个方案的元数据", "export the metadata of one scheme alone"),
        )]);
    }
    let reading = json::read(&file.text);
    let mut found = Vec::new();
    for document in &reading.documents {
        collect(document, 0, &mut found);
    }
    if found.is_empty() {
        return Err(no_scheme(file, &reading));
    }
    broken.extend(reading.broken.iter().take(1).map(|broken| broken.clone().of(&file.name)));
    for line in reading.cuts.iter().take(MOST_TOLD) {
        notes.push(Fault {
            file: file.name.clone(),
            line: Some(*line),
            message: Text::new(
                "此处用省略号代替了内容，后面的字段没有给出",
                "an ellipsis stands for something here: the fields behind it are not given",
            ),
            fix: Text::new("复制完整的方案后重新导入", "copy the whole scheme, and import it again"),
        });
    }
    let mut sides = Vec::new();
    let mut faults = Vec::new();
    for node in found {
        let side = Side {
            file: file.name.clone(),
            api: node.text_of("api"),
            fields: fields(node.get("request")),
            others: fields(node.get("otherRequest")),
            node: node.clone(),
        };
        let count = count(&side.fields) + count(&side.others);
        if count > MOST_FIELDS {
            faults.push(side.fault(
                node.line,
                Text::of(
                    format!("有 {count} 个字段，超过 {MOST_FIELDS} 个"),
                    format!("has {count} fields, more than {MOST_FIELDS}"),
                ),
                Text::new("只导出一个方案的元数据", "export the metadata of one scheme alone"),
            ));
        }
        sides.push(side);
    }
    if faults.is_empty() { Ok(sides) } else { Err(faults) }
}

fn count(fields: &[Field]) -> usize {
    fields.iter().map(|field| 1 + count(&field.children)).sum()
}

/// Metadata is an object that names a method and what is sent.
fn collect<'a>(node: &'a Node, depth: usize, found: &mut Vec<&'a Node>) {
    if node.get("api").is_some() && node.get("request").is_some() {
        found.push(node);
        return;
    }
    if depth < DEPTH {
        let items = node.items().iter().chain(node.entries().iter().map(|(_, node)| node));
        items.for_each(|inner| collect(inner, depth + 1, found));
    }
}

fn no_scheme(file: &File, reading: &json::Reading) -> Vec<Fault> {
    let fix = Text::new(
        "给出轻易云方案的元数据：含 api 和 request 的 JSON，源平台与目标平台各一份",
        "give the metadata of a 轻易云 scheme: JSON with api and request, one for the source and one for the target",
    );
    let text = file.text.trim_start_matches('\u{feff}').trim_start();
    // What begins like JSON is broken JSON; anything else is told by what it looks like.
    let is_json = text.starts_with('{')
        || text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'));
    let broken =
        reading.broken.first().filter(|broken| is_json || broken.message.en.starts_with("looks like"));
    if let (true, Some(broken)) = (reading.documents.is_empty(), broken) {
        return vec![broken.clone().of(&file.name)];
    }
    let like = looks_like(&file.text, reading.documents.first());
    let message =
        Text::of(format!("不是轻易云方案：{}", like.zh), format!("is no scheme of 轻易云: {}", like.en));
    vec![Fault::whole(&file.name, message, fix)]
}

fn is_source(side: &Side) -> bool {
    let effect = [side.node.text_of("effect"), side.node.text_of("type")].concat().to_uppercase();
    side.api.starts_with("wdt.") || (effect.contains("QUERY") && !effect.contains("EXECUTE"))
}

fn only(mut sides: Vec<Side>, faults: &mut Vec<Fault>, en: &str, zh: &str, files: &[File]) -> Option<Side> {
    if let Some(second) = sides.get(1) {
        let apis = sides.iter().map(|side| side.api.as_str()).collect::<Vec<_>>().join(", ");
        faults.push(second.fault(
            second.node.line,
            Text::of(
                format!("有 {} 份{zh}元数据：{apis}", sides.len()),
                format!("there are {} metadata of a {en}: {apis}", sides.len()),
            ),
            Text::new(
                "每次只导入一个方案：源平台、目标平台各一份",
                "import one scheme at a time: one source and one target",
            ),
        ));
    }
    if sides.is_empty() {
        let names = files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
        faults.push(Fault::whole(
            &names,
            Text::of(format!("没有{zh}的元数据"), format!("there is no metadata of a {en}")),
            Text::new(
                "源平台（effect 为 QUERY）和目标平台（effect 为 EXECUTE）都要给出，可以在同一个文件里",
                "give both, the source (effect QUERY) and the target (effect EXECUTE); one file may hold both",
            ),
        ));
    }
    (sides.len() == 1).then(|| sides.remove(0))
}

fn check_source(source: &Side) -> Option<Fault> {
    if APIS.iter().any(|(api, _)| *api == source.api) {
        return None;
    }
    let known = APIS.map(|(api, _)| api).join(", ");
    let api = &source.api;
    Some(source.fault(
        line_of(source, "api"),
        Text::of(
            format!("源平台接口是 {api:?}，读取的不是旺店通企业版的销售退货"),
            format!("the source is {api:?}, which reads no sales returns of 旺店通企业版"),
        ),
        Text::of(format!("能导入的接口：{known}"), format!("what can be imported: {known}")),
    ))
}

/// The target must write 销售退货单.
fn check_target(target: &Side) -> Vec<Fault> {
    let api = target.api.to_lowercase();
    let is_save = matches!(api.as_str(), "batchsave" | "save" | "draft") || api.ends_with("batchsave");
    let mut faults = Vec::new();
    if !is_save {
        faults.push(target.fault(
            line_of(target, "api"),
            Text::of(
                format!("目标平台接口是 {:?}，不是金蝶云星空的保存", target.api),
                format!("the target is {:?}, which is no save of 金蝶云星空", target.api),
            ),
            Text::new("能导入的目标：batchSave", "what can be imported: batchSave"),
        ));
        return faults;
    }
    if let Some(form) = target.other("FormId").filter(|form| !form.value.is_empty()) {
        if !form.value.eq_ignore_ascii_case(FORM) {
            faults.push(other_form(target, form));
        }
    } else if target.field("FRetcustId").is_none()
        && let Some(foreign) =
            ["FCustomerID", "FCustId", "FSupplierId", "FCUSTOMERID"].iter().find_map(|key| target.field(key))
    {
        faults.push(target.fault(
            foreign.line,
            Text::of(
                format!("没有 FormId，而字段 {} 不属于销售退货单", foreign.name),
                format!("names no FormId, and a 销售退货单 has no field {}", foreign.name),
            ),
            Text::of(format!("只能导入 {FORM} 的方案"), format!("only schemes for {FORM} can be imported")),
        ));
    }
    faults
}

fn other_form(target: &Side, form: &Field) -> Fault {
    let known = FORMS.iter().find(|(id, _, _)| id.eq_ignore_ascii_case(&form.value));
    let (zh, en) = known.map_or(("其它单据", "another form"), |(_, zh, en)| (zh, en));
    target.fault(
        form.value_line,
        Text::of(
            format!("这是写入 {}（{zh}）的方案，不是销售退货单", form.value),
            format!("is a scheme for {} ({zh}, {en}), not for 销售退货单", form.value),
        ),
        Text::of(
            format!("导入 FormId 为 {FORM} 的方案"),
            format!("import the scheme whose FormId is {FORM}"),
        ),
    )
}

fn line_of(side: &Side, key: &str) -> usize {
    side.node.get(key).map_or(side.node.line, |node| node.line)
}

/// Keys of metadata that are looked at, or say nothing about what is written.
const KNOWN_KEYS: [&str; 28] = [
    "api",
    "effect",
    "type",
    "method",
    "number",
    "id",
    "name",
    "idCheck",
    "request",
    "otherRequest",
    "response",
    "otherResponse",
    "autoFillResponse",
    "condition",
    "operation",
    "label",
    "describe",
    "version",
    "adapter",
    "groupCalculate",
    "omissionRemedy",
    "beatFlat",
    "formatResponse",
    "buildModel",
    "crontab",
    "pagination",
    "platform",
    "title",
];

/// Keys that say something nobody here understands.
pub(super) fn unknown_keys(side: &Side) -> impl Iterator<Item = (&str, usize)> {
    let is_empty = |node: &Node| match &node.value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Bare(_) => false,
    };
    let entries = side.node.entries().iter();
    entries
        .filter(move |(key, node)| !KNOWN_KEYS.contains(&key.as_str()) && !is_empty(node))
        .map(|(key, node)| (key.as_str(), node.line))
}
