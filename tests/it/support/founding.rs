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

const PAPERS: [&str; 4] = ["kind=articles", "kind=identity&of=0", "kind=identity&of=1", "kind=office_proof"];

pub fn form(name: &str) -> Value {
    json!({
        "name": name, "business": "manufacture", "capital": 1_000_000, "expedited": false,
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
        let case = Self::bare(app, founder, &form(name)).await;
        for query in PAPERS {
            case.bring(query).await;
        }
        case
    }

    /// The usual case, in which some members of the form are others.
    pub async fn with(app: &'a TestApp, changes: &[(&str, Value)]) -> Self {
        let mut form = form("Padma Boats");
        for (member, value) in changes {
            form[*member] = value.clone();
        }
        let case = Self::bare(app, "rahim", &form).await;
        for query in PAPERS {
            case.bring(query).await;
        }
        case
    }

    /// A draft without papers.
    pub async fn bare(app: &'a TestApp, founder: &'static str, form: &Value) -> Self {
        let body = json!({"service": "business-registration", "form": form});
        let path = app.post(founder, "/v1/cases", &body).await.expect(201).header("location").to_owned();
        Self { app, founder, path }
    }

    /// A paper of the founder's.
    pub async fn bring(&self, query: &str) {
        let path = format!("{}/documents?{query}&file_name=paper.pdf", self.path);
        self.app.by(self.founder, "POST", &path).body("application/pdf", pdf(query)).send().await.expect(201);
    }

    /// Submitted and paid for.
    pub async fn paid(app: &'a TestApp, changes: &[(&str, Value)]) -> Self {
        let case = Self::with(app, changes).await;
        case.submit().await.expect(200);
        case.pay().await;
        case
    }

    async fn task(&self, step: &str) -> String {
        let view = self.view().await;
        let steps = view["steps"].as_array().cloned().unwrap_or_default();
        let task = steps.iter().find(|s| s["id"] == step).and_then(|s| s["task"].as_str().map(str::to_owned));
        format!("/v1/tasks/{}", task.unwrap_or_else(|| panic!("{step} is not open: {}", view["steps"])))
    }

    pub async fn claim(&self, officer: &str, step: &str) -> Answer {
        let task = self.task(step).await;
        self.app.post(officer, &format!("{task}/claim"), &json!({})).await
    }

    /// The founder answers a step that asks him.
    pub async fn answer(&self, step: &str, body: &Value) -> Answer {
        let task = self.task(step).await;
        self.app.post(self.founder, &format!("{task}/completion"), body).await
    }

    /// How it ended.
    pub async fn end(&self) -> Value {
        self.view().await["end"]["id"].clone()
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

    pub async fn pay_alone(&self) {
        let fees = self.app.get(self.founder, &format!("{}/fees", self.path)).await.expect(200).json;
        self.app.post(self.founder, fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
        self.until_open(&["sign"]).await;
    }

    /// Paid for, and signed by all its founders.
    pub async fn pay(&self) {
        self.pay_alone().await;
        for founder in ["rahim", "salma"] {
            self.sign(founder).await.expect(200);
        }
        self.until_open(&["opinions", "tax", "municipality", "papers"]).await;
    }

    /// What a founder is asked to sign, as the case says.
    pub async fn to_sign(&self, founder: &str) -> Option<Value> {
        let view = self.app.get(founder, &self.path).await.expect(200).json;
        view["actions"].as_array().into_iter().flatten().find(|a| a["wants"] == json!(["signature"])).cloned()
    }

    pub async fn sign(&self, founder: &str) -> Answer {
        let asked = self.to_sign(founder).await.unwrap_or_else(|| panic!("{founder} is not asked"));
        let body = json!({"signature": asked["signature"]});
        self.app.post(founder, asked["href"].as_str().expect("an address"), &body).await
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
