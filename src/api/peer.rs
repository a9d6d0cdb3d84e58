//! Where a request came from: the address of the connection, or what a proxy that is trusted says of it.

use std::net::IpAddr;

use actix_web::http::header::{self, HeaderMap};

use crate::kernel::settings::Network;

/// Hops that are looked at, from the nearest.
const HOPS_MAX: usize = 32;

/// The nearest address that is no proxy of ours. What stands further away was said by it, and may be invented.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let is_ours = |address: IpAddr| proxies.iter().any(|network| network.has(address));
    // The usual case first: nobody is trusted, and nothing is read.
    if proxies.is_empty() || !is_ours(peer) {
        return peer;
    }
    let mut nearest = peer;
    for hop in hops(headers).take(HOPS_MAX) {
        // A name or a riddle in place of an address: who passed it on is the last who is known.
        let Some(address) = hop else { break };
        nearest = address;
        if !is_ours(address) {
            break;
        }
    }
    nearest
}

/// The addresses that were passed on, the nearest first: those of `X-Forwarded-For`, which nearly every proxy writes;
/// those of `Forwarded` (RFC 7239) only where there is no other.
fn hops(headers: &HeaderMap) -> Box<dyn Iterator<Item = Option<IpAddr>> + '_> {
    const FOR: &str = "x-forwarded-for";
    let values = |name: &str| {
        let mut values: Vec<&str> =
            headers.get_all(name).map(|value| value.to_str().unwrap_or_default()).take(HOPS_MAX).collect();
        values.reverse();
        values
    };
    if headers.contains_key(FOR) {
        return Box::new(values(FOR).into_iter().flat_map(|line| line.rsplit(',').map(address)));
    }
    let named = |element: &str| {
        let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
        named.next().and_then(|(_, node)| address(node.trim().trim_matches('"')))
    };
    Box::new(values(header::FORWARDED.as_str()).into_iter().flat_map(move |line| line.rsplit(',').map(named)))
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let host = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => text.rsplit_once(':')?.0,
    };
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked(peer: &str, headers: &[(&str, &str)], proxies: &[&str]) -> String {
        let mut request = TestRequest::get();
        for header in headers {
            request = request.append_header(*header);
        }
        let proxies: Vec<Network> = proxies.iter().map(|p| p.parse().expect("a network")).collect();
        client(peer.parse().expect("an address"), request.to_http_request().headers(), &proxies).to_string()
    }

    #[test]
    fn only_a_proxy_that_is_trusted_is_believed() {
        let said = [("x-forwarded-for", "203.0.113.9")];
        assert_eq!(asked("127.0.0.1", &said, &[]), "127.0.0.1");
        assert_eq!(asked("10.0.0.5", &said, &["10.0.0.0/30"]), "10.0.0.5");
        assert_eq!(asked("10.0.0.5", &said, &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(asked("10.0.0.5", &[], &["10.0.0.0/8"]), "10.0.0.5");
    }

    #[test]
    fn the_nearest_that_is_no_proxy_counts_and_what_it_invented_does_not() {
        let proxies = ["10.0.0.0/8"];
        let by = |value: &str| asked("10.0.0.5", &[("x-forwarded-for", value)], &proxies);
        assert_eq!(by("1.1.1.1, 203.0.113.9"), "203.0.113.9");
        assert_eq!(by("1.1.1.1, 203.0.113.9, 10.0.0.7"), "203.0.113.9");
        assert_eq!(by("10.1.1.1, 10.0.0.7"), "10.1.1.1", "the first of ours, where all are");
        assert_eq!(by("1.1.1.1, unknown, 10.0.0.7"), "10.0.0.7");
        assert_eq!(by(""), "10.0.0.5");
        assert_eq!(by("203.0.113.9:4711"), "203.0.113.9");
        assert_eq!(by("[2001:db8::9]:4711"), "2001:db8::9");
        assert_eq!(by("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(by(&"10.0.0.7,".repeat(5_000)), "10.0.0.5", "an empty hop");
        let lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "10.0.0.7")];
        assert_eq!(asked("10.0.0.5", &lines, &proxies), "203.0.113.9");
    }

    #[test]
    fn the_standard_header_counts_where_the_other_is_not_there() {
        let proxies = ["10.0.0.0/8"];
        let by = |value: &str| asked("10.0.0.5", &[("forwarded", value)], &proxies);
        assert_eq!(by("for=1.1.1.1, for=203.0.113.9;proto=https"), "203.0.113.9");
        assert_eq!(by("proto=https;For=\"[2001:db8::9]:4711\""), "2001:db8::9");
        assert_eq!(by("for=_hidden, for=10.0.0.7"), "10.0.0.7");
        let both = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(asked("10.0.0.5", &both, &proxies), "203.0.113.9");
    }
}
