//! Documents in a bucket of an S3 server (a real process, moto), instead of a folder.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};
use crate::support::residence::PDF;

/// The server; ends with the value.
pub struct Bucket {
    pub url: String,
    process: Child,
}

impl Bucket {
    pub fn start() -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a free port").port();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/moto_server");
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = spawned.unwrap_or_else(|e| panic!("{} (make test-deps installs it): {e}", program.display()));
        let bucket = Self { url: format!("http://127.0.0.1:{port}"), process };
        for _ in 0..600 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return bucket;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the S3 server did not start");
    }

    pub async fn app(&self) -> TestApp {
        let app = TestApp::with(&[
            ("GUICHET_S3_ENDPOINT", self.url.as_str()),
            ("GUICHET_S3_BUCKET", "papers"),
            ("GUICHET_S3_ACCESS_KEY", "key"),
            ("GUICHET_S3_SECRET_KEY", "secret"),
        ])
        .await;
        assert_eq!(self.ask("PUT", "/papers").await.0, 200, "the bucket is made");
        app
    }

    pub async fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let method = method.parse().expect("a method");
        #[expect(clippy::disallowed_methods, reason = "the tests are a client of their own")]
        let answer = reqwest::Client::new().request(method, format!("{}{path}", self.url)).send().await;
        let answer = answer.expect("the S3 server answers");
        (answer.status().as_u16(), answer.text().await.expect("its body"))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[actix_web::test]
async fn documents_lie_in_a_bucket_under_their_hash() {
    let bucket = Bucket::start();
    let app = bucket.app().await;
    let case = app.draft("rahim", "land-mutation").await;
    // More than one part of a bucket's upload.
    let big: Vec<u8> = PDF.iter().copied().chain(std::iter::repeat_n(b' ', 6 << 20)).chain(*b"\n%%EOF\n").collect();
    for content in [PDF, big.as_slice()] {
        let made = app.upload("rahim", &case, "kind=deed&file_name=deed.pdf", "application/pdf", content).await;
        let made = made.expect(201);
        assert_eq!(app.get("rahim", made.header("location")).await.expect(200).bytes, content);
        let hash = made.json["sha256"].as_str().expect("a hash").to_owned();
        let (_, listing) = bucket.ask("GET", "/papers?list-type=2").await;
        assert!(listing.contains(&format!("sha256/{}/{hash}", &hash[..2])), "{listing}");
        assert!(!listing.contains("incoming/"), "{listing}");
    }
    // What is refused leaves nothing behind.
    let refused = app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", PDF).await;
    assert_eq!(refused.status, 415);
    let (_, listing) = bucket.ask("GET", "/papers?list-type=2").await;
    assert_eq!(listing.matches("<Key>").count(), 2, "{listing}");
    // A whole application works on it.
    let played = Mutation::by(&app, "rahim").to(Point::NoticePaid).await;
    assert_eq!(played.open_steps().await, ["admit"]);
}

#[actix_web::test]
async fn a_bucket_that_is_away_refuses_uploads_and_nothing_else() {
    let bucket = Bucket::start();
    let app = bucket.app().await;
    let case = app.draft("rahim", "land-mutation").await;
    drop(bucket);
    let away = app.upload("rahim", &case, "kind=deed&file_name=deed.pdf", "application/pdf", PDF).await;
    assert_eq!(away.status, 503, "{}", away.json);
    assert!(!away.header("retry-after").is_empty());
    assert_eq!(app.get("rahim", &case.path("/documents")).await.expect(200).json["items"], json!([]));
    app.get("rahim", &case.path("")).await.expect(200);
}
