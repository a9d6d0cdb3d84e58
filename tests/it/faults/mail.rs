//! Mail that does not get through: a server that is away for a day, one that hangs, a replica that dies over it.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::json;

use super::client::{Ask, Client};
use super::letters::{Found, compare};
use super::server::{Plan, free_port};
use super::world::{Folder, Owner, until};
use crate::support::database_url;
use crate::support::smtp::SmtpServer;

/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

/// A mail server that takes connections and never says a word.
pub struct Mute {
    pub port: u16,
    listener: TcpListener,
    held: Vec<TcpStream>,
}

impl Mute {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("ours");
        Self { port: listener.local_addr().expect("an address").port(), listener, held: Vec::new() }
    }

    /// Waits until somebody wants to send something.
    pub async fn called(&mut self) {
        let call = until("somebody calls", async || self.listener.accept().ok()).await;
        self.held.push(call.0);
    }
}

async fn open(client: &Client, who: &str) -> String {
    let body = json!({"service": "residence-certificate", "submit": true, "language": "en"});
    let opened = client.ask(&Ask::post(who, "/v1/cases", &body)).await.expect(201);
    opened.json["id"].as_str().expect("an id").to_owned()
}

/// Claims and completes the clerk's task of a case.
async fn confirm(client: &Client, case: &str) {
    let view = client.ask(&Ask::get("tarek", &format!("/v1/cases/{case}"))).await.expect(200).json;
    let task = view["steps"][0]["task"].as_str().expect("a task").to_owned();
    let claimed = client.ask(&Ask::post("popy", &format!("/v1/tasks/{task}/claim"), &json!({}))).await;
    claimed.expect(200);
    let body = json!({"outcome": "confirm"});
    client.ask(&Ask::post("popy", &format!("/v1/tasks/{task}/completion"), &body)).await.expect(200);
}

async fn idle(owner: &Owner) {
    let due = "SELECT count(*) FROM jobs WHERE parked_at IS NULL AND run_at <= now()";
    until("nothing is due", async || (owner.count(due).await == 0).then_some(())).await;
    // What was taken last is in somebody's hands for a moment.
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// Lets time pass for the queue until the next job is due; gives the seconds that passed. None where nothing waits.
async fn pass(owner: &Owner) -> Option<i64> {
    let next = "SELECT coalesce(ceil(extract(epoch FROM min(run_at) - now())), 0)::bigint AS count FROM jobs";
    let seconds = owner.count(next).await.max(1);
    owner.execute(&format!("UPDATE jobs SET run_at = run_at - interval '{seconds} seconds'")).await;
    idle(owner).await;
    (owner.count("SELECT count(*) FROM jobs").await > 0).then_some(seconds)
}

#[actix_web::test]
async fn a_mail_server_that_is_away_for_a_day_loses_nothing() {
    let (folder, database) = (Folder::new("day"), database_url());
    let (data, owner, port) = (folder.data_of_the_run(), Owner(database.clone()), free_port());
    let plan = Plan::new(&data, &database).mail(port);
    let client = Client::new(&plan.url()).knows(&data);
    let _server = plan.up(&client).await;
    let first = open(&client, "tarek").await;
    open(&client, "salma").await;
    let notices = "SELECT count(*) FROM jobs WHERE kind <> 'mail'";
    let (mut passed, mut rounds) = (0, 0);
    while passed < DAY + 3_600 {
        // In the middle of it something happens that is told after what has waited since the morning.
        if rounds == 12 {
            confirm(&client, &first).await;
        }
        until("the boxes are filled", async || (owner.count(notices).await == 0).then_some(())).await;
        passed += pass(&owner).await.expect("mail waits");
        rounds += 1;
        assert!(rounds < 500, "a day has passed by now");
    }
    assert!(rounds > 12, "the second act was in it");
    let parked = "SELECT count(*) FROM jobs WHERE parked_at IS NOT NULL";
    assert_eq!(owner.count(parked).await, 0, "nothing is given up after a day and an hour");
    let server = SmtpServer::start_on(&SmtpServer::python(), port, None);
    for _ in 0..100 {
        if pass(&owner).await.is_none() {
            break;
        }
    }
    assert_eq!(owner.count("SELECT count(*) FROM jobs").await, 0, "all of it was taken");
    let messages = usize::try_from(owner.count("SELECT count(*) FROM messages").await).expect("a count");
    let found = compare(&owner, &server.letters(messages)).await;
    assert_eq!(found, Found { messages, lost: 0, doubled: 0, strange: 0, disordered: 0 });
    assert!(messages >= 4, "{messages}");
}

#[actix_web::test]
async fn a_replica_that_dies_over_a_job_gives_it_back() {
    let (folder, database) = (Folder::new("lease"), database_url());
    let (data, owner) = (folder.data_of_the_run(), Owner(database.clone()));
    let (mut mute, post) = (Mute::start(), SmtpServer::start(&SmtpServer::python(), None));
    let dying = Plan::new(&data, &database).mail(mute.port);
    let client = Client::new(&dying.url()).knows(&data);
    let mut server = dying.up(&client).await;
    open(&client, "salma").await;
    mute.called().await;
    server.kill();
    let held = "SELECT count(*) FROM jobs WHERE kind = 'mail' AND attempts = 1 AND run_at > now() \
                AND run_at <= now() + interval '60 seconds'";
    assert!(owner.count(held).await > 0, "it died with a job in its hands");
    let other = Plan::new(&data, &database).mail(post.port);
    let _other = other.up(&client).await;
    // The lease is kept while it lasts.
    let before = owner.count(held).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(owner.count(held).await, before);
    owner.execute("UPDATE jobs SET run_at = run_at - interval '55 seconds' WHERE run_at > now()").await;
    until("somebody else does it", async || (owner.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    let messages = usize::try_from(owner.count("SELECT count(*) FROM messages").await).expect("a count");
    let found = compare(&owner, &post.letters(messages)).await;
    assert_eq!(found, Found { messages, lost: 0, doubled: 0, strange: 0, disordered: 0 });
}
