//! How every change of a case is done: look, ask the policy, decide, let our registers answer, write one act.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::act::{Act, Party, RequestKey};
use super::context::Context;
use super::done::{After, Done};
use super::play::{Played, play};
use super::prepare::{Order, Prepared, prepare};
use super::store::{self, Committed, Loaded, Sight, Sought};
use crate::access::{Action, Facts, Permit, Purpose, permit};
use crate::audit::Entry;
use crate::engine::definition::{Definition, Step, Verb};
use crate::engine::workflow::{Case, Flow, Refusal, What};
use crate::kernel::{Actor, CaseId, Channel, Error, Fault, Helper, Result};
use crate::postgres::Tx;

/// A change that somebody asks for.
pub struct Request<'a> {
    pub sought: Sought,
    pub action: Action,
    /// Its name in the log.
    pub name: &'static str,
    pub order: Order<'a>,
    pub key: Option<RequestKey>,
    /// The state of the case that the caller has seen.
    pub expects: Option<u32>,
}

impl Request<'_> {
    async fn refuse<R>(&self, ctx: &Context, actor: &Actor, error: Error) -> Result<R> {
        let (case, task) = match self.sought {
            Sought::Case(case) | Sought::Outline(case) => (Some(case), None),
            Sought::TaskOf(case, task) => (Some(case), Some(task)),
            Sought::Task(task) => (None, Some(task)),
        };
        ctx.refuse_on(actor, self.name, case, task, error).await
    }
}

/// How often an act is tried again that somebody else overtook.
const TRIES: usize = 8;

/// Does it, or refuses and writes that down.
///
/// # Errors
/// Refusals of the policy and of the engine; [`Error::Replayed`] and [`Error::KeyReused`]; those of the database.
pub async fn perform(ctx: &Context, actor: &Actor, request: &Request<'_>) -> Result<Done> {
    for _ in 0..TRIES {
        let mut tx = ctx.db.lazy();
        let error = match attempt(ctx, &mut tx, actor, request).await {
            Ok((Committed::Written, done)) => return tx.commit().await.map(|()| done),
            Ok((committed, _)) => unwritten(committed),
            Err(error) => error,
        };
        tx.rollback().await;
        match known(ctx, request.key.as_ref(), error).await {
            Error::Conflict(code) if code == SIMULTANEOUS || code == KEY_IN_USE => {}
            error => return request.refuse(ctx, actor, error).await,
        }
    }
    request.refuse(ctx, actor, Error::Conflict(SIMULTANEOUS.into())).await
}

/// Why an act was not written.
pub fn unwritten(committed: Committed) -> Error {
    let why = if committed == Committed::KeyInUse { KEY_IN_USE } else { SIMULTANEOUS };
    Error::Conflict(why.into())
}

/// What an error is after a look at the request's key, which is not looked at before: what was done under it already
/// is no failure, and a key whose day has passed is forgotten, so that another try may use it.
pub async fn known(ctx: &Context, key: Option<&RequestKey>, error: Error) -> Error {
    let Some(key) = key.filter(|_| !matches!(error, Error::Internal(_) | Error::Unavailable(_))) else { return error };
    let look = async {
        let mut tx = ctx.db.single().await?;
        store::check_key(&mut tx, Some(key)).await?;
        if matches!(&error, Error::Conflict(code) if code == KEY_IN_USE) {
            store::forget_key(&mut tx, key).await?;
        }
        Ok(())
    };
    let looked: Result<()> = look.await;
    looked.err().unwrap_or(error)
}

pub(super) const SIMULTANEOUS: &str = "simultaneous";
pub(super) const KEY_IN_USE: &str = "key_in_use";

/// One try, in the caller's transaction.
///
/// # Errors
/// As [`perform`]; the transaction is to be given up then.
pub async fn attempt(ctx: &Context, tx: &mut Tx, actor: &Actor, request: &Request<'_>) -> Result<(Committed, Done)> {
    // Outside the transaction, which is only for what is written: that nobody was faster, the statement finds out.
    let sight = ctx.looks.look(actor, request.sought).await?;
    attempt_on(ctx, tx, actor, request, sight).await
}

