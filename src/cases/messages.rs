//! Words between the sides of a case, and a person's message box.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::act::{NOTICE, RequestKey};
use super::context::Context;
use super::heard;
use super::perform::{Admitted, Request, SIMULTANEOUS, admitted, at_counter, attempt, unwritten};
use super::prepare::Order;
use super::reading;
use super::scans::below_zero;
use super::store::{self, Committed, DeliveryRow, Loaded, MessageRow, Sought};
use crate::access::{APPLICANT, Action, Permit, scope};
use crate::audit::{self, Entry};
use crate::engine::definition::{Definition, MESSAGE, PartyMay};
use crate::engine::workflow;
use crate::kernel::{Actor, CaseId, Error, Fault, MessageId, Result};
use crate::postgres::Tx;
use crate::queue::{self, Job};

/// A message in a box or of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    pub id: Uuid,
    pub case: Uuid,
    pub reference: String,
    /// What it is about: `message` for words that somebody wrote, else the event.
    #[schema(example = "decided")]
    pub about: String,
    pub subject: String,
    pub body: String,
    pub language: String,
    /// True where the caller wrote it.
    pub mine: bool,
    /// Whether it is addressed to the office.
    pub to_office: Option<String>,
    /// The party that wrote to the office, or that the office wrote to.
    pub party: Option<String>,
    pub sent_at: Timestamp,
    pub read_at: Option<Timestamp>,
    /// What became of it beside the message box. Of what the office wrote to a party: of the notices that told of it,
    /// shown to the office.
    pub deliveries: Vec<DeliveryView>,
}

/// A message on one way out of the box.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// `email` or `sms`.
    #[schema(example = "sms")]
    pub channel: String,
    /// `queued`, `sent`, `delivered` (SMS alone: a mail server does not tell) or `failed`.
    #[schema(example = "delivered")]
    pub state: String,
    /// When it came into this state.
    pub at: Timestamp,
}

fn shown(row: MessageRow, actor: &Actor, told: &[DeliveryRow]) -> MessageView {
    let about = |delivery: &&DeliveryRow| delivery.message == row.id;
    let view = |row: &DeliveryRow| DeliveryView { channel: row.channel.clone(), state: row.state.clone(), at: row.at };
    MessageView {
        deliveries: told.iter().filter(about).map(view).collect(),
        id: row.id,
        case: row.case_id,
        reference: row.reference,
        about: row.about,
        subject: row.subject,
        body: row.body,
        language: row.language,
        mine: row.author.is_some() && row.author == actor.person.map(|p| p.0),
        to_office: row.office,
        party: row.party,
        sent_at: row.sent_at,
        read_at: row.read_at,
    }
}

/// Characters of one message.
const BODY_MAX: usize = 8_000;
/// How often it is tried to write one that answers a step.
const TRIES: usize = 5;

/// Writes to the other side: a party to the office, the office to a party: the applicant where none is named.
///
/// # Errors
/// Faults of the body; refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "message.write", skip_all)]
pub async fn write_message(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    body: &str,
    to: Option<&str>,
    key: Option<RequestKey>,
) -> Result<MessageView> {
    for _ in 0..TRIES {
        match write(ctx, actor, case, body, to, key.clone()).await {
            Ok(view) => return Ok(view),
            // What it answers is being changed at the moment.
            Err(Error::Conflict(code)) if code == SIMULTANEOUS => {}
            Err(error) => return ctx.refuse(actor, "message.write", Some(case), error).await,
        }
    }
    ctx.refuse(actor, "message.write", Some(case), Error::Conflict(SIMULTANEOUS.into())).await
}

