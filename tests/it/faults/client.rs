//! A client as it ought to be: it waits for an answer for a bounded time, and asks again under the same
//! `Idempotency-Key` until it knows what came of its request.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use guichet::access::Keys;
use guichet::kernel::random;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::world::PATIENCE;
use crate::support::Answer;

/// How long one answer is waited for.
const ANSWER: Duration = Duration::from_secs(20);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// How it went, over all requests.
#[derive(Debug, Default)]
pub struct Tally {
    pub requests: Cell<u64>,
    /// The connection was refused or broke off, or nothing came.
    pub unanswered: Cell<u64>,
    /// Told to come back.
    pub away: Cell<u64>,
    /// Answered only when asked again.
    pub settled: Cell<u64>,
}

fn add(cell: &Cell<u64>) {
    cell.set(cell.get() + 1);
}

/// One request, to be made as often as it takes.
#[derive(Clone)]
pub struct Ask {
    who: String,
    method: reqwest::Method,
    path: String,
    /// By which it is known; the ids of its tries begin with it.
    pub key: String,
    if_match: Option<String>,
    media: &'static str,
    body: Vec<u8>,
}

impl Ask {
    pub fn get(who: &str, path: &str) -> Self {
        let (who, path, key) = (who.to_owned(), path.to_owned(), random::uuid().to_string());
        Self { who, method: reqwest::Method::GET, path, key, if_match: None, media: "application/json", body: vec![] }
    }

    pub fn post(who: &str, path: &str, body: &Value) -> Self {
        Self { method: reqwest::Method::POST, body: body.to_string().into_bytes(), ..Self::get(who, path) }
    }

    pub fn put(who: &str, path: &str, tag: &str, body: &Value) -> Self {
        Self { method: reqwest::Method::PUT, if_match: Some(tag.to_owned()), ..Self::post(who, path, body) }
    }

    pub fn upload(who: &str, path: &str, media: &'static str, body: Vec<u8>) -> Self {
        Self { media, body, ..Self::post(who, path, &json!({})) }
    }
}

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    keys: Option<Keys>,
    url: String,
    pub tally: Rc<Tally>,
}

impl Client {
    /// Without anybody to speak for, until [`Client::knows`] tells the keys.
    pub fn new(url: &str) -> Self {
        // It speaks plain HTTP only, yet wants to know how it would encrypt; another test may have said so already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "the tests are a client of their own")]
        let http = reqwest::Client::builder().timeout(ANSWER).build().expect("a client is made");
        Self { http, keys: None, url: url.to_owned(), tally: Rc::default() }
    }

    pub fn knows(mut self, data: &std::path::Path) -> Self {
        self.keys = Some(Keys::open(data).expect("keys"));
        self
    }

    /// The same client at another replica.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub fn token(&self, name: &str) -> String {
        let keys = self.keys.as_ref().expect("the keys are known");
        keys.development_token(name, SignedDuration::from_hours(1)).expect("a token is made")
    }

    /// A request of nobody, by its whole address.
    pub async fn plain(&self, url: &str) -> Option<Answer> {
        read(self.http.get(url).send().await.ok()?).await
    }

    /// One try; none where no whole answer came.
    pub async fn once(&self, ask: &Ask, id: &str) -> Option<Answer> {
        add(&self.tally.requests);
        let mut request = self.http.request(ask.method.clone(), format!("{}{}", self.url, ask.path));
        request = request.header("authorization", format!("Bearer {}", self.token(&ask.who)));
        request = request.header("x-request-id", id);
        if ask.method != reqwest::Method::GET {
            request = request.header("content-type", ask.media).body(ask.body.clone());
        }
        if ask.method == reqwest::Method::POST {
            request = request.header("idempotency-key", &ask.key);
        }
        if let Some(tag) = &ask.if_match {
            request = request.header("if-match", tag);
        }
        match request.send().await {
            Ok(response) => read(response).await,
            Err(_) => None,
        }
    }

    /// One try, of which an answer is expected.
    pub async fn ask(&self, ask: &Ask) -> Answer {
        self.once(ask, &ask.key).await.expect("an answer")
    }

    /// As often as it takes. An outage is told by 503 with `Retry-After`; anything else beyond 500 is a defect.
    pub async fn settle(&self, ask: &Ask) -> Settled {
        let begun = Instant::now();
        for tries in 1.. {
            let id = format!("{}.{tries}", ask.key);
            match self.once(ask, &id).await {
                None => add(&self.tally.unanswered),
                Some(answer) if answer.status == 503 => {
                    assert!(!answer.header("retry-after").is_empty(), "{}: 503 says when to come back", ask.path);
                    add(&self.tally.away);
                }
                // What an earlier try began may still be under way in the database.
                Some(answer) if answer.status == 409 && under_way(&answer) => {}
                Some(answer) => {
                    let said = String::from_utf8_lossy(&answer.bytes);
                    assert!(answer.status < 500, "{} {}: {} {said}", ask.method, ask.path, answer.status);
                    if tries > 1 {
                        add(&self.tally.settled);
                    }
                    return Settled { answer, id };
                }
            }
            assert!(begun.elapsed() < PATIENCE, "{} {} is not settled in time", ask.method, ask.path);
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("tries have no end but the patience")
    }
}

fn under_way(answer: &Answer) -> bool {
    matches!(answer.json["code"].as_str(), Some("simultaneous" | "key_in_use"))
}

async fn read(response: reqwest::Response) -> Option<Answer> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.ok()?.to_vec();
    let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Some(Answer { status, headers, bytes, json })
}

/// What came of a request.
pub struct Settled {
    pub answer: Answer,
    /// The id of the try that was answered.
    pub id: String,
}
