//! The words a service definition is written in, exactly as they stand in `service.yaml`. Parsing happens here and
//! nowhere else; meaning is given in [`super::compile`]. The JSON Schema for editors is generated from these types.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A service definition, `service.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Version of this language.
    pub guichet: u32,
    /// Name of the folder.
    pub id: String,
    /// Quoted text such as "2026.1". A published version never changes.
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
    /// Code of a reason → its legal ground.
    #[serde(default)]
    pub reasons: IndexMap<String, String>,
    #[serde(default)]
    pub remedies: IndexMap<String, Remedy>,
    pub notices: Option<Notices>,
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
    /// Else the case is refused.
    pub when: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Starter {
    Person,
    Organisation,
    Representative,
    Officer,
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
    /// What is aimed at; shown only.
    pub target: Option<String>,
    /// The role that is told when the limit has passed.
    pub escalate: Option<String>,
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

/// At most one verb; none makes a junction.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// An officer does something.
    pub task: Option<Task>,
    /// A party is asked for something.
    pub ask: Option<Ask>,
    /// Money is asked for.
    pub charge: Option<Charge>,
    /// A register is asked.
    pub lookup: Option<Lookup>,
    /// Something is done at once.
    #[serde(rename = "do")]
    pub acts: Option<Vec<Act>>,
    /// Short for the only outcome.
    pub next: Option<Arrows>,
    pub outcomes: Option<IndexMap<String, Arrows>>,
    /// The officer's target; passing it is shown and escalated, nothing moves.
    pub within: Option<String>,
    pub expires: Option<Expiry>,
    /// Whether the legal limit runs on while only such steps are open.
    #[serde(default)]
    pub clock: ClockRule,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockRule {
    #[default]
    Runs,
    Stands,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    pub role: String,
    /// A name under `offices`; default `competent`.
    pub office: Option<String>,
    /// Steps (or `start`) whose doers may not do this one.
    #[serde(default)]
    pub not_by: Vec<String>,
    /// What is stated in the step, `forms/<step>.schema.json`.
    pub form: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The party that is asked.
    pub of: String,
    #[serde(rename = "for")]
    pub what: Vec<Asked>,
    /// A form of the step's own, where it is not the service's form that is asked for.
    pub form: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    Form,
    Documents,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    pub fee: String,
    /// The party that pays; default the applicant.
    pub of: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    pub register: String,
    pub key: String,
    /// Fields that the case may know.
    #[serde(default)]
    pub take: Vec<String>,
    /// Questions over `record` of which only the answers, yes or no, are kept.
    #[serde(default)]
    pub test: IndexMap<String, String>,
    /// Why the register is asked; shown to the person concerned.
    pub purpose: String,
}

#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Arrows {
    To(String),
    One(Box<Arrow>),
    List(Vec<Arrows>),
}

/// Where the case goes, and what happens on the way.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrow {
    /// Taken if this holds.
    pub when: Option<String>,
    pub go: Option<String>,
    /// Steps that are opened beside.
    #[serde(default)]
    pub also: OneOrMany,
    #[serde(default, rename = "do")]
    pub acts: Vec<Act>,
    pub decision: Option<Decision>,
    /// Codes from which the decider chooses, with grounds in words.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Names this moment: `case.<mark>`.
    pub mark: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Favourable,
    Adverse,
}

#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(untagged)]
pub enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn iter(&self) -> impl Iterator<Item = &String> {
        match self {
            Self::None => [].iter(),
            Self::One(one) => std::slice::from_ref(one).iter(),
            Self::Many(many) => many.iter(),
        }
    }
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    pub after: String,
    /// Takes this outcome of the step: silence.
    #[serde(rename = "as")]
    pub outcome: Option<String>,
    pub go: Option<String>,
    #[serde(default, rename = "do")]
    pub acts: Vec<Act>,
    pub decision: Option<Decision>,
    #[serde(default)]
    pub reasons: Vec<String>,
    pub mark: Option<String>,
}

