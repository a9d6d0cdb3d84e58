//! What a case knows of others: the one that it is a remedy in or was opened for, and those that were opened from it.

use serde::{Deserialize, Serialize};

use super::state::TokenId;
use crate::kernel::CaseId;

/// Of which case this one is a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The case whose decision it is against, and its reference.
    pub of: CaseId,
    pub reference: String,
    /// The case on which it has effect: the same or, for a further instance, the first of all.
    pub root: CaseId,
    /// The rules of that one.
    pub service: String,
    pub version: String,
    pub remedy: String,
    /// 1 for the first instance.
    pub level: u32,
    /// Who hears it.
    pub role: String,
    pub office: String,
}

/// Which case opened this one, and in which visit to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    pub case: CaseId,
    pub reference: String,
    pub service: String,
    pub step: String,
    pub token: TokenId,
    /// Which of those that the visit opened, from 0.
    pub index: u32,
}

/// A case that a step of this one opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    pub token: TokenId,
    pub step: String,
    pub index: u32,
    pub case: CaseId,
    pub reference: String,
    /// How it ended; none while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

/// A remedy that was lodged against a decision of the case, or further up against what became of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    pub case: CaseId,
    pub remedy: String,
    pub level: u32,
    pub party: String,
    pub generation: u16,
    /// How it ended; none while it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// It led to something here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub effective: bool,
}

/// How a remedy ended that came to nothing, since what it was against is not there any more.
pub const MOOT: &str = "moot";

/// How a case ended that could not be opened: what it was to be opened with is not in order there.
pub const NOT_OPENED: &str = "not_opened";
