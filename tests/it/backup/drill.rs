//! The drill: a server with a database of its own is lost, all of it, while people work with it; another one comes back
//! from the backup, and everything that was acknowledged before the backup began is there and goes on.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{PASSPHRASE, succeeded};
use crate::support::Client;
use crate::support::mutation::{Case, Mutation, Point, person};
use crate::support::process::{Scratch, Server, complaint, run};
use crate::support::residence::RESIDENT;

/// What a case shows to its applicant.
const PAGES: [&str; 6] = ["", "/events", "/documents", "/fees", "/messages", "/form"];
/// How long what a killed server leaves behind may take to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was told about a case before.
struct Told {
    path: String,
    reader: &'static str,
    pages: Vec<Value>,
}

/// The page without the address of the server that gave it.
async fn page(client: &Client, reader: &str, path: &str) -> Value {
    let answer = client.get(reader, path).await.expect(200);
    let text = String::from_utf8(answer.bytes).expect("text").replace(&client.url, "");
    serde_json::from_str(&text).expect("JSON")
}

async fn told(client: &Client, reader: &'static str, id: &str) -> Told {
    let path = format!("/v1/cases/{id}");
    let mut pages = Vec::new();
    for name in PAGES {
        pages.push(page(client, reader, &format!("{path}{name}")).await);
    }
    Told { path, reader, pages }
}

/// Work that goes on while the backup is made: what of it was acknowledged, before the bell and after.
#[derive(Default)]
struct Work {
    acknowledged: RefCell<Vec<String>>,
    over: Cell<bool>,
}

impl Work {
    /// Files one case after the other until it is over.
    async fn go_on(&self, client: &Client) {
        while !self.over.get() {
            let case = client.residence(RESIDENT).await;
            self.acknowledged.borrow_mut().push(case.id);
        }
    }
}

fn command(word: &'static str, folder: &Path, data: &Path, more: &[(&str, &str)]) -> std::process::Output {
    let data = data.display().to_string();
    run(&[word, &folder.display().to_string()], &[&[PASSPHRASE, ("GUICHET_DATA", &data)][..], more].concat())
}

/// The programs of another PostgreSQL, to come back under a newer one than this machine's own.
fn newer() -> Option<String> {
    std::env::var("GUICHET_TEST_NEWER_PG").ok()
}

