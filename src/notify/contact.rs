//! A person says where and how to be told.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::access::{Action, Facts, Permit, Purpose, permit};
use crate::audit::{self, Entry};
use crate::cases::Context;
use crate::engine::definition::Channel;
use crate::kernel::{Actor, Error, PersonId, Result};
use crate::people::{self, Contact, ContactChange};

/// How somebody is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactView {
    #[schema(example = "rahim@sumwhere.example")]
    pub email: Option<String>,
    /// With the code of the country.
    #[schema(example = "+8801711000001")]
    pub phone: Option<String>,
    /// `email`, `sms`, both or none of them, beside the message box; null: e-mail where there is an address, else SMS.
    pub channels: Option<Vec<&'static str>>,
    /// Null: that of the case.
    #[schema(example = "bn")]
    pub language: Option<String>,
    /// When no SMS is sent; null: as in the country.
    pub quiet: Option<QuietView>,
    #[serde(skip)]
    pub revision: u32,
}

/// Hours in which no SMS is sent: local times. Both the same: none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuietHours)]
pub struct QuietView {
    #[schema(example = "21:00")]
    pub from: String,
    #[schema(example = "08:00")]
    pub until: String,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        let time = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
        Self {
            email: contact.email,
            phone: contact.phone,
            channels: contact.channels.map(|all| all.into_iter().map(Channel::word).collect()),
            language: contact.language,
            quiet: contact.quiet.map(|quiet| QuietView { from: time(quiet.from), until: time(quiet.until) }),
            revision: contact.revision,
        }
    }
}

fn permitted(actor: &Actor, action: Action) -> Result<(Permit, PersonId)> {
    let permit = permit(actor, action, &Facts::default(), Purpose::OwnCase)?;
    Ok((permit, actor.person.ok_or(Error::Forbidden("unknown_person"))?))
}

/// How the caller is told.
///
/// # Errors
/// Refusals of the policy; those of the database and of the log.
#[tracing::instrument(level = "debug", name = "contact.read", skip_all)]
pub async fn read_contact(ctx: &Context, actor: &Actor) -> Result<ContactView> {
    let (permit, person) = match permitted(actor, Action::ReadContact) {
        Ok(permitted) => permitted,
        Err(error) => return ctx.refuse(actor, "contact.read", None, error).await,
    };
    let contact = people::contact(&mut ctx.db.single().await?, &permit, person).await?;
    let entry = Entry { purpose: Some(permit.purpose), subjects: vec![person], ..Entry::done("contact.read") };
    ctx.recorder.record(audit::seal(actor, entry, ctx.clock.now())).await?;
    Ok(contact.into())
}

/// Changes how the caller is told; `known` is the revision that was changed, none whatever it is. The log has what was
/// changed, not to what.
///
/// # Errors
/// [`Error::Stale`] where it is another revision meanwhile; [`Error::Invalid`]; refusals of the policy; those of the
/// database.
#[tracing::instrument(level = "debug", name = "contact.change", skip_all)]
pub async fn change_contact(
    ctx: &Context,
    actor: &Actor,
    known: Option<u32>,
    change: ContactChange,
) -> Result<ContactView> {
    match changed(ctx, actor, known, change).await {
        Ok(contact) => Ok(contact.into()),
        Err(error) => ctx.refuse(actor, "contact.change", None, error).await,
    }
}

async fn changed(ctx: &Context, actor: &Actor, known: Option<u32>, change: ContactChange) -> Result<Contact> {
    let (permit, person) = permitted(actor, Action::ChangeContact)?;
    ctx.transaction(async |tx| {
        let held = people::hold_contact(tx, &permit, person).await?;
        if known.is_some_and(|known| known != held.revision) {
            return Err(Error::Stale);
        }
        let names = change.names();
        let next = held.changed(change)?;
        people::put_contact(tx, &permit, person, &next).await?;
        let entry = Entry {
            purpose: Some(permit.purpose.clone()),
            subjects: vec![person],
            details: json!({"changed": names, "revision": next.revision}),
            ..Entry::done("contact.change")
        };
        audit::append(tx, &[audit::seal(actor, entry, ctx.clock.now())]).await?;
        Ok(next)
    })
    .await
}
