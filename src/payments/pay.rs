//! A payment, in two phases: the row is committed first, then the provider is asked. So the callback, however fast,
//! finds what it is about, and a provider that hangs holds no transaction open.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::log::Reporter;
use super::protocol::{PayerAsked, PaymentAsked};
use super::provider::Provider;
use super::state::{Opened, PaymentView, State};
use super::store;
use crate::kernel::clock::machine_now;
use crate::kernel::{CaseId, DemandId, Error, PersonId, Result};
use crate::postgres::{Database, Tx};

/// Characters of a description that are sent.
const DESCRIPTION_MAX: usize = 140;

/// Who pays, and by which telephone.
#[derive(Clone, PartialEq, Eq)]
pub struct Payer {
    person: Option<PersonId>,
    phone: Option<String>,
}

impl Payer {
    /// `phone`: 6 to 15 digits with or without a plus before them (ITU-T E.164); spaces and dashes are dropped.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/payer/phone`.
    pub fn new(person: Option<PersonId>, phone: Option<&str>) -> Result<Self> {
        let Some(phone) = phone else {
            return Ok(Self { person, phone: None });
        };
        let phone: String = phone.chars().filter(|c| !matches!(c, ' ' | '-')).take(20).collect();
        let digits = phone.strip_prefix('+').unwrap_or(&phone);
        if !(6..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::invalid("/payer/phone", "phone"));
        }
        Ok(Self { person, phone: Some(phone) })
    }
}

/// Writes a payment of the whole of a fee, in the caller's transaction; to be committed before [`ask`].
///
/// # Errors
/// [`Error::Conflict`] with `payment_under_way`, `already_paid` or `not_due`; [`Error::NotFound`]. The transaction is
/// of no more use then.
pub async fn open(tx: &mut Tx, provider: &dyn Provider, demand: DemandId, payer: &Payer) -> Result<Opened> {
    store::open(tx, demand, provider.name(), payer.person).await
}

/// Asks the provider for a payment that was opened and committed. `description` tells the payer what it is for.
///
/// # Errors
/// [`Error::Unavailable`] where the provider does not take it; the fee is payable again then.
pub async fn ask(
    db: &Database,
    provider: &dyn Provider,
    opened: &Opened,
    payer: &Payer,
    description: &str,
    by: Reporter<'_>,
) -> Result<PaymentView> {
    let request = PaymentAsked {
        id: opened.payment,
        amount: opened.amount,
        payer: PayerAsked { phone: payer.phone.clone() },
        description: description.chars().take(DESCRIPTION_MAX).collect(),
        callback: provider.callback().to_owned(),
    };
    let answer = provider.ask(&request).await;
    let mut single = db.single().await?;
    let taken = match answer {
        Ok(answer) => store::acknowledge(&mut single, opened.payment, &answer.reference).await,
        Err(error) => Err(error),
    };
    metrics::counter!("guichet_payments_asked_total", "taken" => if taken.is_ok() { "yes" } else { "no" }).increment(1);
    if let Err(error) = taken {
        let payment = opened.payment.to_string();
        tracing::warn!(error = &error as &dyn std::error::Error, payment, "the payment provider was not to be had");
        drop(single);
        db.transaction(async |tx| {
            if store::fail(tx, opened.payment).await? {
                let details =
                    json!({"payment": opened.payment, "demand": opened.demand, "state": State::Failed.as_str()});
                by.note(tx, opened.case, "payment.end", details).await?;
            }
            Ok(())
        })
        .await?;
        return Err(Error::Unavailable("the payment provider is not to be had".into()));
    }
    store::view(&mut single, opened.payment).await?.ok_or(Error::NotFound)
}

/// Gives up payments that have been under way for longer than that, in machine time: nobody called back. Their fees,
/// which it gives, are payable again; a success that is told later still counts.
///
/// # Errors
/// Those of the database.
pub async fn expire_stale(db: &Database, older_than: Duration, by: Reporter<'_>) -> Result<Vec<DemandId>> {
    let length = SignedDuration::try_from(older_than).unwrap_or(SignedDuration::MAX);
    let before = machine_now().checked_sub(length).map_err(|e| Error::internal(e.to_string()))?;
    let expired = db
        .transaction(async |tx| {
            let expired = store::expire(tx, before).await?;
            for one in &expired {
                let details = json!({"payment": one.id, "demand": one.demand, "state": State::TimedOut.as_str()});
                by.note(tx, CaseId(one.case_id), "payment.end", details).await?;
            }
            Ok(expired)
        })
        .await?;
    if !expired.is_empty() {
        tracing::warn!(count = expired.len(), "payments timed out without a callback");
    }
    Ok(expired.into_iter().map(|one| DemandId(one.demand)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_digits() {
        let phone = |text| Payer::new(None, Some(text)).map(|p| p.phone);
        assert_eq!(phone("+880 1711-000001").ok().flatten().as_deref(), Some("+8801711000001"));
        for bad in ["", "12345", "+", "++880171100", "0171100000a", "1234567890123456", "٠١٢٣٤٥٦٧"] {
            assert!(matches!(phone(bad), Err(Error::Invalid(_))), "{bad}");
        }
    }
}
