//! Who is asking: from the headers of a request to an actor. Promises that everything that is read is bounded, and that
//! what is wrong is told as a problem document. What an actor may do is the policy's question.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use jiff::SignedDuration;

use super::bounds::Bounds;
use super::limits;
use super::problem::Problem;
use crate::access::{self, Callers, Standing, Verifier};
use crate::cases::Context;
use crate::kernel::{Actor, Channel, Clock, Error, OrganisationId, Result};
use crate::postgres::Database;

/// Characters of `X-Purpose` at most.
const PURPOSE_MAX: usize = 200;

/// What is needed to know who asks; an application's data.
#[derive(Clone)]
pub struct Gate {
    pub verifier: Verifier,
    pub db: Database,
    pub clock: Arc<Clock>,
    callers: Arc<Callers>,
}

impl Gate {
    #[must_use]
    pub fn new(verifier: Verifier, ctx: &Context) -> Self {
        let believed = SignedDuration::from_secs(ctx.settings.standing_seconds.into());
        let callers = Arc::new(Callers::new(ctx.db.clone(), believed));
        Self { verifier, db: ctx.db.clone(), clock: ctx.clock.clone(), callers }
    }

    /// The same over the connections of another context.
    #[must_use]
    pub fn apart(&self, ctx: &Context) -> Self {
        Self::new(self.verifier.clone(), ctx)
    }
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
    // Before anything is asked of the database.
    Bounds::count_caller(request, &claims.issuer, &claims.subject)?;
    let now = gate.clock.now();
    let Standing { person, posts, suspended } = gate.callers.standing(&claims, now).await?;
    if suspended {
        return Err(Error::Forbidden("suspended"));
    }
    if let Some(organisation) = acting_for {
        let allowed = match person {
            Some(person) => access::may_sign(&mut gate.db.single().await?, person, organisation, now).await?,
            None => false,
        };
        if !allowed {
            let request_id = limits::request_id(request);
            let (subject, client, assurance) = (claims.subject, claims.client, claims.assurance);
            let actor = Actor { subject, person, acting_for, client, assurance, ..Actor::anonymous(request_id) };
            let ctx = request.app_data::<web::Data<Context>>();
            let ctx = ctx.ok_or_else(|| Error::internal("the application has no context"))?;
            return ctx.refuse(&actor, "organisation.act_for", None, Error::Forbidden("no_mandate")).await;
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
pub(super) fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
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
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(Some(token.trim()))
        }
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
    let parse =
        |text: &str| text.parse().map_err(|_| Error::Malformed("X-Acting-For is the id of an organisation".into()));
    one(headers, "x-acting-for")?.map(parse).transpose()
}

/// The languages that the caller wishes for, as the header has them; empty where it says nothing.
#[must_use]
pub fn accept_language(request: &HttpRequest) -> &str {
    request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
