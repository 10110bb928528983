//! A pooler between the worker and the server, as pgbouncer is: in transaction mode each transaction has another process of
//! the server, and no lock, setting or prepared statement lasts.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use refund_sync::store::{Postgres, StoreError};
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::cluster::Database;

/// When a process of the server goes back to the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// At the end of each transaction.
    Transaction,
    /// When its client leaves.
    Session,
}

/// Sessions of the server that nobody has at present.
#[derive(Debug)]
struct Pool {
    socket: PathBuf,
    database: String,
    idle: Mutex<Vec<UnixStream>>,
}

/// The way to a database through a pooler in transaction mode.
pub(super) async fn in_transaction_mode(database: &Database) -> SecretString {
    pooled(database, Mode::Transaction).await
}

async fn pooled(database: &Database, mode: Mode) -> SecretString {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (socket, name) = (database.cluster.socket(), database.name.clone());
    let pool = Arc::new(Pool { socket, database: name.clone(), idle: Mutex::default() });
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move { drop(pool.serve(client, mode).await) });
        }
    });
    format!("postgres://postgres@127.0.0.1:{port}/{name}").into()
}

/// A message with its kind, whole.
async fn message(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 5];
    from.read_exact(&mut bytes).await?;
    let length = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize;
    bytes.resize(length + 1, 0);
    from.read_exact(&mut bytes[5..]).await?;
    Ok(bytes)
}

impl Pool {
    /// A session of the server, the one that was used last if there is one.
    async fn take(&self) -> io::Result<UnixStream> {
        if let Some(server) = self.idle.lock().unwrap().pop() {
            return Ok(server);
        }
        let mut server = UnixStream::connect(&self.socket).await?;
        let words = format!("user\0postgres\0database\0{}\0\0", self.database);
        let length = u32::try_from(words.len() + 8).unwrap();
        server.write_all(&length.to_be_bytes()).await?;
        server.write_all(&196_608_u32.to_be_bytes()).await?;
        server.write_all(words.as_bytes()).await?;
        while message(&mut server).await?[0] != b'Z' {}
        Ok(server)
    }

    async fn serve(&self, mut client: TcpStream, mode: Mode) -> io::Result<()> {
        // The start: no TLS, whoever comes is let in.
        let length = client.read_u32().await? as usize;
        client.read_exact(&mut vec![0; length - 4]).await?;
        client.write_all(b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x01\0\0\0\x01Z\0\0\0\x05I").await?;
        let mut held = None;
        loop {
            let asked = message(&mut client).await?;
            if asked[0] == b'X' {
                return Ok(());
            }
            let mut server = match held.take() {
                Some(server) => server,
                None => self.take().await?,
            };
            server.write_all(&asked).await?;
            let mut is_free = false;
            // A query, or the end of several messages: the server answers until it is ready again.
            if matches!(asked[0], b'Q' | b'S') {
                loop {
                    let answer = message(&mut server).await?;
                    client.write_all(&answer).await?;
                    if answer[0] == b'Z' {
                        is_free = answer[5] == b'I';
                        break;
                    }
                }
            }
            if is_free && mode == Mode::Transaction {
                self.idle.lock().unwrap().push(server);
            } else {
                held = Some(server);
            }
        }
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_named_with_the_remedy_before_anything_is_written() {
    let Some(database) = Database::make().await else { return };
    let url = pooled(&database, Mode::Transaction).await;
    let refused = Postgres::work(&url, &[1], "a worker").await.unwrap_err();
    assert!(matches!(refused, StoreError::Pooled { .. }), "{refused}");
    let told = refused.to_string();
    assert!(told.contains("pool_mode = session") && told.contains("Name the server itself"), "{told}");
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'refund_sync'";
    assert_eq!(database.number(schemas).await, 0);
}

#[tokio::test]
async fn a_pooler_in_session_mode_is_as_good_as_the_server() {
    let Some(database) = Database::make().await else { return };
    let url = pooled(&database, Mode::Session).await;
    Postgres::work(&url, &[1], "a worker").await.unwrap();
}
