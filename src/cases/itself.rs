//! What the product does with a case by itself, as what happened in another one asks for it.

use super::context::Context;
use super::perform::{Request, perform};
use super::prepare::Order;
use super::store::{Loaded, Sought};
use crate::access::{Action, Purpose, permit};
use crate::kernel::{Actor, CaseId, Error, Result};

/// A case, for the product itself.
pub(super) async fn whole(ctx: &Context, case: CaseId) -> Result<Loaded> {
    let system = Actor::system("itself");
    let sight = ctx.looks.look(&system, Sought::Case(case)).await?.ok_or(Error::NotFound)?;
    let permit = permit(&system, Action::Lodge, &sight.facts, Purpose::OwnCase)?;
    sight.open(&permit)
}

/// Does it, under the name that the log knows it by.
///
/// # Errors
/// Refusals of the engine; those of the database.
pub(super) async fn by_itself(ctx: &Context, case: CaseId, name: &'static str, order: Order<'_>) -> Result<()> {
    let sought = Sought::Case(case);
    let request = Request { sought, action: Action::Complete, name, order, key: None, expects: None };
    perform(ctx, &Actor::system(name), &request).await.map(drop)
}
