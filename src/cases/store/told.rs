//! Who is told, and of what.

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use crate::access::Permit;
use crate::kernel::{CaseId, PersonId, Result};
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
struct Recipient {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    language: Option<String>,
}

fn recipients(rows: Vec<Recipient>) -> Vec<(PersonId, Option<String>)> {
    rows.into_iter().map(|row| (PersonId(row.id), row.language)).collect()
}

/// The people behind a party (those who may sign, for an organisation; who represents, as well), or who holds a role in
/// the office that has the case; each with the language that the person prefers.
///
/// # Errors
/// Those of the database.
pub async fn people_called(
    tx: &mut Tx,
    _permit: &Permit,
    case: CaseId,
    who: &str,
    office: &str,
    at: Timestamp,
) -> Result<Vec<(PersonId, Option<String>)>> {
    // Mandates and posts as `access/standing.rs` sees them.
    let statement = sql("WITH moment AS (SELECT t.now, (t.now AT TIME ZONE
                coalesce((SELECT min(time_zone) FROM authorities), 'UTC'))::date AS today FROM (SELECT $1::timestamptz AS now) t)
        SELECT DISTINCT o.id, o.language FROM persons o WHERE o.died_at IS NULL AND o.id IN (
            SELECT p.person FROM case_parties p WHERE p.case_id = $2 AND p.role = $3
            UNION SELECT p.represented_by FROM case_parties p WHERE p.case_id = $4 AND p.role = $5
            UNION SELECT m.person FROM moment, case_parties p JOIN mandates m ON m.organisation = p.organisation
                JOIN organisations g ON g.id = m.organisation
                WHERE p.case_id = $6 AND p.role = $7 AND g.ended_at IS NULL
                AND m.from_day <= today AND coalesce(m.until_day, 'infinity') >= today
            UNION SELECT s.person FROM moment, posts s JOIN authorities a ON a.id = s.authority
                WHERE s.role = $8 AND s.office = $9 AND s.from_day <= (now AT TIME ZONE a.time_zone)::date
                AND coalesce(s.until_day, 'infinity') >= (now AT TIME ZONE a.time_zone)::date) LIMIT 200")
    .at(at)
    .uuid(case.0)
    .text(who)
    .uuid(case.0)
    .text(who)
    .uuid(case.0)
    .text(who)
    .text(who)
    .text(office);
    Ok(recipients(tx.rows(statement).await?))
}

/// Who has a post in an authority at that moment of business time: of a role, in an office, or any.
///
/// # Errors
/// Those of the database.
pub async fn posted(
    tx: &mut Tx,
    authority: &str,
    role: Option<&str>,
    office: Option<&str>,
    at: Timestamp,
) -> Result<Vec<(PersonId, Option<String>)>> {
    let statement = sql("SELECT DISTINCT o.id, o.language
        FROM (SELECT $1::timestamptz AS now) AS moment, posts s JOIN persons o ON o.id = s.person
        JOIN authorities a ON a.id = s.authority
        WHERE s.authority = $2 AND s.role = coalesce($3, s.role) AND s.office = coalesce($4, s.office)
        AND o.died_at IS NULL AND s.from_day <= (now AT TIME ZONE a.time_zone)::date
        AND coalesce(s.until_day, 'infinity') >= (now AT TIME ZONE a.time_zone)::date LIMIT 200")
    .at(at)
    .text(authority)
    .text_or_null(role.map(str::to_owned))
    .text_or_null(office.map(str::to_owned));
    Ok(recipients(tx.rows(statement).await?))
}

/// What a notice says of the event that it is about; nothing where it is about none.
#[derive(Debug, Default, QueryableByName)]
pub struct EventTold {
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub at: Option<Timestamp>,
    /// Of the round of a step.
    #[diesel(sql_type = Nullable<Text>)]
    pub outcome: Option<String>,
}

/// When an event was, and what came of the step that it names.
///
/// # Errors
/// Those of the database.
pub async fn event_told(
    tx: &mut Tx,
    _permit: &Permit,
    case: CaseId,
    seq: i32,
    token: Option<u32>,
) -> Result<EventTold> {
    let statement = sql("SELECT e.at, (SELECT a.body->>'outcome' FROM case_events a WHERE a.case_id = e.case_id
                AND a.kind = 'step_answered' AND a.body->>'token' = $1 ORDER BY a.seq DESC LIMIT 1) AS outcome
        FROM case_events e WHERE e.case_id = $2 AND e.seq = $3")
    .text_or_null(token.map(|token| token.to_string()))
    .uuid(case.0)
    .int(seq);
    Ok(tx.row(statement).await?.unwrap_or_default())
}
