//! The database goes away and comes back; the server stays, says so, and needs no restart.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use guichet::kernel::CaseId;
use guichet::postgres::Database;
use guichet::queue::{self, Job, Worker};
use serde_json::json;
use tokio::sync::watch;

use super::client::{Ask, Client};
use super::server::{Plan, Server};
use super::world::{Folder, Owner, Postgres, until};
use crate::support::database_url;

const OPEN: &str = "residence-certificate";

fn open(who: &str) -> Ask {
    Ask::post(who, "/v1/cases", &json!({"service": OPEN, "submit": true}))
}

async fn up(folder: &Folder, database: &str) -> (Plan, Client, Server) {
    let data = folder.data_of_the_run();
    let plan = Plan::new(&data, database);
    let client = Client::new(&plan.url());
    let server = plan.up(&client).await;
    (plan, client.knows(&data), server)
}

#[actix_web::test]
async fn a_database_that_is_away_is_told_and_comes_back_without_a_restart() {
    let folder = Folder::new("away");
    let mut postgres = Postgres::start(&folder.0.join("pg"), &[]);
    let (plan, client, mut server) = up(&folder, &postgres.url).await;
    // As many connections as there are, so that none is fresh afterwards.
    join_all((0..24).map(async |_| client.settle(&open("salma")).await)).await;
    let readyz = format!("{}/readyz", plan.url());
    postgres.kill();
    let ready = client.plain(&readyz).await.expect("an answer");
    assert_eq!((ready.status, ready.header("retry-after").is_empty()), (503, false), "{}", ready.json);
    assert_eq!(client.plain(&format!("{}/healthz", plan.url())).await.expect("an answer").status, 200);
    assert_eq!(client.plain(&format!("{}/v1/services", plan.url())).await.expect("an answer").status, 200);
    for ask in [open("salma"), Ask::get("salma", "/v1/cases"), Ask::get("popy", "/v1/tasks")] {
        let told = client.ask(&ask).await;
        assert_eq!((told.status, &told.json["code"]), (503, &json!("unavailable")));
        assert!(!told.header("retry-after").is_empty());
        assert_eq!(told.header("content-type"), "application/problem+json");
    }
    postgres.start_again().await;
    until("it can serve again", async || client.plain(&readyz).await.filter(|a| a.status == 200).map(drop)).await;
    client.ask(&open("salma")).await.expect(201);
    assert!(server.ended().is_none(), "the same process");
}

#[actix_web::test]
async fn a_database_that_was_restarted_at_once_is_no_defect_to_anybody() {
    let folder = Folder::new("restarted");
    let mut postgres = Postgres::start(&folder.0.join("pg"), &[]);
    let (_plan, client, mut server) = up(&folder, &postgres.url).await;
    for _ in 0..3 {
        join_all((0..24).map(async |_| client.settle(&open("salma")).await)).await;
        // Requests are under way when it dies, and others find connections that have died meanwhile.
        let asks: Vec<Ask> = (0..24).map(|_| open("salma")).collect();
        let requests = join_all(asks.iter().map(|ask| client.settle(ask)));
        let killed = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            postgres.kill();
            postgres.start_again().await;
        };
        let (answers, ()) = futures_util::future::join(requests, killed).await;
        // None is answered by 500: the client sees to that.
        assert!(answers.into_iter().all(|settled| settled.answer.status == 201));
    }
    assert!(server.ended().is_none(), "the same process");
}

#[actix_web::test]
async fn a_connection_that_the_database_ends_is_an_outage_and_no_defect() {
    let folder = Folder::new("ended");
    let url = database_url();
    let owner = Owner(url.clone());
    let (_plan, client, _server) = up(&folder, &url).await;
    client.ask(&open("salma")).await.expect(201);
    // A statement that waits for a lock when its session is ended.
    let locked = {
        let owner = owner.clone();
        tokio::task::spawn_local(async move {
            owner.execute("BEGIN; LOCK TABLE cases IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)").await;
        })
    };
    let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    until("the table is locked", async || (owner.count(sleeps).await > 0).then_some(())).await;
    let ask = open("salma");
    let end = async {
        let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                    AND wait_event_type = 'Lock'";
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            owner.execute(text).await;
        }
    };
    let told = tokio::select! {
        told = client.ask(&ask) => told,
        () = end => unreachable!("it has no end"),
    };
    assert_eq!((told.status, told.header("retry-after").is_empty()), (503, false), "{}", told.json);
    locked.abort();
    owner
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event = 'PgSleep'",
        )
        .await;
    // The same request, asked again.
    assert_eq!(client.settle(&ask).await.answer.status, 201);
}

/// The lease of what it did ends while the database is away; it still writes that it is done before others may look.
#[actix_web::test]
async fn what_was_done_when_the_database_went_away_is_not_done_again() {
    let folder = Folder::new("done");
    let mut postgres = Postgres::start(&folder.0.join("pg"), &[]);
    guichet::postgres::migrate(&postgres.url).await.expect("migrated");
    let database = || Database::new(&postgres.url, 2).expect("a pool");
    let job = Job { case: None, ..Job::of_case(CaseId::make(), "mail", "one".into(), json!({})) };
    database().transaction(async |tx| queue::enqueue(tx, &[job]).await).await.expect("queued");
    let (times, away) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    let (stop, stopped) = watch::channel(false);
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (db, stopped, times, away) = (database(), stopped.clone(), times.clone(), away.clone());
            tokio::task::spawn_local(async move {
                let worker = Worker { lease: Duration::from_secs(2), ..Worker::of(&["mail"]) };
                let handler = async |_| {
                    times.set(times.get() + 1);
                    until("the database is away", async || away.get().then_some(())).await;
                    Ok(())
                };
                worker.run(&db, stopped, handler).await;
            })
        })
        .collect();
    until("somebody does it", async || (times.get() > 0).then_some(())).await;
    postgres.kill();
    away.set(true);
    tokio::time::sleep(Duration::from_secs(3)).await;
    postgres.start_again().await;
    let owner = postgres.owner();
    until("it is written", async || (owner.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    stop.send_replace(true);
    for worker in workers {
        worker.await.expect("it ends");
    }
    assert_eq!(times.get(), 1);
}
