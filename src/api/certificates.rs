//! Certificates: verified by anybody who has the code, printed by who may read the case, revoked by the office.

mod page;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{One, repeated};
use super::body::{Json, NoQuery};
use super::documents::attachment;
use super::extract::{Caller, accept_language};
use super::idempotency::IdempotencyKey;
use super::limits;
use super::problem::Problem;
use crate::cases::{self, CertificateView};
use crate::kernel::{Actor, Result};

type Ctx = web::Data<cases::Context>;

const HTML: &str = "text/html; charset=utf-8";
/// Languages of the page besides the one that is asked for, where the certificate has them.
const LANGUAGES: [&str; 2] = ["en", "bn"];
/// Members of `Accept` that are looked at.
const WISHES_MAX: usize = 16;

/// Verifies a certificate.
///
/// Whether it is valid, and the fields that its definition makes public: compare them with the paper. A browser gets a
/// page.
#[utoipa::path(
    operation_id = "verify_certificate", tag = "certificates", security(()),
    params(("code" = String, Path, description = "The code on the paper; letters of both cases, with or without dashes.")),
    responses(
        (status = 200, description = "What the office knows of it.", content(
            (CertificateView = "application/json"), (String = "text/html"))),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/certificates/{code}")]
pub async fn verify_certificate(
    ctx: Ctx,
    request: HttpRequest,
    code: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let accept = accept_language(&request);
    let html = prefers_html(&request);
    let wanted = if html { vec![accept, LANGUAGES[0], LANGUAGES[1]] } else { vec![accept] };
    let somebody = Actor::anonymous(limits::request_id(&request));
    let views = cases::verify_certificate(&ctx, &somebody, &code, &wanted).await?;
    let vary = (header::VARY, "Accept, Accept-Language");
    if let (false, Some(view)) = (html, views.first()) {
        return Ok(One::new(view, 1)?.language(&view.language).with(vary).to(&request));
    }
    let languages: Vec<&str> = views.iter().map(|view| view.language.as_str()).collect();
    let one = One::of(page::page(&views)?.into_bytes(), HTML, 1).language(&languages.join(", "));
    Ok(one.with(vary).with((header::CONTENT_SECURITY_POLICY, page::POLICY)).to(&request))
}

/// Whether a page is wanted rather than JSON: where both are wanted alike, it is JSON.
fn prefers_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weight = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let q = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
        (name, q.unwrap_or(0.0))
    };
    let ranges: Vec<(String, f32)> = accept.split(',').take(WISHES_MAX).map(weight).collect();
    // The range that names it most closely counts (RFC 9110, 12.5.1).
    let of = |names: [&str; 3]| {
        names.iter().find_map(|name| ranges.iter().find(|(range, _)| range == name)).map_or(0.0, |(_, q)| *q)
    };
    of(["text/html", "text/*", "*/*"]) > of(["application/json", "application/*", "*/*"])
}

/// Reads the document of a certificate.
///
/// Ready to print, in every language of the service; its QR code holds the address of the verification. Of one that was
/// revoked there is none any more: 409.
#[utoipa::path(
    operation_id = "read_certificate_document", tag = "certificates", security(("bearer" = [])),
    params(("code" = String, Path, description = "The code of the certificate.")),
    responses(
        (status = 200, description = "The page, as an attachment.", body = String, content_type = "text/html"),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/certificates/{code}/document")]
pub async fn read_certificate_document(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    code: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let html = cases::certificate_document(&ctx, &caller, &code).await?;
    let one = One::of(html.into_bytes(), HTML, 1).with(attachment("certificate.html"));
    Ok(one.with((header::CONTENT_SECURITY_POLICY, page::POLICY)).to(&request))
}

/// Reads the token of a certificate.
///
/// What it says as a compact JWS (EdDSA), to be checked with the keys of `/.well-known/jwks.json` alone. It says nothing
/// of a later revocation, and of one that was revoked there is none any more: 409. Without `exp` it is good for ever.
#[utoipa::path(
    operation_id = "read_certificate_token", tag = "certificates", security(("bearer" = [])),
    params(("code" = String, Path, description = "The code of the certificate.")),
    responses(
        (status = 200, description = "The token, as an attachment.", body = String, content_type = "application/jose"),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/certificates/{code}/token")]
pub async fn read_certificate_token(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    code: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let token = cases::certificate_token(&ctx, &caller, &code).await?;
    let one = One::of(token.into_bytes(), "application/jose", 1).with(attachment("certificate.jws"));
    Ok(one.to(&request))
}

/// Why a certificate is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Revocation)]
pub struct RevocationBody {
    pub reason: String,
}

/// Revokes a certificate.
///
/// Whoever verifies it sees that at once.
#[utoipa::path(
    operation_id = "revoke_certificate", tag = "certificates", security(("bearer" = [])),
    params(("code" = String, Path, description = "The code of the certificate.")),
    request_body(content = RevocationBody, example = json!({"reason": "Issued on a forged deed: order 12 of 2026."})),
    responses((status = 200, description = "The certificate, revoked.", body = CertificateView))
)]
#[post("/v1/certificates/{code}/revocation")]
pub async fn revoke_certificate(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    code: web::Path<String>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<RevocationBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let reason = &body.value.reason;
    repeated(cases::revoke_certificate(&ctx, &caller, &code, reason, key).await, |_| ())?;
    let view = cases::certificate(&ctx, &code, accept_language(&request)).await?;
    Ok(One::new(&view, 1)?.language(&view.language).after(StatusCode::OK))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_browser_gets_a_page_and_a_program_does_not() {
        let html = |accept: &str| prefers_html(&TestRequest::get().insert_header(("accept", accept)).to_http_request());
        assert!(html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(html("text/html") && html("application/json;q=0.5, text/*"));
        for json in ["", "*/*", "application/json", "text/html;q=0.5, application/json", "text/html;q=0", ";;,q="] {
            assert!(!html(json), "{json}");
        }
        assert!(!prefers_html(&TestRequest::get().to_http_request()));
    }
}