/// One try on a case as it was found, in the caller's transaction or outside.
///
/// # Errors
/// As [`attempt`].
pub async fn attempt_on(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    request: &Request<'_>,
    sight: Option<Sight>,
) -> Result<(Committed, Done)> {
    let Admitted { permit, def, facts, loaded, .. } = admit(ctx, sight, actor, request.action)?;
    if request.expects.is_some_and(|seq| seq != loaded.case.flow.seq) {
        return Err(Error::Stale);
    }
    let actor = &at_counter(ctx, actor, &loaded);
    let now = ctx.clock.now();
    let def = match &request.order {
        Order::Migrate { version } => {
            ctx.catalogue.version(&loaded.row.service, version).cloned().ok_or(Error::NotFound)?
        }
        _ => in_force(ctx, def, &loaded, now)?,
    };
    let mut prepared = prepare(ctx, tx, actor, &permit, &def, &loaded, request, now).await?;
    let played = play(ctx, tx, actor, &def, &loaded, &mut prepared, now).await?;
    let case = loaded.row.id;
    if played.events.is_empty() && !played.restated {
        // Known already: nothing to write.
        return Ok((Committed::Written, Done { case, after: None }));
    }
    let act = collect(&permit, &def, &loaded, Some(&loaded.case.flow), prepared, played, actor, request, now);
    if act.restated && loaded.case.data.draft.is_some() {
        store::drop_draft(tx, &loaded.row).await?;
    }
    let (committed, act) = write(ctx, tx, &def, Some(&loaded.case), act, now).await?;
    let after = After::of(actor, act, def, facts, loaded);
    Ok((committed, Done { case, after: Some(Box::new(after)) }))
}

/// Writes an act, with what its end gives back, and what follows from registers that it changed. `before`: the case as it was,
/// where it is not new.
///
/// # Errors
/// Those of the database.
pub async fn write(
    ctx: &Context,
    tx: &mut Tx,
    def: &Definition,
    before: Option<&Case>,
    mut act: Act,
    now: Timestamp,
) -> Result<(Committed, Act)> {
    let case = act.row.id;
    let changed = act.events.iter().filter_map(|(event, _)| match &event.what {
        What::RegisterChanged { register, change, version, .. } => Some((register.clone(), change.clone(), *version)),
        _ => None,
    });
    for (register, change, version) in changed.collect::<Vec<_>>() {
        let opens = ctx.catalogue.opened_by(&register, &change, now).next().is_some();
        if opens || ctx.catalogue.is_heard(&register, &change) {
            let seq = act.case.flow.seq;
            act.jobs.push(super::opened::job(case, &register, &change, version, seq));
        }
    }
    let ended = super::heard::Change::ended(def, &act);
    if let Some(ended) = ended.filter(|ended| ctx.catalogue.is_heard(&ended.register, &ended.change)) {
        act.jobs.push(ended.job(case));
    }
    super::heard::watch(tx, def, before, &act).await?;
    super::disclosed::disclose(tx, def, &act).await?;
    if let Some((_, _, result, ..)) = &act.closed {
        give_back(tx, def, case, *result == "favourable").await?;
    }
    store::commit(&ctx.acts, tx, act).await
}

/// What a case had in pools is free again at its end: at a favourable one only where a record takes the place.
async fn give_back(tx: &mut Tx, def: &Definition, case: CaseId, is_favourable: bool) -> Result<()> {
    let pools = def.steps.values().filter_map(|step| match &step.verb {
        Verb::Reserve(reserve) => Some(&reserve.pool),
        _ => None,
    });
    let pools: Vec<_> = pools.collect();
    if pools.is_empty() {
        return Ok(());
    }
    let kept = pools.iter().filter(|pool| is_favourable && pool.taken_in.is_none()).map(|pool| pool.pool.clone());
    store::give_back(tx, case, kept.collect()).await
}

