//! What happened in a case.

use diesel::QueryableByName;
use diesel::sql_types::{Integer, Jsonb, Text, Timestamptz};
use jiff::Timestamp;
use serde_json::Value;

use crate::access::Permit;
use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

#[derive(Debug, QueryableByName)]
pub struct EventRow {
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub at: Timestamp,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Jsonb)]
    pub body: Value,
    #[diesel(sql_type = Jsonb)]
    pub actor: Value,
}

/// Events of a case after a number, in order.
///
/// # Errors
/// Those of the database.
pub async fn events_of_case(
    tx: &mut Tx,
    _permit: &Permit,
    case: CaseId,
    after: i32,
    limit: i64,
) -> Result<Vec<EventRow>> {
    let text =
        "SELECT seq, at, kind, body, actor FROM case_events WHERE case_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.rows(sql(text).uuid(case.0).int(after).big(limit)).await
}
