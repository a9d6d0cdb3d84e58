//! Keys of requests: what was done once is answered again, not done again.

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Uuid as SqlUuid};
use uuid::Uuid;

use crate::cases::act::RequestKey;
use crate::kernel::{Error, Replay, Result};
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Binary)]
    body_hash: Vec<u8>,
    #[diesel(sql_type = SqlUuid)]
    resource: Uuid,
}

/// Whether a request was done before under the same key.
///
/// # Errors
/// [`Error::Replayed`] or [`Error::KeyReused`] where it was.
pub async fn check_key(tx: &mut Tx, key: Option<&RequestKey>) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let statement =
        sql("SELECT body_hash, resource FROM idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3
        AND at > now() - interval '24 hours'")
        .text(&*key.caller)
        .text(&*key.route)
        .text(&*key.key);
    match tx.row::<Kept>(statement).await? {
        None => Ok(()),
        Some(kept) if kept.body_hash == key.body_hash => Err(Error::Replayed(Replay { resource: kept.resource })),
        Some(_) => Err(Error::KeyReused),
    }
}

/// Forgets a key after its day, so that it can be used again.
///
/// # Errors
/// Those of the database.
pub async fn forget_key(tx: &mut Tx, key: &RequestKey) -> Result<()> {
    let statement = sql("DELETE FROM idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3
        AND at <= now() - interval '24 hours'")
    .text(&*key.caller)
    .text(&*key.route)
    .text(&*key.key);
    tx.execute(statement).await.map(drop)
}

/// Keeps a key with an act that is none of a case's flow (a document, a payment). One whose day has passed begins anew.
///
/// # Errors
/// [`Error::Conflict`] where the same key is being used at this moment.
pub async fn keep_key(tx: &mut Tx, key: Option<&RequestKey>, resource: Uuid) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let statement =
        sql("INSERT INTO idempotency_keys (caller, route, key, body_hash, resource) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (caller, route, key) DO UPDATE SET body_hash = excluded.body_hash, resource = excluded.resource, at = now()
            WHERE idempotency_keys.at <= now() - interval '24 hours'")
            .text(&*key.caller)
            .text(&*key.route)
            .text(&*key.key)
            .bytes(key.body_hash.to_vec())
            .uuid(resource);
    match tx.execute(statement).await? {
        0 => Err(Error::Conflict("key_in_use".into())),
        _ => Ok(()),
    }
}

/// Forgets keys after their day.
///
/// # Errors
/// Those of the database.
pub async fn sweep_keys(tx: &mut Tx) -> Result<usize> {
    tx.execute(sql("DELETE FROM idempotency_keys WHERE at < now() - interval '24 hours'")).await
}
