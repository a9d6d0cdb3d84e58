//! For those who supervise an office: how its work stands.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::answer::One;
use super::body::NoQuery;
use super::extract::{Caller, accept_language};
use super::problem::Problem;
use crate::cases::{self, OfficeView};
use crate::kernel::Result;

/// Reads how the work of an office stands.
///
/// What waits at its desks and is late, where it is held up, and what became of the cases of the last 90 days: how fast they
/// were decided, and how often that was complained of. For roles that supervise the office or one above it.
#[utoipa::path(
    operation_id = "oversee_office", tag = "tasks", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id of the office.", example = "sadar")),
    responses((status = 200, description = "Counts; no case in particular.", body = OfficeView))
)]
#[get("/v1/oversight/offices/{id}")]
pub async fn oversee_office(
    caller: Caller,
    ctx: web::Data<cases::Context>,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let view = cases::oversee(&ctx, &caller, &id, accept_language(&request)).await?;
    Ok(One::new(&view, 0)?.to(&request))
}
