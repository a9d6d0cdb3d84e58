//! How often somebody may ask: a bucket of tokens for each address and for each caller. Promises that it holds no more
//! than its table whatever strangers send, and that a request costs it one short lock that hardly two workers share.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::kernel::settings::{Rate, Settings};
use crate::kernel::{Error, Result};

/// Buckets of one kind: `SETS × WAYS`, half a megabyte.
const SETS: usize = 4_096;
const WAYS: usize = 8;
const SECOND: u64 = 1_000_000_000;
/// Bits of an address of IPv6 by which one customer of a network is told from the next.
const CUSTOMER: u32 = 64;

/// How often somebody was refused, by which limit.
pub const REFUSED: &str = "guichet_refused_total";

/// The limits of a server.
pub struct Rates {
    addresses: Option<Buckets>,
    callers: Option<Buckets>,
    hasher: RandomState,
    began: Instant,
}

impl Rates {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            addresses: settings.rate_address.map(Buckets::new),
            callers: settings.rate_caller.map(Buckets::new),
            hasher: RandomState::new(),
            began: Instant::now(),
        }
    }

    /// Counts a request from this address.
    ///
    /// # Errors
    /// [`Error::TooMany`] where there were too many.
    pub fn address(&self, address: IpAddr) -> Result<()> {
        let Some(buckets) = &self.addresses else { return Ok(()) };
        self.count(buckets, self.hasher.hash_one(customer(address)), "address")
    }

    /// Counts a request by whom this issuer calls by this subject.
    ///
    /// # Errors
    /// [`Error::TooMany`] where there were too many.
    pub fn caller(&self, issuer: &str, subject: &str) -> Result<()> {
        let Some(buckets) = &self.callers else { return Ok(()) };
        self.count(buckets, self.hasher.hash_one((issuer, subject)), "caller")
    }

    fn count(&self, buckets: &Buckets, key: u64, limit: &'static str) -> Result<()> {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        buckets.take(key, now).map_err(|wait| {
            metrics::counter!(REFUSED, "limit" => limit).increment(1);
            Error::TooMany(u32::try_from(wait.div_ceil(SECOND)).unwrap_or(u32::MAX).max(1))
        })
    }
}

/// By which one customer's requests are counted together: IPv4 whole, of IPv6 what a customer is given.
#[must_use]
pub fn customer(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits() >> (128 - CUSTOMER) << (128 - CUSTOMER),
    }
}

/// Buckets that fill by themselves, by the generic cell rate algorithm: of each it is only kept at what moment it will
/// be full again. A bucket that is full is the same as none, so that nothing has to be swept.
struct Buckets {
    sets: Box<[Mutex<[Bucket; WAYS]>]>,
    /// Nanoseconds between two requests in the long run.
    interval: u64,
    /// By how many nanoseconds a bucket may be ahead of the moment before it is empty.
    ahead: u64,
}

#[derive(Clone, Copy, Default)]
struct Bucket {
    key: u64,
    full_at: u64,
}

impl Buckets {
    fn new(rate: Rate) -> Self {
        let interval = (SECOND / u64::from(rate.per_second.max(1))).max(1);
        let ahead = interval.saturating_mul(u64::from(rate.burst.saturating_sub(1)));
        Self { sets: (0..SETS).map(|_| Mutex::new([Bucket::default(); WAYS])).collect(), interval, ahead }
    }

    /// Takes one token at the moment `now`.
    ///
    /// # Errors
    /// Nanoseconds until there is one.
    fn take(&self, key: u64, now: u64) -> Result<(), u64> {
        let place = usize::try_from(key % (SETS as u64)).unwrap_or(0);
        // Nothing in here can be left half done.
        let mut set = self.sets[place].lock().unwrap_or_else(PoisonError::into_inner);
        let known = set.iter().position(|bucket| bucket.key == key && bucket.full_at > now);
        let at = known.unwrap_or_else(|| {
            // The fullest one makes room: there is least to be forgotten.
            let fullest = (0..WAYS).min_by_key(|at| set[*at].full_at).unwrap_or(0);
            set[fullest] = Bucket { key, full_at: now };
            fullest
        });
        let bucket = &mut set[at];
        let ahead = bucket.full_at - now;
        if ahead > self.ahead {
            return Err(ahead - self.ahead);
        }
        bucket.full_at += self.interval;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(per_second: u32, burst: u32) -> Buckets {
        Buckets::new(Rate { per_second, burst })
    }

    fn taken(buckets: &Buckets, key: u64, now: u64, tries: usize) -> usize {
        (0..tries).filter(|_| buckets.take(key, now).is_ok()).count()
    }

    #[test]
    fn a_bucket_gives_its_burst_and_fills_again() {
        let buckets = buckets(10, 5);
        assert_eq!(taken(&buckets, 7, SECOND, 20), 5);
        assert_eq!(buckets.take(7, SECOND), Err(SECOND / 10), "the wait is told");
        assert_eq!(taken(&buckets, 7, SECOND + SECOND / 10, 20), 1);
        assert_eq!(taken(&buckets, 7, 3 * SECOND, 20), 5, "no more than a burst gathers");
        assert_eq!(taken(&buckets, 8, 3 * SECOND, 20), 5, "everybody has one");
        // In the long run the rate, however often it is tried.
        let run: usize = (30..130).map(|tenth| taken(&buckets, 9, tenth * SECOND / 10, 3)).sum();
        assert_eq!(run, 4 + 100);
    }

    #[test]
    fn it_holds_no_more_than_its_table_and_forgets_the_fullest() {
        let buckets = buckets(1, 10);
        let same_set = |n: u64| n * SETS as u64 + 3;
        // One that asks a lot, and more others of its set than there is room for.
        assert_eq!(taken(&buckets, same_set(1), 0, 20), 10);
        for other in 2..100 {
            assert!(buckets.take(same_set(other), 0).is_ok());
        }
        assert_eq!(taken(&buckets, same_set(1), 0, 20), 0, "it is remembered");
        let held: usize = buckets.sets.iter().map(|set| set.lock().expect("a set").len()).sum();
        assert_eq!(held, SETS * WAYS);
    }

    #[test]
    fn a_customer_is_an_address_or_a_network_of_it() {
        let same =
            |a: &str, b: &str| customer(a.parse().expect("an address")) == customer(b.parse().expect("an address"));
        assert!(same("2001:db8:1:2::3", "2001:db8:1:2:ffff::9") && !same("2001:db8:1:2::3", "2001:db8:1:3::3"));
        assert!(same("10.0.0.1", "::ffff:10.0.0.1") && !same("10.0.0.1", "10.0.0.2"));
    }

    #[test]
    fn without_a_limit_nobody_is_refused() {
        let none = Rates { addresses: None, callers: None, hasher: RandomState::new(), began: Instant::now() };
        for _ in 0..100_000 {
            assert!(none.address(IpAddr::from([127, 0, 0, 1])).is_ok() && none.caller("i", "s").is_ok());
        }
    }
}
