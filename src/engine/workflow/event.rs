//! What happened. An event holds the result of a rule (the due instant, the step entered), never its inputs, so that
//! no later calendar, tariff or definition changes history. It names no person otherwise than by id and holds nothing
//! that anybody stated.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::doer::Doer;
use super::links::{Link, Parent};
use super::state::{Alarm, Booking, Charge, Place, StepKind, TokenId};
use crate::engine::definition::{Decision, EndResult};
use crate::kernel::{CaseId, PersonId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it took effect; a late timer writes the instant at which it was due.
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: What,
}

/// Until when a step has time, after a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub token: TokenId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    Submitted {
        version: String,
        by: Doer,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<Box<Link>>,
        /// Who decided below.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        excluded: Vec<PersonId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Box<Parent>>,
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
    /// Something happens by itself: when next, and for which moment it did last.
    AlarmSet {
        event: String,
        alarm: Alarm,
    },
    /// It has happened.
    Happened {
        event: String,
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
        /// When whoever is asked is reminded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remind: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stands: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge: Option<Charge>,
        /// When an appointment can be at the earliest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        earliest: Option<Timestamp>,
        /// Where it stands among branches.
        #[serde(default, skip_serializing_if = "Place::is_main")]
        place: Place,
    },
    /// A branch of this step has ended.
    BranchEnded {
        token: TokenId,
    },
    /// An appointment was made, or made anew.
    Booked {
        token: TokenId,
        booking: Booking,
        /// Parties that are invited.
        with: Vec<String>,
        by: Doer,
    },
    Unbooked {
        token: TokenId,
        with: Vec<String>,
        by: Doer,
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
    /// Its last day is near, and nothing came yet.
    StepReminded {
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
    /// One of several officers has come to an outcome; the task is free for the next.
    Voted {
        token: TokenId,
        step: String,
        outcome: String,
        by: Doer,
    },
    /// The form is another one: those who had answered are asked again.
    AskedAgain {
        token: TokenId,
        step: String,
    },
    /// Another office has the task, where nobody holds it yet.
    Transferred {
        token: TokenId,
        office: String,
        by: Doer,
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
    /// By so many days, counted as the limit is.
    ClockExtended {
        days: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        by: Doer,
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
        /// Nothing can be done against it.
        #[serde(default, rename = "final", skip_serializing_if = "std::ops::Not::not")]
        last: bool,
    },
    /// The case goes on under another version of its service.
    Migrated {
        version: String,
        /// Steps that are called otherwise there.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        steps: BTreeMap<String, String>,
    },
    /// An officer has said that nothing ties him to anybody in the case.
    Declared {
        person: PersonId,
    },
    /// Somebody does nothing in the case from here on.
    Recused {
        person: PersonId,
    },
    /// The case stands still.
    Held {
        hold: String,
        /// None where a remedy is the reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Doer>,
    },
    Unheld {
        hold: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Doer>,
        /// Steps whose time goes on, and until when.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        moved: Vec<Moved>,
    },
    /// A case was opened as a remedy.
    AppealLodged {
        case: CaseId,
        remedy: String,
        level: u32,
        party: String,
        by: Doer,
    },
    AppealSettled {
        case: CaseId,
        end: String,
        /// Whose decision did not stand, and who does not decide again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        recused: Vec<PersonId>,
        /// It led to something here.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        effective: bool,
    },
    /// What it was lodged against is not there any more.
    AppealMoot {
        case: CaseId,
    },
    /// A step has opened another case.
    ChildOpened {
        token: TokenId,
        step: String,
        index: u32,
        case: CaseId,
        reference: String,
    },
    /// It has ended, or could not be opened.
    ChildReturned {
        token: TokenId,
        step: String,
        index: u32,
        end: String,
    },
    RegisterChanged {
        token: TokenId,
        register: String,
        change: String,
        version: i64,
        /// What the case changed before is taken back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undo: bool,
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
            Self::AlarmSet { .. } => "alarm_set",
            Self::Happened { .. } => "happened",
            Self::Reopened => "reopened",
            Self::BegunAnew => "begun_anew",
            Self::StepEntered { .. } => "step_entered",
            Self::BranchEnded { .. } => "branch_ended",
            Self::Booked { .. } => "booked",
            Self::Unbooked { .. } => "unbooked",
            Self::StepAnswered { .. } => "step_answered",
            Self::StepExpired { .. } => "step_expired",
            Self::StepOverdue { .. } => "step_overdue",
            Self::StepReminded { .. } => "step_reminded",
            Self::DueMoved { .. } => "due_moved",
            Self::StepLeft { .. } => "step_left",
            Self::StepCancelled { .. } => "step_cancelled",
            Self::Claimed { .. } => "claimed",
            Self::Released { .. } => "released",
            Self::Voted { .. } => "voted",
            Self::AskedAgain { .. } => "asked_again",
            Self::Transferred { .. } => "transferred",
            Self::ClockStarted { .. } => "clock_started",
            Self::ClockSuspended { .. } => "clock_suspended",
            Self::ClockResumed { .. } => "clock_resumed",
            Self::ClockExtended { .. } => "clock_extended",
            Self::ClockExpired => "clock_expired",
            Self::ClockStopped { .. } => "clock_stopped",
            Self::Decided { .. } => "decided",
            Self::Migrated { .. } => "migrated",
            Self::Declared { .. } => "declared",
            Self::Recused { .. } => "recused",
            Self::Held { .. } => "held",
            Self::Unheld { .. } => "unheld",
            Self::AppealLodged { .. } => "appeal_lodged",
            Self::AppealSettled { .. } => "appeal_settled",
            Self::AppealMoot { .. } => "appeal_moot",
            Self::ChildOpened { .. } => "child_opened",
            Self::ChildReturned { .. } => "child_returned",
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

/// Why a certificate was revoked that no step took back.
pub const BY_OFFICE: &str = "by_office";

/// The outcome of a step that ended by itself. Not a name that a definition can declare.
pub const EXPIRED: &str = "(expired)";
