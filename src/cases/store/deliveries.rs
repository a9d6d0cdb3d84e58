//! What became of messages beside the box.

use diesel::QueryableByName;
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use crate::access::{Permit, Scope};
use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

/// A message on one way.
#[derive(Debug, Clone, QueryableByName)]
pub struct DeliveryRow {
    #[diesel(sql_type = SqlUuid)]
    pub message: Uuid,
    #[diesel(sql_type = Text)]
    pub channel: String,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub at: Timestamp,
}

/// Of these messages in a person's box.
///
/// # Errors
/// Those of the database.
pub async fn deliveries_of(tx: &mut Tx, scope: &Scope, messages: Vec<Uuid>) -> Result<Vec<DeliveryRow>> {
    let Scope::Person { person, .. } = scope else { return Ok(Vec::new()) };
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let statement = sql("SELECT d.message, d.channel, d.state, d.at
        FROM message_deliveries d JOIN messages m ON m.id = d.message
        WHERE d.message = ANY($1) AND m.person = $2 ORDER BY d.message, d.channel")
    .uuids(messages)
    .uuid(person.0);
    tx.rows(statement).await
}

/// Of the notices that told of these letters of a case, by the letter: for the office alone. Each letter comes with the
/// number of its notices.
///
/// # Errors
/// Those of the database.
pub async fn deliveries_of_letters(
    tx: &mut Tx,
    permit: &Permit,
    case: CaseId,
    letters: &[(Uuid, i32)],
) -> Result<Vec<DeliveryRow>> {
    if permit.post.is_none() || letters.is_empty() {
        return Ok(Vec::new());
    }
    let statement = sql("SELECT u.letter AS message, d.channel, d.state, d.at
        FROM unnest($1::uuid[], $2::integer[]) AS u (letter, seq)
            JOIN messages m ON m.case_id = $3 AND m.seq = u.seq AND m.about = 'message' AND m.author IS NULL
            JOIN message_deliveries d ON d.message = m.id
        ORDER BY u.letter, m.id, d.channel LIMIT 10000")
    .uuids(letters.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .ints(letters.iter().map(|(_, seq)| *seq).collect::<Vec<_>>())
    .uuid(case.0);
    tx.rows(statement).await
}