/// One act: exactly one of the verbs, with a guard or a repetition.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Writes a new version of a record of a register.
    pub record: Option<Record>,
    /// Issues a certificate.
    pub issue: Option<String>,
    /// Revokes what the case issued from a template.
    pub revoke: Option<Revoke>,
    /// Sends a message.
    pub tell: Option<Tell>,
    /// Gives back what was paid of a fee.
    pub refund: Option<String>,
    pub when: Option<String>,
    /// A list; the act is done once for each `item`.
    pub each: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub register: String,
    pub key: Option<String>,
    /// True: the register's next number is the key.
    #[serde(default)]
    pub new: bool,
    /// The name of this kind of change.
    pub change: String,
    pub set: IndexMap<String, String>,
    /// The version that was seen; changed since: `conflict`.
    pub expects: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    pub template: String,
    pub reason: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tell {
    /// A party or a role.
    pub who: String,
    /// The text `notice-<text>`.
    pub text: String,
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

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullEnd {
    pub result: EndResult,
    pub retention: Option<Retention>,
}

/// What the person may do against a decision; stated in the decision with its last day.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Steps whose decisions it is against.
    pub against: Vec<String>,
    /// Parties; default the applicant.
    pub by: Option<Vec<String>>,
    /// From the notice of the decision.
    pub within: Option<String>,
    pub levels: Vec<Level>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub role: String,
    pub within: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    pub about: Vec<About>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Submitted,
    Step,
    Decided,
    Issued,
    Message,
    Closed,
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

/// `params.yaml`: dated values.
pub type Params = IndexMap<String, Param>;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Which day governs.
    #[serde(default)]
    pub as_of: AsOf,
    pub unit: Option<String>,
    pub values: Vec<Dated>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AsOf {
    #[default]
    Submitted,
    Today,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dated {
    #[schemars(with = "String")]
    pub from: Date,
    pub value: serde_json::Value,
    /// The act or circular that sets it.
    pub basis: String,
}

/// `registers/<name>.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The authority that answers for it.
    pub owner: String,
    /// What the key of a record is called.
    pub key: String,
    /// How new keys are made, such as `K-{year}-{000001}`.
    pub number: Option<String>,
    /// JSON Schema of a record.
    pub schema: serde_json::Value,
}

// What may be written in more than one way is read by hand, so that an error keeps its line and names the key.

macro_rules! text_or_map {
    ($name:ident, $text:ident, $map:ident, $inner:ty, $what:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct V;
                impl<'de> Visitor<'de> for V {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok($name::$text(text.to_owned()))
                    }
                    fn visit_i64<E: de::Error>(self, n: i64) -> Result<$name, E> {
                        Ok($name::$text(n.to_string()))
                    }
                    fn visit_u64<E: de::Error>(self, n: u64) -> Result<$name, E> {
                        Ok($name::$text(n.to_string()))
                    }
                    fn visit_f64<E: de::Error>(self, n: f64) -> Result<$name, E> {
                        Ok($name::$text(n.to_string()))
                    }
                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        <$inner>::deserialize(de::value::MapAccessDeserializer::new(map)).map($name::$map)
                    }
                }
                from.deserialize_any(V)
            }
        }
    };
}

text_or_map!(Office, Id, Rule, OfficeRule, "the id of an office, or a map with `register`, `key` and `take`, or `choose`");
text_or_map!(FeeItem, Amount, Guarded, GuardedItem, "an amount, or a map with `amount` and `when`");

impl<'de> Deserialize<'de> for End {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = End;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`favourable`, `adverse` or `neutral`, or a map with `result` and `retention`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<End, E> {
                EndResult::deserialize(de::value::StrDeserializer::new(text)).map(End::Result)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<End, A::Error> {
                FullEnd::deserialize(de::value::MapAccessDeserializer::new(map)).map(End::Full)
            }
        }
        from.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Arrows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Arrows;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a step or end, an arrow with `go`, or a list of arrows")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Arrows, E> {
                Ok(Arrows::To(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Arrows, A::Error> {
                Arrow::deserialize(de::value::MapAccessDeserializer::new(map)).map(|a| Arrows::One(Box::new(a)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Arrows, A::Error> {
                let mut list = Vec::new();
                while let Some(arrow) = seq.next_element::<Arrows>()? {
                    if matches!(arrow, Arrows::List(_)) {
                        return Err(de::Error::custom("a list of arrows holds arrows, not lists"));
                    }
                    list.push(arrow);
                }
                Ok(Arrows::List(list))
            }
        }
        from.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an id, or a list of ids")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(OneOrMany::Many)
            }
        }
        from.deserialize_any(V)
    }
}

/// `_agencies/agencies.yaml`: who there is.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agencies {
    pub authorities: IndexMap<String, Authority>,
    pub offices: IndexMap<String, AgencyOffice>,
    pub roles: IndexMap<String, Role>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    pub name: BTreeMap<String, String>,
    /// IANA name.
    pub time_zone: String,
    /// A file of `_calendar`.
    pub calendar: String,
    pub main_office: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyOffice {
    pub authority: String,
    pub name: BTreeMap<String, String>,
    pub area: Option<String>,
    pub parent: Option<String>,
    #[serde(default)]
    pub roles: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: BTreeMap<String, String>,
}
