//! Looks at a content while it passes: its size, its hash and, by its first bytes, its type.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::content::{HEAD, Kind, PlainText};
use crate::kernel::{Error, Result};

/// What is taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'l> {
    /// Bytes.
    pub max: u64,
    /// Media types; empty: [`Kind::COMMON`].
    pub allowed: &'l [String],
    /// What the sender says that it is.
    pub declared: Option<&'l str>,
    /// What the sender calls it, as [`super::file_name`] gave it back.
    pub file_name: &'l str,
    /// How long the sender may be silent. The whole may take twenty times as long.
    pub patience: Duration,
}

/// A content that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
    pub media_type: &'static str,
}

/// What is known of a content while it passes.
#[derive(Default)]
pub(super) struct Inspection {
    hasher: Sha256,
    size: u64,
    /// The first bytes, until they tell the type.
    head: Vec<u8>,
    kind: Option<Kind>,
    text: PlainText,
}

impl Inspection {
    pub fn take(&mut self, piece: &[u8], limits: Limits<'_>) -> Result<()> {
        self.size += piece.len() as u64;
        if self.size > limits.max {
            return Err(Error::TooLarge(limits.max));
        }
        self.hasher.update(piece);
        // Checked from the first byte: a file may turn out to be text only when its head is full.
        let plain = self.kind.is_some_and(|k| k != Kind::Text) || self.text.take(piece);
        if self.kind.is_none() {
            let missing = HEAD - self.head.len();
            self.head.extend_from_slice(&piece[..missing.min(piece.len())]);
            if self.head.len() == HEAD {
                self.decide(limits)?;
            }
        }
        if self.kind == Some(Kind::Text) && !plain {
            return Err(Error::UnsupportedType("not plain text".into()));
        }
        Ok(())
    }

    fn decide(&mut self, limits: Limits<'_>) -> Result<Kind> {
        let kind = Kind::of(&self.head)
            .ok_or_else(|| Error::UnsupportedType("unknown content, or one that can run".into()))?;
        let media_type = kind.media_type();
        let taken = if limits.allowed.is_empty() {
            Kind::COMMON.contains(&kind)
        } else {
            limits.allowed.iter().any(|t| t == media_type)
        };
        if !taken {
            return Err(Error::UnsupportedType(media_type.into()));
        }
        if !kind.is_declared_as(limits.declared) {
            return Err(Error::UnsupportedType(format!("declared otherwise than its content, {media_type}")));
        }
        if !kind.may_be_called(limits.file_name) {
            return Err(Error::UnsupportedType(format!("named otherwise than its content, {media_type}")));
        }
        self.kind = Some(kind);
        Ok(kind)
    }

    pub fn end(mut self, limits: Limits<'_>) -> Result<Stored> {
        if self.size == 0 {
            return Err(Error::invalid("/content", "required"));
        }
        let kind = match self.kind {
            Some(kind) => kind,
            None => self.decide(limits)?,
        };
        if kind == Kind::Text && !self.text.is_whole() {
            return Err(Error::UnsupportedType("not plain text".into()));
        }
        Ok(Stored { sha256: self.hasher.finalize().into(), size: self.size, media_type: kind.media_type() })
    }
}
