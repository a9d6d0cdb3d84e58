//! Work that follows a commit: an effect is queued in the transaction that decides it, and performed afterwards, as
//! often as it takes. Promises that what was committed is performed at least once, that two workers do not hold one job
//! at a time, and that a job that keeps failing is parked and counted, never dropped.
//!
//! A job may run twice (its worker died after the work): every handler is written so that the second time changes
//! nothing. What the kinds of jobs are and do belongs to the rooms that queue them; when they run, to `jobs/`.

mod backoff;
mod operate;
mod store;
mod told;
mod worker;

pub use backoff::ATTEMPTS;
pub use operate::{Filter, Queued, State, find, list, retry};
pub use store::{Claimed, Columns, Depth, Fate, Job, claim, depth, done, enqueue, failed, hurry, postpone, report};
pub use worker::{Next, Worker};
