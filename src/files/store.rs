//! Which contents are named by a document, and who may remove one when.

use std::collections::BTreeSet;

use diesel::sql_types::{Binary, Bool};

use super::vault::Files;
use crate::kernel::{DocumentId, Error, Result};
use crate::postgres::archive::Snapshot;
use crate::postgres::{Tx, sql};

/// The advisory lock under which nothing is swept: who copies contents has it, so that none goes that a row of the copy
/// names. Sweeps share it, and pass over what they cannot have.
pub const SPARING: i64 = 0x6775_6963_6865_7402;
/// Documents of one content that are told.
const NAMERS: i64 = 20;

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
}

/// To be called in the transaction that writes a document's row, before the row: holds the sweep off this content
/// until the end of the transaction, and makes sure that it is still there.
///
/// # Errors
/// [`Error::Conflict`] where the content was swept meanwhile and must be handed in again; [`Error::Unavailable`].
pub async fn pin(tx: &mut Tx, files: &Files, sha256: &[u8; 32]) -> Result<()> {
    lock(tx, sha256).await?;
    if files.has(sha256).await? {
        return Ok(());
    }
    Err(Error::Conflict("content_gone".into()))
}

/// Upload and sweep of one content wait for each other.
pub(super) async fn lock(tx: &mut Tx, sha256: &[u8; 32]) -> Result<()> {
    let key = sha256.first_chunk().map_or(0, |first| i64::from_be_bytes(*first));
    tx.execute(sql("SELECT pg_advisory_xact_lock($1)").big(key)).await?;
    Ok(())
}

/// Those of the contents that a document names.
pub(super) async fn named(tx: &mut Tx, contents: &[[u8; 32]]) -> Result<BTreeSet<Vec<u8>>> {
    let contents: Vec<Vec<u8>> = contents.iter().map(|c| c.to_vec()).collect();
    let text = "SELECT DISTINCT sha256 FROM documents WHERE sha256 = ANY($1)";
    let rows: Vec<Named> = tx.rows(sql(text).blobs(contents)).await?;
    Ok(rows.into_iter().map(|row| row.sha256).collect())
}

#[derive(diesel::QueryableByName)]
struct Free {
    #[diesel(sql_type = Bool)]
    free: bool,
}

/// Whether contents may be removed in this transaction: not while they are copied.
pub(super) async fn may_sweep(tx: &mut Tx) -> Result<bool> {
    let text = "SELECT pg_try_advisory_xact_lock_shared($1) AS free";
    Ok(tx.row::<Free>(sql(text).big(SPARING)).await?.is_some_and(|row| row.free))
}

/// Some contents that documents of a snapshot name, each once, in the order of their hashes, after this one.
///
/// # Errors
/// Those of the database.
pub async fn contents(snapshot: &mut Snapshot, after: Option<[u8; 32]>) -> Result<Vec<[u8; 32]>> {
    let text = "SELECT DISTINCT sha256 FROM documents WHERE sha256 > $1 ORDER BY sha256 LIMIT 1000";
    let after = after.map(Vec::from).unwrap_or_default();
    let rows: Vec<Named> = snapshot.rows(sql(text).bytes(after)).await?;
    let hash = |row: Named| row.sha256.try_into().map_err(|_| Error::internal("a hash has 32 bytes"));
    rows.into_iter().map(hash).collect()
}

/// Documents whose content this is; at most twenty.
///
/// # Errors
/// Those of the database.
pub async fn named_by(snapshot: &mut Snapshot, sha256: &[u8; 32]) -> Result<Vec<DocumentId>> {
    #[derive(diesel::QueryableByName)]
    struct Namer {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: uuid::Uuid,
    }
    let text = "SELECT id FROM documents WHERE sha256 = $1 ORDER BY id LIMIT $2";
    let rows: Vec<Namer> = snapshot.rows(sql(text).bytes(sha256.to_vec()).big(NAMERS)).await?;
    Ok(rows.into_iter().map(|row| DocumentId(row.id)).collect())
}