async fn write(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    body: &str,
    to: Option<&str>,
    key: Option<RequestKey>,
) -> Result<MessageView> {
    let body = body.trim();
    let length = body.chars().count();
    if length == 0 {
        return Err(Error::invalid("/body", "required"));
    }
    if length > BODY_MAX {
        return Err(Error::Invalid(vec![Fault::new("/body", "max_length").with("limit", BODY_MAX)]));
    }
    let mut tx = ctx.db.begin().await?;
    store::check_key(&mut tx, key.as_ref()).await?;
    let Admitted { permit, def, loaded, .. } =
        admitted(ctx, &mut tx, actor, Sought::Case(case), Action::WriteMessage).await?;
    if loaded.case.flow.status.word() == "draft" {
        return Err(Error::Conflict("not_submitted".into()));
    }
    let author = actor.person.ok_or(Error::Forbidden("unknown_person"))?;
    let to_office = permit.post.is_none();
    let party = side(&mut tx, &permit, &def, &loaded, to).await?;
    let (id, now) = (MessageId::make(), ctx.clock.now());
    let office = to_office.then(|| loaded.row.office.clone());
    let language = loaded.row.language.clone();
    let new = store::NewMessage {
        id,
        case,
        office: office.clone(),
        party: &party,
        author,
        body,
        language: &language,
        at: now,
    };
    store::post_message(&mut tx, new).await?;
    store::keep_key(&mut tx, key.as_ref(), id.0).await?;
    let flow = &loaded.case.flow;
    let asked = if to_office { workflow::asked_to_write(&def, flow, &party) } else { Vec::new() };
    if !asked.is_empty() && !flow.is_held() {
        // With the letter itself: it was written in time.
        let (sought, action, name) = (Sought::Case(case), Action::Complete, "case.hear");
        let order = Order::Message { message: id, party: &party, asked: &asked };
        let request = Request { sought, action, name, order, key: None, expects: None };
        let (committed, _) = attempt(ctx, &mut tx, &Actor::system(name), &request).await?;
        if committed != Committed::Written {
            return Err(unwritten(committed));
        }
    } else if to_office && (!asked.is_empty() || def.reactions.iter().any(|reaction| reaction.event == MESSAGE)) {
        queue::enqueue(&mut tx, &[heard::of_message(case, id, &party, &asked)]).await?;
    }
    if !to_office {
        let payload = json!({"about": "message", "message": id, "party": party, "seq": below_zero(id.0)});
        queue::enqueue(&mut tx, &[Job::of_case(case, NOTICE, format!("message:{id}"), payload)]).await?;
    }
    let entry = Entry {
        case: Some(case),
        purpose: Some(permit.purpose.clone()),
        post: permit.post.clone(),
        subjects: loaded.subjects.clone(),
        details: json!({"message": id}),
        ..Entry::done("message.write")
    };
    audit::append(&mut tx, &[audit::seal(&at_counter(ctx, actor, &loaded), entry, now)]).await?;
    tx.commit().await?;
    Ok(MessageView {
        id: id.0,
        case: case.0,
        reference: loaded.row.reference,
        about: "message".into(),
        subject: String::new(),
        body: body.to_owned(),
        language,
        mine: true,
        to_office: office,
        party: Some(party),
        sent_at: now,
        read_at: None,
        deliveries: Vec::new(),
    })
}

/// Which side a letter is of: that of the party who writes to the office, or to which the office writes. The office
/// writes to the applicant, or to another party that is there and may answer.
async fn side(tx: &mut Tx, permit: &Permit, def: &Definition, loaded: &Loaded, to: Option<&str>) -> Result<String> {
    let may = |name: &str| def.parties.get(name).is_some_and(|party| party.may.contains(&PartyMay::Message));
    if permit.post.is_none() {
        if to.is_some() {
            return Err(Error::invalid("/to", "not_expected"));
        }
        // Whoever is several parties answers as the one that was asked.
        let is_asked = |name: &&String| {
            permit.is_party(name) && !workflow::asked_to_write(def, &loaded.case.flow, name).is_empty()
        };
        let mine = || permit.narrowed_to.iter().flatten().find(|name| may(name));
        let mine = def.parties.keys().find(is_asked).or_else(mine);
        return Ok(mine.cloned().unwrap_or_else(|| APPLICANT.to_owned()));
    }
    match to {
        None | Some(APPLICANT) => Ok(APPLICANT.to_owned()),
        Some(name) if may(name) && store::has_party(tx, permit, loaded.row.id, name).await? => Ok(name.to_owned()),
        Some(_) => Err(Error::invalid("/to", "unknown")),
    }
}

/// Words of a case, newest first. A side sees its own and those to it.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "message.read", skip_all)]
pub async fn messages(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<MessageView>> {
    let mut read = reading::read(ctx, actor, case, Action::ReadMessages, "message.read").await?;
    let rows = store::messages_of_case(&mut read.tx, &read.permit, case, actor.person, before, limit).await?;
    let letters: Vec<(Uuid, i32)> = rows.iter().map(|row| (row.id, below_zero(row.id))).collect();
    let told = store::deliveries_of_letters(&mut read.tx, &read.permit, case, &letters).await?;
    let reading::Read { permit, loaded, tx, .. } = read;
    drop(tx);
    reading::record(ctx, actor, &permit, &loaded, "message.read").await?;
    Ok(rows.into_iter().map(|row| shown(row, actor, &told)).collect())
}

/// The caller's message box, newest first. What is shown counts as read.
///
/// # Errors
/// Those of the policy and the database.
#[tracing::instrument(level = "debug", name = "message.box", skip_all)]
pub async fn my_messages(ctx: &Context, actor: &Actor, before: Option<Uuid>, limit: i64) -> Result<Vec<MessageView>> {
    let scope = match scope(actor, Action::ReadOwnMessages) {
        Ok(scope) => scope,
        Err(error) => return ctx.refuse(actor, "message.box", None, error).await,
    };
    let mut tx = ctx.db.single().await?;
    let rows = store::messages_of_person(&mut tx, &scope, before, limit).await?;
    let unread = rows.iter().filter(|r| r.read_at.is_none()).map(|r| r.id).collect::<Vec<_>>();
    if !unread.is_empty() {
        store::read_messages(&mut tx, &scope, unread, ctx.clock.now()).await?;
    }
    let told = store::deliveries_of(&mut tx, &scope, rows.iter().map(|row| row.id).collect()).await?;
    drop(tx);
    let entry = Entry {
        purpose: Some("own_case".into()),
        subjects: actor.person.into_iter().collect(),
        ..Entry::done("message.box")
    };
    ctx.recorder.record(audit::seal(actor, entry, ctx.clock.now())).await?;
    Ok(rows.into_iter().map(|row| shown(row, actor, &told)).collect())
}
