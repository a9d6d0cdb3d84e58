//! Where contents lie: a folder, or a bucket that replicas share.

use std::fmt::Display;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Certificate, ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig, WriteMultipart};
use sha2::{Digest, Sha256};

use super::inspection::{Inspection, Limits, Stored};
use crate::kernel::{Error, Result, random, roots};

/// A piece of a content on its way out (`bytes::Bytes`, by the only name the store's crate gives it).
pub type Chunk = <PutPayload as IntoIterator>::Item;

/// Bytes of a part on its way to a bucket: what S3 asks of every part but the last.
const PART: usize = 5 * 1024 * 1024;
/// Bytes of a part on its way to a folder.
const PIECE: usize = 256 * 1024;
/// Parts under way at once: what one upload holds in memory is bounded by it.
pub(super) const UNDER_WAY: usize = 2;
/// How many times the patience of a silence one upload may last. At 30 seconds and 20 MiB that asks for 35 KiB a second.
pub(super) const LONGEST: u32 = 20;
/// Bytes a second that a sender keeps up at least, once one patience is used up.
const SLOWEST: u64 = 1_024;
/// How long a bucket that does not answer is tried again.
const AWAY: Duration = Duration::from_secs(5);
/// The folder, in the store, of what is still being received.
pub(super) const INCOMING: &str = "incoming";

/// Where contents are kept.
#[derive(Debug, Clone)]
pub enum Place {
    Folder(PathBuf),
    S3(S3),
}

/// A bucket that speaks the S3 protocol.
#[derive(Clone)]
pub struct S3 {
    /// Other than Amazon's own.
    pub endpoint: Option<String>,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3").field("endpoint", &self.endpoint).field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// The contents of documents. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// Of a folder only.
    root: Option<PathBuf>,
    part: usize,
}

impl Files {
    /// A folder is made where it is not there yet. A bucket is asked for nothing until it is used.
    ///
    /// # Errors
    /// Where the folder cannot be made or the settings of the bucket make no sense.
    pub fn open(place: &Place) -> Result<Self> {
        match place {
            Place::Folder(root) => {
                let failed = |e: String| Error::internal(format!("the folder of documents, {}: {e}", root.display()));
                std::fs::create_dir_all(root.join(INCOMING)).map_err(|e| failed(e.to_string()))?;
                // A row must never name a content that a power cut took: files and folders are synced before.
                let store = LocalFileSystem::new_with_prefix(root).map_err(|e| failed(e.to_string()))?.with_fsync(true);
                Ok(Self { store: Arc::new(store), root: Some(root.clone()), part: PIECE })
            }
            Place::S3(s3) => {
                // The bucket's client asks the process for its cryptography; whoever came first has set the same.
                let _ = rustls::crypto::ring::default_provider().install_default();
                // A bucket that is away is told within seconds, not minutes: the client comes again by itself.
                let retry = RetryConfig { max_retries: 2, retry_timeout: AWAY, ..RetryConfig::default() };
                let mut further = roots::further().iter().map(|der| Certificate::from_der(der));
                let options = further.try_fold(ClientOptions::new(), |all, one| Ok(all.with_root_certificate(one?)));
                let options = options.map_err(|e: object_store::Error| Error::internal(e.to_string()))?;
                let mut builder = AmazonS3Builder::new()
                    .with_client_options(options)
                    .with_retry(retry)
                    .with_bucket_name(&s3.bucket)
                    .with_region(&s3.region)
                    .with_access_key_id(&s3.access_key)
                    .with_secret_access_key(&s3.secret_key);
                if let Some(endpoint) = &s3.endpoint {
                    builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
                }
                let store = builder.build().map_err(|e| Error::internal(format!("the bucket of documents: {e}")))?;
                Ok(Self { store: Arc::new(store), root: None, part: PART })
            }
        }
    }

