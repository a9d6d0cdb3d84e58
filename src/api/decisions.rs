//! What happened in a case, and what was decided.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Page, page, repeated, whole};
use super::body::{Json, NoQuery};
use super::cases::after;
use super::extract::{Caller, accept_language};
use super::idempotency::IdempotencyKey;
use super::paging;
use super::problem::Problem;
use crate::cases::{self, CaseView, DecisionView, Done, EventView};
use crate::kernel::Result;

type Ctx = web::Data<cases::Context>;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventPage {
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists the events of a case.
///
/// The first stands first. Events hold ids and codes only.
#[utoipa::path(
    operation_id = "list_events", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case."), EventPage),
    responses((status = 200, description = "A page.", body = Page<EventView>))
)]
#[get("/v1/cases/{id}/events")]
pub async fn list_events(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    asked: web::Query<EventPage>,
) -> Result<HttpResponse, Problem> {
    let limit = paging::limit(asked.limit)?;
    let after: Option<i32> = paging::decode(asked.cursor.as_deref())?;
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let rows = cases::events(&ctx, &caller, id, after.unwrap_or(0), i64::from(limit) + 1).await?;
    Ok(page(&request, rows, limit, |row| row.seq)?)
}

/// Something that happens, whatever step the case is in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvent)]
pub struct NewEventBody {
    /// A name under `events` of the definition.
    #[schema(max_length = 100)]
    pub event: String,
    /// What the definition's form for it asks for.
    #[serde(default)]
    pub answers: Option<Value>,
}

/// Raises an event in a case.
///
/// One that the definition lets the caller raise, as a party or in a role: an objection, for one. The definition says
/// where the case goes then, and whether one that has ended is reopened.
#[utoipa::path(
    operation_id = "raise_event", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case."),
        ("Idempotency-Key" = String, Header, description = "By which a repeat of this request is known."),
    ),
    request_body(content = NewEventBody,
                 example = json!({"event": "objection", "answers": {"grounds": "The boundary is not where it is drawn."}})),
    responses(
        (status = 200, description = "The case as it is then.", body = CaseView),
        (status = 204, description = "It is taken in; the caller may not see the case."),
    )
)]
#[post("/v1/cases/{id}/events")]
pub async fn raise_event(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<NewEventBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.required()?.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let NewEventBody { event, answers } = &body.value;
    let done = cases::raise(&ctx, &caller, id, event, answers.as_ref(), key).await;
    Ok(after(&ctx, &caller, repeated(done, |_| Done::again(id.0))?, &request, StatusCode::OK).await?)
}

/// Lists the decisions of a case.
///
/// With their reasons and what can be done against them.
#[utoipa::path(
    operation_id = "list_decisions", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    responses((status = 200, description = "All of them.", body = Page<DecisionView>))
)]
#[get("/v1/cases/{id}/decisions")]
pub async fn list_decisions(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let id = cases::resolve(&ctx, &caller, &id).await?;
    Ok(whole(cases::decisions(&ctx, &caller, id, accept_language(&request)).await?)?)
}
