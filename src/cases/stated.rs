//! Who and which offices are meant by what is stated: parties get their ids, offices are looked up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::act::Party;
use super::context::Context;
use super::perform::refused;
use super::prepare::documents;
use super::store::{self, Loaded};
use crate::access::{APPLICANT, Permit};
use crate::engine::definition::{Definition, PartyKind};
use crate::engine::workflow::{
    self, Case, OfficeKey, Statement, fixed_offices, held_documents, office_keys, stated_parties,
};
use crate::kernel::{Error, Fault, OrganisationId, PersonId, Result};
use crate::people;
use crate::postgres::Tx;

/// What is stated, resolved: all parties where they are stated anew, and the registers that were asked for papers, for the log.
#[derive(Default)]
pub(super) struct Stated {
    pub statement: Statement,
    pub parties: Option<Vec<Party>>,
    pub reads: Vec<Value>,
}

/// What is stated with the service's form, or without one.
#[expect(clippy::too_many_arguments, reason = "everything that a statement is resolved against")]
pub(super) async fn state(
    ctx: &Context,
    tx: &mut Tx,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    form: Option<Value>,
    needs_documents: bool,
    now: Timestamp,
) -> Result<Stated> {
    let documents = documents(tx, permit, def, loaded).await?;
    let valid = form.as_ref().is_some_and(|form| def.form.as_ref().is_some_and(|f| f.check(form).is_empty()));
    let (stated, parties) = parties(ctx, tx, def, loaded, form.as_ref().filter(|_| valid)).await?;
    let mut statement = Statement { form, parties: stated, documents, ..Statement::default() };
    let mut reads = Vec::new();
    if valid || def.form.is_none() {
        let case = as_stated(loaded, &statement);
        statement.offices = offices(ctx, def, &case, now).await?;
        if needs_documents {
            let (held, asked) = held(ctx, def, &case, now).await?;
            (statement.held, reads) = (Some(held), asked);
        }
    }
    Ok(Stated { statement, parties, reads })
}

/// The papers as they are, where a step asks for them and for no form.
pub(super) async fn papers(
    ctx: &Context,
    tx: &mut Tx,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    now: Timestamp,
) -> Result<Stated> {
    let documents = documents(tx, permit, def, loaded).await?;
    let mut statement = Statement { documents, ..Statement::default() };
    let (held, reads) = held(ctx, def, &as_stated(loaded, &statement), now).await?;
    statement.held = Some(held);
    Ok(Stated { statement, parties: None, reads })
}

/// The case as it would be with a statement.
fn as_stated(loaded: &Loaded, statement: &Statement) -> Case {
    let mut case = loaded.case.clone();
    if let Some(form) = &statement.form {
        case.data.form.clone_from(form);
    }
    case.data.parties.extend(statement.parties.clone());
    case.data.documents.clone_from(&statement.documents);
    case
}

/// Documents that nobody is asked for, since a register holds what they say, and what was asked for that.
async fn held(ctx: &Context, def: &Definition, case: &Case, now: Timestamp) -> Result<(BTreeSet<String>, Vec<Value>)> {
    let (mut held, mut reads) = (BTreeSet::new(), Vec::new());
    for (name, register, key) in held_documents(def, case, now).map_err(refused)? {
        reads.push(json!({"register": register, "step": null, "purpose": PAPERS}));
        if ctx.records.read(&register, &key).await?.is_some() {
            held.insert(name);
        }
    }
    Ok((held, reads))
}

/// What a register is asked for in place of a document.
const PAPERS: &str = "documents";

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
    rows.extend(other_sides(def, loaded));
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

/// Who stands on the other sides of the case that this one is a remedy in, known since it was opened; and whom a register named.
pub fn other_sides(def: &Definition, loaded: &Loaded) -> Vec<Party> {
    let mut rows = Vec::new();
    for (role, rule) in def.parties.iter().filter(|(_, rule)| rule.is_other_side || rule.learned.is_some()) {
        let known = match loaded.case.data.parties.get(role) {
            Some(Value::Array(list)) => list.iter().collect(),
            one => one.into_iter().collect::<Vec<_>>(),
        };
        for (ordinal, stated) in known.into_iter().enumerate() {
            let Some(id) = stated.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()) else { continue };
            let is_person =
                rule.kind == PartyKind::Person && stated.get(KIND).and_then(Value::as_str) != Some(ORGANISATION);
            let (person, organisation) =
                (is_person.then_some(PersonId(id)), (!is_person).then_some(OrganisationId(id)));
            let ordinal = i32::try_from(ordinal).unwrap_or(i32::MAX);
            rows.push(Party { role: role.clone(), ordinal, person, organisation, share: None, represented_by: None });
        }
    }
    rows
}

/// What somebody on another side is, beside what was stated of it.
pub const KIND: &str = "is";
pub const ORGANISATION: &str = "organisation";

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

/// Who the parties are that a register has named on the way: each becomes a person or an organisation that is known, or one that is
/// made. `parties` are those of the act, where it states any. Of whom the register says too little nobody is made.
///
/// # Errors
/// Those of the database.
pub(super) async fn learned(
    ctx: &Context,
    tx: &mut Tx,
    def: &Definition,
    loaded: &Loaded,
    case: &mut Case,
    parties: &mut Option<Vec<Party>>,
) -> Result<()> {
    let hash = |kind: &str, issuer: &str, value: &str| ctx.keys.identifier_hash(kind, issuer, value);
    let (mut roles, mut rows) = (Vec::new(), Vec::new());
    for (role, rule) in def.parties.iter().filter(|(_, rule)| rule.learned.is_some()) {
        let before = loaded.case.data.parties.get(role);
        let Some(named) = case.data.parties.get_mut(role).filter(|named| Some(&**named) != before) else { continue };
        roles.push(role);
        let list = match named {
            Value::Array(list) => list.iter_mut().collect(),
            one @ Value::Object(_) => vec![one],
            _ => Vec::new(),
        };
        for (ordinal, one) in list.into_iter().enumerate() {
            match resolve(ctx, tx, &hash, loaded, role, rule.kind, ordinal, one, "").await {
                Ok(party) => {
                    let id = party.person.map(|p| p.0).or(party.organisation.map(|o| o.0));
                    one.as_object_mut().into_iter().for_each(|one| drop(one.insert("id".into(), json!(id))));
                    rows.push(party);
                }
                Err(Error::Invalid(faults)) => {
                    let fault = faults.first().map(|fault| format!("{} at {}", fault.code, fault.pointer));
                    tracing::warn!(service = def.id, role, fault, "a register names a party that is nobody");
                }
                Err(error) => return Err(error),
            }
        }
    }
    if roles.is_empty() {
        return Ok(());
    }
    let mut all = match parties.take() {
        Some(stated) => stated,
        None => store::parties_of_case(tx, loaded.row.id).await?,
    };
    all.retain(|party| !roles.contains(&&party.role));
    all.extend(rows);
    *parties = Some(all);
    Ok(())
}

async fn offices(ctx: &Context, def: &Definition, case: &Case, now: Timestamp) -> Result<BTreeMap<String, String>> {
    let mut keys = Vec::new();
    for (name, key) in office_keys(def, case, now).map_err(refused)? {
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
