//! What the server acknowledged: nothing of it may be missing afterwards.

use std::cell::RefCell;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Case,
    Document,
    Claim,
    Completion,
    Payment,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Case, Self::Document, Self::Claim, Self::Completion, Self::Payment];

    /// Its name in the log.
    pub fn action(self) -> &'static str {
        match self {
            Self::Case => "case.submit",
            Self::Document => "document.add",
            Self::Claim => "task.claim",
            Self::Completion => "task.complete",
            Self::Payment => "payment.begin",
        }
    }
}

/// An act that was acknowledged.
#[derive(Debug, Clone)]
pub struct Act {
    pub kind: Kind,
    /// The `Idempotency-Key`.
    pub key: String,
    /// Its case, or its document or payment.
    pub resource: String,
}

#[derive(Default)]
pub struct Book {
    acts: RefCell<Vec<Act>>,
    /// Ids of requests that were answered with a case.
    reads: RefCell<Vec<String>>,
}

impl Book {
    pub fn note(&self, kind: Kind, key: &str, resource: &str) {
        self.acts.borrow_mut().push(Act { kind, key: key.to_owned(), resource: resource.to_owned() });
    }

    pub fn read(&self, id: String) {
        self.reads.borrow_mut().push(id);
    }

    pub fn acts(&self) -> Vec<Act> {
        self.acts.borrow().clone()
    }

    pub fn reads(&self) -> Vec<String> {
        self.reads.borrow().clone()
    }

    pub fn count(&self, kind: Kind) -> usize {
        self.acts.borrow().iter().filter(|act| act.kind == kind).count()
    }
}
