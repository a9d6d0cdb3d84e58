//! Desks: who may be given a task, and which office.

use jiff::Timestamp;

use super::context::Context;
use super::oversight::overseers;
use super::perform::Request;
use super::store::{self, Loaded};
use crate::access::{Action, Facts, Purpose, permit};
use crate::engine::definition::{Definition, Verb};
use crate::engine::workflow::{Doer, Worker};
use crate::kernel::{Actor, Channel, Error, PersonId, Post, Result};
use crate::postgres::Tx;

/// The desk of the task at hand: role and office.
fn desk(def: &Definition, loaded: &Loaded) -> Result<(String, String)> {
    let found = loaded.token.and_then(|token| loaded.case.flow.tokens.get(&token));
    let found = found.ok_or(Error::Conflict("no_longer_active".into()))?;
    match (def.steps.get(&found.step).map(|s| &s.verb), &found.office) {
        (Some(Verb::Task { role, .. }), Some(office)) => {
            Ok((loaded.case.flow.role_for(role).to_owned(), office.clone()))
        }
        _ => Err(Error::Forbidden("not_for_staff")),
    }
}

/// Who gets a task: somebody at its desk.
pub(super) async fn colleague(
    ctx: &Context,
    tx: &mut Tx,
    def: &Definition,
    loaded: &Loaded,
    to: PersonId,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Worker> {
    let (role, office) = desk(def, loaded)?;
    if !store::colleague(tx, to, &role, &office, def.time.day_of(now)).await? {
        return Err(Error::invalid("/person", "not_at_this_desk"));
    }
    // Whoever could not take the task does not get it from others either.
    let post = Post { role: role.clone(), office, authority: loaded.row.authority.clone(), until: None };
    let target = Actor { person: Some(to), posts: vec![post], channel: Channel::Online, ..Actor::system("assignment") };
    match super::admitted(ctx, tx, &target, request.sought, Action::Claim).await {
        Err(Error::Forbidden(_) | Error::NotFound) => return Err(Error::invalid("/person", "own_matter")),
        other => drop(other?),
    }
    Ok(Worker { doer: Doer { person: to, behalf: None }, roles: vec![role] })
}

/// Whether a task may go to an office: one that has its role, and that the same person oversees.
pub(super) fn transferable(
    ctx: &Context,
    actor: &Actor,
    def: &Definition,
    loaded: &Loaded,
    office: &str,
) -> Result<()> {
    let (role, _) = desk(def, loaded)?;
    let agencies = &ctx.catalogue.country().agencies;
    let known = agencies.offices.get(office).ok_or_else(|| Error::invalid("/office", "unknown"))?;
    if !known.roles.contains(&role) {
        return Err(Error::invalid("/office", "role_missing"));
    }
    let facts = Facts { overseen_by: overseers(agencies, office), ..Facts::default() };
    let oversees = permit(actor, Action::Oversee, &facts, Purpose::OwnCase);
    oversees.map(drop).map_err(|_| Error::invalid("/office", "not_overseen"))
}
