//! The way to a server as a network can spoil it: a proxy in between that hangs up, or goes on taking what it hears and
//! hands on none of it.

use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::cluster::{Database, PASSWORD};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Frozen,
    Cut,
}

/// A way to the server of one database.
pub(super) struct Link {
    pub(super) url: SecretString,
    state: watch::Sender<State>,
}

impl Link {
    pub(super) async fn to(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, seen) = watch::channel(State::Open);
        tokio::spawn(accept(listener, database.cluster.port, seen));
        let url = format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/{}", database.name).into();
        Self { url, state }
    }

    /// Both ends go on sending and are acknowledged; neither hears of the other again, not even that it hung up.
    pub(super) fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    /// Whoever calls now is put through.
    pub(super) fn mend(&self) {
        self.state.send_replace(State::Open);
    }

    /// Both ends are hung up on, and whoever calls again is, too.
    pub(super) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }
}

async fn accept(listener: TcpListener, server: u16, state: watch::Receiver<State>) {
    while let Ok((near, _)) = listener.accept().await {
        if *state.borrow() == State::Cut {
            continue;
        }
        let far = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::spawn(hand_on(near_in, far_out, state.clone()));
        tokio::spawn(hand_on(far_in, near_out, state.clone()));
    }
}

async fn hand_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = [0; 4096];
    loop {
        let count = tokio::select! {
            biased;
            _ = state.wait_for(|state| *state == State::Cut) => return,
            count = from.read(&mut bytes) => count,
        };
        let is_frozen = *state.borrow() == State::Frozen;
        match count {
            Ok(count @ 1..) if is_frozen || to.write_all(&bytes[..count]).await.is_ok() => {}
            _ if is_frozen => {
                // The other end must not hear of it.
                let _ = state.wait_for(|state| *state == State::Cut).await;
                return;
            }
            _ => return,
        }
    }
}
