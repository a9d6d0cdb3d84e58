//! What the public may know of the cases of a service.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::answer::{One, Page, page};
use super::body::NoQuery;
use super::paging;
use super::problem::Problem;
use crate::cases::{self, Context, DisclosedView, StatisticsView};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DisclosedFilter {
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists what is public of a service's cases.
///
/// As far as the service makes them public, the newest first.
#[utoipa::path(
    operation_id = "list_public_cases", tag = "catalogue", security(()), params(DisclosedFilter,
        ("id" = String, Path, description = "The service.", example = "deed-registration")),
    responses((status = 200, description = "A page, the newest first.", body = Page<DisclosedView>))
)]
#[get("/v1/services/{id}/cases")]
pub async fn list_public_cases(
    ctx: web::Data<Context>,
    request: HttpRequest,
    id: web::Path<String>,
    filter: web::Query<DisclosedFilter>,
) -> Result<HttpResponse, Problem> {
    let DisclosedFilter { cursor, limit } = filter.into_inner();
    let limit = paging::limit(limit)?;
    let before: Option<Uuid> = paging::decode(cursor.as_deref())?;
    let rows = cases::list_disclosed(&ctx, &id, before, i64::from(limit) + 1).await?;
    Ok(page(&request, rows, limit, |row| row.id)?)
}

/// Reads the statistics of a service.
///
/// How many cases there are, by what the service counts them by. Fewer than five are not told, and counts are rounded.
#[utoipa::path(
    operation_id = "read_statistics", tag = "catalogue", security(()),
    params(("id" = String, Path, description = "The service.", example = "deed-registration")),
    responses((status = 200, description = "The counts, of ten minutes ago at most.", body = StatisticsView))
)]
#[get("/v1/services/{id}/statistics")]
pub async fn read_statistics(
    ctx: web::Data<Context>,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let view = cases::statistics(&ctx, &id).await?;
    Ok(One::new(&view, 0)?.to(&request))
}
