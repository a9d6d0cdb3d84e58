//! What happens without anybody: deadlines, money that arrived, drafts that end.

mod failing;

pub use failing::Failing;

use super::context::Context;
use super::perform::{Request, attempt, perform};
use super::prepare::Order;
use super::store::{self, Committed, Sought};
use crate::access::Action;
use crate::kernel::clock::machine_now;
use crate::kernel::{Actor, CaseId, Error, Result};
use crate::postgres::Tx;

/// Cases that are looked at together, and how many times in one round.
const TOGETHER: i64 = 100;
const TIMES: usize = 50;
/// Transactions for one case in a round: it comes again in the next.
const PORTIONS: usize = 16;

/// Applies what fell due. A late round has the same outcome as a prompt one, and two replicas the same as one: who comes
/// second finds nothing due. A round goes on where the last one stopped, so that cases that fail, however many, keep
/// nobody else waiting. Gives how many cases were woken.
///
/// # Errors
/// Those of the database. What goes wrong with one case is logged and does not keep the others.
pub async fn tick_due(ctx: &Context) -> Result<usize> {
    let now = ctx.clock.now();
    let (mut count, mut place) = (0, ctx.failing.place());
    for _ in 0..TIMES {
        let mut tx = ctx.db.single().await?;
        let due = store::due_cases(&mut tx, now, place, TOGETHER).await?;
        drop(tx);
        for (_, case) in &due {
            if ctx.failing.is_resting(*case, machine_now()) {
                continue;
            }
            if tick(ctx, *case).await? {
                count += 1;
            }
        }
        let is_last = i64::try_from(due.len()).unwrap_or(i64::MAX) < TOGETHER;
        place = due.last().copied().filter(|_| !is_last);
        if is_last {
            break;
        }
    }
    ctx.failing.go_on(place);
    Ok(count)
}

/// Whether a case was woken. An outage is no fault of the case.
async fn tick(ctx: &Context, case: CaseId) -> Result<bool> {
    let order = Order::Tick;
    let request = Request {
        sought: Sought::Case(case),
        action: Action::Complete,
        name: "case.tick",
        order,
        key: None,
        expects: None,
    };
    let actor = Actor::system("timer");
    // What one transaction does not hold is left for the next: many deadlines, or a long outage.
    for _ in 0..PORTIONS {
        match perform(ctx, &actor, &request).await {
            Ok(done) => {
                ctx.failing.well(case);
                let due = done.after.and_then(|after| after.loaded.case.flow.next_due());
                if due.is_none_or(|due| due > ctx.clock.now()) {
                    break;
                }
            }
            Err(error @ Error::Unavailable(_)) => return Err(error),
            // Somebody else is changing it; it is looked at again in a moment.
            Err(Error::Conflict(code)) if code == "simultaneous" => return Ok(false),
            Err(error) => {
                if ctx.failing.failed(case, machine_now()) {
                    tracing::error!(%case, error = &error as &dyn std::error::Error, "a deadline could not be applied");
                }
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Money for a demand has arrived: recorded in the caller's transaction, with what told of it.
///
/// # Errors
/// [`Error::Conflict`] where somebody else changed the case meanwhile: the transaction is to be tried again.
pub async fn payment_settled(ctx: &Context, tx: &mut Tx, case: CaseId, token: i32, request: &str) -> Result<()> {
    let token = u32::try_from(token).map_err(|_| Error::internal("a token is never negative"))?;
    let actor = Actor::system(request);
    let order = Order::Paid { token };
    let request = Request {
        sought: Sought::Case(case),
        action: Action::Pay,
        name: "payment.settle",
        order,
        key: None,
        expects: None,
    };
    match attempt(ctx, tx, &actor, &request).await?.0 {
        Committed::Written => Ok(()),
        _ => Err(Error::Conflict("simultaneous".into())),
    }
}

/// Ends drafts whose time has passed: the one thing that is ever deleted before its retention. Gives how many ended.
///
/// # Errors
/// Those of the database.
pub async fn end_drafts(ctx: &Context) -> Result<usize> {
    let now = ctx.clock.now();
    let mut count = 0;
    for _ in 0..TIMES {
        let mut tx = ctx.db.begin().await?;
        let drafts = store::expired_drafts(&mut tx, now, TOGETHER).await?;
        for draft in &drafts {
            if store::remove_draft(&mut tx, *draft, now).await? {
                let entry = crate::audit::Entry { case: Some(*draft), ..crate::audit::Entry::done("draft.end") };
                crate::audit::append(&mut tx, &[crate::audit::seal(&Actor::system("timer"), entry, now)]).await?;
                count += 1;
            }
        }
        tx.commit().await?;
        if i64::try_from(drafts.len()).unwrap_or(i64::MAX) < TOGETHER {
            break;
        }
    }
    Ok(count)
}
