//! Contents that come back from a copy: they were checked when they were handed in, so only their hash counts.

use std::fmt::Display;
use std::io;
use std::path::Path as FsPath;

use futures_util::{Stream, StreamExt};
use object_store::path::Path;
use object_store::{ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};

use super::vault::{Files, Place, UNDER_WAY, away, hex, path};
use crate::kernel::{Error, Result};

/// The folder, in the store, of contents.
const CONTENTS: &str = "sha256";

impl Files {
    /// Keeps the content with this hash. When this returns, it is durable.
    ///
    /// # Errors
    /// Where the stream breaks off, or gives something else: then nothing is kept. [`Error::Unavailable`] where the
    /// store cannot be reached.
    pub async fn keep<S, B, E>(&self, sha256: &[u8; 32], stream: S) -> Result<()>
    where
        S: Stream<Item = Result<B, E>>,
        B: AsRef<[u8]>,
        E: Display,
    {
        let upload = self.store().put_multipart(&path(sha256)).await.map_err(away)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, self.part());
        match pass(&mut writer, sha256, stream).await {
            Ok(()) => writer.finish().await.map(drop).map_err(away),
            Err(error) => {
                if let Err(failed) = writer.abort().await {
                    tracing::warn!(error = %failed, "a refused content was not cleared away");
                }
                Err(error)
            }
        }
    }

    /// Whether no content is kept there. A folder is not made for that.
    ///
    /// # Errors
    /// Where the folder cannot be read; [`Error::Unavailable`] where the bucket cannot be reached.
    pub async fn is_empty(place: &Place) -> Result<bool> {
        if let Place::Folder(root) = place {
            let found = holds_something(&root.join(CONTENTS));
            return found.map(|found| !found).map_err(|e| Error::internal(format!("{}: {e}", root.display())));
        }
        let files = Self::open(place)?;
        let first = files.store().list(Some(&Path::from(CONTENTS))).next().await;
        first.transpose().map(|found| found.is_none()).map_err(away)
    }
}

async fn pass<S, B, E>(writer: &mut WriteMultipart, sha256: &[u8; 32], stream: S) -> Result<()>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
    E: Display,
{
    let mut stream = std::pin::pin!(stream);
    let mut hasher = Sha256::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|e| Error::internal(format!("the content {} broke off: {e}", hex(sha256))))?;
        hasher.update(piece.as_ref());
        writer.wait_for_capacity(UNDER_WAY).await.map_err(away)?;
        writer.write(piece.as_ref());
    }
    if hasher.finalize()[..] == *sha256 {
        return Ok(());
    }
    Err(Error::internal(format!("the content {} was altered", hex(sha256))))
}

/// Whether there is a file in a folder of folders.
fn holds_something(folder: &FsPath) -> io::Result<bool> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if !path.is_dir() || std::fs::read_dir(path)?.next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
