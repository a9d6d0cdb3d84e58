//! Many at once: on one queue, on one case, over everything.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::checker;
use super::client::{Ask, Client};
use super::server::{Plan, Server};
use super::world::{Folder, Owner};
use crate::support::database_url;
use crate::support::mutation::jpeg;

/// People of the demo who are given the clerk's post as well.
const OFFICERS: [&str; 16] = [
    "nasrin",
    "jamal",
    "fatema",
    "sumon",
    "ripon",
    "moushumi",
    "mitasultana",
    "salmapaul",
    "salmasultana",
    "imran",
    "hasina",
    "parvin",
    "faruk",
    "champa",
    "habib",
    "ayesha",
];
const TASKS: usize = 12;
/// Clients at a time, and what each asks, one after the other.
const CLIENTS: usize = 64;
const TURNS: usize = 6;

struct One {
    _folder: Folder,
    owner: Owner,
    client: Client,
    _server: Server,
}

impl One {
    async fn up() -> Self {
        let (folder, database) = (Folder::new("many"), database_url());
        let data = folder.data_of_the_run();
        let owner = Owner(database.clone());
        let names = OFFICERS.map(|name| format!("'{name}'")).join(", ");
        owner
            .execute(&format!(
                "INSERT INTO posts (id, person, role, office, authority, from_day) SELECT gen_random_uuid(), i.person, p.role, \
                 p.office, p.authority, p.from_day FROM posts p, identities i \
                 WHERE p.role = 'clerk' AND p.office = 'town_hall' AND i.subject IN ({names})"
            ))
            .await;
        let plan = Plan::new(&data, &database);
        let client = Client::new(&plan.url()).knows(&data);
        let server = plan.up(&client).await;
        Self { _folder: folder, owner, client, _server: server }
    }

    async fn post(&self, who: &str, path: &str, body: &Value) -> crate::support::Answer {
        self.client.ask(&Ask::post(who, path, body)).await
    }

    /// A case that waits for a clerk; gives its id and its task.
    async fn waiting(&self) -> (String, String) {
        let body = json!({"service": "residence-certificate", "submit": true});
        let opened = self.post("tarek", "/v1/cases", &body).await.expect(201).json;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&opened["id"]), text(&opened["steps"][0]["task"]))
    }
}

#[actix_web::test]
async fn of_many_officers_at_one_queue_one_gets_each_task() {
    let one = One::up().await;
    let mut tasks = Vec::new();
    for _ in 0..TASKS {
        tasks.push(one.waiting().await.1);
    }
    let work = OFFICERS.iter().enumerate().map(async |(at, officer)| {
        let mut told = Vec::new();
        // Each begins somewhere else, and all meet everywhere.
        for task in tasks.iter().cycle().skip(at % 3).take(TASKS) {
            let answer = one.post(officer, &format!("/v1/tasks/{task}/claim"), &json!({})).await;
            told.push((task.clone(), answer.status, answer.json["code"].as_str().map(str::to_owned)));
        }
        told
    });
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    for (task, status, code) in join_all(work).await.into_iter().flatten() {
        match status {
            200 => *got.entry(task).or_default() += 1,
            409 => assert_eq!(code.as_deref(), Some("already_claimed")),
            other => panic!("{task}: {other} {code:?}"),
        }
    }
    assert_eq!(got.len(), TASKS);
    assert!(got.values().all(|times| *times == 1), "{got:?}");
    let claimed = one.owner.count("SELECT count(*) FROM case_events WHERE kind = 'claimed'").await;
    assert_eq!(usize::try_from(claimed).ok(), Some(TASKS));
}

#[actix_web::test]
async fn a_mixed_load_meets_no_defect_and_no_deadlock() {
    let one = One::up().await;
    let mut cases = Vec::new();
    for _ in 0..8 {
        let body = json!({"service": "land-mutation", "submit": true});
        let opened = one.post("rahim", "/v1/cases", &body).await.expect(201).json;
        let mutation = opened["id"].as_str().expect("an id").to_owned();
        cases.push((mutation, one.waiting().await));
    }
    let load = (0..CLIENTS).map(async |number| {
        let (mutation, (residence, task)) = &cases[number % cases.len()];
        let officer = OFFICERS[number % OFFICERS.len()];
        let mut told = Vec::new();
        for turn in 0..TURNS {
            let ask = match (number + turn) % 8 {
                0 => Ask::get("rahim", &format!("/v1/cases/{mutation}")),
                1 => Ask::post("salma", "/v1/cases", &json!({"service": "residence-certificate", "submit": true})),
                2 => Ask::post(officer, &format!("/v1/tasks/{task}/claim"), &json!({})),
                3 => Ask::get(officer, "/v1/tasks?free=true"),
                4 => {
                    let path = format!("/v1/cases/{mutation}/documents?kind=photo&file_name=photo.jpg");
                    Ask::upload("rahim", &path, "image/jpeg", jpeg())
                }
                5 => Ask::post("tarek", &format!("/v1/cases/{residence}/messages"), &json!({"body": "How far is it?"})),
                6 => Ask::post(officer, &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "confirm"})),
                _ => Ask::get("tarek", &format!("/v1/cases/{residence}/events")),
            };
            let answer = one.client.ask(&ask).await;
            told.push((answer.status, answer.json["code"].as_str().unwrap_or_default().to_owned()));
        }
        told
    });
    let told: Vec<(u16, String)> = join_all(load).await.into_iter().flatten().collect();
    let mut counts: BTreeMap<(u16, String), usize> = BTreeMap::new();
    for answer in told {
        *counts.entry(answer).or_default() += 1;
    }
    // Who came second is told what has happened; nobody is told that the machinery met itself.
    let wrong = counts.keys().filter(|(status, code)| *status >= 500 || code == "simultaneous" || code == "key_in_use");
    assert_eq!(wrong.count(), 0, "{counts:?}");
    assert!(
        counts.contains_key(&(201, String::new())) && counts.contains_key(&(409, "already_claimed".into())),
        "{counts:?}"
    );
    let found = checker::faults(&one.owner).await;
    assert!(found.is_empty(), "{found:#?}");
}
