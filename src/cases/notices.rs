//! Who is told of an event, and with which words: worked out when the notice is sent, from the case as it then is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::context::Context;
use super::history::remedies;
use super::scans::ABOUT as REFUSED;
use super::showing::Showing;
use super::store::{self, EventTold, Loaded, Sought};
use crate::access::{Action, Permit, Purpose, permit};
use crate::engine::calendar::{Duration, Unit};
use crate::engine::check::{decided_text, text_id};
use crate::engine::definition::{About, Definition, Mode, PUBLIC, Verb};
use crate::engine::feel::Expression;
use crate::engine::workflow::{Booking, Flow, Status, TokenId, View};
use crate::kernel::{Actor, CaseId, Error, PersonId, Result};
use crate::people;
use crate::postgres::Tx;

/// One person to be told, and what the text may name.
#[derive(Debug, Clone)]
pub struct Addressed {
    pub case: CaseId,
    pub seq: i32,
    /// The text `notice-<about>`.
    pub about: String,
    pub person: PersonId,
    pub language: String,
    pub service: String,
    pub version: String,
    pub args: BTreeMap<String, String>,
}

/// What the public is told, and what the text may name, in each language of the service.
#[derive(Debug)]
pub struct Announced {
    pub case: CaseId,
    pub seq: i32,
    /// The text `notice-<about>`.
    pub about: String,
    pub service: String,
    pub version: String,
    pub office: String,
    pub args: Vec<(String, BTreeMap<String, String>)>,
}

/// Most people who are told of one event.
const PEOPLE_MAX: usize = 200;

/// Resolves a queued notice: nobody where the definition does not want it.
///
/// # Errors
/// Those of the database.
pub async fn addressed(ctx: &Context, case: CaseId, payload: &Value) -> Result<Vec<Addressed>> {
    let Some((permit, def, loaded)) = opened(ctx, case).await? else { return Ok(Vec::new()) };
    let seq = seq(payload);
    let mut tx = ctx.db.later();
    let Some((about, people)) = called(ctx, &mut tx, &permit, def, &loaded, payload, ctx.clock.now()).await? else {
        return Ok(Vec::new());
    };
    let event = store::event_told(&mut tx, &permit, case, seq, token(payload)).await?;
    let mut told: BTreeMap<PersonId, Option<String>> = people.into_iter().take(PEOPLE_MAX).collect();
    told.entry(loaded.row.started_by).and_modify(|l| *l = l.take().or_else(|| Some(loaded.row.language.clone())));
    let chosen = people::chosen_languages(&mut tx, told.keys().copied()).await?;
    drop(tx);
    let address = |(person, language): (PersonId, Option<String>)| {
        let spoken = chosen.get(&person).cloned().into_iter().chain(language).find(|l| def.languages.contains(l));
        let language = spoken.unwrap_or_else(|| loaded.row.language.clone());
        Addressed {
            case,
            seq,
            about: about.clone(),
            person,
            args: args(ctx, def, &loaded, payload, &event, &language),
            language,
            service: loaded.row.service.clone(),
            version: loaded.row.version.clone(),
        }
    };
    Ok(told.into_iter().map(address).collect())
}

/// The case that a notice is about. The product tells people what is theirs: an act, not a read for somebody.
async fn opened(ctx: &Context, case: CaseId) -> Result<Option<(Permit, &Definition, Loaded)>> {
    let system = Actor::system("notice");
    let Some(sight) = ctx.looks.look(&system, Sought::Case(case)).await? else { return Ok(None) };
    let permit = permit(&system, Action::WriteMessage, &sight.facts, Purpose::OwnCase)?;
    let loaded = sight.open(&permit)?;
    let def = ctx.catalogue.version(&loaded.row.service, &loaded.row.version);
    let def = def.ok_or_else(|| Error::internal("the version of the case is not in the catalogue"))?;
    Ok(Some((permit, def, loaded)))
}

fn seq(payload: &Value) -> i32 {
    payload.get("seq").and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok()).unwrap_or_default()
}

