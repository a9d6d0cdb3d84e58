//! Remedies: a case that is opened against what was decided in another, and what its end does there.

use serde_json::{Value, json};

use super::act::{Act, RequestKey};
use super::context::Context;
use super::crossing::Lodging;
use super::done::{After, Done};
use super::itself::{by_itself, whole};
use super::perform::{self, Admitted, Request, admitted, attempt, refused};
use super::prepare::{Order, prepare};
use super::start::{NewCase, TRIES, blank, check_shape, facts_of, start_permit};
use super::stated::{KIND, ORGANISATION, other_sides, starter_party};
use super::store::{Committed, Loaded, Sought};
use crate::access::{APPLICANT, Action};
use crate::engine::definition::{Definition, OfficeRule, PartyKind};
use crate::engine::workflow::{Doer, Instance, Link, Linked, MOOT, Status, excluded, instance};
use crate::kernel::{Actor, CaseId, Error, PersonId, Result};
use crate::postgres::Tx;
use crate::queue::Claimed;

/// A remedy to be lodged.
#[derive(Debug, Clone)]
pub struct NewRemedy {
    /// Its name in the case that it is lodged in.
    pub remedy: String,
    pub form: Option<Value>,
    pub language: Option<String>,
    pub key: Option<RequestKey>,
}

/// Opens a case as a remedy against what was decided in another one: both know of each other, or nothing was done.
///
/// # Errors
/// [`Error::Conflict`] where there is nothing that it could be against, or it is too late; every fault of what is stated;
/// refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.lodge", skip_all)]
pub async fn lodge(ctx: &Context, actor: &Actor, of: CaseId, new: NewRemedy) -> Result<Done> {
    for _ in 0..TRIES {
        let mut tx = ctx.db.begin().await?;
        let error = match lodged(ctx, &mut tx, actor, of, &new).await {
            Ok((Committed::Written, done)) => return tx.commit().await.map(|()| done),
            Ok((committed, _)) => perform::unwritten(committed),
            Err(error) => error,
        };
        tx.rollback().await;
        match perform::known(ctx, new.key.as_ref(), error).await {
            Error::Conflict(code) if code == perform::SIMULTANEOUS || code == perform::KEY_IN_USE => {}
            error => return ctx.refuse(actor, "case.lodge", Some(of), error).await,
        }
    }
    ctx.refuse(actor, "case.lodge", Some(of), Error::Conflict(perform::SIMULTANEOUS.into())).await
}

async fn lodged(ctx: &Context, tx: &mut Tx, actor: &Actor, of: CaseId, new: &NewRemedy) -> Result<(Committed, Done)> {
    let now = ctx.clock.now();
    let Admitted { permit, def, loaded, .. } = admitted(ctx, tx, actor, Sought::Case(of), Action::Lodge).await?;
    let version = |service: &str, version: &str| ctx.catalogue.version(service, version).map(std::sync::Arc::as_ref);
    let found = instance(&def, &loaded.case.flow, of, &new.remedy, version).map_err(refused)?;
    let sides = permit.speaks_as();
    let may = def.remedies.get(&new.remedy).map(|rule| rule.by.as_slice()).unwrap_or_default();
    let party = may.iter().find(|party| sides.contains(party)).ok_or(Error::Forbidden("not_for_this_party"))?;
    let heard = ctx.catalogue.in_force(&found.service, now).cloned();
    let heard = heard.ok_or(Error::Conflict("service_not_on_offer".into()))?;
    let start = NewCase {
        service: heard.id.clone(),
        form: new.form.clone(),
        language: new.language.clone(),
        ..NewCase::default()
    };
    check_shape(actor, &start)?;
    let mut case = blank(ctx, tx, actor, &heard, &start, now).await?;
    for (role, _) in heard.parties.iter().filter(|(_, rule)| rule.is_other_side) {
        case.case.data.parties.insert(role.clone(), Value::Array(others(&def, &loaded, &sides)));
    }
    case.row.level = loaded.row.level;
    let doer = Doer { person: actor.person.ok_or(Error::Forbidden("unknown_person"))?, behalf: None };
    let lodging = Lodging {
        case: case.row.id,
        remedy: new.remedy.clone(),
        level: found.level,
        within: found.rule.within,
        party: party.clone(),
        by: doer,
    };
    // First where it is lodged, then where it has effect, then the case itself: any two that meet do so in this order.
    let order = Order::Lodge(&lodging);
    let request = Request {
        sought: Sought::Case(of),
        action: Action::Lodge,
        name: "case.lodge",
        order,
        key: None,
        expects: Some(loaded.case.flow.seq),
    };
    let written = attempt(ctx, tx, actor, &request).await.map_err(overtaken)?;
    if written.0 != Committed::Written {
        return Ok(written);
    }
    if found.root != of {
        let further = Lodging { remedy: found.remedy.clone(), ..lodging.clone() };
        let order = Order::Further(&further);
        let sought = Sought::Case(found.root);
        let request = Request { sought, action: Action::Lodge, name: "case.lodge", order, key: None, expects: None };
        let written = attempt(ctx, tx, &Actor::system(actor.request.clone()), &request).await?;
        if written.0 != Committed::Written {
            return Ok(written);
        }
    }
    let office = office(ctx, &found, of, &loaded).await?;
    case.row.office.clone_from(&office);
    // Whose office hears it answers for it, whatever the service that it is a case of.
    if let Some(hears) = ctx.catalogue.country().agencies.offices.get(&office) {
        case.row.authority.clone_from(&hears.authority);
    }
    let link = Box::new(link(of, &loaded, &found, office));
    let linked = Linked::Remedy { link, excluded: excluded(&loaded.case.flow) };
    let act = opened(ctx, tx, actor, &heard, &case, &linked, new).await?;
    let (committed, act) = perform::write(ctx, tx, &heard, None, act, now).await?;
    let (id, facts) = (case.row.id, facts_of(&heard));
    Ok((committed, Done { case: id, after: Some(Box::new(After::of(actor, act, heard, facts, case))) }))
}

