//! Cases that stand still because the office says so.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::repeated;
use super::body::{Json, NoQuery, Nothing, OptionalJson};
use super::cases::after;
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::preconditions::IfMatch;
use super::problem::Problem;
use crate::cases::{self, CaseView, Done};

type Ctx = web::Data<cases::Context>;

/// Why a case stands still.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Hold)]
pub struct HoldBody {
    /// A ground under `holds` of the definition.
    #[schema(max_length = 100)]
    pub hold: String,
    /// The reason in words, for the parties.
    #[schema(max_length = 4_000)]
    pub reason: String,
}

/// Lets a case stand still.
///
/// On a ground that the definition knows, by whom it says. Money and papers are taken in, nothing moves, and no time passes,
/// until the last hold is lifted.
#[utoipa::path(
    operation_id = "hold_case", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case."),
        ("If-Match" = String, Header, description = "The `ETag` of the case that the caller has read.",
         example = "\"7\""),
    ),
    request_body(content = HoldBody, example = json!({"hold": "court_order", "reason": "Injunction of 3 August 2026."})),
    responses(
        (status = 200, description = "The case, which stands still.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/cases/{id}/holds")]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub async fn hold_case(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    known: IfMatch,
    body: Json<HoldBody>,
) -> Result<HttpResponse, Problem> {
    let known = known.known()?;
    let key = key.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let HoldBody { hold, reason } = body.value;
    let done = cases::hold(&ctx, &caller, id, &hold, Some(&reason), known, key).await;
    Ok(after(&ctx, &caller, repeated(done, |_| Done::again(id.0))?, &request, StatusCode::OK).await?)
}

/// Lets a case go on.
///
/// Where it was the last hold, what every step had left of its time it has still.
#[utoipa::path(
    operation_id = "resume_case", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case."),
        ("hold" = String, Path, description = "The ground that is there no more."),
        ("If-Match" = String, Header, description = "The `ETag` of the case that the caller has read.",
         example = "\"8\""),
    ),
    responses(
        (status = 200, description = "The case, which goes on.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[delete("/v1/cases/{id}/holds/{hold}")]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub async fn resume_case(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    _: NoQuery,
    key: IdempotencyKey,
    known: IfMatch,
    body: OptionalJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    let known = known.known()?;
    let key = key.of(&request, &caller, body.hash);
    let (id, hold) = path.into_inner();
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let done = cases::hold(&ctx, &caller, id, &hold, None, known, key).await;
    Ok(after(&ctx, &caller, repeated(done, |_| Done::again(id.0))?, &request, StatusCode::OK).await?)
}
