//! Appointments: which slots an office has for a case, and who takes one.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::act::RequestKey;
use super::context::Context;
use super::done::Done;
use super::perform::{Admitted, Request, admitted, attempt, known, unwritten};
use super::prepare::Order;
use super::reading::{self, Read};
use super::store::{self, Committed, Held, Loaded, Sought};
use crate::access::Action;
use crate::engine::definition::{Definition, Meeting, Mode};
use crate::engine::workflow::{Token, TokenId, meeting, slots};
use crate::kernel::{Actor, CaseId, Error, Result};
use crate::postgres::Tx;

/// A slot that is free.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotView {
    pub at: Timestamp,
    pub until: Timestamp,
    /// `in_person`, `online`.
    #[schema(value_type = Vec<String>)]
    pub modes: Vec<Mode>,
    /// Places that are left.
    pub free: i64,
}

/// Slots of one answer.
const SHOWN_MAX: usize = 200;
/// How often a booking is tried again that met another change of its case.
const TRIES: usize = 5;

/// The open step of a case that is done at an appointment.
fn to_meet<'a>(def: &'a Definition, loaded: &'a Loaded) -> Result<(TokenId, &'a Token, &'a Meeting)> {
    let waiting = loaded.case.flow.tokens.iter().filter(|(_, t)| t.ready.is_none());
    let mut meetings = waiting.filter_map(|(id, token)| Some((*id, token, meeting(def, &token.step)?)));
    meetings.next().ok_or_else(|| Error::Conflict("nothing_to_meet_for".into()))
}

/// The free slots for the meeting that a case waits for, the earliest first.
///
/// # Errors
/// [`Error::Conflict`] where there is nothing to meet for; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.read_slots", skip_all)]
pub async fn free_slots(ctx: &Context, actor: &Actor, case: CaseId) -> Result<Vec<SlotView>> {
    let Read { permit, def, loaded, mut tx } = reading::read(ctx, actor, case, Action::Book, "case.read_slots").await?;
    let now = ctx.clock.now();
    let (_, token, meeting) = to_meet(&def, &loaded)?;
    let all = slots(&def, token, meeting, now);
    let office = token.office.clone().unwrap_or_default();
    let taken = match (all.first(), all.last()) {
        (Some((from, _)), Some((_, until))) => store::taken(&mut tx, &meeting.slots, &office, *from, *until).await?,
        _ => Default::default(),
    };
    drop(tx);
    reading::record(ctx, actor, &permit, &loaded, "case.read_slots").await?;
    let capacity = i64::from(meeting.slots.capacity);
    let free = |(at, until): (Timestamp, Timestamp)| {
        let free = capacity - taken.get(&at).copied().unwrap_or_default();
        (free > 0).then(|| SlotView { at, until, modes: meeting.slots.modes.clone(), free })
    };
    Ok(all.into_iter().filter_map(free).take(SHOWN_MAX).collect())
}

/// Takes a slot for the meeting that a case waits for, in place of the one that it had. Of two who want the last place one
/// gets it.
///
/// # Errors
/// [`Error::Conflict`] where the slot is taken, or is none; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.book", skip_all)]
pub async fn book(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    at: Timestamp,
    mode: Mode,
    key: Option<RequestKey>,
) -> Result<Done> {
    settled(ctx, actor, case, "case.book", Some((at, mode)), key).await
}

/// Gives the slot of a case back.
///
/// # Errors
/// Refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.unbook", skip_all)]
pub async fn unbook(ctx: &Context, actor: &Actor, case: CaseId, key: Option<RequestKey>) -> Result<Done> {
    settled(ctx, actor, case, "case.unbook", None, key).await
}

async fn settled(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    name: &'static str,
    wanted: Option<(Timestamp, Mode)>,
    key: Option<RequestKey>,
) -> Result<Done> {
    for _ in 0..TRIES {
        let mut tx = ctx.db.begin().await?;
        let error = match placed(ctx, &mut tx, actor, case, name, wanted, key.clone()).await {
            Ok((Committed::Written, done)) => return tx.commit().await.map(|()| done),
            Ok((committed, _)) => unwritten(committed),
            Err(error) => error,
        };
        tx.rollback().await;
        match known(ctx, key.as_ref(), error).await {
            Error::Conflict(code) if code == super::perform::SIMULTANEOUS => {}
            error => return ctx.refuse(actor, name, Some(case), error).await,
        }
    }
    ctx.refuse(actor, name, Some(case), Error::Conflict(super::perform::SIMULTANEOUS.into())).await
}

/// The place and the event in one transaction: neither is there without the other.
async fn placed(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    case: CaseId,
    name: &'static str,
    wanted: Option<(Timestamp, Mode)>,
    key: Option<RequestKey>,
) -> Result<(Committed, Done)> {
    let now = ctx.clock.now();
    let Admitted { def, loaded, .. } = admitted(ctx, tx, actor, Sought::Case(case), Action::Book).await?;
    let (id, token, meeting) = to_meet(&def, &loaded)?;
    let order = match wanted {
        Some((at, mode)) => {
            let slot = slots(&def, token, meeting, now).into_iter().find(|(begins, _)| *begins == at);
            let slot = slot.ok_or_else(|| Error::Conflict("no_such_slot".into()))?;
            let (office, authority) = (token.office.clone().unwrap_or_default(), &loaded.row.authority);
            match store::hold_place(tx, &meeting.slots, &office, authority, slot, (case, id)).await? {
                Held::Place => {}
                Held::Full => return Err(Error::Conflict("slot_taken".into())),
                Held::Overtaken => return Err(Error::Conflict(super::perform::SIMULTANEOUS.into())),
            }
            Order::Book { token: id, at, mode }
        }
        None => {
            store::leave_place(tx, case, id).await?;
            Order::Unbook { token: id }
        }
    };
    let (sought, action) = (Sought::Case(case), Action::Book);
    attempt(ctx, tx, actor, &Request { sought, action, name, order, key, expects: None }).await
}