/// Resolves what is queued for the public; none for whom else.
///
/// # Errors
/// Those of the database.
pub async fn announced(ctx: &Context, case: CaseId, payload: &Value) -> Result<Option<Announced>> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let (Some(about), Some(PUBLIC)) = (text("tell"), text("who")) else { return Ok(None) };
    let Some((permit, def, loaded)) = opened(ctx, case).await? else { return Ok(None) };
    let seq = seq(payload);
    let event = store::event_told(&mut ctx.db.single().await?, &permit, case, seq, token(payload)).await?;
    let said = |language: &String| (language.clone(), args(ctx, def, &loaded, payload, &event, language));
    Ok(Some(Announced {
        case,
        seq,
        about: about.to_owned(),
        args: def.languages.iter().map(said).collect(),
        service: loaded.row.service,
        version: loaded.row.version,
        office: loaded.row.office,
    }))
}

/// The text, and everybody who is told; none where the definition does not want it.
async fn called(
    ctx: &Context,
    tx: &mut Tx,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    payload: &Value,
    now: Timestamp,
) -> Result<Option<(String, Vec<(PersonId, Option<String>)>)>> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let row = &loaded.row;
    if let Some(tell) = text("tell") {
        let who = text("who").unwrap_or_default();
        if let Some(agency) = ctx.catalogue.country().agencies.authorities.get(who) {
            return Ok(Some((tell.to_owned(), store::posted(tx, who, None, Some(&agency.main_office), now).await?)));
        }
        return Ok(Some((tell.to_owned(), store::people_called(tx, permit, row.id, who, &row.office, now).await?)));
    }
    if payload.get("escalate").is_some() {
        let Some(role) = def.time_limit.as_ref().and_then(|l| l.escalate.as_ref()) else { return Ok(None) };
        return Ok(Some(("overdue".to_owned(), store::posted(tx, &row.authority, Some(role), None, now).await?)));
    }
    let about = text("about").unwrap_or_default().to_owned();
    if about == REFUSED {
        let to = text("to").and_then(|to| to.parse().ok());
        return Ok(to.map(|to| (about, vec![(to, None)])));
    }
    let wanted: Option<About> = serde_json::from_value(Value::String(about.clone())).ok();
    if wanted.is_none_or(|a| !def.notices.contains(&a)) || !is_for_parties(def, text("step"), wanted) {
        return Ok(None);
    }
    // Whoever has answered meanwhile is not reminded.
    let waits = |token: &TokenId| loaded.case.flow.tokens.get(token).is_some_and(|t| t.ready.is_none());
    if wanted == Some(About::DueSoon) && !token(payload).is_some_and(|token| waits(&token)) {
        return Ok(None);
    }
    // Letters go to the party they are written to; a step is told to whom it asks, too.
    let addressed = text("party").unwrap_or(crate::access::APPLICANT);
    let mut people = store::people_called(tx, permit, row.id, addressed, &row.office, now).await?;
    if addressed == crate::access::APPLICANT {
        people.push((row.started_by, Some(row.language.clone())));
    }
    if let Some(asked) =
        asked(def, text("step")).filter(|of| matches!(wanted, Some(About::Step | About::DueSoon)) && *of != addressed)
    {
        people.extend(store::people_called(tx, permit, row.id, asked, &row.office, now).await?);
    }
    if wanted == Some(About::DueSoon) {
        // Of several, those who have answered are not reminded.
        let answered = token(payload).and_then(|token| loaded.case.flow.tokens.get(&token)).map(|t| &t.votes);
        people.retain(|(person, _)| !answered.is_some_and(|votes| votes.contains_key(person)));
    }
    Ok(Some((about, people)))
}

/// The party that a step asks or charges.
fn asked<'d>(def: &'d Definition, step: Option<&str>) -> Option<&'d str> {
    match &def.steps.get(step?)?.verb {
        Verb::Ask { of, .. } | Verb::Charge { of, .. } => Some(of),
        _ => None,
    }
}

fn token(payload: &Value) -> Option<TokenId> {
    payload.get("token").and_then(Value::as_u64).and_then(|t| u32::try_from(t).ok())
}

/// Every stage is told; a step that only registers or junctions pass is none.
fn is_for_parties(def: &Definition, step: Option<&str>, about: Option<About>) -> bool {
    match (about, step) {
        (Some(About::Step), Some(step)) => {
            let verb = def.steps.get(step).map(|s| &s.verb);
            matches!(verb, Some(Verb::Task { .. } | Verb::Ask { .. } | Verb::Charge { .. }))
        }
        _ => true,
    }
}

