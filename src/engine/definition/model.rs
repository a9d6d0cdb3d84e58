//! A definition that was compiled: every name resolved, every expression parsed and typed. A value of these types can
//! be run.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::children::Opening;
use super::disclosure::Disclosure;
use super::expiry::{Expiry, Silence};
use super::language::{
    About, AsOf, Channel, Decision, EndResult, Hold, Kind, LegalBasis, Needed, PartyKind, PartyMay, Retention,
};
use super::meetings::Meeting;
use super::moves::Moves;
use super::pools::Reserve;
use super::reactions::Reaction;
use super::remedies::{Extend, Remedy};
use super::sources::Register;
use super::start::Start;
use crate::engine::calendar::{Duration, OfficeTime};
use crate::engine::certificate::Template;
use crate::engine::dmn::Table;
use crate::engine::feel::Expression;
use crate::engine::forms::Form;
use crate::engine::texts::Texts;

/// A published version of a service.
#[derive(Debug)]
pub struct Definition {
    pub id: String,
    pub version: String,
    pub applies_from: Option<Date>,
    pub kind: Kind,
    pub authority: String,
    pub languages: Vec<String>,
    pub currency: String,
    /// Prefix of references.
    pub prefix: String,
    pub life_events: Vec<String>,
    pub legal_basis: LegalBasis,
    pub start: Start,
    pub time_limit: Option<TimeLimit>,
    pub offices: IndexMap<String, OfficeRule>,
    pub parties: IndexMap<String, Party>,
    pub documents: IndexMap<String, Document>,
    pub fees: IndexMap<String, Vec<FeeItem>>,
    pub steps: IndexMap<String, Step>,
    pub ends: IndexMap<String, End>,
    /// In the order in which they are looked at.
    pub reactions: Vec<Reaction>,
    pub reasons: IndexMap<String, String>,
    pub remedies: IndexMap<String, Remedy>,
    pub holds: IndexMap<String, Hold>,
    pub notices: BTreeSet<About>,
    /// Ways to a person that the service uses beside the message box.
    pub channels: BTreeSet<Channel>,
    /// Days before the last one of what is asked or charged on which a party is reminded.
    pub remind: u32,
    /// What the public may know of its cases.
    pub disclosure: Option<Disclosure>,
    pub retention: Retention,
    pub params: IndexMap<String, Param>,
    pub registers: BTreeMap<String, Register>,
    pub form: Option<Form>,
    pub texts: Texts,
    pub templates: BTreeMap<String, Template>,
    /// By the name of the file.
    pub tables: BTreeMap<String, Table>,
    /// How cases of older versions go on under this one, by the version.
    pub moves: BTreeMap<String, Moves>,
    /// The authority's main office: competent where no rule says otherwise.
    pub main_office: String,
    pub time: OfficeTime,
}

/// A length of time: fixed, or an expression that gives one.
#[derive(Debug)]
pub enum Span {
    Fixed(Duration),
    Computed(Expression),
}

/// A point in time: what an expression gives, or the end of a period after it.
#[derive(Debug)]
pub struct Moment {
    pub from: Expression,
    pub after: Option<Duration>,
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.from.source().trim())?;
        self.after.map_or(Ok(()), |after| write!(f, " + {after}"))
    }
}

#[derive(Debug)]
pub struct TimeLimit {
    pub within: Span,
    /// The mark with which it begins.
    pub starts: String,
    pub target: Option<Span>,
    pub escalate: Option<String>,
    pub extend: Option<Extend>,
    /// What silence means when it has passed.
    pub then: Option<Arrow>,
}

#[derive(Debug)]
pub enum OfficeRule {
    Fixed(String),
    Choose(Expression),
    /// The office stands in a field of a register's record. `pointer` is where the form holds the key, for faults.
    Register {
        register: String,
        key: Expression,
        take: String,
        pointer: String,
    },
}

#[derive(Debug)]
pub struct Party {
    pub kind: PartyKind,
    /// Members of the form that lead to the statement of who it is.
    pub from: Option<Vec<String>>,
    /// The look-up that says who it is, and the field in which it does.
    pub learned: Option<(String, String)>,
    /// It is whoever stands on the other sides of the case that this one is a remedy in.
    pub is_other_side: bool,
    pub many: bool,
    pub sees: Vec<String>,
    pub may: Vec<PartyMay>,
}

#[derive(Debug)]
pub struct Document {
    pub required: bool,
    pub when: Option<Expression>,
    pub per: Option<String>,
    pub or: Option<String>,
    pub many: bool,
    pub types: Vec<String>,
    /// Bytes.
    pub max: u64,
    pub not_older_than: Option<Span>,
    /// A register that holds what it says, and the key of the record.
    pub held_by: Option<(String, Expression)>,
}

#[derive(Debug)]
pub struct FeeItem {
    pub name: String,
    pub amount: Expression,
    pub when: Option<Expression>,
}

#[derive(Debug)]
pub struct Step {
    pub verb: Verb,
    pub outcomes: IndexMap<String, Vec<Arrow>>,
    pub within: Option<Span>,
    pub expires: Option<Expiry>,
    pub stands: bool,
}