    /// Takes a content in, piece by piece. When this returns, it is durable.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::UnsupportedType`] (by content, or because name or declared type say something
    /// else), [`Error::Invalid`] where it is empty, [`Error::Malformed`] where the stream breaks, [`Error::TooSlow`]
    /// where it stalls; [`Error::Unavailable`] where it cannot be kept.
    pub async fn receive<S, B, E>(&self, stream: S, limits: Limits<'_>) -> Result<Stored>
    where
        S: Stream<Item = Result<B, E>>,
        B: AsRef<[u8]>,
        E: Display,
    {
        let incoming = Path::from_iter([INCOMING, &random::uuid().to_string()]);
        let upload = self.store.put_multipart(&incoming).await.map_err(away)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, self.part);
        let done = tokio::time::timeout(limits.patience * LONGEST, take(&mut writer, stream, limits)).await;
        let stored = match done.unwrap_or(Err(Error::TooSlow)) {
            Ok(stored) => stored,
            Err(error) => {
                if let Err(failed) = writer.abort().await {
                    tracing::warn!(error = %failed, "a refused upload was not cleared away");
                }
                return Err(error);
            }
        };
        writer.finish().await.map_err(away)?;
        // Also over the same content from before: it counts as new again, so that the sweep spares it.
        self.store.rename(&incoming, &path(&stored.sha256)).await.map_err(away)?;
        Ok(stored)
    }

    /// A content, piece by piece. Its last piece is followed by an error where it is not what was handed in.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is not there (see [`Files::has`]), [`Error::Unavailable`] where the store cannot be
    /// reached.
    pub async fn read(&self, sha256: &[u8; 32]) -> Result<BoxStream<'static, Result<Chunk>>> {
        let found = self.store.get(&path(sha256)).await.map_err(|e| match e {
            object_store::Error::NotFound { .. } => Error::internal(format!("the content {} is lost", hex(sha256))),
            other => away(other),
        })?;
        let state = (found.into_stream(), Some(Sha256::new()), *sha256);
        Ok(stream::unfold(state, |(mut pieces, mut hasher, wanted)| async move {
            let piece = match pieces.next().await {
                Some(Ok(piece)) => {
                    hasher.as_mut()?.update(&piece);
                    Ok(piece)
                }
                Some(Err(error)) => {
                    hasher = None;
                    Err(away(error))
                }
                None if hasher.take()?.finalize()[..] == wanted => return None,
                None => Err(Error::internal(format!("the content {} was altered", hex(&wanted)))),
            };
            Some((piece, (pieces, hasher, wanted)))
        })
        .boxed())
    }

    /// Whether a content is there.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the store cannot be reached.
    pub async fn has(&self, sha256: &[u8; 32]) -> Result<bool> {
        match self.store.head(&path(sha256)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(away(error)),
        }
    }

    /// Removes a content for ever. One that is not there is removed already.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the store cannot be reached.
    pub async fn delete(&self, sha256: &[u8; 32]) -> Result<()> {
        match self.store.delete(&path(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(away(error)),
        }
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        self.store.as_ref()
    }

    /// Bytes of a part on its way in.
    pub(super) fn part(&self) -> usize {
        self.part
    }

    pub(super) fn root(&self) -> Option<&FsPath> {
        self.root.as_deref()
    }
}

/// Reads the whole stream into the writer; tells what it was.
async fn take<S, B, E>(writer: &mut WriteMultipart, stream: S, limits: Limits<'_>) -> Result<Stored>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
    E: Display,
{
    let mut stream = std::pin::pin!(stream);
    let mut inspection = Inspection::default();
    // Of the time that passes, only what the sender takes counts against it.
    let (mut waited, mut taken) = (Duration::ZERO, 0_u64);
    loop {
        let began = Instant::now();
        let next = tokio::time::timeout(limits.patience, stream.next()).await;
        let Some(piece) = next.map_err(|_| Error::TooSlow)? else {
            return inspection.end(limits);
        };
        waited += began.elapsed();
        if waited > limits.patience + Duration::from_secs(taken / SLOWEST) {
            return Err(Error::TooSlow);
        }
        let piece = piece.map_err(|e| Error::Malformed(format!("the upload broke off: {e}")))?;
        taken += piece.as_ref().len() as u64;
        inspection.take(piece.as_ref(), limits)?;
        writer.wait_for_capacity(UNDER_WAY).await.map_err(away)?;
        writer.write(piece.as_ref());
    }
}

/// Contents lie in 256 folders by their first byte, so that none grows without bound.
pub(super) fn path(sha256: &[u8; 32]) -> Path {
    let name = hex(sha256);
    Path::from_iter(["sha256", &name[..2], &name])
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) fn away(error: object_store::Error) -> Error {
    Error::Unavailable(format!("the store of documents: {error}"))
}