/// The actor, named as the helper in a case that he filed for somebody at the counter.
pub fn at_counter<'a>(ctx: &Context, actor: &'a Actor, loaded: &Loaded) -> Cow<'a, Actor> {
    match loaded.row.helper {
        Some(person) if actor.person == Some(person) => {
            let def = ctx.catalogue.version(&loaded.row.service, &loaded.row.version);
            let role = def.and_then(|def| def.start.helper.as_ref());
            let post = actor.posts.iter().find(|p| role == Some(&p.role)).cloned();
            let helper = Some(Helper { person, post });
            Cow::Owned(Actor { helper, channel: Channel::Counter, ..actor.clone() })
        }
        _ => Cow::Borrowed(actor),
    }
}

/// A draft follows the version in force; what was submitted keeps its own.
fn in_force(ctx: &Context, def: Arc<Definition>, loaded: &Loaded, now: Timestamp) -> Result<Arc<Definition>> {
    if loaded.case.flow.status.word() != "draft" {
        return Ok(def);
    }
    ctx.catalogue.in_force(&loaded.row.service, now).cloned().ok_or(Error::Conflict("service_not_on_offer".into()))
}

/// A case that the policy lets the actor do something with.
pub struct Admitted {
    pub permit: Permit,
    pub def: Arc<Definition>,
    /// What the policy had to know.
    pub facts: Facts,
    pub loaded: Loaded,
    /// Nothing that the actor is shown for such an action is missing in it.
    pub is_whole: bool,
}

/// Finds a case and asks the policy.
///
/// # Errors
/// [`Error::NotFound`] where there is no such case or the actor has nothing to do with it; other refusals.
pub async fn admitted(ctx: &Context, tx: &mut Tx, actor: &Actor, sought: Sought, action: Action) -> Result<Admitted> {
    admit(ctx, store::look(tx, actor, sought).await?, actor, action)
}

/// Asks the policy about a case that was found.
///
/// # Errors
/// As [`admitted`].
pub fn admit(ctx: &Context, sight: Option<Sight>, actor: &Actor, action: Action) -> Result<Admitted> {
    let mut sight = sight.ok_or(Error::NotFound)?;
    let found = ctx.catalogue.version(&sight.facts.service, &sight.version);
    let def = found.cloned().ok_or_else(|| Error::internal("the version of the case is not in the catalogue"))?;
    let mut facts = with_parties(std::mem::take(&mut sight.facts), actor, action, &def);
    if let (Action::Assign | Action::Transfer, Some(office)) =
        (action, facts.task.as_ref().and_then(|t| t.office.clone()))
    {
        facts.overseen_by = super::oversight::overseers(&ctx.catalogue.country().agencies, &office);
    }
    let permit = permit(actor, action, &facts, Purpose::OwnCase)?;
    // What was stated is read where guards, an excerpt or what several answer need it, not to tell an applicant where the case stands.
    let own = permit.post.is_none() && permit.narrowed_to.is_none();
    let is_joint = || def.steps.values().any(Step::is_joint);
    let is_shown = action == Action::ReadCase;
    let outline = own && is_shown && !is_joint();
    let is_whole = outline || sight.is_whole();
    let loaded = if outline || is_shown && !is_whole { sight.outline(&permit)? } else { sight.open(&permit)? };
    Ok(Admitted { permit, def, facts, loaded, is_whole })
}

/// What the definition lets the actor's parties, and a helper, do and see; of what a whole definition has to be looked
/// through for, only what the policy asks about such an action.
pub fn with_parties(mut facts: Facts, actor: &Actor, action: Action, def: &Definition) -> Facts {
    use crate::access::Relation;
    let is_other = |relation: &Relation| matches!(relation, Relation::Party(name) if name != crate::access::APPLICANT);
    let is_party = facts.relations.iter().any(is_other);
    if action == Action::Book {
        let meetings = def.steps.values().filter_map(|step| match &step.verb {
            Verb::Task { meeting, .. } => meeting.as_deref(),
            _ => None,
        });
        facts.booked_by = meetings.flat_map(|meeting| meeting.booked_by.iter().cloned()).collect();
    }
    if action == Action::Extend {
        facts.extended_by = def.time_limit.as_ref().and_then(|l| l.extend.as_ref()).map(|extend| extend.role.clone());
    }
    if action == Action::Hold {
        facts.held_by = def.holds.values().flat_map(|hold| hold.by.iter().cloned()).collect();
    }
    // A party that may do either is told that the case exists.
    if is_party {
        facts.appealed_by = def.remedies.values().flat_map(|r| r.by.iter().cloned()).collect();
    }
    if is_party || action == Action::Raise {
        facts.raised_by = def.reactions.iter().flat_map(|r| r.by.iter().cloned()).collect();
    }
    for relation in &facts.relations {
        let Relation::Party(name) = relation else { continue };
        let Some(party) = def.parties.get(name).filter(|_| name != crate::access::APPLICANT) else { continue };
        facts.party_sees.extend(party.sees.iter().cloned());
        let words =
            party.may.iter().map(|may| serde_json::to_value(may).ok().and_then(|v| v.as_str().map(str::to_owned)));
        facts.party_may.extend(words.flatten());
    }
    for asked in &mut facts.asked {
        asked.documents =
            matches!(def.steps.get(&asked.step).map(|s| &s.verb), Some(Verb::Ask { documents: true, .. }));
    }
    let posted = || actor.posts.iter().any(|post| def.start.helper.as_ref() == Some(&post.role));
    if facts.relations.contains(&Relation::Helper) && posted() {
        facts.relations.push(Relation::Represented);
    }
    facts
}

