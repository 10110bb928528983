//! One client, driven by its script against its simulator: each line that the script prints becomes a call, with the
//! requests that were seen meanwhile.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use kingdee_k3cloud_sdk::mock::Site;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
    time::timeout,
};

use super::{catalogue::Client, relay, scene::Scene};

/// Longer than any driver takes on a busy machine.
const LONGEST: Duration = Duration::from_mins(3);

/// One call of a client, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The client's own name for it.
    pub(crate) name: String,
    /// What went over the wire: names and layout.
    pub(crate) sent: Vec<String>,
    /// What the client took the answer for.
    pub(crate) understood: String,
    /// `works`, `refused`, `misread`, `fails`; `broke` if the driver expected none of them.
    pub(crate) result: String,
    /// What the client itself does wrong.
    pub(crate) note: String,
}

/// A client's run.
pub(crate) struct Run {
    pub(crate) calls: Vec<Call>,
    /// The bills that stand in 金蝶 at its end, each with its state.
    pub(crate) left: Option<String>,
}

/// Installs the client if need be and drives it.
pub(crate) fn run(root: &Path, client: &Client) -> Result<Run> {
    let installed = client.environment.ready(root)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let scene = Scene::set(client.system).await?;
        let mut command = Command::new(&installed.interpreter);
        if installed.node_path.is_none() {
            // No byte code beside the drivers, and line by line.
            command.args(["-B", "-u"]).env("PYTHONPATH", root.join("xtask/clients"));
        }
        command.arg(root.join(client.driver)).arg(scene.given.to_string()).arg(client.name);
        if let Some(path) = &installed.node_path {
            command.env("NODE_PATH", path);
        }
        // A proxy of the machine is not asked for the loopback.
        command.env("NO_PROXY", "*").env("no_proxy", "*").env("PYTHONUTF8", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let calls = timeout(LONGEST, calls(command, client, &scene))
            .await
            .with_context(|| format!("{} was not done after {LONGEST:?}", client.name))??;
        Ok(Run { calls, left: scene.site.as_ref().map(left) })
    })
}

fn left(site: &Site) -> String {
    let bills = site.bills();
    let mut left: Vec<_> = bills
        .iter()
        .map(|bill| format!("{} {} {}", bill.form_id, bill.number, bill.document_status))
        .collect();
    left.sort_unstable();
    if left.is_empty() { "nothing".to_owned() } else { left.join(", ") }
}

async fn calls(mut command: Command, client: &Client, scene: &Scene) -> Result<Vec<Call>> {
    let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
    let stdout = child.stdout.take().context("no stdout")?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    let mut stderr = child.stderr.take().context("no stderr")?;
    let complaints = tokio::spawn(async move {
        let mut text = String::new();
        let _read = stderr.read_to_string(&mut text).await;
        text
    });
    let mut lines = BufReader::new(stdout).lines();
    let mut calls = Vec::new();
    while let Some(line) = lines.next_line().await? {
        calls.push(call(&line, client, relay::take(&scene.seen))?);
        // The driver goes on only now, so that each request belongs to its call.
        stdin.write_all(b"\n").await?;
    }
    let ended = child.wait().await?;
    ensure!(ended.success(), "{} ended with {ended}: {}", client.driver, complaints.await?);
    ensure!(!calls.is_empty(), "{} printed nothing", client.driver);
    Ok(calls)
}

/// A line of a driver, checked against the version that is pinned.
fn call(line: &str, client: &Client, sent: Vec<String>) -> Result<Call> {
    let value: Value =
        serde_json::from_str(line).with_context(|| format!("{} printed no JSON: {line}", client.driver))?;
    let text = |key: &str| {
        let text = value[key].as_str().with_context(|| format!("{} printed no {key}: {line}", client.driver));
        text.map(str::to_owned)
    };
    ensure!(text("client")? == client.name, "{line} is not of {}", client.name);
    ensure!(text("version")? == client.version, "{} is not {}: {line}", client.name, client.version);
    Ok(Call {
        name: text("call")?,
        sent,
        understood: text("understood")?,
        result: text("result")?,
        note: text("note")?,
    })
}
