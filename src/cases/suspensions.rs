//! People and client applications that may not come in for now: suspended and let in again by those who operate the
//! server. What they have done stays as it is.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::act::RequestKey;
use super::context::Context;
use super::operations::permitted;
use super::store;
use crate::access::{self, Action, Suspended, Suspension};
use crate::audit::{self, Entry};
use crate::kernel::{Actor, Error, Fault, PersonId, Result, random};

/// Characters of a reason, and bytes of a client's name.
const REASON_MAX: usize = 500;
const CLIENT_MAX: usize = 255;

/// A suspension that runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionView {
    pub id: Uuid,
    /// The person, or
    pub person: Option<Uuid>,
    /// the client application, as tokens name it.
    #[schema(example = "old-portal")]
    pub client: Option<String>,
    #[schema(example = "stolen telephone")]
    pub reason: String,
    pub from: Timestamp,
    /// Open where none is given.
    pub until: Option<Timestamp>,
}

impl From<Suspension> for SuspensionView {
    fn from(s: Suspension) -> Self {
        Self { id: s.id, person: s.person, client: s.client, reason: s.reason, from: s.from_at, until: s.until_at }
    }
}

/// What is asked for.
pub struct NewSuspension {
    pub person: Option<Uuid>,
    pub client: Option<String>,
    pub reason: String,
    pub until: Option<Timestamp>,
}

impl NewSuspension {
    fn check(self, now: Timestamp) -> Result<(Suspended, String)> {
        let mut faults = Vec::new();
        let reason = self.reason.trim().to_owned();
        if reason.is_empty() {
            faults.push(Fault::new("/reason", "required"));
        } else if reason.chars().count() > REASON_MAX {
            faults.push(Fault::new("/reason", "max_length").with("limit", REASON_MAX));
        } else if reason.contains('\0') {
            faults.push(Fault::new("/reason", "format"));
        }
        if self.until.is_some_and(|until| until <= now) {
            faults.push(Fault::new("/until", "minimum").with("limit", now.to_string()));
        }
        let whom = match (self.person, self.client) {
            (Some(person), None) => Some(Suspended::Person(PersonId(person))),
            (None, Some(client)) if (1..=CLIENT_MAX).contains(&client.len()) && !client.contains('\0') => {
                Some(Suspended::Client(client))
            }
            (None, Some(_)) => {
                faults.push(Fault::new("/client", "format"));
                None
            }
            (None, None) => {
                faults.push(Fault::new("/person", "required"));
                None
            }
            (Some(_), Some(_)) => {
                faults.push(Fault::new("/client", "not_expected"));
                None
            }
        };
        match whom {
            Some(whom) if faults.is_empty() => Ok((whom, reason)),
            _ => Err(Error::Invalid(faults)),
        }
    }
}

/// Suspends somebody, or an application; gives the id of the suspension. It is felt as soon as nobody believes any
/// more what was known before: within `GUICHET_STANDING_SECONDS`.
///
/// # Errors
/// [`Error::Invalid`]; refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "suspension.start", skip_all)]
pub async fn suspend(ctx: &Context, actor: &Actor, new: NewSuspension, key: Option<RequestKey>) -> Result<Uuid> {
    match suspended(ctx, actor, new, key).await {
        Ok(id) => Ok(id),
        Err(error) => ctx.refuse(actor, "suspension.start", None, error).await,
    }
}

async fn suspended(ctx: &Context, actor: &Actor, new: NewSuspension, key: Option<RequestKey>) -> Result<Uuid> {
    let permit = permitted(actor, Action::Suspend)?;
    let (now, id, until) = (ctx.clock.now(), random::uuid(), new.until);
    let (whom, reason) = new.check(now)?;
    ctx.transaction(async |tx| {
        store::check_key(tx, key.as_ref()).await?;
        access::suspend(tx, id, &whom, &reason, actor.person, now, until).await?;
        store::keep_key(tx, key.as_ref(), id).await?;
        let (subjects, client) = match &whom {
            Suspended::Person(person) => (vec![*person], None),
            Suspended::Client(client) => (Vec::new(), Some(client)),
        };
        let details = json!({"suspension": id, "client": client, "until": until});
        let entry = Entry {
            purpose: Some(permit.purpose.clone()),
            post: permit.post.clone(),
            subjects,
            details,
            ..Entry::done("suspension.start")
        };
        audit::append(tx, &[audit::seal(actor, entry, now)]).await
    })
    .await?;
    Ok(id)
}

/// Lets somebody in again.
///
/// # Errors
/// [`Error::NotFound`] where no such suspension runs; refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "suspension.end", skip_all)]
pub async fn lift_suspension(ctx: &Context, actor: &Actor, id: Uuid) -> Result<()> {
    let lifted = async {
        let permit = permitted(actor, Action::Suspend)?;
        let now = ctx.clock.now();
        ctx.transaction(async |tx| {
            let suspension = access::lift(tx, id, now).await?.ok_or(Error::NotFound)?;
            let entry = Entry {
                purpose: Some(permit.purpose.clone()),
                post: permit.post.clone(),
                subjects: suspension.person.map(PersonId).into_iter().collect(),
                details: json!({"suspension": id}),
                ..Entry::done("suspension.end")
            };
            audit::append(tx, &[audit::seal(actor, entry, now)]).await
        })
        .await
    };
    match lifted.await {
        Ok(()) => Ok(()),
        Err(error) => ctx.refuse(actor, "suspension.end", None, error).await,
    }
}

/// The suspensions that run, by id. Who they are about is personal data: the read is written down first.
///
/// # Errors
/// Refusals of the policy; those of the database and of the log.
#[tracing::instrument(level = "debug", name = "suspension.list", skip_all)]
pub async fn list_suspensions(ctx: &Context, actor: &Actor, after: Uuid, limit: i64) -> Result<Vec<SuspensionView>> {
    let permit = match permitted(actor, Action::Suspend) {
        Ok(permit) => permit,
        Err(error) => return ctx.refuse(actor, "suspension.list", None, error).await,
    };
    let now = ctx.clock.now();
    let rows = access::suspensions(&mut ctx.db.single().await?, now, after, limit).await?;
    let entry = Entry {
        purpose: Some(permit.purpose.clone()),
        post: permit.post.clone(),
        subjects: rows.iter().filter_map(|row| row.person.map(PersonId)).collect(),
        ..Entry::done("suspension.list")
    };
    ctx.recorder.record(audit::seal(actor, entry, now)).await?;
    Ok(rows.into_iter().map(SuspensionView::from).collect())
}
