//! Opening a case: a draft, or a draft and its submission in one.

use std::sync::Arc;

use jiff::ToSpan;
use serde_json::{Value, json};

use super::act::{Act, RequestKey, Row};
use super::around::Around;
use super::context::Context;
use super::done::{After, Done};
use super::perform;
use super::prepare::{Order, Prepared, doer, prepare};
use super::stated::{Stated, starter_party, state};
use super::store::{Committed, Loaded, Sought};
use crate::access::{Action, Facts, Permit, Purpose, permit};
use crate::audit::Entry;
use crate::engine::definition::{Definition, Starter, Step, Verb};
use crate::engine::forms;
use crate::engine::workflow::{Case, Command, Data, Linked};
use crate::kernel::{Actor, CaseId, Error, Fault, PersonId, Post, Result, random, reference::Reference};
use crate::people;
use crate::postgres::Tx;

/// A case to be opened.
#[derive(Debug, Clone, Default)]
pub struct NewCase {
    pub service: String,
    pub form: Option<Value>,
    /// Submit it at once; else it is a draft.
    pub submit: bool,
    pub language: Option<String>,
    /// Who the case is for, where staff file at the counter: a person as a form states one.
    pub on_behalf_of: Option<Value>,
    pub key: Option<RequestKey>,
}

/// Opens a case. Where it is to be submitted at once, there is either a submitted case afterwards or none.
///
/// # Errors
/// [`Error::NotFound`] for an unknown service; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.start", skip_all)]
pub async fn start(ctx: &Context, actor: &Actor, new: NewCase) -> Result<Done> {
    for _ in 0..TRIES {
        let mut tx = ctx.db.lazy();
        let error = match attempt(ctx, &mut tx, actor, &new).await {
            Ok((Committed::Written, done)) => return tx.commit().await.map(|()| done),
            Ok((committed, _)) => perform::unwritten(committed),
            Err(error) => error,
        };
        tx.rollback().await;
        match perform::known(ctx, new.key.as_ref(), error).await {
            Error::Conflict(code) if code == perform::SIMULTANEOUS || code == perform::KEY_IN_USE => {}
            error => return ctx.refuse(actor, "case.start", None, error).await,
        }
    }
    ctx.refuse(actor, "case.start", None, Error::Conflict(perform::SIMULTANEOUS.into())).await
}

/// How often another reference is drawn, or a request repeated that met its own twin.
pub(super) const TRIES: usize = 5;

/// That somebody may open a case of a service.
///
/// # Errors
/// Those of the policy.
pub(super) fn start_permit(actor: &Actor, def: &Definition) -> Result<Permit> {
    permit(actor, Action::StartCase, &facts_of(def), Purpose::OwnCase)
}

/// What the policy has to know of a case that is not there yet.
pub(super) fn facts_of(def: &Definition) -> Facts {
    Facts { service: def.id.clone(), authority: def.authority.clone(), ..Facts::default() }
}

/// Opens a case that nobody asks for in person, in a transaction of its own: tried again where its reference was taken or somebody
/// was faster. `attempt` gives none where there is nothing to open (any more).
///
/// # Errors
/// Those of `attempt`; [`Error::Conflict`] where it came to nothing as often as it may be tried.
pub(super) async fn opened_once(
    ctx: &Context,
    attempt: impl AsyncFn(&mut Tx) -> Result<Option<Committed>>,
) -> Result<()> {
    for _ in 0..TRIES {
        let mut tx = ctx.db.begin().await?;
        match attempt(&mut tx).await {
            Ok(Some(Committed::Written)) => return tx.commit().await,
            Ok(None) => {
                tx.rollback().await;
                return Ok(());
            }
            Ok(Some(_)) => tx.rollback().await,
            Err(error) => {
                tx.rollback().await;
                return Err(error);
            }
        }
    }
    Err(Error::Conflict(perform::SIMULTANEOUS.into()))
}

async fn attempt(ctx: &Context, tx: &mut Tx, actor: &Actor, new: &NewCase) -> Result<(Committed, Done)> {
    let now = ctx.clock.now();
    let def = ctx.catalogue.in_force(&new.service, now).cloned();
    let def = def.ok_or_else(|| Error::invalid("/service", "unknown"))?;
    let facts = facts_of(&def);
    let mut permit = permit(actor, Action::StartCase, &facts, Purpose::OwnCase)?;
    check_shape(actor, new)?;
    sure_enough(actor, &def)?;
    if let Some(post) = ex_officio(&def, actor, new)? {
        // Not a matter of his own: the office's.
        (permit.basis, permit.purpose, permit.post) = ("post", "duty".to_owned(), Some(post));
    }
    let loaded = blank(ctx, tx, actor, &def, new, now).await?;
    let actor = &*perform::at_counter(ctx, actor, &loaded);
    let act = if new.submit {
        submitted(ctx, tx, actor, &permit, &def, &loaded, new, None, now).await?
    } else {
        draft(actor, &permit, &def, &loaded, new, now)
    };
    let (committed, act) = perform::write(ctx, tx, &def, None, act, now).await?;
    let case = loaded.row.id;
    Ok((committed, Done { case, after: Some(Box::new(After::of(actor, act, def, facts, loaded))) }))
}

