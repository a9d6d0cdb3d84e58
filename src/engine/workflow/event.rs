//! What happened. An event holds the result of a rule (the due instant, the step entered), never its inputs, so that
//! no later calendar, tariff or definition changes history. It names no person otherwise than by id and holds nothing
//! that anybody stated.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::state::{Charge, Demand, DemandState, Flow, LegalClock, Run, Status, StepKind, Token, TokenId};
use crate::engine::definition::{Decision, EndResult};
use crate::kernel::PersonId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it took effect; a late timer writes the instant at which it was due.
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: What,
}

/// Who did something: the one acting and, where there is one, the one acted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doer {
    pub person: PersonId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behalf: Option<PersonId>,
}

impl Doer {
    pub fn persons(&self) -> impl Iterator<Item = PersonId> {
        std::iter::once(self.person).chain(self.behalf)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    Submitted {
        version: String,
        by: Doer,
    },
    /// The statement was accepted, first or anew.
    Stated,
    OfficesFixed {
        offices: BTreeMap<String, String>,
    },
    Marked {
        mark: String,
    },
    DocumentsReceived,
    /// Something came that no step waits for.
    Raised {
        event: String,
        by: Doer,
    },
    /// A closed case is open again.
    Reopened,
    /// A new generation: what was decided before decides no longer, and the legal limit begins anew.
    BegunAnew,
    StepEntered {
        token: TokenId,
        step: String,
        /// What the step is; the field is called `verb` because `kind` is the event's.
        verb: StepKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        office: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stands: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge: Option<Charge>,
    },
    StepAnswered {
        token: TokenId,
        step: String,
        outcome: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Doer>,
    },
    StepExpired {
        token: TokenId,
        step: String,
    },
    StepOverdue {
        token: TokenId,
        step: String,
    },
    /// What it waits for is at another moment now, or at none that is known.
    DueMoved {
        token: TokenId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    StepLeft {
        token: TokenId,
        step: String,
    },
    StepCancelled {
        token: TokenId,
        step: String,
    },
    Claimed {
        token: TokenId,
        by: PersonId,
    },
    Released {
        token: TokenId,
    },
    ClockStarted {
        limit: u32,
        working: bool,
        day: Date,
        due: Timestamp,
    },
    ClockSuspended {
        counted: u32,
        day: Date,
    },
    ClockResumed {
        day: Date,
        due: Option<Timestamp>,
    },
    ClockExpired,
    ClockStopped {
        counted: u32,
        day: Date,
    },
    Decided {
        decision: Decision,
        step: String,
        token: TokenId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Doer>,
    },
    RegisterChanged {
        token: TokenId,
        register: String,
        change: String,
        version: i64,
    },
    Issued {
        token: TokenId,
        template: String,
    },
    Revoked {
        template: String,
        /// A code: of the definition, or [`BY_OFFICE`].
        reason: String,
        /// The one that was taken back; none: all of the template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificate: Option<Uuid>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Doer>,
    },
    Told {
        who: String,
        text: String,
    },
    PaymentSettled {
        demand: TokenId,
    },
    PaymentReturned {
        demand: TokenId,
        amount: Decimal,
    },
    Closed {
        end: String,
        result: EndResult,
    },
}

impl What {
    /// The name under which the event is stored and shown.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Submitted { .. } => "submitted",
            Self::Stated => "stated",
            Self::OfficesFixed { .. } => "offices_fixed",
            Self::Marked { .. } => "marked",
            Self::DocumentsReceived => "documents_received",
            Self::Raised { .. } => "raised",
            Self::Reopened => "reopened",
            Self::BegunAnew => "begun_anew",
            Self::StepEntered { .. } => "step_entered",
            Self::StepAnswered { .. } => "step_answered",
            Self::StepExpired { .. } => "step_expired",
            Self::StepOverdue { .. } => "step_overdue",
            Self::DueMoved { .. } => "due_moved",
            Self::StepLeft { .. } => "step_left",
            Self::StepCancelled { .. } => "step_cancelled",
            Self::Claimed { .. } => "claimed",
            Self::Released { .. } => "released",
            Self::ClockStarted { .. } => "clock_started",
            Self::ClockSuspended { .. } => "clock_suspended",
            Self::ClockResumed { .. } => "clock_resumed",
            Self::ClockExpired => "clock_expired",
            Self::ClockStopped { .. } => "clock_stopped",
            Self::Decided { .. } => "decided",
            Self::RegisterChanged { .. } => "register_changed",
            Self::Issued { .. } => "issued",
            Self::Revoked { .. } => "revoked",
            Self::Told { .. } => "told",
            Self::PaymentSettled { .. } => "payment_settled",
            Self::PaymentReturned { .. } => "payment_returned",
            Self::Closed { .. } => "closed",
        }
    }
}

