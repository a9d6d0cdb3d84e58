//! What is being filled in.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use serde_json::Value;

use super::answer::One;
use super::body::{Json, NoQuery};
use super::extract::Caller;
use super::preconditions::IfMatch;
use super::problem::Problem;
use crate::cases::{self, FormView};
use crate::kernel::{Error, Result};

type Ctx = web::Data<cases::Context>;

/// Reads the form of a case.
///
/// What is being filled in, or what was handed in last.
#[utoipa::path(
    operation_id = "read_form", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    responses(
        (status = 200, description = "The form; its revision is the number in `ETag`.", body = FormView),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/cases/{id}/form")]
pub async fn read_form(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let form = cases::read_form(&ctx, &caller, id).await?;
    Ok(One::new(&form, revision(form.revision)?)?.to(&request))
}

/// Saves the form of a case.
///
/// It may be incomplete: it is checked when it is handed in. The body is the form itself.
#[utoipa::path(
    operation_id = "save_form", tag = "cases", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case."),
        ("If-Match" = String, Header, description = "The `ETag` of the form that the caller has changed.",
         example = "\"1\""),
    ),
    request_body(content = Value, description = "A form of the service.", example = json!({"area": "sadar"})),
    responses((status = 200, description = "As it is kept now.", body = FormView))
)]
#[put("/v1/cases/{id}/form")]
pub async fn save_form(
    caller: Caller,
    ctx: Ctx,
    id: web::Path<String>,
    _: NoQuery,
    known: IfMatch,
    form: Json<Value>,
) -> Result<HttpResponse, Problem> {
    let known = known.known()?;
    // A number that none of ours reaches is no present one.
    let known = known.map(|seq| i32::try_from(seq).map_err(|_| Error::Stale)).transpose()?;
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let number = cases::save_form(&ctx, &caller, id, known, form.value.clone()).await?;
    let view = FormView { form: form.value, draft: true, events: BTreeMap::new(), revision: number };
    Ok(One::new(&view, revision(number)?)?.after(actix_web::http::StatusCode::OK))
}

fn revision(number: i32) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::internal("a revision below zero"))
}
