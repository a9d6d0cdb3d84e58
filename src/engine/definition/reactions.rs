//! What can come in any step, compiled.

use std::sync::Arc;

use super::model::{Arrow, Moment, Span};
use crate::engine::calendar::Recurring;
use crate::engine::feel::Expression;
use crate::engine::forms::Form;

/// What the case does when something comes that no step waits for.
#[derive(Debug)]
pub struct Reaction {
    /// Its name.
    pub event: String,
    /// Steps of which one must be open; where there is neither step nor end, any open case.
    pub steps: Vec<String>,
    /// Ends after which it counts: the same case is reopened.
    pub ends: Vec<String>,
    /// Parties and roles that may raise it; empty where the engine does.
    pub by: Vec<String>,
    /// What is stated with it; several entries of one event share it.
    pub form: Option<Arc<Form>>,
    pub when: Option<Expression>,
    pub refuse: bool,
    pub arrow: Option<Arrow>,
    /// Where nobody raises it: what makes it happen.
    pub trigger: Option<Trigger>,
    /// Where a register does: of which record.
    pub heard: Option<Heard>,
}

/// A change of a register by another case, or the end of another case.
#[derive(Debug)]
pub struct Heard {
    /// A register, or `cases.<service>`.
    pub register: String,
    /// The name of the change, or of the end.
    pub change: String,
    /// The record that concerns the case, or a list of them; of a case its reference.
    pub key: Expression,
}

impl Heard {
    #[must_use]
    pub fn is(&self, register: &str, change: &str) -> bool {
        self.register == register && self.change == change
    }

    /// The service of which a case has ended.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        of_cases(&self.register)
    }
}

/// What cases of a service are heard of by.
#[must_use]
pub fn cases_of(service: &str) -> String {
    format!("cases.{service}")
}

/// The service, where cases of one are heard of.
#[must_use]
pub fn of_cases(heard: &str) -> Option<&str> {
    heard.strip_prefix("cases.")
}

/// What makes an event happen by itself.
#[derive(Debug)]
pub enum Trigger {
    At(Moment),
    /// First when the span has passed since the event counts; or on the next such day, and then each time the span later.
    Every {
        span: Span,
        day: Option<Recurring>,
        until: Option<Moment>,
    },
    /// Its guard becomes true: once, or each time.
    Becomes {
        again: bool,
    },
}

/// What is raised by the engine itself when a document is added, and when a case is withdrawn.
pub const DOCUMENT: &str = "document";
pub const WITHDRAWAL: &str = "withdrawal";
/// A party has written to the office.
pub const MESSAGE: &str = "message";
/// Money that was asked for has come.
pub const PAYMENT: &str = "payment";
/// Whom a text is for that anybody may read.
pub const PUBLIC: &str = "public";
