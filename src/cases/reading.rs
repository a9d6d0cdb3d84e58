//! A case is read for somebody who may, and that is written down.

use super::context::Context;
use super::perform::{Admitted, admit, at_counter};
use super::store::{self, Loaded, Sight, Sought};
use crate::access::{Action, Desk, Permit};
use crate::audit::{self, Entry};
use crate::engine::definition::Definition;
use crate::kernel::{Actor, CaseId, Error, Result};
use crate::postgres::Tx;

/// Resolves an id or a reference. Whether the caller may know of it is asked by what follows; who tries a reference that
/// there is not is written down here.
///
/// # Errors
/// [`Error::NotFound`].
#[tracing::instrument(level = "debug", name = "case.resolve", skip_all)]
pub async fn resolve(ctx: &Context, actor: &Actor, name: &str) -> Result<CaseId> {
    if let Ok(id) = name.parse::<CaseId>() {
        return Ok(id);
    }
    let found = match crate::kernel::reference::Reference::parse(name) {
        Some(reference) => store::find(&mut ctx.db.single().await?, reference.as_str()).await?,
        None => None,
    };
    match found {
        Some(case) => Ok(case),
        None => ctx.refuse(actor, "case.find", None, Error::NotFound).await,
    }
}

/// A case that was read with permission, and where more of it may be read.
pub struct Read {
    pub permit: Permit,
    pub def: std::sync::Arc<Definition>,
    pub loaded: Loaded,
    pub tx: Tx,
}

/// Reads a case for somebody. Refused attempts are written down; the read itself is by [`record`].
///
/// # Errors
/// Refusals of the policy; those of the database.
pub async fn read(ctx: &Context, actor: &Actor, id: CaseId, action: Action, name: &'static str) -> Result<Read> {
    let found = async {
        if action == Action::ReadCase && !actor.is_staff() {
            // Where a case stands is told without what was stated in it, for the most part.
            let sight = ctx.looks.look(actor, Sought::Outline(id)).await?;
            let admitted = admit(ctx, sight, actor, action)?;
            if admitted.is_whole {
                return Ok(admitted);
            }
        }
        let mut sight = ctx.looks.look(actor, Sought::Case(id)).await?;
        if let Some(sight) = sight.as_mut().filter(|_| actor.is_staff()) {
            hearing(ctx, actor, sight).await?;
        }
        admit(ctx, sight, actor, action)
    };
    match found.await {
        Ok(Admitted { permit, def, loaded, .. }) => Ok(Read { permit, def, loaded, tx: ctx.db.later() }),
        Err(error) => ctx.refuse(actor, name, Some(id), error).await,
    }
}

/// Whoever hears a remedy reads the case that it is about, at the desk that hears it.
async fn hearing(ctx: &Context, actor: &Actor, sight: &mut Sight) -> Result<()> {
    let at = |desk: &Desk| actor.holds(&desk.role, &desk.office);
    if sight.facts.desks.iter().any(at) {
        return Ok(());
    }
    let remedies = sight.remedies()?;
    if !remedies.is_empty() {
        sight.facts.desks.extend(store::desks_of(&mut ctx.db.single().await?, remedies).await?);
    }
    Ok(())
}

/// Writes a read down, durably, before its answer leaves.
///
/// # Errors
/// Those of the log: then the answer does not leave.
pub async fn record(ctx: &Context, actor: &Actor, permit: &Permit, loaded: &Loaded, name: &'static str) -> Result<()> {
    let entry = Entry {
        purpose: Some(permit.purpose.clone()),
        case: Some(loaded.row.id),
        post: permit.post.clone(),
        subjects: loaded.subjects.clone(),
        details: serde_json::json!({"basis": permit.basis}),
        ..Entry::done(name)
    };
    ctx.recorder.record(audit::seal(&at_counter(ctx, actor, loaded), entry, ctx.clock.now())).await
}
