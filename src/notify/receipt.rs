//! A gateway tells what became of an SMS. Told twice, or out of order, it comes to the same: what has arrived has
//! arrived.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::send::fail_sms;
use super::sms::is_reference;
use super::store;
use crate::cases::Context;
use crate::engine::definition::Channel;
use crate::kernel::clock::machine_now;
use crate::kernel::settings::SmsReceipts;
use crate::kernel::signature::check_signature;
use crate::kernel::{Error, Result};

/// Bytes of a receipt.
const RECEIPT_MAX: usize = 16 * 1024;

/// What is looked at of a receipt. Gateways say more; the rest is passed over.
#[derive(Debug, Deserialize)]
struct Receipt {
    /// Ours: that of the message.
    id: Option<String>,
    /// The gateway's own number.
    reference: Option<Value>,
    status: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Delivered,
    Failed,
    /// On its way, or a word that nobody knows.
    Other,
}

impl Outcome {
    fn of(status: &str, receipts: &SmsReceipts) -> Self {
        let status = status.trim().to_lowercase();
        if receipts.delivered.contains(&status) {
            Self::Delivered
        } else if receipts.failed.contains(&status) {
            Self::Failed
        } else {
            Self::Other
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Other => "other",
        }
    }
}

/// Takes a receipt: `header` is the signature of `body`.
///
/// # Errors
/// [`Error::NotFound`] where no receipts are taken, or no such message went out; [`Error::Unauthenticated`] where the
/// signature is not the gateway's; faults of the body; those of the database.
#[tracing::instrument(level = "debug", name = "sms.receipt", skip_all)]
pub async fn receive(ctx: &Context, header: &str, body: &[u8]) -> Result<()> {
    let receipts = ctx.settings.sms.as_ref().and_then(|sms| sms.receipts.as_ref()).ok_or(Error::NotFound)?;
    let done = async {
        check_signature(receipts.secret.reveal().as_bytes(), header, body, machine_now())?;
        let (receipt, reference) = read(body)?;
        let outcome = Outcome::of(&receipt.status, receipts);
        settle(ctx, &receipt, reference.as_deref(), outcome).await
    };
    let done = done.await;
    let word = match &done {
        Ok(outcome) => outcome.word(),
        Err(error) => error.word(),
    };
    metrics::counter!("guichet_sms_receipts_total", "outcome" => word).increment(1);
    done.map(drop)
}

fn read(body: &[u8]) -> Result<(Receipt, Option<String>)> {
    if body.len() > RECEIPT_MAX {
        return Err(Error::TooLarge(RECEIPT_MAX as u64));
    }
    let receipt: Receipt = serde_json::from_slice(body)
        .map_err(|e| Error::Malformed(format!("not a receipt: line {}, column {}", e.line(), e.column())))?;
    let reference = match &receipt.reference {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    if receipt.id.is_none() && reference.is_none() {
        return Err(Error::Malformed("a receipt has id or reference".into()));
    }
    Ok((receipt, reference))
}

async fn settle(ctx: &Context, receipt: &Receipt, reference: Option<&str>, outcome: Outcome) -> Result<Outcome> {
    let id = receipt.id.as_deref().map(|id| id.parse::<Uuid>().map_err(|_| Error::NotFound)).transpose()?;
    let reference = reference.filter(|text| is_reference(text));
    ctx.transaction(async |tx| {
        let message = store::by_sms(tx, id, reference).await?.ok_or(Error::NotFound)?;
        match outcome {
            Outcome::Delivered => store::delivered(tx, message, Channel::Sms, ctx.clock.now()).await?,
            Outcome::Failed => fail_sms(ctx, tx, message).await?,
            Outcome::Other => {}
        }
        Ok(outcome)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::settings::Secret;

    #[test]
    fn words_are_known_whatever_their_letters() {
        let receipts = SmsReceipts {
            secret: Secret::new("s"),
            delivered: vec!["delivrd".into(), "3".into()],
            failed: vec!["undeliv".into()],
        };
        for (word, outcome) in [
            ("DELIVRD", Outcome::Delivered),
            (" Delivrd ", Outcome::Delivered),
            ("3", Outcome::Delivered),
            ("undeliv", Outcome::Failed),
            ("ACCEPTD", Outcome::Other),
            ("", Outcome::Other),
        ] {
            assert_eq!(Outcome::of(word, &receipts), outcome, "{word}");
        }
    }

    #[test]
    fn a_receipt_names_its_message() {
        let good = br#"{"reference": 7, "status": "DELIVRD", "price": 1}"#;
        assert_eq!(read(good).expect("a receipt").1.as_deref(), Some("7"));
        for bad in [&br#"{"status": "DELIVRD"}"#[..], b"{}", b"[]", b"\xff", br#"{"id": 7, "status": "x"}"#] {
            assert!(matches!(read(bad), Err(Error::Malformed(_))), "{bad:?}");
        }
        assert!(matches!(read(&[b' '; RECEIPT_MAX + 1]), Err(Error::TooLarge(_))));
    }
}
