//! Registers, as far as they are public.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::answer::One;
use super::body::NoQuery;
use super::extract::accept_language;
use super::limits;
use super::problem::Problem;
use crate::cases::{self, RecordView};
use crate::kernel::Actor;

/// Reads what is public of a record.
///
/// The fields that the register makes public, for anybody who knows the key.
#[utoipa::path(
    operation_id = "read_record", tag = "registers", security(()),
    params(
        ("register" = String, Path, description = "The id of the register.", example = "companies"),
        ("key" = String, Path, description = "The key of the record.", example = "C-2026-000001"),
    ),
    responses(
        (status = 200, description = "What is public of it.", body = RecordView),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/registers/{register}/records/{key}")]
pub async fn read_record(
    ctx: web::Data<cases::Context>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let (register, key) = path.into_inner();
    let somebody = Actor::anonymous(limits::request_id(&request));
    let view = cases::public_record(&ctx, &somebody, &register, &key, accept_language(&request)).await?;
    let version = u32::try_from(view.version).unwrap_or(u32::MAX);
    Ok(One::new(&view, version)?.language(&view.language).to(&request))
}
