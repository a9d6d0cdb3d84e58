//! Where a payment stands, and how it is shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kernel::money::Money;
use crate::kernel::{CaseId, DemandId, Error, PaymentId, Result};

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written; the provider may not know of it.
    Asked,
    /// The provider has it.
    Acknowledged,
    Succeeded,
    Cancelled,
    TimedOut,
    /// The provider could not be reached, or paid was another amount.
    Failed,
}

const STATES: [(State, &str); 6] = [
    (State::Asked, "asked"),
    (State::Acknowledged, "acknowledged"),
    (State::Succeeded, "succeeded"),
    (State::Cancelled, "cancelled"),
    (State::TimedOut, "timed_out"),
    (State::Failed, "failed"),
];

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        STATES.iter().find(|(state, _)| *state == self).map_or("failed", |(_, text)| text)
    }

    pub(super) fn read(text: &str) -> Result<Self> {
        let known = STATES.iter().find(|(_, name)| *name == text).map(|(state, _)| *state);
        known.ok_or_else(|| Error::internal(format!("no such state of a payment: {text}")))
    }

    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Asked | Self::Acknowledged)
    }
}

/// Which way the money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    In,
    /// A refund.
    Back,
}

/// A payment as it is shown. It does not name who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentView {
    pub id: PaymentId,
    pub demand: DemandId,
    pub direction: Direction,
    pub provider: String,
    /// The provider's own number.
    pub reference: Option<String>,
    pub amount: Money,
    pub state: State,
    pub asked_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// A payment that is written, and of which the provider is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub payment: PaymentId,
    pub demand: DemandId,
    pub case: CaseId,
    /// The step that demands it.
    pub token: i32,
    pub amount: Money,
}
