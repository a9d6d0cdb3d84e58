//! Cases whose deadlines could not be applied, and where the last round stopped. Known to this server only: after a
//! restart, and on another replica, they are tried again at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::kernel::CaseId;

/// A case rests so long after its first failure; twice as long after each further one.
const FIRST: SignedDuration = SignedDuration::from_secs(10);
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// Of one case the log tells no more often.
const TOLD: SignedDuration = SignedDuration::from_mins(5);
/// Cases that are remembered; those beyond it are tried again in the next round.
const KEPT: usize = 10_000;

/// Cheap to clone: everything in it is shared.
#[derive(Debug, Clone, Default)]
pub struct Failing {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    cases: BTreeMap<CaseId, One>,
    /// Behind this deadline and case the next round goes on; at the earliest deadline where it is none.
    place: Option<(Timestamp, CaseId)>,
}

#[derive(Debug)]
struct One {
    rest: SignedDuration,
    until: Timestamp,
    told: Timestamp,
}

impl Failing {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // No invariant spans two of its statements.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn place(&self) -> Option<(Timestamp, CaseId)> {
        self.inner().place
    }

    pub(in crate::cases) fn go_on(&self, place: Option<(Timestamp, CaseId)>) {
        self.inner().place = place;
    }

    pub(super) fn is_resting(&self, case: CaseId, now: Timestamp) -> bool {
        self.inner().cases.get(&case).is_some_and(|one| one.until > now)
    }

    pub(super) fn well(&self, case: CaseId) {
        self.inner().cases.remove(&case);
    }

    /// Whether the log is to tell of it.
    pub(super) fn failed(&self, case: CaseId, now: Timestamp) -> bool {
        let mut inner = self.inner();
        let until = |rest| now.checked_add(rest).unwrap_or(now);
        if let Some(one) = inner.cases.get_mut(&case) {
            one.rest = one.rest.saturating_mul(2).min(LONGEST);
            one.until = until(one.rest);
            let again = now.duration_since(one.told) >= TOLD;
            if again {
                one.told = now;
            }
            return again;
        }
        if inner.cases.len() >= KEPT {
            // What rests no more has been forgotten by everybody or is about to fail again.
            inner.cases.retain(|_, one| one.until > now);
        }
        let room = inner.cases.len() < KEPT;
        if room {
            inner.cases.insert(case, One { rest: FIRST, until: until(FIRST), told: now });
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_fails_rests_longer_each_time_and_is_told_of_now_and_then() {
        let failing = Failing::default();
        let (case, begun) = (CaseId::make(), Timestamp::UNIX_EPOCH);
        let (mut told, mut tries) = (0, 0);
        // An hour of rounds, one a second.
        for second in 0..3_600 {
            let now = begun.checked_add(SignedDuration::from_secs(second)).expect("an instant");
            if !failing.is_resting(case, now) {
                tries += 1;
                told += usize::from(failing.failed(case, now));
            }
        }
        assert!((8..=14).contains(&tries), "{tries} tries");
        assert!((4..=12).contains(&told), "{told} times told");
        failing.well(case);
        assert!(!failing.is_resting(case, begun));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let failing = Failing::default();
        let told = (0..KEPT + 10).filter(|_| failing.failed(CaseId::make(), Timestamp::UNIX_EPOCH)).count();
        assert_eq!((told, failing.inner().cases.len()), (KEPT, KEPT));
    }
}
