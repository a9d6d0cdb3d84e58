//! A provider to try things out with: it speaks the whole push-payment protocol over HTTP on a listener of its own and
//! moves no money. It acknowledges, and a moment later calls back as if the payer had answered; what the payer does is
//! decided by the end of the telephone number:
//!
//! | ends with | the payer |
//! |---|---|
//! | `0001` | cancels |
//! | `0002` | does not answer: the time-out is told |
//! | `0003` | pays; the success is told twice |
//! | `0004` | does something that we are never told |
//! | anything else, or none | pays |
//!
//! It keeps the newest payments in memory only: after a restart it knows none. For demonstrations and tests; whoever
//! has its address and secret can pay whatever they like.

mod book;
mod teller;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::{Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::de::DeserializeOwned;
use serde_json::json;

use self::book::{Book, Payer};
use self::teller::Teller;
use super::protocol::{Acknowledged, PaymentAsked, RefundAsked, Refunded};
use crate::kernel::clock::machine_now;
use crate::kernel::outbound::Outbound;
use crate::kernel::signature;
use crate::kernel::{Error, Result};

/// Bytes of a request.
const BODY_MAX: usize = 16 * 1024;

/// How it behaves.
#[derive(Clone)]
pub struct Settings {
    /// Shared with the product, for both directions.
    pub secret: Vec<u8>,
    /// How long the payer thinks.
    pub delay: Duration,
}

impl Settings {
    /// With a payer who answers within 150 ms.
    #[must_use]
    pub fn new(secret: Vec<u8>) -> Self {
        Self { secret, delay: Duration::from_millis(150) }
    }
}

/// A sandbox that listens; its server runs when it is awaited or spawned.
pub struct Sandbox {
    pub server: Server,
    /// Where it listens, which matters where port 0 was asked for.
    pub address: SocketAddr,
}

/// Everything the handlers share.
struct Peer {
    secret: Vec<u8>,
    book: Book,
    teller: Teller,
}

/// Begins to listen.
///
/// # Errors
/// [`Error::Unavailable`] where the address cannot be had.
pub fn server(listen: SocketAddr, settings: Settings, outbound: Outbound) -> Result<Sandbox> {
    let Settings { secret, delay } = settings;
    let teller = Teller::new(outbound, secret.clone(), delay);
    let peer = Data::from(Arc::new(Peer { secret, book: Book::default(), teller }));
    let unavailable = |e: std::io::Error| Error::Unavailable(format!("the sandbox provider on {listen}: {e}"));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(peer.clone())
            .app_data(PayloadConfig::new(BODY_MAX))
            .route("/payments", web::post().to(payment))
            .route("/refunds", web::post().to(refund))
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .bind(listen)
    .map_err(unavailable)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    Ok(Sandbox { server: server.run(), address })
}

async fn payment(peer: Data<Peer>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let asked: PaymentAsked = match read(&peer, &request, &body) {
        Ok(asked) => asked,
        Err((status, why)) => return refused(status, why),
    };
    if asked.amount.amount() <= 0.into() {
        return refused(422, "nothing to pay");
    }
    let payer = Payer::of(asked.payer.phone.as_deref());
    let Some(taken) = peer.book.take(&asked) else {
        return refused(409, "this id was used for another payment");
    };
    // Asked again with the same id: the same payment, which is told once.
    if taken.new && !peer.teller.tell(&peer, &asked, &taken.reference, payer) {
        peer.book.forget(asked.id);
        return refused(503, "too many payments at once");
    }
    HttpResponse::Accepted().json(Acknowledged { reference: taken.reference, state: "acknowledged".into() })
}

async fn refund(peer: Data<Peer>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let asked: RefundAsked = match read(&peer, &request, &body) {
        Ok(asked) => asked,
        Err((status, why)) => return refused(status, why),
    };
    match peer.book.give_back(&asked) {
        Ok(reference) => HttpResponse::Ok().json(Refunded { reference, state: "succeeded".into() }),
        Err(why) => refused(409, why),
    }
}

/// The request, or the status and the sentence with which it is refused.
fn read<T: DeserializeOwned>(peer: &Peer, request: &HttpRequest, body: &[u8]) -> Result<T, (u16, &'static str)> {
    let header = request.headers().get(signature::HEADER).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if signature::check_signature(&peer.secret, header, body, machine_now()).is_err() {
        return Err((401, "the signature is missing or wrong"));
    }
    serde_json::from_slice(body).map_err(|_| (400, "the body cannot be read"))
}

fn refused(status: u16, why: &str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or(actix_web::http::StatusCode::BAD_REQUEST);
    HttpResponse::build(status).json(json!({"error": why}))
}
