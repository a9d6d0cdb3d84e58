//! From what somebody asks for to a command of the engine: parties get their ids, offices are looked up, documents are
//! counted, roles are those held in the office of the step.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::act::Party;
use super::context::Context;
use super::perform::{Request, refused};
use super::store::{self, Loaded};
use crate::access::{APPLICANT, Action, Permit};
use crate::engine::definition::{Definition, PartyKind, Starter, Verb};
use crate::engine::workflow::{
    self, Command, Completion, DocumentFact, Doer, OfficeKey, Statement, TokenId, Worker, fixed_offices, office_keys,
    stated_parties,
};
use crate::kernel::{Actor, Channel, Error, Fault, PersonId, Result};
use crate::people;
use crate::postgres::Tx;

/// What somebody asks for.
#[derive(Debug, Clone)]
pub enum Order<'a> {
    Submit {
        form: Option<&'a Value>,
    },
    Withdraw,
    Claim,
    Release,
    Assign {
        to: PersonId,
    },
    Complete(&'a Input),
    /// A document was added, or taken out by the scanner.
    Documents {
        added: bool,
    },
    /// An event of the definition.
    Raise {
        event: &'a str,
        answers: Option<&'a Value>,
    },
    Paid {
        token: TokenId,
    },
    /// A certificate of the case is taken back.
    Revoke {
        code: &'a str,
        reason: &'a str,
    },
    Tick,
}

/// What is handed in with a step.
#[derive(Debug, Clone, Default)]
pub struct Input {
    pub outcome: Option<String>,
    pub form: Option<Value>,
    pub answers: Option<Value>,
    pub reasons: Vec<String>,
    pub grounds: String,
}

pub struct Prepared {
    pub command: Command,
    /// All parties, where they are stated anew.
    pub parties: Option<Vec<Party>>,
    /// Ids and codes for the log.
    pub details: Value,
}

