//! What a case costs.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::answer::{Page, whole};
use super::body::NoQuery;
use super::extract::{Caller, accept_language};
use super::problem::Problem;
use crate::cases::{self, FeeView};
use crate::kernel::Result;

/// Lists the fees of a case.
///
/// With what they are made of, and where they are paid.
#[utoipa::path(
    operation_id = "list_fees", tag = "money", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    responses((status = 200, description = "All of them.", body = Page<FeeView>))
)]
#[get("/v1/cases/{id}/fees")]
pub async fn list_fees(
    caller: Caller,
    ctx: web::Data<cases::Context>,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let id = cases::resolve(&ctx, &caller, &id).await?;
    Ok(whole(cases::fees(&ctx, &caller, id, accept_language(&request)).await?)?)
}
