//! Officers and parties at work on a step.

use super::act::RequestKey;
use super::context::Context;
use super::done::Done;
use super::perform::{Request, perform};
use super::prepare::{Input, Order};
use super::store::Sought;
use crate::access::Action;
use crate::kernel::{Actor, PersonId, Result, TaskId};

async fn on(
    ctx: &Context,
    actor: &Actor,
    task: TaskId,
    action: Action,
    name: &'static str,
    order: Order<'_>,
    key: Option<RequestKey>,
) -> Result<Done> {
    perform(ctx, actor, &Request { sought: Sought::Task(task), action, name, order, key, expects: None }).await
}

/// Takes a task. `untied`: the officer says that nothing ties him to anybody in the case, which some tasks ask for.
///
/// # Errors
/// [`Error::Conflict`] where somebody else has it; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "task.claim", skip_all)]
pub async fn claim(ctx: &Context, actor: &Actor, task: TaskId, untied: bool, key: Option<RequestKey>) -> Result<Done> {
    on(ctx, actor, task, Action::Claim, "task.claim", Order::Claim { untied }, key).await
}

/// Gives a task back to its desk.
///
/// # Errors
/// Refusals; those of the database.
#[tracing::instrument(level = "debug", name = "task.release", skip_all)]
pub async fn release(ctx: &Context, actor: &Actor, task: TaskId, key: Option<RequestKey>) -> Result<Done> {
    on(ctx, actor, task, Action::Release, "task.release", Order::Release, key).await
}

/// Gives a task to somebody at its desk.
///
/// # Errors
/// [`Error::Invalid`] where the person is not at the desk; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "task.assign", skip_all)]
pub async fn assign(ctx: &Context, actor: &Actor, task: TaskId, to: PersonId, key: Option<RequestKey>) -> Result<Done> {
    on(ctx, actor, task, Action::Assign, "task.assign", Order::Assign { to }, key).await
}

/// Gives a task to another office that has its role, for a reason.
///
/// # Errors
/// [`Error::Invalid`] where the office has not the role, or is not overseen by the actor; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "task.transfer", skip_all)]
pub async fn transfer(
    ctx: &Context,
    actor: &Actor,
    task: TaskId,
    office: &str,
    reason: &str,
    key: Option<RequestKey>,
) -> Result<Done> {
    on(ctx, actor, task, Action::Transfer, "task.transfer", Order::Transfer { office, reason }, key).await
}

/// Completes a step: an officer's task, or what a party is asked for.
///
/// # Errors
/// Every fault of what is handed in; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "task.complete", skip_all)]
pub async fn complete(
    ctx: &Context,
    actor: &Actor,
    task: TaskId,
    input: &Input,
    key: Option<RequestKey>,
) -> Result<Done> {
    on(ctx, actor, task, Action::Complete, "task.complete", Order::Complete(input), key).await
}

/// Keeps out of the case that a task is of, for good; what the officer had claimed in it is given back.
///
/// # Errors
/// Refusals; those of the database.
#[tracing::instrument(level = "debug", name = "task.recuse", skip_all)]
pub async fn recuse(ctx: &Context, actor: &Actor, task: TaskId, key: Option<RequestKey>) -> Result<Done> {
    on(ctx, actor, task, Action::Recuse, "task.recuse", Order::Recuse, key).await
}
