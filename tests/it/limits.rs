//! Every client has its limits: what it sends, how fast, how often and over how many connections. Real sockets; the
//! limits are set small, and nothing is measured: what ends is waited for, for a bounded time.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::residence::{NEWCOMER, PDF};
use crate::support::{Answer, TestApp};

/// How long is waited for what must come about: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two drops of somebody who is slow on purpose.
const DROP: Duration = Duration::from_millis(100);

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.running.address).await.expect("a connection")
}

/// A connection from another address of this machine.
async fn connect_from(app: &TestApp, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0))).expect("an address");
    socket.connect(app.running.address).await.expect("a connection")
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("sent");
}

/// The head of the next answer; empty where the connection ended.
async fn head(stream: &mut TcpStream) -> String {
    let read = async {
        let mut read = Vec::new();
        while !read.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => read.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(read).expect("text")
    };
    tokio::time::timeout(PATIENCE, read).await.expect("an answer or an end")
}

/// Everything that comes until the connection ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let all = async {
        // Cut off or closed: it has ended.
        let _ = stream.read_to_end(&mut read).await;
    };
    tokio::time::timeout(PATIENCE, all).await.expect("the connection ends");
    String::from_utf8_lossy(&read).into_owned()
}

/// Sends a drop again and again, until the connection has ended. Gives what was answered.
async fn trickle(mut stream: TcpStream, drop: &str) -> String {
    let (mut reader, mut writer) = stream.split();
    let mut read = Vec::new();
    let dripping = async {
        while writer.write_all(drop.as_bytes()).await.is_ok() {
            tokio::time::sleep(DROP).await;
        }
        std::future::pending::<()>().await;
    };
    let ended = async {
        tokio::select! {
            _ = reader.read_to_end(&mut read) => {}
            () = dripping => {}
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the server does not wait for ever");
    String::from_utf8_lossy(&read).into_owned()
}

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or_default()
}

/// The head of a request by somebody, without the line that ends it.
fn signed(app: &TestApp, name: &str, request: &str) -> String {
    let key = guichet::kernel::random::uuid();
    format!("{request} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {key}\r\n", app.token(name))
}

#[actix_web::test]
async fn hundreds_of_slow_clients_are_let_go_and_the_server_goes_on() {
    let app = TestApp::with(&[("GUICHET_REQUEST_SECONDS", "1")]).await;
    let case = app.draft("rahim", "land-mutation").await;
    let mut slow = Vec::new();
    for _ in 0..60 {
        // A head that never ends.
        let mut stream = connect(&app).await;
        send(&mut stream, "GET /v1/services HTTP/1.1\r\nHost: x\r\n").await;
        slow.push((stream, "x-a: b\r\n", "408"));
        // A second one, on a connection that has proved itself.
        let mut stream = connect(&app).await;
        send(&mut stream, GET).await;
        assert_eq!(status(&head(&mut stream).await), "200");
        send(&mut stream, "GET /v1/services HTTP/1.1\r\n").await;
        slow.push((stream, "x-a: b\r\n", ""));
        // A body that never ends.
        let mut stream = connect(&app).await;
        send(&mut stream, &signed(&app, "rahim", "POST /v1/cases")).await;
        send(&mut stream, "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{").await;
        slow.push((stream, " ", "408"));
        // The body of what was refused already.
        let mut stream = connect(&app).await;
        send(&mut stream, "POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        slow.push((stream, "1\r\na\r\n", "404"));
        // A file, byte by byte.
        let mut stream = connect(&app).await;
        let path = case.path("/documents?kind=photo&file_name=a.jpg");
        send(&mut stream, &signed(&app, "rahim", &format!("POST {path}"))).await;
        send(&mut stream, "Content-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        slow.push((stream, "1\r\na\r\n", "408"));
    }
    let slow =
        join_all(slow.into_iter().map(|(stream, drop, told)| async move { (trickle(stream, drop).await, told) }));
    let others = async {
        for _ in 0..20 {
            app.get("rahim", &case.path("")).await.expect(200);
            app.request("GET", "/healthz").send().await.expect(200);
            tokio::time::sleep(DROP).await;
        }
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert_eq!(slow.len(), 300);
    for (answer, told) in slow {
        // Who is cut off while it still sends may not see what it was told.
        assert!(status(&answer) == told || answer.is_empty(), "{told}: {answer}");
    }
    app.get("rahim", &case.path("")).await.expect(200);
    assert_eq!(app.count("SELECT count(*) FROM documents").await, 0);
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 1);
}

#[actix_web::test]
async fn who_does_not_read_what_it_asked_for_is_let_go() {
    let app = TestApp::with(&[("GUICHET_REQUEST_SECONDS", "1")]).await;
    let case = app.draft("rahim", "land-mutation").await;
    // More than the kernel keeps for a reader that does not read.
    let paper = [PDF, &vec![b' '; 9 << 20], b"%%EOF"].concat();
    let added = app.upload("rahim", &case, "kind=deed&file_name=a.pdf", "application/pdf", &paper).await.expect(201);
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small window");
    let mut stream = socket.connect(app.running.address).await.expect("a connection");
    let path = format!("GET /v1/documents/{}", added.json["id"].as_str().expect("an id"));
    send(&mut stream, &format!("{}\r\n", signed(&app, "rahim", &path))).await;
    assert_eq!(status(&head(&mut stream).await), "200");
    let cut = "guichet_connections_cut_total{why=\"answer\"}";
    app.until("it is cut off", async || figures(&app).await.contains(cut).then_some(())).await;
    assert!(rest(&mut stream).await.len() < paper.len());
    // Somebody who reads gets all of it.
    assert_eq!(app.get("rahim", added.header("location")).await.expect(200).bytes, paper);
}

async fn figures(app: &TestApp) -> String {
    String::from_utf8(app.request("GET", "/metrics").send().await.bytes).expect("text")
}

#[actix_web::test]
async fn a_body_that_does_not_arrive_is_408_and_a_server_that_is_late_is_503() {
    let app = TestApp::with(&[("GUICHET_REQUEST_SECONDS", "1")]).await;
    let mut stream = connect(&app).await;
    send(&mut stream, &signed(&app, "rahim", "POST /v1/cases")).await;
    send(&mut stream, "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{").await;
    let told = rest(&mut stream).await;
    assert_eq!(status(&told), "408", "{told}");
    assert!(told.contains("\"code\":\"too_slow\"") && told.contains("x-request-id"), "{told}");
    // Somebody has locked what the request wants to read.
    let mut locker = guichet::postgres::connect(&app.database_url).await.expect("the database answers");
    let lock = "BEGIN; LOCK TABLE identities IN ACCESS EXCLUSIVE MODE";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut locker, lock).await.expect("locked");
    let late = app.by("rahim", "GET", "/v1/cases").header("accept-language", "bn").send().await.expect(503);
    assert_eq!((late.json["code"].as_str(), late.header("retry-after")), (Some("unavailable"), "5"));
    assert_eq!((late.header("content-language"), &late.json["instance"]), ("bn", &json!(late.header("x-request-id"))));
    let route = "http_requests_total{method=\"GET\",route=\"/v1/cases\",status=\"503\"}";
    assert!(figures(&app).await.contains(route));
    diesel_async::SimpleAsyncConnection::batch_execute(&mut locker, "ROLLBACK").await.expect("unlocked");
    app.get("rahim", "/v1/cases").await.expect(200);
}

#[actix_web::test]
async fn a_head_has_its_bounds() {
    let app = TestApp::new().await;
    let fields = |count: usize| -> String { (0..count).map(|n| format!("x-{n}: a\r\n")).collect() };
    let large = format!("x-a: {}\r\n", "a".repeat(140_000));
    for (more, expected) in [(fields(90), "200"), (fields(100), "431"), (large, "431"), ("\u{1}: a\r\n".into(), "400")]
    {
        let mut stream = connect(&app).await;
        // It may be refused before it is sent whole.
        let _ = stream.write_all(format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{more}\r\n").as_bytes()).await;
        assert_eq!(status(&head(&mut stream).await), expected, "{} bytes", more.len());
    }
    let mut stream = connect(&app).await;
    let _ = stream.write_all(format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000)).as_bytes()).await;
    assert_eq!(status(&head(&mut stream).await), "400", "a long address");
}

/// What one address or one caller is told, and that others are not.
fn is_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.json["code"].as_str()), (429, Some("too_many")));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    assert_eq!(answer.json["instance"], answer.header("x-request-id"));
}

