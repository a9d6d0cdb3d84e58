//! Providers: who moves the money.

use std::pin::Pin;

use serde::de::DeserializeOwned;

use super::protocol::{Acknowledged, PaymentAsked, RefundAsked, Refunded, is_number};
use crate::kernel::clock::machine_now;
use crate::kernel::outbound::Outbound;
use crate::kernel::signature;
use crate::kernel::{Error, Result};

/// A provider's answer, on its way.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Somebody who moves money for us. Both requests may be repeated with the same id.
pub trait Provider: Send + Sync {
    /// Its name in the address of its callbacks and in our rows: small letters, digits, dashes.
    fn name(&self) -> &str;

    /// Where it tells outcomes.
    fn callback(&self) -> &str;

    /// Asks the payer for a payment. It has not ended when this returns; the callback says how it did.
    fn ask<'a>(&'a self, request: &'a PaymentAsked) -> Answer<'a, Acknowledged>;

    /// Sends money back. It is booked when this returns.
    fn refund<'a>(&'a self, request: &'a RefundAsked) -> Answer<'a, Refunded>;
}

/// A provider that speaks the push-payment protocol (`protocol.rs`).
pub struct PushProvider {
    outbound: Outbound,
    name: String,
    url: String,
    secret: Vec<u8>,
    callback: String,
}

impl PushProvider {
    /// `url`: where its API begins. `secret`: shared with it, for both directions. `public_url`: where it reaches us.
    #[must_use]
    pub fn new(outbound: Outbound, name: &str, url: &str, secret: Vec<u8>, public_url: &str) -> Self {
        let callback = format!("{}/v1/payments/callbacks/{name}", public_url.trim_end_matches('/'));
        let url = url.trim_end_matches('/').to_owned();
        Self { outbound, name: name.to_owned(), url, secret, callback }
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: Vec<u8>, expected: u16) -> Result<T> {
        let signature = signature::sign(&self.secret, machine_now().as_second(), &body);
        let url = format!("{}{path}", self.url);
        let headers = [(signature::HEADER, signature.as_str())];
        let answer = self.outbound.post(&url, "application/json", &headers, body).await?;
        if answer.status != expected {
            return Err(Error::Unavailable(format!("the payment provider answered {}", answer.status)));
        }
        answer.json()
    }
}

impl Provider for PushProvider {
    fn name(&self) -> &str {
        &self.name
    }

    fn callback(&self) -> &str {
        &self.callback
    }

    fn ask<'a>(&'a self, request: &'a PaymentAsked) -> Answer<'a, Acknowledged> {
        Box::pin(async move {
            let answer: Acknowledged = self.post("/payments", serde_json::to_vec(request)?, 202).await?;
            checked(&answer.reference, &answer.state, "acknowledged")?;
            Ok(answer)
        })
    }

    fn refund<'a>(&'a self, request: &'a RefundAsked) -> Answer<'a, Refunded> {
        Box::pin(async move {
            let answer: Refunded = self.post("/refunds", serde_json::to_vec(request)?, 200).await?;
            checked(&answer.reference, &answer.state, "succeeded")?;
            Ok(answer)
        })
    }
}

fn checked(reference: &str, state: &str, expected: &str) -> Result<()> {
    if state == expected && is_number(reference) {
        return Ok(());
    }
    Err(Error::Unavailable("the payment provider's answer is not one of its protocol".into()))
}
