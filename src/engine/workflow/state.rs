//! What a case is between two commands: the *flow*, replayed from its events, and the *data*, which can be erased.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::event::Doer;
use super::links::{Appeal, Child, Link, Parent};
use crate::engine::definition::{Decision, LINK_ROLE, Mode};
use crate::kernel::PersonId;

/// Number of a visit to a step. Given in order, never used again in a case.
pub type TokenId = u32;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Status {
    #[default]
    Draft,
    Open,
    Closed {
        end: String,
        at: Timestamp,
    },
}

impl Status {
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Closed { .. } => "closed",
        }
    }
}

/// What a step is, as far as replay, queues and fees need to know without the definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Task,
    Ask,
    Charge,
    Lookup,
    Decide,
    Wait,
    Do,
    Reserve,
    Open,
    Together,
    Junction,
}

/// One visit to one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub step: String,
    pub kind: StepKind,
    pub entered: Timestamp,
    /// The office that has the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// The officer's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Timestamp>,
    /// The target has passed, and that was reported.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// When the step ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When whoever is asked is reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<Timestamp>,
    /// The legal limit stands while only such steps are open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stands: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<PersonId>,
    /// The fact has arrived, the token has not yet moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// From when on an appointment can be: those who are invited have their time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked: Option<Booking>,
    /// Who came to which outcome, where several officers are needed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub votes: BTreeMap<PersonId, String>,
    /// Where it stands among branches.
    #[serde(default, skip_serializing_if = "Place::is_main")]
    pub place: Place,
    /// How many of its branches, or of the cases that it opened, have ended, where it has any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub arrived: u32,
}

/// Where a step stands among branches that run at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The visit that opened the branch it is in; none on the main line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<TokenId>,
    /// It was opened beside the steps of the branch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
}

impl Place {
    #[must_use]
    pub fn is_main(&self) -> bool {
        *self == Self::default()
    }
}

/// An appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    pub at: Timestamp,
    pub until: Timestamp,
    pub mode: Mode,
}

/// Facts of a step that outlive its token: the results of the last round, and how many there were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Result {
    /// How often it was entered.
    pub rounds: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemandState {
    Due,
    Paid,
    Void,
    /// Paid too late, or given back: the money goes to the payer.
    Returned,
}

/// What a charge asks for, worked out on entering it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub fee: String,
    /// What is left to pay of the fee, in the service's currency.
    pub amount: Decimal,
    /// Item → amount, before what was paid already is deducted.
    pub items: BTreeMap<String, Decimal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    pub fee: String,
    pub amount: Decimal,
    pub state: DemandState,
    /// What has gone back of it.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub returned: Decimal,
}

impl Demand {
    /// What it asks for, or what was paid and has not gone back.
    #[must_use]
    pub fn left(&self) -> Decimal {
        self.amount - self.returned
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    #[default]
    Idle,
    Running,
    Suspended,
    Stopped,
}

/// The legal limit, in whole days of the calendar it was set in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalClock {
    pub run: Run,
    /// Days; working days where `working`.
    pub limit: u32,
    pub working: bool,
    /// Days used up before `since`.
    pub counted: u32,
    pub since: Option<Date>,
    pub due: Option<Timestamp>,
    pub expired: bool,
    /// How often it was extended in this run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// How it stands with something that happens by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// When it happens next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// For which moment it happened last; for what becomes true, since when it has been so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// What makes it happen is true now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holds: bool,
}

