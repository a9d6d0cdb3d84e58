//! The floor everything stands on: ids, actors, clocks, money, errors. Knows no room above it and does no work of its own.

pub mod actor;
pub mod clock;
pub mod error;
pub mod ids;
pub mod money;
pub mod outbound;
pub mod random;
pub mod reference;
pub mod roots;
pub mod settings;
pub mod signature;

pub use actor::{Actor, Assurance, Channel, Helper, Post};
pub use clock::Clock;
pub use error::{Error, Fault, Replay, Result};
pub use ids::{
    CaseId, CertificateId, DemandId, DocumentId, EntryId, MessageId, OrganisationId, PaymentId, PersonId, TaskId,
};
