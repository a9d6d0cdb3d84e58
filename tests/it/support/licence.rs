//! A trade licence, asked for through a person who may sign for the organisation.

use serde_json::{Value, json};

use super::mutation::pdf;
use super::{Answer, TestApp};

/// An organisation by its registered name.
pub async fn organisation(app: &TestApp, name: &str) -> String {
    let query = format!("SELECT id::text AS word FROM organisations WHERE names::text LIKE '%{name}%'");
    app.text(&query).await.unwrap_or_else(|| panic!("no {name}"))
}

/// The usual application.
pub fn form() -> Value {
    json!({
        "organisation": {"name": "Sunrise Traders Ltd", "identifier": {"type": "registration-number", "value": "C-100201"}},
        "trade_name": "Sunrise", "line_of_business": "retail",
        "premises": {"lines": ["12 Market Street, Nodipur"], "area": "10.47.01"},
        "employees": 3, "signboard": false, "opening_date": "2026-10-01",
    })
}

/// Somebody who acts for an organisation.
pub struct Signatory<'a> {
    pub app: &'a TestApp,
    pub name: &'static str,
    pub organisation: String,
}

impl Signatory<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.app.by(self.name, "GET", path).header("x-acting-for", &self.organisation).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.app.by(self.name, "POST", path).header("x-acting-for", &self.organisation).json(body).send().await
    }

    pub async fn upload(&self, case: &str, query: &str) -> Answer {
        let path = format!("{case}/documents?{query}&file_name=paper.pdf");
        let request = self.app.by(self.name, "POST", &path).header("x-acting-for", &self.organisation);
        request.body("application/pdf", pdf(query)).send().await
    }
}

/// An officer does the first thing at that desk.
pub async fn act(app: &TestApp, officer: &str, body: &Value) {
    let tasks = app.get(officer, "/v1/tasks").await.expect(200).json;
    let task = tasks["items"][0]["id"].as_str().unwrap_or_else(|| panic!("nothing for {officer}")).to_owned();
    app.post(officer, &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    let done = app.post(officer, &format!("/v1/tasks/{task}/completion"), body).await;
    assert!(matches!(done.status, 200 | 204), "{officer}: {}", done.json);
}

/// A case of Sunrise Traders, signed for by Rina.
pub struct Licence<'a> {
    pub rina: Signatory<'a>,
    pub path: String,
}

impl<'a> Licence<'a> {
    /// A draft in which some members of the form are others.
    pub async fn draft(app: &'a TestApp, changes: &[(&str, Value)]) -> Self {
        let rina = Signatory { app, name: "rina", organisation: organisation(app, "Sunrise Traders").await };
        let mut form = form();
        for (member, value) in changes {
            form[*member] = value.clone();
        }
        let draft = rina.post("/v1/cases", &json!({"service": "trade-licence", "form": form})).await.expect(201);
        let path = draft.header("location").to_owned();
        Self { rina, path }
    }

    /// Submitted with all papers.
    pub async fn submitted(app: &'a TestApp, changes: &[(&str, Value)]) -> Self {
        let case = Self::draft(app, changes).await;
        for query in ["kind=premises_proof", "kind=tax_certificate&issued=2026-07-01", "kind=fire_clearance"] {
            case.rina.upload(&case.path, query).await.expect(201);
        }
        case.submit().await.expect(200);
        case
    }

    /// Checked and inspected: the decision is to be made.
    pub async fn inspected(app: &'a TestApp, changes: &[(&str, Value)], suitable: bool) -> Self {
        let case = Self::submitted(app, changes).await;
        act(app, "tania", &json!({"outcome": "complete"})).await;
        act(app, "gias", &inspection(suitable)).await;
        case
    }

    pub async fn submit(&self) -> Answer {
        self.rina.post(&format!("{}/submission", self.path), &json!({})).await
    }

    pub async fn view(&self) -> Value {
        self.rina.get(&self.path).await.expect(200).json
    }

    /// The step that is open.
    pub async fn step(&self) -> Value {
        self.view().await["steps"][0]["id"].clone()
    }

    pub async fn claim(&self, officer: &str) -> Answer {
        let task = self.task().await;
        self.rina.app.post(officer, &format!("{task}/claim"), &json!({})).await
    }

    pub async fn complete(&self, officer: &str, body: &Value) -> Answer {
        let task = self.task().await;
        self.rina.app.post(officer, &format!("{task}/completion"), body).await
    }

    async fn task(&self) -> String {
        let view = self.view().await;
        format!("/v1/tasks/{}", view["steps"][0]["task"].as_str().expect("a task"))
    }

    /// What is demanded.
    pub async fn amount(&self) -> Value {
        let fees = self.rina.get(&format!("{}/fees", self.path)).await.expect(200).json;
        fees["items"][0]["amount"]["amount"].clone()
    }
}

/// What an inspector found.
pub fn inspection(suitable: bool) -> Value {
    json!({"answers": {"inspected_on": "2026-08-03", "suitable": suitable, "employees_found": 3}})
}
