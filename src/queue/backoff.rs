//! How long a failed job waits.

use jiff::SignedDuration;

use crate::kernel::random;

/// After the last of them a job is parked. With the waits below that is four to five days of trying, as RFC 5321 (4.5.4.1)
/// asks of mail: another system may be away over a long weekend. Who operates the server sees earlier what waits.
pub const ATTEMPTS: i32 = 72;
/// After the first failure; doubled after each further one.
const FIRST: SignedDuration = SignedDuration::from_secs(15);
/// No wait is longer: so soon after its return everything has reached a system that was away.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// After so many the bound is reached.
const DOUBLINGS: i32 = 10;

/// The wait after that many attempts: between three quarters and the whole of a doubling length, so that jobs that
/// failed together do not come back together.
pub(super) fn wait(attempts: i32) -> SignedDuration {
    let doublings = u32::try_from(attempts.clamp(1, DOUBLINGS) - 1).unwrap_or_default();
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let quarter = whole.as_micros() / 4;
    let share = i128::from(u16::from_le_bytes(random::bytes()));
    let less = quarter * share / i128::from(u16::MAX);
    whole - SignedDuration::from_micros(i64::try_from(less).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_bound_and_varies() {
        for (attempts, whole) in [(0, 15), (1, 15), (2, 30), (3, 60), (9, 3_840), (10, 7_200), (i32::MAX, 7_200)] {
            let whole = SignedDuration::from_secs(whole);
            let waits: Vec<_> = (0..50).map(|_| wait(attempts)).collect();
            assert!(waits.iter().all(|w| *w <= whole && *w >= whole * 3 / 4), "{attempts}: {waits:?}");
            assert!(waits.iter().any(|w| *w != waits[0]), "no jitter after {attempts}");
        }
    }

    #[test]
    fn what_is_away_for_days_is_waited_for() {
        let length: SignedDuration = (1..ATTEMPTS).map(wait).sum();
        assert!(length > SignedDuration::from_hours(92), "{length}");
    }
}
