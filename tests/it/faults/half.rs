//! What a server that died left half-way is finished when the same request comes again, or when it can be.

use std::time::Duration;

use serde_json::json;

use super::client::{Ask, Client};
use super::letters::{Found, compare};
use super::mail::Mute;
use super::server::Plan;
use super::till::{SECRET, Till};
use super::world::{Folder, Owner, Postgres, signal, until};
use crate::support::database_url;
use crate::support::smtp::SmtpServer;

async fn mutation(client: &Client) -> String {
    let body = json!({"service": "land-mutation", "submit": true});
    let opened = client.ask(&Ask::post("rahim", "/v1/cases", &body)).await.expect(201);
    opened.json["id"].as_str().expect("an id").to_owned()
}

#[actix_web::test]
async fn a_payment_that_the_provider_does_not_know_of_is_asked_for_again() {
    let (folder, database) = (Folder::new("payment"), database_url());
    let (data, owner) = (folder.data_of_the_run(), Owner(database.clone()));
    let (mut mute, till) = (Mute::start(), Till::open());
    let plan = Plan::new(&data, &database).with("GUICHET_PAYMENT_SECRET", SECRET);
    let client = Client::new(&plan.url()).knows(&data);
    let hanging = plan.clone().with("GUICHET_PAYMENT_URL", format!("http://127.0.0.1:{}", mute.port));
    let mut server = hanging.up(&client).await;
    let case = mutation(&client).await;
    let fees = client.ask(&Ask::get("rahim", &format!("/v1/cases/{case}/fees"))).await.expect(200).json;
    let ask = Ask::post("rahim", fees["items"][0]["pay"].as_str().expect("it is due"), &json!({}));
    let killed = async {
        mute.called().await;
        server.kill();
    };
    let (answer, ()) = futures_util::future::join(client.once(&ask, &ask.key), killed).await;
    assert!(answer.is_none());
    let asked = "SELECT count(*) FROM payments WHERE state = 'asked'";
    assert_eq!(owner.count(asked).await, 1, "it is written down, and nobody knows of it");
    let _server = plan.with("GUICHET_PAYMENT_URL", &till.url).up(&client).await;
    let again = client.ask(&ask).await.expect(202).json;
    assert_eq!(again["state"], "acknowledged");
    let paid = "SELECT count(*) FROM demands WHERE state = 'paid'";
    until("the fee is paid", async || (owner.count(paid).await == 1).then_some(())).await;
    assert_eq!(owner.count("SELECT count(*) FROM payments").await, 1);
}

#[actix_web::test]
async fn a_mail_that_was_taken_while_the_database_was_away_is_not_sent_again() {
    let folder = Folder::new("taken");
    let mut postgres = Postgres::start(&folder.0.join("pg"), &[]);
    let (data, post) = (folder.0.join("data"), SmtpServer::start(&SmtpServer::python(), None));
    let stopped = i32::try_from(post.pid()).expect("a pid");
    let plan = Plan::new(&data, &postgres.url).mail(post.port);
    let client = Client::new(&plan.url());
    let _server = plan.up(&client).await;
    let client = client.knows(&data);
    let owner = postgres.owner();
    // It listens still, and says nothing until it may go on.
    signal(stopped, libc::SIGSTOP);
    let ask = Ask::post("tarek", "/v1/cases", &json!({"service": "residence-certificate", "submit": true}));
    let opened = client.ask(&ask);
    opened.await.expect(201);
    let held = "SELECT count(*) FROM jobs WHERE kind = 'mail' AND attempts = 1";
    until("the mail is in somebody's hands", async || (owner.count(held).await == 1).then_some(())).await;
    // It has been read, and waits for the mail server's word.
    tokio::time::sleep(Duration::from_millis(500)).await;
    postgres.kill();
    signal(stopped, libc::SIGCONT);
    assert_eq!(post.letters(1).len(), 1);
    postgres.start_again().await;
    until("it is known to be sent", async || (owner.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    let messages = usize::try_from(owner.count("SELECT count(*) FROM messages").await).expect("a count");
    let found = compare(&owner, &post.letters(messages)).await;
    assert_eq!(found, Found { messages, lost: 0, doubled: 0, strange: 0, disordered: 0 });
}
