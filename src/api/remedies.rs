//! What can be done against a decision, and the time that an office takes for one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::repeated;
use super::body::{Json, NoQuery};
use super::cases::after;
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::preconditions::IfMatch;
use super::problem::Problem;
use crate::cases::{self, CaseView, Done, NewRemedy};
use crate::kernel::Result;

type Ctx = web::Data<cases::Context>;

/// A remedy that is lodged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Remedy)]
pub struct RemedyBody {
    /// Its name under `remedies` of the definition; default the last part of the address.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub remedy: Option<String>,
    /// The form of the service whose case it becomes.
    #[serde(default)]
    pub form: Option<Value>,
    /// The language in which who lodges it is written to, BCP 47.
    #[serde(default)]
    pub language: Option<String>,
}

async fn lodge(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    key: IdempotencyKey,
    body: Json<RemedyBody>,
    usual: &str,
) -> Result<HttpResponse, Problem> {
    let key = key.required()?.of(&request, &caller, body.hash);
    let RemedyBody { remedy, form, language } = body.value;
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let new = NewRemedy { remedy: remedy.unwrap_or_else(|| usual.to_owned()), form, language, key };
    let done = repeated(cases::lodge(&ctx, &caller, id, new).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::CREATED).await?)
}

/// Lodges an appeal.
///
/// Against what was decided last, with the next instance: a case of its own, which no one hears who decided below. Its end
/// takes effect here as the definition says.
#[utoipa::path(
    operation_id = "appeal_case", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case that was decided."),
        ("Idempotency-Key" = String, Header, description = "By which a repeat of this request is known."),
    ),
    request_body(content = RemedyBody, example = json!({"form": {"grounds": "The deed was registered in time."}})),
    responses(
        (status = 201, description = "The case of the appeal, and its address in `Location`.", body = CaseView),
        (status = 204, description = "It is lodged; the caller may not see it."),
    )
)]
#[post("/v1/cases/{id}/appeal")]
pub async fn appeal_case(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<RemedyBody>,
) -> Result<HttpResponse, Problem> {
    lodge(caller, ctx, request, id, key, body, "appeal").await
}

/// Asks for a review.
///
/// Of what was decided last, by the same office: a case of its own, in which all sides are heard.
#[utoipa::path(
    operation_id = "review_case", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case that was decided."),
        ("Idempotency-Key" = String, Header, description = "By which a repeat of this request is known."),
    ),
    request_body(content = RemedyBody, example = json!({"form": {"grounds": "A paper was overlooked."}})),
    responses(
        (status = 201, description = "The case of the review, and its address in `Location`.", body = CaseView),
        (status = 204, description = "It is lodged; the caller may not see it."),
    )
)]
#[post("/v1/cases/{id}/review")]
pub async fn review_case(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<RemedyBody>,
) -> Result<HttpResponse, Problem> {
    lodge(caller, ctx, request, id, key, body, "review").await
}

/// Why the office needs longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Extension)]
pub struct ExtensionBody {
    /// In words, for those whom it concerns.
    #[schema(max_length = 5000)]
    pub reason: String,
}

/// Extends the legal limit.
///
/// By what the definition allows, as often as it does, before it has passed.
#[utoipa::path(
    operation_id = "extend_case", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case."),
        ("If-Match" = String, Header, description = "The `ETag` of the case that the caller has read.",
         example = "\"7\""),
    ),
    request_body(content = ExtensionBody, example = json!({"reason": "The survey waits for the flood to go down."})),
    responses(
        (status = 200, description = "The case, with its new last day.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/cases/{id}/extension")]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub async fn extend_case(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    known: IfMatch,
    body: Json<ExtensionBody>,
) -> Result<HttpResponse, Problem> {
    let known = known.known()?;
    let key = key.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let done = cases::extend(&ctx, &caller, id, &body.value.reason, known, key).await;
    Ok(after(&ctx, &caller, repeated(done, |_| Done::again(id.0))?, &request, StatusCode::OK).await?)
}
