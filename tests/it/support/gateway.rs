//! An SMS gateway over real HTTP, which keeps what it is sent and answers as it is told.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use guichet::kernel::clock::machine_now;
use guichet::kernel::signature;
use serde_json::{Value, json};

use super::{Answer, TestApp};

/// What receipts are signed with.
pub const SECRET: &str = "a secret of receipts";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Arrived {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Null where the body is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
struct State {
    arrived: Vec<Arrived>,
    /// Statuses of the next answers; then 202.
    next: Vec<u16>,
}

/// Stops with the value.
pub struct SmsGateway {
    pub url: String,
    state: Arc<Mutex<State>>,
    server: actix_web::dev::ServerHandle,
}

impl Drop for SmsGateway {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn take(state: web::Data<Mutex<State>>, request: HttpRequest, body: String) -> HttpResponse {
    let header = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
        (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
    };
    let headers = request.headers().iter().map(header).collect();
    let mut state = state.lock().expect("the state");
    state.arrived.push(Arrived { headers, body });
    let status = if state.next.is_empty() { 202 } else { state.next.remove(0) };
    let number = format!("SM-{}", state.arrived.len());
    let status = actix_web::http::StatusCode::from_u16(status).expect("a status");
    HttpResponse::build(status).json(json!({"id": number, "messages": [{"number": state.arrived.len()}]}))
}

impl SmsGateway {
    /// The first answers have these statuses, all further ones 202.
    pub async fn start(next: &[u16]) -> Self {
        let state = web::Data::new(Mutex::new(State { next: next.to_vec(), ..State::default() }));
        let kept = state.clone();
        let server = HttpServer::new(move || App::new().app_data(state.clone()).route("/send", web::post().to(take)));
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/send", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, state: kept.into_inner(), server: handle }
    }

    /// What has arrived by now.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.state.lock().expect("the state").arrived.clone()
    }

    /// The settings of a server that sends through it and takes its receipts.
    pub fn settings(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("GUICHET_SMS_URL", self.url.as_str()),
            ("GUICHET_SMS_TOKEN", "gateway-token"),
            ("GUICHET_SMS_SENDER", "Sumwhere"),
            ("GUICHET_SMS_RECEIPT_SECRET", SECRET),
        ]
    }
}

impl TestApp {
    /// Somebody says how to be told.
    pub async fn tell(&self, name: &str, change: &Value) -> Answer {
        self.by(name, "PATCH", "/v1/me/contact").header("if-match", "*").json(change).send().await
    }

    /// The gateway tells what became of a message.
    pub async fn receipt(&self, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        let signed = signature::sign(SECRET.as_bytes(), machine_now().as_second(), &body);
        let request = self.request("POST", "/v1/sms/receipts").header("x-signature", &signed);
        request.body("application/json", body).send().await
    }

    /// The newest notice about something in somebody's box, once there is one.
    pub async fn notice(&self, name: &str, about: &str) -> Value {
        self.until(&format!("{about} for {name}"), async || {
            let page = self.get(name, "/v1/me/messages?limit=200").await.expect(200).json;
            page["items"].as_array()?.iter().find(|m| m["about"] == about).cloned()
        })
        .await
    }

    /// What became of a message, as `<channel> <state>`, once that is so.
    pub async fn until_deliveries(&self, name: &str, about: &str, expected: &[&str]) -> Value {
        self.until(&format!("{about}: {expected:?}"), async || {
            let notice = self.notice(name, about).await;
            (deliveries(&notice) == expected).then_some(notice)
        })
        .await
    }

    /// Nothing is queued any more.
    pub async fn all_done(&self) {
        self.until("an empty queue", async || (self.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    }
}

/// What became of a message, as `<channel> <state>`.
pub fn deliveries(message: &Value) -> Vec<String> {
    let word = |delivery: &Value, name: &str| delivery[name].as_str().unwrap_or_default().to_owned();
    let all = message["deliveries"].as_array().cloned().unwrap_or_default();
    all.iter().map(|d| format!("{} {}", word(d, "channel"), word(d, "state"))).collect()
}
