//! What was sent with a request: JSON, or bytes as they came, and nothing at all where nothing belongs. Promises that no
//! body is larger, slower or deeper than its bound.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::json;
use super::limits::time;
use super::problem::Problem;
use crate::kernel::{Error, Fault, Result};

/// Bytes of a JSON body at most.
pub const BODY_MAX: usize = 1 << 20;
/// How long a client may be silent within a body. How long all of it may take is the time of the request.
const SILENCE: Duration = Duration::from_secs(10);
/// Unknown names in a query that are told one by one, at most.
const TOLD_MAX: usize = 20;

/// A JSON body, with the hash by which a repeat under the same `Idempotency-Key` is told from another request.
#[derive(Debug)]
pub struct Json<T> {
    pub value: T,
    /// SHA-256 of the body as it came.
    pub hash: [u8; 32],
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_type(&request)?;
            let bytes = collect(&request, payload).await?;
            Ok(Self { value: json::read(&bytes)?, hash: Sha256::digest(&bytes).into() })
        })
    }
}

fn check_type(request: &HttpRequest) -> Result<()> {
    let named = request.content_type();
    let is_json = named.eq_ignore_ascii_case("application/json") || named.to_ascii_lowercase().ends_with("+json");
    if !is_json {
        return Err(Error::UnsupportedType("application/json is".into()));
    }
    match request.headers().get(header::CONTENT_ENCODING) {
        // A packed body can be a thousand times its size: it is not unpacked.
        Some(encoding) if encoding != "identity" => Err(Error::UnsupportedType("Content-Encoding".into())),
        _ => Ok(()),
    }
}

async fn collect(request: &HttpRequest, mut payload: Payload) -> Result<Vec<u8>> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_MAX as u64) {
        return Err(Error::TooLarge(BODY_MAX as u64));
    }
    let read = async {
        let mut body = Vec::new();
        let mut next = async || tokio::time::timeout(SILENCE, payload.next()).await.map_err(|_| Error::TooSlow);
        while let Some(chunk) = next().await? {
            let chunk = chunk.map_err(|_| Error::Malformed("the body broke off".into()))?;
            if body.len() + chunk.len() > BODY_MAX {
                return Err(Error::TooLarge(BODY_MAX as u64));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    time::sent(request, read).await
}

/// A JSON body that may be left out: no body is the same as an empty object.
#[derive(Debug)]
pub struct OptionalJson<T> {
    pub value: T,
    /// SHA-256 of the body as it came.
    pub hash: [u8; 32],
}

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = collect(&request, payload).await?;
            let hash = Sha256::digest(&bytes).into();
            if bytes.is_empty() {
                return Ok(Self { value: json::read(b"{}")?, hash });
            }
            check_type(&request)?;
            Ok(Self { value: json::read(&bytes)?, hash })
        })
    }
}

/// A body as it came: what a signature is over.
#[derive(Debug)]
pub struct RawBody(pub Vec<u8>);

impl FromRequest for RawBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Self(collect(&request, payload).await?)) })
    }
}

/// The empty object: where an act has nothing to be told.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// No query in the address. What would be passed over silently is refused.
#[derive(Debug)]
pub struct NoQuery;

impl FromRequest for NoQuery {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let names = request.query_string().split('&').filter(|pair| !pair.is_empty());
        let fault = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            Fault::new(format!("/{}", name.replace('~', "~0").replace('/', "~1")), "not_expected")
        };
        let faults: Vec<_> = names.take(TOLD_MAX).map(fault).collect();
        let found = if faults.is_empty() { Ok(Self) } else { Err(Problem(Error::Invalid(faults))) };
        std::future::ready(found)
    }
}

#[cfg(test)]
mod tests;
