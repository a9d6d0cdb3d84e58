//! A provider of payments that outlives the server that asks it: it remembers what it was asked, and tells the outcome
//! until it is taken, as providers do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use guichet::kernel::PaymentId;
use guichet::kernel::clock::machine_now;
use guichet::kernel::outbound::Outbound;
use guichet::payments::{Callback, HEADER, Outcome, PaymentAsked, check_signature, sign};
use serde_json::json;

pub const SECRET: &str = "between the two of us";
/// How often an outcome is told, with a pause in between: longer than any outage here.
const TRIES: usize = 1_200;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Pages {
    /// The number that was given to each payment.
    asked: BTreeMap<PaymentId, String>,
    told: Vec<PaymentId>,
    faults: Vec<String>,
}

struct Peer {
    outbound: Outbound,
    pages: Mutex<Pages>,
}

/// It runs until the value is dropped.
pub struct Till {
    pub url: String,
    peer: Data<Peer>,
    handle: ServerHandle,
}

impl Till {
    pub fn open() -> Self {
        let outbound = Outbound::new().expect("a client");
        let peer = Data::from(Arc::new(Peer { outbound, pages: Mutex::default() }));
        let shared = peer.clone();
        let app = move || App::new().app_data(shared.clone()).route("/payments", web::post().to(payment));
        let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, peer, handle }
    }

    /// Payments whose outcome the server took.
    pub fn told(&self) -> Vec<PaymentId> {
        self.peer.pages.lock().expect("the pages").told.clone()
    }

    /// Outcomes that nobody has taken yet.
    pub fn waiting(&self) -> usize {
        let pages = self.peer.pages.lock().expect("the pages");
        pages.asked.len() - pages.told.len() - pages.faults.len()
    }

    /// Outcomes that the server refused for ever.
    pub fn faults(&self) -> Vec<String> {
        self.peer.pages.lock().expect("the pages").faults.clone()
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn payment(peer: Data<Peer>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header = request.headers().get(HEADER).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let signed = check_signature(SECRET.as_bytes(), header, &body, machine_now()).is_ok();
    let Some(asked) = serde_json::from_slice::<PaymentAsked>(&body).ok().filter(|_| signed) else {
        return HttpResponse::BadRequest().finish();
    };
    let reference = format!("T-{}", asked.id);
    let known = peer.pages.lock().expect("the pages").asked.insert(asked.id, reference.clone()).is_some();
    if !known {
        actix_web::rt::spawn(tell(peer.clone(), asked, reference.clone()));
    }
    HttpResponse::Accepted().json(json!({"reference": reference, "state": "acknowledged"}))
}

/// The payer pays at once.
async fn tell(peer: Data<Peer>, asked: PaymentAsked, reference: String) {
    let (payment, event_id, at) = (asked.id, format!("E-{}", asked.id), machine_now());
    let callback = Callback { event_id, payment, reference, outcome: Outcome::Succeeded, amount: asked.amount, at };
    let body = serde_json::to_vec(&callback).expect("JSON");
    let mut last = String::from("nobody took it");
    for _ in 0..TRIES {
        let signature = sign(SECRET.as_bytes(), machine_now().as_second(), &body);
        let headers = [(HEADER, signature.as_str())];
        match peer.outbound.post(&asked.callback, "application/json", &headers, body.clone()).await {
            Ok(answer) if answer.is_success() => {
                return peer.pages.lock().expect("the pages").told.push(payment);
            }
            Ok(answer) if answer.status != 503 => {
                last = format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
                break;
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    peer.pages.lock().expect("the pages").faults.push(format!("{payment}: {last}"));
}
