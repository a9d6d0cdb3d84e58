//! Cases that a step opens in another service: opened after its commit, each with a note in the case that opened it or not at
//! all; given up where nobody waits for them any more; and what they come to is told.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::context::Context;
use super::crossing::{Opened, Returned};
use super::itself::{by_itself, whole};
use super::perform::{self, Request, attempt};
use super::prepare::Order;
use super::start::{NewCase, blank, opened_once, start_permit, submitted};
use super::store::{Committed, Loaded, Sought};
use crate::access::Action;
use crate::engine::definition::{Awaited, Definition, Opening, PartyKind, Verb};
use crate::engine::workflow::{Flow, Linked, NOT_OPENED, Parent, Status, TokenId, View, is_to_open, kept_items};
use crate::kernel::{Actor, CaseId, Error, OrganisationId, PersonId, Result};
use crate::postgres::Tx;
use crate::queue::Claimed;

fn opening<'d>(def: &'d Definition, step: &str) -> Option<&'d Opening> {
    match def.steps.get(step).map(|s| &s.verb) {
        Some(Verb::Open(opening)) => Some(opening),
        _ => None,
    }
}

/// Whether something that a visit to a step opened is given up with the visit.
pub(super) fn gives_up(def: &Definition, flow: &Flow, step: &str, token: TokenId) -> bool {
    let waits = opening(def, step).is_some_and(|opening| opening.wait != Awaited::None);
    waits && flow.children.iter().any(|child| child.token == token && child.end.is_none())
}

/// Of the payload of a job.
fn token_of(job: &Claimed) -> Result<TokenId> {
    let token = job.payload.get("token").and_then(Value::as_u64).and_then(|token| TokenId::try_from(token).ok());
    token.ok_or_else(|| Error::internal("the visit to a step is not named"))
}

