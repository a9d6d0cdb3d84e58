//! What the SMS gateway tells.

use actix_web::{HttpRequest, HttpResponse, post, web};

use super::body::{NoQuery, RawBody};
use super::problem::Problem;
use crate::cases::Context;
use crate::kernel::signature;
use crate::notify;

/// Takes a delivery receipt.
///
/// Signed by the gateway: `X-Signature: t=<unix seconds>,v1=<HMAC-SHA256 of "t.body", hexadecimal>`. It names the message
/// by our `id` or by its own `reference`; told twice or out of order, it comes to the same.
#[utoipa::path(
    operation_id = "take_sms_receipt", tag = "messages", security(()),
    params(("X-Signature" = String, Header, description = "The gateway's signature of this body.")),
    request_body(content = serde_json::Value, description = "What became of a message.", example = json!({
        "id": "0199aa50-2c1e-7c3a-8a0e-0f6f3c1d2b4a", "reference": "SM-1", "status": "DELIVRD"})),
    responses((status = 204, description = "It is taken; also where it was known, or says nothing final."))
)]
#[post("/v1/sms/receipts")]
pub async fn take_sms_receipt(
    ctx: web::Data<Context>,
    request: HttpRequest,
    _: NoQuery,
    body: RawBody,
) -> Result<HttpResponse, Problem> {
    let header = request.headers().get(signature::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    notify::receive(&ctx, header, &body.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