/// Brings the flow up to an event. Needs no definition, calendar or payload: replaying a case's events gives its flow.
pub fn evolve(flow: &mut Flow, event: &Event) {
    flow.seq += 1;
    flow.at = Some(event.at);
    match &event.what {
        What::Submitted { version, by } => {
            flow.version.clone_from(version);
            flow.status = Status::Open;
            flow.generation = 1;
            flow.started_by = Some(by.behalf.unwrap_or(by.person));
            flow.did.extend(by.persons().map(|p| ("start".to_owned(), p)));
        }
        What::OfficesFixed { offices } => flow.offices.extend(offices.clone()),
        What::Marked { mark } => {
            flow.marks.insert(mark.clone(), event.at);
        }
        What::Reopened => flow.status = Status::Open,
        What::BegunAnew => {
            flow.generation = flow.generation.saturating_add(1);
            (flow.decision, flow.decided) = (None, None);
            flow.deciders.clear();
            flow.clock = LegalClock::default();
        }
        What::Closed { end, .. } => flow.status = Status::Closed { end: end.clone(), at: event.at },
        What::Decided { decision, by, .. } => {
            flow.decision = Some(*decision);
            flow.decided = Some(event.at);
            flow.deciders.extend(by.iter().flat_map(Doer::persons));
        }
        What::RegisterChanged { .. } => flow.changed = true,
        What::PaymentSettled { demand } => set_demand(flow, *demand, DemandState::Paid),
        What::PaymentReturned { demand, .. } => set_demand(flow, *demand, DemandState::Returned),
        What::Stated
        | What::DocumentsReceived
        | What::Raised { .. }
        | What::Issued { .. }
        | What::Revoked { .. }
        | What::Told { .. } => {}
        What::ClockStarted { .. }
        | What::ClockSuspended { .. }
        | What::ClockResumed { .. }
        | What::ClockExpired
        | What::ClockStopped { .. } => evolve_clock(&mut flow.clock, &event.what),
        _ => evolve_step(flow, event),
    }
}

fn set_demand(flow: &mut Flow, demand: TokenId, state: DemandState) {
    if let Some(demand) = flow.demands.get_mut(&demand) {
        demand.state = state;
    }
}

fn evolve_clock(clock: &mut LegalClock, what: &What) {
    match what {
        What::ClockStarted { limit, working, day, due } => {
            *clock = LegalClock {
                run: Run::Running,
                limit: *limit,
                working: *working,
                counted: 0,
                since: Some(*day),
                due: Some(*due),
                expired: false,
            };
        }
        What::ClockSuspended { counted, day } => {
            clock.run = Run::Suspended;
            (clock.counted, clock.since, clock.due) = (*counted, Some(*day), None);
        }
        What::ClockResumed { day, due } => {
            clock.run = Run::Running;
            (clock.since, clock.due) = (Some(*day), *due);
        }
        What::ClockExpired => (clock.expired, clock.due) = (true, None),
        What::ClockStopped { counted, day } => {
            clock.run = Run::Stopped;
            (clock.counted, clock.since, clock.due) = (*counted, Some(*day), None);
        }
        _ => {}
    }
}

fn evolve_step(flow: &mut Flow, event: &Event) {
    match &event.what {
        What::StepEntered { token, step, verb, office, target, expires, stands, charge } => {
            flow.next = token + 1;
            let result = flow.results.entry(step.clone()).or_default();
            result.rounds = result.rounds.saturating_add(1);
            result.entered = Some(event.at);
            if let Some(charge) = charge {
                let demand = Demand { fee: charge.fee.clone(), amount: charge.amount, state: DemandState::Due };
                flow.demands.insert(*token, demand);
            }
            flow.tokens.insert(
                *token,
                Token {
                    step: step.clone(),
                    kind: *verb,
                    entered: event.at,
                    office: office.clone(),
                    target: *target,
                    overdue: false,
                    expires: *expires,
                    stands: *stands,
                    holder: None,
                    ready: None,
                },
            );
        }
        What::StepAnswered { token, step, outcome, by } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.ready = Some(outcome.clone());
                (t.target, t.expires, t.stands) = (None, None, false);
            }
            let result = flow.results.entry(step.clone()).or_default();
            result.done = Some(event.at);
            result.outcome = Some(outcome.clone());
            result.by = by.map(|d| d.person);
            flow.did.extend(by.iter().flat_map(Doer::persons).map(|p| (step.clone(), p)));
        }
        What::StepExpired { token, .. } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.ready = Some(EXPIRED.to_owned());
                (t.target, t.expires, t.stands) = (None, None, false);
            }
            void(flow, *token);
        }
        What::StepOverdue { token, .. } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.overdue = true;
            }
        }
        What::DueMoved { token, until } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.expires = *until;
            }
        }
        What::StepLeft { token, .. } => {
            flow.tokens.remove(token);
        }
        What::StepCancelled { token, .. } => {
            flow.tokens.remove(token);
            void(flow, *token);
        }
        What::Claimed { token, by } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.holder = Some(*by);
            }
        }
        What::Released { token } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.holder = None;
            }
        }
        _ => {}
    }
}

/// Why a certificate was revoked that no step took back.
pub const BY_OFFICE: &str = "by_office";

/// The outcome of a step that ended by itself. Not a name that a definition can declare.
pub const EXPIRED: &str = "(expired)";

/// A demand that nobody waits for any more.
fn void(flow: &mut Flow, token: TokenId) {
    if let Some(demand) = flow.demands.get_mut(&token)
        && demand.state == DemandState::Due
    {
        demand.state = DemandState::Void;
    }
}
