//! Steps and arrows.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Act;

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
    /// A table decides.
    pub decide: Option<Decide>,
    /// A moment, or something that becomes true.
    pub wait: Option<Wait>,
    /// Something is done at once.
    #[serde(rename = "do")]
    pub acts: Option<Vec<Act>>,
    /// A place is taken of which there are only so many.
    pub reserve: Option<Reserve>,
    /// Several things at once.
    pub together: Option<Branches>,
    /// Other cases, of another service.
    pub open: Option<Open>,
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
    /// So many different officers come to the same outcome; default 1.
    pub need: Option<u32>,
    /// Whoever takes it says first that nothing ties him to anybody in the case.
    #[serde(default)]
    pub declare: bool,
    /// What is stated in the step, `forms/<step>.schema.json`.
    pub form: Option<String>,
    /// A table whose output `outcome` is what the rules would have the officer do: followed, or overruled with grounds.
    pub advice: Option<String>,
    /// It is done at an appointment.
    pub meeting: Option<Meeting>,
}

/// An appointment: the task is done at it, and not before.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meeting {
    /// A name in `pools.yaml`.
    pub slots: String,
    /// Parties that are invited.
    #[serde(default)]
    pub with: Vec<String>,
    /// How long before it they are told at the latest.
    pub notice: Option<String>,
    /// Parties that may choose the slot, beside whoever has the task.
    #[serde(default)]
    pub booked_by: Vec<String>,
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
    /// How many of the party answer, each for himself: `any` (default), `all` or a number.
    #[serde(default = "any")]
    pub need: Needed,
}

fn any() -> Needed {
    Needed::Number(1)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Form,
    /// One member of the service's form, `form.address`; the rest stays as it was stated.
    Field(String),
    Documents,
    /// That whoever is asked agrees to the form as it stands.
    Signature,
    /// A letter to the office.
    Message,
}

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Ok(match word.as_str() {
            "form" => Self::Form,
            "documents" => Self::Documents,
            "signature" => Self::Signature,
            "message" => Self::Message,
            other => match other.strip_prefix("form.") {
                Some(field) => Self::Field(field.to_owned()),
                None => {
                    let known = "`form`, `form.` and a member of it, `documents`, `signature` or `message`";
                    return Err(serde::de::Error::custom(format!("`{other}` is not {known}")));
                }
            },
        })
    }
}

impl JsonSchema for Asked {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Asked".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "`form`, one member of it (`form.address`), `documents`, `signature` or `message`.",
            "pattern": "^(form|documents|signature|message|form\\.[a-z][a-z0-9_]*)$"
        })
    }
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

/// A place in a pool, by key: of two who claim the last one gets it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// A name in `pools.yaml`.
    pub pool: String,
    pub key: String,
    /// How long it is kept for a case that has not ended; default until its end.
    pub hold: Option<String>,
}

/// Cases of another service that are opened, each in the name of a party of this one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    pub service: String,
    /// Whose cases they are; default the applicant.
    #[serde(rename = "as")]
    pub party: Option<String>,
    /// A list: one case for each `item`. Without it, one.
    pub each: Option<String>,
    /// What is filled in there.
    #[serde(default)]
    pub with: OpenWith,
    /// Until when this case waits for their ends.
    #[serde(default)]
    pub wait: Awaited,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenWith {
    /// Member of the other service's form → expression.
    #[serde(default)]
    pub form: IndexMap<String, String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Awaited {
    /// All have ended.
    #[default]
    All,
    /// One has; the others are given up then.
    Any,
    /// It does not wait.
    None,
}

/// Steps that are opened at once, each the first of a branch that ends in `done`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branches {
    pub branches: Vec<String>,
    /// How many of them must end before it goes on; those that are left are given up then.
    #[serde(default)]
    pub need: Needed,
}

/// `all`, `any` or a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Needed {
    #[default]
    All,
    Number(u32),
}

/// How it is written.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is of interest")]
enum NeededWords {
    Word(NeededWord),
    Number(u32),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is of interest")]
enum NeededWord {
    All,
    Any,
}

impl JsonSchema for Needed {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Needed".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        NeededWords::json_schema(generator)
    }
}

/// One of the two.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// A moment: an expression that gives a day or an instant, and perhaps a duration after it, as in
    /// `form.opens + 3 working days`. A day is reached when it begins.
    pub until: Option<String>,
    /// Looked at whenever something happens in the case.
    pub when: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// A decision table in the XML of DMN, `decisions/<name>.dmn`.
    pub table: String,
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
    pub clock: Option<ArrowClock>,
    /// Out of a branch: the sister branches are given up.
    #[serde(default)]
    pub leave: bool,
    /// Names this moment: `case.<mark>`.
    pub mark: Option<String>,
    /// The section by which nothing can be done against the decision.
    #[serde(rename = "final")]
    pub last: Option<String>,
}

/// What an arrow does to the legal limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrowClock {
    /// It begins anew, and what was decided before decides no longer.
    Restart,
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
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

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
    /// A duration from entering the step; or else `at`.
    pub after: Option<String>,
    /// A moment, as in `wait`.
    pub at: Option<String>,
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
