//! Which cases hear of changes of which records.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use uuid::Uuid;

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

/// Cases that are told of a change by one statement.
const PAGE: i64 = 5_000;

#[derive(QueryableByName)]
struct Watching {
    #[diesel(sql_type = SqlUuid)]
    case_id: Uuid,
}

/// Queues for cases that hear of a record, save the one that changed it, a job of this kind: a page of them, after this one. Gives
/// the last of the page. What is queued already stays one job.
///
/// # Errors
/// Those of the database.
pub async fn queue_for_watching(
    tx: &mut Tx,
    kind: &str,
    by: CaseId,
    change: &Change,
    after: Option<CaseId>,
) -> Result<Option<CaseId>> {
    let payload = change.payload();
    let statement = sql("WITH w AS (SELECT case_id FROM register_watches
            WHERE register = $1 AND key = $2 AND case_id > $3 ORDER BY case_id LIMIT $4),
         j AS (INSERT INTO jobs (case_id, kind, key, payload)
            SELECT case_id, $5, concat_ws(':', case_id, $6, $7, $8), $9::jsonb FROM w WHERE case_id <> $10
            ON CONFLICT (kind, key) DO NOTHING)
        SELECT case_id FROM w ORDER BY case_id DESC LIMIT 1")
    .text(change.register.clone())
    .text(change.key.clone())
    .uuid(after.map_or(Uuid::nil(), |case| case.0))
    .big(PAGE)
    .text(kind)
    .text(change.register.clone())
    .text(change.version.to_string())
    .text(change.key.clone())
    .json(payload)
    .uuid(by.0);
    Ok(tx.row::<Watching>(statement).await?.map(|row| CaseId(row.case_id)))
}
