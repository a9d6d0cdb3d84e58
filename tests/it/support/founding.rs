//! Founding a company.

use serde_json::{Value, json};

use super::mutation::pdf;
use super::{Answer, TestApp};

/// A case of somebody who founds a company.
pub struct Founding<'a> {
    pub app: &'a TestApp,
    pub founder: &'static str,
    pub path: String,
}

fn form(name: &str, expedited: bool) -> Value {
    json!({
        "name": name, "business": "manufacture", "capital": 1_000_000, "expedited": expedited,
        "founders": [
            {"name": "Rahim Uddin", "identifier": {"type": "national-id", "value": "4710000101"}, "share": 0.6},
            {"name": "Salma Begum", "identifier": {"type": "national-id", "value": "4710000103"}, "share": 0.4},
        ],
        "address": {"lines": ["3 River Road, Nodipur"]},
    })
}

impl<'a> Founding<'a> {
    /// A draft with all papers.
    pub async fn draft(app: &'a TestApp, founder: &'static str, name: &str) -> Self {
        let body = json!({"service": "business-registration", "form": form(name, false)});
        let path = app.post(founder, "/v1/cases", &body).await.expect(201).header("location").to_owned();
        for query in ["kind=articles", "kind=identity&of=0", "kind=identity&of=1", "kind=office_proof"] {
            let upload = app.by(founder, "POST", &format!("{path}/documents?{query}&file_name=paper.pdf"));
            upload.body("application/pdf", pdf(query)).send().await.expect(201);
        }
        Self { app, founder, path }
    }

    pub async fn submit(&self) -> Answer {
        self.app.post(self.founder, &format!("{}/submission", self.path), &json!({})).await
    }

    pub async fn view(&self) -> Value {
        self.app.get(self.founder, &self.path).await.expect(200).json
    }

    pub async fn open(&self) -> Vec<String> {
        let view = self.view().await;
        let steps = view["steps"].as_array().cloned().unwrap_or_default();
        steps.iter().map(|s| s["id"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until these steps are open.
    pub async fn until_open(&self, steps: &[&str]) {
        self.app.until(&format!("{steps:?} are open"), async || (self.open().await == steps).then_some(())).await;
    }

    pub async fn pay(&self) {
        let fees = self.app.get(self.founder, &format!("{}/fees", self.path)).await.expect(200).json;
        self.app.post(self.founder, fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
        self.until_open(&["opinions", "tax", "municipality", "papers"]).await;
    }

    /// An officer does what is at that desk in this case.
    pub async fn act(&self, officer: &str, body: &Value) -> Answer {
        let id = self.path.rsplit('/').next().unwrap_or_default();
        let tasks = self.app.get(officer, "/v1/tasks").await.expect(200).json;
        let mut items = tasks["items"].as_array().into_iter().flatten();
        let task = items.find(|t| t["case"] == id).unwrap_or_else(|| panic!("nothing for {officer}"));
        let task = task["id"].as_str().expect("an id");
        self.app.post(officer, &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
        self.app.post(officer, &format!("/v1/tasks/{task}/completion"), body).await
    }
}