#[actix_web::test]
async fn an_address_that_asks_too_often_is_told_to_wait() {
    let app = TestApp::with(&[("GUICHET_RATE_ADDRESS", "1,20")]).await;
    let mut answers = Vec::new();
    while answers.len() < 100 && answers.last().is_none_or(|last: &Answer| last.status != 429) {
        answers.push(app.request("GET", "/v1/services").send().await);
    }
    is_refused(answers.last().expect("an answer"));
    assert!(answers.len() > 20, "the burst is granted: {}", answers.len());
    // Not even a token is looked at.
    let mut refused = app.request("GET", "/v1/cases").header("authorization", "Bearer x").send().await;
    for _ in 0..10 {
        if refused.status == 429 {
            break;
        }
        refused = app.request("GET", "/v1/cases").header("authorization", "Bearer x").send().await;
    }
    is_refused(&refused);
    for path in ["/healthz", "/readyz"] {
        for _ in 0..30 {
            app.request("GET", path).send().await.expect(200);
        }
    }
    let mut stream = connect_from(&app, 2).await;
    send(&mut stream, "GET /v1/services HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(status(&head(&mut stream).await), "200", "another address");
    let waits = async || (app.request("GET", "/v1/services").send().await.status == 200).then_some(());
    app.until("it may ask again", waits).await;
}

#[actix_web::test]
async fn behind_a_proxy_that_is_trusted_the_address_is_the_clients() {
    let settings = [("GUICHET_RATE_ADDRESS", "1,3"), ("GUICHET_TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")];
    let app = TestApp::with(&settings).await;
    let by = async |said: &str| app.request("GET", "/v1/services").header("x-forwarded-for", said).send().await.status;
    let mut tries = 0;
    while by("203.0.113.9").await != 429 {
        tries += 1;
        assert!(tries < 100, "it is refused some time");
    }
    assert_eq!(by("203.0.113.10").await, 200);
    assert_eq!(by("203.0.113.11, 10.0.0.7").await, 200);
    // What the client invents stands to the left.
    let mut told = by("9.9.9.9, 203.0.113.9, 10.0.0.7").await;
    for _ in 0..10 {
        if told == 429 {
            break;
        }
        told = by("9.9.9.9, 203.0.113.9, 10.0.0.7").await;
    }
    assert_eq!(told, 429);
}

#[actix_web::test]
async fn a_caller_that_asks_too_often_is_told_to_wait() {
    let app = TestApp::with(&[("GUICHET_RATE_CALLER", "1,20")]).await;
    let mut answers = Vec::new();
    while answers.len() < 100 && answers.last().is_none_or(|last: &Answer| last.status != 429) {
        answers.push(app.get("rahim", "/v1/cases").await);
    }
    is_refused(answers.last().expect("an answer"));
    assert!(answers.len() > 20, "the burst is granted: {}", answers.len());
    // Another caller, the same address; and nobody, who has no such limit.
    app.get("salma", "/v1/cases").await.expect(200);
    app.request("GET", "/v1/services").send().await.expect(200);
    let page = figures(&app).await;
    assert!(page.contains("guichet_refused_total{limit=\"caller\"}"), "{page}");
    app.until("it may ask again", async || (app.get("rahim", "/v1/cases").await.status == 200).then_some(())).await;
}

#[actix_web::test]
async fn beyond_its_connections_a_server_lets_clients_wait() {
    let app = TestApp::with(&[("GUICHET_CONNECTIONS", "4")]).await;
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let most = 4_usize.div_ceil(workers) * workers;
    let mut within = Vec::new();
    for _ in 0..most {
        let mut stream = connect(&app).await;
        send(&mut stream, GET).await;
        assert_eq!(status(&head(&mut stream).await), "200");
        let mut body = [0; 2];
        stream.read_exact(&mut body).await.expect("the body");
        within.push(stream);
    }
    let mut further = connect(&app).await;
    send(&mut further, GET).await;
    for _ in 0..3 {
        for stream in &mut within {
            send(stream, GET).await;
            assert_eq!(status(&head(stream).await), "200");
            let mut body = [0; 2];
            stream.read_exact(&mut body).await.expect("the body");
        }
    }
    let mut nothing = [0; 1];
    assert!(further.try_read(&mut nothing).is_err(), "it waits");
    drop(within.pop());
    assert_eq!(status(&head(&mut further).await), "200", "there is a place");
}

#[actix_web::test]
async fn no_address_takes_all_connections() {
    let app = TestApp::with(&[("GUICHET_CONNECTIONS", "200")]).await;
    let mut open = Vec::new();
    let mut refused = 0;
    for _ in 0..100 {
        let mut stream = connect_from(&app, 3).await;
        // Who is shown the door may not get so far as to ask.
        let _ = stream.write_all(GET.as_bytes()).await;
        match status(&head(&mut stream).await) {
            "200" => open.push(stream),
            _ => refused += 1,
        }
    }
    assert_eq!((open.len(), refused), (64, 36));
    let mut other = connect_from(&app, 4).await;
    send(&mut other, GET).await;
    assert_eq!(status(&head(&mut other).await), "200");
    // And who leaves may come again.
    drop(open);
    let again = async || {
        let mut stream = connect_from(&app, 3).await;
        let _ = stream.write_all(GET.as_bytes()).await;
        (status(&head(&mut stream).await) == "200").then_some(())
    };
    app.until("there is a place", again).await;
}

#[actix_web::test]
async fn a_request_of_somebody_patient_is_taken_piece_by_piece() {
    let app = TestApp::new().await;
    let mut stream = connect(&app).await;
    let body = json!({"service": "residence-certificate"}).to_string();
    let head_of = signed(&app, NEWCOMER, "POST /v1/cases");
    let whole = format!("{head_of}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    for piece in whole.as_bytes().chunks(100) {
        stream.write_all(piece).await.expect("sent");
        tokio::time::sleep(DROP / 10).await;
    }
    assert_eq!(status(&head(&mut stream).await), "201");
}