/// Opens what a visit to a step opens. Done twice it opens nothing the second time.
///
/// # Errors
/// Those of the database: it is tried again.
pub async fn open_children(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    let token = token_of(job)?;
    let loaded = whole(ctx, case).await?;
    let Some((step, items)) = kept_items(&loaded.case, token) else { return Ok(()) };
    let def = ctx.catalogue.version(&loaded.row.service, &loaded.row.version);
    let wait = def.and_then(|def| opening(def, step)).map(|opening| opening.wait).unwrap_or_default();
    let open = |index: &u32| is_to_open(&loaded.case.flow, wait, token, *index);
    for index in (0..u32::try_from(items.len()).unwrap_or(u32::MAX)).filter(open) {
        match opened_once(ctx, async |tx| attempt_one(ctx, tx, case, token, index).await).await {
            Ok(()) => {}
            // What the other service does not take is told to the case, which goes on: a person sees to it there.
            Err(error @ (Error::Invalid(_) | Error::Forbidden(_) | Error::Conflict(_))) if !matches!(&error, Error::Conflict(code) if code == perform::SIMULTANEOUS) =>
            {
                tracing::error!(%case, token, ?error, "a case cannot be opened for a step");
                let (end, result) = (NOT_OPENED.to_owned(), "neutral".to_owned());
                let returned = Returned { token, index, case: None, end, result, given: Map::new() };
                by_itself(ctx, case, "case.return", Order::Returned(&returned)).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// None where there is nothing to open (any more).
async fn attempt_one(
    ctx: &Context,
    tx: &mut Tx,
    case: CaseId,
    token: TokenId,
    index: u32,
) -> Result<Option<Committed>> {
    let now = ctx.clock.now();
    let parent = whole(ctx, case).await?;
    let def = ctx.catalogue.version(&parent.row.service, &parent.row.version);
    let def = def.ok_or_else(|| Error::internal("the version of the case is not in the catalogue"))?;
    let Some((step, items)) = kept_items(&parent.case, token) else { return Ok(None) };
    let opening = opening(def, step).ok_or_else(|| Error::internal("the step opens nothing"))?;
    let item = usize::try_from(index).ok().and_then(|at| items.get(at));
    let Some(item) = item.filter(|item| item.get("end").is_none_or(Value::is_null)) else { return Ok(None) };
    if !is_to_open(&parent.case.flow, opening.wait, token, index) {
        return Ok(None);
    }
    let form = item.get("form").cloned();
    let other: Arc<Definition> =
        ctx.catalogue.in_force(&opening.service, now).cloned().ok_or(Error::Conflict("service_not_on_offer".into()))?;
    let (person, organisation) = whose(def, &parent, &opening.party)?;
    let actor = Actor { person: Some(person), acting_for: organisation, ..Actor::system("case") };
    let language = Some(parent.row.language.clone());
    let new = NewCase { service: other.id.clone(), form, submit: true, language, ..NewCase::default() };
    let child = blank(ctx, tx, &actor, &other, &new, now).await?;
    // First the case that opens it, as wherever two cases meet.
    let opened = Opened { token, index, case: child.row.id, reference: child.row.reference.clone() };
    let order = Order::Opened(&opened);
    let sought = Sought::Case(case);
    let request = Request { sought, action: Action::Complete, name: "case.open", order, key: None, expects: None };
    let committed = match attempt(ctx, tx, &Actor::system("case"), &request).await {
        // Its time was over meanwhile, or another one has come back.
        Err(Error::Conflict(code)) if code == "no_longer_active" => return Ok(None),
        done => done?.0,
    };
    if committed != Committed::Written {
        return Ok(Some(committed));
    }
    let parent = Parent {
        case,
        reference: parent.row.reference.clone(),
        service: parent.row.service.clone(),
        step: step.to_owned(),
        token,
        index,
    };
    let permit = start_permit(&actor, &other)?;
    // What is known is filled in already; whose case it is looks at it before it is handed in.
    let handed_in = NewCase { form: new.form.clone().filter(|_| other.start.needs_form), ..new };
    let linked = Linked::Child(Box::new(parent));
    let act = submitted(ctx, tx, &actor, &permit, &other, &child, &handed_in, Some(&linked), now).await?;
    perform::write(ctx, tx, &other, None, act, now).await.map(|(committed, _)| Some(committed))
}

/// The person and the organisation that a party is.
fn whose(def: &Definition, loaded: &Loaded, party: &str) -> Result<(PersonId, Option<OrganisationId>)> {
    if party == crate::access::APPLICANT {
        return Ok((loaded.row.started_by, loaded.row.organisation));
    }
    let nobody = || Error::Conflict("party_unknown".into());
    let stated = loaded.case.data.parties.get(party).ok_or_else(nobody)?;
    let id = stated.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()).ok_or_else(nobody)?;
    if def.parties.get(party).is_some_and(|rule| rule.kind == PartyKind::Organisation) {
        // Whoever acts here acts for it there as well.
        return Ok((loaded.row.started_by, Some(OrganisationId(id))));
    }
    Ok((PersonId(id), None))
}

/// What a step opened is given up, since the step is left. Done twice it changes nothing.
///
/// # Errors
/// As [`open_children`].
pub async fn give_up(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    let token = token_of(job)?;
    let flow = whole(ctx, case).await?.case.flow;
    for child in flow.children.iter().filter(|child| child.token == token && child.end.is_none()) {
        by_itself(ctx, child.case, "case.moot", Order::Moot).await?;
    }
    Ok(())
}

/// The end of a case is told to the one that opened it, with what the end gives. Done twice it changes nothing.
///
/// # Errors
/// As [`open_children`].
pub async fn tell_parent(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    let loaded = whole(ctx, case).await?;
    let flow = &loaded.case.flow;
    let (Some(parent), Status::Closed { end, at }) = (&flow.parent, &flow.status) else { return Ok(()) };
    let def = ctx.catalogue.version(&loaded.row.service, &loaded.row.version);
    let def = def.ok_or_else(|| Error::internal("the version of the case is not in the catalogue"))?;
    let rule = def.ends.get(end);
    let view = View::new(def, &loaded.case, *at);
    let mut given = Map::new();
    for (name, value) in rule.into_iter().flat_map(|rule| &rule.gives) {
        given.insert(name.clone(), view.eval(value).map_err(perform::refused)?.to_json());
    }
    let result = rule.map_or("neutral", |rule| rule.result.word()).to_owned();
    let (token, index, end) = (parent.token, parent.index, end.clone());
    let returned = Returned { token, index, case: Some(case), end, result, given };
    by_itself(ctx, parent.case, "case.return", Order::Returned(&returned)).await
}
