//! What can come in any step.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Act, ArrowClock, OneOrMany};

/// How the name of an event begins that a register raises, or the end of another case.
const OF_REGISTERS: &str = "registers.";
const OF_CASES: &str = "cases.";

/// Something that no step waits for: when it counts, who may raise it, and where the case goes then. Without `go` and
/// `also` it is kept only, for guards to read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnEvent {
    /// One of the engine's (`document`, `withdrawal`, `message`, `payment`, `registers.<register>.<change>`,
    /// `cases.<service>.<end>`), or a name of the service's own, which says by whom.
    pub event: String,
    /// Which record concerns the case, where the change of a register raises it; which other case, by its reference, where
    /// the end of one does.
    pub key: Option<String>,
    /// Steps in which it counts, or ends after which it reopens the case; default: any step, no end.
    #[serde(default, rename = "while")]
    pub within: OneOrMany,
    /// Parties and roles that may raise it.
    #[serde(default)]
    pub by: OneOrMany,
    /// What is stated with it, `forms/<name>.schema.json`.
    pub form: Option<String>,
    /// A moment at which it happens by itself, once: `steps.papers.entered + 10 days`.
    pub at: Option<String>,
    /// A duration: it happens by itself again and again, first when one has passed since it counts.
    pub every: Option<String>,
    /// On which day of the month (`15`; the last one of a shorter month) or of the week (`sunday`), where it happens `every` so
    /// many months, years or weeks.
    #[serde(default, deserialize_with = "super::reading::word")]
    #[schemars(with = "Option<DayOf>")]
    pub day: Option<String>,
    /// A moment after which `every` happens no more.
    pub until: Option<String>,
    /// Else this entry is passed over. `event` is what is stated with it. Where nobody raises it and no time brings it, it
    /// happens when this becomes true, once.
    pub when: Option<String>,
    /// Each time that `when` becomes true.
    #[serde(default)]
    pub again: bool,
    /// It is not taken in.
    #[serde(default)]
    pub refuse: bool,
    pub go: Option<String>,
    /// Steps that are opened beside.
    #[serde(default)]
    pub also: OneOrMany,
    #[serde(default, rename = "do")]
    pub acts: Vec<Act>,
    pub clock: Option<ArrowClock>,
    pub mark: Option<String>,
}

/// How a day is written.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is of interest")]
enum DayOf {
    Number(u8),
    Word(String),
}

impl OnEvent {
    /// Whether the engine raises it, rather than somebody by its name.
    pub fn is_the_engines(&self) -> bool {
        use crate::engine::definition::{DOCUMENT, MESSAGE, PAYMENT, WITHDRAWAL};
        [DOCUMENT, MESSAGE, PAYMENT, WITHDRAWAL].contains(&self.event.as_str()) || self.heard().is_some()
    }

    /// The register and the change that raises it.
    pub fn of_register(&self) -> Option<(&str, &str)> {
        self.event.strip_prefix(OF_REGISTERS)?.split_once('.')
    }

    /// The service and the end of its case that raises it.
    pub fn of_case(&self) -> Option<(&str, &str)> {
        self.event.strip_prefix(OF_CASES)?.split_once('.')
    }

    /// What it is heard of and the change there: a register, or `cases.<service>`, of which the change is an end.
    pub fn heard(&self) -> Option<(&str, &str)> {
        let case = || self.of_case().is_some().then(|| self.event.rsplit_once('.')).flatten();
        self.of_register().or_else(case)
    }

    /// Whether it happens by itself: at a moment, every so often, or when something becomes true.
    pub fn happens(&self) -> bool {
        let becomes = self.when.is_some() && self.by.is_empty() && !self.is_the_engines();
        self.at.is_some() || self.every.is_some() || becomes
    }
}
