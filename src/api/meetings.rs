//! Appointments for the meetings of a case.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{Page, repeated, whole};
use super::body::{Json, NoQuery, Nothing, OptionalJson};
use super::cases::after;
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::problem::Problem;
use crate::cases::{self, CaseView, Done, SlotView};
use crate::engine::definition::Mode;
use crate::kernel::Result;

type Ctx = web::Data<cases::Context>;

/// Lists the free slots of a case.
///
/// For the meeting that it waits for, the earliest first: those that leave whoever is invited the time that the definition
/// gives them.
#[utoipa::path(
    operation_id = "list_slots", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    responses((status = 200, description = "At most 200.", body = Page<SlotView>))
)]
#[get("/v1/cases/{id}/slots")]
pub async fn list_slots(caller: Caller, ctx: Ctx, id: web::Path<String>, _: NoQuery) -> Result<HttpResponse, Problem> {
    let id = cases::resolve(&ctx, &caller, &id).await?;
    Ok(whole(cases::free_slots(&ctx, &caller, id).await?)?)
}

/// A slot that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAppointment)]
pub struct AppointmentBody {
    /// The beginning of a free slot.
    pub at: Timestamp,
    /// `in_person` or `online`, as the slot allows.
    #[schema(value_type = String)]
    pub mode: Mode,
}

/// Makes an appointment.
///
/// In place of the one that there was. Of two who want the last place of a slot one gets it, the other is told 409.
#[utoipa::path(
    operation_id = "book_appointment", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    request_body(content = AppointmentBody, example = json!({"at": "2026-08-17T04:30:00Z", "mode": "online"})),
    responses(
        (status = 200, description = "The case, with the appointment at its step.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/cases/{id}/appointment")]
pub async fn book_appointment(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<AppointmentBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let AppointmentBody { at, mode } = body.value;
    let done = repeated(cases::book(&ctx, &caller, id, at, mode, key).await, |_| Done::again(id.0))?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

/// Cancels an appointment.
///
/// Its place is free again, and those who were invited are told.
#[utoipa::path(
    operation_id = "cancel_appointment", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    responses(
        (status = 200, description = "The case, without the appointment.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[delete("/v1/cases/{id}/appointment")]
pub async fn cancel_appointment(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let done = repeated(cases::unbook(&ctx, &caller, id, key).await, |_| Done::again(id.0))?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}