#[expect(clippy::too_many_arguments, reason = "everything that an order is resolved against")]
pub async fn prepare(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Prepared> {
    let token = loaded.token.unwrap_or_default();
    let plain = |command| Ok(Prepared { command, parties: None, details: json!({}) });
    let on = |command| Ok(Prepared { command, parties: None, details: json!({"token": token}) });
    match &request.order {
        Order::Submit { form } => {
            check_starter(actor, def, loaded)?;
            // What was merely saved goes on being filled in, where the start does not need it.
            let saved = loaded.case.data.draft.clone().filter(|_| def.start.needs_form);
            let (statement, parties) = state(ctx, tx, permit, def, loaded, form.cloned().or(saved), now).await?;
            let command =
                Command::Submit { by: doer(actor, loaded)?, reference: loaded.row.reference.clone(), statement };
            Ok(Prepared { command, parties, details: json!({"service": def.id, "version": def.version}) })
        }
        Order::Withdraw => plain(Command::Withdraw { by: doer(actor, loaded)? }),
        Order::Claim => on(Command::Claim { token, by: worker(actor, permit, loaded)? }),
        Order::Release => on(Command::Release { token, by: person(actor)? }),
        Order::Assign { to } => {
            let to = colleague(ctx, tx, permit, def, *to, request, now).await?;
            on(Command::Assign { token, to })
        }
        Order::Complete(input) => {
            let asked = loaded.case.flow.tokens.get(&token).and_then(|t| def.steps.get(&t.step)).map(|s| &s.verb);
            let (statement, parties) = match asked {
                Some(Verb::Ask { form: true, .. }) => {
                    let form = input.form.clone().or_else(|| loaded.case.data.draft.clone());
                    state(ctx, tx, permit, def, loaded, form, now).await?
                }
                _ if input.form.is_some() => return Err(Error::invalid("/form", "not_expected")),
                _ => (Statement { documents: documents(tx, permit, def, loaded).await?, ..Statement::default() }, None),
            };
            let completion = Completion {
                outcome: input.outcome.clone(),
                answers: input.answers.clone(),
                statement,
                reasons: input.reasons.clone(),
                grounds: input.grounds.clone(),
            };
            let by = worker(actor, permit, loaded)?;
            let details = json!({"token": token, "outcome": input.outcome, "reasons": input.reasons});
            Ok(Prepared {
                command: Command::Complete { token, by, completion: Box::new(completion) },
                parties,
                details,
            })
        }
        Order::Documents { added } => {
            plain(Command::Documents { documents: documents(tx, permit, def, loaded).await?, added: *added })
        }
        Order::Raise { event, answers } => {
            let by = Worker { roles: permit.speaks_as(), ..worker(actor, permit, loaded)? };
            let command = Command::Raise { event: (*event).to_owned(), by, answers: answers.cloned() };
            Ok(Prepared { command, parties: None, details: json!({"event": event}) })
        }
        Order::Paid { token } => {
            Ok(Prepared { command: Command::Paid { demand: *token }, parties: None, details: json!({"token": token}) })
        }
        Order::Revoke { code, .. } => {
            let found = store::certificate(tx, code).await?.filter(|c| c.case_id == loaded.row.id.0);
            let found = found.ok_or(Error::NotFound)?;
            if found.revoked_at.is_some() {
                return Err(Error::Conflict("revoked_already".into()));
            }
            let by = Doer { person: person(actor)?, behalf: None };
            let command = Command::Revoke { certificate: found.id, template: found.template, by };
            Ok(Prepared { command, parties: None, details: json!({"certificate": code}) })
        }
        Order::Tick => plain(Command::Tick),
    }
}

/// Who gets a task: somebody at the same desk.
async fn colleague(
    ctx: &Context,
    tx: &mut Tx,
    permit: &Permit,
    def: &Definition,
    to: PersonId,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Worker> {
    let post = permit.post.as_ref().ok_or(Error::Forbidden("not_for_applicants"))?;
    if !store::colleague(tx, to, &post.role, &post.office, def.time.day_of(now)).await? {
        return Err(Error::invalid("/person", "not_at_this_desk"));
    }
    // Whoever could not take the task does not get it from others either.
    let target =
        Actor { person: Some(to), posts: vec![post.clone()], channel: Channel::Online, ..Actor::system("assignment") };
    if super::admitted(ctx, tx, &target, request.sought, Action::Claim).await.is_err() {
        return Err(Error::invalid("/person", "own_matter"));
    }
    Ok(Worker { doer: Doer { person: to, behalf: None }, roles: vec![post.role.clone()] })
}

fn person(actor: &Actor) -> Result<PersonId> {
    actor.person.ok_or(Error::Forbidden("unknown_person"))
}

/// Who acts, and for whom: whoever files for another is bound by four eyes for both.
fn doer(actor: &Actor, loaded: &Loaded) -> Result<Doer> {
    let person = person(actor)?;
    let behalf = Some(loaded.row.started_by).filter(|starter| *starter != person);
    Ok(Doer { person, behalf })
}

fn worker(actor: &Actor, permit: &Permit, loaded: &Loaded) -> Result<Worker> {
    match &permit.post {
        Some(post) => {
            Ok(Worker { doer: Doer { person: person(actor)?, behalf: None }, roles: vec![post.role.clone()] })
        }
        // Another party answers for itself, not for who started the case.
        None if permit.narrowed_to.is_some() => {
            Ok(Worker { doer: Doer { person: person(actor)?, behalf: None }, roles: Vec::new() })
        }
        None => Ok(Worker { doer: doer(actor, loaded)?, roles: Vec::new() }),
    }
}

fn check_starter(actor: &Actor, def: &Definition, loaded: &Loaded) -> Result<()> {
    let may = |starter| def.start.by.contains(&starter);
    let allowed = match (loaded.row.organisation, loaded.row.helper) {
        (_, Some(_)) => def.start.helper.as_ref().is_some_and(|role| actor.posts.iter().any(|p| p.role == *role)),
        (Some(_), None) => may(Starter::Organisation),
        (None, None) => may(Starter::Person) || may(Starter::Representative),
    };
    if allowed { Ok(()) } else { Err(Error::Conflict("start_refused".into())) }
}

/// The documents that count: all but those that the scanner refused. Of a kind that is not `many` the newest, for each
/// that it is about.
async fn documents(tx: &mut Tx, permit: &Permit, def: &Definition, loaded: &Loaded) -> Result<Vec<DocumentFact>> {
    if !loaded.documented {
        return Ok(Vec::new());
    }
    let rows = store::documents_of_case(tx, permit, loaded.row.id).await?;
    let mut facts: Vec<DocumentFact> = Vec::new();
    for fact in rows.iter().filter(|d| d.state != "refused").map(store::DocumentRow::fact) {
        if !def.documents.get(&fact.kind).is_some_and(|rule| rule.many) {
            facts.retain(|f| (&f.kind, f.of) != (&fact.kind, fact.of));
        }
        facts.push(fact);
    }
    Ok(facts)
}

/// What is stated, resolved.
async fn state(
    ctx: &Context,
    tx: &mut Tx,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    form: Option<Value>,
    now: Timestamp,
) -> Result<(Statement, Option<Vec<Party>>)> {
    let documents = documents(tx, permit, def, loaded).await?;
    let valid = form.as_ref().is_some_and(|form| def.form.as_ref().is_some_and(|f| f.check(form).is_empty()));
    let (stated, rows) = parties(ctx, tx, def, loaded, form.as_ref().filter(|_| valid)).await?;
    let offices = if valid || def.form.is_none() {
        offices(ctx, def, loaded, form.as_ref(), &stated, now).await?
    } else {
        BTreeMap::new()
    };
    Ok((Statement { form, parties: stated, offices, documents }, rows))
}

/// Who the parties are. Each statement becomes a person or an organisation that is known, or one that is made.
async fn parties(
    ctx: &Context,
    tx: &mut Tx,
    def: &Definition,
    loaded: &Loaded,
    form: Option<&Value>,
) -> Result<(Map<String, Value>, Option<Vec<Party>>)> {
    let (mut stated, mut rows) = (Map::new(), Vec::new());
    let applicant_is_starter = def.parties.get(APPLICANT).is_none_or(|p| p.from.is_none());
    if applicant_is_starter {
        stated.insert(APPLICANT.into(), starter(tx, loaded).await?);
        rows.push(starter_party(loaded));
    }
    let Some(form) = form else {
        // Nothing stated: the parties stay who they are.
        let known = loaded.case.data.parties.contains_key(APPLICANT) || !applicant_is_starter;
        return Ok((if known { Map::new() } else { stated }, None));
    };
    let hash = |kind: &str, issuer: &str, value: &str| ctx.keys.identifier_hash(kind, issuer, value);
    for (name, rule, list) in stated_parties(def, form) {
        let base = format!("/form/{}", rule.from.as_deref().unwrap_or_default().join("/"));
        let mut with_id = Vec::new();
        for (ordinal, one) in list.into_iter().enumerate() {
            let pointer = if rule.many { format!("{base}/{ordinal}") } else { base.clone() };
            let party = resolve(ctx, tx, &hash, loaded, name, rule.kind, ordinal, one, &pointer).await?;
            let id = party.person.map(|p| p.0).or(party.organisation.map(|o| o.0));
            let mut one = one.clone();
            if let Value::Object(members) = &mut one {
                members.insert("id".into(), json!(id));
            }
            with_id.push(one);
            rows.push(party);
        }
        let value = if rule.many { Value::Array(with_id) } else { with_id.into_iter().next().unwrap_or(Value::Null) };
        stated.insert(name.to_owned(), value);
    }
    Ok((stated, Some(rows)))
}

/// Who started the case, as rules and papers see an applicant whom no form states.
async fn starter(tx: &mut Tx, loaded: &Loaded) -> Result<Value> {
    let (id, names) = match loaded.row.organisation {
        Some(id) => (id.0, people::organisation_summary(tx, &[id]).await?.remove(&id).map(|s| s.names)),
        None => {
            let id = loaded.row.started_by;
            (id.0, people::person_summary(tx, &[id]).await?.remove(&id).map(|s| s.names))
        }
    };
    let names = names.unwrap_or_default();
    Ok(json!({"id": id, "name": people::display_name(&names, &loaded.row.language)}))
}

/// The party of a case whose applicant is who started it.
pub fn starter_party(loaded: &Loaded) -> Party {
    let organisation = loaded.row.organisation;
    let person = Some(loaded.row.started_by).filter(|_| organisation.is_none());
    Party { role: APPLICANT.into(), ordinal: 0, person, organisation, share: None, represented_by: None }
}

#[expect(clippy::too_many_arguments, reason = "one statement and where it stands")]
async fn resolve(
    ctx: &Context,
    tx: &mut Tx,
    hash: people::Hash<'_>,
    loaded: &Loaded,
    role: &str,
    kind: PartyKind,
    ordinal: usize,
    stated: &Value,
    pointer: &str,
) -> Result<Party> {
    let within = |error| match error {
        Error::Invalid(faults) => {
            let placed = faults.into_iter().map(|f| Fault { pointer: format!("{pointer}{}", f.pointer), ..f });
            Error::Invalid(placed.collect())
        }
        other => other,
    };
    let share = stated.get("share").and_then(|s| s.to_string().parse().ok());
    let ordinal = i32::try_from(ordinal).unwrap_or(i32::MAX);
    let party = Party { role: role.to_owned(), ordinal, person: None, organisation: None, share, represented_by: None };
    match kind {
        PartyKind::Person => {
            let person = people::resolve_person(tx, &ctx.identified, hash, stated).await.map_err(within)?;
            let starter = loaded.row.started_by;
            let represented_by = Some(starter).filter(|s| *s != person && role == APPLICANT);
            Ok(Party { person: Some(person), represented_by, ..party })
        }
        PartyKind::Organisation => {
            let organisation = people::resolve_organisation(tx, &ctx.identified, hash, stated).await.map_err(within)?;
            if role == APPLICANT && loaded.row.organisation.is_some_and(|o| o != organisation) {
                // Who may sign for one organisation does not apply for another.
                return Err(Error::invalid(pointer, "not_represented"));
            }
            Ok(Party { organisation: Some(organisation), ..party })
        }
    }
}

async fn offices(
    ctx: &Context,
    def: &Definition,
    loaded: &Loaded,
    form: Option<&Value>,
    stated: &Map<String, Value>,
    now: Timestamp,
) -> Result<BTreeMap<String, String>> {
    let mut case = loaded.case.clone();
    if let Some(form) = form {
        case.data.form = form.clone();
    }
    case.data.parties.extend(stated.clone());
    let mut keys = Vec::new();
    for (name, key) in office_keys(def, &case, now).map_err(refused)? {
        let record = match &key {
            OfficeKey::Ask { register, key: Some(key), .. } => ctx.records.read(register, key).await?.map(|r| r.record),
            _ => None,
        };
        keys.push((name, key, record));
    }
    let known = &ctx.catalogue.country().agencies.offices;
    let (offices, faults) = fixed_offices(keys, &|id| known.contains_key(id));
    if faults.is_empty() { Ok(offices) } else { Err(refused(workflow::Refusal::Invalid(faults))) }
}
