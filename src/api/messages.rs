//! What applicant and office write to one another.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{One, Page, page};
use super::body::{Json, NoQuery};
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::paging;
use super::problem::Problem;
use crate::cases::{self, MessageView};
use crate::kernel::{Actor, CaseId, Error, Result};

type Ctx = web::Data<cases::Context>;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessagePage {
    /// Where to go on, from `Link`.
    pub cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    pub limit: Option<u32>,
}

/// What somebody writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub struct MessageBody {
    pub body: String,
    /// The party that the office writes to; the applicant where it is left out. A party itself writes to the office.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub to: Option<String>,
}

/// Writes a message in a case.
///
/// From a party to the office, or from the office to a party.
#[utoipa::path(
    operation_id = "write_message", tag = "messages", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    request_body(content = MessageBody, example = json!({"body": "When will the field visit be?"})),
    responses((status = 201, description = "The message.", body = MessageView))
)]
#[post("/v1/cases/{id}/messages")]
pub async fn write_message(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<MessageBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let MessageBody { body, to } = &body.value;
    let written = match cases::write_message(&ctx, &caller, id, body, to.as_deref(), key).await {
        Err(Error::Replayed(replay)) => again(&ctx, &caller, id, replay.resource).await?,
        other => other?,
    };
    Ok(One::new(&written, 1)?.after(StatusCode::CREATED))
}

/// A message that was written before: the first of a page that ends with it.
async fn again(ctx: &Ctx, actor: &Actor, case: CaseId, message: Uuid) -> Result<MessageView> {
    let past = Uuid::from_u128(message.as_u128().saturating_add(1));
    let found = cases::messages(ctx, actor, case, Some(past), 1).await?;
    found.into_iter().find(|found| found.id == message).ok_or(Error::NotFound)
}

/// Lists the messages of a case.
///
/// The newest first.
#[utoipa::path(
    operation_id = "list_messages", tag = "messages", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case."), MessagePage),
    responses((status = 200, description = "A page.", body = Page<MessageView>))
)]
#[get("/v1/cases/{id}/messages")]
pub async fn list_messages(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    asked: web::Query<MessagePage>,
) -> Result<HttpResponse, Problem> {
    let limit = paging::limit(asked.limit)?;
    let before: Option<Uuid> = paging::decode(asked.cursor.as_deref())?;
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let rows = cases::messages(&ctx, &caller, id, before, i64::from(limit) + 1).await?;
    Ok(page(&request, rows, limit, |row| row.id)?)
}
