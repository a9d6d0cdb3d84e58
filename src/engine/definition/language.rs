//! The words a service definition is written in, exactly as they stand in `service.yaml`. Parsing happens here and
//! nowhere else; meaning is given in [`super::compile`]. The JSON Schema for editors is generated from these types.

mod acts;
mod beside;
mod events;
mod notices;
mod reading;
mod steps;

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Assurance;

pub use acts::{Act, PartOfFee, Record, Refund, Revoke, Tell};
pub use beside::{
    Agencies, AgencyOffice, AsOf, Authority, Dated, Mode, Moves, Param, Params, Pool, Pools, Register, Role, Slots,
};
pub use events::OnEvent;
pub use notices::{About, Channel, Disclosure, Notices};
pub use steps::{
    Arrow, ArrowClock, Arrows, Ask, Asked, Awaited, Branches, Charge, ClockRule, Decide, Decision, Expiry, Lookup,
    Meeting, Needed, OneOrMany, Open, Reserve, Step, Task, Wait,
};

/// A service definition, `service.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Version of this language.
    pub guichet: u32,
    /// Name of the folder.
    pub id: String,
    /// Quoted text such as "2026.1". The rules of a published version never change.
    pub version: String,
    /// First day on which cases are opened under this version; default: when it is published.
    #[schemars(with = "Option<String>")]
    pub applies_from: Option<Date>,
    pub kind: Kind,
    /// Id of an authority in `_agencies`.
    pub authority: String,
    /// The first is the fallback; texts are required in all.
    pub languages: Vec<String>,
    /// ISO 4217; required where fees are charged.
    pub currency: Option<String>,
    /// Prefix of references; default: the initials of the id.
    pub reference: Option<String>,
    /// Situations in life or business in which the service is looked for.
    #[serde(default)]
    pub life_events: Vec<String>,
    pub legal_basis: LegalBasis,
    pub start: Start,
    pub time_limit: Option<TimeLimit>,
    #[serde(default)]
    pub offices: IndexMap<String, Office>,
    #[serde(default)]
    pub parties: IndexMap<String, Party>,
    #[serde(default)]
    pub documents: IndexMap<String, Document>,
    #[serde(default)]
    pub fees: IndexMap<String, Fee>,
    pub steps: IndexMap<String, Step>,
    pub ends: IndexMap<String, End>,
    /// What can come in any step.
    #[serde(default)]
    pub events: Vec<OnEvent>,
    /// Code of a reason → its legal ground.
    #[serde(default)]
    pub reasons: IndexMap<String, String>,
    #[serde(default)]
    pub remedies: IndexMap<String, Remedy>,
    /// Why the office may let a case stand still.
    #[serde(default)]
    pub holds: IndexMap<String, Hold>,
    pub notices: Option<Notices>,
    pub disclosure: Option<Disclosure>,
    pub retention: Option<Retention>,
}

/// Who stands on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
pub enum Kind {
    G2C,
    G2B,
    G2G,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    pub act: String,
    pub sections: Vec<String>,
    /// The section that allows an adverse decision without an officer.
    pub automated: Option<String>,
    /// Protected attribute → the section that allows rules to weigh it.
    #[serde(default)]
    pub protected: IndexMap<String, String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    pub by: Vec<Starter>,
    /// The first step.
    pub first: String,
    /// What must be complete on opening; default both. `[]` where it follows in a step.
    pub needs: Option<Vec<Need>>,
    /// A role that may file for others and is named in the case.
    pub helper: Option<String>,
    /// How sure the sign-in must be of who it is, after the levels of the eIDAS regulation; default any.
    #[schemars(with = "Option<AssuranceWord>")]
    pub assurance: Option<Assurance>,
    /// Else the case is refused.
    pub when: Option<String>,
    /// Changes of registers that open a case by themselves.
    #[serde(default)]
    pub opened_by: Vec<OpenedBy>,
}

/// How a level is written.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is of interest")]
enum AssuranceWord {
    Low,
    Substantial,
    High,
}

/// A change of a register that opens a case; `record` is what is written in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenedBy {
    pub register: String,
    /// What kind of change it is.
    pub change: String,
    pub when: Option<String>,
    /// Whose case it is: an expression that gives a person as forms state one.
    pub starter: String,
    /// Member of the form → expression: what is filled in already.
    #[serde(default)]
    pub form: IndexMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Starter {
    Person,
    Organisation,
    Representative,
    Officer,
    /// Another case opens it: as a remedy against what was decided there.
    Case,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Form,
    Documents,
}

