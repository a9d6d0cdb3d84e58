//! How long a step waits at most, and what silence means then.

use super::model::{Arrow, Moment, Span};

#[derive(Debug)]
pub struct Expiry {
    pub until: Until,
    pub takes: Silence,
}

impl Expiry {
    /// How long it waits at most, where that is known without a case.
    #[must_use]
    pub fn after(&self) -> Option<&Span> {
        match &self.until {
            Until::After(span) => Some(span),
            Until::At(_) => None,
        }
    }
}

/// How long a step waits at most.
#[derive(Debug)]
pub enum Until {
    /// From entering it.
    After(Span),
    At(Moment),
}

/// What silence means.
#[derive(Debug)]
pub enum Silence {
    Arrow(Box<Arrow>),
    Outcome(String),
}
