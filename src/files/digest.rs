//! What a content is called, without keeping it.

use std::fmt::Display;
use std::time::Duration;

use futures_util::stream::{Stream, StreamExt};
use sha2::{Digest, Sha256};

use super::vault::LONGEST;
use crate::kernel::{Error, Result};

/// The SHA-256 of a content of at most `max` bytes: what a repeat of an upload is told by.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::Malformed`] where the stream breaks, [`Error::TooSlow`] where it stalls.
pub async fn digest<S, B, E>(stream: S, max: u64, patience: Duration) -> Result<[u8; 32]>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
    E: Display,
{
    let work = async {
        let mut stream = std::pin::pin!(stream);
        let (mut hash, mut size) = (Sha256::new(), 0_u64);
        loop {
            let next = tokio::time::timeout(patience, stream.next()).await;
            let Some(piece) = next.map_err(|_| Error::TooSlow)? else {
                return Ok(hash.finalize().into());
            };
            let piece = piece.map_err(|e| Error::Malformed(format!("the upload broke off: {e}")))?;
            size += piece.as_ref().len() as u64;
            if size > max {
                return Err(Error::TooLarge(max));
            }
            hash.update(piece.as_ref());
        }
    };
    tokio::time::timeout(patience * LONGEST, work).await.unwrap_or(Err(Error::TooSlow))
}
