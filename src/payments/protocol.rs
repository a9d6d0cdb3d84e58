//! The push-payment protocol, as both sides write it. Every request is a signed JSON body (`signature.rs`):
//!
//! | who → whom | request | answer |
//! |---|---|---|
//! | we → provider | `POST {url}/payments` [`PaymentAsked`] | 202 [`Acknowledged`] |
//! | provider → us | `POST /v1/payments/callbacks/{provider}` [`Callback`] | 2xx, else it is told again |
//! | we → provider | `POST {url}/refunds` [`RefundAsked`] | 200 [`Refunded`] |
//!
//! `id` is the idempotency key of both requests: the same id is the same payment, whatever else happens on the way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kernel::clock::machine_now;
use crate::kernel::money::Money;
use crate::kernel::signature;
use crate::kernel::{Error, PaymentId, Result};

/// Bytes of a callback.
const CALLBACK_MAX: usize = 16 * 1024;
/// Characters of a number that the provider gives.
const NUMBER_MAX: usize = 100;

/// A payment is asked of somebody's telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentAsked {
    /// Our payment.
    pub id: PaymentId,
    pub amount: Money,
    pub payer: PayerAsked,
    /// What it is for, shown to the payer; at most 140 characters.
    pub description: String,
    /// Where the outcome is to be told.
    pub callback: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayerAsked {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// The provider has it, and has asked the payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The provider's own number of it.
    pub reference: String,
    /// Always `acknowledged`.
    pub state: String,
}

/// A refund of a payment, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundAsked {
    pub id: PaymentId,
    /// The provider's number of the payment that goes back.
    pub payment: String,
    pub amount: Money,
}

/// The refund is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    pub reference: String,
    /// Always `succeeded`.
    pub state: String,
}

/// How a payment ended, in the provider's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded,
    /// The payer said no.
    Cancelled,
    /// The payer did not answer.
    TimedOut,
}

/// The provider tells how a payment ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// The same where the same is told again.
    pub event_id: String,
    /// Our payment.
    pub payment: PaymentId,
    /// The provider's number of it.
    pub reference: String,
    pub outcome: Outcome,
    /// What was paid, or would have been.
    pub amount: Money,
    pub at: Timestamp,
}

impl Callback {
    /// Reads a callback whose signature was checked.
    ///
    /// # Errors
    /// [`Error::TooLarge`], or [`Error::Malformed`] without a word of its content.
    pub fn parse(body: &[u8]) -> Result<Self> {
        if body.len() > CALLBACK_MAX {
            return Err(Error::TooLarge(CALLBACK_MAX as u64));
        }
        let callback: Self = serde_json::from_slice(body)
            .map_err(|e| Error::Malformed(format!("not a callback: line {}, column {}", e.line(), e.column())))?;
        for (name, number) in [("event_id", &callback.event_id), ("reference", &callback.reference)] {
            if !is_number(number) {
                return Err(Error::Malformed(format!("{name} is not 1 to {NUMBER_MAX} printable characters")));
            }
        }
        Ok(callback)
    }

    /// Checks the signature (against the machine's clock), then reads.
    ///
    /// # Errors
    /// Those of [`signature::check_signature`] and [`Callback::parse`].
    pub fn verified(secret: &[u8], header: &str, body: &[u8]) -> Result<Self> {
        signature::check_signature(secret, header, body, machine_now())?;
        Self::parse(body)
    }
}

/// Whether a number that the provider gave can be kept.
pub(super) fn is_number(text: &str) -> bool {
    (1..=NUMBER_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn callback() -> Value {
        json!({"event_id": "e-1", "payment": "0193a3c0-0000-7000-8000-000000000001", "reference": "SB-1",
            "outcome": "timed_out", "amount": {"amount": "20.00", "currency": "BDT"}, "at": "2026-11-23T10:00:00Z"})
    }

    #[test]
    fn a_callback_is_read_and_written_the_same() {
        let read = Callback::parse(callback().to_string().as_bytes()).expect("a callback");
        assert_eq!(read.outcome, Outcome::TimedOut);
        assert_eq!(serde_json::to_value(&read).expect("JSON"), callback());
    }

    #[test]
    fn whatever_differs_is_refused() {
        let changes: [fn(&mut Value); 7] = [
            |c| c["outcome"] = json!("paid"),
            |c| c["amount"]["amount"] = json!(20.0),
            |c| c["extra"] = json!(1),
            |c| c["event_id"] = json!(""),
            |c| c["reference"] = json!("a\u{0}b"),
            |c| c["payment"] = json!("20"),
            |c| c["reference"] = json!("x".repeat(101)),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut changed = callback();
            change(&mut changed);
            let read = Callback::parse(changed.to_string().as_bytes());
            assert!(matches!(read, Err(Error::Malformed(_))), "{at}: {read:?}");
        }
        let huge = [b' '; CALLBACK_MAX + 1];
        assert!(matches!(Callback::parse(&huge), Err(Error::TooLarge(_))));
        assert!(matches!(Callback::parse(b"\xff"), Err(Error::Malformed(_))));
    }

    #[test]
    fn an_unsigned_callback_is_not_read() {
        let body = callback().to_string();
        let header = signature::sign(b"s", machine_now().as_second(), body.as_bytes());
        assert!(Callback::verified(b"s", &header, body.as_bytes()).is_ok());
        assert!(matches!(Callback::verified(b"other", &header, b"{"), Err(Error::Unauthenticated(_))));
    }
}
