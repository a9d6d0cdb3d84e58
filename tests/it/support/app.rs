//! A server of the test's own, and somebody to speak to it or to another.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use guichet::access::Keys;
use guichet::cli::{Running, context, start_at};
use guichet::kernel::Clock;
use guichet::kernel::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::cluster::database_url;

/// A Monday morning in Sumwhere.
pub const MONDAY: &str = "2026-08-03T10:00:00+06:00";

/// An instant from its text.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

pub fn services() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("services")
}

/// The keys of the run: identifiers in the template are hashed with them.
fn data() -> PathBuf {
    static FOLDER: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-data").join(std::process::id().to_string());
            std::fs::create_dir_all(&folder).expect("a folder for the run");
            folder
        })
        .clone()
}

/// What the tests set; `more` comes last.
pub fn settings(more: &[(&str, &str)]) -> Settings {
    let data = data().display().to_string();
    let services = services().display().to_string();
    let all = [
        ("GUICHET_LISTEN", "127.0.0.1:0"),
        ("GUICHET_SANDBOX_LISTEN", "127.0.0.1:0"),
        ("GUICHET_DATA", &data),
        ("GUICHET_SERVICES", &services),
        ("GUICHET_DATABASE_POOL", "6"),
        // What a test changes is seen at once.
        ("GUICHET_STANDING_SECONDS", "0"),
    ];
    let all: Vec<(String, String)> =
        all.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::read(&|name| all.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
        .unwrap_or_else(|e| panic!("{e}"))
}

/// Publishes the definitions and loads the demo country into the template.
pub async fn fill(url: &str) {
    let clock = Arc::new(Clock::frozen(at("2026-01-01T00:00:00+06:00")));
    context(settings(&[]), url, clock).await.unwrap_or_else(|e| panic!("{}", reason(&e)));
}

fn reason(error: &guichet::kernel::Error) -> String {
    match error {
        guichet::kernel::Error::Internal(source) => source.to_string(),
        other => other.to_string(),
    }
}

/// A server within this process, and somebody to speak to it.
pub struct TestApp {
    pub running: Running,
    client: Client,
}

impl std::ops::Deref for TestApp {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Somebody who speaks to a server, whichever process it runs in.
#[derive(Clone)]
pub struct Client {
    pub url: String,
    pub database_url: String,
    pub keys: Keys,
    http: reqwest::Client,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    /// Null where the body is no JSON.
    pub json: Value,
}

impl Answer {
    /// Pointers and codes of the faults.
    pub fn faults(&self) -> Vec<(String, String)> {
        let faults = self.json["errors"].as_array().cloned().unwrap_or_default();
        let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        faults.iter().map(|f| (text(f, "pointer"), text(f, "code"))).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }
}

/// A request under way.
pub struct Request<'a> {
    client: &'a Client,
    method: reqwest::Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request<'_> {
    /// Sets a header; the last word counts.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    pub fn body(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", media_type)
    }

    pub async fn send(self) -> Answer {
        let mut request = self.client.http.request(self.method, format!("{}{}", self.client.url, self.path));
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let answer = request.body(self.body).send().await.expect("the server answers");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.expect("the body is whole").to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, headers, bytes, json }
    }
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A server with further settings.
    pub async fn with(more: &[(&str, &str)]) -> Self {
        Self::on(database_url(), more, at(MONDAY)).await
    }

    /// A server on a database that is there already.
    pub async fn on(database_url: String, more: &[(&str, &str)], now: Timestamp) -> Self {
        let settings = settings(more);
        let keys = Keys::open(&settings.data).expect("keys are made");
        let clock = Arc::new(Clock::frozen(now));
        let running = start_at(settings, &database_url, clock).await.unwrap_or_else(|e| panic!("{}", reason(&e)));
        let client = Client::new(format!("http://{}", running.address), database_url, keys);
        Self { running, client }
    }

    /// Moves business time and applies what fell due.
    pub async fn forward(&self, by: SignedDuration) {
        guichet::cases::move_clock(&self.running.ctx, by).await.expect("time moves");
    }

    pub async fn forward_days(&self, days: i64) {
        self.forward(SignedDuration::from_hours(24 * days)).await;
    }
}

