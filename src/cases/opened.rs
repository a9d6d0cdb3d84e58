//! Cases that a change of a register opens: in the name of whom the record says, filled in as far as the record knows, and
//! once for each change, however often it is told of.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::Context;
use super::heard::{self, Change};
use super::perform::{self, refused};
use super::start::{NewCase, blank, opened_once, start_permit, submitted};
use super::store::{self, Committed};
use crate::audit::Entry;
use crate::engine::definition::Definition;
use crate::engine::workflow::{Case, View};
use crate::kernel::{Actor, CaseId, Result};
use crate::people;
use crate::postgres::Tx;
use crate::queue::{Claimed, Job};
use crate::registers;

/// A change of a register may open cases.
pub const REGISTERED: &str = "registered";

/// Told once for each change of a register by a case.
pub(super) fn job(case: CaseId, register: &str, change: &str, version: i64, seq: u32) -> Job {
    let key = format!("{case}:{register}:{change}:{version}:{seq}");
    Job::of_case(case, REGISTERED, key, json!({"register": register, "change": change, "version": version}))
}

/// Opens what a change of registers by a case opens, and tells the cases that it concerns. Done twice it does nothing the
/// second time.
///
/// # Errors
/// Refusals of the engine; those of the database: it is tried again.
pub async fn registered(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    let text = |name: &str| job.payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (register, change) = (text("register"), text("change"));
    let version = job.payload.get("version").and_then(Value::as_i64).unwrap_or_default();
    let mut tx = ctx.db.single().await?;
    let written = registers::written_by(&mut tx, case, &register, &change, version).await?;
    drop(tx);
    let now = ctx.clock.now();
    for (key, mut record) in written {
        let (of, kind) = (register.clone(), change.clone());
        let told = Change { register: of, key: key.clone(), change: kind, version, record: record.clone() };
        heard::tell(ctx, case, &told).await?;
        for def in ctx.catalogue.opened_by(&register, &change, now) {
            // A record knows its key under the name that the register has for it.
            if let (Some(of), Value::Object(members)) = (def.registers.get(&register), &mut record) {
                members.entry(of.key.clone()).or_insert_with(|| Value::String(key.clone()));
            }
            let origin = format!("register/{register}/{key}/{version}/{}", def.id);
            if let Some((starter, form)) = stated(def, &register, &change, &record, now)? {
                opened_once(ctx, async |tx| attempt(ctx, tx, def, &register, &starter, &form, &origin).await).await?;
            }
        }
    }
    Ok(())
}

/// Whose case a record opens and what is filled in, by the first rule that holds; none where none does.
fn stated(
    def: &Definition,
    register: &str,
    change: &str,
    record: &Value,
    now: Timestamp,
) -> Result<Option<(Value, Value)>> {
    let nothing = Case::default();
    let view = View::new(def, &nothing, now).with("record", record.clone());
    for rule in def.start.opened_by.iter().filter(|rule| rule.register == register && rule.change == change) {
        if !view.holds(rule.when.as_ref()).map_err(refused)? {
            continue;
        }
        let starter = view.eval(&rule.starter).map_err(refused)?.to_json();
        let form = view.filled(&rule.form).map_err(refused)?;
        return Ok(Some((starter, Value::Object(form))));
    }
    Ok(None)
}

/// None where it was opened before.
async fn attempt(
    ctx: &Context,
    tx: &mut Tx,
    def: &Arc<Definition>,
    register: &str,
    starter: &Value,
    form: &Value,
    origin: &str,
) -> Result<Option<Committed>> {
    let now = ctx.clock.now();
    let hash = |kind: &str, issuer: &str, value: &str| ctx.keys.identifier_hash(kind, issuer, value);
    let person = people::resolve_person(tx, &ctx.identified, &hash, starter).await?;
    let actor = Actor { person: Some(person), ..Actor::system("register") };
    let new = NewCase { service: def.id.clone(), form: Some(form.clone()), submit: true, ..NewCase::default() };
    let loaded = blank(ctx, tx, &actor, def, &new, now).await?;
    if !store::note_origin(tx, origin, loaded.row.id).await? {
        return Ok(None);
    }
    let permit = start_permit(&actor, def)?;
    // What the record knows is filled in already; whoever it concerns looks at it before it is handed in.
    let handed_in = NewCase { form: new.form.clone().filter(|_| def.start.needs_form), ..new };
    let mut act = submitted(ctx, tx, &actor, &permit, def, &loaded, &handed_in, None, now).await?;
    let details = json!({"register": register, "step": null, "purpose": OPENING});
    let purpose = Some(OPENING.to_owned());
    act.log(&actor, Entry { purpose, details, subjects: loaded.subjects.clone(), ..Entry::done("register.read") });
    perform::write(ctx, tx, def, None, act, now).await.map(|(committed, _)| Some(committed))
}

/// What a record is read for that opens a case.
const OPENING: &str = "opening";