/// What no definition is needed for: a form is an object, somebody is stated as in every form, and who signs for an
/// organisation files for nobody else at the counter.
pub(super) fn check_shape(actor: &Actor, new: &NewCase) -> Result<()> {
    let mut faults = Vec::new();
    if new.form.as_ref().is_some_and(|form| !form.is_object()) {
        faults.push(Fault::new("/form", "type").with("expected", "object"));
    }
    match &new.on_behalf_of {
        Some(_) if actor.acting_for.is_some() => faults.push(Fault::new("/on_behalf_of", "not_expected")),
        Some(stated) => {
            let found = forms::person_faults(stated).into_iter();
            faults.extend(found.map(|e| Fault {
                pointer: format!("/on_behalf_of{}", e.pointer),
                code: e.code.to_owned(),
                args: e.args,
            }));
        }
        None => {}
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// `linked` is what another case opens it with.
#[expect(clippy::too_many_arguments, reason = "all that an act is made of")]
pub(super) async fn submitted(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    permit: &Permit,
    def: &Arc<Definition>,
    loaded: &Loaded,
    new: &NewCase,
    linked: Option<&Linked>,
    now: jiff::Timestamp,
) -> Result<Act> {
    let request = perform::Request {
        sought: Sought::Case(loaded.row.id),
        action: Action::StartCase,
        name: "case.submit",
        order: Order::Submit { form: new.form.as_ref(), linked },
        key: new.key.clone(),
        expects: None,
    };
    let mut prepared = prepare(ctx, tx, actor, permit, def, loaded, &request, now).await?;
    prepared.parties.get_or_insert_with(|| vec![starter_party(loaded)]);
    let played = super::play::play(ctx, tx, actor, def, loaded, &mut prepared, now).await?;
    Ok(perform::collect(permit, def, loaded, None, prepared, played, actor, &request, now))
}

fn draft(
    actor: &Actor,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    new: &NewCase,
    now: jiff::Timestamp,
) -> Act {
    let mut act = Act::new(def, loaded.row.clone(), None, loaded.case.clone(), vec![], &Value::Null, now);
    act.restated = true;
    act.key.clone_from(&new.key);
    act.state(Some(vec![starter_party(loaded)]));
    let details = json!({"service": def.id});
    let subjects = vec![loaded.row.started_by];
    act.log(actor, Entry { purpose: Some(permit.purpose.clone()), subjects, details, ..Entry::done("case.draft") });
    act
}

/// A case of which nothing is known but who starts it.
pub(super) async fn blank(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    def: &Definition,
    new: &NewCase,
    now: jiff::Timestamp,
) -> Result<Loaded> {
    let person = actor.person.ok_or(Error::Forbidden("unknown_person"))?;
    let (started_by, helper) = helped(ctx, tx, actor, def, new, person).await?;
    let language = new.language.as_deref().unwrap_or_default();
    let language = crate::engine::texts::negotiate(language, &def.languages);
    let bits = u64::from_be_bytes(random::bytes::<8>()) & ((1 << Reference::BITS) - 1);
    let reference = Reference::make(&def.prefix, def.time.day_of(now).year(), bits);
    let reference = reference.ok_or_else(|| Error::internal("no reference can be made with this prefix"))?;
    let draft_until = now.checked_add(i64::from(ctx.settings.draft_days).saturating_mul(24).hours());
    let row = Row {
        id: CaseId::make(),
        reference: reference.as_str().to_owned(),
        service: def.id.clone(),
        version: def.version.clone(),
        authority: def.authority.clone(),
        office: def.main_office.clone(),
        level: LEVEL,
        language,
        started_by,
        organisation: actor.acting_for,
        helper,
        revision: 0,
        created_at: now,
        draft_until: draft_until.ok(),
        around: Around::default(),
    };
    let data = Data { reference: row.reference.clone(), draft: new.form.clone(), ..Data::default() };
    let case = Case { flow: Default::default(), data };
    Ok(Loaded { subjects: vec![started_by], row, case, token: None, documented: false })
}

/// Confidentiality of a case of which nobody says otherwise: personal data of private persons.
const LEVEL: i16 = 4;

/// What is submitted, by whoever may.
///
/// # Errors
/// Refusals; faults of the form; those of the database.
#[expect(clippy::too_many_arguments, reason = "everything that a statement is resolved against")]
pub(super) async fn submission(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    form: Option<&Value>,
    linked: Option<&Linked>,
    now: jiff::Timestamp,
) -> Result<Prepared> {
    if linked.is_none() {
        check_starter(actor, permit, def, loaded)?;
    }
    // What was merely saved goes on being filled in, where the start does not need it.
    let saved = loaded.case.data.draft.clone().filter(|_| def.start.needs_form);
    let form = form.cloned().or(saved);
    let Stated { statement, parties, reads } =
        state(ctx, tx, permit, def, loaded, form, def.start.needs_documents, now).await?;
    let (by, reference, linked) = (doer(actor, loaded)?, loaded.row.reference.clone(), linked.cloned());
    let command = Command::Submit { by, reference, statement, linked };
    let details = json!({"service": def.id, "version": def.version});
    Ok(Prepared { command, parties, details, reads })
}

fn check_starter(actor: &Actor, permit: &Permit, def: &Definition, loaded: &Loaded) -> Result<()> {
    if actor.is_system() {
        // Only a register opens a case without anybody, or another case, and where its service says so.
        let opened = !def.start.opened_by.is_empty() || def.is_for_cases();
        return if opened { Ok(()) } else { Err(Error::Conflict("start_refused".into())) };
    }
    sure_enough(actor, def)?;
    let may = |starter| def.start.by.contains(&starter);
    let allowed = match (loaded.row.organisation, loaded.row.helper) {
        (_, Some(_)) => def.start.helper.as_ref().is_some_and(|role| actor.posts.iter().any(|p| p.role == *role)),
        // By virtue of the office: which post may was found out on opening.
        _ if permit.post.is_some() => may(Starter::Officer),
        (Some(_), None) => may(Starter::Organisation),
        (None, None) => may(Starter::Person) || may(Starter::Representative),
    };
    if allowed { Ok(()) } else { Err(Error::Conflict("start_refused".into())) }
}

/// Whether the sign-in is sure enough of who it is, for whoever files.
///
/// # Errors
/// [`Error::Assurance`] with the level that is asked for.
fn sure_enough(actor: &Actor, def: &Definition) -> Result<()> {
    if actor.assurance < def.start.assurance { Err(Error::Assurance(def.start.assurance)) } else { Ok(()) }
}

fn is_helper(def: &Definition, actor: &Actor) -> bool {
    def.start.helper.as_ref().is_some_and(|role| actor.posts.iter().any(|p| p.role == *role))
}

/// Under which post an officer opens a case by virtue of his office, in the name of whom it is about: one of the authority whose
/// role has a task in the service. It is submitted at once: he has no drafts of others.
///
/// # Errors
/// A fault of `/submit`.
fn ex_officio(def: &Definition, actor: &Actor, new: &NewCase) -> Result<Option<Post>> {
    if new.on_behalf_of.is_none() || is_helper(def, actor) || !def.start.by.contains(&Starter::Officer) {
        return Ok(None);
    }
    let has_task = |post: &&Post| {
        let is_his = |step: &Step| matches!(&step.verb, Verb::Task { role, .. } if *role == post.role);
        post.authority == def.authority && def.steps.values().any(is_his)
    };
    let post = actor.posts.iter().find(has_task).cloned();
    if post.is_some() && !new.submit {
        return Err(Error::invalid("/submit", "required"));
    }
    Ok(post)
}

/// Who starts the case, and who helps at the counter.
async fn helped(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    def: &Definition,
    new: &NewCase,
    person: PersonId,
) -> Result<(PersonId, Option<PersonId>)> {
    let Some(stated) = &new.on_behalf_of else { return Ok((person, None)) };
    let helper = is_helper(def, actor).then_some(person);
    if helper.is_none() && ex_officio(def, actor, new)?.is_none() {
        return Err(Error::Forbidden("not_a_helper"));
    }
    let hash = |kind: &str, issuer: &str, value: &str| ctx.keys.identifier_hash(kind, issuer, value);
    let found = people::resolve_person(tx, &ctx.identified, &hash, stated).await.map_err(|error| match error {
        Error::Invalid(faults) => {
            let placed = faults.into_iter().map(|f| Fault { pointer: format!("/on_behalf_of{}", f.pointer), ..f });
            Error::Invalid(placed.collect())
        }
        other => other,
    })?;
    Ok((found, helper))
}
