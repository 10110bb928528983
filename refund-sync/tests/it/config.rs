//! The configuration, as a contract: what is refused and with which words, what is accepted and as what.
//! The fixtures are whole files under `fixtures/config`.

mod catalogue;
mod environment;
mod good;
mod hostile;
mod schema;
mod secrets;
mod slips;
mod tables;
mod template;
mod weak;

use std::path::{Path, PathBuf};

use refund_sync::config::{Faults, Loaded, load};

/// The variables that the fixtures name.
const SECRETS: [(&str, &str); 6] = [
    ("WDT_APP_SECRET", "wdt-planted-secret"),
    ("KINGDEE_APP_SECRET", "kingdee-planted-secret"),
    ("REFUND_SYNC_TOKEN", "token-planted-secret"),
    ("ALERT_URL", "https://robot.example.com/send?access_token=url-planted-secret"),
    ("ALERT_SECRET", "alert-planted-secret"),
    ("EMPTY", ""),
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/config").join(name)
}

/// Loads a file with the fixtures' variables and some more.
fn load_with(path: &Path, more: &[(&str, &str)]) -> Result<Loaded, Faults> {
    let variables = SECRETS.iter().chain(more);
    load(path, variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// The configuration of `good/minimal.toml` with some lines changed, in a folder of its own.
struct Changed {
    folder: tempfile::TempDir,
}

impl Changed {
    fn new(from: &str, to: &str) -> Self {
        let text = std::fs::read_to_string(fixture("good/minimal.toml")).unwrap();
        assert!(text.contains(from), "{from}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("refund-sync.toml"), text.replace(from, to)).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("refund-sync.toml")
    }

    fn load(&self) -> Result<Loaded, Faults> {
        load_with(&self.path(), &[])
    }
}
