//! What can go wrong, in the product's words. Knows no HTTP: `api/problem.rs` alone turns it into a problem document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Assurance;

/// One thing that is wrong with what was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// RFC 6901 pointer to the member, also where it is missing or unknown.
    pub pointer: String,
    /// Stable code of the rule that it breaks.
    pub code: String,
    /// What the rule asks for, to be put into the sentence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

impl Fault {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &str) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), args: BTreeMap::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

/// Faults whose codes the log keeps.
const CODES_MAX: usize = 100;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a client is told whose sign-in is not sure enough (RFC 9470).
pub const STEP_UP: &str = "insufficient_user_authentication";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Absent, or the actor may not even know that it exists.
    #[error("not found")]
    NotFound,
    /// No token, or one that is not good: the reason goes to the log and, in general words, to the client.
    #[error("not signed in: {0}")]
    Unauthenticated(&'static str),
    /// The sign-in is good, and not sure enough of who it is: this level is asked for.
    #[error("not sure enough of who it is")]
    Assurance(Assurance),
    /// The actor may know that the thing exists, yet not do this.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// The request itself cannot be read: its syntax, not its content.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Every fault at once.
    #[error("invalid input")]
    Invalid(Vec<Fault>),
    /// The state of the thing does not allow it. The code says why.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The caller's copy is not the newest.
    #[error("stale")]
    Stale,
    /// A precondition header is missing: its name.
    #[error("{0} is required")]
    PreconditionRequired(&'static str),
    /// An `Idempotency-Key` is missing where a repeat would make a second thing.
    #[error("Idempotency-Key is required")]
    KeyRequired,
    /// The same key came with another body.
    #[error("the key was used for another request")]
    KeyReused,
    /// The same act is done already: its outcome, to be shown again.
    #[error("replayed")]
    Replayed(Replay),
    /// A body or file over the limit, in bytes.
    #[error("over the limit of {0} bytes")]
    TooLarge(u64),
    /// A media type that is not taken here.
    #[error("this type is not accepted: {0}")]
    UnsupportedType(String),
    /// Too much is asked: the seconds after which it is worth trying again.
    #[error("too many requests")]
    TooMany(u32),
    /// What was sent did not arrive in time.
    #[error("what was sent did not arrive in time")]
    TooSlow,
    /// The database or another system that is needed is away.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A bug or an outage. The source goes to the log, never to the client.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a request with the same key did: enough to show its outcome again under today's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// What the route made: a case, document, payment ….
    pub resource: uuid::Uuid,
}

impl Error {
    /// A defect or outage described in words, for the log.
    #[must_use]
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(text.into().into())
    }

    /// One fault alone.
    #[must_use]
    pub fn invalid(pointer: impl Into<String>, code: &str) -> Self {
        Self::Invalid(vec![Fault::new(pointer, code)])
    }

    /// What exactly was wrong, in codes that hold nothing that anybody stated: for the audit log.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        match self {
            Self::Forbidden(code) | Self::Unauthenticated(code) | Self::PreconditionRequired(code) => vec![code],
            Self::Conflict(code) => vec![code],
            Self::Assurance(_) => vec![STEP_UP],
            Self::Invalid(faults) => {
                let codes: std::collections::BTreeSet<&str> =
                    faults.iter().take(CODES_MAX).map(|f| f.code.as_str()).collect();
                codes.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// A short word for the audit log and the metrics.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Unauthenticated(_) | Self::Assurance(_) => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::Malformed(_) => "malformed",
            Self::Invalid(_) => "invalid",
            Self::Conflict(_) => "conflict",
            Self::Stale => "stale",
            Self::PreconditionRequired(_) => "precondition_required",
            Self::KeyRequired => "key_required",
            Self::KeyReused => "key_reused",
            Self::Replayed(_) => "replayed",
            Self::TooLarge(_) => "too_large",
            Self::UnsupportedType(_) => "unsupported_type",
            Self::TooMany(_) => "too_many",
            Self::TooSlow => "too_slow",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(source: serde_json::Error) -> Self {
        Self::Internal(source.into())
    }
}
