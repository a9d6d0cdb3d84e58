//! Registers as data: versioned records that cases read and write. Promises that a record changes only against the
//! version that was seen, that every version stays with the case and the actor that made it, and that the writes of
//! one act are all done or none. What a record means is known to nobody here: fields are the definition's.

mod store;

pub use store::{Change, Record, Records, as_written, load_initial, read, write_all, written_by};