/// A refusal of the engine, in the product's words.
#[must_use]
pub fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Invalid(faults) => Error::Invalid(faults),
        Refusal::NoSuchToken => Error::NotFound,
        Refusal::NoSuchEvent => Error::Invalid(vec![Fault::new("/event", "enum")]),
        Refusal::WrongRole => Error::Forbidden("wrong_role"),
        Refusal::FourEyes(_) => Error::Forbidden("four_eyes"),
        Refusal::NotHolder => Error::Forbidden("not_holder"),
        Refusal::Recused => Error::Forbidden("recused"),
        Refusal::NotAsked => Error::Forbidden("not_asked_of_you"),
        // The timer is at it: whoever tries again comes after it.
        Refusal::Behind => Error::Conflict(SIMULTANEOUS.into()),
        Refusal::NoSuchHold => Error::Invalid(vec![Fault::new("/hold", "enum")]),
        Refusal::NoSuchOutcome => Error::Invalid(vec![Fault::new("/outcome", "enum")]),
        Refusal::NoRoute(_) | Refusal::Runaway | Refusal::Defect(_) | Refusal::WrongVersion => {
            Error::internal(format!("the definition is defective: {refusal:?}"))
        }
        other => Error::Conflict(other.code().to_owned()),
    }
}

/// The act of a command that was played; `before` is none where it makes the case.
#[expect(clippy::too_many_arguments, reason = "all that an act is made of")]
pub fn collect(
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    before: Option<&Flow>,
    prepared: Prepared,
    played: Played,
    actor: &Actor,
    request: &Request<'_>,
    now: Timestamp,
) -> Act {
    let mut row = loaded.row.clone();
    row.version.clone_from(&def.version);
    let (by, system) = (actor.codes(permit.post.as_ref()), Actor::system(actor.request.clone()).codes(None));
    let recorded = |(at, event)| (event, if at < played.overdue { system.clone() } else { by.clone() });
    let events = played.events.into_iter().enumerate().map(recorded).collect();
    let mut act = Act::new(def, row, before, played.case, events, &played.record, now);
    act.restated = played.restated;
    act.key.clone_from(&request.key);
    // The event has a code; the words stand beside the certificate.
    if let Order::Revoke { reason, .. } = &request.order {
        act.revoked.iter_mut().for_each(|(_, why)| (*reason).clone_into(why));
    }
    let mut subjects = loaded.subjects.clone();
    subjects.extend(prepared.parties.iter().flatten().filter_map(|p: &Party| p.person));
    act.state(prepared.parties);
    let entry = |action| Entry { post: permit.post.clone(), subjects: subjects.clone(), ..Entry::done(action) };
    let purpose = Some(permit.purpose.clone());
    act.log(actor, Entry { purpose, details: prepared.details, ..entry(request.name) });
    for read in prepared.reads.into_iter().chain(played.reads) {
        let purpose = read.get("purpose").and_then(Value::as_str).map(str::to_owned);
        act.log(actor, Entry { purpose, details: read, ..entry("register.read") });
    }
    act
}
