//! SIGTERM: what is under way ends, what is new is refused, what is in hand is given back, all in its time.

use std::net::SocketAddr;

use futures_util::future::join_all;
use guichet::kernel::random;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Ask, Client};
use super::mail::Mute;
use super::server::{Plan, Server};
use super::world::{Folder, Owner, until};
use crate::support::database_url;
use crate::support::mutation::jpeg;

struct One {
    folder: Folder,
    owner: Owner,
    plan: Plan,
    client: Client,
    server: Server,
}

impl One {
    async fn up(with: impl FnOnce(Plan) -> Plan) -> Self {
        let (folder, database) = (Folder::new("drain"), database_url());
        let data = folder.data_of_the_run();
        let plan = with(Plan::new(&data, &database));
        let client = Client::new(&plan.url()).knows(&data);
        let server = plan.up(&client).await;
        Self { folder, owner: Owner(database), plan, client, server }
    }

    async fn case(&self) -> String {
        let body = json!({"service": "land-mutation", "submit": true});
        let opened = self.client.ask(&Ask::post("rahim", "/v1/cases", &body)).await.expect(201);
        opened.json["id"].as_str().expect("an id").to_owned()
    }

    /// Begins to upload a picture and stops half-way; gives the connection and the rest.
    async fn half_an_upload(&self, case: &str) -> (TcpStream, Vec<u8>) {
        let picture = jpeg();
        let head = format!(
            "POST /v1/cases/{case}/documents?kind=photo&file_name=photo.jpg HTTP/1.1\r\nHost: x\r\n\
             Authorization: Bearer {}\r\nIdempotency-Key: {}\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
            self.client.token("rahim"),
            random::uuid(),
            picture.len(),
        );
        let (first, rest) = picture.split_at(picture.len() / 2);
        let mut stream = TcpStream::connect(self.address()).await.expect("it listens");
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.write_all(first).await.expect("sent");
        // It is under way once its content is being received.
        let incoming = self.folder.0.join("data/documents/incoming");
        let begun = async || std::fs::read_dir(&incoming).ok()?.next().map(drop);
        until("the upload has begun", begun).await;
        (stream, rest.to_vec())
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.plan.port))
    }

    async fn refuses(&self) {
        let refused = async || TcpStream::connect(self.address()).await.err().map(drop);
        until("new connections are refused", refused).await;
    }
}

#[actix_web::test]
async fn an_upload_under_way_is_taken_and_what_is_new_is_refused() {
    let mut one = One::up(|plan| plan.with("GUICHET_SHUTDOWN_SECONDS", 60)).await;
    let case = one.case().await;
    // A connection that is only kept open holds nobody up.
    let idle = TcpStream::connect(one.address()).await.expect("it listens");
    let (mut stream, rest) = one.half_an_upload(&case).await;
    one.server.term();
    one.refuses().await;
    // Told again, it does what it does already.
    one.server.term();
    stream.write_all(&rest).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer, and the end of the connection");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(one.server.end().await.success());
    assert_eq!(one.owner.count("SELECT count(*) FROM documents").await, 1);
    drop(idle);
}

#[actix_web::test]
async fn an_upload_that_does_not_end_is_broken_off_in_the_configured_time() {
    let mut one = One::up(|plan| plan.with("GUICHET_SHUTDOWN_SECONDS", 2)).await;
    let case = one.case().await;
    let (mut stream, _) = one.half_an_upload(&case).await;
    one.server.term();
    // Its own limits would let it stand for thirty seconds of silence; the client sees the end of the connection first.
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert!(one.server.end().await.success());
    assert_eq!(one.owner.count("SELECT count(*) FROM documents").await, 0);
}

#[actix_web::test]
async fn a_job_that_does_not_end_is_given_back() {
    let mut mute = Mute::start();
    let port = mute.port;
    let mut one = One::up(|plan| plan.mail(port).with("GUICHET_SHUTDOWN_SECONDS", 4)).await;
    one.case().await;
    mute.called().await;
    one.server.term();
    assert!(one.server.end().await.success());
    // With a lease that is only left alone it would come back after a minute.
    let given_back = "SELECT count(*) FROM jobs WHERE kind = 'mail' AND last_error LIKE '%the server stops%' \
                      AND run_at <= now() + interval '15 seconds'";
    assert_eq!(one.owner.count(given_back).await, 1);
}

#[actix_web::test]
async fn whoever_is_not_answered_has_done_nothing() {
    let mut one = One::up(|plan| plan).await;
    let asks: Vec<Ask> = (0..200)
        .map(|_| Ask::post("salma", "/v1/cases", &json!({"service": "residence-certificate", "submit": true})))
        .collect();
    let crowd = join_all(asks.chunks(25).map(async |own| {
        let mut answered = Vec::new();
        for ask in own {
            if let Some(answer) = one.client.once(ask, &ask.key).await {
                assert_eq!(answer.status, 201);
                answered.push(ask.key.clone());
            }
        }
        answered
    }));
    let some = "SELECT count(*) FROM idempotency_keys";
    let stop = async {
        until("there is a load", async || (one.owner.count(some).await >= 20).then_some(())).await;
        one.server.term();
    };
    let (answered, ()) = futures_util::future::join(crowd, stop).await;
    let mut answered: Vec<String> = answered.into_iter().flatten().collect();
    assert!(one.server.end().await.success());
    let mut done = one.owner.words("SELECT key AS word FROM idempotency_keys").await;
    answered.sort();
    done.sort();
    assert_eq!(answered, done);
    assert!(done.len() < 200, "it was told to stop in the middle");
}
