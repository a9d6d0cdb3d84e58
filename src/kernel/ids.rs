//! Identifiers that cannot be mistaken for one another. All are UUIDs; what the product makes itself is version 7,
//! so that rows written together lie together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier, ordered by time.
            #[must_use]
            pub fn make() -> Self {
                Self(super::random::uuid())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

id! {
    CaseId,
    TaskId,
    PersonId,
    OrganisationId,
    DocumentId,
    /// A fee demanded of a party of a case.
    DemandId,
    PaymentId,
    CertificateId,
    MessageId,
    /// An entry of the audit log.
    EntryId,
}
