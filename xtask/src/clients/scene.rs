//! What a client finds: the simulator of its system with made-up rows, behind a relay, and what the driver is told of it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::mock as kingdee;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use wdt_qimen_sdk::{Span, WDT_TARGET_APP_KEY, mock as wdt};

use super::relay::{Relay, Seen};

/// Of the real ones' shape: the second part is 24 bytes of base64.
const APP_ID: &str = "260001_bWFkZSB1cCBjbGllbnQgc2VjcmV0IDAx";
const APP_SECRET: &str = "made-up-secret";
const ACCT_ID: &str = "65f0c0ffee0001";
const USERNAME: &str = "api";
const PASSWORD: &str = "made-up-password";
const ORGANISATION: &str = "100";
/// As many as make three pages of 40.
const RETURNS: usize = 90;

/// The system that a client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// 旺店通, through 奇门 or its own gateway.
    Wdt,
    /// 金蝶云星空.
    Kingdee,
}

/// A running simulator.
pub(super) struct Scene {
    /// What the driver is told.
    pub(super) given: Value,
    pub(super) seen: Seen,
    pub(super) site: Option<kingdee::Site>,
    /// Held so that it all runs until the client has ended.
    _running: Running,
}

enum Running {
    Wdt { _servers: [wdt::Server; 2], _relays: [Relay; 2] },
    Kingdee { _server: kingdee::Server, _relay: Relay },
}

impl Scene {
    pub(super) async fn set(system: System) -> Result<Self> {
        match system {
            System::Wdt => Self::wdt().await,
            System::Kingdee => Self::kingdee().await,
        }
    }

    async fn wdt() -> Result<Self> {
        let now: NaiveDateTime = now().naive_utc() + TimeDelta::hours(8);
        let span = Span::new(now - TimeDelta::days(1), now - TimeDelta::minutes(1))?;
        // One order, so that walking pages forward, as the clients do, loses nothing.
        let gateway = wdt::Gateway::builder().seed(1).order(wdt::RowOrder::TimeAsc).build();
        gateway.world().extend(wdt::fill(1, RETURNS, span));
        gateway.world().put_master_data();
        gateway.world().put_related_rows();
        // Lets one call a minute through.
        let rule = wdt::QuotaRule::sliding(1, TimeDelta::minutes(1)).ban(TimeDelta::seconds(2));
        let limited = wdt::Gateway::builder().seed(1).quota(Some(rule)).build();
        let servers = [gateway.serve(loopback().await?)?, limited.serve(loopback().await?)?];
        let seen = Seen::default();
        let relays = [
            Relay::start(servers[0].addr(), seen.clone()).await?,
            Relay::start(servers[1].addr(), seen.clone()).await?,
        ];
        let text = |time: NaiveDateTime| time.format("%Y-%m-%d %H:%M:%S").to_string();
        let given = json!({
            "port": relays[0].addr.port(), "limited_port": relays[1].addr.port(),
            "sid": wdt::SID, "app_key": wdt::APP_KEY, "app_secret": wdt::APP_SECRET,
            "target_app_key": WDT_TARGET_APP_KEY,
            "start": text(span.start()), "end": text(span.end()), "hour": text(span.end() - TimeDelta::hours(1)),
        });
        Ok(Self { given, seen, site: None, _running: Running::Wdt { _servers: servers, _relays: relays } })
    }

    async fn kingdee() -> Result<Self> {
        let site = kingdee::Site::builder()
            .acct_id(ACCT_ID)
            .username(USERNAME)
            .password(PASSWORD)
            .app_id(APP_ID)
            .app_secret(APP_SECRET)
            // 104 and SK01 are written into the code of one client.
            .orgs([ORGANISATION, "104"])
            .customers(["C001", "C002"])
            .stocks(["CK001", "SK01"])
            .materials(["M001", "M002", "M003"])
            .save_time(Duration::ZERO..=Duration::ZERO)
            .seed(1)
            .build();
        let server = site.serve(loopback().await?)?;
        let seen = Seen::default();
        let relay = Relay::start(server.addr(), seen.clone()).await?;
        let given = json!({
            "url": format!("http://{}/k3cloud/", relay.addr), "acct_id": ACCT_ID, "username": USERNAME,
            "password": PASSWORD, "app_id": APP_ID, "app_secret": APP_SECRET, "org": ORGANISATION,
        });
        let running = Running::Kingdee { _server: server, _relay: relay };
        Ok(Self { given, seen, site: Some(site), _running: running })
    }
}

async fn loopback() -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen on 127.0.0.1")
}

#[expect(clippy::disallowed_methods, reason = "the clients sign with the real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
