//! Who may not come in for now. For staff with the role `operator`.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{Page, page, repeated};
use super::body::{Json, NoQuery};
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::paging;
use super::problem::Problem;
use crate::cases::{self, Context, NewSuspension, SuspensionView};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuspensionFilter {
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists suspensions.
///
/// Those that run now.
#[utoipa::path(
    operation_id = "list_suspensions", tag = "operation", security(("bearer" = [])), params(SuspensionFilter),
    responses((status = 200, description = "A page.", body = Page<SuspensionView>))
)]
#[get("/v1/operations/suspensions")]
pub async fn list_suspensions(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    filter: web::Query<SuspensionFilter>,
) -> Result<HttpResponse, Problem> {
    let SuspensionFilter { cursor, limit } = filter.into_inner();
    let limit = paging::limit(limit)?;
    let after: Option<Uuid> = paging::decode(cursor.as_deref())?;
    let rows = cases::list_suspensions(&ctx, &caller, after.unwrap_or(Uuid::nil()), i64::from(limit) + 1).await?;
    Ok(page(&request, rows, limit, |row| row.id)?)
}

/// Who is kept out: a person or a client application, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspensionBody {
    pub person: Option<Uuid>,
    pub client: Option<String>,
    pub reason: String,
    /// Open where none is given.
    pub until: Option<Timestamp>,
}

/// Suspends a person or a client application.
///
/// Whoever it is gets 403 from then on, at the latest after a minute.
#[utoipa::path(
    operation_id = "start_suspension", tag = "operation", security(("bearer" = [])), 
    request_body(content = SuspensionBody, example = json!({"client": "old-portal", "reason": "its key was published"})),
    responses((status = 201, description = "Suspended.", body = serde_json::Value, example = json!({"id": "0198c0de-0000-7000-8000-000000000001"})))
)]
#[post("/v1/operations/suspensions")]
pub async fn start_suspension(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<SuspensionBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let SuspensionBody { person, client, reason, until } = body.value;
    let new = NewSuspension { person, client, reason, until };
    let id = repeated(cases::suspend(&ctx, &caller, new, key).await, |id| id)?;
    Ok(HttpResponse::Created().json(json!({"id": id})))
}

/// Ends a suspension.
#[utoipa::path(
    operation_id = "end_suspension", tag = "operation", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The suspension.", example = "0198c0de-0000-7000-8000-000000000001")),
    responses((status = 204, description = "Ended."))
)]
#[delete("/v1/operations/suspensions/{id}")]
pub async fn end_suspension(
    caller: Caller,
    ctx: web::Data<Context>,
    id: web::Path<Uuid>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    cases::lift_suspension(&ctx, &caller, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
