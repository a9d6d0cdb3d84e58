//! What one case is told of another: a remedy in it, a case that a step opened.

use serde_json::{Map, Value, json};

use crate::engine::calendar::Duration;
use crate::engine::workflow::{Command, Doer, TokenId};
use crate::kernel::CaseId;

/// A remedy that is lodged.
#[derive(Debug, Clone)]
pub struct Lodging {
    /// The case that is opened for it.
    pub case: CaseId,
    /// What it is called in the case it is lodged in.
    pub remedy: String,
    pub level: u32,
    pub within: Duration,
    pub party: String,
    pub by: Doer,
}

/// A case that a step opens.
#[derive(Debug, Clone)]
pub struct Opened {
    pub token: TokenId,
    pub index: u32,
    pub case: CaseId,
    pub reference: String,
}

/// How a case that a step opened has ended.
#[derive(Debug, Clone)]
pub struct Returned {
    pub token: TokenId,
    pub index: u32,
    pub case: Option<CaseId>,
    pub end: String,
    pub result: String,
    pub given: Map<String, Value>,
}

impl Lodging {
    pub(super) fn command(&self) -> Command {
        let Self { case, remedy, level, within, party, by } = self.clone();
        Command::Lodge { case, remedy, level, within, party, by }
    }

    /// The same against what was decided in a remedy of the case.
    pub(super) fn further(&self) -> Command {
        let Self { case, remedy, level, party, by, .. } = self.clone();
        Command::Further { case, remedy, level, party, by }
    }

    pub(super) fn details(&self) -> Value {
        json!({"remedy": self.remedy, "case": self.case})
    }
}

impl Opened {
    pub(super) fn command(&self) -> Command {
        let Self { token, index, case, reference } = self.clone();
        Command::Opened { token, index, case, reference }
    }

    pub(super) fn details(&self) -> Value {
        json!({"case": self.case, "token": self.token})
    }
}

impl Returned {
    pub(super) fn command(&self) -> Command {
        let Self { token, index, end, result, given, .. } = self.clone();
        Command::Returned { token, index, end, result, given }
    }

    /// Which fields were handed over, not what stands in them.
    pub(super) fn details(&self) -> Value {
        let fields: Vec<&String> = self.given.keys().collect();
        json!({"case": self.case, "token": self.token, "end": self.end, "fields": fields})
    }
}
