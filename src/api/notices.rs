//! The board: what the public is told.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::answer::{Page, page};
use super::extract::accept_language;
use super::paging;
use super::problem::Problem;
use crate::cases::Context;
use crate::notify::{self, PublicNotice};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeFilter {
    /// Of cases of this service.
    service: Option<String>,
    /// Of cases that this office has.
    office: Option<String>,
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists public notices.
///
/// What cases tell the public, the newest first.
#[utoipa::path(
    operation_id = "list_notices", tag = "catalogue", security(()), params(NoticeFilter),
    responses((status = 200, description = "A page, the newest first.", body = Page<PublicNotice>))
)]
#[get("/v1/notices")]
pub async fn list_notices(
    ctx: web::Data<Context>,
    request: HttpRequest,
    filter: web::Query<NoticeFilter>,
) -> Result<HttpResponse, Problem> {
    let NoticeFilter { service, office, cursor, limit } = filter.into_inner();
    let limit = paging::limit(limit)?;
    let before: Option<Uuid> = paging::decode(cursor.as_deref())?;
    let (accept, more) = (accept_language(&request), i64::from(limit) + 1);
    let rows = notify::board(&ctx, service.as_deref(), office.as_deref(), before, more, accept).await?;
    Ok(page(&request, rows, limit, |row| row.id)?)
}
