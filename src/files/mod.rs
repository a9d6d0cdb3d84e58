//! Contents of documents, by their hash: received, checked by what they are rather than by what they are called, kept
//! durably, scanned, and swept where no document names them. Promises that a content is on disk before its hash is
//! told, that it is kept once however often it is handed in, and that none is ever whole in memory. Whose document it
//! is, and who may read it, is known to the case.

mod content;
mod copy;
mod digest;
mod file_name;
mod inspection;
mod scan;
mod store;
mod sweep;
mod vault;

pub use content::Kind;
pub use digest::digest;
pub use file_name::file_name;
pub use inspection::{Limits, Stored};
pub use scan::{Scanner, Verdict};
pub use store::{SPARING, contents, named_by, pin};
pub use sweep::{Swept, sweep};
pub use vault::{Chunk, Files, Place, S3};
