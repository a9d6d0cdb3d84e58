//! Business time that was moved in development, kept so that a restart does not turn it back.

use jiff::{SignedDuration, Timestamp};

use crate::cases::{self, Context};
use crate::kernel::{Clock, Result};
use crate::postgres::{Database, Tx};

/// Most rounds of due deadlines after one move.
const ROUNDS: usize = 1_000;

/// Moves business time forward and applies what fell due.
///
/// # Errors
/// Those of the database.
pub async fn move_clock(ctx: &Context, by: SignedDuration) -> Result<Timestamp> {
    ctx.clock.forward(by);
    let mut tx = ctx.db.single().await?;
    store(&mut tx, ctx.clock.ahead()).await?;
    drop(tx);
    for _ in 0..ROUNDS {
        if cases::tick_due(ctx).await? == 0 {
            break;
        }
    }
    Ok(ctx.clock.now())
}

/// Sets the clock to where it was left.
///
/// # Errors
/// Those of the database.
pub async fn restore_clock(db: &Database, clock: &Clock) -> Result<()> {
    let mut tx = db.single().await?;
    let ahead = cases::business_time(&mut tx).await?;
    clock.forward(SignedDuration::from_micros(ahead));
    Ok(())
}

async fn store(tx: &mut Tx, ahead: SignedDuration) -> Result<()> {
    cases::set_business_time(tx, i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX)).await
}
