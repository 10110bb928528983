//! The names of the services that the Web API is known to have, and which of them a name is that was written wrong.

use super::{Replay, Service};

/// The services that the Web API is known to have, logins included. Sources: the vendor's manual, and its
/// Python SDK 8.2.0, which spells AttachmentUpload so.
const KNOWN: [&str; 34] = [
    "ValidateUser",
    "LoginByAppSecret",
    "LoginBySign",
    "Logout",
    "Save",
    "BatchSave",
    "BatchSaveQuery",
    "Draft",
    "Submit",
    "Audit",
    "UnAudit",
    "Delete",
    "CancelAssign",
    "ExcuteOperation",
    "ExecuteOperation",
    "View",
    "Push",
    "GroupSave",
    "GroupDelete",
    "QueryGroupInfo",
    "Allocate",
    "CancelAllocate",
    "SwitchOrg",
    "QueryAsyncResult",
    "ExecuteBillQuery",
    "BillQuery",
    "QueryBusinessInfo",
    "GetSysReportData",
    "WorkflowAudit",
    "AttachmentUpLoad",
    "AttachmentDownLoad",
    "Disassembly",
    "FlexSave",
    "SendMsg",
];

/// How many letters a slip of the pen adds, drops or changes at most.
const SLIP: usize = 2;

/// By what the time-out of an operation is known that has one of its own: a service that is known, by any of its names, or any
/// full name that is no slip of one. What is wrong with another name.
pub(crate) fn timed(name: &str) -> Result<String, String> {
    let no_such = |meant: Option<&str>| {
        let meant = meant.map(|meant| format!("; do you mean {meant}?")).unwrap_or_default();
        format!("{name:?}: there is no such operation{meant}")
    };
    let service = Service::named(name, Replay::Never).map_err(|_| no_such(None))?;
    let timed = service.timed_by();
    if KNOWN.into_iter().any(|known| Service::read(known).timed_by() == timed) {
        return Ok(timed);
    }
    match meant_by(&service) {
        None if name.contains('.') => Ok(timed),
        meant => Err(no_such(meant)),
    }
}

/// The service that is meant by a name that lies near it, or that has another family's in front.
fn meant_by(service: &Service) -> Option<&'static str> {
    let (short, full) = (service.short().to_ascii_lowercase(), service.full().to_ascii_lowercase());
    let is_near = |known: &&'static str| {
        let whole = Service::read(known).full().to_ascii_lowercase();
        let own = if service.is_own() { usize::MAX } else { distance(&known.to_ascii_lowercase(), &short) };
        own.min(distance(&whole, &full)) <= SLIP
    };
    KNOWN.into_iter().find(is_near)
}

/// How many letters must be added, dropped or changed to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, a) in one.bytes().enumerate() {
        let mut aslant = row[0];
        row[0] = done + 1;
        for (place, b) in other.bytes().enumerate() {
            let changed = aslant + usize::from(a != b);
            aslant = row[place + 1];
            row[place + 1] = changed.min(row[place] + 1).min(aslant + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn letters_that_differ_are_counted() {
        for (one, other, far) in [("", "", 0), ("", "abc", 3), ("save", "safe", 1), ("push", "psuh", 2)] {
            assert_eq!((distance(one, other), distance(other, one)), (far, far), "{one} {other}");
        }
    }
}