/// The legal limit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeLimit {
    /// A duration, or an expression such as `params.time_limit`.
    pub within: String,
    /// The mark with which it begins, such as `case.published`; default `case.submitted`.
    pub starts: Option<String>,
    /// What is aimed at; shown only.
    pub target: Option<String>,
    /// The role that is told when the limit or an officer's target has passed.
    pub escalate: Option<String>,
    pub extend: Option<Extend>,
    /// What silence of the office means when the limit has passed.
    pub then: Option<Box<Arrow>>,
}

/// The limit may be extended, for a reason in words.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// A duration, counted as the limit is.
    pub by: String,
    /// How often; default once.
    pub times: Option<u32>,
    /// Who may, in the competent office.
    pub role: String,
}

/// A name for an office: fixed by a register, by an expression, or one of `_agencies`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Office {
    Id(String),
    Rule(OfficeRule),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeRule {
    pub register: Option<String>,
    pub key: Option<String>,
    /// The field of the record that holds the office.
    pub take: Option<String>,
    /// An expression that gives the id of an office.
    pub choose: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Party {
    #[serde(default)]
    pub is: PartyKind,
    /// The member of the form that states who it is; default: who started.
    pub from: Option<String>,
    #[serde(default)]
    pub many: bool,
    /// What the party sees of the case; nothing where it is left out, save for the applicant.
    pub sees: Option<Vec<String>>,
    pub may: Option<Vec<PartyMay>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    #[default]
    Person,
    Organisation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartyMay {
    Message,
    Document,
    Withdraw,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub required: Option<bool>,
    /// Required if this holds.
    pub when: Option<String>,
    /// One for each of this party, such as `parties.applicant`.
    pub per: Option<String>,
    /// Either this document or that one will do.
    pub or: Option<String>,
    #[serde(default)]
    pub many: bool,
    /// Media types that are taken; default: PDF and the common image types.
    pub types: Option<Vec<String>>,
    /// Largest size of one file, such as `2 MiB`.
    pub max: Option<String>,
    pub not_older_than: Option<String>,
    /// A register that holds what it says: asked for only where that has no record by `key`.
    pub held_by: Option<String>,
    pub key: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    pub items: IndexMap<String, FeeItem>,
}

/// An amount, or an amount that is due only if something holds.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum FeeItem {
    Amount(String),
    Guarded(GuardedItem),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardedItem {
    pub amount: String,
    pub when: Option<String>,
}

#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum End {
    Result(EndResult),
    Full(FullEnd),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndResult {
    Favourable,
    Adverse,
    Neutral,
}

impl EndResult {
    /// As it is stored and shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Favourable => "favourable",
            Self::Adverse => "adverse",
            Self::Neutral => "neutral",
        }
    }
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullEnd {
    pub result: EndResult,
    pub retention: Option<Retention>,
    /// Name → expression: what the case that opened this one is told at this end, beside the end itself.
    #[serde(default)]
    pub gives: IndexMap<String, String>,
}

/// What the person may do against a decision; stated in the decision with its last day.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Steps whose decisions it is against.
    pub against: Vec<String>,
    /// Parties; default the applicant.
    pub by: Option<Vec<String>>,
    /// From the decision.
    pub within: Option<String>,
    /// The service whose case it is; without one it is lodged elsewhere.
    pub service: Option<String>,
    /// Instances, the first first; none where they are those of the case that this one is a remedy in.
    #[serde(default)]
    pub levels: Vec<Level>,
    /// This case stands still until it is decided.
    #[serde(default)]
    pub suspends: bool,
    /// End of that service → where this case goes.
    #[serde(default)]
    pub then: IndexMap<String, Arrows>,
    /// The next instance of the remedy that this case is.
    #[serde(default)]
    pub from_link: bool,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub role: String,
    /// A name under `offices`; default the first office from the competent one upwards that has the role.
    pub office: Option<String>,
    pub within: Option<String>,
}

/// A ground on which a case stands still until the office lifts it: facts are taken in, nothing moves, no time passes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Roles that may, in the competent office.
    pub by: Vec<String>,
    /// The legal ground.
    pub section: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub years: u16,
    #[serde(default)]
    pub then: After,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum After {
    #[default]
    Erase,
    Archive,
}
