//! AttachmentUpLoad and AttachmentDownLoad at the simulated site: files are kept piece by piece, and attached with the last.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use serde_json::json;

use super::call::Call;
use super::file::StoredFile;
use super::reply::{self, Success};
use super::settings::Settings;
use super::world::World;

/// Takes a piece.
pub(super) fn upload(world: &mut World, call: &Call) -> Response<Bytes> {
    let text = |key| call.data.text(key);
    for key in ["FileName", "FormId", "IsLast", "InterId", "BillNO", "SendByte"] {
        if text(key).is_empty() {
            return reply::refused(call, 8, &format!("参数{key}不能为空"));
        }
    }
    let bill = text("InterId").parse().ok().and_then(|id: u64| world.bills.get(id));
    let bill = bill
        .filter(|bill| bill.form_id.eq_ignore_ascii_case(&text("FormId")) && bill.number == text("BillNO"));
    let Some(bill) = bill else {
        return reply::refused(call, 10, &format!("单据编号为“{}”的单据不存在", text("BillNO")));
    };
    let Ok(piece) = STANDARD.decode(text("SendByte")) else {
        return reply::refused(call, 8, "SendByte不是有效的Base64字符串");
    };
    let file_id = text("FileId");
    let entry = text("EntryinterId");
    let mut file = if file_id.is_empty() {
        StoredFile {
            form_id: bill.form_id.clone(),
            bill_id: bill.id,
            bill_no: bill.number.clone(),
            entry_id: (!matches!(entry.as_str(), "" | "-1")).then_some(entry),
            name: text("FileName"),
            alias: text("AliasFileName"),
            file_id: format!("{:016x}{:016x}", world.random.next(), world.random.next()),
            ..StoredFile::default()
        }
    } else {
        match world.files.iter().position(|file| file.file_id == file_id && !file.is_whole) {
            Some(at) => world.files.remove(at),
            None => return reply::refused(call, 10, &format!("FileId为“{file_id}”的文件不存在")),
        }
    };
    file.content.extend(piece);
    file.is_whole = call.data.flag("IsLast");
    let (id, whole) = (world.files.len() as u64 + 1, file.is_whole);
    let attached = Success { id, number: String::new(), index: 0, message: None };
    let successes = if whole { vec![attached] } else { Vec::new() };
    if whole {
        world.counts.effect(&call.service);
    }
    let mut answer = reply::status(true, &[], &successes);
    answer["Result"]["FileId"] = json!(file.file_id);
    answer["Result"]["Message"] = json!("");
    world.files.push(file);
    reply::ok(answer.to_string())
}

/// Gives a piece.
pub(super) fn download(settings: &Settings, world: &World, call: &Call) -> Response<Bytes> {
    let file_id = call.data.text("FileId");
    let Some(file) = world.files.iter().find(|file| file.file_id == file_id && file.is_whole) else {
        return reply::refused(call, 10, &format!("FileId为“{file_id}”的文件不存在"));
    };
    let start = call.data.text("StartIndex").parse().unwrap_or(0_usize).min(file.content.len());
    let next = start + settings.file_piece.max(1);
    let piece = &file.content[start..next.min(file.content.len())];
    let mut answer = reply::status(true, &[], &[]);
    let told = json!({
        "StartIndex": next,
        "IsLast": next >= file.content.len(),
        "FileSize": file.content.len(),
        "FileName": file.name,
        "FilePart": STANDARD.encode(piece),
        "Message": "",
    });
    if let (Some(result), Some(told)) = (answer["Result"].as_object_mut(), told.as_object()) {
        result.extend(told.clone());
    }
    reply::ok(answer.to_string())
}