/// Kills the server and removes all that it had.
async fn destroy(server: Server, data: &Path) {
    server.kill();
    // Its database ends with it, a moment later.
    let begun = Instant::now();
    while data.join("postgres/data/postmaster.pid").exists() {
        assert!(begun.elapsed() < PATIENCE, "the database of a killed server is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    std::fs::remove_dir_all(data).expect("removed");
}

/// What is known before the loss: the cases, with all their pages, and a paper that was signed.
struct Before {
    cases: Vec<Told>,
    token: String,
    code: String,
}

async fn acknowledged(half: &Case<'_>, issued: &Case<'_>, early: &[String]) -> Before {
    let client = half.app;
    // Whoever is to be told is told: what is compared later does not grow meanwhile.
    let done = async || (client.count("SELECT count(*) FROM jobs").await == 0).then_some(());
    client.until("the queue is empty", done).await;
    let mut cases = vec![told(client, "rahim", &half.id).await, told(client, "rahim", &issued.id).await];
    for id in early {
        cases.push(told(client, RESIDENT, id).await);
    }
    let code = issued.certificate("khatian").await;
    let token = client.get("rahim", &format!("/v1/certificates/{code}/token")).await.expect(200).bytes;
    Before { cases, token: String::from_utf8(token).expect("text"), code }
}

async fn nothing_is_missing(client: &Client, before: &Before) {
    for case in &before.cases {
        let now = told(client, case.reader, case.path.rsplit('/').next().unwrap_or_default()).await;
        for (name, (was, is)) in PAGES.iter().zip(case.pages.iter().zip(&now.pages)) {
            assert_eq!(is, was, "{}{name}", case.path);
        }
        for paper in case.pages[2]["items"].as_array().expect("papers") {
            let path = format!("/v1/documents/{}", paper["id"].as_str().expect("an id"));
            let bytes = client.get(case.reader, &path).await.expect(200).bytes;
            assert_eq!(json!(bytes.len()), paper["size"]);
        }
    }
    let verified = client.request("GET", &format!("/v1/certificates/{}", before.code)).send().await.expect(200);
    assert_eq!(verified.json["state"], "valid");
    let keys = client.request("GET", "/.well-known/jwks.json").send().await.expect(200).json;
    let header = before.token.split('.').next().expect("a header");
    let header = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    assert_eq!(keys["keys"][0]["kid"], header["kid"], "the key that signed is published still");
    client.keys.verify_own(&before.token).expect("a paper signed before verifies after");
}

#[actix_web::test]
async fn a_lost_server_comes_back_with_all_that_it_acknowledged() {
    let scratch = Scratch::new("drill");
    let (lost, found, copy) = (scratch.path("lost"), scratch.path("found"), scratch.path("copy"));
    let server = Server::start(&lost, &[]).await;
    let half = Mutation::of_rahim(&server).to(Point::Admitted).await;
    let issued = Mutation::of_rahim(&server)
        .plot("BRS-45-14", "121")
        .seller(person("Jamal Hossain", "4710000105"))
        .quantity(5.0)
        .to(Point::Issued)
        .await;
    let mut early = Vec::new();
    for _ in 0..5 {
        early.push(server.residence(RESIDENT).await.id);
    }
    let before = acknowledged(&half, &issued, &early).await;

    let work = Work::default();
    let (folder, data): (PathBuf, PathBuf) = (copy.clone(), lost.clone());
    let backup = async {
        let done = tokio::task::spawn_blocking(move || command("backup", &folder, &data, &[])).await.expect("no panic");
        work.over.set(true);
        done
    };
    let (done, ()) = tokio::join!(backup, work.go_on(&server));
    let said = succeeded(&done);
    let during = work.acknowledged.borrow().len();
    assert!(during > 0, "nobody worked meanwhile");
    let client: Client = (*server).clone();
    let (half, issued) = (half.id, issued.id);
    destroy(server, &lost).await;

    let newer = newer();
    let under: Vec<(&str, &str)> = newer.iter().map(|programs| ("PG_BIN_DIR", programs.as_str())).collect();
    let said = format!("{said}{}", succeeded(&command("restore", &copy, &found, &under)));
    let server = Server::start(&found, &under).await;
    println!("{said}{during} cases were acknowledged while it was made");
    assert_ne!(server.url, client.url);
    nothing_is_missing(&server, &before).await;
    // Tokens from before are good: the people come along with their keys.
    let rahim = server.request("GET", &format!("/v1/cases/{half}"));
    rahim.header("authorization", &format!("Bearer {}", client.token("rahim"))).send().await.expect(200);
    // What was acknowledged meanwhile is there as a whole or not at all.
    for id in work.acknowledged.take() {
        let answer = server.get(RESIDENT, &format!("/v1/cases/{id}")).await;
        assert!(answer.status == 404 || answer.json["status"] == "closed", "{}", answer.json);
    }
    goes_on(&server, &half, &issued).await;
    let again = command("backup", &scratch.path("second"), &found, &under);
    assert!(again.status.success(), "{}", complaint(&again));
}

/// The case that was half-way is played on to its end, and so is a new one; numbers go on where they stood.
async fn goes_on(server: &Server, half: &str, issued: &str) {
    let first = server.get("rahim", &format!("/v1/cases/{issued}")).await.expect(200).json;
    let case = Mutation::of_rahim(server).resumed(half);
    case.go(Point::Admitted, Point::Issued).await;
    let view = case.view().await;
    assert_eq!((view["status"].as_str(), view["end"]["id"].as_str()), (Some("closed"), Some("issued")), "{view}");
    let number = |view: &Value| view["certificates"].to_string();
    assert_ne!(number(&view), number(&first));
    let code = case.certificate("khatian").await;
    let document = server.get("rahim", &format!("/v1/certificates/{code}/document")).await.expect(200);
    assert!(String::from_utf8_lossy(&document.bytes).contains("Rahim"));
    let new = Mutation::of_rahim(server).to(Point::NoticePaid).await;
    assert_eq!(new.open_steps().await, ["admit"]);
}
