//! Places in the slots of an office.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Integer, Timestamptz};
use jiff::Timestamp;

use crate::engine::definition::Slots;
use crate::engine::workflow::TokenId;
use crate::kernel::{CaseId, Result};
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    at: Timestamp,
    #[diesel(sql_type = Bigint)]
    places: i64,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Integer)]
    place: i32,
}

/// How many places are taken in the slots that begin in `[from, until)`: those of steps that are still open.
///
/// # Errors
/// Those of the database.
pub async fn taken(
    tx: &mut Tx,
    slots: &Slots,
    office: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<BTreeMap<Timestamp, i64>> {
    let statement = sql("SELECT a.at, count(*) AS places FROM appointments a
        JOIN tasks t ON t.case_id = a.case_id AND t.token = a.token
        WHERE a.pool = $1 AND a.office = $2 AND a.at >= $3 AND a.at < $4 AND t.state = 'open' GROUP BY a.at")
    .text(slots.pool.clone())
    .text(office)
    .at(from)
    .at(until);
    Ok(tx.rows::<Taken>(statement).await?.into_iter().map(|row| (row.at, row.places)).collect())
}

/// What became of a wish for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Place,
    /// All places of the slot are taken.
    Full,
    /// The step was given another place meanwhile.
    Overtaken,
}

/// Takes a place in a slot for a step, which gives up the one that it had. Of two who want the last place at the same time
/// the key of the table lets one have it, and of two bookings for one step.
///
/// # Errors
/// Those of the database.
pub async fn hold_place(
    tx: &mut Tx,
    slots: &Slots,
    office: &str,
    authority: &str,
    (at, until): (Timestamp, Timestamp),
    (case, token): (CaseId, TokenId),
) -> Result<Held> {
    leave_place(tx, case, token).await?;
    // What steps left behind that are not open any more.
    let stale = sql("DELETE FROM appointments a USING tasks t WHERE a.pool = $1 AND a.office = $2 AND a.at = $3
        AND t.case_id = a.case_id AND t.token = a.token AND t.state <> 'open'")
    .text(slots.pool.clone())
    .text(office)
    .at(at);
    tx.execute(stale).await?;
    for _ in 0..=slots.capacity {
        let statement = sql("INSERT INTO appointments (pool, office, at, place, until, authority, case_id, token)
            SELECT $1, $2, $3, p.place, $4, $5, $6, $7 FROM generate_series(0, $8 - 1) AS p (place)
            WHERE NOT EXISTS (SELECT FROM appointments a
                WHERE a.pool = $9 AND a.office = $10 AND a.at = $11 AND a.place = p.place)
            ORDER BY p.place LIMIT 1 ON CONFLICT DO NOTHING RETURNING place")
        .text(slots.pool.clone())
        .text(office)
        .at(at)
        .at(until)
        .text(authority)
        .uuid(case.0)
        .int(number(token))
        .int(i32::try_from(slots.capacity).unwrap_or(i32::MAX))
        .text(slots.pool.clone())
        .text(office)
        .at(at);
        if tx.row::<Place>(statement).await?.is_some_and(|row| row.place >= 0) {
            return Ok(Held::Place);
        }
        // Somebody took that very place meanwhile; there may be others.
        if taken_places(tx, slots, office, at).await? >= i64::from(slots.capacity) {
            return Ok(Held::Full);
        }
    }
    Ok(Held::Overtaken)
}

async fn taken_places(tx: &mut Tx, slots: &Slots, office: &str, at: Timestamp) -> Result<i64> {
    let statement =
        sql("SELECT $1::timestamptz AS at, count(*) AS places FROM appointments WHERE pool = $2 AND office = $3 AND at = $4")
            .at(at)
            .text(slots.pool.clone())
            .text(office)
            .at(at);
    Ok(tx.row::<Taken>(statement).await?.filter(|row| row.at == at).map_or(0, |row| row.places))
}

/// Gives up the place of a step.
///
/// # Errors
/// Those of the database.
pub async fn leave_place(tx: &mut Tx, case: CaseId, token: TokenId) -> Result<()> {
    let statement = sql("DELETE FROM appointments WHERE case_id = $1 AND token = $2").uuid(case.0).int(number(token));
    tx.execute(statement).await.map(drop)
}

fn number(token: TokenId) -> i32 {
    i32::try_from(token).unwrap_or(i32::MAX)
}
