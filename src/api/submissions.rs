//! Handing in and taking back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::repeated;
use super::body::{NoQuery, Nothing, OptionalJson};
use super::cases::after;
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::preconditions::IfMatch;
use super::problem::Problem;
use crate::cases::{self, CaseView, Done};
use crate::kernel::Result;

type Ctx = web::Data<cases::Context>;

/// What is handed in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Submission)]
pub struct SubmissionBody {
    /// The whole form; where it is left out, the one that is kept.
    #[serde(default)]
    pub form: Option<Value>,
}

/// Submits a case.
///
/// Also hands in again where the office has asked the applicant for the form.
#[utoipa::path(
    operation_id = "submit_case", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    request_body(content = Option<SubmissionBody>, example = json!({"form": {"area": "sadar"}})),
    responses(
        (status = 200, description = "The case, submitted.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/cases/{id}/submission")]
pub async fn submit_case(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<SubmissionBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let done = repeated(cases::submit(&ctx, &caller, id, body.value.form, key).await, |_| Done::again(id.0))?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

/// Withdraws a case.
///
/// Until it is decided.
#[utoipa::path(
    operation_id = "withdraw_case", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case."),
        ("If-Match" = String, Header, description = "The `ETag` of the case that the caller has read.",
         example = "\"7\""),
    ),
    request_body(content = Option<Nothing>, example = json!({})),
    responses(
        (status = 200, description = "The case, withdrawn.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/cases/{id}/withdrawal")]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub async fn withdraw_case(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    known: IfMatch,
    body: OptionalJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    let known = known.known()?;
    let key = key.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let done = repeated(cases::withdraw(&ctx, &caller, id, known, key).await, |_| Done::again(id.0))?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}
