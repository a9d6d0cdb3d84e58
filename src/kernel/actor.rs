//! Who acts: on every event and every audit entry.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ids::{OrganisationId, PersonId};

/// How somebody came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A signed-in person's own session.
    Online,
    /// Staff at a counter, filing for somebody.
    Counter,
    /// A system of a partner.
    Partner,
    /// The product itself: timers, retries.
    System,
}

/// How sure the issuer is of the person, after the levels of the eIDAS regulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    #[default]
    Low,
    Substantial,
    High,
}

impl Assurance {
    /// As tokens and definitions say it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }
}

/// A role that somebody holds in an office, between two days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub role: String,
    pub office: String,
    pub authority: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Somebody who files for another at the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    pub person: PersonId,
    /// The post under which it is done.
    pub post: Option<Post>,
}

/// Purposes that the product itself has a word for.
const PURPOSES: [&str; 6] = ["own_case", "own_work", "own_act", "open_case", "open_task", "duty"];

/// The one who acts, as the policy and the log see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The subject in the issuer's words; empty for the product itself.
    pub subject: String,
    pub person: Option<PersonId>,
    /// The organisation whose authority to sign the person uses.
    pub acting_for: Option<OrganisationId>,
    /// Posts held today. The one under which an act is done is written with the act.
    pub posts: Vec<Post>,
    pub channel: Channel,
    /// Who helped at the counter.
    pub helper: Option<Helper>,
    /// The client application, from the token.
    pub client: Option<String>,
    pub assurance: Assurance,
    /// What the caller gave as the reason of a read (`X-Purpose`).
    pub purpose: Option<String>,
    /// The request, for the log.
    pub request: String,
}

impl Actor {
    /// The product itself, acting by a timer or a callback.
    #[must_use]
    pub fn system(request: impl Into<String>) -> Self {
        Self {
            subject: String::new(),
            person: None,
            acting_for: None,
            posts: Vec::new(),
            channel: Channel::System,
            helper: None,
            client: None,
            assurance: Assurance::High,
            purpose: None,
            request: request.into(),
        }
    }

    /// Somebody without a token.
    #[must_use]
    pub fn anonymous(request: impl Into<String>) -> Self {
        Self { channel: Channel::Online, assurance: Assurance::Low, ..Self::system(request) }
    }

    #[must_use]
    pub fn is_system(&self) -> bool {
        self.channel == Channel::System
    }

    #[must_use]
    pub fn is_staff(&self) -> bool {
        !self.posts.is_empty()
    }

    #[must_use]
    pub fn holds(&self, role: &str, office: &str) -> bool {
        self.posts.iter().any(|p| p.role == role && p.office == office)
    }

    /// The post under which the actor acts: the one that is given, or the helper's.
    #[must_use]
    pub fn under<'a>(&'a self, post: Option<&'a Post>) -> Option<&'a Post> {
        post.or_else(|| self.helper.as_ref()?.post.as_ref())
    }

    /// The actor as it is kept with an event, for ever: ids and codes only. A purpose in the caller's own words stands in
    /// the log, where it can be erased.
    #[must_use]
    pub fn codes(&self, post: Option<&Post>) -> serde_json::Value {
        let purpose = self.purpose.clone().filter(|purpose| PURPOSES.contains(&purpose.as_str()));
        Self { purpose, ..self.clone() }.record(post)
    }

    /// The actor as it is kept in the payload of an entry in the log.
    #[must_use]
    pub fn record(&self, post: Option<&Post>) -> serde_json::Value {
        let post = self.under(post);
        serde_json::json!({
            "subject": self.subject, "person": self.person, "acting_for": self.acting_for,
            "role": post.map(|p| &p.role), "office": post.map(|p| &p.office), "channel": self.channel,
            "helper": self.helper.as_ref().map(|h| h.person), "client": self.client, "assurance": self.assurance, "purpose": self.purpose,
        })
    }
}
