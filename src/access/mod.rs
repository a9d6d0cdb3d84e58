//! Who is asking, and what they may do: token → claims → person, posts and mandate; keys; and the one policy. Promises
//! that nothing but [`policy`] builds a [`Permit`] or a [`Scope`]. Knows no case and writes nothing.

mod believed;
mod callers;
pub mod keys;
pub mod policy;
mod standing;
mod suspension;
pub mod token;

pub use callers::{Callers, Standing};
pub use keys::Keys;
pub use policy::{
    APPLICANT, Action, Asked, Desk, Facts, LEVEL_GUARDED, Permit, Purpose, Relation, Scope, TaskFacts, TaskKind,
    permit, scope, scope_of_office,
};
pub use standing::{Mandate, mandates_of, may_sign};
pub use suspension::{Suspended, Suspension, lift, suspend, suspensions};
pub use token::{Claims, Verifier};
