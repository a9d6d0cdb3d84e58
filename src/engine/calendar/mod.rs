//! Working days and the ends of periods, for one authority: its calendar is data, its time zone is
//! an IANA zone. Promises that a citizen and an officer are told the same day, that the parts of
//! a divided period add up exactly, and that no text of a definition makes a loop run long.
//! Reads no clock: every instant comes from the caller.
//!
//! A day ends at midnight there; the day of the event does not count; an interval (a, b] counts
//! the days d with a < d ≤ b.

mod office;
mod period;
mod quiet;
mod recurring;
mod working_days;

#[cfg(test)]
mod tests;

pub use office::OfficeTime;
pub use period::{Duration, Unit};
pub use quiet::{Quiet, time_of_day};
pub use recurring::Recurring;
pub use working_days::Calendar;
