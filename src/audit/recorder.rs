//! The entries of reads, which have no transaction of their own. An entry is on disk before [`Recorder::record`]
//! returns, yet readers share commits (see [`Together`]).

use super::{Sealed, append};
use crate::kernel::Result;
use crate::postgres::{Database, Together};

/// Writes entries durably. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    entries: Together<Sealed, ()>,
}

impl Recorder {
    /// A recorder and its work, which the caller spawns.
    pub fn start(db: Database) -> (Self, impl Future<Output = ()>) {
        let write = async move |entries: &[Sealed]| {
            let mut single = db.single().await?;
            append(&mut single, entries).await?;
            Ok(vec![(); entries.len()])
        };
        let (entries, work) = Together::start("the audit log", write);
        (Self { entries }, work)
    }

    /// Returns when the entry is on disk. Cancelled, the entry may still be written.
    ///
    /// # Errors
    /// [`crate::kernel::Error::Unavailable`] where too many wait or the database does not take it: what the entry is
    /// about must not be shown then.
    pub async fn record(&self, entry: Sealed) -> Result<()> {
        let written = self.entries.ask(entry).await;
        written.inspect_err(|_| metrics::counter!("guichet_audit_unwritten_total").increment(1))
    }
}
