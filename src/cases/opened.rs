//! Cases that a change of a register opens: in the name of whom the record says, filled in as far as the record knows, and
//! once for each change, however often it is told of.

use serde_json::{Map, Value, json};

use super::context::Context;
use super::done::Done;
use super::perform::{self, refused};
use super::start::{NewCase, TRIES, blank, submitted};
use super::store::{self, Committed};
use crate::access::{Action, Facts, Purpose, permit};
use crate::engine::definition::{Definition, OpenedBy};
use crate::engine::workflow::{Case, View};
use crate::kernel::{Actor, CaseId, Error, Result};
use crate::people;
use crate::queue::{Claimed, Job};
use crate::registers;

/// A change of a register may open cases.
pub const REGISTERED: &str = "registered";

/// Told once for each change of a register by a case.
pub(super) fn job(case: CaseId, register: &str, change: &str, version: i64) -> Job {
    let key = format!("{case}:{register}:{change}:{version}");
    Job::of_case(case, REGISTERED, key, json!({"register": register, "change": change, "version": version}))
}

/// Opens what a change of registers by a case opens. Done twice it opens nothing the second time.
///
/// # Errors
/// Refusals of the engine; those of the database: it is tried again.
pub async fn open_by_register(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    let text = |name: &str| job.payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (register, change) = (text("register"), text("change"));
    let version = job.payload.get("version").and_then(Value::as_i64).unwrap_or_default();
    let mut tx = ctx.db.single().await?;
    let written = registers::written_by(&mut tx, case, &register, &change, version).await?;
    drop(tx);
    let now = ctx.clock.now();
    for (key, mut record) in written {
        for def in ctx.catalogue.opened_by(&register, &change, now) {
            let mut rules = def.start.opened_by.iter();
            let Some(rule) = rules.find(|rule| rule.register == register && rule.change == change) else { continue };
            // A record knows its key under the name that the register has for it.
            if let (Some(of), Value::Object(members)) = (def.registers.get(&register), &mut record) {
                members.entry(of.key.clone()).or_insert_with(|| Value::String(key.clone()));
            }
            let origin = format!("register/{register}/{key}/{version}/{}", def.id);
            open(ctx, def, rule, &record, &origin).await?;
        }
    }
    Ok(())
}

async fn open(
    ctx: &Context,
    def: &std::sync::Arc<Definition>,
    rule: &OpenedBy,
    record: &Value,
    origin: &str,
) -> Result<Option<Done>> {
    let now = ctx.clock.now();
    let nothing = Case::default();
    let view = View::new(def, &nothing, now).with("record", record.clone());
    if !view.holds(rule.when.as_ref()).map_err(refused)? {
        return Ok(None);
    }
    let starter = view.eval(&rule.starter).map_err(refused)?.to_json();
    let mut form = Map::new();
    for (member, value) in &rule.form {
        let value = view.eval(value).map_err(refused)?.to_json();
        if !value.is_null() {
            form.insert(member.clone(), value);
        }
    }
    for _ in 0..TRIES {
        let mut tx = ctx.db.begin().await?;
        let hash = |kind: &str, issuer: &str, value: &str| ctx.keys.identifier_hash(kind, issuer, value);
        let person = people::resolve_person(&mut tx, &ctx.identified, &hash, &starter).await?;
        let actor = Actor { person: Some(person), ..Actor::system("register") };
        let new = NewCase {
            service: def.id.clone(),
            form: Some(Value::Object(form.clone())),
            submit: true,
            ..NewCase::default()
        };
        let loaded = blank(ctx, &mut tx, &actor, def, &new, now).await?;
        if !store::note_origin(&mut tx, origin, loaded.row.id).await? {
            tx.rollback().await;
            return Ok(None);
        }
        let facts = Facts { service: def.id.clone(), authority: def.authority.clone(), ..Facts::default() };
        let permit = permit(&actor, Action::StartCase, &facts, Purpose::OwnCase)?;
        // What the record knows is filled in already; whoever it concerns looks at it before it is handed in.
        let handed_in = NewCase { form: new.form.clone().filter(|_| def.start.needs_form), ..new };
        let act = submitted(ctx, &mut tx, &actor, &permit, def, &loaded, &handed_in, now).await?;
        let (committed, act) = perform::write(ctx, &mut tx, def, act, now).await?;
        if committed == Committed::Written {
            tx.commit().await?;
            return Ok(Some(Done { case: act.row.id, after: None }));
        }
        tx.rollback().await;
    }
    Err(Error::Conflict(perform::SIMULTANEOUS.into()))
}
