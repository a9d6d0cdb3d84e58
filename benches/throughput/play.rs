//! One mutation of each kind that is measured, played over HTTP as people would: what the loader multiplies, and what
//! the reference scripts are made of.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::script::Written;
use crate::tokens::Issuer;
use crate::world::{CALLERS, OFFICERS, captured, execute, form, one};

pub struct Player<'a> {
    pub client: reqwest::Client,
    pub address: &'a str,
    pub issuer: &'a Issuer,
    pub database: &'a Client,
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xfc\xcf\xc0P\x0f\0\x05\x83\x02\x7f\x94\xad\xd0\xeb\0\0\0\0IEND\xaeB`\x82";

/// What was played: ids of cases, and what two operations wrote.
pub struct Played {
    /// At the check of the papers.
    pub waiting: String,
    /// Its survey is in an officer's hands.
    pub claimed: String,
    pub submitted: (String, Vec<Written>),
    pub completed: (String, Vec<Written>),
}

impl Player<'_> {
    async fn send(&self, who: &str, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Value {
        let number = who.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut request = self
            .client
            .request(method.parse().expect("a method"), format!("http://{}{path}", self.address))
            .bearer_auth(self.issuer.token(who, number));
        if method == "POST" {
            request = request.header("idempotency-key", guichet::kernel::random::uuid().to_string());
        }
        if let Some((kind, bytes)) = body {
            request = request.header("content-type", kind).body(bytes);
        }
        let answer = request.send().await.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{who} {method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn json(&self, who: &str, method: &str, path: &str, body: &Value) -> Value {
        self.send(who, method, path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    async fn get(&self, who: &str, path: &str) -> Value {
        self.send(who, "GET", path, None).await
    }

    /// Waits until a step is open, and gives its task.
    async fn step(&self, case: &str, step: &str) -> String {
        for _ in 0..400 {
            let view = self.get("caller-0", &format!("/v1/cases/{case}")).await;
            let found = view["steps"].as_array().into_iter().flatten().find(|s| s["id"] == step).cloned();
            if let Some(task) = found.and_then(|s| s["task"].as_str().map(str::to_owned)) {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the case {case} does not come to {step}");
    }

    /// What follows from acts is done, and nothing more is written.
    async fn settle(&self) {
        for _ in 0..400 {
            if one(self.database, "SELECT count(*) FROM jobs WHERE parked_at IS NULL").await == "0" {
                return execute(self.database, "TRUNCATE captured").await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the queue does not become empty");
    }

    async fn pay(&self, case: &str) {
        let fees = self.get("caller-0", &format!("/v1/cases/{case}/fees")).await;
        let text = fees.to_string();
        let path = text.split("\"pay\":\"").nth(1).and_then(|t| t.split('"').next()).expect("a fee is due").to_owned();
        self.json("caller-0", "POST", &path, &json!({})).await;
    }

    async fn open(&self) -> String {
        let body = json!({"service": "land-mutation", "submit": true, "language": "en", "form": form(0)});
        let case = self.json("caller-0", "POST", "/v1/cases", &body).await;
        case["id"].as_str().expect("an id").to_owned()
    }

    /// From nothing to the check of the papers.
    async fn to_admit(&self) -> String {
        let case = self.open().await;
        self.step(&case, "pay_court").await;
        self.pay(&case).await;
        self.step(&case, "fill").await;
        let add = async |kind: &str, media: &str, bytes: &[u8]| {
            let path = format!("/v1/cases/{case}/documents?kind={kind}&file_name={kind}");
            self.send("caller-0", "POST", &path, Some((media, bytes.to_vec()))).await;
        };
        add("photo", "image/png", PNG).await;
        for kind in ["identity", "tax_receipt", "latest_record", "deed"] {
            add(kind, "application/pdf", b"%PDF-1.4\n%%EOF\n").await;
        }
        self.json("caller-0", "POST", &format!("/v1/cases/{case}/submission"), &json!({"form": form(0)})).await;
        self.step(&case, "pay_notice").await;
        self.pay(&case).await;
        self.step(&case, "admit").await;
        case
    }

    async fn complete(&self, who: &str, case: &str, step: &str, body: &Value) {
        let task = self.step(case, step).await;
        self.json(who, "POST", &format!("/v1/tasks/{task}/claim"), &json!({})).await;
        self.json(who, "POST", &format!("/v1/tasks/{task}/completion"), body).await;
    }

    /// From nothing to a survey in an officer's hands; gives its task too.
    async fn to_survey(&self) -> (String, String) {
        let case = self.to_admit().await;
        self.complete(&officer(1), &case, "admit", &json!({"outcome": "complete"})).await;
        let report = json!({"answers": {"visited_on": "2026-08-06", "clean": true, "possession": "applicant",
            "findings": "The buyer is in possession."}});
        self.complete("bashir", &case, "field_report", &report).await;
        let task = self.step(&case, "survey").await;
        self.json(&officer(0), "POST", &format!("/v1/tasks/{task}/claim"), &json!({})).await;
        (case, task)
    }

    /// Plays all of it.
    pub async fn play(&self) -> Played {
        // Once before, so that what happens the first time only is not captured.
        self.open().await;
        self.settle().await;
        let opened = self.open().await;
        let submitted = (opened, captured(self.database).await);
        let waiting = self.to_admit().await;
        let (claimed, _) = self.to_survey().await;
        let (surveyed, task) = self.to_survey().await;
        self.settle().await;
        self.json(&officer(0), "POST", &format!("/v1/tasks/{task}/completion"), &survey()).await;
        let completed = (surveyed, captured(self.database).await);
        self.settle().await;
        Played { waiting, claimed, submitted, completed }
    }
}

/// What a surveyor reports.
pub fn survey() -> Value {
    json!({"answers": {"government_land": false, "boundaries_agree": true}})
}

/// The subject of an officer.
pub fn officer(number: usize) -> String {
    format!("caller-{}", CALLERS - OFFICERS + number % OFFICERS)
}
