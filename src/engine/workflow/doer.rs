//! Who did something.

use serde::{Deserialize, Serialize};

use crate::kernel::PersonId;

/// Who did something: the one acting and, where there is one, the one acted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doer {
    pub person: PersonId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behalf: Option<PersonId>,
}

impl Doer {
    pub fn persons(&self) -> impl Iterator<Item = PersonId> {
        std::iter::once(self.person).chain(self.behalf)
    }
}
