//! What is being filled in, and drafts that end.

use jiff::Timestamp;

use super::rows::Id;
use crate::cases::act::{Row, pack};
use crate::engine::workflow::Data;
use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

/// Keeps what is being filled in: a new revision, without an event. The event sequence does not move. `over`: the
/// revision before held nothing but what was being filled in, and goes.
///
/// # Errors
/// Those of the database.
pub async fn put_draft(tx: &mut Tx, row: &Row, data: &Data, over: bool) -> Result<bool> {
    let (key, bytes) = pack(data)?;
    let statement = sql(
        "WITH c AS (UPDATE cases SET revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING id, revision),
            o AS (DELETE FROM case_data d USING c WHERE d.case_id = c.id AND d.revision = c.revision - 1 AND $3)
        INSERT INTO case_data (case_id, revision, key_id, bytes) SELECT c.id, c.revision, $4, $5 FROM c",
    )
    .uuid(row.id.0)
    .int(row.revision)
    .flag(over)
    .int(key)
    .bytes(bytes);
    Ok(tx.execute(statement).await? == 1)
}

/// Removes the revision that an act is about to follow and that holds something being filled in: whatever else is in it
/// is in the next one, too. Only what was handed in is history.
///
/// # Errors
/// Those of the database.
pub async fn drop_draft(tx: &mut Tx, row: &Row) -> Result<()> {
    let statement = sql("DELETE FROM case_data WHERE case_id = $1 AND revision = $2").uuid(row.id.0).int(row.revision);
    tx.execute(statement).await.map(drop)
}

/// Drafts whose time has passed.
///
/// # Errors
/// Those of the database.
pub async fn expired_drafts(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<CaseId>> {
    let statement =
        sql("SELECT id FROM cases WHERE status = 'draft' AND draft_until <= $1 LIMIT $2").at(now).big(limit);
    Ok(tx.rows::<Id>(statement).await?.into_iter().map(|row| CaseId(row.id)).collect())
}

/// Removes a draft that expired, with everything on it. Nothing else is ever removed so.
///
/// # Errors
/// Those of the database.
pub async fn remove_draft(tx: &mut Tx, id: CaseId, now: Timestamp) -> Result<bool> {
    let statement =
        sql("DELETE FROM cases WHERE id = $1 AND status = 'draft' AND draft_until <= $2").uuid(id.0).at(now);
    Ok(tx.execute(statement).await? == 1)
}
