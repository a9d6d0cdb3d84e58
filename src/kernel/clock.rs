//! Business time: what deadlines, timers and dates on papers go by. The machine's own time (tokens, TLS, time-outs)
//! is [`machine_now`]; the two differ where a demonstration or a test has moved business time.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The machine's clock: tokens and time-outs only, never a deadline.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
pub fn machine_now() -> Timestamp {
    // Microseconds are what PostgreSQL keeps: a value read back equals the value written.
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// The clock of business time; shared by everything in the process.
#[derive(Debug)]
pub struct Clock {
    /// Microseconds by which business time runs ahead of the machine's.
    ahead: AtomicI64,
    /// Microseconds since the epoch at which time stands still; `i64::MIN` where it runs.
    frozen: AtomicI64,
}

const RUNS: i64 = i64::MIN;

impl Default for Clock {
    fn default() -> Self {
        Self { ahead: AtomicI64::new(0), frozen: AtomicI64::new(RUNS) }
    }
}

impl Clock {
    /// A clock that stands still until it is moved: for tests.
    #[must_use]
    pub fn frozen(at: Timestamp) -> Self {
        Self { ahead: AtomicI64::new(0), frozen: AtomicI64::new(at.as_microsecond()) }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        let frozen = self.frozen.load(Ordering::SeqCst);
        if frozen != RUNS {
            return Timestamp::from_microsecond(frozen).unwrap_or(Timestamp::UNIX_EPOCH);
        }
        let ahead = SignedDuration::from_micros(self.ahead.load(Ordering::SeqCst));
        machine_now().checked_add(ahead).unwrap_or_else(|_| machine_now())
    }

    /// Moves business time forward. Time never goes back: a negative length is ignored.
    pub fn forward(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros().max(0)).unwrap_or(i64::MAX / 4);
        if self.frozen.load(Ordering::SeqCst) == RUNS {
            self.ahead.fetch_add(micros, Ordering::SeqCst);
        } else {
            self.frozen.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// Follows a move that was made elsewhere: business time runs ahead by at least so much. A clock that stands still is
    /// left alone.
    pub fn keep_up(&self, ahead: SignedDuration) {
        let micros = i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX / 4);
        self.ahead.fetch_max(micros, Ordering::SeqCst);
    }

    /// By how much business time runs ahead of the machine's.
    #[must_use]
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_micros(self.ahead.load(Ordering::SeqCst))
    }
}
