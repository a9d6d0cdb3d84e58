//! Running cases under another version of their service: which fit, which do not and why, and taking over those that do.

use super::context::Context;
use super::perform::{Request, attempt};
use super::prepare::Order;
use super::store::{self, Committed, Loaded, Sought};
use crate::access::{Action, Purpose, permit};
use crate::engine::definition::{Definition, Verb};
use crate::engine::workflow::misfits;
use crate::kernel::{Actor, CaseId, Error, Result};

/// Cases that are looked at together.
const TOGETHER: i64 = 200;
/// How often a case is tried again that somebody else changes at the moment.
const TRIES: usize = 5;

/// What became of the running cases of a service.
#[derive(Debug, Default)]
pub struct Report {
    /// References of the cases that fit; they were taken over, where that was asked for.
    pub fit: Vec<String>,
    /// Those that do not, and why.
    pub stay: Vec<(String, Vec<String>)>,
}

/// Looks at every running case of other versions, and takes over those that fit unless it is to be a rehearsal. Each is a
/// transaction of its own, with an event and an entry in the log.
///
/// # Errors
/// [`Error::NotFound`] where there is no such version; those of the database.
pub async fn migrate_cases(ctx: &Context, service: &str, version: &str, rehearse: bool) -> Result<Report> {
    let new = ctx.catalogue.version(service, version).cloned().ok_or(Error::NotFound)?;
    let (mut report, mut after) = (Report::default(), None);
    loop {
        let mut tx = ctx.db.single().await?;
        let found = store::running(&mut tx, service, version, after, TOGETHER).await?;
        drop(tx);
        let Some(last) = found.last().copied() else { return Ok(report) };
        for case in found {
            one(ctx, &new, case, rehearse, &mut report).await?;
        }
        after = Some(last);
    }
}

async fn one(ctx: &Context, new: &Definition, case: CaseId, rehearse: bool, report: &mut Report) -> Result<()> {
    for _ in 0..TRIES {
        let Some(loaded) = look(ctx, case).await? else { return Ok(()) };
        let reference = loaded.row.reference.clone();
        let reasons = match ctx.catalogue.version(&loaded.row.service, &loaded.row.version) {
            Some(old) => misfits(old, new, &loaded.case, ctx.clock.now()),
            None => vec![format!("its version {} is not understood any more", loaded.row.version)],
        };
        if !reasons.is_empty() {
            report.stay.push((reference, reasons));
            return Ok(());
        }
        if rehearse || take_over(ctx, new, case).await? {
            report.fit.push(reference);
            return Ok(());
        }
    }
    report.stay.push((case.to_string(), vec!["it is being changed at the moment".to_owned()]));
    Ok(())
}

async fn look(ctx: &Context, case: CaseId) -> Result<Option<Loaded>> {
    let system = Actor::system("migrate-cases");
    let Some(sight) = ctx.looks.look(&system, Sought::Case(case)).await? else { return Ok(None) };
    let permit = permit(&system, Action::Complete, &sight.facts, Purpose::OwnCase)?;
    sight.open(&permit).map(Some)
}

/// Whether it was taken over: not where somebody else changed it meanwhile.
async fn take_over(ctx: &Context, new: &Definition, case: CaseId) -> Result<bool> {
    let order = Order::Migrate { version: &new.version };
    let (sought, action, name) = (Sought::Case(case), Action::Complete, "case.migrate");
    let request = Request { sought, action, name, order, key: None, expects: None };
    let mut tx = ctx.db.begin().await?;
    let done = match attempt(ctx, &mut tx, &Actor::system("migrate-cases"), &request).await {
        Ok((Committed::Written, done)) => done,
        Ok(_) => {
            tx.rollback().await;
            return Ok(false);
        }
        Err(Error::Conflict(_)) => {
            tx.rollback().await;
            return Ok(false);
        }
        Err(error) => {
            tx.rollback().await;
            return Err(error);
        }
    };
    // Queues read step and role from the tasks.
    for (token, found) in done.after.iter().flat_map(|after| &after.loaded.case.flow.tokens) {
        let role = match new.steps.get(&found.step).map(|s| &s.verb) {
            Some(Verb::Task { role, .. }) => Some(role.clone()),
            _ => None,
        };
        store::retarget(&mut tx, case, *token, &found.step, role, &new.version).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// The report as lines for an operator.
#[must_use]
pub fn lines(report: &Report, rehearse: bool) -> Vec<String> {
    let word = if rehearse { "fits" } else { "moved" };
    let mut lines: Vec<String> = report.fit.iter().map(|reference| format!("{reference}: {word}")).collect();
    lines.extend(report.stay.iter().map(|(reference, why)| format!("{reference}: stays, {}", why.join("; "))));
    lines.push(format!("{} {word}, {} stay", report.fit.len(), report.stay.len()));
    lines
}
