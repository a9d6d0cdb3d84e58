//! Which contents are named by a document.

use std::collections::BTreeSet;

use diesel::sql_types::Binary;

use super::vault::Files;
use crate::kernel::{Error, Result};
use crate::postgres::{Tx, sql};

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
