//! The loop that performs jobs of some kinds.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument;

use super::store::PARKED;
use super::told::told;
use super::{Claimed, Fate, claim, done, failed, postpone};
use crate::kernel::{Error, Result};
use crate::postgres::{Database, Together, sql};

/// What a worker takes, and how.
#[derive(Debug, Clone, Copy)]
pub struct Worker {
    pub kinds: &'static [&'static str],
    /// Jobs in its hands at a time.
    pub at_once: usize,
    /// How long a job may stay in its hands. The work itself is broken off after three quarters of it, counted from when
    /// it begins, so that it has ended before somebody else may begin.
    pub lease: Duration,
    /// How long it sleeps when there is nothing to do.
    pub pause: Duration,
    /// How long what is in its hands may still take once it is told to stop; then it is given back.
    pub grace: Duration,
}

/// What becomes of a job that was performed without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Done,
    /// It was not time for it yet: it comes back after the wait.
    Later {
        wait: SignedDuration,
        why: &'static str,
    },
}

impl From<()> for Next {
    fn from((): ()) -> Self {
        Self::Done
    }
}

/// How long, and how often, it is tried to write that a job is done while the database is away: what is not written is
/// done again.
const AGAIN: Duration = Duration::from_secs(1);
const TRIES: usize = 3_600;

impl Worker {
    /// For work that talks to another system.
    #[must_use]
    pub fn of(kinds: &'static [&'static str]) -> Self {
        Self {
            kinds,
            at_once: 8,
            lease: Duration::from_secs(60),
            pause: Duration::from_millis(250),
            grace: Duration::from_secs(5),
        }
    }

    /// Performs jobs until `stop` says so or its sender is gone; those in hand are finished first, or given back. Survives
    /// an outage of the database.
    pub async fn run<N: Into<Next>>(
        &self,
        db: &Database,
        stop: watch::Receiver<bool>,
        handler: impl AsyncFn(Claimed) -> Result<N>,
    ) {
        finishing(db, async |finished| self.rounds(db, finished, stop, handler).await).await;
    }

    async fn rounds<N: Into<Next>>(
        &self,
        db: &Database,
        finished: &Finished,
        mut stop: watch::Receiver<bool>,
        handler: impl AsyncFn(Claimed) -> Result<N>,
    ) {
        while !*stop.borrow() {
            let pause = match self.take(db, finished, &handler, Some(&stop)).await {
                Ok(0) => self.pause,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, kinds = ?self.kinds, "jobs cannot be claimed");
                    returned(db, &mut stop).await;
                    continue;
                }
            };
            let stopped = stop.wait_for(|stop| *stop);
            if tokio::time::timeout(pause, stopped).await.is_ok() {
                return;
            }
        }
    }

    /// Claims once and performs what it got. Gives how many that were, done or failed.
    ///
    /// # Errors
    /// Those of claiming. What goes wrong with a job is written with the job.
    pub async fn turn<N: Into<Next>>(
        &self,
        db: &Database,
        handler: &impl AsyncFn(Claimed) -> Result<N>,
    ) -> Result<usize> {
        finishing(db, async |finished| self.take(db, finished, handler, None).await).await
    }

    async fn take<N: Into<Next>>(
        &self,
        db: &Database,
        finished: &Finished,
        handler: &impl AsyncFn(Claimed) -> Result<N>,
        stop: Option<&watch::Receiver<bool>>,
    ) -> Result<usize> {
        let claimed = claim(db, self.kinds, self.at_once, self.lease).await?;
        let count = claimed.len();
        // Before somebody else may begin, whatever is in hand has ended.
        let until = Instant::now() + self.lease * 3 / 4;
        join_all(claimed.into_iter().map(|job| self.perform(db, finished, handler, job, until, stop))).await;
        Ok(count)
    }

    async fn perform<N: Into<Next>>(
        &self,
        db: &Database,
        finished: &Finished,
        handler: &impl AsyncFn(Claimed) -> Result<N>,
        job: Claimed,
        until: Instant,
        stop: Option<&watch::Receiver<bool>>,
    ) {
        let (id, attempts, kind, case) = (job.id, job.attempts, job.kind.clone(), job.case);
        let span = tracing::debug_span!("job", kind);
        // A panic is a defect of one handler; it must not take the other jobs with it.
        let work = AssertUnwindSafe(handler(job).instrument(span)).catch_unwind();
        let outcome = tokio::select! {
            done = work => done.map(|done| done.map(Into::into)).unwrap_or_else(|_| Err(Error::internal("the handler panicked"))),
            () = tokio::time::sleep_until(until) => Err(Error::Unavailable("the work took too long".into())),
            () = self.given_back(stop) => Err(Error::Unavailable("the server stops".into())),
        };
        let written = match &outcome {
            Ok(Next::Done) => kept(finished, id).await.map(|()| None),
            Ok(Next::Later { wait, why }) => {
                let still = postpone(db, id, why, attempts, *wait).await;
                still.map(|still| Some(if still { Fate::Again(*wait) } else { Fate::Lost }))
            }
            Err(error) => failed(db, id, &told(error), attempts).await.map(Some),
        };
        if matches!(written, Ok(Some(Fate::Parked))) {
            // Seen at once; counted anew with the next report.
            metrics::gauge!(PARKED, "kind" => kind.clone()).increment(1.0);
        }
        let label = match &written {
            Ok(None) => "done",
            Ok(Some(_)) if matches!(outcome, Ok(Next::Later { .. })) => "later",
            Ok(Some(Fate::Again(_) | Fate::Lost)) => "failed",
            Ok(Some(Fate::Parked)) => "parked",
            Err(_) => "unknown",
        };
        metrics::counter!("guichet_jobs_total", "kind" => kind.clone(), "outcome" => label).increment(1);
        let case = case.map(|c| c.to_string());
        if let Err(error) = &outcome {
            let error = told(error);
            tracing::warn!(error, kind, id, attempts, case, outcome = label, "a job failed");
        }
        if let Err(error) = &written {
            // It comes back when its lease ends.
            tracing::warn!(error = error as &dyn std::error::Error, kind, id, "a job's outcome could not be written");
        }
    }

    /// Returns when what is in hand is to be given back.
    async fn given_back(&self, stop: Option<&watch::Receiver<bool>>) {
        match stop.cloned() {
            Some(mut stop) => {
                let _ = stop.wait_for(|stop| *stop).await;
                tokio::time::sleep(self.grace).await;
            }
            None => std::future::pending().await,
        }
    }
}

