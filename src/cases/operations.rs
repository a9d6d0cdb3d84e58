//! Jobs that follow acts, for those who operate the server: looked at, and tried again where they were given up. They
//! name a case by its id and nobody at all, so that looking at them is no read of anybody's data and leaves no entry;
//! what is done to them does.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::act::RequestKey;
use super::context::Context;
use super::store;
use crate::access::{Action, Facts, Permit, Purpose, permit};
use crate::audit::{self, Entry};
use crate::kernel::{Actor, Result};
use crate::queue::{self, Filter, Queued, State};

/// A job: work that follows an act.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    #[schema(example = 4711)]
    pub id: i64,
    #[schema(example = "mail")]
    pub kind: String,
    /// `waiting`, or `parked`: given up after the last attempt.
    #[schema(example = "parked")]
    pub state: String,
    /// The case from which it follows.
    pub case: Option<Uuid>,
    /// How often it was begun since it was queued, or since somebody had it tried again.
    #[schema(example = 12)]
    pub attempts: i32,
    /// When it is begun next; of one that is being performed, when it is taken from whoever does it.
    pub run_at: Option<Timestamp>,
    pub parked_at: Option<Timestamp>,
    /// Why the last attempt failed.
    #[schema(example = "unavailable: the mail server: answered 451")]
    pub last_error: Option<String>,
    pub created_at: Timestamp,
}

impl From<Queued> for JobView {
    fn from(job: Queued) -> Self {
        let state = if job.parked_at.is_some() { State::Parked } else { State::Waiting };
        Self {
            id: job.id,
            kind: job.kind,
            state: state.word().to_owned(),
            case: job.case.map(|case| case.0),
            attempts: job.attempts,
            run_at: Some(job.run_at).filter(|_| state == State::Waiting),
            parked_at: job.parked_at,
            last_error: job.last_error,
            created_at: job.created_at,
        }
    }
}

pub(super) fn permitted(actor: &Actor, action: Action) -> Result<Permit> {
    permit(actor, action, &Facts::default(), Purpose::OwnCase)
}

/// What is queued, the oldest first.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "job.list", skip_all)]
pub async fn list_jobs(ctx: &Context, actor: &Actor, filter: &Filter, after: i64, limit: i64) -> Result<Vec<JobView>> {
    if let Err(error) = permitted(actor, Action::ListJobs) {
        return ctx.refuse(actor, "job.list", None, error).await;
    }
    let mut tx = ctx.db.single().await?;
    let jobs = queue::list(&mut tx, filter, after, limit).await?;
    Ok(jobs.into_iter().map(JobView::from).collect())
}

/// Has a job that was given up tried again.
///
/// # Errors
/// [`crate::kernel::Error::NotFound`]; [`crate::kernel::Error::Conflict`] where it is not parked; refusals of the
/// policy; those of the database.
#[tracing::instrument(level = "debug", name = "job.retry", skip_all)]
pub async fn retry_job(ctx: &Context, actor: &Actor, job: i64, key: Option<RequestKey>) -> Result<()> {
    let kind = match retry(ctx, actor, job, key).await {
        Ok(kind) => kind,
        Err(error) => return ctx.refuse(actor, "job.retry", None, error).await,
    };
    if let Err(error) = queue::report(&ctx.db, &[&kind]).await {
        // It is done; the figures follow with the next round.
        tracing::warn!(error = &error as &dyn std::error::Error, "the depth of the queue is not known");
    }
    Ok(())
}

async fn retry(ctx: &Context, actor: &Actor, job: i64, key: Option<RequestKey>) -> Result<String> {
    let permit = permitted(actor, Action::RetryJob)?;
    ctx.transaction(async |tx| {
        store::check_key(tx, key.as_ref()).await?;
        let found = queue::retry(tx, job).await?;
        store::keep_key(tx, key.as_ref(), resource(job)).await?;
        let entry = Entry {
            case: found.case,
            purpose: Some(permit.purpose.clone()),
            post: permit.post.clone(),
            details: json!({"job": job, "kind": found.kind, "attempts": found.attempts}),
            ..Entry::done("job.retry")
        };
        audit::append(tx, &[audit::seal(actor, entry, ctx.clock.now())]).await?;
        Ok(found.kind)
    })
    .await
}

/// What is kept with an idempotency key: the number of the job, in the form of an id.
fn resource(job: i64) -> Uuid {
    Uuid::from_u128(u128::from(job.unsigned_abs()))
}
