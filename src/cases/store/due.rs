//! Cases that are to be woken.

use diesel::QueryableByName;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    next_due: Timestamp,
}

#[derive(QueryableByName)]
struct Running {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Open cases of a service that have another version than this, in the order of ids.
///
/// # Errors
/// Those of the database.
pub async fn running(
    tx: &mut Tx,
    service: &str,
    version: &str,
    after: Option<CaseId>,
    limit: i64,
) -> Result<Vec<CaseId>> {
    let statement = sql("SELECT id FROM cases WHERE status = 'open' AND service = $1 AND version <> $2
        AND id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY id LIMIT $4")
    .text(service)
    .text(version)
    .uuid(after.map(|c| c.0))
    .big(limit);
    Ok(tx.rows::<Running>(statement).await?.into_iter().map(|row| CaseId(row.id)).collect())
}

/// An open task under another version of its service.
///
/// # Errors
/// Those of the database.
pub async fn retarget(
    tx: &mut Tx,
    case: CaseId,
    token: u32,
    step: &str,
    role: Option<String>,
    version: &str,
) -> Result<()> {
    let statement =
        sql("UPDATE tasks SET step = $1, role = CASE WHEN kind = 'task' THEN coalesce($2, role) END, version = $3
        WHERE case_id = $4 AND token = $5 AND state = 'open'")
        .text(step)
        .text_or_null(role)
        .text(version)
        .uuid(case.0)
        .int(i32::try_from(token).unwrap_or(i32::MAX));
    tx.execute(statement).await.map(drop)
}

/// What is kept beside a case is of before: the tables were changed.
///
/// # Errors
/// Those of the database.
pub async fn forget_around(tx: &mut Tx, case: CaseId) -> Result<()> {
    tx.execute(sql("UPDATE cases SET around = NULL WHERE id = $1").uuid(case.0)).await.map(drop)
}

/// Cases that are to be woken, with their deadlines: the most overdue first, or the first behind a place in that order.
///
/// # Errors
/// Those of the database.
pub async fn due_cases(
    tx: &mut Tx,
    now: Timestamp,
    after: Option<(Timestamp, CaseId)>,
    limit: i64,
) -> Result<Vec<(Timestamp, CaseId)>> {
    let (deadline, case) = after.unzip();
    let statement = sql("SELECT id, next_due FROM cases WHERE next_due <= $1
        AND (next_due, id) > (coalesce($2::timestamptz, '-infinity'), coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
        ORDER BY next_due, id LIMIT $4")
    .at(now)
    .at(deadline)
    .uuid(case.map(|c| c.0))
    .big(limit);
    Ok(tx.rows::<Due>(statement).await?.into_iter().map(|row| (row.next_due, CaseId(row.id))).collect())
}
