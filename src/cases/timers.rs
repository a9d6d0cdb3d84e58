//! What happens without anybody: deadlines, money that arrived, drafts that end.

use super::context::Context;
use super::perform::{Request, attempt, perform};
use super::prepare::Order;
use super::store::{self, Committed, Sought};
use crate::access::Action;
use crate::kernel::{Actor, CaseId, Error, Result};
use crate::postgres::Tx;

/// Cases that are woken in one round.
const ROUND: i64 = 100;
/// Transactions for one case in a round: it comes again in the next.
const PORTIONS: usize = 16;

/// Applies what fell due. A late round has the same outcome as a prompt one, and two replicas the same as one: who comes
/// second finds nothing due. Gives how many cases were woken.
///
/// # Errors
/// Those of the database. What goes wrong with one case is logged and does not keep the others.
pub async fn tick_due(ctx: &Context) -> Result<usize> {
    let mut tx = ctx.db.single().await?;
    let due = store::due_cases(&mut tx, ctx.clock.now(), ROUND).await?;
    drop(tx);
    let actor = Actor::system("timer");
    let mut count = 0;
    for case in due {
        let order = Order::Tick;
        let request = Request {
            sought: Sought::Case(case),
            action: Action::Complete,
            name: "case.tick",
            order,
            key: None,
            expects: None,
        };
        // What one transaction does not hold is left for the next: many deadlines, or a long outage.
        for _ in 0..PORTIONS {
            match perform(ctx, &actor, &request).await {
                Ok(done) => {
                    count += 1;
                    let due = done.after.and_then(|after| after.loaded.case.flow.next_due());
                    if due.is_none_or(|due| due > ctx.clock.now()) {
                        break;
                    }
                }
                Err(error) => {
                    tracing::error!(%case, error = &error as &dyn std::error::Error, "a deadline could not be applied");
                    break;
                }
            }
        }
    }
    Ok(count)
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

/// Ends drafts whose time has passed: the one thing that is ever deleted before its retention.
///
/// # Errors
/// Those of the database.
pub async fn end_drafts(ctx: &Context) -> Result<usize> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    let mut count = 0;
    for draft in store::expired_drafts(&mut tx, now, ROUND).await? {
        if store::remove_draft(&mut tx, draft, now).await? {
            let entry = crate::audit::Entry { case: Some(draft), ..crate::audit::Entry::done("draft.end") };
            crate::audit::append(&mut tx, &[crate::audit::seal(&Actor::system("timer"), entry, now)]).await?;
            count += 1;
        }
    }
    tx.commit().await?;
    Ok(count)
}
