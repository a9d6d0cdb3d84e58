//! Tokens that were verified a moment ago.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Claims;

/// Tokens kept at most. Those verified first are forgotten first.
pub(super) const ENTRIES_MAX: usize = 10_000;
/// How long a token is believed without looking again.
const BELIEVED: SignedDuration = SignedDuration::from_secs(60);

/// SHA-256 of the token: the tokens themselves are not kept.
type Hash = [u8; 32];

#[derive(Default)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    claims: HashMap<Hash, (Claims, Timestamp)>,
    order: VecDeque<Hash>,
}

impl Cache {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing in here can be left half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, hash: &Hash, now: Timestamp) -> Option<Claims> {
        let kept = self.kept();
        let (claims, until) = kept.claims.get(hash)?;
        (now < *until).then(|| claims.clone())
    }

    pub(super) fn put(&self, hash: Hash, claims: &Claims, now: Timestamp) {
        let until = now.checked_add(BELIEVED).unwrap_or(now).min(claims.expires);
        if until <= now {
            return;
        }
        let mut kept = self.kept();
        // Gone first: what is over; and one more where all are still good.
        for _ in 0..ENTRIES_MAX {
            let Some(oldest) = kept.order.front().copied() else { break };
            let over = kept.claims.get(&oldest).is_none_or(|(_, until)| *until <= now);
            if !over && kept.order.len() < ENTRIES_MAX {
                break;
            }
            kept.order.pop_front();
            kept.claims.remove(&oldest);
        }
        if kept.claims.insert(hash, (claims.clone(), until)).is_none() {
            kept.order.push_back(hash);
        }
    }

    #[cfg(test)]
    fn len(&self) -> (usize, usize) {
        let kept = self.kept();
        (kept.claims.len(), kept.order.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Assurance;

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).expect("a moment")
    }

    fn claims(expires: i64) -> Claims {
        let assurance = Assurance::Low;
        Claims { issuer: "i".into(), subject: "s".into(), client: None, assurance, expires: second(expires) }
    }

    fn hash(number: usize) -> Hash {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        hash
    }

    #[test]
    fn a_token_is_believed_for_a_minute_and_never_past_its_end() {
        let cache = Cache::default();
        cache.put(hash(1), &claims(1_000), second(0));
        cache.put(hash(2), &claims(10), second(0));
        cache.put(hash(3), &claims(0), second(0));
        assert!(cache.get(&hash(1), second(59)).is_some());
        assert!(cache.get(&hash(1), second(60)).is_none());
        assert!(cache.get(&hash(2), second(9)).is_some());
        assert!(cache.get(&hash(2), second(10)).is_none());
        assert!(cache.get(&hash(3), second(0)).is_none());
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let cache = Cache::default();
        for number in 0..ENTRIES_MAX + 50 {
            cache.put(hash(number), &claims(1_000), second(0));
        }
        assert_eq!(cache.len(), (ENTRIES_MAX, ENTRIES_MAX));
        assert!(cache.get(&hash(49), second(1)).is_none(), "the first are forgotten");
        assert!(cache.get(&hash(50), second(1)).is_some());
        cache.put(hash(0), &claims(1_000), second(61));
        assert_eq!(cache.len(), (1, 1), "what is over is swept");
    }
}
