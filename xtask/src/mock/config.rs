//! The `refund-sync.toml` that points at the simulators. Its secrets are the simulators' own, made up.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use chrono::NaiveDateTime;
use wdt_qimen_sdk::mock as wdt;

use super::{ACCT_ID, APP_ID, APP_SECRET, ORGANISATION, SLOWEST_SAVE, USERNAME};

/// The first line, by which a later run knows that it may write the file anew.
const MARK: &str = "# Written by `cargo xtask mock`";

/// What differs from one run to the next.
pub(super) struct Config<'a> {
    pub(super) wdt_url: &'a str,
    pub(super) kingdee_url: &'a str,
    /// Asia/Shanghai.
    pub(super) start_from: NaiveDateTime,
}

impl Config<'_> {
    pub(super) fn text(&self) -> String {
        let Self { wdt_url, kingdee_url, start_from } = self;
        let (sid, app_key, app_secret) = (wdt::SID, wdt::APP_KEY, wdt::APP_SECRET);
        let customers = inline(wdt::SHOPS, customer);
        let warehouses = inline(wdt::WAREHOUSES, stock);
        // A save that was given up goes on at the site: nothing is sent again before it must have ended.
        let resend_after = SLOWEST_SAVE.max(Duration::from_secs(1)).as_secs() + 1;
        format!(
            r#"{MARK}; the next run writes it anew. All secrets here are made up.

[store]
url = "sqlite:refund-sync-mock.db"

[[pipeline]]
name = "mock"
schedule = "* * * * *"
start_from = "{start_from}"

[pipeline.wdt]
base_url = "{wdt_url}"
sid = "{sid}"
app_key = "{app_key}"
app_secret = "{app_secret}"
quota_per_minute = 60000
timeout_seconds = 3
lag_seconds = 1
overlap_seconds = 2

[pipeline.kingdee]
base_url = "{kingdee_url}"
auth = "signature"
acct_id = "{ACCT_ID}"
username = "{USERNAME}"
app_id = "{APP_ID}"
app_secret = "{APP_SECRET}"
org_num = "{ORGANISATION}"
quota_per_minute = 60000
timeout_seconds = 3
resend_after_seconds = {resend_after}

[pipeline.mapping]
sale_org = "{ORGANISATION}"
stock_org = "{ORGANISATION}"
settle_org = "{ORGANISATION}"
tax_rate = "13"
customers = {{ inline = {{ {customers} }} }}
materials = "identity"
warehouses = {{ inline = {{ {warehouses} }} }}
"#
        )
    }
}

/// The 客户 of a shop.
pub(super) fn customer(shop_no: &str) -> String {
    format!("C-{shop_no}")
}

/// The 仓库 of a warehouse.
pub(super) fn stock(warehouse_no: &str) -> String {
    format!("CK-{warehouse_no}")
}

/// The rows of an inline table, for what the other simulator lists as number and name.
fn inline(listed: &[(&str, &str)], to: fn(&str) -> String) -> String {
    let rows: Vec<_> = listed.iter().map(|(from, _)| format!(r#"{from} = "{}""#, to(from))).collect();
    rows.join(", ")
}

/// Writes the configuration, but never over somebody's own.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let there = fs::read_to_string(path).unwrap_or_default();
    let ours = there.is_empty() || there.starts_with(MARK);
    ensure!(ours, "{} is a configuration of your own; name another file", path.display());
    // Whole from the moment it is there: others wait for it.
    let part = path.with_extension("part");
    fs::write(&part, text)
        .and_then(|()| fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        let start_from = NaiveDateTime::parse_from_str("2026-11-01 00:00:00", "%F %T").unwrap();
        Config {
            wdt_url: "http://127.0.0.1:1/router/qm",
            kingdee_url: "http://127.0.0.1:2/k3cloud/",
            start_from,
        }
        .text()
    }

    #[test]
    fn somebody_s_own_configuration_is_left_alone_and_ours_is_written_anew() {
        let path = std::env::temp_dir().join(format!("xtask-mock-{}.toml", std::process::id()));
        fs::write(&path, "[store]\n").unwrap();
        assert!(write(&path, &text()).unwrap_err().to_string().contains("your own"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "[store]\n");
        fs::write(&path, format!("{MARK}\nold")).unwrap();
        write(&path, &text()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn it_names_both_addresses_the_start_and_a_row_for_every_shop_and_warehouse() {
        let parsed: toml::Table = text().parse().unwrap();
        let pipeline = &parsed["pipeline"][0];
        assert_eq!(pipeline["start_from"].as_str(), Some("2026-11-01 00:00:00"));
        assert_eq!(pipeline["wdt"]["base_url"].as_str(), Some("http://127.0.0.1:1/router/qm"));
        assert_eq!(pipeline["kingdee"]["base_url"].as_str(), Some("http://127.0.0.1:2/k3cloud/"));
        let rows = |table: &str| pipeline["mapping"][table]["inline"].as_table().unwrap().len();
        assert_eq!(rows("customers"), wdt::SHOPS.len());
        assert_eq!(rows("warehouses"), wdt::WAREHOUSES.len());
    }

    #[test]
    fn a_number_is_sent_again_only_when_the_slowest_save_must_have_ended() {
        let parsed: toml::Table = text().parse().unwrap();
        let wait = parsed["pipeline"][0]["kingdee"]["resend_after_seconds"].as_integer().unwrap();
        assert!(Duration::from_secs(wait.unsigned_abs()) > SLOWEST_SAVE);
    }
}
