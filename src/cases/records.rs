//! What anybody may read of a register.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::context::Context;
use super::view::{Named, language};
use crate::audit::{self, Entry};
use crate::kernel::{Actor, Error, Result};
use crate::registers;

/// What is public of a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordView {
    /// The register, and what it is called.
    pub register: Named,
    /// The authority that answers for it.
    pub authority: Named,
    #[schema(example = "C-2026-000001")]
    pub key: String,
    /// How often it was written.
    pub version: i64,
    /// The fields that the register makes public, as they are now.
    #[schema(value_type = Object)]
    pub record: Value,
    pub language: String,
}

/// The public fields of a record, by its key. One request is one entry in the log.
///
/// # Errors
/// [`Error::NotFound`] where there is no such record, or nothing of the register is public; those of the database.
#[tracing::instrument(level = "debug", name = "register.look", skip_all)]
pub async fn public_record(
    ctx: &Context,
    actor: &Actor,
    register: &str,
    key: &str,
    accept: &str,
) -> Result<RecordView> {
    if [register, key].iter().any(|word| word.chars().any(char::is_control)) {
        return Err(Error::NotFound);
    }
    let def = ctx.catalogue.with_public(register, ctx.clock.now()).ok_or(Error::NotFound)?;
    let rules = def.registers.get(register).ok_or(Error::NotFound)?;
    let found = registers::read(&mut ctx.db.single().await?, register, key).await?.ok_or(Error::NotFound)?;
    // What one authority makes public of its register says nothing of another's of that name.
    if found.authority != rules.owner {
        return Err(Error::NotFound);
    }
    let public = |field: &String| Some((field.clone(), found.record.get(field)?.clone()));
    let record: Map<String, Value> = rules.public.iter().filter_map(public).collect();
    let entry = Entry {
        purpose: Some("public".into()),
        details: json!({"register": register, "key": key}),
        ..Entry::done("register.look")
    };
    ctx.recorder.record(audit::seal(actor, entry, ctx.clock.now())).await?;
    let language = language(def, accept);
    let title = crate::engine::texts::text_id("register", register);
    let title = def.texts.format(&language, &title, None, &std::collections::BTreeMap::new());
    let names = ctx.catalogue.country().agencies.authorities.get(&found.authority).map(|a| &a.name);
    let authority = names.and_then(|n| n.get(&language).or(n.values().next())).unwrap_or(&found.authority).clone();
    Ok(RecordView {
        register: Named { id: register.to_owned(), title: title.unwrap_or_else(|| register.to_owned()) },
        authority: Named { id: found.authority, title: authority },
        key: found.key,
        version: found.version,
        record: Value::Object(record),
        language,
    })
}
