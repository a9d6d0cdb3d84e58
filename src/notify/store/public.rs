//! Rows of what the public is told.

use diesel::QueryableByName;
use diesel::sql_types::{Jsonb, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::cases::Announced;
use crate::kernel::{Result, random};
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
pub struct PublicRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub version: String,
    #[diesel(sql_type = Text)]
    pub office: String,
    #[diesel(sql_type = Text)]
    pub about: String,
    #[diesel(sql_type = Jsonb)]
    pub words: Value,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub published_at: Timestamp,
}

/// One that is there already stays as it is.
///
/// # Errors
/// Those of the database.
pub async fn publish(tx: &mut Tx, told: &Announced, words: Value, at: Timestamp) -> Result<()> {
    let statement =
        sql("INSERT INTO public_notices (id, case_id, seq, about, service, version, office, words, published_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (case_id, seq, about) DO NOTHING")
        .uuid(random::uuid())
        .uuid(told.case.0)
        .int(told.seq)
        .text(told.about.clone())
        .text(told.service.clone())
        .text(told.version.clone())
        .text(told.office.clone())
        .json(words)
        .at(at);
    tx.execute(statement).await.map(drop)
}

/// Newest first, before one.
///
/// # Errors
/// Those of the database.
pub async fn board(
    tx: &mut Tx,
    service: Option<&str>,
    office: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<PublicRow>> {
    // Each with an index of its own.
    let statement = match (service, office) {
        (Some(service), Some(office)) => sql("SELECT * FROM public_notices WHERE service = $1 AND office = $2
            AND id < $3 ORDER BY id DESC LIMIT $4")
        .text(service)
        .text(office),
        (Some(service), None) => {
            sql("SELECT * FROM public_notices WHERE service = $1 AND id < $2 ORDER BY id DESC LIMIT $3").text(service)
        }
        (None, Some(office)) => {
            sql("SELECT * FROM public_notices WHERE office = $1 AND id < $2 ORDER BY id DESC LIMIT $3").text(office)
        }
        (None, None) => sql("SELECT * FROM public_notices WHERE id < $1 ORDER BY id DESC LIMIT $2"),
    };
    tx.rows(statement.uuid(before.unwrap_or(Uuid::max())).big(limit)).await
}
