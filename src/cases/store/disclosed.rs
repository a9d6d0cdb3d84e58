//! What the public may know of cases.

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Jsonb, Text, Uuid as SqlUuid};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::access::LEVEL_GUARDED;
use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

/// A case as anybody may see it.
#[derive(QueryableByName)]
pub struct DisclosedRow {
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Jsonb)]
    pub shown: Value,
}

/// How many cases have a value.
#[derive(QueryableByName)]
pub struct CountRow {
    #[diesel(sql_type = Text)]
    pub path: String,
    #[diesel(sql_type = Text)]
    pub value: String,
    #[diesel(sql_type = Bigint)]
    pub count: i64,
}

/// Values that are told apart, of all paths of a service.
const VALUES_MAX: i64 = 5_000;

/// Keeps what is known of a case from here on.
///
/// # Errors
/// Those of the database.
pub async fn disclose(
    tx: &mut Tx,
    case: CaseId,
    service: &str,
    from: Option<Timestamp>,
    shown: Option<Value>,
    counted: Value,
) -> Result<()> {
    let statement =
        sql("INSERT INTO disclosures (case_id, service, shown_from, shown, counted) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (case_id) DO UPDATE SET shown_from = excluded.shown_from, shown = excluded.shown,
            counted = excluded.counted")
        .uuid(case.0)
        .text(service)
        .at(from)
        .json(shown)
        .json(counted);
    tx.execute(statement).await.map(drop)
}

/// Nothing is known of a case any more.
///
/// # Errors
/// Those of the database.
pub async fn conceal(tx: &mut Tx, case: CaseId) -> Result<()> {
    tx.execute(sql("DELETE FROM disclosures WHERE case_id = $1").uuid(case.0)).await.map(drop)
}

/// What is public of a service's cases, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn disclosed(
    tx: &mut Tx,
    service: &str,
    now: Timestamp,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<DisclosedRow>> {
    let statement = sql("SELECT d.case_id, d.shown FROM disclosures d JOIN cases c ON c.id = d.case_id
        WHERE d.service = $1 AND d.shown IS NOT NULL AND d.shown_from IS NOT NULL AND d.shown_from <= $2
        AND d.case_id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND c.level <= $4
        ORDER BY d.case_id DESC LIMIT $5")
    .text(service)
    .at(now)
    .uuid(before)
    .small(LEVEL_GUARDED)
    .big(limit);
    tx.rows(statement).await
}

/// How many cases of a service there are for each value that they are counted by, and in all (without a path).
///
/// # Errors
/// Those of the database.
pub async fn counts(tx: &mut Tx, service: &str) -> Result<Vec<CountRow>> {
    let statement = sql("WITH d AS MATERIALIZED (SELECT d.counted FROM disclosures d
            JOIN cases c ON c.id = d.case_id WHERE d.service = $1 AND c.level <= $2)
        SELECT '' AS path, '' AS value, count(*) AS count FROM d
        UNION ALL SELECT path, value, count FROM (SELECT k.key AS path, k.value, count(*) AS count
            FROM d, jsonb_each_text(d.counted) k GROUP BY k.key, k.value ORDER BY count(*) DESC LIMIT $3) k")
    .text(service)
    .small(LEVEL_GUARDED)
    .big(VALUES_MAX);
    tx.rows(statement).await
}
