//! Money in and out through a payment provider. A payment is a row before the provider is asked, so that no answer is
//! ever about something we do not know; the provider acknowledges, and its signed callback says how it ended. Promises
//! that a fee waits for one payment at a time, that an outcome counts once however often it is told, that a fee is
//! payable again when a payment fails or nobody ever calls back, that money which nobody owes goes back, and that the log
//! has every change.
//!
//! What a fee is, how high it is and what follows when it is paid is the business of `cases/` and the engine. No
//! telephone number is stored or logged here.

mod callback;
mod log;
mod pay;
mod protocol;
mod provider;
mod refund;
pub mod sandbox;
mod state;
mod store;

pub use crate::kernel::signature::{HEADER, TOLERANCE, check_signature, sign};
pub use callback::{Settled, receive};
pub use log::Reporter;
pub use pay::{Payer, ask, expire_stale, open};
pub use protocol::{Acknowledged, Callback, Outcome, PaymentAsked, RefundAsked, Refunded};
pub use provider::{Answer, Provider, PushProvider};
pub use refund::{REFUND, RefundOrder, order, refund};
pub use state::{Direction, Opened, PaymentView, State};
pub use store::of_demands;

mod begin;

pub use begin::{begin, settle, show};
