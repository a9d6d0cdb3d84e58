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

/// How many of the running cases of a service fit, and were taken over where that was asked for, and how many do not.
#[derive(Debug, Default)]
struct Counts {
    fit: u64,
    stay: u64,
}

/// A report under way: each line is said as soon as it is known, however many there come to be.
struct Report<'a> {
    counts: Counts,
    word: &'static str,
    say: &'a mut dyn FnMut(String),
}

impl Report<'_> {
    fn fits(&mut self, reference: &str) {
        self.counts.fit += 1;
        (self.say)(format!("{reference}: {}", self.word));
    }

    fn stays(&mut self, reference: &str, why: &[String]) {
        self.counts.stay += 1;
        (self.say)(format!("{reference}: stays, {}", why.join("; ")));
    }
}

/// Looks at every running case of other versions, and takes over those that fit unless it is to be a rehearsal. Each is a
/// transaction of its own, with an event and an entry in the log. What becomes of each is said in a line for an operator.
///
/// # Errors
/// [`Error::NotFound`] where there is no such version; those of the database.
pub async fn migrate_cases(
    ctx: &Context,
    service: &str,
    version: &str,
    rehearse: bool,
    say: &mut dyn FnMut(String),
) -> Result<()> {
    let new = ctx.catalogue.version(service, version).cloned().ok_or(Error::NotFound)?;
    let word = if rehearse { "fits" } else { "moved" };
    let (mut report, mut after) = (Report { counts: Counts::default(), word, say }, None);
    loop {
        let mut tx = ctx.db.single().await?;
        let found = store::running(&mut tx, service, version, after, TOGETHER).await?;
        drop(tx);
        let Some(last) = found.last().copied() else {
            let Counts { fit, stay } = report.counts;
            (report.say)(format!("{fit} {word}, {stay} stay"));
            return Ok(());
        };
        for case in found {
            one(ctx, &new, case, rehearse, &mut report).await?;
        }
        after = Some(last);
    }
}

async fn one(ctx: &Context, new: &Definition, case: CaseId, rehearse: bool, report: &mut Report<'_>) -> Result<()> {
    for _ in 0..TRIES {
        let Some(loaded) = look(ctx, case).await? else { return Ok(()) };
        let reference = loaded.row.reference.clone();
        let reasons = match ctx.catalogue.version(&loaded.row.service, &loaded.row.version) {
            Some(old) => misfits(old, new, &loaded.case, ctx.clock.now()),
            None => vec![format!("its version {} is not understood any more", loaded.row.version)],
        };
        if !reasons.is_empty() {
            report.stays(&reference, &reasons);
            return Ok(());
        }
        if rehearse || take_over(ctx, new, case).await? {
            report.fits(&reference);
            return Ok(());
        }
    }
    report.stays(&case.to_string(), &["it is being changed at the moment".to_owned()]);
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
    let flow = done.after.as_ref().map(|after| &after.loaded.case.flow);
    for (flow, token, found) in flow.iter().flat_map(|flow| flow.tokens.iter().map(move |(id, t)| (flow, id, t))) {
        let role = match new.steps.get(&found.step).map(|s| &s.verb) {
            Some(Verb::Task { role, .. }) => Some(flow.role_for(role).to_owned()),
            _ => None,
        };
        store::retarget(&mut tx, case, *token, &found.step, role, &new.version).await?;
    }
    store::forget_around(&mut tx, case).await?;
    tx.commit().await?;
    Ok(true)
}
