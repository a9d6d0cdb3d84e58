//! What can be asked of a case.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::event::Doer;
use super::links::{Link, Parent};
use super::state::{DocumentFact, TokenId};
use crate::engine::calendar::Duration;
use crate::engine::definition::{Mode, Places};
use crate::kernel::{CaseId, MessageId, PersonId};

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
    /// Documents of which a register holds what they say: see [`held_documents`](super::held_documents). None where that was not
    /// looked at.
    pub held: Option<BTreeSet<String>>,
}

/// What a case that another one opened is opened with.
#[derive(Debug, Clone)]
pub enum Linked {
    Remedy {
        link: Box<Link>,
        /// Who decided below, and hears nothing here.
        excluded: Vec<PersonId>,
    },
    /// By a step of it.
    Child(Box<Parent>),
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
        /// Where another case opens it.
        linked: Option<Linked>,
    },
    Withdraw {
        by: Doer,
    },
    Claim {
        token: TokenId,
        by: Worker,
        /// The officer says that nothing ties him to anybody in the case.
        untied: bool,
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
    /// A party has written to the office.
    Message {
        message: MessageId,
        party: String,
        /// The visits that it answers: those that asked the party for a letter when it was written.
        asked: Vec<TokenId>,
    },
    /// Another case has changed a register, or has ended.
    Heard {
        /// Or `cases.<service>`; then the key is its reference and the change its end.
        register: String,
        key: String,
        change: String,
        version: i64,
        /// As it was written.
        record: Value,
    },
    /// An appointment for a task is made, or made anew.
    Book {
        token: TokenId,
        at: Timestamp,
        mode: Mode,
        by: Worker,
    },
    Unbook {
        token: TokenId,
        by: Worker,
    },
    /// Somebody keeps out of the whole case, whose task it could be.
    Recuse {
        token: TokenId,
        by: Worker,
    },
    /// The legal limit is extended.
    Extend {
        by: Worker,
        reason: String,
    },
    /// The task goes to another office, which the caller knows to have the role.
    Transfer {
        token: TokenId,
        office: String,
        by: Doer,
        reason: String,
    },
    /// The office lets the case stand still, or go on.
    Hold {
        hold: String,
        by: Worker,
        reason: String,
    },
    Resume {
        hold: String,
        by: Worker,
    },
    /// A case is opened as a remedy against what was decided last.
    Lodge {
        case: CaseId,
        remedy: String,
        /// 1 for the first instance.
        level: u32,
        /// From the decision.
        within: Duration,
        party: String,
        by: Doer,
    },
    /// The same against what was decided in a remedy of this case: it goes to the next instance.
    Further {
        case: CaseId,
        remedy: String,
        level: u32,
        party: String,
        by: Doer,
    },
    /// A remedy has ended like this.
    Settle {
        case: CaseId,
        end: String,
        /// Who decided it: they do nothing else in this matter.
        deciders: Vec<PersonId>,
    },
    /// A case was opened for a step.
    Opened {
        token: TokenId,
        index: u32,
        case: CaseId,
        reference: String,
    },
    /// It has ended like this, or could not be opened ([`NOT_OPENED`](super::NOT_OPENED)).
    Returned {
        token: TokenId,
        index: u32,
        end: String,
        /// `favourable`, `adverse`, `neutral`.
        result: String,
        /// What its end tells.
        given: Map<String, Value>,
    },
    /// What this case is a remedy against, or was opened for, is not there any more.
    Moot,
    /// The case is taken over to the version of the definition at hand.
    Migrate,
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
    /// What is signed: a digest of the form, which the caller has compared with the form as it stands.
    pub signed: Option<String>,
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
    /// A place was taken.
    Reserved,
    /// One of the records had changed, and nothing was written; or there is no place left.
    Conflict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub register: String,
    pub key: String,
    pub change: String,
    pub version: i64,
    /// The register gave it its key.
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
    /// `key` is none where the expression gave nothing: then there is no place.
    Reserve {
        token: TokenId,
        pool: Places,
        key: Option<String>,
        until: Option<Timestamp>,
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
