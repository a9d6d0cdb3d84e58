//! Which cases hear of changes of which records.

use std::collections::BTreeSet;

use serde_json::json;

use crate::cases::heard::Change;
use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

/// Keeps of which records a case hears: register and key.
///
/// # Errors
/// Those of the database.
pub async fn watch(tx: &mut Tx, case: CaseId, records: &BTreeSet<(String, String)>) -> Result<()> {
    let (registers, keys): (Vec<String>, Vec<String>) = records.iter().cloned().unzip();
    let gone = sql("DELETE FROM register_watches w WHERE case_id = $1 AND NOT EXISTS (
        SELECT FROM unnest($2::text[], $3::text[]) u(register, key) WHERE u.register = w.register AND u.key = w.key)");
    tx.execute(gone.uuid(case.0).texts(registers.clone()).texts(keys.clone())).await?;
    let new = sql("INSERT INTO register_watches (register, key, case_id)
        SELECT register, key, $1 FROM unnest($2::text[], $3::text[]) u(register, key) ON CONFLICT DO NOTHING");
    tx.execute(new.uuid(case.0).texts(registers).texts(keys)).await.map(drop)
}

/// Queues for each case that hears of a record, save the one that changed it, a job of this kind. What is queued already stays
/// one job.
///
/// # Errors
/// Those of the database.
pub async fn queue_for_watching(tx: &mut Tx, kind: &str, by: CaseId, change: &Change) -> Result<()> {
    let payload =
        json!({"register": change.register, "key": change.key, "change": change.change, "version": change.version});
    let statement = sql("INSERT INTO jobs (case_id, kind, key, payload)
        SELECT w.case_id, $1, concat_ws(':', w.case_id, $2, $3, $4), $5::jsonb FROM register_watches w
        WHERE w.register = $6 AND w.key = $7 AND w.case_id <> $8 ON CONFLICT (kind, key) DO NOTHING");
    let statement = statement
        .text(kind)
        .text(change.register.clone())
        .text(change.version.to_string())
        .text(change.key.clone())
        .json(payload)
        .text(change.register.clone())
        .text(change.key.clone())
        .uuid(by.0);
    tx.execute(statement).await.map(drop)
}
