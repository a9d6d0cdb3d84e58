//! Who did or read what. An entry is sealed (numbered, dated, committed to) where the act is done and written with it,
//! in the same transaction; the entry of a read is durable before the answer leaves ([`Recorder`]). Promises that an
//! entry, once written, is never changed, and that erasing its payload leaves a commitment that tells nothing.
//!
//! What may be read by whom is the policy's business (`access/`); what an act consists of, its room's.

mod canonical;
mod entry;
mod recorder;
mod store;

pub use canonical::canonical;
pub use entry::{Entry, Sealed, commitment, seal};
pub use recorder::Recorder;
pub use store::{Columns, append};
