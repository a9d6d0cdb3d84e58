//! For those who operate the server: work that follows acts, and what of it was given up.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::{Page, page, repeated};
use super::body::{NoQuery, Nothing, OptionalJson};
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::paging;
use super::problem::Problem;
use crate::cases::{self, Context, JobView};
use crate::kernel::{Error, Result};
use crate::queue::{Filter, State};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobFilter {
    /// `waiting` or `parked`.
    #[param(example = "parked")]
    state: Option<String>,
    /// Of this kind.
    #[param(example = "mail")]
    kind: Option<String>,
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists jobs.
///
/// Work that follows acts, the oldest first: what waits, and what was given up after its last attempt. For staff with
/// the role `operator`.
#[utoipa::path(
    operation_id = "list_jobs", tag = "operation", security(("bearer" = [])), params(JobFilter),
    responses((status = 200, description = "A page.", body = Page<JobView>))
)]
#[get("/v1/operations/jobs")]
pub async fn list_jobs(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    filter: web::Query<JobFilter>,
) -> Result<HttpResponse, Problem> {
    let JobFilter { state, kind, cursor, limit } = filter.into_inner();
    let limit = paging::limit(limit)?;
    let known = |word: String| {
        let state = State::ALL.into_iter().find(|state| state.word() == word);
        state.ok_or_else(|| Error::invalid("/state", "unknown"))
    };
    let state = state.map(known).transpose()?;
    if kind.as_ref().is_some_and(|kind| kind.contains('\0')) {
        // No kind has it, and no database compares it.
        return Err(Error::invalid("/kind", "unknown").into());
    }
    let after: Option<i64> = paging::decode(cursor.as_deref())?;
    let filter = Filter { state, kind };
    let rows = cases::list_jobs(&ctx, &caller, &filter, after.unwrap_or(0), i64::from(limit) + 1).await?;
    Ok(page(&request, rows, limit, |row| row.id)?)
}

/// Has a job tried again.
///
/// One that was given up: it is begun at once, as if for the first time. For staff with the role `operator`.
#[utoipa::path(
    operation_id = "retry_job", tag = "operation", security(("bearer" = [])),
    params(("id" = i64, Path, description = "The job.", example = 4711)),
    request_body(content = Option<Nothing>, example = json!({})),
    responses((status = 202, description = "It waits for its next attempt."))
)]
#[post("/v1/operations/jobs/{id}/retry")]
pub async fn retry_job(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    id: web::Path<i64>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    // It may be done and forgotten by now: there is nothing to show, the first time or again.
    repeated(cases::retry_job(&ctx, &caller, id.into_inner(), key).await, |_| ())?;
    Ok(HttpResponse::Accepted().finish())
}
