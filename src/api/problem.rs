//! Turns [`Error`] into problem documents (RFC 9457), and is the only place that does. Promises that an answer never
//! holds a stack trace, an SQL text or a table's name: what is internal goes to the log.

mod texts;

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::error::STEP_UP;
use crate::kernel::{Error, Fault};

pub use texts::{Language, word};

pub const MEDIA_TYPE: &str = "application/problem+json";
/// Seconds after which it is worth trying again.
const RETRY_BUSY: u32 = 10;
const RETRY_AWAY: u32 = 5;

/// An [`Error`] on its way out.
#[derive(Debug)]
pub struct Problem(pub Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status(&self.0)
    }

    /// In English and without the request's id: the middleware, which knows the request, writes it anew.
    fn error_response(&self) -> HttpResponse {
        respond(&self.0, "", Language::English)
    }
}

/// A problem document, RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/invalid", "title": "Something is missing or wrong", "status": 422, "code": "invalid",
    "detail": "Please correct what is listed under errors.", "instance": "0199aa50-2c1e-7c3a-8a0e-0f6f3c1d2b4a",
    "errors": [{"pointer": "/form/mouza", "code": "required", "message": "This is required."}]
}))]
pub struct Document {
    /// What kind of problem it is; ends with the code.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// Stable code of the problem, to be told apart by programs.
    pub code: String,
    pub detail: String,
    /// The id of the request, as in the log.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instance: String,
    /// Every single fault, where what was sent is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FaultView>,
}

/// One fault.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultView {
    /// JSON pointer to the member, also where it is missing.
    pub pointer: String,
    /// Stable code of the rule.
    pub code: String,
    /// The rule in words.
    pub message: String,
}

/// The status of an error.
#[must_use]
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Unauthenticated(_) | Error::Assurance(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Malformed(_) | Error::KeyRequired => StatusCode::BAD_REQUEST,
        Error::Invalid(_) | Error::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::Stale => StatusCode::PRECONDITION_FAILED,
        Error::PreconditionRequired(_) => StatusCode::PRECONDITION_REQUIRED,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::UnsupportedType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        // A replay that nobody showed again is a defect of ours.
        Error::Replayed(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The code of an error: that of its reason where it has one.
fn code(error: &Error) -> &str {
    match error {
        Error::Unauthenticated(code) | Error::Forbidden(code) if is_code(code) => code,
        Error::Conflict(code) if is_code(code) => code,
        Error::Replayed(_) => "internal",
        Error::Assurance(_) => STEP_UP,
        other => other.word(),
    }
}

/// Whether it is a stable word. Sentences are for the log alone.
fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What goes into the sentence.
fn argument(error: &Error) -> String {
    match error {
        Error::Malformed(text) | Error::UnsupportedType(text) => text.clone(),
        Error::PreconditionRequired(header) => (*header).to_owned(),
        Error::TooLarge(bytes) => bytes.to_string(),
        _ => String::new(),
    }
}

/// The answer to a request that met an error; the log gets what the client does not.
#[must_use]
pub fn respond(error: &Error, request: &str, language: Language) -> HttpResponse {
    let (status, code) = (status(error), code(error));
    let class = if matches!(error, Error::Replayed(_)) { "internal" } else { error.word() };
    let (title, detail) = texts::problem(language, class, code, &argument(error));
    let errors = match error {
        Error::Invalid(faults) => faults.iter().map(|fault| view(fault, language)).collect(),
        _ => Vec::new(),
    };
    let mut response = HttpResponse::build(status);
    match error {
        Error::Unauthenticated("token_missing") => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        // RFC 6750, 3.1: the word for a token that is there and not good.
        Error::Unauthenticated(_) => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
        }
        // RFC 9470, 3: with which level to come back.
        Error::Assurance(level) => {
            let challenge = format!("Bearer error=\"{STEP_UP}\", acr_values=\"{}\"", level.word());
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        Error::TooMany(seconds) => {
            response.insert_header((header::RETRY_AFTER, *seconds));
        }
        Error::Unavailable(_) => {
            response.insert_header((header::RETRY_AFTER, RETRY_AWAY));
        }
        _ => {}
    }
    let document = Document {
        kind: format!("/problems/{code}"),
        title,
        status: status.as_u16(),
        code: code.to_owned(),
        detail,
        instance: request.to_owned(),
        errors,
    };
    write(&mut response, language, &document)
}

/// The answer to a method that the path does not have.
#[must_use]
pub fn method_not_allowed(allow: &str, request: &str, language: Language) -> HttpResponse {
    let code = "method_not_allowed";
    let (title, detail) = texts::problem(language, code, code, allow);
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = HttpResponse::build(status);
    response.insert_header((header::ALLOW, allow));
    let document = Document {
        kind: format!("/problems/{code}"),
        title,
        status: status.as_u16(),
        code: code.to_owned(),
        detail,
        instance: request.to_owned(),
        errors: Vec::new(),
    };
    write(&mut response, language, &document)
}

fn write(response: &mut actix_web::HttpResponseBuilder, language: Language, document: &Document) -> HttpResponse {
    let body = serde_json::to_string(document).unwrap_or_default();
    response.insert_header((header::CONTENT_LANGUAGE, language.tag())).content_type(MEDIA_TYPE).body(body)
}

fn view(fault: &Fault, language: Language) -> FaultView {
    FaultView { pointer: fault.pointer.clone(), code: fault.code.clone(), message: texts::fault(language, fault) }
}

/// The error behind a status that the web framework chose by itself.
#[must_use]
pub fn from_status(status: StatusCode) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(super::body::BODY_MAX as u64),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::UnsupportedType(String::new()),
        StatusCode::TOO_MANY_REQUESTS => Error::TooMany(RETRY_BUSY),
        StatusCode::REQUEST_TIMEOUT => Error::TooSlow,
        StatusCode::SERVICE_UNAVAILABLE => Error::Unavailable(String::new()),
        status if status.is_client_error() => Error::Malformed("the request cannot be read".into()),
        status => Error::internal(format!("status {status}")),
    }
}

/// Writes to the log what the client is not told.
pub fn log(error: &Error) {
    match error {
        Error::Internal(source) => tracing::error!(error = %chain(source.as_ref()), "internal error"),
        Error::Replayed(_) => tracing::error!("a replay was not shown again"),
        Error::Unavailable(what) => tracing::warn!(%what, "unavailable"),
        Error::Unauthenticated(why) => tracing::info!(%why, "not signed in"),
        _ => {}
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |e| e.source()).take(8).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The language in which this request's errors are told.
#[must_use]
pub fn language_of(request: &HttpRequest) -> Language {
    let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::preferred(header.unwrap_or_default())
}

#[cfg(test)]
mod tests;
