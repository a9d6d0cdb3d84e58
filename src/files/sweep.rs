//! Removes contents that no document names: uploads that were given up, and documents whose retention has ended.

use std::path::Path as FsPath;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use super::store::{lock, may_sweep, named};
use super::vault::{Files, INCOMING, away, path};
use crate::kernel::clock::machine_now;
use crate::kernel::{Error, Result};
use crate::postgres::Database;

/// How long a content may be without a document, in seconds: far longer than any upload or transaction.
const SPARED: i64 = 24 * 60 * 60;
/// Contents that one statement asks about.
const PAGE: usize = 500;
/// Contents that one run looks at in each of the 256 folders.
const MOST: usize = 100_000;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub seen: usize,
    pub removed: usize,
}

/// Sweeps one 256th of the contents, those whose hash begins with `shard`, and what was left half received.
///
/// # Errors
/// [`Error::Unavailable`] where the store or the database is away; what was removed by then stays removed.
pub async fn sweep(db: &Database, files: &Files, shard: u8) -> Result<Swept> {
    leftovers(files).await?;
    let prefix = Path::from_iter(["sha256".to_owned(), format!("{shard:02x}")]);
    let mut listing = files.store().list(Some(&prefix)).take(MOST).chunks(PAGE);
    let mut swept = Swept::default();
    while let Some(page) = listing.next().await {
        let mut old = Vec::new();
        for entry in page {
            let entry = entry.map_err(away)?;
            swept.seen += 1;
            if let (true, Some(hash)) = (is_old(&entry), hash_of(&entry.location)) {
                old.push(hash);
            }
        }
        let kept = named(&mut db.single().await?, &old).await?;
        for hash in old.iter().filter(|hash| !kept.contains(hash.as_slice())) {
            swept.removed += usize::from(remove(db, files, hash).await?);
        }
    }
    Ok(swept)
}

/// Looks again under the lock that uploads take: what was handed in again meanwhile stays. So does everything while a
/// backup copies: the next round comes.
async fn remove(db: &Database, files: &Files, hash: &[u8; 32]) -> Result<bool> {
    db.transaction(async |tx| {
        if !may_sweep(tx).await? {
            return Ok(false);
        }
        lock(tx, hash).await?;
        if !named(tx, &[*hash]).await?.is_empty() {
            return Ok(false);
        }
        match files.store().head(&path(hash)).await {
            Ok(entry) if is_old(&entry) => files.delete(hash).await.map(|()| true),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(away(error)),
        }
    })
    .await
}

/// Uploads that a crash cut off.
async fn leftovers(files: &Files) -> Result<()> {
    if let Some(root) = files.root() {
        // The store's crate does not list what it has only begun to write.
        let folder = root.join(INCOMING);
        let cleared = tokio::task::spawn_blocking(move || clear(&folder)).await;
        return cleared.map_err(|e| Error::internal(e.to_string()))?.map_err(|e| Error::Unavailable(e.to_string()));
    }
    let mut listing = files.store().list(Some(&Path::from(INCOMING))).take(MOST);
    while let Some(entry) = listing.next().await {
        let entry = entry.map_err(away)?;
        if is_old(&entry) {
            files.store().delete(&entry.location).await.map_err(away)?;
        }
    }
    Ok(())
}

fn clear(folder: &FsPath) -> std::io::Result<()> {
    let seconds = u64::try_from(machine_now().as_second().saturating_sub(SPARED)).unwrap_or_default();
    let limit = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    for entry in std::fs::read_dir(folder)?.take(MOST) {
        let entry = entry?;
        // Another replica, or the upload itself, may have been quicker.
        if entry.metadata().and_then(|m| m.modified()).is_ok_and(|at| at < limit) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn is_old(entry: &ObjectMeta) -> bool {
    entry.last_modified.timestamp() < machine_now().as_second().saturating_sub(SPARED)
}

/// `None` for a file that is not a content.
fn hash_of(location: &Path) -> Option<[u8; 32]> {
    let name = location.filename()?;
    if name.len() != 64 || !name.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(name.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}
