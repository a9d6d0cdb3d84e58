//! What every use case works with.

use std::sync::Arc;

use super::store;
use super::timers::Failing;
use crate::access::Keys;
use crate::audit::{self, Entry, Recorder};
use crate::catalogue::Catalogue;
use crate::files::{Files, Scanner};
use crate::kernel::settings::Settings;
use crate::kernel::{Actor, CaseId, Clock, Error, Result, TaskId};
use crate::postgres::{Database, Tx};

/// Cheap to clone: everything in it is shared.
#[derive(Clone)]
pub struct Context {
    pub settings: Arc<Settings>,
    pub clock: Arc<Clock>,
    pub db: Database,
    pub catalogue: Catalogue,
    pub recorder: Recorder,
    pub files: Files,
    pub scanner: Option<Scanner>,
    pub keys: Keys,
    /// Cases that timers let rest.
    pub failing: Failing,
}

impl Context {
    /// One transaction, see [`Database::transaction`].
    ///
    /// # Errors
    /// Those of the work, and of the database.
    pub async fn transaction<R>(&self, work: impl AsyncFnOnce(&mut Tx) -> Result<R>) -> Result<R> {
        self.db.transaction(work).await
    }

    /// Writes down that something was refused, and hands the error on. What the log cannot take must not be answered
    /// either, so a failure of the log comes first.
    ///
    /// # Errors
    /// The one given, or that of the log.
    pub async fn refuse<R>(
        &self,
        actor: &Actor,
        action: &'static str,
        case: Option<CaseId>,
        error: Error,
    ) -> Result<R> {
        self.refuse_on(actor, action, case, None, error).await
    }

    /// The same where a task was named: the entry has the task's case, also where the caller is not told of it.
    ///
    /// # Errors
    /// As [`Context::refuse`].
    pub async fn refuse_on<R>(
        &self,
        actor: &Actor,
        action: &'static str,
        case: Option<CaseId>,
        task: Option<TaskId>,
        error: Error,
    ) -> Result<R> {
        // Outages and defects are no acts of anybody; a replay is the same act once more.
        if !matches!(error, Error::Internal(_) | Error::Unavailable(_) | Error::Replayed(_)) {
            let mut entry = Entry { case, ..Entry::refused(action, &error) };
            if case.is_some() || task.is_some() {
                let mut tx = self.db.single().await?;
                if let (None, Some(task)) = (entry.case, task) {
                    entry.case = store::case_of_task(&mut tx, task).await?;
                }
                if let Some(case) = entry.case {
                    entry.subjects = store::people_of_case(&mut tx, case).await?;
                }
            }
            if let (Some(task), Some(details)) = (task, entry.details.as_object_mut()) {
                details.insert("task".into(), serde_json::json!(task));
            }
            self.recorder.record(audit::seal(actor, entry, self.clock.now())).await?;
        }
        Err(error)
    }
}
