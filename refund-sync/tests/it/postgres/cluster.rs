//! PostgreSQL servers of the tests' own: each in a folder of its own, gone with the tests however they end.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use secrecy::SecretString;
use tokio_postgres::{Client, NoTls};

/// The superuser's password: it opens nothing else.
pub(crate) const PASSWORD: &str = "planted-database-secret";

/// Starts a server, says so, and stops it when its standard input closes: when the tests are over, or killed.
const LEASH: &str = r#"
    cd "$1" || exit 1
    printf '%s' "$4" > password
    "$2/initdb" -D data -U postgres -E UTF8 --locale=C --auth-local=trust --auth-host=scram-sha-256 \
        --pwfile=password --no-sync > log 2>&1 || exit 1
    "$2/pg_ctl" -D data -w -t 60 -l log \
        -o "-p $3 -k $1 -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=400" start > start 2>&1 || exit 1
    echo ready
    read -r _
    "$2/pg_ctl" -D data -m immediate stop > stop 2>&1
    rm -rf "$1"
"#;

/// Makes an authority and a certificate of the host `$1`, valid for a day.
const CERTIFICATES: &str = r#"
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=tests" -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:%s' "$1" > names
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile names -out server.pem
    chmod 600 server.key
"#;

/// A running server.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    pub(crate) port: u16,
    leash: Mutex<Child>,
}

/// A server that follows another one, and can only be read.
pub(crate) struct Standby {
    server: Child,
    port: u16,
}

impl Drop for Standby {
    fn drop(&mut self) {
        // Its files are in the folder of the one it follows, and gone with that.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A database of one test.
pub(crate) struct Database {
    pub(crate) cluster: &'static Cluster,
    pub(crate) name: String,
}

impl Cluster {
    /// The server that all tests share; `None`, loudly, where PostgreSQL is not installed.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of one test's own, to be ill-treated.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "no initdb: a CI run must have PostgreSQL, see .ci/run"
            );
            // Past the test harness, which swallows what a passing test prints.
            let mut terminal = std::io::stderr();
            let _ = terminal.write_all(
                "\n*** SKIPPED: PostgreSQL is not installed (apt-get install postgresql) ***\n".as_bytes(),
            );
            return None;
        };
        let folder = tempfile::Builder::new().prefix("refund-sync-pg").tempdir().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = unprivileged("sh", &folder);
        command.args(["-c", LEASH, "leash"]).arg(&folder).arg(&programs).arg(port.to_string()).arg(PASSWORD);
        // In a group of its own: whatever ends the tests must not end it before it has cleaned up.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let cluster = Self { leash: Mutex::new(command.spawn().unwrap()), folder, programs, port };
        let mut ready = String::new();
        let stdout = cluster.leash.lock().unwrap().stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n", "{}", told(&cluster.folder));
        Some(cluster)
    }

    /// Speaks TLS from now on, as `host`. Returns the file of whoever signed its certificate.
    pub(crate) async fn certify(&self, host: &str) -> PathBuf {
        let made = unprivileged("sh", &self.folder)
            .args(["-ec", CERTIFICATES, "certificates", host])
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let client = self.connect("postgres").await;
        // Each a transaction of its own: that is how the server wants them.
        for setting in ["ssl_cert_file = '../server.pem'", "ssl_key_file = '../server.key'", "ssl = on"] {
            client.execute(&format!("ALTER SYSTEM SET {setting}"), &[]).await.unwrap();
        }
        self.restart();
        self.folder.join("ca.pem")
    }

    /// Ends every session, and is back a moment later.
    pub(crate) fn restart(&self) {
        let status = unprivileged(self.programs.join("pg_ctl"), &self.folder)
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(["-m", "fast", "-w", "-l", "log", "restart"])
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{}", told(&self.folder));
    }

    /// A standby of this server, once it can be read.
    pub(crate) async fn standby(&self) -> Standby {
        let data = self.folder.join("standby");
        // Beside the real initdb: the one of the search path may be a link.
        let programs = self.programs.join("initdb").canonicalize().unwrap();
        let programs = programs.parent().unwrap();
        let copied = unprivileged(programs.join("pg_basebackup"), &self.folder)
            .args(["-R", "--no-sync", "-c", "fast", "-U", "postgres", "-p", &self.port.to_string(), "-h"])
            .arg(&self.folder)
            .arg("-D")
            .arg(&data)
            .output()
            .unwrap();
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = unprivileged(programs.join("postgres"), &self.folder);
        command.args([
            "-p",
            &port.to_string(),
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=400",
            "-k",
        ]);
        command.arg(&self.folder).arg("-D").arg(&data).stdout(Stdio::null()).stderr(Stdio::null());
        let standby = Standby { server: command.spawn().unwrap(), port };
        let patience = tokio::time::Instant::now() + Duration::from_mins(1);
        while tokio_postgres::connect(&self.url_of(&standby, "postgres"), NoTls).await.is_err() {
            assert!(tokio::time::Instant::now() < patience, "the standby does not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        standby
    }

    /// The URL of a database on a standby.
    pub(crate) fn url_of(&self, standby: &Standby, database: &str) -> String {
        self.url(database).replace(&format!(":{}/", self.port), &format!(":{}/", standby.port))
    }

    /// Ends the server before the tests are over.
    pub(crate) fn stop(&self) {
        let mut shell = self.leash.lock().unwrap();
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }

    /// The URL of a database, through the server's socket.
    pub(crate) fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}:{}/{database}", self.port)
    }

    /// The server's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
    }

    pub(crate) async fn connect(&self, database: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// An empty database.
    pub(crate) async fn database(&'static self) -> Database {
        let name = next_name();
        self.connect("postgres").await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Database { cluster: self, name }
    }
}

