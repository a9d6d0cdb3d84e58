//! Cases hear of registers that other cases change: which records concern a case is kept beside it, so that one change wakes
//! none but those.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::act::Act;
use super::context::Context;
use super::itself::by_itself;
use super::perform::refused;
use super::prepare::Order;
use super::store;
use crate::engine::definition::Definition;
use crate::engine::workflow::{Case, Command, Refusal, watched};
use crate::kernel::{CaseId, Error, Result};
use crate::postgres::Tx;
use crate::queue::{Claimed, Next};
use crate::registers;

/// A version of a record as a case wrote it.
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

    /// The record is read for the case.
    pub(super) fn read(&self) -> Value {
        json!({"register": self.register, "step": null, "purpose": HEARING})
    }

    pub(super) fn details(&self) -> Value {
        json!({"register": self.register, "key": self.key, "change": self.change, "version": self.version})
    }
}

/// What a record is read for of which a case hears.
const HEARING: &str = "hearing";
/// A case hears of a change. One job for each case, so that none waits for another.
pub const HEAR: &str = "hear";
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

/// One case hears of one change. While it stands still it is not told. Done twice it changes nothing the second time.
///
/// # Errors
/// Refusals of the engine; those of the database: it is tried again.
pub async fn hear(ctx: &Context, job: &Claimed) -> Result<Next> {
    let text = |name: &str| job.payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (register, key, change) = (text("register"), text("key"), text("change"));
    let version = job.payload.get("version").and_then(Value::as_i64).unwrap_or_default();
    let Some(case) = job.case else { return Ok(Next::Done) };
    let mut tx = ctx.db.single().await?;
    let record = registers::as_written(&mut tx, &register, &key, version).await?;
    drop(tx);
    let Some(record) = record else { return Ok(Next::Done) };
    let change = Change { register, key, change, version, record };
    match by_itself(ctx, case, "case.hear", Order::Heard(&change)).await {
        Err(Error::Conflict(code)) if code == Refusal::Held.code() => {
            Ok(Next::Later { wait: WHILE_HELD, why: "the case stands still" })
        }
        // It is not there any more.
        Err(Error::NotFound) => Ok(Next::Done),
        done => done.map(Next::from),
    }
}
