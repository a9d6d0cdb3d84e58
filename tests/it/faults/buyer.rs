//! People who apply, pay and wait, and the officers who work on what they applied for, whatever befalls the server.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::book::{Book, Kind};
use super::client::{Ask, Client};
use crate::support::mutation::{field_report, jpeg, karim, pdf, person, sharing, survey};

/// Looks at one case at most, before it counts as stuck.
const ROUNDS: usize = 3_000;
const PAUSE: Duration = Duration::from_millis(60);

/// Somebody who applies again and again until told to stop.
#[derive(Clone)]
pub struct Buyer {
    pub client: Client,
    pub book: Rc<Book>,
    pub stop: Rc<Cell<bool>>,
    pub who: &'static str,
    pub name: &'static str,
    pub number: &'static str,
}

impl Buyer {
    /// Mutations, one after the other. Every third is approved where the register bears it out.
    pub async fn mutations(self) {
        for round in 0.. {
            if self.stop.get() {
                return;
            }
            let case = self.open("land-mutation").await;
            self.play(&case, round % 3 == 0).await;
        }
    }

    /// Certificates of residence, one after the other.
    pub async fn residences(self) {
        while !self.stop.get() {
            let case = self.open("residence-certificate").await;
            self.play(&case, false).await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Opens a case; gives its id.
    pub async fn open(&self, service: &str) -> String {
        let body = json!({"service": service, "submit": true, "language": "en"});
        let ask = Ask::post(self.who, "/v1/cases", &body);
        let opened = self.client.settle(&ask).await.answer.expect(201);
        let id = opened.json["id"].as_str().expect("an id").to_owned();
        self.book.note(Kind::Case, &ask.key, &id);
        id
    }

    /// Does what the case waits for, until it is closed or the time is over.
    pub async fn play(&self, case: &str, approve: bool) {
        for _ in 0..ROUNDS {
            if self.stop.get() {
                return;
            }
            let read = self.client.settle(&Ask::get(self.who, &format!("/v1/cases/{case}"))).await;
            let view = read.answer.expect(200).json;
            self.book.read(read.id);
            let step = &view["steps"][0];
            if view["status"] == "closed" || step["id"] == "hearing" {
                return;
            }
            self.step(case, step["id"].as_str().unwrap_or_default(), step["task"].as_str(), approve).await;
        }
        panic!("the case {case} does not get on");
    }

    async fn step(&self, case: &str, step: &str, task: Option<&str>, approve: bool) {
        let (officer, body) = match step {
            "fill" => return self.fill(case).await,
            "admit" => ("mita", json!({"outcome": "complete"})),
            "field_report" => ("bashir", json!({"answers": field_report()})),
            "survey" => ("sohel", json!({"answers": survey(false)})),
            "records" => ("kamal", json!({"answers": {"chain_complete": true}})),
            "order" if approve => ("anwar", json!({"outcome": "approve"})),
            "order" => ("anwar", hear()),
            "check" => ("popy", json!({"outcome": "confirm"})),
            _ => return self.pay(case).await,
        };
        let task = task.expect("an officer's step has a task");
        let claim = Ask::post(officer, &format!("/v1/tasks/{task}/claim"), &json!({}));
        let claimed = self.client.settle(&claim).await.answer;
        if matches!(claimed.status, 200 | 204) {
            self.book.note(Kind::Claim, &claim.key, case);
        }
        let mut ask = Ask::post(officer, &format!("/v1/tasks/{task}/completion"), &body);
        let mut done = self.client.settle(&ask).await.answer;
        if step == "order" && approve && done.status >= 400 {
            // Somebody else bought what was left of the plot.
            ask = Ask::post(officer, &format!("/v1/tasks/{task}/completion"), &hear());
            done = self.client.settle(&ask).await.answer;
        }
        let said = String::from_utf8_lossy(&done.bytes);
        assert!(matches!(done.status, 200 | 204), "{step}: {} {said}", done.status);
        self.book.note(Kind::Completion, &ask.key, case);
    }

    /// Pays what is due; where nothing is, or a payment is under way, waits a moment.
    async fn pay(&self, case: &str) {
        let fees = self.client.settle(&Ask::get(self.who, &format!("/v1/cases/{case}/fees"))).await.answer.expect(200);
        let due = fees.json["items"].as_array().and_then(|all| all.iter().find_map(|fee| fee["pay"].as_str()));
        if let Some(path) = due {
            let ask = Ask::post(self.who, path, &json!({"phone": "+8801711000009"}));
            let asked = self.client.settle(&ask).await.answer;
            match asked.status {
                202 => self.book.note(Kind::Payment, &ask.key, asked.json["id"].as_str().expect("an id")),
                409 => {}
                other => panic!("a payment: {other} {}", String::from_utf8_lossy(&asked.bytes)),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }

    /// Saves the form, adds the papers, and hands both in.
    async fn fill(&self, case: &str) {
        let path = format!("/v1/cases/{case}/form");
        let known = self.client.settle(&Ask::get(self.who, &path)).await.answer.expect(200);
        let saved = self.client.settle(&Ask::put(self.who, &path, known.header("etag"), &self.form())).await.answer;
        // An earlier try of the same request was the one that saved it.
        assert!(matches!(saved.status, 200 | 412), "the form: {}", String::from_utf8_lossy(&saved.bytes));
        for kind in ["photo", "identity", "tax_receipt", "latest_record", "deed"] {
            let (media, ending, bytes) = match kind {
                "photo" => ("image/jpeg", "jpg", jpeg()),
                _ => ("application/pdf", "pdf", pdf(&format!("{kind} of {case}"))),
            };
            let path = format!("/v1/cases/{case}/documents?kind={kind}&file_name={kind}.{ending}");
            let ask = Ask::upload(self.who, &path, media, bytes);
            let added = self.client.settle(&ask).await.answer.expect(201);
            self.book.note(Kind::Document, &ask.key, added.json["id"].as_str().expect("an id"));
        }
        let ask = Ask::post(self.who, &format!("/v1/cases/{case}/submission"), &json!({}));
        self.client.settle(&ask).await.answer.expect(200);
        self.book.note(Kind::Completion, &ask.key, case);
    }

    fn form(&self) -> Value {
        json!({
            "kind": "sale", "mouza": "m045", "khatian": "BRS-45-12", "dag": "118", "quantity": 0.01,
            "deed": {"number": "2417", "date": "2024-06-24", "registry_office": "Nodipur Sadar"},
            "applicants": [sharing(person(self.name, self.number), 1.0)], "seller": karim(),
            "by_representative": false, "already_mutated": true, "copies": 1,
        })
    }
}

/// What cannot be approved is heard, a week later: further than a buyer goes here.
fn hear() -> Value {
    json!({"outcome": "hear"})
}
