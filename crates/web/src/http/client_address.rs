//! Whose request it is, behind proxies or not.
//!
//! `X-Forwarded-For` is written by whoever sends the request; only what a trusted proxy appended
//! is true. So it is read from the right, and only from a trusted peer.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// More hops than any chain of proxies has.
const MAX_HOPS: usize = 32;

/// The sender of a request. Handlers may extract it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Where the request began, as far as it can be believed.
    pub address: IpAddr,
    /// The other end of the connection: the client, or the proxy next to us.
    pub peer: IpAddr,
    /// Whether the peer is a proxy whose `X-Forwarded-*` headers are believed.
    pub behind_trusted_proxy: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    /// The unspecified address where the router runs without its layers or a connection.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let unknown = IpAddr::from(Ipv4Addr::UNSPECIFIED);
        let nobody = Self { address: unknown, peer: unknown, behind_trusted_proxy: false };
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(nobody))
    }
}

/// A setting that is not a list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {position} is not a network such as 10.0.0.0/8 or an address")]
pub struct NotANetwork {
    /// Which entry, counted from one.
    pub position: usize,
}

/// The networks whose `X-Forwarded-*` headers are believed (`DOORSTEP_TRUSTED_PROXIES`).
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Arc<[IpNet]>,
    warned: Arc<AtomicBool>,
}

impl TrustedProxies {
    /// Reads comma-separated networks or addresses; empty text trusts nobody.
    pub fn parse(text: &str) -> Result<Self, NotANetwork> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let entries = text.split(',').map(str::trim).enumerate();
        let networks = entries
            .map(|(index, entry)| network(entry).ok_or(NotANetwork { position: index + 1 }))
            .collect::<Result<Arc<[_]>, _>>()?;
        Ok(Self { networks, warned: Arc::default() })
    }

    /// Whether this address is one of the proxies.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Who sent a request that came from `peer` with these headers.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let peer = peer.to_canonical();
        let behind_trusted_proxy = self.trusts(peer);
        let address = if behind_trusted_proxy { self.origin(peer, headers) } else { peer };
        if !behind_trusted_proxy && headers.contains_key(X_FORWARDED_FOR) {
            self.warn_once();
        }
        Client { address, peer, behind_trusted_proxy }
    }

    pub(super) fn client_of(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<Client> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(self.client(peer.ip(), headers))
    }

    /// The rightmost hop that is not a proxy of ours. A hop that cannot be read ends the search:
    /// what stands left of it was not written by a proxy we know.
    fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer;
        let values = headers.get_all(X_FORWARDED_FOR).iter().collect::<Vec<_>>();
        let values = values.into_iter().rev().map(|value| value.to_str().unwrap_or_default());
        for hop in values.flat_map(|value| value.rsplit(',')).take(MAX_HOPS) {
            let Some(address) = hop_address(hop.trim()) else { break };
            nearest = address;
            if !self.trusts(address) {
                break;
            }
        }
        nearest
    }

    fn warn_once(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "ignoring X-Forwarded-For from a peer that is not in DOORSTEP_TRUSTED_PROXIES; \
                 set it if this server stands behind a proxy"
            );
        }
    }
}

const X_FORWARDED_FOR: &str = "x-forwarded-for";

fn network(entry: &str) -> Option<IpNet> {
    let address = || entry.parse::<IpAddr>().ok().map(IpNet::from);
    entry.parse().ok().or_else(address)
}

/// An address as proxies write it: bare, or with a port, IPv6 in brackets then.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a literal that does not parse fails the test")]

    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        let proxies = TrustedProxies::parse(trusted).unwrap();
        proxies.client(peer.parse().unwrap(), &headers).address.to_string()
    }

    #[test]
    fn an_untrusted_peer_cannot_choose_its_address() {
        assert_eq!(client("", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn the_rightmost_hop_outside_the_trusted_networks_counts() {
        let trusted = "10.0.0.0/8, 2001:db8:1::/48";

        assert_eq!(client(trusted, "10.0.0.1", &["1.1.1.1, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(trusted, "10.0.0.1", &["198.51.100.7, 10.9.9.9"]), "198.51.100.7");
        assert_eq!(client(trusted, "10.0.0.1", &["198.51.100.7", "10.9.9.9"]), "198.51.100.7");
        assert_eq!(client(trusted, "2001:db8:1::5", &["2001:db8:2::6"]), "2001:db8:2::6");
    }

    #[test]
    fn hops_are_read_with_ports_and_as_mapped_addresses() {
        assert_eq!(client("10.0.0.1", "10.0.0.1", &["198.51.100.7:4321"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", "::ffff:10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", "10.0.0.1", &["::ffff:198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn a_hop_that_cannot_be_read_ends_the_search() {
        assert_eq!(client("10.0.0.1", "10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "10.0.0.1", &["198.51.100.7, nobody, 10.0.0.1"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_setting_that_is_no_network_is_refused_with_its_place() {
        assert!(TrustedProxies::parse("").is_ok());
        assert_eq!(TrustedProxies::parse("10.0.0.0/8,proxy").unwrap_err().position, 2);
        assert_eq!(TrustedProxies::parse("10.0.0.0/33").unwrap_err().position, 1);
        assert_eq!(TrustedProxies::parse("10.0.0.1,").unwrap_err().position, 2);
    }

    #[test]
    fn the_warning_is_given_once() {
        let proxies = TrustedProxies::default();
        let headers = HeaderMap::from_iter([(
            "x-forwarded-for".parse().unwrap(),
            "1.1.1.1".parse().unwrap(),
        )]);

        proxies.client("203.0.113.9".parse().unwrap(), &headers);

        assert!(proxies.warned.load(Ordering::Relaxed));
    }
}
