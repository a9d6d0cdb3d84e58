//! What stands beside `service.yaml`: dated values, registers, and the authorities of the country.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::OneOrMany;

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

/// `moves/<version>.yaml`: how cases of that version go on under this one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moves {
    /// Step of that version → step of this one; the others keep their names.
    #[serde(default)]
    pub steps: BTreeMap<String, String>,
}

/// `pools.yaml`: what there is a limited number of.
pub type Pools = IndexMap<String, Pool>;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Appointments of an office.
    pub slots: Option<Slots>,
    /// Places for each key.
    pub capacity: Option<u32>,
    /// A register whose record by that key takes a place as well.
    pub taken_in: Option<String>,
}

/// Appointments that an office has to give, on its working days.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slots {
    /// Times of day, such as "10:00".
    pub from: String,
    pub until: String,
    /// Minutes of one.
    pub minutes: u32,
    /// How many at the same time in one office; default one.
    pub capacity: Option<u32>,
    /// How far ahead they can be booked.
    pub open_ahead: String,
    /// Default in person only.
    pub modes: Option<Vec<Mode>>,
}

/// Where people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    InPerson,
    Online,
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
    /// Documents that say what a record says: whoever has a record is not asked for them.
    #[serde(default)]
    pub proves: Vec<String>,
    /// Fields, each alone or several together, of which no two records have the same.
    #[serde(default)]
    pub unique: Vec<OneOrMany>,
    /// Fields that anybody may read who knows the key.
    #[serde(default)]
    pub public: Vec<String>,
    /// The changes that it tells of, by which cases are opened and woken; none given: whatever is written into it.
    #[serde(default)]
    pub events: Vec<String>,
    /// JSON Schema of a record.
    pub schema: serde_json::Value,
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
    /// Whoever holds it sees how the work of the office stands, and of those below it.
    #[serde(default)]
    pub supervises: bool,
}
