//! The timetable: which work runs when. No rules of its own; every round may run on any replica, and twice.

mod effects;

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cases::{self, Context};
use crate::files;
use crate::kernel::Result;
use crate::notify::{self, Deliveries, Gateway, Mailer, Ways};
use crate::payments::{self, Provider, Reporter};
use crate::queue::{self, Worker};

/// What reaches others.
const OUTSIDE: &[&str] = &[notify::MAIL, notify::SMS, payments::REFUND];

/// What the work outside is done with.
#[derive(Clone)]
pub struct Means {
    pub mailer: Option<Rc<Mailer>>,
    pub gateway: Option<Gateway>,
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
    let ways = Ways { mail: means.mailer.is_some(), sms: means.gateway.is_some() };
    let (deliveries, delivering) = Deliveries::start(ctx.many.clone(), ways);
    tokio::task::spawn_local(delivering);
    let worker = |worker| worker_of(worker, ctx, means, &deliveries, stop);
    vec![
        // One worker each: a mail server or a provider that hangs keeps neither message boxes nor the other waiting. What
        // stays within the database is the cheaper the more goes together.
        worker(Worker { at_once: 16, ..Worker::of(cases::JOBS) }),
        // One mail at a time, so that of a process that dies at most one is sent a second time.
        worker(Worker { at_once: 1, ..Worker::of(&[notify::MAIL]) }),
        // A gateway knows a message that comes twice.
        worker(Worker::of(&[notify::SMS])),
        worker(Worker::of(&[payments::REFUND])),
        every(TICK, "deadlines", ctx, stop, deadlines),
        every(SCAN, "scans", ctx, stop, async |ctx| cases::scan_waiting(ctx).await.map(drop)),
        every(MINUTE, "payments", ctx, stop, async |ctx| {
            let by = Reporter { request: "timer", at: ctx.clock.now() };
            payments::expire_stale(&ctx.db, PAYMENT, by).await.map(drop)
        }),
        every(MINUTE, "queue", ctx, stop, async |ctx| queue::report(&ctx.db, &[cases::JOBS, OUTSIDE].concat()).await),
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

/// Performs effects of some kinds.
fn worker_of(
    worker: Worker,
    ctx: &Context,
    means: &Means,
    deliveries: &Deliveries,
    stop: &watch::Receiver<bool>,
) -> JoinHandle<()> {
    let (ctx, means, deliveries, stop) = (ctx.clone(), means.clone(), deliveries.clone(), stop.clone());
    tokio::task::spawn_local(async move {
        let perform = async |job| effects::perform(&ctx, &means, &deliveries, job).await;
        // A quarter of the time is left to write what did not end.
        let worker = Worker { grace: ctx.settings.shutdown * 3 / 4, ..worker };
        worker.run(&ctx.db, stop, perform).await;
    })
}

/// One kind of work, again and again. An outage is logged and survived, and so is a panic: it is a defect of one round.
fn every(
    pause: Duration,
    name: &'static str,
    ctx: &Context,
    stop: &watch::Receiver<bool>,
    work: impl AsyncFn(&Context) -> Result<()> + 'static,
) -> JoinHandle<()> {
    again(pause, name, ctx.clone(), stop.clone(), work)
}

fn again<C: 'static>(
    pause: Duration,
    name: &'static str,
    ctx: C,
    mut stop: watch::Receiver<bool>,
    work: impl AsyncFn(&C) -> Result<()> + 'static,
) -> JoinHandle<()> {
    tokio::task::spawn_local(async move {
        loop {
            match AssertUnwindSafe(work(&ctx)).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(name, error = &error as &dyn std::error::Error, "a round failed");
                }
                Err(_) => tracing::error!(name, "a round panicked"),
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[actix_web::test]
    async fn a_round_that_panics_is_not_the_last() {
        let (stop, stopped) = watch::channel(false);
        let rounds = Rc::new(Cell::new(0));
        let counted = rounds.clone();
        let round = async move |_: &()| {
            counted.set(counted.get() + 1);
            if counted.get() < 3 {
                panic!("a defect of a round");
            }
            stop.send_replace(true);
            Ok(())
        };
        again(Duration::from_millis(1), "test", (), stopped, round).await.expect("it ends when it is told to");
        assert_eq!(rounds.get(), 3);
    }
}
