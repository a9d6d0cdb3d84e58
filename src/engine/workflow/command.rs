//! What can be asked of a case, and why it is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::event::Doer;
use super::state::{DocumentFact, TokenId};
use crate::kernel::{Fault, PersonId};

/// What somebody states with a command, resolved by the caller: parties have their ids, offices are known.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// The service's form, where it is stated anew.
    pub form: Option<Value>,
    /// Party → statement with its `id`.
    pub parties: Map<String, Value>,
    /// Name of an office → its id, for those that the form decides.
    pub offices: BTreeMap<String, String>,
    /// All documents of the case as they are now.
    pub documents: Vec<DocumentFact>,
}

/// An officer or a party at work.
#[derive(Debug, Clone)]
pub struct Worker {
    pub doer: Doer,
    /// Roles that the person holds in the office of the step; for an event, the parties as well that the person is.
    pub roles: Vec<String>,
}

#[derive(Debug, Clone)]
pub enum Command {
    Submit {
        by: Doer,
        reference: String,
        statement: Statement,
    },
    Withdraw {
        by: Doer,
    },
    Claim {
        token: TokenId,
        by: Worker,
    },
    Release {
        token: TokenId,
        by: PersonId,
    },
    /// Another officer gets the task.
    Assign {
        token: TokenId,
        to: Worker,
    },
    Complete {
        token: TokenId,
        by: Worker,
        completion: Box<Completion>,
    },
    /// Documents were added outside a step that asks for them, or one was taken out.
    Documents {
        /// All of them, as they are now.
        documents: Vec<DocumentFact>,
        /// One was added, though it may say nothing that another did not.
        added: bool,
    },
    /// Something happens that no step waits for.
    Raise {
        event: String,
        by: Worker,
        answers: Option<Value>,
    },
    Paid {
        demand: TokenId,
    },
    /// The office takes back one certificate of the case, in whatever state the case is. Why, it says in words, which
    /// stand beside the certificate.
    Revoke {
        certificate: Uuid,
        template: String,
        by: Doer,
    },
    /// A register answered a look-up or a `do`.
    Answered {
        token: TokenId,
        answer: Answer,
    },
    /// Only what is due by now.
    Tick,
}

/// What is handed in with a step.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    /// None where the step has one outcome.
    pub outcome: Option<String>,
    /// The step's own form.
    pub answers: Option<Value>,
    pub statement: Statement,
    pub reasons: Vec<String>,
    pub grounds: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The record and its version.
    Found {
        record: Value,
        version: i64,
    },
    None,
    /// The register cannot be reached.
    Down,
    /// Every record of the `do` was written: one line each, in order.
    Written(Vec<Written>),
    /// One of them had changed: nothing was written.
    Conflict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub register: String,
    pub key: String,
    pub change: String,
    pub version: i64,
    pub new: bool,
}

/// A question to one of our own registers, to be answered within the transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// `key` is none where the expression gave nothing: there is no such record.
    Lookup {
        token: TokenId,
        register: String,
        key: Option<String>,
        purpose: String,
    },
    Record {
        token: TokenId,
        writes: Vec<Write>,
    },
    /// What is to be asked or written cannot be worked out: a defect of the definition, with the answer that is left.
    /// The case goes on to somebody, and what led there stays.
    Defect {
        token: TokenId,
        sentence: String,
        answer: Answer,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub register: String,
    pub key: Key,
    pub change: String,
    /// Fields and their new values; the others stay.
    pub set: Map<String, Value>,
    pub expects: Expects,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Is(String),
    /// The register's next number.
    Next,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expects {
    /// A record that is not there yet.
    Nothing,
    Version(i64),
    /// The definition's expression gave nothing: that is a conflict.
    Unknown,
}

/// Why a command was refused. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    WrongVersion,
    AlreadySubmitted,
    NotSubmitted,
    Closed,
    NoSuchToken,
    /// The step has ended or was taken back meanwhile.
    NoLongerActive,
    WrongKind,
    WrongRole,
    NotHolder,
    AlreadyClaimed,
    /// Who did this step may not do that one.
    FourEyes(String),
    NoSuchOutcome,
    /// The guard of the outcome does not hold.
    NotOffered,
    AlreadyDecided,
    UnknownDemand,
    NoSuchEvent,
    /// As the case stands this is not taken in.
    NotNow,
    /// It happened more often than a case holds.
    TooMany,
    /// The service is not open to this case (`start.when`).
    StartRefused,
    /// What was stated is not in order.
    Invalid(Vec<Fault>),
    /// More fell due meanwhile than one transaction holds: the timer catches up, in portions, and then it is tried again.
    Behind,
    /// Defects of the definition: no arrow fits, or it does not come to rest.
    NoRoute(String),
    Runaway,
    /// A rule could not be worked out within its budget.
    Defect(String),
}

impl Refusal {
    /// The stable code, the same in problem documents and scenarios.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::WrongVersion => "wrong_version",
            Self::AlreadySubmitted => "already_submitted",
            Self::NotSubmitted => "not_submitted",
            Self::Closed => "closed",
            Self::NoSuchToken => "no_such_token",
            Self::NoLongerActive => "no_longer_active",
            Self::WrongKind => "wrong_kind",
            Self::WrongRole => "wrong_role",
            Self::NotHolder => "not_holder",
            Self::AlreadyClaimed => "already_claimed",
            Self::FourEyes(_) => "four_eyes",
            Self::NoSuchOutcome => "no_such_outcome",
            Self::NotOffered => "not_offered",
            Self::AlreadyDecided => "already_decided",
            Self::UnknownDemand => "unknown_demand",
            Self::NoSuchEvent => "no_such_event",
            Self::NotNow => "not_now",
            Self::TooMany => "too_many",
            Self::StartRefused => "start_refused",
            Self::Invalid(_) => "invalid",
            Self::Behind => "behind",
            Self::NoRoute(_) => "no_route",
            Self::Runaway => "runaway",
            Self::Defect(_) => "defect",
        }
    }
}
