//! Whose request it is: the other end of the connection, or whom a proxy on this machine names; and what shows that a
//! proxy is in between at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;

/// What proxies and content networks add to a request. `X-Forwarded-…` goes by its beginning.
const OF_PROXIES: [&str; 8] = [
    "via",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "true-client-ip",
    "cf-connecting-ip",
];

/// Somebody hands on a request of somebody else.
pub(super) fn is_proxied(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| name.as_str().starts_with("x-forwarded-") || OF_PROXIES.contains(&name.as_str()))
}

/// Whom the request comes from. A proxy on this machine is believed, and so is one of `trusted`: it names its other end
/// last. One elsewhere is not: what it hands on comes from it.
pub(super) fn remote(request: &Request, trusted: &[IpAddr]) -> IpAddr {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = connection.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip().to_canonical());
    let is_believed = |address: &IpAddr| address.is_loopback() || trusted.contains(address);
    if is_believed(&peer) { named(request.headers(), is_believed).unwrap_or(peer) } else { peer }
}

/// Who stands last before the proxies that are believed: further to the left anybody can have written anything.
fn named(headers: &HeaderMap, is_believed: impl Fn(&IpAddr) -> bool) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let all: Vec<_> = lines.flat_map(|line| line.split(',')).collect();
    let mut nearest = None;
    for text in all.iter().rev() {
        let Some(address) = address(text) else { break };
        nearest = Some(address);
        if !is_believed(&address) {
            break;
        }
    }
    nearest.or_else(|| address(headers.get_all("x-real-ip").iter().next_back()?.to_str().ok()?))
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    Some(address.ok()?.to_canonical())
}

/// Who has one address of IPv6 has 2⁶⁴ of them.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn from(peer: &str, headers: &[(&str, &str)]) -> String {
        through(peer, headers, &[])
    }

    fn through(peer: &str, headers: &[(&str, &str)], trusted: &[IpAddr]) -> String {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        remote(&request, trusted).to_string()
    }

    #[test]
    fn a_proxy_on_this_machine_is_believed_and_one_elsewhere_is_not() {
        let forwarded = |value| [("x-forwarded-for", value)];
        assert_eq!(from("127.0.0.1:5000", &forwarded("198.51.100.9, 192.0.2.7")), "192.0.2.7");
        assert_eq!(from("[::1]:5000", &[("x-real-ip", "2001:db8::7")]), "2001:db8::7");
        assert_eq!(from("127.0.0.1:5000", &forwarded("192.0.2.7:4711")), "192.0.2.7");
        assert_eq!(from("127.0.0.1:5000", &forwarded("[2001:db8::7]:4711")), "2001:db8::7");
        assert_eq!(from("203.0.113.5:5000", &forwarded("192.0.2.7")), "203.0.113.5");
        assert_eq!(from("127.0.0.1:5000", &forwarded("nobody")), "127.0.0.1");
        let twice = [("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(from("127.0.0.1:5000", &twice), "192.0.2.7", "the last line is the proxy's");
    }

    #[test]
    fn a_proxy_that_is_trusted_is_believed_and_what_was_written_before_it_is_not() {
        let trusted: [IpAddr; 2] = ["10.0.0.5".parse().unwrap(), "10.0.0.6".parse().unwrap()];
        let forwarded = |value| [("x-forwarded-for", value)];
        let far = |peer, value| through(peer, &forwarded(value), &trusted);
        assert_eq!(far("10.0.0.5:5000", "198.51.100.9, 192.0.2.7"), "192.0.2.7");
        assert_eq!(
            far("10.0.0.5:5000", "198.51.100.9, 192.0.2.7, 10.0.0.6"),
            "192.0.2.7",
            "one behind the other"
        );
        assert_eq!(far("10.0.0.5:5000", "192.0.2.7, nobody"), "10.0.0.5", "what is no address names nobody");
        assert_eq!(far("10.0.0.7:5000", "192.0.2.7"), "10.0.0.7", "not one of them");
    }
}
