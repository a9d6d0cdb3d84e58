//! What goes round every request: its id, the headers that keep browsers from harm, the figures, one line in the log,
//! and a problem document wherever the answer is an error, also where the web framework gave it. Promises that neither
//! the log nor the figures hold a path with ids, a query or a name.

mod routes;

use std::time::Instant;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::QueryPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use tracing::Instrument;

use super::body::BODY_MAX;
use super::problem::{self, Problem};
use super::{health, trace};
use crate::kernel::{Error, Fault, random};

pub use routes::Routes;

/// Characters of a request's id at most.
const ID_MAX: usize = 64;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Set on every answer that does not say otherwise.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    // Nearly everything here is about somebody.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::VARY, HeaderValue::from_static("Accept-Language, Authorization")),
];

#[derive(Debug, Clone)]
struct RequestId(String);

/// The id of the request: the client's own, where it gave a sound one.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

fn id_from(headers: &HeaderMap) -> String {
    let sound = |id: &&str| {
        (1..=ID_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sound);
    given.map_or_else(|| random::uuid().to_string(), str::to_owned)
}

/// The middleware: `App::wrap(from_fn(limits::around))`, outermost.
///
/// # Errors
/// Those of middleware within it.
pub async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let began = Instant::now();
    let id = id_from(request.headers());
    let method = method(&request);
    let trace_id = trace::trace_id(request.headers()).unwrap_or_default();
    let span = tracing::info_span!("request", request_id = %id, method, trace_id, route = tracing::field::Empty);
    request.extensions_mut().insert(RequestId(id.clone()));
    async {
        let answer = next.call(request).await?;
        let route = answer.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
        tracing::Span::current().record("route", route.as_str());
        let mut answer = with_problem(answer, &id);
        dress(answer.headers_mut(), &id);
        let (status, took) = (answer.status().as_u16(), began.elapsed());
        metrics::counter!(health::REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string())
            .increment(1);
        metrics::histogram!(health::DURATIONS, "method" => method, "route" => route).record(took.as_secs_f64());
        tracing::info!(status, micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "answered");
        Ok(answer)
    }
    .instrument(span)
    .await
}

/// A name out of few: what strangers invent must not become figures.
fn method(request: &ServiceRequest) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn with_problem<B: MessageBody + 'static>(answer: ServiceResponse<B>, id: &str) -> ServiceResponse<EitherBody<B>> {
    let (request, status) = (answer.request(), answer.status());
    let language = problem::language_of(request);
    let document = match answer.response().error() {
        Some(error) => match error.as_error::<Problem>() {
            Some(Problem(error)) => {
                problem::log(error);
                problem::respond(error, id, language)
            }
            None => foreign(status, request, id),
        },
        None if status.as_u16() >= 400 && !answer.headers().contains_key(header::CONTENT_TYPE) => {
            foreign(status, request, id)
        }
        None => return answer.map_into_left_body(),
    };
    let (request, _) = answer.into_parts();
    ServiceResponse::new(request, document).map_into_right_body()
}

/// What the web framework answered by itself.
fn foreign(status: StatusCode, request: &HttpRequest, id: &str) -> HttpResponse {
    let language = problem::language_of(request);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = request.app_data::<web::Data<Routes>>().and_then(|routes| routes.allowed(request.path()));
        return problem::method_not_allowed(&allowed.unwrap_or_default(), id, language);
    }
    let error = problem::from_status(status);
    problem::log(&error);
    problem::respond(&error, id, language)
}

fn dress(headers: &mut HeaderMap, id: &str) {
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
}

/// What an application needs so that everything that cannot be read is told as a problem document, and what is nowhere
/// is 404, or 405 with `Allow`.
pub fn configure(routes: Routes) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        app.app_data(web::Data::new(routes))
            // A path whose id is none leads nowhere.
            .app_data(web::PathConfig::default().error_handler(|_, _| Problem(Error::NotFound).into()))
            .app_data(web::QueryConfig::default().error_handler(|error, _| Problem(query_error(&error)).into()))
            .app_data(web::PayloadConfig::new(BODY_MAX))
            .default_service(web::to(nowhere));
    }
}

async fn nowhere(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let routes = request.app_data::<web::Data<Routes>>();
    match routes.and_then(|routes| routes.allowed(request.path())) {
        // The document is written on the way out.
        Some(_) => Ok(HttpResponse::MethodNotAllowed().finish()),
        None => Err(Problem(Error::NotFound)),
    }
}

fn query_error(error: &QueryPayloadError) -> Error {
    let words = error.to_string();
    let named = words.split('`').nth(1).unwrap_or_default();
    let code = if words.contains("missing field") {
        "required"
    } else if words.contains("unknown field") {
        "not_expected"
    } else {
        return Error::Malformed("the query of the address cannot be read".into());
    };
    Error::Invalid(vec![Fault::new(format!("/{named}"), code)])
}

#[cfg(test)]
mod tests;
