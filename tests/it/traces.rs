//! Traces: the program itself, as a process, with a collector that listens on a real socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::database_url;
use crate::support::process::{Scratch, Server};

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

    fn url(&self) -> String {
        format!("http://{}", self.address)
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

/// The program, which sends its spans there.
async fn server(scratch: &Scratch, otlp: Option<String>) -> Server {
    let url = database_url();
    // What is logged does not decide what is traced.
    let mut settings = vec![("DATABASE_URL", url.as_str()), ("GUICHET_LOG", "warn")];
    settings.extend(otlp.as_deref().map(|address| ("GUICHET_OTLP", address)));
    Server::start(&scratch.path("data"), &settings).await
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
    let (collector, scratch) = (Collector::start(), Scratch::new("traces"));
    let server = server(&scratch, Some(collector.url())).await;
    let token = server.token("rahim");
    let ask = |method: &str, path: &str, above: &str| {
        let request = server.by("rahim", method, path).header("authorization", &format!("Bearer {token}"));
        request.header("traceparent", above).header("x-request-id", "my-own-number-17")
    };
    let sampled = format!("00-{TRACE}-{ABOVE}-01");
    let identifier = json!({"type": "national-id", "value": "5550001112"});
    let form = json!({"applicants": [{"name": "Ratan Mallick", "identifier": identifier}]});
    let open = ask("POST", "/v1/cases", &sampled).header("idempotency-key", "key-of-mine");
    let case = open.json(&json!({"service": "land-mutation", "form": form})).send().await.expect(201).json;
    let id = text(&case, "id");
    let read = ask("GET", &format!("/v1/cases/{id}?"), &sampled).header("x-purpose", "a complaint of the neighbour");
    read.send().await.expect(200);
    ask("GET", &format!("/v1/cases/{id}/fees"), &sampled).send().await.expect(200);
    // Who does not want to be traced is not; who names no trace begins one.
    let silent = format!("00-{}-{ABOVE}-00", TRACE.replace('4', "5"));
    ask("GET", "/v1/cases", &silent).send().await.expect(200);
    ask("GET", "/v1/cases/nothing-like-this", "").send().await.expect(404);
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
    // What many ask in one statement is none of their own; what somebody asks alone is.
    assert!(below(start).iter().any(|s| text(s, "name") == "question to new cases"), "{:#?}", below(start));
    let [fees] = named("case.read_fees")[..] else { panic!("{spans:#?}") };
    let statements = below(fees);
    assert!(
        statements.iter().any(|s| attribute(s, "db.collection.name") == "demands" && s["kind"] == 3),
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
    let (collector, scratch) = (Collector::start(), Scratch::new("traces"));
    let server = server(&scratch, Some(collector.url())).await;
    server.post("salma", "/v1/cases", &json!({"service": "residence-certificate", "submit": true})).await.expect(201);
    let is_job = |span: &Value| text(span, "name") == "job notice";
    let job = server.until("the job", async || collector.spans().into_iter().find(is_job)).await;
    assert_eq!((text(&job, "parentSpanId"), attribute(&job, "guichet.job.kind")), ("", "notice"));
    server.stop();
    let spans = collector.spans();
    let within = spans.iter().filter(|span| text(span, "parentSpanId") == text(&job, "spanId")).count();
    assert!(within > 0, "its statements are part of it: {spans:#?}");
    // What the server does by itself, several times a second, is no trace.
    for root in spans.iter().filter(|span| text(span, "parentSpanId").is_empty()) {
        let name = text(root, "name");
        assert!(name.starts_with("job ") || name.starts_with("POST "), "{name}");
    }
}

async fn figures(server: &Server) -> String {
    String::from_utf8(server.request("GET", "/metrics").send().await.expect(200).bytes).expect("text")
}

#[actix_web::test]
async fn a_collector_that_is_away_holds_nothing_up() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let scratch = Scratch::new("traces");
    let server = server(&scratch, Some(format!("http://{free}"))).await;
    let counted = "guichet_spans_lost_total{why=\"refused\"}";
    let lost = async || figures(&server).await.contains(counted).then_some(());
    server.until("what is lost is counted", lost).await;
    server.request("GET", "/v1/services").send().await.expect(200);
    server.stop();
}

#[actix_web::test]
async fn without_a_collector_nothing_is_counted_or_kept() {
    let scratch = Scratch::new("traces");
    let server = server(&scratch, None).await;
    assert!(!figures(&server).await.contains("guichet_spans"));
    server.stop();
}