#[derive(Debug)]
pub enum Verb {
    Task {
        role: String,
        office: String,
        not_by: Vec<String>,
        /// How many different officers come to the same outcome.
        need: u32,
        /// Whoever takes it says first that nothing ties him to anybody in the case.
        declare: bool,
        form: Option<Form>,
        /// The name of a table's file.
        advice: Option<String>,
        meeting: Option<Box<Meeting>>,
    },
    Ask {
        of: String,
        form: bool,
        /// Members of the form that alone are asked for; empty: all of it.
        fields: Vec<String>,
        documents: bool,
        /// That whoever is asked agrees to the form as it stands.
        signature: bool,
        /// A letter to the office: whatever the party writes answers it.
        message: bool,
        own: Option<Form>,
        /// How many of the party answer, each for himself.
        need: Needed,
    },
    Charge {
        fee: String,
        of: String,
    },
    Lookup {
        register: String,
        key: Expression,
        take: Vec<String>,
        test: IndexMap<String, Expression>,
        purpose: String,
    },
    /// The name of the table's file.
    Decide {
        table: String,
    },
    /// One of the two.
    Wait {
        until: Option<Moment>,
        when: Option<Expression>,
    },
    Do(Vec<Act>),
    Reserve(Reserve),
    Open(Box<Opening>),
    /// The first step of each branch.
    Together {
        branches: Vec<String>,
        need: Needed,
    },
    Junction,
}

#[derive(Debug)]
pub enum Target {
    Step(String),
    End(String),
    /// Ends a step that was opened beside others.
    Done,
}

#[derive(Debug)]
pub struct Arrow {
    pub when: Option<Expression>,
    pub to: Target,
    pub also: Vec<String>,
    pub acts: Vec<Act>,
    pub decision: Option<Decision>,
    pub reasons: Vec<String>,
    /// The legal limit begins anew: a new generation of the case.
    pub afresh: bool,
    pub mark: Option<String>,
    /// Out of a branch: its sisters are given up.
    pub leave: bool,
    /// Nothing can be done against the decision, by this section.
    pub last: Option<String>,
}

#[derive(Debug)]
pub struct Act {
    pub verb: ActVerb,
    pub when: Option<Expression>,
    pub each: Option<Expression>,
}

#[derive(Debug)]
pub enum ActVerb {
    Record(Box<Record>),
    Issue {
        template: String,
    },
    Revoke {
        template: String,
        reason: String,
    },
    Tell {
        who: String,
        text: String,
        with: IndexMap<String, Expression>,
    },
    /// All that was paid where there is no amount.
    Refund {
        fee: String,
        amount: Option<Expression>,
    },
}

#[derive(Debug)]
pub struct Record {
    pub register: String,
    /// `None`: the register's next number.
    pub key: Option<Expression>,
    pub change: String,
    pub set: IndexMap<String, Expression>,
    pub expects: Option<Expression>,
    /// Takes back what the case changed before.
    pub undo: bool,
}

#[derive(Debug)]
pub struct End {
    pub result: EndResult,
    pub retention: Option<Retention>,
    /// What the case that opened this one is told at it.
    pub gives: IndexMap<String, Expression>,
}

#[derive(Debug)]
pub struct Param {
    pub as_of: AsOf,
    pub unit: Option<String>,
    /// By day, ascending.
    pub values: Vec<(Date, serde_json::Value, String)>,
}

impl Param {
    /// The value on a day; none before the first row.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&serde_json::Value> {
        let after = self.values.partition_point(|(from, ..)| *from <= day);
        after.checked_sub(1).and_then(|at| self.values.get(at)).map(|(_, value, _)| value)
    }
}

impl Definition {
    /// Whether an arrow sets this mark. `submitted` is set on opening unless one does.
    #[must_use]
    pub fn marks(&self, name: &str) -> bool {
        self.arrows().any(|a| a.mark.as_deref() == Some(name))
    }

    /// Every arrow there is.
    pub fn arrows(&self) -> impl Iterator<Item = &Arrow> {
        let raised = self.reactions.iter().filter_map(|r| r.arrow.as_ref());
        self.steps.values().flat_map(Step::arrows).chain(raised).chain(self.from_outside())
    }

    /// Arrows that lead on from any step, or after a decision from any end: what a remedy comes to, and silence.
    pub fn from_outside(&self) -> impl Iterator<Item = &Arrow> {
        let silence = self.time_limit.iter().filter_map(|limit| limit.then.as_ref());
        self.remedies.values().flat_map(|remedy| remedy.then.values().flatten()).chain(silence)
    }

    /// Whether the event reopens a case that ended like this.
    #[must_use]
    pub fn reopens(&self, event: &str, end: &str) -> bool {
        self.reactions.iter().any(|r| r.event == event && r.ends.iter().any(|e| e == end))
    }

    /// Digits after the point in the service's currency.
    #[must_use]
    pub fn round(&self, amount: Decimal) -> Decimal {
        let digits = crate::kernel::money::Currency::parse(&self.currency).map_or(2, |c| c.minor_units());
        let mut amount = amount.round_dp_with_strategy(digits, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        amount.rescale(digits);
        amount
    }
}

impl Step {
    /// Every arrow that leads out of the step, its expiry's included.
    pub fn arrows(&self) -> impl Iterator<Item = &Arrow> {
        let silence = self.expires.as_ref().and_then(|e| match &e.takes {
            Silence::Arrow(arrow) => Some(arrow.as_ref()),
            Silence::Outcome(_) => None,
        });
        self.outcomes.values().flatten().chain(silence)
    }

    /// Whether each of a party answers it for himself: what they say is kept side by side.
    #[must_use]
    pub fn is_joint(&self) -> bool {
        matches!(&self.verb, Verb::Ask { signature, need, .. } if *signature || *need != Needed::Number(1))
    }

    /// Whether it moves on by itself.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        match &self.verb {
            Verb::Junction | Verb::Decide { .. } => true,
            Verb::Do(acts) => !acts.iter().any(|a| matches!(a.verb, ActVerb::Record(_))),
            _ => false,
        }
    }
}
