//! What there is once, or so many times: places in pools by key, and what opened a case.

use diesel::QueryableByName;
use diesel::sql_types::Integer;
use jiff::Timestamp;

use crate::engine::definition::Places;
use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

/// Characters of a key.
const LONGEST_KEY: usize = 200;

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Integer)]
    place: i32,
}

/// Takes a place for a case, which gives up the one that it had in the pool. Gives whether there was one: of two who claim
/// the last at the same time the key of the table lets one have it. A record that takes a place as well is looked for in
/// the same statement, so that it is seen either as a place or as a record.
///
/// # Errors
/// Those of the database.
pub async fn reserve(
    tx: &mut Tx,
    pool: &Places,
    key: &str,
    case: CaseId,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    if key.trim().is_empty() || key.chars().count() > LONGEST_KEY {
        return Ok(false);
    }
    let stale = sql("DELETE FROM pool_places WHERE pool = $1 AND (case_id = $2 OR (key = $3 AND until <= $4))")
        .text(pool.pool.clone())
        .uuid(case.0)
        .text(key)
        .at(now);
    tx.execute(stale).await?;
    for _ in 0..TRIES {
        let statement = sql("WITH free AS (SELECT p.place FROM generate_series(0, $1 - 1 - (
                SELECT count(*) FROM register_records r WHERE r.register = $2 AND r.key = $3)::integer) AS p (place)
            WHERE NOT EXISTS (SELECT FROM pool_places t WHERE t.pool = $4 AND t.key = $5 AND t.place = p.place)
            ORDER BY p.place LIMIT 1),
         taken AS (INSERT INTO pool_places (pool, key, place, case_id, until)
            SELECT $6, $7, place, $8, $9 FROM free ON CONFLICT DO NOTHING RETURNING place)
        SELECT place FROM taken UNION ALL SELECT -1 FROM free WHERE NOT EXISTS (SELECT FROM taken)")
        .int(i32::try_from(pool.capacity).unwrap_or(i32::MAX))
        .text(pool.taken_in.clone().unwrap_or_default())
        .text(key)
        .text(pool.pool.clone())
        .text(key)
        .text(pool.pool.clone())
        .text(key)
        .uuid(case.0)
        .at(until);
        match tx.row::<Taken>(statement).await? {
            Some(taken) if taken.place >= 0 => return Ok(true),
            // Somebody took that very place meanwhile; there may be others.
            Some(_) => {}
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// How often another place is tried for where one was taken meanwhile.
const TRIES: usize = 20;

/// Notes what opened a case; false where it opened one before.
///
/// # Errors
/// Those of the database.
pub async fn note_origin(tx: &mut Tx, origin: &str, case: CaseId) -> Result<bool> {
    let statement = sql("INSERT INTO openings (origin, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    Ok(tx.execute(statement.text(origin).uuid(case.0)).await? == 1)
}

/// Gives back what an ended case has in pools, save in those named.
///
/// # Errors
/// Those of the database.
pub async fn give_back(tx: &mut Tx, case: CaseId, keep: Vec<String>) -> Result<()> {
    let statement = sql("DELETE FROM pool_places WHERE case_id = $1 AND pool <> ALL ($2)").uuid(case.0).texts(keep);
    tx.execute(statement).await.map(drop)
}
