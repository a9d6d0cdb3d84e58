//! From a request to typed values: who is asking, what was sent, which version of it the caller knows. Promises that
//! everything that is read is bounded, and that what is wrong is told as a problem document.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use super::{json, limits};
use crate::access::{self, Verifier};
use crate::kernel::{Actor, Channel, Clock, Error, OrganisationId, Result};
use crate::postgres::Database;

/// Bytes of a JSON body at most.
pub const BODY_MAX: usize = 1 << 20;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// Characters of `X-Purpose` at most.
const PURPOSE_MAX: usize = 200;
/// Versions named in one `If-Match` or `If-None-Match`, at most.
const TAGS_MAX: usize = 16;

/// What is needed to know who asks; an application's data.
#[derive(Clone)]
pub struct Gate {
    pub verifier: Verifier,
    pub db: Database,
    pub clock: Arc<Clock>,
}

/// Somebody with a good token. Whether a register knows the person is the policy's question.
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

/// Somebody, with a good token or without one. A bad token is refused here too.
#[derive(Debug, Clone)]
pub struct MaybeCaller(pub Actor);

impl std::ops::Deref for Caller {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl std::ops::Deref for MaybeCaller {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let actor = identify(&request).await?;
            Ok(Self(actor.ok_or(Error::Unauthenticated("token_missing"))?))
        })
    }
}

impl FromRequest for MaybeCaller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let actor = identify(&request).await?;
            Ok(Self(actor.unwrap_or_else(|| Actor::anonymous(limits::request_id(&request)))))
        })
    }
}

async fn identify(request: &HttpRequest) -> Result<Option<Actor>> {
    let Some(token) = bearer(request.headers())? else { return Ok(None) };
    let gate = request.app_data::<web::Data<Gate>>().ok_or_else(|| Error::internal("the application has no gate"))?;
    // Looked at before anything is asked of the database.
    let purpose = purpose(request.headers())?;
    let acting_for = acting_for(request.headers())?;
    let claims = gate.verifier.verify(token).await?;
    let now = gate.clock.now();
    let mut tx = gate.db.single().await?;
    let person = access::person_of(&mut tx, &claims.issuer, &claims.subject).await?;
    let posts = match person {
        Some(person) => access::posts_of(&mut tx, person, now).await?,
        None => Vec::new(),
    };
    if let Some(organisation) = acting_for {
        let allowed = match person {
            Some(person) => access::may_sign(&mut tx, person, organisation, now).await?,
            None => false,
        };
        if !allowed {
            return Err(Error::Forbidden("no_mandate"));
        }
    }
    Ok(Some(Actor {
        subject: claims.subject,
        person,
        acting_for,
        posts,
        channel: Channel::Online,
        helper: None,
        client: claims.client,
        assurance: claims.assurance,
        purpose,
        request: limits::request_id(request),
    }))
}

/// The one value of a header, as text; people write purposes in their own script.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) if values.next().is_none() => Ok(Some(text.trim())),
        _ => Err(Error::Malformed(format!("the header {name} must be given once, in UTF-8"))),
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(text) = one(headers, "authorization").map_err(|_| Error::Unauthenticated("token_scheme"))? else {
        return Ok(None);
    };
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => Ok(Some(token.trim())),
        _ => Err(Error::Unauthenticated("token_scheme")),
    }
}

fn purpose(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(text) = one(headers, "x-purpose")?.filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > PURPOSE_MAX || text.chars().any(char::is_control) {
        return Err(Error::Malformed(format!("X-Purpose has at most {PURPOSE_MAX} characters on one line")));
    }
    Ok(Some(text.to_owned()))
}

fn acting_for(headers: &HeaderMap) -> Result<Option<OrganisationId>> {
    let parse = |text: &str| text.parse().map_err(|_| Error::Malformed("X-Acting-For is the id of an organisation".into()));
    one(headers, "x-acting-for")?.map(parse).transpose()
}

/// A JSON body, with the hash by which a repeat under the same `Idempotency-Key` is told from another request.
#[derive(Debug)]
pub struct Json<T> {
    pub value: T,
    /// SHA-256 of the body as it came.
    pub hash: [u8; 32],
}

impl<T> Json<T> {
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
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
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Error::Malformed("the body broke off".into()))?;
            if body.len() + chunk.len() > BODY_MAX {
                return Err(Error::TooLarge(BODY_MAX as u64));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    let late = |_| Error::Malformed("the body did not arrive in time".into());
    tokio::time::timeout(BODY_PATIENCE, read).await.map_err(late)?
}

/// The entity tag of a resource at this state; of the same state in another language it is another.
#[must_use]
pub fn etag(seq: i32, variant: &str) -> String {
    if variant.is_empty() { format!("\"{seq}\"") } else { format!("\"{seq}-{variant}\"") }
}

/// What `If-Match` says: which state of the resource the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    Absent,
    /// `*`: whatever it is.
    Any,
    /// States, by number; a tag that is none of ours matches nothing.
    States(Vec<i32>),
}

impl IfMatch {
    /// Refuses where the caller did not say which state it knows.
    ///
    /// # Errors
    /// [`Error::PreconditionRequired`].
    pub fn required(self) -> Result<Self> {
        if self == Self::Absent { Err(Error::PreconditionRequired("If-Match")) } else { Ok(self) }
    }

    /// Whether the caller knows this state.
    ///
    /// # Errors
    /// [`Error::Stale`] where it knows another.
    pub fn check(&self, seq: i32) -> Result<()> {
        match self {
            Self::Absent | Self::Any => Ok(()),
            Self::States(known) if known.contains(&seq) => Ok(()),
            Self::States(_) => Err(Error::Stale),
        }
    }

    fn parse(headers: &HeaderMap) -> Result<Self> {
        let Some(text) = one(headers, "if-match")? else { return Ok(Self::Absent) };
        if text == "*" {
            return Ok(Self::Any);
        }
        // A weak tag does not match here (RFC 9110, 13.1.1).
        let tags = text.split(',').take(TAGS_MAX).map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'));
        Ok(Self::States(tags.flatten().filter_map(|tag| tag.split('-').next()?.parse().ok()).collect()))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::parse(request.headers()).map_err(Problem))
    }
}

/// Whether the caller has this state already: then the answer is 304.
#[must_use]
pub fn if_none_match(request: &HttpRequest, etag: &str) -> bool {
    let Some(text) = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else { return false };
    let weak = |tag: &str| tag.trim().trim_start_matches("W/") == etag;
    text.trim() == "*" || text.split(',').take(TAGS_MAX).any(weak)
}

#[cfg(test)]
mod tests;
