//! What can come in any step.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Act, ArrowClock, OneOrMany};

/// Something that no step waits for: when it counts, who may raise it, and where the case goes then. Without `go` and
/// `also` it is kept only, for guards to read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnEvent {
    /// One of the engine's (`document`, `withdrawal`), or a name of the service's own, which says by whom.
    pub event: String,
    /// Steps in which it counts, or ends after which it reopens the case; default: any step, no end.
    #[serde(default, rename = "while")]
    pub within: OneOrMany,
    /// Parties and roles that may raise it.
    #[serde(default)]
    pub by: OneOrMany,
    /// What is stated with it, `forms/<name>.schema.json`.
    pub form: Option<String>,
    /// Else this entry is passed over. `event` is what is stated with it.
    pub when: Option<String>,
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

impl OnEvent {
    /// Whether the engine raises it, rather than somebody by its name.
    pub fn is_the_engines(&self) -> bool {
        use crate::engine::definition::{DOCUMENT, WITHDRAWAL};
        [DOCUMENT, WITHDRAWAL].contains(&self.event.as_str())
    }
}
