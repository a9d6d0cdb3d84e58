//! Cases hear of registers that other cases change, and of other cases that end: which records and cases concern one is kept
//! beside it, so that one change wakes none but those. What a party writes to the office they hear of in the same way.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::act::Act;
use super::context::Context;
use super::itself::{by_itself, whole};
use super::perform::refused;
use super::prepare::Order;
use super::store;
use crate::access::APPLICANT;
use crate::engine::definition::{Definition, cases_of, of_cases};
use crate::engine::workflow::{Case, Command, Refusal, TokenId, watched};
use crate::kernel::{CaseId, Error, MessageId, Result};
use crate::postgres::Tx;
use crate::queue::{Claimed, Job, Next};
use crate::registers;

/// A version of a record as a case wrote it, or the end of a case: `cases.<service>`, its reference, its end, and with how many
/// events it had come to it.
#[derive(Debug, Clone)]
pub struct Change {
    pub register: String,
    pub key: String,
    pub change: String,
    pub version: i64,
    pub record: Value,
}

impl Change {
    pub(super) fn command(&self) -> Command {
        let Self { register, key, change, version, record } = self.clone();
        Command::Heard { register, key, change, version, record }
    }

    /// The record is read for the case; of a case nothing is but its end.
    pub(super) fn read(&self) -> Option<Value> {
        let is_register = of_cases(&self.register).is_none();
        is_register.then(|| json!({"register": self.register, "step": null, "purpose": HEARING}))
    }

    /// The end of a case as it left the act.
    pub(super) fn ended(def: &Definition, act: &Act) -> Option<Self> {
        let (_, end, result, ..) = act.closed.as_ref()?;
        let reference = act.row.reference.clone();
        Some(Self {
            register: cases_of(&def.id),
            key: reference.clone(),
            change: end.clone(),
            version: i64::from(act.case.flow.seq),
            record: json!({"reference": reference, "end": end, "result": result}),
        })
    }

    /// Has whom it concerns told of it.
    pub(super) fn job(&self, case: CaseId) -> Job {
        let key = format!("{case}:{}:{}", self.register, self.version);
        Job::of_case(case, TELL, key, self.payload())
    }

    /// Without the record, which is read again; but with what a case came to.
    pub(super) fn payload(&self) -> Value {
        let record = of_cases(&self.register).map(|_| &self.record);
        json!({"register": self.register, "key": self.key, "change": self.change, "version": self.version, "record": record})
    }

    /// None where the record is not there any more.
    async fn of_job(tx: &mut Tx, payload: &Value) -> Result<Option<Self>> {
        let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (register, key, change) = (text("register"), text("key"), text("change"));
        let version = payload.get("version").and_then(Value::as_i64).unwrap_or_default();
        let record = match payload.get("record").filter(|record| record.is_object()) {
            Some(record) => Some(record.clone()),
            None => registers::as_written(tx, &register, &key, version).await?,
        };
        Ok(record.map(|record| Self { register, key, change, version, record }))
    }

    pub(super) fn details(&self) -> Value {
        json!({"register": self.register, "key": self.key, "change": self.change, "version": self.version})
    }
}

/// What a record is read for of which a case hears.
const HEARING: &str = "hearing";
/// A case hears of a change. One job for each case, so that none waits for another.
pub const HEAR: &str = "hear";
/// Those that the end of a case concerns are to be told.
pub const TELL: &str = "tell";
/// How long a case that stands still is left alone.
const WHILE_HELD: SignedDuration = SignedDuration::from_hours(1);

/// Keeps with an act which records concern its case from here on.
pub(super) async fn watch(tx: &mut Tx, def: &Definition, before: Option<&Case>, act: &Act) -> Result<()> {
    if def.reactions.iter().all(|reaction| reaction.heard.is_none()) {
        return Ok(());
    }
    let records = watched(def, &act.case, act.at).map_err(refused)?;
    // What a version before did not ask for, nobody wrote down.
    let same = before.filter(|case| case.flow.version == act.case.flow.version);
    let known = same.map(|case| watched(def, case, act.at)).transpose().map_err(refused)?.unwrap_or_default();
    if records == known {
        return Ok(());
    }
    store::watch(tx, act.row.id, &records).await
}

/// Has every other case hear that a record concerns, so many at a time.
pub(super) async fn tell(ctx: &Context, by: CaseId, change: &Change) -> Result<()> {
    let mut tx = ctx.db.single().await?;
    let mut after = None;
    loop {
        after = store::queue_for_watching(&mut tx, HEAR, by, change, after).await?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// A case has ended: those that it concerns are told.
///
/// # Errors
/// Those of the database: it is tried again.
pub async fn tell_of_end(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    // The connection is given back before another one is asked for.
    let change = Change::of_job(&mut ctx.db.single().await?, &job.payload).await?;
    match change {
        Some(change) => tell(ctx, case, &change).await,
        None => Ok(()),
    }
}

/// Has a case hear of what a party wrote to the office.
pub(super) fn of_message(case: CaseId, message: MessageId, party: &str, asked: &[TokenId]) -> Job {
    let payload = json!({"message": message, "party": party, "asked": asked});
    Job::of_case(case, HEAR, format!("message:{message}"), payload)
}

/// One case hears of one change or message. While it stands still it is not told. Done twice it changes nothing the second time.
///
/// # Errors
/// Refusals of the engine; those of the database: it is tried again.
pub async fn hear(ctx: &Context, job: &Claimed) -> Result<Next> {
    let Some(case) = job.case else { return Ok(Next::Done) };
    let message = job.payload.get("message").and_then(Value::as_str).and_then(|id| id.parse().ok()).map(MessageId);
    let done = if let Some(message) = message {
        let party = job.payload.get("party").and_then(Value::as_str).unwrap_or(APPLICANT);
        let asked = job.payload.get("asked").and_then(Value::as_array).into_iter().flatten();
        let asked: Vec<TokenId> = asked.filter_map(|token| u32::try_from(token.as_u64()?).ok()).collect();
        by_itself(ctx, case, "case.hear", Order::Message { message, party, asked: &asked }).await
    } else {
        let change = Change::of_job(&mut ctx.db.single().await?, &job.payload).await?;
        let Some(change) = change else { return Ok(Next::Done) };
        if of_cases(&change.register).is_some() && !is_party(ctx, case, &change.key).await? {
            return Ok(Next::Done);
        }
        by_itself(ctx, case, "case.hear", Order::Heard(&change)).await
    };
    match done {
        Err(Error::Conflict(code)) if code == Refusal::Held.code() => {
            Ok(Next::Later { wait: WHILE_HELD, why: "the case stands still" })
        }
        // It is not there any more.
        Err(Error::NotFound) => Ok(Next::Done),
        done => done.map(Next::from),
    }
}

/// How a case ended is its parties' affair: others hear of it only in a case that one of those has begun, or that is linked with it.
async fn is_party(ctx: &Context, case: CaseId, reference: &str) -> Result<bool> {
    let mut tx = ctx.db.single().await?;
    let Some(other) = store::find(&mut tx, reference).await? else { return Ok(false) };
    let people = store::people_of_case(&mut tx, other).await?;
    drop(tx);
    let hears = whole(ctx, case).await?;
    let flow = &hears.case.flow;
    let linked = flow.link.iter().any(|link| link.of == other)
        || flow.parent.iter().any(|parent| parent.case == other)
        || flow.appeals.iter().any(|appeal| appeal.case == other)
        || flow.children.iter().any(|child| child.case == other);
    Ok(linked || people.contains(&hears.row.started_by))
}
