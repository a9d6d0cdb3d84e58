//! Traces: the program itself, as a process, with a collector that listens on a real socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{database_url, services};

/// How long is waited for what must come about: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const ABOVE: &str = "00f067aa0ba902b7";

/// A collector: takes every request, and keeps what was posted.
struct Collector {
    address: SocketAddr,
    /// Head and body of each request.
    posted: Arc<Mutex<Vec<(String, String)>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, posted) = (listener.local_addr().expect("an address"), Arc::default());
        let sink = Arc::clone(&posted);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sink = Arc::clone(&sink);
                std::thread::spawn(move || take(stream, &sink));
            }
        });
        Self { address, posted }
    }

    fn posted(&self) -> Vec<(String, String)> {
        self.posted.lock().expect("what was posted").clone()
    }

    /// All spans by now.
    fn spans(&self) -> Vec<Value> {
        let mut found = Vec::new();
        for (_, body) in self.posted() {
            let document: Value = serde_json::from_str(&body).expect("JSON");
            let resource = &document["resourceSpans"][0]["resource"]["attributes"];
            assert!(resource.to_string().contains("\"guichet\""), "{resource}");
            let spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array();
            found.extend(spans.expect("spans").iter().cloned());
        }
        found
    }
}

/// The requests of one connection, one after the other.
fn take(stream: TcpStream, posted: &Mutex<Vec<(String, String)>>) {
    let mut writer = stream.try_clone().expect("a second handle");
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let mut body = vec![0; length.expect("a length")];
        reader.read_exact(&mut body).expect("the body");
        posted.lock().expect("what was posted").push((head, String::from_utf8(body).expect("text")));
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        writer.write_all(answer.as_bytes()).expect("answered");
    }
}

/// The server as a process; ends with the value.
struct Server {
    process: Child,
    url: String,
    data: std::path::PathBuf,
}

