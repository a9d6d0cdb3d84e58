//! The entries of reads, which have no transaction of their own. An entry is on disk before [`Recorder::record`]
//! returns, yet readers share commits: while one flush is under way the next entries gather, and go together as soon
//! as it is done. There is no timer, so a lone reader waits for one commit and nothing else.

use tokio::sync::{mpsc, oneshot};

use super::{Sealed, append};
use crate::kernel::{Error, Result};
use crate::postgres::Database;

/// Entries in one statement.
const TOGETHER: usize = 64;
/// Entries that may wait; a reader beyond that is told to come back.
const WAITING: usize = 4_096;

struct Waiting {
    entry: Sealed,
    written: oneshot::Sender<bool>,
}

/// Writes entries durably. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
}

impl Recorder {
    /// A recorder and its work, which the caller spawns. The work ends when every clone of the recorder is gone and
    /// all that was handed in is written.
    pub fn start(db: Database) -> (Self, impl Future<Output = ()>) {
        let (queue, waiting) = mpsc::channel(WAITING);
        (Self { queue }, work(db, waiting))
    }

    /// Returns when the entry is on disk. Cancelled, the entry may still be written.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too many wait or the database does not take it: what the entry is about must not
    /// be shown then.
    pub async fn record(&self, entry: Sealed) -> Result<()> {
        let (written, answer) = oneshot::channel();
        let lost = |why: &str| Error::Unavailable(format!("the audit log {why}"));
        self.queue.try_send(Waiting { entry, written }).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => lost("has too many waiting"),
            mpsc::error::TrySendError::Closed(_) => lost("is closed"),
        })?;
        match answer.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(lost("cannot be written")),
        }
    }
}

async fn work(db: Database, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
        let (entries, answers): (Vec<_>, Vec<_>) = batch.drain(..).map(|w| (w.entry, w.written)).unzip();
        let written = flush(&db, &entries).await;
        metrics::counter!("guichet_audit_flushes_total").increment(1);
        if let Err(error) = &written {
            let count = entries.len();
            metrics::counter!("guichet_audit_unwritten_total").increment(count as u64);
            tracing::error!(error = error as &dyn std::error::Error, count, "audit entries could not be written");
        }
        for answer in answers {
            // A reader that has gone away does not mind.
            let _ = answer.send(written.is_ok());
        }
    }
}

async fn flush(db: &Database, entries: &[Sealed]) -> Result<()> {
    let mut single = db.single().await?;
    append(&mut single, entries).await
}
