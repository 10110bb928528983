//! The archive proves itself: unpacked into an empty root, without a library of this machine, the program runs its
//! demonstration and a synchronisation with both simulators, which it finds by name.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::{leave_out, resolver};
use crate::bench::child;

/// From the archive to a synchronised demonstration.
const DEMO_WITHIN: Duration = Duration::from_secs(10);
/// How often a start is looked at.
const LOOK: Duration = Duration::from_millis(1);
/// The first request is measured so often; the median is told.
const STARTS: usize = 11;
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Names that nobody but our resolver knows.
const HOSTS: [&str; 2] = ["wdt.refund-sync.test", "kingdee.refund-sync.test"];

/// Proves it, where somebody may change the root.
pub(super) fn prove(archive: &Path) -> Result<()> {
    let may = Command::new("chroot").args(["/", "true"]).stderr(Stdio::null()).status();
    if !may.is_ok_and(|status| status.success()) {
        return leave_out(&format!(
            "this user may not change the root (chroot), so nothing is proven; as root: cargo xtask dist --prove {}",
            archive.display()
        ));
    }
    let root = EmptyRoot::make(archive)?;
    let took = root.unpack_and_demo(archive)?;
    println!(
        "proven: from the archive on an empty root to a synchronised demonstration in {:.1} s",
        took.as_secs_f64()
    );
    println!("proven: {} bills written to the simulators, which were found by name", root.sync()?);
    println!(
        "proven: the first request {} ms after the start (median of {STARTS})",
        root.first_request()?.as_millis()
    );
    ensure!(
        took < DEMO_WITHIN,
        "the demonstration took {:.1} s, more than {} s",
        took.as_secs_f64(),
        DEMO_WITHIN.as_secs()
    );
    Ok(())
}

/// A folder that is the whole world to who runs in it.
struct EmptyRoot {
    folder: PathBuf,
    /// As it is called in there.
    program: String,
}

impl EmptyRoot {
    fn make(archive: &Path) -> Result<Self> {
        let name = archive.file_name().and_then(|name| name.to_str()?.strip_suffix(".tar.gz"));
        let name = name.with_context(|| format!("{} is no .tar.gz", archive.display()))?;
        let folder = std::env::temp_dir().join(format!("refund-sync-proof-{}", std::process::id()));
        for below in ["etc/ssl/certs", "tmp"] {
            fs::create_dir_all(folder.join(below))?;
        }
        // The one thing that it takes from a system: whose certificates are believed.
        fs::copy(AUTHORITIES, folder.join(&AUTHORITIES[1..])).with_context(|| AUTHORITIES.to_owned())?;
        fs::write(folder.join("etc/resolv.conf"), format!("nameserver {}\n", resolver::ADDRESS))?;
        Ok(Self { folder, program: format!("/{name}/refund-sync") })
    }

    fn unpack_and_demo(&self, archive: &Path) -> Result<Duration> {
        let began = now();
        let packed =
            flate2::read::GzDecoder::new(File::open(archive).with_context(|| archive.display().to_string())?);
        tar::Archive::new(packed).unpack(&self.folder)?;
        let told = self.run(&["demo"], &[])?;
        let took = began.elapsed();
        ensure!(told.status.success(), "the demonstration failed:\n{}", both(&told));
        Ok(took)
    }

    /// How many bills stand there.
    fn sync(&self) -> Result<u64> {
        let _resolver = resolver::serve()?;
        let mut simulators = self.simulators()?;
        let config = self.folder.join("sync.toml");
        let synced = child::wait_for(&mut simulators, &config).and_then(|()| {
            let text = fs::read_to_string(&config)?;
            let ports: Vec<_> = text.split("http://127.0.0.1:").skip(1).collect();
            let [wdt, kingdee] = ports[..] else { bail!("the simulators' configuration has another form") };
            let addresses = [(0, "WDT", wdt), (1, "KINGDEE", kingdee)].map(|(host, side, address)| {
                let address = address.split('"').next().unwrap_or_default();
                (
                    format!("REFUND_SYNC__PIPELINE__MOCK__{side}__BASE_URL"),
                    format!("http://{}:{address}", HOSTS[host]),
                )
            });
            self.run(&["--config", "/sync.toml", "run", "--until-settled"], &addresses)
        });
        let told = child::interrupt(simulators)?;
        let synced = synced?;
        // 3: some of the made-up returns need a person.
        ensure!(
            matches!(synced.status.code(), Some(0 | 3)),
            "the synchronisation failed:\n{}",
            both(&synced)
        );
        let last = told.lines().last().unwrap_or_default();
        let bills = last.rsplit_once("times; ").and_then(|(_, rest)| rest.split_once(" bills"));
        let bills = bills.and_then(|(bills, _)| bills.parse().ok()).unwrap_or(0);
        ensure!(bills > 0, "no bill was written:\n{told}{}", both(&synced));
        Ok(bills)
    }

    fn simulators(&self) -> Result<std::process::Child> {
        let config = self.folder.join("sync.toml");
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["mock", "--config"]).arg(config).stdout(Stdio::piped());
        Ok(command.spawn()?)
    }

    /// From the start of the process to its first connection, by the clock.
    fn first_request(&self) -> Result<Duration> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = format!("http://{}/k3cloud/", listener.local_addr()?);
        let mut variables = ["WDT", "KINGDEE"]
            .map(|side| (format!("REFUND_SYNC__PIPELINE__MOCK__{side}__BASE_URL"), address.clone()))
            .to_vec();
        // Another journal: what is there for the simulators' addresses is done.
        variables.push(("REFUND_SYNC__STORE__URL".to_owned(), "sqlite:/starts.db".to_owned()));
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let began = now();
            let mut program = self.command(&["--config", "/sync.toml", "run"], &variables);
            let mut program = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            while listener.accept().is_err() {
                ensure!(program.try_wait()?.is_none(), "the program ended without a request");
                sleep(LOOK);
            }
            times.push(began.elapsed());
            program.kill()?;
            program.wait()?;
            // Whatever else of it waits in line is not the next one's.
            while listener.accept().is_ok() {}
        }
        times.sort_unstable();
        Ok(times[STARTS / 2])
    }

    fn run(&self, words: &[&str], variables: &[(String, String)]) -> Result<std::process::Output> {
        Ok(self.command(words, variables).output()?)
    }

    fn command(&self, words: &[&str], variables: &[(String, String)]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.folder).arg(&self.program).args(words);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Drop for EmptyRoot {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn both(told: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr))
}

#[expect(clippy::disallowed_methods, reason = "another process runs by the real time")]
fn sleep(time: Duration) {
    std::thread::sleep(time);
}

#[expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_archive_is_refused_by_name() {
        let refused = EmptyRoot::make(Path::new("target/refund-sync.zip")).err().unwrap();
        assert!(refused.to_string().contains("refund-sync.zip is no .tar.gz"));
    }
}