/// The names that a notice may use.
fn args(
    ctx: &Context,
    def: &Definition,
    loaded: &Loaded,
    payload: &Value,
    event: &EventTold,
    language: &str,
) -> BTreeMap<String, String> {
    let plain = BTreeMap::new();
    let text =
        |id: &str, attribute: Option<&str>| def.texts.format(language, id, attribute, &plain).unwrap_or_default();
    let step = payload.get("step").and_then(Value::as_str).unwrap_or_default();
    let flow = &loaded.case.flow;
    let due = token(payload).and_then(|t| flow.tokens.get(&t)).and_then(|t| t.expires.or(t.target));
    let due = due.or(flow.clock.due).or_else(|| promised(def, flow));
    let last_day = due.and_then(|at| def.time.day_of(at).yesterday().ok());
    let end = match &flow.status {
        Status::Closed { end, .. } => text(&text_id("end", end), None),
        _ => String::new(),
    };
    // That of the round it is about: the step may have been decided again since.
    let outcome = event.outcome.as_deref();
    let outcome = outcome.map(|o| text(&text_id("step", step), Some(&o.replace('_', "-"))));
    // What a register or a rule decided has no outcome in words: then it is told by the end that it led to.
    let outcome = outcome.filter(|o| !o.is_empty()).unwrap_or_else(|| end.clone());
    let offices = &ctx.catalogue.country().agencies.offices;
    let office = offices.get(&loaded.row.office).and_then(|o| o.name.get(language).or(o.name.values().next())).cloned();
    let booking: Option<Booking> = payload.get("booking").and_then(|b| serde_json::from_value(b.clone()).ok());
    let showing = Showing { ctx, def, case: &loaded.case, language, around: &loaded.row.around };
    let until = event.at.and_then(|at| remedies(&showing, step, at).first().and_then(|r| r.until));
    [
        ("reference", loaded.row.reference.clone()),
        ("service", text("service", None)),
        ("step", if step.is_empty() { String::new() } else { text(&decided_text(def, step), None) }),
        ("due", last_day.map(|d| d.to_string()).unwrap_or_default()),
        ("outcome", outcome),
        ("end", end),
        ("office", office.unwrap_or_default()),
        ("until", until.map(|d| d.to_string()).unwrap_or_default()),
        ("when", booking.map(|b| local(def, b.at)).unwrap_or_default()),
        (
            "hold",
            payload.get("hold").and_then(Value::as_str).map(|h| text(&text_id("hold", h), None)).unwrap_or_default(),
        ),
        ("mode", booking.map(|b| text(&mode_text(b.mode), None)).unwrap_or_default()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .chain(facts(ctx, def, loaded, payload))
    .collect()
}

/// What the definition has a text name beside, as the case is now: texts and numbers.
fn facts(ctx: &Context, def: &Definition, loaded: &Loaded, payload: &Value) -> Vec<(String, String)> {
    let told = payload.get("tell").and_then(Value::as_str);
    let Some(with) = told.and_then(|told| def.told_with(told).next()).filter(|with| !with.is_empty()) else {
        return Vec::new();
    };
    let view = View::new(def, &loaded.case, ctx.clock.now());
    let word = |value: &Expression| match view.eval(value).map(|found| found.to_json()) {
        Ok(Value::String(text)) => text,
        Ok(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    with.iter().map(|(name, value)| (name.clone(), word(value))).collect()
}

/// Day and time of day in the office's time zone.
fn local(def: &Definition, at: Timestamp) -> String {
    at.to_zoned(def.time.zone().clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The text for a way to meet.
fn mode_text(mode: Mode) -> String {
    let word = match mode {
        Mode::InPerson => "in-person",
        Mode::Online => "online",
    };
    format!("mode-{word}")
}

/// When the legal limit ended as it was on submission: what a receipt names, also where it is sent after the decision.
fn promised(def: &Definition, flow: &Flow) -> Option<Timestamp> {
    let unit = if flow.clock.working { Unit::WorkingDays } else { Unit::Days };
    let limit = Duration::new(flow.clock.limit, unit)?;
    let starts = def.time_limit.as_ref().map_or("submitted", |limit| limit.starts.as_str());
    flow.marks.get(starts).map(|at| limit.end(*at, &def.time))
}