/// The case was changed since it was looked at: it is looked at again.
fn overtaken(error: Error) -> Error {
    match error {
        Error::Stale => Error::Conflict(perform::SIMULTANEOUS.into()),
        other => other,
    }
}

fn link(of: CaseId, loaded: &Loaded, found: &Instance, office: String) -> Link {
    Link {
        of,
        reference: loaded.row.reference.clone(),
        root: found.root,
        service: found.root_service.clone(),
        version: found.root_version.clone(),
        remedy: found.remedy.clone(),
        level: found.level,
        role: found.rule.role.clone(),
        office,
    }
}

/// Who is on the other sides: no more of what was stated of them than who they are.
fn others(def: &Definition, loaded: &Loaded, own: &[String]) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, stated) in loaded.case.data.parties.iter().filter(|(name, _)| !own.contains(name)) {
        let kind = def.parties.get(name).map(|party| party.kind);
        let list = match stated {
            Value::Array(list) => list.clone(),
            Value::Null => continue,
            one => vec![one.clone()],
        };
        for one in list {
            let mut other = json!({"id": one.get("id"), "name": one.get("name")});
            // Who began it for an organisation, and whom the case below knew as one, is one here as well.
            let is_organisation = kind == Some(PartyKind::Organisation)
                || one.get(KIND).and_then(Value::as_str) == Some(ORGANISATION)
                || (name == APPLICANT && loaded.row.organisation.is_some());
            if let (Value::Object(members), true) = (&mut other, is_organisation) {
                members.insert(KIND.into(), json!(ORGANISATION));
            }
            all.push(other);
        }
    }
    all
}

/// The office of an instance: one of the definition's, or the first from the competent one upwards that has the role.
async fn office(ctx: &Context, found: &Instance, of: CaseId, loaded: &Loaded) -> Result<String> {
    let offices = &ctx.catalogue.country().agencies.offices;
    let root = if found.root == of { None } else { Some(whole(ctx, found.root).await?) };
    let root = root.as_ref().unwrap_or(loaded);
    if let Some(name) = &found.rule.office {
        let fixed = root.case.flow.offices.get(name).cloned();
        let def = ctx.catalogue.version(&found.root_service, &found.root_version);
        let declared = def.and_then(|def| match def.offices.get(name)? {
            OfficeRule::Fixed(id) => Some(id.clone()),
            _ => None,
        });
        return fixed.or(declared).ok_or_else(|| Error::internal("the office of an instance is not known"));
    }
    let mut at = Some(root.row.office.clone());
    for _ in 0..OFFICES_MAX {
        let Some(id) = at.take() else { break };
        let Some(office) = offices.get(&id) else { break };
        if office.roles.contains(&found.rule.role) {
            return Ok(id);
        }
        at.clone_from(&office.parent);
    }
    Err(Error::internal(format!("no office above `{}` has the role `{}`", root.row.office, found.rule.role)))
}

/// Offices above one another.
const OFFICES_MAX: usize = 50;

async fn opened(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    heard: &std::sync::Arc<Definition>,
    case: &Loaded,
    linked: &Linked,
    new: &NewRemedy,
) -> Result<Act> {
    let now = ctx.clock.now();
    let permit = start_permit(actor, heard)?;
    let request = Request {
        sought: Sought::Case(case.row.id),
        action: Action::StartCase,
        name: "case.submit",
        order: Order::Submit { form: new.form.as_ref(), linked: Some(linked) },
        key: new.key.clone(),
        expects: None,
    };
    let mut prepared = prepare(ctx, tx, actor, &permit, heard, case, &request, now).await?;
    prepared.parties.get_or_insert_with(|| {
        let mut parties = other_sides(heard, case);
        parties.push(starter_party(case));
        parties
    });
    let played = super::play::play(ctx, tx, actor, heard, case, &mut prepared, now).await?;
    Ok(perform::collect(&permit, heard, case, None, prepared, played, actor, &request, now))
}

/// The end of a remedy takes effect where it was lodged and in the first case. Done twice it changes nothing.
///
/// # Errors
/// Refusals of the engine; those of the database: it is tried again.
pub async fn settle(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    let flow = whole(ctx, case).await?.case.flow;
    let (Some(link), Status::Closed { end, .. }) = (&flow.link, &flow.status) else { return Ok(()) };
    if end == MOOT {
        return Ok(());
    }
    let deciders: Vec<PersonId> = flow.deciders.iter().copied().collect();
    let further = Some(link.root).filter(|root| *root != link.of);
    for other in std::iter::once(link.of).chain(further) {
        by_itself(ctx, other, "remedy.settle", Order::Settle { case, end, deciders: &deciders }).await?;
    }
    Ok(())
}

/// A remedy against what is not there any more ends.
///
/// # Errors
/// As [`settle`].
pub async fn end_moot(ctx: &Context, job: &Claimed) -> Result<()> {
    let case = job.payload.get("case").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let case = case.ok_or_else(|| Error::internal("the case that is moot is not named"))?;
    by_itself(ctx, case, "remedy.moot", Order::Moot).await
}
