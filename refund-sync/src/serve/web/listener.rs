//! Takes connections, so many and no more, each for so long and no longer: what strangers do here must not cost the sync
//! its file descriptors, its memory or its log. What is answered is the router's.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_service::Service as _;

use super::access::Access;
use super::address::network;
use super::app_state::AppState;
use super::minutely::{Minutely, Report};
use super::router;
use super::stream::Stream;
use crate::config::ListenerLimits;

/// How long open answers are waited for when the listener ends; a stream of events never ends by itself.
const GRACE: Duration = Duration::from_secs(3);
/// How long nobody is taken in after the system refused.
const REST: Duration = Duration::from_secs(1);
/// No head of a request that is meant for us is longer.
const LONGEST_HEAD: usize = 32 * 1_024;
/// The listener has one descriptor in so many: the others are the work's.
const SHARE: usize = 4;
/// What a process may open where the system does not say.
const DESCRIPTORS: usize = 1_024;
/// One place in so many is kept for this machine: for its scraper, its proxy and its people.
const KEPT: usize = 8;

/// Answers until `ending` says true; then open answers have a few seconds.
pub async fn serve(
    listener: TcpListener,
    house: AppState,
    limits: ListenerLimits,
    mut ending: watch::Receiver<bool>,
) {
    let access = house.access.clone();
    let router = router(house);
    let places = Places::new(&limits);
    let mut open = JoinSet::new();
    let mut minute = tokio::time::interval(Duration::from_secs(10));
    loop {
        let accepted = tokio::select! {
            biased;
            () = ended(&mut ending) => break,
            _ = minute.tick() => {
                report(&access, &places);
                continue;
            }
            Some(_) = open.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match Places::take(&places, peer.ip()) {
                Some(place) => {
                    let (router, ending) = (router.clone(), ending.clone());
                    open.spawn(async move {
                        converse(stream, peer, router, limits, ending).await;
                        drop(place);
                    });
                }
                None => turn_away(&stream),
            },
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                tell(places.failed.count(IpAddr::from([0, 0, 0, 0])).as_ref(), &error.to_string());
                // Not a reason to end: what is missing comes back.
                let _ = tokio::time::timeout(REST, ended(&mut ending)).await;
            }
        }
    }
    drop(listener);
    // Whoever does not come to an end is broken off.
    let _ = tokio::time::timeout(GRACE, async { while open.join_next().await.is_some() {} }).await;
}

/// One connection, from its first request to its last.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: ListenerLimits,
    mut ending: watch::Receiver<bool>,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().call(request);
        async move { Ok::<Response, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let stream = TokioIo::new(Stream::new(stream, limits.reader));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(stream, service);
    tokio::pin!(connection);
    tokio::select! {
        biased;
        // How it ended is its other end's business.
        _ = &mut connection => return,
        () = ended(&mut ending) => {}
        () = tokio::time::sleep(limits.life) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(GRACE, connection).await;
}

/// There is no place. Whoever reads is told so; nobody is waited for.
fn turn_away(stream: &TcpStream) {
    const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\nconnection: close\r\n\
        content-type: text/plain\r\ncontent-length: 38\r\n\r\ntoo many connections: try again later\n";
    let _ = stream.try_write(FULL);
}

/// The fault is of that connection, and not of this listener.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Returns once it is to end; a sender that is gone is an end too.
async fn ended(ending: &mut watch::Receiver<bool>) {
    let _ = ending.wait_for(|ending| *ending).await;
}

fn report(access: &Access, places: &Places) {
    access.report();
    tell(places.refused.due().as_ref(), "too many connections");
    tell(places.failed.due().as_ref(), "the system refuses connections");
}

/// The places that there are, and who has them.
#[derive(Debug)]
struct Places {
    most: usize,
    per_address: usize,
    taken: Mutex<Taken>,
    refused: Minutely,
    failed: Minutely,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    fn new(limits: &ListenerLimits) -> Arc<Self> {
        let most = limits.connections.min(descriptors() / SHARE).max(1);
        if most < limits.connections {
            tracing::warn!(
                most,
                message_zh = "可打开的文件数过少：请调高 LimitNOFILE 或 ulimit -n",
                "few file descriptors: raise the limit (LimitNOFILE, ulimit -n)"
            );
        }
        let (taken, refused, failed) = (Mutex::default(), Minutely::default(), Minutely::default());
        Arc::new(Self { most, per_address: limits.per_address, taken, refused, failed })
    }

    fn take(places: &Arc<Self>, from: IpAddr) -> Option<Place> {
        let address = network(from);
        let mut taken = places.lock();
        let (all, here) = (taken.all, taken.by_address.get(&address).copied().unwrap_or_default());
        let has_room = if from.to_canonical().is_loopback() {
            all < places.most
        } else {
            all < places.most - places.most / KEPT && here < places.per_address
        };
        if !has_room {
            drop(taken);
            tell(places.refused.count(from).as_ref(), "too many connections");
            return None;
        }
        taken.all += 1;
        *taken.by_address.entry(address).or_default() += 1;
        Some(Place { places: Arc::clone(places), address })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(report: Option<&Report>, why: &str) {
    if let Some(Report { count, addresses, last }) = report {
        tracing::warn!(
            count,
            addresses,
            %last,
            why,
            message_zh = "连接已拒绝",
            "connections were turned away"
        );
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        let left = taken.by_address.get(&self.address).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            taken.by_address.remove(&self.address);
        } else {
            taken.by_address.insert(self.address, left);
        }
    }
}

/// How many files this process may have open.
fn descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    match soft {
        Some("unlimited") => usize::MAX,
        soft => soft.and_then(|soft| soft.parse().ok()).unwrap_or(DESCRIPTORS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, per_address: usize) -> Arc<Places> {
        Places::new(&ListenerLimits { connections, per_address, ..ListenerLimits::default() })
    }

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn one_address_has_no_more_than_its_share_and_a_network_of_ipv6_is_one() {
        let places = places(64, 2);
        let held = ["2001:db8::1", "2001:db8::2"].map(|text| Places::take(&places, from(text)).unwrap());
        assert!(Places::take(&places, from("2001:db8::3")).is_none());
        assert!(Places::take(&places, from("2001:db8:0:1::3")).is_some());
        drop(held);
        assert!(Places::take(&places, from("2001:db8::3")).is_some());
        assert!(places.lock().by_address.is_empty(), "nobody who left is remembered");
    }

    #[tokio::test]
    async fn strangers_never_have_the_last_places_and_a_proxy_here_may_have_them_all() {
        let places = places(16, 4);
        let strangers: Vec<_> =
            (0..20_u8).filter_map(|n| Places::take(&places, IpAddr::from([192, 0, 2, n]))).collect();
        assert_eq!(strangers.len(), 14);
        let here: Vec<_> = (0..20).filter_map(|_| Places::take(&places, from("127.0.0.1"))).collect();
        assert_eq!(here.len(), 2);
        drop(strangers);
        let more: Vec<_> = (0..20).filter_map(|_| Places::take(&places, from("::1"))).collect();
        assert_eq!(more.len(), 14);
    }

    #[test]
    fn the_listener_never_has_more_than_a_part_of_the_descriptors() {
        assert!(
            Places::new(&ListenerLimits { connections: usize::MAX, ..ListenerLimits::default() }).most
                <= descriptors() / SHARE
        );
    }
}