impl Server {
    fn start(otlp: Option<&str>) -> Self {
        let data = std::env::temp_dir().join(format!("guichet-traces-{}", guichet::kernel::random::uuid()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
        command.arg("serve").env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.env("GUICHET_LISTEN", "127.0.0.1:0").env("GUICHET_SANDBOX_LISTEN", "127.0.0.1:0");
        command.env("GUICHET_DATA", &data).env("GUICHET_SERVICES", services()).env("DATABASE_URL", database_url());
        // What is logged does not decide what is traced.
        command.env("GUICHET_LOG", "warn").env("GUICHET_DATABASE_POOL", "6");
        if let Some(address) = otlp {
            command.env("GUICHET_OTLP", address);
        }
        let mut process = command.spawn().expect("it starts");
        let mut output = BufReader::new(process.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let found = output.find_map(|line| {
            let rest = line.strip_prefix("Guichet listens on ")?;
            Some(rest.split(' ').next()?.to_owned())
        });
        // Who prints must be listened to.
        std::thread::spawn(move || output.for_each(drop));
        Self { process, url: format!("http://{}", found.expect("it says where it listens")), data }
    }

    fn token(&self, name: &str) -> String {
        let keys = guichet::access::Keys::open(&self.data).expect("its keys");
        keys.development_token(name, SignedDuration::from_hours(1)).expect("a token")
    }

    /// Stops it as an operator does; it ends well.
    fn stop(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        let began = Instant::now();
        let ended = loop {
            if let Some(ended) = self.process.try_wait().expect("a state") {
                break ended;
            }
            assert!(began.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(ended.success(), "{ended}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the tests are a client of their own")]
    let client = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client is made");
    client
}

fn attribute<'a>(span: &'a Value, key: &str) -> &'a str {
    let all = span["attributes"].as_array().expect("attributes");
    let value = all.iter().find(|a| a["key"] == key).map(|a| &a["value"]);
    value.and_then(|v| v["stringValue"].as_str().or(v["intValue"].as_str())).unwrap_or_default()
}

fn text<'a>(span: &'a Value, member: &str) -> &'a str {
    span[member].as_str().unwrap_or_default()
}

#[actix_web::test]
async fn a_request_is_a_trace_that_goes_on_with_the_callers_and_holds_nothing_of_it() {
    let collector = Collector::start();
    let server = Server::start(Some(&format!("http://{}", collector.address)));
    let (client, token) = (client(), server.token("rahim"));
    let ask = |method: &str, path: &str, above: &str| {
        let request = client.request(method.parse().expect("a method"), format!("{}{path}", server.url));
        request.bearer_auth(&token).header("traceparent", above).header("x-request-id", "my-own-number-17")
    };
    let sampled = format!("00-{TRACE}-{ABOVE}-01");
    let form = json!({"applicants": [{"name": "Ratan Mallick", "identifier": {"type": "national-id", "value": "5550001112"}}]});
    let body = json!({"service": "land-mutation", "form": form}).to_string();
    let opened = ask("POST", "/v1/cases", &sampled)
        .header("idempotency-key", "key-of-mine")
        .header("content-type", "application/json");
    let opened = opened.body(body).send().await.expect("an answer");
    assert_eq!(opened.status().as_u16(), 201);
    let case: Value = serde_json::from_slice(&opened.bytes().await.expect("a body")).expect("JSON");
    let id = text(&case, "id");
    let read = ask("GET", &format!("/v1/cases/{id}?"), &sampled).header("x-purpose", "a complaint of the neighbour");
    assert_eq!(read.send().await.expect("an answer").status().as_u16(), 200);
    // Who does not want to be traced is not; who names no trace begins one.
    let silent = format!("00-{}-{ABOVE}-00", TRACE.replace('4', "5"));
    ask("GET", "/v1/cases", &silent).send().await.expect("an answer");
    ask("GET", "/v1/cases/nothing-like-this", "").send().await.expect("an answer");
    server.stop();

    let spans = collector.spans();
    let named = |name: &str| -> Vec<&Value> { spans.iter().filter(|span| text(span, "name") == name).collect() };
    let [open] = named("POST /v1/cases")[..] else { panic!("{spans:#?}") };
    assert_eq!((text(open, "traceId"), text(open, "parentSpanId"), &open["kind"]), (TRACE, ABOVE, &json!(2)));
    assert_eq!(attribute(open, "http.request.method"), "POST");
    assert_eq!(attribute(open, "http.route"), "/v1/cases");
    assert_eq!(attribute(open, "http.response.status_code"), "201");
    let [start] = named("case.start")[..] else { panic!("{spans:#?}") };
    assert_eq!((text(start, "traceId"), text(start, "parentSpanId")), (TRACE, text(open, "spanId")));
    let below = |above: &Value| -> Vec<&Value> {
        spans.iter().filter(|span| text(span, "parentSpanId") == text(above, "spanId")).collect()
    };
    let statements = below(start);
    assert!(
        statements.iter().any(|s| attribute(s, "db.collection.name") == "cases" && s["kind"] == 3),
        "{statements:#?}"
    );
    for span in &spans {
        let (began, ended) = (text(span, "startTimeUnixNano"), text(span, "endTimeUnixNano"));
        assert!(began.parse::<u128>().expect("a moment") <= ended.parse::<u128>().expect("a moment"), "{span}");
    }
    let [read] =
        named("GET /v1/cases/{id}").into_iter().filter(|s| text(s, "traceId") == TRACE).collect::<Vec<_>>()[..]
    else {
        panic!("{spans:#?}")
    };
    assert_eq!(text(below(read).last().expect("a use case"), "name"), "case.read");
    assert!(spans.iter().all(|span| text(span, "traceId") != TRACE.replace('4', "5")));
    let nowhere: Vec<&Value> =
        named("GET /v1/cases/{id}").into_iter().filter(|s| text(s, "traceId") != TRACE).collect();
    assert_eq!(nowhere.len(), 1);
    assert_eq!((attribute(nowhere[0], "http.response.status_code"), text(nowhere[0], "parentSpanId")), ("404", ""));

    let all: String = collector.posted().into_iter().map(|(head, body)| head + &body).collect();
    assert!(all.contains("POST /v1/traces HTTP/1.1") && all.contains("content-type: application/json"), "{all}");
    for secret in [
        token.as_str(),
        token.rsplit('.').next().expect("a signature"),
        "Ratan",
        "5550001112",
        "rahim",
        "Rahim",
        "neighbour",
        "my-own-number-17",
        "key-of-mine",
        "nothing-like-this",
        id,
        text(&case, "reference"),
    ] {
        assert!(!all.contains(secret), "{secret} left the house");
    }
}

#[actix_web::test]
async fn a_job_is_a_trace_of_its_own() {
    let collector = Collector::start();
    let server = Server::start(Some(&format!("http://{}", collector.address)));
    let body = json!({"service": "residence-certificate", "submit": true}).to_string();
    let request = client().post(format!("{}/v1/cases", server.url)).bearer_auth(server.token("salma"));
    let request = request.header("idempotency-key", "k").header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.expect("an answer").status().as_u16(), 201);
    let began = Instant::now();
    let job = loop {
        let spans = collector.spans();
        if let Some(job) = spans.iter().find(|span| text(span, "name") == "job notice") {
            break job.clone();
        }
        assert!(began.elapsed() < PATIENCE, "{spans:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((text(&job, "parentSpanId"), attribute(&job, "guichet.job.kind")), ("", "notice"));
    server.stop();
    let spans = collector.spans();
    let within = spans.iter().filter(|span| text(span, "parentSpanId") == text(&job, "spanId")).count();
    assert!(within > 0, "its statements are part of it: {spans:#?}");
    // What the server does by itself, several times a second, is no trace.
    let roots = spans.iter().filter(|span| text(span, "parentSpanId").is_empty());
    for root in roots {
        let name = text(root, "name");
        assert!(name.starts_with("job ") || name.starts_with("POST "), "{name}");
    }
}

#[actix_web::test]
async fn a_collector_that_is_away_holds_nothing_up() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let server = Server::start(Some(&format!("http://{free}")));
    let client = client();
    let lost = async || {
        client.get(format!("{}/healthz", server.url)).send().await.expect("an answer");
        let page = client.get(format!("{}/metrics", server.url)).send().await.expect("an answer");
        page.text().await.expect("text").contains("guichet_spans_lost_total{why=\"refused\"}")
    };
    let began = Instant::now();
    while !lost().await {
        assert!(began.elapsed() < PATIENCE, "what is lost is counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.stop();
}

#[actix_web::test]
async fn without_a_collector_nothing_is_counted_or_kept() {
    let server = Server::start(None);
    let page = client().get(format!("{}/metrics", server.url)).send().await.expect("an answer");
    assert!(!page.text().await.expect("text").contains("guichet_spans"));
    server.stop();
}
