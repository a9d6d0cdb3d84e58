//! Acts: what is done at once.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

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
    /// Gives back what was paid of a fee, or a part of it.
    pub refund: Option<Refund>,
    pub when: Option<String>,
    /// A list; the act is done once for each `item`.
    pub each: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub register: String,
    pub key: Option<String>,
    /// A record that is not there yet; without a `key` that is the register's next number.
    #[serde(default)]
    pub new: bool,
    /// The name of this kind of change.
    pub change: String,
    pub set: IndexMap<String, String>,
    /// The version that was seen; changed since: `conflict`.
    pub expects: Option<String>,
    /// Takes back what the case changed before: then no change of its stands.
    #[serde(default)]
    pub undo: bool,
}

/// A fee, or a fee and how much of it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Refund {
    Fee(String),
    Part(PartOfFee),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartOfFee {
    pub fee: String,
    /// An expression; no more than what was paid goes back.
    pub amount: String,
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
    /// A party, a role, an authority or `public`.
    pub who: String,
    /// The text `notice-<text>`.
    pub text: String,
    /// Name → expression: what the text may name beside what every notice does, as it is when it is sent.
    #[serde(default)]
    pub with: IndexMap<String, String>,
}
