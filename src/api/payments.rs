//! Paying a fee, and what the provider tells of it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::One;
use super::body::{NoQuery, OptionalJson, RawBody};
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::limits;
use super::problem::Problem;
use crate::cases::Context;
use crate::kernel::money::Money;
use crate::kernel::{DemandId, Error, Fault, PaymentId, Result};
use crate::payments::{self, PaymentView, Provider};

/// The provider of payments, and the secret that it signs its callbacks with.
#[derive(Clone)]
pub struct Till {
    pub provider: Arc<dyn Provider>,
    pub secret: Arc<[u8]>,
}

/// The till of an application; none where no provider is configured.
#[derive(Clone)]
pub struct MaybeTill(pub Option<Till>);

/// How somebody pays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPayment)]
pub struct PaymentBody {
    /// The telephone on which the payer confirms, with the code of the country. It is not kept.
    #[serde(default)]
    pub phone: Option<String>,
}

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payment {
    pub id: Uuid,
    pub fee: Uuid,
    #[schema(example = "sandbox")]
    pub provider: String,
    /// The provider's own number.
    pub reference: Option<String>,
    #[schema(value_type = Amount)]
    pub amount: Money,
    /// `asked`, `acknowledged`, `succeeded`, `cancelled`, `timed_out` or `failed`.
    #[schema(example = "acknowledged")]
    pub state: String,
    pub asked_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// An amount of money, as [`Money`] is written.
#[derive(Debug, ToSchema)]
#[schema(as = Money, example = json!({"amount": "1170.00", "currency": "BDT"}))]
pub struct Amount {
    /// A decimal with the places of the currency.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

impl From<PaymentView> for Payment {
    fn from(view: PaymentView) -> Self {
        Self {
            id: view.id.0,
            fee: view.demand.0,
            provider: view.provider,
            reference: view.reference,
            amount: view.amount,
            state: view.state.as_str().to_owned(),
            asked_at: view.asked_at,
            ended_at: view.ended_at,
        }
    }
}

/// Pays a fee.
///
/// The provider asks the payer to confirm. Whether the fee is paid is told later: by the case, and by its fees.
#[utoipa::path(
    operation_id = "pay_fee", tag = "money", security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The fee."),
        ("Idempotency-Key" = String, Header, description = "By which a repeat of this request is known."),
    ),
    request_body(content = Option<PaymentBody>, example = json!({"phone": "+8801711000001"})),
    responses((status = 202, description = "The payment, under way.", body = Payment))
)]
#[post("/v1/fees/{id}/payments")]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub async fn pay_fee(
    caller: Caller,
    ctx: web::Data<Context>,
    till: web::Data<MaybeTill>,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<PaymentBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.required()?.of(&request, &caller, body.hash);
    let away = || Error::Unavailable("no provider of payments is configured".into());
    let till = till.0.as_ref().ok_or_else(away)?;
    let (demand, phone) = (DemandId(id.into_inner()), body.value.phone.as_deref());
    let view = match payments::begin(&ctx, &caller, till.provider.as_ref(), demand, phone, key).await {
        Err(Error::Replayed(replay)) => {
            payments::show(&ctx, &caller, till.provider.as_ref(), demand, PaymentId(replay.resource), phone).await?
        }
        other => other.map_err(as_sent)?,
    };
    Ok(One::new(&Payment::from(view), 1)?.after(StatusCode::ACCEPTED))
}

/// Faults with the places of the body: the payer is not a member of it.
fn as_sent(error: Error) -> Error {
    let place = |pointer: &str| pointer.strip_prefix("/payer").unwrap_or(pointer).to_owned();
    match error {
        Error::Invalid(faults) => {
            Error::Invalid(faults.into_iter().map(|f| Fault { pointer: place(&f.pointer), ..f }).collect())
        }
        other => other,
    }
}

/// Takes what a provider tells.
///
/// Signed by the provider: `X-Signature: t=<unix seconds>,v1=<HMAC-SHA256 of "t.body", hexadecimal>`. Told twice, it
/// counts once.
#[utoipa::path(
    operation_id = "settle_payment", tag = "money", security(()),
    params(
        ("provider" = String, Path, description = "The provider's name.", example = "sandbox"),
        ("X-Signature" = String, Header, description = "The provider's signature of this body."),
    ),
    request_body(content = serde_json::Value, description = "How a payment ended.", example = json!({
        "event_id": "evt-1", "payment": "0199aa50-2c1e-7c3a-8a0e-0f6f3c1d2b4a", "reference": "SB-1",
        "outcome": "succeeded", "amount": {"amount": "70.00", "currency": "BDT"}, "at": "2026-11-23T10:00:00Z"})),
    responses((status = 204, description = "It is taken; also where it was known."))
)]
#[post("/v1/payments/callbacks/{provider}")]
pub async fn settle_payment(
    ctx: web::Data<Context>,
    till: web::Data<MaybeTill>,
    request: HttpRequest,
    provider: web::Path<String>,
    _: NoQuery,
    body: RawBody,
) -> Result<HttpResponse, Problem> {
    let known = till.0.as_ref().filter(|till| till.provider.name() == provider.as_str());
    let till = known.ok_or(Error::NotFound)?;
    let header = request.headers().get(payments::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let id = limits::request_id(&request);
    payments::settle(&ctx, &provider, &till.secret, header, &body.0, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
