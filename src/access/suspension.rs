//! Who may not come in for now. A suspension is kept when it is over; it is asked about with who a caller is.

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use crate::kernel::{Error, PersonId, Result};
use crate::postgres::{Tx, sql};

/// Whom it keeps out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspended {
    Person(PersonId),
    /// A client application, whoever uses it.
    Client(String),
}

#[derive(Debug, Clone, QueryableByName)]
pub struct Suspension {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub person: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub client: Option<String>,
    #[diesel(sql_type = Text)]
    pub reason: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub from_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub until_at: Option<Timestamp>,
}

/// Suspends from this moment on, until another one or until it is lifted.
///
/// # Errors
/// [`Error::Invalid`] for a person whom nobody knows; those of the database.
pub async fn suspend(
    tx: &mut Tx,
    id: Uuid,
    whom: &Suspended,
    reason: &str,
    by: Option<PersonId>,
    at: Timestamp,
    until: Option<Timestamp>,
) -> Result<()> {
    let (person, client) = match whom {
        Suspended::Person(person) => (Some(person.0), None),
        Suspended::Client(client) => (None, Some(client.clone())),
    };
    let statement = sql("INSERT INTO suspensions (id, person, client, reason, from_at, until_at, suspended_by)
        SELECT $1, v.person, $2, $3, $4, $5, $6 FROM (SELECT $7::uuid AS person) v
        WHERE v.person IS NULL OR EXISTS (SELECT FROM persons p WHERE p.id = v.person)")
    .uuid(id)
    .text_or_null(client)
    .text(reason)
    .at(at)
    .at(until)
    .uuid(by.map(|p| p.0))
    .uuid(person);
    match tx.execute(statement).await? {
        0 => Err(Error::invalid("/person", "unknown")),
        _ => Ok(()),
    }
}

/// Ends a suspension now. Gives none where there is none that still runs.
///
/// # Errors
/// Those of the database.
pub async fn lift(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<Option<Suspension>> {
    let statement = sql("UPDATE suspensions SET until_at = $1 WHERE id = $2 AND (until_at IS NULL OR until_at > $3)
        RETURNING id, person, client, reason, from_at, until_at")
    .at(at)
    .uuid(id)
    .at(at);
    tx.row(statement).await
}

/// The suspensions that run at this moment, by id, after one.
///
/// # Errors
/// Those of the database.
pub async fn suspensions(tx: &mut Tx, at: Timestamp, after: Uuid, limit: i64) -> Result<Vec<Suspension>> {
    let statement = sql("SELECT id, person, client, reason, from_at, until_at FROM suspensions
        WHERE from_at <= $1 AND (until_at IS NULL OR until_at > $2) AND id > $3 ORDER BY id LIMIT $4")
    .at(at)
    .at(at)
    .uuid(after)
    .big(limit);
    tx.rows(statement).await
}
