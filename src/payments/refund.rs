//! Money back. An order is queued where it is decided, and performed by a job; its id is chosen with the order, so that
//! performing it twice sends the money once.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::log::Reporter;
use super::protocol::RefundAsked;
use super::provider::Provider;
use super::state::{Direction, PaymentView, State};
use super::store;
use crate::kernel::money::Money;
use crate::kernel::{CaseId, DemandId, Error, PaymentId, Result};
use crate::postgres::{Database, Tx};
use crate::queue::{self, Job};

/// The kind of the job.
pub const REFUND: &str = "refund";

/// What is to go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundOrder {
    /// Of the refund itself: the provider's idempotency key.
    pub id: PaymentId,
    /// The fee it was paid for.
    pub demand: DemandId,
    /// Which payment of the fee; the first that succeeded where it is none.
    #[serde(default)]
    pub payment: Option<PaymentId>,
    /// How much; all that is left of the payment where it is none.
    #[serde(default)]
    pub amount: Option<Money>,
}

impl RefundOrder {
    /// The job that performs it.
    ///
    /// # Errors
    /// None in practice: an order is always JSON.
    pub fn job(&self, case: CaseId) -> Result<Job> {
        let payload = serde_json::to_value(self)?;
        Ok(Job { kind: REFUND, key: self.id.to_string(), case: Some(case), payload, after: None })
    }
}

/// Queues an order in the caller's transaction. One that is queued already is passed over.
///
/// # Errors
/// Those of the database.
pub async fn order(tx: &mut Tx, order: &RefundOrder, case: CaseId, by: Reporter<'_>) -> Result<()> {
    if queue::enqueue(tx, &[order.job(case)?]).await? > 0 {
        let details =
            json!({"refund": order.id, "demand": order.demand, "payment": order.payment, "amount": order.amount});
        by.note(tx, case, "refund.order", details).await?;
    }
    Ok(())
}

/// Performs an order: the handler of [`REFUND`] jobs. Gives the refund as it stands.
///
/// # Errors
/// [`Error::Unavailable`] where the provider is not to be had, and [`Error::Conflict`] where nothing was paid, the money
/// is with another provider, or less is left than is to go back. The job comes back in every case: a payment may still
/// succeed late, and what stays impossible is parked for somebody to look at.
pub async fn refund(
    db: &Database,
    provider: &dyn Provider,
    case: Option<CaseId>,
    payload: &Value,
    by: Reporter<'_>,
) -> Result<PaymentView> {
    let order: RefundOrder = serde_json::from_value(payload.clone())?;
    let (refund, from) = db.transaction(async |tx| prepare(tx, provider.name(), &order).await).await?;
    if refund.state == State::Succeeded {
        return Ok(refund);
    }
    let request = RefundAsked { id: refund.id, payment: from, amount: refund.amount };
    let answer = provider.refund(&request).await?;
    let sent = db
        .transaction(async |tx| {
            store::end(tx, refund.id, State::Succeeded, &answer.reference).await?;
            let details = json!({"refund": refund.id, "demand": refund.demand, "amount": refund.amount});
            if let Some(case) = case {
                by.note(tx, case, "refund.send", details).await?;
            }
            store::view(tx, refund.id).await?.ok_or(Error::NotFound)
        })
        .await?;
    metrics::counter!("guichet_refunds_total").increment(1);
    Ok(sent)
}

/// The refund's row, written now or by an earlier attempt, and the provider's number of the payment that goes back.
async fn prepare(tx: &mut Tx, provider: &str, order: &RefundOrder) -> Result<(PaymentView, String)> {
    // Locks the fee's payments, so that two orders do not both count on the same money.
    let paid = store::paid(tx, order.demand).await?;
    let from = match order.payment {
        Some(payment) => paid.iter().find(|p| p.id == payment),
        None => paid.first(),
    };
    let from = from.ok_or_else(|| Error::Conflict("nothing_paid".into()))?;
    if from.provider != provider {
        return Err(Error::Conflict("paid_through_another_provider".into()));
    }
    let reference = from.reference.clone().ok_or_else(|| Error::Conflict("nothing_paid".into()))?;
    if let Some(written) = store::view(tx, order.id).await? {
        return Ok((written, reference));
    }
    let left = left(&paid, &store::of_demands(tx, &[order.demand]).await?)?;
    let most = if left.amount() < from.amount.amount() { left } else { from.amount };
    let amount = order.amount.unwrap_or(most);
    if amount.currency() != most.currency() || amount.amount() > most.amount() || amount.amount() <= 0.into() {
        return Err(Error::Conflict("more_than_is_left".into()));
    }
    store::open_refund(tx, order.id, order.demand, provider, amount).await?;
    let written = store::view(tx, order.id).await?.ok_or(Error::NotFound)?;
    Ok((written, reference))
}

/// What was paid for a fee and has not been ordered back.
fn left(paid: &[PaymentView], all: &[PaymentView]) -> Result<Money> {
    let bad = |e: crate::kernel::money::MoneyError| Error::internal(e.to_string());
    let currency = paid.first().map(|p| p.amount.currency()).ok_or_else(|| Error::Conflict("nothing_paid".into()))?;
    let mut left = Money::zero(currency);
    for payment in paid {
        left = left.checked_add(payment.amount).map_err(bad)?;
    }
    for back in all.iter().filter(|p| p.direction == Direction::Back && p.state != State::Failed) {
        left = left.checked_sub(back.amount).map_err(bad)?;
    }
    Ok(left)
}
