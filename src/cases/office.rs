//! What an office does with a case as a whole: more time, and standing still.

use super::act::RequestKey;
use super::context::Context;
use super::done::Done;
use super::perform::{Request, perform};
use super::prepare::Order;
use super::store::Sought;
use crate::access::Action;
use crate::kernel::{Actor, CaseId, Result};

/// Lets a case stand still on a ground that its service knows, for a reason; or, without one, lets it go on.
///
/// # Errors
/// Refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.hold", skip_all)]
pub async fn hold(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    hold: &str,
    reason: Option<&str>,
    expects: Option<u32>,
    key: Option<RequestKey>,
) -> Result<Done> {
    let (name, order) = match reason {
        Some(reason) => ("case.hold", Order::Hold { hold, reason }),
        None => ("case.resume", Order::Resume { hold }),
    };
    perform(ctx, actor, &Request { sought: Sought::Case(case), action: Action::Hold, name, order, key, expects }).await
}

/// Extends the legal limit of a case.
///
/// # Errors
/// Refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.extend", skip_all)]
pub async fn extend(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    reason: &str,
    expects: Option<u32>,
    key: Option<RequestKey>,
) -> Result<Done> {
    let (sought, order) = (Sought::Case(case), Order::Extend { reason });
    perform(ctx, actor, &Request { sought, action: Action::Extend, name: "case.extend", order, key, expects }).await
}
