//! How much is taken of whom: rates, and whose word is believed about where a request came from.

use std::net::IpAddr;
use std::str::FromStr;

/// Requests at once, where only those a second are given: so many seconds' worth.
const BURST_SECONDS: u32 = 10;
/// Highest number of requests, a second or at once.
const REQUESTS_MAX: u32 = 10_000_000;

/// How often somebody may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run.
    pub per_second: u32,
    /// At once, after a pause.
    pub burst: u32,
}

/// A rate, or none: `100`, `100,1000` or `0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MaybeRate(pub Option<Rate>);

impl FromStr for MaybeRate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n <= REQUESTS_MAX).ok_or(());
        let (per_second, burst) = match text.split_once(',') {
            Some((rate, burst)) => (number(rate)?, number(burst)?),
            None => {
                let rate = number(text)?;
                (rate, rate.saturating_mul(BURST_SECONDS))
            }
        };
        match (per_second, burst) {
            (0, 0) => Ok(Self(None)),
            (0, _) | (_, 0) => Err(()),
            (per_second, burst) => Ok(Self(Some(Rate { per_second, burst }))),
        }
    }
}

/// Addresses with the same beginning: `10.0.0.0/8`, or one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    mask: u128,
}

impl Network {
    /// Whether an address lies in it. IPv4 in the dress of IPv6 is IPv4.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.bits
    }
}

/// Every address as one of IPv6.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().map_err(|_| ())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let (whole, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.unwrap_or(whole);
        if length > whole {
            return Err(());
        }
        let mask = u128::MAX.checked_shl(128 - before - length).unwrap_or(0);
        let network = Self { bits: bits(address), mask };
        // A host's address with the length of a network is a slip.
        if network.bits & mask == network.bits { Ok(network) } else { Err(()) }
    }
}

/// A list of networks, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Networks(pub Vec<Network>);

impl FromStr for Networks {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.split(',').map(|one| one.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_a_burst_and_zero_is_none() {
        let read = |text: &str| text.parse::<MaybeRate>().map(|rate| rate.0.map(|rate| (rate.per_second, rate.burst)));
        assert_eq!(read("100"), Ok(Some((100, 1_000))));
        assert_eq!(read("100, 250"), Ok(Some((100, 250))));
        assert_eq!(read("0"), Ok(None));
        for bad in ["", "-1", "1.5", "0,5", "5,0", "1,2,3", "99999999", "many"] {
            assert_eq!(read(bad), Err(()), "{bad}");
        }
    }

    #[test]
    fn a_network_has_its_addresses() {
        let has = |network: &str, address: &str| {
            let network: Network = network.parse().expect("a network");
            network.has(address.parse().expect("an address"))
        };
        assert!(has("10.0.0.0/8", "10.255.0.1") && !has("10.0.0.0/8", "11.0.0.1"));
        assert!(has("127.0.0.1", "127.0.0.1") && !has("127.0.0.1", "127.0.0.2"));
        assert!(has("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(has("fd00::/8", "fdff::1") && !has("fd00::/8", "fe80::1"));
        assert!(has("0.0.0.0/0", "9.9.9.9") && !has("0.0.0.0/0", "2001:db8::1"));
        assert!(has("::/0", "9.9.9.9"));
        for bad in ["", "10.0.0.1/8", "10.0.0.0/33", "10.0.0/8", "proxy", "::1/129", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert_eq!("10.0.0.0/8, ::1".parse::<Networks>().map(|all| all.0.len()), Ok(2));
        assert!("10.0.0.0/8,".parse::<Networks>().is_err());
    }
}
