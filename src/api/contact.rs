//! How the caller is told: where, on which ways, in which language, and when not.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, patch, web};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::answer::One;
use super::body::{Json, NoQuery};
use super::extract::Caller;
use super::preconditions::IfMatch;
use super::problem::Problem;
use crate::cases::Context;
use crate::engine::definition::Channel;
use crate::notify::{self, ContactView};
use crate::people::ContactChange;

/// What is to be changed: what is left out stays, null takes it back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactChange)]
pub struct ContactBody {
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Option<Option<String>>,
    /// With a plus and the code of the country; spaces and dashes are dropped.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// `email` and `sms`, beside the message box; the empty list: the box alone.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Vec<String>>, max_items = 2)]
    channels: Option<Option<Vec<Channel>>>,
    /// A language tag. It counts where the service speaks it.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, max_length = 35)]
    language: Option<Option<String>>,
    /// When no SMS is sent. Both times the same: no quiet hours.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<QuietBody>)]
    quiet: Option<Option<QuietBody>>,
}

/// Hours in which no SMS is sent, as local times such as `21:00`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQuietHours)]
pub struct QuietBody {
    from: String,
    until: String,
}

/// Tells what is null from what is left out.
fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl From<ContactBody> for ContactChange {
    fn from(body: ContactBody) -> Self {
        let ContactBody { email, phone, channels, language, quiet } = body;
        let quiet = quiet.map(|quiet| quiet.map(|hours| (hours.from, hours.until)));
        Self { email, phone, channels, language, quiet }
    }
}

/// Tells how the caller is told.
#[utoipa::path(
    operation_id = "read_my_contact", tag = "messages", security(("bearer" = [])),
    responses(
        (status = 200, description = "How the caller is told.", body = ContactView),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/me/contact")]
pub async fn read_my_contact(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let contact = notify::read_contact(&ctx, &caller).await?;
    Ok(One::new(&contact, contact.revision)?.to(&request))
}

/// Changes how the caller is told.
///
/// What is left out stays; null takes it back.
#[utoipa::path(
    operation_id = "change_my_contact", tag = "messages", security(("bearer" = [])),
    params(("If-Match" = String, Header, description = "The `ETag` of what the caller has changed.", example = "\"1\"")),
    request_body(content = ContactBody, example = json!({"phone": "+8801711000001", "channels": ["sms"],
        "quiet": {"from": "22:00", "until": "07:00"}})),
    responses((status = 200, description = "As it is kept now.", body = ContactView))
)]
#[patch("/v1/me/contact")]
pub async fn change_my_contact(
    caller: Caller,
    ctx: web::Data<Context>,
    _: NoQuery,
    known: IfMatch,
    body: Json<ContactBody>,
) -> Result<HttpResponse, Problem> {
    let contact = notify::change_contact(&ctx, &caller, known.known()?, body.value.into()).await?;
    Ok(One::new(&contact, contact.revision)?.after(StatusCode::OK))
}
