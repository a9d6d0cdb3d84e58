//! The timetable: which work runs when. No rules of its own; every round may run on any replica, and twice.

mod effects;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cases::{self, Context};
use crate::files;
use crate::kernel::Result;
use crate::notify::{self, Mailer};
use crate::payments::{self, Provider};
use crate::queue::{self, Worker};

/// What the work outside is done with.
#[derive(Clone)]
pub struct Means {
    pub mailer: Option<Rc<Mailer>>,
    pub provider: Option<Arc<dyn Provider>>,
}

const TICK: Duration = Duration::from_secs(1);
const SCAN: Duration = Duration::from_secs(5);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// A payment of which no callback came is given up after so long.
const PAYMENT: Duration = Duration::from_secs(15 * 60);

/// Runs the timetable on this thread's [`tokio::task::LocalSet`] until `stop` says so.
#[must_use]
pub fn start(ctx: &Context, means: &Means, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let effects = {
        let (ctx, means, stop) = (ctx.clone(), means.clone(), stop.clone());
        tokio::task::spawn_local(async move {
            let kinds = &[cases::NOTICE, cases::REPAY, notify::MAIL, payments::REFUND];
            // A quarter of the time is left to write what did not end.
            let worker = Worker { grace: ctx.settings.shutdown * 3 / 4, ..Worker::of(kinds) };
            worker.run(&ctx.db.clone(), stop, async |job| effects::perform(&ctx, &means, job).await).await;
        })
    };
    vec![
        effects,
        every(TICK, "deadlines", ctx, stop, deadlines),
        every(SCAN, "scans", ctx, stop, async |ctx| cases::scan_waiting(ctx).await.map(drop)),
        every(MINUTE, "payments", ctx, stop, async |ctx| payments::expire_stale(&ctx.db, PAYMENT).await.map(drop)),
        every(MINUTE, "queue", ctx, stop, async |ctx| queue::depth(&ctx.db).await.map(drop)),
        every(HOUR, "drafts", ctx, stop, async |ctx| cases::end_drafts(ctx).await.map(drop)),
        every(HOUR, "keys", ctx, stop, async |ctx| {
            let mut tx = ctx.db.single().await?;
            cases::sweep_keys(&mut tx).await.map(drop)
        }),
        sweep(ctx, stop),
    ]
}

/// What fell due. Where the clock can be moved, another replica may have been told to.
async fn deadlines(ctx: &Context) -> Result<()> {
    if ctx.settings.issuer.is_none() {
        cases::follow_clock(&ctx.db, &ctx.clock).await?;
    }
    cases::tick_due(ctx).await.map(drop)
}

/// One kind of work, again and again. An outage is logged and survived.
fn every(
    pause: Duration,
    name: &'static str,
    ctx: &Context,
    stop: &watch::Receiver<bool>,
    work: impl AsyncFn(&Context) -> Result<()> + 'static,
) -> JoinHandle<()> {
    let (ctx, mut stop) = (ctx.clone(), stop.clone());
    tokio::task::spawn_local(async move {
        loop {
            if let Err(error) = work(&ctx).await {
                tracing::warn!(name, error = &error as &dyn std::error::Error, "a round failed");
            }
            if tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await.is_ok() {
                return;
            }
        }
    })
}

/// Contents that no document names, one part of the store a minute: all of it within five hours.
fn sweep(ctx: &Context, stop: &watch::Receiver<bool>) -> JoinHandle<()> {
    let shard = std::cell::Cell::new(0_u8);
    every(MINUTE, "orphans", ctx, stop, async move |ctx| {
        let at = shard.get();
        shard.set(at.wrapping_add(1));
        files::sweep(&ctx.db, &ctx.files, at).await.map(drop)
    })
}