/// What is replayed from the events alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    pub version: String,
    /// Number of events so far: the case's ETag.
    pub seq: u32,
    pub at: Option<Timestamp>,
    pub status: Status,
    /// From a submission or a reopening to the next.
    pub generation: u16,
    pub next: TokenId,
    pub tokens: BTreeMap<TokenId, Token>,
    pub clock: LegalClock,
    /// Named moments; `submitted` is one.
    pub marks: BTreeMap<String, Timestamp>,
    pub offices: BTreeMap<String, String>,
    /// Who filed the case, for themselves or through a helper at the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<PersonId>,
    /// Who did which step, over all generations. Never cleared.
    pub did: BTreeSet<(String, PersonId)>,
    pub deciders: BTreeSet<PersonId>,
    /// Who does nothing in this case any more, or never did.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub recused: BTreeSet<PersonId>,
    /// Officers who have said that nothing ties them to anybody in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub declared: BTreeSet<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Box<Link>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Box<Parent>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Child>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appeals: Vec<Appeal>,
    /// Why the case stands still.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holds: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
    /// What happens by itself, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alarms: BTreeMap<String, Alarm>,
    pub results: BTreeMap<String, Result>,
    pub decision: Option<Decision>,
    /// When it was decided last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Timestamp>,
    /// In which step; for what a remedy came to, its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_in: Option<String>,
    /// Nothing can be done against it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
    pub demands: BTreeMap<TokenId, Demand>,
    /// A change of a register by this case stands.
    pub changed: bool,
}

impl Flow {
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// A hold stands: facts are taken in, nothing moves.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.holds.is_empty()
    }

    /// Whether somebody has come to an outcome of an open step that several officers do.
    #[must_use]
    pub fn has_voted(&self, step: &str, by: Doer) -> bool {
        let votes = self.tokens.values().filter(|t| t.step == step).map(|t| &t.votes);
        votes.into_iter().any(|votes| by.persons().any(|person| votes.contains_key(&person)))
    }

    /// The remedy that is not decided yet.
    #[must_use]
    pub fn pending(&self) -> Option<&Appeal> {
        self.appeals.iter().find(|appeal| appeal.end.is_none())
    }

    /// The role that a task asks for, which a remedy knows from the case that it is about.
    #[must_use]
    pub fn role_for<'a>(&'a self, role: &'a str) -> &'a str {
        self.link.as_deref().filter(|_| role == LINK_ROLE).map_or(role, |link| link.role.as_str())
    }

    /// What is paid of a fee and not given back.
    #[must_use]
    pub fn paid(&self, fee: &str) -> Decimal {
        self.demands.values().filter(|d| d.fee == fee && d.state == DemandState::Paid).map(Demand::left).sum()
    }

    /// When the case must be woken. A column beside the case: there are no timer rows to cancel.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.is_held() {
            return None;
        }
        let alarms = self.alarms.values().filter_map(|alarm| alarm.due);
        match self.status {
            Status::Draft => return None,
            Status::Closed { .. } => return alarms.min(),
            Status::Open => {}
        }
        let steps = self.tokens.values().filter(|t| t.ready.is_none());
        let steps = steps.flat_map(|t| [t.target.filter(|_| !t.overdue), t.expires, t.remind]).flatten();
        steps.chain(alarms).chain(self.clock.due).min()
    }
}

/// A document as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFact {
    /// Its name under `documents`.
    pub kind: String,
    /// Which one of the party it is about, counted from 0.
    #[serde(default)]
    pub of: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Date>,
}

/// What people stated and registers answered. Loaded beside the flow, erasable without it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Data {
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub form: Value,
    /// What is being filled in and was not handed in yet. No rule reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Value>,
    /// The stated parties, each with its `id`.
    #[serde(default)]
    pub parties: Map<String, Value>,
    #[serde(default)]
    pub documents: Vec<DocumentFact>,
    /// Documents that nobody is asked for, since a register holds what they say.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub held: BTreeSet<String>,
    /// Step → answers or taken fields of its last round.
    #[serde(default)]
    pub steps: BTreeMap<String, Value>,
    /// Step → answers of earlier rounds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub history: BTreeMap<String, Vec<Value>>,
    /// What was raised in it, by name: when, by whom, and what was stated with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Vec<Value>>,
    /// Token → reasons and grounds of what was decided there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grounds: BTreeMap<TokenId, Grounds>,
}

/// Why: codes of the definition and the officer's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    pub reasons: Vec<String>,
    pub words: String,
}

/// Flow and data together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    pub flow: Flow,
    pub data: Data,
}
