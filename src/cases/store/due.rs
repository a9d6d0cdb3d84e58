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
