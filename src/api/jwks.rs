//! The keys by which anybody checks the certificates' tokens.

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::answer::One;
use super::problem::Problem;
use crate::cases::Context;
use crate::kernel::Result;

/// Reads the public keys.
///
/// A JWK set (RFC 7517): the key that signs now, then those of earlier years.
#[utoipa::path(
    operation_id = "read_keys", tag = "certificates", security(()),
    responses(
        (status = 200, description = "The keys.", body = serde_json::Value, example = json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
             "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})),
        (status = 304, description = "The caller has them already."),
    )
)]
#[get("/.well-known/jwks.json")]
pub async fn read_keys(ctx: web::Data<Context>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    Ok(One::new(&ctx.keys.jwks(), 1)?.public().to(&request))
}
