//! A provider tells how a payment ended.

use serde_json::json;

use super::log::Reporter;
use super::protocol::{Callback, Outcome};
use super::refund::{RefundOrder, order};
use super::state::State;
use super::store;
use crate::kernel::money::Money;
use crate::kernel::{CaseId, DemandId, Error, PaymentId, Result};
use crate::postgres::Tx;

/// What a callback came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub payment: PaymentId,
    pub demand: DemandId,
    pub case: CaseId,
    /// The step that demanded it.
    pub token: i32,
    /// Where the payment stands now.
    pub state: State,
    pub amount: Money,
    /// Whether this callback changed anything; false where it was told before.
    pub first: bool,
    /// Whether the fee is paid by this, now: the case is to go on. False too where the fee was paid or taken back
    /// meanwhile; the money is then sent back.
    pub pays: bool,
    /// Whether it pays a fee that was taken back: the case is to be told, and orders the money back.
    pub returns: bool,
}

/// Writes an outcome, once, in the caller's transaction, to be committed whatever it came to. Where [`Settled::pays`] or
/// [`Settled::returns`], the caller tells the case in the same transaction, against its version: of two payments of one
/// fee that succeed at the same moment one then fails as a whole, is told again by the provider, and finds that it pays
/// nothing.
///
/// A success counts even after a cancellation or time-out, since the money has moved. Another amount than the one asked
/// for is a failure that somebody must look at.
///
/// # Errors
/// [`Error::NotFound`] where this provider was not asked for this payment; [`Error::Conflict`] where it has another
/// number than was acknowledged.
pub async fn receive(tx: &mut Tx, provider: &str, callback: &Callback, by: Reporter<'_>) -> Result<Settled> {
    let held = store::hold(tx, provider, callback.payment).await?.ok_or(Error::NotFound)?;
    if held.reference.as_ref().is_some_and(|known| *known != callback.reference) {
        return Err(Error::Conflict("reference_of_another_payment".into()));
    }
    let exact = callback.amount == held.amount;
    let next = next(held.state, callback.outcome, exact);
    if let Some(state) = next {
        store::end(tx, callback.payment, state, &callback.reference).await?;
        metrics::counter!("guichet_payments_ended_total", "state" => state.as_str()).increment(1);
        let details = json!({"payment": callback.payment, "demand": held.demand, "state": state.as_str(),
            "before": held.state.as_str(), "asked": held.amount, "told": callback.amount});
        by.note(tx, held.case, "payment.end", details).await?;
        let (payment, event) = (callback.payment.to_string(), &callback.event_id);
        if !exact && callback.outcome == Outcome::Succeeded {
            tracing::error!(payment, event, asked = %held.amount, paid = %callback.amount, "another amount was paid");
        } else if !held.state.is_under_way() {
            tracing::warn!(payment, event, before = held.state.as_str(), now = state.as_str(), "a late outcome");
        }
    }
    let paid = next == Some(State::Succeeded);
    let returns = paid && held.is_void;
    if paid && !held.owed && !returns {
        let surplus =
            RefundOrder { id: PaymentId::make(), demand: held.demand, payment: Some(callback.payment), amount: None };
        order(tx, &surplus, held.case, by).await?;
        tracing::warn!(payment = callback.payment.to_string(), "paid without being owed: it goes back");
    }
    Ok(Settled {
        payment: callback.payment,
        demand: held.demand,
        case: held.case,
        token: held.token,
        state: next.unwrap_or(held.state),
        amount: held.amount,
        first: next.is_some(),
        pays: paid && held.owed,
        returns,
    })
}

/// The state that an outcome leads to; none where it changes nothing.
fn next(now: State, outcome: Outcome, exact: bool) -> Option<State> {
    let next = match outcome {
        Outcome::Succeeded if exact => State::Succeeded,
        Outcome::Succeeded => State::Failed,
        Outcome::Cancelled => State::Cancelled,
        Outcome::TimedOut => State::TimedOut,
    };
    // Only a success undoes an ending, and nothing undoes a success.
    let open = now.is_under_way() || (outcome == Outcome::Succeeded && now != State::Succeeded);
    (open && next != now).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNDER_WAY: [State; 2] = [State::Asked, State::Acknowledged];
    const ENDED: [State; 3] = [State::Cancelled, State::TimedOut, State::Failed];

    #[test]
    fn an_outcome_ends_what_is_under_way() {
        for now in UNDER_WAY {
            assert_eq!(next(now, Outcome::Succeeded, true), Some(State::Succeeded));
            assert_eq!(next(now, Outcome::Succeeded, false), Some(State::Failed));
            assert_eq!(next(now, Outcome::Cancelled, true), Some(State::Cancelled));
            assert_eq!(next(now, Outcome::TimedOut, true), Some(State::TimedOut));
        }
    }

    #[test]
    fn only_money_that_moved_changes_what_has_ended() {
        for now in ENDED {
            assert_eq!(next(now, Outcome::Succeeded, true), Some(State::Succeeded));
            assert_eq!(next(now, Outcome::Cancelled, true), None);
            assert_eq!(next(now, Outcome::TimedOut, true), None);
        }
        assert_eq!(next(State::Failed, Outcome::Succeeded, false), None);
    }

    #[test]
    fn nothing_undoes_a_success() {
        for outcome in [Outcome::Succeeded, Outcome::Cancelled, Outcome::TimedOut] {
            assert_eq!(next(State::Succeeded, outcome, true), None);
            assert_eq!(next(State::Succeeded, outcome, false), None);
        }
    }
}
