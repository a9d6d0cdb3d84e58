//! Deadlines with three servers on one database: each takes effect once, whoever is there, and also after all were
//! killed.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;

use super::checker;
use super::client::{Ask, Client};
use super::server::{Plan, Server};
use super::world::{Folder, Owner, until};
use crate::support::database_url;

/// Mutations whose first fee is not paid: they lapse after seven days.
const LAPSING: usize = 24;
/// Certificates that a clerk does not look at: overdue after three working days.
const WAITING: usize = 8;

struct Three {
    _folder: Folder,
    owner: Owner,
    plans: Vec<Plan>,
    client: Client,
    servers: Vec<Server>,
}

impl Three {
    async fn up() -> Self {
        let (folder, database) = (Folder::new("three"), database_url());
        let data = folder.data_of_the_run();
        let plan = || Plan::new(&data, &database).with("GUICHET_DATABASE_POOL", 4);
        let plans: Vec<Plan> = (0..3).map(|_| plan()).collect();
        let client = Client::new(&plans[0].url()).knows(&data);
        let mut three = Self { _folder: folder, owner: Owner(database), plans, client, servers: Vec::new() };
        three.start().await;
        three
    }

    async fn start(&mut self) {
        self.servers = join_all(self.plans.iter().map(|plan| plan.up(&self.client))).await;
    }

    /// The client at one of them.
    fn at(&self, replica: usize) -> Client {
        self.client.at(&self.plans[replica % 3].url())
    }

    /// Opens cases, in turn at each.
    async fn open(&self) {
        let all = (0..LAPSING).map(|n| (n, "rahim", "land-mutation"));
        let all = all.chain((0..WAITING).map(|n| (n, "tarek", "residence-certificate")));
        for (n, who, service) in all {
            let body = json!({"service": service, "submit": true, "language": "en"});
            self.at(n).ask(&Ask::post(who, "/v1/cases", &body)).await.expect(201);
        }
    }

    /// Waits until nothing is due any more and nothing is queued, then counts.
    async fn each_took_effect_once(&self) {
        let lapsed = "SELECT count(*) FROM cases WHERE ending = 'lapsed'";
        let lapsed = async || (self.owner.count(lapsed).await == LAPSING as i64).then_some(());
        until("every unpaid case lapses", lapsed).await;
        let overdue = "SELECT count(DISTINCT case_id) FROM case_events WHERE kind = 'step_overdue'";
        let overdue = async || (self.owner.count(overdue).await >= WAITING as i64).then_some(());
        until("every task is overdue", overdue).await;
        until("the queue is empty", async || (self.owner.count("SELECT count(*) FROM jobs").await == 0).then_some(()))
            .await;
        for kind in ["step_expired", "step_overdue", "closed"] {
            let twice = format!(
                "SELECT count(*) FROM (SELECT FROM case_events WHERE kind = '{kind}' GROUP BY case_id, body->>'token' \
                 HAVING count(*) > 1) twice"
            );
            assert_eq!(self.owner.count(&twice).await, 0, "{kind}");
        }
        let expired = self.owner.count("SELECT count(*) FROM case_events WHERE kind = 'step_expired'").await;
        assert_eq!(expired, LAPSING as i64);
        let told = "SELECT count(*) FROM (SELECT FROM messages WHERE about = 'closed' GROUP BY case_id) told";
        assert_eq!(self.owner.count(told).await, LAPSING as i64, "and each is told once");
        let found = checker::faults(&self.owner).await;
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[actix_web::test]
async fn with_three_replicas_a_deadline_takes_effect_once_and_all_keep_the_same_time() {
    let three = Three::up().await;
    three.open().await;
    let moved = three.at(1).ask(&Ask::post("rahim", "/v1/dev/clock", &json!({"forward": "8 days"}))).await.expect(200);
    let moved: jiff::Timestamp = moved.json["now"].as_str().and_then(|t| t.parse().ok()).expect("an instant");
    three.each_took_effect_once().await;
    // A replica that was told nothing dates its cases as the others do.
    for replica in 0..3 {
        let client = three.at(replica);
        let dated = async || {
            let body = json!({"service": "residence-certificate", "submit": true});
            let opened = client.ask(&Ask::post("salma", "/v1/cases", &body)).await.expect(201);
            let at: jiff::Timestamp =
                opened.json["created_at"].as_str().and_then(|t| t.parse().ok()).expect("an instant");
            (at >= moved).then_some(())
        };
        until("it keeps the time", dated).await;
    }
    // Two who move it at once move it by both lengths.
    let ahead = "SELECT ahead_microseconds AS count FROM business_time";
    let before = three.owner.count(ahead).await;
    let hour = Ask::post("rahim", "/v1/dev/clock", &json!({"forward": {"seconds": 3600}}));
    let clients = [three.at(0), three.at(1), three.at(2)];
    for answer in join_all(clients.iter().map(|client| client.ask(&hour))).await {
        answer.expect(200);
    }
    assert_eq!(three.owner.count(ahead).await - before, 3 * 3_600_000_000);
}

#[actix_web::test]
async fn a_deadline_survives_that_every_replica_is_killed() {
    let mut three = Three::up().await;
    three.open().await;
    for server in &mut three.servers {
        server.kill();
    }
    // The days pass while nobody runs.
    three
        .owner
        .execute("INSERT INTO business_time (ahead_microseconds) VALUES (8::bigint * 24 * 3600 * 1000000)")
        .await;
    three.start().await;
    three.each_took_effect_once().await;
    let pids: BTreeSet<i32> = three.servers.iter().map(Server::pid).collect();
    assert_eq!(pids.len(), 3);
}
