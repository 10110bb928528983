//! What an import comes to, loaded as the configuration it will be, in a folder that is thrown away: what would be refused
//! is taken back before it is written.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::{fs, io};

use super::super::open;
use crate::config::{self, Faults, Loaded};
use crate::files;
use crate::qeasy::{self, CONFIG, Fault, Import, Section, Written};

/// How often further fields that the configuration refuses are taken back.
const MOST_TRIALS: usize = 3;

/// Takes back what the configuration would refuse, so that what is written can be loaded. What is left is noted as a fault.
pub(super) fn settle(import: &mut Import) -> io::Result<()> {
    let mut left = Vec::new();
    for _ in 0..MOST_TRIALS {
        left.clear();
        let folder = tempfile::tempdir()?;
        let Err(faults) = trial(import, folder.path())? else { break };
        let mut is_changed = false;
        for fault in faults.as_slice() {
            let (message, fix) = (&fault.message, &fault.fix);
            let why = message.and(&format!("（{}）", fix.zh), &format!(" ({})", fix.en));
            match further_key(&fault.key) {
                Some((section, name)) => {
                    import.refuse(section, name, &why);
                    is_changed = true;
                }
                None => left.push(Fault::whole(
                    CONFIG,
                    message.before(&format!("{}: ", fault.key), &format!("{}: ", fault.key)),
                    fix.clone(),
                )),
            }
        }
        if !is_changed {
            break;
        }
    }
    import.faults.append(&mut left);
    Ok(())
}

/// The further field that a fault of the configuration is about.
fn further_key(key: &str) -> Option<(Section, &str)> {
    let (_, rest) = key.split_once(".mapping.")?;
    let (section, rest) = rest.split_once('.')?;
    let section = match section {
        "head" => Section::Head,
        "finance" => Section::Finance,
        "line" => Section::Line,
        _ => return None,
    };
    Some((section, rest.split('.').next().unwrap_or(rest)))
}

/// Loads what would be written, in a folder that is thrown away, as if the secrets were there.
pub(super) fn trial(import: &Import, folder: &Path) -> io::Result<Result<Loaded, Faults>> {
    for Written { path, text } in qeasy::files(import) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        files::create_new(&path)?.write_all(text.as_bytes())?;
    }
    Ok(config::load(&folder.join(CONFIG), with_secrets(BTreeMap::new())))
}

/// An environment in which the secrets of an imported configuration are set, whatever they are.
fn with_secrets(mut environment: BTreeMap<String, String>) -> BTreeMap<String, String> {
    for name in ["WDT_APP_SECRET", "KINGDEE_APP_SECRET", "KINGDEE_PASSWORD"] {
        environment.entry(name.to_owned()).or_insert_with(|| "not-needed-here".to_owned());
    }
    environment
}

/// The configuration that a person filled in, as if its secrets were there; `None` where there is none, or where a table of
/// the import has no row yet.
pub(super) fn filled_in(import: &Import, out: &Path) -> Option<Result<Loaded, Faults>> {
    let path = out.join(CONFIG);
    let has_rows = |file: &String| {
        fs::read_to_string(out.join(file))
            .is_ok_and(|text| text.lines().skip(1).any(|line| !line.trim().is_empty()))
    };
    let is_filled_in = path.exists() && import.draft.tables.keys().all(has_rows);
    is_filled_in.then(|| config::load(&path, with_secrets(open::environment().collect())))
}