impl Client {
    pub fn new(url: String, database_url: String, keys: Keys) -> Self {
        // It speaks plain HTTP only, yet wants to know how it would encrypt; another test may have said so already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "the tests are a client of their own")]
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().expect("a client is made");
        Self { url, database_url, keys, http }
    }

    /// A token of somebody of the demo.
    pub fn token(&self, name: &str) -> String {
        self.keys.development_token(name, SignedDuration::from_hours(1)).expect("a token is made")
    }

    /// A request without a token.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = method.parse().expect("a method");
        Request { client: self, method, path: path.to_owned(), headers: vec![], body: vec![] }
    }

    /// A request by somebody of the demo. Every POST gets a fresh `Idempotency-Key`; one given later replaces it.
    pub fn by(&self, name: &str, method: &str, path: &str) -> Request<'_> {
        let request = self.request(method, path).header("authorization", &format!("Bearer {}", self.token(name)));
        if method == "POST" {
            request.header("idempotency-key", &guichet::kernel::random::uuid().to_string())
        } else {
            request
        }
    }

    pub async fn get(&self, name: &str, path: &str) -> Answer {
        self.by(name, "GET", path).send().await
    }

    pub async fn post(&self, name: &str, path: &str, body: &Value) -> Answer {
        self.by(name, "POST", path).json(body).send().await
    }

    /// Waits, for a bounded time, until something is so: work that follows a commit is done a moment later.
    pub async fn until<R>(&self, what: &str, mut ask: impl AsyncFnMut() -> Option<R>) -> R {
        for _ in 0..1_200 {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it did not come about: {what}");
    }

    /// How many rows a query gives, as the owner of the database.
    pub async fn count(&self, query: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::Bigint)]
            count: i64,
        }
        let mut connection = guichet::postgres::connect(&self.database_url).await.expect("the database answers");
        let row: Count = diesel_async::RunQueryDsl::get_result(diesel::sql_query(query), &mut connection)
            .await
            .unwrap_or_else(|e| panic!("{query}: {e}"));
        row.count
    }

    /// One text, as the owner of the database.
    pub async fn text(&self, query: &str) -> Option<String> {
        #[derive(diesel::QueryableByName)]
        struct Word {
            #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
            word: Option<String>,
        }
        let mut connection = guichet::postgres::connect(&self.database_url).await.expect("the database answers");
        let rows: Vec<Word> = diesel_async::RunQueryDsl::load(diesel::sql_query(query), &mut connection)
            .await
            .unwrap_or_else(|e| panic!("{query}: {e}"));
        rows.into_iter().next().and_then(|row| row.word)
    }

    /// Changes something, as the owner of the database.
    pub async fn execute(&self, statement: &str) {
        let mut connection = guichet::postgres::connect(&self.database_url).await.expect("the database answers");
        diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, statement)
            .await
            .unwrap_or_else(|e| panic!("{statement}: {e}"));
    }

    /// Action and outcome of the audit entries, oldest first.
    pub async fn audit(&self) -> Vec<String> {
        #[derive(diesel::QueryableByName)]
        struct Line {
            #[diesel(sql_type = diesel::sql_types::Text)]
            line: String,
        }
        let mut connection = guichet::postgres::connect(&self.database_url).await.expect("the database answers");
        let query = diesel::sql_query("SELECT action || ' ' || outcome AS line FROM audit_entries ORDER BY id");
        let rows: Vec<Line> = diesel_async::RunQueryDsl::load(query, &mut connection).await.expect("the log is read");
        rows.into_iter().map(|row| row.line).collect()
    }
}
