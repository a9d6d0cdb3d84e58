//! Tells the product how payments ended, as often as it takes.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio::sync::Semaphore;

use super::super::protocol::{Callback, Outcome, PaymentAsked};
use super::Peer;
use super::book::{Payer, number};
use crate::kernel::clock::machine_now;
use crate::kernel::outbound::Outbound;
use crate::kernel::signature;

/// Payments that wait for their payer at a time.
const WAITING: usize = 1_000;
/// How often one outcome is told while nobody takes it.
const TRIES: u32 = 5;
/// After the first try; doubled after each further one.
const FIRST_WAIT: Duration = Duration::from_millis(200);

pub(super) struct Teller {
    outbound: Outbound,
    secret: Vec<u8>,
    delay: Duration,
    waiting: Arc<Semaphore>,
}

impl Teller {
    pub(super) fn new(outbound: Outbound, secret: Vec<u8>, delay: Duration) -> Self {
        Self { outbound, secret, delay, waiting: Arc::new(Semaphore::new(WAITING)) }
    }

    /// Lets the payer act in a moment. False where too many wait already.
    pub(super) fn tell(&self, peer: &Data<Peer>, asked: &PaymentAsked, reference: &str, payer: Payer) -> bool {
        let (outcome, times) = match payer {
            Payer::Pays => (Outcome::Succeeded, 1),
            Payer::PaysToldTwice => (Outcome::Succeeded, 2),
            Payer::Cancels => (Outcome::Cancelled, 1),
            Payer::DoesNotAnswer => (Outcome::TimedOut, 1),
            Payer::IsNeverTold => return true,
        };
        let Ok(place) = self.waiting.clone().try_acquire_owned() else {
            return false;
        };
        let (peer, url, id, amount) = (peer.clone(), asked.callback.clone(), asked.id, asked.amount);
        let reference = reference.to_owned();
        actix_web::rt::spawn(async move {
            let _place = place;
            tokio::time::sleep(peer.teller.delay).await;
            if outcome == Outcome::Succeeded {
                peer.book.paid(id);
            }
            let (event_id, at) = (number("EV"), machine_now());
            let callback = Callback { event_id, payment: id, reference, outcome, amount, at };
            for _ in 0..times {
                peer.teller.deliver(&url, &callback).await;
            }
        });
        true
    }

    async fn deliver(&self, url: &str, callback: &Callback) {
        let Ok(body) = serde_json::to_vec(callback) else {
            return;
        };
        let mut wait = FIRST_WAIT;
        for attempt in 1..=TRIES {
            // Signed anew each time: a signature is good for a few minutes only.
            let signature = signature::sign(&self.secret, machine_now().as_second(), &body);
            let headers = [(signature::HEADER, signature.as_str())];
            match self.outbound.post(url, "application/json", &headers, body.clone()).await {
                Ok(answer) if answer.is_success() => return,
                Ok(answer) => {
                    tracing::warn!(status = answer.status, attempt, "the sandbox provider's callback was refused")
                }
                Err(error) => {
                    tracing::warn!(%error, attempt, "the sandbox provider's callback was not delivered")
                }
            }
            if attempt < TRIES {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
        }
    }
}
