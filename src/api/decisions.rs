//! What happened in a case, and what was decided.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::{Page, page, whole};
use super::body::NoQuery;
use super::extract::{Caller, accept_language};
use super::paging;
use super::problem::Problem;
use crate::cases::{self, DecisionView, EventView};
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