/// Returns a while after the database has, or when told to stop: leases may have ended meanwhile, and whoever has done
/// something is to write that before somebody else may begin it again.
async fn returned(db: &Database, stop: &mut watch::Receiver<bool>) {
    let answers = async || db.single().await?.execute(sql("SELECT 1")).await.map(drop);
    let mut wait = AGAIN;
    while tokio::time::timeout(wait, stop.wait_for(|stop| *stop)).await.is_err() {
        if wait > AGAIN {
            return;
        }
        if answers().await.is_ok() {
            wait = AGAIN * 3;
        }
    }
}

/// Writes that a job is done, as soon as the database is there: else a mail would be sent again though nobody died.
async fn kept(finished: &Finished, id: i64) -> Result<()> {
    for _ in 1..TRIES {
        match finished.ask(id).await {
            Err(Error::Unavailable(_)) => tokio::time::sleep(AGAIN).await,
            other => return other,
        }
    }
    finished.ask(id).await
}

/// Where jobs that are done are handed in: those that are at the same time are forgotten together.
type Finished = Together<i64, ()>;

/// Does work with such a place, until all that was handed in is written.
async fn finishing<R>(db: &Database, work: impl AsyncFnOnce(&Finished) -> R) -> R {
    let forget = async |ids: &[i64]| done(db, ids).await.map(|()| vec![(); ids.len()]);
    let (finished, writing) = Together::start("jobs that are done", forget);
    let work = async move { work(&finished).await };
    tokio::join!(work, writing).0
}
