//! A command played to rest: the engine decides, our own registers and pools answer, within the transaction.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::Context;
use super::perform::refused;
use super::prepare::Prepared;
use super::stated;
use super::store::{self, Loaded};
use crate::engine::definition::Definition;
use crate::engine::workflow::{Answer, Call, Case, Course, Event, TokenId};
use crate::kernel::{Actor, Error, Result};
use crate::postgres::Tx;
use crate::registers;

/// A command played to rest.
pub struct Played {
    pub case: Case,
    pub events: Vec<Event>,
    pub overdue: usize,
    pub restated: bool,
    /// What was written into a register last.
    pub record: Value,
    /// Registers that were read: name, step, purpose.
    pub reads: Vec<Value>,
}

/// Decides, and lets our own registers answer until the case rests. Whom they name as parties is found out then.
///
/// # Errors
/// Refusals of the engine; those of the database.
pub async fn play(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    def: &Arc<Definition>,
    loaded: &Loaded,
    prepared: &mut Prepared,
    now: Timestamp,
) -> Result<Played> {
    let mut course = Course::new(loaded.case.clone(), prepared.command.clone(), now);
    let mut asked = Asked { record: Value::Null, reads: Vec::new() };
    while let Some((call, at)) = course.next(def).map_err(refused)? {
        let (token, answer) = answer(tx, actor, def, loaded, &course.case, &mut asked, call, at).await?;
        course.answer(def, token, answer).map_err(refused)?;
    }
    stated::learned(ctx, tx, def, loaded, &mut course.case, &mut prepared.parties).await?;
    let Course { case, events, overdue, restated, .. } = course;
    Ok(Played { case, events, overdue, restated, record: asked.record, reads: asked.reads })
}

/// What our registers were asked.
struct Asked {
    record: Value,
    reads: Vec<Value>,
}

/// Answers as of the instant of the question.
#[expect(clippy::too_many_arguments, reason = "one step of a loop, with all that the loop knows")]
async fn answer(
    tx: &mut Tx,
    actor: &Actor,
    def: &Definition,
    loaded: &Loaded,
    case: &Case,
    asked: &mut Asked,
    call: Call,
    at: Timestamp,
) -> Result<(TokenId, Answer)> {
    match call {
        Call::Defect { token, sentence, answer } => {
            tracing::error!(service = def.id, version = def.version, sentence, "a rule cannot be worked out");
            Ok((token, answer))
        }
        Call::Lookup { token, register, key, purpose } => {
            let step = case.flow.tokens.get(&token).map(|t| t.step.clone());
            asked.reads.push(json!({"register": register, "step": step, "purpose": purpose}));
            let found = match &key {
                Some(key) => registers::read(tx, &register, key).await?,
                None => None,
            };
            let answer = found.map_or(Answer::None, |f| Answer::Found { record: f.record, version: f.version });
            Ok((token, answer))
        }
        Call::Reserve { token, pool, key, until } => {
            let case = loaded.row.id;
            let taken = match &key {
                Some(key) => store::reserve(tx, &pool, key, case, until, at).await?,
                None => false,
            };
            Ok((token, if taken { Answer::Reserved } else { Answer::Conflict }))
        }
        Call::Record { token, writes } => {
            let mut changes = Vec::new();
            for write in writes {
                let register = def.registers.get(&write.register);
                let register = register.ok_or_else(|| Error::internal("a register of the definition is gone"))?;
                changes.push(registers::Change {
                    authority: register.owner.clone(),
                    case: Some(loaded.row.id),
                    actor: actor.codes(None),
                    at,
                    day: def.time.day_of(at),
                    number: register.number.clone(),
                    unique: register.unique.clone(),
                    write,
                });
            }
            let valid = |register: &str, record: &Value| {
                def.registers.get(register).is_some_and(|r| r.schema.check(record).is_empty())
            };
            let answer = match registers::write_all(tx, &changes, &valid).await? {
                None => Answer::Conflict,
                Some(written) => {
                    if let Some(last) = written.last() {
                        asked.record =
                            registers::read(tx, &last.register, &last.key).await?.map_or(Value::Null, |r| r.record);
                    }
                    Answer::Written(written)
                }
            };
            Ok((token, answer))
        }
    }
}
