//! The loop that performs jobs of some kinds.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument;

use super::store::{PARKED, renew};
use super::told::told;
use super::{Claimed, Fate, claim, done, failed};
use crate::kernel::{CaseId, Error, Result};
use crate::postgres::Database;

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
}

impl Worker {
    /// For work that talks to another system.
    #[must_use]
    pub fn of(kinds: &'static [&'static str]) -> Self {
        Self { kinds, at_once: 8, lease: Duration::from_secs(60), pause: Duration::from_millis(250) }
    }

    /// Performs jobs until `stop` says so or its sender is gone; those in hand are finished first. Survives an outage
    /// of the database.
    pub async fn run(
        &self,
        db: &Database,
        mut stop: watch::Receiver<bool>,
        handler: impl AsyncFn(Claimed) -> Result<()>,
    ) {
        while !*stop.borrow() {
            let pause = match self.turn(db, &handler).await {
                Ok(0) => self.pause,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, kinds = ?self.kinds, "jobs cannot be claimed");
                    self.pause.max(Duration::from_secs(1))
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
    pub async fn turn(&self, db: &Database, handler: &impl AsyncFn(Claimed) -> Result<()>) -> Result<usize> {
        let claimed = claim(db, self.kinds, self.at_once, self.lease).await?;
        let (count, at) = (claimed.len(), Instant::now());
        // What follows from one case is done in its order, so that nobody reads of the end before the beginning.
        let mut cases: BTreeMap<Option<CaseId>, Vec<Claimed>> = BTreeMap::new();
        for job in claimed {
            cases.entry(job.case).or_default().push(job);
        }
        let in_order = async |jobs: Vec<Claimed>| self.in_order(db, handler, jobs, at).await;
        join_all(cases.into_values().map(in_order)).await;
        Ok(count)
    }

    /// One job after the other. What waited for those before it gets a lease of its own when its turn comes; what
    /// somebody else holds by then is left to him.
    async fn in_order(
        &self,
        db: &Database,
        handler: &impl AsyncFn(Claimed) -> Result<()>,
        jobs: Vec<Claimed>,
        claimed: Instant,
    ) {
        let mut waiting: VecDeque<Claimed> = jobs.into();
        let mut leased = claimed;
        while let Some(job) = waiting.pop_front() {
            if leased.elapsed() > self.lease / 8 {
                let rest: Vec<(i64, i32)> =
                    std::iter::once(&job).chain(&waiting).map(|job| (job.id, job.attempts)).collect();
                leased = Instant::now();
                match renew(db, &rest, self.lease).await {
                    Ok(held) if held.contains(&job.id) => {}
                    Ok(_) => continue,
                    Err(error) => {
                        // They come back when their lease ends.
                        let (error, count) = (&error as &dyn std::error::Error, rest.len());
                        tracing::warn!(error, count, "the lease of jobs cannot be renewed");
                        return;
                    }
                }
            }
            // Before somebody else may begin, it has ended.
            self.perform(db, handler, job, leased + self.lease * 3 / 4).await;
        }
    }

    async fn perform(
        &self,
        db: &Database,
        handler: &impl AsyncFn(Claimed) -> Result<()>,
        job: Claimed,
        until: Instant,
    ) {
        let (id, attempts, kind, case) = (job.id, job.attempts, job.kind.clone(), job.case);
        let span = tracing::debug_span!("job", kind);
        // A panic is a defect of one handler; it must not take the other jobs with it.
        let work = AssertUnwindSafe(handler(job).instrument(span)).catch_unwind();
        let outcome = match tokio::time::timeout_at(until, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Error::internal("the handler panicked")),
            Err(_) => Err(Error::Unavailable("the work took too long".into())),
        };
        let written = match &outcome {
            Ok(()) => done(db, id).await.map(|()| None),
            Err(error) => failed(db, id, &told(error), attempts).await.map(Some),
        };
        if matches!(written, Ok(Some(Fate::Parked))) {
            // Seen at once; counted anew with the next report.
            metrics::gauge!(PARKED, "kind" => kind.clone()).increment(1.0);
        }
        let label = match &written {
            Ok(None) => "done",
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
}
