//! What every use case works with.

use std::sync::Arc;

use super::disclosed::Counted;
use super::store::{self, Acts, Looks};
use super::timers::Failing;
use crate::access::Keys;
use crate::audit::{self, Entry, Recorder};
use crate::catalogue::Catalogue;
use crate::files::{Files, Scanner};
use crate::kernel::settings::Settings;
use crate::kernel::{Actor, CaseId, Clock, Error, Result, TaskId};
use crate::people::Identified;
use crate::postgres::{Database, Tx};
use crate::registers::Records;

/// How so many connections are parted between statements for one and those for many. Questions and acts gather in six
/// places, each with one statement under way.
#[must_use]
pub fn parted(size: usize) -> (usize, usize) {
    let together = (size * 2 / 3).clamp(1, 6);
    (size.saturating_sub(together).max(1), together)
}

/// Cheap to clone: everything in it is shared.
#[derive(Clone)]
pub struct Context {
    pub settings: Arc<Settings>,
    pub clock: Arc<Clock>,
    pub db: Database,
    /// The same for statements that take many questions at once.
    pub many: Database,
    pub catalogue: Catalogue,
    pub recorder: Recorder,
    pub(super) looks: Looks,
    pub(super) acts: Acts,
    pub(super) identified: Identified,
    pub(super) records: Records,
    pub files: Files,
    pub scanner: Option<Scanner>,
    pub keys: Keys,
    /// Cases that timers let rest.
    pub failing: Failing,
    pub(super) counted: Counted,
}

impl Context {
    /// What is shared by all threads; `many` is the same database for questions that gather ([`Database::for_many`]).
    /// Its work goes on with the current [`tokio::task::LocalSet`].
    #[must_use]
    pub fn new(
        settings: Settings,
        clock: Arc<Clock>,
        (db, many): (Database, Database),
        catalogue: Catalogue,
        files: Files,
        keys: Keys,
    ) -> Self {
        let scanner = settings.clamd.map(Scanner::new);
        let (recorder, looks) = (spawned(Recorder::start(many.clone())), spawned(Looks::start(many.clone())));
        let (identified, records) = (spawned(Identified::start(many.clone())), spawned(Records::start(many.clone())));
        let acts = spawned(Acts::start(many.clone()));
        let settings = Arc::new(settings);
        let failing = Failing::default();
        Self {
            settings,
            clock,
            db,
            many,
            catalogue,
            recorder,
            looks,
            acts,
            identified,
            records,
            files,
            scanner,
            keys,
            failing,
            counted: Counted::default(),
        }
    }

    /// The same for a thread that serves requests, with connections of its own: at most `size`. Its work goes on with
    /// that thread's [`tokio::task::LocalSet`].
    ///
    /// # Errors
    /// Those of [`Database::apart`].
    pub fn apart(&self, size: usize) -> Result<Self> {
        let (each, together) = parted(size);
        let (db, many) = (self.db.apart(each)?, self.db.for_many(together)?);
        Ok(Self {
            recorder: spawned(Recorder::start(many.clone())),
            looks: spawned(Looks::start(many.clone())),
            identified: spawned(Identified::start(many.clone())),
            records: spawned(Records::start(many.clone())),
            acts: spawned(Acts::start(many.clone())),
            db,
            many,
            ..self.clone()
        })
    }

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

/// Where questions gather; the asking goes on beside.
fn spawned<P>((place, work): (P, impl Future<Output = ()> + 'static)) -> P {
    tokio::task::spawn_local(work);
    place
}
