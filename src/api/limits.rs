//! What goes round every request: its limits, its id, the headers that keep browsers from harm, the figures, one line in
//! the log, and a problem document wherever the answer is an error, also where the web framework gave it. Promises that
//! neither the log nor the figures hold a path with ids, a query or a name.

mod routes;
pub mod time;

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{InternalError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use tracing::Instrument;

use super::body::BODY_MAX;
use super::bounds::Bounds;
use super::connection::Line;
use super::problem::{self, Language, Problem};
use super::{health, trace};
use crate::kernel::{Error, Fault, random};

pub use routes::Routes;
use time::Time;

/// Characters of a request's id at most.
const ID_MAX: usize = 64;
/// How long a request may take where no operator says so.
const REQUEST: Duration = Duration::from_secs(30);
/// The route of a path that has none.
pub const UNMATCHED: &str = "unmatched";
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
/// Those of middleware within it; a request that took too long, as a whole answer.
pub async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let began = Instant::now();
    let _under_way = request.conn_data::<Rc<Line>>().map(Line::request);
    let bounds = request.app_data::<Rc<Bounds>>().cloned();
    let id = id_from(request.headers());
    let method = method(&request);
    if let Some(Err(error)) = bounds.as_ref().map(|bounds| bounds.count(&request)) {
        return Ok(refused(request, &error, &id, method));
    }
    let above = trace::parent(request.headers());
    let (trace_id, parent) = (above.map_or("", |(trace, _)| trace), above.map(|(_, parent)| parent));
    let span =
        tracing::info_span!("request", request_id = %id, method, trace_id, parent, route = tracing::field::Empty);
    let time = Time::new(bounds.as_ref().map_or(REQUEST, |bounds| bounds.request));
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(time.clone());
    // The request itself is gone when it takes too long.
    let (uri, accept) = (request.uri().clone(), request.headers().get(header::ACCEPT_LANGUAGE).cloned());
    async {
        let answer = match time.bound(next.call(request)).await {
            Ok(answer) => answer?,
            Err(error) => {
                let route = bounds.as_ref().map_or(UNMATCHED, |bounds| bounds.route(uri.path()));
                let answer = late(&error, accept.as_ref(), &id);
                told(method, route, answer.status(), began);
                return Err(InternalError::from_response(error.to_string(), answer).into());
            }
        };
        let route = answer.request().match_pattern().unwrap_or_else(|| UNMATCHED.to_owned());
        let mut answer = with_problem(answer, &id);
        dress(answer.headers_mut(), &id);
        told(method, &route, answer.status(), began);
        Ok(answer)
    }
    .instrument(span)
    .await
}

/// The figures and the line in the log.
fn told(method: &'static str, route: &str, status: StatusCode, began: Instant) {
    let (status, took) = (status.as_u16(), began.elapsed());
    tracing::Span::current().record("route", route);
    metrics::counter!(health::REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!(health::DURATIONS, "method" => method, "route" => route.to_owned()).record(took.as_secs_f64());
    tracing::info!(status, micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "answered");
}

/// The answer to one of too many. It is counted, and costs no line in the log: a flood must not become another one.
fn refused<B: MessageBody>(
    request: ServiceRequest,
    error: &Error,
    id: &str,
    method: &'static str,
) -> ServiceResponse<EitherBody<B>> {
    let mut answer = problem::respond(error, id, problem::language_of(request.request()));
    dress(answer.headers_mut(), id);
    let status = answer.status().as_u16().to_string();
    metrics::counter!(health::REQUESTS, "method" => method, "route" => "refused", "status" => status).increment(1);
    request.into_response(answer).map_into_right_body()
}

/// The answer to a request that took too long.
fn late(error: &Error, accept: Option<&HeaderValue>, id: &str) -> HttpResponse {
    problem::log(error);
    let accept = accept.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut answer = problem::respond(error, id, Language::preferred(accept));
    dress(answer.headers_mut(), id);
    answer
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