impl Database {
    /// An empty database of the shared server.
    pub(crate) async fn make() -> Option<Self> {
        Some(Cluster::shared()?.database().await)
    }

    pub(crate) fn url(&self) -> SecretString {
        self.cluster.url(&self.name).into()
    }

    /// Over TCP, as `user` with `password`.
    pub(crate) fn url_as(&self, user: &str, password: &str) -> SecretString {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{}", self.cluster.port, self.name).into()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.cluster.connect(&self.name).await.batch_execute(sql).await.unwrap();
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.cluster.connect(&self.name).await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// The one word that a query answers, if any.
    pub(crate) async fn word(&self, sql: &str) -> Option<String> {
        let row = self.cluster.connect(&self.name).await.query_opt(sql, &[]).await.unwrap();
        row.map(|row| row.get(0))
    }

    /// The words of one column that a query answers.
    pub(crate) async fn words(&self, sql: &str) -> Vec<String> {
        let rows = self.cluster.connect(&self.name).await.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Everything that the journal holds, as text.
    pub(crate) async fn dump(&self) -> String {
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'refund_sync'";
        let mut all = String::new();
        for table in self.words(tables).await {
            let rows = format!("SELECT row::text FROM refund_sync.\"{table}\" AS row");
            all += &self.words(&rows).await.join("\n");
        }
        all
    }

    /// Ends every session with this database, as a restart of the server would.
    pub(crate) async fn cut_off_everybody(&self) {
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    }

    /// Ends the sessions of all who work a lock group here, as an administrator or a network would.
    pub(crate) async fn cut_off_holders(&self) {
        self.execute("SELECT pg_terminate_backend(backend) FROM refund_sync.holder").await;
        while self
            .number(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
            .await
            > 0
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn next_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("journal_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// initdb refuses to work for root: then it is the user that the package brought along, who is given the folder.
fn unprivileged(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        return Command::new(program);
    }
    let owned = Command::new("chown").arg("postgres").arg(folder).status();
    assert!(owned.unwrap().success());
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program).current_dir(folder);
    command
}

fn told(folder: &Path) -> String {
    ["log", "start"].map(|file| fs::read_to_string(folder.join(file)).unwrap_or_default()).join("\n")
}

/// The folder with initdb: of the search path, or the newest where Debian puts it.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort_by_key(|path| path.parent().and_then(Path::file_name)?.to_str()?.parse::<u32>().ok());
    std::env::split_paths(&path).chain(debian.into_iter().rev()).find(|path| path.join("initdb").exists())
}
