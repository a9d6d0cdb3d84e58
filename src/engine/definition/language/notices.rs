//! What people are told by themselves, and on which ways.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// Which standard notices are sent; default all.
    pub about: Option<Vec<About>>,
    /// Ways that the service uses beside the message box; default both.
    pub channels: Option<Vec<Channel>>,
    /// How long before the last day of what is asked or charged a party is reminded (`due_soon`); default `3 days`.
    pub before: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Submitted,
    Step,
    DueSoon,
    Decided,
    Issued,
    Revoked,
    Message,
    Extended,
    /// The office lets the case stand still, or go on.
    Held,
    Resumed,
    Closed,
}

/// A way to a person beside the message box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.word() == word)
    }
}

/// What the public may know of a service's cases.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// Paths to what anybody may read of each case, such as `case.reference` and `case.status`.
    #[serde(default)]
    pub public: Vec<String>,
    /// From when on they may be read, such as `case.decided`; default `case.submitted`.
    pub from: Option<String>,
    /// Paths to what all cases are counted by, such as `form.kind` and `case.office`. Few are not told apart.
    #[serde(default)]
    pub statistics_by: Vec<String>,
}
