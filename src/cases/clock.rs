//! Business time that was moved in development, kept so that a restart does not turn it back and every replica follows.

use jiff::{SignedDuration, Timestamp};

use super::context::Context;
use super::{store, tick_due};
use crate::access::{Action, Facts, Purpose, permit};
use crate::audit::{self, Entry};
use crate::kernel::{Actor, Clock, Result};
use crate::postgres::Database;
use crate::queue;

/// Most rounds of due deadlines after one move.
const ROUNDS: usize = 1_000;

/// Moves business time forward for somebody; `by` as the request has it, looked at once the policy allows it.
///
/// # Errors
/// Refusals of the policy; that of `by`; those of the database.
#[tracing::instrument(level = "debug", name = "clock.move", skip_all)]
pub async fn forward(ctx: &Context, actor: &Actor, by: Result<SignedDuration>) -> Result<Timestamp> {
    const NAME: &str = "clock.move";
    let may = permit(actor, Action::MoveClock, &Facts::default(), Purpose::OwnCase);
    let (permit, by) = match may.and_then(|permit| Ok((permit, by?))) {
        Ok(allowed) => allowed,
        Err(error) => return ctx.refuse(actor, NAME, None, error).await,
    };
    let details = serde_json::json!({"seconds": by.as_secs()});
    let entry = Entry { purpose: Some(permit.purpose), details, ..Entry::done(NAME) };
    ctx.recorder.record(audit::seal(actor, entry, ctx.clock.now())).await?;
    move_clock(ctx, by).await
}

/// Moves business time forward and applies what fell due.
///
/// # Errors
/// Those of the database.
pub async fn move_clock(ctx: &Context, by: SignedDuration) -> Result<Timestamp> {
    let mut tx = ctx.db.single().await?;
    let ahead = store::move_business_time(&mut tx, i64::try_from(by.as_micros()).unwrap_or(0)).await?;
    drop(tx);
    ctx.clock.forward(by);
    // Another replica may have moved it since this one looked.
    ctx.clock.keep_up(SignedDuration::from_micros(ahead));
    ctx.failing.go_on(None);
    for _ in 0..ROUNDS {
        if tick_due(ctx).await? == 0 {
            break;
        }
    }
    queue::hurry(&mut ctx.db.single().await?).await?;
    Ok(ctx.clock.now())
}

/// Sets the clock to where it was left, by this process before or by another.
///
/// # Errors
/// Those of the database.
pub async fn follow_clock(db: &Database, clock: &Clock) -> Result<()> {
    let mut tx = db.single().await?;
    let ahead = store::business_time(&mut tx).await?;
    clock.keep_up(SignedDuration::from_micros(ahead));
    Ok(())
}
